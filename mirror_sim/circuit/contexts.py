"""The default circuit with prefrontal cells of a context in which what is seen is not answered."""

from __future__ import annotations

from dataclasses import replace

from mirror_sim.circuit.macaque import macaque
from mirror_sim.circuit.model import Circuit
from mirror_sim.circuit.small import link, signal_cells

CONTEXT = "PFC.context"
_GUESS = "a guess, chosen on seed 1000 so that the context halves what F5 answers to seen acts"


def contextual() -> Circuit:
    """Return the default circuit with cells that fire where what is seen is not to be answered.

    They excite the inhibitory cells of PFG, through which seen hands reach F5. They learn nothing
    and are next to silent without their signal, so a Subject grows as by `macaque`.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> [(p.post, p.plasticity) for p in contextual().projections if p.pre == "PFC.context"]
    [('PFG.FS', None)]
    """
    base = macaque()
    cells = signal_cells(CONTEXT, "context", 200, latency_ms=100.0, peak_hz=40.0, source=_GUESS)
    made = base.with_population(cells).with_projection(
        link(CONTEXT, "PFG.FS", 0.2, 0.5, delay_ms=5.0, source=_GUESS)
    )
    return replace(made, name="contextual", source=base.source + "; context cells are guesses")
