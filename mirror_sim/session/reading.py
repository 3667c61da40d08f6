"""Read NWB files: those of `mirror_sim.session.nwb` and recordings of any laboratory."""

from __future__ import annotations

import errno
import json
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mirror_sim.base.errors import unknown
from mirror_sim.session import tables
from mirror_sim.session.nwb import FILE_TEXTS, NOTE, SUBJECT_TEXTS
from mirror_sim.session.tables import EVENT, TRIAL_COLUMNS, UNIT_COLUMNS

if TYPE_CHECKING:
    import h5py
    from hdmf.common import DynamicTable
    from pynwb import NWBFile

_SPIKES = ("spike_times", "obs_intervals")
# Columns whose values are the same in all rows by nature cannot be given as a default.
_OWN = ("unit_id", "start_time", "stop_time")
_KINDS = {**UNIT_COLUMNS, **TRIAL_COLUMNS}
_DEFAULTS = tuple(name for name in _KINDS if name not in _OWN)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What of a file is read, and under which names; see `Session.from_nwb`."""

    units: Mapping[str, str] | None
    trials: Mapping[str, str] | None
    intervals: str | None
    defaults: Mapping[str, Any] | None
    duration_s: float | None

    def __post_init__(self) -> None:
        for name in ("units", "trials"):
            _check_names(getattr(self, name), f"from_nwb({name}=...)")
        if self.defaults is not None and not isinstance(self.defaults, Mapping):
            raise TypeError(f"from_nwb(defaults={self.defaults!r}) is not a dictionary")
        for name in self.defaults or ():
            if name not in _DEFAULTS:
                raise unknown("column", name, _DEFAULTS, where="from_nwb(defaults=...)")

    @property
    def is_none(self) -> bool:
        """Whether the file is read as it is."""
        given = (self.units, self.trials, self.intervals, self.defaults, self.duration_s)
        return not any(given)


def _check_names(names: Mapping[str, str] | None, place: str) -> None:
    if names is None:
        return
    if not isinstance(names, Mapping) or not all(isinstance(n, str) for n in names.values()):
        raise TypeError(f"{place} is {names!r}; give a dictionary of theirs: ours, both texts")
    ours = list(names.values())
    for name in ours:
        if not name.isidentifier():
            raise ValueError(f"{place}: {name!r} is not a word without spaces")
        if ours.count(name) > 1:
            raise ValueError(f"{place}: two columns would be called {name!r}")


class _RefusedError(Exception):
    """A sound NWB file, or what was asked of it, does not make a session."""


def read(path: Path, choice: Choice) -> tuple[dict[str, Any], str | None]:
    """Read the arguments of a `Session`, and the digest it had if `Session.to_nwb` wrote it."""
    from hdmf.build import ConstructError
    from pynwb import NWBHDF5IO

    # What the libraries below raise for bytes that they cannot read.
    damage = (OSError, RuntimeError, LookupError, TypeError, ValueError, AttributeError)
    with _opened(path) as file:
        version = file.attrs["nwb_version"]
        try:
            with NWBHDF5IO(file=file, mode="r") as io:
                return _parts(io.read(), choice)
        except _RefusedError as error:
            raise ValueError(f"{path}: {error}") from error
        except (*damage, ConstructError) as error:
            raise ValueError(
                f"{path} is damaged, or NWB of a kind ({version}) that pynwb cannot read: {error}"
            ) from error


def _opened(path: Path) -> h5py.File:
    """Open a file for reading, or say which of the many things that can be wrong with it is."""
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    if not path.is_file():
        raise ValueError(
            f"{path} is not a file; NWB is read from HDF5 files, not from Zarr folders"
        )
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, "may not be read by you (no permission)", str(path))
    import h5py

    if not h5py.is_hdf5(path):
        raise ValueError(f"{path} is damaged or not an NWB file: it is not HDF5")
    try:
        # Some file systems know no locks; that is no reason not to read.
        file = h5py.File(path, "r", locking="best-effort")
    except BlockingIOError as error:
        reason = "is open for writing in another program; close it there first"
        raise OSError(error.errno, reason, str(path)) from error
    except OSError as error:
        raise ValueError(f"{path} is damaged or not an NWB file: {error}") from error
    if "nwb_version" not in file.attrs:
        file.close()
        raise ValueError(f"{path} is damaged or not an NWB file: HDF5 without nwb_version")
    return file


def _parts(nwb: NWBFile, choice: Choice) -> tuple[dict[str, Any], str | None]:
    if nwb.units is None or "spike_times" not in nwb.units.colnames:
        raise _RefusedError("it holds no session: it has no table of units with spike_times")
    intervals = _intervals(nwb, choice.intervals)
    left_out: list[str] = []
    units = _columns(nwb.units, "units", choice.units or {}, left_out)
    trials = _columns(intervals, "trials", choice.trials or {}, left_out)
    units.setdefault("unit_id", np.asarray(nwb.units.id[:], dtype=np.int64))
    for name, value in (choice.defaults or {}).items():
        (units if name in UNIT_COLUMNS else trials).setdefault(name, value)
    _require(units, tables.REQUIRED_OF_UNITS, "units")
    _require(trials, tables.REQUIRED_OF_TRIALS, "trials")
    times, rows = _spikes(nwb)
    recorded_s = _recorded(nwb)
    table = pd.DataFrame(trials, index=range(len(intervals)))
    duration_s = choice.duration_s
    written = _written_here(nwb)
    if written is None:
        table = _in_order(table, named=set((choice.trials or {}).values()))
        metadata = _metadata(nwb, intervals, left_out)
        duration_s = duration_s or _end_s(table, times, recorded_s)
    else:
        metadata = written["metadata"]
        duration_s = duration_s or written["duration_s"]
    parts = {
        "units": pd.DataFrame(units, index=range(len(nwb.units))),
        "trials": table,
        "spike_times": times,
        "spike_units": rows,
        "recorded_s": recorded_s,
        "metadata": metadata,
        "duration_s": duration_s,
    }
    as_written = written is not None and choice.is_none
    return parts, str(nwb.identifier) if as_written else None


def _written_here(nwb: NWBFile) -> dict[str, Any] | None:
    """Return what `mirror_sim.session.nwb` wrote beside the tables, None if it did not."""
    if NOTE not in (nwb.scratch or {}):
        return None
    try:
        note = json.loads(str(nwb.scratch[NOTE].data))
        return {"metadata": dict(note["metadata"]), "duration_s": float(note["duration_s"])}
    except (ValueError, LookupError, TypeError) as error:
        raise _RefusedError(f"its text {NOTE} is damaged: {error}") from error


def _intervals(nwb: NWBFile, name: str | None) -> DynamicTable:
    """Return the table of trials: the one named, `trials`, or the only one that there is."""
    from pynwb.epoch import TimeIntervals

    found: dict[str, DynamicTable] = {table.name: table for table in (nwb.intervals or {}).values()}
    for table in (nwb.trials, nwb.epochs):
        if table is not None:
            found[table.name] = table
    for module in nwb.processing.values():
        held = module.data_interfaces.values()
        found |= {table.name: table for table in held if isinstance(table, TimeIntervals)}
    if name is not None:
        if name not in found:
            raise _RefusedError(str(unknown("table of intervals", name, found, where="it")))
        return found[name]
    if "trials" in found:
        return found["trials"]
    if not found:
        raise _RefusedError("it holds no session: it has no table of trials")
    if len(found) > 1:
        raise _RefusedError(
            "none of its tables is named trials; choose one by from_nwb(..., intervals=NAME): "
            + ", ".join(found)
        )
    return next(iter(found.values()))


def _require(columns: Mapping[str, Any], required: Sequence[str], kind: str) -> None:
    lacking = [name for name in required if name not in columns]
    if lacking:
        raise _RefusedError(
            f"its {kind} lack {', '.join(lacking)}; name the columns that hold them, "
            f"Session.from_nwb(..., {kind}={{theirs: {lacking[0]!r}}}), or give one value for all, "
            f"defaults={{{lacking[0]!r}: ...}}. Columns: {', '.join(columns)}"
        )


def _columns(
    found: DynamicTable, kind: str, names: Mapping[str, str], left_out: list[str]
) -> dict[str, Any]:
    """Return the columns of a table of the file that a session can hold, under its names."""
    valid = ["id", *found.colnames]
    for theirs in names:
        if theirs not in valid:
            raise _RefusedError(str(unknown("column", theirs, valid, where=f"its {kind}")))
    columns: dict[str, Any] = {}
    for theirs in valid:
        if theirs in _SPIKES or (theirs == "id" and theirs not in names):
            continue
        values = _values(found, theirs, named=theirs in names)
        if values is None:
            left_out.append(f"{kind}.{theirs}")
            continue
        # A free column may be called anything there, and must be called by a word here.
        ours = names.get(theirs) or re.sub(r"^(?=\d)|\W+", "_", theirs)
        if theirs not in names and (ours in names.values() or ours in columns):
            raise _RefusedError(
                f"its {kind} have a column {theirs!r} of their own, and another would be called "
                f"{ours!r}; give it another name too: from_nwb(..., {kind}={{{theirs!r}: ...}})"
            )
        columns[ours] = _plain(values, _KINDS.get(ours, ""))
        _require_kind(columns[ours], ours, theirs, kind)
    return columns


def _values(found: DynamicTable, theirs: str, *, named: bool) -> Sequence[Any] | np.ndarray | None:
    """Return one value a row, None where a session cannot hold the column."""
    from hdmf.common import DynamicTableRegion, EnumData, VectorIndex
    from pynwb.ecephys import ElectrodeGroup

    # A column of several values a row has an index; of one of references, rows of another table.
    if theirs == "id":
        return np.asarray(found.id[:])
    column = found[theirs]
    target = column.target if isinstance(column, VectorIndex) else column
    rows = range(len(column))
    first = column[0] if len(column) else 0.0
    values: Sequence[Any] | np.ndarray | None = None
    if isinstance(target, DynamicTableRegion) and named:
        values = [_location(column[row], theirs) for row in rows]
    elif isinstance(column, EnumData):
        values = [str(element) for element in column[:]]
    elif isinstance(first, ElectrodeGroup):
        values = [str(column[row].location if named else column[row].name) for row in rows]
    elif isinstance(first, str | bytes | bool | int | float | np.generic) and target is column:
        values = np.asarray(column.data[:])
        values = values if values.ndim == 1 and values.dtype.kind in "biufOSU" else None
    return values


def _require_kind(values: Sequence[Any] | np.ndarray, ours: str, theirs: str, kind: str) -> None:
    """Raise the remedy where a column of the file means something else than ours of its name."""
    wanted = _KINDS.get(ours)
    if ours.endswith(EVENT) and kind == "trials":
        wanted = "number"
    found = tables.kind_of(np.asarray(values))
    if wanted and found != wanted and (wanted, found) != ("number", "integer"):
        raise _RefusedError(
            f"the column {theirs!r} of its {kind} holds {found}s, but {ours!r} is to hold "
            f"{wanted}s; give it another name: from_nwb(..., {kind}={{{theirs!r}: ...}})"
        )


def _plain(values: Sequence[Any] | np.ndarray, kind: str) -> Sequence[Any] | np.ndarray:
    """Return the values as what the column is to hold, if they can be read so."""
    array = np.asarray(values)
    if array.dtype.kind in "OSU":
        return [_text(value) if isinstance(value, bytes) else value for value in values]
    if kind == "text" and array.dtype.kind in "biuf":
        return [f"{value:g}" if array.dtype.kind == "f" else str(value) for value in array]
    if kind == "truth value" and np.isin(array, (0, 1)).all():
        return array.astype(bool)
    if kind == "integer" and array.dtype.kind == "f" and (array % 1 == 0).all():
        return array.astype(np.int64)
    return array


def _location(rows: pd.DataFrame, theirs: str) -> str:
    """Return where the electrodes of a unit lie."""
    if "location" not in rows:
        raise _RefusedError(f"the electrodes of its {theirs} have no location")
    return "/".join(sorted({_text(value) for value in rows["location"]}))


def _spikes(nwb: NWBFile) -> tuple[np.ndarray, np.ndarray]:
    """Return the spike times, in order within each unit, and the row of the unit of each."""
    index = nwb.units["spike_times"]
    ends = np.asarray(index.data[:], dtype=np.int64)
    times = np.asarray(index.target.data[:], dtype=float)
    n_spikes = np.diff(ends, prepend=0)
    if (n_spikes < 0).any() or n_spikes.sum() != len(times):
        raise _RefusedError("its index of spike times does not fit them; it is damaged")
    rows = np.repeat(np.arange(len(ends)), n_spikes)
    if len(times) and not np.isfinite(times).all():
        bad = int(np.flatnonzero(~np.isfinite(times))[0])
        raise _RefusedError(f"a spike time of unit row {rows[bad]} is {times[bad]}")
    if len(times) and times.min() < 0:
        bad = int(times.argmin())
        raise _RefusedError(
            f"unit row {rows[bad]} has a spike at {times[bad]} s; the time of a session starts at 0"
        )
    order = np.lexsort((times, rows))
    return times[order], rows


def _recorded(nwb: NWBFile) -> list[np.ndarray] | None:
    if "obs_intervals" not in nwb.units.colnames:
        return None
    column = nwb.units["obs_intervals"]
    flat = np.asarray(column.target.data[:], dtype=float).reshape(-1, 2)
    ends = np.asarray(column.data[:], dtype=np.int64)
    return [
        flat[first:last].clip(min=0.0) for first, last in zip([0, *ends[:-1]], ends, strict=True)
    ]


def _in_order(trials: pd.DataFrame, *, named: set[str]) -> pd.DataFrame:
    """Return the trials that can be placed, in order of time; the index tells the file's row."""
    whole = trials["start_time"].notna() & trials["stop_time"].notna()
    if not whole.all():
        warnings.warn(
            f"{(~whole).sum()} of {len(trials)} trials have no start or stop and are left out, the "
            f"first in row {int(np.flatnonzero(~whole)[0])}",
            stacklevel=5,
        )
    kept = trials[whole].sort_values("start_time", kind="stable")
    for column in tables.event_columns(kept):
        if column in named or kept[column].dtype.kind not in "iuf":
            continue
        row = tables.first_stray(kept.reset_index(drop=True), column)
        if row is not None:
            other = f"{column.removesuffix(EVENT)}_s"
            warnings.warn(
                f"the column {column} holds no times of events (row {kept.index[row]}: "
                f"{kept[column].iloc[row]} in a trial that starts at "
                f"{kept['start_time'].iloc[row]} s); it is kept as {other}",
                stacklevel=5,
            )
            kept = kept.rename(columns={column: other})
    return kept


