"""The page of the study: who responds to which view, what matters, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mirror_sim.figures import panels, style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies.caggiano2011.measures import AREA, AREAS, FACTORS
from mirror_sim.studies.caggiano2011.task import SEEN

WIDTH_MM, HEIGHT_MM = 180.0, 108.0

_LABELS: Mapping[str, str] = {
    "executed": "done in\nthe dark",
    "0": "0°\n(own view)",
    "90": "90°",
    "180": "180°\n(face to face)",
    "far": "180°,\nfar",
}
_ORDER = ("0", "90", "180", "far")
_LOOKS = {"view": ("o", "view (0°, 90°, 180°)"), "space": ("s", "place (near, far)")}


def draw(data: Numbers) -> Figure:
    """Draw the page.

    Parameters
    ----------
    data : Numbers
        The study's rows.

    Returns
    -------
    Figure
        180 mm by 108 mm; `style.savefig` writes it.
    """
    with style.context():
        figure = style.page(WIDTH_MM, HEIGHT_MM)
        style.heading(figure, "A grasp seen near and far, and from three points of view", data.who)
        _draw_responses(figure, data)
        _draw_selective(figure, data)
        _draw_preferred(figure, data)
        _draw_decoding(figure, data)
    return figure


def _draw_responses(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 2, 9, "A")
    style.text_at(figure, 8, 10, f"Units of {AREA} that respond to at least one of two grasps")
    axes = style.axes_at(figure, left_mm=14, top_mm=17, width_mm=74, height_mm=30)
    names = ["executed", *_ORDER]
    found = data.of([f"responds.{name}.{AREA}" for name in names])
    colours = [style.EXECUTION] + [style.OBSERVATION] * len(_ORDER)
    at = np.arange(len(names))
    axes.bar(at, found[:, 0], 0.6, color=colours, linewidth=0)
    axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    axes.set_xticks(at, [_LABELS[name] for name in names])
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("units (%)")


def _draw_selective(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 96, 9, "B")
    style.text_at(figure, 102, 10, "Units whose response to a seen grasp depends on view or place")
    axes = style.axes_at(figure, left_mm=108, top_mm=22, width_mm=70, height_mm=25)
    groups = [*(name for name in AREAS if f"view.{name}" in data.rows), "mirror"]
    for side, (factor, (mark, _)) in zip((-0.12, 0.12), _LOOKS.items(), strict=True):
        rows = [f"{factor}.{name}" for name in groups]
        at, found = np.arange(len(groups)) + side, data.of(rows)
        chance = data.of([f"{row}.chance" for row in rows])[:, 0]
        axes.vlines(at, found[:, 1], found[:, 2], color=style.OBSERVATION, linewidth=0.8)
        axes.plot(at, found[:, 0], mark, color=style.OBSERVATION, markersize=4)
        axes.hlines(chance, at - 0.11, at + 0.11, color=style.INK, linestyle=(0, (2.4, 1.2)))
    axes.set_xticks(range(len(groups)), [*groups[:-1], f"{AREA}, mirror"])
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("units with p < .05 (%)")
    handles = [
        Line2D([], [], linestyle="none", marker=mark, color=style.OBSERVATION, label=label)
        for mark, label in _LOOKS.values()
    ]
    handles.append(panels.line_handle(style.INK, "chance", dashed=True))
    style.legend_at(figure, 102, 15, handles, ncols=3)


def _draw_preferred(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 2, 60, "C")
    style.text_at(figure, 8, 61, f"What mirror units of {AREA} prefer that depend on it")
    left = 14.0
    for (factor, conditions), width_mm in zip(FACTORS.items(), (42.0, 26.0), strict=True):
        axes = style.axes_at(figure, left_mm=left, top_mm=68, width_mm=width_mm, height_mm=28)
        found = data.of([f"prefers.{factor}.{name}" for name in conditions])
        at = np.arange(len(conditions))
        axes.bar(at, found[:, 0], 0.6, color=style.OBSERVATION, linewidth=0)
        axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
        axes.axhline(100 / len(conditions), color=style.INK, linestyle=(0, (2.4, 1.2)))
        labels = {"space": {"180": "near", "far": "far"}}.get(factor, _LABELS)
        axes.set_xticks(at, [labels[name] for name in conditions])
        axes.tick_params(axis="x", length=0)
        axes.set_ylim(0, 100)
        left += width_mm + 8
    figure.axes[-2].set_ylabel("selective mirror units (%)")


def _draw_decoding(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 96, 60, "D")
    style.text_at(figure, 102, 61, "Which of two grasps? Decoded in single trials, trained at 180°")
    axes = style.axes_at(figure, left_mm=108, top_mm=68, width_mm=70, height_mm=28)
    areas = [name for name in AREAS if f"decode.180.{name}" in data.rows]
    step = 0.8 / len(SEEN)
    for number, name in enumerate(_ORDER):
        _points(axes, data, [f"decode.{name}.{area}" for area in areas], step, number)
    axes.set_xticks(range(len(areas)), areas)
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, 105)
    axes.set_ylabel("correct trials (%)")
    words = "from left: tested at 0°, 90°, 180°, and far; grey: 95 % of chance"
    style.text_at(figure, 108, 102, words, fontsize=6)


def _points(axes: Axes, data: Numbers, rows: Sequence[str], step: float, number: int) -> None:
    at = np.arange(len(rows)) + step * (number - (len(_ORDER) - 1) / 2)
    found = data.of(rows)
    low, high = (data.of([f"{row}.{end}" for row in rows])[:, 0] for end in ("low", "high"))
    axes.bar(at, high - low, 0.9 * step, bottom=low, color=style.SHADE, linewidth=0)
    axes.vlines(at, found[:, 1], found[:, 2], color=style.OBSERVATION, linewidth=0.8)
    axes.plot(at, found[:, 0], "o", color=style.OBSERVATION, markersize=3.6)


def caption(data: Numbers) -> str:
    """Say in words what the figure shows, for the text under it."""
    return (
        "Two grasps done in the dark by a simulated monkey, and seen near at three viewpoints and "
        f"far at one ({data.who}; of several the mean and its 95 % interval). While a Subject "
        "grows it sees its own hand, at 0 degrees, and an imitator's, at 180; it never sees 90 "
        f"degrees, nor a hand at 2 m. (A) Units of {AREA} that fire more during reach and hold "
        "than before, for one grasp at least (Wilcoxon's signed ranks). (B) Units whose response "
        "depends on the view, or on the place, whatever the grasp (analysis of variance). Dashed: "
        f"the same with the conditions of trials permuted. (C) The condition to which mirror units "
        f"of {AREA} that depend on it respond most; dashed: equal parts. (D) The grasp decoded by "
        "the mean pattern that correlates best, over all units of an area; bands: grasps permuted."
    )
