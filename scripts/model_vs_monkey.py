"""Draw the monkeys of Jerjian et al. 2020 beside a virtual one, read by the same functions."""

import argparse
import sys

import numpy as np
import pandas as pd

from mirror_sim.base.files import check_writable
from mirror_sim.cli.studies import add_options, setup_of
from mirror_sim.cli.surroundings import answered
from mirror_sim.compare.report import results_of
from mirror_sim.compare.scoreboard import lines, scoreboard
from mirror_sim.studies import jerjian2020


def main() -> None:
    """Parse the options, run, draw, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser, n_subjects=1)
    options = parser.parse_args()
    from mirror_sim.figures import style
    from mirror_sim.studies.jerjian2020 import figure as model_vs_monkey

    seed, folder = options.seed, check_writable(options.out)
    monkey = jerjian2020.release().recording
    results = results_of(jerjian2020.STUDY, setup_of(options), n_controls=0)
    model = f"model, Subject {seed}"
    figure = model_vs_monkey.draw(
        {"monkeys": monkey, model: jerjian2020.recording(results.session, seed=seed)},
        rng=np.random.default_rng(seed),
        decoding={model: model_vs_monkey.decoded(results.session, seed=seed)},
    )
    style.savefig(figure, folder / "model_vs_monkey")
    theirs = pd.DataFrame([jerjian2020.jerjian_rows(monkey)]).assign(subject_kind="monkeys")
    table = scoreboard(jerjian2020.STUDY, pd.concat([theirs, results.found]))
    for kind in ("monkeys", "grown"):
        print(kind, *lines(table, kind=kind), sep="\n")
    print(f"figure written to {folder}")


if __name__ == "__main__":
    sys.exit(answered(main, "model_vs_monkey.py"))
