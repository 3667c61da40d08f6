"""Which traces of a rule a postsynaptic cell keeps, and that it changes no result."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mirror_sim.circuit.model import Plasticity
from mirror_sim.circuit.rules import RULES, Rule
from mirror_sim.engine import Block, Engine
from mirror_sim.engine.brian.structure import cell_traces

EVENT = "dy/dt = -y/tau : 1 (event-driven)"


def rule(**texts: str) -> Rule:
    given = {"name": "own", "traces": EVENT, "on_pre": "w += eta*y*w_max", "on_post": "y += 1"}
    return Rule(**given | texts, parameters={"tau_ms": 20.0})


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("bcm", {"y", "m"}), ("hebb", set()), ("stdp_pair", {"y"}), ("stdp_triplet", {"y", "z"}),
        ("prediction_error", {"y"}),
    ],
)  # fmt: skip
def test_a_cell_keeps_what_its_own_spikes_alone_move(name, kept):
    built_in = RULES.get(name)
    every = tuple(parameter.removesuffix("_ms") for parameter in built_in.parameters)
    assert set(cell_traces(built_in, every)) == kept
    assert cell_traces(built_in, ()) == {}


@pytest.mark.parametrize(
    "texts",
    [
        {"on_pre": "y += 1\nw += eta*y*w_max"},
        {"on_pre": "w += eta*y*w_max; y = 0"},
        {"on_pre": "w += eta*y*w_max\ny *= 0.5"},
        {"on_post": "y += 1\nw -= eta*y*w"},
        {"on_post": "y += w/w_max"},
        {"on_post": "y = 1"},
        {"on_post": "y += 1\ny = clip(y, 0, 2)"},
        {"traces": f"{EVENT}\ndz/dt = (y - z)/tau : 1 (event-driven)"},
        {"traces": "dy/dt = (1 - y)/tau : 1 (event-driven)"},
    ],
)
def test_a_trace_that_anything_else_moves_stays_in_its_synapse(texts):
    assert set(cell_traces(rule(), ("tau",))) == {"y"}
    assert cell_traces(rule(**texts), ("tau",)) == {}


def test_where_a_trace_is_kept_changes_neither_spikes_nor_weights(tiny, monkeypatch):
    numbers = {"eta": 0.01, "w_max_nS": 1.0, "mean_cap_nS": 1.0}
    plasticity = Plasticity(rule="stdp_triplet", parameters=numbers)
    projections = tuple(
        dataclasses.replace(p, plasticity=plasticity) if p.plasticity else p
        for p in tiny.projections
    )
    circuit = dataclasses.replace(tiny, projections=projections)
    circuit = circuit.with_population("STS", baseline_hz=60.0)
    # On NumPy, as each place of a trace would be a compiled model of its own.
    engine, block = Engine(circuit, 2, block_s=1.0, target="numpy"), Block((), (), 3)
    state = engine.initial_state()

    def twice() -> list:
        first = engine.run_block(block, state, learning=True, carry=True)
        going_on = {**state, **first.learned, **first.carried}
        return [first, engine.run_block(block, going_on, learning=True, carry=True)]

    in_cells = twice()
    (name,) = in_cells[0].learned
    owner = name.removesuffix(".w")
    assert f"cells.{owner}_y" in in_cells[0].carried
    assert f"{owner}.y" not in in_cells[0].carried
    monkeypatch.setattr(engine, "_shared", dict.fromkeys(engine.wiring.synapses, ()))
    in_synapses = twice()
    assert f"{owner}.y" in in_synapses[0].carried
    for ours, others in zip(in_cells, in_synapses, strict=True):
        np.testing.assert_array_equal(ours.steps, others.steps)
        np.testing.assert_allclose(ours.learned[name], others.learned[name], rtol=1e-9)
    assert not np.allclose(
        in_cells[1].learned[name], in_cells[0].learned[name], rtol=1e-3, atol=0.0
    )
