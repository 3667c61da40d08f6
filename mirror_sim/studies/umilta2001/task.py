"""Umiltà et al. 2001: a grasp seen whole or ending behind a screen, with an object or none."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.conditions import Condition, get_condition, make_trial
from mirror_sim.scene.kinematics import MOVEMENT_TIME_S
from mirror_sim.scene.trials import Protocol, Trial, shuffled

SOURCE = "Umiltà, Kohler, Gallese, Fogassi, Fadiga, Keysers & Rizzolatti 2001, Neuron 31:155"

EXECUTED = "execute-dark"
SEEN: Mapping[str, Condition] = MappingProxyType(
    {
        "full": get_condition("observe"),
        "hidden": Condition(name="observe-hidden", actor="other", withhold=True, source=SOURCE),
        "mime": get_condition("observe-mime"),
        "hidden_mime": Condition(
            name="mime-hidden", actor="other", withhold=True, object_present=False, source=SOURCE
        ),
    }
)
"""The observed conditions by the names that rows have."""
HIDDEN = ("hidden", "hidden_mime")
"""Those in which a screen is closed; from then on both look the same."""

GRASPS = ("grasp-precision", "grasp-whole-hand")
N_TRIALS = 32

_OBJECT_S, _SCREEN_S, _ONSET_S, _DURATION_S = 0.4, 1.2, 1.8, 3.6
# The hand goes behind the screen when so much of its movement time is over.
_COVERED_AT = 0.6


def _trial(condition: Condition, grasp: str, rng: np.random.Generator, *, screen: bool) -> Trial:
    movement_time_s = float(rng.uniform(*MOVEMENT_TIME_S["human"]))
    covered_s = _ONSET_S + _COVERED_AT * movement_time_s
    events = {"object_on": _OBJECT_S, "screen": _SCREEN_S, "covered": covered_s, "dark_on": 0.0}
    return make_trial(
        condition,
        grasp,
        rng=rng,
        events_template={**events, "movement_onset": _ONSET_S},
        duration_s=_DURATION_S,
        movement_time_s=movement_time_s if condition.actor == "other" else None,
        hand_hidden_s=(covered_s, _DURATION_S) if screen else None,
        object_hidden_s=(_SCREEN_S, _DURATION_S) if screen else None,
    )


@checked_arguments(n_trials=(2, 10_000))
def protocol(n_trials: int = N_TRIALS) -> Protocol:
    """Return the task: two grasps done in the dark and seen in four ways, mixed.

    An object is shown at 0.4 s, or none. Where there is a screen, it closes at 1.2 s. The hand
    moves at 1.8 s, and goes behind the screen when 60 % of its movement time are over. Every trial
    has the events ``"screen"`` and ``"covered"``, also where no screen closes.

    Parameters
    ----------
    n_trials : int
        Trials of each grasp in each condition; the paper has 10.

    Returns
    -------
    Protocol
        Aligned to contact.

    Examples
    --------
    >>> len(protocol(n_trials=10))
    100
    """
    rng = np.random.default_rng(2001)
    cases = [(get_condition(EXECUTED), False), *((SEEN[name], name in HIDDEN) for name in SEEN)]
    trials = [
        _trial(condition, grasp, rng, screen=screen)
        for condition, screen in cases
        for grasp in GRASPS
        for _ in range(n_trials)
    ]
    return Protocol(name="umilta2001", trials=shuffled(trials, rng), align="contact", source=SOURCE)
