"""Epochs of trials, those of the studies, and firing rates in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mirror_sim.session.session import Session


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """A stretch of every trial, from one event to another.

    Parameters
    ----------
    start, stop : str
        The events.
    start_offset_s, stop_offset_s : float
        Added to their times, s.
    source : str
        Where the epoch comes from.
    """

    start: str
    stop: str
    start_offset_s: float = 0.0
    stop_offset_s: float = 0.0
    source: str = ""


_REACH = Epoch(start="movement_onset", stop="contact", source="both papers")

GALLESE_EPOCHS = (
    Epoch(
        start="object_on",
        stop="object_on",
        start_offset_s=-0.5,
        source="half a second in which nothing is seen or done; the paper had no trial clock",
    ),
    _REACH,
    Epoch(
        start="contact",
        stop="contact",
        stop_offset_s=0.5,
        source="as long as the baseline; the paper had no trial clock",
    ),
)
JERJIAN_EPOCHS = (
    Epoch(start="lcdon", stop="object_on", source="Jerjian et al. 2020: LCDon to object cue"),
    _REACH,
    Epoch(
        start="hold_on",
        stop="hold_on",
        stop_offset_s=0.7,
        source="Jerjian et al. 2020: 0-700 ms from hold onset",
    ),
)
"""Baseline, reach and hold, in this order, of each study."""


def epoch_rates(session: Session, epochs: Sequence[Epoch]) -> np.ndarray:
    """Count spikes in epochs and divide by their durations.

    Parameters
    ----------
    session : Session
        The recording.
    epochs : sequence of Epoch
        Where to count.

    Returns
    -------
    float array, shape (n_trials, n_epochs, n_units)
        Spikes/s.

    Raises
    ------
    ValueError
        If an event does not exist or is absent from a trial, or an epoch has no duration.
    """
    rates = []
    for epoch in epochs:
        start_s = session.event_times(epoch.start) + epoch.start_offset_s
        stop_s = session.event_times(epoch.stop) + epoch.stop_offset_s
        bad = np.flatnonzero(~(stop_s > start_s))
        if len(bad):
            raise ValueError(
                f"trial {bad[0]} has no time from {epoch.start} {epoch.start_offset_s:+g} s "
                f"to {epoch.stop} {epoch.stop_offset_s:+g} s: {start_s[bad[0]]} to {stop_s[bad[0]]}"
            )
        rates.append(session.counts(start_s, stop_s) / (stop_s - start_s)[:, None])
    return np.stack(rates, axis=1)
