"""What a Subject lives through: its own yawns and gestures, often copied by a caregiver."""

from __future__ import annotations

import numpy as np

from mirror_sim.base.records import record
from mirror_sim.scene.acts import Signal
from mirror_sim.scene.trials import Trial
from mirror_sim.subject.growth import Curriculum

YAWN, OTHER = 0.2, 0.8
"""What is seen of a face that yawns, and of one that makes another gesture."""

DURATION_S = 4.1
_OWN_S = 0.6
_YAWNS, _GESTURES, _SEEN_ALONE = 0.4, 0.2, 0.3
"""Shares of trials with an own yawn, another own gesture, and somebody's face alone."""


def face(kind: float, start_s: float, stop_s: float, level: float = 1.0) -> Signal:
    """Return what is seen of another's face."""
    return Signal(channel="face", start_s=start_s, stop_s=stop_s, level=level, features=(kind,))


@record
class Yawns(Curriculum):
    """Own yawns and gestures; the own face is never seen.

    Parameters
    ----------
    imitated : bool
        Whether a caregiver makes the same face 0.2 to 0.5 s later. Faces are also seen alone.
    max_actions : int
        Trials.
    """

    imitated: bool = True
    max_actions: int = 120
    tolerance: float = 0.0
    source: str = "a guess: how often infants are copied is not known well enough"

    def trial(self, rng: np.random.Generator) -> Trial:
        """Draw an own yawn, another own gesture, a face alone, or nothing."""
        # Every draw is made in every life, so that all have the same yawns.
        kind, alone = float(rng.random()), (YAWN, OTHER)[int(rng.integers(2))]
        lasts_s, lag_s = float(rng.uniform(0.8, 1.2)), float(rng.uniform(0.2, 0.5))
        alone_s = float(rng.uniform(0.5, 2.0))
        yawns, moves = kind < _YAWNS, kind < _YAWNS + _GESTURES
        signals = []
        if moves:
            channel = "urge" if yawns else "gesture"
            own = Signal(channel=channel, start_s=_OWN_S, stop_s=_OWN_S + lasts_s)
            signals.append(own)
        if moves and self.imitated:
            seen_s = _OWN_S + lag_s
            signals.append(face(YAWN if yawns else OTHER, seen_s, seen_s + lasts_s))
        if not moves and kind < _YAWNS + _GESTURES + _SEEN_ALONE:
            signals.append(face(alone, alone_s, alone_s + lasts_s))
        return Trial(condition="life", duration_s=DURATION_S, signals=tuple(signals))
