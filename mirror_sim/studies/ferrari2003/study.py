"""The study of acts of the mouth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirror_sim.circuit.mouth import SEES, mouths
from mirror_sim.scene.trials import Protocol
from mirror_sim.studies.excitability import excitability
from mirror_sim.studies.ferrari2003.life import Company
from mirror_sim.studies.ferrari2003.measures import AREA, rows
from mirror_sim.studies.ferrari2003.task import GRASPS, SOURCE, protocol
from mirror_sim.studies.study import Control, Results, Study
from mirror_sim.subject.matching import lived_otherwise
from mirror_sim.subject.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _common_test() -> Protocol:
    """Return grasps in the dark, and withholding: no mouth moves, and none is seen."""
    return excitability(GRASPS)


def shuffled_copies(grown: Subject) -> Subject:
    """Let it see another act of the mouth than others would answer with."""
    return lived_otherwise(grown, _common_test(), others="shuffled")


def never_answered(grown: Subject) -> Subject:
    """Let it see as many acts of mouths, each after the own one is over."""
    return lived_otherwise(grown, _common_test(), others="apart")


def sight_cut(grown: Subject) -> Subject:
    """Cut what leaves the cells that see mouths."""
    return grown.cut(SEES)


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.ferrari2003.figure`, with its caption."""
    from mirror_sim.studies.ferrari2003 import figure

    drawn = figure.draw(results.numbers, results.numbers_of_controls)
    drawn.set_label(figure.caption(results.numbers))
    return drawn


STUDY = Study(
    name="ferrari2003",
    protocol=protocol,
    rows=rows,
    targets="targets.csv",
    controls=(
        Control(
            name="shuffled copies",
            change=shuffled_copies,
            row="match.communicative",
            guard=f"responds.seen.communicative.{AREA}",
            lives_anew=True,
        ),
        Control(
            name="never answered",
            change=never_answered,
            row=f"mirror.communicative.{AREA}.excess",
            lives_anew=True,
        ),
        Control(
            name="sight cut",
            change=sight_cut,
            row=f"responds.seen.communicative.{AREA}.excess",
        ),
    ),
    figure=draw,
    inputs=("STS", SEES),
    reads=(AREA, SEES),
    circuit=mouths,
    curriculum=Company(),
    source=SOURCE,
)
