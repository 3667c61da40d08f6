"""What halving the time step changes: the calibrated rows of Jerjian et al. 2020 at both steps.

Each Subject grows and is studied anew at each step, with the same seed. Another step gives other
spikes, so that a difference as large as that between Subjects says nothing. Writes
``time_step.csv``; stopped and run again it goes on where it was.
"""

import argparse
from pathlib import Path

import pandas as pd

from mirror_sim import sweep
from mirror_sim._errors import require_counts
from mirror_sim._files import atomic_path, check_writable
from mirror_sim._progress import progress_bar
from mirror_sim.ensembles import STUDIES
from mirror_sim.studies.targets import targets

STEPS_MS = (0.5, 0.25)


def compare(found: pd.DataFrame) -> pd.DataFrame:
    """Return mean and standard error of each calibrated row at each step, one row a quantity."""
    known = targets().set_index("id")
    rows = []
    for name in known.index[(known["role"] == "calibrate") & known.index.isin(found.columns)]:
        at = found.groupby("dt_ms")[name].agg(["mean", "sem"])
        row = {"id": name, "low": known["low"][name], "high": known["high"][name]}
        for step_ms in sorted(at.index, reverse=True):
            row[f"{step_ms:g} ms"] = at["mean"][step_ms]
            row[f"{step_ms:g} ms, se"] = at["sem"][step_ms]
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
            STUDIES["jerjian2020"],
            subjects=range(options.seed, options.seed + options.subjects),
            jobs=options.jobs,
            progress=progress_bar(f"{step_ms:g} ms"),
            dt_ms=step_ms,
        ).assign(dt_ms=step_ms)
        for step_ms in STEPS_MS
    ]
    table = compare(pd.concat(tables))
    with atomic_path(folder / "time_step.csv") as temporary:
        table.to_csv(temporary, index=False)
    print(table.round(2).to_string(index=False))
