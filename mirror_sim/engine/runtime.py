"""The fallback without a C++ compiler: the same network on Brian2's NumPy target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mirror_sim.engine.structure import RECORDED, Structure
from mirror_sim.engine.wiring import Wiring


def live_network(
    structure: Structure,
    wiring: Wiring,
    values: Mapping[str, np.ndarray],
    record: Sequence[int],
    seed: int,
) -> dict[str, Any]:
    """Build the network of one block in this process, ready to run, with its values set.

    Returns
    -------
    dict
        The Brian2 objects by name, see `mirror_sim.engine.model.build_network`.
    """
    import brian2 as b2

    from mirror_sim.engine.model import build_network

    data: dict[str, Any] = {
        "drive": values["drive.values"],
        "stim": values["stim.values"],
        "record": np.asarray(record, dtype=int),
    }
    for name, synapses in wiring.synapses.items():
        data[f"{name}.i"], data[f"{name}.j"] = synapses.i, synapses.j
        data[f"{name}.delay"] = synapses.delay
    b2.prefs.codegen.target = "numpy"
    b2.seed(seed & 0x7FFFFFFF)
    objects = build_network(structure, data)
    for variable, array in values.items():
        owner, name = variable.split(".")
        if name != "values":
            target = objects[owner].variables[name]
            value = array[0] if target.scalar else array
            target.set_value(value)
    return objects


def run_on_numpy(
    structure: Structure,
    wiring: Wiring,
    values: Mapping[str, np.ndarray],
    kept: Sequence[str],
    record: Sequence[int],
    seed: int,
) -> Any:
    """Run one block on the NumPy target; see `Engine.run_block`."""
    import brian2 as b2

    from mirror_sim.engine.simulate import make_result

    before = b2.prefs.codegen.target
    try:
        objects = live_network(structure, wiring, values, record, seed)
        objects["network"].run(structure.n_samples * 10 * b2.ms)
    finally:
        b2.prefs.codegen.target = before
    times, cells = [], []
    for monitor, offset in (("cell_spikes", 0), ("input_spikes", wiring.n_cells)):
        times.append(np.asarray(objects[monitor].t / b2.second))
        cells.append(np.asarray(objects[monitor].i) + offset)
    learned = {f"{name}.w": np.array(objects[name].w / b2.siemens) for name in kept}
    traces = {}
    if record:
        for variable in RECORDED:
            traces[variable] = np.array(objects["trace"].variables[variable].get_value())
    return make_result(
        np.concatenate(times), np.concatenate(cells), structure.dt_ms, learned, traces
    )
