"""What the engine computes: membranes, synapses, noise and inputs against theory; seeds; blocks."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mirror_sim import engine as public
from mirror_sim.circuit import Cell, Circuit, InputPopulation, Population, Projection
from mirror_sim.engine import Block, Engine, plan_blocks, run_blocks
from mirror_sim.engine import compile as compiling
from mirror_sim.engine.wiring import draw_wiring
from mirror_sim.trials import Perturbation, make_trial

LIF = {
    "name": "LIF", "C_pF": 200.0, "gL_nS": 10.0, "EL_mV": -65.0, "VT_mV": -50.1, "deltaT_mV": 0.1,
    "Vcut_mV": -50.0, "Vreset_mV": -60.0, "t_ref_ms": 4.0, "a_nS": 0.0, "b_pA": 0.0,
    "tau_w_ms": 100.0,
}  # fmt: skip
ADEX = LIF | {
    "name": "AdEx", "VT_mV": -50.0, "deltaT_mV": 2.0, "Vcut_mV": -40.0, "Vreset_mV": -58.0,
    "a_nS": 2.0, "b_pA": 30.0, "tau_w_ms": 150.0,
}  # fmt: skip
FLASH_S = 0.1  # when the presynaptic cells of the bench fire
WEIGHT_S = 2e-11
BUSY = Block(trials=(), starts_s=(), seed=5)


def cells(name: str, cell: dict, n: int = 1, sign: str = "excitatory", **changes) -> Population:
    return Population(
        name=name, area="A", cell=Cell(**cell), n=n, sign=sign, label="pyramidal", **changes
    )


def link(pre: str, post: str, **changes) -> Projection:
    given = {"p": 1.0, "weight_nS": WEIGHT_S * 1e9, "delay_ms": 2.0} | changes
    return Projection(pre=pre, post=post, **given)


@pytest.fixture(scope="module")
def bench() -> Circuit:
    """Cells with nothing but a current, and pairs of cells with one synapse."""
    return Circuit(
        name="bench",
        populations=(
            cells("lif", LIF, 6),
            cells("adex", ADEX, 4),
            cells("pushed", LIF),
            cells("pre", LIF | {"name": "once", "t_ref_ms": 20.0}),
            cells("pre.I", LIF | {"name": "once", "t_ref_ms": 20.0}, sign="inhibitory"),
            cells("ampa", LIF),
            cells("nmda", LIF),
            cells("gaba", LIF),
        ),
        projections=(
            link("pre", "ampa"),
            link("pre", "nmda", nmda=1.0),
            link("pre.I", "gaba", synapse="inhibitory"),
        ),
        tau_gaba_ms=8.0,
    )


RECORDED = ("ampa", "nmda", "gaba")


@pytest.fixture(scope="module", params=[0.5, 0.1])
def measured(request, bench):
    """The bench, run for 0.6 s with two time steps."""
    engine = Engine(bench, 1, dt_ms=request.param, block_s=0.6, target="numpy")
    where = engine.wiring.cells
    bias = np.zeros(engine.wiring.n_cells)
    bias[where["lif"]] = np.array([140, 180, 220, 300, 400, 800]) * 1e-12
    bias[where["adex"]] = np.array([200, 300, 400, 600]) * 1e-12
    bias[where["pushed"]] = 40e-9
    flash = [
        Perturbation(target=name, start_s=FLASH_S, stop_s=FLASH_S + 0.01, current_pA=5e4)
        for name in ("pre", "pre.I")
    ]
    trial = make_trial(
        "nogo", "grasp-precision", rng=np.random.default_rng(1), duration_s=0.6,
        events_template={"object_on": 0.0, "movement_onset": 0.1}, movement_time_s=0.1, hold_s=0.1,
        perturbations=tuple(flash),
    )  # fmt: skip
    state = {**engine.initial_state(), "cells.bias": bias}
    record = [where[name].start for name in RECORDED]
    result = engine.run_block(Block((trial,), (0.0,), 1), state, record=record)
    return engine, bias, result


def times_of(measured, cell: int) -> np.ndarray:
    return measured[2].times_s[measured[2].cells == cell]


# --- one cell -----------------------------------------------------------------------------------


def test_f_i_curve_of_a_leaky_integrator(measured):
    engine, bias, _ = measured
    dt = engine.dt_ms * 1e-3
    for cell in range(engine.wiring.cells["lif"].start, engine.wiring.cells["lif"].stop):
        drive = bias[cell] / 10e-9 - 65e-3  # where the voltage would settle
        if drive < -50e-3:
            assert len(times_of(measured, cell)) == 0
            continue
        interval = 4e-3 + 20e-3 * np.log((drive + 60e-3) / (drive + 50e-3))
        found = np.diff(times_of(measured, cell))
        assert found.mean() == pytest.approx(interval, abs=dt + 0.01 * interval)
        assert np.ptp(found) <= 1.01 * dt  # one step more or less


def integrate(current: float, stop_s: float) -> list[float]:
    """Spike times of the AdEx cell by an adaptive integrator of high order."""
    mV, nS, pA = 1e-3, 1e-9, 1e-12

    def slope(_: float, y: np.ndarray) -> list[float]:
        v, w = y
        spike = 10 * nS * 2 * mV * np.exp((v + 50 * mV) / (2 * mV))
        return [
            (10 * nS * (-65 * mV - v) + spike - w + current) / 200e-12,
            (2 * nS * (v + 65 * mV) - w) / 150e-3,
        ]

    def rest(_: float, w: np.ndarray) -> np.ndarray:
        return (2 * nS * (-58 + 65) * mV - w) / 150e-3

    def cut(_: float, y: np.ndarray) -> float:
        return y[0] + 40 * mV

    cut.terminal = True  # type: ignore[attr-defined]
    now, y, spikes = 0.0, [-65 * mV, 0.0], []
    while now < stop_s:
        free = solve_ivp(slope, (now, stop_s), y, events=cut, rtol=1e-8, atol=1e-12)
        if not free.t_events[0].size:
            break
        spikes.append(now := float(free.t_events[0][0]))
        still = solve_ivp(rest, (now, now + 4e-3), [free.y[1, -1] + 30 * pA], rtol=1e-8, atol=1e-15)
        now, y = now + 4e-3, [-58 * mV, float(still.y[0, -1])]
    return spikes


def test_adaptive_cell_against_an_adaptive_integrator(measured):
    engine, bias, _ = measured
    for cell in range(engine.wiring.cells["adex"].start, engine.wiring.cells["adex"].stop):
        expected = np.array(integrate(bias[cell], 0.6))
        found = times_of(measured, cell)
        assert abs(len(found) - len(expected)) <= 1
        shared = min(len(found), len(expected))
        assert shared >= 5
        # Each interval may be a step too long, and Euler's method adds some.
        allowed = (np.arange(shared) + 1) * 2.5 * engine.dt_ms * 1e-3
        assert np.all(np.abs(found[:shared] - expected[:shared]) < allowed)


def test_a_cell_is_free_exactly_its_refractory_time_after_a_spike(measured):
    engine, _, result = measured
    steps = result.steps[result.cells == engine.wiring.cells["pushed"].start]
    # Every interval, however the times round: 4 ms, then the one step that it takes to fire.
    assert set(np.diff(steps)) == {round(4.0 / engine.dt_ms) + 1}
    assert len(steps) > 100


# --- one synapse --------------------------------------------------------------------------------


def trace(measured, variable: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Times since the presynaptic spike's arrival, and the trace."""
    engine, _, result = measured
    pre = "pre.I" if name == "gaba" else "pre"
    spikes = times_of(measured, engine.wiring.cells[pre].start)
    assert len(spikes) == 1
    values = result.traces[variable][:, RECORDED.index(name)]
    return np.arange(len(values)) * 1e-3 - (spikes[0] + 2e-3), values


