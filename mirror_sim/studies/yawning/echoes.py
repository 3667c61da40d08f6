"""What studies of echoes share: two who see each other's faces, and those who lack something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mirror_sim.engine.wiring import stream
from mirror_sim.scene.acts import Signal
from mirror_sim.scene.trials import Protocol, Trial
from mirror_sim.session.session import Session
from mirror_sim.studies.yawning.life import DURATION_S, Yawns
from mirror_sim.subject.body import Body
from mirror_sim.subject.encounters import Choose, Encounter, Turn, meet
from mirror_sim.subject.matching import lived_otherwise
from mirror_sim.subject.subject import Subject

GENERATOR, ACTIVE_HZ = "YPG.E", 1.0
"""A Subject moves its face in a turn if the pattern generator's mean rate is above this; chosen on
seed 1000."""
LEVELS = (0.4, 1.0)
"""Range of the strengths of urges and of faces."""
PARTNER_SEED = 10_000


def partner_of(subject: Subject, plan: Yawns) -> Subject:
    """Grow somebody of another seed for a Subject to meet."""
    return subject.grown_anew(plan, seed=subject.seed + PARTNER_SEED)


def meeting(
    subjects: Sequence[Subject], turns: int, choose: Choose, *, turn_s: float, carry: bool = False
) -> Encounter:
    """Let Subjects meet; see `mirror_sim.meet`."""
    body = Body(driven_by=GENERATOR)  # nobody moves a hand, but a body is asked for
    return meet(
        subjects,
        turns=turns,
        choose=choose,
        seed=subjects[0].seed,
        turn_s=turn_s,
        body=body,
        carry=carry,
    )


def was_active(subject: Subject, turn: Turn) -> bool:
    """Return whether the pattern generator made a face in a turn."""
    part = subject.engine.wiring.cells[GENERATOR]
    rate_hz = turn.counts[GENERATOR] / (part.stop - part.start) / turn.trial.duration_s
    return rate_hz > ACTIVE_HZ


def active_turns(session: Session, turn_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the generator's mean rate in each turn (spikes/s), and whether it made a face."""
    start_s = session.trials["start_time"].to_numpy(float)
    cells = session.select(units=f"population == {GENERATOR!r}")
    rate_hz = cells.counts(start_s, start_s + turn_s).mean(axis=1) / turn_s
    return rate_hz, rate_hz > ACTIVE_HZ


def faces_in_other_order(trials: Sequence[Trial], seed: int) -> list[Trial]:
    """Return trials in which the faces that are seen are those of other trials."""
    order = stream(seed, "out of time").permutation(len(trials))
    return [
        replace(trial, signals=(*_of(trial, face=False), *_of(trials[other], face=True)))
        for trial, other in zip(trials, order, strict=True)
    ]


def _of(trial: Trial, *, face: bool) -> tuple[Signal, ...]:
    return tuple(signal for signal in trial.signals if (signal.channel == "face") == face)


def _common_test() -> Protocol:
    """Return rest and own urges: what a Subject does that sees nobody."""
    urge = Signal(channel="urge", start_s=0.6, stop_s=1.6)
    kinds = (
        Trial(condition="rest", duration_s=DURATION_S),
        Trial(condition="urge", duration_s=DURATION_S, signals=(urge,)),
    )
    return Protocol(name="excitability", trials=tuple(kind for kind in kinds for _ in range(8)))


def never_copied(grown: Subject) -> Subject:
    """Let a Subject grow whom nobody imitates, as excitable as the grown one."""
    return lived_otherwise(grown, _common_test(), imitated=False)


def view_cut(grown: Subject) -> Subject:
    """Take away the sight of faces."""
    return grown.cut("STS.face")


def f5_alone(grown: Subject) -> Subject:
    """Cut the direct route from sight to the pattern generator."""
    return grown.cut("STS.face", GENERATOR)
