"""The study of the Go/NoGo task: two days, its rows, the control that must fail, its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from mirror_sim.session.session import Session
from mirror_sim.studies.controls.study import sts_output_cut
from mirror_sim.studies.ferroni2021.courses import courses
from mirror_sim.studies.ferroni2021.measures import (
    AREAS,
    CONTEXTS,
    against_nogo,
    read,
    rows,
    signs_of,
)
from mirror_sim.studies.ferroni2021.task import CONDITIONS, SOURCE, day_1, day_2
from mirror_sim.studies.study import Control, Results, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Without the sight of hands, Go seen is NoGo seen.
CONTROLS = (Control(name="STS output cut", change=sts_output_cut, row="differs.observe.F5.excess"),)
"""The control that speaks to the response to observed Go."""


def tables(sessions: Mapping[str, Session]) -> dict[str, pd.DataFrame]:
    """Return the tests of every unit on the first day."""
    day = read(next(iter(sessions.values())))
    table = day.session.units[["unit_id", "area", "population", "cell_type"]].copy()
    for condition in CONDITIONS:
        table[f"sign_{condition.name}"] = signs_of(day, condition.name)
    for context in CONTEXTS:
        test = against_nogo(day, context)
        table[f"p_go_nogo_{context}"] = test.p
        table[f"omega_squared_go_nogo_{context}"] = test.omega_squared
    return {"units_ferroni2021": table[table["area"].isin(AREAS)]}


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.ferroni2021.figure`, with its caption."""
    from mirror_sim.studies.ferroni2021 import figure

    data = figure.FigureData(
        numbers=results.numbers,
        courses=courses(next(iter(results.sessions.values()))),
        subject=f"Subject {results.seeds[0]}",
    )
    drawn = figure.draw(data)
    drawn.set_label(figure.caption(data))
    return drawn


STUDY = Study(
    name="ferroni2021",
    protocol={"day_1": day_1, "day_2": day_2},
    rows=rows,
    targets="targets.csv",
    controls=CONTROLS,
    controlled=("day_1",),
    figure=draw,
    tables=tables,
    reads=("F5",),
    source=SOURCE,
)
