"""The rows of the study: what a share of units means beside its chance and its ceiling."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from mirror_sim.analysis import chance
from mirror_sim.analysis.agreement import class_agreement
from mirror_sim.analysis.congruence import BROAD, NONE, STRICT, profile_match
from mirror_sim.analysis.population import percent
from mirror_sim.analysis.selectivity import OneWay, equal_subsets, one_way
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session
from mirror_sim.studies.selectivity.day import AREA, CONTEXTS, TYPES, Day, classes, read, responds
from mirror_sim.studies.selectivity.decode import correct, decoded

ALPHA = 0.05
TRIAL_COUNTS = (8, 16, 32)
CONGRUENCE = {"strict": STRICT, "broad": BROAD, "noncongruent": NONE}
NOT_MIRROR = "not mirror"
N_PERMUTATIONS = 500
# Of fewer units the correlation is one of single responses.
FEWEST_MATCHED = 5
N_CHANCE = 20


@checked_arguments(seed=(0, 2**63))
def rows(sessions: Mapping[str, Session], *, seed: int) -> dict[str, float]:
    """Return the numbers of the first session, and if there is another how they repeat in it.

    Parameters
    ----------
    sessions : mapping of str to Session
        One day or two.
    seed : int
        Of the permutations and of the units that are decoded from.

    Returns
    -------
    dict of str to float
        As described in the study's ``targets.csv``.
    """
    first, *others = (read(session) for session in sessions.values())
    table = classes(first)
    found = {
        **selective(first, seed=seed),
        **decoded(first, seed=seed),
        **shares(table),
        **matches(first, table, seed=seed),
        **by_trials(first, seed=seed),
    }
    for other in others:
        found |= repeated(first, other, table)
    return found


def act_tests(day: Day, context: str, trials: np.ndarray | None = None) -> OneWay:
    """Test whether each unit's change depends on the act, in the trials of a context."""
    own = day.of(context) if trials is None else day.of(context) & trials
    return one_way(day.change_hz[own], day.act[own])


def selective(day: Day, *, seed: int) -> dict[str, float]:
    """Return shares of units whose response depends on the act, by area and cell type."""
    found: dict[str, float] = {}
    rng = np.random.default_rng([seed, 31])
    for context in CONTEXTS:
        test = act_tests(day, context)
        for name, units in day.units.items():
            found[f"{context}.{name}"] = percent(test.p[units] < ALPHA)
            found[f"omega.{context}.{name}"] = float(test.omega_squared[units].mean())
        own = day.of(context)
        change, act = day.change_hz[own], day.act[own]
        null = [percent(one_way(change, rng.permutation(act)).p < ALPHA) for _ in range(N_CHANCE)]
        found[f"{context}.chance"] = float(np.mean(null))
    own = day.of("observed")
    test = one_way(day.change_hz[own], day.act[own], within=day.thing[own])
    for name, units in day.units.items():
        found[f"same_object.{name}"] = percent(test.p[units] < ALPHA)
        found[f"omega.same_object.{name}"] = float(test.omega_squared[units].mean())
    return found


def shares(table: pd.DataFrame) -> dict[str, float]:
    """Return what the present/absent rule gives in F5, by cell type too."""
    found = {
        f"responds.{context}.{AREA}": percent(flags) for context, flags in responds(table).items()
    }
    mirror = table["mirror"].astype(bool)
    found[f"mirror.{AREA}"] = percent(mirror)
    for name in TYPES:
        found[f"mirror.{AREA}.{name}"] = percent(mirror[table["cell_type"] == name])
    for row, name in CONGRUENCE.items():
        found[f"{row}.{AREA}"] = percent(table["congruence"][mirror] == name)
    return found


