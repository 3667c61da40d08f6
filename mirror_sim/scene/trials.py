"""Trials: who acts, what can be seen, and when things happen.

A `Condition` is what an experimenter sets up, a `Trial` one run of it with its times and its seed,
a `Protocol` the list of trials of one session.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_whole
from mirror_sim.scene.actions import (
    MOVEMENT_TIME_S,
    Action,
    get_action,
    require_finite,
    require_positive,
)

REQUIRED_EVENTS = ("object_on", "withhold_on", "movement_onset", "contact", "release")
"""Events that every trial has; one without movement has them where they would have been."""

DEFAULT_EVENTS: Mapping[str, float] = MappingProxyType(
    {"withhold_on": 0.0, "object_on": 0.7, "movement_onset": 1.7}
)
DEFAULT_DURATION_S = 3.6


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What the monkey is to do and what it can see.

    Parameters
    ----------
    name : str
        For tables; no cell sees it.
    actor : {"self", "other"} or None
        Whose hand acts: the monkey's own, somebody else's, or none.
    hand_visible, object_visible : bool
        Whether hands and the object can be seen. If not, they vanish at the event ``"dark_on"`` or,
        without one, half a second before movement onset.
    object_present : bool
        False for an action mimed without an object.
    tool : bool
        The actor uses a rigid tool in place of the fingers.
    viewpoint_deg : float
        From where the acting hand is seen: 0 is the own view, 180 is face to face.
    distance_m : float
        Distance of the acting hand from the eyes.
    source : str
        Where the condition comes from.

    Raises
    ------
    ValueError
        If the actor is unknown or a number is not finite or positive.
    """

    name: str
    actor: str | None
    hand_visible: bool = True
    object_visible: bool = True
    object_present: bool = True
    tool: bool = False
    viewpoint_deg: float = 180.0
    distance_m: float = 0.6
    source: str = ""

    def __post_init__(self) -> None:
        owner = f"Condition {self.name!r}"
        if self.actor not in ("self", "other", None):
            raise unknown("actor", self.actor, ["self", "other", "None"], where=owner)
        require_finite(owner, viewpoint_deg=self.viewpoint_deg)
        require_positive(owner, distance_m=self.distance_m)

    @property
    def withhold(self) -> bool:
        """Whether the monkey must not move."""
        return self.actor != "self"


_BATTERY = "Gallese et al. 1996, controls included"

CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        condition.name: condition
        for condition in (
            Condition(name="execute-light", actor="self", viewpoint_deg=0.0, source=_BATTERY),
            Condition(
                name="execute-dark",
                actor="self",
                viewpoint_deg=0.0,
                hand_visible=False,
                object_visible=False,
                source=_BATTERY,
            ),
            Condition(name="observe", actor="other", source=_BATTERY),
            Condition(
                name="observe-side",
                actor="other",
                viewpoint_deg=90.0,
                source="Caggiano et al. 2011",
            ),
            Condition(
                name="observe-far", actor="other", distance_m=2.0, source="Caggiano et al. 2009"
            ),
            Condition(name="observe-tool", actor="other", tool=True, source=_BATTERY),
            Condition(name="observe-mime", actor="other", object_present=False, source=_BATTERY),
            Condition(name="object-alone", actor=None, source=_BATTERY),
            Condition(name="nogo", actor=None, source="Jerjian et al. 2020"),
        )
    }
)
"""The predefined conditions, by name."""


def get_condition(name: str) -> Condition:
    """Return the predefined condition of this name.

    Raises
    ------
    ValueError
        If there is none; the message gives the nearest match.

    Examples
    --------
    >>> get_condition("observe-side").viewpoint_deg
    90.0
    """
    if name not in CONDITIONS:
        raise unknown("condition", name, CONDITIONS)
    return CONDITIONS[name]


