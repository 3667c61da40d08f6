"""What should not matter: half the time step, twice the cells, twice the growth.

Each Subject grows and is studied anew in each case, with the same seed. Among twice the cells each
keeps the number and the weights of its synapses. Another step or another size gives other spikes,
so that a difference as large as that between Subjects says nothing. Writes
``robustness.csv``: mean and standard error of each calibrated row in each case; stopped and run
again it resumes.
"""

import argparse
import sys

import pandas as pd

from mirror_sim import Curriculum, macaque
from mirror_sim.base.files import check_writable
from mirror_sim.cli.studies import add_options, setup_of
from mirror_sim.cli.surroundings import answered
from mirror_sim.compare.outputs import write_table
from mirror_sim.studies.observed_vs_performed import STUDY

CASES = {
    "default": {},
    "half the step": {"dt_ms": 0.25},
    "twice the cells": {"circuit": macaque().scaled(2)},
    "twice the growth": {"curriculum": Curriculum(max_actions=2 * Curriculum.max_actions)},
}


def main() -> None:
    """Parse the options, run, write and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, n_subjects=4)
    options = parser.parse_args()
    setup, folder = setup_of(options), check_writable(options.out)
    known = STUDY.published().query("role == 'calibrate'").set_index("id")
    columns = {name: known[name] for name in ("low", "high")}
    for case, changes in CASES.items():
        found = setup.sweep(STUDY, what=case, **changes).reindex(columns=known.index)
        columns |= {case: found.mean(), f"{case}, se": found.sem()}
    table = pd.DataFrame(columns, index=known.index).dropna(subset="default").reset_index()
    write_table(table, folder / "robustness.csv")
    print(table.round(2).to_string(index=False))


if __name__ == "__main__":
    sys.exit(answered(main, "robustness.py"))