def matches(day: Day, table: pd.DataFrame, *, seed: int) -> dict[str, float]:
    """Return the match of profiles above its chance, of units of F5 that respond in both."""
    rng = np.random.default_rng([seed, 37])
    flags = responds(table)
    both = flags["executed"] & flags["observed"]
    own, other = (day.profile(context)[day.units[AREA]] for context in CONTEXTS)
    types = table["cell_type"].to_numpy(dtype=str)
    found: dict[str, float] = {}
    for name in (AREA, *(f"{AREA}.{kind}" for kind in TYPES)):
        chosen = both if name == AREA else both & (types == name.partition(".")[2])
        found |= dict.fromkeys([f"match.{name}{end}" for end in ("", ".low", ".high")], math.nan)
        found[f"match.{name}.n"] = float(chosen.sum())
        if chosen.sum() >= FEWEST_MATCHED:
            match = chance.match(own[chosen], other[chosen], rng=rng, n=N_PERMUTATIONS)
            found[f"match.{name}"] = match.excess
            found[f"match.{name}.low"] = match.low - match.expected
            found[f"match.{name}.high"] = match.high - match.expected
    return found


def by_trials(day: Day, *, seed: int) -> dict[str, float]:
    """Return how the numbers of F5 depend on the trials of each kind, means over equal parts."""
    found: dict[str, float] = {}
    units = day.units[AREA]
    counts = [n for n in TRIAL_COUNTS if n < day.n_trials] + [day.n_trials]
    for n in counts:
        parts = []
        for trials in equal_subsets(day.kind, n):
            table = classes(day, trials)
            mirror = table["mirror"].astype(bool)
            test = act_tests(day, "observed", trials)
            part = {
                "mirror": percent(mirror),
                "observed": percent(test.p[units] < ALPHA),
                "omega": float(test.omega_squared[units].mean()),
                "decode": 100 * correct(day, AREA, trials=trials, seed=seed)["observed"],
            }
            for row in ("strict", "broad"):
                part[row] = percent(table["congruence"][mirror] == CONGRUENCE[row])
            parts.append(part)
        mean = pd.DataFrame(parts).mean()
        found |= {f"{name}.{n}": float(value) for name, value in mean.items()}
    return found


def named(table: pd.DataFrame) -> np.ndarray:
    """Return the class of each unit, its congruence or that it is not mirror, (n_units,)."""
    found: np.ndarray = table["congruence"].replace("", NOT_MIRROR).to_numpy(dtype=str)
    return found


def class_table(first: Day, second: Day) -> pd.DataFrame:
    """Return how many units of F5 had which class on the first day (rows) and the second."""
    table = class_agreement(named(classes(first)), named(classes(second))).table
    order = [*CONGRUENCE.values(), NOT_MIRROR]
    return table.reindex(index=order, columns=order, fill_value=0)


def repeated(first: Day, second: Day, table: pd.DataFrame) -> dict[str, float]:
    """Return how far classes and profiles of F5 are the same on another day.

    Parameters
    ----------
    first, second : Day
    table : DataFrame
        The classes of the first day.
    """
    one, two = named(table), named(classes(second))
    before, after = one != NOT_MIRROR, two != NOT_MIRROR
    kind = class_agreement(one[before & after], two[before & after])
    found = {
        "kept.mirror": percent(after[before]),
        "kept.mirror.chance": percent(after),
        "kappa.mirror": class_agreement(before, after).kappa,
        "kept.class": 100 * kind.same,
        "kept.class.chance": 100 * kind.expected,
        "kappa.class": kind.kappa,
    }
    flags = responds(table)
    units = first.units[AREA][flags["executed"] & flags["observed"]]
    for context in CONTEXTS:
        profiles = [day.profile(context)[units] for day in (first, second)]
        found[f"days.{context}.{AREA}"] = profile_match(*profiles)
    product = found[f"days.executed.{AREA}"] * found[f"days.observed.{AREA}"]
    # Of two measures with these reliabilities no correlation is expected to exceed this.
    found[f"ceiling.{AREA}"] = float(np.sqrt(product)) if product > 0 else float("nan")
    return found
