"""The study of acts that are heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirror_sim.circuit.hearing import HEARS, hearing
from mirror_sim.scene.trials import Protocol
from mirror_sim.studies.excitability import excitability
from mirror_sim.studies.kohler2002.life import NoisyLife
from mirror_sim.studies.kohler2002.measures import AREA, rows
from mirror_sim.studies.kohler2002.task import SOURCE, protocol
from mirror_sim.studies.study import Control, Results, Study
from mirror_sim.subject.matching import lived_otherwise
from mirror_sim.subject.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _common_test() -> Protocol:
    """Return silent acts in the dark and withholding: nobody is seen, and nothing heard."""
    return excitability(("grasp-precision", "grasp-whole-hand"))


def shuffled_sounds(grown: Subject) -> Subject:
    """Let it hear as many sounds, whatever act was done."""
    return lived_otherwise(grown, _common_test(), sounds="shuffled")


def never_heard(grown: Subject) -> Subject:
    """Let it grow by the same acts without their sounds."""
    return lived_otherwise(grown, _common_test(), sounds="none")


def hearing_cut(grown: Subject) -> Subject:
    """Cut what leaves the cells that hear."""
    return grown.cut(HEARS)


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.kohler2002.figure`, with its caption."""
    from mirror_sim.studies.kohler2002 import figure

    drawn = figure.draw(results.numbers, results.numbers_of_controls)
    drawn.set_label(figure.caption(results.numbers))
    return drawn


STUDY = Study(
    name="kohler2002",
    protocol=protocol,
    rows=rows,
    targets="targets.csv",
    controls=(
        Control(
            name="shuffled sounds",
            change=shuffled_sounds,
            row="match.sound",
            guard=f"responds.sound.{AREA}",
            lives_anew=True,
        ),
        Control(
            name="never heard",
            change=never_heard,
            row=f"responds.sound.{AREA}.excess",
            lives_anew=True,
        ),
        Control(name="hearing cut", change=hearing_cut, row=f"responds.sound.{AREA}.excess"),
    ),
    figure=draw,
    inputs=("STS", HEARS),
    reads=(AREA, HEARS),
    circuit=hearing,
    curriculum=NoisyLife(),
    source=SOURCE,
)
