"""How the mean firing of areas runs over a trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mirror_sim.analysis.rates import psth
from mirror_sim.session.session import Session
from mirror_sim.studies.ferroni2021.measures import AREAS
from mirror_sim.studies.ferroni2021.task import CUE_S, DURATION_S, GO_S

WINDOW_S = (-GO_S, DURATION_S - GO_S)
"""The whole trial, seconds from go."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Courses:
    """Mean firing of areas over a trial.

    Parameters
    ----------
    times_s : float array, shape (n_times,)
        Seconds from go.
    change_hz : dict of (str, str) to float array, shape (n_times,)
        By area and condition: mean rate of all units minus that before the sound.
    """

    times_s: np.ndarray
    change_hz: Mapping[tuple[str, str], np.ndarray]


def courses(session: Session) -> Courses:
    """Return the mean firing of areas in each condition."""
    rates = psth(session, align="go", window_s=WINDOW_S, sigma_s=0.03)
    before = rates.times_s < CUE_S - GO_S
    area = session.units["area"].to_numpy(dtype=str)
    change = {}
    for name in AREAS:
        for condition in rates.conditions if name in area else ():
            course = rates.of(condition)[:, area == name].mean(axis=1)
            change[name, condition] = course - course[before].mean()
    return Courses(times_s=rates.times_s, change_hz=change)
