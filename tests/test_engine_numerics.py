"""Cells, synapses and noise of the engine against closed forms and adaptive integration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mirror_sim import engine as public
from mirror_sim.circuit.model import Cell, Circuit, Population, Projection
from mirror_sim.engine import Block, Engine
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Perturbation

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


@pytest.mark.parametrize(
    ("variable", "given", "tau_ms", "block_s", "apart_ms"),
    [
        ("noise", {"noise_pA": 100.0}, 8.0, 1.0, 0.5),
        ("slow_noise", {"slow_noise_pA": 100.0}, 80.0, 5.0, 10.0),
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
    # 200 cells x 29 x twice the time constant are 6000 independent values: 0.9 % on the sd.
    assert noise.std() == pytest.approx(100e-12, rel=0.03)
    assert abs(noise.mean()) < 4e-12
    for lag_ms in (tau_ms / 4, tau_ms, 2 * tau_ms):
        lag = round(lag_ms / apart_ms)
        found = np.mean(noise[:, lag:] * noise[:, :-lag]) / noise.var()
        assert found == pytest.approx(np.exp(-lag * apart_ms / tau_ms), abs=0.05)
    assert not np.any(getattr(objects["cells"], variable)[200:])
