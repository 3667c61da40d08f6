"""Run one block in a process: a folder of arrays goes in, another comes out.

A compiled model and the NumPy worker read and write the same files.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from mirror_sim.base import locks
from mirror_sim.base.errors import DivergedError
from mirror_sim.base.files import named
from mirror_sim.engine.blocks import BlockResult
from mirror_sim.engine.brian.structure import (
    CARRIED,
    CARRIED_TIMES,
    LEAST,
    RECORDED,
    SAMPLE_MS,
    Structure,
    cell_traces,
)
from mirror_sim.engine.children import run_child
from mirror_sim.engine.compile import binary_for, worker_command
from mirror_sim.engine.wiring import SynapseArrays, Wiring

_PREFIX = "mirror_sim-run-"
_MORE_ROOM = "runs put their files into {}; set TMPDIR to a folder on a disk with more room"
# What is 0 in a synapse that is there only to make two.
_NOTHING = ("w", "w_max", "eta")


def run_block(
    structure: Structure,
    wiring: Wiring,
    values: Mapping[str, np.ndarray],
    order: Mapping[str, np.ndarray],
    *,
    target: str,
    learning: bool,
    carry: bool,
    record: Sequence[int],
    stop: threading.Event | None,
) -> BlockResult:
    """Run one block on a target; see `mirror_sim.engine.Engine.run_block`.

    Parameters
    ----------
    structure : Structure
    wiring : Wiring
    values : dict of str to array
        See `mirror_sim.engine.Engine.values`.
    order : dict of str to int array
        By which each kind of synapses is written, see `by_arrival`; it changes no result.
    target : {"cpp", "numpy"}
    learning : bool
        Whether the plastic weights are returned.
    carry : bool
        Whether all that a next block goes on from is returned.
    record : sequence of int
        Cells whose traces are returned.
    stop : threading.Event or None
        Ends the run when set.

    Raises
    ------
    RuntimeError
        If the simulation fails, or its results are not whole.
    """
    compiled = target == "cpp"
    model = binary_for(structure, stop=stop) if compiled else None
    command = [str(model / "main")] if model else []
    record = list(record)
    wiring, values = _arranged(wiring, values, order)
    with _run_folder() as folder:
        (folder / "results").mkdir()
        (folder / "static_arrays").mkdir()
        (folder / "structure").write_text(structure.to_json(), encoding="utf-8")
        _write_static(folder, wiring, values, record, model)
        for name, array in values.items():
            if not name.endswith(".values"):
                _write(folder / name, _padded(name, array, wiring) if compiled else array)
                if compiled:
                    command.append(f"{name}={name}")
        if not compiled:
            command = worker_command("run", folder)
        output = run_child("the simulation failed", command, folder, stop=stop)
        if compiled and "Error" in output:  # Brian2's code goes on after a file that it cannot read
            raise RuntimeError(f"the simulation failed: {output[-2000:]}")
        result = _read_results(folder / "results", structure, wiring, learning, carry)
    for arrays in (result.learned, result.carried):
        for name, found in arrays.items():
            if (owner := name.split(".")[0]) in order:
                found[order[owner]] = found.copy()
    return result


def by_arrival(synapses: SynapseArrays, dt_ms: float) -> np.ndarray:
    """Return the order by presynaptic cell and, of each, by the step at which a spike arrives.

    What a simulation works on in a step then lies together in memory, which saves time. No sum of
    conductances changes its order, so no bit changes.
    """
    steps = np.floor(synapses.delay / (dt_ms * 1e-3) + 0.5)
    return np.lexsort((steps, synapses.i))


def _arranged(
    wiring: Wiring, values: Mapping[str, np.ndarray], order: Mapping[str, np.ndarray]
) -> tuple[Wiring, dict[str, np.ndarray]]:
    """Return the wiring and the values with the synapses in another order."""
    synapses = {
        name: replace(s, i=s.i[order[name]], j=s.j[order[name]], delay=s.delay[order[name]])
        for name, s in wiring.synapses.items()
    }
    owners = {name: name.split(".")[0] for name in values}
    # What one value serves has no order.
    arranged = {
        name: array[order[owners[name]]] if owners[name] in order and len(array) > 1 else array
        for name, array in values.items()
    }
    return replace(wiring, synapses=synapses), arranged


@contextmanager
def _run_folder() -> Iterator[Path]:
    """Yield a new folder that goes when the run ends.

    A killed process cannot clear up: its folders go at somebody's next run. A lock, which the
    operating system frees when its holder dies, tells which folders are in use.
    """
    place = Path(tempfile.gettempdir())
    clear_runs(place)
    with _room_in(place):
        folder, note, handle = _locked(place)
        try:
            folder.mkdir(mode=0o700)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            note.unlink(missing_ok=True)
            if handle is not None:
                os.close(handle)


def _locked(place: Path) -> tuple[Path, Path, int | None]:
    """Return a new folder's path, its lock and the lock's handle; None where there are no locks."""
    while True:
        folder = place / f"{_PREFIX}{uuid.uuid4().hex}"
        note = Path(f"{folder}.lock")
        try:
            handle = locks.take(note)
        except locks.NoLocksError:
            return folder, note, None
        # Else a process that clears up came between making the lock and holding it, and would
        # remove the folder, too.
        if handle is not None:
            return folder, note, handle


@contextmanager
def _room_in(place: Path) -> Iterator[None]:
    """Say what to do where the disk of the runs is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        if not Path(error.filename or place).is_relative_to(place):
            raise
        reason = f"{error.strerror}: {_MORE_ROOM.format(place)}"
        raise OSError(error.errno, reason, str(error.filename or place)) from error


