"""Place and view of a seen grasp: each test on units of known answer."""

from __future__ import annotations

import circuits
import numpy as np
import pandas as pd
import pytest

from mirror_sim.compare.report import Setup, run
from mirror_sim.figures import style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies import caggiano2011
from mirror_sim.studies.caggiano2011 import figure, measures, task
from mirror_sim.studies.caggiano2011.measures import AREA, Recording
from mirror_sim.studies.study import get_study

N_TRIALS = 16
KINDS = ("executed", *task.SEEN)


def test_conditions_differ_in_view_or_place_alone():
    protocol = caggiano2011.protocol(4)
    assert protocol == caggiano2011.protocol(4)
    names = [(trial.condition, trial.action.name) for trial in protocol.trials]
    assert {names.count(name) for name in names} == {4}
    assert len(set(names)) == 2 * len(KINDS)
    where = {
        trial.condition: (trial.acts[0].viewpoint_deg, trial.acts[0].distance_m)
        for trial in protocol.trials
    }
    assert where == {
        "execute-dark": (0.0, 0.6),
        "observe": (180.0, 0.6),
        "observe-side": (90.0, 0.6),
        "observe-own-view": (0.0, 0.6),
        "observe-far": (180.0, 2.0),
    }
    seen = [trial for trial in protocol.trials if trial.condition != task.EXECUTED]
    assert all(trial.withhold_s is not None and not trial.acts[0].own for trial in seen)


def recording(rng, means) -> Recording:
    """Units whose mean change by condition is given, (n_kinds, n_units), the same for both acts."""
    condition = np.repeat(KINDS, 2 * N_TRIALS)
    act = np.tile(np.repeat(["a", "b"], N_TRIALS), len(KINDS))
    change = np.repeat(means, 2 * N_TRIALS, axis=0)
    change = change + rng.normal(size=change.shape)
    return Recording(
        change_hz=change, condition=condition, act=act, units={AREA: np.arange(means.shape[1])}
    )


def test_units_of_known_kind(rng):
    #                executed, 180, 90, 0, far
    kinds = {
        "any view": [3.0, 3.0, 3.0, 3.0, 3.0],
        "own view": [3.0, 0.0, 0.0, 3.0, 0.0],
        "near": [3.0, 3.0, 3.0, 3.0, 0.0],
        "visual": [0.0, 3.0, 3.0, 3.0, 3.0],
        "motor": [3.0, 0.0, 0.0, 0.0, 0.0],
        "suppressed": [-3.0, -3.0, -3.0, -3.0, -3.0],
    }
    made = recording(rng, np.array(list(kinds.values())).T)
    flags = measures.responds(made)
    assert flags["executed"].tolist() == [True, True, True, False, True, False]
    assert flags["90"].tolist() == [True, False, True, True, False, False]
    assert measures.mirror_units(made, flags).tolist() == [0, 1, 2]
    view, place = (measures.tested(made, factor).p < 0.001 for factor in ("view", "space"))
    assert view.tolist() == [False, True, False, False, False, False]
    assert place.tolist() == [False, False, True, False, False, False]
    assert measures.selective(made, np.array([1]), seed=1)["prefers.view.0"] == 100
    assert measures.selective(made, np.array([2]), seed=1)["prefers.space.180"] == 100


def test_without_an_effect_the_tests_find_their_chance(rng):
    flat = np.full((len(KINDS), 1000), 1.0)
    made = recording(rng, flat)
    found = measures.selective(made, np.arange(1000), seed=1)
    for factor in measures.FACTORS:
        # Five standard errors of 1000 units.
        assert found[f"{factor}.{AREA}"] == pytest.approx(5, abs=5 * 0.7)
        assert found[f"{factor}.{AREA}.chance"] == pytest.approx(5, abs=5 * 0.7)
        assert abs(found[f"omega.{factor}.{AREA}"]) < 0.01
    none = measures.responds(recording(rng, 0 * flat))
    assert 100 * none["90"].mean() == pytest.approx(4.9, abs=5 * 0.7)
    still = Recording(**{**vars(made), "change_hz": 0 * made.change_hz})
    assert not measures.responds(still)["executed"].any()


def test_more_trials_find_more(rng):
    weak = np.full((len(KINDS), 300), 0.4)
    weak[3] += 0.4
    found = measures.by_trials(recording(rng, weak))
    assert found[f"mirror.{AREA}.8"] < found[f"mirror.{AREA}.16"] - 5
    assert found[f"view.{AREA}.8"] < found[f"view.{AREA}.16"] - 5
    assert f"mirror.{AREA}.32" not in found


def test_the_grasp_is_decoded_where_units_tell_it_in_the_same_way(rng):
    made = recording(rng, np.zeros((len(KINDS), 30)))
    told = np.isin(made.condition, ["180", "90"]) & (made.act == "a")
    made.change_hz[told] += np.where(np.arange(30) < 15, 1.5, -1.5)
    found = measures.decoded(made, seed=1)
    assert found[f"decode.180.{AREA}"] > 95
    assert found[f"decode.90.{AREA}"] > 95 > found[f"decode.90.{AREA}.high"]
    assert found[f"decode.0.{AREA}.low"] < found[f"decode.0.{AREA}"] < 75


def test_every_row_is_described_and_the_page_is_drawn(rng, tmp_path):
    made = recording(rng, rng.normal(size=(len(KINDS), 20)))
    flags = measures.responds(made)
    found = {
        **measures.shares(made, flags),
        **measures.selective(made, measures.mirror_units(made, flags), seed=1),
        **measures.by_trials(made),
        **measures.decoded(made, seed=1),
    }
    published = get_study("caggiano2011").published()
    assert set(found) <= set(published["id"])
    assert published["value"].isna().all()
    numbers = Numbers(rows=dict.fromkeys(published["id"], (20.0, 10.0, 30.0)), n_subjects=1)
    style.savefig(figure.draw(numbers), tmp_path / "page")
    assert (tmp_path / "page.png").stat().st_size > 10_000
    assert "one Subject, an example" in figure.caption(numbers)


@pytest.mark.slow
def test_the_study_runs_from_growth_to_figure(tmp_path):
    setup = Setup(circuit=circuits.small(), seed=3, quick=True, jobs=2)
    run("caggiano2011", setup, out=tmp_path, say=str)
    table = pd.read_csv(tmp_path / "caggiano2011.csv").set_index("id")
    assert table.loc["decode.180.STS", "model"] > 75
    assert (tmp_path / "caggiano2011.png").stat().st_size > 10_000
