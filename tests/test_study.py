"""A study is one object: what it takes, what it refuses, and how it is found."""

import importlib.metadata
import json
import re
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from experiments import kept_still, lived, moved, spikes_by_session

import mirror_sim as ms
from mirror_sim.base import sources
from mirror_sim.cli import main as cli
from mirror_sim.compare.report import Setup, run
from mirror_sim.compare.scoreboard import scoreboard
from mirror_sim.studies.study import STUDIES, Study, get_study, known_studies
from mirror_sim.studies.targets import targets
from mirror_sim.subject.subject import Subject

HEAD = "id,study,area,quantity,unit,role,level,value,low,high,nearest"
COVERED = """
import numpy as np
from matplotlib.figure import Figure

import mirror_sim as ms


def protocol(n_trials=5):
    rng = np.random.default_rng(1)
    trials = tuple(ms.make_trial("observe", "grasp-precision", rng=rng) for _ in range(n_trials))
    return ms.Protocol(name="covered", trials=trials)


def rows(session, seed):
    return {"C1": len(session.trials), "C2": float("nan"), "own": float(seed)}


def draw(results):
    figure = Figure()
    figure.subplots().plot(results.found["C1"])
    figure.set_label(f"{len(results.session.trials)} trials of Subjects {results.seeds}")
    return figure


STUDY = ms.Study(name="covered", protocol=protocol, rows=rows, targets="targets.csv", figure=draw)
"""
BROKEN = """
import pandas as pd


def misnamed(results):
    return results.found["C9"]


def nothing(results):
    return None


def nothing_too(session):
    return None


def few(session):
    return {"few": pd.DataFrame({"n": [1]})}


def everybody(units, seed):
    return list(range(len(units)))


def nobody(units, seed):
    return [len(units) + 5]
"""
TARGETS = f"""{HEAD}
C1,a paper,F5,trials,,calibrate,made up,5,4,6,
C2,a paper,F5,more,%,predict,made up,5,4,6,C1
"""


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    known_studies()
    monkeypatch.setattr(STUDIES, "_known", dict(STUDIES._known))
    monkeypatch.setattr(sources, "_loaded", {})


