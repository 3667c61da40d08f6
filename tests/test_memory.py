"""Cells that keep an object in mind while it is hidden, and what gates them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import mirror_sim as ms
from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.circuit.memory import KEEPS, READY, remembering
from mirror_sim.circuit.model import Circuit
from mirror_sim.senses.encoder import Encoder
from mirror_sim.studies.umilta2001 import task
from mirror_sim.studies.umilta2001.study import short_nmda


def test_attention_and_waiting_say_nothing_of_what_a_trial_shows():
    rng = np.random.default_rng(5)
    trials = [
        task._trial(task.SEEN[name], "grasp-precision", np.random.default_rng(7), screen=screen)
        for name, screen in (("full", False), *((name, True) for name in task.HIDDEN))
    ]
    circuit = remembering()
    for name in ("PFC.attention", "F6.waiting"):
        encoder = Encoder.draw(circuit.population(name), seed=int(rng.integers(1000)))
        first, *others = [encoder.rates(trial) for trial in trials]
        assert all(np.array_equal(first, other) for other in others)
        assert first[10:150] == pytest.approx(30.0)
        # By a second after the hand has moved, at 1.8 s, nobody waits any more.
        assert first[280:] == pytest.approx(30.0 if name == "PFC.attention" else 2.0, abs=0.1)


def test_readiness_is_of_cells_whose_links_are_those_of_the_input_in_its_place():
    base, made = ms.macaque(), remembering()
    links = {p.name: p for p in base.projections if p.pre == READY}
    assert {p.name: p for p in made.projections if p.pre == READY} == links
    assert {p.name for p in base.projections} < {p.name for p in made.projections}
    assert made.population(READY) in made.cells


def alone() -> Circuit:
    """Nothing but the cells that see objects, those that remember, and attention."""
    circuit = remembering()
    kept = ("CIP", "PFC.attention", KEEPS)
    return dataclasses.replace(
        circuit,
        populations=tuple(p for p in circuit.populations if p.name in kept),
        projections=tuple(p for p in circuit.projections if p.pre in kept and p.post == KEEPS),
    )


@pytest.mark.slow
def test_an_object_is_kept_until_the_trial_ends_by_slow_excitation_alone():
    """Objects and none are told apart in each trial; with fast excitation of equal charge not."""
    subject = ms.Subject.naive(alone(), seed=4)
    behind = Epoch(start="screen", stop="release", start_offset_s=0.3)
    seen = Epoch(start="object_on", stop="screen", start_offset_s=0.2)
    found = {}
    for name, one in (("slow", subject), ("fast", short_nmda(subject))):
        session = one.run(task.protocol(6))
        rates = epoch_rates(session, [seen, behind])
        own = (session.units["population"] == KEEPS).to_numpy()
        condition = session.trials["condition"].to_numpy(str)
        found[name] = {
            kind: rates[condition == task.SEEN[kind].name][..., own].mean(axis=2)
            for kind in ("hidden", "hidden_mime")
        }
    slow, fast = found["slow"], found["fast"]
    assert slow["hidden"][:, 1].min() > 20
    assert slow["hidden_mime"].max() < 5
    # Fast excitation is no weaker: an object in view is answered, too.
    assert fast["hidden"][:, 0].mean() > 3 * fast["hidden_mime"][:, 0].mean()
    assert fast["hidden"][:, 1].mean() < 2 * fast["hidden_mime"][:, 1].mean() + 5
