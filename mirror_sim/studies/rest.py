"""The rate of cells before anything happens, which tells how excitable a Subject is."""

from __future__ import annotations

from collections.abc import Collection

from mirror_sim.session.session import Session

_WINDOW_S = (0.1, 0.7)
"""Seconds from trial start: before an object is shown."""


def rest_hz(session: Session, populations: Collection[str]) -> float:
    """Return the mean rate of populations before an object is shown, spikes/s."""
    first_s, last_s = _WINDOW_S
    start_s = session.trials["start_time"].to_numpy(float)
    cells = session.select(units=f"population in {list(populations)}")
    return float(cells.counts(start_s + first_s, start_s + last_s).mean() / (last_s - first_s))
