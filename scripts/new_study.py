"""A study of your own: an experiment, a number, what was published, a figure.

The question: do units respond otherwise to a seen grasp when its object is not to be seen? A human
grasps an apple; in half of the trials, in random order, a lid hides the apple all along, but not
the hand. ``mirror-sim run scripts/new_study.py:STUDY --subjects 2 --quick`` runs it; ``validate``,
``figures`` and ``sweep`` take it likewise. ``new_study.csv`` beside this file holds what it is
compared with.
"""

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import mannwhitneyu

import mirror_sim as ms
from mirror_sim.analysis.rates import psth

COVERED = ms.Condition(
    name="observe-covered", actor="other", withhold=True, object_visible=False, source="own"
)


def protocol(seed: int, n_trials: int = 20) -> ms.Protocol:
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


def rows(session: ms.Session) -> dict[str, float]:
    """Return the share of each area's units with p < .05, in %; chance gives 5."""
    differs = session.units.assign(differs=100.0 * (p_values(session) < 0.05))
    return {
        f"C1.{area}": share for area, share in differs.groupby("area")["differs"].mean().items()
    }


def draw(results: ms.Results) -> Figure:
    """Draw the mean rates of AIP in both conditions."""
    session = results.session.select(units="area == 'AIP'")
    rates = psth(session, align="contact", window_s=(-1.5, 1.0))
    figure, labels = Figure(), {"xlabel": "from contact (s)", "ylabel": "AIP, mean (spikes/s)"}
    axes = figure.subplots(subplot_kw=labels)
    axes.legend(axes.plot(rates.times_s, rates.values.mean(axis=2).T), rates.conditions)
    return figure


STUDY = ms.Study(
    name="new_study", protocol=protocol, rows=rows, targets="new_study.csv", figure=draw
)
