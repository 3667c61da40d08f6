"""Two-way analysis of variance of many units at once, with comparisons after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import special

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown

POSTHOCS = ("tukey-kramer", "bonferroni")


@dataclass(frozen=True, kw_only=True, eq=False)
class TwoWayAnova:
    """The tests of `two_way_anova`, one row a unit.

    Parameters
    ----------
    p_epoch, p_label, p_interaction : float array, shape (n_units,)
        P values of the effects.
    p_posthoc : float array, shape (n_units, n_labels, n_epochs - 1)
        P values of each epoch but the baseline, in order of time, against the baseline of the same
        label.
    change : float array, shape (n_units, n_labels, n_epochs - 1)
        Mean rate of the epoch minus that of the baseline, spikes/s, in the same order.
    labels : tuple of str
        The labels, in order.
    """

    p_epoch: np.ndarray
    p_label: np.ndarray
    p_interaction: np.ndarray
    p_posthoc: np.ndarray
    change: np.ndarray
    labels: tuple[str, ...]


@checked_arguments()
def two_way_anova(
    rates: np.ndarray,
    label: Sequence[Any] | np.ndarray,
    *,
    baseline: int = 0,
    posthoc: str = "tukey-kramer",
) -> TwoWayAnova:
    """Test every unit for effects of the epoch and of the trial's label on its rate.

    A two-way analysis of variance with interaction, every epoch of every trial one independent
    observation; sums of squares of type III under sum-to-zero contrasts, that is, hypotheses on
    the unweighted means of the cells. Labels may have different numbers of trials.

    Parameters
    ----------
    rates : float array, shape (n_trials, n_epochs, n_units)
        Spikes/s in two epochs or more; NaN where a unit was not recorded, which is then tested by
        the trials of which it was recorded in all epochs.
    label : array, shape (n_trials,)
        What tells the trials apart: two labels or more, of two trials or more each.
    baseline : int
        The epoch that the others are compared with.
    posthoc : {"tukey-kramer", "bonferroni"}
        How the comparisons with baseline are corrected: as part of all pairs of cell means, or for
        their own number, n_labels * (n_epochs - 1). Both use the error of the analysis of variance.

    Returns
    -------
    TwoWayAnova
        Labels sorted. Where a unit's rate never varies within a cell, an effect has p 1 if it is
        zero, else 0.

    Raises
    ------
    ValueError
        If shapes do not fit, a rate is infinite, there are fewer than two epochs or labels, a
        label has a single trial, there is no such baseline, or the correction is unknown.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rates = rng.poisson(5.0, (30, 4, 2)).astype(float)
    >>> rates[:, 1, 0] += 10  # the first unit fires in the second epoch
    >>> test = two_way_anova(rates, np.repeat(["a", "b", "c"], 10))
    >>> bool(test.p_epoch[0] < 1e-6), test.p_posthoc.shape
    (True, (2, 3, 3))
    """
    if posthoc not in POSTHOCS:
        raise unknown("post-hoc correction", posthoc, POSTHOCS, where="two_way_anova")
    rates, group, names = _checked(rates, np.asarray(label), baseline)
    missing = np.isnan(rates).any(axis=1)
    if missing.any():
        return _by_recorded_trials(rates, missing, np.array(names)[group], baseline, posthoc)
    n_labels, n_epochs = len(names), rates.shape[1]
    n_trials = np.bincount(group)
    means = np.stack([rates[group == g].mean(axis=0) for g in range(n_labels)])
    within = sum(((rates[group == g] - means[g]) ** 2).sum(axis=(0, 1)) for g in range(n_labels))
    df = (int(n_trials.sum()) - n_labels) * n_epochs
    error = np.asarray(within) / df
    # A sum of squares that is rounding error of the mean counts as none.
    error[error < 1e-20 * (1 + (rates**2).mean(axis=(0, 1)))] = 0.0
    p_epoch, p_label, p_interaction = _effects(means, n_trials, error, df)
    task = np.arange(n_epochs) != baseline
    change = np.moveaxis(means[:, task] - means[:, [baseline]], -1, 0)
    # Variance of a difference of two means; all epochs of a label have its number of trials.
    t = _ratio(np.abs(change), np.sqrt(error[:, None, None] * (2 / n_trials)[None, :, None]))
    if posthoc == "bonferroni":
        p_posthoc = np.minimum(1.0, n_labels * (n_epochs - 1) * 2 * special.stdtr(df, -t))
    else:
        p_posthoc = studentized_range_sf(np.sqrt(2) * t, n_labels * n_epochs, df)
    return TwoWayAnova(
        p_epoch=p_epoch,
        p_label=p_label,
        p_interaction=p_interaction,
        p_posthoc=p_posthoc,
        change=change,
        labels=names,
    )


def _checked(
    rates: np.ndarray, label: np.ndarray, baseline: int
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return the rates, the number of each trial's label, and the labels."""
    rates = np.asarray(rates, dtype=float)
    if rates.ndim != 3 or rates.shape[1] < 2 or len(label) != len(rates):
        raise ValueError(
            f"rates has shape {rates.shape} and label {len(label)} entries; they must be "
            "(n_trials, n_epochs, n_units), with two epochs or more, and n_trials"
        )
    if not 0 <= baseline < rates.shape[1]:
        raise ValueError(f"baseline is epoch {baseline}; valid: 0 to {rates.shape[1] - 1}")
    if np.isinf(rates).any():
        raise ValueError("rates has values that are infinite; is an epoch without duration?")
    names, group = np.unique(np.asarray(label), return_inverse=True)
    if len(names) < 2:
        found = [str(name) for name in names]
        raise ValueError(f"the analysis needs at least two labels; got {len(names)}: {found}")
    n_trials = np.bincount(group)
    if n_trials.min() < 2:
        raise ValueError(
            f"label {str(names[n_trials.argmin()])!r} has a single trial; the test needs at least "
            "two of each label"
        )
    return rates, group, tuple(str(name) for name in names)