@pytest.mark.parametrize(
    ("name", "variable", "tau_s"), [("ampa", "ge", 5e-3), ("nmda", "gn", 0.1), ("gaba", "gi", 8e-3)]
)
def test_conductances_decay_exactly(measured, name, variable, tau_s):
    since, found = trace(measured, variable, name)
    assert np.all(found[since <= 0] == 0)
    later = since > 1e-9
    np.testing.assert_allclose(found[later], WEIGHT_S * np.exp(-since[later] / tau_s), rtol=1e-9)
    for other in {"ge", "gn", "gi"} - {variable}:
        assert not trace(measured, other, name)[1].any()


@pytest.mark.parametrize(
    ("name", "tau_s", "reversal"), [("ampa", 5e-3, 0.0), ("nmda", 0.1, 0.0), ("gaba", 8e-3, -0.08)]
)
def test_postsynaptic_potential_has_the_peak_and_area_of_theory(measured, name, tau_s, reversal):
    since, voltage = trace(measured, "v", name)
    push = WEIGHT_S * (reversal + 65e-3) / 200e-12
    late = np.linspace(0, 0.5, 5001)
    theory = (
        push * 20e-3 * tau_s / (20e-3 - tau_s) * (np.exp(-late / 20e-3) - np.exp(-late / tau_s))
    )
    change = voltage + 65e-3
    peak = theory[np.argmax(np.abs(theory))]
    assert change[np.argmax(np.abs(change))] == pytest.approx(peak, rel=0.02)
    expected = np.trapezoid(theory[late <= since[-1]], late[late <= since[-1]])
    # The charge does not depend on the step; what is left is the driving force's change.
    assert np.trapezoid(change, since) == pytest.approx(expected, rel=0.003)


