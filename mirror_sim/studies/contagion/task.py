"""The test: own pain and another's distress at four strengths, a tone, a noise, and nothing."""

from __future__ import annotations

import numpy as np

from mirror_sim.scene.acts import Signal
from mirror_sim.scene.trials import Protocol, Trial, shuffled

N_TRIALS = 12
LEVELS = (0.25, 0.5, 0.75, 1.0)
GRADED = ("pain", "distress")
FULL = ("sight", "tone", "noise")
"""Shown at full strength only."""
NOTHING = "nothing"

START_S, STOP_S, DURATION_S = 1.0, 1.8, 2.6


def named(channel: str, level: float = 1.0) -> str:
    """Return the name of the condition in which a channel has this level."""
    return f"{channel} {level:g}"


def _trial(channel: str, level: float) -> Trial:
    signal = Signal(channel=channel, start_s=START_S, stop_s=STOP_S, level=level)
    return Trial(condition=named(channel, level), duration_s=DURATION_S, signals=(signal,))


def protocol(seed: int = 0, n_trials: int = N_TRIALS) -> Protocol:
    """Return `n_trials` of each condition, in random order."""
    kinds = [_trial(channel, level) for channel in GRADED for level in LEVELS]
    kinds += [_trial(channel, 1.0) for channel in FULL]
    kinds.append(Trial(condition=NOTHING, duration_s=DURATION_S))
    rng = np.random.default_rng([seed, 53])
    trials = [kind for kind in kinds for _ in range(n_trials)]
    return Protocol(name="contagion", trials=shuffled(trials, rng))


def common_test() -> Protocol:
    """Return the test in which controls are to fire as much: rest, and own pain at half strength.

    Nothing of what the claim is about is heard or seen in it.
    """
    kinds = (Trial(condition=NOTHING, duration_s=DURATION_S), _trial("pain", 0.5))
    return Protocol(name="excitability", trials=tuple(kind for kind in kinds for _ in range(12)))
