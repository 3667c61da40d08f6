"""Firing rates over time: `Rates`, and `psth`, which makes them from the spikes of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from mirror_sim.analysis.shapes import check_window
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.session.session import Session

# A Gaussian kernel is cut at this many of its standard deviations.
_TRUNCATE_SD = 4.0
# Bounds the memory of a session of tens of millions of spikes.
UNITS_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True, eq=False)
class Rates:
    """Trial-averaged firing rates of units over time, of a model or of a monkey.

    Parameters
    ----------
    values : float array, shape (n_conditions, n_times, n_units)
        Spikes/s; NaN where nothing was recorded.
    conditions : tuple of str
        Name of each condition, all different.
    times_s : float array, shape (n_times,)
        Bin centres, seconds from the event of alignment.
    units : DataFrame
        One row a unit.

    Raises
    ------
    ValueError
        If the shapes do not fit each other or a condition comes twice.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": [0, 1]})
    >>> rates = Rates(values=np.ones((1, 3, 2)), conditions=("A",),
    ...               times_s=np.array([-0.01, 0.0, 0.01]), units=units)
    >>> rates.of("A").shape
    (3, 2)
    """

    values: np.ndarray
    conditions: tuple[str, ...]
    times_s: np.ndarray
    units: pd.DataFrame

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", np.asarray(self.values, dtype=float))
        object.__setattr__(self, "times_s", np.asarray(self.times_s, dtype=float))
        object.__setattr__(self, "conditions", tuple(self.conditions))
        expected = (len(self.conditions), len(self.times_s), len(self.units))
        if self.values.shape != expected:
            raise ValueError(
                f"Rates.values has shape {self.values.shape}; conditions, times and units "
                f"make it {expected}"
            )
        if len(set(self.conditions)) < len(self.conditions):
            raise ValueError(f"Rates.conditions has repeats: {', '.join(self.conditions)}")

    def of(self, condition: str) -> np.ndarray:
        """Return the rates of one condition, float array, shape (n_times, n_units), spikes/s.

        Raises
        ------
        ValueError
            If there is no such condition.
        """
        if condition not in self.conditions:
            raise unknown("condition", condition, self.conditions, where="Rates")
        return self.values[self.conditions.index(condition)]

    def select(self, units: np.ndarray) -> Rates:
        """Return the rates of some units (a mask or row numbers), in that order."""
        rows = np.arange(len(self.units))[np.asarray(units)]
        return replace(self, values=self.values[..., rows], units=self.units.iloc[rows])


def trial_groups(trials: pd.DataFrame, by: str | Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Group the trials by the value of one or more columns.

    Parameters
    ----------
    trials : DataFrame
        One row a trial.
    by : str or sequence of str
        Columns; the values of several are joined by ``"/"``.

    Returns
    -------
    group : int array, shape (n_trials,)
        Row number in `names`.
    names : list of str
        The groups, sorted.

    Raises
    ------
    ValueError
        If a column does not exist, or two groups would have one name.

    Examples
    --------
    >>> table = pd.DataFrame({"condition": ["seen", "done"], "action": ["a", "b"]})
    >>> trial_groups(table, ["condition", "action"])[1]
    ['done/b', 'seen/a']
    """
    columns = [by] if isinstance(by, str) else list(by)
    if not columns:
        raise ValueError("by is empty; it needs a column of the trials table, or several")
    for column in columns:
        if column not in trials.columns:
            raise unknown("column", column, trials.columns, where="the trials table")
    table = trials[columns].astype(str).reset_index(drop=True)
    labels = table.agg("/".join, axis=1).to_numpy(dtype=str)
    names, group = np.unique(labels, return_inverse=True)
    if len(names) < len(table.drop_duplicates()):
        twice = pd.Series(labels)[table.drop_duplicates().index].duplicated()
        raise ValueError(
            f"two groups of trials would be called {str(labels[twice.idxmax()])!r}, as a value of "
            f"{', '.join(columns)} holds '/'"
        )
    return group, [str(name) for name in names]


