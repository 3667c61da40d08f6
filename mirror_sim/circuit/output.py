"""The default circuit with an output that may learn anew: premotor onto motor cortex."""

from __future__ import annotations

from dataclasses import replace

from mirror_sim.circuit.macaque import macaque
from mirror_sim.circuit.model import Circuit

_GUESS = (
    "a guess, chosen on seed 1000 so that an outcome while nobody moves leaves the mean weight "
    "about as it is, and practice brings back a part of a movement"
)


def relearning() -> Circuit:
    """Return the default circuit in which the links from F5 to M1 learn by outcome.

    Without an outcome they learn nothing, so a Subject grows as by `macaque`.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> learning = [p for p in relearning().projections if p.plasticity]
    >>> [(p.pre, p.post) for p in learning if p.plasticity.rule == "outcome"]
    [('F5.E+F5.PTN', 'M1.E+M1.PTN')]
    """
    made = macaque().with_plasticity(
        "F5.E+F5.PTN",
        "M1.E+M1.PTN",
        rule="outcome",
        eta=0.0004,
        w_max_nS=6.0,
        mean_cap_nS=2.0,
        decay=36.0,
        source=_GUESS,
    )
    return replace(made, name="relearning")
