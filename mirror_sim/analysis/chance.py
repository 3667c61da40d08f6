"""What chance alone would give: null distributions, and intervals over Subjects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from mirror_sim.analysis.congruence import profile_match
from mirror_sim.analysis.shapes import check_same_shape
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.records import checked_value

N_PERMUTATIONS = 2000
N_BOOTSTRAP = 5000
# How far above chance, in standard errors, is found 8 times in 10 at the two-sided 5 % level.
DETECTABLE_SD = float(special.ndtri(0.975) + special.ndtri(0.8))


@dataclass(frozen=True)
class Chance:
    """A measure beside its null distribution.

    Attributes
    ----------
    value : float
        The measure.
    expected, low, high : float
        Mean and 95 % interval of the null distribution.
    p : float
        Share of the null at or above the value, one-sided.
    detectable : float
        The smallest excess over chance that would have been found with power 0.8.
    """

    value: float
    expected: float
    low: float
    high: float
    p: float
    detectable: float

    @property
    def excess(self) -> float:
        """Value minus its expectation under chance."""
        return self.value - self.expected


def against(value: float, null: np.ndarray) -> Chance:
    """Place a measure in its null distribution, float array, shape (n,).

    Of a measure that is NaN, as without any unit, chance is NaN.

    Examples
    --------
    >>> against(2.0, np.arange(5.0)).expected
    2.0
    """
    measure = checked_value(value, np.ndarray, "against: value")
    if measure.ndim:
        raise ValueError(f"against: value has shape {measure.shape}; it must be one number")
    value = float(measure)
    null = checked_value(null, np.ndarray, "against: null")
    if not np.isfinite(value) or not np.isfinite(null).all():
        return Chance(value, *([float("nan")] * 5))
    low, high = np.percentile(null, [2.5, 97.5])
    p = (1 + np.sum(null >= value)) / (1 + len(null))
    detectable = DETECTABLE_SD * float(null.std())
    return Chance(value, float(null.mean()), float(low), float(high), float(p), detectable)


@checked_arguments(n=(1, 10_000_000))
def overlap(
    executed: np.ndarray,
    observed: np.ndarray,
    *,
    rng: np.random.Generator,
    baseline_hz: np.ndarray | None = None,
    n: int = N_PERMUTATIONS,
) -> Chance:
    """Compare the share of units that respond in both contexts with that of permuted units.

    Parameters
    ----------
    executed, observed : bool arrays, shape (n_units,)
        Whether a unit is facilitated in each context.
    rng : numpy.random.Generator
    baseline_hz : float array, shape (n_units,), optional
        If given, units are permuted within quartiles of it: what a shared baseline alone explains
        is then part of chance.
    n : int
        Permutations.

    Returns
    -------
    Chance
        Of the share; without `baseline_hz` its expectation is the product of the margins.

    Examples
    --------
    >>> own = np.arange(100) < 50
    >>> overlap(own, own, rng=np.random.default_rng(1)).value
    0.5
    """
    executed, observed = np.asarray(executed, dtype=bool), np.asarray(observed, dtype=bool)
    check_same_shape("overlap", 1, executed=executed, observed=observed)
    group = np.zeros(len(executed), dtype=int)
    if baseline_hz is not None:
        edges = np.percentile(baseline_hz, [25, 50, 75])
        group = np.searchsorted(edges, baseline_hz, side="right")
    null = np.empty(n)
    order = np.argsort(group, kind="stable")
    own, other, sorted_group = executed[order], observed[order], group[order]
    for k in range(n):
        shuffled = np.lexsort((rng.random(len(own)), sorted_group))
        null[k] = np.mean(own & other[shuffled])
    return against(float(np.mean(executed & observed)), null)


@checked_arguments(n=(1, 10_000_000))
def match(
    executed_hz: np.ndarray,
    observed_hz: np.ndarray,
    *,
    rng: np.random.Generator,
    n: int = N_PERMUTATIONS,
) -> Chance:
    """Compare `profile_match` with that of actions permuted within each unit.

    Parameters
    ----------
    executed_hz, observed_hz : float arrays, shape (n_units, n_actions)
    rng : numpy.random.Generator
    n : int
        Permutations.
    """
    check_same_shape("match", 2, executed_hz=executed_hz, observed_hz=observed_hz)
    value = profile_match(executed_hz, observed_hz)
    null = np.array(
        [profile_match(executed_hz, rng.permuted(observed_hz, axis=1)) for _ in range(n)]
    )
    return against(value, null)


@checked_arguments(n=(1, 10_000_000))
def match_strict(
    executed: np.ndarray,
    observed: np.ndarray,
    *,
    rng: np.random.Generator,
    n: int = N_PERMUTATIONS,
) -> Chance:
    """Compare the share of units with equal action sets with that of actions permuted within units.

    Parameters
    ----------
    executed, observed : bool arrays, shape (n_units, n_actions)
        Effective actions, in the same order. A unit with none in a context does not count.
    rng : numpy.random.Generator
    n : int
        Permutations.

    Returns
    -------
    Chance
        Of the share; NaN if no unit counts.

    Examples
    --------
    >>> own = np.eye(4, dtype=bool)  # each unit has an action of its own
    >>> match_strict(own, own, rng=np.random.default_rng(1)).value
    1.0
    """
    executed, observed = np.asarray(executed, dtype=bool), np.asarray(observed, dtype=bool)
    check_same_shape("match_strict", 2, executed=executed, observed=observed)
    counted = executed.any(axis=1) & observed.any(axis=1)
    if not counted.any():
        return Chance(*([float("nan")] * 6))
    own, other = executed[counted], observed[counted]
    # Permuting a unit's actions can make its sets equal only if they have one size k, and does so
    # once in as many ways as there are to choose k actions.
    size = own.sum(axis=1)
    equal = np.where(size == other.sum(axis=1), 1 / special.comb(own.shape[1], size), 0.0)
    null = (rng.random((n, len(own))) < equal).mean(axis=1)
    return against(float((own == other).all(axis=1).mean()), null)


@checked_arguments(n=(1, 10_000_000))
def correlation(
    first: np.ndarray, second: np.ndarray, *, rng: np.random.Generator, n: int = N_PERMUTATIONS
) -> Chance:
    """Compare a Pearson correlation with that of shuffled pairs.

    Parameters
    ----------
    first, second : float arrays, shape (n_pairs,)
    rng : numpy.random.Generator
    n : int
        Permutations.

    Returns
    -------
    Chance
        NaN with fewer than 3 pairs or if one of them never varies.

    Examples
    --------
    >>> numbers = np.arange(20.0)
    >>> correlation(numbers, numbers**2, rng=np.random.default_rng(1)).p < 0.001
    True
    """
    check_same_shape("correlation", 1, first=first, second=second)
    none = Chance(*([float("nan")] * 6))
    if len(first) < 3:
        return none
    own, other = (np.asarray(x, dtype=float) - np.mean(x) for x in (first, second))
    scale = float(np.sqrt((own @ own) * (other @ other)))
    if scale == 0:
        return none
    null = rng.permuted(np.tile(other, (n, 1)), axis=1) @ own / scale
    return against(float(own @ other) / scale, null)


@checked_arguments(n=(1, 10_000_000))
def bootstrap(
    values: np.ndarray, *, rng: np.random.Generator, n: int = N_BOOTSTRAP
) -> tuple[float, float, float]:
    """Return mean and 95 % interval of a number over Subjects, never over pooled units.

    Parameters
    ----------
    values : float array, shape (n_subjects,)
        NaN where a Subject has none.
    rng : numpy.random.Generator
    n : int
        Bootstrap samples.

    Returns
    -------
    mean, low, high : float
        The interval is NaN with fewer than two Subjects.
    """
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return (float(values.mean()) if len(values) else float("nan")), float("nan"), float("nan")
    means = values[rng.integers(len(values), size=(n, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


@dataclass(frozen=True)
class Difference:
    """A paired difference over Subjects.

    Attributes
    ----------
    mean, low, high : float
        With its 95 % bootstrap interval, NaN with fewer than two Subjects.
    detectable : float
        The smallest difference that would have been found with power 0.8, from the spread over
        Subjects and the t distribution; NaN with fewer than two.
    n : int
        Subjects in which both were measured.
    """

    mean: float
    low: float
    high: float
    detectable: float
    n: int


@checked_arguments(n=(1, 10_000_000))
def paired_difference(
    grown: np.ndarray, control: np.ndarray, *, rng: np.random.Generator, n: int = N_BOOTSTRAP
) -> Difference:
    """Compare Subjects with their own controls.

    Parameters
    ----------
    grown, control : float arrays, shape (n_subjects,)
        The same Subjects in the same order; NaN where a measure has no value.
    rng : numpy.random.Generator
    n : int
        Bootstrap samples.

    Returns
    -------
    Difference
        Of grown minus control.

    Raises
    ------
    ValueError
        If the numbers of Subjects differ.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> paired_difference(np.array([0.3, 0.4, 0.5]), np.array([0.1, 0.2, 0.3]), rng=rng).n
    3
    """
    grown, control = np.asarray(grown, dtype=float), np.asarray(control, dtype=float)
    if grown.shape != control.shape:
        raise ValueError(
            f"{len(grown)} grown Subjects but {len(control)} controls; pairs have one of each"
        )
    difference = grown - control
    difference = difference[np.isfinite(difference)]
    mean, low, high = bootstrap(difference, rng=rng, n=n)
    count = len(difference)
    if count < 2:
        return Difference(mean, low, high, float("nan"), count)
    # With few Subjects the normal quantiles of DETECTABLE_SD promise too much.
    quantiles = float(special.stdtrit(count - 1, 0.975) + special.stdtrit(count - 1, 0.8))
    error = float(difference.std(ddof=1)) / np.sqrt(count)
    return Difference(mean, low, high, float(quantiles * error), count)


@checked_arguments()
def wilson(count: int, total: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share, for a single Subject.

    Examples
    --------
    >>> tuple(round(100 * edge, 1) for edge in wilson(92, 532))
    (14.3, 20.7)
    """
    if not 0 <= count <= total or total < 1:
        raise ValueError(f"count is {count} and total {total}; count must be 0 to total, above 0")
    z = float(special.ndtri(0.975))
    share = count / total
    centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return float(centre - half), float(centre + half)


@checked_arguments()
def permuted_within(
    label: Sequence[Any] | np.ndarray,
    within: Sequence[Any] | np.ndarray,
    *,
    rng: np.random.Generator,
) -> np.ndarray:
    """Permute the labels of trials among those that share another label.

    Parameters
    ----------
    label, within : arrays, shape (n_trials,)
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (n_trials,)

    Examples
    --------
    >>> mixed = permuted_within(["a", "b", "c"], [1, 1, 2], rng=np.random.default_rng(1))
    >>> sorted(mixed[:2].tolist()), str(mixed[2])
    (['a', 'b'], 'c')
    """
    label, within = np.asarray(label), np.asarray(within)
    mixed = label.copy()
    for name in np.unique(within):
        own = np.flatnonzero(within == name)
        mixed[own] = label[rng.permutation(own)]
    return mixed
