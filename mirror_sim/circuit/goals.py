"""The default circuit with prefrontal cells that are told the goal of an act by its context."""

from __future__ import annotations

from dataclasses import replace

from mirror_sim.circuit.macaque import macaque
from mirror_sim.circuit.model import Circuit
from mirror_sim.circuit.small import signal_cells

_AREA = (
    "areas 46v and 12 reach F5a, and by it the rest of F5 (Gerbella et al. 2011, Brain Struct "
    "Funct 216:43, abstract)"
)
_GUESS = "that they know the goal, their number, rate and tuning are guesses"
_DENSE = 0.5
"""Share of the cells of the goal that reach each cell of F5."""


def goal_directed(base: Circuit | None = None) -> Circuit:
    """Return the default circuit with cells that are told a goal, whose links to F5 learn.

    The links learn by the rule of those from PFG to F5. There are ten times as many, each at most a
    tenth as strong, so that a cell of F5 gets as much from both. Three settings were tried on seed
    1000; the methods page of the study `coude2019` says what came of each.

    Parameters
    ----------
    base : Circuit, optional
        `mirror_sim.macaque` if none is given; another one may have capacities already.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> [p.post for p in goal_directed().projections if p.pre == "PFC.goal"]
    ['F5.E+F5.PTN']
    """
    base = base or macaque()
    cells = signal_cells(
        "PFC.goal",
        "goal",
        400,
        latency_ms=100.0,
        features=1,
        peak_hz=40.0,
        source=f"{_AREA}; {_GUESS}",
    )
    like = base.projection("PFG.E", "F5.E+F5.PTN")
    assert like.plasticity is not None
    thinner = like.p / _DENSE
    numbers = dict(like.plasticity.parameters)
    for name in ("w_max_nS", "mean_cap_nS"):
        numbers[name] *= thinner
    learning = replace(like.plasticity, parameters=numbers)
    link = replace(
        like,
        pre=cells.name,
        p=_DENSE,
        weight_nS=like.weight_nS * thinner,
        plasticity=learning,
        source=f"{_AREA}; how many synapses there are, and their rule, are guesses",
    )
    made = base.with_population(cells).with_projection(link)
    return replace(made, name="goal-directed", source=base.source + "; cells of goals are guesses")
