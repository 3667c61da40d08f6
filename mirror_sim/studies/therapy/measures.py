"""How far the hand gets after a lesion and a therapy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mirror_sim.session.session import Session
from mirror_sim.studies.jerjian2020.task import muscle_readout
from mirror_sim.studies.rest import rest_hz
from mirror_sim.subject.body import Body

_WINDOW_S = (-0.5, 1.2)
"""In which the muscles may pull, seconds from when the act is commanded to start."""


def reaches(session: Session) -> np.ndarray:
    """Return how far the hand gets in each trial, 0 to 1; shape (n_trials,)."""
    body = Body()
    peak = muscle_readout(session, align="movement_onset", window_s=_WINDOW_S).activity.max(axis=1)
    reach: np.ndarray = np.where(peak > body.least_hz, np.minimum(peak / body.full_hz, 1.0), 0.0)
    return reach


def rows(sessions: Mapping[str, Session]) -> dict[str, float]:
    """Return the numbers of the claim.

    Returns
    -------
    dict
        ``reached.SESSION`` (how far the hand gets, % of the whole movement); ``lost`` (by the
        lesion), ``practised`` (what practice and a film without hands bring back), ``added`` (what
        watching in place of the film adds), ``watched`` (what watching alone brings back), all in
        points of that; and ``rest.M1``, the mean rate before the command, spikes/s.
    """
    reached = {name: 100 * float(reaches(session).mean()) for name, session in sessions.items()}
    found = {f"reached.{name}": value for name, value in reached.items()}
    found["lost"] = reached["intact"] - reached["time alone"]
    found["practised"] = reached["practice"] - reached["time alone"]
    found["added"] = reached["practice and watching"] - reached["practice"]
    found["watched"] = reached["watching"] - reached["time alone"]
    found["rest.M1"] = rest_hz(sessions["time alone"], ("M1.E", "M1.PTN"))
    return found
