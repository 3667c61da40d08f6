"""The same actions performed and observed: units, areas, muscles, shares and controls on one page.

`prepare` computes what two sessions show, `draw` draws it, `caption` says in words what is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mirror_sim.figures import panels, style
from mirror_sim.studies import gallese1996
from mirror_sim.studies.jerjian2020 import jerjian_classify
from mirror_sim.studies.observed_vs_performed.averages import (
    AREAS,
    NOGO,
    Course,
    changes,
    muscle,
    population,
)
from mirror_sim.studies.observed_vs_performed.examples import (
    AREA,
    DARK,
    EXECUTION,
    OBJECT_ALONE,
    OBSERVATION,
    WINDOW_S,
    Example,
    choose,
    odd_trials,
)

if TYPE_CHECKING:
    from mirror_sim.session.session import Session

WIDTH_MM, HEIGHT_MM = 180.0, 240.0

_LINES = {
    EXECUTION: (style.EXECUTION, False, "execution"),
    DARK: (style.EXECUTION, True, "execution in the dark"),
    OBSERVATION: (style.OBSERVATION, False, "observation"),
    OBJECT_ALONE: (style.NEUTRAL, False, "object alone"),
    NOGO: (style.NEUTRAL, True, "NoGo"),
}
_TIME_LABEL = "time from contact (s)"


@dataclass(frozen=True, kw_only=True, eq=False)
class FigureData:
    """All that the figure shows, as numbers.

    Parameters
    ----------
    examples : tuple of Example
        Example units, one a column.
    population : dict of (str, str) to Course
        By area and condition, all units.
    changes : DataFrame
        One row a unit of F5 and grasp: unit_id, action, execution, observation (spikes/s) and
        sign_class.
    muscle : dict of str to (times_s, activity, drive)
        By condition: seconds from contact, mean activity of the muscles and mean rate of all
        pyramidal tract neurons (see `muscle_readout`), float arrays of shape (n_times,).
    shares : DataFrame
        One row a published number: quantity, published, published_low, published_high, model,
        model_low, model_high (%), n (Subjects).
    controls : DataFrame
        One row a control and measure: control, measure, value, chance, chance_low, chance_high, n,
        verdict (`panels.NO_RESPONSE` if the control has too little to judge).
    subject : str
        Whose sessions these are.
    n_subjects : int
        How many Subjects stand behind the shares.
    """

    examples: tuple[Example, ...]
    population: Mapping[tuple[str, str], Course]
    changes: pd.DataFrame
    muscle: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
    shares: pd.DataFrame
    controls: pd.DataFrame
    subject: str
    n_subjects: int


def prepare(
    battery: Session,
    task: Session,
    *,
    shares: pd.DataFrame,
    controls: pd.DataFrame,
    subject: str,
    n_subjects: int,
) -> FigureData:
    """Compute what the figure shows.

    Parameters
    ----------
    battery : Session
        The protocol of Gallese et al. 1996; each action executed and observed at least four times,
        so that half of the trials can be tested.
    task : Session
        The protocol of Jerjian et al. 2020, of the same Subject.
    shares, controls, subject, n_subjects
        As in `FigureData`.

    Returns
    -------
    FigureData

    Raises
    ------
    ValueError
        If a condition, an event or a column is missing, or an action has too few trials.
    """
    _require(
        shares,
        "shares",
        "quantity published published_low published_high model model_low model_high n",
    )
    _require(controls, "controls", "control measure value chance chance_low chance_high n verdict")
    selection = gallese1996.classify(battery.select(trials=odd_trials(battery.trials)))
    return FigureData(
        examples=choose(battery, selection),
        population=population(battery),
        changes=changes(task, jerjian_classify(task)),
        muscle=muscle(task),
        shares=shares.reset_index(drop=True),
        controls=controls.reset_index(drop=True),
        subject=subject,
        n_subjects=n_subjects,
    )


def _require(table: pd.DataFrame, name: str, columns: str) -> None:
    missing = [column for column in columns.split() if column not in table.columns]
    if missing:
        raise ValueError(f"{name} lacks the columns {', '.join(missing)}; it needs {columns}")


def draw(data: FigureData) -> Figure:
    """Draw the page.

    Parameters
    ----------
    data : FigureData
        From `prepare`.

    Returns
    -------
    Figure
        180 mm by 240 mm; `style.savefig` writes it.
    """
    with style.context():
        figure = style.page(WIDTH_MM, HEIGHT_MM)
        _heading(figure, data)
        _draw_examples(figure, data)
        _draw_population(figure, data)
        _draw_muscle(figure, data)
        _draw_changes(figure, data)
        _draw_shares(figure, data)
        _draw_controls(figure, data)
    return figure


def _heading(figure: Figure, data: FigureData) -> None:
    behind = "one Subject: an example" if data.n_subjects == 1 else f"{data.n_subjects} Subjects"
    style.text_at(figure, 2, 2, "Actions performed and observed", fontsize=9, fontweight="bold")
    style.text_at(figure, 178, 2.6, f"A–C: {data.subject}; D: {behind}", ha="right")


def _draw_examples(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 7, "A")
    style.text_at(figure, 8, 8, "Example units, chosen by odd trials; even trials are shown")
    handles = [
        panels.line_handle(colour, label, dashed=dashed)
        for colour, dashed, label in _LINES.values()
    ]
    style.legend_at(figure, 81, 8.3, handles, ncols=5)
    first = True
    for column, example in enumerate(data.examples):
        _draw_example(figure, example, 11 + column * 34.4, first=first)
        first &= example.unit_id is None
    style.text_at(figure, 11, 77.5, _abbreviations(data), fontsize=6)


def _draw_example(figure: Figure, example: Example, left_mm: float, *, first: bool) -> None:
    among = f"{example.n_candidates} of {example.n_units} units of {AREA}"
    style.text_at(figure, left_mm, 12.5, example.title, fontweight="bold")
    style.text_at(figure, left_mm, 15.8, among)
    if example.unit_id is None:
        place = style.axes_at(figure, left_mm=left_mm, top_mm=26, width_mm=29, height_mm=40)
        panels.nothing(place, f"no unit of {AREA}\nis of this kind\nby the odd trials")
        return
    unit = f"unit {example.unit_id} ({example.cell_type}), {panels.initials(example.action)}"
    style.text_at(figure, left_mm, 19, unit)
    execution = _draw_context(figure, example, left_mm, (EXECUTION, DARK))
    observation = _draw_context(figure, example, left_mm + 15, (OBSERVATION, OBJECT_ALONE))
    top = max(execution.get_ylim()[1], observation.get_ylim()[1])
    for axes in (execution, observation):
        axes.set_ylim(0, top)
        axes.yaxis.set_major_locator(panels.few_ticks(3))
    observation.tick_params(labelleft=False)
    execution.set_xlabel(_TIME_LABEL, x=1.04)
    bars = style.axes_at(figure, left_mm=left_mm, top_mm=64, width_mm=29, height_mm=9.5)
    panels.paired_bars(
        bars,
        example.actions,
        example.changes[EXECUTION],
        example.changes[OBSERVATION],
        marked=example.action,
    )
    if first:
        execution.set_ylabel("spikes/s")
        bars.set_ylabel("change\n(spikes/s)")


def _draw_context(
    figure: Figure, example: Example, left_mm: float, conditions: tuple[str, str]
) -> Axes:
    """Draw raster and curve of the first condition, and over it the curve of the second."""
    trace = example.traces[conditions[0]]
    colour, _, label = _LINES[conditions[0]]
    upper = style.axes_at(figure, left_mm=left_mm, top_mm=25, width_mm=14, height_mm=12)
    panels.raster(upper, trace.spikes_s, trace.onsets_s, windows_s=trace.windows_s, colour=colour)
    panels.time_axes(upper, WINDOW_S)
    upper.set_title(label, color=colour, fontsize=6)
    lower = style.axes_at(figure, left_mm=left_mm, top_mm=38, width_mm=14, height_mm=17)
    top = 1.0
    for name in reversed(conditions):
        if name in example.traces:
            rates = example.traces[name].rates
            values = rates.of(name)[:, 0]
            colour, dashed, _ = _LINES[name]
            panels.curve(lower, rates.times_s, values, colour=colour, dashed=dashed)
            top = max(top, 1.05 * float(np.nanmax(values)))
    panels.time_axes(lower, WINDOW_S, windows_s=trace.windows_s)
    lower.set_ylim(0, top)
    return lower


def _draw_population(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 84, "B")
    style.text_at(figure, 8, 85, "All units of an area (mean ± SEM over units, minus baseline)")
    lowest, highest = 0.0, 1.0
    drawn = []
    for column, area in enumerate(AREAS):
        left_mm = 11 + column * 37.5
        axes = style.axes_at(figure, left_mm=left_mm, top_mm=93, width_mm=35, height_mm=25)
        n_units = 0
        for name in (OBJECT_ALONE, DARK, EXECUTION, OBSERVATION):
            course = data.population.get((area, name))
            if course is None:
                continue
            colour, dashed, _ = _LINES[name]
            panels.curve(
                axes, course.times_s, course.mean, error=course.sem, colour=colour, dashed=dashed
            )
            lowest = min(lowest, float(np.nanmin(course.mean - course.sem)))
            highest = max(highest, float(np.nanmax(course.mean + course.sem)))
            n_units = course.n_units
        axes.set_title(f"{area} (n = {n_units})")
        axes.axhline(0, color=style.INK, linewidth=0.4, zorder=0.5)
        panels.time_axes(axes, WINDOW_S)
        drawn.append(axes)
    for axes in drawn:
        axes.set_ylim(1.05 * lowest, 1.05 * highest)
        axes.tick_params(labelleft=axes is drawn[0])
    drawn[0].set_ylabel("change (spikes/s)")
    drawn[1].set_xlabel(_TIME_LABEL)


def _draw_muscle(figure: Figure, data: FigureData) -> None:
    peak = max(float(activity.max()) for _, activity, _ in data.muscle.values())
    titles = ("muscle read-out (% of its peak)", "all M1-PTNs, no threshold (spikes/s)")
    for column, title in enumerate(titles):
        left_mm = 11 + column * 57.5
        axes = style.axes_at(figure, left_mm=left_mm, top_mm=130, width_mm=52.5, height_mm=14)
        for name, (times_s, activity, drive) in data.muscle.items():
            colour, dashed, _ = _LINES[name]
            values = drive if column else 100 * activity / (peak or 1.0)
            panels.curve(axes, times_s, values, colour=colour, dashed=dashed)
        axes.set_title(title)
        top = axes.get_ylim()[1]
        # Below zero there is nothing, but a line at zero is to be seen.
        axes.set_ylim(-0.06 * top, top)
        axes.set_xlabel(_TIME_LABEL)
        panels.time_axes(axes, WINDOW_S)


def _draw_changes(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 128, 84, "C")
    style.text_at(figure, 134, 85, "F5: change in both contexts")
    axes = style.axes_at(figure, left_mm=139, top_mm=93, width_mm=37, height_mm=37)
    panels.change_scatter(axes, data.changes)
    axes.set_xlabel("execution (spikes/s)")
    axes.set_ylabel("observation (spikes/s)")
    n_units, n_grasps = data.changes["unit_id"].nunique(), data.changes["action"].nunique()
    axes.set_title(f"n = {n_units} units × {n_grasps} grasps")
    style.text_at(figure, 134, 140, "signs (execution, observation):", fontsize=6)
    counts = data.changes["sign_class"].value_counts().to_dict()
    style.legend_at(figure, 134, 143.5, panels.class_handles(counts), ncols=2)


def _draw_shares(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 155, "D")
    style.text_at(figure, 8, 156, "Published and simulated shares")
    height = min(63.0, 10.5 * len(data.shares))
    axes = style.axes_at(figure, left_mm=40, top_mm=166, width_mm=31, height_mm=height)
    panels.published_and_model(axes, data.shares)
    axes.set_xlabel("share (%)")
    style.legend_at(figure, 40, 160.5, panels.published_handles(), ncols=2)


def _draw_controls(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 88, 155, "E")
    style.text_at(figure, 94, 156, "Controls against their chance")
    if data.controls.empty:
        place = style.axes_at(figure, left_mm=94, top_mm=166, width_mm=80, height_mm=40)
        panels.nothing(place, "no controls were run")
        return
    style.legend_at(figure, 94, 160.5, panels.chance_handles(), ncols=3)
    measures = list(dict.fromkeys(data.controls["measure"]))
    gap_mm = 8.5
    room_mm = 66.0 - gap_mm * (len(measures) - 1)
    row_mm = min(8.0, room_mm / max(len(data.controls), 1))
    top_mm = 166.0
    for measure in measures:
        table = data.controls[data.controls["measure"] == measure]
        height = row_mm * len(table)
        axes = style.axes_at(figure, left_mm=122, top_mm=top_mm, width_mm=23, height_mm=height)
        panels.against_chance(
            axes,
            table,
            # Rows closer than two lines of letters have room for one.
            wrap=26 if row_mm >= 5.2 else 36,
            header="n" if measure == measures[0] else "",
        )
        axes.set_xlabel(f"{measure}, above chance")
        top_mm += height + gap_mm


def caption(data: FigureData) -> str:
    """Say in words what the figure shows, for the text under it."""
    behind = "one Subject, an example" if data.n_subjects == 1 else f"{data.n_subjects} Subjects"
    missing = [example.title for example in data.examples if example.unit_id is None]
    without = f" By the odd trials no unit was {' and none '.join(missing)}." if missing else ""
    return (
        f"Actions performed and observed by a simulated monkey ({data.subject}). "
        "(A) Example units of F5. Class, unit and action were chosen by the odd trials of each "
        "condition and action, as the clearest of the class (a fast-spiking cell only where there "
        "was no other); only the even trials, which chose "
        f"nothing, are shown.{without} Rasters: one row a trial, in order; dots: movement onset. "
        "Curves: mean rate, Gaussian SD 50 ms; dashed: execution in the dark; grey: the "
        "object alone. Shaded: the windows of the statistics (baseline, reach, hold). Bars: "
        "change of the rate from movement onset to 0.5 s after contact, for all actions (bold: "
        "the one above); execution left, observation right. "
        "(B) Mean ± SEM over all units of an area minus each unit's baseline, all actions; below, "
        "the muscles that the pyramidal tract neurons of M1 drive and the mean rate of these "
        "neurons. "
        "(C) Change of rate of all units of F5, 0.35 to 0.80 s after Go against 1.4 to 1.1 s "
        "before, for each of the grasps. Colours: signs (execution, observation) of mirror units "
        "by the analysis of variance of the same trials; they describe and prove nothing. "
        f"(D) Published shares with their intervals and those of the model ({behind}; of several "
        "the mean and its 95 % interval). "
        "(E) Controls (n: Subjects): the measure against its chance and the interval of that; an "
        "open dot marks a control with too little of an observation response to be judged."
    )


def _abbreviations(data: FigureData) -> str:
    """Spell out the actions, on two lines."""
    actions = next((example.actions for example in data.examples if example.actions), ())
    words = [f"{panels.initials(action)}: {action}" for action in actions]
    half = (len(words) + 1) // 2
    return "\n".join(",  ".join(line) for line in (words[:half], words[half:]))
