"""How much the activity of units depends on a label: a test, and an effect size free of bias."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from mirror_sim.base.arguments import checked_arguments


@dataclass(frozen=True, kw_only=True, eq=False)
class OneWay:
    """The tests of `one_way`, one entry a unit.

    Parameters
    ----------
    p : float array, shape (n_units,)
        P values of the effect of the label.
    omega_squared : float array, shape (n_units,)
        Share of the variance over trials that the label explains, less what it would explain by
        chance: it does not grow with the number of trials, and is around 0 (also below) without
        an effect.
    """

    p: np.ndarray
    omega_squared: np.ndarray


@checked_arguments()
def one_way(
    values: np.ndarray,
    label: Sequence[Any] | np.ndarray,
    *,
    within: Sequence[Any] | np.ndarray | None = None,
) -> OneWay:
    """Test every unit for an effect of the trial's label by a one-way analysis of variance.

    Parameters
    ----------
    values : float array, shape (n_trials, n_units)
        One number a trial, such as a change of rate.
    label : array, shape (n_trials,)
        Two labels or more, of which some have two trials or more.
    within : array, shape (n_trials,), optional
        A coarser label. The effect is then that of the labels which share one of these, beyond
        what the coarser label explains; the unit of variance stays that over all trials.

    Returns
    -------
    OneWay
        Where a unit never varies, p is 1 and omega squared 0; where it varies between labels and
        never within one, p is 0.

    Raises
    ------
    ValueError
        If shapes disagree, a value is not finite, there are fewer than two labels, no label has
        two trials, or no two labels share a coarser one.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> values = rng.normal(size=(60, 2))
    >>> values[:20, 0] += 3.0  # the first unit prefers a label
    >>> test = one_way(values, np.repeat(["a", "b", "c"], 20))
    >>> (test.p < 0.001).tolist(), bool(test.omega_squared[0] > 0.5)
    ([True, False], True)
    """
    values, label = _checked(values, np.asarray(label))
    names, group = np.unique(label, return_inverse=True)
    coarse = np.zeros(len(label), dtype=int)
    if within is not None:
        if len(within) != len(label):
            raise ValueError(
                f"one_way: within has {len(within)} entries and label {len(label)}; one a trial"
            )
        coarse = np.unique(np.asarray(within), return_inverse=True)[1]
        if len(np.unique(np.stack([group, coarse]), axis=1).T) > len(names):
            raise ValueError("one_way: a label has trials of several values of within")
    n_coarse = int(coarse.max()) + 1
    df, df_error = len(names) - n_coarse, len(label) - len(names)
    if df < 1 or df_error < 1:
        raise ValueError(
            f"one_way has {len(label)} trials of {len(names)} labels in {n_coarse} group(s); it "
            "needs two labels or more in a group, and two trials or more of a label"
        )
    centred = values - values.mean(axis=0)
    total = (centred**2).sum(axis=0)
    effect = _explained(centred, group) - _explained(centred, coarse)
    error = (total - _explained(centred, group)) / df_error
    # A sum of squares that is rounding error of the mean counts as none.
    smallest = 1e-20 * len(label) * (1 + (values**2).mean(axis=0))
    error = np.where(error < smallest, 0.0, error)
    effect = np.where(effect < smallest, 0.0, effect)
    none = np.where(effect > 0, np.inf, 0.0)
    ratio = np.where(error > 0, effect / df / np.where(error > 0, error, 1.0), none)
    whole = total + error
    omega = (effect - df * error) / np.where(whole > 0, whole, 1.0)
    return OneWay(p=special.fdtrc(df, df_error, ratio), omega_squared=omega)


def _checked(values: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or label.shape != values.shape[:1]:
        raise ValueError(
            f"one_way: values has shape {values.shape} and label {label.shape}; they must be "
            "(n_trials, n_units) and (n_trials,)"
        )
    if not np.isfinite(values).all():
        raise ValueError("one_way: values has entries that are not finite; leave such units out")
    return values, label


def _explained(centred: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the sum of squares of the groups' means, shape (n_units,)."""
    members = np.eye(group.max() + 1)[group]
    sums = members.T @ centred
    explained: np.ndarray = (sums**2 / members.sum(axis=0)[:, None]).sum(axis=0)
    return explained


@checked_arguments(n=(1, 10_000_000))
def equal_subsets(label: Sequence[Any] | np.ndarray, n: int) -> np.ndarray:
    """Part trials into sets that have so many trials of each label, in order.

    Parameters
    ----------
    label : array, shape (n_trials,)
    n : int
        Trials of each label in a set.

    Returns
    -------
    bool array, shape (n_sets, n_trials)
        As many sets as the rarest label fills; no trial is in two.

    Raises
    ------
    ValueError
        If a label has fewer trials.

    Examples
    --------
    >>> equal_subsets(["a", "b", "a", "b", "b"], 1).astype(int)
    array([[1, 1, 0, 0, 0],
           [0, 0, 1, 1, 0]])
    """
    names, group, counts = np.unique(np.asarray(label), return_inverse=True, return_counts=True)
    if not len(names) or counts.min() < n:
        rarest = f"{counts.min()} of {str(names[counts.argmin()])!r}" if len(names) else "none"
        raise ValueError(f"equal_subsets needs {n} trials of each label; there are {rarest}")
    order = np.argsort(group, kind="stable")
    number = np.empty(len(group), dtype=int)
    number[order] = np.arange(len(group)) - np.repeat(np.cumsum(counts) - counts, counts)
    found: np.ndarray = number // n == np.arange(counts.min() // n)[:, None]
    return found
