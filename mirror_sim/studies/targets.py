"""Tables of published numbers, with their intervals, sources and levels of evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_number

ROLES = ("calibrate", "predict", "sanity")

_TEXTS = ("id", "study", "area", "quantity", "unit", "level", "role", "nearest")
_NUMBERS = ("value", "low", "high")


def targets() -> pd.DataFrame:
    """Return the published numbers of the package's studies, as `read_targets` does.

    Examples
    --------
    >>> targets().set_index("id").loc["G1", "value"]
    np.float64(17.3)
    """
    folder = Path(__file__).parent
    table = read_targets(
        [folder / paper / "targets.csv" for paper in ("gallese1996", "jerjian2020")]
    )
    return table[table["value"].notna()].reset_index(drop=True)


@checked_arguments()
def read_targets(paths: Sequence[Path]) -> pd.DataFrame:
    """Read and check tables of published numbers.

    Parameters
    ----------
    paths : sequence of Path
        CSV files with the columns id; study (the paper); area; quantity; value, low and high (95 %
        interval, or a stated tolerance); unit; level (of evidence); role ("calibrate": looked at
        while parameters were chosen; "predict": not; "sanity": a range that must hold for the
        others to mean anything); and nearest: the id of the calibrate row that says most about a
        predict row, or nothing. More columns (definition, count, note) are welcome. A row without
        value and role only says what a number is that nobody published.

    Returns
    -------
    DataFrame
        All rows, one table under the other.

    Raises
    ------
    ValueError
        If a file, a column or a value is missing or wrong; the message names both.
    """
    tables = [_read(path) for path in paths]
    if not tables:
        return pd.DataFrame(columns=[*_TEXTS, *_NUMBERS])
    return pd.concat(tables, ignore_index=True)


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise ValueError(f"there is no table of targets {path}")
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(_TEXTS, str))
    except ValueError as error:  # pandas' own errors and those of its decoder
        raise ValueError(f"{path} is no table of targets, a CSV file in UTF-8: {error}") from error
    table = table.fillna(dict.fromkeys(_TEXTS, ""))
    for column in (*_TEXTS, *_NUMBERS):
        if column not in table.columns:
            raise ValueError(f"{path} lacks the column {column}; it has {', '.join(table.columns)}")
    if twice := table["id"][table["id"].duplicated()].tolist():
        raise ValueError(f"{path} has the row {twice[0]} twice")
    calibrated = table.loc[table["role"] == "calibrate", "id"].tolist()
    for row in table.to_dict("records"):
        if row["role"] or pd.notna(row["value"]):
            _check(row, calibrated, f"row {row['id']} of {path}")
    return table


def _check(row: Mapping[str, Any], calibrated: Sequence[str], where: str) -> None:
    if row["role"] not in ROLES:
        raise unknown("role", row["role"], ROLES, where=where)
    if row["nearest"] and row["nearest"] not in calibrated:
        raise unknown("calibrate row", row["nearest"], calibrated, where=where)
    low, value, high = (check_number(row[n], f"{where}: {n}") for n in ("low", "value", "high"))
    if not low <= value <= high or low == high:
        raise ValueError(f"{where}: {value:g} is not within an interval from {low:g} to {high:g}")
