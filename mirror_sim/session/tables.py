"""Tables, spikes and metadata of a session: checked, joined and compared."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

UNIT_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "unit_id": "integer",
        "area": "text",
        "population": "text",
        "cell_type": "text",
        "x_um": "number",
        "y_um": "number",
        "z_um": "number",
    }
)
TRIAL_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "start_time": "number",
        "stop_time": "number",
        "condition": "text",
        "agent": "text",
        "action": "text",
        "general_action": "text",
        "way": "text",
        "object": "text",
        "viewpoint_deg": "number",
        "distance_m": "number",
        "tool": "truth value",
        "hand_visible": "truth value",
        "object_visible": "truth value",
        "seed": "integer",
    }
)
"""The columns that have a meaning here, and what they hold; others are free."""

REQUIRED_OF_UNITS = ("unit_id", "area")
REQUIRED_OF_TRIALS = ("start_time", "stop_time", "condition")
"""What no table may lack. What a recording does not tell of the rest stays out of the table."""

EVENT = "_time"
_KINDS = {"b": "truth value", "i": "integer", "u": "integer", "f": "number"}

# Sums of seconds round differently according to their order.
_SLACK_S = 1e-6


def event_columns(trials: pd.DataFrame) -> list[str]:
    """Return the columns that hold times of events."""
    return [c for c in trials.columns if c.endswith(EVENT) and c not in TRIAL_COLUMNS]


def checked_units(units: pd.DataFrame) -> pd.DataFrame:
    """Return the units table with plain columns, or raise what is wrong with it."""
    table = _plain_table(units, "Session.units", UNIT_COLUMNS, REQUIRED_OF_UNITS)
    twice = table["unit_id"].duplicated()
    if twice.any():
        raise ValueError(f"Session.units: unit_id {table['unit_id'][twice].iloc[0]} comes twice")
    return table


def checked_trials(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials table with plain columns, or raise what is wrong with it.

    Messages name a row by its label in the index of the table as given.
    """
    place = "Session.trials"
    table = _plain_table(trials, place, TRIAL_COLUMNS, REQUIRED_OF_TRIALS)
    if len(table) == 0:
        raise ValueError(f"{place} is empty; a session has at least one trial")
    label = trials.index
    start_s, stop_s = table["start_time"].to_numpy(), table["stop_time"].to_numpy()
    bad = np.flatnonzero(~((start_s >= 0) & (stop_s > start_s) & np.isfinite(stop_s)))
    if len(bad):
        raise ValueError(
            f"{place}, row {label[bad[0]]}: the trial lasts from {start_s[bad[0]]} to "
            f"{stop_s[bad[0]]} s; it must start at 0 or later and stop after its start"
        )
    early = np.flatnonzero(np.diff(start_s) < 0)
    if len(early):
        row = early[0] + 1
        raise ValueError(
            f"{place}, row {label[row]}: the trial starts at {start_s[row]} s, before the one "
            f"above it, at {start_s[row - 1]} s; trials are in order of time"
        )
    for column in event_columns(table):
        row = first_stray(table, column)
        if row is not None:
            raise ValueError(
                f"{place}, row {label[row]}: {column} {table[column][row]} is far outside the "
                f"trial, {start_s[row]} to {stop_s[row]} s; names that end in {EVENT} are for "
                "times of events, in seconds of the session; give a duration another name, such as "
                f"{column.removesuffix(EVENT)}_s"
            )
    return table


def first_stray(trials: pd.DataFrame, column: str) -> int | None:
    """Return the first row in which a column is no time of an event, None if there is none.

    An event may come before or after its trial, but by no more than the trial lasts.
    """
    start_s, stop_s = trials["start_time"].to_numpy(), trials["stop_time"].to_numpy()
    reach_s = stop_s - start_s + _SLACK_S
    time_s = trials[column].to_numpy()
    stray = np.flatnonzero(
        (time_s < start_s - reach_s) | (time_s > stop_s + reach_s) | np.isinf(time_s)
    )
    return int(stray[0]) if len(stray) else None


def require_columns(table: pd.DataFrame, names: Sequence[str], place: str) -> None:
    """Raise a ValueError that says how a recording gets columns that it lacks."""
    lacking = [name for name in names if name not in table.columns]
    if lacking:
        kind = place.rpartition(".")[2]
        raise ValueError(
            f"{place} lacks {', '.join(lacking)}, which this analysis needs; name the columns of "
            f"your file that hold them, Session.from_nwb(..., {kind}={{theirs: {lacking[0]!r}}}), "
            f"or give one value for all, defaults={{{lacking[0]!r}: ...}}. "
            f"Columns: {', '.join(table.columns)}"
        )


