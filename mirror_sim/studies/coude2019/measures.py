"""The rows of the study: who depends on the goal of a grasp before it parts, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from mirror_sim.analysis import chance
from mirror_sim.analysis.decoding import (
    binned_counts,
    cross_decoding,
    permuted_decoding,
    standardised_within,
)
from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.analysis.population import pearson, percent
from mirror_sim.analysis.selectivity import one_way
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session
from mirror_sim.studies.coude2019.life import EAT
from mirror_sim.studies.coude2019.task import CONDITIONS
from mirror_sim.studies.reading import Trials, named_conditions, units_by_area

AREA = "F5"
AREAS = ("STS", "PFG", AREA, "M1")
TESTED = ("PFG", AREA, "M1")
SHARED = ("executed.cued", "executed.uncued", "observed.cued", "observed.uncued")
CURVES = ("executed.cued", "observed.cued")
DECODED = (("observed.cued", AREA), ("observed.uncued", AREA), ("observed.uncued", "STS"))
"""Where the goal is decoded over time: condition and area. The cue does not reach STS."""
MATCHES = {
    "match.cued": ("executed.cued", "observed.cued"),
    "match.learned": ("executed.uncued", "observed.cued"),
    "follows.cue": ("observed.cued", "observed.swapped"),
}
"""Conditions whose preferences are correlated over units."""
ALPHA = 0.05
TRIAL_COUNTS = (10, 16, 32)
WINDOW_S, BIN_S = (-0.3, 0.5), 0.1
"""Around contact."""

N_CHANCE = 20
N_FOLDS = 8
N_RESAMPLES = 4
N_PERMUTATIONS = 200

_GRASP = Epoch(start="movement_onset", stop="contact", start_offset_s=-0.1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording(Trials):
    """What units did in the trials of a session.

    Parameters
    ----------
    grasp_hz : float array, shape (n_trials, n_units)
        Rate from 0.1 s before the movement to contact: until then both acts are the same.
    counts : int array, shape (n_trials, n_bins, n_units)
        Spikes in bins around contact.
    """

    grasp_hz: np.ndarray
    counts: np.ndarray


def read(session: Session) -> Recording:
    """Read a session of `mirror_sim.studies.coude2019.protocol`.

    Raises
    ------
    ValueError
        If it has no unit of F5, a trial of another condition, or lacks a column or an event.
    """
    session.require(trials=["condition", "action"])
    units = units_by_area(session, AREAS, needed=AREA)
    condition = named_conditions(session, {there: name for name, there in CONDITIONS.items()})
    return Recording(
        grasp_hz=epoch_rates(session, [_GRASP])[:, 0],
        counts=binned_counts(session, align="contact", window_s=WINDOW_S, bin_s=BIN_S)[1],
        condition=condition,
        act=session.trials["action"].to_numpy(dtype=str),
        units=units,
    )


@checked_arguments(seed=(0, 2**63))
def rows(session: Session, *, seed: int) -> dict[str, float]:
    """Return the numbers of a session.

    Parameters
    ----------
    session : Session
        Of `mirror_sim.studies.coude2019.protocol`.
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to float
        As described in the study's ``targets.csv``.
    """
    return measured(read(session), seed=seed)


def measured(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return all rows of a recording."""
    return {
        **shares(recording, seed=seed),
        **by_trials(recording),
        **agreement(recording, seed=seed),
        **matches(recording, seed=seed),
        **decoded(recording, seed=seed),
    }


def depends(recording: Recording, condition: str) -> np.ndarray:
    """Test whether the rate of each unit depends on the goal, bool array, shape (n_units,)."""
    own = recording.condition == condition
    return one_way(recording.grasp_hz[own], recording.act[own]).p < ALPHA


def preference(recording: Recording, condition: str) -> np.ndarray:
    """Return by how much each unit prefers the grasp to eat: Welch's t, shape (n_units,).

    0 of a unit that never fires.
    """
    own, eats = recording.condition == condition, recording.act == EAT.name
    values = recording.grasp_hz
    difference = values[own & eats].mean(axis=0) - values[own & ~eats].mean(axis=0)
    varies = np.ptp(values[own], axis=0) > 0
    found = np.zeros(values.shape[1])
    found[varies] = stats.ttest_ind(
        values[own & eats][:, varies], values[own & ~eats][:, varies], equal_var=False
    ).statistic
    # Without any variance within acts t has no value; the sign is still known.
    return np.where(np.isfinite(found), found, np.sign(difference))


