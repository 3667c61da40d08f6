"""The default circuit: the macaque's fronto-parietal grasp network."""

from __future__ import annotations

from typing import Any

from mirror_sim.circuit.model import (
    Cell,
    Circuit,
    InputPopulation,
    Plasticity,
    Population,
    Projection,
)

_ADEX = "AdEx of Destexhe-lab networks (Zerlaut et al. 2018, J Comput Neurosci 44:45)"
_CALIBRATED = "chosen on the calibrate rows of the targets, seeds 1000-1003"
_SIZE = "design: the smallest size that holds the recorded samples of every area"
_LOCAL_DELAY = "Potjans & Diesmann 2014, Cereb Cortex 24:785 (1.5 and 0.75 ms, relative sd 0.5)"
_FLN = "Markov et al. 2014, Cereb Cortex 24:17 (presence of the pathway)"

RS = Cell(
    name="RS",
    C_pF=200.0,
    gL_nS=10.0,
    EL_mV=-63.0,
    VT_mV=-50.0,
    deltaT_mV=2.0,
    Vcut_mV=-40.0,
    Vreset_mV=-55.0,
    t_ref_ms=5.0,
    a_nS=0.0,
    b_pA=15.0,
    tau_w_ms=300.0,
    source=_ADEX + "; b between their awake (1) and slow-wave (60) values",
)
PTN = Cell(
    name="PTN",
    C_pF=200.0,
    gL_nS=10.0,
    EL_mV=-63.0,
    VT_mV=-50.0,
    deltaT_mV=2.0,
    Vcut_mV=-40.0,
    Vreset_mV=-55.0,
    t_ref_ms=3.0,
    a_nS=0.0,
    b_pA=8.0,
    tau_w_ms=300.0,
    source=_ADEX + "; weaker adaptation for the thin-spiked, fast-firing pyramidal tract neurons",
)
FS = Cell(
    name="FS",
    C_pF=200.0,
    gL_nS=10.0,
    EL_mV=-65.0,
    VT_mV=-50.0,
    deltaT_mV=0.5,
    Vcut_mV=-47.5,
    Vreset_mV=-65.0,
    t_ref_ms=5.0,
    a_nS=0.0,
    b_pA=0.0,
    tau_w_ms=500.0,
    source=_ADEX,
)


def _inputs() -> list[InputPopulation]:
    def cells(name: str, area: str, n: int, encodes: str, **rates: Any) -> InputPopulation:
        return InputPopulation(
            name=name, area=area, n=n, encodes=encodes, source=_SIZE + "; " + _CALIBRATED, **rates
        )

    return [
        cells(
            "STS", "STS", 480, "hand", baseline_hz=2.0, peak_hz=150.0, width=0.14, object_gain=0.4
        ),
        cells("CIP", "CIP", 120, "object", baseline_hz=2.0, peak_hz=40.0),
        cells("F6.command", "F6", 960, "command", baseline_hz=0.2, peak_hz=250.0, width=0.13),
        cells("F6.withhold", "F6", 60, "withhold", baseline_hz=2.0, peak_hz=30.0),
        cells("F6.set", "F6", 60, "set", baseline_hz=2.0, peak_hz=30.0),
        cells("area2", "area2", 100, "proprioception", baseline_hz=3.0, peak_hz=40.0),
    ]


def _cells() -> list[Population]:
    def cells(name: str, cell: Cell, n: int, target: float, label: str) -> Population:
        return Population(
            name=name,
            area=name.partition(".")[0],
            cell=cell,
            n=n,
            sign="inhibitory" if cell is FS else "excitatory",
            label=label,
            bias_pA=-82.0 if cell is FS else 60.0,
            bias_sd_pA=35.0,
            noise_pA=100.0,
            slow_noise_pA=38.0,
            target_hz=target,
            target_sigma=0.62,
            source=_SIZE + "; target rate " + _CALIBRATED,
        )

    return [
        cells("AIP.E", RS, 200, 5.0, "pyramidal"),
        cells("AIP.FS", FS, 50, 8.0, "FS"),
        cells("PFG.E", RS, 400, 3.0, "pyramidal"),
        cells("PFG.FS", FS, 100, 0.0, "FS"),
        cells("F5.E", RS, 320, 12.0, "pyramidal"),
        cells("F5.PTN", PTN, 80, 12.0, "PTN"),
        cells("F5.FS", FS, 100, 0.0, "FS"),
        cells("M1.E", RS, 280, 9.2, "pyramidal"),
        cells("M1.PTN", PTN, 120, 13.0, "PTN"),
        cells("M1.FS", FS, 100, 0.0, "FS"),
    ]


def _local(area: str, excitatory: str, p: float, inhibition: float = 0.9) -> list[Projection]:
    inhibitory = f"{area}.FS"

    def link(pre: str, post: str, p: float, weight: float, delay: float) -> Projection:
        return Projection(
            pre=pre,
            post=post,
            p=p,
            weight_nS=weight,
            weight_sigma=0.8,
            delay_ms=delay,
            delay_sd_ms=delay / 2,
            synapse="inhibitory" if pre == inhibitory else "excitatory",
            nmda=0.0 if pre == inhibitory else 0.03,
            source=f"weights {_CALIBRATED}; delays {_LOCAL_DELAY}",
        )

    return [
        link(excitatory, excitatory, p, 0.15, 1.5),
        link(excitatory, inhibitory, p, 0.35, 1.5),
        link(inhibitory, excitatory, 0.6, inhibition, 0.75),
        link(inhibitory, inhibitory, 0.6, 0.6, 0.75),
    ]


