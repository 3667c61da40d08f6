"""Error messages that name the value, the place and the valid choices."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
    names = list(valid)
    folded = {name.lower(): name for name in names}
    match = difflib.get_close_matches(str(value).lower(), folded, n=1, cutoff=0.4)
    hint = f" Did you mean {folded[match[0]]!r}?" if match else ""
    place = f" in {where}" if where else ""
    return ValueError(f"unknown {kind} {value!r}{place}.{hint} Valid: {', '.join(names)}")


def require_counts(**counts: int | None) -> None:
    """Raise a ValueError unless every number given is at least 1; None is no number.

    Examples
    --------
    >>> require_counts(n_subjects=2, jobs=0)
    Traceback (most recent call last):
    ValueError: jobs is 0; it must be at least 1
    """
    for name, count in counts.items():
        if count is not None and count < 1:
            raise ValueError(f"{name} is {count}; it must be at least 1")
