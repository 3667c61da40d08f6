"""The study of Zhao & Schieber 2025: the task, its rows, its control and its figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mirror_sim.analysis.trajectories import first_angles, instantaneous_axes
from mirror_sim.scene.trials import Protocol
from mirror_sim.session.session import Session
from mirror_sim.studies.controls.study import sts_output_cut
from mirror_sim.studies.study import Control, Results, Study
from mirror_sim.studies.zhao2025.decode import decoding_course
from mirror_sim.studies.zhao2025.measures import rows
from mirror_sim.studies.zhao2025.recording import AREA, classes, read
from mirror_sim.studies.zhao2025.subspaces import MOMENTS, activity_of, course_times, place_of
from mirror_sim.studies.zhao2025.task import N_TRIALS, SOURCE, protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mirror_sim.studies.zhao2025.figure import Course


def task(n_trials: int = N_TRIALS) -> Protocol:
    """Return the task, the same trials for every Subject."""
    return protocol(n_trials)


def tables(session: Session) -> dict[str, pd.DataFrame]:
    """Return the class of every unit, with execution in the light and in the dark."""
    recording = read(session)
    table = recording.session.units[["unit_id", "area", "population", "cell_type"]].copy()
    table["class"] = classes(recording)
    table["class_dark"] = classes(recording, execution="dark")
    return {"units_zhao2025": table}


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.zhao2025.figure`, with its caption."""
    from mirror_sim.studies.zhao2025 import figure

    recording = read(results.session)
    activity = activity_of(recording, recording.units[AREA])
    data = figure.FigureData(
        rows=results.numbers.rows,
        n_subjects=results.numbers.n_subjects,
        angles={
            context: _angles([activity.trajectory(context, half) for half in (0, 1)])
            for context in ("executed", "observed")
        },
        decoding=decoding_course(recording, AREA, seed=results.seeds[0]),
        subject=f"Subject {results.seeds[0]}",
    )
    drawn = figure.draw(data)
    drawn.set_label(figure.caption(data))
    return drawn


def _angles(halves: list[np.ndarray]) -> Course:
    """Return the angles of one half's subspaces to those of the other half at each moment."""
    axes, others = (instantaneous_axes(trajectory) for trajectory in halves)
    angles = {moment: first_angles(axes, others[place_of(moment)]) for moment in MOMENTS}
    parts, first = [], 0
    for event, times_s in course_times():
        own = slice(first, first + len(times_s))
        parts.append((event, times_s, {name: values[own] for name, values in angles.items()}))
        first = own.stop
    return parts


STUDY = Study(
    name="zhao2025",
    protocol=task,
    rows=rows,
    targets="targets.csv",
    controls=(
        Control(
            name="STS output cut",
            change=sts_output_cut,
            row="decode.across.hold.F5.excess",
            guard="observed.F5",
        ),
    ),
    figure=draw,
    tables=tables,
    reads=("F5",),
    source=SOURCE,
)
