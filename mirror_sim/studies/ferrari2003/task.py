"""Ferrari et al. 2003: acts of a mouth and of a hand, done and seen, with food, without, alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.acts import Shown, Signal
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol, Trial, shuffled
from mirror_sim.studies.ferrari2003.acts import (
    FOOD,
    INGESTIVE,
    REPERTOIRE,
    UNLEARNED,
    MouthAct,
    course,
    done,
    seen,
)

SOURCE = "Ferrari, Gallese, Rizzolatti & Fogassi 2003, Eur J Neurosci 17:1703"
N_TRIALS = 32
GRASPS = ("grasp-precision", "grasp-whole-hand")
HAND = {"hand.done": "execute-dark", "hand.seen": "observe"}
"""Conditions of acts of the hand, by the names that rows have."""
MOUTH = {"done": REPERTOIRE, "seen": REPERTOIRE, "mime": INGESTIVE, "unlearned": (UNLEARNED,)}
"""Acts of the mouth in each condition: done unseen, seen, seen without food, and never learned."""
ALONE = "food"

SHOWN_S = 0.7
"""How long before an act its object is shown."""

_ONSET_S, _DURATION_S = 1.6, 4.0
_OBJECT_S = _ONSET_S - SHOWN_S


def kinds() -> list[tuple[str, str]]:
    """Return every condition with each act of it, by their names."""
    hand = [(name, grasp) for name in HAND for grasp in GRASPS]
    return [*((name, act.name) for name in MOUTH for act in MOUTH[name]), (ALONE, ALONE), *hand]


def condition_of(name: str, act: str) -> str:
    """Return what tables call a trial of a condition and an act."""
    return f"{name} {act}"


def _mouth(name: str, act: MouthAct, rng: np.random.Generator) -> Trial:
    own = name == "done"
    moves = course(act, np.random.default_rng(rng.integers(2**31)))
    with_food = name == "seen" and act in INGESTIVE
    return _still(
        condition_of(name, act.name),
        (done if own else seen)(moves, _ONSET_S),
        food_s=_OBJECT_S if with_food else None,
        withholds=not own,
    )


def _still(
    condition: str, signals: tuple[Signal, ...], *, food_s: float | None, withholds: bool
) -> Trial:
    """Return a trial without an act of a hand."""
    return Trial(
        condition=condition,
        duration_s=_DURATION_S,
        signals=signals,
        objects=() if food_s is None else (Shown(thing=FOOD, on_s=food_s),),
        withhold_s=(0.0, _DURATION_S) if withholds else None,
        events={"movement_onset": _ONSET_S},
    )


def _hand(name: str, grasp: str, rng: np.random.Generator) -> Trial:
    trial = make_trial(
        HAND[name],
        grasp,
        rng=rng,
        events_template={"movement_onset": _ONSET_S, "object_on": _OBJECT_S, "dark_on": 0.0},
        duration_s=_DURATION_S,
    )
    return replace(trial, condition=condition_of(name, grasp))


@checked_arguments(n_trials=(4, 10_000))
def protocol(n_trials: int = N_TRIALS) -> Protocol:
    """Return the task: acts of the mouth and of the hand, done and seen, mixed.

    What is done is done in the dark: nothing is seen. Others are seen to do the same, or to make an
    ingestive act without food, or a move of the mouth that nobody has learned. Food alone stays
    as long as where somebody eats it.

    Parameters
    ----------
    n_trials : int
        Trials of each act in each condition.

    Returns
    -------
    Protocol
        Aligned to the onset of the movement.

    Examples
    --------
    >>> len(protocol(n_trials=4))
    84
    """
    rng = np.random.default_rng(2003)
    trials = []
    for _ in range(n_trials):
        trials += [_mouth(name, act, rng) for name, acts in MOUTH.items() for act in acts]
        trials.append(_still(condition_of(ALONE, ALONE), (), food_s=_OBJECT_S, withholds=True))
        trials += [_hand(name, grasp, rng) for name in HAND for grasp in GRASPS]
    return Protocol(
        name="ferrari2003", trials=shuffled(trials, rng), align="movement_onset", source=SOURCE
    )
