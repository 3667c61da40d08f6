"""The claim that one learns by watching, its positive control and what must not have the effect."""

from __future__ import annotations

from mirror_sim.circuit.cues import cued
from mirror_sim.scene.trials import Protocol
from mirror_sim.studies.claim import Claim, Evidence, Wiring
from mirror_sim.studies.excitability import excitability
from mirror_sim.studies.page import draw
from mirror_sim.studies.study import Control
from mirror_sim.studies.watching import task
from mirror_sim.studies.watching.measures import CELLS, rows
from mirror_sim.subject.matching import matched
from mirror_sim.subject.subject import Subject


def _common_test() -> Protocol:
    """Return acts in the dark and withholding: nothing of it is seen done by others."""
    return excitability(task.CUES)


def ungrown_map(grown: Subject) -> Subject:
    """Take away what growth taught: hands that are seen no longer drive F5."""
    return matched(grown.with_naive_weights(), grown, _common_test())


CUE_WIRING = Wiring(
    places={
        "cue": (0.08, 0.95),
        "hand seen": (0.08, 0.45),
        "STS": (0.38, 0.45),
        "PFG": (0.62, 0.62),
        "F5": (0.9, 0.75),
        "own command": (0.62, 0.97),
        "M1": (0.9, 0.3),
        "own act": (0.55, 0.05),
    },
    links=(
        ("cue", "F5", "learns"),
        ("hand seen", "STS", "fixed"),
        ("STS", "PFG", "learns"),
        ("PFG", "F5", "learns"),
        ("own command", "F5", "fixed"),
        ("F5", "M1", "fixed"),
        ("M1", "own act", "by way of the world"),
        ("own act", "hand seen", "by way of the world"),
    ),
)
CUE_UNITS = {
    "practised": "practice: cue calls up its act (% of the act)",
    "watched": "watching: cue calls up its act (% of the act)",
    "rehearsed": "rehearsal: cue calls up its act (% of the act)",
    "saved": "added to a short practice (%)",
    "cost": "added to the other pairing (%)",
    "share": "of what practice adds (%)",
}

STUDY = Claim(
    name="watching",
    experiment={
        "nothing": task.nothing,
        "practice": task.practice,
        "watching": task.watching,
        "short practice": task.short_practice,
        "watching, then practice": task.watching_then_practice,
        "reversed practice": task.reversed_practice,
        "watching, then reversed": task.watching_then_reversed,
    },
    rows=rows,
    reads=("PFC.cue", *CELLS),
    circuit=cued,
    figure=draw,
    claim="We learn by watching, since our mirror neurons practise for us",
    effect="watched",
    power="practised",
    substrate="mechanism",
    controls=(
        *(
            Control(name=name, row="watched", experiment={"watching": instead})
            for name, instead in {
                "other act watched": task.other_watched,
                "F5 silenced": task.f5_silenced,
                "cues alone": task.cues_alone,
                "a hand that is still": task.hand_still,
            }.items()
        ),
        Control(name="ungrown map", row="watched", change=ungrown_map),
    ),
    also=("share", "saved", "cost"),
    drive=("rest.F5",),
    wiring=CUE_WIRING,
    units=CUE_UNITS,
    settings_tried=1,
    account="People who watched somebody learn a movement then learn the same faster, and the "
    "opposite slower; the gain is modest, and much of it is strategy.",
    evidence=(
        Evidence(
            text="Who had watched somebody adapt to a force field did better in the same field and "
            "worse in the opposite one.",
            source="Mattar & Gribble 2005, Neuron 46:153",
            level="third party",
        ),
        Evidence(
            text="Observers learned a rotated environment by strategy, and kept an earlier one, "
            "which actors lost by practice of the second.",
            source="Larssen, Ong & Hodges 2012, PLoS ONE 7:e38938",
            level="read",
        ),
        Evidence(
            text="Theta-burst stimulation of the inferior frontal gyrus disrupts automatic "
            "imitation.",
            source="Catmur, Walsh & Heyes 2009, Phil Trans R Soc B 364:2369",
            level="read",
        ),
    ),
    source="after Mattar & Gribble 2005, with arbitrary cues in place of force fields; what was "
    "gained is read after equal practice, not as trials to a criterion",
)
"""The claim, as an experiment."""
