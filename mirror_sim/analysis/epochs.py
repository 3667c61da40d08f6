"""Epochs of trials, and firing rates in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.records import check_fields, record
from mirror_sim.session.session import Session

# Wide enough for any trial; milliseconds in place of seconds lie outside.
_OFFSETS_S = (-60.0, 60.0)


@record
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

    Raises
    ------
    ValueError
        If a field is of the wrong type or out of range, or the epoch stops before it starts.

    Examples
    --------
    >>> Epoch(start="cue", stop="cue", start_offset_s=-0.5).start_offset_s
    -0.5
    >>> Epoch(start="cue", stop="cue", start_ofset_s=-0.5)
    Traceback (most recent call last):
    ...
    ValueError: unknown field 'start_ofset_s' in Epoch. Did you mean 'start_offset_s'? Valid: start,
    stop, start_offset_s, stop_offset_s, source
    """

    start: str
    stop: str
    start_offset_s: float = 0.0
    stop_offset_s: float = 0.0
    source: str = ""

    def __post_init__(self) -> None:
        ranges = dict.fromkeys(("start_offset_s", "stop_offset_s"), _OFFSETS_S)
        check_fields(self, "Epoch", ranges)
        if self.start == self.stop and self.start_offset_s >= self.stop_offset_s:
            raise ValueError(f"Epoch from {self} has no duration")

    def __str__(self) -> str:
        return f"{self.start} {self.start_offset_s:+g} s to {self.stop} {self.stop_offset_s:+g} s"


@checked_arguments()
def epoch_windows(
    session: Session, epoch: Epoch, *, trials: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return when an epoch starts and stops in each trial.

    Parameters
    ----------
    session : Session
    epoch : Epoch
    trials : bool array, shape (n_trials,), optional
        Which trials; all by default.

    Returns
    -------
    start_s, stop_s : float arrays, shape (n_chosen,)
        Seconds of the session.

    Raises
    ------
    ValueError
        If an event does not exist or is absent from a trial, or the epoch has no duration in one.
    """
    start_s = session.event_times(epoch.start) + epoch.start_offset_s
    stop_s = session.event_times(epoch.stop) + epoch.stop_offset_s
    chosen = np.ones(len(start_s), dtype=bool) if trials is None else np.asarray(trials)
    bad = np.flatnonzero(chosen & ~(stop_s > start_s))
    if len(bad):
        raise ValueError(
            f"trial {bad[0]} has no time from {epoch}: {start_s[bad[0]]} to {stop_s[bad[0]]}; "
            "leave such trials out with Session.select"
        )
    return start_s[chosen], stop_s[chosen]


@checked_arguments()
def epoch_rates(
    session: Session, epochs: Sequence[Epoch], *, trials: np.ndarray | None = None
) -> np.ndarray:
    """Count spikes in epochs and divide by their durations.

    Parameters
    ----------
    session : Session
        The recording.
    epochs : sequence of Epoch
        Where to count.
    trials : bool array, shape (n_trials,), optional
        Which trials; all by default.

    Returns
    -------
    float array, shape (n_chosen, n_epochs, n_units)
        Spikes/s; NaN where a unit was not recorded throughout the epoch.

    Raises
    ------
    ValueError
        As `epoch_windows`, or if there are no epochs.
    """
    if not epochs:
        raise ValueError("there are no epochs; rates need one or more")
    rates = []
    for epoch in epochs:
        start_s, stop_s = epoch_windows(session, epoch, trials=trials)
        rates.append(session.counts(start_s, stop_s) / (stop_s - start_s)[:, None])
    return np.stack(rates, axis=1)
