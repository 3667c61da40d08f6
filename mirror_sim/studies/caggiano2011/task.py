"""Caggiano et al. 2009, 2011: the same grasps near and far, and from three points of view."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.conditions import Condition, get_condition, make_trial
from mirror_sim.scene.trials import Protocol, shuffled

SOURCE = (
    "Caggiano, Fogassi, Rizzolatti, Thier & Casile 2009, Science 324:403; Caggiano et al. 2011, "
    "Curr Biol 21:144"
)

EXECUTED = "execute-dark"
SEEN: Mapping[str, Condition] = MappingProxyType(
    {
        "180": get_condition("observe"),
        "90": get_condition("observe-side"),
        "0": Condition(
            name="observe-own-view", actor="other", withhold=True, viewpoint_deg=0.0, source=SOURCE
        ),
        "far": get_condition("observe-far"),
    }
)
"""The observed conditions by the names that rows have: near, at three viewpoints (degrees; 0 is
that of the own hand, 180 face to face), and face to face at 2 m."""
VIEWS = ("0", "90", "180")
PLACES = ("180", "far")
"""Two conditions of one viewpoint, near and far."""

GRASPS = ("grasp-precision", "grasp-whole-hand")
N_TRIALS = 32

_EVENTS = {"object_on": 0.7, "movement_onset": 1.4, "dark_on": 0.0}
_DURATION_S = 3.2


@checked_arguments(n_trials=(2, 10_000))
def protocol(n_trials: int = N_TRIALS) -> Protocol:
    """Return the task: two grasps done in the dark and seen in four ways, mixed.

    Parameters
    ----------
    n_trials : int
        Trials of each grasp in each condition.

    Returns
    -------
    Protocol
        Aligned to contact.

    Examples
    --------
    >>> len(protocol(n_trials=8))
    80
    """
    rng = np.random.default_rng(2011)
    trials = [
        make_trial(condition, grasp, rng=rng, events_template=_EVENTS, duration_s=_DURATION_S)
        for condition in (get_condition(EXECUTED), *SEEN.values())
        for grasp in GRASPS
        for _ in range(n_trials)
    ]
    return Protocol(
        name="caggiano2011", trials=shuffled(trials, rng), align="contact", source=SOURCE
    )
