"""The study of place and view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirror_sim.studies.caggiano2011.measures import AREA, rows
from mirror_sim.studies.caggiano2011.task import SOURCE, protocol
from mirror_sim.studies.controls.study import sts_output_cut
from mirror_sim.studies.study import Control, Results, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.caggiano2011.figure`, with its caption."""
    from mirror_sim.studies.caggiano2011 import figure

    drawn = figure.draw(results.numbers)
    drawn.set_label(figure.caption(results.numbers))
    return drawn


STUDY = Study(
    name="caggiano2011",
    protocol=protocol,
    rows=rows,
    targets="targets.csv",
    controls=(Control(name="STS output cut", change=sts_output_cut, row="omega.view.PFG"),),
    figure=draw,
    inputs=("STS",),
    reads=(AREA,),
    source=SOURCE,
)
