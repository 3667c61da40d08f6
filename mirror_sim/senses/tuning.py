"""The features of hands and objects that cells are tuned to, and the states that they prefer."""

from __future__ import annotations

import numpy as np

from mirror_sim.scene.actions import (
    AFTER,
    WITHDRAWAL_RATIO,
    Action,
    FloatArray,
    Kinematics,
    Thing,
    hand_state,
)

HAND_LOW = np.array([0.0, 0.0, 0.0, -30.0, 0.0])
HAND_SPAN = np.array([35.0, 180.0, 12.0, 150.0, 45.0])
"""What counts as 0 and as 0 to 1 in distance, speed, aperture, wrist angle, second hand."""


def hand_features(hand: Kinematics) -> FloatArray:
    """Scale a hand's state to 0 to 1; shape (n_bins, 5)."""
    state = np.stack(
        [hand.distance_cm, hand.speed_cm_s, hand.aperture_cm, hand.wrist_deg, hand.second_hand_cm],
        axis=1,
    )
    scaled: FloatArray = np.clip((state - HAND_LOW) / HAND_SPAN, 0.0, 1.0)
    return scaled


def object_features(thing: Thing) -> FloatArray:
    """Scale an object's size, elongation and tilt to 0 to 1; shape (3,).

    A round object has no tilt, and a barely longish one not much.
    """
    longish = min(thing.elongation - 1.0, 1.0)
    raw = [thing.size_cm / 10.0, (thing.elongation - 1.0) / 3.0, longish * thing.tilt_deg / 90.0]
    scaled: FloatArray = np.clip(np.array(raw), 0.0, 1.0)
    return scaled


def chosen_features(encodes: str, shape: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    """1 for the features that matter to a cell, else 0.

    A command settles all that the hand does; a sense reports three or four random features, of an
    object all three.
    """
    if encodes == "command":
        return np.ones(shape)
    rank = np.argsort(rng.random(shape), axis=1)
    return (rank < rng.integers(3, 5, size=shape[0])[:, None]).astype(float)


def random_thing(rng: np.random.Generator) -> Thing:
    """Draw an object of arbitrary features; a third of them are round, as food is."""
    return Thing(
        name="any",
        size_cm=float(rng.uniform(0.5, 9.0)),
        elongation=float(rng.uniform(1.0, 4.0)) if rng.random() < 2 / 3 else 1.0,
        tilt_deg=float(rng.uniform(0.0, 90.0)),
    )


def _random_reach(rng: np.random.Generator) -> Action:
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


def reached_states(n: int, rng: np.random.Generator) -> FloatArray:
    """Draw hand states that arbitrary reaches pass through; shape (n, 5).

    Each cell's state is a moment of its own random reach: of the approach, of the time on the
    object or of the withdrawal.
    """
    states = np.empty((n, len(HAND_LOW)))
    for cell in range(n):
        movement_time_s, hold_s = rng.uniform(0.28, 0.55), rng.uniform(0.5, 1.1)
        bounds_s = np.cumsum([0.0, movement_time_s, hold_s, WITHDRAWAL_RATIO * movement_time_s])
        part = rng.choice(3, p=[0.50, 0.35, 0.15])
        hand = hand_state(
            _random_reach(rng),
            np.array([rng.uniform(bounds_s[part], bounds_s[part + 1])]),
            onset_s=0.0,
            movement_time_s=movement_time_s,
            hold_s=hold_s,
            rng=rng,
        )
        states[cell] = hand_features(hand)[0]
    return states
