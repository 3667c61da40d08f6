"""The claim of contagious yawning, its positive control and what must not have the effect."""

from __future__ import annotations

from mirror_sim.circuit.echo import echo
from mirror_sim.studies.claim import Arm, Claim, Dose, Evidence, Wiring
from mirror_sim.studies.page import draw
from mirror_sim.studies.study import Control
from mirror_sim.studies.yawning.echoes import GENERATOR, f5_alone, never_copied, view_cut
from mirror_sim.studies.yawning.life import Yawns
from mirror_sim.studies.yawning.measures import rows
from mirror_sim.studies.yawning.pair import other_face, out_of_time, together
from mirror_sim.subject.subject import Subject


def f5_cut_off(grown: Subject) -> Subject:
    """Cut F5 off: what is left is a stimulus that releases a pattern, without mirror cells."""
    return grown.cut("F5.E", GENERATOR)


_SHOWN = ("contagion", "latency_ms")

STUDY = Claim(
    name="yawning",
    experiment=together,
    rows=rows,
    reads=("F5.E", GENERATOR),
    circuit=echo,
    curriculum=Yawns(),
    figure=draw,
    claim="Yawns are contagious by mirror neurons",
    effect="contagion",
    power="urged",
    substrate="toy",
    controls=(
        Control(name="view cut", row="contagion", change=view_cut),
        Control(name="partner out of time", row="contagion", experiment=out_of_time),
        Control(name="another face shown", row="contagion", experiment=other_face),
        Control(name="never copied", row="contagion", change=never_copied, lives_anew=True),
        Control(name="F5 cut off", row="contagion", change=f5_cut_off),
        Control(name="F5 alone", row="contagion", change=f5_alone),
    ),
    shown=(Arm(name="F5 alone", rows=_SHOWN),),
    drive=("rest.F5",),
    dose=Dose(
        axis=f"{GENERATOR}.target_hz",
        values=(0.5, 1.0, 2.0, 4.0, 8.0),
        row="contagion",
        label="excitability: target rate of the generator (spikes/s)",
    ),
    wiring=Wiring(
        places={
            "own urge": (0.1, 0.95),
            "another's face": (0.1, 0.4),
            "F5": (0.55, 0.68),
            "pattern\ngenerator": (0.9, 0.2),
            "own yawn": (0.5, 0.02),
            "caregiver": (0.1, 0.08),
        },
        links=(
            ("own urge", "F5", "fixed"),
            ("own urge", "pattern\ngenerator", "fixed"),
            ("another's face", "F5", "learns"),
            ("F5", "pattern\ngenerator", "learns"),
            ("another's face", "pattern\ngenerator", "learns"),
            ("pattern\ngenerator", "own yawn", "by way of the world"),
            ("own yawn", "caregiver", "by way of the world"),
            ("caregiver", "another's face", "by way of the world"),
        ),
    ),
    units={
        "contagion": "yawns caught (% of turns)",
        "urged": "yawns by own urge (% of turns)",
        "latency_ms": "latency (ms)",
    },
    settings_tried=3,
    account="Contagious yawning is real, and varies with the excitability of motor cortex; imaging "
    "finds the superior temporal sulcus rather than mirror areas, and a fixed pattern may be "
    "released without any mirror cell.",
    evidence=(
        Evidence(
            text="In 36 adults contagious yawning varied with motor excitability, and resisting it "
            "raised the urge.",
            source="Brown et al. 2017, Curr Biol 27:2713",
            level="read",
        ),
        Evidence(
            text="Seen yawns activated the superior temporal sulcus, not the mirror areas.",
            source="Schürmann et al. 2005, NeuroImage 24:1260",
            level="from memory",
        ),
    ),
    source="after Brown et al. 2017; two Subjects that see each other, turn by turn",
)
"""The claim, as an experiment."""
