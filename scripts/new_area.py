"""Wire an area of your own into the circuit, and see what drives it and what it does to F5.

The second somatosensory area, SII, relays the felt hand to F5. Its cells are those of AIP under
other names; its weights are guesses, to show where such numbers go. A Subject that has experienced
nothing moves its hand in the dark; then the area's input and its output are cut, in turn.
"""

import argparse
from dataclasses import replace

import numpy as np

import mirror_sim as ms

PATHWAYS = "area 2 to SII: Friedman et al. 1980; SII to F5: Markov et al. 2014; numbers: guesses"
LONG = {"p": 0.3, "delay_ms": 5.0, "delay_sd_ms": 2.0, "source": PATHWAYS}
LOCAL = {"p": 0.6, "delay_ms": 0.75, "synapse": "inhibitory", "source": "as in AIP"}


def with_sii(circuit: ms.Circuit) -> ms.Circuit:
    """Return the circuit with SII between area 2 and F5."""
    for kind in ("E", "FS"):
        aip = circuit.population(f"AIP.{kind}")
        circuit = circuit.with_population(replace(aip, name=f"SII.{kind}", area="SII"))
    circuit = circuit.with_projection("area2", "SII", weight_nS=0.5, **LONG)
    circuit = circuit.with_projection("SII", "F5", weight_nS=0.3, **LONG)
    return circuit.with_projection("SII", "SII.E", weight_nS=0.9, **LOCAL)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, choices=range(10), default=1)
    seed = parser.parse_args().seed
    whole = ms.Subject.naive(with_sii(ms.macaque()).scaled(0.2), seed=seed)
    rng = np.random.default_rng(seed)
    trials = tuple(ms.make_trial("execute-dark", "hold-precision", rng=rng) for _ in range(10))
    for monkey in (whole, whole.cut("area2", "SII"), whole.cut("SII", "F5")):
        session = monkey.run(ms.Protocol(name="new area", trials=trials))
        start_s, stop_s = session.event_times("contact"), session.event_times("release")
        hz = session.counts(start_s, stop_s).sum(axis=0) / (stop_s - start_s).sum()
        rates = session.units.assign(hz=hz).groupby("area")["hz"].mean().round(2)
        print(f"{monkey.kind}, spikes/s while holding: {rates.to_dict()}")