# --- noise and inputs ---------------------------------------------------------------------------


@pytest.fixture
def brian2():
    """Brian2 on the NumPy target, its preferences and random state as before afterwards."""
    b2 = pytest.importorskip("brian2")
    before = b2.prefs.codegen.target
    random = np.random.get_state()  # noqa: NPY002
    b2.prefs.codegen.target = "numpy"
    yield b2
    b2.prefs.codegen.target = before
    np.random.set_state(random)  # noqa: NPY002


@pytest.mark.parametrize(
    ("variable", "given", "tau_ms", "block_s", "apart_ms"),
    [
        ("noise", {"noise_pA": 100.0}, 8.0, 1.0, 0.5),
        ("slow_noise", {"slow_noise_pA": 100.0}, 80.0, 10.0, 10.0),
    ],
)
def test_background_current_has_its_sd_and_its_time_constant(
    brian2, variable, given, tau_ms, block_s, apart_ms
):
    circuit = Circuit(
        name="noise",
        populations=(
            cells("A.E", LIF, 200, **given),
            cells("A.quiet", LIF, 3),
            cells("B.E", LIF, 2),
        ),
        **{f"{variable}_tau_ms": tau_ms},
    )
    engine = Engine(circuit, 1, block_s=block_s, target="numpy")
    objects = public.live_network(engine, BUSY, engine.initial_state())
    group = public.subgroup(engine, objects, "A.E")
    monitor = brian2.StateMonitor(group, variable, record=True, dt=apart_ms * brian2.ms)
    objects["network"].add(monitor)
    objects["network"].run(engine.block_s * brian2.second)
    noise = np.array(getattr(monitor, variable))
    noise = noise[:, noise.shape[1] // 20 :]  # once settled
    assert noise.shape[0] == 200
    # 200 cells x 59 x twice the time constant are 12000 independent values: 0.7 % on the sd.
    assert noise.std() == pytest.approx(100e-12, rel=0.03)
    assert abs(noise.mean()) < 4e-12
    for lag_ms in (tau_ms / 4, tau_ms, 2 * tau_ms):
        lag = round(lag_ms / apart_ms)
        found = np.mean(noise[:, lag:] * noise[:, :-lag]) / noise.var()
        assert found == pytest.approx(np.exp(-lag * apart_ms / tau_ms), abs=0.05)
    assert not np.any(getattr(objects["cells"], variable)[200:])


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
def engine(tiny) -> Engine:
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


# --- seeds, jobs, data that need no compilation -------------------------------------------------


def models() -> set[str]:
    folder = compiling.cache_folder() / "models"
    return {path.name for path in folder.iterdir() if path.is_dir()} if folder.exists() else set()


def test_equal_seeds_give_equal_bits_and_others_do_not(engine, tiny, block):
    state = engine.initial_state()
    first = engine.run_block(block, state)
    assert len(first.steps) > 1000
    assert same(first, engine.run_block(block, state))
    assert same(first, Engine(tiny, 3, block_s=5.0).run_block(block, state))
    assert not same(first, engine.run_block(dataclasses.replace(block, seed=12), state))
    other = Engine(tiny, 4, block_s=5.0)
    assert not same(first, other.run_block(block, other.initial_state()))


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
    "Circuit": (
        "E_exc_mV", "E_inh_mV", "tau_ampa_ms", "tau_nmda_ms", "tau_gaba_ms", "noise_tau_ms",
        "slow_noise_tau_ms",
    ),
    "Population": (
        "bias_pA", "bias_sd_pA", "noise_pA", "slow_noise_pA", "target_hz", "target_sigma",
    ),
    "InputPopulation": ("baseline_hz", "peak_hz", "width", "object_gain"),
    "Projection": ("weight_nS", "weight_sigma", "delay_ms", "delay_sd_ms", "nmda"),
}  # fmt: skip


