"""What the figures show of whole areas: time courses, changes of rate, muscles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mirror_sim.analysis.epochs import epoch_rates
from mirror_sim.analysis.rates import psth
from mirror_sim.studies.gallese1996 import GALLESE_EPOCHS
from mirror_sim.studies.jerjian2020 import muscle_readout
from mirror_sim.studies.observed_vs_performed.examples import (
    ALIGN,
    DARK,
    EXECUTION,
    OBJECT_ALONE,
    OBSERVATION,
    WINDOW_S,
)

if TYPE_CHECKING:
    from mirror_sim.session.session import Session

NOGO = "nogo"
AREAS = ("F5", "PFG", "M1")

# Jerjian et al. 2020: seconds from Go.
CHANGE_WINDOW_S, CHANGE_BASELINE_S = (0.35, 0.80), (-1.4, -1.1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """Time course of the mean over the units of an area.

    Parameters
    ----------
    times_s : float array, shape (n_times,)
        Seconds from contact.
    mean, sem : float array, shape (n_times,)
        Rate minus the unit's baseline in the same condition, and its standard error over units,
        spikes/s.
    n_units : int
    """

    times_s: np.ndarray
    mean: np.ndarray
    sem: np.ndarray
    n_units: int


def population(battery: Session) -> dict[tuple[str, str], Course]:
    """Average the rates of all units of an area; those of units without any class too."""
    conditions = battery.trials["condition"].to_numpy(dtype=str)
    wanted = [c for c in (EXECUTION, DARK, OBSERVATION, OBJECT_ALONE) if c in conditions]
    inside = battery.select(
        trials=np.isin(conditions, wanted), units=battery.units["area"].isin(AREAS).to_numpy()
    )
    rates = psth(inside, align=ALIGN, window_s=WINDOW_S)
    baseline = epoch_rates(inside, GALLESE_EPOCHS[:1])[:, 0]
    area_of = inside.units["area"].to_numpy(dtype=str)
    own = inside.trials["condition"].to_numpy(dtype=str)
    courses = {}
    for condition in wanted:
        net = rates.of(condition) - baseline[own == condition].mean(axis=0)
        for area in AREAS:
            of_area = net[:, area_of == area]
            n_units = of_area.shape[1]
            if n_units > 1:
                courses[area, condition] = Course(
                    times_s=rates.times_s,
                    mean=of_area.mean(axis=1),
                    sem=of_area.std(axis=1, ddof=1) / np.sqrt(n_units),
                    n_units=n_units,
                )
    return courses


def changes(task: Session, task_units: pd.DataFrame, *, area: str = "F5") -> pd.DataFrame:
    """Return how each unit of an area changes its rate with each grasp, done and seen.

    The change is the rate 0.35 to 0.80 s after Go minus that 1.4 to 1.1 s before (Jerjian et al.
    2020).

    Returns
    -------
    DataFrame
        unit_id, action, execution, observation (spikes/s), sign_class ("" unless the unit is mirror
        and both contexts are significant for the grasp).
    """
    rows = np.flatnonzero((task_units["area"] == area).to_numpy())
    units = task_units.iloc[rows].reset_index(drop=True)
    go_s = task.event_times("go")
    late, early = (
        task.counts(go_s + start_s, go_s + stop_s)[:, rows] / (stop_s - start_s)
        for start_s, stop_s in (CHANGE_WINDOW_S, CHANGE_BASELINE_S)
    )
    conditions, grasp = (task.trials[name].to_numpy(dtype=str) for name in ("condition", "action"))
    tables = []
    for action in sorted(set(grasp)):
        means = {
            name: (late - early)[(conditions == condition) & (grasp == action)].mean(axis=0)
            for name, condition in (("execution", EXECUTION), ("observation", OBSERVATION))
        }
        sign_class = np.where(units["mirror"], units[f"class_{action}"], "")
        table = {"unit_id": units["unit_id"], "action": action, **means, "sign_class": sign_class}
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True)


def muscle(task: Session) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Average the muscle read-out over the trials of each condition; see `FigureData`."""
    readout = muscle_readout(task, align=ALIGN, window_s=WINDOW_S)
    conditions = task.trials["condition"].to_numpy(dtype=str)
    return {
        name: (
            readout.times_s,
            readout.activity[conditions == name].mean(axis=0),
            readout.drive[conditions == name].mean(axis=0),
        )
        for name in (EXECUTION, OBSERVATION, NOGO)
        if name in conditions
    }
