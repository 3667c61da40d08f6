"""The Go/NoGo task on sessions of known answer, and through a small circuit."""

import circuits
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from sessions import session_of_rates

from mirror_sim.compare.report import Setup, run
from mirror_sim.compare.scoreboard import scoreboard
from mirror_sim.studies.ferroni2021 import STUDY, measures, protocol, task
from mirror_sim.studies.ferroni2021.courses import courses
from mirror_sim.studies.ferroni2021.study import draw
from mirror_sim.studies.study import Results

BASELINE_HZ, RESPONSE_HZ = 12.0, 30.0
N, N_UNITS = 9, 20
MOVED = ("execute-go", "execute-dark", "observe-go")

# What units of a kind fire while a movement is done or would be, by condition (spikes/s).
KINDS = {
    "mirror": dict.fromkeys(MOVED, RESPONSE_HZ),
    "motor": {"execute-go": RESPONSE_HZ, "execute-dark": RESPONSE_HZ},
    "visual": {"observe-go": RESPONSE_HZ},
    "object": {condition.name: RESPONSE_HZ for condition in task.CONDITIONS},
    "suppressed": dict.fromkeys(MOVED, 1.0),
    "opposed": {"execute-go": RESPONSE_HZ, "execute-dark": RESPONSE_HZ, "observe-go": 1.0},
    "none": {},
}
AREAS = {
    "AIP": ("object", "visual"),
    "PFG": ("visual", "motor"),
    "F5": ("mirror", "motor", "opposed"),
    "M1": ("suppressed", "none"),
}


def units_of(areas):
    places = [(area, kind) for area, kinds in areas.items() for kind in kinds] * N_UNITS
    table = pd.DataFrame(sorted(places), columns=["area", "kind"])
    return table.assign(unit_id=np.arange(len(table)), population="", cell_type="pyramidal")


def recorded(day, *, areas=AREAS):
    """Poisson units that change from movement onset to the end of the trial."""
    units = units_of(areas)

    def rates(trial):
        during = [KINDS[kind].get(trial.condition, BASELINE_HZ) for kind in units["kind"]]
        moving = np.arange(0, trial.duration_s - 0.05, 0.1) >= trial.events["movement_onset"] - 0.05
        return np.where(moving[:, None], during, BASELINE_HZ)

    trials = protocol(n_trials=N, day=day).trials
    return session_of_rates(units, trials, rates, np.random.default_rng(day))


@pytest.fixture(scope="module")
def days():
    return {f"day_{day}": recorded(day) for day in (1, 2)}


@pytest.fixture(scope="module")
def found(days):
    return STUDY.measure(days, seed=1)


def test_the_task_has_its_times_and_its_twelve_conditions_beside_those_in_the_dark():
    day = protocol(n_trials=2)
    kinds = pd.Series([(trial.condition, trial.action.name) for trial in day]).value_counts()
    assert (kinds == 2).all()
    assert len(kinds) == 12 + 3
    for trial in day:
        events = trial.events
        assert (events["cue_on"], events["go"], trial.duration_s) == (0.5, 2.3, 3.5)
        assert events["object_on"] == pytest.approx(events["cue_on"] + 0.8)
        order = ["cue_on", "object_on", "go", "movement_onset", "contact", "release"]
        assert sorted(order, key=events.__getitem__) == order
        assert events["release"] - events["contact"] > 0.25


def test_who_may_not_move_withholds_and_nobody_moves_in_nogo():
    for trial in protocol(n_trials=2):
        expected = {
            "execute-nogo": (0.5, 3.5),
            "observe-go": (0.0, 3.5),
            "observe-nogo": (0.0, 3.5),
        }
        assert trial.withhold_s == expected.get(trial.condition)
        actors = [act.actor for act in trial.acts]
        assert actors == {
            "execute-go": ["self"],
            "execute-dark": ["self"],
            "observe-go": ["other"],
        }.get(trial.condition, [])
        assert bool(trial.objects[0].hidden_s) == (trial.condition == "execute-dark")


