"""Named things that a user may add to: learning rules, senses, studies."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from mirror_sim.base.errors import unknown

T = TypeVar("T")

_REGISTRIES: dict[type, Registry[Any]] = {}


class Registry(Generic[T]):
    """Records of one class by their ``name``.

    Parameters
    ----------
    kind : str
        What messages call one, e.g. ``"learning rule"``.
    record : type
        The class of the records; it has a field ``name``.
    """

    def __init__(self, kind: str, record: type[T]) -> None:
        self.kind = kind
        self._known: dict[str, T] = {}
        _REGISTRIES[record] = self

    def add(self, record: T) -> T:
        """Make a record available by its name; one of that name is replaced."""
        self._known[str(getattr(record, "name"))] = record  # noqa: B009 (T declares no fields)
        return record

    def get(self, name: str, *, where: str = "") -> T:
        """Return the record of this name.

        Raises
        ------
        ValueError
            If there is none; the message names the nearest.
        """
        if name not in self._known:
            raise unknown(self.kind, name, sorted(self._known), where=where)
        return self._known[name]

    def names(self) -> tuple[str, ...]:
        """Return the names that are known, sorted."""
        return tuple(sorted(self._known))

    def __contains__(self, name: object) -> bool:
        return name in self._known


def register(record: T) -> T:
    """Make a learning rule, a sense or a study of your own available by its name.

    Parameters
    ----------
    record : Rule, Sense or Study
        A rule or sense of a name that exists already is replaced; two studies of one name are
        refused.

    Returns
    -------
    The record.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    for kind, registry in _REGISTRIES.items():
        if isinstance(record, kind):
            return registry.add(record)
    valid = ", ".join(kind.__name__ for kind in _REGISTRIES)
    raise ValueError(f"{record!r} cannot be registered; it must be one of: {valid}")
