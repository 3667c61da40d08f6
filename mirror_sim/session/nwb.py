"""Write sessions as NWB files, through pynwb; `mirror_sim.session.reading` reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mirror_sim.base.errors import unknown
from mirror_sim.base.files import atomic_path, check_writable
from mirror_sim.session.tables import EVENT, TRIAL_COLUMNS

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
NOTE = "mirror_sim_session"
"""Name of the text, in the file's scratch space, that holds as JSON what NWB has no place for."""

# What a file says of a recording, apart from its data; NWB's names.
FILE_TEXTS = (
    *("session_description", "experiment_description", "session_id", "institution", "lab"),
    *("notes", "pharmacology", "protocol", "slices", "data_collection", "surgery", "virus"),
    *("stimulus_notes", "experimenter", "keywords", "related_publications"),
)
SUBJECT_TEXTS = (
    *("subject_id", "species", "sex", "age", "age__reference", "description", "genotype"),
    *("strain", "weight", "date_of_birth"),
)

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
    image = _image(_file(session, session_start_time))
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
    if len(session.units) == 0:
        raise ValueError("the session has no units; an NWB file needs at least one")
    metadata = session.metadata
    if "origin" in metadata:
        _require_origin(metadata["origin"], session_start_time)
        needed = []
    elif metadata.get("circuit_digest"):
        needed = ["study", "subject_id", "dt_ms"]
    else:
        raise ValueError(
            "Session.metadata does not say where the spikes come from: a simulation has "
            "circuit_digest; for a recording give origin, a dictionary with session_description "
            "and session_start_time (see Session.to_nwb)"
        )
    lacking = [name for name in needed if metadata.get(name) in (None, "")]
    if lacking:
        raise ValueError(f"Session.metadata lacks {', '.join(lacking)}, which the file needs")
    dt_ms = metadata.get("dt_ms", 1.0)
    if not isinstance(dt_ms, int | float) or not dt_ms > 0:
        raise ValueError(f"Session.metadata['dt_ms'] is {dt_ms!r}; it must be above 0")


def _require_origin(origin: Any, session_start_time: datetime | None) -> None:
    place = "Session.metadata['origin']"
    if isinstance(origin, list):
        raise ValueError(
            f"{place} tells of {len(origin)} recordings; an NWB file holds one, so write each "
            "session before they are joined"
        )
    if not isinstance(origin, dict) or not isinstance(origin.get("session_description"), str):
        raise ValueError(f"{place} must be a dictionary with the text session_description")
    if session_start_time is None and _time(origin.get("session_start_time"), place) is None:
        raise ValueError(f"{place} lacks session_start_time; give it there or as an argument")


def _time(text: Any, place: str) -> datetime | None:
    """Read a date of `origin`."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place}: {text!r} is not a date in ISO 8601") from error
    if time.utcoffset() is None:
        raise ValueError(f"{place}: {text} has no time zone")
    return time


def _require_free_names(session: Session) -> None:
    for table, kind in ((session.units, "units"), (session.trials, "trials")):
        for name in table.columns:
            if means_something_else(name, kind):
                raise ValueError(f"the column {name!r} means something else in NWB; rename it")


def means_something_else(name: str, kind: str) -> bool:
    """Return whether NWB has a meaning of its own for the name of a column of units or trials."""
    from pynwb.epoch import TimeIntervals
    from pynwb.misc import Units

    table = Units if kind == "units" else TimeIntervals
    own = {column["name"] for column in table.__columns__}
    taken = hasattr(table, name) or name.removesuffix("_index") in own
    return taken and name not in TRIAL_COLUMNS


def _file(session: Session, start: datetime | None) -> NWBFile:
    from pynwb import NWBFile
    from pynwb.file import Subject

    origin = session.metadata.get("origin")
    facts, subject = _recorded(origin) if origin else _simulated(session.metadata)
    nwb = NWBFile(
        **facts,
        identifier=session.digest(),
        session_start_time=start or _time((origin or {}).get("session_start_time"), "") or START,
        source_script_file_name="mirror_sim/session/nwb.py",
        subject=Subject(**subject) if subject else None,
    )
    nwb.units = _units(session)
    nwb.trials = _trials(session.trials, _descriptions(session, "trials"))
    note = {"metadata": session.metadata, "duration_s": session.duration_s}
    nwb.add_scratch(json.dumps(note), name=NOTE, description="Metadata of the session, as JSON")
    return nwb


def _recorded(origin: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the file of a recording says of it and of its subject: what its source said."""
    facts = {name: origin[name] for name in FILE_TEXTS if origin.get(name) is not None}
    subject = {name: v for name, v in dict(origin.get("subject") or {}).items() if v is not None}
    others = sorted(set(subject) - set(SUBJECT_TEXTS))
    if others:
        raise unknown("field", others[0], SUBJECT_TEXTS, where="origin['subject']")
    if "timestamps_reference_time" in origin:
        facts["timestamps_reference_time"] = _time(origin["timestamps_reference_time"], "origin")
    if "date_of_birth" in subject:
        subject["date_of_birth"] = _time(subject["date_of_birth"], "origin['subject']")
    source = origin.get("identifier")
    facts["source_script"] = (
        f"Units and trials of a recording, written by mirror_sim {_version()}"
        + (f"; all else of it is in the file with the identifier {source}" if source else "")
    )
    return facts, subject


