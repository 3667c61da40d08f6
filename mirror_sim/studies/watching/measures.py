"""What is read from the probes: how much a cue alone calls up the act that goes with it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mirror_sim.session.session import Session
from mirror_sim.studies.rest import rest_hz
from mirror_sim.studies.watching.task import CUES

CELLS = ("F5.E", "F5.PTN")
_CUE_S = (0.85, 1.6)
"""The window after a cue, seconds from trial start: before any act could begin."""
_AFTER_CONTACT_S = 0.3


def rows(sessions: Mapping[str, Session]) -> dict[str, float]:
    """Return the numbers of the claim.

    Returns
    -------
    dict
        ``called.SESSION`` (by how much the cues alone set the cells of F5 apart as the acts do, in
        % of what the acts do, in the dark); ``practised``, ``watched`` and ``rehearsed`` (what
        each adds to having been taught nothing, %); ``share`` (what watching or rehearsing adds, in
        % of what practice adds; NaN where practice adds nothing); ``saved`` and ``cost`` (what
        watching adds to a short practice, and what it takes from one of the other pairing, %); and
        ``rest.F5``, the mean rate before a cue, spikes/s.
    """
    called = {name: _called(session) for name, session in sessions.items()}
    found = {f"called.{name}": value for name, value in called.items()}
    added = {name: value - called["nothing"] for name, value in called.items()}
    found["practised"] = added["practice"]
    for name, row in (("watching", "watched"), ("rehearsal", "rehearsed")):
        if name in added:
            found[row] = added[name]
            of = added["practice"] if added["practice"] > 0 else np.nan
            found["share"] = 100 * added[name] / of
    if "watching, then practice" in called:
        found["saved"] = called["watching, then practice"] - called["short practice"]
        found["cost"] = called["watching, then reversed"] - called["reversed practice"]
    found["rest.F5"] = rest_hz(sessions["nothing"], CELLS)
    return found


def _called(session: Session) -> float:
    """Return how far the cues set the cells apart along the line on which the acts do, in %."""
    done, cued = (apart(session, condition) for condition in ("execute-dark", "cue"))
    return 100 * float(done @ cued / (done @ done))


def apart(session: Session, condition: str) -> np.ndarray:
    """Return each cell's mean rate with one act or its cue, minus that with the other."""
    chosen = session.trials["condition"].to_numpy(str) == condition
    action = session.trials["action"].to_numpy(str)[chosen]
    if condition == "cue":
        start_s = session.trials["start_time"].to_numpy(float)
        first, last = start_s + _CUE_S[0], start_s + _CUE_S[1]
    else:
        first = session.event_times("movement_onset")
        last = session.event_times("contact") + _AFTER_CONTACT_S
    first, last = first[chosen], last[chosen]
    hz = cells(session).counts(first, last) / (last - first)[:, None]
    one, other = (hz[action == act].mean(axis=0) for act in CUES)
    difference: np.ndarray = one - other
    return difference


def cells(session: Session) -> Session:
    """Return the session of the excitatory cells of F5."""
    return session.select(units=f"population in {list(CELLS)}")
