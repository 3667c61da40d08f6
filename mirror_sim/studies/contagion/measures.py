"""What is read from the test: who responds to what, freezing, and what a decoder finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mirror_sim.analysis.responses import paired_p
from mirror_sim.session.session import Session
from mirror_sim.studies.contagion.task import (
    FULL,
    GRADED,
    LEVELS,
    NOTHING,
    START_S,
    STOP_S,
    named,
)

ALPHA = 0.01
LEAST_HZ = 1.0
"""A unit responds if its rate rises by so much, with this p in `paired_p`."""
FREEZING_HZ = 6.0
"""The body freezes in a trial if PAG's cells fire more; chosen on seed 1000."""
LATENCY_S = 0.05
READ_OUT = "PAG.E"
AREAS = ("SI", "AI", "ACC", "BLA")


@dataclass(frozen=True)
class Responses:
    """Rates of all units in all trials.

    Attributes
    ----------
    condition : array of str, shape (n_trials,)
    population : array of str, shape (n_units,)
    before_hz, during_hz : float arrays, shape (n_trials, n_units)
        In the time before the signal, and in that of the signal.
    """

    condition: np.ndarray
    population: np.ndarray
    before_hz: np.ndarray
    during_hz: np.ndarray

    def of(self, condition: str, population: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the rates before and during the signal, arrays, shape (n_trials, n_units)."""
        trials, units = self.condition == condition, self.population == population
        return self.before_hz[trials][:, units], self.during_hz[trials][:, units]

    def responding(self, condition: str, population: str) -> np.ndarray:
        """Return which units are facilitated, bool array, shape (n_units,)."""
        before, during = self.of(condition, population)
        rises: np.ndarray = (during - before).mean(axis=0) > LEAST_HZ
        return rises & (paired_p(during, before) < ALPHA)

    def evoked(self, condition: str, population: str) -> float:
        """Return by how much the mean rate of a population rises, spikes/s."""
        before, during = self.of(condition, population)
        return float((during - before).mean())

    def freezing(self, condition: str) -> float:
        """Return the share of trials in which the body freezes, in percent."""
        rate_hz = self.of(condition, READ_OUT)[1].mean(axis=1)
        return 100 * float((rate_hz > FREEZING_HZ).mean())


def read(session: Session) -> Responses:
    """Return the rates of a session in its windows."""
    start_s = session.trials["start_time"].to_numpy(float)
    first = start_s + START_S + LATENCY_S
    length_s = STOP_S - START_S
    before = session.counts(start_s + START_S - length_s, start_s + START_S) / length_s
    during = session.counts(first, first + length_s) / length_s
    return Responses(
        session.trials["condition"].to_numpy(str),
        session.units["population"].to_numpy(str),
        before,
        during,
    )


def rows(session: Session) -> dict[str, float]:
    """Return the numbers of the claim.

    Returns
    -------
    dict
        ``both`` (units of ACC that respond to own pain and to another's distress, %), ``chance``
        (product of the shares that respond to each, %), ``shared`` (the first minus the second);
        ``AREA.CHANNEL`` (units that respond, %);
        ``freezing.CHANNEL`` (trials in which the body freezes, less those with nothing, %);
        ``PAG.CHANNEL.LEVEL`` (rise of its rate, spikes/s);
        ``decoded`` (correlation of own pain's strength with what a decoder of another's distress
        reads from ACC), ``salience`` (the same of the mean rate alone), ``decoded.excess`` (the
        first minus the second); and ``rest.AREA``, the mean rate before signals, spikes/s.
    """
    seen = read(session)
    found: dict[str, float] = {}
    for area in AREAS:
        for channel in (*GRADED, *FULL):
            responding = seen.responding(named(channel), f"{area}.E")
            found[f"{area}.{channel}"] = 100 * float(responding.mean())
    pain, distress = (seen.responding(named(channel), "ACC.E") for channel in GRADED)
    found["both"] = 100 * float((pain & distress).mean())
    found["chance"] = found["ACC.pain"] * found["ACC.distress"] / 100
    found["shared"] = found["both"] - found["chance"]
    for channel in (*GRADED, *FULL):
        found[f"freezing.{channel}"] = seen.freezing(named(channel)) - seen.freezing(NOTHING)
        for level in LEVELS if channel in GRADED else (1.0,):
            found[f"PAG.{channel}.{level:g}"] = seen.evoked(named(channel, level), READ_OUT)
    found |= _decoded(seen)
    for area in (*AREAS, "PAG"):
        units = seen.population == f"{area}.E"
        found[f"rest.{area}"] = float(seen.before_hz[:, units].mean())
    return found


def _decoded(seen: Responses) -> dict[str, float]:
    """Read the strength of own pain by what tells that of another's distress."""
    from sklearn.linear_model import RidgeCV

    activity, strength = {}, {}
    for channel in GRADED:
        parts = [seen.of(named(channel, level), "ACC.E") for level in LEVELS]
        activity[channel] = np.concatenate([during - before for before, during in parts])
        strength[channel] = np.repeat(LEVELS, [len(during) for _, during in parts])
    decoder = RidgeCV(alphas=np.logspace(0, 6, 13)).fit(activity["distress"], strength["distress"])
    read_out = decoder.predict(activity["pain"])
    found = _correlation(read_out, strength["pain"])
    alone = _correlation(activity["pain"].mean(axis=1), strength["pain"])
    return {"decoded": found, "salience": alone, "decoded.excess": found - alone}


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    if np.ptp(first) == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])
