"""Frozen keyword-only dataclasses whose errors name the field, the value and the nearest match."""

from __future__ import annotations

import functools
import math
import numbers
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Any,
    NamedTuple,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from mirror_sim.base.errors import shown, unknown

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
    kind: Any = made

    @functools.wraps(plain)
    def checked(self: Any, /, *args: Any, **values: Any) -> None:
        place = _place(kind.__name__, values)
        if args:
            raise ValueError(f"{place} takes keywords only: {', '.join(field_names(kind))}")
        check_keywords(kind, values, place)
        missing = [name for name in required(kind) if name not in values]
        if missing:
            raise ValueError(
                f"{place} lacks {', '.join(missing)}. Fields: {', '.join(field_names(kind))}"
            )
        plain(self, **values)

    setattr(made, "__init__", checked)  # noqa: B010  (mypy refuses the plain assignment)
    return made


@functools.cache
def field_names(cls: Any) -> tuple[str, ...]:
    """Return the names of a record's fields."""
    return tuple(entry.name for entry in fields(cls))


@functools.cache
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
    owner: Any,
    place: str,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    *,
    may_be_empty: Collection[str] = ("source",),
) -> None:
    """Check every field of a record against its type and store it as a plain value.

    Numbers become plain ints and floats, lists become tuples.

    Parameters
    ----------
    owner : record
        Called from its ``__post_init__``.
    place : str
        How messages name it, e.g. ``"Cell 'RS'"``.
    ranges : mapping of field name to (lowest, highest)
        Bounds, both allowed, also of the numbers in a tuple. A number without one only has to be
        finite.
    may_be_empty : collection of str
        Fields whose text may be empty.
    """
    cls: Any = type(owner)
    kinds = _kinds(cls)
    for entry in fields(owner):
        value = checked_value(
            getattr(owner, entry.name),
            kinds[entry.name],
            f"{place}.{entry.name}",
            bounds=(ranges or {}).get(entry.name),
            may_be_empty=entry.name in may_be_empty,
        )
        object.__setattr__(owner, entry.name, value)


@functools.cache
def _kinds(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def checked_value(
    value: Any,
    kind: Any,
    name: str,
    *,
    bounds: tuple[float, float] | None = None,
    may_be_empty: bool = False,
) -> Any:
    """Return a value as its type annotation wants it, or raise what is wrong with it.

    Numbers become plain ints and floats, texts plain texts, what a tuple is annotated for a tuple,
    and what an array is annotated for an array of numbers.

    Parameters
    ----------
    value : object
    kind : type annotation
    name : str
        How messages name the value.
    bounds : (lowest, highest), optional
        Of numbers, also of those in a tuple or a mapping.
    may_be_empty : bool
        Whether a text may be empty.
    """
    return _checked(value, kind, _Place(name=name, bounds=bounds, may_be_empty=may_be_empty))


class _Place(NamedTuple):
    """Where a value stands, and what it may be besides its type."""

    name: str
    bounds: tuple[float, float] | None
    may_be_empty: bool


def _checked(value: Any, kind: Any, place: _Place) -> Any:
    """Return a plain value of the type of an annotation, or raise what is wrong with it."""
    kind, plain, inside = _parts(kind)
    check = _CHECKS.get(plain)
    if check is not None:
        return check(value, inside, place)
    if not _is_of(value, kind):
        kinds = "neither True nor False" if kind is bool else f"no {_name_of(kind)}"
        raise ValueError(f"{place.name} is {shown(value)}, which is {kinds}")
    return value


@functools.cache
def _parts(kind: Any) -> tuple[Any, Any, tuple[Any, ...]]:
    """Return what an annotation stands for, its class, and the annotations inside it."""
    kind = _meant(kind)
    return kind, get_origin(kind) or kind, get_args(kind) or _OF_ANYTHING.get(kind, ())


def _one_of(value: Any, kinds: Sequence[Any], place: _Place) -> Any:
    if value is None and NoneType in kinds:
        return None
    options = [kind for kind in kinds if kind is not NoneType]
    fitting = [kind for kind in options if _is_of(value, kind)]
    if not fitting and len(options) > 1:
        valid = " nor ".join(_name_of(kind) for kind in options)
        raise ValueError(f"{place.name} is {shown(value)}, which is neither {valid}")
    return _checked(value, (fitting or options)[0], place)


def _tuple(value: Any, kinds: Sequence[Any], place: _Place) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"{place.name} is {shown(value)}, which is no tuple")
    entries = tuple(value)
    each = list(kinds[:1]) * len(entries) if kinds[-1] is Ellipsis else list(kinds)
    if len(each) != len(entries):
        raise ValueError(f"{place.name} is {shown(value)}; it must have {len(each)} entries")
    return _entries(entries, each, place._replace(may_be_empty=False))


def _entries(entries: Sequence[Any], kinds: Sequence[Any], place: _Place) -> tuple[Any, ...]:
    return tuple(
        _checked(entry, kind, place._replace(name=f"{place.name}[{number}]"))
        for number, (entry, kind) in enumerate(zip(entries, kinds, strict=True))
    )


