"""How irregular and how independent the firing is in an epoch, such as a baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mirror_sim.analysis.epochs import Epoch, epoch_windows
from mirror_sim.analysis.rates import trial_groups
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.recorded import require_recorded
from mirror_sim.session.session import Session

MIN_RATE_HZ = 5.0
MIN_INTERVALS = 20


@checked_arguments()
def isi_cv(
    session: Session,
    start_s: np.ndarray,
    stop_s: np.ndarray,
    *,
    min_intervals: int = MIN_INTERVALS,
) -> np.ndarray:
    """Return the coefficient of variation of the intervals between spikes within windows.

    A short window hides long intervals, which alone would make firing look regular. So an interval
    that the end of its window cuts off counts as censored (Kaplan and Meier), and the longest ones
    as exponential.

    Parameters
    ----------
    session : Session
    start_s, stop_s : float arrays, shape (n_trials,)
        Windows in order of time, without overlap.
    min_intervals : int
        Whole intervals that a unit must have.

    Returns
    -------
    float array, shape (n_units,)
        NaN for a unit with fewer intervals.

    Raises
    ------
    ValueError
        If windows overlap, or a unit was not recorded throughout one.
    """
    early = np.flatnonzero(start_s[1:] < stop_s[:-1])
    if len(early):
        k = early[0] + 1
        raise ValueError(f"window {k} starts at {start_s[k]} s, before the one before it ends")
    require_recorded(session.counts(start_s, stop_s), "isi_cv")
    found = np.full(len(session.units), np.nan)
    for row in range(len(found)):
        length_s, whole = _intervals(session.spikes_of(row), start_s, stop_s)
        if whole.sum() >= min_intervals:
            found[row] = _cv(length_s, whole)
    return found


def _intervals(
    spikes_s: np.ndarray, start_s: np.ndarray, stop_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how long it is from each spike in a window to the next, and whether it ends there."""
    window = np.searchsorted(start_s, spikes_s, side="right") - 1
    inside = (window >= 0) & (spikes_s < stop_s[np.maximum(window, 0)])
    own, end_s = spikes_s[inside], stop_s[window[inside]]
    following = np.append(own[1:], np.inf)
    return np.minimum(following, end_s) - own, following < end_s


def _cv(length_s: np.ndarray, whole: np.ndarray) -> float:
    """Coefficient of variation of intervals, of which some are known only to be longer."""
    order = np.lexsort((~whole, length_s))
    x, event = np.append(0.0, length_s[order]), whole[order]
    survival = np.append(1.0, np.cumprod(1 - event / np.arange(len(event), 0, -1)))
    mean = np.sum(survival[:-1] * np.diff(x))
    square = np.sum(survival[:-1] * np.diff(x**2))
    rest = length_s.sum() / whole.sum()
    mean, square = mean + survival[-1] * rest, square + survival[-1] * (2 * x[-1] + 2 * rest) * rest
    return float(np.sqrt(max(square - mean**2, 0.0)) / mean)


def _residuals(counts: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, int]:
    """Take the mean of its group out of each trial; also return the degrees of freedom left."""
    n_of = np.bincount(group)
    mean = np.zeros((len(n_of), counts.shape[1]))
    np.add.at(mean, group, counts)
    mean /= np.maximum(n_of, 1)[:, None]
    return counts - mean[group], len(counts) - int(np.count_nonzero(n_of))


@checked_arguments()
def fano_factor(counts: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return variance over mean of spike counts, the variance within groups of trials.

    Parameters
    ----------
    counts : int array, shape (n_trials, n_units)
        In windows of one length.
    group : int array, shape (n_trials,)
        Number of each trial's group, 0 or more: trials of one condition.

    Returns
    -------
    float array, shape (n_units,)
        Unbiased within groups (ddof 1); NaN for a silent unit.

    Raises
    ------
    ValueError
        If no group has two trials, or a count is missing.

    Examples
    --------
    >>> fano_factor(np.array([[1], [3], [11], [13]]), np.array([0, 0, 1, 1])).round(3)
    array([0.286])
    """
    require_recorded(counts, "fano_factor")
    residual, df = _residuals(counts, group)
    if df < 1:
        raise ValueError(f"{len(counts)} trials in as many groups; a variance needs two in one")
    mean = counts.mean(axis=0)
    variance = (residual**2).sum(axis=0) / df
    return np.where(mean > 0, variance / np.where(mean > 0, mean, 1.0), np.nan)


@checked_arguments()
def pairwise_correlation(counts: np.ndarray, group: np.ndarray) -> float:
    """Return the mean correlation of spike counts over all pairs of units, within groups of trials.

    Parameters
    ----------
    counts, group
        As in `fano_factor`. Units whose count never varies are left out.

    Returns
    -------
    float
        NaN with fewer than two units.

    Examples
    --------
    >>> counts = np.array([[1, 2, 5], [2, 4, 4], [3, 6, 3]])
    >>> round(pairwise_correlation(counts, np.zeros(3, dtype=int)), 3)  # one 1, two -1
    -0.333
    """
    require_recorded(counts, "pairwise_correlation")
    residual, _ = _residuals(counts, group)
    norm = np.linalg.norm(residual, axis=0)
    unit = residual[:, norm > 1e-9] / norm[norm > 1e-9]
    n = unit.shape[1]
    if n < 2:
        return float("nan")
    # The sum of all correlations is the squared length of the sum of the normed residuals.
    return float(((unit.sum(axis=1) ** 2).sum() - n) / (n * (n - 1)))


@checked_arguments()
def baseline_variability(
    session: Session, baseline: Epoch, *, min_rate_hz: float = MIN_RATE_HZ
) -> pd.DataFrame:
    """Describe the firing of every area in an epoch in which nothing happens.

    Parameters
    ----------
    session : Session
    baseline : Epoch
        Of the same length in all trials.
    min_rate_hz : float
        Units above this rate are fast, spikes/s.

    Returns
    -------
    DataFrame
        One row an area, by name: n_units; mean_rate_hz, median_rate_hz, sd_over_mean of the
        units' rates; and, of the n_fast fast units, the means of isi_cv and fano and the
        pairwise_correlation (NaN where there are none).

    Raises
    ------
    ValueError
        If a trial has no such epoch, no condition has two trials, or a unit was not recorded in
        all of them.
    """
    start_s, stop_s = epoch_windows(session, baseline)
    counts = session.counts(start_s, stop_s)
    group, _ = trial_groups(session.trials, "condition")
    rate_hz = (counts / (stop_s - start_s)[:, None]).mean(axis=0)
    cv, fano = isi_cv(session, start_s, stop_s), fano_factor(counts, group)
    area = session.units["area"].to_numpy(dtype=str)
    rows = []
    for name in sorted(set(area)):
        own = area == name
        fast = own & (rate_hz > min_rate_hz)
        rate = rate_hz[own]
        rows.append(
            {
                "area": name,
                "n_units": int(own.sum()),
                "mean_rate_hz": float(rate.mean()),
                "median_rate_hz": float(np.median(rate)),
                "sd_over_mean": float(rate.std() / rate.mean()) if rate.any() else np.nan,
                "n_fast": int(fast.sum()),
                "isi_cv": _mean(cv[fast]),
                "fano": _mean(fano[fast]),
                "pairwise_correlation": pairwise_correlation(counts[:, fast], group),
            }
        )
    return pd.DataFrame(rows)


def _mean(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else float("nan")
