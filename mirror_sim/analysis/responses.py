"""Which units respond to what, by presence or absence of a clear response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_fields, record
from mirror_sim.session.session import Session


@record
class ResponseCriteria:
    """What a clear response is.

    Parameters
    ----------
    alpha : float
        Level of the test against baseline, over all tests of a unit (Bonferroni).
    min_rate_hz : float
        Least mean rate of the higher of the two, spikes/s.
    min_ratio : float
        Least ratio of the higher to the lower.
    source : str
        Where the criteria come from.

    Raises
    ------
    ValueError
        If a field is of the wrong type or out of range.
    """

    alpha: float = 0.05
    min_rate_hz: float = 0.0
    min_ratio: float = 1.0
    source: str = ""

    def __post_init__(self) -> None:
        ranges = {"alpha": (0.0, 1.0), "min_rate_hz": (0.0, 1000.0), "min_ratio": (1.0, 100.0)}
        check_fields(self, "ResponseCriteria", ranges)


@checked_arguments()
def paired_p(task_hz: np.ndarray, baseline_hz: np.ndarray) -> np.ndarray:
    """Test rates of the same trials against each other: two-sided paired t on their square roots.

    The root makes the spread of a Poisson count independent of its mean; the test then keeps its
    level for few trials, low rates and windows of unequal length.

    Parameters
    ----------
    task_hz, baseline_hz : float array, shape (n_trials, ..., n_units)
        Spikes/s; NaN where a unit was not recorded, and the trial is not one of its own.

    Returns
    -------
    float array, shape (..., n_units)
        P values. Where the difference is the same in every trial, 1 if it is zero, else 0.

    Raises
    ------
    ValueError
        If there are fewer than two trials, or two in which a unit was recorded.
    """
    difference = np.sqrt(task_hz) - np.sqrt(baseline_hz)
    n_trials = np.isfinite(difference).sum(axis=0)
    if len(difference) < 2:
        raise ValueError(f"a paired test needs at least 2 trials; there is {len(difference)}")
    if (n_trials < 2).any():
        unit = np.argwhere(n_trials < 2)[0][-1]
        raise ValueError(
            f"a paired test needs at least 2 trials; unit row {unit} was recorded in fewer of "
            f"{len(difference)}; leave it out with Session.select"
        )
    mean = np.nanmean(difference, axis=0)
    error = np.nanstd(difference, axis=0, ddof=1) / np.sqrt(n_trials)
    constant = error < 1e-12
    t = np.abs(mean) / np.where(constant, 1.0, error)
    p: np.ndarray = 2 * special.stdtr(n_trials - 1, -t)
    return np.where(constant, np.where(np.abs(mean) < 1e-12, 1.0, 0.0), p)


@checked_arguments()
def clear_excitation(
    p: np.ndarray,
    task_hz: np.ndarray,
    baseline_hz: np.ndarray,
    criteria: ResponseCriteria,
    *,
    n_tests: int,
) -> np.ndarray:
    """Apply the criteria of a clear excitatory response to test results.

    Parameters
    ----------
    p : float array
        P values against baseline, not corrected.
    task_hz, baseline_hz : float array
        Mean rates, spikes/s; they broadcast with `p`.
    criteria : ResponseCriteria
    n_tests : int
        Number of tests made of the unit, epochs times labels (Bonferroni).

    Returns
    -------
    bool array
        p below alpha / n_tests, at least the least rate, and at least the least ratio to baseline.

    Examples
    --------
    >>> clear_excitation(np.array([1e-4, 1e-4, 0.02]), np.array([9.0, 7.0, 20.0]),
    ...                  np.array([5.0, 1.0, 5.0]), ResponseCriteria(min_rate_hz=8.0), n_tests=16)
    array([ True, False, False])
    """
    large = (task_hz >= criteria.min_rate_hz) & (task_hz >= criteria.min_ratio * baseline_hz)
    return np.logical_and(p < criteria.alpha / n_tests, large)


def _tests(
    rates: np.ndarray, labels: np.ndarray, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Test the epochs after the first against it, for the trials of every name.

    Returns p values (n_names, n_epochs - 1, n_units) and mean rates (n_names, n_epochs, n_units).
    """
    if rates.ndim != 3 or rates.shape[1] < 2 or len(labels) != len(rates):
        raise ValueError(
            f"rates has shape {rates.shape} and there are {len(labels)} labels; they must be "
            "(n_trials, n_epochs, n_units), with a baseline and one epoch or more, and n_trials"
        )
    if not len(names):
        raise ValueError("names is empty; there is no label to judge")
    p, means = [], []
    for name in names:
        own = rates[labels == name]
        if len(own) == 0:
            raise unknown("label", name, names_of(labels), where="the trials tested")
        # A unit's own trials are those of which it was recorded in all epochs.
        own = np.where(np.isnan(own).any(axis=1, keepdims=True), np.nan, own)
        try:
            p.append(paired_p(own[:, 1:], own[:, :1]))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        means.append(np.nanmean(own, axis=0))
    return np.stack(p), np.stack(means)


