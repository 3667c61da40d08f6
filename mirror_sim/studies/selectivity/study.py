"""The study of what a share means: its chance, effect size, trials, cell types, another day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from mirror_sim.session.session import Session
from mirror_sim.studies.controls.study import permuted_within_cells, sts_output_cut
from mirror_sim.studies.selectivity.day import AREAS, CONTEXTS, read
from mirror_sim.studies.selectivity.measures import act_tests, class_table, rows
from mirror_sim.studies.selectivity.task import day_1, day_2
from mirror_sim.studies.study import Control, Results, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CONTROLS = (
    Control(name="STS output cut", change=sts_output_cut, row="decode.same_object.PFG.excess"),
    Control(
        name="permuted within cells",
        change=permuted_within_cells,
        row="match.F5",
        guard="responds.observed.F5",
    ),
    Control(
        name="shuffled pairing",
        growth={"shuffled": True},
        row="match.F5",
        guard="responds.observed.F5",
    ),
)
"""The package's controls that speak to what is seen and to the match."""


def tables(sessions: Mapping[str, Session]) -> dict[str, pd.DataFrame]:
    """Return the test of the act of every unit on the first day."""
    day = read(next(iter(sessions.values())))
    table = day.session.units[["unit_id", "area", "population", "cell_type"]].copy()
    for context in CONTEXTS:
        test = act_tests(day, context)
        table[f"p_{context}"] = test.p
        table[f"omega_squared_{context}"] = test.omega_squared
    return {"units_selectivity": table[table["area"].isin(AREAS)]}


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.selectivity.figure`, with its caption."""
    from mirror_sim.studies.selectivity import figure

    first, second = (read(session) for session in results.sessions.values())
    data = figure.FigureData(
        numbers=results.numbers,
        days=class_table(first, second),
        n_acts=len(first.acts),
        subject=f"Subject {results.seeds[0]}",
    )
    drawn = figure.draw(data)
    drawn.set_label(figure.caption(data))
    return drawn


STUDY = Study(
    name="selectivity",
    protocol={"day_1": day_1, "day_2": day_2},
    rows=rows,
    targets="targets.csv",
    controls=CONTROLS,
    controlled=("day_1",),
    figure=draw,
    tables=tables,
    inputs=("STS",),
    reads=("F5",),
    source="what a share of mirror units means: its chance, its effect size and its ceiling",
)
