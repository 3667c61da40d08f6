"""Damage each kind of file of a cache, use it again, and look whether it was healed or refused."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.server
import json
import os
import random
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import job
import numpy as np
from limit import time_limit

import mirror_sim as ms
from mirror_sim.base.cache import clear
from mirror_sim.engine import Engine, plan_blocks, run_blocks
from mirror_sim.engine.blocks import WARM_UP_S
from mirror_sim.engine.compile import binary_for
from mirror_sim.studies import datasets
from mirror_sim.studies.study import get_study
from mirror_sim.subject.body import Body
from mirror_sim.subject.subject import state_key

HANGS_S = 60
BLOCK_S = 10.0
NOBODY = 65534
PLAN = ms.Curriculum(max_actions=6)


class LateError(Exception):
    """Something waits for what will not come."""


@dataclass(frozen=True)
class Entry:
    """A kind of file, what is made of it, and those that are damaged.

    Attributes
    ----------
    files : str
        A pattern below the cache; the first that fits is damaged, the last is another of the kind.
    use : callable
        Makes or reads it and returns what does not change.
    without : tuple of str
        Damages that do not apply.
    """

    files: str
    use: Callable[[], object]
    without: tuple[str, ...] = ()


@functools.cache
def _engine() -> Engine:
    return Engine(job.circuit(), 1, block_s=BLOCK_S)


def _trials(n: int) -> list[ms.Trial]:
    rng = np.random.default_rng(1)
    return [ms.make_trial("observe", "grasp-precision", rng=rng) for _ in range(n)]


def _spikes(n: int) -> list[bytes]:
    engine = _engine()
    blocks = plan_blocks(_trials(n), BLOCK_S, iter(range(n)))
    results = run_blocks(engine, blocks, engine.initial_state(), "reliability")
    return [result.steps.tobytes() + result.cells.tobytes() for result in results]


def use_model() -> object:
    """Compile the model without rules if need be, and run a block that is in no cache."""
    binary_for(_engine().structure())
    shutil.rmtree(Path(os.environ["MIRROR_SIM_CACHE"]) / "blocks", ignore_errors=True)
    return _spikes(1)


def use_block() -> object:
    """Run blocks."""
    return _spikes(6)


def use_growth() -> object:
    """Grow a Subject."""
    return state_key(ms.Subject.grow(job.circuit(), seed=1, curriculum=PLAN, block_s=BLOCK_S).state)


def _rest(number: int, _last: object, _rng: object) -> list[ms.Trial]:
    return [ms.Trial(condition=f"rest {number}", duration_s=1.0, acts=(), objects=())]


def use_encounter() -> object:
    """Let a Subject live through three turns."""
    subject = ms.Subject.naive(job.circuit(), seed=1, block_s=BLOCK_S)
    # A turn and the time to settle before it are as long as a block of the others: one model.
    given = {"turns": 3, "choose": _rest, "seed": 1, "turn_s": BLOCK_S - WARM_UP_S}
    return ms.meet([subject], body=Body(driven_by="M.E"), **given).table().to_csv()


def use_row() -> object:
    """Sweep a study over two Subjects."""
    study = get_study(f"{job.__file__}:STUDY")
    found = ms.sweep(study, subjects=[1, 2], circuit=job.circuit(), curriculum=PLAN, jobs=1)
    return found.to_csv()


def use_data() -> object:
    """Fetch a data set."""
    folder = datasets.fetch("reliability")
    return [(folder / name).read_bytes() for name in datasets.DATASETS["reliability"].files]


ENTRIES = {
    "compiled model": Entry("models/*/main", use_model, ("of another type", "in an old form")),
    "note of a model": Entry("models/*/note.json", use_model),
    "names of a model's files": Entry("models/*/delays.json", use_model, ("in an old form",)),
    "block": Entry("blocks/*.npz", use_block),
    "growth": Entry("growth/*/*.npz", use_growth),
    "turn of an encounter": Entry("encounters/*/*.npz", use_encounter),
    "row of a sweep": Entry("sweeps/*.json", use_row),
    "fetched data": Entry("data/*/*.bin", use_data, ("in an old form", "another user's")),
}


def _in_an_old_form(path: Path, raw: bytes) -> None:
    if path.suffix == ".json":
        content = json.loads(raw)
        content.pop("key", content.pop("made_from", None))
        path.write_text(json.dumps(content))
    else:  # before, the title did not stand in the file
        content = raw[32:].partition(b"\n")[2]
        path.write_bytes(hashlib.sha256(content).digest() + content)


def _another_users(path: Path, _raw: bytes) -> None:
    os.chown(path, NOBODY, NOBODY)


def _folder(path: Path, _raw: bytes) -> None:
    path.unlink()
    (path / "deep").mkdir(parents=True)


def _pipe(path: Path, _raw: bytes) -> None:
    path.unlink()
    os.mkfifo(path)


def _link(path: Path, raw: bytes) -> None:
    elsewhere = Path(f"{path}.elsewhere")
    elsewhere.write_bytes(raw)
    path.unlink()
    path.symlink_to(elsewhere)


DAMAGES: dict[str, Callable[[Path, bytes], object]] = {
    "cut": lambda path, raw: path.write_bytes(raw[: len(raw) // 2]),
    "empty": lambda path, _raw: path.write_bytes(b""),
    "zeros": lambda path, raw: path.write_bytes(bytes(len(raw))),
    "of another type": lambda path, _raw: path.write_text('["of", {"another": "type"}]'),
    "in an old form": _in_an_old_form,
    "a folder": _folder,
    "a pipe": _pipe,
    "a link": _link,
    "another user's": _another_users,
}


def damage(path: Path, how: str, other: bytes, rng: random.Random) -> None:
    """Damage a file; `other` is the content of another of its kind."""
    raw = path.read_bytes()
    if how == "a flipped bit":
        place = rng.randrange(len(raw))
        flipped = bytes([raw[place] ^ (1 << rng.randrange(8))])
        path.write_bytes(raw[:place] + flipped + raw[place + 1 :])
    elif how == "another's content":
        path.write_bytes(other)
    else:
        DAMAGES[how](path, raw)


HOW = ("a flipped bit", "another's content", *DAMAGES)


def plan(seed: int, count: int, kinds: Sequence[str]) -> list[tuple[str, str]]:
    """Return which kind of file is damaged, and how: all before any comes twice."""
    everything = [
        (kind, how)
        for kind in kinds
        for how in HOW
        if how not in ENTRIES[kind].without and (how != "another user's" or os.getuid() == 0)
    ]
    order = random.Random(seed).sample(everything, len(everything))
    return [order[number % len(order)] for number in range(count)]


def what_was_wrong(cache: Path, kind: str, how: str, rng: random.Random) -> str:
    """Damage a file, use it again and return what did not hold."""
    entry = ENTRIES[kind]
    expected = entry.use()
    files = sorted(path for path in cache.glob(entry.files) if path.is_file())
    if len(files) < 2:
        return f"there are only {len(files)} files {entry.files}"
    path = files[0]
    if entry.use is use_model:
        path = binary_for(_engine().structure()) / path.name
    other = next(p for p in reversed(files) if p != path)
    damage(path, how, other.read_bytes(), rng)
    try:
        with time_limit(HANGS_S, LateError(f"not done after {HANGS_S} s")):
            found = entry.use()
    except (OSError, ValueError, RuntimeError) as error:
        text = f"{type(error).__name__}: {error}"
        return "" if str(path) in text else text  # refused, with the file that has to go
    except LateError as late:
        return str(late)
    finally:
        if not path.is_file():  # the next damage finds it whole
            clear(path)
    return "" if found == expected else "other results"


@contextlib.contextmanager
def _published(folder: Path) -> Iterator[None]:
    """Publish two small files as a data set on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    contents = {f"{name}.bin": name.encode() * 1000 for name in ("one", "two")}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    datasets.DATASETS["reliability"] = datasets.DataSet(
        name="reliability",
        url=f"http://127.0.0.1:{server.server_port}/",
        files={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        size_bytes=10_000,
        source="made up",
        licence="none",
    )
    try:
        yield
    finally:
        del datasets.DATASETS["reliability"]
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def _own_variables(cache: Path) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.pop(datasets.FOLDER_VARIABLE, None)
    os.environ |= {"MIRROR_SIM_CACHE": str(cache), "TQDM_DISABLE": "1"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


def corruptions(
    seed: int, count: int, kinds: Sequence[str] = tuple(ENTRIES)
) -> Iterator[dict[str, object]]:
    """Damage files, and yield a row for each time: what, how, and what did not hold."""
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        cache, web = Path(folder) / "cache", Path(folder) / "web"
        web.mkdir()
        with _own_variables(cache), _published(web):
            if any(ENTRIES[kind].use is use_model for kind in kinds):
                use_growth()  # its model, with a rule, is another than that of blocks
            for number, (kind, how) in enumerate(plan(seed, count, kinds)):
                wrong = what_was_wrong(cache, kind, how, random.Random(f"{seed}-{number}"))
                yield {"what": kind, "how": how, "wrong": wrong}
