"""The page of the study: responses behind the screen, and what tells of the hidden object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mirror_sim.figures import panels, style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies.umilta2001.measures import AREA, AREAS

WIDTH_MM, HEIGHT_MM = 180.0, 108.0

_LABELS: Mapping[str, str] = {
    "executed": "done in\nthe dark",
    "full": "seen\nwhole",
    "hidden": "end\nhidden",
    "mime": "no object,\nseen whole",
    "hidden_mime": "no object,\nend hidden",
}
_TOLD = {
    "object.seen": ("s", "response to a grasp seen whole"),
    "delay": ("o", "rate behind the screen"),
    "object.hidden": ("^", "response to a hidden grasp"),
}


def draw(data: Numbers, controls: Mapping[str, Numbers]) -> Figure:
    """Draw the page.

    Parameters
    ----------
    data : Numbers
        The study's rows.
    controls : dict of str to Numbers
        The same of its controls, by name.

    Returns
    -------
    Figure
        180 mm by 108 mm; `style.savefig` writes it.
    """
    with style.context():
        figure = style.page(WIDTH_MM, HEIGHT_MM)
        style.heading(figure, "A grasp that ends behind a screen, with an object or none", data.who)
        _draw_responses(figure, data)
        _draw_mirror(figure, data)
        _draw_told(figure, data)
        _draw_controls(figure, data, controls)
    return figure


def _bars(axes: Axes, found: np.ndarray, names: Sequence[str]) -> None:
    at = np.arange(len(names))
    colours = [style.EXECUTION if name == "executed" else style.OBSERVATION for name in names]
    axes.bar(at, found[:, 0], 0.6, color=colours, linewidth=0)
    axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    axes.axhline(0, color=style.INK, linewidth=0.4)
    axes.set_xticks(at, [_LABELS[name] for name in names])
    axes.tick_params(axis="x", length=0)


def _draw_responses(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 2, 9, "A")
    style.text_at(figure, 8, 10, f"Units of {AREA} that respond to at least one of two grasps")
    axes = style.axes_at(figure, left_mm=14, top_mm=17, width_mm=74, height_mm=30)
    _bars(axes, data.of([f"responds.{name}.{AREA}" for name in _LABELS]), list(_LABELS))
    axes.set_ylabel("units (%)")


def _draw_mirror(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 96, 9, "B")
    style.text_at(figure, 102, 10, f"Mirror units of {AREA} where less is seen")
    names = ["hidden", "mime", "hidden_mime"]
    left = style.axes_at(figure, left_mm=108, top_mm=17, width_mm=32, height_mm=30)
    _bars(left, data.of([f"keeps.{name}.{AREA}" for name in names]), names)
    left.set_ylabel("respond, too (% of units)")
    right = style.axes_at(figure, left_mm=150, top_mm=17, width_mm=28, height_mm=30)
    _bars(right, data.of([f"relative.{name}" for name in names]), names)
    right.set_ylabel("response (% of whole)")
    for axes in (left, right):  # room for three short words
        axes.set_xticks(range(len(names)), ["hidden", "mimed", "both"])


def _draw_told(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 2, 60, "C")
    style.text_at(figure, 8, 61, "Units that tell whether there is an object")
    axes = style.axes_at(figure, left_mm=14, top_mm=76, width_mm=74, height_mm=25)
    areas = [name for name in AREAS if f"delay.{name}" in data.rows]
    for number, (row, (mark, _)) in enumerate(_TOLD.items()):
        at = np.arange(len(areas)) + 0.22 * (number - 1)
        _points(axes, data, [f"{row}.{area}" for area in areas], at, mark)
    axes.set_xticks(range(len(areas)), areas)
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, 100)
    axes.set_ylabel("units with p < .05 (%)")
    handles = [
        Line2D([], [], linestyle="none", marker=mark, color=style.OBSERVATION, label=label)
        for mark, label in _TOLD.values()
    ]
    handles.append(panels.line_handle(style.INK, "chance", dashed=True))
    style.legend_at(figure, 8, 65.5, handles, ncols=2)


def _points(axes: Axes, data: Numbers, rows: Sequence[str], at: np.ndarray, mark: str) -> None:
    found = data.of(rows)
    chance = data.of([f"{row}.chance" for row in rows])[:, 0]
    axes.vlines(at, found[:, 1], found[:, 2], color=style.OBSERVATION, linewidth=0.8)
    axes.plot(at, found[:, 0], mark, color=style.OBSERVATION, markersize=4)
    axes.hlines(chance, at - 0.1, at + 0.1, color=style.INK, linestyle=(0, (2.4, 1.2)))


def _draw_controls(figure: Figure, data: Numbers, controls: Mapping[str, Numbers]) -> None:
    style.letter(figure, 96, 60, "D")
    words = f"Units of {AREA} that tell the object: what carries it?"
    style.text_at(figure, 102, 61, words)
    axes = style.axes_at(figure, left_mm=108, top_mm=70, width_mm=70, height_mm=31)
    kinds = {"grown": data, **controls}
    for number, numbers in enumerate(kinds.values()):
        for shift, row in ((-0.15, "object.seen"), (0.15, "object.hidden")):
            at = np.array([number + shift])
            _points(axes, numbers, [f"{row}.{AREA}"], at, _TOLD[row][0])
    axes.set_xticks(range(len(kinds)), list(kinds))
    axes.set_xlim(-0.6, len(kinds) - 0.4)
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, 100)
    axes.set_ylabel("units with p < .05 (%)")


def caption(data: Numbers) -> str:
    """Say in words what the figure shows, for the text under it."""
    return (
        "An object is shown to a simulated monkey, or none; a screen closes in some trials; a hand "
        f"reaches, and ends its grasp in view or behind the screen ({data.who}; of several the "
        f"mean and its 95 % interval). (A) Units of {AREA} that fire more in the 0.6 s after the "
        "hand is, or would be, covered than before it moves, for one of two grasps (Wilcoxon's "
        f"signed ranks). (B) Mirror units (done in the dark, and seen whole) of {AREA}: how many "
        "respond, and how much, where the end is hidden, the grasp mimed, or both (chosen in one "
        "half of the trials, measured in the other). (C) Units that tell an object from none "
        "(analysis of variance within grasps), by the response to a grasp seen whole or hidden, or "
        "by the rate after the screen has closed and before the hand moves, when all inputs are "
        "the same. Dashed: conditions of trials permuted. (D) The same where excitation among the "
        "cells that remember lasts 5 ms in place of 100 (of the same charge at each spike), and "
        "where readiness does not reach F5 and M1."
    )
