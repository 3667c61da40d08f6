"""A Session: spikes, units and trials, the same for a model and for a recording rig."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.session import recorded as observation
from mirror_sim.session import tables as parts
from mirror_sim.session.choice import chosen_rows

# What sessions of the same units have in common.
_SHARED = ("subject_id", "subject_seed", "circuit_digest", "dt_ms")


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Session:
    """Spike times of units over trials, on one time axis.

    A session is not changed once made: its arrays are read-only, and its tables are copies of those
    given, which nobody should write to.

    Parameters
    ----------
    units : DataFrame
        One row a unit: unit_id (int, unique) and area (text). Where they are known: population,
        cell_type (texts), x_um, y_um, z_um (micrometres, may be NaN). Any other columns.
    trials : DataFrame
        One row a trial, in order of time: start_time, stop_time (s) and condition (text). Where
        they are known: agent, action, general_action, way, object (texts), viewpoint_deg,
        distance_m, tool, hand_visible, object_visible (bool), seed (int). Any other columns, and
        one ``<event>_time`` an event (s of the session, in the trial or not far outside, NaN where
        absent).
    spike_times : float array, shape (n_spikes,)
        Seconds from session start; unit after unit, in order within each.
    spike_units : int array, shape (n_spikes,)
        Row of the unit in `units`; sorted.
    metadata : mapping of str to text, number, None, list or dictionary
        Study, subject, circuit and time step; of a recording ``origin``, see `to_nwb`.
    duration_s : float, optional
        End of the time axis. By default that of the last trial, or of the block that it is in where
        the metadata have ``block_s``.
    recorded_s : sequence of float arrays, one a unit, shape (n_intervals, 2), optional
        From when to when each unit was recorded, s; by default all the time. What lies outside is
        missing, not silence: `counts` are NaN there.

    Raises
    ------
    ValueError
        If a column is missing or of the wrong type, an id comes twice, trials or spikes are out of
        order or outside the session, or there are no trials. The message gives the place; a trial
        is named by its label in the index of the table.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": [7], "area": "F5", "population": "F5.E",
    ...                       "cell_type": "pyramidal", "x_um": 0.0, "y_um": 0.0, "z_um": 0.0})
    >>> trials = pd.DataFrame({"start_time": [0.0, 1.0], "stop_time": [1.0, 2.0],
    ...     "condition": ["observe", "nogo"], "agent": ["human", "none"],
    ...     "action": "grasp-precision", "general_action": "grasping", "way": "precision",
    ...     "object": "raisin", "viewpoint_deg": 180.0, "distance_m": 0.6, "tool": False,
    ...     "hand_visible": True, "object_visible": True, "seed": [1, 2],
    ...     "contact_time": [0.5, 1.5]})
    >>> session = Session(units, trials, np.array([0.2, 0.4, 1.8]), np.array([0, 0, 0]), {})
    >>> contact_s = session.event_times("contact")
    >>> session.counts(contact_s - 0.5, contact_s)
    array([[2],
           [0]])
    >>> session.select(trials="condition == 'observe'")
    <Session: 1 units, 1 trials, 3 spikes, 2 s>
    """

    units: pd.DataFrame
    trials: pd.DataFrame
    spike_times: np.ndarray
    spike_units: np.ndarray
    metadata: dict[str, Any]
    duration_s: float
    _first: np.ndarray
    _recorded: observation.Recorded

    @checked_arguments()
    def __init__(
        self,
        units: pd.DataFrame,
        trials: pd.DataFrame,
        spike_times: np.ndarray,
        spike_units: np.ndarray,
        metadata: Mapping[str, Any],
        *,
        duration_s: float | None = None,
        recorded_s: Sequence[np.ndarray] | None = None,
    ) -> None:
        units, trials = parts.checked_units(units), parts.checked_trials(trials)
        values = parts.plain(metadata, "Session.metadata")
        length_s = parts.checked_duration(duration_s, trials, values)
        times, rows = parts.checked_spikes(spike_times, spike_units, len(units), length_s)
        self._fill(
            units=units,
            trials=trials,
            spike_times=times,
            spike_units=rows,
            metadata=values,
            duration_s=length_s,
            _recorded=observation.checked_recorded(recorded_s, len(units), length_s),
        )

    def _fill(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)
        # The spikes of row k are those from _first[k] to _first[k + 1].
        first = np.searchsorted(self.spike_units, np.arange(len(self.units) + 1))
        object.__setattr__(self, "_first", first)

    def __repr__(self) -> str:
        study = f" {self.metadata['study']}" if self.metadata.get("study") else ""
        return (
            f"<Session{study}: {len(self.units)} units, {len(self.trials)} trials, "
            f"{len(self.spike_times)} spikes, {self.duration_s:g} s>"
        )

    @property
    def events(self) -> tuple[str, ...]:
        """Names of the events that the trials table holds."""
        return tuple(c.removesuffix(parts.EVENT) for c in parts.event_columns(self.trials))

    @checked_arguments()
    def event_times(self, event: str) -> np.ndarray:
        """Return when an event happens in each trial, shape (n_trials,), s, NaN where absent.

        Raises
        ------
        ValueError
            If no trial has such an event.
        """
        if event not in self.events:
            raise unknown("event", event, self.events, where="Session.trials")
        return self.trials[event + parts.EVENT].to_numpy(dtype=float)

    @checked_arguments()
    def spikes_of(self, unit_row: int) -> np.ndarray:
        """Return the spike times of the unit in a row of `units`, s."""
        return self._train(self._row(unit_row))

    def _train(self, row: int) -> np.ndarray:
        return self.spike_times[self._first[row] : self._first[row + 1]]

    def _row(self, unit_row: int) -> int:
        if not 0 <= unit_row < len(self.units):
            raise ValueError(
                f"there is no unit row {unit_row}; the session has {len(self.units)} units"
            )
        return unit_row

    @property
    def recorded_throughout(self) -> bool:
        """Whether all units were recorded from 0 to the end."""
        return self._recorded is None

    @checked_arguments()
    def recorded_of(self, unit_row: int) -> np.ndarray:
        """Return from when to when a unit was recorded, s, shape (n_intervals, 2)."""
        row = self._row(unit_row)
        if self._recorded is None:
            return np.array([[0.0, self.duration_s]])
        return self._recorded[row]

    @checked_arguments()
    def recorded(self, start_s: np.ndarray, stop_s: np.ndarray) -> np.ndarray:
        """Return in which windows each unit was recorded throughout.

        Parameters
        ----------
        start_s, stop_s : float arrays, shape (n_windows,)
            Seconds of the session.

        Returns
        -------
        bool array, shape (n_windows, n_units)
            False also where a window reaches over an end of the session.

        Raises
        ------
        ValueError
            As `counts`.
        """
        starts, stops = _windows(start_s, stop_s)
        if self._recorded is None:
            whole = observation.within(np.array([[0.0, self.duration_s]]), starts, stops)
            return np.repeat(whole[:, None], len(self.units), axis=1)
        found = [observation.within(own, starts, stops) for own in self._recorded]
        return np.array(found, dtype=bool).reshape(len(self.units), len(starts)).T

    @checked_arguments()
    def counts(self, start_s: np.ndarray, stop_s: np.ndarray) -> np.ndarray:
        """Count the spikes of every unit in windows, for example one a trial.

        Parameters
        ----------
        start_s, stop_s : float arrays, shape (n_windows,)
            Seconds of the session. A spike at the start counts, one at the stop does not.

        Returns
        -------
        int array, shape (n_windows, n_units)
            Where a unit was not `recorded` throughout a window, all are float, and NaN there.

        Raises
        ------
        ValueError
            If a window is not finite or stops before it starts.
        """
        edges_s = _windows(start_s, stop_s)
        found = np.empty((edges_s.shape[1], len(self.units)), dtype=np.int64)
        for row in range(len(self.units)):
            first, last = np.searchsorted(self._train(row), edges_s)
            found[:, row] = last - first
        recorded = self.recorded(*edges_s)
        return found if recorded.all() else np.where(recorded, found, np.nan)

    @checked_arguments()
    def relative_spikes(
        self,
        unit_row: int,
        align_s: np.ndarray,
        window_s: tuple[float, float],
    ) -> list[np.ndarray]:
        """Return the spikes of a unit around each of some times, as a raster shows them.

        A list is empty, too, where the unit was not recorded; `recorded` tells.

        Parameters
        ----------
        unit_row : int
            Row of the unit in `units`.
        align_s : float array, shape (n_times,)
            Seconds of the session, for example `event_times`.
        window_s : (float, float)
            Start and stop, seconds from each time. A spike at the stop is left out.

        Returns
        -------
        list of float arrays
            Seconds from each time.

        Raises
        ------
        ValueError
            If there is no such unit, a time is not finite, or the window is empty.
        """
        zero_s = np.asarray(align_s, dtype=float)
        bad = np.flatnonzero(~np.isfinite(zero_s))
        if len(bad):
            raise ValueError(f"time {bad[0]} is {zero_s[bad[0]]}; leave out trials without it")
        if not window_s[0] < window_s[1]:
            raise ValueError(f"window_s {tuple(window_s)} is empty")
        spikes_s = self.spikes_of(unit_row)
        first, last = np.searchsorted(spikes_s, np.add.outer(window_s, zero_s))
        return [spikes_s[a:b] - zero for a, b, zero in zip(first, last, zero_s, strict=True)]

    def select(
        self,
        *,
        trials: np.ndarray | Sequence[int] | str | None = None,
        units: np.ndarray | Sequence[int] | str | None = None,
    ) -> Session:
        """Return a session of some trials and units, on the same time axis.

        Parameters
        ----------
        trials, units : mask, row numbers or query, optional
            All by default. A query compares columns with numbers, texts and lists of them, such as
            ``"condition == 'observe' and action in ['tear', 'hold']"``; ``&`` and ``|`` join as in
            pandas. Trials stay in order of time; units come in the order of the row numbers.

        Returns
        -------
        Session
            With the spikes of the units at all times, those outside the trials included.

        Raises
        ------
        ValueError
            If nothing is left of the trials, a unit comes twice, or the choice does not fit the
            table.
        """
        table, kept, recorded = self.trials, self.units, self._recorded
        times, rows = self.spike_times, self.spike_units
        if trials is not None:
            chosen = chosen_rows(trials, table, "trials")
            if len(chosen) == 0:
                raise ValueError(f"no trials are left of {len(table)}; a session has at least one")
            if (np.diff(chosen) <= 0).any():
                raise ValueError("select(trials=...): the row numbers of trials must increase")
            table = table.iloc[chosen].reset_index(drop=True)
        if units is not None:
            chosen = chosen_rows(units, kept, "units")
            if len(np.unique(chosen)) < len(chosen):
                raise ValueError("select(units=...): a unit comes twice")
            trains = [self._train(row) for row in chosen]
            times = np.concatenate([*trains, np.zeros(0)])
            rows = np.repeat(np.arange(len(chosen)), [len(train) for train in trains])
            times.flags.writeable = rows.flags.writeable = False
            kept = kept.iloc[chosen].reset_index(drop=True)
            recorded = recorded and tuple(recorded[row] for row in chosen)
        made = object.__new__(Session)
        made._fill(
            units=kept,
            trials=table,
            spike_times=times,
            spike_units=rows,
            metadata=dict(self.metadata),
            duration_s=self.duration_s,
            _recorded=recorded,
        )
        return made

    @classmethod
    @checked_arguments()
    def concatenate(cls, sessions: Sequence[Session]) -> Session:
        """Put sessions of the same units one after the other on one time axis.

        Parameters
        ----------
        sessions : sequence of Session
            Of equal units, subject, circuit and time step.

        Returns
        -------
        Session
            An event that a session lacks is NaN there. Metadata in which the sessions differ become
            lists, one value a session; so does the origin of recordings. No window that reaches
            from one session into the next counts as recorded.

        Raises
        ------
        ValueError
            If there is none, or they differ in what they must share.
        """
        sessions = list(sessions)
        if not sessions:
            raise ValueError("there are no sessions to concatenate")
        for number, session in enumerate(sessions):
            _require_same_units(sessions[0], session, f"session {number} cannot follow session 0")
        starts_s = np.cumsum([0.0, *(session.duration_s for session in sessions)])
        pairs = list(zip(sessions, starts_s[:-1], strict=True))
        times = np.concatenate([session.spike_times + start for session, start in pairs])
        rows = np.concatenate([session.spike_units for session in sessions])
        order = np.argsort(rows, kind="stable")
        return cls(
            sessions[0].units,
            pd.concat([parts.moved(session.trials, start) for session, start in pairs]),
            times[order],
            rows[order],
            parts.common([session.metadata for session in sessions], always=("origin",)),
            duration_s=float(starts_s[-1]),
            recorded_s=[
                observation.one_after_the_other(
                    [session.recorded_of(row) for session in sessions], starts_s[:-1], starts_s[1:]
                )
                for row in range(len(sessions[0].units))
            ],
        )

    def equals(self, other: Session) -> bool:
        """Whether two sessions hold the same units, trials, spikes and metadata, types included."""
        return (
            self.duration_s == other.duration_s
            and parts.same_table(self.units, other.units)
            and parts.same_table(self.trials, other.trials)
            and np.array_equal(self.spike_times, other.spike_times)
            and np.array_equal(self.spike_units, other.spike_units)
            and parts.as_json(self.metadata) == parts.as_json(other.metadata)
            and self._intervals() == other._intervals()
        )

    def _intervals(self) -> list[list[list[float]]]:
        return [intervals.tolist() for intervals in self._recorded or ()]

    def digest(self) -> str:
        """Return the SHA-256 of all that the session holds; equal sessions have equal ones."""
        facts = [self.metadata, self.duration_s, self._intervals()]
        content = hashlib.sha256(parts.as_json(facts).encode())
        for piece in (*parts.pieces(self.units), *parts.pieces(self.trials)):
            content.update(piece)
        for array in (self._first, self.spike_times):
            content.update(parts.little_endian(array))
        return content.hexdigest()

    def require_circuit(self, digest: str) -> None:
        """Raise a ValueError unless the session comes from the circuit with this digest."""
        own = self.metadata.get("circuit_digest")
        if own != digest:
            raise ValueError(
                f"the session comes from another circuit: the digest of its circuit is {own}, not "
                f"{digest}"
            )

    @checked_arguments()
    def require(self, *, units: Sequence[str] = (), trials: Sequence[str] = ()) -> None:
        """Raise a ValueError unless the tables have these columns; it says how to give them."""
        parts.require_columns(self.units, units, "Session.units")
        parts.require_columns(self.trials, trials, "Session.trials")

    @checked_arguments()
    def to_nwb(self, path: str | Path, *, session_start_time: datetime | None = None) -> None:
        """Write the session to an NWB file, without loss, whole or not at all.

        The file says where the spikes come from. Those of a circuit (``circuit_digest`` in the
        metadata) are called simulated. Those of a recording need ``metadata["origin"]``, which
        `from_nwb` fills: a dictionary with session_description, session_start_time (ISO 8601, with
        a time zone), any other text fields of an NWB file (experimenter, lab, notes, ...) and
        subject, a dictionary of the fields of an NWB Subject.

        Parameters
        ----------
        path : str or Path
            Ends in ``.nwb``. The archive DANDI wants ``sub-<id>_ses-<id>_ecephys.nwb``. A file that
            is there already is replaced.
        session_start_time : datetime, optional
            With a time zone. By default that of the recording, or 1 January 2000, UTC: simulated
            time has no date, and with a fixed one equal sessions give equal files but for the ids
            that NWB draws.

        Raises
        ------
        ValueError
            If the name, the date or a column does not suit NWB, there are no units, or the metadata
            do not say where the spikes come from.
        OSError
            If the folder cannot be made or written to, or its disk is too full; said before any
            work.
        """
        from mirror_sim.session.nwb import write

        write(self, Path(path).expanduser(), session_start_time)

    @classmethod
    @checked_arguments()
    def from_nwb(
        cls,
        path: str | Path,
        *,
        units: Mapping[str, str] | None = None,
        trials: Mapping[str, str] | None = None,
        intervals: str | None = None,
        defaults: Mapping[str, Any] | None = None,
        duration_s: float | None = None,
        expect_circuit: str | None = None,
    ) -> Session:
        """Read a session from an NWB file: one of `to_nwb`, or a recording of any laboratory.

        Spike times, an area of each unit and a condition of each trial must be there, under any
        name. Other columns of one value a row are kept, under names that are words; those of
        several values or of references are left out, and listed in
        ``metadata["origin"]["left_out"]``. Texts stored as bytes are decoded; numbers that stand
        for names, such as codes of conditions, become texts. Trials are put in order of time.

        Parameters
        ----------
        path : str or Path
        units, trials : mapping of str to str, optional
            Names of the file's columns and what they are called here, such as
            ``{"brain_area": "area"}`` and ``{"go_cue": "go_time"}``. The area may also come from
            ``electrodes`` or ``electrode_group``, whose location it then is. Where no column is
            named unit_id, the ids of the units table are.
        intervals : str, optional
            Name of the table of trials; by default ``trials``, or the only table of intervals.
        defaults : mapping, optional
            Values, the same in all rows, of columns that the file lacks, such as
            ``{"hand_visible": True}``.
        duration_s : float, optional
            End of the time axis. By default that of the last trial, spike or interval in which a
            unit was recorded (``obs_intervals``).
        expect_circuit : str, optional
            Digest of the circuit that the session must come from.

        Returns
        -------
        Session
            The metadata of a recording have ``origin``: what the file says of itself, see
            `to_nwb`.

        Raises
        ------
        OSError
            If there is no such file (`FileNotFoundError`), or it may not be read or is open in
            another program.
        ValueError
            If the file is damaged, not NWB, holds no valid session, or one of another circuit.

        Warns
        -----
        UserWarning
            If the session is not the one that `to_nwb` wrote. If trials that have no place, or
            spikes before time 0, are left out; if spikes lie where their unit was not recorded; if
            a column ``*_time`` holds no times of events and is kept under another name.
        """
        from mirror_sim.session import reading

        choice = reading.Choice(
            units=units,
            trials=trials,
            intervals=intervals,
            defaults=defaults,
            duration_s=duration_s,
        )
        found = reading.read(Path(path).expanduser(), choice)
        for remark in found.remarks:
            warnings.warn(f"{path}: {remark}", stacklevel=3)
        try:
            session = cls(**found.arguments)
            if expect_circuit is not None:
                session.require_circuit(expect_circuit)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        if found.digest is not None and found.digest != session.digest():
            warnings.warn(f"{path} was changed or damaged after it was written", stacklevel=3)
        return session


def _windows(start_s: np.ndarray, stop_s: np.ndarray) -> np.ndarray:
    """Return starts and stops, shape (2, n_windows), or raise what is wrong with them."""
    starts, stops = np.asarray(start_s, dtype=float), np.asarray(stop_s, dtype=float)
    if starts.ndim != 1 or starts.shape != stops.shape:
        raise ValueError(
            f"start_s and stop_s are of shapes {starts.shape} and {stops.shape}; give two lists of "
            "one length"
        )
    bad = np.flatnonzero(~(np.isfinite(starts) & np.isfinite(stops) & (starts <= stops)))
    if len(bad):
        raise ValueError(
            f"window {bad[0]} lasts from {starts[bad[0]]} to {stops[bad[0]]} s; leave "
            "out trials without the event"
        )
    return np.stack([starts, stops])


def _require_same_units(first: Session, other: Session, place: str) -> None:
    for name in _SHARED:
        ours, theirs = first.metadata.get(name), other.metadata.get(name)
        if ours != theirs:
            raise ValueError(f"{place}: its {name} is {theirs!r}, not {ours!r}")
    if not parts.same_table(first.units, other.units):
        raise ValueError(f"{place}: its units are others")
    apart = set(first.trials) ^ set(other.trials)
    apart -= {event + parts.EVENT for event in (*first.events, *other.events)}
    if apart:
        raise ValueError(f"{place}: only one of them has the columns {', '.join(sorted(apart))}")
