"""The benchmark compares like with like, and its figure shows every ratio."""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"


@pytest.fixture(scope="module")
def tasks():
    return runpy.run_path(str(SCRIPTS / "benchmark_tasks.py"))


@pytest.mark.parametrize(("cells", "in_degree"), [(500, 100), (2000, 25), (50_000, 100)])
def test_the_in_degree_stays_while_the_circuit_grows(tasks, cells, in_degree):
    circuit = tasks["uniform"](cells, in_degree)
    assert sum(p.n for p in circuit.cells) == cells
    assert {circuit.in_degree(p) for p in circuit.projections} == {in_degree}


@pytest.fixture(scope="module")
def engine_rate(tasks):
    return tasks["task_engine"](1, 5.0, 0)["rate"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain C++ loop", "single precision, vectorised by hand"])
def test_a_floor_fires_as_the_engine_does(tasks, engine_rate, name):
    floor = tasks["task_floor"](name, 1, 5.0)["rate"]
    # 1750 cells at some 8 spikes/s for 5 s, 70 000 spikes, Fano factor about 1: 0.4 %. Slow noise
    # and delays rounded differently leave more.
    assert floor == pytest.approx(engine_rate, rel=0.04)


def test_a_group_of_plain_brian2_has_the_cells_noise(tasks, brian2):
    circuit = tasks["macaque"]()
    wiring = tasks["Engine"](circuit, 1, target="numpy").wiring
    group = tasks["_naive_group"](circuit.population("F5.E"), wiring)
    brian2.Network(group).run(100 * brian2.ms)
    # 320 cells: 4 % on the sd.
    assert np.std(group.noise) == pytest.approx(100e-12, rel=0.16)


def test_the_figure_has_a_bar_for_each_ratio_and_the_exponents(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))  # as Python does for a script
    benchmark = runpy.run_path(str(SCRIPTS / "benchmark.py"))
    rows = pd.DataFrame(
        {"comparison": ["NEST", "plain loop", "per step"], "ratio": [8.0, 0.7, np.nan]}
    )
    parts = [
        pd.DataFrame({"quantity": name, "value": [1.0, 2.0, 4.0], "seconds": [1.0, 2.0, 4.0]})
        for name in benchmark["SCALES"]
    ]
    figure = benchmark["draw"](rows, pd.concat(parts))
    assert len(figure.axes[0].patches) == 2
    assert [axes.get_title() for axes in figure.axes[1:]] == ["exponent 1.00"] * 5


@pytest.fixture(scope="module")
def agreement():
    return runpy.run_path(str(SCRIPTS / "agreement_with_nest.py"))


def test_statistics_of_independent_poisson_cells(agreement):
    rng = np.random.default_rng(3)
    n_cells, seconds, rate_hz = 60, agreement["SECONDS"], 40.0
    n_spikes = rng.poisson(rate_hz * seconds, n_cells)
    spikes = pd.DataFrame(
        {
            "time_s": rng.uniform(0, seconds, n_spikes.sum()),
            "cell": np.repeat(np.arange(n_cells), n_spikes),
        }
    )
    found = agreement["statistics"](spikes, n_cells)
    # 48 000 spikes: 0.5 %. Windows of a second cut some 40 intervals short, which lowers the CV.
    assert found["rate (spikes/s)"] == pytest.approx(rate_hz, rel=0.02)
    assert 0.93 < found["CV of intervals"] < 1.0
    # 1770 pairs in 20 segments of 50 bins: sd 1/sqrt(50 * 1770 * 20).
    assert abs(found["pairwise correlation"]) < 4 / np.sqrt(50 * 1770 * 20)


def test_simulators_agree_if_each_mean_lies_in_the_others_interval(agreement):
    rng = np.random.default_rng(5)
    values = rng.normal(10.0, 1.0, (2, 8))
    parts = [
        pd.DataFrame({"step_ms": step, "simulator": who, "rate": values[row] + shift})
        for step, shifts in {0.1: (0.0, 0.0), 0.5: (0.0, 3.0)}.items()
        for row, (who, shift) in enumerate(zip(("engine", "nest"), shifts, strict=True))
    ]
    table = agreement["compare"](pd.concat(parts)).set_index("step_ms")
    assert table["agree"].to_dict() == {0.1: True, 0.5: False}
    assert table["nest"][0.5] - table["nest"][0.1] == pytest.approx(3.0)


def test_the_network_of_the_agreement_has_no_noise_of_its_own(agreement):
    circuit = agreement["network"]()
    assert {p.noise_pA for p in circuit.cells} == {0.0}
    assert {p.slow_noise_pA for p in circuit.cells} == {0.0}
    assert {p.nmda for p in circuit.projections} == {0.0}
