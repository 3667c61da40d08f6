"""Hand actions: what a hand does to a thing, known by features alone.

Nothing downstream sees the name of an action: `mirror_sim.scene.kinematics.hand_state` turns its
features into one trial's kinematics, five numbers over time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_fields, record
from mirror_sim.base.sources import identity

FloatArray = NDArray[np.float64]

AFTER = ("hold", "transport", "manipulate", "still-from-start")
"""What may happen between contact and release, besides a function of one's own."""

ADDED = ("distance_cm", "speed_cm_s", "aperture_cm", "wrist_deg", "second_hand_cm")
"""What the time on the object may add to, as in `mirror_sim.scene.kinematics.Kinematics`."""

Course = Callable[[FloatArray, float], Mapping[str, FloatArray]]

REST_SECOND_HAND_CM = 40.0

_LENGTHS_CM = (0.01, 200.0)
_THING_RANGES = {"size_cm": _LENGTHS_CM, "elongation": (1.0, 100.0), "tilt_deg": (0.0, 90.0)}
_ACTION_RANGES = {
    "aperture_hold_cm": _LENGTHS_CM,
    "aperture_margin_cm": _LENGTHS_CM,
    "wrist_deg": (-360.0, 360.0),
    "second_hand_cm": _LENGTHS_CM,
    "reach_cm": _LENGTHS_CM,
    "hold_s": (0.01, 60.0),
}


@record
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
        If a value is not valid; the message names it and what is.
    """

    name: str
    size_cm: float
    elongation: float = 1.0
    tilt_deg: float = 0.0
    source: str = ""

    def __post_init__(self) -> None:
        check_fields(self, f"Thing {self.name!r}", _THING_RANGES)


@record
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
    after : str or callable
        What follows contact: ``"hold"``, ``"transport"`` (carried away, the fingers open at the
        end), ``"manipulate"`` (the fingers move to and fro), ``"still-from-start"`` (as hold; the
        hand barely has to reach), or a function ``after(since_s, hold_s)``: it takes seconds since
        contact, shape (n_bins,), and the time from contact to release, and returns what is added to
        some of `ADDED`, arrays of shape (n_bins,) by name.
    hold_s : float
        Usual time from contact to release.
    source : str
        Where the numbers come from.

    Raises
    ------
    ValueError
        If a value is not valid; the message names it and what is.
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
    after: str | Course = "hold"
    hold_s: float = 0.8
    source: str = ""

    def __post_init__(self) -> None:
        owner = f"Action {self.name!r}"
        check_fields(self, owner, _ACTION_RANGES)
        if self.effector != "hand":
            raise unknown("effector", self.effector, ["hand"], where=owner)
        if callable(self.after):
            identity(self.after)
            added_after_contact(self, np.linspace(0.0, self.hold_s, 5), self.hold_s)
        elif self.after not in AFTER:
            raise unknown("course after contact", self.after, AFTER, where=owner)


def added_after_contact(
    action: Action, since_s: FloatArray, hold_s: float
) -> Mapping[str, FloatArray]:
    """Return what an action's own function adds from contact to release, checked.

    Raises
    ------
    ValueError
        If the function returns other names than `ADDED`, other shapes, or values that are not
        finite.
    """
    assert callable(action.after)
    where = f"after of Action {action.name!r}"
    found = action.after(since_s, hold_s)
    if not isinstance(found, Mapping):
        raise ValueError(f"{where} returned {found!r}; it must return arrays by name")
    made = {}
    for name, values in found.items():
        if name not in ADDED:
            raise unknown("quantity", name, ADDED, where=where)
        made[name] = np.asarray(values, dtype=float)
        if made[name].shape != since_s.shape or not np.isfinite(made[name]).all():
            raise ValueError(
                f"{where} returned {name} of shape {made[name].shape}; it must be finite numbers "
                f"of shape {since_s.shape}"
            )
    return made


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


@checked_arguments()
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
