"""Give a Subject ears, let it learn by them, and see what sounds do alone.

Acts make sounds: a grasp a low one, a manipulation a high one. Cells of the auditory cortex encode
the channel "sound" and reach PFG by synapses that learn. One Subject grows hearing its own acts;
one of the same seed hears, at the same times, pitches that tell nothing of the act. Then both hear
the sounds alone. Printed is the correlation, over PFG's units, of the preference for one act over
the other with the preference for its sound. One seed is an example: look at several. What is no
signal with a channel is an `ms.Sense` of your own: two functions that `ms.register` makes known.
"""

import argparse
from dataclasses import replace

import numpy as np

import mirror_sim as ms

PITCH = {"grasp-precision": 0.2, "manipulate-bimanual": 0.8}
A1 = {"area": "A1", "n": 480, "encodes": "signal:sound", "baseline_hz": 2.0, "peak_hz": 60.0}


def sounding(trial, name):
    """Return the trial with the sound of an act, from shortly before contact on."""
    at = {"start_s": trial.events["contact"] - 0.2, "stop_s": trial.events["contact"] + 0.4}
    return replace(trial, signals=(ms.Signal(channel="sound", features=(PITCH[name],), **at),))


class Heard(ms.Curriculum):
    """Own acts that are heard."""

    matched = True

    def trial(self, rng):
        """Add a sound to an own act: its own, or one that is drawn independently."""
        trial, drawn = super().trial(rng), str(rng.choice(list(PITCH)))
        return sounding(trial, trial.action.name if self.matched else drawn)


class Shuffled(Heard):
    """Own acts with the sound of either act."""

    matched = False


def preference(monkey, condition):
    """Return spikes of PFG's units in one act's trials minus the other's; shape (n_units,)."""
    rng = np.random.default_rng(1)
    trials = [ms.make_trial(condition, name, rng=rng) for name in PITCH for _ in range(12)]
    if condition == "nogo":
        trials = [replace(sounding(t, t.action.name), objects=()) for t in trials]
    session = monkey.run(ms.Protocol(name=condition, trials=tuple(trials)))
    start_s = session.event_times("contact") - 0.2
    counts = session.select(units="population == 'PFG.E'").counts(start_s, start_s + 0.7)
    first = (session.trials["action"] == next(iter(PITCH))).to_numpy()
    return counts[first].mean(axis=0) - counts[~first].mean(axis=0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, choices=range(10), default=1)
    seed, lesson = parser.parse_args().seed, {"actions": tuple(PITCH), "max_actions": 60}
    a1 = ms.InputPopulation(name="A1", features=1, width=0.1, latency_ms=30.0, **A1)
    to_pfg = replace(ms.macaque().projection("STS", "PFG.E"), pre="A1", source="a guess")
    circuit = ms.macaque().with_population(a1).with_projection(to_pfg).scaled(0.25)
    for plan in (Heard(**lesson), Shuffled(**lesson)):
        monkey = ms.Subject.grow(circuit, seed=seed, curriculum=plan)
        acted, heard = (preference(monkey, name) for name in ("execute-light", "nogo"))
        print(f"{type(plan).__name__}: r = {np.corrcoef(acted, heard)[0, 1]:.2f}")
