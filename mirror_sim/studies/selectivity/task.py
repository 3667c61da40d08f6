"""Two days at the rig: every act done in the dark and seen, and its object alone."""

from __future__ import annotations

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.actions import REPERTOIRE
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol, shuffled

EXECUTED, OBSERVED, OBJECT_ALONE = "execute-dark", "observe", "object-alone"
N_TRIALS = 32

_EVENTS = {"object_on": 0.7, "movement_onset": 1.4, "dark_on": 0.0}
_DURATION_S = 3.2


@checked_arguments(n_trials=(2, 10_000), day=(1, 10_000))
def protocol(n_trials: int = N_TRIALS, *, day: int = 1) -> Protocol:
    """Return the trials of a day.

    Parameters
    ----------
    n_trials : int
        Trials of each act in each context, and of each object alone.
    day : int
        Decides the movements' jitter, the order of trials and the noise.

    Returns
    -------
    Protocol
        Aligned to contact.

    Examples
    --------
    >>> len(protocol(n_trials=2))
    40
    """
    rng = np.random.default_rng([day, 1992])
    one_a_thing = {action.thing.name: name for name, action in REPERTOIRE.items()}
    cases = [(condition, name) for condition in (EXECUTED, OBSERVED) for name in REPERTOIRE]
    cases += [(OBJECT_ALONE, name) for name in one_a_thing.values()]
    trials = [
        make_trial(condition, action, rng=rng, events_template=_EVENTS, duration_s=_DURATION_S)
        for condition, action in cases
        for _ in range(n_trials)
    ]
    return Protocol(
        name=f"selectivity day {day}",
        trials=shuffled(trials, rng),
        align="contact",
        source="every act of the repertoire, done in the dark and seen",
    )


def day_1(n_trials: int = N_TRIALS) -> Protocol:
    """Return the trials of the first day, the same for every Subject."""
    return protocol(n_trials, day=1)


def day_2(n_trials: int = N_TRIALS) -> Protocol:
    """Return the trials of another day."""
    return protocol(n_trials, day=2)
