"""The page of the study: who responds to acts of the mouth, of which effector, and to the same."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mirror_sim.figures import panels, style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies.ferrari2003.measures import AREA

WIDTH_MM, HEIGHT_MM = 180.0, 112.0

_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "done.ingestive": "done,\neating",
        "done.communicative": "done,\ngesture",
        "seen.ingestive": "seen,\neating",
        "seen.communicative": "seen,\ngesture",
        "mime": "eating,\nno food",
        "food": "food\nalone",
        "unlearned": "jaw\naside",
        "hand.done": "hand,\ndone",
        "hand.seen": "hand,\nseen",
    }
)
_OF_MIRROR: Mapping[str, tuple[str, str]] = {
    "ingestive": ("o", "eating"),
    "communicative": ("s", "gestures"),
    "hand": ("^", "grasps"),
}
_EFFECTORS: Mapping[str, str] = {
    "mouth": style.OBSERVATION,
    "both": style.INK,
    "hand": style.NEUTRAL,
}
_DECODED: Mapping[str, str] = {"done": "done", "seen": "seen", "across": "done\nto seen"}
_AREAS: Mapping[str, str] = {"STS": "D", "PFG": "^", "F5": "o"}
_MATCHES: Mapping[str, str] = {
    "mouth": "all",
    "ingestive": "eating",
    "communicative": "gesture",
    "class": "class",
}
_RELATIVE: Mapping[str, str] = {
    "mime": "no\nfood",
    "food": "food",
    "unlearned": "jaw\naside",
}
_DASHED = (0, (2.4, 1.2))


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
        180 mm by 112 mm; `style.savefig` writes it.
    """
    with style.context():
        figure = style.page(WIDTH_MM, HEIGHT_MM)
        style.heading(figure, "Acts of the mouth, done and seen", data.who)
        _draw_shares(figure, data)
        _draw_trials(figure, data)
        _draw_effectors(figure, data)
        _draw_decoding(figure, data)
        _draw_relative(figure, data)
        _draw_match(figure, {"grown": data, **controls})
    return figure


def _panel(
    figure: Figure, letter: str, title: str, left_mm: float, top_mm: float, width_mm: float
) -> Axes:
    """Return the axes of a panel under its letter and title."""
    style.letter(figure, left_mm, top_mm, letter)
    style.text_at(figure, left_mm + 6, top_mm + 1, title)
    return style.axes_at(
        figure, left_mm=left_mm + 12, top_mm=top_mm + 13, width_mm=width_mm, height_mm=28
    )


def _colour(name: str) -> str:
    return style.EXECUTION if "done" in name else style.OBSERVATION


def _named(axes: Axes, labels: Mapping[str, str]) -> None:
    axes.set_xticks(range(len(labels)), list(labels.values()))
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.tick_params(axis="x", length=0)


def _draw_shares(figure: Figure, data: Numbers) -> None:
    axes = _panel(figure, "A", f"Units of {AREA} that respond to one act at least", 2, 8, 84)
    rows = [f"responds.{name}.{AREA}" for name in _LABELS]
    found, at = data.of(rows), np.arange(len(rows))
    axes.bar(at, found[:, 0], 0.6, color=[_colour(name) for name in _LABELS], linewidth=0)
    axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    level = data.of([f"{row}.chance" for row in rows])[:, 0]
    axes.hlines(level, at - 0.38, at + 0.38, color=style.INK, linestyle=_DASHED)
    axes.set_ylabel("units (%)")
    _named(axes, _LABELS)
    handles: list[Line2D | Patch] = [
        Patch(color=style.EXECUTION, label="done in the dark"),
        Patch(color=style.OBSERVATION, label="seen"),
        panels.line_handle(style.INK, "chance", dashed=True),
    ]
    style.legend_at(figure, 8, 13.5, handles, ncols=3)


def _draw_trials(figure: Figure, data: Numbers) -> None:
    axes = _panel(figure, "B", f"Mirror units of {AREA}", 104, 8, 38)
    for name, (mark, _) in _OF_MIRROR.items():
        row = f"mirror.{name}.{AREA}"
        colour = style.NEUTRAL if name == "hand" else style.OBSERVATION
        counts = data.trial_counts(row)
        found = data.of([f"{row}.{n}" for n in counts])
        axes.plot(counts, found[:, 0], mark, linestyle="-", color=colour, markersize=3)
        axes.vlines(counts, found[:, 1], found[:, 2], color=colour, linewidth=0.8)
        if counts:
            level = data.value(f"{row}.chance")
            axes.hlines(level, counts[-1] + 1, counts[-1] + 5, color=colour, linestyle=_DASHED)
            axes.plot(counts[-1] + 6, level, mark, color=colour, markersize=2)
            axes.set_xticks(counts)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("trials of each kind")
    axes.set_ylabel("units (%)")
    handles = [
        Line2D(
            [],
            [],
            marker=mark,
            color=style.NEUTRAL if name == "hand" else style.OBSERVATION,
            markersize=3,
            label=label,
        )
        for name, (mark, label) in _OF_MIRROR.items()
    ]
    handles.append(panels.line_handle(style.INK, "chance", dashed=True))
    style.legend_at(figure, 156, 22, handles, ncols=1)