def clear_runs(place: Path) -> None:
    """Remove the folders that killed processes left, not those in use or another user's."""
    for note in place.glob(f"{_PREFIX}*.lock"):
        with contextlib.suppress(OSError, locks.NoLocksError):
            handle = locks.take(note)
            if handle is not None:
                try:
                    if note.with_suffix("").exists():
                        shutil.rmtree(note.with_suffix(""))
                    note.unlink(missing_ok=True)
                finally:
                    os.close(handle)


def _write(path: Path, array: np.ndarray) -> None:
    # Not by tofile, whose error of a full disk says neither that nor where.
    with named(path), path.open("wb") as file:
        file.write(np.ascontiguousarray(array).data)


def _write_static(
    folder: Path,
    wiring: Wiring,
    values: Mapping[str, np.ndarray],
    record: list[int],
    model: Path | None,
) -> None:
    static = folder / "static_arrays"
    padded = model is not None
    delays = json.loads((model / "delays.json").read_text()) if model else {}
    _write(static / "drive_values", values["drive.values"])
    _write(static / "stim_values", values["stim.values"])
    if "factor.values" in values:
        _write(static / "factor_values", values["factor.values"])
    for name, synapses in wiring.synapses.items():
        for file, array in (
            (f"_static_array__array_{name}_sources", synapses.i),
            (f"_static_array__array_{name}_targets", synapses.j),
            (f"_static_array_{delays.get(name, f'_dynamic_array_{name}_delay')}", synapses.delay),
        ):
            _write(static / file, np.resize(array, max(len(array), LEAST)) if padded else array)
    if record:
        indices = np.array(record, dtype=np.int32)
        if padded:
            indices = np.resize(indices, max(len(indices), LEAST))
        _write(static / "_static_array__array_trace__indices", indices)


def _padded(name: str, array: np.ndarray, wiring: Wiring) -> np.ndarray:
    """Add a synapse that does nothing to a lone one; see `LEAST`."""
    owner, variable = name.split(".")
    if owner not in wiring.synapses or len(wiring.synapses[owner].i) >= LEAST:
        return array
    return np.append(array, 0.0 if variable in _NOTHING else array[-1])


