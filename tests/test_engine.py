"""The engine: live networks, inputs, seeds, jobs, blocks, wiring, and what it refuses."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from mirror_sim import engine as public
from mirror_sim.circuit.model import Cell, Circuit, InputPopulation, Population, Projection
from mirror_sim.engine import Block, Engine, plan_blocks, run_blocks
from mirror_sim.engine import compile as compiling
from mirror_sim.engine import wiring as drawing
from mirror_sim.engine.brian.draws import uniform
from mirror_sim.scene.acts import Perturbation
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Trial

BUSY = Block(trials=(), starts_s=(), seed=5)


def test_the_live_network_is_the_blocks_network(brian2, tiny):
    engine = Engine(tiny, 3, block_s=0.1, target="numpy")
    state = engine.initial_state()
    objects = public.live_network(engine, BUSY, state, record=[4, 60])
    area = public.subgroup(engine, objects, "A")
    assert (area.start, area.stop) == (0, 50)
    command = public.subgroup(engine, objects, "F6")
    assert (command.source.name, command.start, command.stop) == ("inputs", 30, 50)
    rate = brian2.PopulationRateMonitor(area)
    objects["network"].add(rate)
    objects["network"].run(engine.block_s * brian2.second)
    result = engine.run_block(BUSY, state)
    ours = np.sort(result.cells[result.cells < engine.wiring.n_cells])
    np.testing.assert_array_equal(np.sort(objects["cell_spikes"].i), ours)
    expected = np.sum(ours < 50) / 50 / 0.1
    assert np.mean(rate.rate / brian2.Hz) == pytest.approx(expected)
    assert objects["trace"].v.shape == (2, 100)
    # No object is left out of the network.
    assert {o.name for o in objects["network"].objects} >= set(objects) - {"network"}


def test_subgroup_names_what_there_is(tiny):
    groups = {"inputs": range(50), "cells": range(70)}  # sliced as Brian2's are
    engine = Engine(tiny, 3, target="numpy")
    assert public.subgroup(engine, groups, "A.FS") == range(40, 50)
    assert public.subgroup(engine, groups, "M") == range(50, 70)
    assert public.subgroup(engine, groups, "F6") == range(30, 50)
    with pytest.raises(ValueError, match=r"unknown population or area 'M\.I'.*Did you mean 'M\.E'"):
        public.subgroup(engine, groups, "M.I")
    moved = tiny.with_population("M.E", area="A").with_population("A.FS", area="M")
    engine = Engine(moved, 3, target="numpy")
    with pytest.raises(ValueError, match=r"'A' are not neighbours; name one of \['A.E', 'M.E'\]"):
        public.subgroup(engine, groups, "A")
    engine = Engine(tiny.with_population("F6", area="A"), 3, target="numpy")
    with pytest.raises(ValueError, match="area 'A' holds input cells and others"):
        public.subgroup(engine, groups, "A")


def test_a_live_network_refuses_another_device(brian2, tiny):
    engine = Engine(tiny, 3, block_s=0.1, target="numpy")
    brian2.set_device("cpp_standalone", build_on_run=False)
    try:
        with pytest.raises(RuntimeError, match="runtime device"):
            public.live_network(engine, BUSY, engine.initial_state())
    finally:
        brian2.devices.reset_device()


def test_numpy_runs_leave_the_users_brian2_alone(tiny):
    b2 = pytest.importorskip("brian2")
    engine = Engine(tiny, 3, block_s=0.1, target="numpy")
    b2.defaultclock.dt = 0.3 * b2.ms
    np.random.seed(7)  # noqa: NPY002
    before = (b2.prefs.codegen.target, b2.get_device(), np.random.get_state()[1].tolist())  # noqa: NPY002
    engine.run_block(BUSY, engine.initial_state())
    after = (b2.prefs.codegen.target, b2.get_device(), np.random.get_state()[1].tolist())  # noqa: NPY002
    assert before == after
    assert float(b2.defaultclock.dt) == pytest.approx(0.3e-3)
    b2.defaultclock.dt = 0.1 * b2.ms


def make(condition: str, seed: int, **more):
    rng = np.random.default_rng(seed)
    events = {"object_on": 0.2, "movement_onset": 1.0}
    return make_trial(
        condition, "grasp-precision", rng=rng, events_template=events, duration_s=2.0, hold_s=0.3,
        **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def engine(tiny, tiny_model) -> Engine:
    return Engine(tiny, 3, block_s=5.0)


@pytest.fixture(scope="module")
def block() -> Block:
    trials = [make("execute-light", 1), make("observe", 2)]
    return plan_blocks(trials, 5.0, iter([11]))[0]


def same(first, second) -> bool:
    return bool(
        np.array_equal(first.steps, second.steps) and np.array_equal(first.cells, second.cells)
    )


def test_input_cells_fire_as_poisson_processes_at_their_rates(engine, block):
    drive = engine.drive(block)
    counts = []
    for seed in range(20):
        result = engine.run_block(dataclasses.replace(block, seed=seed), engine.initial_state())
        who = result.cells - engine.wiring.n_cells
        inputs = who >= 0
        # Bins of 0.25 s, in which rates rise and fall.
        bins = (result.times_s[inputs] / 0.25).astype(int)
        counts.append(np.bincount(who[inputs] * 20 + bins, minlength=50 * 20).reshape(50, 20))
    expected = drive.reshape(20, 25, 50).sum(axis=1).T * 0.01
    counts = np.array(counts)
    # Total within 4 sd of the Poisson law; nearly every bin too.
    assert abs(counts.sum() - 20 * expected.sum()) < 4 * np.sqrt(20 * expected.sum())
    z = (counts.sum(axis=0) - 20 * expected) / np.sqrt(20 * expected)
    assert np.mean(np.abs(z) > 4) < 0.005
    assert z.std() == pytest.approx(1.0, abs=0.1)
    # Variance over blocks equals the mean.
    variance = counts.var(axis=0, ddof=1).sum()
    assert variance / counts.mean(axis=0).sum() == pytest.approx(1.0, abs=0.06)


def test_input_spikes_are_those_of_the_drawn_numbers(engine, block):
    """So they are the same on every target, whatever else is in the network."""
    result = engine.run_block(block, engine.initial_state())
    inputs = result.cells >= engine.wiring.n_cells
    cell, step = result.cells[inputs] - engine.wiring.n_cells, result.steps[inputs]
    chance = np.repeat(engine.drive(block), 20, axis=0) * 0.5e-3
    n_steps, n_inputs = chance.shape
    draws = uniform(np.arange(n_inputs), np.arange(n_steps)[:, None], block.seed, 0)
    np.testing.assert_array_equal(np.stack([step, cell]), np.nonzero(draws < chance))


# --- seeds, jobs, data that need no compilation -------------------------------------------------


def test_equal_seeds_give_equal_bits_and_others_do_not(engine, tiny, block):
    state = engine.initial_state()
    first = engine.run_block(block, state)
    assert len(first.steps) > 1000
    in_order = np.lexsort((first.cells, first.steps))
    np.testing.assert_array_equal(in_order, np.arange(len(first.steps)))
    assert same(first, engine.run_block(block, state))
    assert same(first, Engine(tiny, 3, block_s=5.0).run_block(block, state))
    assert not same(first, engine.run_block(dataclasses.replace(block, seed=12), state))
    other = Engine(tiny, 4, block_s=5.0)
    assert not same(first, other.run_block(block, other.initial_state()))


def test_the_order_in_which_synapses_are_written_changes_no_bit(engine, block, monkeypatch):
    state = engine.initial_state()
    first = engine.run_block(block, state, learning=True)
    for name, synapses in engine.wiring.synapses.items():
        order = engine._order[name]
        np.testing.assert_array_equal(np.sort(order), np.arange(len(order)))
        arrival = np.stack([synapses.i, np.floor(synapses.delay / 0.5e-3 + 0.5)])[:, order]
        np.testing.assert_array_equal(np.lexsort(arrival[::-1]), np.arange(len(order)))
    as_drawn = {name: np.arange(len(s.i)) for name, s in engine.wiring.synapses.items()}
    monkeypatch.setattr(engine, "_order", as_drawn)
    plain = engine.run_block(block, state, learning=True)
    assert same(first, plain)
    (name,) = plain.learned
    np.testing.assert_array_equal(first.learned[name], plain.learned[name])
    assert not np.array_equal(plain.learned[name], state[name])


def test_any_number_of_jobs_gives_equal_bits(engine):
    trials = [make("observe", seed) for seed in range(8)]
    blocks = plan_blocks(trials, 5.0, iter(range(8)))
    assert len(blocks) == 4
    state, seen = engine.initial_state(), []
    serial = run_blocks(engine, blocks, state, "serial", progress=lambda *p: seen.append(p))
    parallel = run_blocks(engine, blocks, state, "parallel", jobs=2)
    assert seen == [(n, 4) for n in range(5)]
    assert all(same(a, b) for a, b in zip(serial, parallel, strict=True))
    again = run_blocks(engine, blocks, state, "serial", jobs=2)
    assert all(same(a, b) for a, b in zip(serial, again, strict=True))
    assert not same(serial[0], serial[1])
    with pytest.raises(ValueError, match="jobs is 0"):
        run_blocks(engine, blocks, state, "serial", jobs=0)


NUMBERS = {
    Circuit: (
        "E_exc_mV", "E_inh_mV", "tau_ampa_ms", "tau_nmda_ms", "tau_gaba_ms", "noise_tau_ms",
        "slow_noise_tau_ms",
    ),
    Population: (
        "bias_pA", "bias_sd_pA", "noise_pA", "slow_noise_pA", "target_hz", "target_sigma",
    ),
    InputPopulation: ("baseline_hz", "peak_hz", "width", "object_gain"),
    Projection: ("weight_nS", "weight_sigma", "delay_ms", "delay_sd_ms", "nmda"),
}  # fmt: skip


def test_no_number_of_a_circuit_needs_a_compilation(engine, tiny):
    def key(circuit: Circuit, seed: int = 3) -> str:
        return compiling.build_key(Engine(circuit, seed, block_s=5.0).structure())

    mine = compiling.build_key(engine.structure())
    assert key(tiny, seed=99) == mine
    for kind, names in NUMBERS.items():
        numbers = {f.name for f in dataclasses.fields(kind) if f.type == "float"}
        assert set(names) == numbers - {"p"}
        for name in names:
            if kind is Circuit:
                changed = dataclasses.replace(tiny, **{name: getattr(tiny, name) * 0.9 + 0.01})
            elif kind is Projection:
                value = getattr(tiny.projections[0], name) * 0.8 + 0.01
                changed = tiny.with_projection("STS", "A.E", **{name: value})
            else:
                target = "M.E" if kind is Population else "STS"
                value = getattr(tiny.population(target), name) * 0.8 + 0.01
                changed = tiny.with_population(target, **{name: value})
            assert changed.digest() != tiny.digest()
            assert key(changed) == mine, f"{kind.__name__}.{name}"
    cell = tiny.population("M.E").cell
    for field in dataclasses.fields(Cell):
        if field.type == "float":
            value = getattr(cell, field.name) * 0.99 + 0.01
            new = dataclasses.replace(cell, name="other", **{field.name: value})
            assert key(tiny.with_population("M.E", cell=new)) == mine, field.name
    learning = {"eta": 1.0, "w_max_nS": 9.0, "mean_cap_nS": 9.0, "decay": 1.0, "tau_trace_ms": 9.0}
    for name, value in learning.items():
        changed = tiny.with_plasticity("STS", "A.E", rule="hebb", **{name: value})
        assert key(changed) == mine, name


def test_a_model_is_two_files_for_the_compiler(tiny_model):
    answer = subprocess.run(
        ["make", "-n", "-B", "DEPS="], cwd=tiny_model, capture_output=True, text=True, check=True
    )
    *files, linked = [line.split() for line in answer.stdout.splitlines() if "g++" in line]
    model, objects = sorted(files, key=lambda words: "objects.cpp" in words)
    assert {"model.cpp", "-O3"} <= set(model)
    assert objects[objects.index("-O3") :].count("-O1") == 1  # the later counts
    assert {"model.o", "objects.o", "main"} <= set(linked)


def test_sizes_and_rules_need_a_compilation(engine, tiny):
    mine = compiling.build_key(engine.structure())
    others = [
        Engine(tiny.with_population("M.E", n=21), 3, block_s=5.0).structure(),
        Engine(tiny.with_projection("F6", "M.E", p=0.9), 3, block_s=5.0).structure(),
        Engine(tiny.with_plasticity("STS", "A.E", rule="stdp_pair"), 3, block_s=5.0).structure(),
        Engine(tiny, 3, block_s=5.01).structure(),
        Engine(tiny, 3, block_s=5.0, dt_ms=0.25).structure(),
        engine.structure(n_recorded=1),
    ]
    keys = {compiling.build_key(other) for other in others}
    assert len(keys) == len(others)
    assert mine not in keys


def test_perturbations_reach_their_cells_in_their_window_without_compiling(engine, block, caplog):
    state = engine.initial_state()
    plain = engine.run_block(block, state)
    push = Perturbation(target="M.E", units=(2, 5), start_s=0.5, stop_s=0.8, current_pA=2000.0)
    hush = Perturbation(target="A.E", start_s=1.0, stop_s=9.0, current_pA=-5000.0)
    trials = (dataclasses.replace(block.trials[0], perturbations=(push, hush)), block.trials[1])
    changed = dataclasses.replace(block, trials=trials)
    caplog.clear()
    result = engine.run_block(changed, state)
    assert "compiling" not in caplog.text

    def counts(result, first: float, last: float) -> np.ndarray:
        inside = (result.times_s >= first) & (result.times_s < last)
        return np.bincount(result.cells[inside], minlength=engine.wiring.n_cells + 50)

    start, stop = block.starts_s[0], block.starts_s[0] + 2.0
    m = engine.wiring.cells["M.E"].start
    pushed = np.zeros(70, dtype=bool)
    pushed[[m + 2, m + 5]] = True
    # Before the first perturbation nothing differs.
    early = plain.times_s < start + 0.5
    assert np.array_equal(plain.cells[early], result.cells[result.times_s < start + 0.5])
    assert counts(result, start + 0.5, start + 0.8)[:70][pushed].min() > 20
    assert counts(result, start + 0.5, start + 0.8)[:70][~pushed].max() < 15
    silenced = engine.wiring.cells["A.E"]
    assert counts(plain, start + 1.0, stop)[silenced].sum() > 50
    assert counts(result, start + 1.02, stop)[silenced].sum() == 0
    # It ends with its trial although it names a later time.
    assert counts(result, stop + 0.5, 5.0)[silenced].sum() > 50


def test_perturbations_that_cannot_be_are_refused(engine, block):
    def with_(**changes) -> Block:
        given = {"target": "M.E", "start_s": 0.5, "stop_s": 0.8, "current_pA": 1.0} | changes
        first = dataclasses.replace(block.trials[0], perturbations=(Perturbation(**given),))
        return dataclasses.replace(block, trials=(first, block.trials[1]))

    with pytest.raises(ValueError, match=r"unknown population 'M\.I'.*Did you mean 'M\.E'"):
        engine.stimulation(with_(target="M.I"))
    with pytest.raises(ValueError, match=r"20\] that is not in 0 to 19"):
        engine.stimulation(with_(units=(0, 20)))
    with pytest.raises(ValueError, match="is outside the trial of 2 s"):
        with_(start_s=2.5, stop_s=3.0)
    with pytest.raises(ValueError, match="shorter than 10 ms, or outside"):
        engine.stimulation(with_(start_s=1.995, stop_s=3.0))
    many = tuple(
        Perturbation(target="A.E", units=(n,), start_s=0.1, stop_s=0.2 + n / 100, current_pA=1.0)
        for n in range(32)
    )
    crowded = dataclasses.replace(block.trials[0], perturbations=many)
    with pytest.raises(ValueError, match="more than 31 different perturbation courses"):
        engine.stimulation(dataclasses.replace(block, trials=(crowded, block.trials[1])))


@pytest.mark.slow
def test_one_recorded_cell_is_the_one_asked_for(engine, block):
    """Recording needs a second model; the spikes stay the same."""
    state = {**engine.initial_state()}
    bias = state["cells.bias"].copy()
    bias[7], bias[8] = -300e-12, 300e-12
    state["cells.bias"] = bias
    plain = engine.run_block(block, state)
    seven, eight = (engine.run_block(block, state, record=[cell]) for cell in (7, 8))
    assert same(plain, seven)
    for result in (seven, eight):
        assert result.traces["v"].shape == (5000, 1)
    assert seven.traces["v"].mean() < -0.075
    assert eight.traces["v"].mean() > -0.065
    assert seven.traces["ge"].any()
    assert seven.traces["gi"].any()
    stored = run_blocks(engine, [block], state, "recorded", record=[7])[0]
    np.testing.assert_array_equal(stored.traces["v"], seven.traces["v"])
    for cell in (-1, 70):
        with pytest.raises(ValueError, match=f"cannot record cell {cell}; the cells are 0 to 69"):
            engine.run_block(block, state, record=[cell])


@pytest.mark.slow
@pytest.mark.usefixtures("tiny_model")
def test_halving_the_step_changes_rates_no_more_than_the_seed(tiny):
    rates = {}
    for dt_ms in (0.5, 0.25):
        engine = Engine(tiny, 3, block_s=5.0, dt_ms=dt_ms)
        counts = []
        for seed in range(40):
            result = engine.run_block(dataclasses.replace(BUSY, seed=seed), engine.initial_state())
            count = np.bincount(result.cells, minlength=120)
            counts.append([count[part].mean() / 5.0 for part in engine.wiring.cells.values()])
        rates[dt_ms] = np.array(counts)
    coarse, fine = rates[0.5], rates[0.25]
    error = np.sqrt((coarse.var(axis=0) + fine.var(axis=0)) / 40)
    assert np.all(coarse.mean(axis=0) > 1)
    # Within three standard errors, or 2 % where the error is smaller than that.
    allowed = np.maximum(3 * error, 0.02 * fine.mean(axis=0))
    assert np.all(np.abs(coarse.mean(axis=0) - fine.mean(axis=0)) < allowed)


# --- blocks, wiring, what is refused ------------------------------------------------------------


def test_a_trial_that_fits_no_block_is_named():
    trials = [make("observe", 1), dataclasses.replace(make("nogo", 2), duration_s=4.6)]
    with pytest.raises(
        ValueError, match=r"trial 1 \(nogo\) lasts 4.6 s; a block of 5 s holds.* 4.5"
    ):
        plan_blocks(trials, 5.0, iter(range(9)))


def still(seed: int, duration_s: float) -> Trial:
    return dataclasses.replace(make("observe", seed), duration_s=duration_s, withhold_s=None)


def test_blocks_hold_all_trials_in_order_without_overlap():
    rng = np.random.default_rng(3)
    trials = [still(seed, float(rng.uniform(1.8, 4.5))) for seed in range(40)]
    trials += [still(40, 4.5)]  # fills one exactly
    blocks = plan_blocks(trials, 5.0, iter(range(99)))
    assert [t for b in blocks for t in b.trials] == trials
    assert [b.seed for b in blocks] == list(range(len(blocks)))
    for b in blocks:
        assert b.starts_s[0] == 0.5
        ends = [start + t.duration_s for start, t in zip(b.starts_s, b.trials, strict=True)]
        assert ends[-1] <= 5.0 + 1e-9
        assert all(
            later - end >= 0.3 - 1e-9 for end, later in zip(ends, b.starts_s[1:], strict=False)
        )
        assert all(type(s) is float and round(s * 100, 6) % 1 == 0 for s in b.starts_s)
    assert plan_blocks([], 5.0, iter(())) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": "cuda"}, "unknown target 'cuda'.*Valid: auto, cpp, numpy"),
        ({"dt_ms": 0.0}, "dt_ms is 0.0; it must be above 0"),
        ({"dt_ms": float("nan")}, "dt_ms is nan"),
        ({"dt_ms": 0.3}, "dt_ms is 0.3; .* go into 10 ms"),
        ({"dt_ms": 2.0}, "dt_ms is 2.0; .* at most 1"),
        ({"block_s": 1.005}, "block_s is 1.005; it must be a multiple of 0.01"),
        ({"block_s": -1.0}, "block_s is -1.0"),
    ],
)
def test_what_no_engine_can_run_is_refused(tiny, changes, message):
    with pytest.raises(ValueError, match=message):
        Engine(tiny, 3, **changes)


@pytest.mark.parametrize("seed", [1.7, "1", True, -1])
def test_a_seed_is_a_whole_number(tiny, seed):
    with pytest.raises(ValueError, match=f"seed is {seed!r}, "):
        Engine(tiny, seed, target="numpy")


def test_without_a_compiler_numpy_is_taken_and_said_so(tiny, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compiling.compiler() is None
    assert Engine(tiny, 3, block_s=5.0).target == "numpy"
    assert "no C++ compiler (g++ and make) found: running on NumPy" in caplog.text
    with pytest.raises(RuntimeError, match="target 'cpp' needs g\\+\\+ and make"):
        Engine(tiny, 3, target="cpp")


def test_self_test_without_a_compiler(monkeypatch, tmp_path):
    """Its circuit has no input cells either."""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = public.self_test()
    assert found["target"] == "numpy"
    assert found["spikes"] >= 20
    assert found["run_s"] > found["build_s"] >= 0


def test_a_state_of_another_engine_is_refused(engine, block):
    state = engine.initial_state()
    for bad, message in (
        (
            {"hebb_cells.w": state["hebb_inputs.w"]},
            "unknown array 'hebb_cells.w' in a state.*hebb_in",
        ),
        ({"cells.bias": state["cells.bias"][:-1]}, r"'cells.bias' has shape \(69,\).*\(70,\)"),
        ({"cells.bias": state["cells.bias"].astype(np.float32)}, "type float32.*float64"),
        ({"cells.bias": state["cells.bias"] * np.nan}, "not finite"),
    ):
        with pytest.raises(ValueError, match=message):
            engine.run_block(block, {**state, **bad})


def test_what_a_population_or_projection_draws_depends_on_its_name_only(tiny):
    alone = drawing.draw_wiring(tiny, 3)
    more = dataclasses.replace(
        tiny,
        populations=(
            InputPopulation(name="X", area="X", n=5, encodes="hand", baseline_hz=1, peak_hz=2),
            *tiny.populations,
            dataclasses.replace(tiny.population("M.E"), name="N.E", area="N"),
        ),
        projections=(
            Projection(pre="X", post="N.E", p=0.5, weight_nS=1, delay_ms=1),
            *tiny.projections,
            Projection(pre="A.E", post="N.E", p=0.5, weight_nS=1, delay_ms=1),
        ),
    )
    joined = drawing.draw_wiring(more, 3)
    for variable, values in alone.cell_values.items():
        np.testing.assert_array_equal(joined.cell_values[variable][:70], values)
    np.testing.assert_array_equal(joined.target_hz[:70], alone.target_hz)
    for kind, synapses in alone.synapses.items():
        other = joined.synapses[kind]
        for position in np.unique(synapses.projection):
            here, there = alone.where(kind, position), joined.where(kind, position + 1)
            shift = 5 if synapses.source == "inputs" else 0
            np.testing.assert_array_equal(synapses.i[here] + shift, other.i[there])
            np.testing.assert_array_equal(synapses.j[here], other.j[there])
            np.testing.assert_array_equal(synapses.delay[here], other.delay[there])
            for variable, values in synapses.values.items():
                np.testing.assert_array_equal(values[here], other.values[variable][there])


def test_every_cell_gets_the_circuits_in_degree_from_partners_of_the_right_population(tiny):
    circuit = tiny.with_projection(
        Projection(pre="A.E+M.E", post="A.E+A.FS", p=1.0, weight_nS=0.1, delay_ms=1)
    )
    wiring = drawing.draw_wiring(circuit, 5)
    for position, projection in enumerate(circuit.projections):
        kind = next(k for k, s in wiring.synapses.items() if position in s.projection)
        synapses, where = wiring.synapses[kind], wiring.where(kind, position)
        i, j = synapses.i[where], synapses.j[where]
        parts = wiring.inputs if synapses.source == "inputs" else wiring.cells

        def named(end: str, parts: dict[str, slice]) -> set[int]:
            return {k for n in end.split("+") for k in range(parts[n].start, parts[n].stop)}

        assert set(i) <= named(projection.pre, parts)
        assert set(j) == named(projection.post, wiring.cells)
        assert set(np.bincount(j)) - {0} == {circuit.in_degree(projection)}
        assert len(set(zip(i, j, strict=True))) == len(i)  # no partner twice
        if synapses.source == "cells":
            assert not np.any(i == j)


def test_partners_drawn_in_parts_are_those_drawn_at_once(monkeypatch):
    cells = np.arange(30, 70)

    def drawn():
        rng = np.random.default_rng(4)
        return drawing.draw_partners(cells, cells, 7, rng, recurrent=True)

    whole = drawn()
    monkeypatch.setattr(drawing, "KEYS_AT_ONCE", 3 * len(cells))  # three cells, then one is left
    np.testing.assert_array_equal(drawn(), whole)
    pairs = set(zip(*whole, strict=True))
    assert len(pairs) == 7 * len(cells)
    assert all(i != j for i, j in pairs)


def test_weights_and_delays_have_their_means(tiny):
    big = tiny.with_population("A.E", n=400).with_population("M.E", n=400)
    wiring = drawing.draw_wiring(big, 1)
    position = big.projections.index(big.projection("A.E", "M.E"))
    where = wiring.where("excitatory_cells", position)
    synapses = wiring.synapses["excitatory_cells"]
    w, delay = synapses.values["w"][where], synapses.delay[where]
    assert len(w) == 80_000
    assert w.mean() == pytest.approx(0.3e-9, rel=0.01)
    assert np.log(w).std() == pytest.approx(0.5, rel=0.02)
    assert delay.mean() == pytest.approx(3e-3, rel=0.01)
    assert delay.std() == pytest.approx(1e-3, rel=0.02)


def test_importing_the_engine_does_not_import_brian2():
    code = "import sys, mirror_sim.engine; sys.exit('brian2' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
