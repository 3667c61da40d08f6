"""The page of the study: tools that are seen, by what was lived through, and tools in own use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mirror_sim.figures import panels, style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies.ferrari2005.measures import AREA
from mirror_sim.studies.ferrari2005.pliers import AREAS

WIDTH_MM, HEIGHT_MM = 180.0, 152.0

_SEEN: Mapping[str, str] = {
    "executed": "done in\nthe dark",
    "hand": "hand\nseen",
    "pliers": "pliers\nseen",
    "stick": "stick\nseen",
    "stick_own_view": "stick,\nown view",
    "alone": "object\nalone",
}
_LIVES: Mapping[str, str] = {
    "untaught": "as\ngrown",
    "watched": "stick\nwatched",
    "used": "stick\nused",
    "unseen": "used\nunseen",
    "hand": "acts by\nhand",
}
_CHANGES: Mapping[str, tuple[str, str]] = {
    "stick": ("o", "stick seen"),
    "stick_own_view": ("^", "stick, own view"),
    "hand": ("s", "hand seen"),
}
_FOLLOWED: Mapping[str, tuple[str, str]] = {
    "goal": ("o", "the tips"),
    "fingers": ("s", "the fingers"),
}
_DASHED = (0, (2.4, 1.2))
LATEST_MS = 200.0
"""Where the axis of delays ends; of a weak response they are anywhere, and so is their chance."""


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
        180 mm by 152 mm; `style.savefig` writes it.
    """
    with style.context():
        figure = style.page(WIDTH_MM, HEIGHT_MM)
        style.heading(figure, "Tools, seen and used", data.who)
        _draw_responses(figure, data)
        _draw_changes(figure, data)
        _draw_relative(figure, data)
        _draw_trials(figure, data)
        _draw_followed(figure, data)
        _draw_followed_by_trials(figure, data)
        _draw_index(figure, data)
        _draw_controls(figure, data, controls)
    return figure


def _panel(figure: Figure, left_mm: float, top_mm: float, name: str, words: str) -> None:
    style.letter(figure, left_mm, top_mm, name)
    style.text_at(figure, left_mm + 6, top_mm + 1, words)


def _points(axes: Axes, found: np.ndarray, at: np.ndarray, mark: str, colour: str) -> None:
    axes.vlines(at, found[:, 1], found[:, 2], color=colour, linewidth=0.8)
    axes.plot(at, found[:, 0], mark, color=colour, markersize=4)


def _bands(axes: Axes, data: Numbers, rows: Sequence[str], at: np.ndarray, width: float) -> None:
    """Draw the 95 % interval of chance behind points."""
    low, high = (data.of([row.format(f".{end}") for row in rows])[:, 0] for end in ("low", "high"))
    axes.bar(at, high - low, width, bottom=low, color=style.SHADE, linewidth=0, zorder=0)


def _names(axes: Axes, names: Sequence[str]) -> None:
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.tick_params(axis="x", length=0)


def _marks(looks: Mapping[str, tuple[str, str]], colour: str) -> list[Line2D]:
    return [
        Line2D([], [], linestyle="none", marker=mark, color=colour, label=label)
        for mark, label in looks.values()
    ]


def _draw_responses(figure: Figure, data: Numbers) -> None:
    _panel(figure, 2, 9, "A", f"Units of {AREA} that respond, as grown: by hand alone")
    axes = style.axes_at(figure, left_mm=14, top_mm=16, width_mm=74, height_mm=27)
    found = data.of([f"responds.{name}.untaught" for name in _SEEN])
    at = np.arange(len(_SEEN))
    colours = [style.EXECUTION] + [style.OBSERVATION] * (len(_SEEN) - 2) + [style.NEUTRAL]
    axes.bar(at, found[:, 0], 0.6, color=colours, linewidth=0)
    axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
    _names(axes, list(_SEEN.values()))
    axes.set_ylabel("units (%)")


def _draw_changes(figure: Figure, data: Numbers) -> None:
    _panel(figure, 96, 9, "B", f"Change in units of {AREA} that respond, by what was lived through")
    axes = style.axes_at(figure, left_mm=108, top_mm=20, width_mm=70, height_mm=23)
    lives = [name for name in _LIVES if name != "untaught"]
    for side, (seen, (mark, _)) in zip((-0.24, 0.0, 0.24), _CHANGES.items(), strict=True):
        at = np.arange(len(lives)) + side
        rows = [f"more.{seen}.{life}{{}}" for life in lives]
        _bands(axes, data, rows, at, 0.2)
        _points(axes, data.of([row.format("") for row in rows]), at, mark, style.OBSERVATION)
    axes.axhline(0, color=style.INK, linewidth=0.4)
    _names(axes, [_LIVES[name] for name in lives])
    axes.set_ylabel("change (% of units)")
    style.legend_at(figure, 102, 15, _marks(_CHANGES, style.OBSERVATION), ncols=3)


