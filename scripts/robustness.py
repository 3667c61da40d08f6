"""What should not matter: half the time step, twice the cells, twice the growth.

Each Subject grows and is studied anew in each case, with the same seed. Another step or another
size gives other spikes, so that a difference as large as that between Subjects says nothing. Writes
``robustness.csv``; stopped and run again it goes on where it was.
"""

import argparse
from pathlib import Path

import pandas as pd

from mirror_sim import Curriculum, macaque, sweep
from mirror_sim.base.errors import require_counts
from mirror_sim.base.files import atomic_path, check_writable
from mirror_sim.base.progress import progress_bar
from mirror_sim.compare.validation import studied
from mirror_sim.studies.targets import targets

CASES = {
    "default": {},
    "half the step": {"dt_ms": 0.25},
    "twice the cells": {"circuit": macaque().scaled(2)},
    "twice the growth": {"curriculum": Curriculum(max_actions=2 * Curriculum.max_actions)},
}


def compare(found: pd.DataFrame) -> pd.DataFrame:
    """Return mean and standard error of each calibrated row in each case, one row a quantity.

    Parameters
    ----------
    found : DataFrame
        One row a Subject and case: columns ``case`` and those of
        `mirror_sim.compare.validation.studied`.
    """
    known = targets().set_index("id")
    rows = []
    for name in known.index[(known["role"] == "calibrate") & known.index.isin(found.columns)]:
        over_subjects = found.groupby("case", sort=False)[name].agg(["mean", "sem"])
        row = {"id": name, "low": known["low"][name], "high": known["high"][name]}
        for case, (mean, error) in over_subjects.iterrows():
            row |= {case: mean, f"{case}, se": error}
        rows.append(row)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subjects", type=int, default=4, help="how many (default: 4)")
    parser.add_argument("--seed", type=int, default=1, help="of the first (default: 1)")
    parser.add_argument("--jobs", type=int, help="processes at once (default: all cores)")
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder")
    options = parser.parse_args()
    require_counts(subjects=options.subjects)
    folder = check_writable(options.out)
    tables = [
        sweep(
            studied,
            subjects=range(options.seed, options.seed + options.subjects),
            jobs=options.jobs,
            progress=progress_bar(case),
            **changes,
        ).assign(case=case)
        for case, changes in CASES.items()
    ]
    table = compare(pd.concat(tables))
    with atomic_path(folder / "robustness.csv") as temporary:
        table.to_csv(temporary, index=False)
    print(table.round(2).to_string(index=False))
