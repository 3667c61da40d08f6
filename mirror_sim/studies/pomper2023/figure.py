"""The page of the study: who responds, who tells the acts apart, and whether the code is one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mirror_sim.figures import panels, style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies.pomper2023.recording import AREA, AREAS

WIDTH_MM, HEIGHT_MM = 180.0, 112.0

_CHANCE = (0, (2.4, 1.2))
_COLOURS = {"executed": style.EXECUTION, "observed": style.OBSERVATION}


def draw(data: Numbers, *, n_acts: int) -> Figure:
    """Draw the page.

    Parameters
    ----------
    data : Numbers
        The study's rows.
    n_acts : int

    Returns
    -------
    Figure
        180 mm by 112 mm; `style.savefig` writes it.
    """
    with style.context():
        figure = style.page(WIDTH_MM, HEIGHT_MM)
        style.heading(
            figure, "Is there one code for an act that is done and an act that is seen?", data.who
        )
        handles = [
            Line2D([], [], color=colour, linewidth=4, label=label)
            for label, colour in (
                ("executed in the dark", style.EXECUTION),
                ("observed", style.OBSERVATION),
                ("both", style.NEUTRAL),
            )
        ]
        handles.append(panels.line_handle(style.INK, "chance", dashed=True))
        handles.append(Line2D([], [], color=style.SHADE, linewidth=5, label="95 % of chance"))
        style.legend_at(figure, 8, 9, handles, ncols=5)
        _draw_responses(figure, data)
        _draw_coding(figure, data)
        _draw_shared(figure, data)
        _draw_decoding(figure, data, n_acts)
    return figure


def _draw_responses(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 2, 14, "A")
    style.text_at(figure, 8, 15, f"Units of {AREA} that respond (Friedman's test over epochs)")
    axes = style.axes_at(figure, left_mm=14, top_mm=21, width_mm=38, height_mm=32)
    rows = [f"responds.executed.{AREA}", f"responds.observed.{AREA}", f"mirror.{AREA}"]
    _bars(axes, data, rows, [*_COLOURS.values(), style.NEUTRAL])
    ((product, _, _),) = data.of([f"mirror.{AREA}.product"])
    axes.plot([1.7, 2.3], [product, product], color=style.INK, linestyle=(0, (0.8, 0.8)))
    axes.set_xticks(range(3), ["executed", "observed", "mirror"])
    axes.set_ylabel("units (%)")
    axes.set_ylim(0, 100)
    curve = style.axes_at(figure, left_mm=64, top_mm=21, width_mm=24, height_mm=32)
    counts = data.trial_counts(f"mirror.{AREA}")
    found = data.of([f"mirror.{AREA}.{n}" for n in counts])
    curve.plot(counts, found[:, 0], "o-", color=style.INK, markersize=3)
    curve.vlines(counts, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    curve.set_xscale("log", base=2)
    curve.set_xticks(counts, [str(n) for n in counts])
    curve.set_ylim(0, 100)
    curve.set_xlabel("trials of each kind")
    curve.set_ylabel("mirror units (%)")


def _draw_coding(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 96, 14, "B")
    style.text_at(figure, 102, 15, "Bins of units that tell the acts apart")
    axes = style.axes_at(figure, left_mm=108, top_mm=21, width_mm=70, height_mm=32)
    areas = [name for name in AREAS if f"coding.observed.{name}" in data.rows]
    for side, (context, colour) in zip((-0.2, 0.2), _COLOURS.items(), strict=True):
        rows = [f"coding.{context}.{area}" for area in areas]
        _bars(axes, data, rows, [colour] * len(areas), side=side, width=0.4)
    axes.set_xticks(range(len(areas)), areas)
    axes.set_ylabel("unit-bins (%)")


def _bars(
    axes: Axes,
    data: Numbers,
    rows: Sequence[str],
    colours: Sequence[str],
    *,
    side: float = 0.0,
    width: float = 0.6,
) -> None:
    at, found = np.arange(len(rows)) + side, data.of(rows)
    chance = data.of([f"{row}.chance" for row in rows])[:, 0]
    axes.bar(at, found[:, 0], width, color=colours, linewidth=0)
    axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    axes.hlines(chance, at - width / 2, at + width / 2, color=style.INK, linestyle=_CHANCE)
    axes.tick_params(axis="x", length=0)


def _draw_shared(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 2, 63, "C")
    words = (
        f"Of the bins of {AREA} mirror units that tell acts apart in\n"
        "observation: the same code in execution?"
    )
    style.text_at(figure, 8, 64, words)
    axes = style.axes_at(figure, left_mm=14, top_mm=73, width_mm=74, height_mm=28)
    names = ["shared.same", "shared.order"]
    _bands(axes, data, names, [style.NEUTRAL] * 2)
    labels = ["same discharge\nfor each act", "same preferred and\nleast preferred act"]
    axes.set_xticks(range(2), labels)
    axes.set_ylabel("coding bins (%)")
    axes.set_ylim(bottom=0)


def _draw_decoding(figure: Figure, data: Numbers, n_acts: int) -> None:
    style.letter(figure, 96, 63, "D")
    words = (
        f"Which of the {n_acts} acts was it? Decoded from single trials,\n"
        f"all units of {AREA}, mean over bins"
    )
    style.text_at(figure, 102, 64, words)
    axes = style.axes_at(figure, left_mm=108, top_mm=73, width_mm=70, height_mm=28)
    names = [f"decode.{name}.{AREA}" for name in ("executed", "observed", "across")]
    _bands(axes, data, names, [*_COLOURS.values(), style.NEUTRAL])
    labels = ["within\nexecuted", "within\nobserved", "trained on executed,\ntested on observed"]
    axes.set_xticks(range(3), labels)
    axes.set_ylabel("correct trials (%)")
    axes.set_ylim(0, 100)


def _bands(axes: Axes, data: Numbers, rows: Sequence[str], colours: Sequence[str]) -> None:
    at, found = np.arange(len(rows)), data.of(rows)
    low, high = (data.of([f"{row}.{end}" for row in rows])[:, 0] for end in ("low", "high"))
    axes.bar(at, high - low, 0.6, bottom=low, color=style.SHADE, linewidth=0)
    axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    axes.scatter(at, found[:, 0], color=list(colours), s=18, zorder=3)
    axes.set_xlim(-0.6, len(rows) - 0.4)
    axes.tick_params(axis="x", length=0)


def caption(data: Numbers) -> str:
    """Say in words what the figure shows, for the text under it."""
    return (
        "Three objects that look alike are each lifted, twisted or shifted, by a simulated monkey "
        f"in the dark or by somebody across ({data.who}; of several the mean and its 95 % "
        f"interval). (A) Units of {AREA} whose rate differs between five epochs of a trial for at "
        "least one act (Friedman's test, p < .05 / 3); mirror: in both contexts. Dashed: the same "
        "test with the epochs of each trial permuted; dotted: the product of both shares. Right: "
        "the same for fewer trials. (B) Bins of units, four a phase of the act, whose rate differs "
        "between acts (Kruskal and Wallis, false discovery rate .05); dashed: with the acts of "
        "trials permuted. (C) Of such bins of mirror units in observation, those in which no act's "
        "rate differs between contexts (rank sums, p >= .05), and those in which the act of the "
        "highest and of the lowest rate is the same. Chance: each unit's observation with another "
        "unit's execution. (D) The act decoded by diagonal discriminant analysis, each unit "
        "standardised within its context. Chance: acts permuted, across contexts units paired at "
        "random."
    )
