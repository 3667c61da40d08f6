"""A fit finds what it should, comes out the same however it ran, and refuses what cannot be."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mirror_sim as ms
from mirror_sim.base import sources
from mirror_sim.base.errors import DivergedError
from mirror_sim.base.files import cache_folder
from mirror_sim.cli import main as cli
from mirror_sim.compare import fit_outputs, fit_search
from mirror_sim.compare.fit_outputs import importance
from mirror_sim.compare.fit_rows import FARTHEST, Wanted, cost, largest, means
from mirror_sim.compare.runs import gathered
from mirror_sim.compare.sweeps import Point
from mirror_sim.studies.study import STUDIES, get_study, known_studies

PEAK, WEIGHT = "F6.peak_hz", "A.E->M.E.weight_nS"
STUDY = """
import numpy as np

import mirror_sim as ms


def protocol(n_trials=4):
    rng = np.random.default_rng(1)
    trials = [ms.make_trial("execute-dark", "grasp-precision", rng=rng) for _ in range(n_trials)]
    return ms.Protocol(name="one", trials=tuple(trials))


def rows(session):
    window = session.trials["start_time"].to_numpy()
    hz = session.counts(window + 1.0, window + 2.0).mean()
    return {"peak": hz, "weight": 0.0, "hidden": 1.0, "calm": 0.0, "wide": 0.5}


