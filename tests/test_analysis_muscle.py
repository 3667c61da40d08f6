"""The muscle read-out at rest and in movement."""

import numpy as np
import pandas as pd
import pytest
from sessions import make_session

from mirror_sim.analysis.muscle import Muscle, change_at_rest, muscle_readout, tracking
from mirror_sim.session.session import Session

TIMES_S = np.arange(50) * 0.01
BELL = np.exp(-(((TIMES_S - 0.25) / 0.05) ** 2))


def muscle(*scales: float) -> Muscle:
    activity = np.array(scales)[:, None] * BELL
    return Muscle(TIMES_S, activity, activity)


def test_change_at_rest_is_that_of_the_condition_that_moves_most() -> None:
    condition = np.array(["execute", "execute", "observe", "observe", "nogo"])
    found = change_at_rest(muscle(9.0, 11.0, 0.2, 0.0, 0.3), condition, moving="execute")
    assert found == pytest.approx(3.0)


def test_without_movement_or_rest_there_is_no_change_to_speak_of() -> None:
    still = np.array(["execute", "observe"])
    assert np.isnan(change_at_rest(muscle(0.0, 0.0), still, moving="execute"))
    assert np.isnan(change_at_rest(muscle(1.0, 1.0), np.array(["execute"] * 2), moving="execute"))
    assert np.isnan(change_at_rest(muscle(1.0, 1.0), np.array(["observe"] * 2), moving="execute"))


@pytest.mark.parametrize("lag", [-0.1, 0.0, 0.15])
def test_tracking_finds_the_lag_of_a_delayed_copy(lag: float) -> None:
    times = np.arange(150) * 0.01
    bell = np.exp(-(((times - 0.7) / 0.06) ** 2))
    late = 3 + 2 * np.exp(-(((times - 0.7 - lag) / 0.06) ** 2))
    assert tracking(late, bell) == pytest.approx((1.0, lag), abs=1e-6)


def test_noise_and_flat_courses_do_not_track(rng) -> None:
    bell = np.exp(-(((np.arange(150) * 0.01 - 0.7) / 0.06) ** 2))
    # 41 lags of 110 points that a bell of some 12 points makes dependent: |r| below 0.5.
    assert tracking(rng.standard_normal(150), bell)[0] < 0.5
    assert np.isnan(tracking(np.zeros(150), bell)).all()


def readout(session, units="area == 'M1'", **options):
    return muscle_readout(
        session, units, **({"align": "contact", "window_s": (-0.5, 0.5)} | options)
    )


def test_the_pool_is_driven_by_the_units_that_were_chosen_alone() -> None:
    session = make_session()
    mask = (session.units["area"] == "F5").to_numpy()
    alone = readout(session.select(units=mask), np.ones(mask.sum(), dtype=bool), threshold_hz=0.0)
    for units in (mask, np.flatnonzero(mask), "area == 'F5'"):
        found = readout(session, units, threshold_hz=0.0)
        np.testing.assert_array_equal(found.activity, alone.activity)
    assert found.activity.max() > 0
    assert not readout(session, "area == 'M1'").drive.any()  # its only unit never fires


def test_weights_have_sum_1_so_equal_trains_drive_every_pool_alike() -> None:
    """A drive of one rate passes unchanged but for the threshold."""
    session = make_session(rate_hz=40.0)
    one = readout(session, [0], threshold_hz=0.0)
    np.testing.assert_allclose(one.activity, one.drive)
    few = readout(session, [0], n_pool=3, pool_seed=5, threshold_hz=10.0)
    np.testing.assert_allclose(few.activity, np.maximum(one.drive - 10.0, 0.0))


def test_a_longer_time_constant_smooths_more() -> None:
    session = make_session(rate_hz=40.0)
    fast, slow = (readout(session, [0], tau_s=tau).drive for tau in (0.02, 0.2))
    assert slow.std(axis=1).mean() < fast.std(axis=1).mean() / 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"units": "area == 'V1'"}, "none of the session's 4 units drives the pool"),
        ({"align": "cue"}, "trial 0 has no event 'cue'; select those that have it"),
        ({"n_pool": 0}, "n_pool is 0, outside"),
        ({"tau_s": 0.0}, r"tau_s is 0\.0"),
    ],
)
def test_a_read_out_that_cannot_be_is_refused(options, said) -> None:
    with pytest.raises(ValueError, match=said):
        readout(make_session(), **options)


@pytest.mark.parametrize("window_s", [(-0.5, 0.5), (1.0, 2.5)])
def test_time_outside_the_session_is_not_taken_for_silence(window_s):
    trials = pd.DataFrame(
        {"start_time": [0.0], "stop_time": [2.0], "condition": "a", "go_time": [0.2]}
    )
    units = pd.DataFrame({"unit_id": [0], "area": "M1"})
    train = np.arange(0.005, 2.0, 0.01)
    session = Session(units, trials, train, np.zeros(len(train), dtype=int), {})
    muscle_readout(session, units=[0], align="go", window_s=(0.0, 0.5))
    with pytest.raises(ValueError, match="unit row 0 was not recorded throughout the window of t"):
        muscle_readout(session, units=[0], align="go", window_s=window_s)
