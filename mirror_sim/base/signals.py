"""What ends a process from outside, such as a job's time limit, ends it as Ctrl-C does."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ENDING = (signal.SIGTERM, signal.SIGHUP)
_SHELL = 128


class Ended(SystemExit):
    """A signal that ends the process; its exit status is the shell's: 143 or 129."""


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end what is within as Ctrl-C does.

    Processes that it started and files of its runs go, what is finished is kept. What the user set
    for these signals, as nohup does, stays.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _frame: object) -> None:
    for other in _ENDING:  # a second one would break into the clearing up
        if signal.getsignal(other) is _end:
            signal.signal(other, signal.SIG_IGN)
    raise Ended(_SHELL + number)


def was_ended(exit_status: int | None) -> bool:
    """Return whether a process ended by a signal that nobody here sent, or as `Ended`."""
    return exit_status is not None and (exit_status < 0 or exit_status - _SHELL in _ENDING)
