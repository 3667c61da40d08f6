"""The numbers that a figure of a study shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Numbers:
    """Rows of a study, over its grown Subjects.

    Parameters
    ----------
    rows : dict of str to (float, float, float)
        By id: the mean, and both ends of its interval (NaN of one Subject).
    n_subjects : int

    Examples
    --------
    >>> found = Numbers(rows={"mirror.8": (20.0, 15.0, 26.0)}, n_subjects=4)
    >>> found.value("mirror.8"), found.trial_counts("mirror"), found.who
    (20.0, [8], '4 Subjects')
    """

    rows: Mapping[str, tuple[float, float, float]]
    n_subjects: int

    def of(self, names: Sequence[str]) -> np.ndarray:
        """Return means and intervals of some rows, shape (n_rows, 3); NaN of those not there."""
        return np.array([self.rows.get(name, (np.nan,) * 3) for name in names]).reshape(-1, 3)

    def value(self, name: str) -> float:
        """Return a row's mean; NaN if it is not there."""
        return float(self.of([name])[0, 0])

    def trial_counts(self, row: str) -> list[int]:
        """Return the numbers of trials of which there is a row, ``"ROW.8"`` and so on."""
        found = [name.removeprefix(f"{row}.") for name in self.rows if name.startswith(f"{row}.")]
        return sorted(int(name) for name in found if name.isdigit())

    @property
    def who(self) -> str:
        """How many Subjects stand behind the rows, in words."""
        return "one Subject, an example" if self.n_subjects == 1 else f"{self.n_subjects} Subjects"
