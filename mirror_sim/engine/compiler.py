"""The C++ compiler: the one that make will really use, and by which flags."""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

from mirror_sim.engine.brian.structure import FLAGS

# What make, the compiler and Python's trial of flags would read; it must not change the numbers.
_UNREAD = (
    *("CC", "CFLAGS", "CPP", "CPPFLAGS", "CXXFLAGS", "LDFLAGS", "LDSHARED", "AR", "ARFLAGS"),
    *("MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "MAKEFILES"),
)


def compiler() -> str | None:
    """Return which C++ compiler models are made by: ``CXX`` if set, else ``g++``, and its version.

    None without a compiler, or without make.

    Raises
    ------
    RuntimeError
        If ``CXX`` names what is no compiler.
    """
    own = os.environ.get("CXX", "").strip()
    words = _command()
    version = _version(tuple(words)) if words else None
    if own and version is None:
        raise RuntimeError(
            f"CXX is {own!r}, which does not run; set it to a C++ compiler, or unset it to use g++"
        )
    if version is None or not shutil.which("make"):
        return None
    return f"{own}: {version}" if own else version


def build_environment() -> dict[str, str]:
    """Return the variables that a model is built with.

    ``CXX`` is the user's. Brian2 tries out the flags by ``CC``, so that it has to be the same.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _UNREAD}
    command = shlex.join(_command())
    return {**kept, "CC": command, "CXX": command}


def dropped_flags(project: Path) -> list[str]:
    """Return the flags that Brian2 left out of a project: those that failed when tried out."""
    lines = (project / "makefile").read_text().splitlines()
    written = next(line for line in lines if line.startswith("OPTIMISATIONS ="))
    return [flag for flag in FLAGS if flag not in written.split()]


def _command() -> list[str]:
    """Return the compiler's command, which works in any folder; empty if there is none."""
    own = os.environ.get("CXX", "")
    try:
        words = shlex.split(own) or ["g++"]
    except ValueError:  # a quotation that does not end
        return []
    place = shutil.which(words[0])
    return [os.path.abspath(place), *words[1:]] if place else []  # noqa: PTH100  (keeps links)


@functools.cache
def _version(words: tuple[str, ...]) -> str | None:
    for _ in range(2):
        try:
            # In a session of its own: a Ctrl-C that ended it would look like another compiler.
            answer = subprocess.run(
                [*words, "--version"],
                capture_output=True,
                text=True,
                check=False,
                start_new_session=True,
            )
        except OSError:
            return None
        if answer.returncode == 0:
            return answer.stdout.partition("\n")[0]
        if answer.returncode != -signal.SIGKILL:
            return None
    raise RuntimeError(
        f"{shlex.join(words)} --version was killed by the system; free some memory and try again"
    )
