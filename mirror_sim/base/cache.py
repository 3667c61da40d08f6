"""Where compiled models, grown weights and finished blocks are kept, and how they are guarded.

Everything below the cache folder can be deleted at any time; it is made again when needed. An
entry is written to a temporary name and renamed, carries a checksum, and is checked when read.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import filelock
import numpy as np

from mirror_sim.base.files import atomic_path

logger = logging.getLogger("mirror_sim")


def digest(*parts: object) -> str:
    """Return a hexadecimal key for JSON-like parts; equal content gives an equal key."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a cache entry; another that wants it waits, and says so.

    The operating system frees the lock when its holder ends, however it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=2)
    except filelock.Timeout:
        logger.warning("%s is being made; waiting for it", path)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays and their checksum to one file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez(buffer, **dict(arrays))  # type: ignore[arg-type]
    content = buffer.getvalue()
    with atomic_path(path) as temporary:
        temporary.write_bytes(hashlib.sha256(content).digest() + content)


def load_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """Read what `save_arrays` wrote; None if there is no such file or it is damaged.

    A damaged file is removed, so that it is made again.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    if hashlib.sha256(raw[32:]).digest() == raw[:32]:
        try:
            with np.load(io.BytesIO(raw[32:]), allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except (ValueError, zipfile.BadZipFile):
            pass
    path.unlink(missing_ok=True)
    return None


def array_digest(array: np.ndarray) -> str:
    """Return a content key of an array."""
    content = np.ascontiguousarray(array)
    return hashlib.sha256(content.tobytes() + str(content.dtype).encode()).hexdigest()[:32]


def sources(folder: Path, *, without: Collection[str] = ()) -> list[str]:
    """Return the texts of all Python files below a folder, less some folders directly in it."""
    files = sorted(folder.rglob("*.py"))
    kept = [file for file in files if file.relative_to(folder).parts[0] not in without]
    return [file.read_text(encoding="utf-8") for file in kept]


_PACKAGE = Path(__file__).parent.parent
# What reads spikes, or runs others; all else shapes them.
_READERS = (
    *("analysis", "cli", "compare", "figures", "session", "studies"),
    *("__init__.py", "__main__.py"),
)


# Read when the code is: what is edited while a process runs is not what the process runs.
_SOURCES = digest(sources(_PACKAGE, without=_READERS))


def code_digest() -> str:
    """Hash the sources that shape a Subject, so that results of other code are never reused."""
    return _SOURCES
