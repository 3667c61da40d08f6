"""The work that is disturbed: a circuit of 50 cells, and a study of a few trials.

mirror-sim sweep scripts/reliability/job.py:STUDY --circuit FILE.toml
"""

from __future__ import annotations

import numpy as np

from mirror_sim import Circuit, Protocol, Study, make_trial
from mirror_sim.circuit.model import Cell, InputPopulation, Plasticity, Population, Projection


def circuit() -> Circuit:
    """Return a circuit that grows, moves and is simulated in a moment."""
    cell = Cell(
        name="RS", C_pF=200, gL_nS=10, EL_mV=-63, VT_mV=-50, deltaT_mV=2, Vcut_mV=-40,
        Vreset_mV=-55, t_ref_ms=5, a_nS=0, b_pA=15, tau_w_ms=300, source="as macaque's",
    )  # fmt: skip
    seen, commanded = (
        InputPopulation(name=name, area=name, n=20, encodes=encodes, baseline_hz=5.0, peak_hz=60.0)
        for name, encodes in (("STS", "hand"), ("F6", "command"))
    )
    mirrors, movers = (
        Population(
            name=f"{area}.E", area=area, cell=cell, n=n, sign="excitatory", label="pyramidal",
            bias_pA=90.0, noise_pA=60.0, target_hz=6.0,
        )
        for area, n in (("A", 30), ("M", 20))
    )  # fmt: skip
    hebb = Plasticity(rule="hebb", parameters={"eta": 0.005, "w_max_nS": 3.0, "mean_cap_nS": 2.0})
    links = (
        Projection(pre="STS", post="A.E", p=0.5, weight_nS=0.5, delay_ms=3.0, plasticity=hebb),
        Projection(pre="F6", post="M.E", p=0.5, weight_nS=1.0, delay_ms=3.0),
        Projection(pre="M.E", post="A.E", p=0.5, weight_nS=0.3, delay_ms=3.0),
    )
    return Circuit(name="small", populations=(seen, commanded, mirrors, movers), projections=links)


def protocol(seed: int) -> Protocol:
    """Return twelve trials, which fill several blocks."""
    rng = np.random.default_rng(seed)
    trials = tuple(make_trial("observe", "grasp-precision", rng=rng) for _ in range(12))
    return Protocol(name="twelve", trials=trials)


def rows(session) -> dict[str, float]:
    """Return numbers that one spike more would change."""
    return {"n": float(len(session.spike_times)), "sum_s": float(session.spike_times.sum())}


STUDY = Study(name="reliability", protocol=protocol, rows=rows)
