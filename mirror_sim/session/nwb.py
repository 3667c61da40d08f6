"""Sessions as NWB files, through pynwb."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mirror_sim.base.files import atomic_path, check_writable
from mirror_sim.session.tables import EVENT, TRIAL_COLUMNS, UNIT_COLUMNS

if TYPE_CHECKING:
    from hdmf.common import DynamicTable, VectorData
    from pynwb import NWBFile
    from pynwb.misc import Units

    from mirror_sim.session.session import Session

# Simulated time has no date; with a fixed one equal sessions make equal files.
START = datetime(2000, 1, 1, tzinfo=UTC)

# NWB's own schema is stored in every file.
_SCHEMA_BYTES = 2_000_000

_BRIAN2_DOI = "10.7554/eLife.47314"
_SPIKES = ("spike_times", "obs_intervals")

_DESCRIPTIONS = {
    "unit_id": "Number of the unit in its subject",
    "area": "Cortical area",
    "population": "Population of the circuit",
    "cell_type": "PTN (pyramidal tract neuron), pyramidal, FS (fast-spiking) or input",
    "x_um": "Position, micrometres",
    "y_um": "Position, micrometres",
    "z_um": "Position, micrometres",
    "start_time": "Start of the trial, s",
    "stop_time": "End of the trial, s",
    "condition": "What the monkey is to do and can see",
    "agent": "Who acts: monkey (itself), human or none",
    "action": "The action done, or that would be done",
    "general_action": "What the action is for",
    "way": "How it is done",
    "object": "What it is done to",
    "viewpoint_deg": "From where the hand is seen, degrees: 0 own view, 180 face to face",
    "distance_m": "Distance of the acting hand from the eyes, metres",
    "tool": "Whether a tool is used",
    "hand_visible": "Whether the hand can be seen",
    "object_visible": "Whether the object can be seen",
    "seed": "Seed of the trial's jitter",
}


def write(session: Session, path: Path, session_start_time: datetime | None) -> None:
    """Write a session to a file; see `Session.to_nwb`."""
    _require_fit(session, path, session_start_time)
    tables = (
        session.units.memory_usage(deep=True).sum() + session.trials.memory_usage(deep=True).sum()
    )
    needed = _SCHEMA_BYTES + session.spike_times.nbytes + int(tables)
    check_writable(path.parent, needed_bytes=needed)
    _require_free_names(session)
    image = _image(_file(session, session_start_time or START))
    with atomic_path(path) as temporary:
        temporary.write_bytes(image)


def _image(nwb: NWBFile) -> bytes:
    """Return the content of the file, made in memory: HDF5 crashes on a disk that fills up."""
    import h5py
    from pynwb import NWBHDF5IO

    name = "image.nwb"  # of no file; NWB's own writer warns of any other suffix
    file = h5py.File(name, "w", driver="core", backing_store=False)
    with file, NWBHDF5IO(path=name, file=file, mode="w") as io:
        io.write(nwb)
        file.flush()
        return file.id.get_file_image()


def _require_fit(session: Session, path: Path, session_start_time: datetime | None) -> None:
    if path.suffix != ".nwb":
        raise ValueError(f"the name of an NWB file ends in .nwb; {path.name!r} does not")
    if session_start_time is not None and session_start_time.utcoffset() is None:
        raise ValueError(f"session_start_time {session_start_time} has no time zone")
    metadata = session.metadata
    lacking = [n for n in ("study", "subject_id", "dt_ms") if metadata.get(n) in (None, "")]
    if lacking:
        raise ValueError(f"Session.metadata lacks {', '.join(lacking)}, which the file needs")
    if not isinstance(metadata["dt_ms"], int | float) or not metadata["dt_ms"] > 0:
        raise ValueError(f"Session.metadata['dt_ms'] is {metadata['dt_ms']!r}; it must be above 0")
    if len(session.units) == 0:
        raise ValueError("the session has no units; an NWB file needs at least one")


def _require_free_names(session: Session) -> None:
    from pynwb.epoch import TimeIntervals
    from pynwb.misc import Units

    for table, kind in ((session.units, Units), (session.trials, TimeIntervals)):
        for name in table.columns:
            own = {column["name"] for column in kind.__columns__}
            taken = hasattr(kind, name) or name.removesuffix("_index") in own
            if taken and name not in TRIAL_COLUMNS:
                raise ValueError(f"the column {name!r} means something else in NWB; rename it")


def _file(session: Session, start: datetime) -> NWBFile:
    from pynwb import NWBFile
    from pynwb.file import Subject

    metadata = session.metadata
    study = _listed(metadata["study"])
    dois = re.findall(r"10\.\d{4,9}/[^\s;,]*[^\s;,.)]", _listed(metadata.get("source", "")))
    nwb = NWBFile(
        session_description=f"Simulated recording of a virtual monkey: {study}",
        identifier=session.digest(),
        session_start_time=start,
        session_id=_word(study),
        experimenter=["mirror_sim, Simulation"],
        institution="None: simulated",
        lab="None: simulated",
        keywords=["simulation", "mirror neurons", "spiking neural network", "macaque"],
        experiment_description=(
            "Spikes of a simulated fronto-parietal circuit in the trials of a published "
            f"experiment ({_listed(metadata.get('source') or study)}). No animal took part."
        ),
        related_publications=[f"doi:{doi}" for doi in dict.fromkeys([*dois, _BRIAN2_DOI])],
        source_script=f"Simulated with mirror_sim {_version()}",
        source_script_file_name="mirror_sim/session.py",
        notes=json.dumps(metadata),
        subject=Subject(
            subject_id=_word(_listed(metadata["subject_id"])),
            species="Macaca mulatta",
            sex="U",
            age="P6Y",
            description="A simulated macaque: a circuit of spiking neurons, not an animal.",
        ),
    )
    nwb.units = _units(session)
    nwb.trials = _trials(session.trials)
    return nwb


def _units(session: Session) -> Units:
    from hdmf.common import VectorData, VectorIndex
    from pynwb import H5DataIO
    from pynwb.misc import Units

    n_units = len(session.units)
    times: Any = session.spike_times
    if len(times):
        # Checksums, so that damage is seen; shuffled bytes of sorted times compress best.
        times = H5DataIO(
            times, compression="gzip", compression_opts=1, shuffle=True, fletcher32=True
        )
    spikes = VectorData(name="spike_times", description="Spike times, s", data=times)
    observed = VectorData(
        name="obs_intervals",
        description="From when to when the unit was recorded, s",
        data=np.tile([0.0, session.duration_s], (n_units, 1)),
    )
    ends = session._first[1:]
    columns = _columns(session.units)
    return Units(
        name="units",
        description="Cells of the circuit",
        id=session.units["unit_id"].to_numpy(),
        columns=[
            *columns,
            VectorIndex(name="spike_times_index", data=ends, target=spikes),
            spikes,
            VectorIndex(name="obs_intervals_index", data=np.arange(n_units) + 1, target=observed),
            observed,
        ],
        colnames=[*session.units.columns, *_SPIKES],
        resolution=float(session.metadata["dt_ms"]) * 1e-3,
    )


def _trials(trials: pd.DataFrame) -> DynamicTable:
    from pynwb.epoch import TimeIntervals

    return TimeIntervals(
        name="trials",
        description="Trials, in order of time",
        id=np.arange(len(trials)),
        columns=_columns(trials),
        colnames=list(trials.columns),
    )


def _columns(table: pd.DataFrame) -> list[VectorData]:
    from hdmf.common import VectorData

    made = []
    for name, column in table.items():
        values = column.to_numpy()
        text = _DESCRIPTIONS.get(name, name.replace("_", " "))
        if name.endswith(EVENT) and name not in _DESCRIPTIONS:
            text = f"Time of {name.removesuffix(EVENT)}, s; NaN where absent"
        data = values.tolist() if values.dtype.kind == "O" else values
        made.append(VectorData(name=name, description=text, data=data))
    return made


def _version() -> str:
    try:
        return version("mirror-sim")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "of unknown version"


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _word(text: str) -> str:
    # Ids become parts of file names, also of those of others' tools.
    return re.sub(r"[^\w.+-]+", "-", text)


def read(path: Path) -> tuple[dict[str, Any], str]:
    """Read the arguments of a `Session`, and the file's identifier; see `Session.from_nwb`."""
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    from hdmf.build import ConstructError
    from pynwb import NWBHDF5IO

    # What the libraries below raise for bytes that they cannot read.
    damage = (OSError, RuntimeError, LookupError, TypeError, ValueError, AttributeError)
    try:
        with NWBHDF5IO(str(path), mode="r") as io:
            nwb = io.read()
            return _parts(nwb), str(nwb.identifier)
    except _NotASessionError as error:
        raise ValueError(f"{path} holds no session: {error}") from error
    except (*damage, ConstructError) as error:
        raise ValueError(f"{path} is damaged or not an NWB file: {error}") from error


