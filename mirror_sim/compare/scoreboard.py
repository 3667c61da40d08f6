"""The one table of results: a study's rows beside the published ones, hit or miss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mirror_sim.analysis import chance
from mirror_sim.studies.study import Study

COLUMNS = (
    *("id", "study", "area", "quantity", "unit", "role", "level"),
    *("published", "published_low", "published_high"),
    *("model", "model_low", "model_high", "n", "inside", "subject_kind"),
)
COPY = "copy"
"""The kind whose predict rows are the published values of the nearest calibrate rows."""

_TEXTS = ("id", "study", "area", "quantity", "unit", "role", "level")


def scoreboard(study: Study, found: pd.DataFrame) -> pd.DataFrame:
    """Put every row of a study beside the published one, for each kind of Subject.

    Parameters
    ----------
    study : Study
    found : DataFrame
        One row a Subject: ``subject_kind``, and one column a row of the study.

    Returns
    -------
    DataFrame
        One row a quantity and kind, those of the targets first, with `COLUMNS`: the published value
        and interval (empty if nobody published it); the mean over the Subjects that have the
        number, its 95 % bootstrap interval over Subjects (empty for one Subject, which is an
        example) and their number n; and whether that mean lies in the published interval (empty if
        either is). The kind `COPY` fills each predict row with the published value of the calibrate
        row that is nearest to it, and leaves it empty where none has that quantity.
    """
    known = study.published()
    described = known.to_dict("records")
    ours = [name for name in found.columns if name not in ("subject_kind", "subject_seed")]
    described += [
        {"id": name, "study": study.name} for name in ours if name not in set(known["id"])
    ]
    rows = []
    for kind, table in found.groupby("subject_kind", sort=False):
        measured = set(table.columns[table.notna().any()])
        for row in described:
            if row.get("role") or row["id"] in measured:
                values = table[row["id"]].to_numpy(float) if row["id"] in table else np.empty(0)
                rows.append(_row(row, str(kind), values))
    value = known.set_index("id")["value"].to_dict()
    for row in known.to_dict("records"):
        if row["role"] in ("calibrate", "predict"):
            source = row["id"] if row["role"] == "calibrate" else row["nearest"]
            rows.append(_row(row, COPY, np.array([value[source]] if source else [], dtype=float)))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"inside": "boolean"})


def tally(table: pd.DataFrame) -> list[str]:
    """Count the hits of a scoreboard, one line a kind; rows without a model's number count apart.

    Rows of one id are told apart by their study. A control with none of these rows has no line.
    """
    table = table[table["role"] != ""].set_index(["study", "id"])
    copied = table[(table["subject_kind"] == COPY) & (table["role"] == "predict")]
    empty = copied["model"].isna()
    hard = {
        "a copy misses": copied.index[~copied["inside"].fillna(True)],
        "no copy can fill": copied.index[empty],
    }
    lines = []
    for kind, rows in table.groupby("subject_kind", sort=False):
        if kind not in ("grown", COPY) and rows["model"].isna().all():
            continue
        counts = [
            f"{_hits(part)} of {part['model'].notna().sum()} {role}{_empty(part)}"
            for role, part in rows.groupby("role", sort=True)
        ]
        if kind != COPY:
            counts += [
                f"{_hits(rows.loc[rows.index.isin(which)])} of the {len(which)} that {how}"
                for how, which in hard.items()
                if len(which)
            ]
        lines.append(f"{kind}: {', '.join(counts) or 'no published numbers'}")
    return lines


def lines(table: pd.DataFrame, *, kind: str = "grown") -> list[str]:
    """Format the rows of one kind for a terminal."""
    text = [f"{'':20}{'published':>24}{'model':>26}  inside"]
    marks = {True: "yes", False: "no"}
    for row in table[table["subject_kind"] == kind].itertuples():
        published = interval(row.published, row.published_low, row.published_high)
        model = interval(row.model, row.model_low, row.model_high)
        where = f"{row.area}: " if row.area else ""
        unit = f" ({row.unit})" if row.unit else ""
        inside = "" if pd.isna(row.inside) else marks[row.inside]
        text.append(f"{row.id:20}{published:>24}{model:>26}  {inside:8}{where}{row.quantity}{unit}")
    return text


def _hits(rows: pd.DataFrame) -> int:
    return int(rows["inside"].sum())


def _empty(rows: pd.DataFrame) -> str:
    n_empty = int(rows["model"].isna().sum())
    return f" ({n_empty} empty)" if n_empty else ""


def interval(value: float, low: float, high: float) -> str:
    """Format a number with its interval, if it has one; empty if there is no number."""
    if np.isnan(value):
        return ""
    return f"{value:.4g}" if np.isnan(low) else f"{value:.4g} [{low:.4g}, {high:.4g}]"


def _row(row: Mapping[str, Any], kind: str, values: np.ndarray) -> dict[str, Any]:
    mean, low, high = chance.bootstrap(values, rng=np.random.default_rng(19))
    published, low_end, high_end = (
        float(row.get(name, np.nan)) for name in ("value", "low", "high")
    )
    there = np.isfinite(mean) and np.isfinite(published)
    return {
        **{name: row.get(name, "") for name in _TEXTS},
        "published": published,
        "published_low": low_end,
        "published_high": high_end,
        "model": mean,
        "model_low": low,
        "model_high": high,
        "n": int(np.isfinite(values).sum()),
        "inside": bool(low_end <= mean <= high_end) if there else None,
        "subject_kind": kind,
    }
