"""Read NWB files: those of `mirror_sim.session.nwb` and recordings of any laboratory."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mirror_sim.base.errors import unknown
from mirror_sim.session import recorded, tables
from mirror_sim.session.columns import KINDS, Columns, RefusedError, text
from mirror_sim.session.nwb import FILE_TEXTS, NOTE, SUBJECT_TEXTS
from mirror_sim.session.tables import UNIT_COLUMNS

if TYPE_CHECKING:
    import h5py
    from hdmf.common import DynamicTable
    from pynwb import NWBFile

# What differs from row to row cannot be given as a default.
_DEFAULTS = tuple(name for name in KINDS if name not in ("unit_id", "start_time", "stop_time"))


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
        for name in self.defaults or ():
            if name not in _DEFAULTS:
                raise unknown("column", name, _DEFAULTS, where="from_nwb(defaults=...)")

    @property
    def is_none(self) -> bool:
        """Whether the file is read as it is."""
        given = (self.units, self.trials, self.intervals, self.defaults, self.duration_s)
        return all(one is None for one in given)


def _check_names(names: Mapping[str, str] | None, place: str) -> None:
    if names is None:
        return
    ours = list(names.values())
    for name in ours:
        if not name.isidentifier():
            raise ValueError(f"{place}: {name!r} is not a word without spaces")
        if ours.count(name) > 1:
            raise ValueError(f"{place}: two columns would be called {name!r}")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a file holds.

    Parameters
    ----------
    arguments : dict
        Those of `Session`.
    digest : str or None
        What the digest of the session must be, where `Session.to_nwb` wrote the file.
    remarks : tuple of str
        What a user should know: what was left out or goes by another name.
    """

    arguments: dict[str, Any]
    digest: str | None
    remarks: tuple[str, ...]


def read(path: Path, choice: Choice) -> Found:
    """Read a file, or say which of the many things that can be wrong with it is."""
    from hdmf.build import ConstructError
    from pynwb import NWBHDF5IO

    # What the libraries below raise for bytes that they cannot read.
    damage = (OSError, RuntimeError, LookupError, TypeError, ValueError, AttributeError)
    with _opened(path) as file:
        try:
            if "nwb_version" not in file.attrs:
                raise RefusedError(
                    "it is NWB 1, which is not read; convert it to NWB 2"
                    if "nwb_version" in file
                    else "it is damaged or not an NWB file: HDF5 without nwb_version"
                )
            with NWBHDF5IO(file=file, mode="r") as io:
                return _found(io.read(), choice)
        except RefusedError as error:
            raise ValueError(f"{path}: {error}") from error
        except (*damage, ConstructError) as error:
            raise ValueError(
                f"{path} is damaged, or NWB of a kind that pynwb cannot read: {error}"
            ) from error


def _opened(path: Path) -> h5py.File:
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
        return h5py.File(path, "r", locking="best-effort")
    except BlockingIOError as error:
        reason = "is open for writing in another program; close it there first"
        raise OSError(error.errno, reason, str(path)) from error
    except OSError as error:
        raise ValueError(f"{path} is damaged or not an NWB file: {error}") from error


