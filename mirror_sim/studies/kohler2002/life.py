"""What a Subject lives through: acts of which some make a sound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import record
from mirror_sim.scene.actions import REPERTOIRE, Action
from mirror_sim.scene.trials import Trial
from mirror_sim.studies.kohler2002.task import ACTS, TIMBRES, sound
from mirror_sim.subject.growth import Curriculum

SOUNDS = ("own", "shuffled", "none")


@record
class NoisyLife(Curriculum):
    """Own acts under own vision, two of which make a sound, and others that imitate them.

    Parameters
    ----------
    actions : tuple of Action or str
        By default the repertoire and the two noisy acts.
    sounds : {"own", "shuffled", "none"}
        What is heard from contact to release, of own acts and of another's: the sound of the act
        that is done; that of an act drawn independently of it; or nothing.
    """

    actions: tuple[Action | str, ...] = (*REPERTOIRE, *ACTS)
    sounds: str = "own"
    source: str = "as the default curriculum; a sound comes with its act, whoever does it"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sounds not in SOUNDS:
            raise unknown("sounds", self.sounds, SOUNDS, where="NoisyLife")

    def trial(self, rng: np.random.Generator) -> Trial:
        """Draw one own action with what is seen and heard of it."""
        trial = super().trial(rng)
        # Both draws are made in every life, so that all have the same movements.
        others = {"self": self._action(rng), "other": self._action(rng)}
        heard = []
        for act in (act for act in trial.acts if act.actor in others and self.sounds != "none"):
            source = act.action if self.sounds == "own" else others[act.actor]
            if source.name in TIMBRES:
                heard.append(sound(TIMBRES[source.name], act.contact_s, act.release_s))
        return replace(trial, signals=(*trial.signals, *heard))
