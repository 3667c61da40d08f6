"""Where a linear model of every row expects the lowest cost, near the best setting.

A setting gives many numbers, and a search that sees their sum alone throws most of it away: which
way each row moves with each axis is soon known, if only near the best setting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import BayesianRidge

from mirror_sim.compare.fit_journal import Tried
from mirror_sim.compare.fit_plan import FitAxis
from mirror_sim.compare.fit_rows import Wanted, cost

SPREAD = 0.10
"""Of the settings around the best one before the lines are known; 1 is the range of an axis."""
STEP = 0.15
"""How far from the best setting the lines are believed, on each axis."""
NEAR = 0.5
"""Settings so far from the best one (root mean square over axes) count e^(-1/2) in the lines."""
FAR = 3.0
"""Widths of its interval: a number farther off counts as so far, lest it bend a line."""
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
    rng: np.random.Generator,
) -> dict[str, float]:
    """Return a setting worth to be tried.

    Each row is a line over the axes (Bayesian ridge regression), fitted to what was tried, near
    settings first. One draw from the lines' posterior says where within `STEP` of the best setting
    the cost is lowest; the next draw says something else, where little is known yet. Before there
    are as many settings as axes it is one near the best.

    Parameters
    ----------
    tried : sequence of Tried
        All of the batches before.
    axes, wanted
    origin : mapping of str to float
        The start.
    rng : numpy.random.Generator
    """
    known = [entry for entry in tried if entry.found]
    if not known:
        return from_unit(to_unit(origin, axes) + SPREAD * rng.standard_normal(len(axes)), axes)
    best = min(known, key=lambda entry: entry.first_cost)
    centre = to_unit(best.setting, axes)
    if len(known) < len(axes):
        return from_unit(centre + SPREAD * rng.standard_normal(len(axes)), axes)
    places = np.stack([to_unit(entry.setting, axes) for entry in known]) - centre
    lines = _lines(places, known, wanted, rng)
    bounds = [(max(-STEP, -at), min(STEP, 1.0 - at)) for at in centre]

    def expected(step: np.ndarray) -> float:
        return cost(wanted, {name: at + slope @ step for name, (at, slope) in lines.items()})

    begin = np.clip(0.3 * STEP * rng.standard_normal(len(axes)), *np.array(bounds).T)
    found = minimize(expected, begin, method="L-BFGS-B", bounds=bounds, options={"maxiter": 30})
    return from_unit(centre + found.x, axes)


def _lines(
    places: np.ndarray, known: Sequence[Tried], wanted: Sequence[Wanted], rng: np.random.Generator
) -> dict[str, tuple[float, np.ndarray]]:
    """Draw a line for each row: its height at the best setting and its slopes."""
    near = np.exp(-np.mean(places**2, axis=1) / (2.0 * NEAR**2))
    drawn = {}
    for row in wanted:
        low, high = row.low - FAR * (row.high - row.low), row.high + FAR * (row.high - row.low)
        numbers = np.clip([entry.found[row.id] for entry in known], low, high)
        there = np.isfinite(numbers)
        if there.sum() < _FEWEST:
            drawn[row.id] = (np.nan, np.zeros(places.shape[1]))
            continue
        size = float(numbers[there].std()) or 1.0
        model = BayesianRidge().fit(places[there], numbers[there] / size, near[there])
        slope = rng.multivariate_normal(model.coef_, model.sigma_, method="eigh")
        drawn[row.id] = (float(model.intercept_) * size, slope * size)
    return drawn
