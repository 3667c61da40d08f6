"""The claim that watching heals, its positive control and what must not have the effect."""

from __future__ import annotations

from mirror_sim.circuit.output import relearning
from mirror_sim.engine.wiring import stream
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol
from mirror_sim.studies.claim import Claim, Evidence, Wiring
from mirror_sim.studies.page import draw
from mirror_sim.studies.study import Control
from mirror_sim.studies.therapy import task
from mirror_sim.studies.therapy.measures import rows
from mirror_sim.subject.matching import matched
from mirror_sim.subject.subject import Subject


def _common_test() -> Protocol:
    """Return the act in the dark and withholding: nothing of it is seen done by others."""
    rng = stream(0, "therapy", "excitability")
    trials = [
        make_trial(condition, task.ACT, rng=rng)
        for condition in ("nogo", "execute-dark")
        for _ in range(8)
    ]
    return Protocol(name="excitability", trials=tuple(trials))


def ungrown_map(grown: Subject) -> Subject:
    """Take away what growth taught: hands that are seen no longer drive F5."""
    return matched(grown.with_naive_weights(), grown, _common_test())


_WITH_WATCHING = "practice and watching"

STUDY = Claim(
    name="therapy",
    experiment={
        "intact": task.intact,
        "time alone": task.time_alone,
        "practice": task.practice,
        _WITH_WATCHING: task.practice_watching,
        "watching": task.watching,
    },
    rows=rows,
    reads=("M1.E", "M1.PTN"),
    circuit=relearning,
    figure=draw,
    claim="Watching movements heals: it rebuilds what a stroke took, by mirror neurons",
    effect="added",
    power="practised",
    substrate="toy",
    controls=(
        *(
            Control(name=name, row="added", experiment={_WITH_WATCHING: instead})
            for name, instead in {
                "other act watched": task.practice_watching_other,
                "a hand that is still": task.practice_watching_still,
                "F5 silenced while watching": task.practice_watching_silent,
                "a film with outcomes": task.practice_rewarding_film,
            }.items()
        ),
        Control(name="ungrown map", row="added", change=ungrown_map),
    ),
    also=("lost", "watched"),
    drive=("rest.M1",),
    wiring=Wiring(
        places={
            "hand seen": (0.08, 0.45),
            "STS, PFG": (0.38, 0.6),
            "F5": (0.68, 0.75),
            "own command": (0.3, 0.97),
            "M1": (0.9, 0.4),
            "own act": (0.5, 0.05),
        },
        links=(
            ("hand seen", "STS, PFG", "fixed"),
            ("STS, PFG", "F5", "fixed"),
            ("own command", "F5", "fixed"),
            ("F5", "M1", "learns"),
            ("M1", "own act", "by way of the world"),
            ("own act", "hand seen", "by way of the world"),
        ),
    ),
    units={
        "added": "added by watching (points)",
        "practised": "brought back by practice (points)",
        "watched": "brought back by watching alone (points)",
        "lost": "lost by the lesion (points)",
    },
    settings_tried=5,
    account="Watching acts in addition to practice helps the arm after a stroke by a small to "
    "moderate amount, with low certainty; little was added early after a stroke.",
    evidence=(
        Evidence(
            text="16 trials with 574 people: arm function improved by .39 standard deviations "
            "[.17, .61], with low certainty.",
            source="Borges et al. 2022, Cochrane Database Syst Rev CD011887",
            level="read",
        ),
        Evidence(
            text="Early after a stroke, watching and imitating added little to usual therapy.",
            source="Cowles et al. 2013, Neurorehabil Neural Repair 27:244",
            level="third party",
        ),
    ),
    source="after trials of action observation therapy; a share of the pyramidal tract neurons of "
    "M1 dies, what is left learns by outcome",
)
"""The claim, as an experiment."""
