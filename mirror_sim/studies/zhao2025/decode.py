"""Which object it was, decoded from 100 ms of single trials within and across contexts."""

from __future__ import annotations

import itertools

import numpy as np

from mirror_sim.analysis import chance
from mirror_sim.analysis.decoding import (
    binned_counts,
    cross_decoding,
    permuted_decoding,
    standardised_within,
)
from mirror_sim.studies.zhao2025.recording import Recording
from mirror_sim.studies.zhao2025.subspaces import MOMENTS, PARTS_S

PAIRS = {
    "executed": ("executed", "executed"),
    "observed": ("observed", "observed"),
    "across": ("executed", "observed"),
    "across_dark": ("dark", "observed"),
}
"""The contexts of training and test."""

SEGMENT_S = 0.1
N_FOLDS = 8
N_RESAMPLES = 10
N_PERMUTATIONS = 50


def decoded(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return the share of correct trials (%) by area and moment, with its chance.

    Parameters
    ----------
    recording : Recording
    seed : int
        Of the units that are drawn, the parts of the trials and the permutations.

    Returns
    -------
    dict of str to float
        Of each of the `PAIRS` and `MOMENTS`, ``decode.observed.hold.F5`` and so on, with the ends
        of its chance, ``.low`` and ``.high``, and what it is above its mean, ``.excess``.
    """
    found: dict[str, float] = {}
    for area, units in recording.units.items():
        counts = _at_moments(recording, _equally_many(recording, units, seed=seed))
        correct = _correct(recording, counts, seed=seed)
        null = _permuted(recording, counts, seed=seed)
        for name, shares in correct.items():
            for number, moment in enumerate(MOMENTS):
                judged = chance.against(100 * shares[number], 100 * null[name][:, number])
                row = f"decode.{name}.{moment}.{area}"
                found |= {row: judged.value, f"{row}.low": judged.low, f"{row}.high": judged.high}
                found[f"{row}.excess"] = judged.excess
    return found


def decoding_course(
    recording: Recording, area: str, *, seed: int
) -> list[tuple[str, np.ndarray, dict[str, np.ndarray]]]:
    """Return the share of correct trials (%) over the course of a trial.

    Returns
    -------
    list of (str, float array, dict of str to float array)
        Of each part of the trial the event, the middle of each 100 ms (s from it), and by the
        name in `PAIRS` the share of correct trials in them.
    """
    units = _equally_many(recording, recording.units[area], seed=seed)
    session = recording.session.select(units=units)
    found = []
    for event, (start_s, stop_s) in PARTS_S.items():
        n_bins = int((stop_s - start_s) / SEGMENT_S + 1e-6)
        window_s = (start_s, start_s + n_bins * SEGMENT_S)
        times_s, counts = binned_counts(session, align=event, window_s=window_s, bin_s=SEGMENT_S)
        correct = _correct(recording, counts, seed=seed)
        found.append((event, times_s, {name: 100 * shares for name, shares in correct.items()}))
    return found


def _equally_many(recording: Recording, units: np.ndarray, *, seed: int) -> np.ndarray:
    """Draw as many of an area's units as the smallest area has."""
    fewest = min(len(own) for own in recording.units.values())
    return np.sort(np.random.default_rng([seed, 73]).permutation(units)[:fewest])


def _at_moments(recording: Recording, units: np.ndarray) -> np.ndarray:
    """Count the spikes in the 100 ms around each moment, shape (n_trials, n_moments, n_units)."""
    session = recording.session.select(units=units)
    middles = [session.event_times(event) + offset_s for event, offset_s in MOMENTS.values()]
    counts = [session.counts(at - SEGMENT_S / 2, at + SEGMENT_S / 2) for at in middles]
    return np.stack(counts, axis=1)


def _correct(recording: Recording, counts: np.ndarray, *, seed: int) -> dict[str, np.ndarray]:
    """Return the share of correct trials of each decoding, shape (n_bins,)."""
    found = cross_decoding(
        standardised_within(counts, recording.context),
        recording.thing,
        recording.context,
        rng=np.random.default_rng([seed, 79]),
        n_folds=min(N_FOLDS, recording.n_trials),
        n_resamples=N_RESAMPLES,
    )
    return {name: found[pair] for name, pair in PAIRS.items()}


def _permuted(recording: Recording, counts: np.ndarray, *, seed: int) -> dict[str, np.ndarray]:
    """Return the same for permuted objects, shape (n, n_bins).

    Within a context the objects of trials are permuted. Across contexts the observed objects are
    paired with the executed ones in every other way: of four objects there are 23.
    """
    activity = standardised_within(counts, recording.context)
    rng = np.random.default_rng([seed, 83])
    n_folds = min(N_FOLDS, recording.n_trials)
    within = permuted_decoding(
        activity, recording.thing, recording.context, rng=rng, n_folds=n_folds, n=N_PERMUTATIONS
    )
    names, number = np.unique(recording.thing, return_inverse=True)
    observed = recording.context == "observed"
    across = [
        cross_decoding(
            activity,
            np.where(observed, np.array(other)[number], recording.thing),
            recording.context,
            rng=rng,
            n_folds=n_folds,
            n_resamples=1,
        )
        for other in list(itertools.permutations(names))[1:]
    ]
    return {
        name: within[pair] if pair[0] == pair[1] else np.stack([found[pair] for found in across])
        for name, pair in PAIRS.items()
    }
