"""Trials in which a hand or a foot acts, or is seen to act, and a growth of such trials."""

from __future__ import annotations

import numpy as np

from mirror_sim.base.records import record
from mirror_sim.scene.acts import Signal
from mirror_sim.scene.trials import Trial
from mirror_sim.subject.growth import Curriculum

EFFECTORS = {"hand": 0.2, "foot": 0.8}
"""What is seen of an act, or commanded, by its effector."""

DURATION_S = 2.1
ONSET_S, LASTS_S = 0.5, 0.6
_CONTEXT = 0.15
"""How strongly the context is felt, all the time."""


def trial(condition: str, *signals: Signal) -> Trial:
    """Return a trial; the context is there throughout."""
    context = Signal(channel="context", start_s=0.0, stop_s=DURATION_S - 0.1, level=_CONTEXT)
    return Trial(condition=condition, duration_s=DURATION_S, signals=(context, *signals))


def done(effector: str, after_s: float = 0.0) -> Signal:
    """Return the command of an act."""
    return _signal("command", after_s, EFFECTORS[effector])


def seen(effector: str, after_s: float = 0.0) -> Signal:
    """Return the sight of an act."""
    return _signal("act", after_s, EFFECTORS[effector])


def tone(after_s: float = 0.0) -> Signal:
    """Return a tone."""
    return _signal("tone", after_s)


def _signal(channel: str, after_s: float, *features: float) -> Signal:
    start_s = ONSET_S + after_s
    return Signal(channel=channel, start_s=start_s, stop_s=start_s + LASTS_S, features=features)


@record
class Acts(Curriculum):
    """Own acts of hand and foot, each seen as it is done; some are seen of others, too.

    Parameters
    ----------
    max_actions : int
        Trials: half of them with an own act, a tenth with another's.
    """

    max_actions: int = 120
    tolerance: float = 0.0
    source: str = "a guess; own acts are seen 100 to 200 ms after their command"

    def trial(self, rng: np.random.Generator) -> Trial:
        """Draw an own act, another's, or nothing."""
        kind, effector = float(rng.random()), tuple(EFFECTORS)[int(rng.integers(2))]
        lag_s = float(rng.uniform(0.1, 0.2))
        if kind < 0.5:
            return trial("own act", done(effector), seen(effector, lag_s))
        if kind < 0.6:
            return trial("another's act", seen(effector))
        return trial("nothing")
