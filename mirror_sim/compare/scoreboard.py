"""Every published number beside the model's, hit or miss, and what a mere copy would score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from mirror_sim.analysis import chance
from mirror_sim.studies.targets import targets

COLUMNS = (
    *("id", "study", "area", "quantity", "role", "level", "published", "low", "high"),
    *("model", "model_low", "model_high", "inside", "subject_kind"),
)
COPY = "copy"
# The calibrate row that says most about a predict row; of J7 and J10 it is F5's of the same name.
NEAREST: Mapping[str, str] = {
    "J3": "J2",
    "J5": "J1",
    "V1": "J2",
    "V2": "J7.F5.PG.FF",
    "K1": "J1",
    "K2": "J7.F5.PG.SS",
}

# Spiking variability at baseline: quantity, column of `baseline_variability`, range.
_SANITY = {
    "CV": ("coefficient of variation of interspike intervals", "isi_cv", 0.6, 1.3),
    "Fano": ("Fano factor in 0.5 s", "fano", 0.7, 2.0),
    "pairs": ("mean pairwise correlation of counts", "pairwise_correlation", -0.1, 0.1),
    "rate": ("mean rate, spikes/s", "mean_rate_hz", 0.5, 20.0),
}
# Of the recorded F5 units (Jerjian et al. 2020): median 8.6 spikes/s +- 30 %, SD over mean.
_SANITY_F5 = {
    "median": ("median rate, spikes/s", "median_rate_hz", 6.02, 11.18),
    "spread": ("SD over mean of rates", "sd_over_mean", 0.6, 1.2),
}


def sanity_rows(variability: pd.DataFrame) -> dict[str, float]:
    """Return the values of the sanity rows from `mirror_sim.analysis.baseline_variability`.

    Examples
    --------
    >>> table = pd.DataFrame({"area": ["M1"], "isi_cv": [0.9], "fano": [1.1],
    ...                       "pairwise_correlation": [0.01], "mean_rate_hz": [9.0]})
    >>> sanity_rows(table)["S.Fano.M1"]
    1.1
    """
    found = {}
    for area, row in variability.set_index("area").iterrows():
        ranges = _SANITY | _SANITY_F5 if area == "F5" else _SANITY
        for name, (_, column, _, _) in ranges.items():
            found[f"S.{name}.{area}"] = float(row[column])
    return found


def scoreboard(found: pd.DataFrame) -> pd.DataFrame:
    """Put every published row beside each kind of Subject, and beside a copy.

    The kind `COPY` fills each predict row with the published value of the calibrate row that is
    nearest to it, and leaves it empty where no calibrate row has that quantity.

    Parameters
    ----------
    found : DataFrame
        One row a Subject: ``subject_kind``, and one column a row of the targets or of
        `sanity_rows`; a missing value is a row that this Subject cannot fill.

    Returns
    -------
    DataFrame
        One row a published or sanity row and kind, with `COLUMNS`: the published value and
        interval, the mean over Subjects with its 95 % interval (empty for one Subject), and
        whether that mean lies inside.
    """
    rows = []
    published = pd.concat([targets(), pd.DataFrame(_sanity_targets(found))], ignore_index=True)
    for kind, table in found.groupby("subject_kind", sort=False):
        for row in published.to_dict("records"):
            values = table[row["id"]].to_numpy(float) if row["id"] in table else np.empty(0)
            rows.append(_row(row, str(kind), values))
    value = published.set_index("id")["value"]
    for row in published.to_dict("records"):
        if row["role"] != "sanity":
            source = row["id"] if row["role"] == "calibrate" else nearest(row["id"])
            rows.append(_row(row, COPY, np.array([value[source]] if source else [])))
    return pd.DataFrame(rows, columns=COLUMNS)


def nearest(row: str) -> str | None:
    """Return the calibrate row that a predict row may be copied from, or None.

    Examples
    --------
    >>> nearest("J7.M1-PTN.WHG.SS"), nearest("J15.F5")
    ('J7.F5.PG.SS', None)
    """
    number, *parts = row.split(".")
    if number == "J7":
        return f"J7.F5.PG.{parts[-1]}"
    if number == "J10":
        return f"J10.F5.{parts[-1]}"
    return NEAREST.get(row)


def tally(table: pd.DataFrame) -> str:
    """Count the hits of a scoreboard in a few lines."""
    lines = []
    copied = table[(table["subject_kind"] == COPY) & (table["role"] == "predict")]
    empty = copied["model"].isna()
    missed = {
        "a copy misses": set(copied.loc[~copied["inside"] & ~empty, "id"]),
        "no copy can fill": set(copied.loc[empty, "id"]),
    }
    for kind, rows in table.groupby("subject_kind", sort=False):
        counts = [
            f"{int(part['inside'].sum())} of {len(part)} {role}"
            for role, part in rows.groupby("role", sort=True)
        ]
        hits = set(rows.loc[rows["inside"], "id"])
        counts += [
            f"{len(hard & hits)} of the {len(hard)} that {how}" for how, hard in missed.items()
        ]
        lines.append(f"{kind}: {', '.join(counts)}")
    return "\n".join(lines)


def _sanity_targets(found: pd.DataFrame) -> Iterator[dict[str, object]]:
    for column in found.columns:
        if not str(column).startswith("S."):
            continue
        _, name, area = str(column).split(".", 2)
        quantity, _, low, high = (_SANITY | _SANITY_F5)[name]
        yield {
            "id": column,
            "study": "spiking variability of cortex",
            "area": area,
            "quantity": quantity,
            "value": (low + high) / 2,
            "low": low,
            "high": high,
            "level": "working range",
            "role": "sanity",
        }


def _row(row: Mapping[str, object], kind: str, values: np.ndarray) -> dict[str, object]:
    mean, low, high = chance.bootstrap(values, rng=np.random.default_rng(19))
    return {
        **{name: row[name] for name in ("id", "study", "area", "quantity", "role", "level")},
        "published": row["value"],
        "low": row["low"],
        "high": row["high"],
        "model": mean,
        "model_low": low,
        "model_high": high,
        "inside": bool(float(str(row["low"])) <= mean <= float(str(row["high"]))),
        "subject_kind": kind,
    }
