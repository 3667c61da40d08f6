"""Synapses that saturate, and cells that keep an object in mind by them."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import mirror_sim as ms
from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.circuit.memory import KEEPS, READY, remembering
from mirror_sim.circuit.model import Cell, Circuit, Plasticity, Population, Projection
from mirror_sim.circuit.rules import RULES
from mirror_sim.engine import Block, Engine
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Perturbation
from mirror_sim.senses.encoder import Encoder
from mirror_sim.studies.umilta2001 import task
from mirror_sim.studies.umilta2001.study import short_nmda

# A cell that fires once at each pulse, and another that no input can make fire.
CELL = Cell(
    name="once", C_pF=200, gL_nS=10, EL_mV=-65, VT_mV=-50, deltaT_mV=2, Vcut_mV=-40, Vreset_mV=-60,
    t_ref_ms=20, a_nS=0, b_pA=0, tau_w_ms=100,
)  # fmt: skip
PULSES_S = (0.05, 0.10, 0.15, 0.30, 0.34)
GATE, TAU_S, W_NS, DELAY_S = 0.4, 0.1, 1e-3, 2e-3


def pair() -> Circuit:
    def cells(name: str) -> Population:
        return Population(name=name, area="A", cell=CELL, n=2, sign="excitatory", label="pyramidal")

    link = Projection(
        pre="pre", post="post", p=1.0, weight_nS=W_NS, delay_ms=DELAY_S * 1e3, nmda=1.0,
        plasticity=Plasticity(
            rule="saturating",
            parameters={"eta": 0.0, "w_max_nS": 1.0, "mean_cap_nS": 1.0, "gate": GATE},
        ),
    )  # fmt: skip
    return Circuit(name="pair", populations=(cells("pre"), cells("post")), projections=(link,))


@pytest.mark.parametrize("learning", [False, True])
@pytest.mark.parametrize("target", ["numpy", pytest.param("cpp", marks=pytest.mark.slow)])
def test_each_spike_opens_a_share_of_what_is_closed_and_the_weight_stays(target, learning):
    """The slow conductance of one synapse, against its closed form, whether or not it may learn."""
    pulses = tuple(
        Perturbation(target="pre", units=(0,), start_s=at, stop_s=at + 0.01, current_pA=1e4)
        for at in PULSES_S
    )
    trial = make_trial(
        "nogo", "grasp-precision", rng=np.random.default_rng(1), duration_s=0.5,
        events_template={"object_on": 0.0, "movement_onset": 0.1}, movement_time_s=0.1, hold_s=0.1,
        perturbations=pulses,
    )  # fmt: skip
    engine = Engine(pair(), 1, block_s=0.5, target=target)
    ran = engine.run_block(
        Block((trial,), (0.0,), 1), engine.initial_state(), learning=learning, record=[2, 3]
    )
    if learning:
        assert np.array_equal(ran.learned["saturating_cells.w"], np.full(4, W_NS * 1e-9))
    spikes_s = ran.steps[ran.cells == 0] * ran.dt_ms * 1e-3
    assert len(spikes_s) == len(PULSES_S)
    at_s = np.arange(500) * 1e-3
    expected, opened, before_s = np.zeros(500), 0.0, -math.inf
    for spike_s in spikes_s + DELAY_S:
        opened *= math.exp(-(spike_s - before_s) / TAU_S)
        after = at_s > spike_s + 1e-9
        expected += after * W_NS * 1e-9 * GATE * (1 - opened) * np.exp(-(at_s - spike_s) / TAU_S)
        opened, before_s = opened + GATE * (1 - opened), spike_s
    for post in ran.traces["gn"].T:
        # A step is 0.5 % of the time constant.
        assert post == pytest.approx(expected, rel=0.006, abs=1e-18)


def test_an_efficacy_is_of_parameters_and_traces_alone():
    saturating = RULES.get("saturating")
    with pytest.raises(ValueError, match="the parameter 'gate' occurs in no equation"):
        dataclasses.replace(saturating, on_pre="s += 1", efficacy="1 - s")
    with pytest.raises(ValueError, match=r"gate is 1\.5, outside the plausible range 0 to 1"):
        dataclasses.replace(saturating, parameters={"tau_gate_ms": 100.0, "gate": 1.5})


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