@dataclass(frozen=True, kw_only=True)
class Perturbation:
    """A current into cells for part of a trial; a large negative one silences them.

    Parameters
    ----------
    target : str
        Name of a population.
    units : tuple of int or None
        Which of its cells; None is all of them.
    start_s, stop_s : float
        From when to when, seconds from trial start.
    current_pA : float
        The current, constant meanwhile.

    Raises
    ------
    ValueError
        If a number is not finite, the stop is not after the start, or `units` is empty or does not
        hold distinct whole numbers.
    """

    target: str
    units: tuple[int, ...] | None = None
    start_s: float
    stop_s: float
    current_pA: float

    def __post_init__(self) -> None:
        owner = f"Perturbation of {self.target!r}"
        require_finite(owner, start_s=self.start_s, stop_s=self.stop_s, current_pA=self.current_pA)
        if self.stop_s <= self.start_s:
            raise ValueError(
                f"{owner}: stop_s {self.stop_s!r} is not after start_s {self.start_s!r}"
            )
        if self.units is not None:
            units = tuple(check_whole(u, f"{owner}: a unit", (0, 2**31)) for u in self.units)
            if not units:
                raise ValueError(f"{owner}: units is empty; use None for all cells")
            if len(set(units)) < len(units):
                raise ValueError(f"{owner}: units {units} names a cell twice")
            object.__setattr__(self, "units", units)


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A hand that is seen to act besides the trial's own actor, be it light or dark.

    Parameters
    ----------
    action : Action
        What is seen done.
    onset_s : float
        When the hand starts, seconds from trial start.
    movement_time_s, hold_s : float
        Movement onset to contact, contact to release.
    viewpoint_deg : float
        0 is the own view, 180 is face to face.
    seed : int
        Decides the jitter of the movement.

    Raises
    ------
    ValueError
        If a number is not finite, or a duration is not above zero.
    """

    action: Action
    onset_s: float
    movement_time_s: float
    hold_s: float
    viewpoint_deg: float
    seed: int

    def __post_init__(self) -> None:
        owner = f"Sighting of {self.action.name!r}"
        require_finite(owner, onset_s=self.onset_s, viewpoint_deg=self.viewpoint_deg)
        require_positive(owner, movement_time_s=self.movement_time_s, hold_s=self.hold_s)
        if self.seed < 0:
            raise ValueError(f"{owner}: seed is {self.seed!r}; it must be 0 or more")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One run of a condition.

    Parameters
    ----------
    condition : Condition
        Who acts and what is visible.
    action : Action
        What is done, or would be done.
    duration_s : float
        Length of the trial.
    events : mapping of str to float
        Seconds from trial start. ``"object_on"``, ``"withhold_on"``, ``"movement_onset"``,
        ``"contact"`` and ``"release"`` are always there; others are free.
    movement_time_s, hold_s : float
        Movement onset to contact, contact to release.
    seed : int
        Decides the single-trial jitter of the movement.
    sightings : tuple of Sighting
        Further hands that are seen to act, for example an imitator's.
    perturbations : tuple of Perturbation
        Currents into cells.

    Raises
    ------
    ValueError
        If a time is not finite or lies outside the trial, a required event is missing, or contact
        and release are not where movement onset, movement time and hold put them.
    """

    condition: Condition
    action: Action
    duration_s: float
    events: Mapping[str, float] = field(hash=False)
    movement_time_s: float
    hold_s: float
    seed: int
    sightings: tuple[Sighting, ...] = ()
    perturbations: tuple[Perturbation, ...] = ()

    def __post_init__(self) -> None:
        owner = f"Trial of {self.condition.name!r}, {self.action.name!r}"
        # A copy, so that a caller's later change to his dictionary cannot reach the trial.
        object.__setattr__(self, "events", dict(self.events))
        require_positive(
            owner,
            duration_s=self.duration_s,
            movement_time_s=self.movement_time_s,
            hold_s=self.hold_s,
        )
        for name in REQUIRED_EVENTS:
            if name not in self.events:
                raise ValueError(f"{owner}: no event {name!r}; has {', '.join(self.events)}")
        for name, time_s in self.events.items():
            require_finite(owner, **{name: time_s})
            if not 0 <= time_s <= self.duration_s:
                raise ValueError(
                    f"{owner}: event {name!r} at {time_s:g} s is outside the trial of "
                    f"{self.duration_s:g} s"
                )
        contact_s = self.events["movement_onset"] + self.movement_time_s
        for name, expected_s in {"contact": contact_s, "release": contact_s + self.hold_s}.items():
            if not math.isclose(self.events[name], expected_s, abs_tol=1e-6):
                raise ValueError(
                    f"{owner}: {name} is at {self.events[name]:g} s, but movement onset, movement "
                    f"time and hold put it at {expected_s:g} s"
                )
        if self.seed < 0:
            raise ValueError(f"{owner}: seed is {self.seed!r}; it must be 0 or more")


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """The trials of one session, in order.

    Parameters
    ----------
    name : str
        The name of the session's protocol.
    trials : tuple of Trial
        At least one.
    align : str
        The event at which the study aligns; every trial must have it.
    source : str
        The paper.

    Raises
    ------
    ValueError
        If there are no trials or one lacks the event.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> day = Protocol(name="short", trials=tuple(
    ...     make_trial("observe", "grasp-precision", rng=rng) for _ in range(3)))
    >>> len(day), day.trials[0].condition.withhold
    (3, True)
    """

    name: str
    trials: tuple[Trial, ...]
    align: str = "contact"
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "trials", tuple(self.trials))
        if not self.trials:
            raise ValueError(f"Protocol {self.name!r} has no trials; it needs at least one")
        for number, trial in enumerate(self.trials):
            if self.align not in trial.events:
                where = f"Protocol {self.name!r}, trial {number}"
                raise unknown("event", self.align, trial.events, where=where)

    def __len__(self) -> int:
        return len(self.trials)

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.trials)