def test_equal_days_are_equal_trials_and_others_are_not():
    assert protocol(n_trials=2).trials == protocol(n_trials=2).trials
    one, two = protocol(n_trials=2, day=1), protocol(n_trials=2, day=2)
    assert one.name != two.name  # by which the Subject's noise is drawn
    assert one.trials != two.trials


def test_mirror_units_change_in_both_contexts(found):
    of_f5 = 100 * 2 / 3  # mirror and opposed
    for pair in ("go", "dark"):
        assert found[f"mirror.{pair}.F5"] == pytest.approx(of_f5, abs=5)
        assert found[f"both.{pair}.F5"] == pytest.approx(100 / 3, abs=3)
        assert found[f"mirror.{pair}.PFG"] < 12
        assert found[f"mirror.{pair}.M1"] == pytest.approx(50, abs=6)
        assert found[f"both.{pair}.M1"] < 6
    assert found["mirror.go.F5.chance"] == pytest.approx(of_f5, abs=5)  # all of F5 are executed
    assert found["mirror.go.M1.chance"] == pytest.approx(25, abs=6)
    assert found["both.go.PFG.high"] > found["both.go.PFG"]


def test_an_object_alone_makes_mirror_units_of_nogo_too(found):
    assert found["mirror.nogo.AIP"] == pytest.approx(50, abs=6)
    assert found["mirror.nogo.F5"] < 6
    assert found["mirror.act.AIP"] < 12
    assert found["mirror.act.F5"] == pytest.approx(found["mirror.go.F5"], abs=8)
    assert found["both.act.F5"] == pytest.approx(found["both.go.F5"], abs=5)


def test_the_sign_of_a_change_is_told(found):
    assert found["facilitated.observe-go.F5"] == pytest.approx(100 / 3, abs=5)
    assert found["suppressed.observe-go.F5"] == pytest.approx(100 / 3, abs=5)
    assert found["facilitated.execute-go.F5"] == 100
    assert found["suppressed.observe-go.M1"] == pytest.approx(50, abs=6)
    assert found["facilitated.observe-nogo.PFG"] < 12


def test_go_differs_from_nogo_where_a_movement_is_done_or_seen(found):
    assert found["more.execute.F5"] == 100
    assert found["more.observe.PFG"] == pytest.approx(50, abs=8)
    assert found["less.observe.F5"] == pytest.approx(100 / 3, abs=5)
    assert found["less.observe.M1"] == pytest.approx(50, abs=6)
    assert found["differs.observe.F5.excess"] == pytest.approx(100 * 2 / 3, abs=8)
    assert found["omega.execute.F5"] > 0.3
    assert found["more.observe.F5.chance"] + found["less.observe.F5.chance"] == pytest.approx(
        5, abs=2
    )


def test_without_any_response_all_that_is_found_is_chance():
    quiet = {"F5": ("none",) * 10}
    found = measures.rows({"day_1": recorded(3, areas=quiet)}, seed=1)
    for condition in task.CONDITIONS:
        false = sum(found[f"{s}.{condition.name}.F5"] for s in ("facilitated", "suppressed"))
        chance = sum(found[f"{s}.{condition.name}.chance"] for s in ("facilitated", "suppressed"))
        assert false == pytest.approx(4, abs=4)
        assert chance == pytest.approx(4, abs=4)
    assert found["mirror.go.F5"] < 2
    for context in measures.CONTEXTS:
        assert abs(found[f"differs.{context}.F5.excess"]) < 5
        assert abs(found[f"omega.{context}.F5"]) < 0.02


def test_sight_alone_makes_units_mirror_only_as_often_as_chance(found):
    # Half of the units are seen, another half are done: independent contexts would give a quarter.
    assert found["mirror.go.PFG"] < found["mirror.go.PFG.chance"]
    assert found["mirror.go.PFG.chance"] == pytest.approx(25, abs=6)


