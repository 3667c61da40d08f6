"""Which phase of an act drives the cells that do another, read from single phases."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mirror_sim.analysis.selectivity import equal_subsets
from mirror_sim.analysis.shift import peak_shift, shift_correlogram
from mirror_sim.session.session import Session
from mirror_sim.studies.prediction.task import FLASHED, LAGS_MS, NOTHING, ON_S, STEP_MS, condition

CELLS = "F5.E"
_RESPONSE_S = 0.25
"""From the onset of a phase; it holds the latency of the cells that see."""
_N_SHIFTS = 8


def rows(sessions: Mapping[str, Session]) -> dict[str, float]:
    """Return the numbers of the claim.

    Returns
    -------
    dict
        ``lead.LAG`` (how much later the phases are that the cells do, than those that drive them
        when seen, ms, after a life in which own acts were seen LAG ms after their command);
        ``slope`` (by how many ms the lead grows for each ms of the lag); ``follows`` (how much
        better done and seen agree where what is seen is shifted ahead by the lag than where it is
        shifted behind by it, beyond what the same shifts do without a lag; mean over lags, in units
        of r); ``match`` (r of what cells do and see at the best shift, chosen on the other half of
        the trials, without a lag); ``seen`` (spikes/s by which the sight of a phase raises the
        mean rate, without a lag) and ``rest.F5``, spikes/s.
    """
    tuned = {lag: Tuning(session) for lag, session in zip(LAGS_MS, sessions.values(), strict=True)}
    agree = {lag: tuning.agreement() for lag, tuning in tuned.items()}
    lead_ms = {lag: STEP_MS * peak_shift(found) for lag, found in agree.items()}
    first = LAGS_MS[0]
    gains = [
        _ahead(agree[lag], lead_ms[first], lag) - _ahead(agree[first], lead_ms[first], lag)
        for lag in LAGS_MS[1:]
    ]
    return {
        **{f"lead.{lag}": lead for lag, lead in lead_ms.items()},
        "slope": float(np.polyfit(LAGS_MS, list(lead_ms.values()), 1)[0]),
        "follows": float(np.mean(gains)),
        "match": tuned[first].match(),
        "seen": tuned[first].seen_hz,
        "rest.F5": tuned[first].rest_hz,
    }


def _ahead(agreement: np.ndarray, lead_ms: float, lag_ms: float) -> float:
    shifts_ms = STEP_MS * np.arange(-_N_SHIFTS, _N_SHIFTS + 1)
    ahead, behind = np.interp([lead_ms + lag_ms, lead_ms - lag_ms], shifts_ms, agreement)
    return float(ahead - behind)


class Tuning:
    """Rates of the cells in each phase, done and seen.

    Parameters
    ----------
    session : Session
        Of `mirror_sim.studies.prediction.task.probed`.
    """

    def __init__(self, session: Session) -> None:
        start_s = session.trials["start_time"].to_numpy(float) + ON_S
        cells = session.select(units=f"population == {CELLS!r}")
        self._hz = cells.counts(start_s, start_s + _RESPONSE_S) / _RESPONSE_S
        self._condition = session.trials["condition"].to_numpy(str)
        fewest = int(np.unique(self._condition, return_counts=True)[1].min())
        self._halves = equal_subsets(self._condition, fewest // 2)[:2]
        nothing = self._hz[self._condition == NOTHING]
        self.rest_hz = float(nothing.mean())
        self.seen_hz = float(self._of("act").mean()) - self.rest_hz

    def _of(self, channel: str, among: np.ndarray | None = None) -> np.ndarray:
        """Return the mean rate of each cell in each phase, shape (n_cells, n_phases)."""
        used = np.ones(len(self._condition), bool) if among is None else among
        means = [
            self._hz[used & (self._condition == condition(channel, place))].mean(axis=0)
            for place in FLASHED
        ]
        return np.stack(means, axis=1)

    def agreement(self, among: np.ndarray | None = None) -> np.ndarray:
        """Return how well phases done and seen agree at each shift, over all cells."""
        done, seen = self._of("command", among), self._of("act", among)
        return shift_correlogram(done, seen, n_shifts=_N_SHIFTS)

    def match(self) -> float:
        """Return the agreement at the best shift of the other half of the trials."""
        one, other = (self.agreement(half) for half in self._halves)
        return float((one[other.argmax()] + other[one.argmax()]) / 2)
