"""Blocks of trials: the unit of work, with its own seed and its own result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.trials import Trial

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
    carried : dict of str to float array
        What the next block of a chain goes on from, by Brian2 name: voltages, conductances,
        adaptation, noise and the traces of learning.
    """

    steps: np.ndarray
    cells: np.ndarray
    dt_ms: float
    learned: dict[str, np.ndarray] = field(default_factory=dict)
    traces: dict[str, np.ndarray] = field(default_factory=dict)
    carried: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def times_s(self) -> np.ndarray:
        """Spike times, seconds from the start of the block."""
        return self.steps * (self.dt_ms * 1e-3)


@checked_arguments()
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
    longest = max(round(block_s - WARM_UP_S, 6), 0.0)
    blocks: list[Block] = []
    current: list[Trial] = []
    starts: list[float] = []
    clock = WARM_UP_S
    for number, trial in enumerate(trials):
        if trial.duration_s > longest:
            raise ValueError(
                f"trial {number} ({trial.condition}) lasts {trial.duration_s:g} s; a block of "
                f"{block_s:g} s holds at most {longest:g} s"
            )
        if round(clock + trial.duration_s, 6) > block_s:
            blocks.append(Block(tuple(current), tuple(starts), next(seeds)))
            current, starts, clock = [], [], WARM_UP_S
        current.append(trial)
        starts.append(clock)
        clock = math.ceil(round((clock + trial.duration_s + GAP_S) * 100, 4)) / 100
    if current:
        blocks.append(Block(tuple(current), tuple(starts), next(seeds)))
    return blocks
