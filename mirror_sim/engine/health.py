"""A network of 50 ms, to see whether this installation can simulate."""

from __future__ import annotations

import time
from typing import Any

from mirror_sim.circuit.model import Cell, Circuit, Population, Projection
from mirror_sim.engine.blocks import Block
from mirror_sim.engine.compile import binary_for
from mirror_sim.engine.simulate import Engine


def self_test() -> dict[str, Any]:
    """Build and run 50 ms of a network of 20 cells.

    Returns
    -------
    dict
        ``"target"`` (``"cpp"`` or ``"numpy"``), ``"build_s"`` (seconds to build it, or to find what
        was built before), ``"run_s"`` (seconds to run it) and ``"spikes"`` (their number).

    Raises
    ------
    RuntimeError
        If the model cannot be built or run.
    """
    cell = Cell(
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
        source="as the default circuit's",
    )
    cells = Population(
        name="cells", area="cells", cell=cell, n=20, sign="excitatory", label="pyramidal",
        bias_pA=500.0, noise_pA=50.0, source="driven to fire within 50 ms",
    )  # fmt: skip
    links = Projection(pre="cells", post="cells", p=0.2, weight_nS=0.1, delay_ms=1.5)
    circuit = Circuit(name="self-test", populations=(cells,), projections=(links,))
    engine = Engine(circuit, 1, block_s=0.05)
    begun = time.perf_counter()
    if engine.target == "cpp":
        binary_for(engine.structure())
    built = time.perf_counter()
    result = engine.run_block(Block(trials=(), starts_s=(), seed=1), engine.initial_state())
    run = time.perf_counter()
    return {
        "target": engine.target,
        "build_s": built - begun,
        "run_s": run - built,
        "spikes": len(result.cells),
    }
