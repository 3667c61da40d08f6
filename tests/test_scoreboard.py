"""The scoreboard counts hits as hits, and a copy of the calibrate rows for what it is worth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mirror_sim.compare.scoreboard import COLUMNS, COPY, nearest, sanity_rows, scoreboard, tally
from mirror_sim.compare.validation import validate
from mirror_sim.figures import scoreboard as figure
from mirror_sim.studies.targets import targets

VARIABILITY = pd.DataFrame(
    {
        "area": ["F5", "M1"],
        "isi_cv": [1.0, 1.4],
        "fano": [1.1, 1.2],
        "pairwise_correlation": [0.01, 0.02],
        "mean_rate_hz": [11.0, 9.0],
        "median_rate_hz": [8.0, 7.0],
        "sd_over_mean": [0.9, 0.8],
    }
)


@pytest.fixture
def table() -> pd.DataFrame:
    published = targets().set_index("id")["value"]
    subjects = [
        {"subject_kind": "grown", **(published * scale).to_dict()} | sanity_rows(VARIABILITY)
        for scale in (0.99, 1.01)
    ]
    subjects[0]["J15.F5"] = subjects[1]["J15.F5"] = 0.9
    del subjects[0]["J13.F5"], subjects[1]["J13.F5"]
    return scoreboard(pd.DataFrame(subjects))


def test_every_published_row_stands_there_once_for_each_kind(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == COLUMNS
    grown = table[table["subject_kind"] == "grown"]
    assert grown["id"].tolist()[:59] == targets()["id"].tolist()
    assert sorted(grown["id"][59:]) == sorted(sanity_rows(VARIABILITY))
    assert table.groupby("subject_kind").size().to_dict() == {"grown": 69, COPY: 59}


def test_hits_misses_and_rows_without_a_value(table: pd.DataFrame) -> None:
    grown = table[table["subject_kind"] == "grown"].set_index("id")
    missed = grown.index[~grown["inside"]].tolist()
    assert missed == ["J13.F5", "J15.F5", "S.CV.M1"]
    assert np.isnan(grown.loc["J13.F5", "model"])
    assert grown.loc["G1", "model"] == pytest.approx(17.3)
    assert grown.loc["G1", "model_low"] <= 17.3 <= grown.loc["G1", "model_high"]


def test_a_copy_misses_what_calibration_says_nothing_about(table: pd.DataFrame) -> None:
    copy = table[table["subject_kind"] == COPY].set_index("id")
    assert copy.loc[copy["role"] == "calibrate", "inside"].all()
    predicted = copy[copy["role"] == "predict"]
    assert (len(predicted), predicted["inside"].sum()) == (44, 23)
    assert nearest("J8.F5") is None
    assert np.isnan(copy.loc["J8.F5", "model"])


def test_tally_counts_by_role_and_beyond_the_copy(table: pd.DataFrame) -> None:
    grown, copy = tally(table).splitlines()
    assert grown == (
        "grown: 15 of 15 calibrate, 42 of 44 predict, 9 of 10 sanity, 5 of the 5 that a copy "
        "misses, 14 of the 16 that no copy can fill"
    )
    assert copy.endswith("0 of the 5 that a copy misses, 0 of the 16 that no copy can fill")


def test_figure_shows_every_row(table: pd.DataFrame) -> None:
    drawn = figure.draw(table)
    left, right = drawn.axes
    assert len(left.get_yticks()) == 15 + 10
    assert len(right.get_yticks()) == 44
    assert "42 of 44" in right.get_title()
    with pytest.raises(ValueError, match="no kind 'naive'; it has"):
        figure.draw(table, kind="naive")


def test_bad_numbers_are_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="n_subjects is 0"):
        validate(n_subjects=0, out=tmp_path)
    with pytest.raises(ValueError, match="n_controls is 3"):
        validate(n_subjects=2, n_controls=3, out=tmp_path)
    with pytest.raises(ValueError, match="jobs is 0"):
        validate(jobs=0, out=tmp_path)
    assert not list(tmp_path.iterdir())