@pytest.fixture
def covered(tmp_path, monkeypatch):
    """A user's file and the table beside it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "covered.py").write_text(COVERED)
    (tmp_path / "targets.csv").write_text(TARGETS)
    return tmp_path / "covered.py"


def own(**changes):
    return replace(get_study("controls"), name="own", **changes)


# --- what a study takes and refuses --------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "a/b"}, "a name has letters, digits, _ and - only"),
        ({"name": ""}, "name is empty"),
        ({"rows": "rows"}, "rows is 'rows', which is no function"),
        ({"protocol": 3}, "protocol is 3, which is neither function nor mapping"),
        ({"targets": 3}, "targets is 3, which is neither text nor tuple"),
        ({"controls": ("naive",)}, r"controls\[0\] is 'naive'"),
        ({"controls": (get_study("controls").controls[0],) * 2}, "two controls of the name 'Poiss"),
        (
            {"controls": (ms.Control(name="grown", row="both", growth={"shuffled": True}),)},
            "no control can have the name 'grown'",
        ),
        ({"controlled": ("control",)}, "unknown session 'control'.*Did you mean 'own'"),
    ],
)
def test_a_mistaken_field_is_named(changes, said):
    with pytest.raises(ValueError, match=said):
        replace(own(), **{"controlled": (), **changes})


def test_a_misspelt_field_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'targets'"):
        Study(name="own", protocol=len, rows=len, target="x.csv")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "rows returned None; it must return numbers by row id"),
        ({}, "rows returned {}; it must"),
        ({"G1": "many"}, "the row G1 is 'many', which is no number"),
    ],
)
def test_rows_that_are_no_numbers_are_refused(found, said):
    def rows(session):
        del session
        return found

    study = own(rows=rows)
    with pytest.raises(ValueError, match=f"study 'own': {said}"):
        study.measure({"own": None}, seed=1)


def test_functions_are_given_what_they_take():
    calls = []

    def seeded(seed, n_trials=7):
        calls.append((seed, n_trials))
        return get_study("controls").protocols(seed=1, n_trials=4)["controls"]

    def rows(sessions, *, seed):
        return {"n": len(sessions), "seed": seed}

    study = own(protocol={"one": seeded, "other": seeded}, rows=rows)
    study.protocols(seed=5)
    study.protocols(seed=6, n_trials=4)
    assert calls == [(5, 7), (5, 7), (6, 4), (6, 4)]
    assert study.sessions == ("one", "other")
    assert study.measure({"one": None, "other": None}, seed=3) == {"n": 2, "seed": 3}


def test_a_protocol_must_be_one():
    with pytest.raises(ValueError, match="study 'own': own is 3, which is no Protocol"):
        own(protocol=lambda: 3).protocols(seed=1)


# --- targets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",unit", ",units", "targets.csv lacks the column unit; it has id, study"),
        ("C2,", "C1,", "targets.csv has the row C1 twice"),
        ("calibrate", "calibrated", "unknown role 'calibrated' in row C1 of .*Did you mean 'cali"),
        ("6,C1", "6,C3", "unknown calibrate row 'C3' in row C2 of .*Did you mean 'C1'"),
        ("5,4,6,C1", "7,4,6,C1", "row C2 of .*: 7 is not within an interval from 4 to 6"),
        ("5,4,6,C1", "5,,6,C1", "row C2 of .*: low is nan, which is not a finite number"),
    ],
)
def test_a_mistake_in_a_table_of_targets_is_named(covered, old, new, said):
    covered.with_name("targets.csv").write_text(TARGETS.replace(old, new))
    with pytest.raises(ValueError, match=said):
        get_study(f"{covered}:STUDY").published()


def test_a_table_that_is_not_there_is_named(covered):
    covered.with_name("targets.csv").unlink()
    with pytest.raises(ValueError, match=r"there is no table of targets .*targets\.csv"):
        get_study(f"{covered}:STUDY").published()


def test_the_package_publishes_what_its_studies_do():
    theirs = pd.concat([get_study(name).published() for name in ("gallese1996", "jerjian2020")])
    assert targets()["id"].tolist() == theirs.dropna(subset="value")["id"].tolist()
    assert targets()["id"].is_unique


def test_every_row_of_the_package_says_what_it_is():
    for study in known_studies():
        table = study.published()
        assert (table["quantity"] != "").all()
        assert table["id"].is_unique


# --- how a study is found ------------------------------------------------------------------------


def test_two_studies_of_one_name_are_refused(covered, tmp_path):
    get_study(f"{covered}:STUDY")
    (tmp_path / "other.py").write_text(COVERED)
    said = r"two studies have the name 'covered', one of .*covered\.py and one of .*other\.py"
    with pytest.raises(ValueError, match=said):
        get_study(f"{tmp_path / 'other.py'}:STUDY")
    again = ms.register(get_study(f"{covered}:STUDY"))
    assert get_study("covered") is again


def test_what_is_no_study_is_refused(covered):
    covered.write_text(COVERED + "\nHEAD = 'x'")
    with pytest.raises(ValueError, match=r"covered\.py:HEAD.* is 'x', which is no Study"):
        get_study(f"{covered}:HEAD")


def test_entry_points_of_other_packages_are_found(monkeypatch, covered, tmp_path):
    monkeypatch.syspath_prepend(str(tmp_path))
    entry = importlib.metadata.EntryPoint("covered", "covered:STUDY", "mirror_sim.studies")
    found = {"mirror_sim.studies": [entry]}
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda *, group: found[group])
    study = importlib.import_module("mirror_sim.studies.study")
    study._load_all.cache_clear()
    try:
        assert "covered" in [known.name for known in known_studies()]
    finally:
        study._load_all.cache_clear()


# --- the whole path ------------------------------------------------------------------------------


@pytest.fixture
def naive(monkeypatch, tiny, tiny_model):
    """Subjects of a small circuit that need no growth; points are run in this process."""

    def here(jobs):
        del jobs
        return lambda waiting: ((key, point.measure()) for key, point in waiting.items())

    def grow(circuit, *, seed, **_options):
        del circuit
        return Subject.naive(tiny, seed=seed, block_s=5.0)

    monkeypatch.setattr(Subject, "grow", grow)
    monkeypatch.setattr("mirror_sim.compare.sweeps.on_this_machine", here)


@pytest.mark.usefixtures("naive")
def test_a_users_study_goes_through_every_command(covered, tmp_path, capsys):
    place, out = "covered.py:STUDY", tmp_path / "results"
    options = ["--subjects", "2", "--out", str(out)]
    report = f"the report is {out}/report.html\n"
    assert cli.main(["run", place, *options]) == 0
    said = capsys.readouterr().out
    assert said.endswith(report)
    assert "<h1>covered</h1>" in (out / "report.html").read_text()
    assert re.search(r"\nC1 +5 \[4, 6\] +5 \[5, 5\]  yes +F5: trials\n", said)
    assert "grown: 1 of 1 calibrate, 0 of 0 predict (1 empty)" in said
    table = pd.read_csv(out / "covered.csv", keep_default_na=False).query("subject_kind == 'grown'")
    assert table["id"].tolist() == ["C1", "C2", "own"]
    assert table["inside"].tolist() == ["True", "", ""]
    assert table["model"].tolist() == ["5.0", "", "1.5"]
    assert (out / "covered.txt").read_text() == "5 trials of Subjects [1, 2]\n"

    assert cli.main(["validate", place, *options]) == 0
    said = capsys.readouterr().out
    assert "1 of 1 calibrate" in said
    assert said.endswith(report)
    assert "<h1>Scoreboard of published numbers</h1>" in (out / "report.html").read_text()
    assert cli.main(["sweep", place, "--axis", "lesion=,STS", *options]) == 0
    assert len(pd.read_csv(out / "sweep.csv")) == 4
    assert capsys.readouterr().out.endswith(report)
    page = (out / "report.html").read_text()
    assert "<h1>Sweep of covered</h1>" in page
    command = "mirror-sim sweep covered.py:STUDY --axis lesion=,STS --seed 1 --subjects 2"
    assert f">{command}</code>" in page
    (out / "covered.png").unlink()
    assert cli.main(["figures", place, *options, "--trials", "4"]) == 0
    assert (out / "covered.txt").read_text() == "4 trials of Subjects [1, 2]\n"
    assert (out / "covered.png").stat().st_size > 1000
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["covered"]["seeds"] == {"grown": [1, 2]}
    assert manifest["scoreboard"]["studies"].keys() == {"covered"}


@pytest.mark.usefixtures("naive")
@pytest.mark.parametrize(
    ("broken", "said", "missing"),
    [
        ({"figure": "misnamed"}, "the figure (KeyError: 'C9')", "covered.png"),
        (
            {"figure": "nothing"},
            "the figure (figure returned None, which is no matplotlib",
            "covered.png",
        ),
        ({"tables": "nothing_too"}, "own tables (tables returned None; it must return", "few.csv"),
        (
            {"recorded": "nobody"},
            "sub-1_ses-covered_ecephys.nwb (",
            "sub-1_ses-covered_ecephys.nwb",
        ),
    ],
)
def test_an_output_that_fails_costs_itself_only(covered, tmp_path, capsys, broken, said, missing):
    covered.write_text(COVERED + BROKEN)
    study = get_study(f"{covered}:STUDY")
    module = vars(sys.modules[study.rows.__module__])
    whole = {"recorded": module["everybody"], "tables": module["few"]}
    broken = {field: module[name] for field, name in broken.items()}
    ms.register(replace(study, **whole | broken))
    out = tmp_path / "results"
    assert cli.main(["run", "covered", "--out", str(out)]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("mirror-sim: not written: ")
    assert said in error
    every = {"covered.csv", "covered.png", "few.csv", "sub-1_ses-covered_ecephys.nwb"}
    assert every & {path.name for path in out.iterdir()} == every - {missing}


@pytest.mark.usefixtures("naive")
def test_controls_of_sessions_are_measured_beside_the_grown_subject(tmp_path):
    study = Study(
        name="halved", protocol=protocol, rows=n_spikes,
        controls=(ms.Control(name="half", row="n", guard="units", session=every_other),),
    )  # fmt: skip
    run(study, Setup(n_subjects=2), out=tmp_path, say=str)
    found = pd.read_csv(tmp_path / "halved_subjects.csv")
    assert found["subject_kind"].tolist() == ["grown", "grown", "half", "half"]
    np.testing.assert_allclose(found["n"][2:], found["n"][:2] / 2, atol=0.5)
    (row,) = pd.read_csv(tmp_path / "halved_controls.csv").to_dict("records")
    assert (row["control"], row["n"], row["verdict"]) == ("half", 2, "does not fall")
    assert set(scoreboard(study, found)["subject_kind"]) == {"grown", "half"}


def protocol():
    rng = np.random.default_rng(1)
    trial = ms.make_trial("observe", "grasp-precision", rng=rng)
    return ms.Protocol(name="halved", trials=(trial,))


def n_spikes(session):
    return {"n": len(session.spike_times), "units": len(session.units)}


def every_other(session):
    return ms.Session(
        session.units, session.trials, session.spike_times[::2], session.spike_units[::2],
        session.metadata,
    )  # fmt: skip


# --- an experiment --------------------------------------------------------------------------------


def test_an_experiment_takes_the_place_of_a_protocol(tiny):
    still = ms.Control(name="still", row="spikes", experiment=kept_still)
    study = ms.Study(name="lived", experiment=lived, rows=moved, controls=(still,))
    assert study.sessions == ("lived",)
    given = {"circuit": tiny, "curriculum": ms.Curriculum(max_actions=1), "block_s": 5.0}
    found = ms.sweep(
        study, subjects=[3], grid={"control": ["", "still"]}, n_trials=4, jobs=1, **given
    )
    assert found["trials"].tolist() == [4.0, 4.0]
    assert found["spikes"][0] > 0
    assert found["spikes"][1] == 0


def test_a_control_replaces_the_experiment_of_one_of_several_sessions(tiny):
    still = ms.Control(name="still", row="second", experiment={"second": kept_still})
    study = ms.Study(
        name="twice",
        experiment={"first": lived, "second": lived},
        rows=spikes_by_session,
        controls=(still,),
    )
    assert study.sessions == ("first", "second")
    given = {"circuit": tiny, "curriculum": ms.Curriculum(max_actions=1), "block_s": 5.0}
    found = ms.sweep(study, subjects=[3], grid={"control": ["", "still"]}, jobs=1, **given)
    assert found["first"][0] == found["first"][1] > 0
    assert found["second"][0] > 0
    assert found["second"][1] == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Study 'lived' needs either a protocol or an experiment"),
        ({"experiment": {}}, "Study 'lived'.experiment is {}; it needs at least one session"),
        (
            {
                "experiment": {"first": lived},
                "controls": (ms.Control(name="s", row="first", experiment={"frist": lived}),),
            },
            "unknown session 'frist' in Study 'lived': the experiment of 's'. Did you mean 'first'",
        ),
        ({"experiment": lived, "protocol": lived}, "needs either a protocol or an experiment"),
        (
            {"protocol": dict, "controls": (ms.Control(name="s", row="spikes", experiment=lived),)},
            "Study 'lived' has no experiment that 's' could replace",
        ),
    ],
)
def test_what_is_neither_protocol_nor_experiment_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        ms.Study(name="lived", rows=moved, **given)
