"""Run an experiment of your own: a condition, a protocol, a test, a figure.

The question: does the response of F5 to a seen grasp need the sight of the object? A human grasps
a raisin in view of the monkey; in half of the trials, in random order, a lid covers the raisin all
along and the hand can still be seen.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import mannwhitneyu

import mirror_sim as ms
from mirror_sim.analysis.rates import psth

COVERED = ms.Condition(name="observe-covered", actor="other", object_visible=False, source="own")


def protocol(seed: int, n_trials: int = 20) -> ms.Protocol:
    """Return the trials of both conditions, mixed; it is dark for the object from the start."""
    rng, events = np.random.default_rng(seed), {"dark_on": 0.0}
    conditions = rng.permutation(["observe", COVERED] * n_trials)
    trials = [
        ms.make_trial(c, "grasp-precision", rng=rng, events_template=events) for c in conditions
    ]
    return ms.Protocol(name="covered object", trials=tuple(trials), source="own")


def p_values(session: ms.Session) -> np.ndarray:
    """Test each unit's spikes in the 0.5 s after contact, covered against not; shape (n_units,)."""
    contact_s, covered = session.event_times("contact"), session.trials["condition"] == COVERED.name
    counts = session.counts(contact_s, contact_s + 0.5)
    return np.asarray(mannwhitneyu(counts[covered], counts[~covered]).pvalue)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, choices=range(10), default=1)
    parser.add_argument("--out", type=Path, default="new_study.png", help="the figure")
    options = parser.parse_args()
    if not options.out.parent.is_dir():
        parser.error(f"there is no folder {options.out.parent}")
    plan = ms.Curriculum(max_actions=24)
    monkey = ms.Subject.grow(ms.macaque().scaled(0.2), seed=options.seed, curriculum=plan)
    session = monkey.run(protocol(options.seed)).select(units="area == 'F5'")
    p = p_values(session)
    print(
        f"{(p < 0.05).sum()} of {len(p)} F5 units differ at p < .05; {0.05 * len(p):.0f} would by chance"
    )
    rates, axes = psth(session, align="contact", window_s=(-1.5, 1.0)), Figure().subplots()
    axes.plot(rates.times_s, rates.values.mean(axis=2).T, label=rates.conditions)
    axes.set(xlabel="time from contact (s)", ylabel="F5, mean of units (spikes/s)")
    axes.legend()
    axes.figure.savefig(options.out)
