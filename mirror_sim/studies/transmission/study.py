"""The claim that mirror neurons made culture, its positive control and what must not have it."""

from __future__ import annotations

from mirror_sim.circuit.cues import cued
from mirror_sim.studies.claim import Arm, Claim, Evidence, Wiring
from mirror_sim.studies.page import draw
from mirror_sim.studies.study import Control
from mirror_sim.studies.transmission import chain
from mirror_sim.studies.transmission.measures import rows
from mirror_sim.studies.watching.measures import CELLS
from mirror_sim.studies.watching.study import ungrown_map

STUDY = Claim(
    name="transmission",
    experiment=chain.watched_in_turn,
    rows=rows,
    reads=("PFC.cue", *CELLS),
    circuit=cued,
    figure=draw,
    claim="Mirror neurons made culture: skills pass from one generation to the next by watching",
    effect="kept",
    power="practised",
    substrate="speculative",
    controls=(
        Control(name="acts at random", row="kept", experiment=chain.random_models),
        Control(name="F5 silenced while watching", row="kept", experiment=chain.f5_silenced),
        Control(name="ungrown map", row="kept", change=ungrown_map),
        Control(name="better of two", row="kept", experiment=chain.better_of_two),
    ),
    shown=(Arm(name="better of two", rows=("kept", "first step", "improved")),),
    also=("first step", "expected", "improved"),
    drive=("rest.F5",),
    wiring=Wiring(
        places={
            "cue": (0.08, 0.95),
            "the model's\nhand": (0.08, 0.4),
            "STS, PFG": (0.5, 0.4),
            "F5": (0.85, 0.75),
            "own act": (0.85, 0.2),
            "next\ngeneration": (0.5, 0.05),
        },
        links=(
            ("cue", "F5", "learns"),
            ("the model's\nhand", "STS, PFG", "fixed"),
            ("STS, PFG", "F5", "fixed"),
            ("F5", "own act", "by way of the world"),
            ("own act", "next\ngeneration", "by way of the world"),
            ("next\ngeneration", "the model's\nhand", "by way of the world"),
        ),
    ),
    units={
        "practised": "first generation (points above guessing)",
        "kept": "last generation (points above guessing)",
        "first step": "second generation (points above guessing)",
        "expected": "last, if each step kept as much (points)",
        "improved": "last minus first generation (points)",
    },
    settings_tried=1,
    account="No cell has been recorded for this claim. Cultural learning may itself build "
    "mirroring, rather than the other way round.",
    evidence=(
        Evidence(
            text="Mirror neurons may themselves be products of social learning.",
            source="Heyes 2012, Phil Trans R Soc B 367:2181",
            level="from memory",
        ),
    ),
    source="ten generations of one Subject, each taught by the acts of the one before; after the "
    "study `watching`",
)
"""The claim, as an experiment."""
