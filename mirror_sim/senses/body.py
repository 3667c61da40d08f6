"""What the own body commands, withholds and feels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mirror_sim.scene.actions import FloatArray
from mirror_sim.scene.trials import Trial
from mirror_sim.senses.registry import SENSES, Cells, Sense
from mirror_sim.senses.tuning import (
    HAND_SPAN,
    STEP_MS,
    Preferred,
    hand_of,
    reached_states,
    sigmoid,
    some_features,
)

PROPRIOCEPTIVE_LATENCY_MS = 50.0
COMMAND_LEAD_MS = 100.0
COMMAND_OPENS_S = 0.20
"""How long before movement onset the command starts."""
COMMAND_RAMP_S = 0.02
COMMAND_HOLD = 0.27
"""Share of the command that keeps a hand where it is; the rest moves it."""
COMMAND_HALF_CM_S = 40.0
"""Speed at which half of that rest is there."""
COMMAND_FALL_S = 0.15
"""Time constant of its fall once the hand stops: the grip closes on the object meanwhile."""


@dataclass(frozen=True)
class StateTuning:
    """The hand states that cells prefer, and by how much they lag (above 0) or lead."""

    preferred: Preferred
    latency_ms: float


def draw_command(cells: Cells, rng: np.random.Generator) -> StateTuning:
    """Draw command cells: a command settles all that the hand does."""
    states = reached_states(cells.n, rng)
    latency_ms = -COMMAND_LEAD_MS if cells.latency_ms is None else cells.latency_ms
    return StateTuning(Preferred(states, np.ones(states.shape) / cells.width), latency_ms)


def drive_command(trial: Trial, tuning: StateTuning, times_s: FloatArray) -> FloatArray:
    """Drive by own acts that are commanded, whether or not they are done."""
    total = np.zeros((len(times_s), len(tuning.preferred.states)))
    for act in (act for act in trial.acts if act.commanded):
        features, _ = hand_of(act, len(times_s), tuning.latency_ms, extent=1.0)
        opened = sigmoid((times_s - (act.onset_s - COMMAND_OPENS_S)) / COMMAND_RAMP_S)
        open_still = sigmoid((act.release_s - times_s) / COMMAND_RAMP_S)
        speed = features[:, 1] * HAND_SPAN[1]
        moving = _falling(speed / (speed + COMMAND_HALF_CM_S), COMMAND_FALL_S)
        gain = COMMAND_HOLD + (1.0 - COMMAND_HOLD) * moving
        one = tuning.preferred.response(features, opened * open_still * gain)
        np.maximum(total, one, out=total)
    return total


def draw_proprioception(cells: Cells, rng: np.random.Generator) -> StateTuning:
    """Draw cells that feel three or four features of the own hand's state."""
    states = reached_states(cells.n, rng)
    latency_ms = PROPRIOCEPTIVE_LATENCY_MS if cells.latency_ms is None else cells.latency_ms
    return StateTuning(
        Preferred(states, some_features(states.shape, rng) / cells.width), latency_ms
    )


def drive_proprioception(trial: Trial, tuning: StateTuning, times_s: FloatArray) -> FloatArray:
    """Drive by what the own hand does."""
    total = np.zeros((len(times_s), len(tuning.preferred.states)))
    for act in (act for act in trial.acts if act.own and act.extent > 0):
        one = tuning.preferred.response(*hand_of(act, len(times_s), tuning.latency_ms))
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
    return np.repeat(on.astype(float)[:, None], tuning, axis=1)


def _falling(course: FloatArray, tau_s: float) -> FloatArray:
    """Let a course rise at once and fall exponentially at best; shape (n_bins,)."""
    times = np.arange(len(course)) * (STEP_MS / 1000.0 / tau_s)
    held: FloatArray = np.exp(np.maximum.accumulate(np.log(course + 1e-12) + times) - times)
    return held


SENSES.add(
    Sense(
        name="command",
        tuning=draw_command,
        drive=drive_command,
        source="F6/prefrontal command of the chosen act; a modelling choice",
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
