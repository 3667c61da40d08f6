"""A circuit for echoes: a gesture of the face that is seen, and its pattern generator.

All of it is a guess but for its cells; the face is one that the Subject cannot see of itself.
"""

from __future__ import annotations

from functools import partial

from mirror_sim.circuit import small
from mirror_sim.circuit.model import Circuit

_GUESS = "a guess, chosen on seed 1000 so that a strong urge makes the pattern generator fire"


def echo() -> Circuit:
    """Return a circuit in which seeing a gesture may come to release it.

    An urge drives the pattern generator (YPG) and a part of F5; another gesture has its own
    command. Sight reaches YPG by way of F5 and by a direct route; both learn, as does F5 to YPG.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> [p.pre for p in echo().projections if p.post == "YPG.E" and p.plasticity]
    ['F5.E', 'STS.face']
    """
    cells = partial(small.signal_cells, latency_ms=60.0, source=_GUESS)
    fixed = partial(small.link, delay_ms=2.5, source=_GUESS)
    routes = "sight reaches the pattern generator by F5 and by a direct route; "
    learned = partial(small.learned, source=routes + _GUESS)
    return Circuit(
        name="echo",
        populations=(
            cells("STS.face", "face", 200, features=1),
            cells("hypothalamus.urge", "urge", 100),
            cells("F6.gesture", "gesture", 100),
            *small.regulated_cells("F5", 200, 60.0, 4.0, "premotor cells of the face"),
            *small.regulated_cells("YPG", 100, 20.0, 2.0, "the pattern generator of the gesture"),
        ),
        projections=(
            *small.connected("F5"),
            *small.connected("YPG"),
            # One synapse a cell with a wide spread of weights: each gesture has its own cells.
            fixed("hypothalamus.urge", "F5.E", 0.01, 6.0, sigma=2.0),
            fixed("F6.gesture", "F5.E", 0.01, 6.0, sigma=2.0),
            fixed("hypothalamus.urge", "YPG.E", 0.1, 0.8, sigma=0.5),
            learned("STS.face", "F5.E"),
            learned("F5.E", "YPG.E"),
            learned("STS.face", "YPG.E"),
        ),
        source="this package",
    )
