"""A circuit as the Markdown tables of Nordlie, Gewaltig & Plesser (2009, PLoS Comput Biol 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from mirror_sim.base.records import field_names
from mirror_sim.circuit.parts import Cell

if TYPE_CHECKING:
    from mirror_sim.circuit.model import Circuit

_NEURON = """\
Adaptive exponential integrate-and-fire, conductance-based:

    C dv/dt = gL (EL - v) + gL deltaT exp((v - VT)/deltaT) - w + I_bias + I_noise
              + (g_AMPA + g_NMDA) (E_exc - v) + g_GABA (E_inh - v)
    tau_w dw/dt = a (v - EL) - w
    spike where v > Vcut: v is held at Vreset for t_ref, w grows by b

I_bias is constant and normal over cells; I_noise is the sum of a fast and a slow Ornstein-Uhlenbeck
process."""

_SYNAPSE = """\
Conductances jump at a spike, after the delay, by the weight, and decay exponentially; the NMDA
share of an excitatory weight goes to the slow conductance. Every cell gets the same in-degree,
drawn without repetition; weights and delays are log-normal (weight: mean and sd of its logarithm;
delay: mean and sd)."""


def markdown(circuit: Circuit) -> str:
    """Return all tables of a circuit as one Markdown text."""
    blocks = [
        f"# Circuit {_cell(circuit.name)}",
        "## Summary",
        _summary(circuit),
        "## Populations",
        _table(
            ["Population", "Area", "Cell", "n", "Sign", "Label", "Bias pA (mean, sd)",
             "Noise pA (sd fast, slow)", "Target spikes/s (median, sd of log)"],
            (
                [p.name, p.area, p.cell.name, p.n, p.sign, p.label,
                 f"{p.bias_pA:g}, {p.bias_sd_pA:g}", f"{p.noise_pA:g}, {p.slow_noise_pA:g}",
                 f"{p.target_hz:g}, {p.target_sigma:g}" if p.target_hz else "none"]
                for p in circuit.cells
            ),
        ),
        "## Neuron model",
        _NEURON,
        _neurons(circuit),
        "## Synapse model",
        _SYNAPSE,
        _constants(circuit),
        "## Projections",
        _projections(circuit),
        "## Plasticity",
        _plasticity(circuit),
        "## Inputs",
        _table(
            ["Population", "Area", "n", "Encodes", "Baseline spikes/s", "Peak spikes/s", "Width",
             "Share without object", "Features", "Latency ms"],
            (
                [p.name, p.area, p.n, p.encodes, p.baseline_hz, p.peak_hz, p.width, p.object_gain,
                 p.features, "the sense's" if p.latency_ms is None else p.latency_ms]
                for p in circuit.inputs
            ),
        ),
        "## Sources",
        _sources(circuit),
    ]  # fmt: skip
    return "\n\n".join(blocks) + "\n"


def _summary(circuit: Circuit) -> str:
    rules = dict.fromkeys(p.plasticity.rule for p in circuit.projections if p.plasticity)
    rows = [
        ["Areas", ", ".join(circuit.areas)],
        ["Populations", f"{len(circuit.cells)} of {circuit.n_cells} cells"],
        ["Inputs", f"{len(circuit.inputs)} of {sum(p.n for p in circuit.inputs)} Poisson cells"],
        ["Connectivity", f"{len(circuit.projections)} projections, random, fixed in-degree"],
        ["Neuron model", "adaptive exponential integrate-and-fire"],
        ["Synapse model", "exponential conductances: AMPA, NMDA, GABA"],
        ["Plasticity", ", ".join(rules) or "none"],
        ["Digest", circuit.digest()],
    ]
    return _table(["Item", "Value"], rows)


def _neurons(circuit: Circuit) -> str:
    cells = list(dict.fromkeys(p.cell for p in circuit.cells))
    names = [name for name in field_names(Cell) if name not in ("name", "source")]
    rows = ([_label(name), *(getattr(cell, name) for cell in cells)] for name in names)
    return _table(["Parameter", *(cell.name for cell in cells)], rows)


def _constants(circuit: Circuit) -> str:
    names = [
        "E_exc_mV",
        "E_inh_mV",
        "tau_ampa_ms",
        "tau_nmda_ms",
        "tau_gaba_ms",
        "noise_tau_ms",
        "slow_noise_tau_ms",
    ]
    return _table(["Parameter", "Value"], ([_label(n), getattr(circuit, n)] for n in names))


def _projections(circuit: Circuit) -> str:
    rows = (
        [
            p.pre, p.post, p.synapse, p.p, circuit.in_degree(p),
            f"{p.weight_nS:g}, {p.weight_sigma:g}", f"{p.delay_ms:g}, {p.delay_sd_ms:g}", p.nmda,
        ]
        for p in circuit.projections
    )  # fmt: skip
    heads = ["From", "To", "Synapse", "p", "In-degree", "Weight nS (mean, sd of log)"]
    return _table([*heads, "Delay ms (mean, sd)", "NMDA share"], rows)


def _plasticity(circuit: Circuit) -> str:
    rows = (
        [
            p.name,
            p.plasticity.rule,
            ", ".join(f"{name} {value:g}" for name, value in p.plasticity.parameters.items()),
        ]
        for p in circuit.projections
        if p.plasticity
    )
    return _table(["Projection", "Rule", "Parameters"], rows)


def _sources(circuit: Circuit) -> str:
    cells = dict.fromkeys(p.cell for p in circuit.cells)
    rows = [[f"circuit {circuit.name}", circuit.source]]
    rows += [[f"cell {cell.name}", cell.source] for cell in cells]
    rows += [[f"population {p.name}", p.source] for p in circuit.populations]
    for p in circuit.projections:
        rows.append([f"projection {p.name}", p.source])
        if p.plasticity:
            rows.append([f"plasticity {p.name}", p.plasticity.source])
    return _table(["Item", "Source"], ([item, source or "none given"] for item, source in rows))


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [list(heads), ["---"] * len(heads), *([_cell(value) for value in row] for row in rows)]
    if len(lines) == 2:
        return "None."
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return " ".join(text.replace("|", "\\|").split())


def _label(name: str) -> str:
    symbol, _, unit = name.rpartition("_")
    return f"{symbol} ({unit})"
