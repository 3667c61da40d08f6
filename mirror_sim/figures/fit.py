"""How a fit went: its cost, what its best settings trade, and which axes matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import require_columns
from mirror_sim.figures import style

WIDTH_MM, TOP_MM, LINE_MM = 180.0, 62.0, 3.2
# Half widths of the published interval; what is further off has the last colour.
LIMIT = 3.0
MOST_AXES = 12


@checked_arguments()
def draw(history: pd.DataFrame, *, distances: pd.DataFrame, importance: pd.Series) -> Figure:
    """Draw a fit.

    Parameters
    ----------
    history : DataFrame
        One row a setting: ``number``, ``state`` and ``cost``.
    distances : DataFrame
        One row a row of the study, one column a setting, the start first: how far off, in half
        widths of the published interval.
    importance : Series
        Share of each axis in the cost; empty if it is not known.

    Returns
    -------
    Figure
        Above, the cost of every setting and the best so far, and the axes that matter most. Below,
        what the best settings trade: white is the published value, full colour is `LIMIT` half
        widths or more away, grey is no number.
    """
    require_columns(history.columns, ("number", "state", "cost"), "history")
    map_mm = LINE_MM * len(distances)
    height = TOP_MM + max(map_mm, 16) + 16
    with style.context():
        figure = style.page(WIDTH_MM, height)
        _history(
            style.axes_at(figure, left_mm=14, top_mm=6, width_mm=72, height_mm=TOP_MM - 18), history
        )
        _importance(
            style.axes_at(figure, left_mm=146, top_mm=6, width_mm=30, height_mm=TOP_MM - 18),
            importance[:MOST_AXES],
        )
        _trades(
            style.axes_at(figure, left_mm=40, top_mm=TOP_MM + 4, width_mm=100, height_mm=map_mm),
            style.axes_at(
                figure,
                left_mm=146,
                top_mm=TOP_MM + 4,
                width_mm=3,
                height_mm=min(max(map_mm, 16), 30),
            ),
            distances,
        )
        for name, left, top in (("a", 1, 1), ("b", 92, 1), ("c", 1, TOP_MM)):
            style.letter(figure, left, top, name)
    return figure


def _history(axes: Axes, history: pd.DataFrame) -> None:
    kinds = {
        "measured": ("o", style.INK, "measured"),
        "pruned": (".", style.NEUTRAL, "given up after the first Subject"),
        "failed": ("x", style.CLASSES["SS"][0], "failed"),
    }
    for state, (mark, colour, label) in kinds.items():
        part = history[history["state"] == state]
        if len(part):
            axes.plot(part["number"], part["cost"], mark, ms=2.5, color=colour, label=label)
    best = history["cost"].where(history["state"] == "measured").cummin().ffill()
    axes.plot(
        history["number"], best, drawstyle="steps-post", color=style.CLASSES["FF"][0],
        label="best so far",
    )  # fmt: skip
    if (history["cost"] > 0).all():
        axes.set_yscale("log")
    axes.set_xlabel("setting")
    axes.set_ylabel("cost")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)


def _importance(axes: Axes, importance: pd.Series) -> None:
    if importance.empty:
        axes.text(0.5, 0.5, "too few settings to tell", ha="center", va="center")
        axes.set_axis_off()
        return
    places = np.arange(len(importance))
    axes.barh(places, importance, color=style.NEUTRAL)
    axes.set_yticks(places, importance.index)
    axes.set_ylim(len(importance) - 0.4, -0.6)
    axes.set_xlabel("share in the cost")


def _trades(axes: Axes, bar: Axes, distances: pd.DataFrame) -> None:
    colours = colormaps["RdBu_r"].with_extremes(bad=style.NEUTRAL)
    image = axes.imshow(
        distances.to_numpy(float), cmap=colours, vmin=-LIMIT, vmax=LIMIT, aspect="auto",
        interpolation="nearest",
    )  # fmt: skip
    axes.set_xticks(range(distances.shape[1]), distances.columns)
    axes.set_yticks(range(len(distances)), distances.index)
    axes.set_xlabel("setting: the start, the fit, and the best of the search")
    axes.figure.colorbar(image, cax=bar, extend="both", label="off (half widths)")