@checked_arguments()
def present_absent(
    rates: np.ndarray,
    labels: Sequence[Any] | np.ndarray,
    names: Sequence[str],
    criteria: ResponseCriteria,
    *,
    suppressed: bool = False,
) -> np.ndarray:
    """Judge every unit's response to every label present or absent, by a fixed rule.

    Present: in one epoch or more, a paired test against baseline (`paired_p`, Bonferroni over
    epochs and labels) and the mean rates meet the criteria.

    Parameters
    ----------
    rates : float array, shape (n_trials, n_epochs, n_units)
        Spikes/s, the baseline first; NaN where a unit was not recorded, which is then judged by
        the trials in which it was.
    labels : array of str, shape (n_trials,)
        What was done or shown in each trial.
    names : sequence of str
        The labels to judge; each must have at least two trials.
    criteria : ResponseCriteria
    suppressed : bool
        Ask for the opposite instead: the same rule with baseline and epoch changing places.

    Returns
    -------
    bool array, shape (n_units, n_names)

    Raises
    ------
    ValueError
        If a label has fewer than two trials or shapes do not fit.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> counts = rng.poisson([[[2.0], [2.0], [10.0]]], (10, 3, 1))  # fires in the last epoch
    >>> criteria = ResponseCriteria(min_rate_hz=5.0, min_ratio=2.0)
    >>> present_absent(counts / 0.5, np.full(10, "a"), ["a"], criteria)
    array([[ True]])
    """
    p, means = _tests(np.asarray(rates, dtype=float), np.asarray(labels), names)
    task, baseline = means[:, 1:], means[:, :1]
    high, low = (baseline, task) if suppressed else (task, baseline)
    n_tests = p.shape[0] * p.shape[1]
    return np.any(clear_excitation(p, high, low, criteria, n_tests=n_tests), axis=1).T


def names_of(labels: np.ndarray) -> list[str]:
    """Return the different labels, sorted."""
    return [str(name) for name in np.unique(labels)]


def unit_columns(session: Session) -> pd.DataFrame:
    """Return what a table of classed units starts with: who each unit is, and where it lies."""
    known = ["unit_id", "area", "population", "cell_type"]
    return session.units[[name for name in known if name in session.units]].copy()


@checked_arguments(alpha=(0.0, 1.0))
def fires_more(
    change_hz: np.ndarray, label: Sequence[Any] | np.ndarray, *, alpha: float = 0.05
) -> np.ndarray:
    """Test which units fire more than before, in the trials of at least one label.

    Wilcoxon's signed ranks, one-sided, at `alpha` over the number of labels.

    Parameters
    ----------
    change_hz : float array, shape (n_trials, n_units)
        Rate in each trial minus that before, spikes/s.
    label : array, shape (n_trials,)
        For example what was done.
    alpha : float

    Returns
    -------
    bool array, shape (n_units,)
        False where a unit never changes.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> change = rng.normal(size=(20, 2))
    >>> change[:10, 1] += 2.0  # the second unit answers one of two acts
    >>> fires_more(change, ["grasp"] * 10 + ["place"] * 10).tolist()
    [False, True]
    """
    label = np.asarray(label)
    names = np.unique(label)
    p = []
    for name in names:
        with np.errstate(invalid="ignore", divide="ignore"):
            test = stats.wilcoxon(
                change_hz[label == name], axis=0, alternative="greater", method="asymptotic"
            )
        p.append(np.nan_to_num(test.pvalue, nan=1.0))
    found: np.ndarray = np.min(p, axis=0) < alpha / len(names)
    return found