STUDY = ms.Study(name="fitted", protocol=protocol, rows=rows, targets="fitted.csv")
"""
TARGETS = """id,study,area,quantity,unit,role,level,value,low,high,nearest
peak,a paper,F6,rate,spikes/s,calibrate,made up,80,75,90,
weight,a paper,M,weight,nS,calibrate,made up,0.6,0.5,0.7,
hidden,a paper,M,not to be seen,,predict,made up,1,0,2,peak
calm,a paper,M,must hold,,sanity,made up,5,0,10,
"""


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    known_studies()
    monkeypatch.setattr(STUDIES, "_known", dict(STUDIES._known))
    monkeypatch.setattr(sources, "_loaded", {})


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A study in a file, with its targets, and a cache of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cache").mkdir()
    models = cache_folder() / "models"
    models.mkdir(parents=True, exist_ok=True)
    (tmp_path / "cache" / "models").symlink_to(models)
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "fitted.csv").write_text(TARGETS)
    (tmp_path / "fitted.py").write_text(STUDY)
    return tmp_path / "fitted.py"


class Lab:
    """Measures points in this process by a formula, and notes what it measured."""

    def __init__(self):
        self.measured, self.ends_after, self.changes = [], None, {}

    def run(self, waiting):
        for key, point in waiting.items():
            if len(self.measured) == self.ends_after:
                raise KeyboardInterrupt
            self.measured.append((dict(point.settings), point.seed, point.n_trials))
            try:
                yield key, self.rows(point)
            except RuntimeError as error:
                yield key, error

    def rows(self, point):
        if point.circuit.population("F6").peak_hz > 95 and "diverges" in self.changes:
            raise self.changes["diverges"]
        noise = 0.1 * (point.seed - 1000.5)
        found = {
            "peak": point.circuit.population("F6").peak_hz + noise,
            "weight": point.circuit.projection("A.E", "M.E").weight_nS,
            "hidden": 123.456,
            "calm": 5.0 + noise,
            "wide": 0.5,
        }
        return {k: v for k, v in (found | self.changes).items() if isinstance(v, float)}


@pytest.fixture
def lab(monkeypatch):
    made = Lab()
    monkeypatch.setattr("mirror_sim.compare.fit.on_this_machine", lambda _: made.run)
    return made


@pytest.fixture
def plan(place, tiny):
    return ms.FitPlan(
        study=f"{place}:STUDY",
        subjects=(1000, 1001),
        axes=(
            ms.FitAxis(names=PEAK, low=20, high=100),
            ms.FitAxis(names=WEIGHT, low=0.1, high=2.0, log=True),
        ),
        settings=32,
        batch=8,
        circuit=tiny,
        curriculum=ms.Curriculum(max_actions=1),
    )


def search(plan, out="out", *, drawn=False, **more):
    """Fit; mostly without the figure, which takes as long as all else."""
    with pytest.MonkeyPatch.context() as patch:
        if not drawn:
            patch.setattr(fit_outputs, "_draw", lambda *_: ())
        return ms.fit(plan, out=out, say=lambda _: None, **more)


def text(out="out", name="settings.csv"):
    return (Path(out) / name).read_text()


# --- what it finds -------------------------------------------------------------------------------


def test_the_known_answer_is_found_and_written(plan, lab, tiny, capsys):
    found = ms.fit(replace(plan, settings=64), out="out")
    assert found.circuit.population("F6").peak_hz == pytest.approx(80, abs=8)
    assert found.circuit.projection("A.E", "M.E").weight_nS == pytest.approx(0.6, abs=0.1)
    assert ms.Circuit.from_toml("out/fit.toml") == found.circuit
    assert found.rows["inside"].all()
    table = pd.read_csv("out/settings.csv")
    pd.testing.assert_frame_equal(table.drop(columns="why"), found.settings.drop(columns="why"))
    assert table["number"].tolist() == list(range(64))
    # The start stands first, as it is.
    assert table.loc[0, [PEAK, WEIGHT]].tolist() == [60.0, 0.3]
    assert lab.measured[0][0] == {PEAK: 60.0, WEIGHT: 0.3}
    best = table[table["state"] == "measured"].set_index("number")["cost"]
    assert best.idxmin() == found.number
    # It learns: later settings are better than the random ones of the first batch.
    assert table["first_cost"][32:].median() < 0.5 * table["first_cost"][:8].median()
    assert (Path("out") / "fit.png").stat().st_size > 10_000
    assert (Path("out") / "fit.svg").exists()
    said = capsys.readouterr().out.splitlines()
    assert sum("settings" in line and "best cost" in line for line in said) == 8
    assert said[-1].startswith(f"best of 64 settings: {found.number}, judged on the search")
    assert said[-1].endswith("the report is out/report.html")
    assert said[-2] == "3 of 3 inside"
    page = (Path("out") / "report.html").read_text()
    for words in (
        "<h1>Fit of fitted</h1>",
        'href="fit.journal"',
        "64 settings of 2 axes",
        "F6: rate (spikes/s)",
    ):
        assert words in page
    assert page.count("<tr>") == 3 + 64 + 2  # rows, settings and their headings


def test_bad_settings_are_given_up_after_the_first_subject(plan, lab):
    table = search(replace(plan, settings=64)).settings
    pruned = table[table["state"] == "pruned"]
    assert 0 < len(pruned) < 56
    assert len(lab.measured) == 2 * 64 - len(pruned)
    for batch in range(1, 8):
        part = table[8 * batch : 8 * batch + 8]
        limit = table["first_cost"][: 8 * batch].median()
        assert (part["first_cost"] > limit).equals(part["state"] == "pruned")
    assert (table["state"][:8] == "measured").all()


def test_rows_to_be_predicted_are_seen_nowhere(plan, lab):
    found = search(plan, drawn=True)
    assert "hidden" not in [*found.settings.columns, *found.rows["id"]]
    for file in Path("out").iterdir():
        if file.suffix in (".csv", ".journal", ".toml", ".html"):
            assert "123.456" not in file.read_text()
            name = ">hidden<" if file.suffix == ".html" else "hidden"
            assert name not in file.read_text()


def test_the_best_are_measured_again_in_full(plan, lab):
    plan = replace(plan, n_trials=4, n_finals=3, final_subjects=(1000, 1001, 1002), final_trials=9)
    found = search(plan)
    table = pd.read_csv("out/finals.csv")
    measured = found.settings[found.settings["state"] == "measured"].sort_values("cost")
    assert set(table["number"]) == {0, *measured["number"][:3]}
    full = [entry for entry in lab.measured if entry[2] == 9]
    assert {seed for _, seed, _ in full} == {1000, 1001, 1002}
    assert len(full) == 3 * len(table)
    assert found.number == table.set_index("number")["cost"].idxmin()
    # Other finals need no new search.
    before = len(lab.measured)
    search(replace(plan, n_finals=2, final_trials=6))
    assert {n for _, _, n in lab.measured[before:]} == {6}


def test_fields_share_a_number_or_keep_their_ratio(plan, lab, tiny):
    between = ("STS->A.E.plasticity.eta", "F6->M.E.weight_nS", "A.E->M.E.weight_nS")
    plan = replace(
        plan,
        settings=8,
        axes=(
            ms.FitAxis(names=between[1:], low=0.5, high=2.0, times=True, label="drive"),
            ms.FitAxis(names=between[0], low=0.0, high=0.02),
            ms.FitAxis(names=("F6.peak_hz", "STS.peak_hz"), low=20.0, high=100.0, label="peak"),
            ms.FitAxis(names="growth.max_actions", low=1, high=5),
        ),
        starts=({"drive": 1.5, "growth.max_actions": 4},),
    )
    found = search(plan)
    assert found.settings.loc[0, ["drive", "peak", "growth.max_actions"]].tolist() == [1, 60, 1]
    assert found.settings.loc[1, ["drive", "peak", "growth.max_actions"]].tolist() == [1.5, 60, 4]
    best = found.settings.loc[found.number]
    made = found.circuit
    assert made.projection("F6", "M.E").weight_nS == pytest.approx(best["drive"] * 1.0)
    assert made.projection("A.E", "M.E").weight_nS == pytest.approx(best["drive"] * 0.3)
    assert made.population("STS").peak_hz == made.population("F6").peak_hz == best["peak"]
    assert made.projection("STS", "A.E").plasticity.parameters["eta"] == best[between[0]]
    assert found.curriculum.max_actions == best["growth.max_actions"]
    assert set(found.settings["growth.max_actions"]) <= {1, 2, 3, 4, 5}
    with Path("out/growth.toml").open("rb") as file:
        assert ms.Curriculum(**tomllib.load(file)) == found.curriculum
    assert not (Path("out") / "finals.csv").exists()


# --- what a setting costs ------------------------------------------------------------------------


def test_distances_and_costs_by_hand():
    row = Wanted(id="a", role="calibrate", value=10.0, low=8.0, high=14.0)
    sane = Wanted(id="b", role="sanity", value=5.0, low=0.0, high=10.0, weight=2.0)
    assert [row.distance(x) for x in (10, 8, 14, 6, 18)] == [0, -1, 1, -2, 2]
    assert [row.cost(x) for x in (10, 9, 14, 18)] == [0, 0.25, 1, 3]
    assert [sane.distance(x) for x in (0, 7, 10, 15, -10)] == [0, 0, 0, 1, -2]
    assert sane.cost(20) == 2 * 3
    assert row.cost(float("nan")) == row.cost(1e9) == 2 * FARTHEST - 1
    at_its_end = Wanted(id="c", role="calibrate", value=0.0, low=0.0, high=5.0)
    assert at_its_end.distance(-5) == -1
    two = Wanted(id="d", role="calibrate", value=0.0, low=-1.0, high=1.0, weight=3.0)
    assert cost([row, two, sane], {"a": 14.0, "d": 0.5, "b": 15.0}) == (1 + 3 * 0.25) / 4 + 2
    assert largest([row, two, sane]) == pytest.approx(39 + 2 * 39)
    found = means([row, sane], [{"a": 1.0, "b": np.nan, "x": 7.0}, {"a": np.nan, "b": np.nan}])
    assert found["a"] == 1.0
    assert np.isnan(found["b"])
    assert list(found) == ["a", "b"]


def test_aims_and_sanity_rows_cost_nothing_within(plan, lab):
    lab.changes = {"calm": 30.0}
    aims = {"wide": (0.6, 1.0)}
    table = search(replace(plan, settings=8, aims=aims, weights={"wide": 2.0})).settings
    # calm is 4 half widths beyond, wide half of one below.
    published = search(replace(plan, settings=8, rows=("calibrate",)), "other").settings
    np.testing.assert_allclose(table["cost"], published["cost"] + 7 + 2 * 0.25)


def test_the_axis_that_matters_is_found(rng):
    table = pd.DataFrame({"matters": rng.uniform(size=80), "does not": rng.uniform(size=80)})
    table = table.assign(state="measured", first_cost=(table["matters"] - 0.5) ** 2)
    shares = importance(table, ["does not", "matters"])
    assert shares["matters"] > 3 * shares["does not"]
    assert importance(table[:5], ["matters"]).empty


# --- the same however it ran ---------------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 5, 11, 20, 29, 41])
def test_a_fit_that_was_ended_comes_out_the_same(plan, lab, after):
    search(plan)
    shutil.rmtree("cache/sweeps")
    lab.measured, lab.ends_after = [], after
    with pytest.raises(KeyboardInterrupt):
        search(plan, "ended")
    first, lab.ends_after = len(lab.measured), None
    search(plan, "ended")
    assert text("ended") == text("out")
    assert text("ended", "fit.toml") == text("out", "fit.toml")
    # Nothing that was finished is measured again, whether its batch was or not.
    assert len(lab.measured) == len({str(entry) for entry in lab.measured})
    assert first == after


def test_a_journal_cut_anywhere_comes_out_the_same(plan, lab):
    plan = replace(plan, settings=20)
    search(plan)
    whole = Path("out/fit.journal").read_bytes()
    for length in (*range(0, 12, 3), *range(500, len(whole), len(whole) // 7)):
        Path("out/fit.journal").write_bytes(whole[:length])
        kept = text()
        search(plan)
        assert text() == kept


def test_more_settings_later_are_those_of_one_longer_fit(plan, lab):
    search(replace(plan, settings=11))
    search(replace(plan, settings=32))
    search(plan, "at once")
    assert text() == text("at once")


def test_the_circuit_is_derived_from_the_journal_alone(plan, lab, monkeypatch):
    plan = replace(plan, n_finals=2)
    search(plan, drawn=True)
    before = {file.name: file.read_bytes() for file in Path("out").iterdir()}
    shutil.rmtree("cache/sweeps")
    for name in before:
        if name != "fit.journal":
            (Path("out") / name).unlink()
    lab.measured = []
    # The circuit that is committed changes the package's code.
    monkeypatch.setattr(fit_search, "CODE", "another")
    search(plan, drawn=True)
    assert not lab.measured
    assert {file.name: file.read_bytes() for file in Path("out").iterdir()} == before
    with pytest.raises(ValueError, match=r"made by another version \(code: .* there, .* here"):
        search(replace(plan, settings=33))
    with pytest.raises(ValueError, match="another version"):
        search(replace(plan, n_finals=3))


def test_another_seed_searches_elsewhere(plan, lab):
    search(replace(plan, settings=8))
    search(replace(plan, settings=8, seed=2), "other")
    assert text() != text("other")


def test_optuna_is_as_the_user_left_it(plan, lab):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.DEBUG)
    search(replace(plan, settings=8))
    assert optuna.logging.get_verbosity() == optuna.logging.DEBUG
    # Its own tools read the journal.
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend("out/fit.journal")
    )
    (study,) = optuna.get_all_study_summaries(storage)
    assert study.n_trials == 8
    optuna.logging.set_verbosity(optuna.logging.INFO)


# --- what fails ----------------------------------------------------------------------------------


def test_a_setting_that_cannot_be_is_on_record_and_avoided(plan, lab):
    lab.changes = {"diverges": DivergedError("weights that are not finite")}
    table = search(replace(plan, settings=64, starts=({PEAK: 98.0},))).settings
    failed = table[table["state"] == "failed"]
    assert 1 in failed["number"].to_numpy()
    assert (failed[PEAK] > 95).all()
    assert (failed["why"] == "weights that are not finite").all()
    assert (failed["cost"] >= table["cost"].max()).all()
    assert len(failed[failed["number"] >= 32]) < 3


def test_what_no_setting_is_to_blame_for_ends_the_fit(plan, lab):
    plan = replace(plan, starts=({PEAK: 98.0},))
    lab.changes = {"diverges": RuntimeError("the disk is full")}
    with pytest.raises(RuntimeError, match=r"the others are kept; first .*the disk is full"):
        search(plan)
    del lab.changes["diverges"]
    search(plan)
    search(plan, "other")
    assert text() == text("other")


def test_a_circuit_that_cannot_be_is_no_reason_to_end(plan, lab):
    peak, baseline = ms.FitAxis(names=PEAK, low=20, high=61), "F6.baseline_hz"
    axes = (peak, ms.FitAxis(names=baseline, low=1, high=59))
    table = search(replace(plan, axes=axes, settings=64)).settings
    failed = table[table["state"] == "failed"]
    assert len(failed) > 0
    assert (failed["F6.baseline_hz"] > failed[PEAK]).all()
    assert failed["why"].str.contains("below baseline_hz").all()


def test_a_start_that_fails_is_no_start(plan, lab):
    lab.rows = lambda _: (_ for _ in ()).throw(DivergedError("no such luck"))
    with pytest.raises(RuntimeError, match="the start cannot be measured: no such luck"):
        search(plan)


def test_a_row_that_the_study_does_not_give_is_named_with_the_first_subject(plan, lab):
    with pytest.raises(
        ValueError, match=r"unknown row 'wild' in what study 'fitted' gives.*'wide'"
    ):
        search(replace(plan, aims={"wild": (0.0, 1.0)}))
    assert len(lab.measured) == 1


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"low": 5, "high": 5}, "low is 5, which is not below high 5"),
        ({"low": 0, "log": True}, "low is 0; with log it must be above 0"),
        ({"low": -1, "times": True}, "low is -1; with times it must not be below 0"),
        ({"names": "F7.peak_hz"}, "unknown population or area 'F7' in Circuit 'tiny'"),
        ({"names": "F6.peak"}, "unknown field 'peak' in F6.peak. Did you mean 'peak_hz'"),
        ({"names": "peak_hz"}, "'peak_hz' is none of"),
        ({"names": "lesion"}, "'lesion' is none of"),
        (
            {"names": "F6.n"},
            "decides the number of cells, synapses or features, which no fit changes",
        ),
        ({"names": "F6.encodes"}, "is 'command', which is no number to fit"),
        ({"names": "F6.latency_ms"}, "is None, which is no number to fit"),
        ({"names": "growth.shuffled"}, "is False, which is no number to fit"),
        ({"names": ("F6.peak_hz", "F6.baseline_hz")}, "stands for fields that differ at the start"),
        ({"names": ("F6.peak_hz", "F6.peak_hz")}, "names 'F6.peak_hz' twice"),
        ({"names": ("A.E->M.weight_nS",)}, "A.E->M.E.weight_nS is on two axes"),
        ({"names": "A.E->M.E.plasticity.eta"}, "learns by a rule"),
        ({"names": "STS->A.E.plasticity.etta"}, "unknown parameter 'etta'.*Did you mean 'eta'"),
        ({"low": 70}, "'F6.peak_hz' is 60 in the start circuit, outside its range 70 to 100"),
        ({"low": 1}, "'F6.peak_hz' cannot be 1: .*below baseline_hz"),
        ({"names": "growth.max_actions", "low": 1.0, "high": 4.0, "times": True}, "whole numbers"),
        ({"names": "growth.max_actions", "low": 1.5}, "'growth.max_actions' is 1 in the start"),
    ],
)
def test_an_axis_that_cannot_be_is_refused_before_any_work(plan, lab, changes, said):
    def fit_to_it():
        axis = ms.FitAxis(**{"names": PEAK, "low": 20, "high": 100} | changes)
        search(replace(plan, axes=(axis, plan.axes[1])))

    with pytest.raises(ValueError, match=said):
        fit_to_it()
    assert not lab.measured
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"axes": ()}, "axes is empty"),
        ({"settings": 0}, "settings is 0"),
        ({"subjects": ()}, "subjects is empty"),
        ({"subjects": (3, 3)}, "each Subject is named once"),
        ({"n_trials": 3}, "n_trials is 3; it must be at least 4"),
        ({"final_trials": 3}, "n_trials is 3; it must be at least 4"),
        ({"study": "control"}, "unknown study 'control'"),
        ({"sessions": ("day",)}, "unknown session 'day'"),
        ({"rows": ("hidden",)}, "hidden of study 'fitted' is to be predicted"),
        ({"rows": ("predict",)}, "unknown published row 'predict'"),
        ({"rows": ("wide",)}, "unknown published row 'wide'"),
        ({"rows": ()}, "the fit has no rows"),
        ({"aims": {"hidden": (0.0, 1.0)}}, "hidden has a published number"),
        ({"aims": {"wide": (1.0, 1.0)}}, "wide is 1 to 1"),
        ({"weights": {"wide": 1.0}}, "unknown row 'wide' in weights"),
        ({"weights": {"peak": -1.0}}, "peak is -1"),
        (
            {"starts": ({"peak": 30.0},)},
            "unknown axis 'peak' in start 1. Did you mean 'F6.peak_hz'",
        ),
        ({"starts": ({PEAK: 300.0},)}, "is 300 in start 1, outside its range 20 to 100"),
        ({"engine": {"dt": 0.1}}, "unknown option 'dt' in the sweep. Did you mean 'dt_ms'"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_before_any_work(plan, lab, changes, said):
    with pytest.raises(ValueError, match=said):
        search(replace(plan, **changes))
    assert not lab.measured


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 2}, r"another fit: it differs in seed \(seed: 1 there, 2 here\)"),
        ({"batch": 4}, "differs in batch"),
        ({"weights": {"peak": 2.0}}, "differs in rows"),
        ({"n_trials": 5}, "differs in n_trials"),
        ({"subjects": (1000,)}, "differs in subjects"),
        ({"curriculum": ms.Curriculum(max_actions=2)}, "differs in curriculum"),
    ],
)
def test_the_journal_of_another_fit_is_refused(plan, lab, tiny, changes, said):
    plan = replace(plan, settings=8)
    search(plan)
    kept, n = text(name="fit.journal"), len(lab.measured)
    for other, message in (
        (replace(plan, **changes), said),
        (replace(plan, circuit=tiny.with_population("A.E", noise_pA=61.0)), "differs in circuit"),
    ):
        with pytest.raises(ValueError, match=message):
            search(other)
    assert (text(name="fit.journal"), len(lab.measured)) == (kept, n)


def test_a_changed_target_or_study_is_another_fit(plan, lab, place):
    plan = replace(plan, settings=8)
    search(plan)
    place.with_name("fitted.csv").write_text(TARGETS.replace("80,75,90", "80,70,90"))
    with pytest.raises(ValueError, match="differs in rows"):
        search(plan)


def test_another_file_of_the_journals_name_is_left_alone(plan, lab):
    Path("out").mkdir()
    for content in ("dear diary", "dear\ndiary\n", '{"op_code":0\nnonsense\nmore\n'):
        Path("out/fit.journal").write_text(content)
        with pytest.raises(ValueError, match=r"fit\.journal is no journal of a fit"):
            search(plan)
        assert text(name="fit.journal") == content
    assert not lab.measured


def test_two_fits_do_not_write_to_one_folder(plan, lab):
    def run(waiting):
        with pytest.raises(RuntimeError, match="in use: another fit writes to the same folder"):
            search(plan)
        return type(lab).run(lab, waiting)

    lab.run = run
    search(replace(plan, settings=8))
    assert len(lab.measured) == 16


def test_an_unwritable_folder_is_named_before_any_work(plan, lab):
    Path("out").write_text("a file")
    with pytest.raises(OSError, match="cannot write files to this folder"):
        search(plan)
    assert not lab.measured


def test_without_optuna_the_fit_says_what_to_install(plan, lab, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"pip install 'mirror-sim\[fit\]'"):
        search(plan)


# --- plans in files, and the command -------------------------------------------------------------

PLAN = f"""
study = "fitted.py:STUDY"
subjects = [1000, 1001]
circuit = "tiny.toml"
settings = 8
batch = 8
rows = ["calibrate"]

