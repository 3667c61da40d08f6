"""Wrong uses of the package, and whether each is answered with one clear sentence.

Calls of the public functions and classes with wrong arguments, and commands and scripts with wrong
options, are made one after the other. A use holds if it is refused before any simulation, by an
error that names the value, the argument or the place and that no inner function raised by chance.
`uses_cases.py` names the files that list them.
"""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path
from unittest import mock

import uses_cases as cases
from limit import time_limit
from uses_base import Use

import mirror_sim
from mirror_sim.cli.main import main as command_line

SCRIPTS = Path(__file__).parents[1]
PACKAGE = Path(mirror_sim.__file__).parent
FEWEST_WORDS = 4
LONGEST_S = 5
PLACES_OF_WORK = (
    "mirror_sim.engine.simulate.run_block",
    "mirror_sim.engine.runs.binary_for",
    "mirror_sim.compare.sweeps.on_this_machine",
    "mirror_sim.compare.sweeps.on_dask",
)
OF_INNER_CODE = (
    "object has no attribute",
    "not supported between",
    "unsupported operand",
    "not subscriptable",
    "not iterable",
    "unhashable type",
    "broadcast",
)


@dataclass(frozen=True)
class Answer:
    """What became of a wrong use.

    Attributes
    ----------
    group, what : str
        Which use it is.
    kind : str
        The type of the error, "exit 2", or "accepted".
    sentence : str
        What was said.
    held : bool
        Whether that is one clear sentence.
    """

    group: str
    what: str
    kind: str
    sentence: str
    held: bool


class SimulatedError(Exception):
    """A block was run; what is wrong had to be said before."""


class TooLongError(Exception):
    """A use took so long that it was ended."""


def results(groups: list[str] | None = None) -> list[Answer]:
    """Make all uses, or those of some groups, and return what became of each."""
    with _no_simulation(), _elsewhere(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            _of_command(group, use) if isinstance(use.make, tuple) else answer_of(group, use)
            for group, uses in cases.groups().items()
            if groups is None or group in groups
            for use in uses()
        ]


def wrong_uses(_seed: int, times: int | None) -> Iterator[dict[str, object]]:
    """Make all uses, or the first ones; yield a row each, "wrong" empty where it held."""
    for answer in results()[:times]:
        yield {
            "what": answer.group,
            "how": "one wrong argument or option",
            "wrong": "" if answer.held else f"{answer.what}: {answer.kind}: {answer.sentence}",
        }


def answer_of(group: str, use: Use) -> Answer:
    """Make a use that is a call, and return what became of it."""
    try:
        with time_limit(LONGEST_S, TooLongError(f"it took more than {LONGEST_S} s")):
            use.make()
    except Exception as error:  # noqa: BLE001  (whatever comes is what is looked at)
        sentence = " ".join(str(error).split())
        held = _clear(sentence, use) and _meant(error)
        return Answer(group, use.what, type(error).__name__, sentence, held)
    return Answer(group, use.what, "accepted", "", held=False)


def _clear(sentence: str, use: Use) -> bool:
    return (
        len(sentence.split()) >= FEWEST_WORDS
        and any(word in sentence for word in use.names)
        and not any(words in sentence for words in OF_INNER_CODE)
    )


def _meant(error: Exception) -> bool:
    """Tell whether an error was raised for the user: not by chance, deep inside."""
    if isinstance(error, OSError | ImportError | FrozenInstanceError):
        return True
    where = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
    if isinstance(error, TypeError):
        return where.name in ("arguments.py", "wrong_uses.py")
    # Matplotlib says itself which colour is none.
    ours = where.is_relative_to(PACKAGE) or "matplotlib" in where.parts
    return isinstance(error, ValueError) and ours


def _of_command(group: str, use: Use) -> Answer:
    said, status = io.StringIO(), 0
    program, *arguments = use.make
    call: Callable[[], object] = lambda: command_line(arguments)  # noqa: E731
    if program != "mirror-sim":
        path = SCRIPTS / program
        call = lambda: runpy.run_path(str(path), run_name="__main__")  # noqa: E731
    before = sys.argv
    sys.argv = [program, *arguments]
    try:
        with (
            contextlib.redirect_stderr(said),
            contextlib.redirect_stdout(io.StringIO()),
            mock.patch.object(sys, "path", [str(SCRIPTS), *sys.path]),  # as of a script
            time_limit(LONGEST_S, TooLongError(f"it took more than {LONGEST_S} s")),
        ):
            status = call()
    except SystemExit as end:
        status = end.code
    except Exception:  # noqa: BLE001  (a traceback is what a user would see)
        return Answer(group, use.what, "traceback", traceback.format_exc(limit=-1), held=False)
    finally:
        sys.argv = before
    sentence = (said.getvalue().strip().splitlines() or [""])[-1]
    return Answer(
        group, use.what, f"exit {status}", sentence, held=status == 2 and _clear(sentence, use)
    )


@contextlib.contextmanager
def _no_simulation() -> Iterator[None]:
    def simulate(*_args: object, **_more: object) -> None:
        raise SimulatedError("it was simulated")

    with contextlib.ExitStack() as stack:
        for place in PLACES_OF_WORK:
            stack.enter_context(mock.patch(place, simulate))
        yield


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        cases.lay_out(Path(folder))
        try:
            yield
        finally:
            os.chdir(before)
