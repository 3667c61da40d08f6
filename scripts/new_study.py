"""Run an experiment of your own: a condition, a protocol, a test, a figure.

The question: do units respond otherwise to a seen grasp when its object is not to be seen? A human
grasps an apple; in half of the trials, in random order, a lid hides the apple all along, but not
the hand. Writes ``new_study.png`` to the current folder.
"""

import argparse

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import mannwhitneyu

import mirror_sim as ms
from mirror_sim.analysis.rates import psth

COVERED = ms.Condition(
    name="observe-covered", actor="other", withhold=True, object_visible=False, source="own"
)


def protocol(seed: int, *, n_trials: int = 20) -> ms.Protocol:
    """Return the trials of both conditions, mixed; what cannot be seen is hidden from the start."""
    rng, dark = np.random.default_rng(seed), {"dark_on": 0.0}
    order = rng.permutation(["observe", COVERED] * n_trials)
    trials = [ms.make_trial(c, "grasp-whole-hand", rng=rng, events_template=dark) for c in order]
    return ms.Protocol(name="covered object", trials=tuple(trials), source="own")


def p_values(session: ms.Session) -> np.ndarray:
    """Compare each unit's spikes in the half second after contact, covered or not; (n_units,)."""
    contact_s, covered = session.event_times("contact"), session.trials["condition"] == COVERED.name
    n = session.counts(contact_s, contact_s + 0.5)
    return np.asarray(mannwhitneyu(n[covered], n[~covered]).pvalue)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, choices=range(10), default=1)
    seed, plan = parser.parse_args().seed, ms.Curriculum(max_actions=24)
    monkey = ms.Subject.grow(ms.macaque().scaled(0.2), seed=seed, curriculum=plan)
    session = monkey.run(protocol(seed))
    differs = session.units.assign(differs=p_values(session) < 0.05).groupby("area")["differs"]
    print("share of units with p < .05, which chance gives .05 of:", differs.mean().to_dict())
    rates = psth(session.select(units="area == 'AIP'"), align="contact", window_s=(-1.5, 1.0))
    figure, labels = Figure(), {"xlabel": "from contact (s)", "ylabel": "AIP, mean (spikes/s)"}
    axes = figure.subplots(subplot_kw=labels)
    axes.legend(axes.plot(rates.times_s, rates.values.mean(axis=2).T), rates.conditions)
    figure.savefig("new_study.png")