def _by_recorded_trials(
    rates: np.ndarray, missing: np.ndarray, label: np.ndarray, baseline: int, posthoc: str
) -> TwoWayAnova:
    """Test each set of units that were recorded in the same trials by those trials."""
    patterns, which = np.unique(missing, axis=1, return_inverse=True)
    tests: dict[int, TwoWayAnova] = {}
    for k, pattern in enumerate(patterns.T):
        own = which.ravel() == k
        lost = sorted(set(np.unique(label)) - set(np.unique(label[~pattern])))
        try:
            if lost:
                raise ValueError(f"label {str(lost[0])!r} has no trial")
            part = rates[~pattern][:, :, own]
            tests[k] = two_way_anova(part, label[~pattern], baseline=baseline, posthoc=posthoc)
        except ValueError as error:
            raise ValueError(
                f"rates of unit row {np.flatnonzero(own)[0]}, in the trials in which it was "
                f"recorded: {error}; leave it out with Session.select"
            ) from error
    first = tests[0]
    joined = {}
    for name in ("p_epoch", "p_label", "p_interaction", "p_posthoc", "change"):
        values = np.empty((rates.shape[2], *getattr(first, name).shape[1:]))
        for k, test in tests.items():
            values[which.ravel() == k] = getattr(test, name)
        joined[name] = values
    return TwoWayAnova(**joined, labels=first.labels)


