"""Run independent blocks, several at a time, each from the cache if it was run before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np

from mirror_sim.base.cache import digest, load_arrays, locked, save_arrays
from mirror_sim.base.errors import require_counts
from mirror_sim.base.files import cache_folder
from mirror_sim.base.signals import ending_in_order
from mirror_sim.engine.blocks import Block, BlockResult, State
from mirror_sim.engine.compile import binary_for
from mirror_sim.engine.simulate import Engine


def run_blocks(
    engine: Engine,
    blocks: Sequence[Block],
    state: State,
    state_key: str,
    *,
    jobs: int = 1,
    record: Sequence[int] = (),
    inputs: Sequence[int] = (),
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
    inputs : sequence of int
        Input cells whose spikes are kept, too.
    progress : callable, optional
        Called with (finished, total) after each block.

    Returns
    -------
    list of BlockResult, in the order of `blocks`
        Without the spikes of the other input cells.

    Raises
    ------
    ValueError, RuntimeError
        See `Engine.run_block`. Blocks that are finished by then, or by Ctrl-C, are kept; the others
        are stopped.
    """
    require_counts(jobs=jobs)
    results: dict[int, BlockResult] = {}
    folder = cache_folder() / "blocks"
    keys = [engine.block_key(block, state_key, record) for block in blocks]
    if inputs:
        keys = [digest(key, [int(cell) for cell in inputs]) for key in keys]
    paths = [folder / f"{key}.npz" for key in keys]
    for number, path in enumerate(paths):
        stored = load_arrays(path)
        if stored is not None:
            results[number] = _unpack(stored, engine.dt_ms)
    waiting = [number for number in range(len(blocks)) if number not in results]
    if progress:
        progress(len(results), len(blocks))
    if waiting and engine.target == "cpp" and not engine.rules_are_at_hand(len(record)):
        binary_for(engine.structure(len(record)))
    stop = threading.Event()
    # Every block works in a process of its own, so threads are enough to start them.
    with ending_in_order(), ThreadPoolExecutor(jobs) as pool:
        futures: dict[Future[BlockResult], int] = {
            pool.submit(_run_and_store, engine, blocks[n], state, record, inputs, paths[n], stop): n
            for n in waiting
        }
        try:
            for future in as_completed(futures):
                results[futures[future]] = future.result()
                if progress:
                    progress(len(results), len(blocks))
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [results[number] for number in range(len(blocks))]


def _run_and_store(
    engine: Engine,
    block: Block,
    state: State,
    record: Sequence[int],
    inputs: Sequence[int],
    path: Path,
    stop: threading.Event,
) -> BlockResult:
    with locked(path):
        stored = load_arrays(path)
        if stored is None:
            result = engine.run_block(block, state, record=record, stop=stop)
            stored = _pack(engine, result, inputs)
            save_arrays(path, stored)
    return _unpack(stored, engine.dt_ms)


def _pack(engine: Engine, result: BlockResult, inputs: Sequence[int]) -> dict[str, np.ndarray]:
    """Reduce a result to the spikes that are kept, in the smallest integers that fit."""
    n_cells, n_inputs = engine.wiring.n_cells, engine.wiring.n_inputs
    wanted = np.arange(n_cells + n_inputs) < n_cells
    wanted[n_cells + np.array(inputs, dtype=int)] = True
    kept = wanted[result.cells]
    last = round(engine.block_s * 1e3 / engine.dt_ms)
    spikes = {
        "steps": result.steps[kept].astype(np.min_scalar_type(last)),
        "cells": result.cells[kept].astype(np.min_scalar_type(n_cells + n_inputs)),
    }
    return spikes | {f"trace.{name}": array for name, array in result.traces.items()}


def _unpack(stored: Mapping[str, np.ndarray], dt_ms: float) -> BlockResult:
    traces = {n.removeprefix("trace."): a for n, a in stored.items() if n.startswith("trace.")}
    steps, cells = stored["steps"].astype(np.int64), stored["cells"].astype(np.int64)
    return BlockResult(steps, cells, dt_ms, {}, traces)
