"""A circuit for affect: a rat's own pain, and what it hears and sees of another's.

It is small and much of it is a guess; each guess is called one in its `source`.
"""

from __future__ import annotations

from functools import partial

from mirror_sim.circuit import small
from mirror_sim.circuit.model import Circuit, InputPopulation, Projection

_GUESS = "a guess, chosen on seed 1000 so that own pain drives a part of the cells"

AREAS = {
    "SI": "somatosensory cortex and posterior insula: own pain only (Singer et al. 2004)",
    "AI": "anterior insula",
    "ACC": "anterior cingulate cortex, area 24 (Carrillo et al. 2019)",
    "BLA": "basolateral amygdala",
    "PAG": "periaqueductal grey, whose output freezes the body",
}
"""Areas of cells and what they stand for."""

CUES = {
    "A1.distress": "distress",
    "V2.distress": "sight",
    "A1.tone": "tone",
    "A1.noise": "noise",
}
"""Input cells that hear or see what is not felt, and the channel that each encodes."""


def _inputs() -> list[InputPopulation]:
    source = "cells that answer to the level of one signal; " + _GUESS
    channels = {"VPL.pain": "pain", **CUES}
    return [
        small.signal_cells(name, channel, 160, latency_ms=30.0, source=source)
        for name, channel in channels.items()
    ]


def _felt() -> list[Projection]:
    link = partial(small.link, delay_ms=5.0, source=_GUESS)
    # One synapse a cell with a wide spread of weights: some cells feel pain, most do not.
    strong = [
        link("VPL.pain", f"{area}.E", 1 / 160, 6.0, sigma=2.0) for area in ("AI", "ACC", "BLA")
    ]
    return [
        link("VPL.pain", "SI.E", 0.05, 1.2, sigma=1.0),
        *strong,
        link("SI.E", "AI.E", 0.1, 0.05),
        link("AI.E", "ACC.E", 0.1, 0.05),
        link("ACC.E", "AI.E", 0.1, 0.05),
        link("ACC.E", "BLA.E", 0.1, 0.2),
        link("BLA.E", "PAG.E", 0.2, 0.8),
    ]


def _plastic() -> list[Projection]:
    # Every cue reaches the amygdala by two routes of equal anatomy, and nothing else tells cues
    # apart: which of them matters is up to experience.
    source = "equal for all cues and both areas; " + _GUESS
    return [
        small.learned(cue, f"{area}.E", source=source) for cue in CUES for area in ("ACC", "BLA")
    ]


def affect() -> Circuit:
    """Return a circuit in which own pain may come to be joined to signs of another's.

    Own pain drives SI, and by wide-spread weights a part of AI, ACC and BLA; cues reach ACC and,
    by a direct route of equal anatomy, BLA, both through synapses that learn; BLA drives PAG.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> affect().projection("A1.distress", "ACC.E").plasticity.rule
    'covariance'
    """
    return Circuit(
        name="affect",
        populations=(
            *_inputs(),
            *(
                cells
                for area in AREAS
                for cells in small.regulated_cells(area, 200, 60.0, 4.0, AREAS[area])
            ),
        ),
        projections=(
            *(link for area in AREAS for link in small.connected(area)),
            *_felt(),
            *_plastic(),
        ),
        source="this package; areas after Carrillo et al. 2019 and Singer et al. 2004",
    )
