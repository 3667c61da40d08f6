"""A circuit for affect: a rat's own pain, and what it hears and sees of another's.

It is small and much of it is a guess; each guess is called one in its `source`.
"""

from __future__ import annotations

from mirror_sim.circuit.macaque import FS, RS
from mirror_sim.circuit.model import (
    Cell,
    Circuit,
    InputPopulation,
    Plasticity,
    Population,
    Projection,
)

_GUESS = "a guess, chosen on seed 1000 so that own pain drives a part of the cells"
_LOCAL = "as in the macaque circuit; local delays of Potjans & Diesmann 2014"

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
    def cells(name: str, channel: str) -> InputPopulation:
        return InputPopulation(
            name=name,
            area=name.partition(".")[0],
            n=160,
            encodes=f"signal:{channel}",
            baseline_hz=0.2,
            peak_hz=60.0,
            latency_ms=30.0,
            source="cells that answer to the level of one signal; " + _GUESS,
        )

    return [cells("VPL.pain", "pain"), *(cells(name, channel) for name, channel in CUES.items())]


def regulated_cells(
    area: str, n: int, bias_pA: float, target_hz: float, what: str
) -> tuple[Population, Population]:
    """Return an area's excitatory cells, which homeostasis regulates, and a quarter as many FS."""

    def cells(cell: Cell, n: int, bias_pA: float, target_hz: float) -> Population:
        return Population(
            name=f"{area}.{'FS' if cell is FS else 'E'}",
            area=area,
            cell=cell,
            n=n,
            sign="inhibitory" if cell is FS else "excitatory",
            label="FS" if cell is FS else "pyramidal",
            bias_pA=bias_pA,
            bias_sd_pA=35.0,
            noise_pA=100.0,
            slow_noise_pA=38.0,
            target_hz=target_hz,
            target_sigma=0.62,
            source=f"{what}; size and rate are guesses, noise as in the macaque circuit",
        )

    return cells(RS, n, bias_pA, target_hz), cells(FS, n // 4, -40.0, 0.0)


def _link(
    pre: str,
    post: str,
    p: float,
    weight: float,
    *,
    sigma: float = 0.8,
    delay: float = 5.0,
    source: str = _GUESS,
) -> Projection:
    inhibitory = pre.endswith(".FS")
    return Projection(
        pre=pre,
        post=post,
        p=p,
        weight_nS=weight,
        weight_sigma=sigma,
        delay_ms=delay,
        delay_sd_ms=delay / 2,
        synapse="inhibitory" if inhibitory else "excitatory",
        nmda=0.0 if inhibitory else 0.03,
        source=source,
    )


def connected(area: str) -> list[Projection]:
    """Return the projections within an area."""
    e, i = f"{area}.E", f"{area}.FS"
    return [
        _link(e, e, 0.3, 0.1, delay=1.5, source=_LOCAL),
        _link(e, i, 0.3, 0.7, delay=1.5, source=_LOCAL),
        _link(i, e, 0.6, 0.9, delay=0.75, source=_LOCAL),
        _link(i, i, 0.6, 0.6, delay=0.75, source=_LOCAL),
    ]


def _felt() -> list[Projection]:
    # One synapse a cell with a wide spread of weights: some cells feel pain, most do not.
    strong = [
        _link("VPL.pain", f"{area}.E", 1 / 160, 6.0, sigma=2.0) for area in ("AI", "ACC", "BLA")
    ]
    return [
        _link("VPL.pain", "SI.E", 0.05, 1.2, sigma=1.0),
        *strong,
        _link("SI.E", "AI.E", 0.1, 0.05),
        _link("AI.E", "ACC.E", 0.1, 0.05),
        _link("ACC.E", "AI.E", 0.1, 0.05),
        _link("ACC.E", "BLA.E", 0.1, 0.2),
        _link("BLA.E", "PAG.E", 0.2, 0.8),
    ]


def _plastic() -> list[Projection]:
    # Every cue reaches the amygdala by two routes of equal anatomy, and nothing else tells cues
    # apart: which of them matters is up to experience.
    learning = Plasticity(
        rule="covariance",
        parameters={"eta": 4e-5, "w_max_nS": 24.0, "mean_cap_nS": 0.8, "theta": 2.0},
        source="the rule that joins seen and done acts in the macaque circuit; slower, and with a "
        "threshold at which chance coincidences do not potentiate: " + _GUESS,
    )
    return [
        Projection(
            pre=cue,
            post=f"{area}.E",
            p=0.1,
            weight_nS=0.005,
            delay_ms=2.5,
            delay_sd_ms=1.25,
            nmda=0.03,
            plasticity=learning,
            source="equal for all cues and both areas; " + _GUESS,
        )
        for cue in CUES
        for area in ("ACC", "BLA")
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
                for cells in regulated_cells(area, 200, 60.0, 4.0, AREAS[area])
            ),
        ),
        projections=(
            *(link for area in AREAS for link in connected(area)),
            *_felt(),
            *_plastic(),
        ),
        E_exc_mV=0.0,
        E_inh_mV=-80.0,
        tau_ampa_ms=5.0,
        tau_nmda_ms=100.0,
        tau_gaba_ms=5.0,
        noise_tau_ms=5.0,
        source="this package; areas after Carrillo et al. 2019 and Singer et al. 2004",
    )
