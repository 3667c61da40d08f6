"""The study of one code for acts done and acts seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirror_sim.studies.controls.study import permuted_within_cells, sts_output_cut
from mirror_sim.studies.pomper2023.measures import rows
from mirror_sim.studies.pomper2023.recording import AREA
from mirror_sim.studies.pomper2023.task import ACTS, SOURCE, protocol
from mirror_sim.studies.study import Control, Results, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CONTROLS = (
    Control(name="STS output cut", change=sts_output_cut, row="coding.observed.PFG"),
    Control(
        name="permuted within cells",
        change=permuted_within_cells,
        row=f"decode.across.{AREA}.excess",
        guard=f"decode.observed.{AREA}.excess",
    ),
)
"""What is seen does not reach PFG; what is shared between contexts is undone."""


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.pomper2023.figure`, with its caption."""
    from mirror_sim.studies.pomper2023 import figure

    drawn = figure.draw(results.numbers, n_acts=len(ACTS))
    drawn.set_label(figure.caption(results.numbers))
    return drawn


STUDY = Study(
    name="pomper2023",
    protocol=protocol,
    rows=rows,
    targets="targets.csv",
    controls=CONTROLS,
    figure=draw,
    inputs=("STS",),
    reads=(AREA,),
    source=SOURCE,
)
