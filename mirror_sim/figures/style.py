"""The look of every figure, and how a figure is written to disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
import matplotlib.style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.files import atomic_path

MM_PER_INCH = 25.4
DPI = 300

# The colours that Okabe & Ito chose to be told apart by the colour-blind.
EXECUTION = "#0072B2"
OBSERVATION = "#D55E00"
"""Execution and observation have one colour each, in every figure; nothing else has these."""

NEUTRAL = "#8C8C8C"
INK = "#000000"
SHADE = "#E4E4E4"

CLASSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "FF": ("#009E73", "o"),
        "FS": ("#000000", ">"),
        "SF": ("#F0E442", "^"),
        "SS": ("#CC79A7", "s"),
        "": ("#C4C4C4", "."),
    }
)
"""Colour and marker of a sign class: execution's sign, then observation's; "" for all others."""

RC: Mapping[str, Any] = MappingProxyType(
    {
        "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters everywhere
        "font.size": 6.5,
        "axes.titlesize": 6.5,
        "axes.titlepad": 2.5,
        "axes.labelsize": 6.5,
        "axes.labelpad": 2.0,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.labelsize": 6.0,
        "ytick.labelsize": 6.0,
        "xtick.major.size": 2.0,
        "ytick.major.size": 2.0,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.pad": 1.5,
        "ytick.major.pad": 1.5,
        "legend.fontsize": 6.0,
        "legend.frameon": False,
        "legend.handlelength": 1.6,
        "legend.handletextpad": 0.5,
        "legend.columnspacing": 1.2,
        "legend.borderpad": 0.0,
        "legend.borderaxespad": 0.0,
        "lines.linewidth": 1.0,
        "lines.solid_capstyle": "butt",
        "savefig.dpi": DPI,
        "svg.hashsalt": "mirror_sim",
        "svg.fonttype": "path",
    }
)
"""What differs from matplotlib's own defaults."""


@contextmanager
def context() -> Iterator[None]:
    """Draw in the house style, whatever the user's own settings; they are back afterwards.

    Examples
    --------
    >>> before = mpl.rcParams["font.size"]
    >>> with context():
    ...     mpl.rcParams["font.size"]
    6.5
    >>> mpl.rcParams["font.size"] == before
    True
    """
    with mpl.style.context(["default", dict(RC)]):
        yield


@checked_arguments(width_mm=(1.0, 2000.0), height_mm=(1.0, 2000.0))
def page(width_mm: float, height_mm: float) -> Figure:
    """Return an empty figure of this size that no window knows of."""
    return Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH))


@checked_arguments()
def axes_at(
    figure: Figure, *, left_mm: float, top_mm: float, width_mm: float, height_mm: float
) -> Axes:
    """Add axes whose frame lies at a place of the page, measured from its upper left corner."""
    page_width, page_height = figure.get_size_inches() * MM_PER_INCH
    return figure.add_axes(
        (
            left_mm / page_width,
            1 - (top_mm + height_mm) / page_height,
            width_mm / page_width,
            height_mm / page_height,
        )
    )


@checked_arguments()
def text_at(figure: Figure, left_mm: float, top_mm: float, words: str, **properties: Any) -> None:
    """Write words whose upper left corner (by default) lies at a place of the page."""
    page_width, page_height = figure.get_size_inches() * MM_PER_INCH
    figure.text(
        left_mm / page_width,
        1 - top_mm / page_height,
        words,
        **{"ha": "left", "va": "top", **properties},
    )


@checked_arguments()
def heading(figure: Figure, words: str, who: str) -> None:
    """Write the title of a page of 180 mm, and at its right end of whom it is."""
    text_at(figure, 2, 2, words, fontsize=9, fontweight="bold")
    text_at(figure, 178, 2.6, who, ha="right")


def letter(figure: Figure, left_mm: float, top_mm: float, name: str) -> None:
    """Write the letter of a panel, its upper left corner at a place of the page."""
    text_at(figure, left_mm, top_mm, name, fontsize=10, fontweight="bold")


@checked_arguments()
def legend_at(
    figure: Figure, left_mm: float, top_mm: float, handles: Sequence[Artist], *, ncols: int
) -> None:
    """Put a legend whose upper left corner lies at a place of the page."""
    page_width, page_height = figure.get_size_inches() * MM_PER_INCH
    figure.legend(
        handles=list(handles),
        ncols=ncols,
        loc="upper left",
        bbox_to_anchor=(left_mm / page_width, 1 - top_mm / page_height),
    )


@checked_arguments()
def savefig(figure: Figure, stem: Path | str) -> tuple[Path, Path]:
    """Write a figure as PNG (300 dpi) and as SVG.

    Equal figures give equal bytes with the same matplotlib: no file holds a date or a random name.
    A file appears when it is complete, and until then an older one stays.

    Parameters
    ----------
    figure : Figure
    stem : path
        Where to write, without suffix; its folder exists.

    Returns
    -------
    (Path, Path)
        The PNG and the SVG.
    """
    stem = Path(stem)
    if not stem.name:
        raise ValueError(f"savefig: stem is {str(stem)!r}, which names no file")
    paths = stem.with_name(stem.name + ".png"), stem.with_name(stem.name + ".svg")
    for path, metadata in zip(paths, ({"Software": None}, {"Date": None}), strict=True):
        with context(), atomic_path(path) as temporary:
            figure.savefig(temporary, format=path.suffix[1:], metadata=metadata)
    return paths
