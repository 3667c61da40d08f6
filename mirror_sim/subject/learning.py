"""How a Subject learns: blocks that follow each other, each from where the last one ended."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mirror_sim.base import cache
from mirror_sim.base.files import cache_folder
from mirror_sim.base.signals import ending_in_order
from mirror_sim.base.sources import content
from mirror_sim.engine import Block, BlockResult, Engine, State, plan_blocks
from mirror_sim.engine.wiring import block_seeds
from mirror_sim.scene.trials import Protocol, Trial
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.lesions import Silence

if TYPE_CHECKING:
    from collections.abc import Iterable

Progress = Callable[[int, int], None]

# After longer learning come sessions that gain by a model without rules; meanwhile a core is idle.
BLOCKS_BEFORE_COMPILING = 8
# Over how much simulated time the change of the weights is averaged, and per what it is given.
SETTLING_S, MINUTE_S = 120.0, 60.0
# No cell's excitability changes by a current that alone would move its resting potential so far.
_MOST_SHIFT_MV = 100.0


@dataclass(frozen=True)
class Growth:
    """How a Subject learned what it learned last.

    Attributes
    ----------
    plan : Curriculum or Protocol
    curve : DataFrame
        One row a block: trials so far (``actions``), ``change``, the relative change of the plastic
        weights per minute, ``seen_spikes``, those of the cells that see hands, and the mean weight
        of each kind of plastic synapses, ``<synapses>_nS``.
    checkpoints : dict of int to state
        Plastic weights and biases after so many trials, at about every fifth of them.
    """

    plan: Curriculum | Protocol
    curve: pd.DataFrame
    checkpoints: dict[int, State] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Trials to learn from, and how the cells' biases follow meanwhile.

    Attributes
    ----------
    plan : Curriculum or Protocol
    trials : tuple of Trial
    homeostasis_pA_per_hz_s, active_share, tolerance : float
        As in `Curriculum`.
    """

    plan: Curriculum | Protocol
    trials: tuple[Trial, ...]
    homeostasis_pA_per_hz_s: float
    active_share: float
    tolerance: float


def learn(
    engine: Engine,
    state: State,
    silence: Silence,
    lesson: Lesson,
    *,
    stream_name: str,
    progress: Progress | None,
) -> tuple[Growth, State]:
    """Go through a lesson, or read what is in the cache; see `mirror_sim.Subject.learn`."""
    start = {name: cache.array_digest(array) for name, array in state.items()}
    numbers = [lesson.homeostasis_pA_per_hz_s, lesson.active_share]
    key = cache.digest(
        engine.key, start, silence.digest(), numbers, stream_name, _beginning(lesson.plan)
    )
    folder = cache_folder() / "growth" / key
    blocks = lesson_blocks(engine, lesson.trials, stream_name)
    with ending_in_order(), contextlib.ExitStack() as lock:
        growth, now = _chain(engine, state, silence, lesson, blocks, folder, lock, progress)
    _warn_of_unheld(engine, now, silence)
    return growth, now


def lesson_blocks(engine: Engine, trials: Sequence[Trial], stream_name: str) -> list[Block]:
    """Put the trials of a lesson into blocks."""
    return plan_blocks(trials, engine.block_s, block_seeds(engine.seed, f"{stream_name} blocks"))


def check_lesson(engine: Engine, lesson: Lesson, stream_name: str) -> None:
    """Raise what keeps an engine from learning by a lesson, before its first block is run.

    Raises
    ------
    ValueError
        If nothing in the circuit can learn, or a trial cannot be run.
    """
    if not any(synapses.rule is not None for synapses in engine.wiring.synapses.values()):
        raise ValueError(
            f"nothing in the circuit {engine.circuit.name!r} learns: none of its projections has a "
            "plasticity (with_plasticity)"
        )
    engine.check(lesson_blocks(engine, lesson.trials, stream_name))


def _beginning(plan: Curriculum | Protocol) -> object:
    """Return what lessons have in common of which one is the beginning of the other."""
    if isinstance(plan, Protocol):
        return plan.name
    return content(replace(plan, max_actions=1, tolerance=0.0))


