"""Run blocks of trials: the unit of work, with its own seed and its own result."""

from __future__ import annotations

import logging
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mirror_sim._errors import unknown
from mirror_sim.circuit import Circuit, InputPopulation
from mirror_sim.engine.cache import (
    cache_folder,
    code_digest,
    digest,
    load_arrays,
    locked,
    save_arrays,
)
from mirror_sim.engine.compile import binary_for, compiler
from mirror_sim.engine.structure import RECORDED, SAMPLE_MS, STIM_COLUMNS, Structure
from mirror_sim.engine.wiring import Wiring, draw_wiring, stream
from mirror_sim.sensing import Encoder
from mirror_sim.trials import Trial

logger = logging.getLogger("mirror_sim")

State = Mapping[str, np.ndarray]

WARM_UP_S = 0.5
GAP_S = 0.3


@dataclass(frozen=True)
class Block:
    """A few trials, run one after the other in one simulation of fixed length.

    Attributes
    ----------
    trials : tuple of Trial
    starts_s : tuple of float
        When each trial starts, seconds from the start of the block.
    seed : int
        Seed of the spikes of the input cells and of the background noise.
    """

    trials: tuple[Trial, ...]
    starts_s: tuple[float, ...]
    seed: int


@dataclass(frozen=True)
class BlockResult:
    """Spikes of one block, and the weights at its end.

    Attributes
    ----------
    steps : int array, shape (n_spikes,)
        When each spike happened, in time steps from the start of the block; sorted.
    cells : int array, shape (n_spikes,)
        Index of the cell; input cells follow the network's.
    dt_ms : float
        The time step.
    learned : dict of str to float array
        The plastic weights at the end (siemens), as ``"<synapses>.w"``; only after learning.
    traces : dict of str to float array, shape (n_samples, n_recorded)
        Voltage (volt) and conductances (siemens) of the recorded cells, 1 kHz.
    """

    steps: np.ndarray
    cells: np.ndarray
    dt_ms: float
    learned: dict[str, np.ndarray] = field(default_factory=dict)
    traces: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def times_s(self) -> np.ndarray:
        """Spike times, seconds from the start of the block."""
        return self.steps * (self.dt_ms * 1e-3)


def plan_blocks(trials: Sequence[Trial], block_s: float, seeds: Iterator[int]) -> list[Block]:
    """Fill blocks of fixed length with trials, in order.

    Parameters
    ----------
    trials : sequence of Trial
    block_s : float
        Length of a block, seconds.
    seeds : iterator of int
        One is taken for each block.

    Raises
    ------
    ValueError
        If a trial is longer than a block can hold.
    """
    longest = block_s - WARM_UP_S
    blocks: list[Block] = []
    current: list[Trial] = []
    starts: list[float] = []
    clock = WARM_UP_S
    for number, trial in enumerate(trials):
        if trial.duration_s > longest:
            raise ValueError(
                f"trial {number} ({trial.condition.name}) lasts {trial.duration_s:g} s; a block of "
                f"{block_s:g} s holds at most {longest:g} s"
            )
        if clock + trial.duration_s > block_s:
            blocks.append(Block(tuple(current), tuple(starts), next(seeds)))
            current, starts, clock = [], [], WARM_UP_S
        current.append(trial)
        starts.append(round(clock, 3))
        clock = np.ceil((clock + trial.duration_s + GAP_S) * 100) / 100
    if current:
        blocks.append(Block(tuple(current), tuple(starts), next(seeds)))
    return blocks


