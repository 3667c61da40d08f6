"""The default circuit with prefrontal cells of cues, which may come to call up an act in F5."""

from __future__ import annotations

from dataclasses import replace

from mirror_sim.circuit.macaque import macaque
from mirror_sim.circuit.model import Circuit, Plasticity, Projection
from mirror_sim.circuit.small import signal_cells

_GUESS = "a guess, chosen on seed 1000 so that practice teaches"


def cued() -> Circuit:
    """Return the default circuit with cells of arbitrary cues, whose links to F5 learn by outcome.

    Without an outcome they learn nothing, so a Subject grows as by `macaque`.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> [p.pre for p in cued().projections if p.plasticity and p.plasticity.rule == "outcome"]
    ['PFC.cue']
    """
    base = macaque()
    cue = signal_cells(
        "PFC.cue", "cue", 200, latency_ms=100.0, features=1, peak_hz=40.0, source=_GUESS
    )
    learning = Plasticity(
        rule="outcome",
        parameters={"eta": 0.002, "w_max_nS": 3.0, "mean_cap_nS": 3.0},
        source=_GUESS,
    )
    link = Projection(
        pre="PFC.cue",
        post="F5.E+F5.PTN",
        p=0.2,
        weight_nS=0.02,
        weight_sigma=0.0,
        delay_ms=5.0,
        delay_sd_ms=2.0,
        synapse="excitatory",
        nmda=0.03,
        plasticity=learning,
        source=_GUESS,
    )
    made = base.with_population(cue).with_projection(link)
    return replace(made, name="cued", source=base.source + "; cue cells are guesses")
