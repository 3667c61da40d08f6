"""Frozen keyword-only dataclasses whose errors name the field, the value and the nearest match."""

from __future__ import annotations

import functools
import math
import numbers
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

from mirror_sim.base.errors import unknown

T = TypeVar("T")

_UNITS = {"pF": "pF", "nS": "nS", "mV": "mV", "pA": "pA", "ms": "ms", "hz": "spikes/s"}


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make a frozen keyword-only dataclass that checks the names of its keywords.

    A wrong or missing keyword is a `ValueError` which lists the fields and, for a wrong one, names
    the nearest: ``delay=3`` is answered with ``delay_ms``.
    """
    made = dataclass(frozen=True, kw_only=True)(cls)
    plain = made.__init__

    @functools.wraps(plain)
    def checked(self: Any, /, *args: Any, **values: Any) -> None:
        place = _place(made.__name__, values)
        if args:
            raise ValueError(f"{place} takes keywords only: {', '.join(field_names(made))}")
        check_keywords(made, values, place)
        missing = [name for name in required(made) if name not in values]
        if missing:
            raise ValueError(
                f"{place} lacks {', '.join(missing)}. Fields: {', '.join(field_names(made))}"
            )
        plain(self, **values)

    setattr(made, "__init__", checked)  # noqa: B010  (mypy refuses the plain assignment)
    return made


def field_names(cls: Any) -> tuple[str, ...]:
    """Return the names of a record's fields."""
    return tuple(entry.name for entry in fields(cls))


def required(cls: Any) -> tuple[str, ...]:
    """Return the names of the fields without a default."""
    return tuple(
        entry.name
        for entry in fields(cls)
        if entry.default is MISSING and entry.default_factory is MISSING
    )


def check_keywords(cls: type, names: Iterable[str], place: str) -> None:
    """Raise the error for the first name that is no field of the record."""
    for name in names:
        if name not in field_names(cls):
            raise unknown("field", name, field_names(cls), where=place)


def check_fields(
    owner: Any, place: str, ranges: Mapping[str, tuple[float, float]] | None = None
) -> None:
    """Check every text and number of a record and store it as a plain str, int or float.

    Parameters
    ----------
    owner : record
        Called from its ``__post_init__``.
    place : str
        How messages name it, e.g. ``"Cell 'RS'"``.
    ranges : mapping of field name to (lowest, highest)
        Bounds, both allowed. A number without one only has to be finite.
    """
    for entry in fields(owner):
        value = getattr(owner, entry.name)
        where = f"{place}.{entry.name}"
        bounds = (ranges or {}).get(entry.name)
        if entry.type == "float":
            value = check_number(value, where, bounds)
        elif entry.type == "int":
            value = check_whole(value, where, bounds)
        elif entry.type == "str":
            value = _text(value, where, may_be_empty=entry.name == "source")
        object.__setattr__(owner, entry.name, value)


def check_number(value: object, where: str, bounds: tuple[float, float] | None = None) -> float:
    """Return the value as a finite float within the bounds, or raise what is wrong with it."""
    _no_quantity(value, where)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ValueError(f"{where} is {value!r}, which is not a number")
    try:
        plain = float(value) + 0.0  # -0.0 becomes 0.0, so that equal circuits have equal digests
    except OverflowError:
        plain = math.inf
    if not math.isfinite(plain):
        raise ValueError(f"{where} is {plain}, which is not a finite number")
    _within(plain, where, bounds)
    return plain


def check_whole(value: object, where: str, bounds: tuple[float, float] | None) -> int:
    """Return the value as an int within the bounds, or raise what is wrong with it."""
    _no_quantity(value, where)
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ValueError(f"{where} is {value!r}, which is not a whole number")
    _within(int(value), where, bounds)
    return int(value)


def _text(value: object, where: str, *, may_be_empty: bool) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where} is {value!r}, which is not a text")
    if not value and not may_be_empty:
        raise ValueError(f"{where} is empty")
    return str(value)


def _within(value: float, where: str, bounds: tuple[float, float] | None) -> None:
    if bounds is not None and not bounds[0] <= value <= bounds[1]:
        unit = f" {_unit(where)}" if _unit(where) else ""
        raise ValueError(
            f"{where} is {value}, outside the plausible range {bounds[0]:g} to {bounds[1]:g}{unit}"
        )


def _no_quantity(value: object, where: str) -> None:
    # Brian2's quantities are recognised by what they carry: importing Brian2 takes a second.
    if hasattr(value, "dim") or hasattr(value, "dimensions"):
        unit = _unit(where)
        number = f"a plain float in {unit}" if unit else "a plain number"
        raise ValueError(f"{where} is the quantity {value}; pass {number}")


def _unit(where: str) -> str:
    return _UNITS.get(where.rpartition("_")[2], "")


def _place(kind: str, values: Mapping[str, Any]) -> str:
    if "name" in values:
        return f"{kind} {values['name']!r}"
    if "pre" in values and "post" in values:
        return f"{kind} '{values['pre']} -> {values['post']}'"
    return kind


class Floats(Mapping[str, float]):
    """Named numbers, sorted by name, that cannot change and so can be hashed and pickled.

    Examples
    --------
    >>> Floats({"tau_ms": 20.0, "decay": 2.0})
    {'decay': 2.0, 'tau_ms': 20.0}
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, float]) -> None:
        self._items = tuple(sorted(items.items()))

    def __getitem__(self, name: str) -> float:
        return dict(self._items)[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(dict(self._items))