class Engine:
    """A circuit made ready to run for one Subject.

    Parameters
    ----------
    circuit : Circuit
    seed : int
        Seed of wiring, cells and tuning.
    dt_ms : float
        Time step.
    block_s : float
        Length of a block; the shortest that holds the longest trial wastes least.
    target : {"auto", "cpp", "numpy"}
        ``auto`` takes C++ where there is a compiler and says so where there is none.
    """

    def __init__(
        self,
        circuit: Circuit,
        seed: int,
        *,
        dt_ms: float = 0.5,
        block_s: float = 22.5,
        target: str = "auto",
    ) -> None:
        if target not in ("auto", "cpp", "numpy"):
            raise unknown("target", target, ["auto", "cpp", "numpy"])
        if target == "auto":
            target = "cpp" if compiler() else "numpy"
            if target == "numpy":
                logger.warning(
                    "no C++ compiler (g++ and make) found: running on NumPy, ten times slower"
                )
        self.circuit, self.seed, self.dt_ms, self.block_s = circuit, seed, dt_ms, block_s
        self.target = target
        self.wiring: Wiring = draw_wiring(circuit, seed)
        self.encoders = [
            (self.wiring.inputs[p.name], Encoder.draw(p, seed=int(stream(seed, "tuning", p.name).integers(2**31))))
            for p in circuit.populations
            if isinstance(p, InputPopulation)
        ]

    def structure(self, n_recorded: int = 0) -> Structure:
        """Return what the generated code of this engine depends on."""
        return Structure(
            n_inputs=self.wiring.n_inputs,
            n_cells=self.wiring.n_cells,
            synapses=tuple(
                (name, s.source, s.rule, s.inhibitory, len(s.i))
                for name, s in self.wiring.synapses.items()
            ),
            dt_ms=self.dt_ms,
            n_samples=round(self.block_s * 1e3 / SAMPLE_MS),
            n_recorded=n_recorded,
        )

    def initial_state(self) -> State:
        """Return what growth changes, as it is before: all weights and the cells' biases.

        Returns
        -------
        dict
            ``"<synapses>.w"`` (siemens) and ``"cells.bias"`` (ampere).
        """
        weights = {f"{name}.w": s.values["w"] for name, s in self.wiring.synapses.items()}
        return {**weights, "cells.bias": self.wiring.cell_values["bias"]}

    def drive(self, block: Block) -> np.ndarray:
        """Return the input cells' rates, shape (n_samples, n_inputs), spikes/s."""
        n_samples = round(self.block_s * 1e3 / SAMPLE_MS)
        rates = np.empty((n_samples, self.wiring.n_inputs))
        for part, encoder in self.encoders:
            rates[:, part] = encoder.baseline_hz
            for start, trial in zip(block.starts_s, block.trials, strict=True):
                first = round(start * 1e3 / SAMPLE_MS)
                shown = encoder.rates(trial)
                rates[first : first + len(shown), part] = shown[: n_samples - first]
        return rates

    def stimulation(self, block: Block) -> tuple[np.ndarray, np.ndarray]:
        """Return perturbation currents (samples x columns, ampere) and each cell's column."""
        n_samples = round(self.block_s * 1e3 / SAMPLE_MS)
        courses = np.zeros((n_samples, self.wiring.n_cells), dtype=np.float32)
        for start, trial in zip(block.starts_s, block.trials, strict=True):
            for perturbation in trial.perturbations:
                cells = self.perturbed_cells(perturbation.target, perturbation.units)
                first = round((start + perturbation.start_s) * 1e3 / SAMPLE_MS)
                last = round((start + perturbation.stop_s) * 1e3 / SAMPLE_MS)
                courses[first:last, cells] += perturbation.current_pA * 1e-12
        stim = np.zeros((n_samples, STIM_COLUMNS))
        touched = np.flatnonzero(courses.any(axis=0))
        slot = np.zeros(self.wiring.n_cells, dtype=np.int32)
        if len(touched):
            columns, which = np.unique(courses[:, touched], axis=1, return_inverse=True)
            if columns.shape[1] >= STIM_COLUMNS:
                raise ValueError(
                    f"a block has {columns.shape[1]} different perturbation courses; at most "
                    f"{STIM_COLUMNS - 1} fit"
                )
            stim[:, 1 : 1 + columns.shape[1]] = columns
            slot[touched] = 1 + which
        return stim, slot

    def perturbed_cells(self, target: str, units: Sequence[int] | None) -> np.ndarray:
        """Return the indices of a population's cells, or of those listed of it."""
        if target not in self.wiring.cells:
            raise unknown("population", target, list(self.wiring.cells), where="a perturbation")
        part = self.wiring.cells[target]
        everyone = np.arange(part.start, part.stop)
        if units is None:
            return everyone
        chosen = np.asarray(units, dtype=int)
        if len(chosen) and (chosen.min() < 0 or chosen.max() >= len(everyone)):
            raise ValueError(
                f"a perturbation of {target} names unit {chosen.max()}; it has {len(everyone)} units"
            )
        return everyone[chosen]

    def values(
        self, block: Block, state: State, learning: bool
    ) -> dict[str, np.ndarray]:
        """Return every array that a block is run with, by Brian2 name ("object.variable")."""
        stim, slot = self.stimulation(block)
        arrays: dict[str, np.ndarray] = {"drive.values": self.drive(block), "stim.values": stim}
        for name, value in self.wiring.cell_values.items():
            arrays[f"cells.{name}"] = value
        arrays["cells.v"] = self.wiring.cell_values["EL"]
        arrays["cells.slot"] = slot
        for name, value in self.wiring.shared.items():
            arrays[f"cells.{name}"] = np.array([value])
        arrays["cells.block_seed"] = np.array([block.seed & 0x7FFFFFFF], dtype=np.int32)
        for name, synapses in self.wiring.synapses.items():
            for variable, value in synapses.values.items():
                arrays[f"{name}.{variable}"] = value
            if synapses.rule is not None and not learning:
                arrays[f"{name}.eta"] = np.zeros(len(synapses.i))
        return {**arrays, **state}

    def run_block(
        self,
        block: Block,
        state: State,
        *,
        learning: bool = False,
        record: Sequence[int] = (),
    ) -> BlockResult:
        """Simulate one block.

        Parameters
        ----------
        block : Block
        state : dict of str to float array
            Weights and biases, see `initial_state`.
        learning : bool
            Whether the plastic weights change.
        record : sequence of int
            Cells whose voltage and conductances are returned; they need a second binary, which
            is compiled once.
        """
        values = self.values(block, state, learning)
        plastic = [n for n, s in self.wiring.synapses.items() if s.rule is not None]
        kept = plastic if learning else []
        structure = self.structure(len(record))
        if self.target == "numpy":
            from mirror_sim.engine.runtime import run_on_numpy

            return run_on_numpy(structure, self.wiring, values, kept, list(record), block.seed)
        return _run_binary(structure, self.wiring, values, kept, list(record))

    def block_key(self, block: Block, state_key: str, record: Sequence[int] = ()) -> str:
        """Return the content key of a block's result."""
        return digest(
            self.circuit.digest(), self.seed, self.dt_ms, self.block_s, self.target,
            code_digest(), state_key, repr(block), list(record),
        )


