"""Contagious yawning: what is lived through, what is read, and what two do to each other."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mirror_sim as ms
from mirror_sim.session.session import Session
from mirror_sim.studies.study import get_study
from mirror_sim.studies.yawning.life import OTHER, YAWN
from mirror_sim.studies.yawning.measures import rows
from mirror_sim.studies.yawning.pair import SAW_NOTHING, SAW_YAWN, TURN_S, URGED


@pytest.fixture(scope="module")
def yawning():
    return get_study("yawning")


def lives(yawning, **changes):
    return replace(yawning.curriculum, **changes).trials(np.random.default_rng(7))


def of(trial, *channels):
    return [s for s in trial.signals if s.channel in channels]


def test_a_caregiver_copies_what_was_done_and_nothing_else_differs(yawning):
    copied = 0
    for own, other in zip(lives(yawning), lives(yawning, imitated=False), strict=True):
        done = of(own, "urge", "gesture")
        assert done == of(other, "urge", "gesture")
        if not done:
            assert own.signals == other.signals
            continue
        (seen,) = of(own, "face")
        assert not of(other, "face")
        assert 0.2 <= seen.start_s - done[0].start_s <= 0.5
        assert seen.features == ((YAWN if done[0].channel == "urge" else OTHER),)
        copied += 1
    assert 55 < copied < 90  # of 120 with p = .6: mean 72, sd 5.4


def test_faces_are_seen_alone_too(yawning):
    alone = [t for t in lives(yawning) if of(t, "face") and not of(t, "urge", "gesture")]
    assert {s.features[0] for t in alone for s in of(t, "face")} == {YAWN, OTHER}


def session_of(yawns: dict[str, float], rng) -> Session:
    """Return turns in which the generator fires at 4 spikes/s in a share of each condition."""
    n, units = 40, pd.DataFrame({"unit_id": range(30), "cell_type": "pyramidal"})
    units["population"] = ["YPG.E"] * 20 + ["F5.E"] * 10
    units["area"] = units["population"].str.removesuffix(".E")
    units[["x_um", "y_um", "z_um"]] = 0.0
    conditions = [name for name in yawns for _ in range(n)]
    start = TURN_S * np.arange(len(conditions))
    trials = pd.DataFrame(
        {"start_time": start, "stop_time": start + TURN_S, "condition": conditions}
    )
    hz = np.full((len(conditions), 30), 0.1)
    for number, name in enumerate(conditions):
        hz[number, :20] = 4.0 if number % n < yawns[name] * n else 0.1
    counts = rng.poisson(hz * TURN_S)
    turn, unit = np.nonzero(counts)
    repeat = counts[turn, unit]
    times = np.repeat(start[turn], repeat) + rng.random(repeat.sum()) * TURN_S
    who = np.repeat(unit, repeat)
    order = np.lexsort((times, who))
    return Session(units, trials, times[order], who[order], {})


def test_contagion_is_what_a_seen_yawn_adds(rng):
    shares = {SAW_YAWN: 0.75, SAW_NOTHING: 0.25, f"{URGED}, {SAW_NOTHING}": 1.0}
    found = rows(session_of(shares, rng))
    assert found["contagion"] == pytest.approx(50.0)
    assert found["urged"] == pytest.approx(75.0)
    assert found["turns"] == 40
    assert found["generator.saw"] > found["generator.alone"]


def test_without_a_seen_yawn_there_is_no_number(rng):
    found = rows(session_of({SAW_NOTHING: 0.5}, rng))
    assert np.isnan(found["contagion"])
    assert np.isnan(found["latency_ms"])


@pytest.mark.slow
def test_two_who_see_each_other(yawning):
    """With few trials of growth nothing is learned: the path alone, and what is shown to whom."""
    shown = {}
    for name, control in (("live", None), *((c.name, c) for c in yawning.controls)):
        if name not in ("live", "partner out of time", "another face shown"):
            continue
        plan = replace(yawning.curriculum, max_actions=5)
        small = yawning.circuit().scaled(0.25)
        subject = ms.Subject.grow(small, seed=1000, curriculum=plan)
        session = yawning.run(
            subject, n_trials=2, experiment=control.experiment if control else None
        )["yawning"]
        assert len(session.trials) == 20
        shown[name] = session.trials
    live, late = shown["live"], shown["partner out of time"]
    assert (live["condition"] == late["condition"]).all()
    assert sorted(_faces(live)) == sorted(_faces(late))
    assert _faces(live) != _faces(late)
    assert {face for face in _faces(live) if face} == {YAWN}
    assert {face for face in _faces(shown["another face shown"]) if face} == {OTHER}


def _faces(trials: pd.DataFrame) -> list[float]:
    import json

    found = []
    for text in trials["signals"]:
        seen = [s for s in json.loads(text) if s["channel"] == "face"]
        found.append(seen[0]["features"][0] if seen else 0.0)
    return found
