"""Compile a model once: generated C++ in a cache folder, keyed by all that shapes it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import importlib.metadata
import json
import logging
import platform
import sys
import threading
from pathlib import Path

from mirror_sim.base import cache
from mirror_sim.base.cores import usable_cores
from mirror_sim.base.files import cache_folder
from mirror_sim.engine.brian.structure import FLAGS, Structure
from mirror_sim.engine.children import run_child
from mirror_sim.engine.compiler import build_environment, compiler, dropped_flags

logger = logging.getLogger("mirror_sim")

_NOTE = "note.json"
_KEPT = ("main", "delays.json")
_MOST_JOBS = 8
_PATIENCE_S = 5.0


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


@functools.cache
def _code() -> str:
    return cache.digest(cache.sources(Path(__file__).with_name("brian")))


def _made_from(structure: Structure) -> dict[str, object]:
    """Return all that shapes the compiled model of a structure on this machine."""
    return {
        "structure": structure.to_json(),
        "code": _code(),
        "compiler": compiler(),
        "flags": FLAGS,
        "cpu": _cpu_model(),
        "brian2": importlib.metadata.version("brian2"),
    }


def build_key(structure: Structure) -> str:
    """Return the cache key of a structure on this machine."""
    return cache.digest(_made_from(structure))


def binary_for(structure: Structure, *, stop: threading.Event | None = None) -> Path:
    """Return the folder of the compiled model of a `Structure`, compiling it if need be.

    What the folder's note says of the model, by what and from what it was made, and its checksums,
    is compared; what differs is built again. Two processes that want the same model build it once.

    Raises
    ------
    RuntimeError
        If Brian2 or the compiler refuses the model; the message holds what they say. Also when
        `stop` is set meanwhile.
    """
    made_from = _made_from(structure)
    folder = cache_folder() / "models" / cache.digest(made_from)
    if _intact(folder, made_from):
        return folder
    with cache.locked(folder):
        if _intact(folder, made_from):
            return folder
        cache.clear(folder)
        logger.warning("compiling a model (about 5 s); later runs reuse it")
        partial = folder.with_name(folder.name + ".partial")
        try:
            _build(structure, partial, stop)
            note = {"made_from": made_from, "sha256": _checksums(partial)}
            (partial / _NOTE).write_text(json.dumps(note, indent=1), encoding="utf-8")
            partial.rename(folder)
        finally:
            cache.clear(partial)
    return folder


def _build(structure: Structure, partial: Path, stop: threading.Event | None) -> None:
    environment = build_environment()
    for _ in range(2):  # a trial of a flag that was killed looks like a flag that is not known
        cache.clear(partial)
        cache.make_folder(partial)
        (partial / "structure").write_text(structure.to_json(), encoding="utf-8")
        run_child(
            "the model could not be made",
            worker_command("build", partial),
            partial,
            stop=stop,
            environment=environment,
        )
        dropped = dropped_flags(partial)
        if not dropped:
            break
    else:
        raise RuntimeError(
            f"the compiler {compiler()} does not take {' '.join(dropped)}, without which the "
            "numbers would be others; set CXX to a compiler that does, such as g++"
        )
    # A folder that is built once needs no list of what depends on what.
    jobs = min(usable_cores(), _MOST_JOBS)
    make = ["make", f"-j{jobs}", "DEPS=", f"CXX={environment['CXX']}"]
    run_child("the model did not compile", make, partial, stop=stop, environment=environment)
    cache.clear(partial / "tmp")


def build_ahead(structure: Structure) -> None:
    """Start to compile the model of a `Structure`; it is given up when Python ends before.

    What goes wrong is said when the model is needed.
    """
    stop = threading.Event()

    def build() -> None:
        with contextlib.suppress(RuntimeError, OSError):
            binary_for(structure, stop=stop)

    def give_up() -> None:
        stop.set()
        thread.join(_PATIENCE_S)

    thread = threading.Thread(target=build, daemon=True)
    thread.start()
    atexit.register(give_up)


def is_compiled(structure: Structure) -> bool:
    """Return whether the model of a `Structure` is there, and whole."""
    made_from = _made_from(structure)
    return _intact(cache_folder() / "models" / cache.digest(made_from), made_from)


def worker_command(task: str, folder: Path) -> list[str]:
    """Return the command of `mirror_sim.engine.brian.worker`, a Python process of its own.

    Brian2 works there, so that the user's own Brian2 objects, device, preferences, clock and
    random numbers are never touched.
    """
    # The child finds this very package (installed or not), and with -P no file of the working
    # folder passes for a module. Brian2 does without pylab, which gives it names for plots, and
    # without pytest, which tests it: a third of its start.
    place = str(Path(__file__).parents[2])
    code = (
        f"import sys; {place!r} in sys.path or sys.path.insert(0, {place!r}); "
        "sys.modules['pylab'] = sys.modules['pytest'] = None; "
        "from mirror_sim.engine.brian import worker; worker.main(*sys.argv[1:])"
    )
    return [sys.executable, "-P", "-c", code, task, str(folder)]


def _checksums(folder: Path) -> dict[str, str | None]:
    found = {name: cache.read_entry(folder / name) for name in _KEPT}
    return {n: None if raw is None else hashlib.sha256(raw).hexdigest() for n, raw in found.items()}


def _intact(folder: Path, made_from: dict[str, object]) -> bool:
    if not cache.is_own_folder(folder):
        return False
    raw = cache.read_entry(folder / _NOTE)
    if raw is None:
        return False
    try:
        note = json.loads(raw)
    except ValueError:
        return False
    sums = _checksums(folder)
    return None not in sums.values() and note == {"made_from": made_from, "sha256": sums}
