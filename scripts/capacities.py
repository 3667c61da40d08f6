"""What capacities cost: the same rows in the default circuit, and where it hears and is told goals.

Hearing (`mirror_sim.circuit.hearing`) and goals (`mirror_sim.circuit.goals`) are added for studies
of their own. Here one circuit has both, and grows by a life that has all acts, sounds and goals.
Writes ``capacities.csv``: each calibrated and predicted row of `observed_vs_performed` in both
circuits, mean and 95 % interval over Subjects, and whether the mean is inside the published
interval; and what the studies of both capacities find where a circuit has both. Stopped and run
again it resumes.
"""

import argparse
import sys

import pandas as pd

from mirror_sim.base.files import check_writable
from mirror_sim.base.records import record
from mirror_sim.circuit.goals import goal_directed
from mirror_sim.circuit.hearing import hearing
from mirror_sim.cli.studies import add_options, setup_of
from mirror_sim.cli.surroundings import answered
from mirror_sim.compare.outputs import write_table
from mirror_sim.scene.actions import REPERTOIRE
from mirror_sim.studies.coude2019.life import EAT, PLACE, Goals
from mirror_sim.studies.kohler2002.life import NoisyLife
from mirror_sim.studies.kohler2002.task import ACTS
from mirror_sim.studies.study import get_study
from mirror_sim.studies.verdict import mean_of


@record
class RichLife(NoisyLife, Goals):
    """Own acts of the repertoire, noisy ones, and those whose goal is told."""

    actions: tuple = (*REPERTOIRE, *ACTS, EAT, EAT, PLACE, PLACE)
    source: str = "the lives of the studies kohler2002 and coude2019 in one"


RICH = {"circuit": goal_directed(hearing()), "curriculum": RichLife()}
OWN_ROWS = {
    "kohler2002": ("responds.sound.F5.excess", "match.sound"),
    "coude2019": ("goal.executed.cued.F5.excess", "goal.observed.cued.F5.excess"),
}


def main() -> None:
    """Parse the options, run, write and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, n_subjects=4)
    options = parser.parse_args()
    setup, folder = setup_of(options), check_writable(options.out)
    parts = []
    for name in ("observed_vs_performed", *OWN_ROWS):
        study = get_study(name)
        published = study.published().set_index("id").reindex(columns=["role", "low", "high"])
        rows = published.query("role != 'sanity'").index if name not in OWN_ROWS else OWN_ROWS[name]
        found = {"own": setup.sweep(study, what=f"{name}, as it is")}
        found["rich"] = setup.sweep(study, what=f"{name}, all capacities", **RICH)
        parts.append(compared(name, published.reindex(rows), found))
    table = pd.concat(parts, ignore_index=True)
    write_table(table, folder / "capacities.csv")
    print(table.round(2).to_string(index=False))
    inside = table.dropna(subset="low").groupby("role")[["own_inside", "rich_inside"]].sum()
    print(inside.to_string())


def compared(name: str, published: pd.DataFrame, found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return a line for each row of a study, with what both circuits gave."""
    lines = []
    for row in published.itertuples():
        line = {"study": name, "id": row.Index, "role": row.role, "low": row.low, "high": row.high}
        for circuit, table in found.items():
            mean, low, high = mean_of(table[row.Index])
            line |= {circuit: mean, f"{circuit}_low": low, f"{circuit}_high": high}
            line[f"{circuit}_inside"] = row.low <= mean <= row.high
        lines.append(line)
    return pd.DataFrame(lines)


if __name__ == "__main__":
    sys.exit(answered(main, "capacities.py"))
