"""A lesion of the output of motor cortex, and what is done about it.

The body is in the loop: before each round of training it is measured how far the lesioned Subject's
hand gets, and so far it gets, is seen and felt, in the trials of the round.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mirror_sim.engine.wiring import stream
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol, Trial, shuffled
from mirror_sim.session.session import Session
from mirror_sim.studies.therapy.measures import reaches
from mirror_sim.studies.watching.task import F5, silenced, to_extent, with_outcome
from mirror_sim.subject.subject import Subject

ACT = "grasp-precision"
OTHER_ACT = "grasp-whole-hand"
LESION = 0.4
"""Share of the pyramidal tract neurons of M1 that die."""
N_ROUNDS = 4
N_TRIALS = 6
"""Of each lesson in a round."""
N_PROBES = 6

Lesson = Callable[[float, np.random.Generator], Trial]
"""From how far the hand gets, 0 to 1, and a generator."""


def practised(reach: float, rng: np.random.Generator) -> Trial:
    """Do the act as far as one gets; the outcome is as good."""
    trial = to_extent(make_trial("execute-light", ACT, rng=rng), reach)
    return with_outcome(trial, reach) if reach else trial


def watched(reach: float, rng: np.random.Generator) -> Trial:
    """See somebody do the act, who comes to its goal."""
    del reach
    return with_outcome(make_trial("observe", ACT, rng=rng))


def watched_other(reach: float, rng: np.random.Generator) -> Trial:
    """See somebody do another act, who comes to its goal."""
    del reach
    return with_outcome(make_trial("observe", OTHER_ACT, rng=rng))


def watched_still(reach: float, rng: np.random.Generator) -> Trial:
    """See somebody's hand that does not move."""
    return to_extent(watched(reach, rng), 0.0)


def watched_silent(reach: float, rng: np.random.Generator) -> Trial:
    """See somebody do the act while F5 is silenced."""
    return silenced(watched(reach, rng), F5)


def film(reach: float, rng: np.random.Generator) -> Trial:
    """See a film without hands and objects, as long as the act would be seen."""
    return Trial(condition="film", duration_s=watched(reach, rng).duration_s)


def rewarding_film(reach: float, rng: np.random.Generator) -> Trial:
    """See a film without hands, with the outcome that the act would have had."""
    shown = watched(reach, rng)
    return Trial(condition="film", duration_s=shown.duration_s, signals=shown.signals)


def probed(subject: Subject, n_probes: int = N_PROBES) -> Session:
    """Return what a Subject does by command in the dark."""
    rng = stream(subject.seed, "probes")
    trials = tuple(make_trial("execute-dark", ACT, rng=rng) for _ in range(n_probes))
    return subject.run(Protocol(name="probes", trials=trials))


def _injured(subject: Subject) -> Subject:
    return subject.lesioned("M1.PTN", LESION)


def trained(subject: Subject, lessons: tuple[Lesson, ...], n_trials: int) -> Session:
    """Injure a Subject, give it rounds of lessons, and probe it; its biases stay."""
    subject = _injured(subject)
    session = probed(subject)
    rng = stream(subject.seed, "training")
    for _ in range(N_ROUNDS):
        reach = reaches(session)
        trials = [
            lesson(float(reach[k % len(reach)]), rng) for lesson in lessons for k in range(n_trials)
        ]
        plan = Protocol(name="training", trials=shuffled(trials, rng))
        subject = subject.learn(plan, homeostasis_pA_per_hz_s=0.0)
        session = probed(subject)
    return session


def intact(subject: Subject) -> Session:
    """Probe a Subject before the lesion."""
    return probed(subject)


def time_alone(subject: Subject) -> Session:
    """Injure it, and wait."""
    return probed(_injured(subject))


def practice(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it practise, and see films without hands."""
    return trained(subject, (practised, film), n_trials)


def practice_watching(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it practise, and watch the act."""
    return trained(subject, (practised, watched), n_trials)


def watching(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it watch the act, and not practise."""
    return trained(subject, (watched,), n_trials)


def practice_watching_other(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it practise, and watch another act."""
    return trained(subject, (practised, watched_other), n_trials)


def practice_watching_still(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it practise, and watch a hand that is still."""
    return trained(subject, (practised, watched_still), n_trials)


def practice_watching_silent(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it practise, and watch with F5 silenced."""
    return trained(subject, (practised, watched_silent), n_trials)


def practice_rewarding_film(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it practise, and see films with outcomes."""
    return trained(subject, (practised, rewarding_film), n_trials)
