"""The study of Jerjian et al. 2020: the task, its rows, and the units that were recorded."""

from __future__ import annotations

import pandas as pd

from mirror_sim.scene.trials import Protocol
from mirror_sim.session.session import Session
from mirror_sim.studies.jerjian2020.task import (
    SOURCE,
    classify,
    protocol,
    recorded_units,
    rows,
)
from mirror_sim.studies.study import Study


def task() -> Protocol:
    """Return the task, the same trials for every Subject."""
    return protocol()


def tables(session: Session, *, seed: int) -> dict[str, pd.DataFrame]:
    """Return the recorded units with their classes."""
    return {"units_jerjian2020": classify(session, seed=seed)}


STUDY = Study(
    name="jerjian2020",
    protocol=task,
    rows=rows,
    targets="targets.csv",
    tables=tables,
    recorded=recorded_units,
    reads=("F5", "M1"),
    source=SOURCE,
)