@checked_arguments()
def psth(
    session: Session,
    *,
    align: str,
    window_s: tuple[float, float],
    step_s: float = 0.01,
    sigma_s: float = 0.05,
    by: str | Sequence[str] = "condition",
) -> Rates:
    """Average the firing of every unit over the trials of each condition.

    Every trial counts, also one without a spike. Only what lies within a trial, and was recorded
    of the unit, enters its average, smoothing included: a bin that no trial reaches is NaN.

    Parameters
    ----------
    session : Session
        The recording.
    align : str
        Event at time 0, for example ``"contact"``. Trials without it are left out.
    window_s : (float, float)
        Start and stop, seconds from the event.
    step_s : float
        Bin width, s.
    sigma_s : float
        Standard deviation of the Gaussian that smooths, s; 0 for none.
    by : str or sequence of str
        Columns of the trials table that tell conditions apart; several are joined by ``"/"``.

    Returns
    -------
    Rates
        Conditions sorted by name.

    Raises
    ------
    ValueError
        If the event or a column is unknown, the window is empty, a number is out of range, or no
        trial has the event.

    Examples
    --------
    >>> from mirror_sim.session.session import Session
    >>> units = pd.DataFrame({"unit_id": [7], "area": "X", "population": "X.1",
    ...                       "cell_type": "regular", "x_um": 0.0, "y_um": 0.0, "z_um": 0.0})
    >>> trials = pd.DataFrame({"start_time": [0.0, 2.0], "stop_time": [2.0, 4.0],
    ...     "condition": "A", "agent": "human", "action": "push",
    ...     "general_action": "push", "way": "", "object": "cup",
    ...     "viewpoint_deg": 180.0, "distance_m": 0.6, "tool": False, "hand_visible": True,
    ...     "object_visible": True, "seed": [1, 2], "contact_time": [1.0, 3.0]})
    >>> session = Session(units, trials, np.array([1.005]), np.array([0]), {})
    >>> rates = psth(session, align="contact", window_s=(0.0, 0.02), sigma_s=0.0)
    >>> rates.values[0, :, 0]
    array([50.,  0.])
    """
    start_s = window_s[0]
    if step_s <= 0 or sigma_s < 0:
        raise ValueError(f"step_s is {step_s}, sigma_s {sigma_s}; they must be > 0 and >= 0")
    n_times = check_window(window_s, step_s, "psth")
    zero_s = session.event_times(align)
    if not np.isfinite(zero_s).any():
        raise ValueError(f"no trial has the event {align!r}")
    # Bins beyond the window feed its edges through the smoothing.
    n_pad = int(np.ceil(_TRUNCATE_SD * sigma_s / step_s))
    counts, exposure_s, names = _binned(
        session, zero_s + start_s - n_pad * step_s, n_times + 2 * n_pad, step_s, by
    )
    reached = exposure_s > 0
    if sigma_s > 0:
        counts, exposure_s = (
            gaussian_filter1d(x, sigma_s / step_s, axis=1, mode="constant", truncate=_TRUNCATE_SD)
            for x in (counts, exposure_s)
        )
    values = np.full(counts.shape, np.nan)
    np.divide(counts, exposure_s, out=values, where=np.broadcast_to(reached, counts.shape))
    return Rates(
        values=values[:, n_pad : n_pad + n_times],
        conditions=tuple(names),
        times_s=start_s + (np.arange(n_times) + 0.5) * step_s,
        units=session.units,
    )


