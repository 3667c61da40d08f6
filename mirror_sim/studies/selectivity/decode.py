"""Which act it was, decoded from single trials of equal numbers of units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mirror_sim.analysis import chance
from mirror_sim.analysis.decoding import cross_decoding, permuted_decoding, standardised_within
from mirror_sim.studies.selectivity.day import CONTEXTS, Day

PAIRS = {
    "executed": ("executed", "executed"),
    "observed": ("observed", "observed"),
    "across": ("executed", "observed"),
    "back": ("observed", "executed"),
}
"""The contexts of training and test."""

MOST_UNITS = 100
N_DRAWS = 5
N_FOLDS = 8
N_RESAMPLES = 4
N_PERMUTATIONS = 40

Score = Callable[..., dict[tuple[str, str], Any]]
"""From activity, acts and contexts of trials, by contexts of training and test."""


def decoded(day: Day, *, seed: int) -> dict[str, float]:
    """Return the share of correct trials (%) by area, and the chance of permuted acts.

    Parameters
    ----------
    day : Day
    seed : int
        Of the units that are drawn, the parts of the trials and the permutations.

    Returns
    -------
    dict of str to float
        Of each pair of contexts, ``decode.observed.F5`` and so on, with the ends of its chance,
        ``.low`` and ``.high``, and what it is above its mean, ``.excess``; ``decode.across_raw``,
        without taking each unit's mean out of the contexts; and ``decode.same_object``, acts on
        one object, seen.
    """
    found: dict[str, float] = {}
    for area in day.areas:
        value, null = correct(day, area, seed=seed), permuted(day, area, seed=seed)
        for name in value:
            judged = chance.against(100 * value[name], 100 * null[name])
            row = f"decode.{name}.{area}"
            found |= {row: judged.value, f"{row}.low": judged.low, f"{row}.high": judged.high}
            found[f"{row}.excess"] = judged.excess
    return found


def correct(
    day: Day, area: str, *, seed: int, trials: np.ndarray | None = None
) -> dict[str, float]:
    """Return the share of correct trials of each decoding, the mean over draws of units."""

    def score(*trials_of: np.ndarray, n_folds: int) -> dict[tuple[str, str], float]:
        rng = np.random.default_rng([seed, 43])
        found = cross_decoding(*trials_of, rng=rng, n_folds=n_folds, n_resamples=N_RESAMPLES)
        return {pair: float(values[0]) for pair, values in found.items()}

    return _over_draws(day, area, score, seed=seed, trials=trials)


def permuted(day: Day, area: str, *, seed: int) -> dict[str, np.ndarray]:
    """Return the same for permuted acts, float arrays, shape (n,).

    Within a context the acts of trials are permuted; across contexts, which act is which.
    """

    def score(*trials_of: np.ndarray, n_folds: int) -> dict[tuple[str, str], np.ndarray]:
        # The same permutations for each draw of units, over which the mean is taken.
        trials, acts = (
            permuted_decoding(
                *trials_of,
                rng=np.random.default_rng([seed, 47]),
                n_folds=n_folds,
                n=N_PERMUTATIONS,
                names=names,
            )
            for names in (False, True)
        )
        return {pair: (trials if pair[0] == pair[1] else acts)[pair][:, 0] for pair in trials}

    return _over_draws(day, area, score, seed=seed)


def _over_draws(
    day: Day, area: str, score: Score, *, seed: int, trials: np.ndarray | None = None
) -> dict[str, Any]:
    """Average scores over draws of as many units as the smallest area has."""
    moving = np.isin(day.condition, list(CONTEXTS.values()))
    chosen = np.flatnonzero(moving if trials is None else moving & trials)
    context = np.where(day.of("executed")[chosen], "executed", "observed")
    act, thing = day.act[chosen], day.thing[chosen]
    n_folds = min(N_FOLDS, int(np.unique(day.kind[chosen], return_counts=True)[1].min()))
    n_units = min(MOST_UNITS, *(len(day.units[name]) for name in day.areas))
    rng = np.random.default_rng([seed, 41])
    totals: dict[str, Any] = {}
    for _ in range(N_DRAWS):
        units = rng.permutation(day.units[area])[:n_units]
        raw = day.change_hz[chosen][:, None, units]
        of = score(standardised_within(raw, context), act, context, n_folds=n_folds)
        found = {name: of[pair] for name, pair in PAIRS.items()}
        overall = standardised_within(raw, np.full(len(act), "both"))
        found["across_raw"] = score(overall, act, context, n_folds=n_folds)[PAIRS["across"]]
        found["same_object"] = np.mean(
            [
                score(
                    standardised_within(raw[own], context[own]),
                    act[own],
                    context[own],
                    n_folds=n_folds,
                )[PAIRS["observed"]]
                for own in _seen_with_one_object(act, context, thing)
            ],
            axis=0,
        )
        for name, value in found.items():
            totals[name] = totals.get(name, 0.0) + value / N_DRAWS
    return totals


def _seen_with_one_object(
    act: np.ndarray, context: np.ndarray, thing: np.ndarray
) -> list[np.ndarray]:
    """Return which trials show an act on an object, for each object of several acts."""
    of_things = [(context == "observed") & (thing == name) for name in np.unique(thing)]
    return [own for own in of_things if len(np.unique(act[own])) > 1]