def _end_s(trials: pd.DataFrame, times: np.ndarray, recorded_s: list[np.ndarray] | None) -> float:
    ends = [trials["stop_time"].max(), *(own.max() for own in recorded_s or () if len(own))]
    if len(times):  # the last spike lies inside
        ends.append(np.nextafter(times.max(), np.inf))
    return float(max(ends))


def _metadata(nwb: NWBFile, intervals: DynamicTable, left_out: list[str]) -> dict[str, Any]:
    """Return what the file says of a recording."""
    origin: dict[str, Any] = {"identifier": str(nwb.identifier)}
    origin["session_start_time"] = nwb.session_start_time.isoformat()
    if nwb.timestamps_reference_time != nwb.session_start_time:
        origin["timestamps_reference_time"] = nwb.timestamps_reference_time.isoformat()
    origin |= _texts(nwb, FILE_TEXTS)
    metadata: dict[str, Any] = {"origin": origin}
    if nwb.subject is not None:
        origin["subject"] = _texts(nwb.subject, SUBJECT_TEXTS)
        metadata["subject_id"] = origin["subject"].get("subject_id", "")
    described: dict[str, str] = {}
    for table in (nwb.units, intervals):
        described |= {name: str(table[name].description) for name in table.colnames}
    origin["columns"] = {n: text for n, text in described.items() if n not in _SPIKES}
    origin["left_out"] = left_out
    resolution_s = nwb.units.resolution
    if resolution_s is not None and resolution_s > 0:
        metadata["dt_ms"] = float(resolution_s) * 1e3
    return metadata


def _texts(holder: Any, names: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        value = getattr(holder, name, None)
        if isinstance(value, date):
            found[name] = value.isoformat()
        elif isinstance(value, str | bytes):
            found[name] = _text(value)
        elif value is not None:
            found[name] = [_text(entry) for entry in value]
    return found


def _text(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:  # of a program that knew no UTF-8
        return value.decode("latin-1")
