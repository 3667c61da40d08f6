"""The task: three objects, Go or NoGo by the pitch of a sound, done by the monkey or by a human."""

from __future__ import annotations

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.actions import Action, Thing
from mirror_sim.scene.conditions import Condition, make_trial
from mirror_sim.scene.trials import Protocol, Trial, shuffled

SOURCE = "Ferroni et al. 2021; the same task in Tili et al. 2025"
N_TRIALS = 32

CUE_S, LIGHT_S, GO_S, DURATION_S = 0.5, 1.3, 2.3, 3.5
"""The sound starts, the object becomes visible, the sound stops, the trial ends (s)."""
REACTION_S = (0.25, 0.40)
"""From go to movement onset, uniform (s); an estimate."""


def _object(name: str, *, size_cm: float, way: str, wrist_deg: float, margin_cm: float) -> Action:
    source = SOURCE + "; sizes and grips are estimates"
    return Action(
        name=f"grasp-{name}",
        general="grasping",
        way=way,
        thing=Thing(name=name, size_cm=size_cm, source=source),
        aperture_hold_cm=size_cm + 0.5,
        aperture_margin_cm=margin_cm,
        wrist_deg=wrist_deg,
        source=source,
    )


ACTIONS = (
    _object("small", size_cm=1.5, way="precision", wrist_deg=20.0, margin_cm=2.5),
    _object("middle", size_cm=3.5, way="finger", wrist_deg=90.0, margin_cm=3.0),
    _object("large", size_cm=6.0, way="whole hand", wrist_deg=60.0, margin_cm=3.5),
)
"""One grasp of each object."""


def _condition(name: str, actor: str | None, *, seen: bool = True) -> Condition:
    return Condition(
        name=name,
        actor=actor,
        withhold=actor != "self",
        hand_visible=seen,
        object_visible=seen,
        source=SOURCE,
    )


CONDITIONS = (
    _condition("execute-go", "self"),
    _condition("execute-dark", "self", seen=False),
    _condition("execute-nogo", None),
    _condition("observe-go", "other"),
    _condition("observe-nogo", None),
)
"""The four of the task, and Go in the dark: what is left of execution without the sight of it."""


def _trial(condition: Condition, action: Action, rng: np.random.Generator) -> Trial:
    return make_trial(
        condition,
        action,
        rng=rng,
        events_template={
            "cue_on": CUE_S,
            "object_on": LIGHT_S,
            "go": GO_S,
            "dark_on": GO_S,
            "movement_onset": GO_S + float(rng.uniform(*REACTION_S)),
            "release": DURATION_S,
            # Who watches need not move at all; who acts knows of a NoGo from the sound.
            "withhold_on": 0.0 if condition.name.startswith("observe") else CUE_S,
        },
        duration_s=DURATION_S,
    )


@checked_arguments(n_trials=(2, 10_000), day=(1, 10_000))
def protocol(n_trials: int = N_TRIALS, *, day: int = 1) -> Protocol:
    """Return the trials of a day, all conditions mixed.

    Parameters
    ----------
    n_trials : int
        Trials of each object in each condition.
    day : int
        Decides the movements' jitter, the order of trials and the noise.

    Returns
    -------
    Protocol
        Aligned to go.

    Examples
    --------
    >>> len(protocol(n_trials=2))
    30
    """
    rng = np.random.default_rng([day, 2021])
    trials = [
        _trial(condition, action, rng)
        for condition in CONDITIONS
        for action in ACTIONS
        for _ in range(n_trials)
    ]
    return Protocol(
        name=f"ferroni2021 day {day}", trials=shuffled(trials, rng), align="go", source=SOURCE
    )


def day_1(n_trials: int = N_TRIALS) -> Protocol:
    """Return the trials of the first day, the same for every Subject."""
    return protocol(n_trials, day=1)


def day_2(n_trials: int = N_TRIALS) -> Protocol:
    """Return the trials of another day."""
    return protocol(n_trials, day=2)
