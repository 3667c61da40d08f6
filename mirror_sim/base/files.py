"""Write files whole or not at all, and say before long work that they cannot be written."""

from __future__ import annotations

import errno
import functools
import logging
import os
import secrets
import shlex
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger("mirror_sim")


def cache_folder() -> Path:
    """Return the cache folder: ``MIRROR_SIM_CACHE`` if set, else the user's cache.

    Raises
    ------
    PermissionError
        If anybody on the machine may write to it: programs are run from there.
    """
    import pooch

    variable = "MIRROR_SIM_CACHE"
    given = os.environ.get(variable)
    folder = Path(given or pooch.os_cache("mirror_sim")).expanduser().absolute()
    if given:
        # So that it stays this one in another working folder, and in the processes we start.
        os.environ[variable] = str(folder)
    if folder.is_dir():
        mode = folder.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise PermissionError(errno.EPERM, open_to_others(folder), str(folder))
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            _warn_of_others(folder)
    return folder


def open_to_others(folder: Path) -> str:
    """Return what to say and do where others may write to the cache; empty where they may not."""
    if not folder.is_dir() or not folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return ""
    return (
        "others may write to this cache, from which programs are run; if you do not trust them, "
        f"mend it with `chmod go-w {shlex.quote(str(folder))}`"
    )


@functools.cache
def _warn_of_others(folder: Path) -> None:
    logger.warning("%s: %s", folder, open_to_others(folder))


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and rename it to `path` if the block succeeds.

    Parameters
    ----------
    path : str or Path
        The file to write; its folder must exist. A file that is there already is replaced in one
        step, and stays as it is if the block fails.

    Yields
    ------
    Path
        An empty file to write to, of the same suffix; it is removed if the block fails.

    Raises
    ------
    OSError
        If nothing can be written there.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_path(folder / "a.txt") as temporary:
    ...     _ = temporary.write_text("whole")
    >>> [p.name for p in folder.iterdir()]
    ['a.txt']
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder; a file is to be written", str(path))
    temporary = path.with_name(f".{secrets.token_hex(6)}{path.suffix}")
    # Not by tempfile, whose files only their owner can read.
    try:
        temporary.touch(exist_ok=False)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        with named(path):
            yield temporary
            _to_disk(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Add the file to an error that does not name one, as that of a write to a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def check_writable(folder: str | Path, *, needed_bytes: int = 0) -> Path:
    """Make a folder if need be, and make sure that files can be written to it.

    Parameters
    ----------
    folder : str or Path
    needed_bytes : int
        How much will be written.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OSError
        If the folder cannot be made or written to, or its disk is too full. The errors of the
        system keep their kind, e.g. `PermissionError`.

    Examples
    --------
    >>> import tempfile
    >>> check_writable(Path(tempfile.mkdtemp()) / "results").name
    'results'
    """
    folder = Path(folder)
    probe = folder / f".{secrets.token_hex(6)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        reason = f"cannot write files to this folder ({error.strerror})"
        raise OSError(error.errno, reason, str(folder)) from error
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        reason = (
            f"the disk of this folder has {free / 1e6:.1f} MB left; {needed_bytes / 1e6:.1f} MB "
            "are needed"
        )
        raise OSError(errno.ENOSPC, reason, str(folder))
    return folder


def _to_disk(path: Path) -> None:
    # Else a crash of the machine soon after the renaming can leave an empty file of the new name.
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