def _mapping(value: Any, kinds: Sequence[Any], place: _Place) -> Any:
    # It stays what it is: a record may remember more in it than a dict would.
    if not isinstance(value, Mapping):
        raise ValueError(f"{place.name} is {shown(value)}, which is no mapping")
    for key, entry in value.items():
        may = place._replace(may_be_empty=True)  # a name may be; who reads it knows whether
        _checked(key, kinds[0], may._replace(name=f"a key of {place.name}", bounds=None))
        _checked(entry, kinds[1], may._replace(name=f"{place.name}: {key}"))
    return value


def _sequence(value: Any, kinds: Sequence[Any], place: _Place) -> Any:
    if not _is_of(value, Sequence):
        raise ValueError(f"{place.name} is {shown(value)}, which is no list")
    (kind,) = kinds
    # Lists of labels are long, and nearly always right; each entry's place takes long to name.
    if kind is not Any and not (kind is str and all(isinstance(entry, str) for entry in value)):
        _iterable(value, kinds, place)
    return value


def _iterable(value: Any, kinds: Sequence[Any], place: _Place) -> tuple[Any, ...]:
    if isinstance(value, type | Mapping | str) or not isinstance(value, Iterable):
        raise ValueError(f"{place.name} is {shown(value)}, which is no list")
    entries = tuple(value)
    return _entries(entries, list(kinds) * len(entries), place._replace(may_be_empty=True))


def _array(value: Any, _kinds: Sequence[Any], place: _Place) -> np.ndarray:
    def wrong(why: str = "") -> ValueError:  # to show an array takes long
        return ValueError(f"{place.name} is {shown(value)}, which is no array of numbers{why}")

    if value is None or isinstance(value, type | Mapping | str):
        raise wrong()
    try:
        array = np.asarray(value)
        array = array.astype(float) if array.dtype.kind == "O" else array
    except (TypeError, ValueError) as error:
        raise wrong(f" ({error})") from None
    if array.dtype.kind not in "biuf":
        raise wrong()
    return array


def _number(value: Any, _kinds: Sequence[Any], place: _Place) -> float:
    return check_number(value, place.name, place.bounds)


def _whole(value: Any, _kinds: Sequence[Any], place: _Place) -> int:
    return check_whole(value, place.name, place.bounds)


def _meant(kind: Any) -> Any:
    """Return what an annotation stands for: newer numpys name their arrays by a type alias."""
    alias = get_origin(kind) or kind
    return _meant(alias.__value__) if hasattr(alias, "__value__") else kind


def _is_of(value: Any, kind: Any) -> bool:
    kind = _meant(kind)
    plain = get_origin(kind) or kind
    if plain is Any:
        return True
    if plain is Callable:
        return callable(value)
    if plain in (float, int):
        number = numbers.Real if plain is float else numbers.Integral
        return isinstance(value, number) and not isinstance(value, bool)
    if plain is Sequence:
        # Arrays and the columns of tables are lists too, though Python's own class knows none.
        listed = all(hasattr(value, name) for name in ("__len__", "__getitem__", "__iter__"))
        return listed and not isinstance(value, str | bytes | Mapping | type)
    return isinstance(value, plain)


def _name_of(kind: Any) -> str:
    kind = _meant(kind)
    plain = get_origin(kind) or kind
    names = {
        str: "text",
        Callable: "function",
        Mapping: "mapping",
        Sequence: "list",
        Path: "path",
        np.ndarray: "array",
        np.random.Generator: "random generator, as numpy.random.default_rng(1) is",
    }
    return names.get(plain, getattr(plain, "__name__", str(plain)))


def check_number(value: object, where: str, bounds: tuple[float, float] | None = None) -> float:
    """Return the value as a finite float within the bounds, or raise what is wrong with it."""
    # Nearly all are plain floats, and abstract classes take long to tell.
    if type(value) is not float:
        _no_quantity(value, where)
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise ValueError(f"{where} is {shown(value)}, which is not a number")
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
    if type(value) is not int:
        _no_quantity(value, where)
        if isinstance(value, bool) or not isinstance(value, numbers.Integral):
            raise ValueError(f"{where} is {shown(value)}, which is not a whole number")
    _within(int(value), where, bounds)
    return int(value)


def _text(value: Any, _kinds: Sequence[Any], place: _Place) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{place.name} is {shown(value)}, which is not a text")
    if not value and not place.may_be_empty:
        raise ValueError(f"{place.name} is empty; it needs a text")
    return str(value)


# What is inside of an annotation that says nothing of it, as in a record of a user's.
_OF_ANYTHING: dict[Any, tuple[Any, ...]] = {
    tuple: (Any, ...),
    Mapping: (Any, Any),
    Sequence: (Any,),
    Iterable: (Any,),
}

_CHECKS: dict[Any, Callable[[Any, Sequence[Any], _Place], Any]] = {
    float: _number,
    int: _whole,
    str: _text,
    Union: _one_of,
    UnionType: _one_of,
    tuple: _tuple,
    Mapping: _mapping,
    Sequence: _sequence,
    Iterable: _iterable,
    np.ndarray: _array,
}
"""How a value of each class of annotations is checked; of all others only the class is."""


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


class Frozen(Mapping[str, T]):
    """Named values, sorted by name, that cannot change and so can be hashed and pickled.

    Examples
    --------
    >>> Frozen({"tau_ms": 20.0, "decay": 2.0})
    {'decay': 2.0, 'tau_ms': 20.0}
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, T]) -> None:
        self._items = tuple(sorted(items.items()))

    def __getitem__(self, name: str) -> T:
        return dict(self._items)[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return repr(dict(self._items))
