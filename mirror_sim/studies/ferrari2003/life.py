"""What a Subject lives through: acts of the hand as ever, and acts of a mouth that others answer.

Nobody sees its own mouth: what is done and what is seen meet only where another does something.
"""

from __future__ import annotations

import numpy as np

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import record
from mirror_sim.scene.acts import Shown
from mirror_sim.scene.trials import Trial
from mirror_sim.studies.ferrari2003.acts import (
    FOOD,
    INGESTIVE,
    REPERTOIRE,
    STEP_S,
    MouthAct,
    course,
    done,
    seen,
)
from mirror_sim.subject.growth import Curriculum

OTHERS = ("answer", "shuffled", "apart")

_ONSET_S, _DURATION_S = 0.5, 5.4
_MEAL_S = (0.1, 2.0)
"""When somebody who eats at the same time begins."""
_PAUSE_S = 0.4
_MOUTH_SHARE, _COPIED_SHARE = 0.5, 0.5
"""Of all acts, those of the mouth; of ingestive acts, those that are copied, not eaten with."""


@record
class Company(Curriculum):
    """Own acts of the hand as of the default growth and, half of the time, of the mouth.

    Somebody answers each act of the mouth; those that nobody answers are left out, as growth leaves
    out most of the time. A gesture is copied 0.3 to 0.9 s later. So is half of the ingestive acts;
    in the other half somebody eats at the same time: any ingestive act, at any phase of the own.

    Parameters
    ----------
    others : {"answer", "shuffled", "apart"}
        Others answer; or as often, and at the same times, do another act than they would; or do any
        act after the own one is over.
    max_actions : int
        Twice that of the default growth, so that there are as many acts of the hand.
    """

    others: str = "answer"
    max_actions: int = 240
    source: str = "a guess: how often a monkey's mouth is copied, or eaten with, is not known"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.others not in OTHERS:
            raise unknown("others", self.others, OTHERS, where="Company")

    def trial(self, rng: np.random.Generator) -> Trial:
        """Draw an own act of hand or mouth, with what is seen meanwhile."""
        # Every draw is made in every life, so that all have the same acts.
        of_hand = super().trial(rng)
        act, meal = _one_of(REPERTOIRE, rng), _one_of(INGESTIVE, rng)
        other, offset = _one_of(REPERTOIRE, rng), int(rng.integers(1, len(REPERTOIRE)))
        lag_s, meal_s = float(rng.uniform(*self.imitation_lag_s)), float(rng.uniform(*_MEAL_S))
        of_mouth, copied = rng.random(2) < (_MOUTH_SHARE, _COPIED_SHARE)
        seeds = rng.integers(2**31, size=2)
        if not of_mouth:
            return of_hand
        eats = act in INGESTIVE and not copied
        shown, begins_s = (meal, meal_s) if eats else (act, _ONSET_S + lag_s)
        own = course(act, np.random.default_rng(seeds[0]))
        if self.others == "shuffled":
            shown = REPERTOIRE[(REPERTOIRE.index(shown) + offset) % len(REPERTOIRE)]
        elif self.others == "apart":
            shown, begins_s = other, _ONSET_S + len(own) * STEP_S + _PAUSE_S
        theirs = seen(course(shown, np.random.default_rng(seeds[1])), begins_s)
        return Trial(
            condition="mouth",
            duration_s=_DURATION_S,
            objects=(Shown(thing=FOOD, on_s=0.1),) if act in INGESTIVE else (),
            signals=(*done(own, _ONSET_S), *theirs),
            events={"movement_onset": _ONSET_S},
        )


def _one_of(acts: tuple[MouthAct, ...], rng: np.random.Generator) -> MouthAct:
    return acts[int(rng.integers(len(acts)))]
