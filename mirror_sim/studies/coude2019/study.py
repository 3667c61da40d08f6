"""The study of grasps to eat and to place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mirror_sim.circuit.goals import goal_directed
from mirror_sim.studies.coude2019.life import SOURCE, Goals
from mirror_sim.studies.coude2019.measures import AREA, rows
from mirror_sim.studies.coude2019.task import protocol
from mirror_sim.studies.study import Control, Results, Study
from mirror_sim.subject.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def shuffled_context(grown: Subject) -> Subject:
    """Let a Subject of the same seed grow with goals told that have nothing to do with the act."""
    plan = grown.growth.plan if grown.growth else None
    plan = plan if isinstance(plan, Goals) else Goals()
    return grown.grown_anew(replace(plan, context="shuffled"))


def context_cut(grown: Subject) -> Subject:
    """Take away the cells that are told the goal."""
    return grown.cut("PFC.goal")


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.coude2019.figure`, with its caption."""
    from mirror_sim.studies.coude2019 import figure

    drawn = figure.draw(results.numbers, results.numbers_of_controls)
    drawn.set_label(figure.caption(results.numbers))
    return drawn


STUDY = Study(
    name="coude2019",
    protocol=protocol,
    rows=rows,
    targets="targets.csv",
    controls=(
        Control(
            name="shuffled context", change=shuffled_context, lives_anew=True, row="match.learned"
        ),
        Control(name="context cut", change=context_cut, row=f"goal.observed.cued.{AREA}.excess"),
    ),
    figure=draw,
    inputs=("STS",),
    reads=(AREA,),
    circuit=goal_directed,
    curriculum=Goals(),
    source=SOURCE,
)
