"""How far two classifications of the same units agree, and what chance would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mirror_sim.base.arguments import checked_arguments


@dataclass(frozen=True, kw_only=True, eq=False)
class Agreement:
    """What `class_agreement` found.

    Parameters
    ----------
    table : DataFrame
        Number of units by their first class (rows) and second (columns), all classes in both.
    same : float
        Share of units with the same class twice; NaN without units.
    expected : float
        The share that independent classes with these margins would have.
    """

    table: pd.DataFrame
    same: float
    expected: float

    @property
    def kappa(self) -> float:
        """Cohen's kappa: 1 for full agreement, 0 for that of chance.

        NaN where all units are in one class both times.
        """
        if not self.expected < 1:
            return float("nan")
        return (self.same - self.expected) / (1 - self.expected)


@checked_arguments()
def class_agreement(
    first: Sequence[Any] | np.ndarray, second: Sequence[Any] | np.ndarray
) -> Agreement:
    """Compare two classifications of the same units, in the same order.

    Parameters
    ----------
    first, second : array, shape (n_units,)
        The classes: texts or truth values.

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        If they are of unequal length.

    Examples
    --------
    >>> found = class_agreement([True, True, False, False], [True, False, False, False])
    >>> found.same, found.expected, found.kappa
    (0.75, 0.5, 0.5)
    """
    first, second = np.asarray(first), np.asarray(second)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(
            f"class_agreement: the classes have shapes {first.shape} and {second.shape}; they must "
            "be of one length"
        )
    names, code = np.unique(np.concatenate([first, second]), return_inverse=True)
    counts = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(counts, (code[: len(first)], code[len(first) :]), 1)
    table = pd.DataFrame(counts, index=names, columns=names)
    n = len(first)
    if not n:
        return Agreement(table=table, same=float("nan"), expected=float("nan"))
    expected = float(counts.sum(axis=0) @ counts.sum(axis=1)) / n**2
    return Agreement(table=table, same=float(np.trace(counts)) / n, expected=expected)
