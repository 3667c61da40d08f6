"""Where functions and classes of users come from: their source is part of every key.

A result must not be reused once the code that shaped it has changed. What the package itself holds
is covered by `mirror_sim.base.cache.code_digest`; for anything else the whole file counts, since a
function may rest on others in it. Modules that the file imports are not looked into.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from mirror_sim.base.arguments import CHECKED
from mirror_sim.base.errors import unknown

_PACKAGE = Path(__file__).parent.parent
_PREFIX = "_mirror_sim_file_"
_loaded: dict[str, Path] = {}


@functools.cache
def identity(code: Any) -> str:
    """Return a function's or class's name, with a digest of its file if that is a user's.

    Raises
    ------
    ValueError
        If it was not written with ``def`` or ``class`` at the top level of a file.

    Examples
    --------
    >>> identity(content)
    'mirror_sim.base.sources.content'
    """
    code = getattr(code, "__wrapped__") if hasattr(code, CHECKED) else code  # noqa: B009
    name = getattr(code, "__qualname__", "<")
    # Methods, wrapped functions and closures hold values that no file tells.
    if inspect.ismethod(code) or getattr(code, "__closure__", None) or hasattr(code, "__wrapped__"):
        name = "<"
    try:
        file = inspect.getsourcefile(code)
    except TypeError:
        file = None
    if "<" in name or not file or not Path(file).is_file():
        raise ValueError(
            f"{code!r} has no name in a file, so its source cannot be part of a key; define it "
            "with `def` or `class` at the top level of a file"
        )
    path = Path(file).resolve()
    if path.is_relative_to(_PACKAGE):
        return f"{code.__module__}.{name}"
    # Neither the module's name nor the place of the file: a worker sees others.
    return f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()[:32]}"


def content(value: Any) -> Any:
    """Return a record as nested lists and dicts of plain values, for keys and for tables.

    Texts named ``source`` do not count. A function or a class outside the package stands by its
    `identity`.
    """
    if is_dataclass(value) and not isinstance(value, type):
        inside = {
            entry.name: content(getattr(value, entry.name))
            for entry in fields(value)
            if entry.name != "source"
        }
        return {"": identity(type(value)), **inside}
    if isinstance(value, Mapping):
        return {str(name): content(entry) for name, entry in value.items()}
    if isinstance(value, tuple | list):
        return [content(entry) for entry in value]
    if callable(value):
        return identity(value)
    return value


def load(place: str, *, what: str) -> Any:
    """Return an object by its place: ``"package.module:NAME"`` or ``"path/to/file.py:NAME"``.

    Parameters
    ----------
    place : str
    what : str
        What is looked for, as messages call it.

    Raises
    ------
    ValueError
        If there is no such module, file or name.
    """
    home, colon, name = place.rpartition(":")
    if not colon or not home or not name:
        raise ValueError(f"{what} {place!r} is not MODULE:NAME or FILE.py:NAME")
    try:
        module = _of_file(Path(home)) if home.endswith(".py") else importlib.import_module(home)
    except ModuleNotFoundError as error:
        raise ValueError(f"{what} {place!r}: {error}") from error
    except ValueError:
        raise
    except Exception as error:  # whatever a user's file does
        said = f"{type(error).__name__}: {error}"
        raise ValueError(f"{what} {place!r}: {home} cannot be imported: {said}") from error
    if not hasattr(module, name):
        names = [found for found in vars(module) if not found.startswith("_")]
        raise unknown("name", name, names, where=home)
    return getattr(module, name)


def _of_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    path = path.resolve()
    name = f"{_PREFIX}{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        _loaded[name] = path
    return sys.modules[name]


def loaded_files() -> tuple[str, ...]:
    """Return the files that `load` has read, so that another process can read them too.

    A file that is gone since is left out: nothing of it need be in what the other process does.
    """
    return tuple(str(path) for path in _loaded.values() if path.is_file())


def load_files(paths: Sequence[str]) -> None:
    """Read files that `load` read in the process that started this one."""
    for path in paths:
        _of_file(Path(path))
