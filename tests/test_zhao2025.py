"""The study of Zhao & Schieber 2025 on sessions of known answer, and through a small circuit."""

from collections import Counter

import circuits
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from sessions import session_of_rates

from mirror_sim.compare.report import Setup, run
from mirror_sim.compare.scoreboard import scoreboard
from mirror_sim.studies.study import Results
from mirror_sim.studies.zhao2025 import (
    ACTIONS,
    STUDY,
    WINDOWS,
    decode,
    figure,
    measures,
    protocol,
    subspaces,
)
from mirror_sim.studies.zhao2025.recording import CLASSES, classes, read, related
from mirror_sim.studies.zhao2025.study import draw

OBJECTS = [action.thing.name for action in ACTIONS]
EXECUTING = ("execute-light", "execute-dark")
# Conditions in which units of a class prefer an object.
KINDS = {
    "mirror": (*EXECUTING, "observe"),
    "execution_only": EXECUTING,
    "observation_only": ("observe",),
    "none": (),
}
PLACES = (
    ("F5", "pyramidal", "mirror", 24),
    ("F5", "PTN", "execution_only", 24),
    ("F5", "FS", "observation_only", 8),
    ("F5", "pyramidal", "none", 24),
    ("PFG", "pyramidal", "mirror", 16),
    ("M1", "PTN", "execution_only", 16),
)
UNITS = pd.DataFrame(
    [(*place[:3], k) for place in PLACES for k in range(place[3])],
    columns=["area", "cell_type", "kind", "number"],
)
UNITS = UNITS.assign(unit_id=np.arange(len(UNITS)), population=UNITS["area"])
F5 = (UNITS["area"] == "F5").to_numpy()