class _NotASessionError(Exception):
    """A sound NWB file lacks what a session has."""


def _parts(nwb: NWBFile) -> dict[str, Any]:
    units = _table(nwb.units, "units", ("spike_times", *UNIT_COLUMNS))
    trials = _table(nwb.trials, "trials", tuple(TRIAL_COLUMNS))
    index = nwb.units["spike_times"]
    ends = np.asarray(index.data[:], dtype=np.int64)
    times = np.asarray(index.target.data[:], dtype=float)
    n_spikes = np.diff(ends, prepend=0)
    if (n_spikes < 0).any() or n_spikes.sum() != len(times):
        raise ValueError("its index of spike times does not fit them")
    try:
        metadata = json.loads(nwb.notes or "{}")
    except json.JSONDecodeError as error:
        raise _NotASessionError("its notes are not the JSON of a session's metadata") from error
    if not isinstance(metadata, dict):
        raise _NotASessionError("its notes are not the JSON of a session's metadata")
    duration_s = None
    if "obs_intervals" in nwb.units.colnames:
        duration_s = float(np.max(nwb.units["obs_intervals"].target.data[:]))
    return {
        "units": units,
        "trials": trials,
        "spike_times": times,
        "spike_units": np.repeat(np.arange(len(ends)), n_spikes),
        "metadata": metadata,
        "duration_s": duration_s,
    }


def _table(found: DynamicTable | None, name: str, wanted: tuple[str, ...]) -> pd.DataFrame:
    from hdmf.common import VectorIndex

    if found is None:
        raise _NotASessionError(f"it has no table of {name}")
    missing = [column for column in wanted if column not in found.colnames]
    if missing:
        raise _NotASessionError(f"its {name} lack the columns {', '.join(missing)}")
    columns = {}
    for column in found.colnames:
        data = found[column].data
        if column not in _SPIKES and not isinstance(found[column], VectorIndex) and _is_flat(data):
            columns[column] = list(data[:]) if data.dtype.kind in "OS" else data[:]
    return pd.DataFrame(columns)


def _is_flat(data: Any) -> bool:
    return len(getattr(data, "shape", ())) == 1
