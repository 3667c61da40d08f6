"""The claim of contagion, its positive control and what must not have the effect."""

from __future__ import annotations

from mirror_sim.circuit.affect import affect
from mirror_sim.session.session import Session
from mirror_sim.studies.claim import Arm, Claim, Dose, Evidence, Wiring
from mirror_sim.studies.contagion.life import Life
from mirror_sim.studies.contagion.measures import AREAS, READ_OUT, rows
from mirror_sim.studies.contagion.task import common_test, named, protocol
from mirror_sim.studies.page import draw
from mirror_sim.studies.study import Control
from mirror_sim.subject.matching import lived_otherwise, matched
from mirror_sim.subject.subject import Subject


def never_shocked(grown: Subject) -> Subject:
    """Let a rat grow without pain and cries; tones and noises are heard."""
    return lived_otherwise(grown, common_test(), shocked=False)


def cry_masked(grown: Subject) -> Subject:
    """Let a rat grow that never hears its own cries."""
    return lived_otherwise(grown, common_test(), cry="masked")


def cry_unpaired(grown: Subject) -> Subject:
    """Let a rat grow that hears as many cries, but when its pain is over."""
    return lived_otherwise(grown, common_test(), cry="unpaired")


def naive_weights(grown: Subject) -> Subject:
    """Take away what was learned."""
    return matched(grown.with_naive_weights(), grown, common_test())


def noise_as_distress(session: Session) -> Session:
    """Let the harmless noise stand for another's distress."""
    other = {named("distress"): named("noise"), named("noise"): named("distress")}
    trials = session.trials.assign(condition=session.trials["condition"].replace(other))
    return Session(
        session.units, trials, session.spike_times, session.spike_units, session.metadata
    )


def acc_silenced(grown: Subject) -> Subject:
    """Cut all that leaves the anterior cingulate cortex; the direct routes stay."""
    return grown.cut("ACC")


def direct_route_cut(grown: Subject) -> Subject:
    """Cut the direct route from another's distress to the amygdala; that through ACC stays."""
    return grown.cut("A1.distress", "BLA")


_SILENCED = ("PAG.distress.1", "PAG.tone.1")

WIRING = Wiring(
    places={
        "own pain": (0.1, 0.95),
        "own cry": (0.1, 0.62),
        "distress": (0.1, 0.42),
        "tone, noise,\nsight": (0.1, 0.2),
        "SI": (0.5, 0.98),
        "AI": (0.9, 0.86),
        "ACC": (0.62, 0.62),
        "BLA": (0.62, 0.3),
        "PAG": (0.75, 0.02),
    },
    links=(
        ("own pain", "SI", "fixed"),
        ("own pain", "ACC", "fixed"),
        ("own pain", "BLA", "fixed"),
        ("own pain", "AI", "fixed"),
        ("own pain", "own cry", "by way of the world"),
        ("own cry", "distress", "by way of the world"),
        ("SI", "AI", "fixed"),
        ("AI", "ACC", "fixed"),
        ("distress", "ACC", "learns"),
        ("distress", "BLA", "learns"),
        ("tone, noise,\nsight", "ACC", "learns"),
        ("tone, noise,\nsight", "BLA", "learns"),
        ("ACC", "BLA", "fixed"),
        ("BLA", "PAG", "fixed"),
    ),
)

STUDY = Claim(
    name="contagion",
    protocol=protocol,
    rows=rows,
    reads=(*(f"{area}.E" for area in AREAS), READ_OUT),
    circuit=affect,
    figure=draw,
    curriculum=Life(),
    claim="Another's distress is felt as one's own",
    effect="shared",
    power="freezing.pain",
    substrate="toy",
    controls=(
        Control(name="never shocked", row="shared", change=never_shocked, lives_anew=True),
        Control(name="own cry masked", row="shared", change=cry_masked, lives_anew=True),
        Control(name="own cry unpaired", row="shared", change=cry_unpaired, lives_anew=True),
        Control(name="naive weights", row="shared", change=naive_weights, lives_anew=True),
        Control(name="noise as distress", row="shared", session=noise_as_distress),
        Control(name="ACC silenced", row="PAG.distress.1", change=acc_silenced),
        Control(name="direct route cut", row="PAG.distress.1", change=direct_route_cut),
    ),
    shown=(
        Arm(name="ACC silenced", rows=_SILENCED),
        Arm(name="direct route cut", rows=_SILENCED),
    ),
    wiring=WIRING,
    units={
        "shared": "ACC cells for both, above chance (%)",
        "freezing.pain": "freezing to own pain (% of trials)",
        "PAG.distress.1": "PAG, distress (spikes/s)",
        "PAG.tone.1": "PAG, tone (spikes/s)",
    },
    drive=("rest.ACC", "rest.BLA", "rest.PAG"),
    dose=Dose(
        axis="growth.max_actions",
        values=(15, 30, 60, 120),
        row="shared",
        label="trials lived through, 6 of 10 with a shock",
    ),
    settings_tried=13,
    account="Cells of the anterior cingulate cortex of rats respond to own pain and to another's "
    "distress, and rats freeze less to it when that cortex is silenced; that a circuit of the "
    "hand's actions has to do with it, or that people feel so, is not shown.",
    evidence=(
        Evidence(
            text="Cells of area 24 respond to a painful laser and to another's shock, most of them "
            "not to a conditioned tone; silencing it lowers freezing to the other's shock, not to "
            "the tone.",
            source="Carrillo et al. 2019, Curr Biol 29:1301",
            level="read",
        ),
        Evidence(
            text="Own and a partner's pain both raise the activity of anterior insula and rostral "
            "ACC; that of SI and posterior insula only own pain.",
            source="Singer et al. 2004, Science 303:1157",
            level="read",
        ),
        Evidence(
            text="Patterns of own and of vicarious pain in people dissociate.",
            source="Krishnan et al. 2016, eLife 5:e15166",
            level="from memory",
        ),
    ),
    source="after Carrillo et al. 2019, with the rat's own cry as what teaches it",
)
"""The claim, as an experiment."""