def _draw_relative(figure: Figure, data: Numbers) -> None:
    _panel(figure, 2, 56, "C", "The response to the stick: how large, how late")
    at = np.arange(len(_LIVES))
    left = style.axes_at(figure, left_mm=14, top_mm=67, width_mm=32, height_mm=23)
    looks = {
        "stick": ("o", style.OBSERVATION, "stick seen"),
        "alone": ("x", style.NEUTRAL, "object alone"),
    }
    for seen, (mark, colour, _) in looks.items():
        _points(left, data.of([f"relative.{seen}.{life}" for life in _LIVES]), at, mark, colour)
    left.axhline(100, color=style.INK, linestyle=_DASHED)
    left.set_ylim(bottom=0)
    left.set_ylabel("size (% of hand's)")
    right = style.axes_at(figure, left_mm=58, top_mm=67, width_mm=30, height_mm=23)
    _bands(right, data, [f"latency{{}}.{life}" for life in _LIVES], at, 0.6)
    _points(right, data.of([f"latency.{n}" for n in _LIVES]), at, "o", style.OBSERVATION)
    right.axhline(0, color=style.INK, linewidth=0.4)
    right.set_ylim(-LATEST_MS, LATEST_MS)
    right.set_ylabel("later than hand's (ms)")
    for axes in (left, right):
        _names(axes, ["none", "seen", "used", "dark", "hand"])
    handles = [
        Line2D([], [], linestyle="none", marker=mark, color=colour, label=label)
        for mark, colour, label in looks.values()
    ]
    style.legend_at(figure, 8, 61.5, handles, ncols=2)


def _draw_trials(figure: Figure, data: Numbers) -> None:
    _panel(figure, 96, 56, "D", f"Units of {AREA} that respond, by the number of trials")
    axes = style.axes_at(figure, left_mm=108, top_mm=63, width_mm=44, height_mm=27)
    looks = {
        "hand": ("s", style.OBSERVATION, "hand seen"),
        "stick": ("o", style.OBSERVATION, "stick seen"),
        "alone": ("x", style.NEUTRAL, "object alone"),
    }
    counts = sorted(
        int(name.split(".")[2])
        for name in data.rows
        if name.startswith("responds.stick.")
        and name.endswith(".untaught")
        and name.count(".") == 3
    )
    for seen, (mark, colour, _) in looks.items():
        for life, line in (("untaught", "-"), ("used", _DASHED)):
            found = data.of([f"responds.{seen}.{n}.{life}" for n in counts])[:, 0]
            axes.plot(counts, found, marker=mark, color=colour, linestyle=line, markersize=3.6)
    axes.set_xticks(counts)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("trials of each kind")
    axes.set_ylabel("units (%)")
    handles = [
        Line2D([], [], linestyle="none", marker=mark, color=colour, label=label)
        for mark, colour, label in looks.values()
    ]
    handles.append(panels.line_handle(style.INK, "as grown"))
    handles.append(panels.line_handle(style.INK, "stick used", dashed=True))
    style.legend_at(figure, 155, 66, handles, ncols=1)


def _draw_followed(figure: Figure, data: Numbers) -> None:
    _panel(figure, 2, 105, "E", "Own acts in the dark: what units follow")
    axes = style.axes_at(figure, left_mm=14, top_mm=117, width_mm=42, height_mm=27)
    areas = [name for name in AREAS if f"goal.{name}" in data.rows]
    for side, (row, (mark, _)) in zip((-0.17, 0.17), _FOLLOWED.items(), strict=True):
        at, rows = np.arange(len(areas)) + side, [f"{row}.{area}" for area in areas]
        _points(axes, data.of(rows), at, mark, style.EXECUTION)
        chance = data.of([f"{name}.chance" for name in rows])[:, 0]
        axes.hlines(chance, at - 0.14, at + 0.14, color=style.INK, linestyle=_DASHED)
    _names(axes, areas)
    axes.set_ylim(0, 100)
    axes.set_ylabel("units with p < .05 (%)")
    handles = _marks(_FOLLOWED, style.EXECUTION)
    handles.append(panels.line_handle(style.INK, "chance", dashed=True))
    style.legend_at(figure, 8, 111.5, handles, ncols=3)


