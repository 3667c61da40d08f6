"""The Brian2 objects of one block in the user's own process, for monitors of any kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.circuit.checks import required_members
from mirror_sim.engine.blocks import Block, State
from mirror_sim.engine.simulate import Engine


@checked_arguments()
def live_network(
    engine: Engine,
    block: Block,
    state: State,
    *,
    learning: bool = False,
    record: Sequence[int] = (),
) -> dict[str, Any]:
    """Build the Brian2 network of one block in this process, ready to run.

    It runs on Brian2's runtime target, in the user's own Brian2 session: the preference
    ``codegen.target`` decides how, and Brian2's random numbers are seeded with the block's seed.

    Parameters
    ----------
    engine : Engine
    block : Block
        See `mirror_sim.engine.plan_blocks`.
    state : dict of str to float array
        Weights and biases, e.g. ``subject.state``.
    learning : bool
        Whether the plastic weights change.
    record : sequence of int
        Cells whose voltage and conductances the StateMonitor ``"trace"`` records at 1 kHz.

    Returns
    -------
    dict
        The Brian2 objects by name: the groups ``"inputs"`` and ``"cells"``, a Synapses object for
        each kind of synapse, the SpikeMonitors ``"input_spikes"`` and ``"cell_spikes"``, and
        ``"network"``, the Network of them all. Run it for ``engine.block_s`` seconds.

    Raises
    ------
    ValueError
        If the state is not of this engine, or a cell to record does not exist.
    RuntimeError
        If another Brian2 device than the runtime device is active.

    Examples
    --------
    Add a monitor of Brian2's::

        objects = live_network(engine, block, subject.state)
        rate = brian2.PopulationRateMonitor(subgroup(engine, objects, "F5.E"))
        objects["network"].add(rate)
        objects["network"].run(engine.block_s * brian2.second)
    """
    import brian2 as b2
    from brian2.devices.device import runtime_device

    from mirror_sim.engine.brian.network import build_network, set_values

    if b2.get_device() is not runtime_device:
        raise RuntimeError(
            "a live network needs Brian2's runtime device; call brian2.set_device('runtime') first"
        )
    engine.check_recorded(record)
    values = engine.values(block, state, learning)
    data: dict[str, Any] = {
        "drive": values.pop("drive.values"),
        "stim": values.pop("stim.values"),
        "factor": values.pop("factor.values", None),
        "record": np.asarray(record, dtype=int),
    }
    for name, synapses in engine.wiring.synapses.items():
        data[f"{name}.i"], data[f"{name}.j"] = synapses.i, synapses.j
        data[f"{name}.delay"] = synapses.delay
    objects = build_network(engine.structure(len(record), learning=learning), data)
    set_values(objects, values)
    b2.seed(int(values["cells.block_seed"][0]))
    return objects


@checked_arguments()
def subgroup(engine: Engine, objects: Mapping[str, Any], name: str) -> Any:
    """Return the Brian2 Subgroup of a population or of a whole area.

    Parameters
    ----------
    engine : Engine
    objects : dict
        What `live_network` returned.
    name : str
        A population, e.g. ``"F5.E"``, or an area, e.g. ``"F5"``.

    Raises
    ------
    ValueError
        If neither has the name, or the area's populations are not neighbours in one group.
    """
    names = required_members(name, engine.circuit.populations, "subgroup")
    driven = set(names) & set(engine.wiring.inputs)
    places = engine.wiring.inputs if driven else engine.wiring.cells
    if driven and not driven.issuperset(names):
        raise ValueError(f"area {name!r} holds input cells and others; name one of {list(names)}")
    parts = sorted((places[part].start, places[part].stop) for part in names)
    for (_, stop), (start, _) in pairwise(parts):
        if stop != start:
            raise ValueError(
                f"the populations of area {name!r} are not neighbours; name one of {list(names)}"
            )
    group = "inputs" if driven else "cells"
    if group not in objects:
        raise unknown("group", group, objects, where="objects, which live_network returns")
    return objects[group][parts[0][0] : parts[-1][1]]