[curriculum]
max_actions = 1

[finals]
settings = 2
subjects = [1000, 1002]
n_trials = 5

[[axes]]
name = "{PEAK}"
low = 20
high = 100

[[axes]]
name = ["{WEIGHT}", "F6->M.E.weight_nS"]
low = 0.1
high = 3.0
log = true
times = true
label = "drive of M"

[[start]]
F6.peak_hz = 70
"drive of M" = 2

[aims]
wide = [0.3, 1.0]

[weights]
wide = 3
"""


@pytest.fixture
def file(place, tiny, tmp_path):
    tiny.to_toml(tmp_path / "tiny.toml")
    (tmp_path / "plan.toml").write_text(PLAN)
    return tmp_path / "plan.toml"


def test_a_plan_is_read_from_a_file(file, tiny, monkeypatch):
    monkeypatch.chdir("/")
    plan = ms.FitPlan.from_toml(file)
    assert plan == ms.FitPlan(
        study=str(file.with_name("fitted.py:STUDY")),
        subjects=(1000, 1001),
        circuit=tiny,
        settings=8,
        batch=8,
        rows=("calibrate",),
        curriculum=ms.Curriculum(max_actions=1),
        n_finals=2,
        final_subjects=(1000, 1002),
        final_trials=5,
        axes=(
            ms.FitAxis(names=PEAK, low=20, high=100),
            ms.FitAxis(
                names=(WEIGHT, "F6->M.E.weight_nS"), low=0.1, high=3.0, log=True, times=True,
                label="drive of M",
            ),
        ),
        starts=({PEAK: 70, "drive of M": 2},),
        aims={"wide": (0.3, 1.0)},
        weights={"wide": 3.0},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("settings = 8\n", "setings = 8\n", "unknown field 'setings'.*Did you mean 'settings'"),
        ("subjects = [1000, 1001]\n", "", "FitPlan lacks subjects"),
        ("settings = 2\n", "n = 2\n", "unknown field 'n' in finals"),
        ("low = 20\n", "lo = 20\n", "unknown field 'lo' in axes. Did you mean 'low'"),
        ("low = 20\n", "", "lacks low"),
        ("max_actions = 1\n", "max_action = 1\n", "Did you mean 'max_actions'"),
        ("wide = [0.3, 1.0]", "wide = 0.3", "aims: wide is 0.3, which is no tuple"),
        ("[weights]\nwide = 3", "[[weights]]\nwide = 3", "it must be a table"),
        ("[finals]", "[[finals]]", "it must be a table"),
        ("[finals]", "[finals", "is no TOML"),
    ],
)
def test_a_mistake_in_a_plan_is_named(file, old, new, said):
    assert old in PLAN
    file.write_text(PLAN.replace(old, new))
    with pytest.raises(ValueError, match=rf"plan .*plan\.toml.*{said}"):
        ms.FitPlan.from_toml(file)


def test_the_command_fits_goes_on_and_says_what_it_found(file, lab, tmp_path, capsys):
    out = ["--out", str(tmp_path / "made")]
    assert cli.main(["fit", str(file), *out]) == 0
    assert cli.main(["fit", str(file), "--settings", "16", *out]) == 0
    said = capsys.readouterr().out
    assert "16 of 16 settings" in said
    assert "judged on 2 Subjects in full" in said
    assert len(pd.read_csv(tmp_path / "made" / "settings.csv")) == 16
    assert (tmp_path / "made" / "finals.csv").exists()
    assert cli.main(["fit", str(tmp_path / "none.toml"), *out]) == 2
    assert "none.toml: No such file" in capsys.readouterr().err
    lab.ends_after = len(lab.measured) + 3
    assert cli.main(["fit", str(file), "--settings", "24", *out]) == 130
    assert "what was finished is kept" in capsys.readouterr().err


def test_a_session_that_no_row_needs_is_left_out(lab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = []
    monkeypatch.setattr(
        Point, "key", lambda self: asked.append(self.study.sessions) or str(len(asked))
    )
    plan = ms.FitPlan(
        study="observed_vs_performed", sessions=("controls",), subjects=(1,), rows=(),
        aims={"both": (0.1, 0.3)}, settings=1, circuit=ms.macaque().scaled(0.05),
        axes=(ms.FitAxis(names="F6.withhold.peak_hz", low=5, high=60),),
    )  # fmt: skip
    lab.rows = lambda _: {"both": 0.2}
    search(plan)
    assert asked == [("controls",)]
    assert get_study("observed_vs_performed").sessions != ("controls",)


# --- in processes --------------------------------------------------------------------------------


SCRIPT = f"""
import mirror_sim as ms

