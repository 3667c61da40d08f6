"""How mirror neurons come with experience: the battery at checkpoints of each Subject's growth.

Writes ``learning_curve.csv``, ``.png`` and ``.svg``: shares of F5 that are mirror neurons, with the
execution response in the dark too, and mean plastic weights, against own actions.
"""

import argparse
import sys

import pandas as pd

import mirror_sim as ms
from mirror_sim.base.cores import usable_cores
from mirror_sim.base.files import check_writable
from mirror_sim.base.progress import progress_bar
from mirror_sim.cli.studies import add_subjects
from mirror_sim.cli.surroundings import answered
from mirror_sim.compare.outputs import write_table
from mirror_sim.studies import gallese1996

QUANTITIES = {
    "G1": "mirror neurons\n(% of F5)",
    "G1.dark": "the same, responding\nin the dark too",
    "hebb_inputs_nS": "mean weight\nSTS to PFG (nS)",
    "covariance_cells_nS": "mean weight\nPFG to F5 (nS)",
}


def main() -> None:
    """Parse the options, grow, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_subjects(parser, n_subjects=2)
    options = parser.parse_args()
    from mirror_sim.figures import style
    from mirror_sim.figures import sweep as figure

    folder = check_writable(options.out)
    curves = []
    for seed in range(options.seed, options.seed + options.n_subjects):
        subject = ms.Subject.grow(ms.macaque(), seed=seed, progress=progress_bar("growing"))
        curve = gallese1996.learning_curve(subject, jobs=options.jobs or usable_cores())
        curves.append(curve.assign(subject_seed=seed))
        print(curve.round(2).to_string(index=False))
    table = pd.concat(curves)
    write_table(table, folder / "learning_curve.csv")
    axis = "own actions"
    tables = {axis: table.rename(columns={"actions": axis})}
    style.savefig(figure.draw(tables, QUANTITIES), folder / "learning_curve")


if __name__ == "__main__":
    sys.exit(answered(main, "learning_curve.py"))
