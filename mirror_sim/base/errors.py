"""Error messages that name the value, the place and the valid choices."""

from __future__ import annotations

import difflib
import numbers
from collections.abc import Iterable

LONGEST = 80
"""Characters of a value that messages show."""

MOST = 1_000_000
"""No count of turns, processes or the like is larger."""


def unknown(kind: str, value: object, valid: Iterable[str], *, where: str = "") -> ValueError:
    """Build the error for a name that is not among the valid ones.

    Parameters
    ----------
    kind : str
        What the name stands for, e.g. ``"action"``.
    value : object
        The offending value.
    valid : iterable of str
        The names that exist.
    where : str
        The place in which the name was used.

    Returns
    -------
    ValueError
        To be raised by the caller.

    Examples
    --------
    >>> print(unknown("area", "F4", ["F5", "PFG"]))
    unknown area 'F4'. Did you mean 'F5'? Valid: F5, PFG
    """
    names = [str(name) for name in valid]
    folded = {name.lower(): name for name in names}
    match = difflib.get_close_matches(str(value).lower(), folded, n=1, cutoff=0.4)
    hint = f" Did you mean {folded[match[0]]!r}?" if match else ""
    place = f" in {where}" if where else ""
    return ValueError(
        f"unknown {kind} {shown(value)}{place}.{hint} Valid: {', '.join(names) or 'none'}"
    )


def shown(value: object) -> str:
    """Return a value as messages show it: in one line, and not a whole table.

    Examples
    --------
    >>> shown("F5"), len(shown(list(range(1000))))
    ("'F5'", 80)
    """
    line = " ".join(repr(value).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."


def require_columns(columns: Iterable[str], names: Iterable[str], where: str) -> None:
    """Raise a ValueError unless a table has these columns.

    Examples
    --------
    >>> require_columns(["area"], ["area", "cell_type"], "groups: units")
    Traceback (most recent call last):
    ValueError: groups: units lacks the column cell_type; it has area
    """
    known = [str(column) for column in columns]
    for name in names:
        if name not in known:
            raise ValueError(f"{where} lacks the column {name}; it has {', '.join(known)}")


def require_counts(**counts: int | None) -> None:
    """Raise a ValueError unless every number given is whole and 1 to `MOST`; None is no number.

    Examples
    --------
    >>> require_counts(n_subjects=2, jobs=0)
    Traceback (most recent call last):
    ValueError: jobs is 0; it must be at least 1
    """
    for name, count in counts.items():
        if count is None:
            continue
        if isinstance(count, bool) or not isinstance(count, numbers.Integral):
            raise ValueError(f"{name} is {shown(count)}, which is not a whole number")
        if count < 1:
            raise ValueError(f"{name} is {count}; it must be at least 1")
        if count > MOST:
            raise ValueError(f"{name} is {count}; it can be at most {MOST}")


class DivergedError(RuntimeError):
    """A simulation grew beyond all numbers: its circuit or rule asks for what cannot be."""
