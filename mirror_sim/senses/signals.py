"""The sense of signals: sounds, pain, cues, anything that has a channel and a level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mirror_sim.scene.actions import FloatArray
from mirror_sim.scene.trials import Trial
from mirror_sim.senses.registry import SENSES, Cells, Sense, channel_of
from mirror_sim.senses.tuning import Preferred

LATENCY_MS = 50.0
LOWEST_GAIN = 0.5
"""A cell's gain is uniform from this to 1."""


@dataclass(frozen=True)
class SignalTuning:
    """What cells that hear a channel prefer.

    Attributes
    ----------
    channel : str
    preferred : Preferred
        Of no features where the cells tell signals of the channel by their level alone.
    gain : float array, shape (n,)
    latency_ms : float
    """

    channel: str
    preferred: Preferred
    gain: FloatArray
    latency_ms: float


def check_features(trial: Trial, cells: Cells) -> None:
    """Raise a ValueError if a signal has other features than the cells that hear it."""
    name, _, channel = cells.encodes.partition(":")
    for signal in (s for s in trial.signals if name == "signal" and s.channel == channel):
        if len(signal.features) != cells.features:
            raise ValueError(
                f"Signal {signal.channel!r} in a trial of {trial.condition!r} has "
                f"{len(signal.features)} features; the cells of {cells.name!r} are tuned to "
                f"{cells.features}"
            )


def draw(cells: Cells, rng: np.random.Generator) -> SignalTuning:
    """Draw cells that prefer random features, each with a gain of its own."""
    states = rng.uniform(size=(cells.n, cells.features))
    return SignalTuning(
        channel=channel_of(cells.encodes),
        preferred=Preferred(states, np.full(states.shape, 1.0 / cells.width)),
        gain=rng.uniform(LOWEST_GAIN, 1.0, size=cells.n),
        latency_ms=LATENCY_MS if cells.latency_ms is None else cells.latency_ms,
    )


def drive(trial: Trial, tuning: SignalTuning, times_s: FloatArray) -> FloatArray:
    """Drive by the signals of the channel; of several the one that drives a cell most."""
    then_s = times_s - tuning.latency_ms / 1000.0
    total = np.zeros((len(times_s), len(tuning.gain)))
    for signal in (s for s in trial.signals if s.channel == tuning.channel):
        on = (then_s >= signal.start_s) & (then_s < signal.stop_s)
        # It does not change while it lasts.
        features, level = np.array([signal.features]), np.array([max(signal.level, 0.0)])
        response = tuning.preferred.response(features, level) * tuning.gain
        total[on] = np.maximum(total[on], response)
    return total


SENSES.add(
    Sense(name="signal", tuning=draw, drive=drive, of_channels=True, source="a modelling choice")
)
