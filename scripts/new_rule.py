"""Let synapses learn by a rule of your own, and see which of them it made stronger.

A `Rule` is Brian2 equations with a name. By this one, a covariance rule, a postsynaptic spike
strengthens the synapses whose trace of presynaptic spikes is above a threshold and weakens the
others. It works on the way from STS to PFG; the default rule stays on that from PFG to F5. A
Subject grows by both, and then sees grasps, with the weights of before and with its own.
"""

import argparse

import numpy as np

import mirror_sim as ms

COVARIANCE = ms.Rule(
    name="sejnowski",
    traces="dx/dt = -x/tau_trace : 1 (event-driven)",
    on_pre="x += 1",
    on_post="w = clip(w + eta*(x - threshold)*w_max, 0*siemens, w_max)",
    parameters={"tau_trace_ms": 50.0, "threshold": 0.12},
    source="after Sejnowski 1977, J Math Biol 4:303; the numbers are guesses",
)
ms.register(COVARIANCE)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, choices=range(10), default=1)
    seed = parser.parse_args().seed
    circuit = ms.macaque().scaled(0.2).with_plasticity("STS", "PFG", rule="sejnowski")
    grown = ms.Subject.grow(circuit, seed=seed, curriculum=ms.Curriculum(max_actions=24))
    naive, rng = grown.with_naive_weights(), np.random.default_rng(seed)
    old, new = (monkey.state["sejnowski_inputs.w"] * 1e9 for monkey in (naive, grown))
    print(f"of {len(new)} synapses {np.mean(new > old):.0%} grew, {np.mean(new < old):.0%} shrank")
    trials = tuple(ms.make_trial("observe", "grasp-precision", rng=rng) for _ in range(10))
    for monkey, weight_nS in ((naive, old.mean()), (grown, new.mean())):
        session = monkey.run(ms.Protocol(name="new rule", trials=trials))
        onset_s, release_s = session.event_times("movement_onset"), session.event_times("release")
        spikes = session.select(units="area == 'PFG'").counts(onset_s, release_s).mean()
        print(f"{monkey.kind}: {weight_nS:.2f} nS, {spikes:.1f} spikes a PFG unit and seen grasp")
