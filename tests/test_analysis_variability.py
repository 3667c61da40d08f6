"""Statistics of irregular firing, on spike trains of known irregularity."""

import numpy as np
import pandas as pd
import pytest

from mirror_sim.analysis.epochs import Epoch, epoch_windows
from mirror_sim.analysis.variability import (
    baseline_variability,
    fano_factor,
    isi_cv,
    pairwise_correlation,
)
from mirror_sim.session.session import Session

N_TRIALS = 200
BASELINE = Epoch(start="object_on", stop="object_on", start_offset_s=-0.5)


def session_of(trains, *, areas=None, conditions="observe"):
    """Trials of 1 s, object at 0.7 s; `trains` has one array of spike times a unit."""
    start = np.arange(float(N_TRIALS))
    trials = pd.DataFrame({"start_time": start, "stop_time": start + 1, "condition": conditions})
    trials = trials.assign(agent="human", action="a", general_action="a", way="", object="raisin")
    trials = trials.assign(viewpoint_deg=180.0, distance_m=0.6, tool=False, hand_visible=True)
    trials = trials.assign(object_visible=True, seed=0, object_on_time=start + 0.7)
    units = pd.DataFrame({"unit_id": np.arange(len(trains)), "area": areas or "F5"})
    units = units.assign(population="F5.E", cell_type="pyramidal", x_um=0.0, y_um=0.0, z_um=0.0)
    rows = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
    return Session(units, trials, np.concatenate(trains), rows, {})


def renewal(rng, rate_hz, cv):
    """A stationary train of gamma intervals."""
    shape = 1 / cv**2
    steps = rng.gamma(shape, 1 / (shape * rate_hz), int(2 * rate_hz * (N_TRIALS + 50)))
    times = np.cumsum(steps) - 20
    return np.unique(times[(times > 0) & (times < N_TRIALS)])


@pytest.mark.parametrize("cv", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("rate_hz", [6.0, 10.0, 30.0])
def test_the_cv_is_that_of_the_train_however_short_the_windows(rate_hz, cv, rng):
    session = session_of([renewal(rng, rate_hz, cv) for _ in range(15)])
    found = isi_cv(session, *epoch_windows(session, BASELINE)).mean()
    assert found == pytest.approx(cv, abs=0.06)


def test_bursting_is_more_irregular_than_poisson(rng):
    session = session_of([renewal(rng, 15.0, 1.6) for _ in range(15)])
    assert isi_cv(session, *epoch_windows(session, BASELINE)).mean() > 1.2


def test_intervals_across_the_border_of_windows_do_not_count():
    # One spike a window, exactly 1 s apart: no interval lies within a window.
    session = session_of([np.arange(N_TRIALS) + 0.5, np.zeros(0)])
    assert np.isnan(isi_cv(session, *epoch_windows(session, BASELINE))).all()


def test_too_few_intervals_give_no_cv():
    pairs = np.sort(np.concatenate([np.arange(19) + 0.4, np.arange(19) + 0.5]))
    session = session_of([pairs, np.sort(np.append(pairs, [19.4, 19.5]))])
    found = isi_cv(session, *epoch_windows(session, BASELINE))
    assert np.isnan(found[0])
    assert np.isfinite(found[1])


def test_fano_factors_of_known_counts(rng):
    group = np.zeros(4000, dtype=int)
    poisson = rng.poisson(4.0, (4000, 1))
    doubled = 2 * rng.poisson(2.0, (4000, 1))
    found = fano_factor(np.hstack([poisson, doubled, np.full((4000, 1), 3)]), group)
    np.testing.assert_allclose(found, [1, 2, 0], atol=0.1)
    assert np.isnan(fano_factor(np.zeros((4, 1), dtype=int), np.zeros(4, dtype=int))).all()


def test_a_baseline_that_depends_on_the_condition_is_no_variability(rng):
    group = np.repeat([0, 1], 2000)
    counts = rng.poisson(np.where(group, 12.0, 3.0)[:, None], (4000, 20))
    assert fano_factor(counts, group).mean() == pytest.approx(1, abs=0.05)
    assert fano_factor(counts, np.zeros(4000, dtype=int)).mean() > 3
    assert pairwise_correlation(counts, group) == pytest.approx(0, abs=0.01)
    assert pairwise_correlation(counts, np.zeros(4000, dtype=int)) > 0.5


def test_a_variance_needs_two_trials_of_a_condition():
    with pytest.raises(ValueError, match="2 trials in as many groups"):
        fano_factor(np.ones((2, 1)), np.array([0, 1]))


def test_mean_correlation_is_the_mean_over_pairs(rng):
    common = rng.normal(size=(3000, 1))
    counts = 0.5 * common + rng.normal(size=(3000, 8))
    found = pairwise_correlation(counts, np.zeros(3000, dtype=int))
    by_pairs = np.corrcoef(counts.T)[np.triu_indices(8, 1)].mean()
    assert found == pytest.approx(by_pairs)
    assert found == pytest.approx(0.2, abs=0.03)
    constant = np.hstack([counts, np.ones((3000, 1))])
    assert pairwise_correlation(constant, np.zeros(3000, dtype=int)) == pytest.approx(found)
    assert np.isnan(pairwise_correlation(counts[:, :1], np.zeros(3000, dtype=int)))


def test_one_row_an_area_from_the_half_second_before_the_object(rng):
    f5 = [renewal(rng, 10.0, 1.0) for _ in range(6)]
    # Fires only outside the baseline window: silent for this table.
    elsewhere = np.sort(rng.uniform(0.75, 1.0, (N_TRIALS, 3)) + np.arange(N_TRIALS)[:, None])
    conditions = ["observe", "nogo"] * (N_TRIALS // 2)
    areas = ["F5"] * 6 + ["AIP"]
    session = session_of([*f5, elsewhere.ravel()], areas=areas, conditions=conditions)
    table = baseline_variability(session, BASELINE).set_index("area")
    assert table.index.tolist() == ["AIP", "F5"]
    assert table.loc["F5", "mean_rate_hz"] == pytest.approx(10, abs=0.6)
    assert table.loc["F5", "fano"] == pytest.approx(1, abs=0.15)
    assert table.loc["F5", "isi_cv"] == pytest.approx(1, abs=0.1)
    assert abs(table.loc["F5", "pairwise_correlation"]) < 0.1
    assert table["n_fast"].tolist() == [0, 6]
    assert table.loc["AIP", "mean_rate_hz"] == 0
    assert table.loc["AIP", ["isi_cv", "fano", "pairwise_correlation"]].isna().all()
