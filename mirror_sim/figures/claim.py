"""The page of a claim, the same for all: wiring, effect and controls, dose, what was silenced."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mirror_sim.figures import panels, style

WIDTH_MM, HEIGHT_MM = 180.0, 116.0

LINKS: Mapping[str, tuple[str, Any]] = {
    "fixed": (style.NEUTRAL, "-"),
    "learns": (style.INK, "-"),
    "by way of the world": (style.NEUTRAL, (0, (1.5, 1.5))),
}
"""Colour and dashes of each kind of link in a wiring picture."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """One kind of Subject and its numbers.

    Parameters
    ----------
    name : str
    values : float array, shape (n_subjects,)
    mean, low, high : float
        Over Subjects; the interval is NaN of one.
    note : str
        Stands beside the name, as a verdict.
    """

    name: str
    values: np.ndarray
    mean: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class FigureData:
    """All that the page shows, as numbers and words.

    Parameters
    ----------
    claim, label, why, account : str
        The claim in its words, the verdict on it, why, and what the literature says.
    n_subjects, settings_tried : int
    note : str
        What the reader must know of the whole study.
    places : mapping of str to (float, float)
        Where parts of the wiring stand, 0 to 1 from left to right and from bottom to top.
    links : sequence of (str, str, str)
        From where, to where, and of which of `LINKS`.
    power, effect : Group
        The positive control and the claim's Subjects.
    controls : sequence of Group
        Those that are judged by the effect's row.
    asides : sequence of str
        A line for each control that is judged by a row of its own.
    power_unit, effect_unit : str
        Name the axes.
    dose : sequence of Group
        One a value of the dose.
    dose_label : str
    shown : mapping of str to sequence of Group
        Of further rows, the grown Subjects' and those in which something was taken away.
    """

    claim: str
    label: str
    why: str
    account: str
    n_subjects: int
    settings_tried: int
    note: str = ""
    places: Mapping[str, tuple[float, float]]
    links: Sequence[tuple[str, str, str]]
    power: Group
    effect: Group
    controls: Sequence[Group]
    power_unit: str
    effect_unit: str
    asides: Sequence[str] = ()
    dose: Sequence[Group] = ()
    dose_label: str = ""
    shown: Mapping[str, Sequence[Group]]


def draw(data: FigureData) -> Figure:
    """Draw the page.

    Parameters
    ----------
    data : FigureData

    Returns
    -------
    Figure
        180 mm by 116 mm; `style.savefig` writes it.
    """
    with style.context():
        figure = style.page(WIDTH_MM, HEIGHT_MM)
        # A long one would run into the label.
        size = 10 if len(data.claim) < 70 else 8
        style.text_at(figure, 2, 2, f"“{data.claim}”", fontsize=size, fontweight="bold")
        n = "one Subject: an example" if data.n_subjects == 1 else f"{data.n_subjects} Subjects"
        right = {"ha": "right", "fontsize": 9, "fontweight": "bold"}
        style.text_at(figure, 178, 2, data.label, **right)
        style.text_at(figure, 2, 7.5, f"{data.why[0].upper()}{data.why[1:]}.")
        tried = f"{n}; settings tried: {data.settings_tried}"
        style.text_at(figure, 178, 7.5, tried, ha="right", color=style.NEUTRAL)
        _wiring(figure, data)
        _effect(figure, data)
        if data.dose:
            _dose(figure, data)
        _shown(figure, data)
        style.text_at(figure, 2, 97.5, "\n".join(data.asides))
        style.text_at(figure, 178, 93.5, data.note, ha="right", fontweight="bold")
        words = textwrap.fill(f"The literature: {data.account}", 140)
        style.text_at(figure, 2, 108.5, words, color=style.NEUTRAL)
    return figure


def _wiring(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 2, 13, "A")
    style.text_at(figure, 8, 14, "What is wired, and what learns")
    axes = style.axes_at(figure, left_mm=4, top_mm=19, width_mm=60, height_mm=70)
    axes.set_axis_off()
    axes.set_xlim(-0.08, 1.08)
    axes.set_ylim(-0.06, 1.06)
    for pre, post, kind in data.links:
        colour, dashes = LINKS[kind]
        arrow = {
            "arrowstyle": "-|>",
            "color": colour,
            "linestyle": dashes,
            "linewidth": 1.2 if kind == "learns" else 0.7,
            "shrinkA": 11,
            "shrinkB": 11,
            "mutation_scale": 6,
            "connectionstyle": "arc3,rad=0.08",
        }
        axes.annotate("", data.places[post], data.places[pre], arrowprops=arrow)
    for name, place in data.places.items():
        look = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": style.NEUTRAL}
        axes.text(*place, name, ha="center", va="center", bbox={**look, "linewidth": 0.6})
    handles = [
        panels.line_handle(colour, kind, dashed=dashes != "-")
        for kind, (colour, dashes) in LINKS.items()
        if kind in {link for *_, link in data.links}
    ]
    style.legend_at(figure, 6, 90, handles, ncols=3)


def _effect(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 70, 13, "B")
    style.text_at(figure, 76, 14, "Positive control, effect, and what must not have it")
    small = style.axes_at(figure, left_mm=80, top_mm=22, width_mm=9, height_mm=26)
    _groups(small, [data.power], wrap=11)
    small.set_ylabel(textwrap.fill(data.power_unit, 22))
    large = style.axes_at(figure, left_mm=104, top_mm=22, width_mm=74, height_mm=26)
    groups = [data.effect, *data.controls]
    _groups(large, groups, wrap=max(9, 54 // len(groups)))
    large.set_ylabel(textwrap.fill(data.effect_unit, 22))


def _groups(axes: Axes, groups: Sequence[Group], *, wrap: int) -> None:
    """Draw a dot for each Subject, and beside them the mean with its interval."""
    rng = np.random.default_rng(3)
    for at, group in enumerate(groups):
        values = group.values[np.isfinite(group.values)]
        spread = rng.uniform(-0.12, 0.02, len(values))
        colour = style.INK if at == 0 else style.NEUTRAL
        axes.plot(
            at - 0.1 + spread, values, "o", color=colour, alpha=0.35, markersize=2.2,
            markeredgewidth=0,
        )  # fmt: skip
        axes.vlines(at + 0.15, group.low, group.high, color=colour, linewidth=1.0)
        axes.plot(at + 0.15, group.mean, "o", color=colour, markersize=3.6)
    axes.axhline(0, color=style.INK, linewidth=0.4, zorder=0)
    axes.set_xlim(-0.6, len(groups) - 0.4)
    words, size = _labels(groups, wrap), 6.0
    if max(label.count("\n") for label in words) > 3:
        words, size = _labels(groups, wrap + 3), 5.2
    axes.set_xticks(range(len(groups)), words, fontsize=size)
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)


def _labels(groups: Sequence[Group], wrap: int) -> list[str]:
    names = [textwrap.fill(group.name, wrap) for group in groups]
    notes = [f"\n({textwrap.fill(group.note, wrap)})" if group.note else "" for group in groups]
    return [name + note for name, note in zip(names, notes, strict=True)]


def _dose(figure: Figure, data: FigureData) -> None:
    style.letter(figure, 70, 63, "C")
    axes = style.axes_at(figure, left_mm=80, top_mm=71, width_mm=32, height_mm=17)
    at = np.array([float(group.name) for group in data.dose])
    mean = np.array([group.mean for group in data.dose])
    axes.plot(at, mean, "o-", color=style.INK, markersize=3.0)
    axes.vlines(at, [g.low for g in data.dose], [g.high for g in data.dose], color=style.INK)
    axes.axhline(0, color=style.INK, linewidth=0.4, zorder=0)
    n = len(data.dose[0].values)
    axes.set_xlabel(textwrap.fill(f"{data.dose_label}; n = {n}", 34))
    axes.set_ylabel(textwrap.fill(data.effect_unit, 16))


def _shown(figure: Figure, data: FigureData) -> None:
    """Draw further rows side by side, a line for each kind of Subject."""
    if not data.shown:
        return
    first_mm = 117 if data.dose else 70
    style.letter(figure, first_mm, 63, "D" if data.dose else "C")
    names = list(dict.fromkeys(group.name for groups in data.shown.values() for group in groups))
    left_mm = first_mm + 8 + (16 if len(names) > 1 else 0)
    room_mm = (178 - left_mm) / len(data.shown)
    for number, (unit, groups) in enumerate(data.shown.items()):
        at_mm = left_mm + number * room_mm
        axes = style.axes_at(figure, left_mm=at_mm, top_mm=71, width_mm=room_mm - 5, height_mm=17)
        _lines(axes, groups, names)
        axes.set_yticks(range(len(names)), names if number == 0 and len(names) > 1 else [])
        words = textwrap.fill(unit, int(room_mm / 1.3))
        style.text_at(figure, at_mm, 69.5, words, va="bottom", fontsize=6.0)


def _lines(axes: Axes, groups: Sequence[Group], names: Sequence[str]) -> None:
    """Draw the Subjects, the mean and its interval of each group in the line of its name."""
    for group in groups:
        at, colour = names.index(group.name), style.INK if group is groups[0] else style.NEUTRAL
        values = group.values[np.isfinite(group.values)]
        axes.plot(
            values, np.full(len(values), at - 0.2), "o", color=colour, alpha=0.35, markersize=2.0,
            markeredgewidth=0,
        )  # fmt: skip
        axes.hlines(at + 0.15, group.low, group.high, color=colour, linewidth=1.0)
        axes.plot(group.mean, at + 0.15, "o", color=colour, markersize=3.2)
    axes.axvline(0, color=style.INK, linewidth=0.4, zorder=0)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
