"""A Trial, the timeline of what happens; a Protocol, the trials of one session."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import pairwise

import numpy as np

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import Frozen, check_fields, check_number, record
from mirror_sim.scene.actions import Action
from mirror_sim.scene.acts import TIMES_S, Act, Interval, Perturbation, Shown, Signal
from mirror_sim.scene.kinematics import DURATIONS_S

SHORTEST_S = 0.01


class _Events(Frozen[float]):
    """The events of a trial, which remembers those that were given to it."""

    __slots__ = ("given",)

    def __init__(self, items: Mapping[str, float], given: Mapping[str, float]) -> None:
        super().__init__(items)
        self.given = given


@record
class Trial:
    """One run of what an experimenter set up: a timeline of acts, objects and signals.

    Parameters
    ----------
    condition : str
        Name of the condition, for tables; no cell sees it.
    duration_s : float
        Length of the trial.
    acts : tuple of Act
        Hands that act: none, one or several. The first is the one that tables tell of.
    objects : tuple of Shown
        Objects on show.
    signals : tuple of Signal
        Sounds, pain, cues and the like.
    withhold_s : (float, float), optional
        From when to when the Subject must not move; by default it is free to.
    events : mapping of str to float
        Times to align to, seconds from trial start. Those of the first act (``"movement_onset"``,
        ``"contact"``, ``"release"``) and of the first object (``"object_on"``) are there by
        themselves; others are free. Readiness ends at ``"go"``, or at ``"movement_onset"``.
    perturbations : tuple of Perturbation
        Currents into cells.
    action : Action, optional
        What the trial is about, for tables: by default the first act's. A trial without an act may
        name the one that would be done.

    Raises
    ------
    ValueError
        If a value is not valid, something lies outside the trial, acts of one hand overlap, or an
        event contradicts the first act.

    Examples
    --------
    >>> sound = Signal(channel="sound", start_s=0.5, stop_s=0.8)
    >>> Trial(condition="sound alone", duration_s=1.5, signals=(sound,)).acts
    ()
    """

    condition: str
    duration_s: float
    acts: tuple[Act, ...] = ()
    objects: tuple[Shown, ...] = ()
    signals: tuple[Signal, ...] = ()
    withhold_s: Interval | None = None
    events: Mapping[str, float] = field(default_factory=dict)
    perturbations: tuple[Perturbation, ...] = ()
    action: Action | None = None

    def __post_init__(self) -> None:
        owner = f"Trial of {self.condition!r}"
        check_fields(self, owner, {"duration_s": DURATIONS_S, "withhold_s": TIMES_S})
        # A copy of a trial with other acts is given the events of the first acts, too.
        given = self.events.given if isinstance(self.events, _Events) else self.events
        object.__setattr__(self, "events", _Events(self._all_events(owner, given), dict(given)))
        if self.action is None and self.acts:
            object.__setattr__(self, "action", self.acts[0].action)
        self._check_times(owner)
        _check_hands(self.acts, owner)

    def with_start(self) -> Trial:
        """Return the trial with an event ``"start"`` at 0."""
        assert isinstance(self.events, _Events)
        return replace(self, events={"start": 0.0, **self.events.given})

    def _all_events(self, owner: str, events: Mapping[str, float]) -> dict[str, float]:
        given = {
            name: check_number(time_s, f"{owner}: event {name!r}")
            for name, time_s in events.items()
        }
        for name in given:
            # Tables and files have a column of each event's name.
            if not re.fullmatch(r"\w[\w .\-]*", name):
                raise ValueError(
                    f"{owner}: the event {name!r} must be named by letters, digits and . _ - only"
                )
        for name, time_s in (("start", 0.0), ("stop", self.duration_s)):
            if given.get(name, time_s) != time_s:
                raise ValueError(
                    f"{owner}: the event {name!r} is at {given[name]:g} s; the trial itself puts "
                    f"it at {time_s:g} s, so give yours another name"
                )
        own: dict[str, float] = {}
        if self.objects:
            own["object_on"] = self.objects[0].on_s
        if self.acts:
            act = self.acts[0]
            own |= {
                "movement_onset": act.onset_s,
                "contact": act.contact_s,
                "release": act.release_s,
            }
        for name, time_s in own.items():
            if not math.isclose(given.get(name, time_s), time_s, abs_tol=1e-6):
                raise ValueError(
                    f"{owner}: {name} is at {given[name]:g} s, but the first act or object puts it "
                    f"at {time_s:g} s"
                )
        return {**own, **given}

    def _check_times(self, owner: str) -> None:
        places: dict[str, tuple[float, ...]]
        places = {f"event {name!r}": (time_s,) for name, time_s in self.events.items()}
        places |= {f"signal {s.channel!r}": (s.start_s, s.stop_s) for s in self.signals}
        places |= {f"the object {s.thing.name!r}": (s.on_s,) for s in self.objects}
        places |= {f"the act {a.action.name!r}": (a.onset_s, a.release_s) for a in self.acts}
        # A current may outlast the trial; it ends with it.
        places |= {f"the perturbation of {p.target!r}": (p.start_s,) for p in self.perturbations}
        if self.withhold_s is not None:
            places["withhold_s"] = self.withhold_s
        for what, times_s in places.items():
            for time_s in times_s:
                if not 0 <= time_s <= self.duration_s + 1e-9:
                    raise ValueError(
                        f"{owner}: {what} at {time_s:g} s is outside the trial of "
                        f"{self.duration_s:g} s"
                    )
        if self.withhold_s is not None and self.withhold_s[1] <= self.withhold_s[0]:
            raise ValueError(f"{owner}.withhold_s is {self.withhold_s}, which is no time")
        for signal in self.signals:
            if signal.stop_s - signal.start_s < SHORTEST_S:
                raise ValueError(
                    f"{owner}: signal {signal.channel!r} lasts "
                    f"{signal.stop_s - signal.start_s:g} s; inputs have a step of {SHORTEST_S:g} s"
                )


def _check_hands(acts: Sequence[Act], owner: str) -> None:
    """Refuse acts of one hand at one time; what is commanded and what is done are two things."""
    done = [act for act in acts if act.extent > 0]
    commanded = [act for act in acts if act.commanded]
    for some in (done, commanded):
        for actor in {act.actor for act in some}:
            own = sorted((a for a in some if a.actor == actor), key=lambda a: a.onset_s)
            for first, second in pairwise(own):
                if second.onset_s < first.end_s - 1e-9:
                    raise ValueError(
                        f"{owner}: the acts {first.action.name!r} and {second.action.name!r} of "
                        f"{actor!r} overlap: one hand is back at rest at {first.end_s:g} s, and "
                        f"starts again at {second.onset_s:g} s. Give another hand another name"
                    )


@record
class Protocol:
    """The trials of one session, in order.

    Parameters
    ----------
    name : str
        The name of the session's protocol.
    trials : tuple of Trial
        At least one.
    align : str, optional
        The event at which the study aligns; every trial must have it. By default ``"contact"`` if
        every trial has it, else the start of the trial.
    source : str
        The paper.

    Raises
    ------
    ValueError
        If there are no trials or one lacks the event.

    Examples
    --------
    >>> import numpy as np
    >>> from mirror_sim.scene.conditions import make_trial
    >>> rng = np.random.default_rng(1)
    >>> day = Protocol(name="short", trials=tuple(
    ...     make_trial("observe", "grasp-precision", rng=rng) for _ in range(3)))
    >>> len(day), day.trials[0].withhold_s
    (3, (0.0, 3.6))
    """

    name: str
    trials: tuple[Trial, ...]
    align: str | None = None
    source: str = ""

    def __post_init__(self) -> None:
        check_fields(self, f"Protocol {self.name!r}")
        if not self.trials:
            raise ValueError(f"Protocol {self.name!r} has no trials; it needs at least one")
        if self.align is None:
            everywhere = all("contact" in trial.events for trial in self.trials)
            object.__setattr__(self, "align", "contact" if everywhere else "start")
        if self.align == "start":
            object.__setattr__(self, "trials", tuple(trial.with_start() for trial in self.trials))
        for number, trial in enumerate(self.trials):
            if self.align not in trial.events:
                where = f"Protocol {self.name!r}, trial {number}"
                raise unknown("event", self.align, trial.events, where=where)

    def __len__(self) -> int:
        return len(self.trials)

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.trials)


def shuffled(trials: Sequence[Trial], rng: np.random.Generator) -> tuple[Trial, ...]:
    """Return trials in a random order, as the trials of a `Protocol`."""
    return tuple(trials[k] for k in rng.permutation(len(trials)))
