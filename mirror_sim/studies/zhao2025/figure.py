"""The page of the study: classes, subspaces over time, decoding, and what is shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mirror_sim.figures import panels, style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies.zhao2025.recording import AREA, AREAS

WIDTH_MM, HEIGHT_MM = 180.0, 232.0

Course = Sequence[tuple[str, np.ndarray, Mapping[str, np.ndarray]]]
"""Of each part of a trial its event, times from it (s), and values by name."""

_EVENTS = {
    "object_on": "instruction",
    "go": "Go",
    "movement_onset": "movement",
    "hold_on": "hold",
}
_MOMENTS = {
    "instruction": "#F0C000",
    "go": "#009E73",
    "movement": "#CC79A7",
    "hold": style.INK,
}
_NAMES = {"instruction": "instruction", "go": "Go", "movement": "movement", "hold": "hold"}
_MIRROR = "#009E73"
_CLASSES = {
    "mirror": (_MIRROR, "mirror"),
    "execution_only": (style.EXECUTION, "execution only"),
    "observation_only": (style.OBSERVATION, "observation only"),
    "none": ("#C4C4C4", "none"),
}
_PAIRS = {
    "executed": (style.EXECUTION, "o", "executed"),
    "observed": (style.OBSERVATION, "o", "observed"),
    "across": (style.INK, "^", "trained on executed, tested on observed"),
    "across_dark": (style.NEUTRAL, "v", "trained in the dark, tested on observed"),
}
_SHARED = {
    "executed": (style.EXECUTION, "o", "executed, two halves"),
    "observed": (style.OBSERVATION, "o", "observed, two halves"),
    "contexts": (style.INK, "^", "executed and observed"),
    "contexts_dark": (style.NEUTRAL, "v", "executed in the dark and observed"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class FigureData(Numbers):
    """All that the figure shows, as numbers: the rows of `Numbers`, and more.

    Parameters
    ----------
    angles : dict of str to Course
        By context, smallest angles (degrees) to the subspace of each moment.
    decoding : Course
        Share of correct trials (%) of each decoding.
    subject : str
        Whose courses these are.
    """

    angles: Mapping[str, Course]
    decoding: Course
    subject: str

    @property
    def areas(self) -> list[str]:
        """The areas that were recorded."""
        return [area for area in AREAS if f"mirror.{area}" in self.rows]


def draw(data: FigureData) -> Figure:
    """Draw the page.

    Parameters
    ----------
    data : FigureData

    Returns
    -------
    Figure
        180 mm by 232 mm; `style.savefig` writes it.
    """
    with style.context():
        figure = style.page(WIDTH_MM, HEIGHT_MM)
        style.heading(
            figure,
            "Four objects, executed and observed",
            f"{data.who}; curves of B, C: {data.subject}",
        )
        _draw_classes(figure, data)
        _draw_angles(figure, data)
        _draw_decoding(figure, data)
        _draw_shared(figure, data)
        _draw_populations(figure, data)
    return figure


def _draw_classes(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 8, "A")
    style.text_at(figure, 8, 9, "Which units are related to execution, observation or both?")
    handles = [Patch(color=colour, label=label) for colour, label in _CLASSES.values()]
    expected = Line2D([], [], color=style.INK, label="mirror by chance (independent contexts)")
    style.legend_at(figure, 14, 13.5, [*handles, expected], ncols=5)
    by_area = style.axes_at(figure, left_mm=14, top_mm=20, width_mm=44, height_mm=28)
    at, base = np.arange(len(data.areas)), np.zeros(len(data.areas))
    for name, (colour, _) in _CLASSES.items():
        found = data.of([f"{name}.{area}" for area in data.areas])
        by_area.bar(at, found[:, 0], 0.66, bottom=base, color=colour, linewidth=0)
        base = base + found[:, 0]
    _levels(by_area, at, data.of([f"mirror.{area}.chance" for area in data.areas])[:, 0])
    by_area.set_xticks(at, data.areas)
    by_area.set_ylabel("units (%)")
    mirror = style.axes_at(figure, left_mm=76, top_mm=20, width_mm=44, height_mm=28)
    for side, name, colour in ((-0.2, "mirror", _MIRROR), (0.2, "mirror_dark", style.NEUTRAL)):
        found = data.of([f"{name}.{area}" for area in data.areas])
        mirror.bar(at + side, found[:, 0], 0.38, color=colour, linewidth=0)
        mirror.vlines(at + side, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
        _levels(mirror, at + side, data.of([f"{name}.{area}.chance" for area in data.areas])[:, 0])
    mirror.set_xticks(at, data.areas)
    mirror.set_title("mirror, execution in the light | dark (%)")
    for axes in (by_area, mirror):
        axes.set_ylim(0, 100)
        axes.tick_params(axis="x", length=0)
    trials = style.axes_at(figure, left_mm=136, top_mm=20, width_mm=42, height_mm=28)
    counts = data.trial_counts("none")
    for name, (colour, _) in _CLASSES.items():
        found = data.of([f"{name}.{n}" for n in counts])
        trials.plot(counts, found[:, 0], "o-", markersize=3, color=colour)
        trials.vlines(counts, found[:, 1], found[:, 2], color=colour)
    trials.set_xscale("log", base=2)
    trials.set_xticks(counts, [str(n) for n in counts])
    trials.set_ylim(0, 100)
    trials.set_xlabel("trials of each object")
    trials.set_title(f"the same units of {AREA} (%)")


def _levels(axes: Axes, at: np.ndarray, values: np.ndarray) -> None:
    axes.hlines(values, at - 0.19, at + 0.19, color=style.INK, linewidth=1.0)


def _draw_angles(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 57, "B")
    words = f"The subspace of the object turns over time: {AREA}, angle to that of four moments"
    style.text_at(figure, 8, 58, words)
    handles: list[Line2D | Patch] = [
        panels.line_handle(colour, f"to {_NAMES[name]}") for name, colour in _MOMENTS.items()
    ]
    handles.append(panels.line_handle(style.INK, "random subspaces", dashed=True))
    style.legend_at(figure, 14, 62.5, handles, ncols=5)
    for row, (context, course) in enumerate(data.angles.items()):
        many = _parts(figure, course, top_mm=69 + 23 * row, height_mm=18, label=row == 1)
        for axes, (_, times_s, angles) in zip(many, course, strict=True):
            for name, colour in _MOMENTS.items():
                axes.plot(times_s, angles[name], color=colour)
            axes.axhline(
                data.value(f"angle.chance.{AREA}"),
                color=style.INK,
                linewidth=0.8,
                linestyle=(0, (2.4, 1.2)),
            )
            axes.set_ylim(0, 90)
            axes.set_yticks([0, 45, 90])
        many[0].set_ylabel(f"{context}\nangle (degrees)")


def _parts(
    figure: Figure, course: Course, *, top_mm: float, height_mm: float, label: bool
) -> list[Axes]:
    """Make axes side by side, one a part of the trial, of one scale of time."""
    lengths = [float(times_s[-1] - times_s[0]) for _, times_s, _ in course]
    left_mm, gap_mm = 18.0, 5.0
    per_s = (160.0 - gap_mm * (len(course) - 1)) / sum(lengths)
    made: list[Axes] = []
    for length, (event, times_s, _) in zip(lengths, course, strict=True):
        axes = style.axes_at(
            figure, left_mm=left_mm, top_mm=top_mm, width_mm=per_s * length, height_mm=height_mm
        )
        left_mm += per_s * length + gap_mm
        axes.axvline(0, color=style.INK, linewidth=0.5, zorder=0.5)
        axes.set_xlim(times_s[0], times_s[-1])
        axes.set_xticks(
            [x for x in (-0.2, 0.0, 0.2, 0.4, 0.6, 0.8) if times_s[0] <= x <= times_s[-1]]
        )
        if made:
            axes.tick_params(labelleft=False)
        if label:
            axes.set_xlabel(f"s from {_EVENTS[event]}")
        else:
            axes.tick_params(labelbottom=False)
        made.append(axes)
    return made


def _draw_decoding(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 121, "C")
    style.text_at(figure, 8, 122, "Which object was it? Decoded from 100 ms of single trials")
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=colour, marker=mark, markersize=3, label=label)
        for colour, mark, label in _PAIRS.values()
    ]
    handles.append(Patch(color=style.SHADE, label="chance: objects permuted"))
    style.legend_at(figure, 14, 126.5, handles, ncols=5)
    many = _parts(figure, data.decoding, top_mm=132, height_mm=18, label=True)
    for axes, (_, times_s, correct) in zip(many, data.decoding, strict=True):
        for name, (colour, _, _) in _PAIRS.items():
            axes.plot(times_s, correct[name], color=colour, marker=".", markersize=2)
        axes.axhline(25, color=style.INK, linewidth=0.5, linestyle=(0, (2.4, 1.2)))
        axes.set_ylim(0, 105)
    many[0].set_ylabel(f"{AREA}: correct (%)")
    at = np.arange(len(_MOMENTS))
    for number, area in enumerate(data.areas):
        axes = style.axes_at(
            figure, left_mm=18 + 55 * number, top_mm=162, width_mm=48, height_mm=17
        )
        for place, (name, (colour, mark, _)) in enumerate(_PAIRS.items()):
            rows = [f"decode.{name}.{moment}.{area}" for moment in _MOMENTS]
            _points(axes, data, rows, at + 0.18 * (place - 1.5), colour, mark, width=0.18)
        axes.set_ylim(0, 105)
        axes.set_xticks(at, list(_NAMES.values()))
        axes.tick_params(axis="x", length=0)
        axes.set_title(area)
        if number:
            axes.tick_params(labelleft=False)
        else:
            axes.set_ylabel("correct (%)")


def _points(
    axes: Axes,
    data: FigureData,
    rows: Sequence[str],
    at: np.ndarray,
    colour: str,
    mark: str,
    *,
    width: float,
) -> None:
    """Draw rows with the band of their chance, where they have one."""
    found = data.of(rows)
    low, high = (data.of([f"{row}.{end}" for row in rows])[:, 0] for end in ("low", "high"))
    axes.bar(at, high - low, width, bottom=low, color=style.SHADE, linewidth=0)
    axes.vlines(at, found[:, 1], found[:, 2], color=colour, linewidth=0.8)
    axes.plot(at, found[:, 0], linestyle="none", color=colour, marker=mark, markersize=3.4)


def _draw_shared(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 187, "D")
    style.text_at(figure, 8, 188, "What trajectories share once aligned")
    axes = style.axes_at(figure, left_mm=18, top_mm=203, width_mm=78, height_mm=18)
    handles: list[Line2D | Patch] = []
    for place, (name, (colour, mark, label)) in enumerate(_SHARED.items()):
        rows = [f"cca.{name}.{area}" for area in data.areas]
        at = np.arange(len(data.areas)) + 0.18 * (place - 1.5)
        _points(axes, data, rows, at, colour, mark, width=0.18)
        handles.append(
            Line2D([], [], linestyle="none", color=colour, marker=mark, markersize=3.4, label=label)
        )
    handles.append(Patch(color=style.SHADE, label="objects permuted"))
    style.legend_at(figure, 14, 192.5, handles, ncols=2)
    axes.set_ylim(0, 1.05)
    axes.set_xticks(np.arange(len(data.areas)), data.areas)
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("canonical\ncorrelation")


def _draw_populations(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 104, 187, "E")
    style.text_at(figure, 110, 188, f"One population of {AREA} or two, executing?")
    counts = (data.value(f"classes.n.{name}") for name in ("mirror", "execution_only"))
    words = "{:.0f} mirror and {:.0f} execution-only units;\nband: labels permuted".format(*counts)
    style.text_at(figure, 110, 192.5, words)
    titles = {"cca": "canonical correlation", "angles": "turns differ by (°)"}
    for number, (name, title) in enumerate(titles.items()):
        rows = [f"{pair}.{name}" for pair in ("classes", "signs")]
        axes = style.axes_at(
            figure, left_mm=118 + 32 * number, top_mm=203, width_mm=26, height_mm=18
        )
        _points(axes, data, rows, np.arange(2), style.INK, "o", width=0.5)
        ends = data.of([f"{row}{end}" for row in rows for end in ("", ".low", ".high")])[:, 0]
        ends = ends[np.isfinite(ends)]
        if len(ends):
            spare = 0.1 * float(np.ptp(ends))
            axes.set_ylim(ends.min() - spare, ends.max() + spare)
        axes.set_xlim(-0.6, 1.6)
        axes.set_xticks([0, 1], ["mirror,\nexecution\nonly", "facilitated,\nsuppressed"])
        axes.tick_params(axis="x", length=0)
        axes.set_title(title)


def caption(data: FigureData) -> str:
    """Say in words what the figure shows, for the text under it."""
    return (
        "Four objects, each with an act of its own, executed and observed by a simulated monkey "
        f"({data.who}; of several the mean and its 95 % interval). "
        "(A) Classes by a two-way analysis of variance over objects and eleven windows in each "
        "context, any effect at p < .0083. Where neither matters the test finds "
        f"{data.value('executed.chance'):.1f} % of units in execution and "
        f"{data.value('observed.chance'):.1f} % in observation. Lines: what contexts that are "
        "independent over units would give. In the middle execution is in the light, as in the "
        "paper, or in the dark, where no own hand is seen. Right: the same units tested in fewer "
        "trials, means over equal parts. "
        f"(B) All units of {AREA} of {data.subject}: smallest principal angle between the "
        "3-dimensional subspace of the object at each time, of one half of the trials, and that at "
        "the instruction, before Go, in the movement and in the hold, of the other half. "
        f"(C) Objects decoded from spike counts of 100 ms (the mean pattern that correlates "
        f"best, cross-validated; each unit standardised within its context): above over the "
        f"course of a trial in {AREA} of {data.subject}, dashed: guessing; below at four moments, "
        "with 95 % of the same with objects permuted, across contexts "
        "paired in the other 23 ways. "
        "(D) Mean of three canonical correlations between trajectories of half of the trials, "
        "without what all objects have in common: of two halves of a context, and of two "
        "contexts. Bands: 95 % of those with the objects of observed trials permuted. "
        f"(E) Mirror and execution-only units of {AREA}, classed by one half of the trials, as two "
        "populations in execution of the other half: canonical correlation, and by how much their "
        "subspaces turn differently from moment to moment. Bands: 95 % of two groups of these "
        "sizes drawn from all of these units, what one population would give. Beside them the same "
        "of units that execution facilitates and suppresses, which are two populations."
    )
