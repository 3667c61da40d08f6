"""The whole path in small: growth, sessions, tables, figure, session files."""

import json
from dataclasses import replace
from pathlib import Path

import experiments
import pandas as pd
import pytest

from mirror_sim.compare import report
from mirror_sim.compare.report import Setup, figures, run
from mirror_sim.compare.validation import validate
from mirror_sim.session.session import Session
from mirror_sim.studies.study import get_study

FILES = {
    "manifest.json",
    "observed_vs_performed.csv",
    "observed_vs_performed.png",
    "observed_vs_performed.svg",
    "observed_vs_performed.txt",
    "observed_vs_performed_subjects.csv",
    "report.html",
    "units_gallese1996.csv",
    "units_jerjian2020.csv",
    *(f"sub-3_ses-{s}_ecephys.nwb" for s in ("gallese1996", "jerjian2020", "controls")),
}


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    said: list[str] = []
    out = tmp_path_factory.mktemp("quick")
    run("observed_vs_performed", Setup(seed=3, quick=True, jobs=2), out=out, say=said.append)
    return out, said


@pytest.mark.slow
def test_quick_writes_every_file(quick: tuple[Path, list[str]]) -> None:
    folder, said = quick
    assert {path.name for path in folder.iterdir()} == FILES
    assert any(line.startswith("G1 ") for line in said)
    assert said[-1].endswith(f"the report is {folder}/report.html")
    assert "Actions performed and observed" in (folder / "observed_vs_performed.txt").read_text()
    manifest = json.loads((folder / "manifest.json").read_text())["observed_vs_performed"]
    assert manifest["seeds"] == {"grown": [3]}
    assert list(manifest["studies"]) == ["observed_vs_performed"]
    assert {"python", "brian2", "mirror-sim"} <= manifest["versions"].keys()


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
def test_a_second_run_gives_the_same_tables(
    quick: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "_write_sessions", lambda *_: None)
    monkeypatch.setattr(report, "draw", lambda *_: [])
    run("observed_vs_performed", Setup(seed=3, quick=True, jobs=1), out=tmp_path, say=str)
    for name in ("observed_vs_performed.csv", "units_gallese1996.csv"):
        assert (tmp_path / name).read_bytes() == (quick[0] / name).read_bytes()


@pytest.mark.slow
def test_figures_are_drawn_again_to_the_same_bytes(
    quick: tuple[Path, list[str]], tmp_path: Path
) -> None:
    other = replace(get_study("controls"), name="other", figure=experiments.labelled)
    studies = ("observed_vs_performed", other)
    figures(studies, Setup(seed=3, quick=True), out=tmp_path, say=str)
    assert {path.name for path in tmp_path.iterdir()} == {
        "manifest.json",
        *(f"{name}.{kind}" for name in ("observed_vs_performed", "other")
          for kind in ("png", "svg", "txt")),
    }  # fmt: skip
    for path in tmp_path.glob("observed_vs_performed.*"):
        assert path.read_bytes() == (quick[0] / path.name).read_bytes()


@pytest.mark.slow
def test_validate_takes_what_run_has_simulated(
    quick: tuple[Path, list[str]], tmp_path: Path
) -> None:
    said: list[str] = []
    setup = Setup(seed=3, n_subjects=1, quick=True, jobs=2)
    validate([], setup, out=tmp_path, say=said.append)
    table, alone = (
        pd.read_csv(path).query("role.notna() and subject_kind == 'grown'").reset_index(drop=True)
        for path in (tmp_path / "scoreboard.csv", quick[0] / "observed_vs_performed.csv")
    )
    pd.testing.assert_frame_equal(table, alone)
    assert said[0].startswith("grown: ")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n_subjects": 0}, "n_subjects is 0"),
        ({"jobs": 0}, "jobs is 0"),
        ({"seed": -1}, "Setup.seed is -1, outside"),
        ({"n_trials": 3}, "n_trials is 3; it must be at least 4"),
        ({"study": "observed"}, "Did you mean 'observed_vs_performed'"),
        ({"n_controls": 2}, "n_controls is 2; it must be 0 to the 1 Subjects"),
        (
            {"n_controls": 1, "study": "gallese1996"},
            "'gallese1996' has no controls; .*contagion, controls, .* have some",
        ),
    ],
)
def test_bad_input_is_refused_before_any_work(
    given: dict[str, object], said: str, tmp_path: Path
) -> None:
    study, n_controls = given.pop("study", "observed_vs_performed"), given.pop("n_controls", None)
    with pytest.raises(ValueError, match=said):
        run(study, Setup(**given), n_controls=n_controls, out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_study_without_a_figure_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'gallese1996' has no figure"):
        figures(["observed_vs_performed", "gallese1996"], Setup(), out=tmp_path)


def test_an_unwritable_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    with pytest.raises(OSError, match="cannot write"):
        run("observed_vs_performed", Setup(), out=file / "results")


def test_one_subject_has_the_controls_that_need_no_growth() -> None:
    study = get_study("controls")
    one, many = (
        [control.name for control in report._controls(study, Setup(n_subjects=n), None)[0]]
        for n in (1, 2)
    )
    assert set(many) - set(one) == {"no vision", "late vision", "shuffled pairing"}
    assert report._controls(study, Setup(quick=True), None)[0] == []
    assert report._controls(study, Setup(), 1) == (list(study.controls), 1)
    assert report._controls(study, Setup(n_subjects=9), None)[1] == 5
