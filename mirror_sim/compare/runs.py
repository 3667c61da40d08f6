"""Where the points of a sweep are run, and where what they gave is kept."""

from __future__ import annotations

import contextlib
import json
import logging
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Collection, Generator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

from mirror_sim.base import cache, sources
from mirror_sim.base.cores import usable_cores
from mirror_sim.base.files import cache_folder
from mirror_sim.base.signals import ending_in_order, was_ended

logger = logging.getLogger("mirror_sim")

Row = dict[str, float]

RETRIES = 2
_PATIENCE_S = 5.0


class Point(Protocol):
    """What is run; it can be pickled."""

    def measure(self, *, jobs: int) -> Row:
        """Return the numbers, with so many blocks at a time."""


Found = Generator[tuple[str, Row | BaseException], None, None]
Run = Callable[[Mapping[str, Point]], Found]
"""Takes points by key, yields what each gave or why it failed, in the order in which they end."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A point on its way to another process.

    Parameters
    ----------
    key : str
    files : tuple of str
        Files of the user's that have to be read before the point can be: another process finds
        what they define by the names of their modules. The workers of a cluster see the same
        files, as they see the same cache.
    point : bytes
        The pickled point.
    jobs : int
        Blocks at a time.
    """

    key: str
    files: tuple[str, ...]
    point: bytes
    jobs: int


def task_of(key: str, point: Point, *, jobs: int) -> Task:
    """Pack a point for another process."""
    return Task(key=key, files=sources.loaded_files(), point=pickle.dumps(point), jobs=jobs)


def path_of(key: str) -> Path:
    """Return the file that holds a point's row."""
    return cache_folder() / "sweeps" / f"{key}.json"


def stored(path: Path) -> Row | None:
    """Read a point's row; None if there is none, or it is damaged or another's."""
    raw = cache.read_entry(path)
    if raw is None:
        return None
    with contextlib.suppress(ValueError, KeyError, TypeError):
        content = json.loads(raw)
        row: Row = content["row"]
        if content == {"key": path.stem, "row": row, "check": _check(path, row)}:
            return row
    cache.remove_damaged(path)
    return None


def store(path: Path, row: Mapping[str, float]) -> None:
    """Write a point's row, with its key and its checksum."""
    content = {"key": path.stem, "row": dict(row), "check": _check(path, row)}
    cache.write_entry(path, json.dumps(content).encode())


def _check(path: Path, row: Mapping[str, float]) -> str:
    return cache.digest(path.stem, dict(row))


def measured(task: Task) -> Row:
    """Measure a point, or take what a process found meanwhile; store the row."""
    path = path_of(task.key)
    row = stored(path)
    if row is not None:
        return row
    with cache.locked(path):
        row = stored(path)
        if row is None:
            sources.load_files(task.files)
            point = pickle.loads(task.point)
            if point.key() != task.key:
                raise RuntimeError(
                    "the code of the study, or of what it names, is not what it was when the sweep "
                    "began; start it again"
                )
            row = point.measure(jobs=task.jobs)
            store(path, row)
    return row


def gathered(
    points: Mapping[str, Point],
    run: Run,
    *,
    found: Callable[[str, Row], object],
    progress: Callable[[Collection[str]], object],
) -> tuple[dict[str, Row], dict[str, BaseException]]:
    """Return the rows of points by key, from the cache or by a runner, and why others failed.

    Parameters
    ----------
    points : mapping of str to Point
    run : Run
    found : callable
        Called with each key and row as soon as it is there; what it raises ends the run.
    progress : callable
        Called with the keys that are left.
    """
    cache.clear_leftovers(cache_folder())
    rows = {key: row for key in points if (row := stored(path_of(key))) is not None}
    waiting = {key: point for key, point in points.items() if key not in rows}
    for key, row in rows.items():
        found(key, row)
    progress(waiting.keys())
    failed: dict[str, BaseException] = {}
    with ending_in_order(), contextlib.closing(run(waiting)) as results:
        for key, answer in results:
            if isinstance(answer, BaseException):
                failed[key] = answer
                continue
            rows[key] = answer
            if stored(path_of(key)) is None:  # a worker of a cluster may have a disk of its own
                store(path_of(key), answer)
            found(key, answer)
            progress(waiting.keys() - rows.keys())
    return rows, failed


@dataclass
class _Children:
    """The processes of a sweep that run, and whether they are to end."""

    running: set[int] = field(default_factory=set)
    ending: bool = False

    def end(self) -> None:
        """Interrupt them, and kill those that do not heed it."""
        self.ending = True
        self._signal(signal.SIGINT)
        until = time.monotonic() + _PATIENCE_S
        while self.running and time.monotonic() < until:
            time.sleep(0.05)
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        for child in list(self.running):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)


def on_this_machine(jobs: int | None) -> Run:
    """Return a runner in processes of this machine, one for each point.

    Of the processes that may run at once each point gets one; what is left over goes to the blocks
    of each.
    """
    n_jobs = jobs or usable_cores()

    def run(waiting: Mapping[str, Point]) -> Found:
        children = _Children()
        at_once = max(1, min(n_jobs, len(waiting)))
        with ThreadPoolExecutor(at_once) as pool:
            futures: dict[Future[Row], str] = {}
            for key, point in waiting.items():
                task = task_of(key, point, jobs=n_jobs // at_once)
                futures[pool.submit(_in_process, task, children, alone=at_once == 1)] = key
            try:
                left = set(futures)
                while left:
                    done, left = wait(left, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield futures[future], future.exception() or future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                children.end()
                raise

    return run


def _in_process(task: Task, children: _Children, *, alone: bool) -> Row:
    """Run a point in a process of its own; one that was killed is started again."""
    context = multiprocessing.get_context("spawn")
    for _ in range(RETRIES + 1):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_child, args=(task, sender, alone))
        process.start()
        assert process.pid is not None
        children.running.add(process.pid)
        if children.ending:
            process.kill()
        sender.close()
        try:
            found: Row | BaseException = receiver.recv()
        except EOFError:
            found = RuntimeError("the process that ran it ended before it answered")
        except Exception as error:  # noqa: BLE001  (an error that cannot be made again here)
            found = RuntimeError(f"its answer cannot be read: {error}")
        process.join()
        children.running.discard(process.pid)
        if children.ending or not was_ended(process.exitcode):
            break
        logger.warning("a process of the sweep was killed (%s)", process.exitcode)
    if isinstance(found, BaseException):
        raise found
    return found


def _child(task: Task, sender: Connection, alone: bool) -> None:
    if not alone:
        os.environ["TQDM_DISABLE"] = "1"  # bars of several processes would overwrite each other
    threading.Thread(target=_interrupt_without_parent, daemon=True).start()
    try:
        with ending_in_order():
            found: Row | BaseException = measured(task)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:  # noqa: BLE001  (the parent says what was wrong, with the point)
        found = error
    try:
        sender.send(found)
    except (pickle.PicklingError, TypeError, AttributeError):
        sender.send(RuntimeError(f"{type(found).__name__}: {found}"))


def _interrupt_without_parent() -> None:
    """End this process as Ctrl-C does once the one that started it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(_PATIENCE_S)
    os._exit(130)
