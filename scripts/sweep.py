"""A worked sweep: mirror units and quiet muscles against three parameters.

How long a Subject grows, how strong its vision reaches PFG, and how strong the signal to withhold
is, one at a time around the default. It can be interrupted and resumes.
"""

import argparse
import sys

import pandas as pd

from mirror_sim.base.files import check_writable
from mirror_sim.cli.studies import add_options, setup_of
from mirror_sim.cli.surroundings import answered
from mirror_sim.compare.outputs import write_table
from mirror_sim.studies import controls

AXES = {
    "growth.max_actions": [10, 30, 120],
    "STS->PFG.E.plasticity.w_max_nS": [0.0, 5.0, 10.0],
    "F6.withhold.peak_hz": [2.0, 15.0, 30.0, 60.0],
}
QUANTITIES = {
    "both": "share of F5 facilitated\nin both contexts",
    "overlap": "the same,\nabove chance",
    "muscle.rest": "muscle read-out at rest\n(% of its peak in execution)",
}


def main() -> None:
    """Parse the options, run, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, n_subjects=3)
    options = parser.parse_args()
    from mirror_sim.figures import style
    from mirror_sim.figures import sweep as figure

    setup, folder = setup_of(options), check_writable(options.out)
    tables = {
        axis: setup.sweep(controls.STUDY, grid={axis: values}, what=axis)
        for axis, values in AXES.items()
    }
    columns = ["axis", "value", "subject_seed", *QUANTITIES]
    long = [t.rename(columns={axis: "value"}).assign(axis=axis) for axis, t in tables.items()]
    write_table(pd.concat(long)[columns], folder / "sweep.csv")
    style.savefig(figure.draw(tables, QUANTITIES), folder / "sweep")


if __name__ == "__main__":
    sys.exit(answered(main, "sweep.py"))
