"""An act of many phases, done and seen after a delay, and a growth of such acts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_number, record
from mirror_sim.scene.acts import Signal
from mirror_sim.scene.trials import Trial
from mirror_sim.subject.growth import Curriculum

PHASES = tuple(float(place) for place in np.round(np.linspace(0.1, 0.9, 9), 3))
"""What is commanded, and seen, one after the other."""
PHASE_S = 0.1
SIGHTS = ("as done", "in any order", "either way")

ONSET_S, _DURATION_S = 0.5, 2.1
_LONGEST_LAG_S = 0.4
_ROUND, _N_ACTS = 10, 4
"""Trials, and own acts among them."""
_CONTEXT = 0.15
"""How strongly the context is felt, all the time."""


def trial(condition: str, duration_s: float, *signals: Signal) -> Trial:
    """Return a trial; the context is there throughout."""
    context = Signal(channel="context", start_s=0.0, stop_s=duration_s - 0.1, level=_CONTEXT)
    return Trial(condition=condition, duration_s=duration_s, signals=(context, *signals))


def phases(channel: str, places: Sequence[float], start_s: float) -> tuple[Signal, ...]:
    """Return phases that follow each other: sharp events, with no hold at the end."""
    return tuple(
        Signal(
            channel=channel,
            start_s=start_s + number * PHASE_S,
            stop_s=start_s + (number + 1) * PHASE_S,
            features=(place,),
        )
        for number, place in enumerate(places)
    )


@record
class Delayed(Curriculum):
    """Own acts of nine phases, each of which is seen a fixed time after its command.

    Parameters
    ----------
    lag_s : float
        From the command of a phase to the sight of it, 0 to 0.4 s; the cells that see answer
        another 60 ms later.
    sight : {"as done", "in any order", "either way"}
        Phases are seen in the order in which they are done; in an order of their own; or as they
        are done, but half of the acts run from the last phase to the first.
    max_actions : int
        Trials. Of each ten, four have an act and six nothing.
    """

    lag_s: float = 0.0
    sight: str = "as done"
    max_actions: int = 120
    tolerance: float = 0.0
    source: str = "a guess; vision of an own act follows its command by 100 to 200 ms"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self.lag_s, "Delayed.lag_s", (0.0, _LONGEST_LAG_S))
        if self.sight not in SIGHTS:
            raise unknown("sight", self.sight, SIGHTS, where="Delayed")

    def trials(self, rng: np.random.Generator) -> tuple[Trial, ...]:
        """Draw all trials, ten by ten, so that every life has as many acts of each kind."""
        n_rounds = -(-self.max_actions // _ROUND)
        made = [trial for _ in range(n_rounds) for trial in self._round(rng)]
        return tuple(made[: self.max_actions])

    def trial(self, rng: np.random.Generator) -> Trial:
        """Draw an own act and what is seen of it, or nothing."""
        return self._round(rng)[0]

    def _round(self, rng: np.random.Generator) -> list[Trial]:
        # Every draw is made in every life, so that all have their acts in the same trials.
        mixed = [tuple(PHASES[k] for k in rng.permutation(len(PHASES))) for _ in range(_N_ACTS)]
        made = []
        for number, any_order in enumerate(mixed):
            backwards = self.sight == "either way" and number % 2 == 1
            order = PHASES[::-1] if backwards else PHASES
            shown = any_order if self.sight == "in any order" else order
            done = phases("command", order, ONSET_S)
            seen = phases("act", shown, ONSET_S + self.lag_s)
            made.append(trial("own act", _DURATION_S, *done, *seen))
        made += [trial("nothing", _DURATION_S)] * (_ROUND - _N_ACTS)
        return [made[place] for place in rng.permutation(_ROUND)]
