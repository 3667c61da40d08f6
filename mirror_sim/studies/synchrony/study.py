"""The claim that mirror neurons put two in step, its positive control, and its controls."""

from __future__ import annotations

from mirror_sim.circuit.echo import echo
from mirror_sim.studies.claim import Arm, Claim, Dose, Evidence, Wiring
from mirror_sim.studies.page import draw
from mirror_sim.studies.study import Control
from mirror_sim.studies.synchrony import pair
from mirror_sim.studies.synchrony.measures import rows
from mirror_sim.studies.yawning.echoes import GENERATOR
from mirror_sim.studies.yawning.life import Yawns

STUDY = Claim(
    name="synchrony",
    experiment={"together": pair.together, "paced": pair.paced},
    controlled=("together",),
    rows=rows,
    reads=("F5.E", GENERATOR),
    circuit=echo,
    curriculum=Yawns(),
    figure=draw,
    claim="Mirror neurons make us move in step",
    effect="locking",
    power="paced",
    substrate="toy",
    controls=(
        Control(name="view cut", row="locking", experiment={"together": pair.view_cut}),
        Control(
            name="partner out of time", row="locking", experiment={"together": pair.out_of_time}
        ),
        Control(name="never copied", row="locking", experiment={"together": pair.never_copied}),
        Control(name="F5 blind", row="locking", experiment={"together": pair.f5_blind}),
        Control(name="F5 alone", row="locking", experiment={"together": pair.f5_alone}),
    ),
    shown=(Arm(name="F5 alone", rows=("locking", "gestures")),),
    drive=("rest.F5",),
    dose=Dose(
        axis="growth.max_actions",
        values=(15, 30, 60, 120),
        row="locking",
        label="trials lived through, 6 of 10 with an own gesture",
    ),
    wiring=Wiring(
        places={
            "own rhythm": (0.1, 0.95),
            "the other's face": (0.1, 0.4),
            "F5": (0.55, 0.68),
            "pattern\ngenerator": (0.9, 0.2),
            "own gesture": (0.5, 0.02),
        },
        links=(
            ("own rhythm", "F5", "fixed"),
            ("own rhythm", "pattern\ngenerator", "fixed"),
            ("the other's face", "F5", "learns"),
            ("F5", "pattern\ngenerator", "learns"),
            ("the other's face", "pattern\ngenerator", "learns"),
            ("pattern\ngenerator", "own gesture", "by way of the world"),
            ("own gesture", "the other's face", "by way of the world"),
        ),
    ),
    units={
        "locking": "locking above chance",
        "paced": "locking to metronome",
        "gestures": "gestures a minute",
    },
    settings_tried=3,
    account="In a model, coupled fields of neurons bring two agents into step. Echo phenomena "
    "depend on the excitability of motor cortex; a fixed pattern may be released without any "
    "mirror cell, and that mirror neurons make an echo is unproven.",
    evidence=(
        Evidence(
            text="In a model, coupled neural fields bring two agents into step.",
            source="Giese 2017 (a model of coupled neural fields)",
            level="read",
        ),
    ),
    source="two pulse-coupled rhythms in Subjects that see each other, turn by turn",
)
"""The claim, as an experiment."""
