"""Vision of graspable objects, and the readiness to act that it brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mirror_sim.scene.actions import FloatArray
from mirror_sim.scene.acts import Shown
from mirror_sim.scene.trials import Trial
from mirror_sim.senses.registry import SENSES, Cells, Sense
from mirror_sim.senses.tuning import (
    Preferred,
    alike,
    object_features,
    random_thing,
    some_features,
    visible,
)

LATENCY_MS = 60.0
TRANSIENT_S = 0.15
SET_RISE_S = 0.5
"""Time constant of readiness once an object is seen; an estimate from the rates released with
Jerjian et al. 2020, which change from the object's cue on."""
SET_FALL_S = 0.1
"""Time constant of its end; in the released rates what contexts have in common before Go
is gone 0.2 s after it."""


@dataclass(frozen=True)
class ObjectTuning:
    """The objects that cells prefer, and how late they answer."""

    preferred: Preferred
    latency_ms: float


@dataclass(frozen=True)
class Untuned:
    """A number of cells that all respond alike, and how late they answer."""

    n: int
    latency_ms: float


def seen_since(trial: Trial) -> float:
    """Return when the first object can be seen, seconds from trial start; infinity if never."""
    firsts = [np.inf]
    for shown in trial.objects:
        end_s = trial.duration_s if shown.off_s is None else shown.off_s
        at_s = shown.on_s
        for start_s, stop_s in sorted(shown.hidden_s):
            if start_s <= at_s < stop_s:
                at_s = stop_s
        if at_s < end_s:
            firsts.append(at_s)
    return float(min(firsts))


def in_view(shown: Shown, times_s: FloatArray) -> FloatArray:
    """1 where an object can be seen, else 0; shape (n_times,)."""
    there = (times_s >= shown.on_s) * visible(shown.hidden_s, times_s)
    if shown.off_s is not None:
        there = there * (times_s < shown.off_s)
    return there


def draw(cells: Cells, rng: np.random.Generator) -> ObjectTuning:
    """Draw cells that prefer random objects, all features of them."""
    states = np.stack([object_features(random_thing(rng)) for _ in range(cells.n)])
    sharpness = some_features(states.shape, rng) / cells.width
    return ObjectTuning(Preferred(states, sharpness), _latency(cells))


def drive(trial: Trial, tuning: ObjectTuning, times_s: FloatArray) -> FloatArray:
    """Drive by the objects in view, strongest when they appear."""
    then_s = times_s - tuning.latency_ms / 1000.0
    total = np.zeros((len(times_s), len(tuning.preferred.states)))
    for shown in trial.objects:
        fade = np.exp(-np.maximum(then_s - shown.on_s, 0.0) / TRANSIENT_S)
        features = np.broadcast_to(object_features(shown.thing), (len(then_s), 3))
        one = tuning.preferred.response(features, in_view(shown, then_s) * 0.5 * (1.0 + fade))
        np.maximum(total, one, out=total)
    return total


def draw_set(cells: Cells, rng: np.random.Generator) -> Untuned:
    """All cells of readiness are alike."""
    del rng
    return Untuned(cells.n, _latency(cells))


def drive_set(trial: Trial, tuning: Untuned, times_s: FloatArray) -> FloatArray:
    """Readiness builds up from when an object was first seen, until something moves."""
    since_s = times_s - tuning.latency_ms / 1000.0 - seen_since(trial)
    rise = 1.0 - np.exp(-np.maximum(since_s, 0.0) / SET_RISE_S)
    return alike(rise * readiness_ends(trial, times_s), tuning.n)


def readiness_ends(trial: Trial, times_s: FloatArray) -> FloatArray:
    """1 until the event ``"go"``, or where a trial has none ``"movement_onset"``; then it falls."""
    ends_s = trial.events.get("go", trial.events.get("movement_onset", np.inf))
    return np.exp(-np.maximum(times_s - ends_s, 0.0) / SET_FALL_S)


def _latency(cells: Cells) -> float:
    return LATENCY_MS if cells.latency_ms is None else cells.latency_ms


SENSES.add(
    Sense(
        name="object",
        tuning=draw,
        drive=drive,
        source="CIP and AIP: Sakata et al. 1998 (shape, orientation); latency 60 ms",
    )
)
SENSES.add(
    Sense(
        name="set",
        tuning=draw_set,
        drive=drive_set,
        source="pre-SMA/F6 set activity: Tanji & Hoshi 2008; time course: Jerjian et al. 2020",
    )
)