def _simulated(metadata: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the file of a simulation says of it and of its subject."""
    study = _listed(metadata["study"])
    dois = re.findall(r"10\.\d{4,9}/[^\s;,]*[^\s;,.)]", _listed(metadata.get("source", "")))
    facts = {
        "session_description": f"Simulated recording of a virtual monkey: {study}",
        "session_id": _word(study),
        "experimenter": ["mirror_sim, Simulation"],
        "institution": "None: simulated",
        "lab": "None: simulated",
        "keywords": ["simulation", "mirror neurons", "spiking neural network", "macaque"],
        "experiment_description": (
            "Spikes of a simulated fronto-parietal circuit in the trials of a published "
            f"experiment ({_listed(metadata.get('source') or study)}). No animal took part."
        ),
        "related_publications": [f"doi:{doi}" for doi in dict.fromkeys([*dois, _BRIAN2_DOI])],
        "source_script": f"Simulated with mirror_sim {_version()}",
    }
    subject = {
        "subject_id": _word(_listed(metadata["subject_id"])),
        "species": "Macaca mulatta",
        "sex": "U",
        "age": "P6Y",
        "description": "A simulated macaque: a circuit of spiking neurons, not an animal.",
    }
    return facts, subject


def _descriptions(session: Session, kind: str) -> dict[str, str]:
    """Return what each column is: as the source of a recording said, else in our words."""
    return _DESCRIPTIONS | _said(session, kind)


def _said(session: Session, kind: str) -> dict[str, str]:
    """Return the source's own descriptions of its columns, by our names."""
    columns = (session.metadata.get("origin") or {}).get("columns") or {}
    return dict(columns.get(kind, {}))


def _units(session: Session) -> Units:
    from hdmf.common import VectorData, VectorIndex
    from pynwb import H5DataIO
    from pynwb.misc import Units

    times: Any = session.spike_times
    if len(times):
        # Checksums, so that damage is seen; shuffled bytes of sorted times compress best.
        times = H5DataIO(
            times, compression="gzip", compression_opts=1, shuffle=True, fletcher32=True
        )
    spikes = VectorData(name="spike_times", description="Spike times, s", data=times)
    observed = _obs_intervals(session)
    ends = session._first[1:]
    columns = _columns(session.units, _descriptions(session, "units"))
    dt_ms = session.metadata.get("dt_ms")
    return Units(
        name="units",
        description="Units of the recording" if "origin" in session.metadata else "Cells",
        id=session.units["unit_id"].to_numpy(),
        columns=[
            *columns,
            VectorIndex(name="spike_times_index", data=ends, target=spikes),
            spikes,
            *observed,
        ],
        colnames=[*session.units.columns, "spike_times", *(["obs_intervals"] if observed else [])],
        resolution=float(dt_ms) * 1e-3 if dt_ms else None,
    )


def _obs_intervals(session: Session) -> list[VectorData]:
    """Return from when to when each unit was recorded; nothing where a recording does not say."""
    from hdmf.common import VectorData, VectorIndex

    told = "origin" not in session.metadata or "obs_intervals" in _said(session, "units")
    if session.recorded_throughout and not told:
        return []
    intervals = [session.recorded_of(row) for row in range(len(session.units))]
    observed = VectorData(
        name="obs_intervals",
        description="From when to when the unit was recorded, s",
        data=np.concatenate(intervals),
    )
    ends = np.cumsum([len(own) for own in intervals])
    return [VectorIndex(name="obs_intervals_index", data=ends, target=observed), observed]


def _trials(trials: pd.DataFrame, descriptions: Mapping[str, str]) -> DynamicTable:
    from pynwb.epoch import TimeIntervals

    return TimeIntervals(
        name="trials",
        description="Trials, in order of time",
        id=np.arange(len(trials)),
        columns=_columns(trials, descriptions),
        colnames=list(trials.columns),
    )


def _columns(table: pd.DataFrame, descriptions: Mapping[str, str]) -> list[VectorData]:
    from hdmf.common import VectorData

    made = []
    for name, column in table.items():
        values = column.to_numpy()
        text = descriptions.get(name, name.replace("_", " "))
        if name.endswith(EVENT) and name not in descriptions:
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