def _effects(
    means: np.ndarray, n_trials: np.ndarray, error: np.ndarray, df: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Test epoch, label and interaction by the means of all cells (n_labels, n_epochs, n_units)."""
    n_labels, n_epochs = means.shape[:2]
    labels, epochs = np.full((1, n_labels), 1 / n_labels), np.full((1, n_epochs), 1 / n_epochs)
    flat, n_cell = means.reshape(n_labels * n_epochs, -1), n_trials.repeat(n_epochs)
    p_epoch, p_label, p_interaction = (
        _p_of_contrasts(np.kron(over_labels, over_epochs), flat, n_cell, error, df)
        for over_labels, over_epochs in (
            (labels, _differences(n_epochs)),
            (_differences(n_labels), epochs),
            (_differences(n_labels), _differences(n_epochs)),
        )
    )
    return p_epoch, p_label, p_interaction


def _differences(n_levels: int) -> np.ndarray:
    """Contrasts of each level with the last, shape (n_levels - 1, n_levels)."""
    return np.hstack([np.eye(n_levels - 1), -np.ones((n_levels - 1, 1))])


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide; 0 where both are zero, infinite where only the denominator is."""
    safe = np.where(denominator > 0, denominator, 1.0)
    at_zero = np.where(numerator > 1e-9, np.inf, 0.0)
    return np.where(denominator > 0, numerator / safe, at_zero)


def _p_of_contrasts(
    contrasts: np.ndarray, means: np.ndarray, n_cell: np.ndarray, error: np.ndarray, df: int
) -> np.ndarray:
    """F test that some contrasts of the cell means, shape (n_contrasts, n_cells), are all zero."""
    effect = contrasts @ means
    spread = (contrasts / n_cell) @ contrasts.T
    mean_square = np.einsum("iu,iu->u", effect, np.linalg.solve(spread, effect)) / len(contrasts)
    p: np.ndarray = special.fdtrc(len(contrasts), df, _ratio(mean_square, error))
    return p


@lru_cache(maxsize=4)
def _range_table(n_groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Log survival function of the range of `n_groups` standard normals, on a grid of ranges."""
    widths = np.linspace(0.0, 60.0, 3001)
    z = np.linspace(-9.0, 42.0, 1021)
    upper = special.ndtr(z)
    share = special.ndtr(z - widths[:, None]) / upper
    # P(range > w) = k * integral of phi(z) (Phi(z)^(k-1) - (Phi(z) - Phi(z-w))^(k-1)); written
    # with expm1 so that small tails keep their digits. The trapezoid rule is exact enough here.
    power = n_groups - 1
    with np.errstate(divide="ignore"):
        lost = -np.expm1(power * np.log1p(-np.minimum(share, 1.0)))
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    tail = n_groups * (density * upper**power * lost).sum(axis=1) * (z[1] - z[0])
    with np.errstate(divide="ignore"):
        return widths, np.log(np.minimum(tail, 1.0))


def studentized_range_sf(q: np.ndarray, n_groups: int, df: int) -> np.ndarray:
    """Return the survival function of the studentized range, of any shape, fast.

    Parameters
    ----------
    q : float array
        Studentized ranges, 0 or more; infinite gives 0.
    n_groups : int
        Number of means compared, at least 2.
    df : int
        Degrees of freedom of the error, at least 1.

    Returns
    -------
    float array, shape of `q`
        Relative error under 1e-4 for p above 1e-12.

    Examples
    --------
    >>> round(float(studentized_range_sf(np.array([4.1]), 6, 60)[0]), 3)
    0.056
    """
    q = np.asarray(q, dtype=float)
    finite = np.isfinite(q)
    flat = q[finite][:, None]
    widths, log_tail = _range_table(n_groups)
    # Integrate over t = log(s), s the estimated over the true standard deviation. For large q the
    # weight lies where s is small, around `peak`; the grid spans both it and t = 0.
    spread = 1 / np.sqrt(2 * df)
    peak = -0.5 * np.log1p(flat**2 / (2 * df))
    low, high = peak - 10 * spread, 8 * spread
    unit = np.linspace(0.0, 1.0, 201)
    t = low + (high - low) * unit
    log_density = (
        np.log(2)
        + df / 2 * np.log(df / 2)
        - special.gammaln(df / 2)
        + df * t
        - df / 2 * np.exp(2 * t)
    )
    log_value = log_density + np.interp(flat * np.exp(t), widths, log_tail)
    out = np.zeros(q.shape)
    total = np.exp(log_value).sum(axis=1) * (high - low)[:, 0] / (len(unit) - 1)
    out[finite] = np.minimum(total, 1.0)
    return out
