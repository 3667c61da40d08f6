"""Kill a sweep's processes at random moments, run it again, and look what became of it."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import job

from mirror_sim.base.cores import usable_cores

JOB = Path(job.__file__)
OUTLIVE_S = 15.0
HANGS_S = 120.0
HOW = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
BUILDERS = ("make", "g++", "cc1plus", "as", "ld", "collect2")
# What is killed, how often of a hundred times, and within how long of its start (seconds).
VICTIMS = {
    "main process": (27, 6.0),
    "process of the sweep": (27, 4.0),
    "compiled model": (18, 0.2),
    "guard of a model": (6, 0.2),
    "Brian2 or compiler": (12, 5.0),
    "dask worker": (6, 10.0),
    "dask scheduler": (4, 10.0),
}


def kind_of(entry: Path, cache: Path, on_dask: bool) -> str:
    """Return what kind of process a folder of /proc tells of."""
    command = (entry / "cmdline").read_bytes().decode(errors="replace")
    if entry.joinpath("exe").readlink().is_relative_to(cache / "models"):
        return "compiled model"
    if "guard.py" in command:
        return "guard of a model" if f"{cache}/models" in command else "guard"
    if "brian import worker" in command or (entry / "comm").read_text().strip() in BUILDERS:
        return "Brian2 or compiler"
    kinds = {
        # A dask worker is started by its nanny in the same way.
        "spawn_main": "dask worker" if on_dask else "process of the sweep",
        "mirror_sim\0sweep": "main process",
        "dask_worker": "dask worker",
        "dask_scheduler": "dask scheduler",
    }
    return next((kind for part, kind in kinds.items() if part in command), "other")


@dataclass
class Place:
    """A cache, a folder of temporary files and one of results, and the processes that use them."""

    folder: Path
    on_dask: bool = False
    started: list[subprocess.Popen] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("cache", "tmp"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)

    @property
    def cache(self) -> Path:
        """The cache."""
        return self.folder / "cache"

    def start(self, *command: object, **variables: str) -> subprocess.Popen:
        """Start a Python command with this cache."""
        own = {"MIRROR_SIM_CACHE": str(self.cache), "TMPDIR": str(self.folder / "tmp")}
        with (self.folder / "said.txt").open("a") as said:
            process = subprocess.Popen(
                [sys.executable, *map(str, command)],
                env={**os.environ, **own, "TQDM_DISABLE": "1", **variables},
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def sweep(self, *more: object) -> subprocess.Popen:
        """Start the sweep."""
        out, circuit = self.folder / "table.csv", self.folder / "circuit.toml"
        out.unlink(missing_ok=True)
        job.circuit().to_toml(circuit)
        return self.start(
            *("-m", "mirror_sim", "sweep", f"{JOB}:STUDY", "--circuit", circuit, "--out", out),
            *("--axis", "growth.max_actions=12", "--subjects", 2, "--jobs", 1, *more),
        )

    def table(self) -> bytes:
        """Return the rows that a sweep wrote; nothing if it wrote none."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "table.csv").read_bytes()
        return b""

    def finished(self) -> dict[Path, int]:
        """Return the finished files of the cache, and when each was written."""
        files = [
            path
            for name in ("blocks", "growth", "sweeps")
            for path in (self.cache / name).rglob("[!.]*")
        ]
        return {p: p.stat().st_mtime_ns for p in files if p.suffix in (".npz", ".json")}

    def processes(self) -> dict[int, str]:
        """Return what runs with this cache: what kind of process each is, by its number."""
        found = {}
        ours = f"MIRROR_SIM_CACHE={self.cache}".encode()
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if ours in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = kind_of(entry, self.cache, self.on_dask)
        return found

    def left_over(self) -> list[str]:
        """Return what nobody uses and nobody removed."""
        hidden = [
            p.name for p in self.cache.rglob("*") if re.fullmatch(r"\..*|.*\.partial", p.name)
        ]
        return [*hidden, *(path.name for path in (self.folder / "tmp").iterdir())]

    def end(self) -> None:
        """End all that runs."""
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # a dask worker is more than one
            process.wait()


def gone(place: Place, kinds: Mapping[str, object], at_most_s: float) -> bool:
    """Wait until none of these kinds of process runs."""
    until = time.monotonic() + at_most_s
    while kinds.keys() & set(place.processes().values()):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


OURS = dict.fromkeys(
    ("main process", "process of the sweep", "compiled model", "guard", "guard of a model",
     "Brian2 or compiler")
)  # fmt: skip


