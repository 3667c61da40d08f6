"""Pomper et al. 2023: three objects that look alike, each for one act, done in the dark or seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.actions import Action, FloatArray, Thing
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol, Trial, shuffled

SOURCE = "Pomper, Shams, Wen, Bunjes & Thier 2023, eLife 12:e77513, doi 10.7554/eLife.77513"

EXECUTED, OBSERVED = "execute-dark", "observe"
CONTEXTS: Mapping[str, str] = {"executed": EXECUTED, "observed": OBSERVED}
"""The names of the contexts in rows, and their conditions."""

N_TRIALS = 32

_CUE_S = (1.0, 1.5)
_HOLD_S = 0.570
# The hand stays so long after the reward.
_STAYS_S = 0.15
_DURATION_S = 4.1
# Of each act: from cue to release, from release to touch, and how long the object moves (s).
_TIMES_S: Mapping[str, Mapping[str, tuple[float, float, float]]] = {
    EXECUTED: {
        "twist": (0.296, 0.163, 0.235),
        "shift": (0.302, 0.183, 0.117),
        "lift": (0.295, 0.175, 0.322),
    },
    OBSERVED: {
        "twist": (0.460, 0.274, 0.131),
        "shift": (0.450, 0.299, 0.121),
        "lift": (0.473, 0.318, 0.298),
    },
}
# Standard deviation of these times over trials, as a share of each.
_JITTER = 0.1

_KNOB = Thing(name="knob", size_cm=4.0, source=SOURCE + "; its size is a guess")
_PATH_CM = 5.0
_LIFT_DEG, _SHIFT_DEG, _TWIST_DEG = 15.0, -15.0, 45.0


def _moved(since_s: FloatArray, hold_s: float) -> tuple[FloatArray, FloatArray]:
    """Return how far the object has moved, 0 to 1, and how fast (1/s), by a smooth course."""
    lasts_s = hold_s - _HOLD_S - _STAYS_S
    s = np.clip(since_s / lasts_s, 0.0, 1.0)
    return s * s * s * (10.0 - 15.0 * s + 6.0 * s * s), 30.0 * (s * (1.0 - s)) ** 2 / lasts_s


def lift(since_s: FloatArray, hold_s: float) -> Mapping[str, FloatArray]:
    """Raise the knob: the wrist moves with it and bends; see `Action`."""
    path, speed = _moved(since_s, hold_s)
    return {"speed_cm_s": _PATH_CM * speed, "wrist_deg": _LIFT_DEG * path}


def shift(since_s: FloatArray, hold_s: float) -> Mapping[str, FloatArray]:
    """Push the knob aside: the wrist moves with it and bends the other way; see `Action`."""
    path, speed = _moved(since_s, hold_s)
    return {"speed_cm_s": _PATH_CM * speed, "wrist_deg": _SHIFT_DEG * path}


def twist(since_s: FloatArray, hold_s: float) -> Mapping[str, FloatArray]:
    """Turn the knob: the wrist turns in its place; see `Action`."""
    path, _ = _moved(since_s, hold_s)
    return {"wrist_deg": _TWIST_DEG * path}


def _act(after: Callable[[FloatArray, float], Mapping[str, FloatArray]]) -> Action:
    name = after.__name__
    return Action(
        name=name,
        general=name,
        way="precision",
        thing=_KNOB,
        aperture_hold_cm=4.5,
        aperture_margin_cm=2.0,
        wrist_deg=30.0,
        reach_cm=15.0,
        after=after,
        hold_s=_TIMES_S[EXECUTED][name][2] + _HOLD_S + _STAYS_S,
        source=SOURCE + "; grip, paths and angles are guesses, the reach is the same for all",
    )


ACTS: tuple[Action, ...] = (_act(lift), _act(twist), _act(shift))
"""The three acts; until the touch they do not differ."""


def _trial(condition: str, action: Action, rng: np.random.Generator) -> Trial:
    cue_s = float(rng.uniform(*_CUE_S))
    times_s = np.array(_TIMES_S[condition][action.name])
    times_s *= 1.0 + _JITTER * np.clip(rng.standard_normal(3), -2.0, 2.0)
    reaction_s, approach_s, moving_s = times_s.tolist()
    contact_s = cue_s + reaction_s + approach_s
    trial = make_trial(
        condition,
        action,
        rng=rng,
        events_template={
            "object_on": 0.0,
            "dark_on": 0.0,
            "cue": cue_s,
            "movement_onset": cue_s + reaction_s,
        },
        duration_s=_DURATION_S,
        movement_time_s=approach_s,
        hold_s=moving_s + _HOLD_S + _STAYS_S,
    )
    own = {"hold_on": contact_s + moving_s, "reward": contact_s + moving_s + _HOLD_S}
    return replace(trial, events={**trial.events, **own})


@checked_arguments(n_trials=(2, 10_000))
def protocol(n_trials: int = N_TRIALS) -> Protocol:
    """Return the task: a block of execution in the dark, then one of observation.

    Parameters
    ----------
    n_trials : int
        Trials of each act in each context; the paper has at least 8.

    Returns
    -------
    Protocol
        Aligned to contact.

    Examples
    --------
    >>> len(protocol(n_trials=8))
    48
    """
    rng = np.random.default_rng(2023)
    blocks = [
        shuffled([_trial(condition, act, rng) for act in ACTS for _ in range(n_trials)], rng)
        for condition in CONTEXTS.values()
    ]
    trials = tuple(trial for block in blocks for trial in block)
    return Protocol(name="pomper2023", trials=trials, align="contact", source=SOURCE)
