"""A circuit as TOML, as a digest, as Markdown tables and as a table on the screen."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirror_sim.base.errors import unknown
from mirror_sim.circuit.parts import Cell, InputPopulation, Plasticity, Population, Projection

if TYPE_CHECKING:
    from mirror_sim.circuit.model import Circuit

FORMAT = "mirror_sim circuit 1"
# A TOML text cut short can be a valid smaller circuit, so a written file says where it ends.
BEGIN, END = "# Complete only with the line '# end'.", "# end"


def content(record: Any, *, sources: bool = True) -> dict[str, Any]:
    """Return a record as nested dicts and lists, with or without its `source` texts."""
    names = [entry.name for entry in fields(record) if sources or entry.name != "source"]
    return {name: _plain(getattr(record, name), sources) for name in names}


def _plain(value: Any, sources: bool) -> Any:
    if is_dataclass(value):
        return content(value, sources=sources)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return [_plain(item, sources) for item in value]
    return value


def digest(circuit: Circuit) -> str:
    """Return the SHA-256 of a circuit's content but its sources, as hexadecimal text."""
    text = json.dumps(content(circuit, sources=False), sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def toml_text(circuit: Circuit) -> str:
    """Return the circuit as TOML; each cell model stands there once."""
    values = content(circuit)
    cells: dict[str, Any] = {}
    for population in values["populations"]:
        if "cell" in population:
            cells[population["cell"]["name"]] = population["cell"]
            population["cell"] = population["cell"]["name"]
    tables = {
        "cells": list(cells.values()),
        "populations": values.pop("populations"),
        "projections": values.pop("projections"),
    }
    lines = [BEGIN, *_pairs({"format": FORMAT}), *_pairs(values)]
    for kind, rows in tables.items():
        for row in rows:
            plasticity = row.pop("plasticity", None)
            lines += ["", f"[[{kind}]]", *_pairs(row)]
            if plasticity is not None:
                lines += [f"[{kind}.plasticity]", *_pairs(plasticity)]
    return "\n".join([*lines, "", END]) + "\n"


def _pairs(values: Mapping[str, Any]) -> list[str]:
    # TOML has no word for a value that is not there.
    return [f"{name} = {_toml(value)}" for name, value in values.items() if value is not None]


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(_pairs(value)) + "}"
    if isinstance(value, str):
        # A JSON text is a TOML text, but that TOML wants the delete character escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def read_text(source: str | Path) -> tuple[str, str]:
    """Return a TOML text and how messages name it; a text that has lines, or none, is no path."""
    if isinstance(source, str):
        lines = "\n" in source or not source
        if lines or ("=" in source and not Path(source).exists()):
            return source, "circuit text"
    try:
        return Path(source).read_text(encoding="utf-8"), f"circuit file {source}"
    except UnicodeDecodeError as error:
        raise ValueError(f"circuit file {source} is not a text file in UTF-8") from error


def parse(text: str) -> dict[str, Any]:
    """Return the fields of the circuit that a TOML text holds.

    Raises
    ------
    ValueError
        If the text is no TOML, or not of a circuit.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"damaged TOML: {error}") from error
    found = values.pop("format", None)
    if found != FORMAT:
        raise ValueError(f"not a circuit that can be read: format is {found!r}, not {FORMAT!r}")
    lines = {line.strip() for line in text.split("\n")}
    if BEGIN in lines and END not in lines:
        raise ValueError(f"cut short: the line {END!r} is missing")
    cells: dict[str, Cell] = {}
    for table in _tables(values, "cells"):
        cell = Cell(**table)
        if cell.name in cells:
            raise ValueError(f"cell {cell.name!r} is declared twice")
        cells[cell.name] = cell
    values["populations"] = [_population(t, cells) for t in _tables(values, "populations")]
    values["projections"] = [_projection(t) for t in _tables(values, "projections")]
    return values


def _tables(values: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    rows = values.pop(kind, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{kind!r} must be tables, [[{kind}]]")
    return rows


def _population(table: dict[str, Any], cells: Mapping[str, Cell]) -> Population | InputPopulation:
    if "encodes" in table:
        return InputPopulation(**table)
    if isinstance(table.get("cell"), str):
        if table["cell"] not in cells:
            raise unknown("cell", table["cell"], cells, where=f"population {table.get('name')!r}")
        table["cell"] = cells[table["cell"]]
    return Population(**table)


def _projection(table: dict[str, Any]) -> Projection:
    plasticity = table.pop("plasticity", None)
    if plasticity is not None:
        if not isinstance(plasticity, dict):
            raise ValueError("'plasticity' must be a table, [projections.plasticity]")
        plasticity = Plasticity(**plasticity)
    return Projection(**table, plasticity=plasticity)


def headline(circuit: Circuit) -> str:
    """Return name and size of a circuit in one line."""
    n_inputs = sum(population.n for population in circuit.inputs)
    return (
        f"Circuit {circuit.name!r}: {len(circuit.areas)} areas, {circuit.n_cells} cells, "
        f"{n_inputs} input cells, {len(circuit.projections)} projections"
    )


def summary(circuit: Circuit) -> str:
    """Return a compact table for the screen."""
    populations = [
        ("population", "area", "n", "sign", "kind"),
        *((p.name, p.area, str(p.n), p.sign, _kind(p)) for p in circuit.populations),
    ]
    projections = [
        ("projection", "p", "in-degree", "weight nS", "delay ms", "synapse", "rule"),
        *(
            (
                p.name, f"{p.p:g}", str(circuit.in_degree(p)), f"{p.weight_nS:g}",
                f"{p.delay_ms:g}", p.synapse, p.plasticity.rule if p.plasticity else "-",
            )
            for p in circuit.projections
        ),
    ]  # fmt: skip
    blocks = [headline(circuit), *("\n".join(_aligned(t)) for t in (populations, projections))]
    return "\n\n".join(blocks)


def _kind(population: Population | InputPopulation) -> str:
    if isinstance(population, InputPopulation):
        return f"input: {population.encodes}"
    return f"{population.label} ({population.cell.name})"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()
