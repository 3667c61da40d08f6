"""A common test, in which Subjects that lived otherwise are made as excitable as a grown one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol


def excitability(acts: Iterable[str], *, n_trials: int = 6, seed: int = 61) -> Protocol:
    """Return trials that withhold, and acts in the dark: nobody is seen.

    Parameters
    ----------
    acts : iterable of str
        Names of acts of the repertoire.
    n_trials : int
        Of each act, withheld and done.
    seed : int
        Of the movements.
    """
    rng = np.random.default_rng(seed)
    kinds = [(condition, act) for condition in ("nogo", "execute-dark") for act in acts]
    trials = [make_trial(*kind, rng=rng) for kind in kinds for _ in range(n_trials)]
    return Protocol(name="excitability", trials=tuple(trials))
