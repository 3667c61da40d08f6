"""Pieces of small circuits, most of whose numbers are guesses: areas, signals, links that learn."""

from __future__ import annotations

from mirror_sim.circuit.macaque import FS, RS
from mirror_sim.circuit.model import Cell, InputPopulation, Plasticity, Population, Projection

_LOCAL = "as in the macaque circuit; local delays of Potjans & Diesmann 2014"


def signal_cells(
    name: str,
    channel: str,
    n: int,
    *,
    latency_ms: float,
    features: int = 0,
    peak_hz: float = 60.0,
    source: str,
) -> InputPopulation:
    """Return input cells that are silent but for the signals of a channel."""
    return InputPopulation(
        name=name,
        area=name.partition(".")[0],
        n=n,
        encodes=f"signal:{channel}",
        features=features,
        baseline_hz=0.2,
        peak_hz=peak_hz,
        latency_ms=latency_ms,
        source=source,
    )


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


def link(
    pre: str,
    post: str,
    p: float,
    weight_nS: float,
    *,
    sigma: float = 0.8,
    delay_ms: float,
    source: str,
    plasticity: Plasticity | None = None,
) -> Projection:
    """Return a projection; cells named FS inhibit, and delays spread by half of their mean."""
    inhibitory = pre.endswith(".FS")
    return Projection(
        pre=pre,
        post=post,
        p=p,
        weight_nS=weight_nS,
        weight_sigma=sigma,
        delay_ms=delay_ms,
        delay_sd_ms=delay_ms / 2,
        synapse="inhibitory" if inhibitory else "excitatory",
        nmda=0.0 if inhibitory else 0.03,
        plasticity=plasticity,
        source=source,
    )


def connected(area: str) -> list[Projection]:
    """Return the projections within an area."""
    e, i = f"{area}.E", f"{area}.FS"
    return [
        link(e, e, 0.3, 0.1, delay_ms=1.5, source=_LOCAL),
        link(e, i, 0.3, 0.7, delay_ms=1.5, source=_LOCAL),
        link(i, e, 0.6, 0.9, delay_ms=0.75, source=_LOCAL),
        link(i, i, 0.6, 0.6, delay_ms=0.75, source=_LOCAL),
    ]


def learned(pre: str, post: str, *, source: str) -> Projection:
    """Return a projection that is next to nothing before it learns, and alike wherever it is."""
    learning = Plasticity(
        rule="covariance",
        parameters={"eta": 4e-5, "w_max_nS": 24.0, "mean_cap_nS": 0.8, "theta": 2.0},
        source="the rule that joins seen and done acts in the macaque circuit; slower, and with a "
        "threshold at which chance coincidences do not potentiate; a guess",
    )
    return link(pre, post, 0.1, 0.005, sigma=0.0, delay_ms=2.5, source=source, plasticity=learning)
