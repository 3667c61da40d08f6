"""Processes that work for the engine: Brian2's, the compiler's and compiled models."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

logger = logging.getLogger("mirror_sim")

_GUARD = Path(__file__).with_name("guard.py")
_POLL_S = 0.2
_TRIES = 2
# What g++ says when the system ends a part of it.
_PART_KILLED = "terminated program"


def run_child(
    failure: str,
    command: list[str],
    folder: Path,
    *,
    stop: threading.Event | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command in a folder and return what it said.

    Nothing that it starts outlives this process by more than a second or two. What it puts into
    the system's folder of temporary files goes to ``tmp`` in the folder.

    Parameters
    ----------
    failure : str
        How to begin the error if it fails.
    command : list of str
    folder : Path
        Its working folder; its standard input is the file ``structure`` there.
    stop : threading.Event, optional
        Ends it when set.
    environment : mapping of str to str, optional
        In place of this process's.

    Raises
    ------
    RuntimeError
        If it fails, or the system kills it twice.
    """
    (folder / "tmp").mkdir(exist_ok=True)
    variables = {**(os.environ if environment is None else environment)}
    variables["TMPDIR"] = str(folder / "tmp")
    for attempt in range(1, _TRIES + 1):
        code, output = _run(command, folder, variables, stop)
        if code == 0:
            return output
        if code != -signal.SIGKILL and _PART_KILLED not in output:
            raise RuntimeError(f"{failure} ({code}): {output[-3000:].strip()}")
        if attempt < _TRIES:
            logger.warning("%s: it was killed by the system, and is started again", failure)
    raise RuntimeError(
        f"{failure}: it was killed by the system (signal 9), probably for lack of memory; use "
        "fewer processes at once (--jobs, or jobs in Python)"
    )


def _run(
    command: list[str],
    folder: Path,
    variables: Mapping[str, str],
    stop: threading.Event | None,
) -> tuple[int, str]:
    guarded = [sys.executable, "-I", "-S", str(_GUARD), str(os.getpid()), *command]
    # In a session of its own: Ctrl-C reaches Python only, which then ends the process. A compiled
    # model would take it for a wish to write down what it has so far, and report success.
    with (
        (folder / "structure").open() as structure,
        subprocess.Popen(
            guarded,
            cwd=folder,
            env=variables,
            stdin=structure,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            umask=0o022,  # a model is run: nobody else may change it
        ) as process,
    ):
        try:
            output = None
            while output is None:
                try:
                    output, _ = process.communicate(timeout=_POLL_S)
                except subprocess.TimeoutExpired:
                    if stop is not None and stop.is_set():
                        raise RuntimeError("stopped") from None
                    if process.poll() is not None:  # what it started holds its output open
                        _end(process.pid)
        except BaseException:
            _end(process.pid)
            raise
    return process.returncode, output


def _end(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
