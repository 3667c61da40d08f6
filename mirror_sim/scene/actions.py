"""Hand actions: what a hand does to a thing, and how it moves while doing so.

An `Action` is described by features alone (how far the hand reaches, how wide it opens, what
happens after contact). `hand_state` turns them into one trial's kinematics: five numbers over time
that everything downstream sees instead of the action's name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mirror_sim.base.errors import unknown

FloatArray = NDArray[np.float64]

AFTER = ("hold", "transport", "manipulate", "still-from-start")
"""What may happen between contact and release."""

MOVEMENT_TIME_S: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"monkey": (0.28, 0.40), "human": (0.37, 0.53)}
)
"""Shortest and longest time from movement onset to contact (Jerjian et al. 2020, measured)."""

REST_APERTURE_CM = 1.0
REST_WRIST_DEG = 0.0
REST_SECOND_HAND_CM = 40.0
CARRY_CM = 15.0
MANIPULATION_HZ = 2.5
WITHDRAWAL_RATIO = 1.25
"""Duration of the withdrawal over that of the reach."""


def require_finite(owner: str, **values: float) -> None:
    """Raise a ValueError that names the first value that is not a finite number.

    Examples
    --------
    >>> require_finite("Thing 'raisin'", size_cm=1.0)
    >>> require_finite("Thing 'raisin'", size_cm=float("nan"))
    Traceback (most recent call last):
        ...
    ValueError: Thing 'raisin': size_cm is nan; it must be a finite number
    """
    for name, value in values.items():
        if not math.isfinite(value):
            raise ValueError(f"{owner}: {name} is {value!r}; it must be a finite number")


def require_positive(owner: str, **values: float) -> None:
    """Raise a ValueError that names the first value that is not finite and above zero."""
    require_finite(owner, **values)
    for name, value in values.items():
        if value <= 0:
            raise ValueError(f"{owner}: {name} is {value!r}; it must be above 0")


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A graspable object, known by its visible features.

    Parameters
    ----------
    name : str
        For tables; no cell sees it.
    size_cm : float
        Extent across the grip.
    elongation : float
        Length over width, at least 1.
    tilt_deg : float
        Angle of the long axis from the horizontal, 0 to 90.
    source : str
        Where the numbers come from.

    Raises
    ------
    ValueError
        If a number is not finite or lies outside the range above.
    """

    name: str
    size_cm: float
    elongation: float = 1.0
    tilt_deg: float = 0.0
    source: str = ""

    def __post_init__(self) -> None:
        owner = f"Thing {self.name!r}"
        require_positive(owner, size_cm=self.size_cm)
        require_finite(owner, elongation=self.elongation, tilt_deg=self.tilt_deg)
        if self.elongation < 1:
            raise ValueError(f"{owner}: elongation is {self.elongation!r}; it must be at least 1")
        if not 0 <= self.tilt_deg <= 90:
            raise ValueError(f"{owner}: tilt_deg is {self.tilt_deg!r}; it must be in 0 to 90")


@dataclass(frozen=True, kw_only=True)
class Action:
    """One way of acting on a thing with the hand.

    Parameters
    ----------
    name : str
        The name in tables, e.g. ``"grasp-precision"``.
    general : str
        The kind of action, e.g. ``"grasping"``; a broad match is a match of this.
    way : str
        How it is done, e.g. ``"precision"``; a strict match is a match of both.
    thing : Thing
        The object acted on.
    effector : str
        The body part; only ``"hand"`` has kinematics.
    aperture_hold_cm : float
        Distance of thumb and index finger while on the object.
    aperture_margin_cm : float
        By how much the hand opens beyond that on its way.
    wrist_deg : float
        Wrist angle on the object.
    second_hand_cm : float
        Distance of the other hand from the object once the hand is on it.
    reach_cm : float
        Distance of the hand from the object before the movement.
    after : str
        What follows contact: ``"hold"``, ``"transport"`` (carried away, the fingers open at the
        end), ``"manipulate"`` (the fingers move to and fro) or ``"still-from-start"`` (as hold; the
        hand barely has to reach).
    hold_s : float
        Usual time from contact to release.
    source : str
        Where the numbers come from.

    Raises
    ------
    ValueError
        If a number is not finite or positive, or a name is not among the valid ones.
    """

    name: str
    general: str
    way: str
    thing: Thing
    effector: str = "hand"
    aperture_hold_cm: float
    aperture_margin_cm: float = 3.0
    wrist_deg: float
    second_hand_cm: float = REST_SECOND_HAND_CM
    reach_cm: float = 30.0
    after: str = "hold"
    hold_s: float = 0.8
    source: str = ""

    def __post_init__(self) -> None:
        owner = f"Action {self.name!r}"
        require_positive(
            owner,
            aperture_hold_cm=self.aperture_hold_cm,
            aperture_margin_cm=self.aperture_margin_cm,
            second_hand_cm=self.second_hand_cm,
            reach_cm=self.reach_cm,
            hold_s=self.hold_s,
        )
        require_finite(owner, wrist_deg=self.wrist_deg)
        if self.after not in AFTER:
            raise unknown("course after contact", self.after, AFTER, where=owner)
        if self.effector != "hand":
            raise unknown("effector", self.effector, ["hand"], where=owner)


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


