"""A circuit for two effectors: acts of a hand and of a foot, seen and done, and what else is there.

It is made to compare learning rules, so everything that reaches F5 from the senses learns alike.
"""

from __future__ import annotations

from functools import partial

from mirror_sim.circuit import small
from mirror_sim.circuit.model import Circuit, Plasticity

_GUESS = "a guess, chosen on seed 1000"

SENSES = ("STS.act", "A1.tone", "PFC.context")
"""What reaches F5 by synapses that learn: an act that is seen, a tone, and where one is."""

ETA = {
    "hebb": 0.01,
    "hebb_symmetric": 0.005,
    "stdp_pair": 0.01,
    "stdp_triplet": 0.01,
    "bcm": 1e-3,
    "covariance": 2e-4,
    "prediction_error": 4e-4,
}
"""The learning rate of each rule: such that 40 pairings of each act undo most of growth."""
_PARAMETERS = {"prediction_error": {"gain": 1.5e9}}


def effectors(rule: str = "hebb") -> Circuit:
    """Return a circuit in which the sight of an act, a tone and the context may come to drive F5.

    Parameters
    ----------
    rule : str
        By which all of them learn.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> {p.plasticity.rule for p in effectors("bcm").projections if p.plasticity}
    {'bcm'}
    """
    cells = partial(small.signal_cells, latency_ms=60.0, source=_GUESS)
    fixed = partial(small.link, delay_ms=2.5, source=_GUESS)
    numbers = {"eta": ETA[rule], "w_max_nS": 6.0, "mean_cap_nS": 1.5, **_PARAMETERS.get(rule, {})}
    learning = Plasticity(rule=rule, parameters=numbers, source=_GUESS)
    return Circuit(
        name="effectors",
        populations=(
            cells("STS.act", "act", 200, features=1),
            cells("A1.tone", "tone", 100),
            cells("PFC.context", "context", 100),
            small.signal_cells(
                "F6.command", "command", 200, features=1, latency_ms=1.0, source=_GUESS
            ),
            *small.regulated_cells("F5", 200, 60.0, 4.0, "premotor cells of hand and foot"),
        ),
        projections=(
            *small.connected("F5"),
            fixed("F6.command", "F5.E", 0.05, 3.0, sigma=1.5),
            # What is commanded silences the other effector's cells.
            fixed("F6.command", "F5.FS", 0.2, 2.5),
            *(fixed(sense, "F5.E", 0.1, 0.05, sigma=0.0, plasticity=learning) for sense in SENSES),
        ),
        source="this package",
    )
