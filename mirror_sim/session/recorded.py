"""From when to when each unit was recorded: what lies outside is missing, not silence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Sums of seconds round differently according to their order.
_SLACK_S = 1e-6

Recorded = tuple[np.ndarray, ...] | None
"""The intervals of every unit, float arrays of shape (n_intervals, 2); None if all of it was."""


def checked_recorded(
    recorded_s: Sequence[np.ndarray] | None, n_units: int, duration_s: float
) -> Recorded:
    """Return the intervals of every unit in order, joined where they touch, or raise what is wrong.

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
    if all(x.shape == whole.shape and np.abs(x - whole).max() <= _SLACK_S for x in made):
        return None
    return made


def _of_unit(given: np.ndarray, place: str, duration_s: float) -> np.ndarray:
    intervals = np.array(given, dtype=float)
    if intervals.size == 0:
        return _locked(np.zeros((0, 2)))
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
    intervals = intervals[np.argsort(start_s, kind="stable")].clip(0.0, duration_s)
    joined = [intervals[0]]
    for interval in intervals[1:]:
        if interval[0] <= joined[-1][1] + _SLACK_S:
            joined[-1][1] = max(joined[-1][1], interval[1])
        else:
            joined.append(interval)
    return _locked(np.array(joined))


def _locked(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def within(intervals: np.ndarray, start_s: np.ndarray, stop_s: np.ndarray) -> np.ndarray:
    """Return which windows lie in one of the intervals of a unit, bool array, (n_windows,)."""
    if len(intervals) == 0:
        return np.zeros(np.shape(start_s), dtype=bool)
    which = np.searchsorted(intervals[:, 0] - _SLACK_S, start_s, side="right") - 1
    return (which >= 0) & (stop_s <= intervals[np.maximum(which, 0), 1] + _SLACK_S)


def require_recorded(values: np.ndarray, what: str) -> None:
    """Raise a ValueError where counts or rates, units last and trials first, are missing."""
    missing = np.argwhere(np.isnan(values))
    if len(missing):
        trial, unit = missing[0][0], missing[0][-1]
        raise ValueError(
            f"unit row {unit} was not recorded throughout the window of trial {trial}, which "
            f"{what} needs; leave out such units or trials with select"
        )
