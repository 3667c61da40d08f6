"""The features that cells are tuned to, the states that they prefer, and how they respond."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import numpy as np

from mirror_sim.scene.actions import AFTER, Action, FloatArray, Thing
from mirror_sim.scene.acts import Act
from mirror_sim.scene.kinematics import (
    WITHDRAWAL_RATIO,
    Kinematics,
    hand_on,
    hand_state,
    tip_of,
)

STEP_MS = 10.0
"""Time step of the rates."""
LONGEST_LATENCY_MS = 500.0
MOVING_CM_S = 5.0
ON_OBJECT_CM = 2.0

_PAD_BINS = round(LONGEST_LATENCY_MS / STEP_MS)

DISTANCE, SPEED, APERTURE, WRIST, SECOND_HAND, APPROACH, CONTACT, CARRYING, FINGERS, TRAVEL = range(
    10
)
"""Columns of a hand's features: its state, then how it moves and has just moved."""
STATE = (DISTANCE, SPEED, APERTURE, WRIST, SECOND_HAND)
GRIP = (APERTURE, WRIST, SECOND_HAND)
MOTION = (DISTANCE, SPEED, APPROACH, CONTACT, CARRYING, FINGERS, TRAVEL)

HAND_LOW = np.array([0.0, 0.0, 0.0, -30.0, 0.0, -150.0, 0.0, 0.0, 0.0, 0.0])
HAND_SPAN = np.array([35.0, 180.0, 12.0, 150.0, 45.0, 300.0, 1.0, 25.0, 12.0, 25.0])
"""What counts as 0 and as 0 to 1 in each column: cm, cm/s, cm, degrees, cm; radial velocity (cm/s,
above 0 towards the object), contact (0 to 1), speed on the object (cm/s), speed of the fingers
(cm/s), and how far the hand has come lately (cm)."""
SMOOTHED_S = 0.1
LATELY_S = 0.6


def hand_features(hand: Kinematics) -> FloatArray:
    """Scale what a hand does, sampled every `STEP_MS`, to 0 to 1; shape (n_bins, 10)."""
    step_s = STEP_MS / 1000.0
    contact = np.exp(-((hand.distance_cm / ON_OBJECT_CM) ** 2))
    fingers = np.abs(np.gradient(hand.aperture_cm, step_s))
    columns = [
        hand.distance_cm,
        hand.speed_cm_s,
        hand.aperture_cm,
        hand.wrist_deg,
        hand.second_hand_cm,
        -np.gradient(hand.distance_cm, step_s),
        contact,
        _lately(hand.speed_cm_s * contact, SMOOTHED_S) / SMOOTHED_S,
        _lately(fingers, SMOOTHED_S) / SMOOTHED_S,
        _lately(hand.speed_cm_s, LATELY_S),
    ]
    scaled: FloatArray = np.clip((np.stack(columns, axis=1) - HAND_LOW) / HAND_SPAN, 0.0, 1.0)
    return scaled


def _lately(course: FloatArray, tau_s: float) -> FloatArray:
    """Integrate a course and forget it exponentially."""
    step_s = STEP_MS / 1000.0
    decay = float(np.exp(-step_s / tau_s))
    # scipy.signal has this recursion too, but takes most of a second to import.
    return np.array(list(accumulate((step_s * course).tolist(), lambda y, x: x + decay * y)))


def object_features(thing: Thing) -> FloatArray:
    """Scale an object's size, elongation and tilt to 0 to 1; shape (3,).

    A round object has no tilt, and a barely longish one not much.
    """
    longish = min(thing.elongation - 1.0, 1.0)
    raw = [thing.size_cm / 10.0, (thing.elongation - 1.0) / 3.0, longish * thing.tilt_deg / 90.0]
    scaled: FloatArray = np.clip(np.array(raw), 0.0, 1.0)
    return scaled


