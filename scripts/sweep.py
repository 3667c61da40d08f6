"""A worked sweep: mirror units and quiet muscles against three parameters.

How long a Subject grows, how strong its vision reaches PFG, and how strong the signal to withhold
is, one at a time around the default. Stopped and run again it goes on where it was.
"""

import argparse
from pathlib import Path

import pandas as pd

from mirror_sim import sweep
from mirror_sim.base.errors import require_counts
from mirror_sim.base.files import atomic_path, check_writable
from mirror_sim.base.progress import progress_bar
from mirror_sim.compare.sweeps import STUDIES
from mirror_sim.figures import style
from mirror_sim.figures import sweep as figure

AXES = {
    "growth.max_actions": [10, 30, 120],
    "STS->PFG.E.plasticity.w_max_nS": [0.0, 3.0, 6.0],
    "F6.withhold.peak_hz": [2.0, 15.0, 30.0, 60.0],
}
QUANTITIES = {
    "both": "share of F5 facilitated\nin both contexts",
    "overlap": "the same,\nabove chance",
    "E1": "muscle read-out at rest\n(% of its peak in execution)",
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subjects", type=int, default=3, help="how many (default: 3)")
    parser.add_argument("--seed", type=int, default=1, help="of the first (default: 1)")
    parser.add_argument("--jobs", type=int, help="processes at once (default: all cores)")
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder")
    options = parser.parse_args()
    require_counts(subjects=options.subjects)
    folder = check_writable(options.out)
    tables = {
        axis: sweep(
            STUDIES["controls"],
            subjects=range(options.seed, options.seed + options.subjects),
            grid={axis: values},
            jobs=options.jobs,
            progress=progress_bar(axis),
        )
        for axis, values in AXES.items()
    }
    columns = ["axis", "value", "subject_seed", *QUANTITIES]
    long = [t.rename(columns={axis: "value"}).assign(axis=axis) for axis, t in tables.items()]
    with atomic_path(folder / "sweep.csv") as temporary:
        pd.concat(long)[columns].to_csv(temporary, index=False)
    style.savefig(figure.draw(tables, QUANTITIES), folder / "sweep")
