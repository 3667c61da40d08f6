"""The claim that mirror neurons predict, its controls, and every learning rule."""

from __future__ import annotations

from dataclasses import replace

from mirror_sim.circuit.effectors import effectors
from mirror_sim.circuit.model import Circuit
from mirror_sim.studies.by_rule import BY_RULE
from mirror_sim.studies.claim import Arm, Claim, Evidence, Wiring
from mirror_sim.studies.page import draw
from mirror_sim.studies.prediction.life import Delayed
from mirror_sim.studies.prediction.measures import CELLS, rows
from mirror_sim.studies.prediction.task import EXPERIMENT, plan_of
from mirror_sim.studies.study import Control
from mirror_sim.subject.subject import Subject


def by_pairs() -> Circuit:
    """Return the circuit that learns by the rule `stdp_pair`."""
    return effectors("stdp_pair")


def _lived(grown: Subject, sight: str) -> Subject:
    return grown.grown_anew(replace(plan_of(grown), sight=sight))


def in_any_order(grown: Subject) -> Subject:
    """Let it see as many phases at the same times, in an order that says nothing."""
    return _lived(grown, "in any order")


def either_way(grown: Subject) -> Subject:
    """Let half of the acts run backwards, as they are done and as they are seen."""
    return _lived(grown, "either way")


_OTHERS = tuple(rule for rule in BY_RULE if rule != "stdp_pair")
_SHOWN = ("lead.0", "lead.200", "slope")

STUDY = Claim(
    name="prediction",
    experiment=EXPERIMENT,
    rows=rows,
    reads=("STS.act", CELLS),
    circuit=by_pairs,
    curriculum=Delayed(),
    figure=draw,
    claim="Mirror neurons predict what comes next",
    effect="follows",
    power="match",
    substrate="toy",
    controls=(
        Control(name="seen in any order", row="follows", change=in_any_order, lives_anew=True),
        Control(name="acts run either way", row="follows", change=either_way, lives_anew=True),
        *(
            Control(name=rule, row="follows", change=BY_RULE[rule], lives_anew=True)
            for rule in _OTHERS
        ),
    ),
    shown=tuple(Arm(name=rule, rows=_SHOWN) for rule in _OTHERS),
    also=("seen",),
    drive=("rest.F5",),
    wiring=Wiring(
        places={
            "act seen": (0.1, 0.9),
            "context": (0.1, 0.3),
            "F5:\nphases": (0.6, 0.5),
            "own command": (0.6, 0.05),
            "own act": (0.8, 0.95),
        },
        links=(
            ("act seen", "F5:\nphases", "learns"),
            ("context", "F5:\nphases", "learns"),
            ("own command", "F5:\nphases", "fixed"),
            ("F5:\nphases", "own act", "by way of the world"),
            ("own act", "act seen", "by way of the world"),
        ),
    ),
    units={
        "follows": "agreement ahead minus behind (r)",
        "match": "done and seen agree (r)",
        "lead.0": "lead without a delay (ms)",
        "lead.200": "lead with 200 ms (ms)",
        "slope": "lead for each ms of delay",
        "seen": "sight of a phase (spikes/s)",
    },
    settings_tried=4,
    account="Vision of an own act is late, so that it meets the command of what is done by then; "
    "by Hebb's rule the sight of an act should come to drive what follows it. Cells that were "
    "recorded while acts are seen do not settle whether they run ahead.",
    evidence=(
        Evidence(
            text="With spike timing dependent plasticity and a delay of re-afference, mirror "
            "responses should become predictions of what is seen next.",
            source="Keysers & Gazzola 2014, Phil Trans R Soc B 369:20130175",
            level="read",
        ),
        Evidence(
            text="The readiness potential rises before an act that one expects to see.",
            source="Kilner et al. 2004, Nat Neurosci 7:1299",
            level="read",
        ),
    ),
    source="after Keysers & Gazzola 2014: the sight of an own act, later and later",
)
"""The claim, as an experiment."""
