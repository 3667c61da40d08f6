"""Two who see each other's gestures, turn by turn, each with a rhythm of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mirror_sim.scene.acts import Signal
from mirror_sim.scene.trials import Trial
from mirror_sim.session.session import Session
from mirror_sim.studies.synchrony.rhythm import PAUSE_TURNS, TURN_S, Rhythm, rhythms
from mirror_sim.studies.yawning import echoes
from mirror_sim.studies.yawning.life import YAWN, Yawns, face
from mirror_sim.subject.encounters import Encounter, Turn
from mirror_sim.subject.subject import Subject

N_TRIALS = 12
"""Beats of a meeting, of about two seconds."""
TURNS_A_TRIAL = 8
MEETINGS, PACED_MEETINGS = 4, 2
PAUSE, MOVED, STILL = "pause", "the other moved", "the other was still"


def _place(number: int, n_trials: int) -> tuple[int, int]:
    """Return the meeting that a turn belongs to, and which of its turns it is."""
    return divmod(number, PAUSE_TURNS + TURNS_A_TRIAL * n_trials)


def _turns(meetings: int, n_trials: int) -> int:
    return meetings * (PAUSE_TURNS + TURNS_A_TRIAL * n_trials)


def _seen(moved: bool, rng: np.random.Generator) -> tuple[Signal, ...]:
    level = float(rng.uniform(*echoes.LEVELS))
    return (face(YAWN, 0.0, TURN_S, level),) if moved else ()


def _trial(rhythm: Rhythm, turn: int, moved: bool, shown: tuple[Signal, ...]) -> Trial:
    """Return a turn after the other moved or not, with what is shown and the own urge."""
    own = (Signal(channel="urge", start_s=0.0, stop_s=TURN_S),) if rhythm.urge() else ()
    condition = PAUSE if turn < PAUSE_TURNS else MOVED if moved else STILL
    return Trial(condition=condition, duration_s=TURN_S, signals=(*shown, *own))


def _met(pair: Sequence[Subject], n_trials: int) -> Encounter:
    now: list[Rhythm] = []

    def choose(number: int, last: tuple[Turn, ...], rng: np.random.Generator) -> list[Trial]:
        meeting, turn = _place(number, n_trials)
        if turn == 0:
            now[:] = rhythms(pair[0].seed, meeting)
            moved = [False, False]
        else:
            active = [echoes.was_active(*one) for one in zip(pair, last, strict=True)]
            moved = [rhythm.began(on) for rhythm, on in zip(now, active, strict=True)]
        return [
            _trial(rhythm, turn, other, _seen(other and turn >= PAUSE_TURNS, rng))
            for rhythm, other in zip(now, reversed(moved), strict=True)
        ]

    turns = _turns(MEETINGS, n_trials)
    return echoes.meeting(pair, turns, choose, turn_s=TURN_S, carry=True)


def _alone(
    subject: Subject,
    n_trials: int,
    moved: Sequence[bool],
    shown: Sequence[tuple[Signal, ...]],
    *,
    whose: int,
) -> Session:
    """Let a Subject go through turns in which the other moves as prescribed.

    `whose` of the two rhythms the Subject has: 0 is its own, 1 the other's.
    """
    now: list[Rhythm] = []

    def choose(number: int, last: tuple[Turn, ...], rng: np.random.Generator) -> list[Trial]:
        del rng
        meeting, turn = _place(number, n_trials)
        if turn == 0:
            now[:] = rhythms(subject.seed, meeting)
        else:
            now[whose].began(echoes.was_active(subject, last[0]))
        return [_trial(now[whose], turn, moved[number], shown[number])]

    return echoes.meeting([subject], len(moved), choose, turn_s=TURN_S, carry=True).session(0)


def pair_of(subject: Subject) -> tuple[Subject, Subject]:
    """Return a Subject and its partner, who lived as it did."""
    plan = subject.growth.plan if subject.growth else None
    return subject, echoes.partner_of(subject, plan if isinstance(plan, Yawns) else Yawns())


def together(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let a Subject and its partner see each other's gestures; return the Subject's session."""
    return _met(pair_of(subject), n_trials).session(0)


def paced(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Give a Subject that sees nobody the rhythm of a metronome that keeps the partner's."""
    moved = [False]
    for number in range(_turns(PACED_MEETINGS, n_trials) - 1):
        meeting, turn = _place(number, n_trials)
        if turn == 0:
            metronome = rhythms(subject.seed, meeting)[1]
        moved.append(metronome.began(metronome.urge()))
    return _alone(subject, n_trials, moved, [()] * len(moved), whose=1)


def out_of_time(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Show the partner's gestures in another order, while the partner moves as it did."""
    lived = [turns[0].trial for turns in _met(pair_of(subject), n_trials).turns]
    moved = [trial.condition == MOVED for trial in lived]
    faces: list[tuple[Signal, ...]] = [() for _ in lived]
    met = [number for number, trial in enumerate(lived) if trial.condition != PAUSE]
    late = echoes.faces_in_other_order([lived[number] for number in met], subject.seed)
    for number, trial in zip(met, late, strict=True):
        faces[number] = tuple(signal for signal in trial.signals if signal.channel == "face")
    return _alone(subject, n_trials, moved, faces, whose=0)


def view_cut(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Take the sight of faces from both."""
    return _met([echoes.view_cut(who) for who in pair_of(subject)], n_trials).session(0)


def never_copied(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let two meet whom nobody imitated, as excitable as the grown ones."""
    return _met([echoes.never_copied(who) for who in pair_of(subject)], n_trials).session(0)


def f5_blind(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Cut the sight of faces off from F5 of both: no cell of it mirrors, but all of them move."""
    pair = [who.cut("STS.face", "F5.E") for who in pair_of(subject)]
    return _met(pair, n_trials).session(0)


def f5_alone(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Cut the direct route from sight to the pattern generator of both."""
    return _met([echoes.f5_alone(who) for who in pair_of(subject)], n_trials).session(0)
