"""The default circuit with cells that keep an object in mind while it cannot be seen."""

from __future__ import annotations

from dataclasses import replace

from mirror_sim.circuit.macaque import RS, macaque
from mirror_sim.circuit.model import (
    Cell,
    Circuit,
    InputPopulation,
    Plasticity,
    Population,
    Projection,
)

KEEPS = "AIP.delay"
READY = "F6.set"
N_KEEPING, N_READY = 100, 60

_CHOSEN = (
    "chosen on seeds 1000 to 1004 so that an object, and nothing else, is kept until trials end"
)
_DELAY = (
    "cells of AIP that fire on in the dark after an object was seen: Murata et al. 1996, "
    "J Neurophysiol 75:2180; " + _CHOSEN
)
_SET = (
    "cells of set activity: Tanji & Hoshi 2008; chosen on seeds 1000 and 1001 so that their rate, "
    "while an object is hidden, is that of the default circuit's readiness"
)
_TOLD = "a modelling choice: an input that says nothing of what a trial shows; " + _CHOSEN
_KEEPING = replace(RS, name="delay", b_pA=5.0, source=RS.source + "; weaker adaptation, a guess")


def _cells(name: str, n: int, cell: Cell, bias_pA: float, source: str) -> Population:
    return Population(
        name=name,
        area=name.partition(".")[0],
        cell=cell,
        n=n,
        sign="excitatory",
        label="pyramidal",
        bias_pA=bias_pA,
        bias_sd_pA=10.0,
        noise_pA=60.0,
        slow_noise_pA=20.0,
        source=source,
    )


def _told(name: str, encodes: str) -> InputPopulation:
    return InputPopulation(
        name=name,
        area=name.partition(".")[0],
        n=60,
        encodes=encodes,
        baseline_hz=2.0,
        peak_hz=30.0,
        latency_ms=60.0,
        source=_TOLD,
    )


def _link(pre: str, post: str, p: float, weight_nS: float, delay_ms: float) -> Projection:
    return Projection(
        pre=pre,
        post=post,
        p=p,
        weight_nS=weight_nS,
        delay_ms=delay_ms,
        delay_sd_ms=delay_ms / 2,
        source=_CHOSEN,
    )


def remembering(base: Circuit | None = None) -> Circuit:
    """Return the default circuit with cells of AIP that remember an object.

    Slow recurrent excitation, whose receptors saturate, keeps the cells of ``AIP.delay`` firing
    once an object in view has made them fire. It can do so only with the input of attention, which
    is on during trials: so they forget between trials. They excite AIP, and readiness: the cells of
    ``F6.set``, which here are no input that knows what was seen, but fire if the cells of AIP do
    and nothing has moved yet. Weights within the memory are fixed; whatever else there is stays.

    Parameters
    ----------
    base : Circuit, optional
        `mirror_sim.macaque` if none is given; another one may have capacities already.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> [p.post for p in remembering().projections if p.pre == "AIP.delay"]
    ['AIP.delay', 'AIP.E', 'F6.set']
    """
    base = base or macaque()
    kept = replace(
        _link(KEEPS, KEEPS, 1.0, 0.09, 1.5),
        nmda=1.0,
        plasticity=Plasticity(
            rule="saturating",
            parameters={"eta": 0.0, "w_max_nS": 10.0, "mean_cap_nS": 10.0},
            source="receptors that saturate: Wang 2001, Trends Neurosci 24:455",
        ),
    )
    made = base
    for population in (
        _cells(KEEPS, N_KEEPING, _KEEPING, -150.0, _DELAY),
        _cells(READY, N_READY, RS, -260.0, _SET),
        _told("PFC.attention", "attention"),
        _told("F6.waiting", "waiting"),
    ):
        made = made.with_population(population)
    for projection in (
        kept,
        _link("PFC.attention", KEEPS, 1.0, 0.21, 2.5),
        _link("CIP", KEEPS, 1.0, 0.9, 2.5),
        _link(KEEPS, "AIP.E", 0.3, 0.12, 1.5),
        _link("F6.waiting", READY, 1.0, 0.4, 2.5),
        _link(KEEPS, READY, 0.3, 0.9, 5.0),
    ):
        made = made.with_projection(projection)
    return replace(made, name="remembering", source=base.source + "; its memory is of guesses")
