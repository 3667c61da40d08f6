"""Counter-mirror training, after Cook et al. 2010: see a hand, move a foot, and vice versa.

The contingent group responds only to acts that it sees. The other groups respond as often again
without seeing one; of the third group a tone announces these extra responses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mirror_sim.engine.wiring import stream
from mirror_sim.scene.trials import Protocol, Trial, shuffled
from mirror_sim.session.session import Session
from mirror_sim.studies.rules.life import EFFECTORS, done, seen, tone, trial
from mirror_sim.subject.subject import Subject

N_PAIRINGS = 40
"""Of each effector."""
N_PROBES = 12
RESPONSE_S = 0.15
"""From the onset of what is seen, or of the tone, to that of the response."""

_OTHER = dict(zip(EFFECTORS, reversed(EFFECTORS), strict=True))


def nothing(_: str) -> Trial:
    """Return a trial in which nothing is done or seen."""
    return trial("nothing")


def extra(effector: str) -> Trial:
    """Return a response to nothing."""
    return trial("extra response", done(effector, RESPONSE_S))


def announced(effector: str) -> Trial:
    """Return a response to a tone."""
    return trial("extra response", tone(), done(effector, RESPONSE_S))


def pairing(effector: str) -> Trial:
    """Return a sight to which the other effector responds."""
    return trial("pairing", seen(effector), done(_OTHER[effector], RESPONSE_S))


def watched(effector: str) -> Trial:
    """Return a sight to which nothing responds."""
    return trial("sight", seen(effector))


def _trained(
    subject: Subject,
    pairs: Callable[[str], Trial],
    others: Callable[[str], Trial],
    n_trials: int,
    *,
    tones_anywhere: bool = False,
) -> Subject:
    """Let a Subject live through trials of two kinds, in an order of its own.

    Its cells keep their biases: more responses would make them less excitable, which is no matter
    of what predicts what.
    """
    rng = stream(subject.seed, "counter-mirror training")
    kinds = [partial(kind, effector) for kind in (pairs, others) for effector in EFFECTORS]
    made = [kind() for kind in kinds for _ in range(n_trials)]
    if tones_anywhere:
        for place in rng.permutation(len(made))[: 2 * n_trials]:
            made[place] = trial(made[place].condition, *made[place].signals[1:], tone())
    plan = Protocol(name="training", trials=shuffled(made, rng))
    return subject.learn(plan, homeostasis_pA_per_hz_s=0.0)


def probed(subject: Subject, n_probes: int = N_PROBES) -> Session:
    """Return what a Subject does by itself, and what it does where it sees an act."""
    kinds = [trial("nothing")]
    for effector in EFFECTORS:
        kinds += [trial(f"do {effector}", done(effector)), trial(f"see {effector}", seen(effector))]
    return subject.run(Protocol(name="probes", trials=tuple(kinds * n_probes)))


def before(subject: Subject) -> Session:
    """Probe a Subject before any training."""
    return probed(subject)


def contingent(subject: Subject, n_trials: int = N_PAIRINGS) -> Session:
    """Let it respond to acts that it sees, and to nothing else."""
    return probed(_trained(subject, pairing, nothing, n_trials))


def non_contingent(subject: Subject, n_trials: int = N_PAIRINGS) -> Session:
    """Let it respond as often again where it sees nothing."""
    return probed(_trained(subject, pairing, extra, n_trials))


def signalled(subject: Subject, n_trials: int = N_PAIRINGS) -> Session:
    """Let a tone announce the extra responses."""
    return probed(_trained(subject, pairing, announced, n_trials))


def tone_anywhere(subject: Subject, n_trials: int = N_PAIRINGS) -> Session:
    """Let as many tones be heard, on any trials: they announce nothing."""
    return probed(_trained(subject, pairing, extra, n_trials, tones_anywhere=True))


def only_watched(subject: Subject, n_trials: int = N_PAIRINGS) -> Session:
    """Let it see the acts of the contingent group, and respond to none."""
    return probed(_trained(subject, watched, nothing, n_trials))
