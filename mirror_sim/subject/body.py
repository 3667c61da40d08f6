"""A body: what the muscles make of the output of motor cortex."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mirror_sim.analysis.muscle import N_POOL, STEP_S, TAU_S, THRESHOLD_HZ, spinal_pool
from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_fields, record
from mirror_sim.engine import BlockResult, Engine
from mirror_sim.scene.acts import Act


@record
class Body:
    """A pool of leaky spinal units that decides whether, when and how far the hand moves.

    Parameters
    ----------
    driven_by : str
        The population whose spikes drive the pool.
    n_pool : int
        Units of the pool.
    tau_s : float
        Time constant of the leak.
    threshold_hz : float
        What a unit takes off its drive, spikes/s: below it the hand stays at rest.
    least_hz : float
        Mean activity of the pool, above threshold, from which on the hand moves.
    full_hz : float
        Mean activity of the pool, above threshold, at which the hand moves all the way.
    delay_s : float
        From when the pool is active enough to the movement's onset.
    pool_seed : int
        Seed of the weights; they are drawn, not fitted.
    source : str
        Where the numbers come from.

    Raises
    ------
    ValueError
        If a value is not valid; the message names it and what is.
    """

    driven_by: str = "M1.PTN"
    n_pool: int = N_POOL
    tau_s: float = TAU_S
    threshold_hz: float = THRESHOLD_HZ
    least_hz: float = 0.5
    full_hz: float = 5.0
    delay_s: float = 0.05
    pool_seed: int = 0
    source: str = (
        "pool as in analysis.muscle; in grown macaques (seeds 1000, 1002) it peaks at 4 and 9 "
        "spikes/s in execution and stays at 0 in observation; delay_s is an estimate"
    )

    def __post_init__(self) -> None:
        ranges = {
            "n_pool": (1, 10_000),
            "tau_s": (0.001, 1.0),
            "threshold_hz": (0.0, 500.0),
            "least_hz": (0.0, 500.0),
            "full_hz": (0.1, 500.0),
            "delay_s": (0.0, 1.0),
            "pool_seed": (0, 2**63),
        }
        check_fields(self, "Body", ranges)
        if self.full_hz <= self.least_hz:
            raise ValueError(f"Body.full_hz is {self.full_hz}, not above least_hz {self.least_hz}")

    def check(self, engine: Engine) -> None:
        """Raise a ValueError if the circuit has not the population that drives the muscles."""
        if self.driven_by not in engine.wiring.cells:
            raise unknown("population", self.driven_by, engine.wiring.cells, where="Body.driven_by")

    def activity(self, engine: Engine, result: BlockResult) -> np.ndarray:
        """Return the activity of the pool over a block, steps of 10 ms, spikes/s; shape (n,)."""
        part = engine.wiring.cells[self.driven_by]
        own = (result.cells >= part.start) & (result.cells < part.stop)
        n_times = round(engine.block_s / STEP_S)
        counts = np.zeros((1, n_times, part.stop - part.start))
        bins = np.minimum((result.times_s[own] / STEP_S).astype(int), n_times - 1)
        np.add.at(counts[0], (bins, result.cells[own] - part.start), 1)
        activity, _ = spinal_pool(
            counts,
            n_pool=self.n_pool,
            tau_s=self.tau_s,
            threshold_hz=self.threshold_hz,
            pool_seed=self.pool_seed,
        )
        course: np.ndarray = activity[0]
        return course

    def moved(self, act: Act, course: np.ndarray, start_s: float) -> Act | None:
        """Return what becomes of an act that is commanded; None if the hand stays at rest.

        Parameters
        ----------
        act : Act
            As commanded.
        course : float array
            `activity` of the block.
        start_s : float
            When the act's trial starts, seconds from the start of the block.

        Returns
        -------
        Act or None
            Not commanded but done: from when the muscles pull, as far as they do. Screens are left
            out: they belong to the time in which the act was commanded.
        """
        first = max(round(start_s / STEP_S), 0)
        pulls = np.flatnonzero(course[first:] > self.least_hz)
        if not len(pulls):
            return None
        extent = min(float(course[first:].max()) / self.full_hz, 1.0)
        onset_s = float(pulls[0]) * STEP_S + self.delay_s
        return replace(act, commanded=False, onset_s=onset_s, extent=extent, hidden_s=())
