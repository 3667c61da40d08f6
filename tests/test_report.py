"""The whole path in small: growth, both studies, tables, figure, session file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mirror_sim.compare.report import lines, observed_vs_performed, shares
from mirror_sim.session.session import Session

FILES = {
    "observed_vs_performed.png",
    "observed_vs_performed.svg",
    "observed_vs_performed.txt",
    "published_vs_simulated.csv",
    "units_gallese1996.csv",
    "units_jerjian2020.csv",
    "variability.csv",
    "sub-3_ses-gallese1996_ecephys.nwb",
}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    said: list[str] = []
    out = tmp_path_factory.mktemp("quick")
    observed_vs_performed(seed=3, quick=True, jobs=2, out=out, say=said.append)
    return out, said


@pytest.mark.slow
def test_quick_writes_every_file(quick: tuple[Path, list[str]]) -> None:
    folder, said = quick
    assert {path.name for path in folder.iterdir()} == FILES
    assert any(line.startswith("G1") for line in said)


@pytest.mark.slow
def test_units_file_has_every_unit_once(quick: tuple[Path, list[str]]) -> None:
    units = pd.read_csv(quick[0] / "units_gallese1996.csv")
    assert units["unit_id"].is_unique
    assert set(units["area"]) == {"AIP", "PFG", "F5", "M1"}
    recorded = pd.read_csv(quick[0] / "units_jerjian2020.csv")
    groups = recorded["group"].value_counts().to_dict()
    assert groups == {"M1-UID": 128, "F5": 115, "M1-PTN": 59}


@pytest.mark.slow
def test_session_file_reads_back(quick: tuple[Path, list[str]]) -> None:
    session = Session.from_nwb(quick[0] / "sub-3_ses-gallese1996_ecephys.nwb")
    assert session.metadata["subject_seed"] == 3
    assert {"execute-dark", "observe", "object-alone"} <= set(session.trials["condition"])
    assert len(session.spike_times) > 10_000


@pytest.mark.slow
def test_a_second_run_gives_the_same_tables(quick: tuple[Path, list[str]], tmp_path: Path) -> None:
    observed_vs_performed(seed=3, quick=True, jobs=1, out=tmp_path, say=lambda _: None)
    for name in ("published_vs_simulated.csv", "units_gallese1996.csv"):
        assert (tmp_path / name).read_bytes() == (quick[0] / name).read_bytes()


def test_bad_numbers_are_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="n_subjects is 0"):
        observed_vs_performed(n_subjects=0, out=tmp_path)
    with pytest.raises(ValueError, match="n_trials is 0"):
        observed_vs_performed(n_trials=0, out=tmp_path)
    with pytest.raises(ValueError, match="n_trials is 3; the tests need at least 4"):
        observed_vs_performed(n_trials=3, out=tmp_path)
    with pytest.raises(ValueError, match="seed is -1, outside"):
        observed_vs_performed(seed=-1, out=tmp_path, say=lambda _: None)
    assert not list(tmp_path.iterdir())


def test_an_unwritable_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    with pytest.raises(OSError, match="cannot write"):
        observed_vs_performed(out=file / "results", say=lambda _: None)


def test_shares_put_the_published_numbers_beside_the_model() -> None:
    table = shares(pd.DataFrame({"G1": [10.0, 20.0], "G1.dark": [9.0, 19.0]}), units={})
    row = table.set_index("id").loc["G1"]
    assert (row["published"], row["model"]) == (17.3, 15.0)
    assert row["low"] <= row["model"] <= row["high"]
    assert np.isnan(table.set_index("id").loc["G1.dark", "published"])
    assert any("17.3 [14.3, 20.7]" in line for line in lines(table, pd.DataFrame()))


def test_shares_say_what_lies_inside_and_leave_out_what_nobody_published() -> None:
    table = shares(
        pd.DataFrame({"J12.F5": [0.9], "G1": [17.0], "J7.M1-UID.WHG.FF": [1.0]}), units={}
    )
    assert table["id"].tolist() == ["G1", "J12.F5"]
    assert table["inside"].tolist() == [True, False]
    own = shares(pd.DataFrame({"G1": [17.0], "G1.dark": [16.0]}), units={})
    assert own["inside"].tolist() == [True, None]