def _read_results(
    folder: Path, structure: Structure, wiring: Wiring, learning: bool, carry: bool
) -> BlockResult:
    _check_completed(folder)
    found = {path.name.rsplit("_", 1)[0]: path for path in folder.iterdir()}  # less Brian2's hash

    times, cells = [], []
    for monitor, offset in (("cell_spikes", 0), ("input_spikes", wiring.n_cells)):
        n_spikes = int(_read(found[f"_array_{monitor}_N"], 1, np.int32)[0])
        times.append(_read(found[f"_dynamic_array_{monitor}_t"], n_spikes))
        cells.append(_read(found[f"_dynamic_array_{monitor}_i"], n_spikes, np.int32) + offset)
    learned = {}
    for name in (name for name, s in wiring.synapses.items() if learning and s.rule is not None):
        weights = _read(found[f"_dynamic_array_{name}_w"], len(wiring.synapses[name].i))
        if not np.isfinite(weights).all():
            raise DivergedError(f"the learning rule of {name} made weights that are not finite")
        learned[f"{name}.w"] = weights
    traces = {}
    for variable in RECORDED if structure.n_recorded else ():
        flat = np.fromfile(found[f"_dynamic_array_trace_{variable}"])
        shaped = flat.reshape(structure.n_samples * 10, -1)
        traces[variable] = shaped[:, : structure.n_recorded]
    steps = np.rint(np.concatenate(times) / (structure.dt_ms * 1e-3)).astype(np.int64)
    who = np.concatenate(cells).astype(np.int64)
    # A monitor lists the spikes of a step by index: a stable sort by step, fast for small integers,
    # keeps that order, the inputs last.
    order = np.argsort(steps.astype(np.min_scalar_type(steps.max(initial=0))), kind="stable")
    carried = _read_carried(found, structure, wiring) if carry else {}
    return BlockResult(steps[order], who[order], structure.dt_ms, learned, traces, carried)


def _read_carried(
    found: Mapping[str, Path], structure: Structure, wiring: Wiring
) -> dict[str, np.ndarray]:
    """Read what a next block goes on from; its times count from the start of that one."""
    of_cells = list(CARRIED)
    carried = {}
    for name, _, rule, *_, shared in structure.synapses:
        kept = cell_traces(rule, shared) if rule is not None else {}
        of_cells += [f"{name}_{trace}" for trace in kept]
        for variable in (*rule.trace_names, "lastupdate") if rule is not None else ():
            file = found.get(f"_dynamic_array_{name}_{variable}")
            if file is not None:
                carried[f"{name}.{variable}"] = _read(file, len(wiring.synapses[name].i))
    for variable in of_cells:
        carried[f"cells.{variable}"] = _read(found[f"_array_cells_{variable}"], wiring.n_cells)
    return later(carried, structure.n_samples * SAMPLE_MS * 1e-3)


def later(carried: Mapping[str, np.ndarray], seconds: float) -> dict[str, np.ndarray]:
    """Return what is carried so that its times count from so many seconds later."""
    return {
        name: array - seconds if name.split(".")[1] in CARRIED_TIMES else array
        for name, array in carried.items()
    }


def _check_completed(folder: Path) -> None:
    try:
        completed = float((folder / "last_run_info.txt").read_text().split()[1])
    except (OSError, IndexError):
        completed = 0.0
    if completed < 0.9999:
        raise RuntimeError(f"the simulation ended after {100 * completed:.1f} % of the block")


def _read(path: Path, length: int, dtype: type = np.float64) -> np.ndarray:
    """Read an array; the model that wrote it does not notice a full disk."""
    array: np.ndarray = np.fromfile(path, dtype=dtype)
    if len(array) < length:
        raise RuntimeError(
            f"the simulation wrote {len(array)} of {length} values; is the disk full? "
            + _MORE_ROOM.format(tempfile.gettempdir())
        )
    return array[:length]
