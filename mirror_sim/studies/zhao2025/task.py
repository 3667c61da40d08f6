"""Zhao & Schieber 2025: four objects, each with its own act, executed and observed in blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mirror_sim.analysis.epochs import Epoch
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.actions import Action, Course, FloatArray, Thing
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.kinematics import MOVEMENT_TIME_S
from mirror_sim.scene.trials import Protocol, Trial, shuffled

SOURCE = "Zhao & Schieber 2025, eLife RP94165"

EXECUTED, OBSERVED, DARK = "execute-light", "observe", "execute-dark"
CONTEXTS: Mapping[str, str] = {"executed": EXECUTED, "observed": OBSERVED, "dark": DARK}
"""The names of the contexts in rows, in the order of their blocks, and their conditions."""

N_TRIALS = 32
WINDOW_S = 0.2

INITIAL_HOLD_S, INSTRUCTION_S, DELAY_S, FINAL_HOLD_S = (0.5, 1.0), 0.5, (0.5, 2.0), 1.0
REACTION_S, REACTION_SD_S = 0.36, 0.03
"""From Go to movement onset; an estimate, as in the other studies with a Go signal."""
USE_S = 0.2
"""From contact until the object is turned, pushed or pulled; the final hold begins then."""
REST_S = 0.7
"""What a trial goes on after the longest movement and hold."""


def turning(since_s: FloatArray, hold_s: float) -> Mapping[str, FloatArray]:
    """Turn the wrist by 45 degrees."""
    del hold_s
    return {"wrist_deg": 45.0 * np.clip(since_s / USE_S, 0.0, 1.0)}


def pushing(since_s: FloatArray, hold_s: float) -> Mapping[str, FloatArray]:
    """Move the hand by 1 cm."""
    del hold_s
    return {"speed_cm_s": _stroke(since_s, 1.0)}


def pulling(since_s: FloatArray, hold_s: float) -> Mapping[str, FloatArray]:
    """Move the hand by 3 cm."""
    del hold_s
    return {"speed_cm_s": _stroke(since_s, 3.0)}


def _stroke(since_s: FloatArray, way_cm: float) -> FloatArray:
    """Return the speed of a smooth movement that is over when the object has been used."""
    phase = np.clip(since_s / USE_S, 0.0, 1.0)
    speed_cm_s: FloatArray = 2.0 * way_cm / USE_S * np.sin(np.pi * phase) ** 2
    return speed_cm_s


_ESTIMATES = SOURCE + "; sizes and grips are estimates"


def _action(
    name: str, general: str, way: str, thing: Thing, grip: tuple[float, float, float], after: Course
) -> Action:
    """Return an act by its grip: aperture on the object and beyond (cm), angle of the wrist."""
    hold_cm, margin_cm, wrist_deg = grip
    return Action(
        name=name,
        general=general,
        way=way,
        thing=thing,
        aperture_hold_cm=hold_cm,
        aperture_margin_cm=margin_cm,
        wrist_deg=wrist_deg,
        reach_cm=28.0,
        after=after,
        hold_s=USE_S + FINAL_HOLD_S,
        source=_ESTIMATES,
    )


_SPHERE = Thing(name="sphere", size_cm=5.0, source=_ESTIMATES)
_BUTTON = Thing(name="button", size_cm=1.0, source=_ESTIMATES)
_COAXIAL, _PERPENDICULAR = (
    Thing(name=f"{name} cylinder", size_cm=2.0, elongation=3.5, tilt_deg=tilt, source=_ESTIMATES)
    for name, tilt in (("coaxial", 10.0), ("perpendicular", 90.0))
)

ACTIONS = (
    _action("turn-sphere", "turning", "whole hand", _SPHERE, (5.5, 3.5, 30.0), turning),
    _action("push-button", "pushing", "finger", _BUTTON, (1.5, 2.0, 10.0), pushing),
    _action("pull-coaxial", "pulling", "thumb up", _COAXIAL, (2.5, 3.0, 50.0), pulling),
    _action(
        "pull-perpendicular", "pulling", "palm down", _PERPENDICULAR, (2.5, 3.0, 95.0), pulling
    ),
)
"""What is done with the sphere, the button and the two cylinders."""


def _before(event: str) -> Epoch:
    return Epoch(start=event, stop=event, start_offset_s=-WINDOW_S, source=SOURCE)


def _after(event: str) -> Epoch:
    return Epoch(start=event, stop=event, stop_offset_s=WINDOW_S, source=SOURCE)


WINDOWS = (
    *(_before("object_on"), _after("object_on")),
    *(_before("instruction_off"), _after("instruction_off")),
    _before("go"),
    *(_before("movement_onset"), _after("movement_onset")),
    *(_before("hold_on"), _after("hold_on")),
    *(_before("release"), _after("release")),
)
"""The eleven windows of the test. The movement ends where the hold begins."""


def _trial(condition: str, action: Action, rng: np.random.Generator) -> Trial:
    instruction_s = rng.uniform(*INITIAL_HOLD_S)
    off_s = instruction_s + INSTRUCTION_S
    go_s = off_s + rng.uniform(*DELAY_S)
    jitter_s = REACTION_SD_S * np.clip(rng.standard_normal(), -2.5, 2.5)
    onset_s = float(go_s + REACTION_S + jitter_s)
    events = {
        "object_on": instruction_s,
        "instruction_off": off_s,
        "go": go_s,
        "movement_onset": onset_s,
        "dark_on": go_s,
    }
    longest_s = MOVEMENT_TIME_S["human"][1] + action.hold_s
    trial = make_trial(
        condition,
        action,
        rng=rng,
        events_template=events,
        duration_s=onset_s + longest_s + REST_S,
    )
    hold_on_s = trial.events["contact"] + USE_S
    return replace(trial, events={**trial.events, "hold_on": hold_on_s})


@checked_arguments(n_trials=(4, 10_000))
def protocol(n_trials: int = N_TRIALS) -> Protocol:
    """Return the task: a block of execution, one of observation and one of execution in the dark.

    Parameters
    ----------
    n_trials : int
        Trials of each object in each block, 4 at least: halves of them are compared. The objects
        are mixed.

    Returns
    -------
    Protocol
        Aligned to movement onset; the same trials for every Subject.

    Examples
    --------
    >>> len(protocol(n_trials=4))
    48
    """
    rng = np.random.default_rng(2025)
    blocks = [
        shuffled([_trial(condition, a, rng) for a in ACTIONS for _ in range(n_trials)], rng)
        for condition in CONTEXTS.values()
    ]
    trials = tuple(trial for block in blocks for trial in block)
    return Protocol(name="zhao2025", trials=trials, align="movement_onset", source=SOURCE)