def hand_state(
    action: Action,
    times_s: FloatArray,
    *,
    onset_s: float,
    movement_time_s: float,
    hold_s: float,
    rng: np.random.Generator,
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

    Returns
    -------
    Kinematics
        Arrays of shape (n_bins,).

    Raises
    ------
    ValueError
        If a time is not finite, or a duration is not above zero.

    Examples
    --------
    >>> times_s = np.arange(0.0, 2.0, 0.01)
    >>> hand = hand_state(get_action("grasp-whole-hand"), times_s, onset_s=0.5,
    ...                   movement_time_s=0.4, hold_s=0.5, rng=np.random.default_rng(1))
    >>> bool(hand.distance_cm[100] < 1e-6)
    True
    """
    require_finite(f"hand_state of {action.name!r}", onset_s=onset_s)
    require_positive(
        f"hand_state of {action.name!r}", movement_time_s=movement_time_s, hold_s=hold_s
    )
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
    more_aperture_cm, more_speed_cm_s = _after_contact(
        action, times_s - onset_s - movement_time_s, hold_s=hold_s, phase_rad=2.0 * z[7]
    )
    away = path * (1.0 - back)
    return Kinematics(
        times_s=times_s,
        distance_cm=reach_cm * (1.0 - away),
        speed_cm_s=speed_cm_s + more_speed_cm_s,
        aperture_cm=np.maximum(aperture_cm + more_aperture_cm * (1.0 - back), 0.0),
        wrist_deg=REST_WRIST_DEG + (wrist_deg - REST_WRIST_DEG) * away,
        second_hand_cm=REST_SECOND_HAND_CM + (second_cm - REST_SECOND_HAND_CM) * away,
    )


def _after_contact(
    action: Action, since_s: FloatArray, *, hold_s: float, phase_rad: float
) -> tuple[FloatArray, FloatArray]:
    """Return what the time on the object adds to aperture (cm) and speed (cm/s).

    Parameters
    ----------
    since_s : float array, shape (n_bins,)
        Time since contact.
    hold_s : float
        Time from contact to release.
    phase_rad : float
        Where in its cycle a manipulation starts.
    """
    if action.after == "transport":
        carrying = (since_s / hold_s - 0.10) / 0.65
        opening = _minimum_jerk((since_s / hold_s - 0.80) / 0.20)
        speed_cm_s = CARRY_CM * _minimum_jerk_speed(carrying) / (0.65 * hold_s)
        return action.aperture_margin_cm * opening, speed_cm_s
    if action.after == "manipulate":
        ramp_s = min(0.1, hold_s / 2.0)
        engaged = _minimum_jerk(since_s / ramp_s) * _minimum_jerk((hold_s - since_s) / ramp_s)
        cycle = 2.0 * np.pi * MANIPULATION_HZ * since_s + phase_rad
        aperture_cm = 0.3 * action.aperture_margin_cm * engaged * np.sin(cycle)
        return aperture_cm, 10.0 * engaged * np.abs(np.cos(cycle))
    return np.zeros_like(since_s), np.zeros_like(since_s)


_FOOD = "Gallese et al. 1996: pieces of food of different sizes"
_RAISIN = Thing(name="raisin", size_cm=1.0, source=_FOOD)
_APPLE = Thing(name="apple", size_cm=7.0, source=_FOOD)
_NUT_IN_WELL = Thing(name="nut in a well", size_cm=1.5, elongation=1.5, tilt_deg=60.0, source=_FOOD)
_TUBE = Thing(
    name="tube", size_cm=4.0, elongation=3.5, tilt_deg=20.0, source="an object that needs two hands"
)
_GRIPS = "after Gallese et al. 1996 (kinds of action); sizes of grips: the objects' plus 0.5-1 cm"


def _on_food(general: str, name: str, **features: float | str) -> tuple[Action, Action]:
    """Build the two ways, precision and whole hand, of acting on a small and a large piece."""
    precision = {"aperture_hold_cm": 1.5, "aperture_margin_cm": 2.5, "wrist_deg": 15.0}
    whole = {"aperture_hold_cm": 7.5, "aperture_margin_cm": 3.5, "wrist_deg": 60.0}
    common: dict[str, object] = {"general": general, "source": _GRIPS, **features}
    return (
        Action(name=f"{name}-precision", way="precision", thing=_RAISIN, **precision, **common),  # type: ignore[arg-type]
        Action(name=f"{name}-whole-hand", way="whole hand", thing=_APPLE, **whole, **common),  # type: ignore[arg-type]
    )


REPERTOIRE: Mapping[str, Action] = MappingProxyType(
    {
        action.name: action
        for action in (
            *_on_food("grasping", "grasp", hold_s=0.7),
            *_on_food("placing", "place", after="transport", hold_s=0.9, reach_cm=24.0),
            Action(
                name="manipulate-finger",
                general="manipulating",
                way="finger",
                thing=_NUT_IN_WELL,
                aperture_hold_cm=2.5,
                aperture_margin_cm=3.0,
                wrist_deg=90.0,
                reach_cm=26.0,
                after="manipulate",
                hold_s=1.0,
                source=_GRIPS,
            ),
            Action(
                name="manipulate-bimanual",
                general="manipulating",
                way="bimanual",
                thing=_TUBE,
                aperture_hold_cm=4.5,
                aperture_margin_cm=3.5,
                wrist_deg=40.0,
                second_hand_cm=6.0,
                reach_cm=22.0,
                after="manipulate",
                hold_s=1.0,
                source=_GRIPS,
            ),
            *_on_food("holding", "hold", after="still-from-start", reach_cm=9.0, hold_s=1.1),
        )
    }
)
"""The eight actions of the default experiments, by name."""


def get_action(name: str) -> Action:
    """Return the action of this name.

    Raises
    ------
    ValueError
        If the repertoire has no such action; the message gives the nearest match.

    Examples
    --------
    >>> get_action("grasp-precision").general
    'grasping'
    """
    if name not in REPERTOIRE:
        raise unknown("action", name, REPERTOIRE)
    return REPERTOIRE[name]