def _found(nwb: NWBFile, choice: Choice) -> Found:
    if nwb.units is None or "spike_times" not in nwb.units.colnames:
        raise RefusedError("it holds no session: it has no table of units with spike_times")
    intervals = _intervals(nwb, choice.intervals)
    units = Columns(nwb.units, "units", choice.units or {})
    trials = Columns(intervals, "trials", choice.trials or {})
    _give_ids(units, np.asarray(nwb.units.id[:], dtype=np.int64))
    for name, value in (choice.defaults or {}).items():
        (units if name in UNIT_COLUMNS else trials).setdefault(name, value)
    units.require()
    trials.require()
    remarks: list[str] = []
    table = _placed(pd.DataFrame(trials), remarks)
    times, rows = _spikes(nwb, remarks)
    note = _note(nwb)
    if note is None:
        table = _without_strays(table, set((choice.trials or {}).values()), remarks)
        metadata, duration_s = _metadata(nwb, units, trials), _end_s(nwb, table, times)
    else:
        metadata, duration_s = note["metadata"], note["duration_s"]
    duration_s = duration_s if choice.duration_s is None else choice.duration_s
    recorded_s = _recorded(nwb, duration_s)
    if recorded_s is not None:
        _remark_outside(times, rows, recorded_s, remarks)
    arguments = {
        "units": pd.DataFrame(units),
        "trials": table,
        "spike_times": times,
        "spike_units": rows,
        "recorded_s": recorded_s,
        "metadata": metadata,
        "duration_s": duration_s,
    }
    digest = str(nwb.identifier) if note is not None and choice.is_none else None
    return Found(arguments=arguments, digest=digest, remarks=tuple(remarks))


def _note(nwb: NWBFile) -> dict[str, Any] | None:
    """Return what `mirror_sim.session.nwb` wrote beside the tables, None if it did not."""
    if NOTE not in (nwb.scratch or {}):
        return None
    try:
        note = json.loads(str(nwb.scratch[NOTE].data))
        return {"metadata": dict(note["metadata"]), "duration_s": float(note["duration_s"])}
    except (ValueError, LookupError, TypeError) as error:
        raise RefusedError(f"its text {NOTE} is damaged: {error}") from error


def _intervals(nwb: NWBFile, name: str | None) -> DynamicTable:
    """Return the table of trials: the one named, `trials`, or the only one that there is."""
    from pynwb.epoch import TimeIntervals

    found: dict[str, DynamicTable] = {}
    for place, module in nwb.processing.items():
        for table in module.data_interfaces.values():
            if isinstance(table, TimeIntervals):
                found[f"{place}/{table.name}"] = table
    own = [*(nwb.intervals or {}).values(), nwb.epochs, nwb.trials]
    found |= {table.name: table for table in own if table is not None}
    if name is not None:
        if name not in found:
            raise RefusedError(str(unknown("table of intervals", name, found, where="it")))
        return found[name]
    if "trials" in found:
        return found["trials"]
    if not found:
        raise RefusedError("it holds no session: it has no table of trials")
    if len(found) > 1:
        raise RefusedError(
            "none of its tables is named trials; choose one by from_nwb(..., intervals=NAME): "
            + ", ".join(found)
        )
    return next(iter(found.values()))


def _give_ids(units: Columns, ids: np.ndarray) -> None:
    """Give the units the table's ids where no column holds theirs; rows, if those repeat."""
    if "unit_id" in units:
        own = pd.Series(units["unit_id"])
        if own.duplicated().any():
            raise RefusedError(
                f"the unit_id {own[own.duplicated()].iloc[0]} comes twice in its units; name "
                "another column, from_nwb(..., units={theirs: 'unit_id'}), or rename this one, and "
                "the ids of the table are taken"
            )
    else:
        units["unit_id"] = ids if len(np.unique(ids)) == len(ids) else np.arange(len(ids))


