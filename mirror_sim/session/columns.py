"""Columns of a table in an NWB file, as a session can hold them."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mirror_sim.base.errors import unknown
from mirror_sim.session import tables
from mirror_sim.session.nwb import means_something_else
from mirror_sim.session.tables import EVENT, TRIAL_COLUMNS, UNIT_COLUMNS

if TYPE_CHECKING:
    from hdmf.common import DynamicTable, DynamicTableRegion

SPIKES = ("spike_times", "obs_intervals")
KINDS = {**UNIT_COLUMNS, **TRIAL_COLUMNS}
REQUIRED = {"units": tables.REQUIRED_OF_UNITS, "trials": tables.REQUIRED_OF_TRIALS}


class RefusedError(Exception):
    """A sound NWB file, or what was asked of it, does not make a session."""


class Columns(dict[str, Any]):
    """The columns of a table under our names, and what is to be told of them.

    Parameters
    ----------
    found : DynamicTable
    kind : {"units", "trials"}
    names : mapping of str to str
        Theirs to ours.

    Attributes
    ----------
    left_out : list of str
        Columns of theirs that a session cannot hold.
    descriptions : dict of str to str
        What the file says of each column, by our names.
    """

    def __init__(self, found: DynamicTable, kind: str, names: Mapping[str, str]) -> None:
        super().__init__()
        self.kind, self.names = kind, names
        self.left_out: list[str] = []
        self.descriptions: dict[str, str] = {}
        valid = ["id", *found.colnames]
        for theirs in names:
            if theirs not in valid:
                raise RefusedError(str(unknown("column", theirs, valid, where=f"its {kind}")))
        if len(found) == 0:
            raise RefusedError(f"it holds no session: its table of {kind} is empty")
        for theirs in valid:
            if theirs not in SPIKES and (theirs != "id" or theirs in names):
                self._take(found, theirs)

    def _take(self, found: DynamicTable, theirs: str) -> None:
        ours = self.names.get(theirs) or _word(theirs, self.kind)
        values = _values(found, theirs, as_area=self.names.get(theirs) == "area")
        if values is None and theirs in self.names:
            raise RefusedError(
                f"the column {theirs!r} of its {self.kind} holds several values, or references, a "
                "row; a column of a session holds one number, truth value or text"
            )
        if values is None:
            self.left_out.append(f"{self.kind}.{theirs}")
            return
        if ours in self or (theirs not in self.names and ours in self.names.values()):
            raise RefusedError(
                f"its {self.kind} have a column {theirs!r} of their own, and another would be "
                f"called {ours!r}; give it another name too: "
                f"from_nwb(..., {self.kind}={{{theirs!r}: ...}})"
            )
        self[ours] = _plain(values, KINDS.get(ours, ""))
        if theirs != "id":
            self.descriptions[ours] = str(found[theirs].description)
        self._require_kind(ours, theirs)

    def _require_kind(self, ours: str, theirs: str) -> None:
        """Raise the remedy where a column of the file means something else than ours does."""
        wanted = KINDS.get(ours)
        if ours.endswith(EVENT) and self.kind == "trials":
            wanted = "number"
        found = tables.kind_of(np.asarray(self[ours]))
        if wanted and found != wanted and (wanted, found) != ("number", "integer"):
            raise RefusedError(
                f"the column {theirs!r} of its {self.kind} holds {found}s, but {ours!r} is to hold "
                f"{wanted}s; give it another name: from_nwb(..., {self.kind}={{{theirs!r}: ...}})"
            )

    def require(self) -> None:
        """Raise what helps if a column is missing that a session cannot do without."""
        lacking = [name for name in REQUIRED[self.kind] if name not in self]
        if lacking:
            raise RefusedError(
                f"its {self.kind} lack {', '.join(lacking)}; name the columns that hold them, "
                f"Session.from_nwb(..., {self.kind}={{theirs: {lacking[0]!r}}}), or give one value "
                f"for all, defaults={{{lacking[0]!r}: ...}}. Columns: {', '.join(self)}"
            )


def _word(theirs: str, kind: str) -> str:
    """Return a name that is a word and is free in NWB: a column may be called anything there."""
    # As Python reads a name; a query is read so.
    name = unicodedata.normalize("NFKC", theirs)
    name = "".join(c if f"a{c}".isidentifier() else "_" for c in name)
    if not name.isidentifier():
        name = f"_{name}"
    return f"{name}_" if keyword.iskeyword(name) or means_something_else(name, kind) else name


def _values(
    found: DynamicTable, theirs: str, *, as_area: bool
) -> Sequence[Any] | np.ndarray | None:
    """Return one value a row, None where a session cannot hold the column."""
    from hdmf.common import DynamicTableRegion, EnumData, VectorIndex
    from pynwb.ecephys import ElectrodeGroup

    if theirs == "id":
        return np.asarray(found.id[:])
    column = found[theirs]
    # A column of several values a row has an index, and one of that, if they are nested.
    target = column.target if isinstance(column, VectorIndex) else column
    first = column[0]
    values: Sequence[Any] | np.ndarray | None = None
    if isinstance(target, DynamicTableRegion) and as_area:
        ends = np.asarray(column.data[:]) if target is not column else np.arange(len(column)) + 1
        values = _locations(target, ends.astype(np.int64))
    elif isinstance(column, EnumData):
        values = [str(element) for element in column[:]]
    elif isinstance(first, ElectrodeGroup):
        groups = [column[row] for row in range(len(column))]
        values = [str(group.location if as_area else group.name) for group in groups]
    elif isinstance(first, str | bytes | bool | int | float | np.generic) and target is column:
        values = np.asarray(column.data[:])
        values = values if values.ndim == 1 and values.dtype.kind in "biufOSU" else None
    return values


def _locations(region: DynamicTableRegion, ends: np.ndarray) -> list[str]:
    """Return where the electrodes of each unit lie; rows of a unit end at `ends`."""
    if "location" not in region.table.colnames:
        raise RefusedError("its electrodes have no location")
    places = [text(place) for place in region.table["location"].data[:]]
    rows = np.asarray(region.data[:], dtype=np.int64)
    spans = zip([0, *ends[:-1]], ends, strict=True)
    return ["/".join(sorted({places[row] for row in rows[a:b]})) for a, b in spans]


def _plain(values: Sequence[Any] | np.ndarray, kind: str) -> Sequence[Any] | np.ndarray:
    """Return the values as what the column is to hold, if they can be read so."""
    array = np.asarray(values)
    if array.dtype.kind in "OSU":
        return [text(value) if isinstance(value, bytes) else value for value in values]
    array = array.astype(array.dtype.newbyteorder("="))
    if kind == "text":
        return [_name(value) for value in array.tolist()]
    if kind == "truth value" and np.isin(array, (0, 1)).all():
        return array.astype(bool)
    if kind == "integer" and array.dtype.kind == "f" and (array % 1 == 0).all():
        return array.astype(np.int64)
    return array


def _name(code: float) -> str:
    """Return a number that stands for a name as a text, different for different numbers."""
    if np.isnan(code):
        return ""
    is_whole = isinstance(code, float) and code.is_integer()
    return str(int(code) if is_whole else code)


def text(value: Any) -> str:
    """Return a text, decoded if it is stored as bytes."""
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:  # of a program that knew no UTF-8
        return value.decode("latin-1")
