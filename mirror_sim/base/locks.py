"""Locks on files, which the operating system frees when their holder ends, however it ends."""

from __future__ import annotations

import errno
import fcntl
import functools
import logging
import os
from pathlib import Path

logger = logging.getLogger("mirror_sim")

# Some homes on NFS and Lustre know no locks.
_WITHOUT = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS)


class NoLocksError(Exception):
    """The file system of a file has no locks."""


def try_lock(handle: int) -> bool:
    """Lock an open file, and return whether it could be: False while another holds the lock.

    Raises
    ------
    NoLocksError
        If its file system has no locks.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        if error.errno in _WITHOUT:
            raise NoLocksError from error
        raise
    return True


def take(path: Path) -> int | None:
    """Lock a file, made if need be, and return its handle; None while another holds the lock.

    Closing the handle frees the lock. Links are not followed.

    Raises
    ------
    NoLocksError
        If its file system has no locks.
    OSError
        If the file cannot be made.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    handle = os.open(path, flags, 0o666)
    try:
        # Who held it may have removed the file; the next to come would lock another of its name.
        if try_lock(handle) and _is_named(handle, path):
            return handle
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def _is_named(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


@functools.cache
def warn_without(folder: Path) -> None:
    """Say once that a folder has no locks, and what follows."""
    logger.warning(
        "the file system of %s has no file locks: it is used without, so processes that want the "
        "same thing at once each make it; set MIRROR_SIM_CACHE to a folder on a local disk",
        folder,
    )