def shares(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return the share of units, by area, whose rate in the grasp depends on the goal.

    ``.chance`` is the same with the goals of trials permuted, ``.excess`` is above it.
    """
    rng = np.random.default_rng([seed, 89])
    permuted = [
        replace(recording, act=chance.permuted_within(recording.act, recording.condition, rng=rng))
        for _ in range(N_CHANCE)
    ]
    found: dict[str, float] = {}
    for name in SHARED:
        own, nulls = depends(recording, name), [depends(other, name) for other in permuted]
        for area in (area for area in TESTED if area in recording.units):
            units, row = recording.units[area], f"goal.{name}.{area}"
            found[row] = percent(own[units])
            found[f"{row}.chance"] = float(np.mean([percent(null[units]) for null in nulls]))
            found[f"{row}.excess"] = found[row] - found[f"{row}.chance"]
    return found


def _goals_permuted(recording: Recording, rng: np.random.Generator) -> Recording:
    act = chance.permuted_within(recording.act, recording.condition, rng=rng)
    return replace(recording, act=act)


def by_trials(recording: Recording) -> dict[str, float]:
    """Return the share of F5 that depends on a told goal by fewer trials, mean over equal parts."""
    found = {}
    units = recording.units[AREA]
    for n, parts in recording.fewer(TRIAL_COUNTS):
        for name in CURVES:
            share = [percent(depends(part, name)[units]) for part in parts]
            found[f"goal.{name}.{AREA}.{n}"] = float(np.mean(share))
    return found


def agreement(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return how many F5 units depend on the told goal done and seen, and prefer the same one.

    ``agree.chance`` pairs the preference in execution with that of another of these units.
    """
    units = recording.units[AREA]
    both = units[np.all([depends(recording, name)[units] for name in CURVES], axis=0)]
    done, seen = (preference(recording, name)[both] > 0 for name in CURVES)
    rng = np.random.default_rng([seed, 97])
    nulls = [percent(done == rng.permutation(seen)) for _ in range(N_PERMUTATIONS)]
    return {
        "both": 100 * len(both) / len(units),
        "agree": percent(done == seen),
        "agree.chance": float(np.mean(nulls)),
    }


def matches(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return correlations of the preference over units of F5, with 95 % of chance.

    Without a cue in the first condition, chance permutes the goals of its trials: what all units
    have in common in a trial looks like a shared preference, and permuted units would leave it out.
    With a cue, the goal is most of what units have in common, also in permuted trials, so that
    chance permutes units.

    That with the cue of the other goal has its sign turned: units that follow the cue are positive.
    """
    rng = np.random.default_rng([seed, 101])
    units = recording.units[AREA]
    permuted = [_goals_permuted(recording, rng) for _ in range(N_PERMUTATIONS)]
    found: dict[str, float] = {}
    for row, (first, second) in MATCHES.items():
        turned = -1.0 if second == "observed.swapped" else 1.0
        own, other = (preference(recording, name)[units] for name in (first, second))
        judged = chance.correlation(own, turned * other, rng=rng)
        if first.endswith("uncued"):
            null = [pearson(preference(made, first)[units], other) for made in permuted]
            judged = chance.against(pearson(own, other), np.array(null))
        found |= {row: judged.value, f"{row}.low": judged.low, f"{row}.high": judged.high}
    return found


def decoded(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return how well the goal is decoded in bins around contact (%), and since when (ms).

    ``.high`` is what the best of all bins exceeds by chance in 5 % of permutations of goals, and
    ``when`` the start of the first bin above it; NaN if none is.
    """
    found: dict[str, float] = {}
    n_folds = min(N_FOLDS, recording.n_trials)
    for name, area in DECODED:
        if area not in recording.units:
            continue
        own, rng = recording.condition == name, np.random.default_rng([seed, 103])
        act, place = recording.act[own], recording.condition[own]
        values = standardised_within(recording.counts[own][:, :, recording.units[area]], place)
        right = (
            100
            * cross_decoding(values, act, place, rng=rng, n_folds=n_folds, n_resamples=N_RESAMPLES)[
                name, name
            ]
        )
        null = permuted_decoding(values, act, place, rng=rng, n=N_PERMUTATIONS, n_folds=n_folds)
        high = 100 * float(np.quantile(null[name, name].max(axis=1), 1 - ALPHA))
        first = np.flatnonzero(right > high)
        for start_ms, value in zip(bins_ms(), right, strict=True):
            found[f"decode.{name}.{area}.from{start_ms:+d}"] = float(value)
        found[f"decode.{name}.{area}.high"] = high
        found[f"when.{name}.{area}"] = float(bins_ms()[first[0]]) if len(first) else np.nan
    return found


def bins_ms() -> list[int]:
    """Return the starts of the bins, ms from contact."""
    n_bins = round((WINDOW_S[1] - WINDOW_S[0]) / BIN_S)
    return [round(1000 * (WINDOW_S[0] + BIN_S * k)) for k in range(n_bins)]
