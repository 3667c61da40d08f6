"""Two who see each other, turn by turn; each yawns by an urge of its own, or by what it sees."""

from __future__ import annotations

import numpy as np

from mirror_sim.scene.acts import Signal
from mirror_sim.scene.trials import Trial
from mirror_sim.session.session import Session
from mirror_sim.studies.yawning.echoes import (
    LEVELS,
    faces_in_other_order,
    meeting,
    partner_of,
    was_active,
)
from mirror_sim.studies.yawning.life import OTHER, YAWN, Yawns, face
from mirror_sim.subject.encounters import Encounter, Turn
from mirror_sim.subject.subject import Subject

N_TRIALS = 12
TURNS_A_TRIAL = 10
TURN_S, START_S, STOP_S = 2.5, 0.5, 1.5
URGE = 0.3
"""Share of turns with an urge of its own."""
SAW_YAWN, SAW_NOTHING, URGED = "saw a yawn", "saw nothing", "own urge"


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
    pair = (subject, partner_of(subject, Yawns()))

    def choose(number: int, last: tuple[Turn, ...], rng: np.random.Generator) -> list[Trial]:
        del number
        yawned = [was_active(*one) for one in zip(pair, last, strict=True)] if last else []
        own, other = yawned or (False, False)
        # What the partner sees is a yawn in any case.
        return [_turn(other, shown, rng), _turn(own, YAWN, rng)]

    return meeting(pair, TURNS_A_TRIAL * n_trials, choose, turn_s=TURN_S)


def together(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Let a Subject and its partner see each other's yawns; return the Subject's session."""
    return _met(subject, n_trials, YAWN).session(0)


def other_face(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Show another gesture wherever the partner yawned."""
    return _met(subject, n_trials, OTHER).session(0)


def out_of_time(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Show the partner's yawns in another order, while the partner yawns as it did."""
    lived = [turns[0].trial for turns in _met(subject, n_trials, YAWN).turns]
    trials = faces_in_other_order(lived, subject.seed)

    def choose(number: int, last: tuple[Turn, ...], rng: np.random.Generator) -> list[Trial]:
        del last, rng
        return [trials[number]]

    return meeting([subject], len(trials), choose, turn_s=TURN_S).session(0)