def _draw_followed_by_trials(figure: Figure, data: Numbers) -> None:
    _panel(figure, 60, 105, "F", f"{AREA}, by trials")
    axes = style.axes_at(figure, left_mm=70, top_mm=117, width_mm=22, height_mm=27)
    counts = data.trial_counts(f"goal.{AREA}")
    for row, (mark, _) in _FOLLOWED.items():
        found = data.of([f"{row}.{AREA}.{n}" for n in counts])[:, 0]
        axes.plot(counts, found, marker=mark, color=style.EXECUTION, markersize=3.6)
    axes.set_xticks(counts)
    axes.set_ylim(0, 100)
    axes.set_xlabel("trials of each kind")


def _draw_index(figure: Figure, data: Numbers) -> None:
    _panel(figure, 96, 105, "G", "Tips (1) or fingers (−1)")
    axes = style.axes_at(figure, left_mm=107, top_mm=117, width_mm=30, height_mm=27)
    areas = [name for name in AREAS if f"index.{name}" in data.rows]
    at = np.arange(len(areas))
    _points(axes, data.of([f"index.{name}" for name in areas]), at, "o", style.EXECUTION)
    goal = data.of([f"index.{name}.goal" for name in areas])[:, 0]
    axes.hlines(goal, at - 0.3, at + 0.3, color=style.INK, linestyle=_DASHED)
    axes.axhline(0, color=style.INK, linewidth=0.4)
    _names(axes, areas)
    axes.set_ylim(-1.05, 1.05)
    axes.set_ylabel("mean index")
    handle = panels.line_handle(style.INK, "if all followed the tips", dashed=True)
    style.legend_at(figure, 102, 111.5, [handle], ncols=1)


def _draw_controls(figure: Figure, data: Numbers, controls: Mapping[str, Numbers]) -> None:
    _panel(figure, 140, 105, "H", "What carries it")
    axes = style.axes_at(figure, left_mm=150, top_mm=117, width_mm=28, height_mm=27)
    kinds = {"grown": data, **controls}
    shown = {f"goal.{AREA}": "o", "goal.M1": "v", "fingers.M1": "s"}
    for side, (row, mark) in zip((-0.2, 0.0, 0.2), shown.items(), strict=True):
        for number, numbers in enumerate(kinds.values()):
            found = numbers.of([f"{row}.excess"])
            _points(axes, found, np.array([number + side]), mark, style.EXECUTION)
    axes.axhline(0, color=style.INK, linewidth=0.4)
    _names(axes, ["grown", f"not\nto {AREA}", "none,\nnot felt"][: len(kinds)])
    axes.set_ylabel("above chance (%)")
    looks = {"a": ("o", AREA), "b": ("v", "M1"), "c": ("s", "M1, fingers")}
    style.legend_at(figure, 141, 111.5, _marks(looks, style.EXECUTION), ncols=3)


def caption(data: Numbers) -> str:
    """Say in words what the figure shows, for the text under it."""
    return (
        "A simulated monkey sees grasps that are done by hand, with a stick or with pliers, before "
        "and after 60 trials in which it watched another's stick, used one in the light or in the "
        f"dark, or did as many acts by hand ({data.who}; of several the mean and its 95 % "
        f"interval). (A) Units of {AREA} that fire more during reach and hold than before the "
        "object was shown, for one of two grasps at least (Wilcoxon's signed ranks). (B) By how "
        "much that share changes; grey: trials of the two sessions exchanged (95 %). (C) As grown; "
        "after the stick was seen, used, or used in the dark; after acts by hand. Left: the mean "
        "response of units that respond to the hand (chosen in one half of the trials, measured in "
        "the other). Right: by how much later the population reaches half of its largest rise; "
        "grey: stick and hand exchanged; what is off scale is left out. (D) Shares for fewer "
        "trials. (E) Grasps done in the dark by pliers and by reverse pliers, whose tips close as "
        "the hand opens: units whose rate differs between closing and opening of the tips alike "
        "with both, and units in which that difference depends on the pliers. F6 (command) and "
        "area 2 (posture of the hand) are inputs. (F) The same for fewer trials. (G) Mean index of "
        "units that follow either. (H) Units that follow the tips, and the fingers: as grown, "
        f"without the command to {AREA}, and without any command and what is felt of the hand."
    )
