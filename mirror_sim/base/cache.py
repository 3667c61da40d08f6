"""Where compiled models, grown weights and finished blocks are kept, and how they are guarded.

Everything below the cache folder can be deleted at any time; it is made again when needed. An
entry is written to a temporary name and renamed, carries a checksum, and is checked when read.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import io
import json
import logging
import os
import re
import shutil
import stat
import time
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mirror_sim.base import locks
from mirror_sim.base.files import atomic_path, cache_folder

logger = logging.getLogger("mirror_sim")


def digest(*parts: object) -> str:
    """Return a hexadecimal key for JSON-like parts; equal content gives an equal key."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a cache entry; another that wants it waits, and says so.

    The operating system frees the lock when its holder ends, however it ends. Where the file
    system has no locks, that is said and nothing is held.
    """
    handle = _lock_of(path)
    try:
        clear_leftovers(cache_folder())
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _lock_of(path: Path) -> int | None:
    note = Path(f"{path}.lock")
    make_folder(path.parent)
    begun, said = time.monotonic(), False
    with _with_remedy(note):
        make_way(note)
        while True:
            try:
                handle = locks.take(note)
            except locks.NoLocksError:
                locks.warn_without(path.parent)
                return None
            if handle is not None:
                return handle
            if not said and time.monotonic() - begun > 2:
                logger.warning("%s is being made; waiting for it", path)
                said = True
            time.sleep(0.1)


def make_folder(folder: Path) -> None:
    """Make a folder of the cache, with the rights that the cache has; a new cache is private."""
    top = cache_folder()
    with _with_remedy(folder):
        if not top.exists():
            top.parent.mkdir(parents=True, exist_ok=True)
            top.mkdir(mode=0o700, exist_ok=True)
        mode = stat.S_IMODE(top.stat().st_mode) & 0o777
        for missing in reversed([p for p in (folder, *folder.parents) if not p.exists()]):
            missing.mkdir(mode=mode, exist_ok=True)


def clear(path: Path) -> None:
    """Remove what is at a place of the cache, whatever it is, if anything."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_way(path: Path) -> None:
    """Remove what is no file where a file belongs."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(path.lstat().st_mode):
            clear(path)


@contextmanager
def _with_remedy(path: Path) -> Iterator[None]:
    """Add what to do to an error that says that the cache cannot be written to."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise
        reason = f"{error.strerror}; set MIRROR_SIM_CACHE to a folder that you can write to"
        raise OSError(error.errno, reason, str(error.filename or path)) from error


def _owners() -> set[int]:
    """Return whose files are trusted: ours, and those of whom the cache folder belongs to."""
    with contextlib.suppress(FileNotFoundError):
        return {os.getuid(), cache_folder().stat().st_uid}
    return {os.getuid()}


def is_own_folder(folder: Path) -> bool:
    """Return whether something is a folder that can be trusted, in one that can be."""
    try:
        found, above = folder.lstat(), folder.parent.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if stat.S_ISDIR(found.st_mode) and {found.st_uid, above.st_uid} <= _owners():
        return True
    _distrust(folder, "it is a link, no folder, or belongs to another user")
    return False


def read_entry(path: Path) -> bytes | None:
    """Return what stands in a file of the cache; None if there is none that can be trusted."""
    try:
        # A pipe that somebody put there must not be waited for.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.EACCES):
            raise
        _distrust(path, "it cannot be read" if error.errno == errno.EACCES else "it is a link")
        return None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            _distrust(path, "it is no file")
        elif found.st_uid not in _owners():
            _distrust(path, "it belongs to another user")
        else:
            with open(handle, "rb", closefd=False) as file:
                return file.read()
        return None
    finally:
        os.close(handle)


def _distrust(path: Path, why: str) -> None:
    logger.warning("%s is not used, since %s; it is made anew", path, why)


def write_entry(path: Path, content: bytes) -> None:
    """Write a file of the cache, whole or not at all."""
    make_folder(path.parent)
    with _with_remedy(path):
        make_way(path)
        with contextlib.ExitStack() as until_renamed, atomic_path(path) as temporary:
            handle = os.open(temporary, os.O_RDWR | os.O_CLOEXEC)
            until_renamed.callback(os.close, handle)
            with contextlib.suppress(locks.NoLocksError):
                locks.try_lock(handle)  # see `clear_leftovers`
            temporary.write_bytes(content)


