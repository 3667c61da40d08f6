"""What the own body commands, withholds and feels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mirror_sim.scene.actions import FloatArray
from mirror_sim.scene.trials import Trial
from mirror_sim.senses.registry import SENSES, Cells, Sense
from mirror_sim.senses.tuning import (
    GRIP,
    STATE,
    Preferred,
    alike,
    felt_of,
    random_reach,
    reach_of,
    reached_states,
    sigmoid,
    some_features,
)

PROPRIOCEPTIVE_LATENCY_MS = 50.0
COMMAND_LEAD_MS = 100.0
COMMAND_OPENS_S = 0.20
"""How long before movement onset the command starts."""
COMMAND_RAMP_S = 0.02
PHASE_SHARES = (0.22, 0.68, 0.10)
"""Shares of command cells that prefer the reach, the closing of the hand, and the hold."""
REACH_S, HOLD_S = (-0.50, -0.10), (0.10, 0.90)
"""When cells of the reach and of the hold fire most, seconds from contact, uniform between."""
CLOSING_SD_S = 0.10
PHASE_WIDTH_S, PHASE_WIDENS = 0.06, 0.35
"""Tuning width (sd) at contact, and by how much it grows with the time from it."""
COMMON_REACH_S = 0.35
"""What every reach is stretched to, so that a phase is one of slow and of fast reaches."""
USE_SHARE = 0.8
"""Share of command cells that prefer one use of the hand; the others fire for any."""
USE_WIDTH = 0.20


@dataclass(frozen=True)
class StateTuning:
    """The hand states that cells prefer, and by how much they lag."""

    preferred: Preferred
    latency_ms: float


@dataclass(frozen=True)
class CommandTuning:
    """What command cells are tuned to.

    Attributes
    ----------
    preferred : Preferred
        Grips and uses of the hand; see `Reach`.
    phase_s : float array, shape (n,)
        When in an act a cell fires most, seconds from contact.
    latency_ms : float
        Below 0: the command leads.
    """

    preferred: Preferred
    phase_s: FloatArray
    latency_ms: float


def draw_command(cells: Cells, rng: np.random.Generator) -> CommandTuning:
    """Draw command cells, each of a phase of the acts that it prefers."""
    reaches = [random_reach(rng) for _ in range(cells.n)]
    states = np.stack([np.concatenate([reach.grip, reach.use]) for reach in reaches])
    of_use = rng.random(cells.n) < USE_SHARE
    sharpness = np.full(states.shape, 1.0 / cells.width)
    sharpness[:, len(GRIP) :] = np.where(of_use, 1.0 / USE_WIDTH, 0.0)[:, None]
    drawn_s = (
        rng.uniform(*REACH_S, cells.n),
        rng.normal(0.0, CLOSING_SD_S, cells.n),
        rng.uniform(*HOLD_S, cells.n),
    )
    return CommandTuning(
        preferred=Preferred(states, sharpness),
        phase_s=np.choose(rng.choice(3, cells.n, p=PHASE_SHARES), drawn_s),
        latency_ms=-COMMAND_LEAD_MS if cells.latency_ms is None else cells.latency_ms,
    )


def drive_command(trial: Trial, tuning: CommandTuning, times_s: FloatArray) -> FloatArray:
    """Drive by own acts that are commanded, whether or not they are done."""
    total = np.zeros((len(times_s), len(tuning.phase_s)))
    width_s = PHASE_WIDTH_S + PHASE_WIDENS * np.abs(tuning.phase_s)
    for act in (act for act in trial.acts if act.commanded):
        reach = reach_of(act, len(times_s))
        chosen = np.concatenate([reach.grip, reach.use])[None]
        since_s = times_s - tuning.latency_ms / 1000.0 - act.contact_s
        phase_s = np.where(since_s < 0, since_s * COMMON_REACH_S / act.movement_time_s, since_s)
        opened = sigmoid((times_s - (act.onset_s - COMMAND_OPENS_S)) / COMMAND_RAMP_S)
        open_still = sigmoid((act.release_s - times_s) / COMMAND_RAMP_S)
        one = np.exp(-0.5 * ((phase_s[:, None] - tuning.phase_s) / width_s) ** 2)
        one *= tuning.preferred.response(chosen, np.ones(1)) * (opened * open_still)[:, None]
        np.maximum(total, one, out=total)
    return total


def draw_proprioception(cells: Cells, rng: np.random.Generator) -> StateTuning:
    """Draw cells that feel three or four features of the own hand's state."""
    states = reached_states(cells.n, rng)[:, STATE]
    latency_ms = PROPRIOCEPTIVE_LATENCY_MS if cells.latency_ms is None else cells.latency_ms
    return StateTuning(
        Preferred(states, some_features(states.shape, rng) / cells.width), latency_ms
    )


def drive_proprioception(trial: Trial, tuning: StateTuning, times_s: FloatArray) -> FloatArray:
    """Drive by what the own hand does."""
    total = np.zeros((len(times_s), len(tuning.preferred.states)))
    for act in (act for act in trial.acts if act.own and act.extent > 0):
        features, gate = felt_of(act, len(times_s), tuning.latency_ms)
        one = tuning.preferred.response(features[:, STATE], gate)
        np.maximum(total, one, out=total)
    return total


def draw_withhold(cells: Cells, rng: np.random.Generator) -> int:
    """All cells that withhold are alike."""
    del rng
    return cells.n


def drive_withhold(trial: Trial, tuning: int, times_s: FloatArray) -> FloatArray:
    """Full drive while the Subject must not move; it knows nothing of what is seen."""
    start_s, stop_s = trial.withhold_s or (np.inf, np.inf)
    on = (times_s >= start_s) & (times_s < stop_s)
    return alike(on, tuning)


SENSES.add(
    Sense(
        name="command",
        tuning=draw_command,
        drive=drive_command,
        source="F6/prefrontal command of the chosen act and its phase; a modelling choice",
    )
)
SENSES.add(
    Sense(
        name="proprioception",
        tuning=draw_proprioception,
        drive=drive_proprioception,
        source="area 2: Friedman et al. 1980; latency 50 ms",
    )
)
SENSES.add(
    Sense(
        name="withhold",
        tuning=draw_withhold,
        drive=drive_withhold,
        source="tonic withholding; a modelling choice",
    )
)