def some_features(shape: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    """1 for the three or four random features that a cell reports, else 0."""
    rank = np.argsort(rng.random(shape), axis=1)
    return (rank < rng.integers(3, 5, size=shape[0])[:, None]).astype(float)


def some_of(n: int, columns: Sequence[int], how_many: int, rng: np.random.Generator) -> FloatArray:
    """1 for so many random ones of a hand's columns in each cell, else 0; shape (n, 10)."""
    chosen = np.zeros((n, len(HAND_LOW)))
    for cell in range(n):
        chosen[cell, rng.choice(columns, how_many, replace=False)] = 1.0
    return chosen


def random_thing(rng: np.random.Generator) -> Thing:
    """Draw an object of arbitrary features; a third of them are round, as food is."""
    return Thing(
        name="any",
        size_cm=float(rng.uniform(0.5, 9.0)),
        elongation=float(rng.uniform(1.0, 4.0)) if rng.random() < 2 / 3 else 1.0,
        tilt_deg=float(rng.uniform(0.0, 90.0)),
    )


def _random_action(rng: np.random.Generator) -> Action:
    """Draw an action of arbitrary features; it belongs to no repertoire."""
    bimanual = rng.random() < 0.25
    return Action(
        name="any",
        general="any",
        way="any",
        thing=Thing(name="any", size_cm=1.0),
        aperture_hold_cm=float(rng.uniform(0.8, 9.0)),
        aperture_margin_cm=float(rng.uniform(2.0, 4.0)),
        wrist_deg=float(rng.uniform(-10.0, 110.0)),
        second_hand_cm=float(rng.uniform(2.0, 20.0) if bimanual else rng.uniform(32.0, 44.0)),
        reach_cm=float(rng.uniform(8.0, 33.0)),
        after=str(rng.choice(AFTER)),
    )


MOMENTS = (0.60, 0.30, 0.10)
"""Shares of cells that prefer a moment of the approach, of the time on the object, of the way
back."""


@dataclass(frozen=True)
class Reach:
    """What a hand does in one reach, every `STEP_MS`, and in which bins its parts begin.

    Attributes
    ----------
    features : float array, shape (n_bins, 10)
    onset, contact, release, end : int
    """

    features: FloatArray
    onset: int
    contact: int
    release: int
    end: int

    @property
    def grip(self) -> FloatArray:
        """Aperture, wrist and second hand at contact; shape (3,)."""
        return self.features[self.contact, list(GRIP)]

    @property
    def use(self) -> FloatArray:
        """How far the hand reaches, how much it carries, how much its fingers move; shape (3,)."""
        held = self.features[self.contact : max(self.release, self.contact + 1)]
        on_object = held[:, [CARRYING, FINGERS]].mean(axis=0)
        return np.array([self.features[self.onset, DISTANCE], *on_object])


def random_reach(rng: np.random.Generator) -> Reach:
    """Draw an arbitrary reach to an arbitrary object, and what is done with it."""
    movement_time_s, hold_s = rng.uniform(0.28, 0.55), rng.uniform(0.5, 1.1)
    ends_s = np.cumsum([0.0, movement_time_s, hold_s, WITHDRAWAL_RATIO * movement_time_s])
    onset, contact, release, end = (round(time_s * 1e3 / STEP_MS) for time_s in ends_s)
    hand = hand_state(
        _random_action(rng),
        (np.arange(end) + 0.5) * (STEP_MS / 1000.0),
        onset_s=0.0,
        movement_time_s=movement_time_s,
        hold_s=hold_s,
        rng=rng,
    )
    return Reach(hand_features(hand), onset, contact, release, end)


def reached_states(n: int, rng: np.random.Generator) -> FloatArray:
    """Draw what arbitrary reaches pass through; shape (n, 10).

    Each cell's state is a moment of its own random reach: of the approach, of the time on the
    object or of the withdrawal.
    """
    states = np.empty((n, len(HAND_LOW)))
    for cell in range(n):
        reach = random_reach(rng)
        parts = (reach.onset, reach.contact, reach.release, reach.end)
        part = rng.choice(3, p=MOMENTS)
        states[cell] = reach.features[rng.integers(parts[part], parts[part + 1])]
    return states


@dataclass(frozen=True)
class Preferred:
    """The states that cells respond to most, and how sharply.

    Attributes
    ----------
    states : float array, shape (n, n_features)
        Features scaled to 0 to 1.
    sharpness : float array, shape (n, n_features)
        One over the tuning width (sd); 0 for features that do not matter to the cell.
    """

    states: FloatArray
    sharpness: FloatArray

    def response(self, features: FloatArray, gate: FloatArray) -> FloatArray:
        """Gaussian tuning times a gate; shapes (n_bins, n_features), (n_bins,) -> (n_bins, n)."""
        drive = np.zeros((len(gate), len(self.states)))
        driven = np.flatnonzero(gate > 1e-3)
        total = np.zeros((len(driven), len(self.states)))
        scaled = np.empty_like(total)
        for feature in range(features.shape[1]):
            values = features[driven, feature, None]
            np.subtract(values, self.states[:, feature], out=scaled)
            scaled *= self.sharpness[:, feature]
            scaled *= scaled
            total += scaled
        total *= -0.5
        np.exp(total, out=total)
        total *= gate[driven, None]
        drive[driven] = total
        return drive


def presence(hand: Kinematics) -> FloatArray:
    """How far a hand catches the eye, 0 to 1: it must move or be on the object; shape (n_bins,)."""
    still = np.exp(-((hand.speed_cm_s / MOVING_CM_S) ** 2))
    off = 1.0 - np.exp(-((hand.distance_cm / ON_OBJECT_CM) ** 2))
    return 1.0 - still * off


Held = Callable[[str, Kinematics], Kinematics]


# Several populations ask for the same hand of the same trial, one after the other.
@lru_cache(maxsize=16)
def _padded_hand(
    act: Act, n_bins: int, extent: float, held: Held | None
) -> tuple[FloatArray, FloatArray]:
    bins = np.arange(-_PAD_BINS, n_bins + _PAD_BINS, dtype=np.float64)
    hand = hand_state(
        act.action,
        (bins + 0.5) * (STEP_MS / 1000.0),
        onset_s=act.onset_s,
        movement_time_s=act.movement_time_s,
        hold_s=act.hold_s,
        rng=np.random.default_rng(act.seed),
        extent=extent,
    )
    if act.tool is not None and held is not None:
        hand = held(act.tool, hand)
    features, gate = hand_features(hand), presence(hand)
    features.setflags(write=False)
    gate.setflags(write=False)
    return features, gate


def hand_of(act: Act, n_bins: int, latency_ms: float) -> tuple[FloatArray, FloatArray]:
    """Return what is seen of an acting hand, or of its tool, as it was a latency earlier.

    Parameters
    ----------
    act : Act
    n_bins : int
        Bins of `STEP_MS` from trial start.
    latency_ms : float

    Returns
    -------
    features : float array, shape (n_bins, 10)
    presence : float array, shape (n_bins,)
    """
    return _later(_padded_hand(act, n_bins, act.extent, tip_of), n_bins, latency_ms)


def felt_of(act: Act, n_bins: int, latency_ms: float) -> tuple[FloatArray, FloatArray]:
    """Return what is felt of the own hand, which may hold a tool; as `hand_of`."""
    return _later(_padded_hand(act, n_bins, act.extent, hand_on), n_bins, latency_ms)


def _later(
    hand: tuple[FloatArray, FloatArray], n_bins: int, latency_ms: float
) -> tuple[FloatArray, FloatArray]:
    first = _PAD_BINS - round(latency_ms / STEP_MS)
    features, gate = hand
    return features[first : first + n_bins], gate[first : first + n_bins]


def reach_of(act: Act, n_bins: int) -> Reach:
    """Return what the hand of an act would do if it were done in full, and without a tool."""
    features, _ = _later(_padded_hand(act, n_bins, 1.0, None), n_bins, 0.0)
    parts_s = (act.onset_s, act.contact_s, act.release_s)
    onset, contact, release = (min(round(time_s * 1e3 / STEP_MS), n_bins - 1) for time_s in parts_s)
    return Reach(features, onset, contact, release, n_bins)


def visible(hidden_s: tuple[tuple[float, float], ...], times_s: FloatArray) -> FloatArray:
    """1 where nothing hides what there is to see, else 0; shape (n_times,)."""
    lit = np.ones_like(times_s)
    for start_s, stop_s in hidden_s:
        lit[(times_s >= start_s) & (times_s < stop_s)] = 0.0
    return lit


def sigmoid(x: FloatArray) -> FloatArray:
    """Rise smoothly from 0 to 1."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def alike(course: np.ndarray, n: int) -> FloatArray:
    """Return the drive of cells that all follow one course, shape (n_times, n)."""
    return np.repeat(course.astype(float)[:, None], n, axis=1)
