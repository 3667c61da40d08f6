"""The page of the study: courses, mirror units, signs, Go against NoGo, trials, another day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mirror_sim.figures import panels, style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies.ferroni2021.courses import WINDOW_S, Courses
from mirror_sim.studies.ferroni2021.measures import AREAS, CONTEXTS
from mirror_sim.studies.ferroni2021.task import CUE_S, DURATION_S, GO_S, LIGHT_S

WIDTH_MM, HEIGHT_MM = 180.0, 196.0

_COLOURS = {"execute": style.EXECUTION, "observe": style.OBSERVATION}
_CONTEXT = {"execute": "executed", "observe": "observed"}
_RULES = {"go": "Go", "nogo": "NoGo"}
_PAIRS = {
    "go": ("#4D4D4D", "Go"),
    "dark": ("#8C8C8C", "Go, executed in the dark"),
    "act": ("#BDBDBD", "Go against NoGo"),
    "nogo": ("#E4E4E4", "NoGo"),
}
_LINES = {"go": "-", "nogo": "--"}
_PALE = "#F2BE99"  # observation's colour, lighter
_KEPT = {"mirror": ("o", "mirror or not"), "sign": ("^", "sign, seen")}


@dataclass(frozen=True, kw_only=True, eq=False)
class FigureData:
    """All that the figure shows, as numbers.

    Parameters
    ----------
    numbers : Numbers
    courses : Courses
    subject : str
        Whose courses these are.
    """

    numbers: Numbers
    courses: Courses
    subject: str

    @property
    def areas(self) -> list[str]:
        """The areas with rows, in the order of the pathway."""
        return [area for area in AREAS if f"mirror.go.{area}" in self.numbers.rows]


def draw(data: FigureData) -> Figure:
    """Draw the page.

    Parameters
    ----------
    data : FigureData

    Returns
    -------
    Figure
        180 mm by 196 mm; `style.savefig` writes it.
    """
    with style.context():
        figure = style.page(WIDTH_MM, HEIGHT_MM)
        style.heading(
            figure,
            "A sound tells to grasp or not: done and seen, by area",
            f"A: {data.subject}; B–F: {data.numbers.who}",
        )
        _draw_courses(figure, data)
        _draw_mirror(figure, data)
        _draw_signs(figure, data)
        _draw_against_nogo(figure, data)
        _draw_trials(figure, data)
        _draw_days(figure, data)
    return figure


def _draw_courses(figure: Figure, data: FigureData) -> None:
    _title(figure, 2, 8, "A", "Mean firing of each area")
    handles = [
        panels.line_handle(_COLOURS[context], f"{_CONTEXT[context]}, {name}", dashed=rule != "go")
        for context in CONTEXTS
        for rule, name in _RULES.items()
    ]
    style.legend_at(figure, 66, 9.3, handles, ncols=4)
    for number, area in enumerate(data.areas):
        axes = style.axes_at(figure, left_mm=14 + 43 * number, top_mm=22, width_mm=34, height_mm=23)
        for context in CONTEXTS:
            for rule in _RULES:
                panels.curve(
                    axes,
                    data.courses.times_s,
                    data.courses.change_hz[area, f"{context}-{rule}"],
                    colour=_COLOURS[context],
                    dashed=rule != "go",
                )
        panels.time_axes(axes, WINDOW_S, zero=style.NEUTRAL)
        _draw_scene(axes)
        axes.set_title(area, pad=12)
        axes.set_xlabel("time from go (s)")
        if not number:
            axes.set_ylabel("change of mean rate\n(spikes/s)")


def _draw_scene(axes: Axes) -> None:
    """Show over some axes when there is sound, and when light."""
    place = axes.get_xaxis_transform()
    for height, name, start_s, stop_s in (
        (1.12, "sound", CUE_S, GO_S),
        (1.04, "light", LIGHT_S, DURATION_S),
    ):
        times_s = np.array([start_s, stop_s]) - GO_S
        look: dict[str, Any] = {"transform": place, "clip_on": False, "color": style.NEUTRAL}
        axes.plot(times_s, [height, height], linewidth=1.6, **look)
        axes.text(times_s[0] - 0.06, height, name, fontsize=5, ha="right", va="center", **look)


def _draw_mirror(figure: Figure, data: FigureData) -> None:
    _title(figure, 2, 57, "B", "Units that change in execution and in observation")
    patches = [Patch(facecolor=colour, label=label) for colour, label in _PAIRS.values()]
    style.legend_at(figure, 14, 62, [*patches, _chance("contexts independent")], ncols=5)
    for left_mm, measure, label in (
        (14, "mirror", "any sign (% of units)"),
        (104, "both", "facilitated (% of units)"),
    ):
        axes = style.axes_at(figure, left_mm=left_mm, top_mm=68, width_mm=74, height_mm=24)
        for side, (pair, (colour, _)) in zip((-0.3, -0.1, 0.1, 0.3), _PAIRS.items(), strict=True):
            rows = [f"{measure}.{pair}.{area}" for area in data.areas]
            chances = [f"{row}.chance" for row in rows]
            _bars(axes, data, rows, chances, side=side, width=0.2, colour=colour)
        axes.set_ylim(0, 100)
        axes.set_ylabel(label)
        _name_areas(axes, data.areas)


def _draw_signs(figure: Figure, data: FigureData) -> None:
    _title(figure, 2, 101, "C", "Sign of the change in observation")
    axes = style.axes_at(figure, left_mm=14, top_mm=113, width_mm=74, height_mm=30)
    bars = {"go": style.OBSERVATION, "nogo": _PALE}
    for side, (rule, colour) in zip((-0.2, 0.2), bars.items(), strict=True):
        for end in ("facilitated", "suppressed"):
            rows = [f"{end}.observe-{rule}.{area}" for area in data.areas]
            chances = [f"{end}.observe-{rule}.chance"] * len(rows)
            up = end == "facilitated"
            _bars(axes, data, rows, chances, side=side, width=0.4, colour=colour, up=up)
    _name_directions(axes, data, "suppressed | facilitated\n(% of units)")
    patches = [Patch(facecolor=bars[rule], label=name) for rule, name in _RULES.items()]
    style.legend_at(figure, 14, 106.5, [*patches, _chance("epochs permuted")], ncols=3)


def _draw_against_nogo(figure: Figure, data: FigureData) -> None:
    _title(figure, 92, 101, "D", "Go against NoGo with the same object")
    axes = style.axes_at(figure, left_mm=104, top_mm=113, width_mm=74, height_mm=30)
    for side, (context, colour) in zip((-0.2, 0.2), _COLOURS.items(), strict=True):
        for end in ("more", "less"):
            rows = [f"{end}.{context}.{area}" for area in data.areas]
            chances = [f"{row}.chance" for row in rows]
            up = end == "more"
            _bars(axes, data, rows, chances, side=side, width=0.4, colour=colour, up=up)
    _name_directions(axes, data, "less | more in Go\n(% of units)")
    patches = [Patch(facecolor=_COLOURS[name], label=_CONTEXT[name]) for name in CONTEXTS]
    style.legend_at(figure, 104, 106.5, [*patches, _chance("Go and NoGo permuted")], ncols=3)


def _draw_trials(figure: Figure, data: FigureData) -> None:
    _title(figure, 2, 154, "E", "The same units, more trials: change in both contexts, any sign")
    counts = data.numbers.trial_counts(f"mirror.go.{data.areas[-1]}")
    for number, area in enumerate(data.areas):
        left_mm = 14 + 29 * number
        axes = style.axes_at(figure, left_mm=left_mm, top_mm=167, width_mm=23, height_mm=20)
        for rule, line in _LINES.items():
            rows = [f"mirror.{rule}.{area}.{n}" for n in counts]
            found, chance = (
                data.numbers.of(rows),
                data.numbers.of([f"{row}.chance" for row in rows]),
            )
            axes.plot(counts, found[:, 0], color=style.INK, linestyle=line, marker="o", ms=3)
            axes.vlines(counts, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
            axes.plot(counts, chance[:, 0], color=style.NEUTRAL, linestyle=line)
        axes.set_ylim(0, 100)
        axes.set_xscale("log", base=2)
        axes.set_xticks(counts, [str(n) for n in counts])
        axes.set_title(area)
        if number:
            axes.set_yticklabels([])
        else:
            axes.set_ylabel("share (% of units)")
    style.text_at(figure, 69, 191, "trials of each object and condition", ha="center")
    handles = [
        panels.line_handle(colour, f"{name}{of}", dashed=rule == "nogo")
        for colour, of in ((style.INK, ""), (style.NEUTRAL, ", contexts independent"))
        for rule, name in _RULES.items()
    ]
    style.legend_at(figure, 14, 159.5, handles, ncols=4)


def _draw_days(figure: Figure, data: FigureData) -> None:
    _title(figure, 133, 154, "F", "The same class on another day")
    axes = style.axes_at(figure, left_mm=144, top_mm=167, width_mm=34, height_mm=20)
    handles = []
    for side, (row, (mark, label)) in zip((-0.15, 0.15), _KEPT.items(), strict=True):
        at = np.arange(len(data.areas)) + side
        found = data.numbers.of([f"kappa.{row}.{area}" for area in data.areas])
        axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
        handles += axes.plot(at, found[:, 0], mark, color=style.INK, markersize=3.6, label=label)
    axes.axhline(0, color=style.INK, linewidth=0.4)
    axes.set_ylim(-0.15, 1)
    axes.set_ylabel("Cohen's κ (0: chance)")
    _name_areas(axes, data.areas)
    style.legend_at(figure, 136, 159.5, handles, ncols=2)


def _title(figure: Figure, left_mm: float, top_mm: float, letter: str, words: str) -> None:
    style.letter(figure, left_mm, top_mm, letter)
    style.text_at(figure, left_mm + 6, top_mm + 1, words)


def _chance(what: str) -> Line2D:
    return Line2D([], [], color=style.INK, linewidth=1.4, label=f"chance: {what}")


def _bars(
    axes: Axes,
    data: FigureData,
    rows: Sequence[str],
    chances: Sequence[str],
    *,
    side: float,
    width: float,
    colour: str,
    up: bool = True,
) -> None:
    """Draw a bar for each row, up or down, with its interval and chance across it."""
    at, direction = np.arange(len(rows)) + side, 1 if up else -1
    found, chance = direction * data.numbers.of(rows), direction * data.numbers.of(chances)[:, 0]
    axes.bar(at, found[:, 0], width, color=colour, linewidth=0)
    axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    axes.hlines(chance, at - width / 2, at + width / 2, color=style.INK, linewidth=1.4)


def _name_directions(axes: Axes, data: FigureData, label: str) -> None:
    axes.axhline(0, color=style.INK, linewidth=0.4)
    axes.set_ylim(-55, 100)
    axes.set_yticks([-50, 0, 50, 100], ["50", "0", "50", "100"])
    axes.set_ylabel(label)
    _name_areas(axes, data.areas)


def _name_areas(axes: Axes, areas: Sequence[str]) -> None:
    axes.set_xticks(np.arange(len(areas)), areas)
    axes.set_xlim(-0.6, len(areas) - 0.4)
    axes.tick_params(axis="x", length=0)


def caption(data: FigureData) -> str:
    """Say in words what the figure shows, for the text under it."""
    return (
        "The task of Ferroni et al. 2021: a sound tells to grasp one of three objects (Go) or not "
        f"to (NoGo), done and seen by a simulated monkey ({data.numbers.who}; of several the "
        "mean and its 95 % interval). A unit changes if in reach or hold, or at these times where "
        "nobody moves, its rate differs from that before the sound. No cell of the model hears: "
        "Go and NoGo differ by what the cells of F6 are told, command and withholding; these are "
        "inputs and have no units. "
        f"(A) Mean firing of all units of an area of {data.subject}, aligned to go. "
        "(B) Units that change in execution and in observation: of any sign, and facilitated in "
        "both. Black: chance, the product of the shares of both contexts. The own hand is seen in "
        "the light; in the dark it is not. "
        "(C) Units whose rate rises (up) and falls (down) in observation. Black: the same "
        "where the epochs of each trial are permuted. "
        "(D) Units that fire more (up) or less (down) in Go than in NoGo with the same object, "
        "p < .05; nobody moves in NoGo. Black: the same with Go and NoGo permuted. "
        "(E) Units that change in both contexts by the trials that this rests on, means over equal "
        "parts of one day, with chance as in B. "
        "(F) Agreement of classes on two days that differ in trials and noise only: mirror in Go "
        "or not, and the sign of the change in observed Go."
    )