def _binned(
    session: Session, first_s: np.ndarray, n_bins: int, step_s: float, by: str | Sequence[str]
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Sum spikes and recorded time over trials, in bins that start at `first_s` of each trial.

    Returns counts (n_conditions, n_bins, n_units), exposure in s, of the same shape or with one
    column for all units, and the names of the conditions. Trials whose `first_s` is NaN are left
    out.
    """
    used = np.flatnonzero(np.isfinite(first_s))
    group, names = trial_groups(session.trials.iloc[used], by)
    first_s = first_s[used]
    start_s, stop_s = (
        session.trials[name].to_numpy(dtype=float)[used] for name in ("start_time", "stop_time")
    )
    edges_s = first_s[:, None] + np.arange(n_bins + 1) * step_s
    low_s = np.maximum(edges_s[:, :-1], start_s[:, None])
    high_s = np.minimum(edges_s[:, 1:], stop_s[:, None])
    whole = (edges_s[:, :-1] >= start_s[:, None]) & (edges_s[:, 1:] <= stop_s[:, None])
    # What of a bin lies in the trial; less than a hair of it is rounding.
    lasting_s = np.where(whole, step_s, high_s - low_s)
    lasting_s[lasting_s < 1e-3 * step_s] = 0.0
    shape = (len(names), n_bins, len(session.units))
    counts = np.zeros(shape)
    exposure_s = np.zeros((*shape[:2], 1 if session.recorded_throughout else shape[2]))
    for low in range(0, shape[2], UNITS_AT_ONCE):
        units = slice(low, min(low + UNITS_AT_ONCE, shape[2]))
        counted_s = lasting_s[:, :, None]
        if not session.recorded_throughout:
            counted_s = counted_s * _recorded(session, units, low_s, np.maximum(low_s, high_s))
            np.add.at(exposure_s[:, :, units], group, counted_s)
        elif low == 0:
            np.add.at(exposure_s, group, counted_s)
        for layer in _without_overlap(start_s, stop_s):
            trial, bins, unit = _spikes_in_bins(
                session, units, layer, start_s, stop_s, first_s, n_bins, step_s
            )
            kept = counted_s[trial, bins, np.minimum(unit, counted_s.shape[2] - 1)] > 0
            block = (len(names), n_bins, units.stop - low)
            cell = np.ravel_multi_index((group[trial[kept]], bins[kept], unit[kept]), block)
            counts[:, :, units] += np.bincount(cell, minlength=np.prod(block)).reshape(block)
    return counts, exposure_s, names


def _recorded(
    session: Session, units: slice, start_s: np.ndarray, stop_s: np.ndarray
) -> np.ndarray:
    """Return in which bins of which trials units were recorded, (n_trials, n_bins, n_units)."""
    part = session.select(units=np.arange(units.start, units.stop))
    return part.recorded(start_s.ravel(), stop_s.ravel()).reshape(*start_s.shape, -1)


def _without_overlap(start_s: np.ndarray, stop_s: np.ndarray) -> list[np.ndarray]:
    """Sort trials into as few sets as possible of trials that do not overlap, each in order."""
    layers: list[list[int]] = []
    for trial in np.argsort(start_s, kind="stable"):
        for layer in layers:
            if stop_s[layer[-1]] <= start_s[trial] + 1e-6:
                layer.append(trial)
                break
        else:
            layers.append([trial])
    return [np.array(layer) for layer in layers]


def _spikes_in_bins(
    session: Session,
    units: slice,
    layer: np.ndarray,
    start_s: np.ndarray,
    stop_s: np.ndarray,
    first_s: np.ndarray,
    n_bins: int,
    step_s: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return trial, bin and unit of every spike in trials that do not overlap."""
    own = slice(*np.searchsorted(session.spike_units, (units.start, units.stop)))
    times_s, unit = session.spike_times[own], session.spike_units[own] - units.start
    begun = np.searchsorted(start_s[layer], times_s, side="right") - 1
    trial = layer[np.maximum(begun, 0)]
    # The small addition keeps a spike on the border of two bins out of reach of rounding.
    bins = np.floor((times_s - first_s[trial]) / step_s + 1e-6).astype(np.int64)
    kept = (begun >= 0) & (times_s < stop_s[trial]) & (bins >= 0) & (bins < n_bins)
    return trial[kept], bins[kept], unit[kept]
