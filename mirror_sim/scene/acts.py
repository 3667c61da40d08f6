"""What happens in a trial: hands that act, objects on show, signals, currents into cells."""

from __future__ import annotations

import re

import numpy as np

from mirror_sim.base.records import check_fields, record
from mirror_sim.scene.actions import Action, Thing, added_after_contact
from mirror_sim.scene.kinematics import DURATIONS_S, WITHDRAWAL_RATIO, check_tool

TIMES_S = (0.0, 3600.0)

_PERTURBATION_RANGES = {
    "units": (0, 2**31),
    "start_s": TIMES_S,
    "stop_s": TIMES_S,
    "current_pA": (-1e7, 1e7),
}

Interval = tuple[float, float]


@record
class Act:
    """A hand that acts once, the Subject's own or another's.

    Parameters
    ----------
    action : Action
        What is done.
    actor : str
        ``"self"``, ``"other"``, or ``"other-NAME"`` where there are several others.
    onset_s : float
        When the movement starts, seconds from trial start.
    movement_time_s, hold_s : float
        Movement onset to contact, contact to release.
    seed : int
        Decides the single-trial jitter of the movement.
    viewpoint_deg : float, optional
        From where the hand is seen: 0 is the own view, 180 is face to face. By default the own
        hand is seen at 0, others' at 180.
    distance_m : float
        Distance of the hand from the eyes.
    tool : str, optional
        What is used in place of the fingers, one of `mirror_sim.scene.kinematics.TOOLS`: seen are
        its tips, felt is the hand that holds it, and commanded is the act, whatever it is done
        with.
    hidden_s : tuple of (float, float)
        From when to when the hand cannot be seen, seconds from trial start.
    commanded : bool
        Whether the Subject commands the act; only its own acts can be.
    extent : float
        How far the hand moves, 0 to 1: what is seen and felt of the act. An own act of extent 0 is
        commanded and not done, as in rehearsal or after a lesion.
    source : str
        Where the numbers come from.

    Raises
    ------
    ValueError
        If a value is not valid; the message names it and what is.
    """

    action: Action
    actor: str
    onset_s: float
    movement_time_s: float
    hold_s: float
    seed: int = 0
    viewpoint_deg: float | None = None
    distance_m: float = 0.6
    tool: str | None = None
    hidden_s: tuple[Interval, ...] = ()
    commanded: bool | None = None
    extent: float = 1.0
    source: str = ""

    def __post_init__(self) -> None:
        where = f"Act of {getattr(self.action, 'name', self.action)!r}"
        ranges = {
            "onset_s": TIMES_S,
            "movement_time_s": DURATIONS_S,
            "hold_s": DURATIONS_S,
            "seed": (0, 2**63),
            "viewpoint_deg": (-360.0, 360.0),
            "distance_m": (0.01, 100.0),
            "hidden_s": TIMES_S,
            "extent": (0.0, 1.0),
        }
        check_tool(self.tool, where)
        check_fields(self, where, ranges)
        if not re.fullmatch(r"self|other(-[\w. ]+)?", self.actor):
            raise ValueError(
                f"{where}.actor is {self.actor!r}; it must be 'self', 'other', or 'other-NAME' "
                "where there are several"
            )
        _check_intervals(self.hidden_s, f"{where}.hidden_s")
        if callable(self.action.after):
            added_after_contact(self.action, np.linspace(0.0, self.hold_s, 5), self.hold_s)
        own = self.actor == "self"
        if self.commanded and not own:
            raise ValueError(f"{where}: a Subject commands its own acts only, not another's")
        if self.viewpoint_deg is None:
            object.__setattr__(self, "viewpoint_deg", 0.0 if own else 180.0)
        if self.commanded is None:
            object.__setattr__(self, "commanded", own)

    @property
    def own(self) -> bool:
        """Whether the hand is the Subject's."""
        return self.actor == "self"

    @property
    def contact_s(self) -> float:
        """When the hand touches the object, seconds from trial start."""
        return self.onset_s + self.movement_time_s

    @property
    def release_s(self) -> float:
        """When the hand lets go."""
        return self.contact_s + self.hold_s

    @property
    def end_s(self) -> float:
        """When the hand is back at rest."""
        return self.release_s + WITHDRAWAL_RATIO * self.movement_time_s


