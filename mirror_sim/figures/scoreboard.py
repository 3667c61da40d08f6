"""All published numbers and the model's, in units of each published interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import require_columns
from mirror_sim.figures import style

WIDTH_MM, HEIGHT_MM = 180.0, 190.0
# Further misses than this, in half widths of the published interval, stand at the edge.
LIMIT = 4.0
_MARKS = {"calibrate": "o", "predict": "s", "sanity": "D"}
_COLUMNS = (
    *("subject_kind", "role", "id", "published", "published_low", "published_high"),
    *("model", "model_low", "model_high", "inside"),
)


@checked_arguments()
def draw(table: pd.DataFrame, *, kind: str = "grown") -> Figure:
    """Draw one kind of a scoreboard.

    Parameters
    ----------
    table : DataFrame
        Of `mirror_sim.compare.scoreboard.scoreboard`.
    kind : str
        The kind of Subject.

    Returns
    -------
    Figure
        A column for the calibrate and sanity rows and one for the predict rows; rows that nobody
        published are left out. The grey band is the published interval; an arrow is a miss beyond
        the axis, with the model's number.

    Raises
    ------
    ValueError
        If the table has no row of this kind.
    """
    require_columns(table.columns, _COLUMNS, "the scoreboard")
    rows = table[table["subject_kind"] == kind]
    if rows.empty:
        kinds = sorted(table["subject_kind"].unique())
        raise ValueError(f"the scoreboard has no kind {kind!r}; it has {kinds}")
    fitted = rows[rows["role"].isin(["calibrate", "sanity"])]
    with style.context():
        figure = Figure(figsize=(WIDTH_MM / style.MM_PER_INCH, HEIGHT_MM / style.MM_PER_INCH))
        left, right = figure.subplots(1, 2)
        _column(left, fitted, "looked at while choosing parameters")
        _column(right, rows[rows["role"] == "predict"], "predicted")
        figure.subplots_adjust(left=0.17, right=0.99, top=0.955, bottom=0.045, wspace=0.42)
    return figure


def _column(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    places = range(len(rows))
    axes.axvspan(-1, 1, color=style.SHADE, lw=0)
    axes.axvline(0, color=style.NEUTRAL, lw=0.5)
    for place, row in zip(places, rows.itertuples(), strict=True):
        half = (row.published_high - row.published_low) / 2
        middle = (row.published_high + row.published_low) / 2
        where, low, high = ((x - middle) / half for x in (row.model, row.model_low, row.model_high))
        if not np.isfinite(where):
            axes.text(0, place, "no value", ha="center", va="center", fontsize=5)
            continue
        colour = style.CLASSES["FF"][0] if row.inside else style.CLASSES["SS"][0]
        ends = np.clip([low, high], -LIMIT, LIMIT)
        axes.plot(ends, [place, place], color=colour, lw=1)
        beyond = abs(where) > LIMIT
        mark = (">" if where > 0 else "<") if beyond else _MARKS[row.role]
        axes.plot(
            np.clip(where, -LIMIT, LIMIT), place, mark, ms=3.5, color=colour, clip_on=False,
            mfc=colour if row.inside else "white",
        )  # fmt: skip
        if beyond:
            side = -1 if where > 0 else 1
            axes.text(
                np.sign(where) * LIMIT + side * 0.25, place, f"{row.model:.3g}", va="center",
                ha="right" if where > 0 else "left", fontsize=5,
            )  # fmt: skip
    axes.set_yticks(places, [f"{row.id}  {row.published:g}" for row in rows.itertuples()])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(-LIMIT, LIMIT)
    axes.set_xlabel("half widths from the middle of the published interval")
    hits, measured = int(rows["inside"].sum()), int(rows["model"].notna().sum())
    axes.set_title(f"{title}: {hits} of {measured} inside (filled)")
