"""What the generated code depends on, free of Brian2 so that a cached run need not import it."""

from __future__ import annotations

from dataclasses import dataclass

from mirror_sim.plasticity import Rule

# Columns of the perturbation current; column 0 is "no current".
STIM_COLUMNS = 32
SAMPLE_MS = 10.0
RECORDED = ("v", "ge", "gn", "gi")


@dataclass(frozen=True)
class Structure:
    """What the generated code depends on; anything else is data.

    Attributes
    ----------
    n_inputs, n_cells : int
        Sizes of the two groups.
    synapses : tuple of (name, source, rule or None, inhibitory, count)
        The Synapses objects.
    dt_ms : float
        The time step.
    n_samples : int
        Length of a block in samples of 10 ms.
    n_recorded : int
        Cells whose voltage and conductances are recorded; 0 leaves the monitor out.
    """

    n_inputs: int
    n_cells: int
    synapses: tuple[tuple[str, str, Rule | None, bool, int], ...]
    dt_ms: float
    n_samples: int
    n_recorded: int = 0
