"""Kohler et al. 2002: two acts that make a sound, done, seen, heard, or seen and heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.actions import Action, FloatArray, Thing
from mirror_sim.scene.acts import Signal
from mirror_sim.scene.conditions import Condition, get_condition, make_trial
from mirror_sim.scene.kinematics import MOVEMENT_TIME_S
from mirror_sim.scene.trials import Protocol, Trial, shuffled

SOURCE = (
    "Kohler, Keysers, Umiltà, Fogassi, Gallese & Rizzolatti 2002, Science 297:846; Keysers et al. "
    "2003, Exp Brain Res 153:628"
)
CHANNEL = "sound"
N_TRIALS = 32

_GUESS = "after Kohler et al. 2002 (the acts); sizes, angles and paths are guesses"
_APART_CM = 4.0


def apart(since_s: FloatArray, hold_s: float) -> Mapping[str, FloatArray]:
    """Pull the hands apart at an even pace; see `Action`."""
    pace_cm_s = _APART_CM / hold_s
    return {"second_hand_cm": pace_cm_s * since_s, "speed_cm_s": np.full_like(since_s, pace_cm_s)}


BREAK = Action(
    name="break-peanut",
    general="breaking",
    way="bimanual",
    thing=Thing(name="peanut", size_cm=3.0, elongation=2.5, tilt_deg=10.0, source=_GUESS),
    aperture_hold_cm=3.5,
    wrist_deg=40.0,
    second_hand_cm=8.0,
    reach_cm=16.0,
    hold_s=1.0,
    source=_GUESS,
)
RIP = Action(
    name="rip-paper",
    general="ripping",
    way="bimanual",
    thing=Thing(name="sheet of paper", size_cm=6.0, elongation=1.5, source=_GUESS),
    aperture_hold_cm=6.5,
    wrist_deg=75.0,
    second_hand_cm=11.0,
    reach_cm=24.0,
    after=apart,
    hold_s=1.0,
    source=_GUESS,
)
ACTS = (BREAK, RIP)

# All four are as far from the edges of what cells are tuned to, so that they drive A1 alike.
TIMBRES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {BREAK.name: (0.25, 0.25), RIP.name: (0.75, 0.75)}
)
"""What each act sounds like; the other acts of a Subject make no sound."""
NOISES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {BREAK.name: (0.25, 0.75), RIP.name: (0.75, 0.25)}
)
"""Two sounds that no act makes, each with the act in whose place it is counted."""


def _sounds(name: str) -> Condition:
    """Return a condition of sounds alone: no hand and no object."""
    return Condition(name=name, actor=None, withhold=True, object_present=False, source=SOURCE)


CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        "executed": get_condition("execute-dark"),
        "executed_sound": replace(get_condition("execute-dark"), name="execute-dark-sound"),
        "vision": get_condition("observe"),
        "both": replace(get_condition("observe"), name="observe-sound"),
        "sound": _sounds("sound-alone"),
        "noise": _sounds("noise-alone"),
    }
)
"""The conditions by the names that rows have."""
SOUNDING = ("executed_sound", "both", "sound")
"""Those in which the act's own sound is heard."""

_ONSET_S, _DURATION_S = 1.4, 3.6


def sound(timbre: tuple[float, float], start_s: float, stop_s: float) -> Signal:
    """Return a sound of full level."""
    return Signal(channel=CHANNEL, start_s=start_s, stop_s=stop_s, features=timbre)


def _trial(name: str, action: Action, rng: np.random.Generator) -> Trial:
    condition = CONDITIONS[name]
    human_s = float(rng.uniform(*MOVEMENT_TIME_S["human"]))
    trial = make_trial(
        condition,
        action,
        rng=rng,
        events_template={"movement_onset": _ONSET_S, "object_on": 0.4, "dark_on": 0.0},
        duration_s=_DURATION_S,
        # Where nobody is seen it sounds when a human would touch.
        movement_time_s=None if condition.actor == "self" else human_s,
    )
    timbres = {**dict.fromkeys(SOUNDING, TIMBRES), "noise": NOISES}.get(name)
    if timbres is None:
        return trial
    heard = sound(timbres[action.name], trial.events["contact"], trial.events["release"])
    return replace(trial, signals=(heard,))


@checked_arguments(n_trials=(4, 10_000))
def protocol(n_trials: int = N_TRIALS) -> Protocol:
    """Return the task: two noisy acts done in the dark, seen and heard, mixed.

    Acts are done in the dark without their sound and with it; those of another are seen without
    their sound and with it; or the sound is heard alone: neither a hand nor an object is seen. Two
    sounds that no act makes are heard alone as often. Sounds last from contact to release.

    Parameters
    ----------
    n_trials : int
        Trials of each act in each condition.

    Returns
    -------
    Protocol
        Aligned to contact, which is the start of the sound where nobody acts.

    Examples
    --------
    >>> len(protocol(n_trials=8))
    96
    """
    rng = np.random.default_rng(2002)
    trials = [
        _trial(name, action, rng) for name in CONDITIONS for action in ACTS for _ in range(n_trials)
    ]
    return Protocol(name="kohler2002", trials=shuffled(trials, rng), align="contact", source=SOURCE)