def _plain_table(
    table: pd.DataFrame, place: str, kinds: Mapping[str, str], required: Sequence[str]
) -> pd.DataFrame:
    """Check names and values of columns; those of `kinds` come first, in that order."""
    for name in table.columns:
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"{place}: the column name {name!r} is not a word without spaces")
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise ValueError(f"{place}: the column {twice[0]} comes twice")
    missing = [name for name in required if name not in table.columns]
    if missing:
        raise ValueError(
            f"{place} lacks the columns {', '.join(missing)}; it has {', '.join(table.columns)}"
        )
    table = table.reset_index(drop=True)
    columns = {}
    known = [name for name in kinds if name in table.columns]
    for name in [*known, *(c for c in table.columns if c not in kinds)]:
        is_event = name.endswith(EVENT) and kinds is TRIAL_COLUMNS
        kind = kinds.get(name, "number" if is_event else "")
        columns[name] = _plain_column(table[name], f"{place}[{name!r}]", kind)
    return pd.DataFrame(columns, index=table.index)


def _plain_column(column: pd.Series, place: str, kind: str) -> pd.Series:
    """Return a column of texts, or of plain numbers in the machine's byte order."""
    values = _plain_values(column, place)
    found = kind_of(values)
    if found == "text":
        values = _texts(values, place)
    elif not found:
        raise ValueError(
            f"{place} is of type {column.dtype}; a column holds numbers, truth values or texts"
        )
    if kind and found != kind and (kind, found) != ("number", "integer"):
        raise ValueError(f"{place} holds {found}s ({column.dtype}); it must hold {kind}s")
    if found == "text":
        return pd.Series(values, dtype=str)
    wanted = {"number": np.dtype(np.float64), "integer": np.dtype(np.int64)}
    # A copy, so that the caller's later changes cannot reach the session.
    return pd.Series(values.astype(wanted.get(kind, values.dtype.newbyteorder("="))))


def kind_of(values: np.ndarray) -> str:
    """Return what an array holds: text, truth value, integer or number; empty if none of them."""
    if values.dtype.kind in "OU":
        return "text"
    return _KINDS.get(values.dtype.kind, "") if values.dtype.itemsize <= 8 else ""


def _plain_values(column: pd.Series, place: str) -> np.ndarray:
    """Return the values as a NumPy array, of objects where pandas' own type has no equal."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _plain_values(column.astype(dtype.categories.dtype), place)
    if isinstance(dtype, np.dtype):
        return column.to_numpy()
    wanted = getattr(dtype, "numpy_dtype", np.dtype(object))
    if wanted.kind == "f":
        return column.to_numpy(dtype=wanted, na_value=np.nan)
    missing = column.isna().to_numpy(dtype=bool)
    if missing.any() and wanted.kind != "O":
        raise ValueError(f"{place}[{missing.argmax()}] is missing")
    return column.to_numpy(dtype=wanted)


def _texts(values: np.ndarray, place: str) -> np.ndarray:
    for row, value in enumerate(values):
        if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
            raise ValueError(f"{place}[{row}] is missing; give an empty text")
        if not isinstance(value, str):
            raise ValueError(f"{place}[{row}] is {value!r}, which is not a text")
        _require_storable(value, f"{place}[{row}]")
    return values


def _require_storable(text: str, place: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{place} is {text!r}, which has no bytes: {error.reason}") from error
    if "\0" in text:
        raise ValueError(f"{place} is {text!r}; a file would end the text at its NUL")


def checked_spikes(
    times: np.ndarray, rows: np.ndarray, n_units: int, duration_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return spike times and rows of units, checked and locked against writing."""
    times, rows = _own(times, np.float64), np.asarray(rows)
    if times.ndim != 1 or times.shape != rows.shape:
        raise ValueError(
            f"Session.spike_times and .spike_units are of shapes {times.shape} and {rows.shape}; "
            "there is one unit a spike"
        )
    if len(rows) and rows.dtype.kind not in "iu":
        raise ValueError(f"Session.spike_units is of type {rows.dtype}; it holds row numbers")
    rows = _own(rows, np.int64)
    # Sessions hold tens of millions of spikes: each check is one pass, without large copies.
    if len(rows) and not 0 <= rows.min() <= rows.max() < n_units:
        stray = np.flatnonzero((rows < 0) | (rows >= n_units))
        raise ValueError(
            f"Session.spike_units[{stray[0]}] is {rows[stray[0]]}; there are {n_units} units"
        )
    if (rows[1:] < rows[:-1]).any():
        step = np.diff(rows)
        raise ValueError(
            f"Session.spike_units is not sorted: {rows[step.argmin() + 1]} comes after "
            f"{rows[step.argmin()]}; spikes go unit after unit"
        )
    if len(times) and not 0 <= times.min() <= times.max() < duration_s:
        bad = np.flatnonzero(~((times >= 0) & (times < duration_s)))
        raise ValueError(
            f"Session.spike_times[{bad[0]}], of unit row {rows[bad[0]]}, is {times[bad[0]]}; the "
            f"session lasts from 0 to {duration_s:g} s (duration_s, by default the end of the last "
            "trial)"
        )
    late = np.flatnonzero((times[1:] < times[:-1]) & (rows[1:] == rows[:-1]))
    if len(late):
        first, second = times[late[0]], times[late[0] + 1]
        raise ValueError(
            f"Session.spike_times[{late[0] + 1}], of unit row {rows[late[0]]}, is {second} after "
            f"{first}; the times of a unit are in order"
        )
    return times, rows


