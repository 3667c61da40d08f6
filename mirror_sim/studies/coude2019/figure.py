"""The page of the study: who depends on the goal, what of it is learned, and when it shows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mirror_sim.figures import panels, style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies.coude2019.measures import (
    AREA,
    BIN_S,
    CURVES,
    DECODED,
    MATCHES,
    SHARED,
    TESTED,
    bins_ms,
)

WIDTH_MM, HEIGHT_MM = 180.0, 112.0

_DASHES = (0, (2.4, 1.2))
_LABELS: Mapping[str, str] = {
    "executed.cued": "done, goal told",
    "executed.uncued": "done, not told",
    "observed.cued": "seen, goal told",
    "observed.uncued": "seen, not told",
}
_MATCHES: Mapping[str, str] = {
    "match.cued": "done, told\n× seen, told",
    "match.learned": "done, not told\n× seen, told",
    "follows.cue": "seen, told × seen,\nother told (−r)",
}
_MARKS = ("o", "s", "^")


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
        style.heading(
            figure, "One grasp, to eat or to place: does it tell its goal before contact?", data.who
        )
        _draw_shares(figure, data)
        _draw_trials(figure, data)
        _draw_matches(figure, data, controls)
        _draw_decoding(figure, data)
    return figure


def _look(condition: str) -> tuple[str, str]:
    """Return the colour and the fill of a condition's marks: hollow where no goal is told."""
    colour = style.EXECUTION if condition.startswith("executed") else style.OBSERVATION
    return colour, "white" if condition.endswith("uncued") else colour


def _draw_shares(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 2, 9, "A")
    style.text_at(figure, 8, 10, "Units whose rate in the grasp depends on its goal")
    axes = style.axes_at(figure, left_mm=14, top_mm=24, width_mm=84, height_mm=28)
    areas = [name for name in TESTED if f"goal.{SHARED[0]}.{name}" in data.rows]
    for number, condition in enumerate(SHARED):
        rows = [f"goal.{condition}.{area}" for area in areas]
        at, found = np.arange(len(areas)) + 0.18 * (number - 1.5), data.of(rows)
        by_chance = data.of([f"{row}.chance" for row in rows])[:, 0]
        colour, fill = _look(condition)
        axes.vlines(at, found[:, 1], found[:, 2], color=colour, linewidth=0.8)
        axes.plot(at, found[:, 0], "o", color=colour, markerfacecolor=fill, markersize=4)
        axes.hlines(by_chance, at - 0.08, at + 0.08, color=style.INK, linestyle=_DASHES)
    axes.set_xticks(range(len(areas)), areas)
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, 100)
    axes.set_ylabel("units with p < .05 (%)")
    handles = [_handle(name) for name in SHARED]
    handles.append(panels.line_handle(style.INK, "goals permuted", dashed=True))
    style.legend_at(figure, 8, 14.5, handles, ncols=3)


def _handle(condition: str) -> Line2D:
    colour, fill = _look(condition)
    return Line2D(
        [],
        [],
        linestyle="none",
        marker="o",
        color=colour,
        markerfacecolor=fill,
        label=_LABELS[condition],
    )


def _draw_trials(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 106, 9, "B")
    style.text_at(figure, 112, 10, f"{AREA}, goal told, by trials of each act")
    axes = style.axes_at(figure, left_mm=118, top_mm=24, width_mm=60, height_mm=28)
    for condition in CURVES:
        row = f"goal.{condition}.{AREA}"
        counts = data.trial_counts(row)
        found = data.of([f"{row}.{n}" for n in counts])
        colour, _ = _look(condition)
        axes.vlines(counts, found[:, 1], found[:, 2], color=colour, linewidth=0.8)
        axes.plot(counts, found[:, 0], "o-", color=colour, markersize=3.6)
    counts = data.trial_counts(f"goal.{CURVES[0]}.{AREA}")
    axes.set_xticks(counts, [str(n) for n in counts])
    axes.set_xlabel("trials")
    axes.set_ylim(0, 100)
    axes.set_ylabel("units with p < .05 (%)")
    style.legend_at(figure, 112, 14.5, [_handle(name) for name in CURVES], ncols=2)


