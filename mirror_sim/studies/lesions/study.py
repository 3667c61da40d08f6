"""The claim that broken mirror neurons cause autism, and other lesions that cost as much drive.

What is reported of people is that mirroring is spared while its control by context is not. The
claim says that a broken mirror map is the cause. So a lesion of the map must spare mirroring, and
lose the modulation by context. Whether any lesion can give this profile at all is told by that of
the context. Nothing here makes a Subject autistic: hypotheses are compared by what they predict.
"""

from __future__ import annotations

from mirror_sim.circuit.contexts import CONTEXT, contextual
from mirror_sim.studies.claim import Arm, Claim, Evidence, Wiring
from mirror_sim.studies.lesions import task
from mirror_sim.studies.lesions.measures import CELLS, rows
from mirror_sim.studies.page import draw
from mirror_sim.studies.study import Control

_SHOWN = ("lost", "kept.match", "kept.modulation", "mirror.lesion", "decoded.lesion")

STUDY = Claim(
    name="lesions",
    experiment={
        "before": task.before,
        "whole": task.whole,
        "lesion": task.map_lesion,
        "top-down": task.context_lesion,
    },
    rows=rows,
    reads=(CONTEXT, "STS", *CELLS),
    circuit=contextual,
    figure=draw,
    claim="Broken mirror neurons cause autism",
    label="hypothesis comparison, not a model of people",
    grown="map lesion",
    effect="profile",
    power="profile.top-down",
    substrate="toy",
    controls=(
        Control(name="no lesion", row="profile", experiment={"lesion": task.sham_lesion}),
        Control(
            name="context at random",
            row="modulation",
            experiment={"whole": task.context_anywhere},
        ),
        Control(name="hands unseen", row="match", experiment={"whole": task.hands_unseen}),
        Control(name="balance lesion", row="profile", experiment={"lesion": task.balance_lesion}),
        Control(name="context lesion", row="profile", experiment={"lesion": task.context_lesion}),
    ),
    shown=(Arm(name="balance lesion", rows=_SHOWN), Arm(name="context lesion", rows=_SHOWN)),
    drive=("rest.F5",),
    wiring=Wiring(
        places={
            "hand\nseen": (0.08, 0.1),
            "STS": (0.08, 0.5),
            "PFG": (0.55, 0.5),
            "PFG\nFS": (0.55, 0.9),
            "context": (0.08, 0.9),
            "F5": (0.92, 0.5),
            "own\ncommand": (0.92, 0.9),
            "own\nact": (0.92, 0.1),
        },
        links=(
            ("hand\nseen", "STS", "fixed"),
            ("STS", "PFG", "learns"),
            ("PFG", "F5", "learns"),
            ("context", "PFG\nFS", "fixed"),
            ("PFG\nFS", "PFG", "fixed"),
            ("own\ncommand", "F5", "fixed"),
            ("F5", "own\nact", "by way of the world"),
            ("own\nact", "hand\nseen", "by way of the world"),
        ),
    ),
    units={
        "profile": "match kept, minus modulation kept (%)",
        "profile.top-down": "the same of the context lesion (%)",
        "modulation": "context takes from what is seen (%)",
        "match": "match of done and seen",
        "lost": "drive lost (%)",
        "kept.match": "match kept (%)",
        "kept.modulation": "modulation kept (%)",
        "mirror.lesion": "mirror cells (% of F5)",
        "decoded.lesion": "acts decoded (%)",
    },
    settings_tried=17,
    account="No overall deficit of mirroring is found in autism; less control of it by context "
    "fits better. As a general account, broken mirror neurons are rejected.",
    evidence=(
        Evidence(
            text="25 studies show no overall deficit of mirroring in autism; an account by its "
            "top-down control fits better.",
            source="Hamilton 2013, Dev Cogn Neurosci 3:91",
            level="read",
        ),
        Evidence(
            text="Mu suppression of 20 children with autism did not differ from that of others.",
            source="Raymaekers, Wiersema & Roeyers 2009, Brain Res 1304:113",
            level="read",
        ),
        Evidence(
            text="The theory that autism comes from broken mirror neurons was tried, and failed.",
            source="Heyes & Catmur 2022, Perspect Psychol Sci 17:153",
            level="read",
        ),
    ),
    source="after the accounts that Hamilton 2013 compares: three lesions that take as much of "
    "what F5 answers to seen acts",
)
"""The claim, as an experiment."""