def _draw_effectors(figure: Figure, data: Numbers) -> None:
    axes = _panel(figure, "C", f"Of which effector? ({AREA})", 2, 60, 28)
    names = {"done": "done", "seen": "seen", "mirror": "mirror"}
    for number, (effector, colour) in enumerate(_EFFECTORS.items()):
        at = np.arange(len(names)) + 0.26 * (number - 1)
        rows = [f"effector.{name}.{effector}" for name in names]
        found = data.of(rows)
        axes.bar(at, found[:, 0], 0.24, color=colour, linewidth=0)
        axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
        level = data.of([f"{row}.chance" for row in rows])[:, 0]
        axes.hlines(level, at - 0.15, at + 0.15, color=style.EXECUTION, linewidth=1.2)
    axes.set_ylabel("units (%)")
    _named(axes, names)
    handles: list[Line2D | Patch] = [
        Patch(color=colour, label=effector) for effector, colour in _EFFECTORS.items()
    ]
    handles.append(panels.line_handle(style.EXECUTION, "chance"))
    style.legend_at(figure, 8, 65, handles, ncols=2)


def _draw_decoding(figure: Figure, data: Numbers) -> None:
    axes = _panel(figure, "D", "Which of six acts? One trial", 48, 60, 28)
    for number, (area, mark) in enumerate(_AREAS.items()):
        at = np.arange(len(_DECODED)) + 0.26 * (number - 1)
        rows = [f"decode.{name}.{area}" for name in _DECODED]
        panels.points_on_chance(axes, data, rows, at, mark, [_colour(name) for name in _DECODED])
    axes.set_ylabel("correct (%)")
    _named(axes, _DECODED)
    handles: list[Line2D | Patch] = [
        Line2D([], [], linestyle="none", marker=mark, color=style.INK, markersize=3, label=area)
        for area, mark in _AREAS.items()
    ]
    handles.append(Patch(color=style.SHADE, label="chance"))
    style.legend_at(figure, 54, 65, handles, ncols=2)


def _draw_relative(figure: Figure, data: Numbers) -> None:
    axes = _panel(figure, "E", "Response of mirror units", 92, 60, 22)
    found, at = data.of([f"relative.{name}" for name in _RELATIVE]), np.arange(len(_RELATIVE))
    axes.bar(at, found[:, 0], 0.6, color=style.OBSERVATION, linewidth=0)
    axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    axes.axhline(100, color=style.INK, linewidth=0.6, linestyle=":")
    axes.axhline(0, color=style.INK, linewidth=0.4)
    axes.set_ylabel("% of the act seen")
    _named(axes, _RELATIVE)


def _draw_match(figure: Figure, kinds: Mapping[str, Numbers]) -> None:
    axes = _panel(figure, "F", "Same acts preferred done and seen?", 129, 60, 36)
    marks = ("o", "s", "^", "D", "v")
    width = 0.8 / len(kinds)
    for number, (numbers, mark) in enumerate(zip(kinds.values(), marks, strict=False)):
        at = np.arange(len(_MATCHES)) + width * (number - (len(kinds) - 1) / 2)
        rows = [f"match.{name}" for name in _MATCHES]
        colour = style.NEUTRAL if number else style.OBSERVATION
        panels.points_on_chance(
            axes, numbers, rows, at, mark, [colour] * len(rows), width=0.8 * width
        )
    axes.axhline(0, color=style.INK, linewidth=0.4)
    axes.set_ylabel("correlation")
    _named(axes, _MATCHES)
    handles = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=mark,
            color=style.NEUTRAL if number else style.OBSERVATION,
            markersize=3,
            label=name,
        )
        for number, (name, mark) in enumerate(zip(kinds, marks, strict=False))
    ]
    style.legend_at(figure, 132, 65, handles, ncols=2)


def caption(data: Numbers) -> str:
    """Say in words what the figure shows, for the text under it."""
    return (
        "A simulated monkey grows by acts of its hand and of its mouth. It never sees its own "
        "mouth; gestures (lip-smacking, lips or tongue protruded) are copied by others, and of "
        "ingestive acts (biting, sucking, chewing: eating) a half is, while others eat at the "
        f"same time in the other half ({data.who}; of several the mean and its 95 % interval). (A) "
        f"Units of {AREA} that fire more in an act than before it, for at least one act of each "
        "kind; nobody has learned to thrust the jaw aside (Wilcoxon's signed "
        "ranks). Dashed: rates before and after change places in random trials. (B) Mirror units: "
        "they respond to acts of a kind done and seen. Dashed: units permuted. (C) Units that "
        "respond to acts of the mouth alone, the hand alone, or both, where these are done, seen, "
        "or both (mirror). Lines: units permuted. (D) Acts of the mouth told in one trial by all "
        "units of an area, trained and tested on acts done, on acts seen, or trained on acts done "
        "and tested on acts seen. Grey: 95 % with the acts permuted. (E) Mean response of mirror "
        f"units of {AREA}, chosen in the other half of the trials, in % of that to the acts that "
        "chose them. (F) Correlation, over mirror units of each class of acts, of what they prefer "
        "done and seen: among all six acts, among three of a class, and of one class to the "
        "other (class). Grey: 95 % "
        "with acts (for classes, units) permuted. The controls grew with the sight of other acts, "
        "or of acts apart from their own, and were made as excitable; or what leaves the cells "
        "that see mouths was cut."
    )
