"""The claim that infants learn from caregivers, its positive control, and its controls."""

from __future__ import annotations

from dataclasses import replace

from mirror_sim.scene.trials import Protocol
from mirror_sim.session.session import Session
from mirror_sim.studies.claim import Claim, Dose, Evidence, Wiring
from mirror_sim.studies.controls.battery import ACTIONS, N_TRIALS, protocol
from mirror_sim.studies.development.life import Infancy
from mirror_sim.studies.development.measures import CELLS, rows
from mirror_sim.studies.excitability import excitability
from mirror_sim.studies.page import draw
from mirror_sim.studies.study import Control
from mirror_sim.subject.matching import lived_otherwise, matched
from mirror_sim.subject.subject import Subject


def probed(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Run four acts in the dark and observed, and their objects alone."""
    return subject.run(protocol(n_trials=n_trials))


def saw_itself(subject: Subject, n_trials: int = N_TRIALS) -> Session:
    """Probe a Subject that saw its own acts, and had no caregiver."""
    plan = subject.growth.plan if subject.growth else None
    plan = plan if isinstance(plan, Infancy) else Infancy()
    other = subject.grown_anew(replace(plan, sees_itself=True, caregiver="absent"))
    return probed(other, n_trials)


def _common_test() -> Protocol:
    """Return acts in the dark and withholding: nobody is seen."""
    return excitability(ACTIONS, n_trials=3, seed=67)


def caregiver_at_random(grown: Subject) -> Subject:
    """Let it see as many acts, at any time and whatever it did."""
    return lived_otherwise(grown, _common_test(), caregiver="random")


def no_caregiver(grown: Subject) -> Subject:
    """Let it see nobody."""
    return lived_otherwise(grown, _common_test(), caregiver="absent")


def only_watched(grown: Subject) -> Subject:
    """Let it see the caregiver's acts, and do nothing itself."""
    return lived_otherwise(grown, _common_test(), acts=False)


def naive_weights(grown: Subject) -> Subject:
    """Take away what was learned."""
    return matched(grown.with_naive_weights(), grown, _common_test())


STUDY = Claim(
    name="development",
    experiment={"opaque": probed, "seen": saw_itself},
    controlled=("opaque",),
    rows=rows,
    reads=CELLS,
    curriculum=Infancy(),
    figure=draw,
    claim="Infants learn it from their caregivers",
    effect="match",
    power="match.seen",
    substrate="mechanism",
    controls=(
        Control(
            name="caregiver at random", row="match", change=caregiver_at_random, lives_anew=True
        ),
        # Where hardly a unit responds to what is seen, there is nothing that could match.
        Control(name="no caregiver", row="observed", change=no_caregiver, lives_anew=True),
        Control(name="only watched", row="observed", change=only_watched, lives_anew=True),
        Control(name="naive weights", row="observed", change=naive_weights),
    ),
    also=("observed", "overlap", "overlap.seen"),
    drive=("rest.F5",),
    dose=Dose(
        axis="growth.max_actions",
        values=(15, 30, 60, 120),
        row="match",
        label="own acts lived through",
    ),
    wiring=Wiring(
        places={
            "own command": (0.5, 0.97),
            "F5": (0.9, 0.7),
            "PFG": (0.55, 0.62),
            "STS": (0.2, 0.45),
            "hand seen": (0.1, 0.1),
            "own act": (0.9, 0.15),
            "caregiver": (0.5, 0.05),
        },
        links=(
            ("own command", "F5", "fixed"),
            ("STS", "PFG", "learns"),
            ("PFG", "F5", "learns"),
            ("hand seen", "STS", "fixed"),
            ("F5", "own act", "by way of the world"),
            ("own act", "caregiver", "by way of the world"),
            ("caregiver", "hand seen", "by way of the world"),
        ),
    ),
    units={
        "match": "match of done and seen, above chance",
        "match.seen": "the same, own acts seen",
        "observed": "respond to what is seen (% of F5)",
        "overlap": "both responses, above chance (% of F5)",
        "overlap.seen": "the same, own acts seen (% of F5)",
    },
    settings_tried=2,
    account="That newborns imitate is doubtful: the effect depends on which laboratory looked. "
    "That infants predict acts which they can do themselves is fairly well shown.",
    evidence=(
        Evidence(
            text="Neonatal imitation: d = 0.68 [0.39, 0.96] in 336 effects, explained by which "
            "laboratory measured.",
            source="Davis et al. 2021, Perspect Psychol Sci 16:1373",
            level="read",
        ),
        Evidence(
            text="No imitation in 106 infants that were tested four times.",
            source="Oostenbroek et al. 2016, Curr Biol 26:1334",
            level="from memory",
        ),
        Evidence(
            text="Infants look ahead to the goal of acts that they can do: of placing things at "
            "twelve months, not at six.",
            source="Falck-Ytter et al. 2006, Nat Neurosci 9:878",
            level="from memory",
        ),
    ),
    source="after Heyes 2010: acts that one cannot see of oneself need somebody who imitates",
)
"""The claim, as an experiment."""
