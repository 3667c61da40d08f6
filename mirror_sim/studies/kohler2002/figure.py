"""The page of the study: who responds to the sound of an act, and who tells acts by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mirror_sim.figures import panels, style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies.kohler2002.measures import AREA, PERCEIVED

WIDTH_MM, HEIGHT_MM = 180.0, 112.0

_LABELS: Mapping[str, str] = {
    "executed": "done, dark,\nsilent",
    "executed_sound": "done, dark,\nwith sound",
    "vision": "seen,\nsilent",
    "both": "seen and\nheard",
    "sound": "heard\nalone",
    "noise": "noise\nalone",
}
_SHORT = {"sound": "heard", "vision": "seen", "both": "both", "noise": "noise"}
_STYLES: Mapping[str, tuple[str, Literal["-", ":"]]] = {
    "vision": (style.OBSERVATION, "-"),
    "sound": (style.OBSERVATION, ":"),
    "noise": (style.NEUTRAL, "-"),
}
_GROUPS = {"audiovisual": ("s", "mirror units of F5"), "F5": ("o", "F5"), "PFG": ("^", "PFG")}
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
        style.heading(figure, "Acts that make a sound: done, seen and heard", data.who)
        _draw_shares(figure, data)
        _draw_trials(figure, data)
        _draw_accuracy(figure, data)
        kinds = {"grown": data, **controls}
        _draw_match(figure, kinds)
        _draw_controls(figure, kinds)
    return figure


def _colour(name: str) -> str:
    if name == "noise":
        return style.NEUTRAL
    return style.EXECUTION if name.startswith("executed") else style.OBSERVATION


def _draw_shares(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 2, 9, "A")
    style.text_at(figure, 8, 10, f"Units of {AREA} that respond to at least one of two acts")
    axes = style.axes_at(figure, left_mm=14, top_mm=17, width_mm=84, height_mm=30)
    rows = [f"responds.{name}.{AREA}" for name in _LABELS]
    found = data.of(rows)
    at = np.arange(len(rows))
    axes.bar(at, found[:, 0], 0.6, color=[_colour(name) for name in _LABELS], linewidth=0)
    axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    level = data.of([f"{row}.chance" for row in rows])[:, 0]
    axes.hlines(level, at - 0.38, at + 0.38, color=style.INK, linestyle=_DASHED)
    axes.set_xticks(at, list(_LABELS.values()))
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("units (%)")


def _draw_trials(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 106, 9, "B")
    style.text_at(figure, 112, 10, f"Units of {AREA} that respond to silent acts done, too")
    axes = style.axes_at(figure, left_mm=118, top_mm=17, width_mm=36, height_mm=30)
    for name, (colour, line) in _STYLES.items():
        counts = data.trial_counts(f"mirror.{name}")
        found = data.of([f"mirror.{name}.{n}" for n in counts])
        axes.plot(counts, found[:, 0], "o", linestyle=line, color=colour, markersize=3)
        axes.vlines(counts, found[:, 1], found[:, 2], color=colour, linewidth=0.8)
        if counts:
            level = data.value(f"mirror.{name}.chance")
            axes.hlines(level, counts[-1] + 1, counts[-1] + 5, color=colour, linestyle=_DASHED)
            axes.set_xticks(counts)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("trials of each kind")
    axes.set_ylabel("units (%)")
    handles = [
        Line2D([], [], linestyle=line, color=colour, label=_LABELS[name].replace("\n", " "))
        for name, (colour, line) in _STYLES.items()
    ]
    handles.append(panels.line_handle(style.INK, "chance", dashed=True))
    style.legend_at(figure, 157, 20, handles, ncols=1)


def _draw_accuracy(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 2, 60, "C")
    style.text_at(figure, 8, 61, "Which of two acts? By one unit, one trial")
    axes = style.axes_at(figure, left_mm=14, top_mm=74, width_mm=50, height_mm=29)
    for number, (group, (mark, _)) in enumerate(_GROUPS.items()):
        at = np.arange(len(PERCEIVED)) + 0.24 * (number - 1)
        rows = [f"accuracy.{name}.{group}" for name in PERCEIVED]
        panels.points_on_chance(axes, data, rows, at, mark, [_colour(name) for name in PERCEIVED])
    axes.set_xticks(range(len(PERCEIVED)), [_SHORT[name] for name in PERCEIVED])
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("area under ROC curve (%)")
    handles: list[Line2D | Patch] = [
        Line2D([], [], linestyle="none", marker=mark, color=style.INK, markersize=3, label=label)
        for mark, label in _GROUPS.values()
    ]
    handles.append(Patch(color=style.SHADE, label="chance"))
    style.legend_at(figure, 8, 66, handles, ncols=4)


def _draw_match(figure: Figure, kinds: Mapping[str, Numbers]) -> None:
    style.letter(figure, 68, 60, "D")
    style.text_at(figure, 74, 61, f"Same preference as for silent acts? ({AREA})")
    axes = style.axes_at(figure, left_mm=82, top_mm=74, width_mm=44, height_mm=29)
    for number, name in enumerate(("vision", "sound")):
        at = np.arange(len(kinds)) + 0.3 * (number - 0.5)
        for x, numbers in zip(at, kinds.values(), strict=True):
            mark = "o" if name == "vision" else "s"
            panels.points_on_chance(
                axes, numbers, [f"match.{name}"], x[None], mark, [style.OBSERVATION]
            )
    axes.axhline(0, color=style.INK, linewidth=0.4)
    axes.set_ylabel("correlation with silent acts")
    _name(axes, kinds)
    handles = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=mark,
            color=style.OBSERVATION,
            markersize=3,
            label=label,
        )
        for mark, label in (("o", "seen, silent"), ("s", "heard alone"))
    ]
    style.legend_at(figure, 76, 66, handles, ncols=2)


def _draw_controls(figure: Figure, kinds: Mapping[str, Numbers]) -> None:
    style.letter(figure, 132, 60, "E")
    style.text_at(figure, 138, 61, f"Units of {AREA} that respond to sound")
    axes = style.axes_at(figure, left_mm=142, top_mm=74, width_mm=36, height_mm=29)
    for x, numbers in enumerate(kinds.values()):
        value, low, high = numbers.of([f"responds.sound.{AREA}"])[0]
        axes.bar(x, value, 0.6, color=style.OBSERVATION, linewidth=0)
        axes.vlines(x, low, high, color=style.INK, linewidth=0.8)
        level = numbers.value(f"responds.sound.{AREA}.chance")
        axes.hlines(level, x - 0.38, x + 0.38, color=style.INK, linestyle=_DASHED)
    axes.set_ylabel("units (%)")
    _name(axes, kinds)


def _name(axes: Axes, kinds: Mapping[str, Numbers]) -> None:
    axes.set_xticks(range(len(kinds)), [name.replace(" ", "\n") for name in kinds])
    axes.set_xlim(-0.6, len(kinds) - 0.4)
    axes.tick_params(axis="x", length=0)


def caption(data: Numbers) -> str:
    """Say in words what the figure shows, for the text under it."""
    return (
        "A simulated monkey grows by its own acts, two of which make a sound: a peanut is broken, "
        f"paper is ripped ({data.who}; of several the mean and its 95 % interval). (A) Units of "
        f"{AREA} that fire more around the touch, or the start of the sound, than before the act, "
        "for one of two acts (Wilcoxon's signed ranks). Two noises that no act makes are heard as "
        "often. Dashed: rates before and after change places in random trials. (B) Those that "
        "respond to silent acts in the dark, too. Dashed: units permuted. (C) Area under the ROC "
        "curve by which one unit tells the two acts, or the two noises, in one trial; preferences "
        "and mirror units (of acts done, seen and heard) are taken from the other half of the "
        "trials. Grey: 95 % with the acts of trials permuted. (D) Correlation, over units that "
        "respond to silent acts in the dark, of the preference for one act done and perceived. "
        "Grey: 95 % with units permuted. (D, E) The controls grew with the sounds of acts that "
        "were not done, or without sounds, and were made as excitable; or what leaves the cells "
        "that hear was cut."
    )
