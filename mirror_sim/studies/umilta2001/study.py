"""The study of a grasp that ends behind a screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mirror_sim.studies.study import Control, Results, Study
from mirror_sim.studies.umilta2001.measures import AREA, rows
from mirror_sim.studies.umilta2001.task import SOURCE, protocol
from mirror_sim.subject.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHORT_NMDA_MS = 5.0


def short_nmda(grown: Subject) -> Subject:
    """Let the slow share of excitation end as fast as the other, so that it bridges no delay."""
    return grown.with_circuit(replace(grown.circuit, tau_nmda_ms=SHORT_NMDA_MS))


def readiness_cut(grown: Subject) -> Subject:
    """Take away the input of readiness, which knows that an object was seen."""
    return grown.cut("F6.set")


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.umilta2001.figure`, with its caption."""
    from mirror_sim.studies.umilta2001 import figure

    drawn = figure.draw(results.numbers, results.numbers_of_controls)
    drawn.set_label(figure.caption(results.numbers))
    return drawn


STUDY = Study(
    name="umilta2001",
    protocol=protocol,
    rows=rows,
    targets="targets.csv",
    controls=(
        Control(name="readiness cut", change=readiness_cut, row=f"object.hidden.{AREA}.excess"),
        Control(name="short NMDA", change=short_nmda, row=f"object.hidden.{AREA}.excess"),
    ),
    figure=draw,
    inputs=("STS",),
    reads=(AREA,),
    source=SOURCE,
)
