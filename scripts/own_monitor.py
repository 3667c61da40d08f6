"""Attach a Brian2 monitor of your own: here to the conductances of F5 during one grasp.

What a Session holds comes from a compiled program, which records spikes. `live_network` builds a
second model of the same cells and synapses, in this process, where every Brian2 object is at hand.
It draws other random numbers than the program, so its spikes are not those of any Session.
"""

import argparse

import brian2 as b2
import numpy as np

import mirror_sim as ms
from mirror_sim.engine import live_network, plan_blocks, subgroup

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, choices=range(10), default=1)
    seed = parser.parse_args().seed
    rng, brief = np.random.default_rng(seed), {"object_on": 0.0, "movement_onset": 1.0}
    case = ("execute-light", "grasp-precision")
    trial = ms.make_trial(*case, rng=rng, events_template=brief, duration_s=2.0, hold_s=0.3)
    monkey = ms.Subject.naive(ms.macaque().scaled(0.2), seed=seed, block_s=2.5)
    block = plan_blocks([trial], monkey.engine.block_s, iter([seed]))[0]
    b2.prefs.codegen.target = "numpy"  # starts at once; Brian2's Cython would compile for minutes
    objects = live_network(monkey.engine, block, monkey.run_state)
    f5 = subgroup(monkey.engine, objects, "F5.E")
    monitor = b2.StateMonitor(f5, ["ge", "gn", "gi"], record=True, dt=5 * b2.ms)
    objects["network"].add(monitor)
    objects["network"].run(monkey.engine.block_s * b2.second)
    since_s = monitor.t / b2.second - block.starts_s[0] - trial.events["movement_onset"]
    for label, start_s in {"before the movement": -1.0, "reaching": 0.0}.items():
        chosen = (since_s >= start_s) & (since_s < start_s + trial.acts[0].movement_time_s)
        mean_nS = {v: np.mean(getattr(monitor, v)[:, chosen]) / b2.nS for v in ("ge", "gn", "gi")}
        print(
            f"{label}: {len(f5)} cells of F5", {v: round(float(g), 2) for v, g in mean_nS.items()}
        )
