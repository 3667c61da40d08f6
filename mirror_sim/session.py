"""A Session: spikes, units and trials, the same for a model and for a recording rig."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

UNIT_COLUMNS = ("unit_id", "area", "population", "cell_type", "x_um", "y_um", "z_um")
TRIAL_COLUMNS = (
    "start_time",
    "stop_time",
    "condition",
    "agent",
    "action",
    "general_action",
    "way",
    "object",
)


class Session:
    """Spike times of units over trials, on one time axis.

    Parameters
    ----------
    units : DataFrame
        One row a unit: unit_id (unique), area, population, cell_type, x_um, y_um, z_um, and more.
    trials : DataFrame
        One row a trial: start_time, stop_time (s), condition, agent, action, general_action, way,
        object, and more; one column ``<event>_time`` an event (s on the session's time axis, NaN
        where absent).
    spike_times : float array, shape (n_spikes,)
        Seconds from session start; unit after unit, strictly increasing within each.
    spike_units : int array, shape (n_spikes,)
        Row of the unit in `units`; sorted.
    metadata : mapping
        Study, subject, circuit and time step; plain values.

    Raises
    ------
    ValueError
        If a column is missing, an id comes twice, there are no trials, or spikes are not in order,
        not finite, negative or of no unit.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_id": [7], "area": "F5", "population": "F5.E",
    ...                       "cell_type": "pyramidal", "x_um": 0.0, "y_um": 0.0, "z_um": 0.0})
    >>> trials = pd.DataFrame({"start_time": [0.0], "stop_time": [1.0], "condition": "observe",
    ...                        "agent": "human", "action": "a", "general_action": "a", "way": "",
    ...                        "object": "raisin"})
    >>> session = Session(units, trials, np.array([0.2, 0.4]), np.array([0, 0]), {})
    >>> session.counts(session.trials.start_time, session.trials.stop_time)
    array([[2]])
    """

    def __init__(
        self,
        units: pd.DataFrame,
        trials: pd.DataFrame,
        spike_times: np.ndarray,
        spike_units: np.ndarray,
        metadata: Mapping[str, Any],
    ) -> None:
        self.units = units.reset_index(drop=True)
        self.trials = trials.reset_index(drop=True)
        self.spike_times = np.asarray(spike_times, dtype=float)
        self.spike_units = np.asarray(spike_units, dtype=np.int64)
        self.metadata = dict(metadata)
        self._check()
        self._first = np.searchsorted(self.spike_units, np.arange(len(self.units) + 1))

    def _check(self) -> None:
        for name, table, columns in (
            ("units", self.units, UNIT_COLUMNS),
            ("trials", self.trials, TRIAL_COLUMNS),
        ):
            missing = [column for column in columns if column not in table.columns]
            if missing:
                raise ValueError(f"Session.{name} lacks the columns {', '.join(missing)}")
        if len(self.trials) == 0:
            raise ValueError("Session.trials is empty; a session has at least one trial")
        if not self.units["unit_id"].is_unique:
            twice = self.units["unit_id"][self.units["unit_id"].duplicated()].iloc[0]
            raise ValueError(f"Session.units: unit_id {twice} comes twice")
        times, rows = self.spike_times, self.spike_units
        if times.shape != rows.shape or times.ndim != 1:
            raise ValueError(f"Session: {times.shape} spike times but {rows.shape} spike units")
        if len(times) == 0:
            return
        if rows[0] < 0 or rows[-1] >= len(self.units) or np.any(np.diff(rows) < 0):
            raise ValueError("Session.spike_units must be sorted row numbers of units")
        bad = np.flatnonzero(~np.isfinite(times) | (times < 0))
        if len(bad):
            raise ValueError(
                f"Session.spike_times[{bad[0]}] is {times[bad[0]]}, of unit row {rows[bad[0]]}; "
                "times are finite and not negative"
            )
        late = np.flatnonzero((np.diff(times) <= 0) & (np.diff(rows) == 0))
        if len(late):
            raise ValueError(
                f"Session.spike_times of unit row {rows[late[0]]} do not increase at {late[0] + 1}"
            )

    def __repr__(self) -> str:
        return (
            f"<Session {self.metadata.get('study', '')}: {len(self.units)} units, "
            f"{len(self.trials)} trials, {len(self.spike_times)} spikes>"
        )

    @property
    def events(self) -> tuple[str, ...]:
        """Names of the events that the trials table holds."""
        columns = [c for c in self.trials.columns if c.endswith("_time")]
        return tuple(
            c.removesuffix("_time") for c in columns if c not in ("start_time", "stop_time")
        )

    def spikes_of(self, row: int) -> np.ndarray:
        """Return the spike times of the unit in this row, seconds."""
        return self.spike_times[self._first[row] : self._first[row + 1]]

    def counts(
        self, start_s: Sequence[float] | np.ndarray, stop_s: Sequence[float] | np.ndarray
    ) -> np.ndarray:
        """Count the spikes of every unit in windows.

        Parameters
        ----------
        start_s, stop_s : float arrays, shape (n_windows,)
            Seconds of the session; a spike at the start counts, one at the stop does not.

        Returns
        -------
        int array, shape (n_windows, n_units)
            Zero where a window's edge is NaN.
        """
        edges = np.stack([np.asarray(start_s, dtype=float), np.asarray(stop_s, dtype=float)])
        valid = np.isfinite(edges).all(axis=0)
        edges = np.where(valid, edges, 0.0)
        found = np.empty((edges.shape[1], len(self.units)), dtype=np.int64)
        for row in range(len(self.units)):
            places = np.searchsorted(self.spikes_of(row), edges)
            found[:, row] = places[1] - places[0]
        return found

    def select(
        self, *, trials: np.ndarray | None = None, units: np.ndarray | None = None
    ) -> Session:
        """Return a session of some trials and units; the time axis stays.

        Parameters
        ----------
        trials, units : mask or row numbers, optional
            All by default. Spikes outside the selected trials are kept.
        """
        table = self.trials if trials is None else self.trials.iloc[_rows(trials)]
        if units is None:
            return Session(self.units, table, self.spike_times, self.spike_units, self.metadata)
        chosen = _rows(units)
        trains = [self.spikes_of(row) for row in chosen]
        return Session(
            self.units.iloc[chosen],
            table,
            np.concatenate([*trains, np.zeros(0)]),
            np.repeat(np.arange(len(chosen)), [len(train) for train in trains]),
            self.metadata,
        )

    def equals(self, other: Session) -> bool:
        """Whether two sessions hold the same units, trials, spikes and metadata, bit for bit."""
        return (
            self.units.equals(other.units)
            and self.trials.equals(other.trials)
            and np.array_equal(self.spike_times, other.spike_times)
            and np.array_equal(self.spike_units, other.spike_units)
            and self.metadata == other.metadata
        )

    def require_circuit(self, digest: str) -> None:
        """Raise a ValueError unless the session comes from the circuit with this digest."""
        own = self.metadata.get("circuit_digest")
        if own != digest:
            raise ValueError(
                f"the session comes from another circuit: its digest is {own}, not {digest}"
            )

    def to_nwb(self, path: str | Path) -> None:
        """Write the session to an NWB file, without loss."""
        from mirror_sim._nwb import write_nwb

        write_nwb(self, Path(path))

    @classmethod
    def from_nwb(cls, path: str | Path) -> Session:
        """Read a session from an NWB file that `to_nwb` wrote.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, not NWB, or holds no such session.
        """
        from mirror_sim._nwb import read_nwb

        return read_nwb(Path(path))


def _rows(choice: np.ndarray) -> np.ndarray:
    choice = np.asarray(choice)
    return np.flatnonzero(choice) if choice.dtype == bool else choice
