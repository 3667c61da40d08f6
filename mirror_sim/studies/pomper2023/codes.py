"""Which bins tell acts apart, and three ways in which both contexts may share a code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from mirror_sim.analysis import chance
from mirror_sim.analysis.decoding import cross_decoding, permuted_decoding, standardised_within
from mirror_sim.analysis.population import percent
from mirror_sim.studies.pomper2023.recording import AREA, Recording
from mirror_sim.studies.pomper2023.task import CONTEXTS

ALPHA = 0.05
N_CHANCE = 5
N_PAIRINGS = 200
N_BOOTSTRAP = 1000
SURE = 0.95
N_FOLDS = 8
N_RESAMPLES = 4
N_PERMUTATIONS = 40


def coding(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return the share of unit-bins that tell the acts apart, by area and context.

    ``.chance`` is what the same test finds where the acts of trials were permuted.
    """
    rng = np.random.default_rng([seed, 59])
    mixed = [_permuted_acts(recording, rng) for _ in range(N_CHANCE)]
    found: dict[str, float] = {}
    for area, units in recording.units.items():
        flags = codes(recording, units)
        nulls = [codes(other, units) for other in mixed]
        for context, own in flags.items():
            row = f"coding.{context}.{area}"
            found[row] = percent(own)
            found[f"{row}.chance"] = float(np.mean([percent(null[context]) for null in nulls]))
    return found


def codes(recording: Recording, units: np.ndarray) -> dict[str, np.ndarray]:
    """Test each bin of units by the paper: Kruskal and Wallis over acts.

    Parameters
    ----------
    recording : Recording
    units : int array
        Rows of the units, whose bins in both contexts are one family of tests.

    Returns
    -------
    dict of str to bool array, shape (n_bins, n_units)
        By context: whether a bin differs between acts at a false discovery rate of .05 (Benjamini
        and Hochberg).
    """
    rates = recording.bin_hz[:, :, units]
    p = np.stack([_kruskal(recording.by_act(rates, context)) for context in CONTEXTS])
    flags = stats.false_discovery_control(p, axis=None) < ALPHA if p.size else p < ALPHA
    return dict(zip(CONTEXTS, flags.reshape(p.shape), strict=True))


def _kruskal(by_act: Sequence[np.ndarray]) -> np.ndarray:
    """Return p values, shape (n_bins, n_units); 1 where a rate is the same in all trials."""
    with np.errstate(invalid="ignore"):
        p = stats.kruskal(*by_act, axis=0).pvalue
    return np.nan_to_num(p, nan=1.0)


def _permuted_acts(recording: Recording, rng: np.random.Generator) -> Recording:
    act = chance.permuted_within(recording.act, recording.condition, rng=rng)
    return replace(recording, act=act)


def shared(recording: Recording, units: np.ndarray, *, seed: int) -> dict[str, float]:
    """Return in what share of observation's coding bins execution has the same code.

    Of the mirror units' bins that tell acts apart in observation: ``shared.same``, for no act do
    the rates of both contexts differ (rank sums, p >= .05); ``shared.order``, the act of the
    highest mean rate is the same in both, and that of the lowest; ``shared.order_sure``, they are
    so in 95 % of 1000 resamples of the trials. Chance pairs the observation of each unit with the
    execution of another.
    """
    rng = np.random.default_rng([seed, 61])
    rates = recording.bin_hz[:, :, units]
    own, other = (recording.by_act(rates, context) for context in CONTEXTS)
    bins, which = np.nonzero(codes(recording, units)["observed"])
    seen = [trials[:, bins, which] for trials in other]
    done = [trials[:, bins, which] for trials in own]
    found = {"shared.n": float(len(bins))}
    found["shared.order_sure"] = percent(_surely_same_order(done, seen, rng))
    pairings = [rng.permutation(len(units))[which] for _ in range(N_PAIRINGS)]
    for name, test in {"same": same_discharge, "order": same_order}.items():
        row = f"shared.{name}"
        null = [percent(test([x[:, bins, paired] for x in own], seen)) for paired in pairings]
        judged = chance.against(percent(test(done, seen)), np.array(null))
        found |= {row: judged.value, f"{row}.low": judged.low, f"{row}.high": judged.high}
        found[f"{row}.excess"] = judged.excess
    return found