def _own(values: np.ndarray, dtype: type) -> np.ndarray:
    """Return the array itself if its maker has locked it, else a locked copy."""
    given = np.asarray(values)
    if given.dtype == dtype and given.base is None and not given.flags.writeable:
        return given
    own: np.ndarray = np.array(values, dtype=dtype)
    own.flags.writeable = False
    return own


def checked_duration(
    duration_s: float | None, trials: pd.DataFrame, metadata: Mapping[str, Any]
) -> float:
    """Return the length of the session: as given, or whole blocks that hold all trials."""
    last_s = float(trials["stop_time"].max())
    if duration_s is None:
        block_s = metadata.get("block_s")
        if not isinstance(block_s, int | float) or not block_s > 0 or not math.isfinite(block_s):
            return last_s
        return max(last_s, math.ceil(last_s / block_s - _SLACK_S) * block_s)
    if not math.isfinite(duration_s) or duration_s < last_s - _SLACK_S:
        raise ValueError(
            f"Session.duration_s is {duration_s}, but the last trial stops at {last_s} s"
        )
    return float(duration_s)


def plain(value: object, place: str) -> Any:
    """Return a copy in plain values that JSON keeps; tuples become lists."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        _require_storable(value, place)
        return str(value)
    if isinstance(value, list | tuple):
        return [plain(entry, f"{place}[{number}]") for number, entry in enumerate(value)]
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise ValueError(f"{place} has the key {name!r}, which is not a text")
        return {str(name): plain(entry, f"{place}[{name!r}]") for name, entry in value.items()}
    raise ValueError(
        f"{place} is a {type(value).__name__}; metadata holds texts, numbers, None, lists and "
        "dictionaries of them"
    )


def moved(trials: pd.DataFrame, by_s: float) -> pd.DataFrame:
    """Return the trials table with all its times moved."""
    columns = ["start_time", "stop_time", *event_columns(trials)]
    return trials.assign(**{name: trials[name] + by_s for name in columns})


def common(metadata: Sequence[Mapping[str, Any]], *, always: Sequence[str] = ()) -> dict[str, Any]:
    """Return the metadata that several have in common, and a list where they differ, or always."""
    names = dict.fromkeys(name for each in metadata for name in each)
    found = {name: [each.get(name) for each in metadata] for name in names}
    if len(metadata) == 1:
        always = ()
    return {
        name: values if name in always or len({as_json(x) for x in values}) > 1 else values[0]
        for name, values in found.items()
    }


def same_table(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    """Whether two tables have equal columns of equal types in the same order."""
    return list(first.columns) == list(second.columns) and first.equals(second)


def pieces(table: pd.DataFrame) -> Iterator[bytes | memoryview]:
    """Give the content of a table, the same for equal tables on every machine."""
    for name, column in table.items():
        values = column.to_numpy()
        is_text = values.dtype.kind == "O"
        kind = "text" if is_text else values.dtype.name
        yield as_json([name, kind, len(values)]).encode()
        yield as_json(values.tolist()).encode() if is_text else little_endian(values)


def little_endian(values: np.ndarray) -> memoryview:
    """Return the bytes of numbers, the same on every machine."""
    return np.ascontiguousarray(values, values.dtype.newbyteorder("<")).data


def as_json(value: object) -> str:
    """Return plain values as JSON, the same for equal values."""
    return json.dumps(value, sort_keys=True)
