"""By which rows a fit judges a setting, and what each costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mirror_sim.base.errors import unknown
from mirror_sim.compare.fit_plan import FitPlan
from mirror_sim.compare.runs import Row
from mirror_sim.studies.study import Study

FARTHEST = 20.0
"""Half widths: no row is further away, and one without a number is as far."""

_ROLES = ("calibrate", "sanity")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A row that is to be somewhere.

    Attributes
    ----------
    id : str
    role : str
        "calibrate", "sanity" or "aim".
    value, low, high : float
        As published; the value of an aim is NaN.
    weight : float
    """

    id: str
    role: str
    value: float
    low: float
    high: float
    weight: float = 1.0

    def distance(self, number: ArrayLike) -> np.ndarray:
        """Return how far away numbers are, in half widths of the interval; below 0 if too small.

        From the published value, on the side of the interval where the number lies; where only a
        range is wanted (roles "sanity" and "aim"), 0 within it.
        """
        numbers = np.asarray(number, dtype=float)
        if self.role == "calibrate":
            off = numbers - self.value
            half = np.where(off > 0, self.high - self.value, self.value - self.low)
            half = np.where(half > 0, half, self.high - self.low)  # a value at an end of it
        else:
            off = numbers - np.clip(numbers, self.low, self.high)
            half = np.array((self.high - self.low) / 2)
        return np.clip(off / half, -FARTHEST, FARTHEST)

    def cost(self, number: ArrayLike) -> np.ndarray:
        """Return what numbers cost: the squared distance up to 1, beyond it linear (Huber)."""
        distance = np.abs(self.distance(number))
        distance = np.where(np.isfinite(distance), distance, FARTHEST)
        return self.weight * np.where(distance <= 1, distance**2, 2 * distance - 1)

    def inside(self, number: float) -> bool:
        """Return whether a number lies in the interval."""
        return bool(self.low <= number <= self.high)


def wanted_rows(plan: FitPlan, study: Study) -> tuple[Wanted, ...]:
    """Return the rows that a plan names, those of the targets first.

    Raises
    ------
    ValueError
        If one has nothing to be compared with, is to be predicted, or none is left.
    """
    table = study.published()
    published: dict[str, Any] = {
        row["id"]: row for row in table[table["role"] != ""].to_dict("records")
    }
    chosen: dict[str, None] = {}
    for name in plan.rows:
        if name in _ROLES:
            chosen |= dict.fromkeys(k for k, row in published.items() if row["role"] == name)
        else:
            chosen[name] = None
    for name in chosen:
        _check_row(name, published, study)
    for name in plan.aims:
        if name in published:
            raise ValueError(f"aims: {name} has a published number, which no aim can replace")
    found = [_wanted(k, str(published[k]["role"]), published[k], plan) for k in chosen]
    for name, (low, high) in plan.aims.items():
        found.append(_wanted(name, "aim", {"value": np.nan, "low": low, "high": high}, plan))
    ids = [row.id for row in found]
    for name in plan.weights:
        if name not in ids:
            raise unknown("row", name, ids, where="weights")
    if not any(row.weight for row in found):
        raise ValueError(
            f"the fit has no rows: study {study.name!r} publishes none of {', '.join(plan.rows)}, "
            "and there are no aims"
        )
    return tuple(found)


def _wanted(name: str, role: str, numbers: Mapping[str, float], plan: FitPlan) -> Wanted:
    value, low, high = (float(numbers[column]) for column in ("value", "low", "high"))
    weight = float(plan.weights.get(name, 1.0))
    return Wanted(id=name, role=role, value=value, low=low, high=high, weight=weight)


def _check_row(name: str, published: Mapping[str, Any], study: Study) -> None:
    role = published.get(name, {}).get("role")
    if role == "predict":
        raise ValueError(
            f"rows: {name} of study {study.name!r} is to be predicted, so no fit may look at it"
        )
    if role is None:
        known = [k for k, row in published.items() if row["role"] in _ROLES]
        raise unknown("published row", name, [*_ROLES, *known], where="rows; aims take any other")


def means(wanted: Sequence[Wanted], rows: Sequence[Row]) -> dict[str, float]:
    """Return each row's mean over the Subjects that have the number; NaN if none has."""
    table = pd.DataFrame(list(rows), columns=[row.id for row in wanted], dtype=float)
    return {str(name): float(value) for name, value in table.mean().items()}


def cost(wanted: Sequence[Wanted], found: Mapping[str, float]) -> float:
    """Return what a setting costs: the mean over calibrate rows, plus all ranges that are left."""
    return float(costs(wanted, found))


def costs(wanted: Sequence[Wanted], found: Mapping[str, ArrayLike]) -> np.ndarray:
    """Return what several settings cost; each row's numbers in the same order.

    Parameters
    ----------
    wanted : sequence of Wanted
    found : mapping of str to array_like
        By the rows' ids; of one shape.
    """
    paid = {row.id: row.cost(found[row.id]) for row in wanted}
    published = [row for row in wanted if row.role == "calibrate"]
    total = sum(row.weight for row in published)
    mean = sum(paid[row.id] for row in published) / total if total else 0.0
    return np.asarray(mean + sum(paid[row.id] for row in wanted if row.role != "calibrate"))


def largest(wanted: Sequence[Wanted]) -> float:
    """Return what a setting costs that gives no number at all."""
    return cost(wanted, dict.fromkeys((row.id for row in wanted), float("nan")))
