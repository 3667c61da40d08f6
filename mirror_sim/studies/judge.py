"""Does a control fall, as it must? Each is judged beside the grown Subjects of the same seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mirror_sim.analysis import chance
from mirror_sim.base.errors import unknown
from mirror_sim.studies.study import Control

# Below this share of the grown Subjects' guard, a low row says nothing.
FEWEST_LEFT = 0.5
# A control falls, as it must, if it keeps less than this share of the grown Subjects' row.
LARGEST_LEFT = 1 / 3

COLUMNS = (
    *("control", "row", "grown", "value", "difference", "low", "high", "detectable"),
    *("guard", "guard_grown", "guard_value", "n", "verdict"),
)


def check_rows(controls: Iterable[Control], rows: Iterable[str]) -> None:
    """Raise the error for the first control that names a row which a study does not give."""
    known = sorted(rows)
    for control in controls:
        for row in filter(None, (control.row, control.guard)):
            if row not in known:
                raise unknown("row", row, known, where=f"Control {control.name!r}")


def judge(found: pd.DataFrame, controls: Iterable[Control]) -> pd.DataFrame:
    """Judge controls over Subjects.

    A control "falls" if it keeps less than a third of the grown Subjects' row and, with several
    Subjects, the 95 % interval of the paired difference is above 0.

    Parameters
    ----------
    found : DataFrame
        One row a Subject and kind: columns ``subject_seed``, ``subject_kind`` ("grown" or a
        control's name) and the study's rows.
    controls : iterable of Control
        Those that are not in the table are left out.

    Returns
    -------
    DataFrame
        One row a control: the row that must fall; its mean over the grown Subjects (grown) and over
        the controls (value); their paired difference with its 95 % interval (low, high) and the
        smallest difference that would have been found (detectable); the guard and its means
        (guard_grown, guard_value); n, the Subjects; and the verdict: "falls", "does not fall", "no
        observation response" (the guard is under half of the grown Subjects'), "not measurable" or
        "nothing to lose" (the grown Subjects' row is not above 0).
    """
    rng = np.random.default_rng([0, 13])
    grown = found[found["subject_kind"] == "grown"].set_index("subject_seed")
    rows = []
    for control in controls:
        own = found[found["subject_kind"] == control.name].set_index("subject_seed")
        if own.empty:
            continue
        pair = grown.loc[own.index]
        before, after = pair[control.row].to_numpy(float), own[control.row].to_numpy(float)
        gap = chance.paired_difference(before, after, rng=rng)
        guard = control.guard
        row = {
            "control": control.name,
            "row": control.row,
            "grown": float(pair[control.row].mean()),
            "value": float(own[control.row].mean()),
            "difference": gap.mean,
            "low": gap.low,
            "high": gap.high,
            "detectable": gap.detectable,
            "guard": guard or "",
            "guard_grown": float(pair[guard].mean()) if guard else np.nan,
            "guard_value": float(own[guard].mean()) if guard else np.nan,
            "n": len(own),
        }
        rows.append({**row, "verdict": _verdict(row)})
    return pd.DataFrame(rows, columns=COLUMNS)


def _verdict(row: Mapping[str, Any]) -> str:
    if row["guard_value"] < FEWEST_LEFT * row["guard_grown"]:
        return "no observation response"
    if not np.isfinite(row["value"]) or not np.isfinite(row["grown"]):
        return "not measurable"
    if row["grown"] <= 0:
        return "nothing to lose"
    falls = row["value"] < LARGEST_LEFT * row["grown"] and (row["n"] == 1 or row["low"] > 0)
    return "falls" if falls else "does not fall"


def verdicts(table: pd.DataFrame) -> list[str]:
    """Format what `judge` returns, one line a control; of one Subject there is no interval."""
    return [_line(row) for row in table.itertuples()]


def _line(row: Any) -> str:
    numbers = f"(grown {row.grown:.3f}, difference {row.difference:.3f}"
    if row.n > 1:
        numbers += f" [{row.low:.3f}, {row.high:.3f}], detectable {row.detectable:.3f}"
    return (
        f"control {row.control:22} {row.row:12} {row.value:7.3f} {numbers}, n = {row.n}): "
        f"{row.verdict}"
    )
