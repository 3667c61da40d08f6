"""The default circuit with cells that hear, whose links to PFG learn as those of seen hands do."""

from __future__ import annotations

from dataclasses import replace

from mirror_sim.circuit.macaque import macaque
from mirror_sim.circuit.model import Circuit, InputPopulation

HEARS = "A1"
_CELLS = "a modelling choice, half as many cells as STS; chosen on seed 1000 so that F5 answers"
_LINK = (
    "a modelling choice, with all numbers of STS -> PFG.E. Sounds raise activity in the parietal "
    "cortex of awake macaques (Ortiz-Rios et al. 2015, Front Neurosci 9:113); by which stations "
    "they reach PFG is not known well enough"
)


def hearing(base: Circuit | None = None) -> Circuit:
    """Return the default circuit with an input that hears sounds.

    A1 stands for the auditory cortex as a whole. It reaches PFG as STS does, by a projection of the
    same rule and the same numbers, and F5 by way of PFG alone. Whatever else there is stays.

    Parameters
    ----------
    base : Circuit, optional
        `mirror_sim.macaque` if none is given; another one may have capacities already.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> [(p.post, p.plasticity.rule) for p in hearing().projections if p.pre == "A1"]
    [('PFG.E', 'hebb')]
    """
    base = base or macaque()
    (seen,) = (cells for cells in base.inputs if cells.name == "STS")
    (sight,) = (p for p in base.projections if (p.pre, p.post) == ("STS", "PFG.E"))
    cells = InputPopulation(
        name=HEARS,
        area=HEARS,
        n=seen.n // 2,
        encodes="signal:sound",
        features=2,
        baseline_hz=seen.baseline_hz,
        peak_hz=100.0,
        width=0.1,
        latency_ms=50.0,
        source=_CELLS,
    )
    made = base.with_population(cells).with_projection(replace(sight, pre=HEARS, source=_LINK))
    return replace(made, name="hearing", source=base.source + "; hearing is a modelling choice")
