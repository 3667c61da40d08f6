"""The study of Gallese et al. 1996: the battery, its rows, and how irregular the firing is."""

from __future__ import annotations

import pandas as pd

from mirror_sim.scene.trials import Protocol
from mirror_sim.session.session import Session
from mirror_sim.studies.gallese1996.task import (
    SOURCE,
    baseline_variability,
    classify,
    protocol,
)
from mirror_sim.studies.gallese1996.task import rows as shares
from mirror_sim.studies.study import Study

_VARIABILITY = {
    "CV": "isi_cv",
    "Fano": "fano",
    "pairs": "pairwise_correlation",
    "rate": "mean_rate_hz",
    "median": "median_rate_hz",
    "spread": "sd_over_mean",
}


def battery(n_trials: int = 10) -> Protocol:
    """Return the battery, the same trials for every Subject."""
    return protocol(n_trials)


def rows(session: Session) -> dict[str, float]:
    """Return the shares of F5, and the spiking variability of each area.

    Every share rests on tests that assume the variability of cortex: ``S.CV.F5`` is that of
    intervals in F5, and so on, from `mirror_sim.analysis.baseline_variability`.
    """
    found = shares(classify(session))
    for area, measured in baseline_variability(session).set_index("area").iterrows():
        found |= {f"S.{name}.{area}": measured[of] for name, of in _VARIABILITY.items()}
    return found


def tables(session: Session) -> dict[str, pd.DataFrame]:
    """Return all units with their classes."""
    return {"units_gallese1996": classify(session)}


STUDY = Study(
    name="gallese1996",
    protocol=battery,
    rows=rows,
    targets="targets.csv",
    tables=tables,
    reads=("F5",),
    source=SOURCE,
)
