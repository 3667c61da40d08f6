"""Cues and acts: what is practised, watched or rehearsed, and the probes after it.

One cue goes with a precision grip, the other with a whole-hand grip. Each group lives through as
many trials, with the same cues and the same outcomes at the time at which an act would have come to
its goal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mirror_sim.engine.wiring import stream
from mirror_sim.scene.acts import Perturbation, Signal
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol, Trial, shuffled
from mirror_sim.session.session import Session
from mirror_sim.subject.subject import Subject

N_TRIALS = 16
"""Of each cue."""
N_PROBES = 12
CUES = {"grasp-precision": 0.2, "grasp-whole-hand": 0.8}
"""The cue of each act, as cells of the prefrontal cortex see it."""
OUTCOME_S = 0.5
"""How long the outcome lasts from contact on."""
CUE_S = 0.7
"""When a cue comes, seconds from trial start."""
_SILENT_PA = -3000.0
_OTHER = dict(zip(CUES, reversed(CUES), strict=True))
F5 = ("F5.E", "F5.PTN", "F5.FS")
M1 = ("M1.E", "M1.PTN", "M1.FS")

Lesson = Callable[[str, np.random.Generator], Trial]


def _cued(trial: Trial, cue: str) -> Trial:
    """Return a trial with a cue from the object's time on, until its outcome ends."""
    shown = cue_signal(cue, trial.events["contact"] + OUTCOME_S)
    return replace(trial, signals=(shown, *trial.signals))


def cue_signal(cue: str, stop_s: float) -> Signal:
    """Return a cue from the object's time on."""
    return Signal(channel="cue", start_s=CUE_S, stop_s=stop_s, features=(CUES[cue],))


def with_outcome(trial: Trial, level: float = 1.0) -> Trial:
    """Return a trial in which the act comes to its goal at contact."""
    contact_s = trial.events["contact"]
    stop_s = contact_s + OUTCOME_S
    outcome = Signal(channel="outcome", start_s=contact_s, stop_s=stop_s, level=level)
    return replace(trial, signals=(*trial.signals, outcome))


def to_extent(trial: Trial, extent: float) -> Trial:
    """Return a trial in which the hand moves so far, 0 to 1, whoever's it is."""
    return replace(trial, acts=tuple(replace(act, extent=extent) for act in trial.acts))


def _lesson(condition: str, act: str, cue: str, rng: np.random.Generator) -> Trial:
    """Return a trial of an act, or of its object, at a cue, with its outcome."""
    return _cued(with_outcome(make_trial(condition, act, rng=rng)), cue)


def practised(cue: str, rng: np.random.Generator) -> Trial:
    """Do the act of the cue."""
    return _lesson("execute-light", cue, cue, rng)


def practised_other(cue: str, rng: np.random.Generator) -> Trial:
    """Do the act of the other cue."""
    return _lesson("execute-light", _OTHER[cue], cue, rng)


def watched(cue: str, rng: np.random.Generator) -> Trial:
    """See somebody do the act of the cue."""
    return _lesson("observe", cue, cue, rng)


def watched_other(cue: str, rng: np.random.Generator) -> Trial:
    """See somebody do the act of the other cue."""
    return _lesson("observe", _OTHER[cue], cue, rng)


def watched_silent(cue: str, rng: np.random.Generator) -> Trial:
    """See somebody do the act of the cue while F5 is silenced."""
    return silenced(watched(cue, rng), F5)


def cue_alone(cue: str, rng: np.random.Generator) -> Trial:
    """See the object and the cue, and nobody."""
    return _lesson("object-alone", cue, cue, rng)


def still(cue: str, rng: np.random.Generator) -> Trial:
    """See somebody's hand that does not move."""
    return to_extent(watched(cue, rng), 0.0)


def rehearsed(cue: str, rng: np.random.Generator) -> Trial:
    """Command the act of the cue with M1 silenced: nothing moves, nothing is seen or felt."""
    return _rehearsed(cue, cue, rng)


