"""From what happens in a trial to the firing rates of a population of input cells."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mirror_sim.scene.actions import FloatArray
from mirror_sim.scene.trials import Trial
from mirror_sim.senses.registry import Cells, Sense, sense_of
from mirror_sim.senses.tuning import STEP_MS


def n_bins(trial: Trial) -> int:
    """Count the bins that cover a trial."""
    # Rounding first keeps 3.6 s from becoming 361 bins.
    return int(np.ceil(round(trial.duration_s * 1000.0 / STEP_MS, 6)))


@functools.lru_cache(maxsize=64)
def _tuned(sense: Sense, cells: Cells, seed: int) -> Any:
    """Draw the tuning of a population once: a run makes several engines of a circuit and a seed."""
    return sense.tuning(cells, np.random.default_rng(seed))


@dataclass(frozen=True, eq=False)
class Encoder:
    """The cells of one input population, their tuning drawn once from a seed.

    Attributes
    ----------
    cells : InputPopulation
    sense : Sense
    tuning : object
        What the sense's `tuning` drew.
    """

    cells: Cells
    sense: Sense
    tuning: Any

    @classmethod
    def draw(cls, cells: Cells, seed: int) -> Encoder:
        """Draw the tuning of a population's cells.

        Parameters
        ----------
        cells : InputPopulation
        seed : int
            Decides the tuning.

        Raises
        ------
        ValueError
            If the population encodes what no sense does.

        Examples
        --------
        >>> from mirror_sim import InputPopulation, make_trial
        >>> cells = InputPopulation(name="STS", area="STS", n=50, encodes="hand", baseline_hz=3.0,
        ...                         peak_hz=60.0)
        >>> encoder = Encoder.draw(cells, seed=1)
        >>> rng = np.random.default_rng(1)
        >>> encoder.rates(make_trial("observe", "grasp-precision", rng=rng)).shape
        (360, 50)
        """
        sense = sense_of(cells.encodes, where=f"input population {cells.name!r}")
        return cls(cells, sense, _tuned(sense, cells, seed))

    def rates(self, trial: Trial, *, seed: Sequence[int] = (0,)) -> FloatArray:
        """Compute the firing rates of a trial.

        Parameters
        ----------
        trial : Trial
            What happens.
        seed : sequence of int
            Of the generator that the sense's drive may ask for.

        Returns
        -------
        float array, shape (n_bins, n), spikes/s
            One row every 10 ms, from trial start to the end of the trial.

        Raises
        ------
        ValueError
            If the sense drives otherwise than its definition says.
        """
        bins = n_bins(trial)
        times_s = (np.arange(bins, dtype=np.float64) + 0.5) * (STEP_MS / 1000.0)
        more = {"rng": np.random.default_rng(list(seed))} if self.sense.draws else {}
        drive = np.array(self.sense.drive(trial, self.tuning, times_s, **more), dtype=float)
        where = f"the drive of sense {self.sense.name!r} for {self.cells.name!r}"
        if drive.shape != (bins, self.cells.n):
            raise ValueError(
                f"{where} has shape {drive.shape}; it must be (n_times, n_cells), "
                f"{(bins, self.cells.n)}"
            )
        if not (drive.min(initial=0.0) >= 0.0 and drive.max(initial=0.0) <= 1.0 + 1e-9):
            raise ValueError(
                f"{where} goes from {drive.min():g} to {drive.max():g}; it must stay in 0 to 1"
            )
        drive *= self.cells.peak_hz - self.cells.baseline_hz
        drive += self.cells.baseline_hz
        return drive