def _chain(
    engine: Engine,
    state: State,
    silence: Silence,
    lesson: Lesson,
    blocks: Sequence[Block],
    folder: Path,
    lock: contextlib.ExitStack,
    progress: Progress | None,
) -> tuple[Growth, State]:
    now: dict[str, np.ndarray] = dict(state)
    carried: dict[str, np.ndarray] = {}
    rows: list[dict[str, float]] = []
    history: list[tuple[int, State]] = [(0, dict(now))]
    done, chain, locked = 0, "", False
    for block in blocks:
        if _settled(rows, engine.block_s, lesson.tolerance):
            break
        # Lessons that begin alike share the blocks that are the same so far.
        chain = cache.digest(chain, content(block))
        path = folder / f"block-{len(rows):04d}-{chain}.npz"
        stored = cache.load_arrays(path)
        if stored is None and not locked:
            # Not before: what is finished can be read where nothing can be written.
            lock.enter_context(cache.locked(folder))
            locked, stored = True, cache.load_arrays(path)
        if stored is None:
            given = silence.applied(engine, {**now, **carried}, learning=True)
            result = engine.run_block(block, given, learning=True, carry=True)
            if len(rows) == BLOCKS_BEFORE_COMPILING:
                engine.compile_ahead()
            stored = _after(engine, lesson, silence, now, block, result)
            cache.save_arrays(path, stored)
        done += len(block.trials)
        rows.append(_curve_row(engine, now, stored, done))
        now = {name: stored[name] for name in now}
        carried = carried_of(stored)
        history.append((done, dict(now)))
        if progress:
            progress(done, len(lesson.trials))
    if progress:
        progress(done, done)
    last = len(history) - 1
    kept = {history[round(k * last / 5)][0]: history[round(k * last / 5)][1] for k in range(6)}
    return Growth(lesson.plan, pd.DataFrame(rows), kept), now


def _after(
    engine: Engine,
    lesson: Lesson,
    silence: Silence,
    before: State,
    block: Block,
    result: BlockResult,
) -> dict[str, np.ndarray]:
    """Return what is kept of a block: learned weights, biases, and what the next goes on from."""
    learned = {n: capped(engine, silence, n, w) for n, w in result.learned.items()}
    bias = regulated(engine, lesson, before["cells.bias"], block, result)
    bias = np.where(silence.dead, before["cells.bias"], bias)
    seen = np.array([_seen_spikes(engine, result)])
    return {**learned, "cells.bias": bias, "seen_spikes": seen, **packed_carried(result)}


def packed_carried(result: BlockResult) -> dict[str, np.ndarray]:
    """Return what a next block goes on from as it is kept: in single precision, which is enough."""
    return {f"carried.{n}": a.astype(np.float32) for n, a in result.carried.items()}