def same_discharge(own: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> np.ndarray:
    """Return in which bins no act's rates differ between two contexts, shape (n_bins,).

    Parameters
    ----------
    own, other : sequences of float arrays, shape (n_trials, n_bins)
        One an act.
    """
    p = [
        stats.mannwhitneyu(a, b, axis=0, method="asymptotic").pvalue
        for a, b in zip(own, other, strict=True)
    ]
    same: np.ndarray = np.nan_to_num(p, nan=1.0).min(axis=0) >= ALPHA
    return same


def same_order(own: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> np.ndarray:
    """Return in which bins both contexts have one preferred and one least preferred act.

    Parameters as in `same_discharge`; returns a bool array, shape (n_bins,).
    """
    means = [np.stack([trials.mean(axis=0) for trials in acts]) for acts in (own, other)]
    return _agree(*means)


def _agree(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Compare the highest and the lowest of the first axis."""
    highest = own.argmax(axis=0) == other.argmax(axis=0)
    same: np.ndarray = highest & (own.argmin(axis=0) == other.argmin(axis=0))
    return same


def _surely_same_order(
    own: Sequence[np.ndarray], other: Sequence[np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    means = []
    for acts in (own, other):
        drawn = []
        for trials in acts:
            n = len(trials)
            weights = rng.multinomial(n, np.full(n, 1 / n), size=N_BOOTSTRAP) / n
            drawn.append(weights @ trials)
        means.append(np.stack(drawn))
    sure: np.ndarray = _agree(*means).mean(axis=0) >= SURE
    return sure


def decoded(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return the share of trials whose act is decoded from F5, the mean over bins (%).

    Diagonal linear discriminant analysis, in 8 parts. ``decode.across`` is trained on execution and
    tested on observation, each unit's mean and spread of a context taken out; in
    ``decode.across_raw`` they stay. Chance within a context permutes the acts of trials; chance
    across contexts pairs units at random, as the paper does.
    """
    rates = recording.bin_hz[:, :, recording.units[AREA]]
    even = standardised_within(rates, recording.condition)
    n_folds = min(N_FOLDS, recording.n_trials)
    common = {"classifier": "diagonal", "n_folds": n_folds}
    labels = (recording.act, recording.condition)
    rng = np.random.default_rng([seed, 67])

    def score(values: np.ndarray, n_resamples: int) -> dict[tuple[str, str], float]:
        found = cross_decoding(values, *labels, rng=rng, n_resamples=n_resamples, **common)  # type: ignore[arg-type]
        return {pair: 100 * float(bins.mean()) for pair, bins in found.items()}

    scored, raw = score(even, N_RESAMPLES), score(rates, N_RESAMPLES)
    mixed = permuted_decoding(even, *labels, rng=rng, n=N_PERMUTATIONS, **common)  # type: ignore[arg-type]
    across = ("executed", "observed")
    nulls = {context: 100 * mixed[context, context].mean(axis=1) for context in CONTEXTS}
    pairings = (_paired_anew(even, recording.condition, rng) for _ in range(N_PERMUTATIONS))
    nulls["across"] = np.array([score(values, 1)[across] for values in pairings])
    values = {context: scored[context, context] for context in CONTEXTS}
    values["across"] = scored[across]
    found = {f"decode.across_raw.{AREA}": raw[across]}
    for name, value in values.items():
        judged, row = chance.against(value, nulls[name]), f"decode.{name}.{AREA}"
        found |= {row: value, f"{row}.low": judged.low, f"{row}.high": judged.high}
        found[f"{row}.excess"] = judged.excess
    return found


def _paired_anew(values: np.ndarray, context: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give each unit the observation of another."""
    mixed = values.copy()
    seen = context == "observed"
    mixed[seen] = values[seen][:, :, rng.permutation(values.shape[2])]
    return mixed