def remove_damaged(path: Path) -> None:
    """Remove a damaged file of the cache, where it can be removed."""
    with contextlib.suppress(OSError):
        path.unlink()


_TEMPORARY = re.compile(r"\.[0-9a-f]{12}(\.\w+)?")
_AGE_S = 1.0


@functools.cache
def clear_leftovers(folder: Path) -> None:
    """Remove what killed processes left in a cache, once a process.

    What is in use is locked, and stays; so does what was made a moment ago, which may not be yet.
    """
    partial = [Path(f"{path.with_suffix('')}.lock") for path in folder.glob("models/*.partial")]
    for note in partial:
        _clear_unlocked(note, note.with_suffix(".partial"))
    for kept in ("blocks", "sweeps", "growth/*", "encounters/*"):
        for path in folder.glob(f"{kept}/.*"):
            if _TEMPORARY.fullmatch(path.name):
                _clear_unlocked(path, path)


def _clear_unlocked(note: Path, path: Path) -> None:
    # Another user's, gone meanwhile, or without locks: then nobody knows whether it is in use.
    with contextlib.suppress(OSError, locks.NoLocksError):
        if time.time() - path.lstat().st_mtime < _AGE_S:
            return
        handle = locks.take(note)
        if handle is None:
            return
        try:
            clear(path)
        finally:
            os.close(handle)


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays, whose they are and their checksum to one file, whole or not at all."""
    buffer = io.BytesIO()
    np.savez(buffer, **dict(arrays))  # type: ignore[arg-type]
    content = _title(path) + buffer.getvalue()
    write_entry(path, hashlib.sha256(content).digest() + content)


def load_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """Read what `save_arrays` wrote there; None if there is no such file or it is damaged.

    A damaged file is removed, so that it is made again; so is one that was written to another
    place.
    """
    raw = read_entry(path)
    if raw is None:
        return None
    title, content = _title(path), raw[32:]
    if hashlib.sha256(content).digest() == raw[:32] and content.startswith(title):
        with contextlib.suppress(ValueError, zipfile.BadZipFile):
            packed = io.BytesIO(content[len(title) :])
            with np.load(packed, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
    remove_damaged(path)
    return None


def _title(path: Path) -> bytes:
    # The folder too: all growths that begin alike have blocks of the same names.
    return f"{path.parent.name}/{path.name}\n".encode()


def array_digest(array: np.ndarray) -> str:
    """Return a content key of an array."""
    content = np.ascontiguousarray(array)
    return hashlib.sha256(content.tobytes() + str(content.dtype).encode()).hexdigest()[:32]


def sources(folder: Path, *, without: Collection[str] = ()) -> list[str]:
    """Return the texts of all Python files below a folder, less some files and folders in it."""
    texts = []
    for file in sorted(folder.rglob("*.py")):
        place = file.relative_to(folder)
        if place.parts[0] not in without and place.as_posix() not in without:
            texts.append(file.read_text(encoding="utf-8"))
    return texts


_PACKAGE = Path(__file__).parent.parent
_CIRCUITS = (
    *("macaque", "small", "affect", "contexts", "cues", "echo", "effectors", "goals", "hearing"),
    *("memory", "mouth", "output"),
)
CIRCUITS = tuple(f"circuit/{name}.py" for name in _CIRCUITS)
"""Say what circuits are, as a user's files may: each circuit is in the keys of what it gives."""
# What reads spikes, or runs others; all else shapes them.
_READERS = (
    *("analysis", "cli", "compare", "figures", "session", "studies"),
    *("__init__.py", "__main__.py", *CIRCUITS),
)


# Read when the code is: what is edited while a process runs is not what the process runs.
_SOURCES = digest(sources(_PACKAGE, without=_READERS))


def code_digest() -> str:
    """Hash the sources that shape a Subject, so that results of other code are never reused."""
    return _SOURCES