def carried_of(stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what `packed_carried` kept, for the state of the next block."""
    return {
        name.removeprefix("carried."): array.astype(np.float64)
        for name, array in stored.items()
        if name.startswith("carried.")
    }


def _curve_row(engine: Engine, before: State, after: State, done: int) -> dict[str, float]:
    plastic = [name for name in before if name.endswith(".w")]
    weights = [(before[n], after[n]) for n in plastic if after[n].any()]
    moved = [np.abs(new - old).mean() / new.mean() for old, new in weights]
    change = float(np.mean(moved)) if moved else 0.0
    row = {"actions": done, "change": change * MINUTE_S / engine.block_s}
    row["seen_spikes"] = float(after["seen_spikes"][0])
    for name in plastic:
        row[f"{name.removesuffix('.w')}_nS"] = float(after[name].mean() * 1e9)
    return row


def _settled(rows: Sequence[Mapping[str, float]], block_s: float, tolerance: float) -> bool:
    needed = int(np.ceil(SETTLING_S / block_s))
    recent = [row["change"] for row in rows[-needed:]]
    return len(recent) == needed and float(np.mean(recent)) < tolerance


def regulated(
    engine: Engine, lesson: Lesson, bias: np.ndarray, block: Block, result: BlockResult
) -> np.ndarray:
    """Move each cell's bias against the difference of its mean rate and its target.

    So is intrinsic excitability regulated (Desai, Rutherford & Turrigiano 1999). The mean is that
    of a day in which somebody acts for ``active_share`` of the time; the plain one where nobody
    acts, or somebody always does.
    """
    wiring = engine.wiring
    counts = np.bincount(result.cells, minlength=wiring.n_cells + wiring.n_inputs)
    acting = np.zeros(len(result.times_s), dtype=bool)
    acting_s = 0.0
    for first, last in _acts_s(block, engine.block_s):
        acting |= (result.times_s > first) & (result.times_s < last)
        acting_s += last - first
    resting_s = engine.block_s - acting_s
    mean_hz = counts / engine.block_s
    if min(acting_s, resting_s) > 0:
        active = np.bincount(result.cells[acting], minlength=len(counts))
        share = lesson.active_share
        mean_hz = share * active / acting_s + (1 - share) * (counts - active) / resting_s
    error = np.where(wiring.target_hz > 0, wiring.target_hz - mean_hz[: wiring.n_cells], 0.0)
    step = lesson.homeostasis_pA_per_hz_s * engine.block_s * 1e-12
    moved: np.ndarray = bias + step * error
    return moved


def _warn_of_unheld(engine: Engine, state: State, silence: Silence) -> None:
    """Warn of living cells whose rates homeostasis held only by currents that no cell has."""
    for cells in engine.circuit.cells:
        part = engine.wiring.cells[cells.name]
        living = state["cells.bias"][part][~silence.dead[part]]
        if not len(living):
            continue
        mean_pA = float(living.mean() * 1e12)
        moved_pA = mean_pA - cells.bias_pA
        if abs(moved_pA) < _MOST_SHIFT_MV * cells.cell.gL_nS:
            continue
        does, where, change = (
            ("silences", "above", "weaken") if moved_pA < 0 else ("drives", "below", "strengthen")
        )
        warnings.warn(
            f"the background current of {cells.name} is {mean_pA:.0f} pA after this lesson, "
            f"{cells.bias_pA:g} before growth: homeostasis {does} cells that fire far {where} "
            f"their target of {cells.target_hz:g} spikes/s; {change} what excites them",
            stacklevel=5,
        )


def _acts_s(block: Block, block_s: float) -> Iterable[tuple[float, float]]:
    """Yield from when to when the first act of a trial lasts, without overlap; s of the block."""
    end_s = 0.0
    for start, trial in zip(block.starts_s, block.trials, strict=True):
        if trial.acts:
            act = trial.acts[0]
            first = max(start + act.onset_s - 0.2, end_s)
            end_s = min(start + act.release_s + 0.6, block_s)
            if end_s > first:
                yield first, end_s


def _seen_spikes(engine: Engine, result: BlockResult) -> int:
    """Count the spikes of the cells that see hands."""
    wiring = engine.wiring
    counts = np.bincount(result.cells, minlength=wiring.n_cells + wiring.n_inputs)
    hands = [p.name for p in engine.circuit.inputs if p.encodes == "hand"]
    return sum(int(counts[wiring.n_cells :][wiring.inputs[name]].sum()) for name in hands)


def capped(engine: Engine, silence: Silence, name: str, weights: np.ndarray) -> np.ndarray:
    """Scale down the plastic weights of cells whose mean is above the projection's cap.

    All synapses of a cell are scaled alike, as in synaptic scaling (Turrigiano 2008). The mean is
    that of the synapses which are not silent.
    """
    synapses = engine.wiring.synapses[name.removesuffix(".w")]
    live = ~silence.of(name.removesuffix(".w"), engine)
    group = synapses.projection * engine.wiring.n_cells + synapses.j
    mean = np.bincount(group, weights * live) / np.maximum(np.bincount(group, live), 1)
    return weights * np.minimum(1.0, synapses.mean_cap / np.maximum(mean[group], 1e-30))
