"""Fogassi et al. 2005, Coudé et al. 2019: one grasp, to eat or to place, done and seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.actions import Action
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol, Trial, shuffled
from mirror_sim.studies.coude2019.life import EAT, PLACE, SOURCE, cue_of, other_goal

N_TRIALS = 32
_DURATION_S = 4.0


def _same(act: Action) -> Action:
    return act


_TELLS: Mapping[str, Mapping[str, Callable[[Action], Action] | None]] = {
    "executed": {"cued": _same, "uncued": None},
    "observed": {"cued": _same, "uncued": None, "swapped": other_goal},
}
"""Whose goal is told: the act's own, nobody's, or that of the other act."""
_DONE: Mapping[str, str] = {"executed": "execute-dark", "observed": "observe"}
CONDITIONS: Mapping[str, str] = MappingProxyType(
    {f"{how}.{told}": f"{_DONE[how]}-{told}" for how, tells in _TELLS.items() for told in tells}
)
"""The conditions by the names that rows have."""


def _twins(how: str, act: Action, rng: np.random.Generator) -> list[Trial]:
    """Return a trial in each way of telling the goal; equal generators give equal movements."""
    trial = make_trial(_DONE[how], act, rng=rng, duration_s=_DURATION_S)
    made = []
    for told, goal_of in _TELLS[how].items():
        cue = (cue_of(goal_of(act), trial.acts[0].release_s),) if goal_of else ()
        made.append(replace(trial, condition=CONDITIONS[f"{how}.{told}"], signals=cue))
    return made


@checked_arguments(n_trials=(2, 10_000))
def protocol(n_trials: int = N_TRIALS) -> Protocol:
    """Return the task: grasps to eat and to place, done in the dark and seen, told or not, mixed.

    Every movement is made to eat and to place, and in each way of telling: nothing but the goal
    and what is told of it differs between these trials until contact.

    Parameters
    ----------
    n_trials : int
        Trials of each act in each condition; Coudé et al. had at least 12.

    Returns
    -------
    Protocol
        Aligned to contact.

    Examples
    --------
    >>> len(protocol(n_trials=8))
    80
    """
    rng = np.random.default_rng(2019)
    trials = [
        trial
        for how in _TELLS
        for seed in rng.integers(2**31, size=n_trials)
        for act in (EAT, PLACE)
        for trial in _twins(how, act, np.random.default_rng(seed))
    ]
    return Protocol(name="coude2019", trials=shuffled(trials, rng), align="contact", source=SOURCE)
