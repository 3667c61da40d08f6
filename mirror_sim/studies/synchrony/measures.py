"""What is read from the meetings: how far two are in step, beyond what chance puts in step."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np

from mirror_sim.session.session import Session
from mirror_sim.studies.synchrony.pair import MOVED, PAUSE
from mirror_sim.studies.synchrony.rhythm import PAUSE_TURNS, TURN_S, gestures, locking_value
from mirror_sim.studies.yawning.echoes import active_turns


def rows(sessions: Mapping[str, Session]) -> dict[str, float]:
    """Return the numbers of the claim.

    Returns
    -------
    dict
        ``locking`` (phase locking of the Subject and its partner, minus that by chance), ``plv``
        and ``plv.chance`` (the two); ``paced`` (``locking`` with a metronome whose rhythm the
        Subject has); ``gestures`` and ``gestures.partner`` (a minute); and ``rest.AREA``, rates
        in the pauses, spikes/s.
    """
    session = sessions["together"]
    own, others = _trains(session)
    minutes = TURN_S * len(session.trials) / 60
    found = _locking(own, others)
    found |= {
        "gestures": sum(map(len, own)) / minutes,
        "gestures.partner": sum(map(len, others)) / minutes,
    }
    pause = session.trials["condition"].to_numpy(str) == PAUSE
    # The first half of a pause may still feel what was before.
    late = np.flatnonzero(pause).reshape(-1, PAUSE_TURNS)[:, PAUSE_TURNS // 2 :].ravel()
    start_s = session.trials["start_time"].to_numpy(float)[late]
    for area in ("F5", "YPG"):
        counts = session.select(units=f"population == '{area}.E'").counts(start_s, start_s + TURN_S)
        found[f"rest.{area}"] = float(counts.mean()) / TURN_S
    if "paced" in sessions:
        found["paced"] = _locking(*_trains(sessions["paced"]))["locking"]
    return found


def _trains(session: Session) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return in which turns of each meeting gestures of the Subject, and of the other, begin."""
    condition = session.trials["condition"].to_numpy(str)
    _, active = active_turns(session, TURN_S)
    first = np.flatnonzero(condition == PAUSE)[::PAUSE_TURNS]
    own = [np.array(gestures(part.tolist()), int) for part in np.split(active, first[1:])]
    # That the other moved is said of the turn after, and in a pause it is not said.
    others = [np.flatnonzero(part == MOVED) - 1 for part in np.split(condition, first[1:])]
    return [turns[turns >= PAUSE_TURNS - 1] for turns in own], others


def _locking(own: list[np.ndarray], others: list[np.ndarray]) -> dict[str, float]:
    """Return the mean locking over meetings, and what chance gives.

    Chance is the Subject of one meeting with the partner of another, who was slower than the
    Subject instead of faster, or the other way round. So their own periods differ as much as those
    of two who meet, but a period that two came to share is not in both.
    """
    numbers = range(len(own))
    values = {
        (k, j): locking_value(TURN_S * own[k], TURN_S * others[j])
        for k, j in product(numbers, numbers)
    }
    plv = _mean([value for (k, j), value in values.items() if k == j])
    by_chance = _mean([value for (k, j), value in values.items() if (k - j) % 2])
    return {"locking": plv - by_chance, "plv": plv, "plv.chance": by_chance}


def _mean(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")
