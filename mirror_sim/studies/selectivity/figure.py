"""The page of the study: shares and effects by area, decoding, trials, another day, cell types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mirror_sim.figures import panels, style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies.selectivity.day import AREA, AREAS, TYPES

WIDTH_MM, HEIGHT_MM = 180.0, 210.0

_COLOURS = {"executed": style.EXECUTION, "observed": style.OBSERVATION}
_CONTEXT = {"executed": "executed in the dark", "observed": "observed"}
_ACROSS = {
    "across": ("^", "trained on executed, tested on observed"),
    "back": ("v", "trained on observed, tested on executed"),
}
_GROUPS = (*AREAS, *(f"{AREA}.{name}" for name in TYPES))
_OF_TRIALS = {
    "mirror": ("-", "o", "mirror units (% of units)"),
    "observed": ("-", "s", "act-selective, observed (% of units)"),
    "strict": ("--", "^", "strictly congruent (% of mirror)"),
    "broad": ("--", "v", "broadly congruent (% of mirror)"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class FigureData:
    """All that the figure shows, as numbers.

    Parameters
    ----------
    numbers : Numbers
    days : DataFrame
        Units of F5 by their class on the first day (rows) and the second (columns).
    n_acts : int
    subject : str
        Whose days these are.
    """

    numbers: Numbers
    days: pd.DataFrame
    n_acts: int
    subject: str


def draw(data: FigureData) -> Figure:
    """Draw the page.

    Parameters
    ----------
    data : FigureData

    Returns
    -------
    Figure
        180 mm by 210 mm; `style.savefig` writes it.
    """
    with style.context():
        figure = style.page(WIDTH_MM, HEIGHT_MM)
        _heading(figure, data)
        _draw_selective(figure, data)
        _draw_decoding(figure, data)
        _draw_trials(figure, data)
        _draw_days(figure, data)
        _draw_types(figure, data)
    return figure


def _heading(figure: Figure, data: FigureData) -> None:
    style.heading(
        figure,
        "What a share of units says: selectivity for the act",
        f"A–C, E: {data.numbers.who}; D: {data.subject}",
    )


def _draw_selective(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 8, "A")
    style.text_at(figure, 8, 9, "Does the response depend on the act?")
    handles: list[Line2D] = [
        Line2D([], [], color=colour, linewidth=4, label=_CONTEXT[name])
        for name, colour in _COLOURS.items()
    ]
    handles.append(panels.line_handle(style.INK, "chance (5 %)", dashed=True))
    style.legend_at(figure, 66, 9.3, handles, ncols=3)
    groups = [name for name in _GROUPS if f"observed.{name}" in data.numbers.rows]
    upper = style.axes_at(figure, left_mm=14, top_mm=15, width_mm=74, height_mm=29)
    _bars(upper, data, groups, "")
    upper.axhline(5, color=style.INK, linewidth=0.8, linestyle=(0, (2.4, 1.2)))
    upper.set_ylim(0, 100)
    upper.set_ylabel("units with p < .05 (%)")
    lower = style.axes_at(figure, left_mm=104, top_mm=15, width_mm=74, height_mm=29)
    _bars(lower, data, groups, "omega.")
    lower.axhline(0, color=style.INK, linewidth=0.4)
    lower.set_ylabel("variance explained\nby the act (mean ω²)")


def _bars(axes: Axes, data: FigureData, groups: Sequence[str], measure: str) -> None:
    # Cell types of an area stand apart from the areas.
    at = np.arange(len(groups)) + 0.6 * np.array(["." in name for name in groups])
    for side, (context, colour) in zip((-0.2, 0.2), _COLOURS.items(), strict=True):
        found = data.numbers.of([f"{measure}{context}.{name}" for name in groups])
        axes.bar(at + side, found[:, 0], 0.4, color=colour, linewidth=0)
        axes.vlines(at + side, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    axes.set_xticks(at, [name.rpartition(".")[2] for name in groups])
    axes.tick_params(axis="x", length=0)
    middle = float(np.mean([x for x, name in zip(at, groups, strict=True) if "." in name]))
    place = axes.get_xaxis_transform()
    axes.text(middle, -0.2, f"cell types of {AREA}", transform=place, ha="center", fontsize=6)


def _draw_decoding(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 55, "B")
    words = (
        f"Which of the {data.n_acts} acts was it? Decoded from single trials, equally many units"
    )
    style.text_at(figure, 8, 56, words)
    areas = [name for name in AREAS if f"decode.observed.{name}" in data.numbers.rows]
    marks: dict[str, tuple[str, str, str]] = {
        name: (colour, "o", f"within {_CONTEXT[name]}") for name, colour in _COLOURS.items()
    }
    marks |= {name: (style.INK, mark, label) for name, (mark, label) in _ACROSS.items()}
    left = style.axes_at(figure, left_mm=14, top_mm=69, width_mm=110, height_mm=30)
    _points(left, data, areas, marks)
    left.set_ylabel("correct trials (%)")
    handles = [_dot(*look) for look in marks.values()]
    chance = Line2D([], [], color=style.SHADE, linewidth=5, label="chance: acts permuted")
    style.legend_at(figure, 14, 60.5, [*handles, chance], ncols=3)
    right = style.axes_at(figure, left_mm=138, top_mm=69, width_mm=40, height_mm=30)
    _points(right, data, areas, {"same_object": (style.OBSERVATION, "D", "")})
    right.set_title("observed, acts on one object")


def _dot(colour: str, mark: str, label: str) -> Line2D:
    return Line2D([], [], linestyle="none", color=colour, marker=mark, markersize=3.6, label=label)


def _points(
    axes: Axes, data: FigureData, areas: Sequence[str], marks: Mapping[str, tuple[str, str, str]]
) -> None:
    step = 0.18
    for number, (name, (colour, mark, _)) in enumerate(marks.items()):
        at = np.arange(len(areas)) + step * (number - (len(marks) - 1) / 2)
        rows = [f"decode.{name}.{area}" for area in areas]
        found = data.numbers.of(rows)
        low, high = (
            data.numbers.of([f"{row}.{end}" for row in rows])[:, 0] for end in ("low", "high")
        )
        axes.bar(at, high - low, step, bottom=low, color=style.SHADE, linewidth=0)
        axes.vlines(at, found[:, 1], found[:, 2], color=colour, linewidth=0.8)
        axes.plot(at, found[:, 0], linestyle="none", color=colour, marker=mark, markersize=3.6)
    axes.set_ylim(0, 100)
    axes.set_xticks(np.arange(len(areas)), areas)
    axes.tick_params(axis="x", length=0)


def _draw_trials(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 108, "C")
    style.text_at(figure, 8, 109, f"The same units of {AREA}, more trials")
    shares = style.axes_at(figure, left_mm=14, top_mm=124, width_mm=52, height_mm=28)
    handles = []
    for name, (line, mark, label) in _OF_TRIALS.items():
        dashed = line == "--"
        colour = style.OBSERVATION if name == "observed" else style.INK
        _over_trials(shares, data, name, colour=colour, marker=mark, linestyle=line)
        handle = panels.line_handle(colour, label, dashed=dashed)
        handle.set_marker(mark)
        handle.set_markersize(3)
        handles.append(handle)
    style.legend_at(figure, 14, 113.5, handles, ncols=2)
    shares.set_ylim(0, 100)
    shares.set_ylabel("share (%)")
    effect = style.axes_at(figure, left_mm=82, top_mm=124, width_mm=38, height_mm=28)
    _over_trials(effect, data, "omega", colour=style.OBSERVATION, marker="s", linestyle="-")
    effect.set_ylim(0, max(0.02, 1.6 * effect.get_ylim()[1]))
    effect.set_ylabel("mean ω²")
    effect.set_title("variance by the act, observed")
    correct = style.axes_at(figure, left_mm=138, top_mm=124, width_mm=40, height_mm=28)
    _over_trials(correct, data, "decode", colour=style.OBSERVATION, marker="o", linestyle="-")
    correct.axhline(100 / data.n_acts, color=style.INK, linewidth=0.8, linestyle=(0, (2.4, 1.2)))
    correct.set_ylim(0, 100)
    correct.set_ylabel("correct trials (%)")
    correct.set_title("act decoded (dashed: chance)")
    counts = data.numbers.trial_counts("mirror")
    for axes in (shares, effect, correct):
        axes.set_xscale("log", base=2)
        axes.set_xticks(counts, [str(n) for n in counts])
        axes.set_xlabel("trials of each act and context")


def _over_trials(axes: Axes, data: FigureData, name: str, *, colour: str, **look: Any) -> None:
    counts = data.numbers.trial_counts("mirror")
    found = data.numbers.of([f"{name}.{n}" for n in counts])
    axes.plot(counts, found[:, 0], markersize=3, color=colour, **look)
    axes.vlines(counts, found[:, 1], found[:, 2], color=colour, linewidth=0.8)


def _draw_days(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 166, "D")
    style.text_at(figure, 8, 167, f"The same units of {AREA} on another day")
    axes = style.axes_at(figure, left_mm=26, top_mm=181, width_mm=46, height_mm=20)
    counts = data.days.to_numpy()
    of_row = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(of_row, cmap="Greys", vmin=0, vmax=1.6, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        axes.text(column, row, str(count), ha="center", va="center")
    names = list(data.days.columns)
    axes.set_xticks(range(len(names)), [name.replace("-", "-\n") for name in names])
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0, top=True, bottom=False, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    axes.set_ylabel("day 1")
    axes.set_title("day 2 (number of units)", pad=8)
    words = [
        _repeat(data, "mirror", "mirror on day 1: mirror on day 2"),
        _repeat(data, "class", "mirror on both: same class"),
    ]
    style.text_at(figure, 75, 180, "\n\n".join(words), linespacing=1.4)


def _repeat(data: FigureData, name: str, what: str) -> str:
    kept, chance = data.numbers.value(f"kept.{name}"), data.numbers.value(f"kept.{name}.chance")
    kappa = data.numbers.value(f"kappa.{name}")
    return f"{what}\n{kept:.0f} % (by chance {chance:.0f} %)\nCohen's κ = {kappa:.2f}"


def _draw_types(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 118, 166, "E")
    style.text_at(figure, 124, 167, f"Cell types of {AREA}")
    shares = style.axes_at(figure, left_mm=126, top_mm=176, width_mm=20, height_mm=24)
    names = [AREA, *(f"{AREA}.{name}" for name in TYPES)]
    ticks = ["all", *TYPES]
    at = np.arange(len(names))
    found = data.numbers.of([f"mirror.{name}" for name in names])
    shares.bar(at, found[:, 0], 0.6, color=style.NEUTRAL, linewidth=0)
    shares.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    shares.set_title("mirror units (%)")
    match = style.axes_at(figure, left_mm=157, top_mm=176, width_mm=20, height_mm=24)
    rows = [f"match.{name}" for name in names]
    low, high = (data.numbers.of([f"{row}.{end}" for row in rows])[:, 0] for end in ("low", "high"))
    match.bar(at, high - low, 0.6, bottom=low, color=style.SHADE, linewidth=0)
    found = data.numbers.of(rows)
    match.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    match.plot(at, found[:, 0], linestyle="none", color=style.INK, marker="o", markersize=3.6)
    match.axhline(0, color=style.INK, linewidth=0.4)
    ceiling = data.numbers.value(f"ceiling.{AREA}")
    if np.isfinite(ceiling):
        match.hlines(ceiling, -0.4, 0.4, color=style.INK, linewidth=0.8, linestyle=(0, (1.6, 0.8)))
        match.annotate("ceiling", (0.5, ceiling), fontsize=6, va="center")
    match.set_xlim(-0.6, len(names) - 0.4)
    match.set_title("match, done–seen (r)")
    for axes in (shares, match):
        axes.set_xticks(at, ticks, rotation=40, ha="right", rotation_mode="anchor")
        axes.tick_params(axis="x", length=0)


def caption(data: FigureData) -> str:
    """Say in words what the figure shows, for the text under it."""
    return (
        f"What a share of units says: {data.n_acts} acts done in the dark and seen by a simulated "
        f"monkey ({data.numbers.who}; of several the mean and its 95 % interval). A response is "
        "the mean rate of reach and hold minus the baseline of the same trial. "
        "(A) Units whose response differs between acts by a one-way analysis of variance at "
        "p < .05, where chance gives 5 %, and the mean share of variance over trials that the act "
        "explains (omega squared), which does not grow with the number of trials. STS: input "
        f"cells, which see hands only; right of the areas the cell types of {AREA}. "
        "(B) Acts decoded from single trials (the mean pattern that correlates best, "
        "cross-validated) of equal numbers of units an area; each unit standardised within its "
        "context, without looking at acts. Bands: 95 % of the same with acts permuted, across "
        "contexts all trials of an act together. Right: "
        "only acts on one object, which the object does not tell apart. "
        f"(C) {AREA}: shares, effect size and decoding by the trials of each act and context that "
        "they rest on, means over equal parts of one day. Mirror units and congruence by the rule "
        "of Gallese et al. 1996, with execution in the dark. Dashed right: chance. "
        f"(D) Classes of the units of {AREA} of {data.subject} on two days that differ in trials "
        "and noise only; chance is that of independent days with the same numbers. "
        f"(E) Mirror units of {AREA} by cell type, and how the profile over acts done agrees with "
        "that over acts seen in units that respond in both: correlation above its mean with acts "
        "permuted, band: 95 % of that; dotted: the ceiling that the agreement of each profile "
        "with itself on the other day sets. Types with fewer than five such units have none."
    )
