"""The tables of ``report.html``: what stands in the CSV files, with what each row is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from mirror_sim.compare.scoreboard import COPY, interval, tally
from mirror_sim.figures.webpage import Table
from mirror_sim.studies.study import Results, Study

if TYPE_CHECKING:
    from mirror_sim.compare.fit import Fit

_MEANING = "what it is"
_BOARD = (
    "model: the mean over the Subjects that have the number, and its 95 % interval. n: how many "
    "they are.",
)
_PUBLISHED = (
    "inside: whether the model's mean lies in the published interval. calibrate: may be looked at "
    "while parameters are chosen. predict: may not. sanity: must hold for the other rows to mean "
    "anything.",
)
_OTHERS = (
    "The same rows in the controls. copy: in place of the model, each predict row has the "
    "published value of the nearest calibrate row.",
)
_CONTROLS = (
    "A control falls, as it must, if it keeps less than a third of the grown Subjects' row and, "
    "with several Subjects, the 95 % interval of the difference is above 0. detectable: the "
    "smallest difference that would have been found.",
    "no observation response: the guard is under half of the grown Subjects', so that a low row "
    "says nothing.",
)


def of_run(results: Results) -> Iterator[Table]:
    """Yield the tables of a study that was run."""
    yield from boards(results.table)
    means = _quantities(results.study)
    if len(results.controls):
        yield Table(title="Controls", lines=_controls(results.controls, means), notes=_CONTROLS)
    if len(results.dose):
        yield Table(title="Doses", lines=results.dose, shut=True)
    yield Table(title="Every Subject", lines=_every_subject(results.found, means), shut=True)


def of_sweep(study: Study, axes: Sequence[str], table: pd.DataFrame) -> Iterator[Table]:
    """Yield the tables of a sweep."""
    yield Table(
        title="Points",
        # What an axis leaves as it is, a control or a lesion, has an empty name.
        lines=table.assign(**{axis: table[axis].replace("", "none") for axis in axes}),
        said=[
            "A line is a Subject at a point of the grid, a column a row of the study. The axes "
            "change the circuit and the growth that stand below."
        ],
    )
    known = study.published()
    known = known[known["id"].isin(table.columns)]
    if len(known):
        published = [interval(*row) for row in known[["value", "low", "high"]].to_numpy(float)]
        means = [_quantity(row) for row in known.to_dict("records")]
        lines = pd.DataFrame({"row": known["id"], _MEANING: means, "published": published})
        yield Table(title="What the rows are", lines=lines, shut=True)


def of_fit(study: Study, found: Fit, finals: pd.DataFrame) -> Iterator[Table]:
    """Yield the tables of a fit."""
    rows = _with_meaning(found.rows.rename(columns={"id": "row"}), _quantities(study), at=1)
    said = ["The rows that were looked at: as published, at the start, and in the fit."]
    yield Table(title="Rows", lines=rows, said=said)
    if len(finals):
        yield Table(title="Settings that were measured again", lines=finals, shut=True)
    yield Table(title="All settings", lines=found.settings, shut=True)


def boards(table: pd.DataFrame) -> Iterator[Table]:
    """Yield the scoreboard of the grown Subjects, then that of all others."""
    kinds = table["subject_kind"]
    published = bool(table["published"].notna().any())
    yield Table(
        title="Scoreboard" if published else "Rows",
        lines=_board(table[kinds == "grown"]).drop(columns="Subjects"),
        said=tally(table[kinds.isin(["grown", COPY])]) if published else (),
        notes=[*_BOARD, *_PUBLISHED] if published else _BOARD,
    )
    others = table[kinds != "grown"]
    if len(others):
        # Controls may have none of the published rows.
        told = others[others["model"].notna() & (others["role"] != "")]["subject_kind"]
        counted = others[others["subject_kind"].isin(told) & (others["subject_kind"] != COPY)]
        yield Table(
            title="Scoreboard of controls and of a copy" if published else "Rows of controls",
            lines=_board(others),
            said=tally(counted),
            notes=_OTHERS if published else (),
            shut=True,
        )


def _board(table: pd.DataFrame) -> pd.DataFrame:
    numbers = {
        name: [
            interval(*row) for row in table[[name, f"{name}_low", f"{name}_high"]].to_numpy(float)
        ]
        for name in ("published", "model")
    }
    return pd.DataFrame(
        {
            "row": table["id"].to_numpy(),
            "Subjects": table["subject_kind"].to_numpy(),
            _MEANING: [_quantity(row) for row in table.to_dict("records")],
            "role": table["role"].to_numpy(),
            **numbers,
            "n": table["n"].to_numpy(),
            "inside": table["inside"].array,
            "published by": table["study"].where(table["published"].notna(), "").to_numpy(),
        }
    )


def _controls(table: pd.DataFrame, means: Mapping[str, str]) -> pd.DataFrame:
    difference = table[["difference", "low", "high"]].to_numpy(float)
    lines = table.rename(columns={"value": "left"}).drop(columns=["low", "high"])
    lines["difference"] = [interval(*row) for row in difference]
    verdicts = lines.pop("verdict")
    lines.insert(1, "verdict", verdicts)
    return _with_meaning(lines, means, at=3)


def _every_subject(found: pd.DataFrame, means: Mapping[str, str]) -> pd.DataFrame:
    """Return one line a row of the study and kind of Subject, with a column for each Subject."""
    kinds = {
        str(kind): own.set_index("subject_seed")
        for kind, own in found.groupby("subject_kind", sort=False)
    }
    lines = [
        {"row": row, "kind": kind, **{f"Subject {seed}": x for seed, x in own[row].items()}}
        for row in found.columns.drop(["subject_seed", "subject_kind"])
        for kind, own in kinds.items()
        if own[row].notna().any()
    ]
    return _with_meaning(pd.DataFrame(lines, columns=None if lines else ["row"]), means, at=1)


def _with_meaning(lines: pd.DataFrame, means: Mapping[str, str], *, at: int) -> pd.DataFrame:
    """Return a table with a column that says what its rows are."""
    lines = lines.copy()
    lines.insert(at, _MEANING, [means.get(row, "") for row in lines["row"]])
    return lines


def _quantities(study: Study) -> dict[str, str]:
    return {row["id"]: _quantity(row) for row in study.published().to_dict("records")}


def _quantity(row: Mapping[str, Any]) -> str:
    where = f"{row['area']}: " if row["area"] else ""
    return f"{where}{row['quantity']}" + (f" ({row['unit']})" if row["unit"] else "")
