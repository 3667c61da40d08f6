"""Lives with a delay of own vision, and single phases of an act, done or seen, to test them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mirror_sim.scene.trials import Protocol
from mirror_sim.session.session import Session
from mirror_sim.studies.prediction.life import PHASE_S, PHASES, Delayed, phases, trial
from mirror_sim.subject.subject import Subject

LAGS_MS = (0, 50, 100, 150, 200)
N_TRIALS = 10
"""Of each phase, done and seen."""

FLASHED = tuple(float(place) for place in np.round(np.linspace(PHASES[0], PHASES[-1], 17), 3))
STEP_MS = 1000 * PHASE_S * (len(PHASES) - 1) / (len(FLASHED) - 1)
"""From one flashed phase to the next, in the course of an act."""
ON_S = 0.3
NOTHING = "nothing"
_DURATION_S = 0.7


def condition(channel: str, place: float) -> str:
    """Return the name of the trials in which a phase is done or seen."""
    return f"{channel} {place:g}"


def probed(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let a Subject do or see single phases, in as many trials each, and nothing."""
    kinds = [trial(NOTHING, _DURATION_S) for _ in FLASHED]
    for channel in ("command", "act"):
        for place in FLASHED:
            flash = phases(channel, [place], ON_S)
            kinds.append(trial(condition(channel, place), _DURATION_S, *flash))
    return subject.run(Protocol(name="phases", trials=tuple(kinds * n_trials)))


def plan_of(subject: Subject) -> Delayed:
    """Return what a Subject lived by; the default life if it lived none of this study's."""
    plan = subject.growth.plan if subject.growth else None
    return plan if isinstance(plan, Delayed) else Delayed()


def _lived(subject: Subject, lag_ms: int, n_trials: int) -> Session:
    """Probe a Subject that lived as this one did, but for the delay of its vision."""
    return probed(subject.grown_anew(replace(plan_of(subject), lag_s=lag_ms / 1000)), n_trials)


def no_lag(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it see own acts as they are commanded."""
    return _lived(subject, 0, n_trials)


def lag_50(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it see own acts 50 ms after their command."""
    return _lived(subject, 50, n_trials)


def lag_100(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it see own acts 100 ms after their command."""
    return _lived(subject, 100, n_trials)


def lag_150(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it see own acts 150 ms after their command."""
    return _lived(subject, 150, n_trials)


def lag_200(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it see own acts 200 ms after their command."""
    return _lived(subject, 200, n_trials)


EXPERIMENT = {
    function.__name__: function for function in (no_lag, lag_50, lag_100, lag_150, lag_200)
}
"""A session for each of `LAGS_MS`, in the same order."""
