"""Two who see each other, turn by turn; each yawns by an urge of its own, or by what it sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mirror_sim.engine.wiring import stream
from mirror_sim.scene.acts import Signal
from mirror_sim.scene.trials import Trial
from mirror_sim.session.session import Session
from mirror_sim.studies.yawning.life import OTHER, YAWN, Yawns, face
from mirror_sim.subject.body import Body
from mirror_sim.subject.encounters import Choose, Encounter, Turn, meet
from mirror_sim.subject.subject import Subject

N_TRIALS = 12
TURNS_A_TRIAL = 10
TURN_S, START_S, STOP_S = 2.5, 0.5, 1.5
URGE = 0.3
"""Share of turns with an urge of its own."""
LEVELS = (0.4, 1.0)
"""Range of the strengths of urges and of faces."""
GENERATOR, YAWN_HZ = "YPG.E", 1.0
"""A Subject yawns in a turn if the generator's mean rate is above this; chosen on seed 1000."""
PARTNER_SEED = 10_000
SAW_YAWN, SAW_NOTHING, URGED = "saw a yawn", "saw nothing", "own urge"


def _yawned(subject: Subject, turn: Turn) -> bool:
    part = subject.engine.wiring.cells[GENERATOR]
    rate_hz = turn.counts[GENERATOR] / (part.stop - part.start) / TURN_S
    return rate_hz > YAWN_HZ


def _turn(yawned: bool, shown: float, rng: np.random.Generator) -> Trial:
    """Return a turn after the other yawned or not; what is shown of a yawn may be another face."""
    urged, levels = rng.random() < URGE, rng.uniform(*LEVELS, size=2)
    signals = []
    if yawned:
        signals.append(face(shown, START_S, STOP_S, float(levels[0])))
    if urged:
        own = Signal(channel="urge", start_s=START_S, stop_s=STOP_S, level=float(levels[1]))
        signals.append(own)
    saw = SAW_YAWN if yawned else SAW_NOTHING
    return Trial(
        condition=f"{URGED}, {saw}" if urged else saw, duration_s=TURN_S, signals=tuple(signals)
    )


def _met(subject: Subject, n_trials: int, shown: float) -> Encounter:
    partner = subject.grown_anew(Yawns(), seed=subject.seed + PARTNER_SEED)
    pair = (subject, partner)

    def choose(number: int, last: tuple[Turn, ...], rng: np.random.Generator) -> list[Trial]:
        del number
        yawned = [_yawned(who, turn) for who, turn in zip(pair, last, strict=True)] if last else []
        own, other = yawned or (False, False)
        # What the partner sees is a yawn in any case.
        return [_turn(other, shown, rng), _turn(own, YAWN, rng)]

    return _meeting(pair, TURNS_A_TRIAL * n_trials, choose)


def _meeting(subjects: Sequence[Subject], turns: int, choose: Choose) -> Encounter:
    body = Body(driven_by=GENERATOR)  # nobody moves a hand, but a body is asked for
    return meet(
        subjects, turns=turns, choose=choose, seed=subjects[0].seed, turn_s=TURN_S, body=body
    )


def together(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let a Subject and its partner see each other's yawns; return the Subject's session."""
    return _met(subject, n_trials, YAWN).session(0)


def other_face(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Show another gesture wherever the partner yawned."""
    return _met(subject, n_trials, OTHER).session(0)


def out_of_time(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Show the partner's yawns in another order, while the partner yawns as it did."""
    lived = [turns[0].trial for turns in _met(subject, n_trials, YAWN).turns]
    order = stream(subject.seed, "out of time").permutation(len(lived))
    trials = [
        replace(trial, signals=(*_of(trial, face=False), *_of(lived[other], face=True)))
        for trial, other in zip(lived, order, strict=True)
    ]

    def choose(number: int, last: tuple[Turn, ...], rng: np.random.Generator) -> list[Trial]:
        del last, rng
        return [trials[number]]

    return _meeting([subject], len(trials), choose).session(0)


def _of(trial: Trial, *, face: bool) -> tuple[Signal, ...]:
    return tuple(signal for signal in trial.signals if (signal.channel == "face") == face)
