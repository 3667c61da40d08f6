"""Decoding over time, within a context and from one context to the other; needs single trials."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from mirror_sim.session.session import Session

N_FOLDS = 10
N_RESAMPLES = 50
BIN_S = 0.05


def binned_counts(
    session: Session, *, align: str, window_s: tuple[float, float], bin_s: float = BIN_S
) -> tuple[np.ndarray, np.ndarray]:
    """Count the spikes of every trial in bins around an event.

    Parameters
    ----------
    session : Session
    align : str
        Event at time 0.
    window_s : (float, float)
        First and last border, seconds from the event.
    bin_s : float

    Returns
    -------
    times_s : float array, shape (n_bins,)
        Middle of each bin.
    counts : int array, shape (n_trials, n_bins, n_units)
    """
    zero = session.event_times(align)
    n_bins = round((window_s[1] - window_s[0]) / bin_s)
    edges = window_s[0] + bin_s * np.arange(n_bins + 1)
    counts = [
        session.counts(zero + start, zero + stop) for start, stop in itertools.pairwise(edges)
    ]
    return edges[:-1] + bin_s / 2, np.stack(counts, axis=1)


def cross_decoding(
    counts: np.ndarray,
    label: Sequence[str] | np.ndarray,
    context: Sequence[str] | np.ndarray,
    *,
    rng: np.random.Generator,
    n_folds: int = N_FOLDS,
    n_resamples: int = N_RESAMPLES,
) -> dict[tuple[str, str], np.ndarray]:
    """Decode the label of a trial, trained in one context and tested in the same or another.

    The classifier is that of Jerjian et al. 2020: a trial gets the label whose mean pattern over
    units, among the trials of training, correlates best with its own. All labels and contexts have
    equal numbers of trials in each resample, and no trial is in training and test.

    Parameters
    ----------
    counts : array, shape (n_trials, n_bins, n_units)
    label, context : str arrays, shape (n_trials,)
    rng : numpy.random.Generator
    n_folds, n_resamples : int
        Parts of the cross-validation, and how often trials are drawn.

    Returns
    -------
    dict of (str, str) to float array, shape (n_bins,)
        Share of correct trials, by context of training and of test.

    Raises
    ------
    ValueError
        If shapes disagree, there are fewer than two labels, or a label has fewer trials in a
        context than there are folds.
    """
    labels, contexts = np.asarray(label, dtype=str), np.asarray(context, dtype=str)
    if counts.ndim != 3 or not len(counts) == len(labels) == len(contexts):
        raise ValueError(
            f"counts has shape {counts.shape}, with {len(labels)} labels and {len(contexts)} "
            "contexts; it must be (trials, bins, units), with one of each a trial"
        )
    names, places = np.unique(labels), np.unique(contexts)
    if len(names) < 2:
        raise ValueError(f"there is nothing to tell apart: the only label is {names.tolist()}")
    members = {
        (place, name): np.flatnonzero((contexts == place) & (labels == name))
        for place in places
        for name in names
    }
    least, where = min((len(rows), key) for key, rows in members.items())
    if least < n_folds:
        raise ValueError(f"{where} has {least} trials; {n_folds} folds need at least as many")
    correct = {(a, b): np.zeros(counts.shape[1]) for a in places for b in places}
    for _ in range(n_resamples):
        drawn = {key: rng.permutation(rows)[:least] for key, rows in members.items()}
        fold_of = rng.permutation(np.arange(least) % n_folds)
        for fold in range(n_folds):
            test = fold_of == fold
            for a in places:
                patterns = np.stack([counts[drawn[a, name][~test]].mean(axis=0) for name in names])
                for b in places:
                    for truth, name in enumerate(names):
                        guess = _best(counts[drawn[b, name][test]], patterns)
                        correct[a, b] += (guess == truth).sum(axis=0)
    total = n_resamples * least * len(names)
    return {pair: found / total for pair, found in correct.items()}


def _best(trials: np.ndarray, patterns: np.ndarray) -> np.ndarray:
    """Index of the pattern that correlates best with each trial, shape (n_trials, n_bins).

    A trial without a spike, or a flat pattern, correlates with nothing: the first pattern wins.
    """
    correlation = np.einsum("tbu,pbu->ptb", _unit_length(trials), _unit_length(patterns))
    best: np.ndarray = correlation.argmax(axis=0)
    return best


def _unit_length(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(centred, axis=-1, keepdims=True)
    scaled: np.ndarray = centred / np.where(length > 0, length, 1.0)
    return scaled