def _draw_matches(figure: Figure, data: Numbers, controls: Mapping[str, Numbers]) -> None:
    style.letter(figure, 2, 62, "C")
    style.text_at(figure, 8, 63, f"Preference for a goal over units of {AREA}, in two conditions")
    axes = style.axes_at(figure, left_mm=14, top_mm=74, width_mm=84, height_mm=28)
    kinds = {"grown": data, **controls}
    step = 0.7 / len(kinds)
    for mark, (number, numbers) in zip(_MARKS, enumerate(kinds.values()), strict=False):
        at = np.arange(len(MATCHES)) + step * (number - (len(kinds) - 1) / 2)
        found = numbers.of(list(MATCHES))
        low, high = (
            numbers.of([f"{row}.{end}" for row in MATCHES])[:, 0] for end in ("low", "high")
        )
        axes.bar(at, high - low, 0.9 * step, bottom=low, color=style.SHADE, linewidth=0)
        axes.vlines(at, found[:, 1], found[:, 2], color=style.INK, linewidth=0.8)
        axes.plot(at, found[:, 0], mark, color=style.INK, markersize=3.6)
    axes.axhline(0, color=style.INK, linewidth=0.4)
    axes.set_xticks(range(len(MATCHES)), [_MATCHES[row] for row in MATCHES])
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(-0.3, 1.05)
    axes.set_ylabel("correlation over units")
    handles = [
        Line2D([], [], linestyle="none", marker=mark, color=style.INK, label=name)
        for mark, name in zip(_MARKS, kinds, strict=False)
    ]
    style.legend_at(figure, 8, 68, handles, ncols=3)


def _draw_decoding(figure: Figure, data: Numbers) -> None:
    style.letter(figure, 106, 62, "D")
    style.text_at(figure, 112, 63, "The goal of a seen grasp, decoded in 0.1 s")
    axes = style.axes_at(figure, left_mm=118, top_mm=78, width_mm=60, height_mm=24)
    looks = [(style.OBSERVATION, "-"), (style.OBSERVATION, _DASHES), (style.NEUTRAL, _DASHES)]
    middle_s = np.array(bins_ms()) / 1000 + BIN_S / 2
    handles = []
    for (condition, area), (colour, dashes) in zip(DECODED, looks, strict=True):
        row = f"decode.{condition}.{area}"
        found = data.of([f"{row}.from{start_ms:+d}" for start_ms in bins_ms()])
        axes.fill_between(middle_s, found[:, 1], found[:, 2], color=colour, alpha=0.2, linewidth=0)
        (line,) = axes.plot(middle_s, found[:, 0], color=colour, linestyle=dashes)
        line.set_label(f"{area}, {_LABELS[condition].removeprefix('seen, ')}")
        handles.append(line)
    high = max(data.value(f"decode.{name}.{area}.high") for name, area in DECODED[:2])
    axes.axhline(high, color=style.INK, linewidth=0.5)
    axes.axvline(0, color=style.INK, linewidth=0.5)
    axes.set_ylim(25, 102)
    axes.set_xlabel("time from contact (s)")
    axes.set_ylabel("correct trials (%)")
    style.legend_at(figure, 112, 68, handles, ncols=2)


def caption(data: Numbers) -> str:
    """Say in words what the figure shows, for the text under it."""
    return (
        "A simulated monkey grasps in the dark, and sees grasped, a piece of food that goes to the "
        f"mouth or into a container ({data.who}; of several the mean and its 95 % interval). Until "
        "contact both movements are the same. A context tells the goal to prefrontal cells, which "
        "reach F5, or tells nothing. (A) Units whose rate from 0.1 s before the movement to "
        "contact depends on the goal (analysis of variance). In execution without the cue the own "
        "command knows the act; in observation without it nothing does before contact. That "
        f"units depend on a told goal is by wiring. (B) The same in {AREA} for fewer trials. "
        "(C) Correlation, over units, of Welch's t of eat minus place in two conditions; grey: 95 "
        "% of chance (units permuted; in the second, goals). The first is by wiring, too: one "
        "input drives both. The second can only be learned, and should be at chance where growth "
        "told goals that had nothing to do with the act. The third shows whether, with "
        "the cue of the other goal, units follow the cue. (D) Goal decoded by the mean pattern "
        "that correlates best, over all units; line: what the best of all bins exceeds by chance "
        f"in 5 % of permutations ({AREA}). The cue is on long before. Below 50 %: each movement "
        "occurs with both goals, and the twin of a tested trial is often among those of training."
    )
