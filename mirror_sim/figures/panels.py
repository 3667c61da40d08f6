"""Panels: functions that draw numbers on given axes and return the axes."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import require_columns
from mirror_sim.figures import style
from mirror_sim.figures.numbers import Numbers

NO_RESPONSE = "no observation response"
"""The verdict on a control with too little of a response to be judged."""


@checked_arguments()
def raster(
    axes: Axes,
    spikes_s: Sequence[np.ndarray],
    marks_s: np.ndarray,
    *,
    windows_s: Sequence[tuple[float, float]],
    colour: str,
) -> Axes:
    """Draw spikes as ticks, one row a trial, the first on top, each with a dot for an event.

    Parameters
    ----------
    axes : Axes
    spikes_s : sequence of float array
        One a trial, s.
    marks_s : float array, shape (n_trials,)
        Time of the dot, s.
    windows_s : sequence of (float, float)
        Stretches to shade, s.
    colour : str
    """
    _shade(axes, windows_s)
    n_trials = len(spikes_s)
    rows = np.arange(n_trials)
    # Thousands of ticks: as pixels they keep the SVG small.
    axes.eventplot(
        list(spikes_s),
        lineoffsets=rows.tolist(),
        linelengths=0.8,
        linewidths=0.45,
        colors=colour,
        rasterized=True,
    )
    axes.plot(marks_s, rows, "o", color=style.INK, markersize=2.0, markeredgewidth=0, zorder=3)
    axes.set_ylim(n_trials - 0.4, -0.6)
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(bottom=False, labelbottom=False)
    return axes


@checked_arguments()
def curve(
    axes: Axes,
    times_s: np.ndarray,
    values: np.ndarray,
    *,
    colour: str,
    error: np.ndarray | None = None,
    dashed: bool = False,
) -> Axes:
    """Draw a time course, with its error as a band.

    Parameters
    ----------
    axes : Axes
    times_s, values : float array, shape (n_times,)
    colour : str
    error : float array, shape (n_times,), optional
        Half the height of the band.
    dashed : bool
    """
    if len(times_s) != len(values):
        raise ValueError(f"curve: times_s has {len(times_s)} entries, and values {len(values)}")
    axes.plot(times_s, values, color=colour, linestyle=(0, (2.4, 1.2)) if dashed else "-")
    if error is not None:
        axes.fill_between(
            times_s, values - error, values + error, color=colour, alpha=0.25, linewidth=0
        )
    return axes


@checked_arguments()
def time_axes(
    axes: Axes,
    window_s: tuple[float, float],
    *,
    windows_s: Sequence[tuple[float, float]] = (),
    zero: str = style.INK,
) -> Axes:
    """Make the horizontal axis one of time, a line at zero, and shade some stretches."""
    _shade(axes, windows_s)
    axes.axvline(0, color=zero, linewidth=0.5, zorder=0.5)
    axes.set_xlim(window_s)
    axes.set_xticks([x for x in (-1, 0, 1) if window_s[0] <= x <= window_s[1]])
    return axes


def _shade(axes: Axes, windows_s: Sequence[tuple[float, float]]) -> None:
    for start_s, stop_s in windows_s:
        axes.axvspan(start_s, stop_s, color=style.SHADE, linewidth=0, zorder=0)


@checked_arguments()
def paired_bars(
    axes: Axes,
    names: Sequence[str],
    execution: np.ndarray,
    observation: np.ndarray,
    *,
    marked: str,
) -> Axes:
    """Draw two bars an action, execution left of observation, a triangle under one action.

    Parameters
    ----------
    axes : Axes
    names : sequence of str
        The actions.
    execution, observation : float array, shape (n_actions,)
    marked : str
        The action with the triangle.
    """
    at = np.arange(len(names))
    axes.bar(at - 0.2, execution, 0.4, color=style.EXECUTION, linewidth=0)
    axes.bar(at + 0.2, observation, 0.4, color=style.OBSERVATION, linewidth=0)
    axes.axhline(0, color=style.INK, linewidth=0.4)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_xticks(at, [initials(name) for name in names])
    axes.tick_params(axis="x", length=0)
    axes.get_xticklabels()[list(names).index(marked)].set_fontweight("bold")
    axes.spines["bottom"].set_visible(False)
    axes.yaxis.set_major_locator(few_ticks(2))
    return axes


def initials(name: str) -> str:
    """Shorten the name of an action to the first letters of its first two words.

    Examples
    --------
    >>> initials("grasp-whole-hand")
    'gw'
    """
    return "".join(word[0] for word in name.split("-")[:2])


@checked_arguments()
def change_scatter(axes: Axes, table: pd.DataFrame) -> Axes:
    """Draw the change in execution against that in observation, one point a row.

    Parameters
    ----------
    axes : Axes
    table : DataFrame
        execution and observation (spikes/s), and sign_class: "FF", "FS", "SF", "SS" or "".
    """
    require_columns(
        table.columns, ("execution", "observation", "sign_class"), "change_scatter: table"
    )
    axes.axhline(0, color=style.INK, linewidth=0.4, zorder=0)
    axes.axvline(0, color=style.INK, linewidth=0.4, zorder=0)
    # Those that are no mirror units lie below the others.
    for name in ("", "SS", "FF", "SF", "FS"):
        colour, marker = style.CLASSES[name]
        own = table[table["sign_class"] == name]
        axes.plot(
            own["execution"],
            own["observation"],
            linestyle="none",
            color=colour,
            marker=marker,
            markersize=2.4,
            markeredgecolor=style.INK if name == "SF" else colour,
            markeredgewidth=0.25 if name == "SF" else 0,
            alpha=0.8,
            clip_on=False,
        )
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    return axes


@checked_arguments()
def class_handles(counts: Mapping[str, int]) -> list[Line2D]:
    """Return legend entries of the sign classes with the number of points of each."""
    handles = []
    for name, (colour, marker) in style.CLASSES.items():
        label = f"{name or 'other'} ({counts.get(name, 0)})"
        edge = style.INK if name == "SF" else colour
        handles.append(
            Line2D(
                [],
                [],
                linestyle="none",
                color=colour,
                marker=marker,
                markersize=4,
                markeredgecolor=edge,
                markeredgewidth=0.3 if name == "SF" else 0,
                label=label,
            )
        )
    return handles


def line_handle(colour: str, label: str, *, dashed: bool = False) -> Line2D:
    """Return the legend entry of a `curve`."""
    return Line2D([], [], color=colour, linestyle=(0, (2.4, 1.2)) if dashed else "-", label=label)


@checked_arguments()
def published_and_model(axes: Axes, table: pd.DataFrame) -> Axes:
    """Draw rows of published numbers and the model's, each with its interval.

    Parameters
    ----------
    axes : Axes
    table : DataFrame
        quantity; published, published_low, published_high; model, model_low, model_high; n. What
        is missing (NaN) is left out.
    """
    at = np.arange(len(table))
    _intervals(axes, at - 0.17, table, ("published", "published_low", "published_high"))
    _intervals(axes, at + 0.17, table, ("model", "model_low", "model_high"))
    _rows(axes, table["quantity"], wrap=35)
    _column(axes, table["n"], right_mm=2.0, header="n")
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    return axes


def published_handles() -> list[Line2D]:
    """Return the legend entries of `published_and_model`."""
    return [Line2D([], [], label=name, **_POINT[name]) for name in ("published", "model")]


_POINT: Mapping[str, Mapping[str, Any]] = {
    "published": {
        "color": style.NEUTRAL,
        "marker": "D",
        "markersize": 3.6,
        "markerfacecolor": "white",
        "markeredgewidth": 0.8,
        "linewidth": 1.0,
    },
    "model": {"color": style.INK, "marker": "o", "markersize": 3.6, "linewidth": 1.0},
}


def _intervals(
    axes: Axes, at: np.ndarray, table: pd.DataFrame, columns: tuple[str, str, str]
) -> None:
    value, low, high = (table[name].to_numpy(dtype=float) for name in columns)
    look = dict(_POINT[columns[0]])
    axes.hlines(at, low, high, color=look["color"], linewidth=look["linewidth"])
    axes.plot(value, at, **{**look, "linestyle": "none"})


_DOT: Mapping[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 3.6, "clip_on": False}


@checked_arguments()
def against_chance(axes: Axes, table: pd.DataFrame, *, wrap: int = 26, header: str = "n") -> Axes:
    """Draw rows of one measure: the value as a dot, chance as a line in its interval.

    A row whose verdict is `NO_RESPONSE` has an open grey dot.

    Parameters
    ----------
    axes : Axes
    table : DataFrame
        control, value, chance, chance_low, chance_high, n, verdict.
    wrap : int
        Letters of a control's name on one line.
    header : str
        What stands over the column of n.
    """
    at = np.arange(len(table))
    low, high = (table[f"chance_{side}"].to_numpy(dtype=float) for side in ("low", "high"))
    axes.barh(at, high - low, 0.62, left=low, color=style.SHADE, linewidth=0)
    axes.vlines(table["chance"], at - 0.31, at + 0.31, color=style.NEUTRAL, linewidth=1.0)
    void = (table["verdict"] == NO_RESPONSE).to_numpy()
    value = table["value"].to_numpy(dtype=float)
    axes.plot(value[~void], at[~void], color=style.INK, **_DOT)
    axes.plot(value[void], at[void], color=style.NEUTRAL, markerfacecolor="white", **_DOT)
    _rows(axes, table["control"], wrap=wrap)
    colours = np.where(void, style.NEUTRAL, style.INK).tolist()
    _column(axes, table["verdict"], right_mm=1.5, colours=colours)
    _column(axes, table["n"], right_mm=28.5, header=header)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    return axes


def chance_handles() -> list[Line2D]:
    """Return the legend entries of `against_chance`."""
    return [
        Line2D([], [], color=style.INK, label="value", **_DOT),
        Line2D([], [], color=style.NEUTRAL, markerfacecolor="white", label=NO_RESPONSE, **_DOT),
        Line2D([], [], color=style.SHADE, linewidth=5, label="chance, with its interval"),
    ]


def _rows(axes: Axes, labels: Sequence[str], *, wrap: int) -> None:
    """Name rows on the left, the first on top."""
    n_rows = len(labels)
    axes.set_ylim(n_rows - 0.4, -0.6)
    axes.set_yticks(np.arange(n_rows), [textwrap.fill(label, wrap) for label in labels])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(4))


def _column(
    axes: Axes,
    words: Sequence[object],
    *,
    right_mm: float,
    header: str = "",
    colours: Sequence[str] | None = None,
) -> None:
    """Write something about each row, so far right of the axes."""
    place = (right_mm / style.MM_PER_INCH * 72, 0.0)
    look: dict[str, Any] = {"textcoords": "offset points", "fontsize": 6}
    for row, word in enumerate(words):
        axes.annotate(
            str(word),
            (1.0, row),
            place,
            xycoords=axes.get_yaxis_transform(),
            va="center_baseline",
            color=style.INK if colours is None else colours[row],
            **look,
        )
    if header:
        axes.annotate(header, (1.0, 1.0), place, xycoords="axes fraction", va="bottom", **look)


def few_ticks(n_intervals: int) -> MaxNLocator:
    """Return a locator of at most so many intervals between whole numbers."""
    return MaxNLocator(n_intervals, integer=True)


@checked_arguments()
def nothing(axes: Axes, words: str) -> Axes:
    """Say in otherwise empty axes why they are."""
    axes.set_axis_off()
    axes.text(
        0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=style.NEUTRAL
    )
    return axes


def points_on_chance(
    axes: Axes,
    data: Numbers,
    rows: Sequence[str],
    at: np.ndarray,
    mark: str,
    colours: Sequence[str],
    width: float = 0.2,
) -> Axes:
    """Draw rows of a study as points with their intervals, each on the interval of its chance.

    Parameters
    ----------
    axes : Axes
    data : Numbers
        With ``ROW.low`` and ``ROW.high``, the ends of the chance of each row.
    rows : sequence of str
    at : float array, shape (n_rows,)
        Where they stand.
    mark : str
        As matplotlib names it.
    colours : sequence of str
        One for each row.
    width : float
        Of the bands of chance.

    Returns
    -------
    Axes
    """
    low, high = (data.of([f"{row}.{end}" for row in rows])[:, 0] for end in ("low", "high"))
    axes.bar(at, high - low, width, bottom=low, color=style.SHADE, linewidth=0, zorder=0)
    axes.use_sticky_edges = False  # room under the bars
    found = data.of(rows)
    for x, (value, lower, upper), colour in zip(at, found, colours, strict=True):
        axes.plot(x, value, mark, color=colour, markersize=3)
        axes.vlines(x, lower, upper, color=colour, linewidth=0.8)
    return axes
