"""The default circuit with a second effector: a mouth that acts, is felt, and is seen of others."""

from __future__ import annotations

from dataclasses import replace

from mirror_sim.circuit.macaque import macaque
from mirror_sim.circuit.model import Circuit, InputPopulation, Projection

SEES, COMMANDS, FEELS = "STS.mouth", "F6.mouth", "area2.mouth"

# Aperture, protrusion, speed and sideways shift; of a mouth that is felt, the first two. So each
# population gets about the drive of that of the hand from its acts.
_LIKE = {
    SEES: ("STS", "signal:mouth", 4, 100.0),
    COMMANDS: ("F6.command", "signal:mouth.command", 4, -100.0),
    FEELS: ("area2", "signal:mouth.felt", 2, 50.0),
}
"""By population: that of the hand which it is like, what it encodes, in how many features, and how
late it is (ms)."""

_GUESS = "a modelling choice: as many cells, with the rates, tuning width and latency, as of hands"
_LINK = "a modelling choice: all numbers of the link of the hand's cells"


def mouths(base: Circuit | None = None) -> Circuit:
    """Return the default circuit with cells that see, command and feel a mouth.

    Each population has the numbers of that of the hand, and so have its links. Those that see
    mouths reach PFG, by the link that learns; those that command reach F5; those that feel reach
    PFG. M1 is left to the hand. F5 and PFG have no cells of a mouth: whether one is of the hand, of
    the mouth or of both comes from its connections.

    Parameters
    ----------
    base : Circuit, optional
        `mirror_sim.macaque` if none is given; another one may have capacities already.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> [p.post for p in mouths().projections if p.pre == "STS.mouth" and p.plasticity]
    ['PFG.E']
    """
    made = base = base or macaque()
    for name, (like, encodes, features, latency_ms) in _LIKE.items():
        cells = base.population(like)
        assert isinstance(cells, InputPopulation)
        made = made.with_population(
            replace(
                cells,
                name=name,
                encodes=encodes,
                features=features,
                latency_ms=latency_ms,
                source=_GUESS,
            )
        )
        for link in (p for p in base.projections if p.pre == like and _reaches(p)):
            made = made.with_projection(replace(link, pre=name, source=_LINK))
    return replace(made, name="mouths", source=base.source + "; the mouth is a modelling choice")


def _reaches(link: Projection) -> bool:
    """Return whether a mouth has the link of a hand: of sight what learns, of the rest not M1."""
    if link.pre == "STS":
        return link.plasticity is not None
    return not link.post.startswith("M1.")
