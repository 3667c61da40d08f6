"""How a hand moves while it acts: one trial's kinematics, five numbers over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_number
from mirror_sim.scene.actions import (
    REST_SECOND_HAND_CM,
    Action,
    FloatArray,
    added_after_contact,
)

MOVEMENT_TIME_S: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"monkey": (0.28, 0.40), "human": (0.37, 0.53)}
)
"""Shortest and longest time from movement onset to contact (Jerjian et al. 2020, measured)."""

REST_APERTURE_CM = 1.0
REST_WRIST_DEG = 0.0
CARRY_CM = 15.0
MANIPULATION_HZ = 2.5
TOOLS = ("rigid", "pliers", "reverse pliers")
"""What a hand may hold: a stick, pliers whose tips close as the hand closes, and pliers whose tips
close as the hand opens."""
STICK_APERTURE_CM = 0.0
TOOL_WRIST_DEG = 50.0
"""By how much the wrist of a hand that holds a tool is turned."""
WITHDRAWAL_RATIO = 1.25
"""Duration of the withdrawal over that of the reach."""
DURATIONS_S = (0.001, 600.0)
"""Shortest and longest plausible part of a trial."""


@dataclass(frozen=True, kw_only=True)
class Kinematics:
    """The state of one acting hand over time; every array has shape (n_bins,).

    Parameters
    ----------
    times_s : float array
        Seconds from trial start.
    distance_cm : float array
        Hand to object, or to where the object would be.
    speed_cm_s : float array
        Of the wrist.
    aperture_cm : float array
        Thumb to index finger.
    wrist_deg : float array
        Wrist angle.
    second_hand_cm : float array
        Second hand to object.
    """

    times_s: FloatArray
    distance_cm: FloatArray
    speed_cm_s: FloatArray
    aperture_cm: FloatArray
    wrist_deg: FloatArray
    second_hand_cm: FloatArray


def _minimum_jerk(phase: FloatArray) -> FloatArray:
    """Path covered, 0 to 1, at a phase of the movement; flat outside 0 to 1."""
    s = np.clip(phase, 0.0, 1.0)
    return s * s * s * (10.0 - 15.0 * s + 6.0 * s * s)


def _minimum_jerk_speed(phase: FloatArray) -> FloatArray:
    """Return the derivative of `_minimum_jerk` by the phase."""
    s = np.clip(phase, 0.0, 1.0)
    return 30.0 * (s * (1.0 - s)) ** 2


@checked_arguments(extent=(0.0, 1.0))
def hand_state(
    action: Action,
    times_s: FloatArray,
    *,
    onset_s: float,
    movement_time_s: float,
    hold_s: float,
    rng: np.random.Generator,
    extent: float = 1.0,
) -> Kinematics:
    """Compute the hand state of one trial.

    The wrist follows a minimum-jerk path whose time is warped so that speed peaks before half of
    the movement time and is low from three quarters of it on. The hand opens until about two thirds
    of the movement time and closes onto the object, which it touches at ``onset_s +
    movement_time_s``. After ``hold_s`` more it lets go and withdraws to where it came from.

    Parameters
    ----------
    action : Action
        What is done.
    times_s : float array, shape (n_bins,)
        When to sample, seconds from trial start.
    onset_s, movement_time_s, hold_s : float
        Movement onset, time from it to contact, time from contact to release, in seconds.
    rng : numpy.random.Generator
        Source of the single-trial jitter. Always the same count of numbers is drawn.
    extent : float
        How far the movement goes, 0 to 1: everything departs from rest by this share.

    Returns
    -------
    Kinematics
        Arrays of shape (n_bins,).

    Raises
    ------
    ValueError
        If a time is not finite, a duration is not above zero, or the action's own course is not
        valid.

    Examples
    --------
    >>> from mirror_sim.scene.actions import get_action
    >>> times_s = np.arange(0.0, 2.0, 0.01)
    >>> hand = hand_state(get_action("grasp-whole-hand"), times_s, onset_s=0.5,
    ...                   movement_time_s=0.4, hold_s=0.5, rng=np.random.default_rng(1))
    >>> bool(hand.distance_cm[100] < 1e-6)
    True
    """
    where = f"hand_state of {action.name!r}"
    check_number(onset_s, f"{where}: onset_s")
    check_number(movement_time_s, f"{where}: movement_time_s", DURATIONS_S)
    check_number(hold_s, f"{where}: hold_s", DURATIONS_S)
    times_s = np.asarray(times_s, dtype=float)
    z = np.clip(rng.standard_normal(8), -2.5, 2.5)
    reach_cm = action.reach_cm * (1.0 + 0.05 * z[0])
    on_object_cm = max(action.aperture_hold_cm + 0.3 * z[1], 0.2)
    widest_cm = on_object_cm + action.aperture_margin_cm * (1.0 + 0.12 * z[2])
    wrist_deg = action.wrist_deg + 6.0 * z[3]
    second_cm = action.second_hand_cm * (1.0 + 0.08 * z[4])
    skew = 0.40 + 0.04 * z[5]
    # Larger objects are met by a later widest opening (Mon-Williams & Tresilian 2001).
    widest_at = np.clip(0.65 + 0.008 * (on_object_cm - 3.0) + 0.02 * z[6], 0.60, 0.75)

    phase = np.clip((times_s - onset_s) / movement_time_s, 0.0, 1.0)
    warped = phase + skew * phase * (1.0 - phase)
    path = _minimum_jerk(warped)
    path_speed = _minimum_jerk_speed(warped) * (1.0 + skew - 2.0 * skew * phase) / movement_time_s
    withdrawal_s = WITHDRAWAL_RATIO * movement_time_s
    leaving = (times_s - onset_s - movement_time_s - hold_s) / withdrawal_s
    back = _minimum_jerk(leaving)
    back_speed = _minimum_jerk_speed(leaving) / withdrawal_s

    opening = _minimum_jerk(phase / widest_at)
    closing = _minimum_jerk((phase - widest_at) / (1.0 - widest_at))
    aperture_cm = (
        REST_APERTURE_CM
        + (widest_cm - REST_APERTURE_CM) * opening
        - (widest_cm - on_object_cm) * closing
        + (REST_APERTURE_CM - on_object_cm) * back
    )
    speed_cm_s = reach_cm * (path_speed + back_speed)
    away = path * (1.0 - back)
    hand = Kinematics(
        times_s=times_s,
        distance_cm=reach_cm * (1.0 - away),
        speed_cm_s=speed_cm_s,
        aperture_cm=aperture_cm,
        wrist_deg=REST_WRIST_DEG + (wrist_deg - REST_WRIST_DEG) * away,
        second_hand_cm=REST_SECOND_HAND_CM + (second_cm - REST_SECOND_HAND_CM) * away,
    )
    added = _after_contact(
        action, times_s - onset_s - movement_time_s, hold_s=hold_s, phase_rad=2.0 * z[7]
    )
    return _partial(_with_added(hand, added, gone=back), extent, reach_cm)


def check_tool(tool: object, where: str) -> None:
    """Raise a ValueError if there is no such tool."""
    if tool is not None and not (isinstance(tool, str) and tool in TOOLS):
        raise unknown("tool", tool, [*TOOLS, "None"], where=where)


def tip_of(tool: str, hand: Kinematics) -> Kinematics:
    """Return what is seen of an act with a tool: the tips, which do what fingers would do.

    A stick has no tips that open.
    """
    stick = np.full_like(hand.aperture_cm, STICK_APERTURE_CM)
    return _held(hand, stick if tool == "rigid" else hand.aperture_cm)


def hand_on(tool: str, hand: Kinematics) -> Kinematics:
    """Return what the hand that holds a tool does, while the tips do what fingers would do.

    On pliers it opens and closes as the tips do. On reverse pliers it is open where the tips are
    closed, and closed where they are open; it stays in the same range.
    """
    aperture_cm = tip_of(tool, hand).aperture_cm
    if tool == "reverse pliers":
        aperture_cm = aperture_cm.max() + aperture_cm.min() - aperture_cm
    return _held(hand, aperture_cm)


def _held(hand: Kinematics, aperture_cm: FloatArray) -> Kinematics:
    return replace(hand, aperture_cm=aperture_cm, wrist_deg=hand.wrist_deg + TOOL_WRIST_DEG)


def _with_added(
    hand: Kinematics, added: Mapping[str, FloatArray], *, gone: FloatArray
) -> Kinematics:
    """Add what the time on the object adds; it fades as the hand withdraws, but for the speed."""
    changed = {
        name: getattr(hand, name) + (more if name == "speed_cm_s" else more * (1.0 - gone))
        for name, more in added.items()
    }
    hand = replace(hand, **changed)
    floor = {
        name: np.maximum(getattr(hand, name), 0.0)
        for name in ("distance_cm", "speed_cm_s", "aperture_cm", "second_hand_cm")
    }
    return replace(hand, **floor)


def _partial(hand: Kinematics, extent: float, reach_cm: float) -> Kinematics:
    if extent == 1.0:
        return hand
    rest = {
        "distance_cm": reach_cm,
        "speed_cm_s": 0.0,
        "aperture_cm": REST_APERTURE_CM,
        "wrist_deg": REST_WRIST_DEG,
        "second_hand_cm": REST_SECOND_HAND_CM,
    }
    return replace(
        hand, **{name: at + extent * (getattr(hand, name) - at) for name, at in rest.items()}
    )


def _after_contact(
    action: Action, since_s: FloatArray, *, hold_s: float, phase_rad: float
) -> Mapping[str, FloatArray]:
    """Return what the time on the object adds to the hand's state, by name of the quantity.

    Parameters
    ----------
    since_s : float array, shape (n_bins,)
        Time since contact.
    hold_s : float
        Time from contact to release.
    phase_rad : float
        Where in its cycle a manipulation starts.
    """
    if callable(action.after):
        on_object = np.clip(since_s, 0.0, hold_s)
        inside = (since_s >= 0.0) & (since_s <= hold_s)
        return {
            name: more * (inside if name == "speed_cm_s" else since_s >= 0.0)
            for name, more in added_after_contact(action, on_object, hold_s).items()
        }
    if action.after == "transport":
        carrying = (since_s / hold_s - 0.10) / 0.65
        opening = _minimum_jerk((since_s / hold_s - 0.80) / 0.20)
        speed_cm_s = CARRY_CM * _minimum_jerk_speed(carrying) / (0.65 * hold_s)
        return {"aperture_cm": action.aperture_margin_cm * opening, "speed_cm_s": speed_cm_s}
    if action.after == "manipulate":
        ramp_s = min(0.1, hold_s / 2.0)
        engaged = _minimum_jerk(since_s / ramp_s) * _minimum_jerk((hold_s - since_s) / ramp_s)
        cycle = 2.0 * np.pi * MANIPULATION_HZ * since_s + phase_rad
        aperture_cm = 0.3 * action.aperture_margin_cm * engaged * np.sin(cycle)
        speed_cm_s = 10.0 * engaged * np.abs(np.cos(cycle))
        return {"aperture_cm": aperture_cm, "speed_cm_s": speed_cm_s}
    return {}
