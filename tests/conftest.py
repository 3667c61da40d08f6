"""Fixtures and options for all tests."""

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from mirror_sim.circuit.model import (
    Cell,
    Circuit,
    InputPopulation,
    Plasticity,
    Population,
    Projection,
)

# The same examples on every run; a slow machine is no failure.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")

CACHE = pytest.StashKey[str]()


def pytest_addoption(parser):
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the session")


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        return  # a worker of pytest-xdist shares the folder of the process that started it
    config.stash[CACHE] = tempfile.mkdtemp(prefix="mirror_sim-tests-")
    os.environ["MIRROR_SIM_CACHE"] = config.stash[CACHE]


def pytest_unconfigure(config):
    if CACHE in config.stash:
        shutil.rmtree(config.stash[CACHE], ignore_errors=True)


def _skipped(config):
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if reporter else 0


def pytest_sessionfinish(session, exitstatus):
    if session.config.option.no_skips and exitstatus == 0 and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if config.option.no_skips and (skipped := _skipped(config)):
        terminalreporter.section("skips are failures here (--no-skips)", red=True)
        terminalreporter.line(f"{skipped} skipped; -rs shows why")


@pytest.fixture(scope="session")
def data_dir():
    """Folder of the published recordings, with one subfolder a data set."""
    folder = os.environ.get("MIRROR_SIM_DATA")
    if not folder:
        pytest.skip("MIRROR_SIM_DATA does not name a folder with the released recordings")
    path = Path(folder)
    assert path.is_dir(), f"MIRROR_SIM_DATA is {folder!r}, which is no folder"
    return path


@pytest.fixture
def rng():
    """A generator with a fixed seed, new in each test."""
    return np.random.default_rng(20201107)


@pytest.fixture(scope="session")
def tiny():
    """A circuit of 70 cells."""
    cell = Cell(
        name="RS", C_pF=200, gL_nS=10, EL_mV=-63, VT_mV=-50, deltaT_mV=2, Vcut_mV=-40,
        Vreset_mV=-55, t_ref_ms=5, a_nS=0, b_pA=15, tau_w_ms=300,
    )  # fmt: skip

    def cells(name, n, sign="excitatory", label="pyramidal", bias_pA=90.0):
        return Population(
            name=name, area=name.partition(".")[0], cell=cell, n=n, sign=sign, label=label,
            bias_pA=bias_pA, bias_sd_pA=20.0, noise_pA=60.0, target_hz=6.0, target_sigma=0.5,
        )  # fmt: skip

    def link(pre, post, weight_nS, p=0.5, **more):
        return Projection(
            pre=pre, post=post, p=p, weight_nS=weight_nS, weight_sigma=0.5, delay_ms=3.0,
            delay_sd_ms=1.0, **more,
        )  # fmt: skip

    rates = {"baseline_hz": 5.0, "peak_hz": 60.0}
    learning = {"eta": 0.005, "w_max_nS": 3.0, "mean_cap_nS": 2.0}
    hebb = Plasticity(rule="hebb", parameters=learning)
    return Circuit(
        name="tiny",
        populations=(
            InputPopulation(name="STS", area="STS", n=30, encodes="hand", **rates),
            InputPopulation(name="F6", area="F6", n=20, encodes="command", **rates),
            cells("A.E", 40),
            cells("A.FS", 10, "inhibitory", "FS"),
            cells("M.E", 20),
        ),
        projections=(
            link("STS", "A.E", 0.5, nmda=0.1, plasticity=hebb),
            link("F6", "M.E", 1.0),
            link("A.E", "M.E", 0.3),
            link("A.E", "A.FS", 0.5),
            link("M.E", "A.E", 0.2, p=0.2),
            link("A.FS", "A.E", 1.0, synapse="inhibitory"),
        ),
    )


@pytest.fixture(scope="session")
def tiny_model(tiny):
    """The folder of the tiny circuit's model for blocks of 5 s, compiled before any is run.

    It has the learning rule, and serves blocks that do not learn, too: they need no second model.
    """
    from mirror_sim.engine import Engine
    from mirror_sim.engine.compile import binary_for

    return binary_for(Engine(tiny, 1, block_s=5.0, target="cpp").structure(learning=True))


@pytest.fixture
def of_any_circuit(monkeypatch):
    """Lets studies be planned on a circuit that lacks what they read, such as the tiny one."""
    from mirror_sim.studies.study import STUDIES, known_studies

    known = {study.name: replace(study, reads=()) for study in known_studies()}
    monkeypatch.setattr(STUDIES, "_known", known)


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
