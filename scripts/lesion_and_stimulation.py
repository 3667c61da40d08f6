"""Silence cells for a moment, stimulate others, cut a pathway; see what changes, and where.

A `Perturbation` is a current into cells for part of a trial. `Subject.cut` makes another Subject in
which synapses are silent for good but the cells alive; `circuit.without_population("PFG")` would
take the cells away, for which a second model is compiled. Trials and noise are the same everywhere,
so that all differences come from what was done. The circuit has a fifth of the cells.
"""

import argparse

import numpy as np
import pandas as pd

import mirror_sim as ms

WINDOW = {"start_s": 1.7, "stop_s": 2.4}  # of the trial; the movement starts at 1.7 s
SILENCE = ms.Perturbation(target="M1.FS", current_pA=-1e5, **WINDOW)  # no input gets past it
STIMULATE = ms.Perturbation(target="F5.PTN", units=tuple(range(8)), current_pA=400.0, **WINDOW)


def grasps(monkey: ms.Subject, *perturbations: ms.Perturbation) -> ms.Session:
    """Let a Subject grasp ten times in the dark."""
    rng, case = np.random.default_rng(monkey.seed), ("execute-dark", "grasp-precision")
    trials = [ms.make_trial(*case, rng=rng, perturbations=perturbations) for _ in range(10)]
    return monkey.run(ms.Protocol(name="lesion", trials=tuple(trials)))


def rates_hz(session: ms.Session) -> np.ndarray:
    """Return each unit's mean rate in the window, shape (n_units,)."""
    edges_s = [session.trials["start_time"].to_numpy() + time_s for time_s in WINDOW.values()]
    return session.counts(*edges_s).mean(axis=0) / (WINDOW["stop_s"] - WINDOW["start_s"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, choices=range(10), default=1)
    monkey = ms.Subject.naive(ms.macaque().scaled(0.2), seed=parser.parse_args().seed)
    sessions = {
        "intact": grasps(monkey),
        "M1.FS silenced": grasps(monkey, SILENCE),
        "8 F5.PTN stimulated": grasps(monkey, STIMULATE),
        "PFG cut from F5": grasps(monkey.cut("PFG", "F5")),
    }
    table = pd.DataFrame({name: rates_hz(session) for name, session in sessions.items()})
    print("spikes/s in the window, mean of each population:")
    print(table.groupby(sessions["intact"].units["population"]).mean().round(1).to_string())
