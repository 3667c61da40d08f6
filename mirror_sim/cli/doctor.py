"""Look whether this installation can simulate, and say what is wrong if it cannot."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mirror_sim.base.packages import imported

PACKAGES = ("brian2", "cython")
"""Looked for; the 50 ms network shows whether they work."""
IMPORTED = (
    *("numpy", "scipy.stats", "pandas", "matplotlib.pyplot", "sklearn", "statsmodels.api"),
    *("pynwb", "h5py"),
)
"""What studies import beside them, to read rows, draw figures and write sessions."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at.

    Parameters
    ----------
    name : str
        What was looked at.
    value : str
        What was found.
    problem : str
        What is wrong and what to do about it; empty if all is well.
    """

    name: str
    value: str
    problem: str = ""

    def __str__(self) -> str:
        line = f"{self.name:<14}{self.value}"
        return f"{line}\n{'':<14}-> {self.problem}" if self.problem else line


def examine() -> Iterator[Finding]:
    """Look at versions, compiler and cache, then simulate 50 ms of a small network.

    Yields
    ------
    Finding
        One at a time, since the last may have to compile first (about 20 s).

    Examples
    --------
    >>> first = next(examine())
    >>> first.name, first.problem
    ('mirror_sim', '')
    """
    yield Finding(name="mirror_sim", value=importlib.metadata.version("mirror-sim"))
    yield Finding(name="python", value=f"{platform.python_version()} on {platform.platform()}")
    for package in PACKAGES:
        yield _version(package)
    for module in IMPORTED:
        yield _imported(module)
    for name, look in (("C++ compiler", _compiler), ("cache", _cache), ("50 ms network", _network)):
        try:
            value, problem = look()
        # Whatever keeps us from simulating, a broken package or a full disk, is what we look for.
        except Exception as error:  # noqa: BLE001
            last_line = str(error).strip().rpartition("\n")[2]
            value, problem = "failed", f"{type(error).__name__}: {last_line}"
        yield Finding(name=name, value=value, problem=problem)


def _version(package: str) -> Finding:
    try:
        return Finding(name=package, value=importlib.metadata.version(package))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name=package, value="not found", problem=f"pip install {package}")


def _imported(module: str) -> Finding:
    """Import what a study will: an installed package may be broken, or find no place to write."""
    name = module.partition(".")[0]
    try:
        imported(module)
        return Finding(name=name, value=str(imported(name).__version__))
    except ImportError as error:
        return Finding(name=name, value="failed", problem=str(error))


def _compiler() -> tuple[str, str]:
    from mirror_sim.engine.compiler import compiler

    found = compiler()
    if found:
        return found, ""
    return (
        "not found",
        "install g++ and make; without them simulations run on numpy, many times slower",
    )


def _cache() -> tuple[str, str]:
    from mirror_sim.base.files import cache_folder, open_to_others

    folder = cache_folder()
    size_mb = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    problem = "" if _writable(folder) else "not writable; set MIRROR_SIM_CACHE to a folder that is"
    return f"{folder} ({size_mb:.1f} MB)", problem or open_to_others(folder)


def _writable(folder: Path) -> bool:
    """Tell whether the folder can be written to, or made if it does not exist yet."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return existing.is_dir() and os.access(existing, os.W_OK)


def _network() -> tuple[str, str]:
    from mirror_sim import engine

    result = engine.self_test()
    value = (
        f"{result['spikes']} spikes on {result['target']}, "
        f"built in {result['build_s']:.1f} s, run in {result['run_s']:.2f} s"
    )
    return value, "" if result["spikes"] else "no cell fired"
