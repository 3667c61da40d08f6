"""A chain of generations: the first practises, each later one watches what the last one does.

All generations are one grown Subject that was taught nothing yet: they differ in what they see and
in noise, not in their brains. What a Subject would do at a cue is read from F5, along the line on
which F5 tells the two acts apart when they are commanded; nothing tells it which act is right.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mirror_sim.engine.wiring import stream
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol, Trial, shuffled
from mirror_sim.session.session import Session
from mirror_sim.studies.transmission.measures import decided, faithful
from mirror_sim.studies.watching import task
from mirror_sim.subject.subject import Subject

N_GENERATIONS = 10
N_TRIALS = 10
"""Of each cue, in each generation."""
_STOP_S = task.CUE_S + 1.0

Models = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""From whether each of the model's acts is that of its cue, to which of them a pupil sees."""
Lesson = Callable[[str, bool, np.random.Generator], Trial]
"""From a cue, whether the act is that of the cue, and a generator."""


def as_done(right: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """See each act at the cue at which it was done."""
    del rng
    return right


def at_random(right: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """See at each cue one of the two acts, whatever the model did."""
    return rng.permutation(np.arange(len(right)) % 2 == 0)


def practised(cue: str, right: bool, rng: np.random.Generator) -> Trial:
    """Do the act of a cue: what the first generation does."""
    del right
    return task.practised(cue, rng)


def watched(cue: str, right: bool, rng: np.random.Generator) -> Trial:
    """See the model do an act at a cue."""
    return (task.watched if right else task.watched_other)(cue, rng)


def watched_silent(cue: str, right: bool, rng: np.random.Generator) -> Trial:
    """See it while F5 is silenced."""
    return task.silenced(watched(cue, right, rng), task.F5)


def told() -> Protocol:
    """Return the trials in which each act is commanded in the dark."""
    rng = np.random.default_rng(71)
    trials = [make_trial("execute-dark", act, rng=rng) for act in task.CUES for _ in range(8)]
    return Protocol(name="told", trials=tuple(trials))


def asked(generation: int, n_trials: int) -> Protocol:
    """Return the trials in which a generation sees the cues, without objects or hands."""
    trials = [
        Trial(
            condition=f"generation {generation}: {act}",
            duration_s=_STOP_S + 0.1,
            events={"cue": task.CUE_S},
            signals=(task.cue_signal(act, _STOP_S),),
        )
        for act in task.CUES
        for _ in range(n_trials)
    ]
    return Protocol(name=f"generation {generation}", trials=tuple(trials))


def chain(
    subject: Subject,
    n_trials: int = N_TRIALS,
    *,
    models: Models = as_done,
    lesson: Lesson = watched,
    n_pupils: int = 1,
) -> Session:
    """Let a skill pass from generation to generation, each time from the best of the pupils.

    Returns
    -------
    Session
        First the acts as commanded, then what each generation does at the cues.
    """
    commanded = subject.run(told())
    cues = [cue for cue in task.CUES for _ in range(n_trials)]
    right = np.ones(len(cues), dtype=bool)
    teach: Lesson = practised
    sessions = [commanded]
    for generation in range(1, N_GENERATIONS + 1):
        pupils = []
        for k in range(n_pupils):
            rng = stream(subject.seed, "transmission", str(generation), str(k))
            seen = models(right, rng) if generation > 1 else right
            trials = [teach(cue, bool(done), rng) for cue, done in zip(cues, seen, strict=True)]
            plan = Protocol(name=f"lessons {generation}", trials=shuffled(trials, rng))
            pupil = subject.learn(plan, homeostasis_pA_per_hz_s=0.0)
            pupils.append(pupil.run(asked(generation, n_trials)))
        best = max(pupils, key=lambda session: faithful(session, commanded))
        sessions.append(best)
        right = decided(best, commanded)
        teach = lesson
    return Session.concatenate(sessions)


def watched_in_turn(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let each generation watch the one before."""
    return chain(subject, n_trials)


def random_models(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let each generation see acts that do not depend on the cue."""
    return chain(subject, n_trials, models=at_random)


def f5_silenced(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Silence F5 while each generation watches."""
    return chain(subject, n_trials, lesson=watched_silent)


def better_of_two(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let each generation watch the better of two pupils of the one before."""
    return chain(subject, n_trials, n_pupils=2)
