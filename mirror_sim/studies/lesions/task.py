"""Acts that are done in the dark, seen where they may be answered, and seen where they may not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from mirror_sim.engine.wiring import stream
from mirror_sim.scene.acts import Signal
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol, Trial, shuffled
from mirror_sim.session.session import Session
from mirror_sim.studies.controls.battery import ACTIONS
from mirror_sim.studies.lesions.damage import Lesion, of_balance, of_context, of_map, sized
from mirror_sim.studies.lesions.measures import DONE, FREE, RESTRAINED, drive_hz, driven
from mirror_sim.subject.subject import Subject

N_TRIALS = 8
"""Of each act in each condition."""
_EVENTS = {"object_on": 0.7, "movement_onset": 1.4, "dark_on": 0.0}
_DURATION_S = 3.2


def _trial(condition: str, act: str, rng: np.random.Generator) -> Trial:
    kind = DONE if condition == DONE else "observe"
    trial = make_trial(kind, act, rng=rng, events_template=_EVENTS, duration_s=_DURATION_S)
    return in_context(trial, restrained=condition == RESTRAINED, named=condition)


def in_context(trial: Trial, *, restrained: bool, named: str) -> Trial:
    """Return a trial in which the context says throughout that nothing is to be answered, or not.

    It is there before anything is seen, so that a response is told from what the context does by
    itself.
    """
    context = Signal(channel="context", start_s=0.0, stop_s=trial.duration_s)
    return replace(trial, condition=named, signals=(context,) if restrained else ())


def _plan(
    subject: Subject, name: str, conditions: tuple[str, ...], n_trials: int, *, day: str = "a day"
) -> Protocol:
    """Return trials in an order of the day: the same movements in each condition."""
    trials: list[Trial] = []
    for condition in conditions:
        rng = stream(subject.seed, "lesions, movements", name)
        trials += [_trial(condition, act, rng) for act in ACTIONS for _ in range(n_trials)]
    ordered = shuffled(trials, stream(subject.seed, "lesions, order", day))
    return Protocol(name=f"lesions, {name} on {day}", trials=ordered, align="contact")


def _test(subject: Subject, n_trials: int, *, day: str = "a day") -> Protocol:
    return _plan(subject, "test", (DONE, FREE, RESTRAINED), n_trials, day=day)


def before(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Show acts to a Subject that nothing was done to: its answers tell which cells to look at."""
    return subject.run(_plan(subject, "before", (FREE,), n_trials))


def whole(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Probe a Subject that nothing was done to."""
    return subject.run(_test(subject, n_trials))


def _lesioned(subject: Subject, lesion: Lesion, n_trials: int) -> Session:
    """Probe a Subject after a lesion of the size that takes the wanted share of its drive."""
    looked_at = driven(before(subject, n_trials))
    plan = _plan(subject, "size", (FREE,), n_trials)
    at_first_hz = drive_hz(subject.run(plan), looked_at)

    def lost(size: float) -> float:
        return 1 - drive_hz(lesion(subject, size).run(plan), looked_at) / at_first_hz

    return lesion(subject, sized(lost)).run(_test(subject, n_trials))


def map_lesion(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Permute a part of what growth taught from STS to PFG, and from PFG to F5."""
    return _lesioned(subject, of_map, n_trials)


def balance_lesion(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Make inhibition stronger than it was while the Subject grew."""
    return _lesioned(subject, of_balance, n_trials)


def context_lesion(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let the cells of the context tell contexts less apart."""
    return _lesioned(subject, of_context, n_trials)


def sham_lesion(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Do nothing, and show it the same movements on another day."""
    return subject.run(_test(subject, n_trials, day="another day"))


def context_anywhere(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let the context be there in every other trial of a seen act, whatever it is named."""
    plan = _test(subject, n_trials)
    so_far: Counter[tuple[str, str]] = Counter()
    trials = []
    for trial in plan.trials:
        assert trial.action is not None
        kind = (trial.condition, trial.action.name)
        so_far[kind] += 1
        there = trial.condition != DONE and so_far[kind] % 2 == 0
        trials.append(in_context(trial, restrained=there, named=trial.condition))
    return subject.run(replace(plan, name="lesions, context anywhere", trials=tuple(trials)))


def hands_unseen(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Cut all that the cells send which see hands."""
    return subject.cut("STS").run(_test(subject, n_trials))