def _write(path: Path, array: np.ndarray) -> None:
    np.ascontiguousarray(array).tofile(path)


def _run_binary(
    structure: Structure,
    wiring: Wiring,
    values: Mapping[str, np.ndarray],
    kept: Sequence[str],
    record: Sequence[int],
) -> BlockResult:
    binary = binary_for(structure) / "main"
    with tempfile.TemporaryDirectory(prefix="mirror_sim-") as name:
        folder = Path(name)
        (folder / "static_arrays").mkdir()
        (folder / "results").mkdir()
        static = folder / "static_arrays"
        _write(static / "drive_values", values["drive.values"])
        _write(static / "stim_values", values["stim.values"])
        for group, synapses in wiring.synapses.items():
            _write(static / f"_static_array__array_{group}_sources", synapses.i)
            _write(static / f"_static_array__array_{group}_targets", synapses.j)
            _write(static / f"_static_array__dynamic_array_{group}_delay", synapses.delay)
        if record:
            _write(static / "_static_array__array_trace__indices", np.asarray(record, np.int32))
        arguments = []
        for variable, array in values.items():
            if not variable.endswith(".values"):
                _write(folder / variable, array)
                arguments.append(f"{variable}={variable}")
        # A session of its own: Ctrl-C stops Python, which then ends the binary.
        process = subprocess.Popen(
            [binary, *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate()
        except BaseException:
            process.kill()
            raise
        if process.returncode != 0 or b"rror" in output:
            raise RuntimeError(
                f"the simulation failed ({process.returncode}): {output.decode()[-2000:]}"
            )
        return _read_results(folder / "results", structure, wiring, kept)


def _read_results(
    folder: Path, structure: Structure, wiring: Wiring, kept: Sequence[str]
) -> BlockResult:
    found = {}
    for path in folder.iterdir():  # Brian2 ends each name with a hash
        found[path.name.rsplit("_", 1)[0]] = path
    times, cells = [], []
    for monitor, offset in (("cell_spikes", 0), ("input_spikes", wiring.n_cells)):
        times.append(np.fromfile(found[f"_dynamic_array_{monitor}_t"]))
        who = np.fromfile(found[f"_dynamic_array_{monitor}_i"], dtype=np.int32)
        cells.append(who + offset)
    learned = {f"{name}.w": np.fromfile(found[f"_dynamic_array_{name}_w"]) for name in kept}
    traces = {}
    if structure.n_recorded:
        for variable in RECORDED:
            flat = np.fromfile(found[f"_dynamic_array_trace_{variable}"])
            traces[variable] = flat.reshape(-1, structure.n_recorded)
    return make_result(
        np.concatenate(times), np.concatenate(cells), structure.dt_ms, learned, traces
    )


def make_result(
    times_s: np.ndarray,
    cells: np.ndarray,
    dt_ms: float,
    learned: dict[str, np.ndarray],
    traces: dict[str, np.ndarray],
) -> BlockResult:
    """Sort spikes by time, then cell, and keep them as numbers of time steps."""
    steps = np.rint(times_s / (dt_ms * 1e-3)).astype(np.int64)
    order = np.lexsort((cells, steps))
    return BlockResult(steps[order], cells[order].astype(np.int64), dt_ms, learned, traces)


def run_blocks(
    engine: Engine,
    blocks: Sequence[Block],
    state: State,
    state_key: str,
    *,
    jobs: int = 1,
    record: Sequence[int] = (),
    progress: Callable[[int, int], None] | None = None,
) -> list[BlockResult]:
    """Run independent blocks, each taken from the cache if it was run before.

    Parameters
    ----------
    engine : Engine
    blocks : sequence of Block
    state : dict of str to float array
        Weights and biases, see `Engine.initial_state`.
    state_key : str
        Its content key.
    jobs : int
        Blocks at a time. The spikes are the same bits for any number.
    record : sequence of int
        Cells whose voltage and conductances are recorded.
    progress : callable, optional
        Called with (finished, total) after each block.

    Returns
    -------
    list of BlockResult, in the order of `blocks`
    """
    results: list[BlockResult | None] = [None] * len(blocks)
    waiting = []
    paths = [
        cache_folder() / "blocks" / f"{engine.block_key(block, state_key, record)}.npz"
        for block in blocks
    ]
    for number, path in enumerate(paths):
        stored = load_arrays(path)
        if stored is None:
            waiting.append(number)
        else:
            results[number] = _unpack(stored, engine.dt_ms)
    done = len(blocks) - len(waiting)
    if progress:
        progress(done, len(blocks))
    if waiting and engine.target == "cpp":
        binary_for(engine.structure(len(record)))
    with _pool(engine.target, jobs) as pool:
        futures: dict[Future[BlockResult], int] = {
            pool.submit(_run_and_store, engine, blocks[n], state, record, paths[n]): n
            for n in waiting
        }
        try:
            for future in as_completed(futures):
                results[futures[future]] = future.result()
                done += 1
                if progress:
                    progress(done, len(blocks))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [result for result in results if result is not None]


def _pool(target: str, jobs: int) -> Executor:
    # The C++ target works in processes of its own, so threads are enough to start them.
    return ThreadPoolExecutor(jobs) if target == "cpp" else ProcessPoolExecutor(jobs)


def _run_and_store(
    engine: Engine,
    block: Block,
    state: State,
    record: Sequence[int],
    path: Path,
) -> BlockResult:
    with locked(path):
        stored = load_arrays(path)
        if stored is None:
            stored = _pack(engine, engine.run_block(block, state, record=record))
            save_arrays(path, stored)
    return _unpack(stored, engine.dt_ms)


def _pack(engine: Engine, result: BlockResult) -> dict[str, np.ndarray]:
    """Reduce a result to what is kept: the network's spikes, in the smallest integers that fit."""
    networked = result.cells < engine.wiring.n_cells
    last = round(engine.block_s * 1e3 / engine.dt_ms)
    kept = {
        "steps": result.steps[networked].astype(np.min_scalar_type(last)),
        "cells": result.cells[networked].astype(np.min_scalar_type(engine.wiring.n_cells)),
    }
    return kept | {f"trace.{name}": array for name, array in result.traces.items()}


def _unpack(stored: Mapping[str, np.ndarray], dt_ms: float) -> BlockResult:
    traces = {n.removeprefix("trace."): a for n, a in stored.items() if n.startswith("trace.")}
    steps, cells = stored["steps"].astype(np.int64), stored["cells"].astype(np.int64)
    return BlockResult(steps, cells, dt_ms, {}, traces)
