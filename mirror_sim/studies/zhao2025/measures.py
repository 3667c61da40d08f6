"""The rows of the study: classes of units beside their chance, and what populations do."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mirror_sim.analysis import chance
from mirror_sim.analysis.agreement import class_agreement
from mirror_sim.analysis.population import percent, sign_shares
from mirror_sim.analysis.selectivity import equal_subsets
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session
from mirror_sim.studies.zhao2025.decode import decoded
from mirror_sim.studies.zhao2025.recording import (
    AREA,
    CLASSES,
    MIRROR,
    TYPES,
    Recording,
    change,
    classes,
    read,
    related,
    related_in,
)
from mirror_sim.studies.zhao2025.subspaces import activity_of, angle_rows, cca_rows, class_rows

TRIAL_COUNTS = (8, 16, 32)
N_CHANCE = 10


@checked_arguments(seed=(0, 2**63))
def rows(session: Session, *, seed: int) -> dict[str, float]:
    """Return the numbers of a session of the task.

    Parameters
    ----------
    session : Session
        Of `protocol`.
    seed : int
        Of the permutations and of the units that are decoded from.

    Returns
    -------
    dict of str to float
        As described in the study's ``targets.csv``.
    """
    recording = read(session)
    found = {
        **shares(recording, seed=seed),
        **chances(recording, seed=seed),
        **by_trials(recording),
        **repeated(recording),
        **decoded(recording, seed=seed),
        **class_rows(recording, seed=seed),
    }
    for area, units in recording.units.items():
        activity = activity_of(recording, units)
        found |= angle_rows(activity, area, seed=seed) | cca_rows(activity, area, seed=seed)
    return found


def shares(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return the share of each class by area, and of mirror units by cell type and sign in F5."""
    rng = np.random.default_rng([seed, 59])
    kind = classes(recording)
    done, dark, seen = (related_in(recording, name) for name in ("executed", "dark", "observed"))
    found: dict[str, float] = {}
    for area, units in recording.units.items():
        found |= {f"{name}.{area}": percent(kind[units] == name) for name in CLASSES}
        found[f"executed.{area}"] = percent(done[units])
        found[f"observed.{area}"] = percent(seen[units])
        for name, own in (("mirror", done), ("mirror_dark", dark)):
            judged = chance.overlap(own[units], seen[units], rng=rng)
            row = f"{name}.{area}"
            found |= {row: 100 * judged.value, f"{row}.chance": 100 * judged.expected}
            found |= {f"{row}.low": 100 * judged.low, f"{row}.high": 100 * judged.high}
    units = recording.units[AREA]
    types = recording.session.units["cell_type"].to_numpy(dtype=str)[units]
    for name in TYPES:
        found[f"mirror.{AREA}.{name}"] = percent(kind[units][types == name] == MIRROR)
    mirror = units[kind[units] == MIRROR]
    changes = [
        change(recording, recording.context == context)[mirror]
        for context in ("executed", "observed")
    ]
    signs = [np.where(changed > 0, "F", "S") for changed in changes]
    pairs = sign_shares(np.char.add(*signs))
    return found | {f"sign.{pair}.{AREA}": share for pair, share in pairs.items()}


def chances(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return the share of units that the test finds where neither object nor window matters.

    The objects of trials are permuted, and the windows within each trial.
    """
    rng = np.random.default_rng([seed, 53])
    found = {}
    for context in ("executed", "observed"):
        own = recording.context == context
        rates, thing = recording.rates[own], recording.thing[own]
        null = []
        for _ in range(N_CHANCE):
            order = rng.permuted(np.tile(np.arange(rates.shape[1]), (len(rates), 1)), axis=1)
            mixed = np.take_along_axis(rates, order[:, :, None], axis=1)
            null.append(percent(related(mixed, rng.permutation(thing))))
        found[f"{context}.chance"] = float(np.mean(null))
    return found


def by_trials(recording: Recording) -> dict[str, float]:
    """Return the classes of F5 by the trials of each object, means over equal parts."""
    found: dict[str, float] = {}
    units = recording.units[AREA]
    for n in [n for n in TRIAL_COUNTS if n < recording.n_trials] + [recording.n_trials]:
        parts = [
            classes(recording, trials=trials)[units] for trials in equal_subsets(recording.kind, n)
        ]
        for name in CLASSES:
            found[f"{name}.{n}"] = float(np.mean([percent(kind == name) for kind in parts]))
    return found


def halves(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes of the units of F5 by one half of the trials and by the other."""
    units = recording.units[AREA]
    first, second = equal_subsets(recording.kind, recording.n_trials // 2)[:2]
    return classes(recording, trials=first)[units], classes(recording, trials=second)[units]


def class_table(recording: Recording) -> pd.DataFrame:
    """Return how many units of F5 had which class in one half (rows) and the other."""
    table = class_agreement(*halves(recording)).table
    return table.reindex(index=CLASSES, columns=CLASSES, fill_value=0)


def repeated(recording: Recording) -> dict[str, float]:
    """Return how far the classes of F5 are the same in the other half of the trials."""
    one, two = halves(recording)
    every = class_agreement(one, two)
    mirror = one == MIRROR
    return {
        "kept.mirror": percent(two[mirror] == MIRROR),
        "kept.mirror.chance": percent(two == MIRROR),
        "kept.class": 100 * every.same,
        "kept.class.chance": 100 * every.expected,
        "kappa.class": every.kappa,
    }
