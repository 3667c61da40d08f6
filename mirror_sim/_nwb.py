"""Sessions as NWB files, through pynwb."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mirror_sim._files import atomic_path
from mirror_sim.session import TRIAL_COLUMNS, UNIT_COLUMNS, Session

if TYPE_CHECKING:
    from pynwb import NWBFile

# Simulated time has no date; a fixed one keeps equal sessions equal.
START = datetime(2000, 1, 1, tzinfo=UTC)

_DESCRIPTIONS = {
    "unit_id": "number of the unit in its Subject",
    "area": "cortical area",
    "population": "population of the circuit",
    "cell_type": "PTN (pyramidal tract neuron), pyramidal or FS (fast-spiking)",
    "x_um": "position in micrometres",
    "y_um": "position in micrometres",
    "z_um": "position in micrometres",
    "condition": "who acts and what is visible",
    "agent": "who acts: the monkey itself, a human, or none",
}


def write_nwb(session: Session, path: Path) -> None:
    """Write a session to a temporary file and rename it to `path`."""
    from pynwb import NWBHDF5IO

    path.parent.mkdir(parents=True, exist_ok=True)
    nwb = _build(session)
    with atomic_path(path) as temporary, NWBHDF5IO(str(temporary), mode="w") as io:
        io.write(nwb)


def _identifier(session: Session) -> str:
    key = hashlib.sha256(json.dumps(session.metadata, sort_keys=True).encode())
    for array in (session.spike_times, session.spike_units):
        key.update(np.ascontiguousarray(array).tobytes())
    for table in (session.units, session.trials):
        key.update(table.to_csv(index=False).encode())
    return key.hexdigest()


def _build(session: Session) -> NWBFile:
    from pynwb import NWBFile
    from pynwb.file import Subject

    metadata = session.metadata
    nwb = NWBFile(
        session_description=f"Simulated recording: {metadata.get('study', 'a session')}",
        identifier=_identifier(session),
        session_start_time=START,
        session_id=str(metadata.get("study", "session")),
        experimenter=["Simulation, mirror_sim"],
        institution="mirror_sim",
        lab="simulated",
        keywords=["simulation", "mirror neurons", "spiking neural network"],
        experiment_description="Spikes of a simulated circuit; no animal took part.",
        notes=json.dumps(metadata, sort_keys=True),
        subject=Subject(
            subject_id=str(metadata.get("subject_id", "sim")),
            species="Macaca mulatta",
            sex="U",
            age="P6Y",
            description="A simulated monkey: a spiking circuit, not an animal.",
        ),
    )
    _add_trials(nwb, session.trials)
    _add_units(nwb, session)
    return nwb


def _add_trials(nwb: NWBFile, trials: pd.DataFrame) -> None:
    columns = [c for c in trials.columns if c not in ("start_time", "stop_time")]
    for column in columns:
        event = column.endswith("_time")
        text = f"time of {column[:-5]}, s; NaN where absent" if event else f"{column} of the trial"
        nwb.add_trial_column(column, _DESCRIPTIONS.get(column, text))
    for row in trials.to_dict("records"):
        nwb.add_trial(**{name: _plain(value) for name, value in row.items()})


def _add_units(nwb: NWBFile, session: Session) -> None:
    for column in session.units.columns:
        nwb.add_unit_column(column, _DESCRIPTIONS.get(column, f"{column} of the unit"))
    end = float(session.trials["stop_time"].max())
    last = session.spike_times.max(initial=0.0)
    observed = np.array([[0.0, max(end, float(last))]])
    for number, row in enumerate(session.units.to_dict("records")):
        nwb.add_unit(
            spike_times=session.spikes_of(number),
            obs_intervals=observed,
            **{name: _plain(value) for name, value in row.items()},
        )
    if nwb.units is not None:
        nwb.units.resolution = float(session.metadata.get("dt_ms", 0.0)) * 1e-3 or None


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def read_nwb(path: Path) -> Session:
    """Read a session; see `Session.from_nwb`."""
    from pynwb import NWBHDF5IO

    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        with NWBHDF5IO(str(path), mode="r", load_namespaces=True) as io:
            nwb = io.read()
            metadata = json.loads(nwb.notes) if nwb.notes else None
            trials = None if nwb.trials is None else nwb.trials.to_dataframe()
            units = None if nwb.units is None else nwb.units.to_dataframe()
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged or not an NWB file: {error}") from error
    if trials is None or units is None or not isinstance(metadata, dict):
        raise ValueError(f"{path} holds no trials, no units or no metadata of a session")
    trains = [np.asarray(train, dtype=float) for train in units.pop("spike_times")]
    units = units.drop(columns=["obs_intervals"], errors="ignore").reset_index(drop=True)
    for name, table, wanted in (("units", units, UNIT_COLUMNS), ("trials", trials, TRIAL_COLUMNS)):
        missing = [column for column in wanted if column not in table.columns]
        if missing:
            raise ValueError(f"{path}: its {name} table lacks {', '.join(missing)}")
    return Session(
        units=units,
        trials=trials.reset_index(drop=True),
        spike_times=np.concatenate([*trains, np.zeros(0)]),
        spike_units=np.repeat(np.arange(len(trains)), [len(train) for train in trains]),
        metadata=metadata,
    )
