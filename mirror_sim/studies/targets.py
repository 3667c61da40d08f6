"""The published numbers, with their intervals, sources and levels of evidence."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import pandas as pd


@lru_cache(maxsize=1)
def _table() -> pd.DataFrame:
    with resources.files("mirror_sim.studies").joinpath("targets.csv").open() as file:
        return pd.read_csv(file)


def targets() -> pd.DataFrame:
    """Return the published numbers, one row each.

    Returns
    -------
    DataFrame
        Columns id, study, area, quantity, definition, value, low, high (95 % interval, or a stated
        tolerance), count, unit, level (of evidence), role ("calibrate": looked at while parameters
        were chosen; "predict": not), note.

    Examples
    --------
    >>> targets().set_index("id").loc["G1", "value"]
    np.float64(17.3)
    """
    return _table().copy()
