"""Import other packages before the work that needs them, and say what helps if that fails."""

from __future__ import annotations

import importlib
from types import ModuleType

# Where a package's name for `pip` is not the one for `import`.
_ON_PIP = {"sklearn": "scikit-learn"}


def imported(name: str) -> ModuleType:
    """Import a package.

    Raises
    ------
    ImportError
        If that fails for any reason; the message says what to do.

    Examples
    --------
    >>> imported("no_such_package")
    Traceback (most recent call last):
    ImportError: no_such_package cannot be imported (No module named 'no_such_package'): \
pip install no_such_package
    """
    package = _ON_PIP.get(name, name)
    try:
        return importlib.import_module(name)
    except OSError as error:
        # pynwb makes a folder in the user's cache when it is imported.
        remedy = "set XDG_CACHE_HOME to a folder that can be written to"
        raise ImportError(f"{name} cannot be imported ({error}): {remedy}") from error
    except ModuleNotFoundError as error:
        raise ImportError(f"{name} cannot be imported ({error}): pip install {package}") from error
    except Exception as error:
        remedy = f"pip install --force-reinstall {package}"
        raise ImportError(f"{name} cannot be imported ({error}): {remedy}") from error