PLAN = ms.FitPlan(
    study="fitted.py:STUDY", subjects=(1000, 1001), settings=4, batch=2, n_trials=4, rows=("peak",),
    axes=(ms.FitAxis(names="{PEAK}", low=20, high=100),), engine={{"block_s": 5.0}},
    circuit=ms.Circuit.from_toml("tiny.toml"), curriculum=ms.Curriculum(max_actions=1),
)
if __name__ == "__main__":
    import sys

    ms.fit(PLAN, jobs=int(sys.argv[1]), out=sys.argv[2])
"""


@pytest.mark.slow
def test_a_killed_fit_in_one_process_gives_the_bits_of_a_whole_one_in_two(place, tiny, tmp_path):
    tiny.to_toml("tiny.toml")
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "script.py"]
    subprocess.run([*command, "2", "whole"], check=True, capture_output=True)
    shutil.rmtree("cache/sweeps")
    for n_finished in (1, 5):
        process = subprocess.Popen([*command, "1", "out"], stdout=subprocess.DEVNULL)
        until = time.monotonic() + 120
        while len(list(Path("cache").glob("sweeps/*.json"))) < n_finished:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run([*command, "1", "out"], check=True, capture_output=True)
    assert text() == text("whole")
    assert pd.read_csv("out/settings.csv")["F6.peak_hz"].nunique() == 4


def test_points_that_are_kept_are_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))
    runs, told = [], []

    def run(waiting):
        for key in waiting:
            runs.append(key)
            yield key, (ValueError("no") if key == "c" else {"x": 1.0})

    for _ in range(2):
        rows, failed = gathered(
            dict.fromkeys("abc"), run, found=lambda *_: None, progress=told.append
        )
        assert set(rows) == {"a", "b"}
        assert list(failed) == ["c"]
    assert runs == ["a", "b", "c", "c"]
    assert json.loads(next(tmp_path.glob("sweeps/a.json")).read_text())["row"] == {"x": 1.0}


def test_the_default_circuit_is_derived_from_the_committed_journal(tmp_path, monkeypatch):
    folder = Path(__file__).parents[1] / "scripts" / "fit"
    monkeypatch.chdir(tmp_path)  # what tests made before is not there
    shutil.copytree(folder / "macaque", "macaque")
    committed = {file.name: file.read_bytes() for file in Path("macaque").iterdir()}
    for name in committed.keys() - {"fit.journal"}:
        (Path("macaque") / name).unlink()

    def measured(*_):
        raise AssertionError("a finished fit measured something")

    monkeypatch.setattr(fit_search, "gathered", measured)
    found = ms.fit(folder / "macaque.toml", out="macaque", say=lambda _: None)
    assert found.circuit.digest() == ms.macaque().digest()
    for name in ("fit.toml", "settings.csv", "rows.csv", "finals.csv"):
        assert (Path("macaque") / name).read_bytes() == committed[name]
