"""The study of tools, seen and used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirror_sim.studies.ferrari2005 import task
from mirror_sim.studies.ferrari2005.measures import AREA, OWN_TOOLS, rows
from mirror_sim.studies.study import Control, Results, Study
from mirror_sim.subject.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def command_cut(grown: Subject) -> Subject:
    """Take away what tells F5 of the act that is commanded, and of its phase."""
    return grown.cut("F6.command", AREA)


def nothing_left(grown: Subject) -> Subject:
    """Take away the command, to all areas, and what is felt of the hand."""
    return grown.cut("F6.command").cut("area2")


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.ferrari2005.figure`, with its caption."""
    from mirror_sim.studies.ferrari2005 import figure

    drawn = figure.draw(results.numbers, results.numbers_of_controls)
    drawn.set_label(figure.caption(results.numbers))
    return drawn


STUDY = Study(
    name="ferrari2005",
    experiment={
        "untaught": task.untaught,
        "watched": task.after_watching,
        "used": task.after_use,
        "unseen": task.after_unseen_use,
        "hand": task.after_hand,
        OWN_TOOLS: task.own_tools,
    },
    rows=rows,
    targets="targets.csv",
    controls=(
        Control(name="no command to F5", change=command_cut, row=f"goal.{AREA}.excess"),
        Control(name="no command, not felt", change=nothing_left, row="goal.M1.excess"),
    ),
    controlled=(OWN_TOOLS,),
    figure=draw,
    reads=(AREA, "M1"),
    source=task.SOURCE,
)
