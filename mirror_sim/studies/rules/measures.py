"""What is read from the probes: how much the sight of an act drives the cells that do it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mirror_sim.session.session import Session
from mirror_sim.studies.rules.life import EFFECTORS, LASTS_S, ONSET_S

CELLS = "F5.E"
GROUPS = ("before", "contingent", "non-contingent", "signalled")
_LATENCY_S = 0.06
_PREFERS_HZ = 2.0
"""A cell belongs to an effector if it fires so much more when that one acts."""
_LEAST_HZ = 1.0
"""Where training reverses less than this, nothing can be said in shares of it."""


def rows(sessions: Mapping[str, Session]) -> dict[str, float]:
    """Return the numbers of the claim.

    Returns
    -------
    dict
        ``imitation.GROUP`` (how much more the cells of an effector fire when its act is seen than
        when the other's is, mean over cells, spikes/s; a counter-mirror response is below 0);
        ``reversal`` (before, minus after contingent training); ``contingency`` and ``restored``
        (what is left after non-contingent training, minus what is left after contingent or
        signalled training, in % of the reversal; NaN where that is below 1 spike/s); ``cells``
        that belong to an effector before training; and ``rest.F5``, spikes/s.
    """
    left = {name: _imitation(session) for name, session in sessions.items()}
    found = {f"imitation.{name}": left[name][0] for name in GROUPS}
    reversal = found["imitation.before"] - found["imitation.contingent"]
    of = 100 / reversal if reversal >= _LEAST_HZ else np.nan
    for row, other in (("contingency", "contingent"), ("restored", "signalled")):
        found[row] = of * (found["imitation.non-contingent"] - found[f"imitation.{other}"])
    rest_hz = _rates_hz(sessions["before"])["nothing"]
    return found | {
        "reversal": reversal,
        "cells": float(left["before"][1]),
        "rest.F5": float(rest_hz.mean()),
    }


def _imitation(session: Session) -> tuple[float, int]:
    hz = _rates_hz(session)
    one, other = EFFECTORS
    prefers = hz[f"do {one}"] - hz[f"do {other}"]
    answers = hz[f"see {one}"] - hz[f"see {other}"]
    own = np.abs(prefers) > _PREFERS_HZ
    matched = np.sign(prefers[own]) * answers[own]
    return float(matched.mean()) if own.any() else float("nan"), int(own.sum())


def _rates_hz(session: Session) -> dict[str, np.ndarray]:
    """Return the mean rate of each cell in each kind of probe."""
    start_s = session.trials["start_time"].to_numpy(float) + ONSET_S + _LATENCY_S
    cells = session.select(units=f"population == {CELLS!r}")
    hz = cells.counts(start_s, start_s + LASTS_S) / LASTS_S
    condition = session.trials["condition"].to_numpy(str)
    return {str(name): hz[condition == name].mean(axis=0) for name in np.unique(condition)}
