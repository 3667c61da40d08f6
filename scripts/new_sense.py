"""Give a Subject a sense of your own, let it learn by it, and see what the sense does alone.

Acts make sounds: a grasp a low one, a manipulation a high one. Cells of the auditory cortex are
tuned to pitch and reach PFG by synapses that learn. One Subject grows hearing its own acts; one of
the same seed hears, at the same times, pitches that tell nothing of the act. Then both hear the
sounds alone. Printed is the correlation, over PFG's units, of the preference for one act over the
other with the preference for its sound. One seed is an example: look at several.
"""

import argparse
from dataclasses import replace

import numpy as np

import mirror_sim as ms

PITCH = {"grasp-precision": 0.2, "manipulate-bimanual": 0.8}


def draw(cells, rng):
    """Draw the cells' preferred pitches."""
    return rng.uniform(0, 1, cells.n)


def drive(trial, preferred, times_s):
    """Respond, 30 ms late, to sounds near the preferred pitch."""
    total = np.zeros((len(times_s), len(preferred)))
    for sound in trial.signals:
        on = (times_s - 0.03 >= sound.start_s) & (times_s - 0.03 < sound.stop_s)
        total += np.outer(on, np.exp(-(((sound.features[0] - preferred) / 0.1) ** 2) / 2))
    return total


def sounding(trial, name):
    """Return the trial with the sound of an act, from contact on."""
    start_s = trial.events["contact"] - 0.2
    sound = ms.Signal(
        channel="sound", start_s=start_s, stop_s=start_s + 0.6, features=(PITCH[name],)
    )
    return replace(trial, signals=(sound,))


class Heard(ms.Curriculum):
    """Own acts that are heard."""

    def trial(self, rng):
        """Add the sound of the act."""
        trial = super().trial(rng)
        return sounding(trial, trial.action.name)


class Shuffled(ms.Curriculum):
    """Own acts with the sound of either act."""

    def trial(self, rng):
        """Add a sound that is drawn independently of the act."""
        return sounding(super().trial(rng), str(rng.choice(list(PITCH))))


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
    seed = parser.parse_args().seed
    ms.register(ms.Sense(name="pitch", tuning=draw, drive=drive, of_channels=True))
    a1 = {"area": "A1", "n": 480, "encodes": "pitch:sound", "baseline_hz": 2.0, "peak_hz": 60.0}
    circuit = ms.macaque().with_population(ms.InputPopulation(name="A1", **a1))
    to_pfg = ms.macaque().projection("STS", "PFG.E")
    circuit = circuit.with_projection(replace(to_pfg, pre="A1", source="a guess")).scaled(0.25)
    for plan in (Heard, Shuffled):
        lessons = plan(actions=tuple(PITCH), max_actions=40)
        monkey = ms.Subject.grow(circuit, seed=seed, curriculum=lessons)
        acted, heard = (preference(monkey, name) for name in ("execute-light", "nogo"))
        print(f"{plan.__name__}: r = {np.corrcoef(acted, heard)[0, 1]:.2f}")
