"""What a Subject lives through with a tool, and the two tests after it.

A stick is watched in another's hand, or used, for as many trials as growth has in half its time;
then grasps are seen, done by hand or by tool. And grasps are done in the dark: by hand, by pliers
whose tips close as the hand closes, and by pliers whose tips close as the hand opens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from mirror_sim.scene.conditions import Condition, get_condition, make_trial
from mirror_sim.scene.kinematics import MOVEMENT_TIME_S
from mirror_sim.scene.trials import Protocol, Trial, shuffled
from mirror_sim.session.session import Session
from mirror_sim.studies.watching.task import taught
from mirror_sim.subject.subject import Subject

SOURCE = (
    "Ferrari, Rozzi & Fogassi 2005, J Cogn Neurosci 17:212; Rochat et al. 2010, Exp Brain Res "
    "204:605; Umiltà et al. 2008, PNAS 105:2209"
)

GRASPS = ("grasp-precision", "grasp-whole-hand")
N_LIVED = 30
"""Trials of each grasp that a Subject lives through with the tool."""
N_TRIALS = 32
"""Of each grasp and condition in a test."""


def _seen(name: str, **changes: object) -> Condition:
    return Condition(name=name, actor="other", withhold=True, source=SOURCE, **changes)  # type: ignore[arg-type]


SEEN: Mapping[str, Condition] = MappingProxyType(
    {
        "executed": get_condition("execute-dark"),
        "hand": get_condition("observe"),
        "stick": get_condition("observe-tool"),
        "stick_own_view": _seen("observe-tool-own-view", tool="rigid", viewpoint_deg=0.0),
        "pliers": _seen("observe-pliers", tool="pliers"),
        "alone": get_condition("object-alone"),
    }
)
"""The conditions of the test after a life, by the names that rows have."""


def _done(name: str, tool: str | None, *, visible: bool) -> Condition:
    return Condition(
        name=name,
        actor="self",
        withhold=False,
        hand_visible=visible,
        object_visible=visible,
        tool=tool,
        source=SOURCE,
    )


_USE = _done("use-stick", "rigid", visible=True)
_USE_UNSEEN = _done("use-stick-dark", "rigid", visible=False)
OWN: Mapping[str, Condition] = MappingProxyType(
    {
        "hand": get_condition("execute-dark"),
        "pliers": _done("pliers-dark", "pliers", visible=False),
        "reverse": _done("reverse-pliers-dark", "reverse pliers", visible=False),
    }
)
"""What a grasp is done with in the dark, by the names that rows have."""

_EVENTS = {"object_on": 0.7, "movement_onset": 1.4}
_DURATION_S = 3.2
TIPS_CLOSE_AT = 0.65
"""Share of the movement time after which fingers, or tips, close; they open until then."""


def watched(act: str, rng: np.random.Generator) -> Trial:
    """See somebody do it with a stick."""
    return make_trial("observe-tool", act, rng=rng)


def used(act: str, rng: np.random.Generator) -> Trial:
    """Do it with a stick, in the light."""
    return make_trial(_USE, act, rng=rng)


def used_unseen(act: str, rng: np.random.Generator) -> Trial:
    """Do it with a stick, in the dark."""
    return make_trial(_USE_UNSEEN, act, rng=rng)


def by_hand(act: str, rng: np.random.Generator) -> Trial:
    """Do it by hand, in the light."""
    return make_trial("execute-light", act, rng=rng)


def seen(n_trials: int = N_TRIALS) -> Protocol:
    """Return the test of what is seen; movements are the same in all conditions of an actor."""
    trials = [
        make_trial(
            condition,
            grasp,
            rng=np.random.default_rng([2005, number, k]),
            events_template=_EVENTS,
            duration_s=_DURATION_S,
        )
        for condition in SEEN.values()
        for number, grasp in enumerate(GRASPS)
        for k in range(n_trials)
    ]
    mixed = shuffled(trials, np.random.default_rng(2005))
    return Protocol(name="tools seen", trials=mixed, align="contact", source=SOURCE)


def done(n_trials: int = N_TRIALS) -> Protocol:
    """Return the test of what is done in the dark; movements are the same with all tools.

    The event ``"closing"`` is when fingers or tips, which opened till then, begin to close.
    """
    trials = []
    for condition in OWN.values():
        for number, grasp in enumerate(GRASPS):
            for k in range(n_trials):
                rng = np.random.default_rng([2008, number, k])
                movement_time_s = float(rng.uniform(*MOVEMENT_TIME_S["monkey"]))
                closing_s = _EVENTS["movement_onset"] + TIPS_CLOSE_AT * movement_time_s
                trials.append(
                    make_trial(
                        condition,
                        grasp,
                        rng=rng,
                        events_template={**_EVENTS, "closing": closing_s},
                        duration_s=_DURATION_S,
                        movement_time_s=movement_time_s,
                    )
                )
    mixed = shuffled(trials, np.random.default_rng(2008))
    return Protocol(name="tools done", trials=mixed, align="contact", source=SOURCE)


def _lived(
    subject: Subject, lesson: Callable[[str, np.random.Generator], Trial], n_trials: int
) -> Session:
    """Test a Subject after a life; a shortened test comes after a life shortened as much."""
    n_lived = max(1, round(N_LIVED * n_trials / N_TRIALS))
    return taught(subject, lesson, n_lived).run(seen(n_trials))


def untaught(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Test a Subject as it has grown, by hand alone."""
    return subject.run(seen(n_trials))


def after_watching(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Test it after it saw another use a stick."""
    return _lived(subject, watched, n_trials)


def after_use(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Test it after it used a stick."""
    return _lived(subject, used, n_trials)


def after_unseen_use(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Test it after it used a stick in the dark."""
    return _lived(subject, used_unseen, n_trials)


def after_hand(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Test it after as many acts by hand."""
    return _lived(subject, by_hand, n_trials)


def own_tools(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let a Subject grasp by hand, by pliers and by reverse pliers in the dark."""
    return subject.run(done(n_trials), inputs=("area2", "F6.command"))
