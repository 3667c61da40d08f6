"""Three lesions, each of a size from 0 (none) to 1, and the search for sizes that cost as much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mirror_sim.circuit.contexts import CONTEXT
from mirror_sim.engine.wiring import stream
from mirror_sim.senses.signals import LOWEST_GAIN
from mirror_sim.subject.subject import Subject

Lesion = Callable[[Subject, float], Subject]

LOSS = 1 / 3
"""The share of F5's response to seen acts that each lesion is to take."""
MOST_INHIBITION = 8.0
"""At size 1 of the lesion of the balance, inhibitory synapses are so many times as strong."""
_TOLERANCE = 0.02
_ROUNDS = 6
_MEAN_GAIN = (1 + LOWEST_GAIN) / 2
"""Of the cells of a signal."""


def of_map(subject: Subject, size: float) -> Subject:
    """Give a share of the learned synapses the weights of others of their projection."""
    permuted = subject.permuted().state
    rng = stream(subject.seed, "lesion of the map")
    state = dict(subject.state)
    for name in (name for name in state if name.endswith(".w")):
        hit = rng.random(len(state[name])) < size
        state[name] = np.where(hit, permuted[name], state[name])
    return subject.with_learned(state, f"{size:.0%} of the map permuted")


def of_balance(subject: Subject, size: float) -> Subject:
    """Make all inhibitory synapses stronger."""
    factor = MOST_INHIBITION**size
    circuit = subject.circuit
    stronger = tuple(
        replace(p, weight_nS=p.weight_nS * factor) if p.synapse == "inhibitory" else p
        for p in circuit.projections
    )
    name = f"{circuit.name}, inhibition x {factor:.3g}"
    return subject.with_circuit(replace(circuit, name=name, projections=stronger))


def of_context(subject: Subject, size: float) -> Subject:
    """Let the cells of the context tell contexts less apart.

    They restrain as much where nothing is to be answered, and more elsewhere.
    """
    circuit = subject.circuit
    (cells,) = (p for p in circuit.inputs if p.name == CONTEXT)
    range_hz = cells.peak_hz - cells.baseline_hz
    lowest_hz = cells.baseline_hz + size * _MEAN_GAIN * range_hz
    changed = circuit.with_population(
        CONTEXT, baseline_hz=lowest_hz, peak_hz=lowest_hz + (1 - size) * range_hz
    )
    name = f"{circuit.name}, context x {1 - size:.3g}"
    return subject.with_circuit(replace(changed, name=name))


def sized(lost: Callable[[float], float], wanted: float = LOSS) -> float:
    """Return the size, of those that are tried, at which the loss is nearest to the wanted.

    Parameters
    ----------
    lost : callable
        Takes a size, 0 to 1, and returns the share that is lost; more the larger the size.
    wanted : float
        Where even size 1 takes less, that is returned.

    Examples
    --------
    >>> sized(lambda size: 0.5 * size, 0.25)
    0.5
    """
    low, high = (0.0, 0.0), (1.0, lost(1.0))
    nearest = high
    for _ in range(_ROUNDS):
        if high[1] <= wanted or abs(nearest[1] - wanted) <= _TOLERANCE:
            break
        slope = (high[0] - low[0]) / (high[1] - low[1])
        size = low[0] + slope * (wanted - low[1])
        found = (size, lost(size))
        nearest = min(nearest, found, key=lambda tried: abs(tried[1] - wanted))
        low, high = (found, high) if found[1] < wanted else (low, found)
    return nearest[0]