def recorded(*, n_trials=8, late=("execution_only",), seed=1):
    """Units that prefer an object, from movement onset or, those of some classes, in the hold."""
    prefers = (UNITS["number"] % 4).to_numpy()
    is_late = UNITS["kind"].isin(late).to_numpy()

    def rates(trial):
        hz = np.full((int(trial.duration_s / 0.1), len(UNITS)), 8.0)
        active = [trial.condition in KINDS[kind] for kind in UNITS["kind"]]
        active &= prefers == OBJECTS.index(trial.action.thing.name)
        onset, hold, end = (
            round(trial.events[name] / 0.1) for name in ("movement_onset", "hold_on", "release")
        )
        hz[onset:hold, active & ~is_late] += 60.0
        hz[hold:end, active & is_late] += 60.0
        return hz

    return session_of_rates(UNITS, protocol(n_trials), rates, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def session():
    return recorded()


@pytest.fixture(scope="module")
def found(session):
    with pytest.MonkeyPatch.context() as few:
        few.setattr(decode, "N_PERMUTATIONS", 20)
        few.setattr(subspaces, "N_SHUFFLES", 20)
        few.setattr(subspaces, "N_CLASS_SHUFFLES", 20)
        return STUDY.measure({STUDY.name: session}, seed=1)


def test_the_blocks_have_equal_numbers_of_each_object_in_their_order():
    day = protocol(n_trials=4)
    names = [trial.condition for trial in day]
    assert names == ["execute-light"] * 16 + ["observe"] * 16 + ["execute-dark"] * 16
    counts = Counter((trial.condition, trial.action.name) for trial in day)
    assert set(counts.values()) == {4}
    assert len(counts) == 12
    assert day.trials == protocol(n_trials=4).trials
    assert day.trials[:16] != protocol(n_trials=5).trials[:16]


def test_the_events_of_a_trial_follow_each_other_as_the_task_has_it():
    order = (
        "object_on", "instruction_off", "go", "movement_onset", "contact", "hold_on", "release",
    )  # fmt: skip
    for trial in protocol(n_trials=4):
        times_s = np.array([trial.events[name] for name in order])
        parts_s = np.diff(times_s)
        assert 0.5 <= times_s[0] <= 1.0
        assert parts_s[0] == pytest.approx(0.5)
        assert 0.5 <= parts_s[1] <= 2.0
        assert parts_s[2] > 0.25
        assert parts_s[6 - 1] == pytest.approx(1.0)
        assert trial.duration_s > times_s[-1] + 0.4  # the window after the hold, smoothed
        executed = trial.condition != "observe"
        assert (trial.withhold_s is None) == executed
        hidden_s = trial.acts[0].hidden_s
        dark_s = ((trial.events["go"], trial.duration_s),)
        assert hidden_s == (dark_s if trial.condition == "execute-dark" else ())


def test_acts_are_known_by_features_and_differ_in_them():
    features = {
        (a.thing.size_cm, a.thing.tilt_deg, a.aperture_hold_cm, a.wrist_deg, a.after)
        for a in ACTIONS
    }
    assert len(features) == 4
    turned = ACTIONS[0].after(np.array([0.0, 0.1, 0.2, 1.0]), 1.2)["wrist_deg"]
    np.testing.assert_allclose(turned, [0.0, 22.5, 45.0, 45.0])
    steps_s = np.arange(0, 1.2, 0.001)
    for action, way_cm in zip(ACTIONS[1:], (1.0, 3.0, 3.0), strict=True):
        speed = action.after(steps_s, 1.2)["speed_cm_s"]
        assert speed.sum() * 0.001 == pytest.approx(way_cm, rel=0.01)
    assert len(WINDOWS) == 11


def test_units_get_the_class_that_they_were_made_with(session, found):
    recording = read(session)
    own = recording.session.units["kind"].to_numpy(dtype=str)
    kind = classes(recording)
    # One test in forty finds something by chance.
    assert np.mean(kind == own) > 0.85
    assert (kind[own == "mirror"] == "mirror").all()
    assert (classes(recording, execution="dark")[own == "mirror"] == "mirror").all()
    assert found["mirror.F5"] == pytest.approx(30, abs=6)
    assert found["execution_only.M1"] > 85
    assert found["mirror.PFG"] == 100
    assert sum(found[f"{name}.F5"] for name in CLASSES) == pytest.approx(100)
    assert found["mirror.F5.PTN"] < 15
    assert found["sign.FF.F5"] > 90


def test_contexts_of_one_class_overlap_more_than_independent_ones(found):
    margins = found["executed.F5"] * found["observed.F5"] / 100
    assert found["mirror.F5.chance"] == pytest.approx(margins, abs=1)
    # 24 % of 60 and 40 % by chance; the made-up units have 30 %.
    assert found["mirror.F5.low"] < 24 < found["mirror.F5.high"]


def test_the_test_finds_few_units_where_nothing_matters(session, found):
    for context in ("executed", "observed"):
        assert found[f"{context}.chance"] == pytest.approx(2.5, abs=2)
    recording = read(session)
    rng = np.random.default_rng(5)
    flat = rng.poisson(2.0, (64, 11, 2000)) / 0.2
    share = related(flat, recording.thing[:64]).mean()
    assert share == pytest.approx(1 - (1 - 0.0083) ** 3, abs=0.012)


def test_numbers_by_trials_end_with_all_of_them():
    more = measures.by_trials(read(recorded(n_trials=9)))
    assert {int(name.partition(".")[2]) for name in more} == {8, 9}
    assert more["mirror.9"] == pytest.approx(more["mirror.8"], abs=5)


def test_clear_classes_are_kept_in_the_other_half(found):
    assert found["kept.mirror"] > 90
    assert found["kept.mirror.chance"] < 40
    assert found["kappa.class"] > 0.7


def test_the_object_decodes_where_and_when_units_carry_it(found):
    for row in ("executed.movement.F5", "executed.hold.M1", "observed.movement.PFG"):
        assert found[f"decode.{row}"] > 65, row
    assert found["decode.across.movement.PFG"] > 80
    assert found["decode.across_dark.movement.PFG"] > 80
    for row in ("executed.instruction.F5", "observed.go.PFG", "across.hold.M1"):
        assert found[f"decode.{row}"] < found[f"decode.{row}.high"] + 5, row
        assert found[f"decode.{row}.low"] < 25 < found[f"decode.{row}.high"], row


def test_subspaces_are_alike_where_the_same_units_carry_the_object(found):
    alike = found["angle.contexts.movement.PFG"]
    assert alike < found["angle.chance.PFG.low"]
    assert alike == pytest.approx(found["angle.executed.movement.PFG"], abs=12)
    assert found["angle.executed.movement_hold.F5"] > found["angle.executed.movement.F5"] + 20
    assert found["angle.contexts.instruction.F5"] > found["angle.chance.F5.low"] - 5


def test_trajectories_of_contexts_are_shared_where_both_have_the_object(found):
    assert found["cca.contexts.PFG"] > found["cca.contexts.PFG.high"] + 0.05
    assert found["cca.contexts.PFG"] == pytest.approx(found["cca.executed.PFG"], abs=0.1)
    low, high = (found[f"cca.contexts.M1.{end}"] for end in ("low", "high"))
    assert low - 0.1 < found["cca.contexts.M1"] < high + 0.1


def test_classes_with_courses_of_their_own_are_two_populations(found):
    assert found["classes.n.mirror"] == pytest.approx(24, abs=2)
    assert found["classes.n.execution_only"] == pytest.approx(24, abs=5)
    assert found["classes.cca"] < found["classes.cca.low"] - 0.05


def test_classes_with_the_same_courses_are_one_population(monkeypatch):
    monkeypatch.setattr(subspaces, "N_CLASS_SHUFFLES", 40)
    alike = subspaces.class_rows(read(recorded(late=(), seed=2)), seed=1)
    for name in ("cca", "angles"):
        low, high = (alike[f"classes.{name}.{end}"] for end in ("low", "high"))
        spread = high - low
        assert low - spread / 2 < alike[f"classes.{name}"] < high + spread / 2, name


def test_too_few_units_of_a_class_are_not_compared(session):
    kept = session.select(units=~((UNITS["kind"] == "execution_only").to_numpy() & F5))
    found = subspaces.class_rows(read(kept), seed=1)
    assert found["classes.n.execution_only"] < subspaces.FEWEST_UNITS
    assert np.isnan(found["classes.cca"])


def test_every_row_is_described_and_the_control_has_its_row(found):
    described = set(STUDY.published()["id"])
    trials = {row for row in found if row.split(".")[1].isdigit()}
    assert found.keys() - trials <= described
    assert described - found.keys() == {f"{name}.{n}" for name in CLASSES for n in (16, 32)}
    assert {control.row for control in STUDY.controls} <= described
    assert STUDY.published()["value"].isna().all()


def test_a_session_without_the_area_is_refused(session):
    with pytest.raises(ValueError, match=r"no two units of F5; its areas: PFG, M1"):
        read(session.select(units=~F5))


def test_the_figure_shows_the_numbers(session, found):
    rows = pd.DataFrame([found]).assign(subject_kind="grown", subject_seed=1)
    page = draw(
        Results(
            study=STUDY,
            sessions={STUDY.name: session},
            found=rows,
            table=scoreboard(STUDY, rows),
            controls=pd.DataFrame(),
        )
    )
    words = "\n".join(text.get_text() for text in page.findobj(Text))
    assert f"{found['classes.n.mirror']:.0f} mirror and" in words
    assert "one Subject, an example" in page.get_label()
    bars = [bar.get_height() for bar in page.axes[0].patches]
    assert bars[:3] == [found[f"mirror.{area}"] for area in ("PFG", "F5", "M1")]


def test_the_figure_says_how_many_subjects_it_shows_and_where_units_are_too_few():
    nan = (np.nan,) * 3
    data = figure.FigureData(
        rows={"none.4": (1.0, 0.5, 2.0), "none.F5": (1.0, 0.5, 2.0), "classes.cca": nan},
        angles={},
        decoding=[],
        subject="Subject 1",
        n_subjects=3,
    )
    assert data.trial_counts("none") == [4]
    assert data.areas == []
    assert "3 Subjects" in figure.caption(data)


@pytest.mark.slow
def test_the_study_runs_from_growth_to_figure(tmp_path):
    setup = Setup(circuit=circuits.small(), seed=3, quick=True, jobs=2)
    run(STUDY, setup, out=tmp_path, say=str)
    table = pd.read_csv(tmp_path / "zhao2025.csv").set_index("id")
    assert np.isfinite(table.loc["executed.F5", "model"])
    assert (tmp_path / "zhao2025.png").stat().st_size > 10_000
    units = pd.read_csv(tmp_path / "units_zhao2025.csv")
    assert set(units["area"]) == {"PFG", "F5"}
