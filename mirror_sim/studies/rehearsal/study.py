"""The claim that one learns by rehearsing, its positive control, and its controls."""

from __future__ import annotations

from mirror_sim.circuit.cues import cued
from mirror_sim.studies.claim import Claim, Evidence
from mirror_sim.studies.page import draw
from mirror_sim.studies.study import Control
from mirror_sim.studies.watching import task
from mirror_sim.studies.watching.measures import CELLS, rows
from mirror_sim.studies.watching.study import CUE_UNITS, CUE_WIRING

STUDY = Claim(
    name="rehearsal",
    experiment={
        "nothing": task.nothing,
        "practice": task.practice,
        "rehearsal": task.rehearsal,
    },
    rows=rows,
    reads=("PFC.cue", *CELLS, *task.M1),
    circuit=cued,
    figure=draw,
    claim="Mental rehearsal trains the cells that practice trains",
    effect="rehearsed",
    power="practised",
    substrate="mechanism",
    controls=tuple(
        Control(name=name, row="rehearsed", experiment={"rehearsal": instead})
        for name, instead in {
            "other act rehearsed": task.other_rehearsed,
            "F5 silenced, too": task.f5_silenced_rehearsing,
            "cues alone": task.cues_alone,
        }.items()
    ),
    also=("share",),
    drive=("rest.F5",),
    wiring=CUE_WIRING,
    units=CUE_UNITS,
    settings_tried=1,
    account="Imagining, watching and doing a movement share premotor and parietal areas; imagery "
    "trains less than practice. That F5 is commanded while M1 is silent is an assumption.",
    evidence=(
        Evidence(
            text="Meta-analyses of 303, 595 and 142 experiments: imagery and observation recruit "
            "similar premotor-parietal networks; observation recruits no subcortical area.",
            source="Hardwick et al. 2018, Neurosci Biobehav Rev 94:31",
            level="read",
        ),
    ),
    source="the command of an act reaches F5, M1 is silenced, and nothing is moved, seen or felt",
)
"""The claim, as an experiment."""
