"""Fixtures and options for all tests."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

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
        pytest.skip("MIRROR_SIM_DATA is not set; see 'The recordings' in README.md")
    path = Path(folder)
    assert path.is_dir(), f"MIRROR_SIM_DATA is {folder!r}, which is no folder"
    return path


@pytest.fixture
def rng():
    """A generator with a fixed seed, new in each test."""
    return np.random.default_rng(20201107)
