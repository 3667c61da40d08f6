"""Reach-to-grasp movements have the landmarks that were measured in monkeys and humans."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirror_sim.scene.actions import AFTER, REPERTOIRE, Action, Thing, get_action
from mirror_sim.scene.kinematics import (
    CARRY_CM,
    MANIPULATION_HZ,
    REST_APERTURE_CM,
    TOOLS,
    WITHDRAWAL_RATIO,
    Kinematics,
    hand_on,
    hand_state,
    tip_of,
)

ONSET_S, MOVEMENT_S, HOLD_S, STEP_S = 0.5, 0.4, 1.0, 0.001
CONTACT_S = ONSET_S + MOVEMENT_S
RELEASE_S = CONTACT_S + HOLD_S
TIMES_S = np.arange(0.0, 3.0, STEP_S)
REACH = (TIMES_S >= ONSET_S) & (TIMES_S <= CONTACT_S)
ON_OBJECT = (TIMES_S > CONTACT_S) & (TIMES_S < RELEASE_S)
NAMES = sorted(REPERTOIRE)


def move(action: str | Action, seed: int = 0) -> Kinematics:
    return hand_state(
        get_action(action) if isinstance(action, str) else action,
        TIMES_S,
        onset_s=ONSET_S,
        movement_time_s=MOVEMENT_S,
        hold_s=HOLD_S,
        rng=np.random.default_rng(seed),
    )


def test_repertoire_is_four_kinds_of_action_in_two_ways_each():
    pairs = [(a.general, a.way) for a in REPERTOIRE.values()]
    assert len(set(pairs)) == 8
    for general in ("grasping", "placing", "manipulating", "holding"):
        assert sum(g == general for g, _ in pairs) == 2
    assert all(name == action.name and action.source for name, action in REPERTOIRE.items())


@pytest.mark.parametrize("name", NAMES)
def test_tips_of_pliers_do_what_fingers_do_and_the_hand_the_same_or_the_opposite(name):
    bare = move(name)
    for tool in TOOLS:
        tip, hand = tip_of(tool, bare), hand_on(tool, bare)
        assert np.array_equal(tip.distance_cm, bare.distance_cm)
        assert np.array_equal(tip.wrist_deg, hand.wrist_deg)
        assert np.all(tip.wrist_deg > bare.wrist_deg)
        if tool == "rigid":
            assert np.ptp(tip.aperture_cm) == np.ptp(hand.aperture_cm) == 0
            continue
        assert np.array_equal(tip.aperture_cm, bare.aperture_cm)
        sign = -1 if tool == "reverse pliers" else 1
        np.testing.assert_allclose(np.diff(hand.aperture_cm), sign * np.diff(bare.aperture_cm))
        assert hand.aperture_cm.min() == pytest.approx(bare.aperture_cm.min())
        assert hand.aperture_cm.max() == pytest.approx(bare.aperture_cm.max())


def test_unknown_action_names_the_nearest_and_the_valid_ones():
    with pytest.raises(ValueError, match=r"unknown action 'grasp-precison'.*'grasp-precision'"):
        get_action("grasp-precison")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reach_cm": float("nan")}, "reach_cm is nan"),
        ({"hold_s": 0.0}, "hold_s is 0.0, outside the plausible range"),
        ({"aperture_hold_cm": -1.0}, "aperture_hold_cm is -1.0"),
        ({"wrist_deg": float("inf")}, "wrist_deg is inf"),
        ({"after": "holding"}, "unknown course after contact 'holding'.*Did you mean 'hold'"),
        ({"effector": "foot"}, "unknown effector 'foot'"),
    ],
)
def test_nonsense_actions_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(get_action("hold-precision"), **change)


@pytest.mark.parametrize(
    "change", [{"size_cm": 0.0}, {"elongation": 0.5}, {"tilt_deg": 120.0}, {"size_cm": np.nan}]
)
def test_nonsense_things_are_refused(change):
    with pytest.raises(ValueError, match="Thing 'ball'"):
        Thing(**{"name": "ball", "size_cm": 3.0, **change})


@pytest.mark.parametrize(
    "times", [{"onset_s": np.nan}, {"movement_time_s": 0.0}, {"hold_s": -1.0}, {"hold_s": np.inf}]
)
def test_nonsense_times_are_refused(times):
    good = {"onset_s": 0.5, "movement_time_s": 0.4, "hold_s": 1.0}
    with pytest.raises(ValueError, match=f"hand_state.*: {next(iter(times))} is"):
        hand_state(
            get_action("hold-precision"), TIMES_S, rng=np.random.default_rng(0), **(good | times)
        )


@pytest.mark.parametrize("name", NAMES)
def test_speed_peaks_before_half_and_is_low_from_three_quarters(name):
    for seed in range(20):
        speed = move(name, seed).speed_cm_s[REACH]
        assert 0.30 < np.argmax(speed) / speed.size < 0.5
        assert speed[int(0.75 * speed.size)] < 0.4 * speed.max()


@pytest.mark.parametrize("name", NAMES)
def test_speed_is_the_rate_at_which_the_distance_falls(name):
    hand = move(name)
    fall = -np.gradient(hand.distance_cm, STEP_S)
    np.testing.assert_allclose(hand.speed_cm_s[REACH], fall[REACH], atol=1.0)
    assert np.all(np.diff(hand.distance_cm[REACH]) <= 1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_hand_touches_at_contact_stays_until_release_and_returns(name):
    hand = move(name)
    away = hand.distance_cm[0]
    assert away == pytest.approx(get_action(name).reach_cm, rel=0.15)
    assert np.all(hand.distance_cm[ON_OBJECT] < 1e-6)
    assert hand.distance_cm[np.searchsorted(TIMES_S, CONTACT_S) - 30] > 1e-3
    after = TIMES_S - WITHDRAWAL_RATIO * MOVEMENT_S > RELEASE_S
    for values in (hand.distance_cm, hand.aperture_cm, hand.wrist_deg, hand.second_hand_cm):
        np.testing.assert_allclose(values[after], values[0], atol=1e-9)
    assert np.all(hand.speed_cm_s[(TIMES_S < ONSET_S) | after] < 1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_hand_is_widest_at_about_two_thirds_of_the_movement(name):
    action = get_action(name)
    for seed in range(20):
        aperture = move(name, seed).aperture_cm[REACH]
        assert 0.59 < np.argmax(aperture) / aperture.size < 0.76
        assert aperture.max() - aperture[-1] > 0.6 * action.aperture_margin_cm


def test_larger_object_is_met_by_a_later_widest_opening():
    small, large = move("grasp-precision").aperture_cm, move("grasp-whole-hand").aperture_cm
    assert np.argmax(large[REACH]) > np.argmax(small[REACH])


def test_hand_that_holds_is_still():
    for name in ("grasp-precision", "hold-whole-hand"):
        hand = move(name)
        assert np.all(hand.speed_cm_s[ON_OBJECT] < 1e-9)
        assert np.ptp(hand.aperture_cm[ON_OBJECT]) < 1e-6


def test_placing_carries_the_object_and_opens_the_fingers_at_the_end():
    action = get_action("place-precision")
    hand = move(action)
    assert np.sum(hand.speed_cm_s[ON_OBJECT]) * STEP_S == pytest.approx(CARRY_CM, rel=0.02)
    carrying = ON_OBJECT & (TIMES_S < CONTACT_S + 0.7 * HOLD_S)
    assert np.ptp(hand.aperture_cm[carrying]) < 1e-6
    end = np.searchsorted(TIMES_S, RELEASE_S) - 1
    opened = hand.aperture_cm[end] - hand.aperture_cm[carrying][0]
    assert opened == pytest.approx(action.aperture_margin_cm, rel=0.05)


def test_manipulation_moves_the_fingers_at_its_frequency():
    aperture = move("manipulate-finger").aperture_cm[ON_OBJECT]
    spectrum = np.abs(np.fft.rfft(aperture - aperture.mean(), n=8000))
    frequency_hz = np.fft.rfftfreq(8000, STEP_S)[np.argmax(spectrum)]
    assert frequency_hz == pytest.approx(MANIPULATION_HZ, abs=0.4)


def test_only_the_bimanual_action_brings_the_second_hand():
    for name in NAMES:
        near = move(name).second_hand_cm[ON_OBJECT].max() < 15
        assert near == (name == "manipulate-bimanual")


def test_jitter_comes_from_the_generator_alone():
    first, again, other = (move("grasp-precision", seed) for seed in (3, 3, 4))
    for a, b in zip(astuple(first), astuple(again), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.allclose(first.aperture_cm, other.aperture_cm)


def test_every_action_draws_equally_many_numbers():
    left = set()
    for name in NAMES:
        rng = np.random.default_rng(5)
        hand_state(get_action(name), TIMES_S, onset_s=0.5, movement_time_s=0.4, hold_s=1.0, rng=rng)
        left.add(rng.random())
    assert len(left) == 1


def test_names_do_not_move_the_hand():
    action = get_action("grasp-precision")
    thing = replace(action.thing, name="x")
    renamed = replace(action, name="x", general="y", way="z", thing=thing)
    for a, b in zip(astuple(move(action)), astuple(move(renamed)), strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=60, deadline=None)
@given(
    aperture=st.floats(0.1, 15.0),
    margin=st.floats(0.1, 8.0),
    wrist=st.floats(-90.0, 180.0),
    reach=st.floats(1.0, 60.0),
    after=st.sampled_from(AFTER),
    movement=st.floats(0.05, 1.5),
    hold=st.floats(0.01, 3.0),
    seed=st.integers(0, 2**31),
)
def test_any_action_has_a_finite_and_possible_hand(
    aperture, margin, wrist, reach, after, movement, hold, seed
):
    action = Action(
        name="any",
        general="any",
        way="any",
        thing=Thing(name="any", size_cm=2.0),
        aperture_hold_cm=aperture,
        aperture_margin_cm=margin,
        wrist_deg=wrist,
        reach_cm=reach,
        after=after,
    )
    hand = hand_state(
        action,
        np.arange(0.0, 4.0, 0.01),
        onset_s=0.5,
        movement_time_s=movement,
        hold_s=hold,
        rng=np.random.default_rng(seed),
    )
    for values in astuple(hand):
        assert np.all(np.isfinite(values))
    for values in (hand.distance_cm, hand.speed_cm_s, hand.aperture_cm, hand.second_hand_cm):
        assert values.min() >= -1e-9


def squeeze(since_s, hold_s):
    """Close the fingers and turn the wrist while the hand is on the object."""
    grip = np.sin(np.pi * since_s / hold_s)
    return {"aperture_cm": -1.0 * grip, "wrist_deg": 20.0 * grip}


def reversing(since_s, hold_s):
    return {"angle": since_s}


def too_short(since_s, hold_s):
    return {"aperture_cm": since_s[:-1]}


def test_the_course_after_contact_may_be_a_function():
    plain = get_action("grasp-whole-hand")
    own = replace(plain, after=squeeze)
    held, squeezed = move(plain), move(own)
    middle = np.argmin(np.abs(TIMES_S - CONTACT_S - HOLD_S / 2))
    assert squeezed.aperture_cm[middle] == pytest.approx(held.aperture_cm[middle] - 1.0, abs=0.01)
    assert squeezed.wrist_deg[middle] == pytest.approx(held.wrist_deg[middle] + 20.0, abs=0.1)
    before = TIMES_S < CONTACT_S
    np.testing.assert_array_equal(squeezed.aperture_cm[before], held.aperture_cm[before])


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (reversing, "unknown quantity 'angle' in after of Action"),
        (too_short, r"aperture_cm of shape \(4,\); it must be finite numbers of shape \(5,\)"),
        (lambda *_: {}, "define it with `def`"),
        (3, "after is 3, which is neither text nor function"),
    ],
)
def test_a_course_that_is_none_is_refused_when_made(after, message):
    with pytest.raises(ValueError, match=message):
        replace(get_action("hold-precision"), after=after)


@pytest.mark.parametrize("name", NAMES)
def test_a_movement_of_no_extent_is_rest_and_of_half_extent_goes_half_the_way(name):
    action = get_action(name)
    times = {"onset_s": ONSET_S, "movement_time_s": MOVEMENT_S, "hold_s": HOLD_S}
    hands = [
        hand_state(action, TIMES_S, rng=np.random.default_rng(0), extent=extent, **times)
        for extent in (0.0, 0.5, 1.0)
    ]
    assert np.ptp(hands[0].distance_cm) == np.ptp(hands[0].aperture_cm) == 0.0
    assert not hands[0].speed_cm_s.any()
    assert np.all(hands[0].aperture_cm == REST_APERTURE_CM)
    start = hands[2].distance_cm[0]
    np.testing.assert_allclose(start - hands[1].distance_cm, (start - hands[2].distance_cm) / 2)