def _long_range() -> list[Projection]:
    f5, m1 = "F5.E+F5.PTN", "M1.E+M1.PTN"

    def link(
        pre: str, post: str, p: float, weight: float, delay: tuple[float, float], sigma: float = 1.0
    ) -> Projection:
        return Projection(
            pre=pre,
            post=post,
            p=p,
            weight_nS=weight,
            weight_sigma=sigma,
            delay_ms=delay[0],
            delay_sd_ms=delay[1],
            synapse="excitatory",
            nmda=0.03,
            source=f"{_FLN}; weight {_CALIBRATED}",
        )

    far, near = (6.0, 2.0), (2.5, 0.7)
    parietal = (5.0, 2.0)
    return [
        link("STS", "AIP.E", 0.15, 0.10, far),
        link("STS", "PFG.FS", 0.15, 1.00, far),
        link("CIP", "AIP.E", 0.5, 0.40, near),
        link("AIP.E", "PFG.E", 0.3, 0.10, parietal),
        link("PFG.E", "AIP.E", 0.15, 0.05, parietal),
        link("AIP.E", f5, 0.3, 0.15, parietal),
        link("AIP.E", "F5.FS", 0.3, 0.15, parietal),
        link("PFG.E", "F5.FS", 0.12, 0.28, parietal, 1.2),
        link(f5, "PFG.E", 0.05, 0.30, parietal, 1.0),
        link(f5, "PFG.FS", 0.2, 0.20, parietal),
        link("F6.command", f5, 4 / 960, 20.0, near, 0.6),
        link("F6.command", "F5.FS", 0.05, 1.0, near),
        link("F6.command", "M1.E", 8 / 960, 9.5, near, 0.6),
        link("F6.command", "M1.PTN", 8 / 960, 10.5, near, 0.6),
        link("F6.command", "M1.FS", 0.05, 0.2, near),
        link(f5, m1, 0.2, 0.60, near),
        link(f5, "M1.FS", 0.2, 0.30, near),
        link("F6.set", "F5.FS", 0.12, 1.05, near, 0.8),
        link("F6.set", f5, 0.06, 0.95, near, 0.8),
        link("F6.set", "M1.FS", 0.12, 1.35, near, 0.8),
        link("F6.set", m1, 0.06, 1.55, near, 0.8),
        link("F6.withhold", "F5.FS", 0.12, 0.6, near, 0.8),
        link("F6.withhold", f5, 0.06, 0.6, near, 0.8),
        link("F6.withhold", "M1.FS", 0.12, 1.5, near, 0.8),
        link("F6.withhold", m1, 0.06, 1.4, near, 0.8),
        link("area2", m1, 0.2, 0.15, near),
        link("area2", "PFG.E", 0.2, 0.20, near),
    ]


def _plastic() -> list[Projection]:
    def link(
        pre: str, post: str, p: float, delay: float, sigma: float, rule: str, **numbers: float
    ) -> Projection:
        return Projection(
            pre=pre,
            post=post,
            p=p,
            weight_nS=0.08,
            weight_sigma=sigma,
            delay_ms=delay,
            delay_sd_ms=2.0,
            synapse="excitatory",
            nmda=0.03,
            plasticity=Plasticity(
                rule=rule, parameters=numbers, source="rule and numbers " + _CALIBRATED
            ),
            source=f"{_FLN}: STS reaches F5 only by way of PFG and AIP",
        )

    return [
        link(
            "STS", "PFG.E", 0.15, 6.0, 0.8, "hebb",
            eta=0.0006, w_max_nS=10.0, decay=4.0, mean_cap_nS=0.6,
        ),
        link(
            "PFG.E", "F5.E+F5.PTN", 0.05, 5.0, 0.0, "covariance",
            eta=0.0003, w_max_nS=24.0, mean_cap_nS=1.8, theta=1.1,
        ),
    ]  # fmt: skip


def macaque() -> Circuit:
    """Return the default circuit of the macaque's grasp network.

    STS reaches F5 through PFG and AIP only; F5 and PFG are reciprocal; F6 sends the command, a
    readiness to act on the object that is there, and the signal to withhold. Every number carries
    its source.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> circuit = macaque()
    >>> circuit.population("F5.E").n
    320
    """
    return Circuit(
        name="macaque",
        populations=(*_inputs(), *_cells()),
        projections=(
            *_local("AIP", "AIP.E", 0.3),
            *_local("PFG", "PFG.E", 0.15),
            *_local("F5", "F5.E+F5.PTN", 0.15, 1.75),
            *_local("M1", "M1.E+M1.PTN", 0.15),
            *_long_range(),
            *_plastic(),
        ),
        E_exc_mV=0.0,
        E_inh_mV=-80.0,
        tau_ampa_ms=5.0,
        tau_nmda_ms=100.0,
        tau_gaba_ms=5.0,
        noise_tau_ms=5.0,
        source="this package; synaptic constants of the network of Zerlaut et al. 2018",
    )
