"""The scoreboard counts hits as hits, and a copy of the calibrate rows for what it is worth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mirror_sim.compare.report import Setup
from mirror_sim.compare.scoreboard import COLUMNS, COPY, lines, scoreboard, tally
from mirror_sim.compare.validation import validate
from mirror_sim.figures import scoreboard as figure
from mirror_sim.studies.observed_vs_performed import STUDY
from mirror_sim.studies.targets import targets


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    published = targets().set_index("id")["value"]
    subjects = [
        {"subject_kind": "grown", "subject_seed": 1, **(published * scale).to_dict()}
        for scale in (0.99, 1.01)
    ]
    for subject in subjects:
        subject |= {"J15.F5": 0.9, "S.CV.M1": 1.4, "own": 3.0, "overlap": 0.05}
        del subject["J13.F5"]
    return scoreboard(STUDY, pd.DataFrame(subjects))


def test_every_published_row_stands_there_once_for_each_kind(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == COLUMNS
    assert table.groupby("subject_kind").size().to_dict() == {"grown": 86, COPY: 66}
    grown = table[table["subject_kind"] == "grown"]
    assert grown.loc[grown["role"] != "", "id"].tolist() == targets()["id"].tolist()
    assert grown["id"].is_unique


def test_what_nobody_published_stands_there_too(table: pd.DataFrame) -> None:
    rows = table.set_index("id")
    described, own = rows.loc["overlap"], rows.loc["own"]
    assert (described["quantity"], described["unit"]) == ("the same, above chance", "share")
    assert (own["study"], own["quantity"], own["role"]) == (STUDY.name, "", "")
    assert (own["model"], own["n"]) == (3.0, 2)
    for row in (described, own):
        assert np.isnan(row["published"])
        assert row["inside"] is pd.NA


def test_hits_misses_and_rows_without_a_value(table: pd.DataFrame) -> None:
    grown = table[table["subject_kind"] == "grown"].set_index("id")
    assert grown.index[~grown["inside"].fillna(True)].tolist() == ["S.CV.M1", "J15.F5"]
    empty = grown.loc["J13.F5"]
    assert np.isnan(empty["model"])
    assert (empty["inside"], empty["n"]) == (pd.NA, 0)
    assert grown.loc["G1", "model"] == pytest.approx(17.3)
    assert grown.loc["G1", "model_low"] <= 17.3 <= grown.loc["G1", "model_high"]


def test_one_subject_has_no_interval() -> None:
    found = pd.DataFrame({"subject_kind": ["grown"], "subject_seed": [1], "G1": [18.0]})
    row = scoreboard(STUDY, found).set_index("id").loc["G1"].iloc[0]
    assert (row["model"], row["n"], row["inside"]) == (18.0, 1, True)
    assert np.isnan(row[["model_low", "model_high"]].astype(float)).all()


def test_a_written_scoreboard_reads_back(table: pd.DataFrame, tmp_path: Path) -> None:
    table.to_csv(tmp_path / "table.csv", index=False)
    read = pd.read_csv(tmp_path / "table.csv", dtype={"inside": "boolean"}, keep_default_na=False,
                       na_values={name: [""] for name in COLUMNS[7:15]})  # fmt: skip
    pd.testing.assert_frame_equal(read, table, check_dtype=False)


def test_a_copy_misses_what_calibration_says_nothing_about(table: pd.DataFrame) -> None:
    copy = table[table["subject_kind"] == COPY].set_index("id")
    assert copy.loc[copy["role"] == "calibrate", "inside"].all()
    predicted = copy[copy["role"] == "predict"]
    assert (len(predicted), predicted["inside"].sum()) == (44, 23)
    assert copy["model"]["J7.M1-PTN.WHG.SS"] == copy["published"]["J7.F5.PG.SS"]
    assert np.isnan(copy.loc["J8.F5", "model"])


def test_tally_counts_by_role_and_beyond_the_copy(table: pd.DataFrame) -> None:
    grown, copy = tally(table)
    assert grown == (
        "grown: 22 of 22 calibrate, 42 of 43 predict (1 empty), 17 of 18 sanity, 5 of the 5 that a "
        "copy misses, 14 of the 16 that no copy can fill"
    )
    assert copy == "copy: 22 of 22 calibrate, 23 of 28 predict (16 empty)"


def test_a_control_without_any_of_the_published_rows_has_no_line(table: pd.DataFrame) -> None:
    grown = table[table["subject_kind"] == "grown"]
    some, none = (grown.assign(subject_kind=kind) for kind in ("some", "none"))
    some.loc[some.index[1:], "model"] = np.nan
    none["model"] = np.nan
    said = tally(pd.concat([table, some, none], ignore_index=True))
    assert [line.split(":")[0] for line in said] == ["grown", "copy", "some"]


def test_lines_show_both_numbers_and_the_verdict(table: pd.DataFrame) -> None:
    text = lines(table)
    assert len(text) == 1 + 86
    (line,) = [line for line in text if line.startswith("G1 ")]
    assert "17.3 [14.3, 20.7]" in line
    assert line.split("]")[2].split()[0] == "yes"


def test_figure_shows_every_row(table: pd.DataFrame) -> None:
    drawn = figure.draw(table)
    left, right = drawn.axes
    assert len(left.get_yticks()) == 22 + 18
    assert len(right.get_yticks()) == 44
    assert "42 of 43" in right.get_title()
    with pytest.raises(ValueError, match="no kind 'naive'; it has"):
        figure.draw(table, kind="naive")


def test_bad_numbers_are_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="n_controls is 3"):
        validate([], Setup(n_subjects=2), n_controls=3, out=tmp_path)
    with pytest.raises(ValueError, match="'controls' has no published numbers"):
        validate(["controls"], Setup(), out=tmp_path)
    assert not list(tmp_path.iterdir())