def test_numbers_by_trials_end_with_all_of_them(found):
    for area in AREAS:
        assert found[f"mirror.go.{area}.9"] == found[f"mirror.go.{area}"]
        assert found[f"suppressed.observe-go.{area}.9"] == found[f"suppressed.observe-go.{area}"]
    assert "mirror.go.F5.8" in found
    assert "mirror.go.F5.16" not in found


def test_clear_classes_are_kept_on_another_day(found):
    assert found["kept.mirror.F5"] > 95
    assert found["kappa.mirror.F5"] > 0.9
    assert found["kept.mirror.F5.chance"] == pytest.approx(100 * 2 / 3, abs=5)
    assert found["kappa.sign.F5"] > 0.9


def test_other_units_on_another_day_keep_no_class(days):
    second = days["day_2"]
    order = np.random.default_rng(3).permutation(len(second.units))
    f5 = second.units["area"] == "F5"
    order = np.concatenate([np.flatnonzero(~f5), [k for k in order if f5[k]]])
    mixed = second.select(units=order)
    first = days["day_1"].select(units=np.concatenate([np.flatnonzero(~f5), np.flatnonzero(f5)]))
    found = measures.repeated(measures.read(first), measures.read(mixed))
    assert abs(found["kappa.mirror.F5"]) < 0.3
    assert found["kept.mirror.F5"] == pytest.approx(found["kept.mirror.F5.chance"], abs=12)


def test_every_row_is_described_and_the_control_has_its_row(found):
    described = set(STUDY.published()["id"])
    of_all_trials = {row for row in found if "9" in row.split(".")}
    assert found.keys() - of_all_trials <= described
    missing = described - found.keys()
    assert all({"16", "32"} & set(row.split(".")) for row in missing)
    assert {control.row for control in STUDY.controls} <= described
    assert STUDY.published()["value"].isna().all()


def test_a_session_without_the_area_is_refused(days):
    with pytest.raises(ValueError, match=r"no unit of F5; its areas: AIP, M1"):
        measures.read(days["day_1"].select(units="area in ['AIP', 'M1']"))


def test_the_figure_shows_the_numbers(days, found):
    rows = pd.DataFrame([found]).assign(subject_kind="grown", subject_seed=1)
    table = scoreboard(STUDY, rows)
    page = draw(
        Results(study=STUDY, sessions=days, found=rows, table=table, controls=pd.DataFrame())
    )
    words = "\n".join(text.get_text() for text in page.findobj(Text))
    assert "one Subject, an example" in words
    assert "one Subject, an example" in page.get_label()
    titles = [axes.get_title() for axes in page.axes]
    assert titles[:4] == list(AREAS)
    heights = [bar.get_height() for bar in page.axes[4].patches]
    assert heights[:4] == [found[f"mirror.go.{area}"] for area in AREAS]


def test_courses_rise_where_units_fire(days):
    made = courses(days["day_1"])
    late = made.times_s > 0.6
    rise = made.change_hz["F5", "execute-go"][late].mean()
    assert rise == pytest.approx(RESPONSE_HZ - BASELINE_HZ, abs=3)
    assert made.change_hz["M1", "observe-nogo"][late].mean() == pytest.approx(0, abs=1.5)


@pytest.mark.slow
def test_the_study_runs_from_growth_to_figure(tmp_path):
    setup = Setup(circuit=circuits.small(), seed=3, quick=True, jobs=2)
    run(STUDY, setup, out=tmp_path, say=str)
    table = pd.read_csv(tmp_path / "ferroni2021.csv").set_index("id")
    assert np.isfinite(table.loc["mirror.go.F5", "model"])
    assert "mirror.go.AIP" not in table.index
    assert (tmp_path / "ferroni2021.png").stat().st_size > 10_000
    units = pd.read_csv(tmp_path / "units_ferroni2021.csv")
    assert set(units["area"]) == {"PFG", "F5"}
