"""Which rows of a table a mask, a list of row numbers or a query chooses."""

from __future__ import annotations

import ast
import unicodedata

import numpy as np
import pandas as pd

from mirror_sim.base.errors import unknown

# What a query may be made of. Attributes, calls and indices, by which pandas' own language reaches
# any Python code, are not among it.
_ALLOWED = (
    *(ast.Expression, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple),
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.Invert, ast.USub, ast.UAdd),
    *(ast.BinOp, ast.BitAnd, ast.BitOr, ast.Add, ast.Sub, ast.Mult, ast.Div),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
)
_MOST_CHARACTERS = 10_000
_FAILURES = (
    *(TypeError, ValueError, NotImplementedError, ArithmeticError),
    *(RecursionError, MemoryError),
)


def chosen_rows(choice: object, table: pd.DataFrame, name: str) -> np.ndarray:
    """Return the row numbers that a mask, a list of row numbers or a query chooses."""
    place = f"select({name}=...)"
    if isinstance(choice, str):
        place = f"select({name}={choice[:80]!r})"
        choice = _answer(choice, table, place)
    chosen = np.asarray(choice)
    if chosen.ndim != 1:
        raise ValueError(f"{place} is of shape {chosen.shape}; give a mask or row numbers")
    if len(chosen) == 0:
        chosen = chosen.astype(bool if len(table) == 0 else np.int64)
    if chosen.dtype == bool:
        if len(chosen) != len(table):
            raise ValueError(f"{place}: the mask has {len(chosen)} values for {len(table)} rows")
        return np.flatnonzero(chosen)
    if chosen.dtype.kind not in "iu":
        raise ValueError(f"{place} is of type {chosen.dtype}; give a mask or row numbers")
    stray = chosen[(chosen < 0) | (chosen >= len(table))]
    if len(stray):
        raise ValueError(f"{place}: there is no row {stray[0]}; there are {len(table)}")
    return chosen


def _answer(query: str, table: pd.DataFrame, place: str) -> object:
    """Evaluate a query whose every part is allowed."""
    if len(query) > _MOST_CHARACTERS:
        raise ValueError(f"{place} has {len(query)} characters; at most {_MOST_CHARACTERS}")
    # As Python reads a name, in which a micro sign is a Greek letter.
    table = table.rename(columns=lambda name: unicodedata.normalize("NFKC", name))
    columns = ", ".join(table.columns)
    try:
        tree = ast.parse(query.strip(), mode="eval")
        whole = ast.unparse(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"{place} is not an expression of columns: {error}") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in table.columns:
            raise unknown("column", node.id, table.columns, where=place)
        if not isinstance(node, _ALLOWED):
            raise ValueError(
                f"{place} holds {ast.unparse(node)[:80]!r}; a query compares columns with numbers, "
                f"texts and lists of them, joined by and, or and not. Columns: {columns}"
            )
    try:
        answer = np.asarray(table.eval(whole))
    except _FAILURES as error:
        raise ValueError(f"{place}: {error}. Columns: {columns}") from error
    if answer.shape != (len(table),) or answer.dtype != bool:
        raise ValueError(
            f"{place} answers with {answer.dtype} of shape {answer.shape}; a query must be true or "
            "false for each row, so compare: good == 1"
        )
    return answer
