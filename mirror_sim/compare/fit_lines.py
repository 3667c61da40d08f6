"""Where a linear model of every row expects the lowest cost, near the best setting.

A setting gives many numbers, and a search that sees their sum alone throws most of it away: which
way each row moves with each axis is soon known, if only near the best setting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import BayesianRidge

from mirror_sim.compare.fit_journal import Tried
from mirror_sim.compare.fit_plan import FitAxis
from mirror_sim.compare.fit_rows import Wanted, costs

SPREAD = 0.10
"""Of settings around the best one before the lines are known; 1 is the range of an axis."""
STEP = 0.15
"""How far from a known setting the lines are believed, on each axis."""
NEAR = 0.5
"""Settings so far from the best one (root mean square over axes) count e^(-1/2) in the lines."""
FAR = 3.0
"""Widths of its interval: a number farther off counts as so far, lest it bend a line."""
DRAWS = 8
"""Lines of each row over which the expected cost is taken."""
_FEWEST = 5


def to_unit(setting: Mapping[str, float], axes: Sequence[FitAxis]) -> np.ndarray:
    """Return where a setting lies in the ranges of the axes, 0 to 1; shape (n_axes,)."""
    low, high, values = (
        np.array([_scaled(number, axis) for number, axis in zip(numbers, axes, strict=True)])
        for numbers in (
            [axis.low for axis in axes],
            [axis.high for axis in axes],
            [setting[axis.label] for axis in axes],
        )
    )
    placed: np.ndarray = (values - low) / (high - low)
    return placed


def from_unit(place: np.ndarray, axes: Sequence[FitAxis]) -> dict[str, float]:
    """Return the setting at a place; the inverse of `to_unit`."""
    made = {}
    for axis, share in zip(axes, np.clip(place, 0.0, 1.0), strict=True):
        low, high = _scaled(axis.low, axis), _scaled(axis.high, axis)
        value = low + share * (high - low)
        number = float(np.exp(value)) if axis.log else float(value)
        made[axis.label] = min(max(number, axis.low), axis.high)
    return made


def _scaled(number: float, axis: FitAxis) -> float:
    return float(np.log(number)) if axis.log else float(number)


def proposed(
    tried: Sequence[Tried],
    axes: Sequence[FitAxis],
    wanted: Sequence[Wanted],
    origin: Mapping[str, float],
    rngs: Sequence[np.random.Generator],
) -> list[dict[str, float]]:
    """Return settings worth to be tried.

    Each row is a line over the axes (Bayesian ridge regression), fitted to what was tried, near
    settings first. What lines drawn from their posterior cost on the average is the expected cost:
    it weighs both where the rows lie and how sure that is. Each setting is where this is lowest,
    within `STEP` of the known setting of which the lowest cost is expected: what was measured there
    may have been luck. Each has draws of its own, so settings differ by what is not known yet.
    Before there are as many settings as axes, each is near the one that was measured best.

    Parameters
    ----------
    tried : sequence of Tried
        All of the batches before.
    axes, wanted
    origin : mapping of str to float
        The start.
    rngs : sequence of numpy.random.Generator
        One for each setting.
    """
    known = [entry for entry in tried if entry.found]
    places = np.array([to_unit(entry.setting, axes) for entry in known] or [to_unit(origin, axes)])
    best = places[np.argmin([entry.first_cost for entry in known])] if known else places[0]
    if len(known) < len(axes):
        return [from_unit(best + SPREAD * rng.standard_normal(len(axes)), axes) for rng in rngs]
    near = np.exp(-np.mean((places - best) ** 2, axis=1) / (2.0 * NEAR**2))
    middle = np.average(places, axis=0, weights=near)
    lines = {row.id: _line(places - middle, near, known, row) for row in wanted}
    lowest = [_lowest(lines, places - middle, middle, wanted, rng) for rng in rngs]
    return [from_unit(place, axes) for place in lowest]


@dataclass(frozen=True)
class _Line:
    """A row: its height in the middle of the settings; its slopes' mean and covariance."""

    height: float
    slopes: np.ndarray
    covariance: np.ndarray

    def drawn(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw slopes; shape (n, n_axes)."""
        return rng.multivariate_normal(self.slopes, self.covariance, size=n, method="eigh")


def _line(off: np.ndarray, near: np.ndarray, known: Sequence[Tried], row: Wanted) -> _Line:
    """Fit a line to a row; `off` is where the settings lie, seen from their middle."""
    low, high = row.low - FAR * (row.high - row.low), row.high + FAR * (row.high - row.low)
    numbers = np.clip([entry.found[row.id] for entry in known], low, high)
    there = np.isfinite(numbers)
    if there.sum() < _FEWEST:
        n = off.shape[1]
        return _Line(np.nan, np.zeros(n), np.zeros((n, n)))
    size = float(numbers[there].std()) or 1.0
    model = BayesianRidge().fit(off[there], numbers[there] / size, near[there])
    return _Line(float(model.intercept_) * size, model.coef_ * size, model.sigma_ * size**2)


def _lowest(
    lines: Mapping[str, _Line],
    off: np.ndarray,
    middle: np.ndarray,
    wanted: Sequence[Wanted],
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the place where the lowest cost is expected, by lines drawn anew."""
    drawn = {name: line.drawn(DRAWS, rng) for name, line in lines.items()}

    def expected(off: np.ndarray) -> np.ndarray:
        numbers = {name: lines[name].height + slopes @ off for name, slopes in drawn.items()}
        return costs(wanted, numbers).mean(axis=0)

    centre = off[np.argmin(expected(off.T))]
    bounds = np.column_stack(
        [np.maximum(centre - STEP, -middle), np.minimum(centre + STEP, 1.0 - middle)]
    )
    begin = np.clip(centre + 0.3 * STEP * rng.standard_normal(len(centre)), *bounds.T)
    found = minimize(expected, begin, method="L-BFGS-B", bounds=bounds, options={"maxiter": 30})
    place: np.ndarray = middle + found.x
    return place
