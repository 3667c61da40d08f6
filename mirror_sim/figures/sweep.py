"""What changes along the axes of a sweep."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mirror_sim.analysis import chance
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.figures import style

PANEL_MM = (48.0, 30.0)


@checked_arguments()
def draw(tables: Mapping[str, pd.DataFrame], quantities: Mapping[str, str]) -> Figure:
    """Draw one column an axis, one row a quantity.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        An axis and the table of the sweep along it; see `mirror_sim.sweep`.
    quantities : mapping of str to str
        Columns to draw and their labels.

    Returns
    -------
    Figure
        Every Subject as a grey point, their mean with its 95 % bootstrap interval in black.

    Raises
    ------
    ValueError
        If a table lacks the axis or a quantity.
    """
    if not tables or not quantities:
        raise ValueError(
            f"draw needs a table and a quantity; tables has {len(tables)}, quantities "
            f"{len(quantities)}"
        )
    for axis, table in tables.items():
        for name in (axis, *quantities):
            if name not in table.columns:
                raise unknown("column", name, table.columns, where=f"the sweep of {axis}")
    rng = np.random.default_rng(23)
    with style.context():
        width, height = (
            n * mm + 14 for n, mm in zip((len(tables), len(quantities)), PANEL_MM, strict=True)
        )
        figure = style.page(width, height)
        panels = figure.subplots(len(quantities), len(tables), squeeze=False, sharey="row")
        for column, (axis, table) in enumerate(tables.items()):
            for row, (name, label) in enumerate(quantities.items()):
                axes = panels[row, column]
                axes.plot(table[axis], table[name], ".", ms=3, color=style.CLASSES[""][0])
                found = [
                    (value, *chance.bootstrap(part[name].to_numpy(), rng=rng))
                    for value, part in table.groupby(axis)
                ]
                value, mean, low, high = np.array(found, dtype=float).T
                axes.fill_between(value, low, high, color=style.SHADE, lw=0)
                axes.plot(value, mean, "o-", ms=3, color=style.INK)
                if column == 0:
                    axes.set_ylabel(label)
                if row == len(quantities) - 1:
                    axes.set_xlabel(f"{axis}\n({table['subject_seed'].nunique()} Subjects)")
        figure.tight_layout()
    return figure
