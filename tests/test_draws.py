"""The random numbers of a block: known answers, and what independent uniform numbers do."""

import brian2 as b2
import numpy as np
import pytest
from scipy import stats

from mirror_sim.engine.brian.draws import scrambled, uniform

GAMMA = np.uint64(0x9E3779B97F4A7C15)

# Of Vigna's splitmix64.c, seed 1234567, as Rosetta Code prints it.
SPLITMIX64 = [
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
]


def test_scrambling_is_that_of_splitmix64() -> None:
    with np.errstate(over="ignore"):
        counters = np.uint64(1234567) + np.arange(1, 6, dtype=np.uint64) * GAMMA
        assert scrambled(counters).tolist() == SPLITMIX64


@pytest.mark.parametrize("along", ["cells", "steps", "seeds", "streams"])
def test_draws_are_uniform_and_independent_of_the_next(along: str) -> None:
    n = 200_000
    count = np.arange(n)
    cell, step, seed, stream = {
        "cells": (count, 7, 3, 0),
        "steps": (5, count, 3, 0),
        "seeds": (5, 7, count, 0),
        "streams": (count // 3, 7, 3, count % 3),
    }[along]
    found = uniform(cell, step, seed, stream)
    assert found.min() >= 0
    assert found.max() < 1
    assert stats.kstest(found, "uniform").pvalue > 0.001
    for lag in (1, 2, 3):
        r = np.corrcoef(found[:-lag], found[lag:])[0, 1]
        assert abs(r) < 4 / np.sqrt(n), lag
    # Pairs fill the square: no lattice.
    cells, *_ = np.histogram2d(found[:-1:2], found[1::2], bins=20, range=[[0, 1], [0, 1]])
    assert stats.chisquare(cells.ravel()).pvalue > 0.001


def test_spikes_of_a_rate_are_a_poisson_process_in_each_cell() -> None:
    n_cells, n_steps, p = 400, 20_000, 0.01
    cell, step = np.meshgrid(np.arange(n_cells), np.arange(n_steps), indexing="ij")
    counts = (uniform(cell, step, 11, 0) < p).sum(axis=1)
    sd = np.sqrt(n_steps * p * (1 - p))
    assert counts.mean() == pytest.approx(n_steps * p, abs=4 * sd / np.sqrt(n_cells))
    assert counts.std(ddof=1) == pytest.approx(sd, rel=4 / np.sqrt(2 * n_cells))


@pytest.mark.parametrize("target", ["numpy", "cython"])
def test_a_group_draws_what_the_function_says(target: str) -> None:
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = target
    try:
        group = b2.NeuronGroup(5, "draw : 1", namespace={"uniform": uniform}, dt=0.5 * b2.ms)
        group.run_regularly("draw = uniform(i, t_in_timesteps, 42, 1)", when="start")
        b2.Network(group).run(2 * b2.ms)
    finally:
        b2.prefs.codegen.target = before
    assert group.draw[:].tolist() == uniform(np.arange(5), 3, 42, 1).tolist()
