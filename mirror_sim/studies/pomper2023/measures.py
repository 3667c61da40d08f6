"""The rows of the study: mirror units, units that tell acts apart, and how far the code is one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from mirror_sim.analysis.population import percent
from mirror_sim.analysis.selectivity import equal_subsets
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session
from mirror_sim.studies.pomper2023.codes import coding, decoded, shared
from mirror_sim.studies.pomper2023.recording import AREA, Recording, read
from mirror_sim.studies.pomper2023.task import CONTEXTS

ALPHA = 0.05
TRIAL_COUNTS = (8, 16, 32)
N_CHANCE = 5


@checked_arguments(seed=(0, 2**63))
def rows(session: Session, *, seed: int) -> dict[str, float]:
    """Return the numbers of a session.

    Parameters
    ----------
    session : Session
        Of `mirror_sim.studies.pomper2023.protocol`.
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to float
        As described in the study's ``targets.csv``.
    """
    recording = read(session)
    flags = responds(recording)
    units = recording.units[AREA]
    mirror = units[(flags["executed"] & flags["observed"])[units]]
    return {
        **shares(recording, flags, seed=seed),
        **by_trials(recording),
        **coding(recording, seed=seed),
        **shared(recording, mirror, seed=seed),
        **decoded(recording, seed=seed),
    }


def responds(recording: Recording) -> dict[str, np.ndarray]:
    """Test each unit by the paper: Friedman's test over five epochs, of each act.

    Returns
    -------
    dict of str to bool array, shape (n_units,)
        By context: whether the rates of some act's epochs differ at .05 / 3.
    """
    found = {}
    for context in CONTEXTS:
        p = [friedman(trials) for trials in recording.by_act(recording.epoch_hz, context)]
        found[context] = np.min(p, axis=0) < ALPHA / len(p)
    return found


def friedman(rates: np.ndarray) -> np.ndarray:
    """Test whether epochs differ, trial by trial.

    Parameters
    ----------
    rates : float array, shape (n_trials, n_epochs, n_units)

    Returns
    -------
    float array, shape (n_units,)
        P values of Friedman's test; 1 for a unit that never varies within a trial.
    """
    with np.errstate(invalid="ignore"):
        p = stats.friedmanchisquare(*rates.transpose(1, 0, 2), axis=0).pvalue
    return np.nan_to_num(p, nan=1.0)


def shares(recording: Recording, flags: dict[str, np.ndarray], *, seed: int) -> dict[str, float]:
    """Return the shares of F5 that respond in each context and in both, with their chance.

    Chance is twofold: what the test finds where epochs were permuted in each trial
    (``.chance``), and the product of the two contexts' shares (``mirror.F5.product``).
    """
    rng = np.random.default_rng([seed, 53])
    units = recording.units[AREA]
    nulls = [_shares(responds(_without_epochs(recording, rng)), units) for _ in range(N_CHANCE)]
    found = _shares(flags, units)
    product = found[f"responds.executed.{AREA}"] * found[f"responds.observed.{AREA}"] / 100
    means = pd.DataFrame(nulls).mean()
    chance = {f"{row}.chance": float(value) for row, value in means.items()}
    return {**found, **chance, f"mirror.{AREA}.product": product}


def _shares(flags: dict[str, np.ndarray], units: np.ndarray) -> dict[str, float]:
    found = {f"responds.{context}.{AREA}": percent(own[units]) for context, own in flags.items()}
    both = flags["executed"] & flags["observed"]
    return {**found, f"mirror.{AREA}": percent(both[units])}


def _without_epochs(recording: Recording, rng: np.random.Generator) -> Recording:
    """Permute the epochs in each trial of each unit."""
    mixed = rng.permuted(recording.epoch_hz, axis=1)
    return replace(recording, epoch_hz=mixed)


def by_trials(recording: Recording) -> dict[str, float]:
    """Return the mirror share for fewer trials of each kind, means over equal parts."""
    found = {}
    units = recording.units[AREA]
    for n in {*(n for n in TRIAL_COUNTS if n < recording.n_trials), recording.n_trials}:
        parts = [
            _shares(responds(recording.part(trials)), units)[f"mirror.{AREA}"]
            for trials in equal_subsets(recording.kind, n)
        ]
        found[f"mirror.{AREA}.{n}"] = float(np.mean(parts))
    return found
