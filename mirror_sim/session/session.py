"""A Session: spikes, units and trials, the same for a model and for a recording rig."""

from __future__ import annotations

import hashlib
import operator
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mirror_sim.base.errors import unknown
from mirror_sim.session import tables as parts

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
        One row a unit: unit_id (int, unique), area, population, cell_type (texts), x_um, y_um, z_um
        (micrometres, NaN where unknown), and any other columns.
    trials : DataFrame
        One row a trial, in order of time and without overlap: start_time, stop_time (s), condition,
        agent, action, general_action, way, object (texts), viewpoint_deg, distance_m, tool,
        hand_visible, object_visible (bool), seed (int), any other columns, and one
        ``<event>_time`` an event (s of the session and inside the trial, NaN where absent).
    spike_times : float array, shape (n_spikes,)
        Seconds from session start; unit after unit, strictly increasing within each.
    spike_units : int array, shape (n_spikes,)
        Row of the unit in `units`; sorted.
    metadata : mapping of str to text, number, None, list or dictionary
        Study, subject, circuit and time step.
    duration_s : float, optional
        End of the time axis. By default that of the last trial, or of the block that it is in where
        the metadata have ``block_s``.

    Raises
    ------
    ValueError
        If a column is missing or of the wrong type, an id comes twice, trials or spikes are out of
        order or outside the session, or there are no trials. The message gives the place.

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

    def __init__(
        self,
        units: pd.DataFrame,
        trials: pd.DataFrame,
        spike_times: np.ndarray,
        spike_units: np.ndarray,
        metadata: Mapping[str, Any],
        *,
        duration_s: float | None = None,
    ) -> None:
        units, trials = parts.checked_units(units), parts.checked_trials(trials)
        values = parts.plain(dict(metadata), "Session.metadata")
        length_s = parts.checked_duration(duration_s, trials, values)
        times, rows = parts.checked_spikes(spike_times, spike_units, len(units), length_s)
        self._fill(
            units=units,
            trials=trials,
            spike_times=times,
            spike_units=rows,
            metadata=values,
            duration_s=length_s,
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

    def spikes_of(self, unit_row: int) -> np.ndarray:
        """Return the spike times of the unit in a row of `units`, s."""
        row = operator.index(unit_row)
        if not 0 <= row < len(self.units):
            raise ValueError(f"there is no unit row {row}; the session has {len(self.units)} units")
        return self.spike_times[self._first[row] : self._first[row + 1]]

    def counts(
        self, start_s: Sequence[float] | np.ndarray, stop_s: Sequence[float] | np.ndarray
    ) -> np.ndarray:
        """Count the spikes of every unit in windows, for example one a trial.

        Parameters
        ----------
        start_s, stop_s : float arrays, shape (n_windows,)
            Seconds of the session. A spike at the start counts, one at the stop does not.

        Returns
        -------
        int array, shape (n_windows, n_units)

        Raises
        ------
        ValueError
            If a window is not finite or stops before it starts.
        """
        edges_s = np.stack([np.asarray(start_s, dtype=float), np.asarray(stop_s, dtype=float)])
        if edges_s.ndim != 2:
            raise ValueError(f"the windows have shape {edges_s.shape[1:]}; give a list of them")
        bad = np.flatnonzero(~(np.isfinite(edges_s).all(axis=0) & (edges_s[0] <= edges_s[1])))
        if len(bad):
            raise ValueError(
                f"window {bad[0]} lasts from {edges_s[0, bad[0]]} to {edges_s[1, bad[0]]} s; leave "
                "out trials without the event"
            )
        found = np.empty((edges_s.shape[1], len(self.units)), dtype=np.int64)
        for row in range(len(self.units)):
            first, last = np.searchsorted(self.spikes_of(row), edges_s)
            found[:, row] = last - first
        return found

    def relative_spikes(
        self,
        unit_row: int,
        align_s: Sequence[float] | np.ndarray,
        window_s: tuple[float, float],
    ) -> list[np.ndarray]:
        """Return the spikes of a unit around each of some times, as a raster shows them.

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
            All by default. A query is an expression of columns, as `pandas.DataFrame.eval` reads
            it. Trials stay in order of time; units come in the order of the row numbers.

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
        table, kept = self.trials, self.units
        times, rows = self.spike_times, self.spike_units
        if trials is not None:
            chosen = parts.chosen_rows(trials, table, "trials")
            if len(chosen) == 0:
                raise ValueError(f"no trials are left of {len(table)}; a session has at least one")
            if (np.diff(chosen) <= 0).any():
                raise ValueError("select(trials=...): the row numbers of trials must increase")
            table = table.iloc[chosen].reset_index(drop=True)
        if units is not None:
            chosen = parts.chosen_rows(units, kept, "units")
            if len(np.unique(chosen)) < len(chosen):
                raise ValueError("select(units=...): a unit comes twice")
            trains = [self.spikes_of(row) for row in chosen]
            times = np.concatenate([*trains, np.zeros(0)])
            rows = np.repeat(np.arange(len(chosen)), [len(train) for train in trains])
            times.flags.writeable = rows.flags.writeable = False
            kept = kept.iloc[chosen].reset_index(drop=True)
        made = object.__new__(Session)
        made._fill(
            units=kept,
            trials=table,
            spike_times=times,
            spike_units=rows,
            metadata=dict(self.metadata),
            duration_s=self.duration_s,
        )
        return made

    @classmethod
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
            lists, one value a session.

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
            parts.common([session.metadata for session in sessions]),
            duration_s=float(starts_s[-1]),
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
        )

    def digest(self) -> str:
        """Return the SHA-256 of all that the session holds; equal sessions have equal ones."""
        content = hashlib.sha256(parts.as_json([self.metadata, self.duration_s]).encode())
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

    def to_nwb(self, path: str | Path, *, session_start_time: datetime | None = None) -> None:
        """Write the session to an NWB file, without loss, whole or not at all.

        Parameters
        ----------
        path : str or Path
            Ends in ``.nwb``. The archive DANDI wants ``sub-<id>_ses-<id>_ecephys.nwb``. A file that
            is there already is replaced.
        session_start_time : datetime, optional
            With a time zone. By default 1 January 2000, UTC: simulated time has no date, and with a
            fixed one equal sessions give equal files but for the ids that NWB draws.

        Raises
        ------
        ValueError
            If the name, the date or a column does not suit NWB, there are no units, or the metadata
            lack ``study``, ``subject_id`` or ``dt_ms``.
        OSError
            If the folder cannot be made or written to, or its disk is too full; said before any
            work.
        """
        from mirror_sim.session.nwb import write

        write(self, Path(path), session_start_time)

    @classmethod
    def from_nwb(cls, path: str | Path, *, expect_circuit: str | None = None) -> Session:
        """Read a session from an NWB file.

        Parameters
        ----------
        path : str or Path
            A file of `to_nwb`, or any other whose units and trials have the columns of a session;
            columns of several values a row are left out.
        expect_circuit : str, optional
            Digest of the circuit that the session must come from.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, not NWB, holds no valid session, or one of another circuit.

        Warns
        -----
        UserWarning
            If the session is not the one that `to_nwb` wrote.
        """
        from mirror_sim.session.nwb import read

        found, identifier = read(Path(path))
        try:
            session = cls(**found)
            if expect_circuit is not None:
                session.require_circuit(expect_circuit)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        # The identifiers that other programs draw are shorter.
        if len(identifier) == len(session.digest()) and identifier != session.digest():
            warnings.warn(f"{path} was changed or damaged after it was written", stacklevel=2)
        return session


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
