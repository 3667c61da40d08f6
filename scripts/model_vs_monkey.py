"""Draw the monkeys of Jerjian et al. 2020 beside a virtual one, read by the same functions."""

import argparse
from pathlib import Path

import numpy as np

import mirror_sim as ms
from mirror_sim.analysis.decoding import binned_counts, cross_decoding
from mirror_sim.base.errors import require_counts
from mirror_sim.base.files import check_writable
from mirror_sim.figures import style
from mirror_sim.studies import jerjian2020
from mirror_sim.studies.jerjian2020 import figure as model_vs_monkey
from mirror_sim.studies.jerjian2020 import jerjian_rows
from mirror_sim.studies.jerjian2020.recording import EXECUTION, OBSERVATION
from mirror_sim.studies.targets import targets


def decoded(session: ms.Session, *, seed: int) -> model_vs_monkey.Decoding:
    """Decode the grasp from the recorded units of F5 over time, within and across contexts."""
    chosen = jerjian2020.recorded_units(session.units, seed=seed)
    f5 = session.units["area"].to_numpy()[chosen] == "F5"
    part = session.select(units=chosen[f5])
    times_s, counts = binned_counts(part, align="go", window_s=model_vs_monkey.WINDOW_S)
    condition = part.trials["condition"].to_numpy(dtype=str)
    moving = np.isin(condition, (EXECUTION, OBSERVATION))
    correct = cross_decoding(
        counts[moving],
        part.trials["action"].to_numpy(dtype=str)[moving],
        condition[moving],
        rng=np.random.default_rng(seed),
    )
    return model_vs_monkey.Decoding(times_s, correct)


def main() -> None:
    """Parse the options, run, draw, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the Subject (default: 1)")
    parser.add_argument("--jobs", type=int, default=2, help="blocks at a time (default: 2)")
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder to write to")
    options = parser.parse_args()
    require_counts(jobs=options.jobs)
    folder = check_writable(options.out)
    monkey = jerjian2020.release().recording
    subject = ms.Subject.grow(ms.macaque(), seed=options.seed)
    session = subject.run(jerjian2020.protocol(), jobs=options.jobs)
    model = jerjian2020.recording(session, seed=options.seed)
    sides = {"monkeys": monkey, f"model, Subject {options.seed}": model}
    figure = model_vs_monkey.draw(
        sides,
        rng=np.random.default_rng(options.seed),
        decoding={list(sides)[-1]: decoded(session, seed=options.seed)},
    )
    style.savefig(figure, folder / "model_vs_monkey")
    ours, theirs = jerjian_rows(model), jerjian_rows(monkey)
    print(f"{'row':26}{'published':>10}{'monkeys':>10}{'model':>10}  inside")
    for row in targets().itertuples():
        if row.id in ours:
            own = ours[row.id]
            known = f"{theirs[row.id]:.2f}" if row.id in theirs else ""
            inside = "yes" if row.low <= own <= row.high else ""
            print(f"{row.id:26}{row.value:10.2f}{known:>10}{own:10.2f}  {inside}")
    print(f"written to {folder}")


if __name__ == "__main__":
    main()
