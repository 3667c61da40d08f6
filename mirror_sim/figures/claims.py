"""All claims on one page: each with its label, its effect, and what its controls have of it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from mirror_sim.figures import style

WIDTH_MM, CELL_MM, COLUMNS = 180.0, 62.0, 3
HOLDS, FAILS = "#009E73", "#B22222"


@dataclass(frozen=True, kw_only=True, eq=False)
class ClaimData:
    """One claim and its numbers.

    Parameters
    ----------
    name, claim, label : str
        Its name, its words, and the verdict; the label is empty if it was not run.
    note : str
        What the reader must know of the whole study.
    n_subjects : int
    names : sequence of str
        The effect first, then each control.
    means, lows, highs : float array, shape (n_names,)
        Over Subjects.
    unit : str
        Names the axis.
    holds : bool
        Whether the label says that the claim holds in its circuit.
    """

    name: str
    claim: str
    label: str
    note: str
    n_subjects: int
    names: Sequence[str]
    means: np.ndarray
    lows: np.ndarray
    highs: np.ndarray
    unit: str
    holds: bool


def draw(claims: Sequence[ClaimData]) -> Figure:
    """Draw the page.

    Parameters
    ----------
    claims : sequence of ClaimData

    Returns
    -------
    Figure
        180 mm wide, 62 mm high for each three claims; `style.savefig` writes it.
    """
    rows = -(-len(claims) // COLUMNS)
    with style.context():
        figure = style.page(WIDTH_MM, CELL_MM * rows)
        for number, data in enumerate(claims):
            row, column = divmod(number, COLUMNS)
            _cell(figure, data, 2 + column * WIDTH_MM / COLUMNS, 2 + row * CELL_MM)
    return figure


def _cell(figure: Figure, data: ClaimData, left_mm: float, top_mm: float) -> None:
    words = textwrap.fill(f"“{data.claim}”", 44)
    style.text_at(figure, left_mm, top_mm, words, fontsize=6.2, fontweight="bold")
    colour = style.NEUTRAL if not data.label else HOLDS if data.holds else FAILS
    said = data.label or "not run"
    style.text_at(figure, left_mm, top_mm + 8.5, said, color=colour, fontweight="bold")
    n = f"{data.name}, {data.n_subjects} Subjects" if data.label else data.name
    right = {"ha": "right", "color": style.NEUTRAL}
    style.text_at(figure, left_mm + 55, top_mm + 8.5, n, **right)
    style.text_at(figure, left_mm, top_mm + 11.5, data.note, color=style.NEUTRAL)
    if not data.label:
        return
    axes = style.axes_at(
        figure, left_mm=left_mm + 27, top_mm=top_mm + 15, width_mm=28, height_mm=34
    )
    at = np.arange(len(data.names))
    colours = [style.INK, *[style.NEUTRAL] * (len(at) - 1)]
    axes.hlines(at, data.lows, data.highs, color=colours, linewidth=1.0)
    axes.scatter(data.means, at, c=colours, s=9, zorder=3)
    axes.axvline(0, color=style.INK, linewidth=0.4, zorder=0)
    axes.set_yticks(at, [textwrap.fill(name, 20) for name in data.names])
    axes.set_ylim(len(at) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(textwrap.fill(data.unit, 36), loc="right")
