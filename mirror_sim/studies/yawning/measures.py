"""What is read from the turns: who yawns when, and how soon."""

from __future__ import annotations

import numpy as np

from mirror_sim.session.session import Session
from mirror_sim.studies.yawning.echoes import GENERATOR, active_turns
from mirror_sim.studies.yawning.pair import SAW_NOTHING, SAW_YAWN, START_S, TURN_S, URGED

STEP_S = 0.02


def rows(session: Session) -> dict[str, float]:
    """Return the numbers of the claim.

    Returns
    -------
    dict
        ``contagion`` (turns with a yawn after the partner yawned, minus those after it did not,
        both without an own urge, %); ``yawns.saw``, ``yawns.alone`` (the two); ``urged`` (turns
        with a yawn by an own urge alone, less ``yawns.alone``, %); ``generator.saw``,
        ``generator.alone`` (rates of the pattern generator, spikes/s); ``latency_ms`` (from the
        sight of a yawn to half of the generator's peak); ``turns`` in which a yawn was seen; and
        ``rest.AREA``, rates before anything is seen, spikes/s.
    """
    start_s = session.trials["start_time"].to_numpy(float)
    condition = session.trials["condition"].to_numpy(str)
    generator = session.select(units=f"population == {GENERATOR!r}")
    rate_hz, yawned = active_turns(session, TURN_S)
    share = {name: _percent(yawned[condition == name]) for name in (SAW_YAWN, SAW_NOTHING)}
    urged = _percent(yawned[condition == f"{URGED}, {SAW_NOTHING}"])
    found = {
        "contagion": share[SAW_YAWN] - share[SAW_NOTHING],
        "yawns.saw": share[SAW_YAWN],
        "yawns.alone": share[SAW_NOTHING],
        "urged": urged - share[SAW_NOTHING],
        "generator.saw": _mean(rate_hz[condition == SAW_YAWN]),
        "generator.alone": _mean(rate_hz[condition == SAW_NOTHING]),
        "latency_ms": _latency_ms(generator, start_s[(condition == SAW_YAWN) & yawned]),
        "turns": float(sum(SAW_YAWN in name for name in condition)),
    }
    for area in ("F5", "YPG"):
        cells = session.select(units=f"population == '{area}.E'")
        before = cells.counts(start_s, start_s + START_S)
        found[f"rest.{area}"] = float(before.mean()) / START_S
    return found


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _percent(flags: np.ndarray) -> float:
    return 100 * _mean(flags)


def _latency_ms(generator: Session, start_s: np.ndarray) -> float:
    """Return when the generator's mean rate reaches half of its peak, ms after the face is seen."""
    if not len(start_s):
        return float("nan")
    steps = np.arange(0.0, 1.0, STEP_S)
    first = (start_s + START_S + steps[:, None]).ravel()
    counts = generator.counts(first, first + STEP_S).mean(axis=1)
    course = counts.reshape(len(steps), len(start_s)).mean(axis=1)
    return float(1000 * steps[np.argmax(course >= course.max() / 2)])
