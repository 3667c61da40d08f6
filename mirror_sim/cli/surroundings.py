"""What commands and scripts share: the settings of other packages, errors as one sentence."""

from __future__ import annotations

import logging
import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from mirror_sim.base.files import check_writable
from mirror_sim.base.signals import Ended, ending_in_order

logger = logging.getLogger("mirror_sim")

USER_ERROR = 2
INTERRUPTED = 130


def settle() -> None:
    """Draw into files, and give other packages a cache where the home cannot be written to.

    To be called before they are imported. A notebook hands its children a matplotlib backend that
    they may not have. A container may have a home that cannot be written to, in which pynwb makes a
    folder as it is imported.
    """
    os.environ["MPLBACKEND"] = "Agg"
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].use("Agg")
    ours = os.environ.get("MIRROR_SIM_CACHE")
    if not ours or "XDG_CACHE_HOME" in os.environ:
        return
    try:
        check_writable(Path("~/.cache").expanduser())
    except (OSError, RuntimeError):  # it cannot be written to, or there is no home
        os.environ["XDG_CACHE_HOME"] = str(Path(ours).absolute() / "other")


def show(page: Path) -> bool:
    """Open a page in the browser, and return whether there is one.

    One that runs in the terminal, and would hold it, is taken only if ``BROWSER`` names it.
    """
    try:
        browser = webbrowser.get()
        in_terminal = type(browser) is webbrowser.GenericBrowser
        if in_terminal and not os.environ.get("BROWSER"):
            return False
        return browser.open(page.absolute().as_uri())
    except (webbrowser.Error, OSError):
        return False


def answered(command: Callable[[], object], program: str) -> int:
    """Run a command, and answer an error with one sentence in place of a traceback.

    Parameters
    ----------
    command : callable
        Returns its exit status, or None for 0.
    program : str
        The name that stands before the sentence.

    Returns
    -------
    int
        The exit status: the command's, 2 if something has to be changed or went wrong, 130 after
        Ctrl-C, 143 or 129 after SIGTERM or SIGHUP.
    """
    settle()
    try:
        with ending_in_order():
            status = command()
        return status if isinstance(status, int) else 0
    except BrokenPipeError:
        # Whoever read our output, `head` say, has seen enough; Python must not flush into it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError, RuntimeError, ImportError, MemoryError) as error:
        logger.debug("where it happened:", exc_info=True)
        print(f"{program}: {_sentence(error)}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print(f"{program}: interrupted; what was finished is kept", file=sys.stderr)
        return INTERRUPTED
    except Ended as ended:
        print(f"{program}: ended by a signal; what was finished is kept", file=sys.stderr)
        return int(ended.args[0])


def _sentence(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"there is not enough memory ({error}); ask for fewer cells, trials or jobs"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)