def rehearsed_other(cue: str, rng: np.random.Generator) -> Trial:
    """Command the act of the other cue with M1 silenced."""
    return _rehearsed(_OTHER[cue], cue, rng)


def rehearsed_silent(cue: str, rng: np.random.Generator) -> Trial:
    """Command the act of the cue with F5 and M1 silenced."""
    return silenced(rehearsed(cue, rng), (*F5, *M1))


def _rehearsed(act: str, cue: str, rng: np.random.Generator) -> Trial:
    return silenced(to_extent(_lesson("execute-dark", act, cue, rng), 0.0), M1)


def silenced(trial: Trial, targets: tuple[str, ...]) -> Trial:
    """Return a trial in which populations are silenced throughout."""
    silence = tuple(
        Perturbation(target=name, start_s=0.0, stop_s=trial.duration_s, current_pA=_SILENT_PA)
        for name in targets
    )
    return replace(trial, perturbations=silence)


def taught(subject: Subject, lesson: Lesson, n_trials: int) -> Subject:
    """Return a Subject after its trials, in an order of its own; its biases stay."""
    rng = stream(subject.seed, "cues")
    trials = [lesson(cue, rng) for cue in CUES for _ in range(n_trials)]
    plan = Protocol(name=lesson.__name__, trials=shuffled(trials, rng))
    return subject.learn(plan, homeostasis_pA_per_hz_s=0.0)


def probed(subject: Subject, n_probes: int = N_PROBES) -> Session:
    """Return what a Subject does by command in the dark, and where it sees a cue alone."""
    rng = stream(subject.seed, "probes")
    trials = []
    for _ in range(n_probes):
        for act in CUES:
            trials.append(make_trial("execute-dark", act, rng=rng))
            cue = make_trial("object-alone", act, rng=rng)
            trials.append(replace(_cued(cue, act), condition="cue"))
    return subject.run(Protocol(name="probes", trials=tuple(trials)))


def _after(subject: Subject, lessons: tuple[Lesson, ...], n_trials: tuple[int, ...]) -> Session:
    """Probe a Subject after lessons."""
    for lesson, n in zip(lessons, n_trials, strict=True):
        subject = taught(subject, lesson, n)
    return probed(subject)


def nothing(subject: Subject) -> Session:
    """Probe a Subject that was taught nothing."""
    return probed(subject)


def practice(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it do the acts of the cues."""
    return _after(subject, (practised,), (n_trials,))


def watching(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it watch somebody who does the acts of the cues."""
    return _after(subject, (watched,), (n_trials,))


def short_practice(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it practise for a quarter of the trials."""
    return _after(subject, (practised,), (max(1, n_trials // 4),))


def watching_then_practice(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it watch, and then practise for a quarter of the trials."""
    return _after(subject, (watched, practised), (n_trials, max(1, n_trials // 4)))


def reversed_practice(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it practise the cues the other way round, for a quarter of the trials."""
    return _after(subject, (practised_other,), (max(1, n_trials // 4),))


def watching_then_reversed(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it watch, and then practise the cues the other way round."""
    return _after(subject, (watched, practised_other), (n_trials, max(1, n_trials // 4)))


def rehearsal(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it rehearse the acts of the cues: commanded, not done, not seen, not felt."""
    return _after(subject, (rehearsed,), (n_trials,))


def other_watched(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it watch somebody who does the act of the other cue."""
    return _after(subject, (watched_other,), (n_trials,))


def f5_silenced(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Silence F5 while it watches."""
    return _after(subject, (watched_silent,), (n_trials,))


def cues_alone(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Show it cues, objects and outcomes, and nobody."""
    return _after(subject, (cue_alone,), (n_trials,))


def hand_still(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Show it a hand that does not move."""
    return _after(subject, (still,), (n_trials,))


def other_rehearsed(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let it rehearse the act of the other cue."""
    return _after(subject, (rehearsed_other,), (n_trials,))


def f5_silenced_rehearsing(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Silence F5 and M1 while it rehearses."""
    return _after(subject, (rehearsed_silent,), (n_trials,))
