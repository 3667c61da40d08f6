"""What a rat lives through: shocks, its own cries, and things that do not hurt."""

from __future__ import annotations

import numpy as np

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import record
from mirror_sim.scene.acts import Signal
from mirror_sim.scene.trials import Trial
from mirror_sim.subject.growth import Curriculum

CRIES = ("own", "masked", "unpaired")

DURATION_S = 4.1
_SHOCK_S = 0.6
_CRY_LAG_S = (0.05, 0.15)
_PAUSE_S = (0.7, 1.2)
_SHOCKED, _NOISY = 0.6, 0.2
"""Shares of the trials with a shock and with a harmless noise; the rest is silence."""
_TONE = 0.8
"""Share of the shocks that a tone announces."""
_TONE_LEAD_S = 0.1


@record
class Life(Curriculum):
    """Shocks of any strength, each with the own cry, most of them announced by a tone.

    Parameters
    ----------
    shocked : bool
        Whether there are any; what is heard stays.
    cry : {"own", "masked", "unpaired"}
        The own cry is heard 50 to 150 ms after the shock begins and is as strong as it; it is not
        heard; or it is heard only when the pain is over.
    max_actions : int
        Trials.
    """

    shocked: bool = True
    cry: str = "own"
    max_actions: int = 120
    tolerance: float = 0.0
    source: str = "a guess; most shocks are announced, as in fear conditioning"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cry not in CRIES:
            raise unknown("cry", self.cry, CRIES, where="Life")

    def trial(self, rng: np.random.Generator) -> Trial:
        """Draw a shock with what is heard of it, a noise, or silence."""
        # Every draw is made in every life, so that all have the same shocks.
        kind, announced = float(rng.random()), bool(rng.random() < _TONE)
        level, lasts_s = float(rng.uniform(0.25, 1.0)), float(rng.uniform(0.6, 1.0))
        lag_s, pause_s = float(rng.uniform(*_CRY_LAG_S)), float(rng.uniform(*_PAUSE_S))

        def signal(channel: str, start_s: float, strength: float) -> Signal:
            stop_s = start_s + lasts_s
            return Signal(channel=channel, start_s=start_s, stop_s=stop_s, level=strength)

        heard = []
        if kind < _SHOCKED:
            if self.shocked:
                heard.append(signal("pain", _SHOCK_S, level))
            if self.cry == "own" and self.shocked:
                heard.append(signal("distress", _SHOCK_S + lag_s, level))
            if self.cry == "unpaired":
                heard.append(signal("distress", _SHOCK_S + lasts_s + pause_s, level))
            if announced:
                heard.append(signal("tone", _SHOCK_S - _TONE_LEAD_S, 1.0))
        elif kind < _SHOCKED + _NOISY:
            heard.append(signal("noise", _SHOCK_S, 1.0))
        return Trial(condition="life", duration_s=DURATION_S, signals=tuple(heard))
