"""Conditions: what an experimenter sets up, and the trials that are laid out by them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_fields, record
from mirror_sim.scene.actions import Action, get_action
from mirror_sim.scene.acts import Act, Interval, Perturbation, Shown, Signal
from mirror_sim.scene.kinematics import MOVEMENT_TIME_S, check_tool
from mirror_sim.scene.trials import Trial

DEFAULT_EVENTS: Mapping[str, float] = MappingProxyType(
    {"withhold_on": 0.0, "object_on": 0.7, "movement_onset": 1.7}
)
DEFAULT_DURATION_S = 3.6
KNOWN_EVENTS = (*DEFAULT_EVENTS, "contact", "release", "dark_on")
"""Events that `make_trial` reads; others are free."""

DARK_BEFORE_ONSET_S = 0.5
"""When it gets dark in trials in the dark that name no event for it."""


@record
class Condition:
    """What the monkey is to do and what it can see.

    Parameters
    ----------
    name : str
        For tables; no cell sees it.
    actor : str, optional
        Whose hand acts: ``"self"`` the monkey's own, ``"other"`` somebody else's, or nobody's.
    withhold : bool
        Whether the monkey must not move.
    hand_visible, object_visible : bool
        Whether hands and the object can be seen. If not, they vanish at the event ``"dark_on"`` or,
        without one, half a second before movement onset.
    object_present : bool
        False for an action mimed without an object.
    tool : str, optional
        What the actor uses in place of the fingers, one of `mirror_sim.scene.kinematics.TOOLS`.
    viewpoint_deg : float, optional
        From where the acting hand is seen: 0 is the own view, 180 is face to face. By default the
        own hand is seen at 0, others' at 180.
    distance_m : float
        Distance of the acting hand from the eyes.
    source : str
        Where the condition comes from.

    Raises
    ------
    ValueError
        If a value is not valid; the message names it and what is.
    """

    name: str
    actor: str | None
    withhold: bool
    hand_visible: bool = True
    object_visible: bool = True
    object_present: bool = True
    tool: str | None = None
    viewpoint_deg: float | None = None
    distance_m: float = 0.6
    source: str = ""

    def __post_init__(self) -> None:
        owner = f"Condition {self.name!r}"
        ranges = {"viewpoint_deg": (-360.0, 360.0), "distance_m": (0.01, 100.0)}
        check_tool(self.tool, owner)
        check_fields(self, owner, ranges)
        if self.actor not in ("self", "other", None):
            raise unknown("actor", self.actor, ["self", "other", "None"], where=owner)


_BATTERY = "Gallese et al. 1996, controls included"


def _battery() -> tuple[Condition, ...]:
    def observed(name: str, source: str = _BATTERY, **changes: object) -> Condition:
        return Condition(
            name=name,
            actor="other",
            withhold=True,
            source=source,
            **changes,  # type: ignore[arg-type]
        )

    def still(name: str, source: str) -> Condition:
        return Condition(name=name, actor=None, withhold=True, source=source)

    return (
        Condition(name="execute-light", actor="self", withhold=False, source=_BATTERY),
        Condition(
            name="execute-dark",
            actor="self",
            withhold=False,
            hand_visible=False,
            object_visible=False,
            source=_BATTERY,
        ),
        observed("observe"),
        observed("observe-side", "Caggiano et al. 2011", viewpoint_deg=90.0),
        observed("observe-far", "Caggiano et al. 2009", distance_m=2.0),
        observed("observe-tool", tool="rigid"),
        observed("observe-mime", object_present=False),
        still("object-alone", _BATTERY),
        still("nogo", "Jerjian et al. 2020"),
    )


CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {condition.name: condition for condition in _battery()}
)
"""The predefined conditions, by name."""


@checked_arguments()
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


@checked_arguments()
def make_trial(
    condition: Condition | str,
    action: Action | str,
    *,
    rng: np.random.Generator,
    events_template: Mapping[str, float] | None = None,
    duration_s: float = DEFAULT_DURATION_S,
    movement_time_s: float | None = None,
    hold_s: float | None = None,
    hand_hidden_s: Interval | None = None,
    object_hidden_s: Interval | None = None,
    acts: tuple[Act, ...] = (),
    signals: tuple[Signal, ...] = (),
    perturbations: tuple[Perturbation, ...] = (),
) -> Trial:
    """Lay out one trial: draw its movement time and seed, place its events.

    Parameters
    ----------
    condition : Condition or str
        Itself or the name of a predefined one.
    action : Action or str
        Itself or its name in the repertoire: what is done, or would be done where nobody acts.
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
    hand_hidden_s, object_hidden_s : (float, float), optional
        From when to when a screen hides the acting hand, or the object, besides the dark.
    acts, signals, perturbations
        Further acts, and what else happens; as in `Trial`.

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
    >>> 0.37 <= trial.acts[0].movement_time_s <= 0.53
    True
    """
    condition = get_condition(condition) if isinstance(condition, str) else condition
    action = get_action(action) if isinstance(action, str) else action
    fraction, seed = float(rng.random()), int(rng.integers(2**31))
    events = {**DEFAULT_EVENTS, **_named(events_template or {}, condition.name)}
    if movement_time_s is None:
        shortest_s, longest_s = MOVEMENT_TIME_S["human" if condition.actor == "other" else "monkey"]
        fraction = 0.5 if condition.actor is None else fraction
        movement_time_s = shortest_s + (longest_s - shortest_s) * fraction
        if "contact" in events:
            movement_time_s = events["contact"] - events["movement_onset"]
    onset_s = events["movement_onset"]
    contact_s = events.setdefault("contact", onset_s + movement_time_s)
    if hold_s is None:
        hold_s = events["release"] - contact_s if "release" in events else action.hold_s
    events.setdefault("release", contact_s + hold_s)
    for name, since_s, lasts_s in (
        ("contact", onset_s, movement_time_s),
        ("release", contact_s, hold_s),
    ):
        if not math.isclose(events[name], since_s + lasts_s, abs_tol=1e-6):
            raise ValueError(
                f"make_trial of {condition.name!r}: {name} is at {events[name]:g} s, but the "
                f"movement time or the hold that is given puts it at {since_s + lasts_s:g} s"
            )
    dark_s = (max(events.get("dark_on", onset_s - DARK_BEFORE_ONSET_S), 0.0), duration_s)
    own: tuple[Act, ...] = ()
    if condition.actor is not None:
        act = Act(
            action=action,
            actor=condition.actor,
            onset_s=onset_s,
            movement_time_s=movement_time_s,
            hold_s=hold_s,
            seed=seed,
            viewpoint_deg=condition.viewpoint_deg,
            distance_m=condition.distance_m,
            tool=condition.tool,
            hidden_s=_hidden(dark_s, hand_hidden_s, lit=condition.hand_visible),
        )
        own = (act,)
    shown: tuple[Shown, ...] = ()
    if condition.object_present:
        hidden_s = _hidden(dark_s, object_hidden_s, lit=condition.object_visible)
        shown = (Shown(thing=action.thing, on_s=events["object_on"], hidden_s=hidden_s),)
    theirs = _own((*own, *acts), shown)  # events that the act or the object gives
    return Trial(
        condition=condition.name,
        duration_s=duration_s,
        acts=(*own, *acts),
        objects=shown,
        signals=signals,
        withhold_s=(events["withhold_on"], duration_s) if condition.withhold else None,
        events={name: time_s for name, time_s in events.items() if name not in theirs},
        perturbations=perturbations,
        action=action,
    )


def _named(events: Mapping[str, float], condition: str) -> Mapping[str, float]:
    """Return the events; refuse one that is a known one misspelt."""
    for name in (event for event in events if event not in KNOWN_EVENTS):
        if difflib.get_close_matches(name, KNOWN_EVENTS, n=1, cutoff=0.85):
            raise unknown("event", name, KNOWN_EVENTS, where=f"make_trial of {condition!r}")
    return events


def _own(acts: tuple[Act, ...], shown: tuple[Shown, ...]) -> tuple[str, ...]:
    """Return the events that a trial has by itself."""
    of_act = ("movement_onset", "contact", "release") if acts else ()
    return (*of_act, *(("object_on",) if shown else ()))


def _hidden(dark_s: Interval, screen_s: Interval | None, *, lit: bool) -> tuple[Interval, ...]:
    dark = () if lit or dark_s[1] <= dark_s[0] else (dark_s,)
    return (*dark, *(() if screen_s is None else (screen_s,)))
