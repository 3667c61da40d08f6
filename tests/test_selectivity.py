"""The study of selectivity on sessions of known answer, and through a small circuit."""

from dataclasses import replace

import circuits
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from mirror_sim.compare.report import Setup, run
from mirror_sim.compare.scoreboard import scoreboard
from mirror_sim.figures.numbers import Numbers
from mirror_sim.scene.actions import REPERTOIRE
from mirror_sim.session.session import Session
from mirror_sim.studies.controls.study import CONTROLS
from mirror_sim.studies.selectivity import STUDY, decode, figure, measures, protocol
from mirror_sim.studies.selectivity.day import classes, read
from mirror_sim.studies.selectivity.study import draw
from mirror_sim.studies.study import Results
from mirror_sim.subject.recording import trial_row
from mirror_sim.subject.subject import Subject

ACTS = sorted(REPERTOIRE)
BASELINE_HZ, RESPONSE_HZ = 5.0, 40.0
N = 16

# The act that unit k prefers done and seen: a number, "all" of them, or None.
KINDS = {
    "congruent": lambda k: (k % 8, k % 8),
    "independent": lambda k: (k % 8, (5 * (k // 8) + 3 * k + 1) % 8),
    "visual": lambda k: (None, k % 8),
    "motor": lambda k: (k % 8, None),
    "unselective": lambda _: ("all", "all"),
    "flat": lambda _: (None, None),
}
PLACES = (
    ("STS", "input", "visual"),
    ("PFG", "pyramidal", "independent"),
    ("F5", "pyramidal", "congruent"),
    ("F5", "PTN", "motor"),
    ("F5", "FS", "unselective"),
    ("M1", "PTN", "flat"),
)
UNITS = pd.DataFrame(
    [(*place, k) for place in PLACES for k in range(N)],
    columns=["area", "cell_type", "kind", "number"],
)
UNITS = UNITS.assign(unit_id=np.arange(len(UNITS)), population=UNITS["area"])


def recorded(trials, *, seed=1):
    """Poisson units that fire more from movement onset to release in acts that they prefer."""
    rng = np.random.default_rng(seed)
    preferred = [KINDS[kind](k) for kind, k in zip(UNITS["kind"], UNITS["number"], strict=True)]
    rows, times, who = [], [], []
    for number, trial in enumerate(trials):
        start = 4.0 * number
        rows.append(trial_row(trial, start))
        context = {"execute-dark": 0, "observe": 1}.get(trial.condition)
        act = ACTS.index(trial.action.name)
        active = [context is not None and own[context] in (act, "all") for own in preferred]
        for first, last, rate in (
            (0.0, trial.duration_s, np.full(len(UNITS), BASELINE_HZ)),
            (
                trial.events["movement_onset"],
                trial.events["release"],
                np.array(active) * RESPONSE_HZ,
            ),
        ):
            counts = rng.poisson(rate * (last - first))
            times.append(start + rng.uniform(first, last, counts.sum()))
            who.append(np.repeat(np.arange(len(UNITS)), counts))
    flat, unit = np.concatenate(times), np.concatenate(who)
    order = np.lexsort((flat, unit))
    return Session(UNITS, pd.DataFrame(rows), flat[order], unit[order], {"study": "known answer"})


@pytest.fixture(scope="module")
def days():
    return {f"day_{day}": recorded(protocol(n_trials=9, day=day), seed=day) for day in (1, 2)}


@pytest.fixture(scope="module")
def found(days):
    with pytest.MonkeyPatch.context() as few:
        few.setattr(decode, "N_PERMUTATIONS", 20)
        few.setattr(decode, "N_DRAWS", 2)
        return STUDY.measure(days, seed=1)


def test_days_are_other_trials_with_other_noise():
    one, two = protocol(n_trials=2, day=1), protocol(n_trials=2, day=2)
    assert one.name != two.name  # by which the Subject's noise is drawn
    assert one.trials != two.trials
    kinds = pd.Series([(trial.condition, trial.action.name) for trial in one]).value_counts()
    assert (kinds == 2).all()
    assert len(kinds) == 2 * len(REPERTOIRE) + 4


def test_shares_tell_who_prefers_an_act_in_which_context(found):
    for row in ("observed.STS", "executed.PFG", "observed.PFG", "executed.F5.PTN"):
        assert found[row] == 100, row
    for row in ("executed.STS", "observed.F5.PTN", "observed.M1", "observed.F5.FS"):
        assert found[row] < 30, row  # of 16 units, 5 % by chance
        assert abs(found[f"omega.{row}"]) < 0.03
    assert found["omega.observed.STS"] > 0.3
    assert found["observed.chance"] == pytest.approx(5, abs=3)


def test_a_response_to_every_act_is_mirror_and_not_selective(found):
    assert found["mirror.F5.FS"] == 100
    assert found["mirror.F5.PTN"] == 0
    assert found["mirror.F5.pyramidal"] == 100
    assert found["match.F5.pyramidal"] > 0.8
    assert found["match.F5.FS.low"] < found["match.F5.FS"] < found["match.F5.FS.high"]


def test_the_act_decodes_where_units_carry_it_and_across_contexts_where_they_are_congruent(found):
    assert found["decode.observed.STS"] > 80
    for row in ("decode.executed.STS", "decode.observed.M1", "decode.across.PFG"):
        assert found[row] < found[f"{row}.high"] + 5, row
        assert found[f"{row}.low"] < 12.5 < found[f"{row}.high"], row
    for row in ("across", "back"):
        assert found[f"decode.{row}.F5"] > 40
    assert found["decode.same_object.STS"] > 70
    assert found["decode.same_object.M1.low"] < 100 / 3 < found["decode.same_object.M1.high"]


def test_units_that_see_only_the_object_do_not_tell_acts_on_it_apart():
    things = [action.thing.name for _, action in sorted(REPERTOIRE.items())]

    def session(alike):
        day = protocol(n_trials=8)
        trials = [
            replace(trial, action=REPERTOIRE[ACTS[alike[ACTS.index(trial.action.name)]]])
            for trial in day
        ]
        made = recorded(trials)
        table = pd.DataFrame([trial_row(trial, 4.0 * k) for k, trial in enumerate(day)])
        return Session(made.units, table, made.spike_times, made.spike_units, {})

    # Every act counts as the first of those on its object.
    day = read(session([things.index(name) for name in things]))
    found = measures.selective(day, seed=1)
    assert found["observed.STS"] == 50  # those that prefer one that is still there
    assert found["same_object.STS"] < 30
    correct, null = (f(day, "STS", seed=1) for f in (decode.correct, decode.permuted))
    assert correct["observed"] > null["observed"].max() + 0.2
    assert correct["same_object"] < null["same_object"].max()


def test_numbers_by_trials_end_with_all_of_them(found):
    assert found["mirror.9"] == found["mirror.F5"]
    assert found["omega.9"] == found["omega.observed.F5"]
    assert found["decode.9"] == found["decode.observed.F5"]
    assert found["omega.8"] == pytest.approx(found["omega.9"], abs=0.03)
    assert "mirror.16" not in found


def test_clear_classes_are_kept_on_another_day(found):
    assert found["kept.mirror"] == 100
    assert found["kept.mirror.chance"] == pytest.approx(200 / 3)
    assert found["kappa.mirror"] == 1
    assert found["days.executed.F5"] > 0.4
    assert found["match.F5"] < found["ceiling.F5"] + 0.1


def test_other_units_on_another_day_keep_no_class(days):
    other = days["day_2"]
    rng = np.random.default_rng(3)
    order = np.arange(len(UNITS))
    f5 = np.flatnonzero(UNITS["area"] == "F5")
    order[f5] = rng.permutation(f5)
    shuffled = other.select(units=order)
    swapped = Session(UNITS, other.trials, shuffled.spike_times, shuffled.spike_units, {})
    first = read(days["day_1"])
    found = measures.repeated(first, read(swapped), classes(first))
    assert abs(found["kappa.mirror"]) < 0.4
    assert found["kept.mirror"] == pytest.approx(found["kept.mirror.chance"], abs=15)


def test_every_row_is_described_and_every_control_has_its_row(found):
    described = set(STUDY.published()["id"])
    trials = {row for row in found if row.split(".")[1].isdigit()}
    areas = {row for row in described if ".AIP" in row}  # which these sessions lack
    assert found.keys() - trials <= described
    assert described - areas - found.keys() == {
        f"{name}.{n}" for name in ("mirror", "strict", "broad", "observed", "omega", "decode")
        for n in (16, 32)
    }  # fmt: skip
    assert {control.row for control in STUDY.controls} <= described
    assert {control.name for control in STUDY.controls} <= {control.name for control in CONTROLS}


def test_a_session_without_the_area_is_refused(days):
    with pytest.raises(ValueError, match=r"no two units of F5; its areas: STS, M1"):
        read(days["day_1"].select(units="area in ['STS', 'M1']"))


def drawn(days, found):
    rows = pd.DataFrame([found]).assign(subject_kind="grown", subject_seed=1)
    table = scoreboard(STUDY, rows)
    return draw(
        Results(study=STUDY, sessions=days, found=rows, table=table, controls=pd.DataFrame())
    )


def test_the_figure_shows_the_numbers(days, found):
    page = drawn(days, found)
    words = "\n".join(text.get_text() for text in page.findobj(Text))
    assert f"{found['kept.mirror']:.0f} % (by chance {found['kept.mirror.chance']:.0f} %)" in words
    table = measures.class_table(read(days["day_1"]), read(days["day_2"]))
    assert table.to_numpy().sum() == 3 * N
    assert str(table.loc["not mirror", "not mirror"]) in words
    assert "one Subject, an example" in page.get_label()
    bars = [bar.get_height() for axes in page.axes[:1] for bar in axes.patches]
    assert bars[0] == found["executed.STS"]


def test_the_figure_says_how_many_subjects_it_shows(days, found):
    rows = {"mirror.4": (1.0, 0.5, 2.0), "mirror.F5": (1.0, 0.5, 2.0)}
    numbers = Numbers(rows=rows, n_subjects=3)
    data = figure.FigureData(numbers=numbers, days=pd.DataFrame(), n_acts=8, subject="Subject 1")
    assert numbers.trial_counts("mirror") == [4]
    assert np.isnan(numbers.value("kept.mirror"))
    assert "3 Subjects" in figure.caption(data)


@pytest.fixture(scope="module")
def subject(tiny, tiny_model):
    return Subject.naive(tiny, seed=3, block_s=5.0)


def test_input_cells_are_recorded_beside_the_same_cells(subject):
    day = protocol(n_trials=2, day=1)
    day = replace(day, trials=day.trials[:24])
    plain, both = subject.run(day), subject.run(day, inputs=["STS"])
    cells = both.select(units="cell_type != 'input'")
    assert cells.equals(plain)
    inputs = both.select(units="area == 'STS'")
    assert (inputs.units["cell_type"] == "input").all()
    assert len(inputs.units) == 30
    # Their spikes are those that the encoder's rates make.
    (_, encoder), *_ = subject.engine.encoders
    start, stop = (inputs.trials[f"{edge}_time"].to_numpy() for edge in ("start", "stop"))
    expected = sum(encoder.rates(trial).sum(axis=0) * 0.01 for trial in day.trials)
    counts = inputs.counts(start, stop).sum(axis=0)
    assert counts.sum() == pytest.approx(expected.sum(), abs=5 * np.sqrt(expected.sum()))
    chi_squared = float(((counts - expected) ** 2 / expected).sum())
    assert chi_squared == pytest.approx(30, abs=5 * np.sqrt(2 * 30))


def test_an_area_that_is_not_there_is_refused_before_the_run(subject):
    with pytest.raises(ValueError, match=r"'STT' in Subject.run, inputs. Did you mean 'STS'"):
        subject.run(protocol(n_trials=2), inputs=["STT"])


@pytest.mark.slow
def test_the_study_runs_from_growth_to_figure(tmp_path):
    setup = Setup(circuit=circuits.small(), seed=3, quick=True, jobs=2)
    run(STUDY, setup, out=tmp_path, say=str)
    table = pd.read_csv(tmp_path / "selectivity.csv").set_index("id")
    assert table.loc["observed.STS", "model"] > table.loc["executed.STS", "model"]
    assert (tmp_path / "selectivity.png").stat().st_size > 10_000
    units = pd.read_csv(tmp_path / "units_selectivity.csv")
    assert set(units["area"]) == {"STS", "PFG", "F5"}
