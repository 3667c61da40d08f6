"""The benchmark compares like with like, and its figure shows every ratio."""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "benchmark.py"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(SCRIPT))


@pytest.mark.parametrize(("cells", "in_degree"), [(500, 100), (2000, 25), (50_000, 100)])
def test_the_in_degree_stays_while_the_circuit_grows(benchmark, cells, in_degree):
    circuit = benchmark["uniform"](cells, in_degree)
    assert sum(p.n for p in circuit.cells) == cells
    assert {circuit.in_degree(p) for p in circuit.projections} == {in_degree}


@pytest.mark.slow
def test_the_plain_loop_fires_as_the_engine_does(benchmark):
    floor = benchmark["task_floor"](1, 5.0)["rate"]
    engine = benchmark["task_engine"](1, 5.0, 0)["rate"]
    # 1750 cells at some 8 spikes/s for 5 s, 70 000 spikes, Fano factor about 1: 0.4 %. Slow noise
    # and delays rounded differently leave more.
    assert floor == pytest.approx(engine, rel=0.04)


def test_the_figure_has_a_bar_for_each_ratio_and_the_exponents(benchmark):
    rows = pd.DataFrame(
        {"comparison": ["NEST", "plain loop", "per step"], "ratio": [8.0, 0.7, np.nan]}
    )
    parts = [
        pd.DataFrame({"quantity": name, "value": [1.0, 2.0, 4.0], "seconds": [1.0, 2.0, 4.0]})
        for name in benchmark["SCALES"]
    ]
    figure = benchmark["draw"](rows, pd.concat(parts))
    assert len(figure.axes[0].patches) == 2
    assert all("exponent 1.00" in axes.get_xlabel() for axes in figure.axes[1:])
