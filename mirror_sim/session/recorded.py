"""From when to when each unit was recorded: what lies outside is missing, not silence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Sums of seconds round differently according to their order.
_SLACK_S = 1e-6
# Intervals that touch are one; those of sessions put one after the other do not quite touch.
_TOUCH_S = 1e-9
SEAM_S = 1e-8

Recorded = tuple[np.ndarray, ...] | None
"""The intervals of every unit, float arrays of shape (n_intervals, 2); None if all of it was."""


def checked_recorded(
    recorded_s: Sequence[np.ndarray] | None, n_units: int, duration_s: float
) -> Recorded:
    """Return the intervals of every unit, locked against writing, or raise what is wrong.

    Where every unit was recorded from 0 to the end, None.
    """
    if recorded_s is None:
        return None
    if len(recorded_s) != n_units:
        raise ValueError(
            f"Session.recorded_s has intervals of {len(recorded_s)} units; there are {n_units}"
        )
    made = tuple(
        _of_unit(intervals, f"Session.recorded_s[{row}]", duration_s)
        for row, intervals in enumerate(recorded_s)
    )
    whole = np.array([[0.0, duration_s]])
    if all(own.shape == whole.shape and np.abs(own - whole).max() <= _TOUCH_S for own in made):
        return None
    return made


def _of_unit(given: np.ndarray, place: str, duration_s: float) -> np.ndarray:
    intervals = np.array(given, dtype=float).reshape(-1, 2) if np.size(given) == 0 else given
    intervals = np.array(intervals, dtype=float)
    if intervals.ndim != 2 or intervals.shape[1] != 2:
        raise ValueError(
            f"{place} is of shape {intervals.shape}; give a start and a stop for each interval"
        )
    start_s, stop_s = intervals.T
    bad = np.flatnonzero(
        ~((start_s >= -_SLACK_S) & (stop_s > start_s) & (stop_s <= duration_s + _SLACK_S))
    )
    if len(bad):
        raise ValueError(
            f"{place}, interval {bad[0]}, is {start_s[bad[0]]} to {stop_s[bad[0]]} s; it must lie "
            f"in the session, 0 to {duration_s:g} s, and stop after its start"
        )
    intervals = intervals.clip(0.0, duration_s)
    intervals.flags.writeable = False
    return intervals


def joined(intervals: np.ndarray) -> np.ndarray:
    """Return intervals in order, those that overlap or touch made one."""
    if len(intervals) == 0:
        return intervals
    start_s, stop_s = intervals[np.argsort(intervals[:, 0], kind="stable")].T
    reached_s = np.maximum.accumulate(stop_s)
    first = np.flatnonzero(np.append(True, start_s[1:] > reached_s[:-1] + _TOUCH_S))
    last = np.append(first[1:], len(start_s)) - 1
    return np.stack([start_s[first], reached_s[last]], axis=1)


def within(intervals: np.ndarray, start_s: np.ndarray, stop_s: np.ndarray) -> np.ndarray:
    """Return which windows lie in what a unit's intervals cover, bool array, (n_windows,)."""
    covered = joined(intervals)
    if len(covered) == 0:
        return np.zeros(np.shape(start_s), dtype=bool)
    which = np.searchsorted(covered[:, 0] - _SLACK_S, start_s, side="right") - 1
    return (which >= 0) & (stop_s <= covered[np.maximum(which, 0), 1] + _SLACK_S)


def one_after_the_other(
    intervals: Sequence[np.ndarray], starts_s: np.ndarray, ends_s: np.ndarray
) -> np.ndarray:
    """Return a unit's intervals on the time axis of joined sessions, with a gap at each seam.

    Nothing is known of the time between two recordings, so no window may reach from one into the
    other.
    """
    placed = []
    for own, start, end in zip(intervals, starts_s, ends_s, strict=True):
        moved = own + start
        if end < ends_s[-1]:
            moved[:, 1] = np.minimum(moved[:, 1], end - SEAM_S)
        placed.append(moved)
    return np.concatenate(placed)


def require_recorded(values: np.ndarray, what: str) -> None:
    """Raise a ValueError where counts or rates, units last and trials first, are missing."""
    missing = np.argwhere(np.isnan(values))
    if len(missing):
        trial, unit = missing[0][0], missing[0][-1]
        raise ValueError(
            f"unit row {unit} was not recorded throughout the window of trial {trial}, which "
            f"{what} needs; leave out such units or trials with Session.select"
        )