def test_no_number_of_a_circuit_needs_a_compilation(engine, tiny):
    def key(circuit: Circuit, seed: int = 3) -> str:
        return compiling.build_key(Engine(circuit, seed, block_s=5.0).structure())

    mine = compiling.build_key(engine.structure())
    assert key(tiny, seed=99) == mine
    for kind, names in NUMBERS.items():
        numbers = {f.name for f in dataclasses.fields(globals()[kind]) if f.type == "float"}
        assert set(names) == numbers - {"p"}
        for name in names:
            if kind == "Circuit":
                changed = dataclasses.replace(tiny, **{name: getattr(tiny, name) * 0.9 + 0.01})
            elif kind == "Projection":
                value = getattr(tiny.projections[0], name) * 0.8 + 0.01
                changed = tiny.with_projection("STS", "A.E", **{name: value})
            else:
                target = "M.E" if kind == "Population" else "STS"
                value = getattr(tiny.population(target), name) * 0.8 + 0.01
                changed = tiny.with_population(target, **{name: value})
            assert changed.digest() != tiny.digest()
            assert key(changed) == mine, f"{kind}.{name}"
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


def test_perturbations_reach_their_cells_in_their_window_without_compiling(engine, block):
    before = models()
    state = engine.initial_state()
    plain = engine.run_block(block, state)
    push = Perturbation(target="M.E", units=(2, 5), start_s=0.5, stop_s=0.8, current_pA=2000.0)
    hush = Perturbation(target="A.E", start_s=1.0, stop_s=9.0, current_pA=-5000.0)
    trials = (dataclasses.replace(block.trials[0], perturbations=(push, hush)), block.trials[1])
    changed = dataclasses.replace(block, trials=trials)
    result = engine.run_block(changed, state)
    assert models() == before

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
    for unit in (-1, 20):
        with pytest.raises(ValueError, match=rf"{unit}\] that is not in 0 to 19"):
            engine.stimulation(with_(units=(0, unit)))
    with pytest.raises(ValueError, match="shorter than 10 ms, or outside"):
        engine.stimulation(with_(start_s=2.5, stop_s=3.0))
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


def test_blocks_hold_all_trials_in_order_without_overlap():
    rng = np.random.default_rng(3)
    trials = [
        dataclasses.replace(make("observe", seed), duration_s=float(rng.uniform(1.8, 4.5)))
        for seed in range(40)
    ]
    trials += [dataclasses.replace(make("observe", 40), duration_s=4.5)]  # fills one exactly
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
    alone = draw_wiring(tiny, 3)
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
    joined = draw_wiring(more, 3)
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
    wiring = draw_wiring(circuit, 5)
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


def test_weights_and_delays_have_their_means(tiny):
    big = tiny.with_population("A.E", n=400).with_population("M.E", n=400)
    wiring = draw_wiring(big, 1)
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