def _spikes(nwb: NWBFile, remarks: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the spike times, in order within each unit, and the row of the unit of each."""
    index = nwb.units["spike_times"]
    ends = np.asarray(index.data[:], dtype=np.int64)
    times = np.asarray(index.target.data[:], dtype=float)
    n_spikes = np.diff(ends, prepend=0)
    if (n_spikes < 0).any() or n_spikes.sum() != len(times):
        raise RefusedError("its index of spike times does not fit them; it is damaged")
    rows = np.repeat(np.arange(len(ends)), n_spikes)
    bad = np.flatnonzero(~np.isfinite(times))
    if len(bad):
        raise RefusedError(f"a spike time of unit row {rows[bad[0]]} is {times[bad[0]]}")
    early = times < 0
    if early.any():
        remarks.append(f"{early.sum()} spikes before time 0 are left out")
        times, rows = times[~early], rows[~early]
    order = np.lexsort((times, rows))
    return times[order], rows[order]


def _recorded(nwb: NWBFile, duration_s: float) -> list[np.ndarray] | None:
    """Return from when to when each unit was recorded, as far as it lies in the session."""
    if "obs_intervals" not in nwb.units.colnames:
        return None
    column = nwb.units["obs_intervals"]
    flat = np.asarray(column.target.data[:], dtype=float).reshape(-1, 2)
    ends = np.asarray(column.data[:], dtype=np.int64)
    found = []
    for first, last in zip([0, *ends[:-1]], ends, strict=True):
        own = flat[first:last].clip(0.0, duration_s)
        found.append(own[own[:, 1] > own[:, 0]])  # what is padded with NaN is none
    return found


def _remark_outside(
    times: np.ndarray, rows: np.ndarray, recorded_s: list[np.ndarray], remarks: list[str]
) -> None:
    outside = np.zeros(len(times), dtype=bool)
    for row, own in enumerate(recorded_s):
        spikes = slice(*np.searchsorted(rows, (row, row + 1)))
        outside[spikes] = ~recorded.within(own, times[spikes], times[spikes])
    if outside.any():
        remarks.append(
            f"{outside.sum()} spikes of {len(np.unique(rows[outside]))} units lie outside the "
            "times in which these were recorded (obs_intervals), and do not count"
        )


def _placed(trials: pd.DataFrame, remarks: list[str]) -> pd.DataFrame:
    """Return the trials that have a place, in order of time; the index tells the file's row."""
    start_s, stop_s = trials["start_time"], trials["stop_time"]
    placed = (start_s >= 0) & (stop_s > start_s)
    if not placed.any():
        raise RefusedError(
            f"none of its {len(trials)} trials starts at 0 s or later and stops after its start"
        )
    if not placed.all():
        remarks.append(
            f"{(~placed).sum()} of {len(trials)} trials are left out, as they have no start or "
            f"stop, last no time or begin before 0 s; the first is row {placed.idxmin()}"
        )
    return trials[placed].sort_values("start_time", kind="stable")


def _without_strays(trials: pd.DataFrame, named: set[str], remarks: list[str]) -> pd.DataFrame:
    """Give columns another name whose own is that of events, but whose values are not."""
    for column in tables.event_columns(trials):
        row = tables.first_stray(trials.reset_index(drop=True), column)
        if row is None or column in named:
            continue
        other = f"{column}_value"
        while other in trials:
            other += "_"
        remarks.append(
            f"the column {column} holds no times of events in seconds of the session (row "
            f"{trials.index[row]}: {trials[column].iloc[row]} in a trial that starts at "
            f"{trials['start_time'].iloc[row]} s); it is kept as {other}. If it counts from the "
            "start of the trial, make a Session with the sum"
        )
        trials = trials.rename(columns={column: other})
    return trials


def _end_s(nwb: NWBFile, trials: pd.DataFrame, times: np.ndarray) -> float:
    ends = [float(trials["stop_time"].max())]
    if "obs_intervals" in nwb.units.colnames:
        seen = np.asarray(nwb.units["obs_intervals"].target.data[:], dtype=float)
        ends += seen[np.isfinite(seen)].tolist()
    if len(times):  # the last spike lies inside
        ends.append(float(np.nextafter(times.max(), np.inf)))
    return max(ends)


def _metadata(nwb: NWBFile, units: Columns, trials: Columns) -> dict[str, Any]:
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
    described = dict(units.descriptions)
    if "obs_intervals" in nwb.units.colnames:
        described["obs_intervals"] = str(nwb.units["obs_intervals"].description)
    origin["columns"] = {"units": described, "trials": trials.descriptions}
    origin["left_out"] = [*units.left_out, *trials.left_out]
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
            found[name] = text(value)
        elif value is not None:
            found[name] = [text(entry) for entry in value]
    return found
