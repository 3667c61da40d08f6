"""The rows of the study: who responds to which view, and how much place and view matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mirror_sim.analysis import chance
from mirror_sim.analysis.decoding import cross_decoding, permuted_decoding, standardised_within
from mirror_sim.analysis.epochs import epoch_rates
from mirror_sim.analysis.population import percent
from mirror_sim.analysis.selectivity import OneWay, one_way
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session
from mirror_sim.studies import gallese1996
from mirror_sim.studies.caggiano2011.task import EXECUTED, PLACES, SEEN, VIEWS
from mirror_sim.studies.reading import Trials, named_conditions, units_by_area

AREA = "F5"
AREAS = ("STS", "PFG", AREA)
ALPHA = 0.05
TRIAL_COUNTS = (8, 16, 32)
FACTORS: Mapping[str, Sequence[str]] = {"view": VIEWS, "space": PLACES}
"""What a response may depend on, and the conditions that differ in nothing else."""
TRAINED = "180"

N_CHANCE = 20
N_FOLDS = 8
N_RESAMPLES = 4
N_PERMUTATIONS = 100


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording(Trials):
    """A session's responses.

    Parameters
    ----------
    change_hz : float array, shape (n_trials, n_units)
        Mean rate of reach and hold minus that of the same trial's baseline.
    """

    change_hz: np.ndarray


def read(session: Session) -> Recording:
    """Read a session of `mirror_sim.studies.caggiano2011.protocol`.

    Raises
    ------
    ValueError
        If it has no unit of F5, a trial of another condition, or lacks a column or an event.
    """
    session.require(trials=["condition", "action"])
    units = units_by_area(session, AREAS, needed=AREA)
    names = {EXECUTED: "executed"} | {seen.name: name for name, seen in SEEN.items()}
    condition = named_conditions(session, names)
    rates = epoch_rates(session, gallese1996.GALLESE_EPOCHS)
    return Recording(
        change_hz=rates[:, 1:].mean(axis=1) - rates[:, 0],
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
        Of `mirror_sim.studies.caggiano2011.protocol`.
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to float
        As described in the study's ``targets.csv``.
    """
    recording = read(session)
    flags = responds(recording)
    return {
        **shares(recording, flags),
        **selective(recording, mirror_units(recording, flags), seed=seed),
        **by_trials(recording),
        **decoded(recording, seed=seed),
    }


def responds(recording: Recording) -> dict[str, np.ndarray]:
    """Test in which conditions each unit fires more than before, for one grasp at least.

    Returns
    -------
    dict of str to bool array, shape (n_units,)
        By condition.
    """
    names = np.unique(recording.condition).tolist()
    return recording.firing_more(recording.change_hz, names, alpha=ALPHA)


def mirror_units(recording: Recording, flags: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the rows of F5 units that respond in execution and to some seen grasp."""
    seen = np.any([flags[name] for name in SEEN], axis=0)
    units = recording.units[AREA]
    return units[(seen & flags["executed"])[units]]


def shares(recording: Recording, flags: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return the share of F5 units that respond in each condition, and of mirror units."""
    units = recording.units[AREA]
    found = {f"responds.{name}.{AREA}": percent(own[units]) for name, own in flags.items()}
    found[f"mirror.{AREA}"] = 100 * len(mirror_units(recording, flags)) / len(units)
    return found


def tested(recording: Recording, factor: str) -> OneWay:
    """Test whether each unit's response depends on view or place, whatever the grasp."""
    own = np.isin(recording.condition, FACTORS[factor])
    return one_way(recording.change_hz[own], recording.kind[own], within=recording.act[own])


def selective(recording: Recording, mirror: np.ndarray, *, seed: int) -> dict[str, float]:
    """Return shares of units whose response depends on view or place, and what they prefer.

    Of all units of each area, and of the mirror units of F5; ``.chance`` is what the same test
    finds where the conditions of trials of a grasp were permuted.
    """
    rng = np.random.default_rng([seed, 71])
    groups = {**recording.units, "mirror": mirror}
    found: dict[str, float] = {}
    for factor, conditions in FACTORS.items():
        test = tested(recording, factor)
        nulls = [tested(_permuted(recording, conditions, rng), factor).p for _ in range(N_CHANCE)]
        for name, units in groups.items():
            row = f"{factor}.{name}"
            found[row] = percent(test.p[units] < ALPHA)
            found[f"{row}.chance"] = float(np.mean([percent(p[units] < ALPHA) for p in nulls]))
            found[f"omega.{row}"] = (
                float(test.omega_squared[units].mean()) if len(units) else np.nan
            )
        choosy = mirror[test.p[mirror] < ALPHA]
        means = [recording.change_hz[recording.condition == name] for name in conditions]
        best = np.argmax([own.mean(axis=0)[choosy] for own in means], axis=0)
        for number, name in enumerate(conditions):
            found[f"prefers.{factor}.{name}"] = percent(best == number)
    return found


def _permuted(
    recording: Recording, conditions: Sequence[str], rng: np.random.Generator
) -> Recording:
    """Permute some conditions over the trials of each grasp."""
    condition, own = recording.condition.copy(), np.isin(recording.condition, conditions)
    condition[own] = chance.permuted_within(condition[own], recording.act[own], rng=rng)
    return replace(recording, condition=condition)


def by_trials(recording: Recording) -> dict[str, float]:
    """Return mirror share and selective shares of F5 for fewer trials, means over equal parts."""
    found = {}
    units = recording.units[AREA]
    for n, parts in recording.fewer(TRIAL_COUNTS):
        mirror = [mirror_units(part, responds(part)) for part in parts]
        found[f"mirror.{AREA}.{n}"] = float(
            np.mean([100 * len(own) / len(units) for own in mirror])
        )
        for factor in FACTORS:
            share = [percent(tested(part, factor).p[units] < ALPHA) for part in parts]
            found[f"{factor}.{AREA}.{n}"] = float(np.mean(share))
    return found


def decoded(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return how well the grasp is decoded in each condition by what holds face to face (%).

    The mean pattern over all units of an area that correlates best, trained on the grasps seen near
    at 180 degrees, each unit standardised within its condition. Chance permutes the grasps of
    trials.
    """
    own = np.isin(recording.condition, list(SEEN))
    labels = (recording.act[own], recording.condition[own])
    n_folds = min(N_FOLDS, recording.n_trials)
    found: dict[str, float] = {}
    for area, units in recording.units.items():
        rng = np.random.default_rng([seed, 73])
        values = standardised_within(recording.change_hz[own][:, None, units], labels[1])
        right = cross_decoding(values, *labels, rng=rng, n_folds=n_folds, n_resamples=N_RESAMPLES)
        null = permuted_decoding(values, *labels, rng=rng, n=N_PERMUTATIONS, n_folds=n_folds)
        for name in SEEN:
            pair, row = (TRAINED, name), f"decode.{name}.{area}"
            judged = chance.against(100 * float(right[pair][0]), 100 * null[pair][:, 0])
            found |= {row: judged.value, f"{row}.low": judged.low, f"{row}.high": judged.high}
    return found
