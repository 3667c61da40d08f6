"""The study of a grasp that ends behind a screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mirror_sim.circuit.memory import KEEPS, READY, remembering
from mirror_sim.studies.study import Control, Results, Study
from mirror_sim.studies.umilta2001.measures import AREA, rows
from mirror_sim.studies.umilta2001.task import SOURCE, protocol
from mirror_sim.subject.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def short_nmda(grown: Subject) -> Subject:
    """Let excitation among the cells that remember be fast, of the same charge at each spike.

    All that such a cell gets from the others then comes within 5 ms in place of 100, and no less.
    """
    circuit = grown.circuit
    kept = circuit.projection(KEEPS, KEEPS)
    made = grown.with_circuit(circuit.with_projection(replace(kept, nmda=0.0)))
    longer = circuit.tau_nmda_ms / circuit.tau_ampa_ms
    weights = {
        f"{name}.w": made.state[f"{name}.w"] * longer
        for name, synapses in made.engine.wiring.synapses.items()
        if synapses.rule is not None and synapses.rule.efficacy
    }
    return made.with_learned({**made.state, **weights}, "short NMDA")


def readiness_cut(grown: Subject) -> Subject:
    """Take away readiness, by which what is remembered reaches F5 most."""
    return grown.cut(READY)


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.umilta2001.figure`, with its caption."""
    from mirror_sim.studies.umilta2001 import figure

    drawn = figure.draw(results.numbers, results.numbers_of_controls)
    drawn.set_label(figure.caption(results.numbers))
    return drawn


_ROW = f"object.hidden.{AREA}.excess"

STUDY = Study(
    name="umilta2001",
    protocol=protocol,
    rows=rows,
    targets="targets.csv",
    controls=(
        Control(name="short NMDA", change=short_nmda, row=_ROW, guard=f"object.seen.{AREA}.excess"),
        Control(name="readiness cut", change=readiness_cut, row=_ROW),
    ),
    figure=draw,
    circuit=remembering,
    inputs=("STS",),
    reads=(AREA,),
    source=SOURCE,
)