@contextlib.contextmanager
def dask(place: Place, victim: str) -> Iterator[list[str]]:
    """Run a scheduler and a worker if one of them is to be killed; yields the options for them."""
    if not victim.startswith("dask"):
        yield []
        return
    file, scratch = place.folder / "scheduler.json", place.folder / "scratch"
    scratch.mkdir()
    place.on_dask = True
    common = ("--scheduler-file", file, "--no-dashboard", "--host", "127.0.0.1")
    place.start("-m", "distributed.cli.dask_scheduler", *common, "--port", 0, TMPDIR=str(scratch))
    place.start(
        *("-m", "distributed.cli.dask_worker", *common, "--nthreads", 1),
        *("--local-directory", scratch),
        TMPDIR=str(scratch),
    )
    until = time.monotonic() + 60
    while not (file.exists() and file.stat().st_size) and time.monotonic() < until:
        time.sleep(0.1)
    address = re.search(r'"address": "([^"]*)"', file.read_text())
    assert address is not None
    yield ["--scheduler", address[1]]
    place.end()


def strike(place: Place, main: subprocess.Popen, victim: str, how: int, rng: random.Random) -> bool:
    """Send a signal to a process of this kind at a random moment; False if there was none left."""
    within = VICTIMS[victim][1]
    moment = None
    while main.poll() is None:
        found = [pid for pid, kind in place.processes().items() if kind == victim]
        if found and moment is None:
            moment = time.monotonic() + rng.uniform(0, within)
        if found and moment is not None and time.monotonic() >= moment:
            with contextlib.suppress(ProcessLookupError):
                os.kill(rng.choice(found), how)
                return True
        time.sleep(0.005)
    return False


def what_was_wrong(place: Place, expected: bytes, main: subprocess.Popen) -> str:
    """Look how the sweep ended, run it again, and return what did not hold."""
    try:
        main.wait(HANGS_S)
    except subprocess.TimeoutExpired:
        return "it did not end"
    if place.on_dask:  # workers go on with what they have begun
        place.end()
    if not gone(place, OURS, OUTLIVE_S):
        return f"left running: {sorted(place.processes().values())}"
    place.end()
    before = place.finished()
    again = place.sweep()
    try:
        status = again.wait(HANGS_S)
    except subprocess.TimeoutExpired:
        return "the next run did not end"
    after = place.finished()
    lost = [path.name for path in before if after.get(path) != before[path]]
    held = {
        f"the next run's status was {status}": status == 0,
        "other rows": place.table() == expected,
        f"finished work was done again: {lost}": not lost,
        f"left running: {sorted(place.processes().values())}": gone(place, OURS, OUTLIVE_S),
        f"left lying: {place.left_over()}": not place.left_over(),
    }
    return "; ".join(problem for problem, holds in held.items() if not holds)


def kill(models: Path, expected: bytes, victim: str, how: signal.Signals, seed: str) -> str:
    """Start a sweep, kill a part of it, and return what did not hold."""
    rng = random.Random(seed)
    for _ in range(5):  # the moment may be after the last process of the kind
        with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
            place = Place(Path(folder))
            if victim != "Brian2 or compiler":
                shutil.copytree(models, place.cache / "models")
            try:
                with dask(place, victim) as options:
                    main = place.sweep(*options)
                    if strike(place, main, victim, how, rng):
                        wrong = what_was_wrong(place, expected, main)
                        said = (place.folder / "said.txt").read_text()
                        return f"{wrong} (seed {seed}): {said[-300:]}" if wrong else ""
            finally:
                place.end()
    return "never found running"


def plan(count: int) -> list[tuple[str, signal.Signals]]:
    """Return what is killed, and how, in shares as `VICTIMS` says; each at least once."""
    total = sum(share for share, _ in VICTIMS.values())
    planned = []
    for victim, (share, _) in VICTIMS.items():
        planned += [
            (victim, HOW[number % len(HOW)])
            for number in range(max(1, round(count * share / total)))
        ]
    return planned


def kills(seed: int, count: int) -> Iterator[dict[str, object]]:
    """Kill, and yield a row for each time: what was killed, by what, and what did not hold."""
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        calm = Place(Path(folder))
        if calm.sweep().wait() != 0:
            raise RuntimeError(f"the sweep fails: {(calm.folder / 'said.txt').read_text()[-500:]}")
        models, expected = calm.cache / "models", calm.table()
        with ThreadPoolExecutor(usable_cores()) as pool:
            planned = plan(count)
            found = pool.map(
                lambda case: kill(models, expected, *case[1], f"{seed}-{case[0]}"),
                enumerate(planned),
            )
            for (victim, how), wrong in zip(planned, found, strict=True):
                yield {"what": victim, "how": how.name, "wrong": wrong}