def make_trial(
    condition: Condition | str,
    action: Action | str,
    *,
    rng: np.random.Generator,
    events_template: Mapping[str, float] | None = None,
    duration_s: float = DEFAULT_DURATION_S,
    movement_time_s: float | None = None,
    hold_s: float | None = None,
    sightings: tuple[Sighting, ...] = (),
    perturbations: tuple[Perturbation, ...] = (),
) -> Trial:
    """Lay out one trial: draw its movement time and seed, place its events.

    Parameters
    ----------
    condition : Condition or str
        Itself or the name of a predefined one.
    action : Action or str
        Itself or its name in the repertoire.
    rng : numpy.random.Generator
        Two numbers are drawn from it, whatever the condition, so that equal generators give equal
        seeds in all conditions.
    events_template : mapping of str to float, optional
        Event times (s) that replace or add to the default ones: withhold from 0, object at 0.7,
        movement onset at 1.7. A contact or release given here fixes the movement time or the hold.
    duration_s : float
        Length of the trial.
    movement_time_s : float, optional
        Fixes the movement time; by default it is uniform over the range of the actor's species, and
        the middle of the monkey's where nobody moves.
    hold_s : float, optional
        Fixes the time on the object; by default the action's.
    sightings, perturbations
        As in `Trial`.

    Returns
    -------
    Trial

    Raises
    ------
    ValueError
        If a name is unknown or the times do not fit (see `Trial`).

    Examples
    --------
    >>> trial = make_trial("observe", "grasp-precision", rng=np.random.default_rng(1))
    >>> 0.37 <= trial.movement_time_s <= 0.53
    True
    """
    condition = get_condition(condition) if isinstance(condition, str) else condition
    action = get_action(action) if isinstance(action, str) else action
    fraction, seed = float(rng.random()), int(rng.integers(2**31))
    events = {**DEFAULT_EVENTS, **(events_template or {})}
    if movement_time_s is None:
        shortest_s, longest_s = MOVEMENT_TIME_S["human" if condition.actor == "other" else "monkey"]
        fraction = 0.5 if condition.actor is None else fraction
        movement_time_s = shortest_s + (longest_s - shortest_s) * fraction
        if "contact" in events:
            movement_time_s = events["contact"] - events["movement_onset"]
    contact_s = events.setdefault("contact", events["movement_onset"] + movement_time_s)
    if hold_s is None:
        hold_s = events["release"] - contact_s if "release" in events else action.hold_s
    events.setdefault("release", contact_s + hold_s)
    return Trial(
        condition=condition,
        action=action,
        duration_s=duration_s,
        events=events,
        movement_time_s=movement_time_s,
        hold_s=hold_s,
        seed=seed,
        sightings=tuple(sightings),
        perturbations=tuple(perturbations),
    )
