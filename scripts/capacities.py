"""What capacities cost: the rows of both first papers in a circuit that can do more.

Hearing, told goals, memory and a mouth are parts that studies add to the default circuit. Here one
circuit has all of them, and grows by one life with all sounds, goals and acts of the mouth. Writes
``capacities.csv``: each row but the sanity ones in the default circuit and in this one, mean and
standard error over Subjects, beside the published interval if there is one; and prints how many
means are inside. Stopped and run again it resumes.
"""

import argparse
import sys

from mirror_sim.base.files import check_writable
from mirror_sim.base.records import record
from mirror_sim.circuit.goals import goal_directed
from mirror_sim.circuit.hearing import hearing
from mirror_sim.circuit.memory import remembering
from mirror_sim.circuit.mouth import mouths
from mirror_sim.cli.studies import add_options, setup_of
from mirror_sim.cli.surroundings import answered
from mirror_sim.compare.outputs import write_table
from mirror_sim.studies.coude2019.life import Goals
from mirror_sim.studies.ferrari2003.life import Company
from mirror_sim.studies.kohler2002.life import NoisyLife
from mirror_sim.studies.observed_vs_performed import STUDY


@record
class RichLife(Company, NoisyLife, Goals):
    """Acts of the hand, some with their sound and some whose goal is told, and of the mouth."""

    actions: tuple = (*NoisyLife.actions, *Goals.actions)
    source: str = "the lives of the studies kohler2002, coude2019 and ferrari2003 in one"


CASES = {
    "default": {},
    "all": {"circuit": mouths(goal_directed(hearing(remembering()))), "curriculum": RichLife()},
}


def main() -> None:
    """Parse the options, run, write and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, n_subjects=4)
    options = parser.parse_args()
    setup, folder = setup_of(options), check_writable(options.out)
    table = STUDY.published().query("role != 'sanity'").set_index("id")[["role", "low", "high"]]
    for case, changes in CASES.items():
        found = setup.sweep(STUDY, what=case, **changes).reindex(columns=table.index)
        table = table.assign(**{case: found.mean(), f"{case}, se": found.sem()})
    table = table.dropna(subset="default").reset_index()
    write_table(table, folder / "capacities.csv")
    print(table.round(2).to_string(index=False))
    inside = table[list(CASES)].apply(lambda found: found.between(table["low"], table["high"]))
    print(inside.groupby(table["role"]).sum().to_string())


if __name__ == "__main__":
    sys.exit(answered(main, "capacities.py"))