@record
class Shown:
    """An object that stands before the Subject.

    Parameters
    ----------
    thing : Thing
        The object.
    on_s : float
        From when on it can be seen, seconds from trial start.
    off_s : float, optional
        When it is taken away; by default it stays to the end of the trial.
    hidden_s : tuple of (float, float)
        From when to when a screen or the dark hides it.

    Raises
    ------
    ValueError
        If a value is not valid; the message names it and what is.
    """

    thing: Thing
    on_s: float
    off_s: float | None = None
    hidden_s: tuple[Interval, ...] = ()

    def __post_init__(self) -> None:
        where = f"Shown {getattr(self.thing, 'name', self.thing)!r}"
        check_fields(self, where, {"on_s": TIMES_S, "off_s": TIMES_S, "hidden_s": TIMES_S})
        if self.off_s is not None and self.off_s <= self.on_s:
            raise ValueError(f"{where}.off_s is {self.off_s}, not after on_s {self.on_s}")
        _check_intervals(self.hidden_s, f"{where}.hidden_s")


@record
class Signal:
    """Anything with a course that is not a hand: a sound, pain, a tone, a cue, a reward.

    Parameters
    ----------
    channel : str
        Heard by the input populations that encode ``"signal:<channel>"``, and by the learning rules
        whose third factor it is.
    start_s, stop_s : float
        From when to when, seconds from trial start.
    level : float
        Strength, 0 to 1 for cells; a third factor may be negative, down to -1.
    features : tuple of float
        What kind it is, each 0 to 1, e.g. the timbre of a sound. As many as the populations that
        hear it are tuned to.

    Raises
    ------
    ValueError
        If a value is not valid; the message names it and what is.
    """

    channel: str
    start_s: float
    stop_s: float
    level: float = 1.0
    features: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        where = f"Signal {self.channel!r}"
        ranges = {
            "start_s": TIMES_S,
            "stop_s": TIMES_S,
            "level": (-1.0, 1.0),
            "features": (0.0, 1.0),
        }
        check_fields(self, where, ranges)
        if not re.fullmatch(r"[A-Za-z][\w.\-]*", self.channel):
            raise ValueError(f"{where}.channel: use letters, digits and . _ - only")
        if self.stop_s <= self.start_s:
            raise ValueError(f"{where}.stop_s is {self.stop_s}, not after start_s {self.start_s}")


@record
class Perturbation:
    """A current into cells for part of a trial; a large negative one silences them.

    Parameters
    ----------
    target : str
        Name of a population.
    units : tuple of int, optional
        Which of its cells; all of them if none are given.
    start_s, stop_s : float
        From when to when, seconds from trial start.
    current_pA : float
        The current, constant meanwhile.

    Raises
    ------
    ValueError
        If a value is not valid, or `units` is empty or names a cell twice.
    """

    target: str
    units: tuple[int, ...] | None = None
    start_s: float
    stop_s: float
    current_pA: float

    def __post_init__(self) -> None:
        owner = f"Perturbation of {self.target!r}"
        check_fields(self, owner, _PERTURBATION_RANGES)
        if self.stop_s <= self.start_s:
            raise ValueError(f"{owner}.stop_s is {self.stop_s}, not after start_s {self.start_s}")
        if self.units is not None and not self.units:
            raise ValueError(f"{owner}: units is empty; use None for all cells")
        if self.units is not None and len(set(self.units)) < len(self.units):
            raise ValueError(f"{owner}: units {self.units} names a cell twice")


def _check_intervals(intervals: tuple[Interval, ...], where: str) -> None:
    for start_s, stop_s in intervals:
        if stop_s <= start_s:
            raise ValueError(f"{where} holds ({start_s}, {stop_s}), which ends before it starts")
