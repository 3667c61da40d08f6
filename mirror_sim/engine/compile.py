"""Compile a model once: generated C++ in a cache folder, keyed by all that shapes it."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import logging
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from mirror_sim.base.cache import digest, locked, sources
from mirror_sim.base.files import cache_folder
from mirror_sim.engine.brian.structure import FLAGS, HEADER, Structure

logger = logging.getLogger("mirror_sim")


def compiler() -> str | None:
    """Return the first line of ``g++ --version``, or None without a C++ compiler and make."""
    place = shutil.which("g++")
    return _version(place) if place and shutil.which("make") else None


@functools.cache
def _version(compiler: str) -> str | None:
    # In a session of its own: a Ctrl-C that ended it would look like another compiler.
    answer = subprocess.run(
        [compiler, "--version"],
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    return answer.stdout.splitlines()[0] if answer.returncode == 0 else None


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        kept = {line for line in lines if line.startswith(("model name", "flags", "Features"))}
        return " ".join(sorted(kept))
    return platform.processor() or platform.machine()


def platform_facts(target: str) -> list[object]:
    """Return what besides the code decides the bits that a target makes on this machine."""
    versions = [importlib.metadata.version(name) for name in ("brian2", "numpy")]
    built = [compiler(), FLAGS] if target == "cpp" else []
    return [target, platform.python_implementation(), _cpu_model(), *versions, *built]


def build_key(structure: Structure) -> str:
    """Return the cache key of a structure on this machine."""
    code = sources(Path(__file__).with_name("brian"))
    brian2 = importlib.metadata.version("brian2")
    return digest(structure.to_json(), code, compiler(), FLAGS, _cpu_model(), brian2)


def binary_for(structure: Structure) -> Path:
    """Return the folder of the compiled model of a `Structure`, compiling it if need be.

    The binary's checksum is compared with the one noted when it was built; a damaged entry is
    built again. Two processes that want the same model build it once.

    Raises
    ------
    RuntimeError
        If Brian2 or the compiler refuses the model; the message holds what they say.
    """
    folder = cache_folder() / "models" / build_key(structure)
    if _intact(folder):
        return folder
    with locked(folder):
        if _intact(folder):
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        logger.warning("compiling a model (about 10 s); later runs reuse it")
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _checked(
            "the model could not be made",
            worker_command("build", partial),
            cwd=None,
            text=structure.to_json(),
        )
        jobs = min(os.cpu_count() or 1, 8)
        # A folder that is built once needs no list of what depends on what.
        _checked("the model did not compile", ["make", f"-j{jobs}", "DEPS="], cwd=partial)
        (partial / f"{HEADER}.gch").unlink(missing_ok=True)
        (partial / "checksum").write_text(_checksum(partial))
        partial.rename(folder)
    return folder


def is_compiled(structure: Structure) -> bool:
    """Return whether the model of a `Structure` is there, and whole."""
    return _intact(cache_folder() / "models" / build_key(structure))


def worker_command(task: str, folder: Path) -> list[str]:
    """Return the command of `mirror_sim.engine.brian.worker`, a Python process of its own.

    Brian2 works there, so that the user's own Brian2 objects, device, preferences, clock and
    random numbers are never touched.
    """
    # The child finds this very package (installed or not), and with -P no file of the working
    # folder passes for a module.
    place = str(Path(__file__).parents[2])
    code = (
        f"import sys; {place!r} in sys.path or sys.path.insert(0, {place!r}); "
        "from mirror_sim.engine.brian import worker; worker.main(*sys.argv[1:])"
    )
    return [sys.executable, "-P", "-c", code, task, str(folder)]


def _checked(failure: str, command: list[str], cwd: Path | None, text: str = "") -> None:
    answer = subprocess.run(
        command,
        cwd=cwd,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise RuntimeError(f"{failure}:\n{answer.stdout[-3000:]}")


def _checksum(folder: Path) -> str:
    needed = [(folder / name).read_bytes() for name in ("main", "delays.json")]
    return hashlib.sha256(b"".join(needed)).hexdigest()


def _intact(folder: Path) -> bool:
    try:
        return (folder / "checksum").read_text() == _checksum(folder)
    except (FileNotFoundError, UnicodeDecodeError):
        return False
