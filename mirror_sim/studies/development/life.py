"""The first months: own acts that cannot be seen, and what a caregiver does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import record
from mirror_sim.scene.acts import Act
from mirror_sim.scene.conditions import Condition, make_trial
from mirror_sim.scene.kinematics import MOVEMENT_TIME_S
from mirror_sim.scene.trials import Trial
from mirror_sim.subject.growth import Curriculum

CAREGIVERS = ("imitates", "random", "absent")

_ONSET_S, _DURATION_S = 0.5, 4.1
_LAST_S = 2.0
"""A caregiver that acts at random begins before this."""
_OPAQUE = Condition(name="opaque", actor="self", withhold=False, hand_visible=False)


@record
class Infancy(Curriculum):
    """Own acts that the Subject cannot see, as those of its face, and a caregiver across.

    Parameters
    ----------
    acts : bool
        Whether the Subject acts.
    sees_itself : bool
        Whether it sees its own acts.
    caregiver : {"imitates", "random", "absent"}
        In half of the trials somebody across does the same act 0.3 to 0.9 s later; or any act at
        any time; or nothing.
    """

    acts: bool = True
    sees_itself: bool = False
    caregiver: str = "imitates"
    source: str = "a guess: how often infants are imitated is not known well enough"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.caregiver not in CAREGIVERS:
            raise unknown("caregiver", self.caregiver, CAREGIVERS, where="Infancy")

    def trial(self, rng: np.random.Generator) -> Trial:
        """Draw an own act and what the caregiver does."""
        # Every draw is made in every life, so that all have the same acts.
        action, other = self._action(rng), self._action(rng)
        begins_s = {
            "imitates": _ONSET_S + float(rng.uniform(*self.imitation_lag_s)),
            "random": float(rng.uniform(0.2, _LAST_S)),
        }
        seen, human_s = rng.random() < 0.5, float(rng.uniform(*MOVEMENT_TIME_S["human"]))
        seed = int(rng.integers(2**31))
        events = {"object_on": 0.1, "movement_onset": _ONSET_S, "dark_on": 0.0}
        own = make_trial(
            "execute-light" if self.sees_itself else _OPAQUE,
            action,
            rng=rng,
            events_template=events,
            duration_s=_DURATION_S,
        )
        theirs: tuple[Act, ...] = ()
        if seen and self.caregiver != "absent":
            shown = action if self.caregiver == "imitates" else other
            act = Act(
                action=shown,
                actor="other",
                onset_s=begins_s[self.caregiver],
                movement_time_s=human_s,
                hold_s=shown.hold_s,
                seed=seed,
            )
            theirs = (act,)
        if self.acts:
            return replace(own, acts=(*own.acts, *theirs))
        return Trial(
            condition="face to face", duration_s=_DURATION_S, acts=theirs, objects=own.objects
        )
