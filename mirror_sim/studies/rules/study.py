"""The claim that Hebb's rule wires mirror neurons, and other rules on the same trials."""

from __future__ import annotations

from mirror_sim.circuit.effectors import SENSES, effectors
from mirror_sim.studies.by_rule import BY_RULE
from mirror_sim.studies.claim import Arm, Claim, Evidence, Wiring
from mirror_sim.studies.page import draw
from mirror_sim.studies.rules import training
from mirror_sim.studies.rules.life import Acts
from mirror_sim.studies.rules.measures import CELLS, rows
from mirror_sim.studies.study import Control

_OTHERS = ("stdp_pair", "stdp_triplet", "bcm", "covariance", "prediction_error")
_SHOWN = ("reversal", "contingency", "restored")

STUDY = Claim(
    name="rules",
    experiment={
        "before": training.before,
        "contingent": training.contingent,
        "non-contingent": training.non_contingent,
        "signalled": training.signalled,
    },
    rows=rows,
    reads=(*SENSES, CELLS),
    circuit=effectors,
    curriculum=Acts(),
    figure=draw,
    claim="Cells that fire together wire together, mirror neurons too",
    effect="restored",
    power="reversal",
    substrate="toy",
    controls=(
        Control(
            name="tone announces nothing",
            row="restored",
            experiment={"signalled": training.tone_anywhere},
        ),
        Control(
            name="acts only watched",
            row="reversal",
            experiment={"contingent": training.only_watched},
        ),
        *(
            Control(name=rule, row="restored", change=BY_RULE[rule], lives_anew=True)
            for rule in _OTHERS
        ),
    ),
    shown=tuple(Arm(name=rule, rows=_SHOWN) for rule in _OTHERS),
    drive=("rest.F5",),
    wiring=Wiring(
        places={
            "act seen": (0.1, 0.9),
            "tone": (0.1, 0.5),
            "context": (0.1, 0.1),
            "F5:\nhand, foot": (0.6, 0.5),
            "own command": (0.6, 0.05),
            "own act": (0.8, 0.95),
        },
        links=(
            ("act seen", "F5:\nhand, foot", "learns"),
            ("tone", "F5:\nhand, foot", "learns"),
            ("context", "F5:\nhand, foot", "learns"),
            ("own command", "F5:\nhand, foot", "fixed"),
            ("F5:\nhand, foot", "own act", "by way of the world"),
            ("own act", "act seen", "by way of the world"),
        ),
    ),
    units={
        "reversal": "imitation lost by contingent training (spikes/s)",
        "contingency": "kept where not contingent (% of that)",
        "restored": "regained by a signal (% of what is lost)",
    },
    settings_tried=14,
    account="Responding to a hand with a foot reverses mirror responses in people. How much is "
    "learned depends on how well the sight predicts the response; a signal that announces the rest "
    "of the responses restores it, which co-activity alone does not explain.",
    evidence=(
        Evidence(
            text="Less automatic imitation was left after contingent than after non-contingent "
            "incompatible training; signalling the extra responses abolished the difference.",
            source="Cook et al. 2010, J Exp Psychol Hum Percept Perform 36:840",
            level="read",
        ),
        Evidence(
            text="A Rescorla-Wagner model fits these data, a Hebbian one does not.",
            source="Cooper et al. 2013, Neurosci Lett 540:28",
            level="read",
        ),
        Evidence(
            text="Learning that depends on the timing of spikes is sensitive to contingency, too.",
            source="Keysers & Gazzola 2014, Phil Trans R Soc B 369:20130175",
            level="read",
        ),
        Evidence(
            text="After training with incompatible movements, seen movements raised the motor "
            "potentials of the muscles that had responded to them.",
            source="Catmur et al. 2007, Curr Biol 17:1527",
            level="from memory",
        ),
    ),
    source="after Cook et al. 2010; the same trials for every learning rule",
)
"""The claim, as an experiment."""
