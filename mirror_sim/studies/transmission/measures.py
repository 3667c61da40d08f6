"""What each generation does at the cues, and how much of the first one's skill is left."""

from __future__ import annotations

import numpy as np

from mirror_sim.session.session import Session
from mirror_sim.studies.rest import rest_hz
from mirror_sim.studies.watching.measures import CELLS, apart, cells
from mirror_sim.studies.watching.task import CUES

_CUE_S = (0.15, 1.0)
"""The window after a cue, seconds."""


def rows(session: Session) -> dict[str, float]:
    """Return the numbers of the claim.

    Returns
    -------
    dict
        ``generation.K`` (cues at which generation K does the act that the first one practised, %);
        ``practised`` and ``kept`` (the first and the last generation's, in points above the 50 % of
        guessing); ``first step`` (the second generation's); ``expected`` (what would be left in the
        last if each step kept as much as the first one); ``improved`` (last minus first
        generation); and ``rest.F5``, the mean rate before a cue, spikes/s.
    """
    condition = session.trials["condition"].to_numpy(str)
    told = session.select(trials=condition == "execute-dark")
    generation = np.array([name.partition(":")[0] for name in condition])
    names = [name for name in dict.fromkeys(generation) if name.startswith("generation")]
    share = np.array([faithful(session.select(trials=generation == n), told) for n in names])
    above = 100 * (share - 0.5)
    step = above[1] / above[0] if above[0] > 0 else np.nan
    found = {name.replace(" ", "."): 100 * float(x) for name, x in zip(names, share, strict=True)}
    return found | {
        "practised": float(above[0]),
        "first step": float(above[1]),
        "kept": float(above[-1]),
        "expected": float(above[0] * max(step, 0.0) ** (len(above) - 1)),
        "improved": float(above[-1] - above[0]),
        "rest.F5": rest_hz(told, CELLS),
    }


def faithful(session: Session, told: Session) -> float:
    """Return the share of the cues at which a generation does the act of the cue."""
    return float(decided(session, told).mean())


def decided(session: Session, told: Session) -> np.ndarray:
    """Return at which cues F5 leans to the act of the cue; bool array, shape (n_trials,).

    It leans to one act or the other by where it stands on the line between the two acts as
    commanded, relative to its mean over all cues.
    """
    start_s = session.event_times("cue")
    hz = cells(session).counts(start_s + _CUE_S[0], start_s + _CUE_S[1])
    place = (hz - hz.mean(axis=0)) @ apart(told, "execute-dark")
    cue = np.array([name.rpartition(": ")[2] for name in session.trials["condition"]])
    right: np.ndarray = (place > 0) == (cue == next(iter(CUES)))
    return right
