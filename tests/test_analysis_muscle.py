"""The muscle read-out at rest and in movement."""

import numpy as np
import pytest
from sessions import make_session

from mirror_sim.analysis.muscle import Muscle, change_at_rest, muscle_readout, tracking

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


def test_a_trial_without_the_event_is_no_silent_one() -> None:
    session, window = make_session(), (-0.5, 0.5)
    assert np.isfinite(muscle_readout(session, align="contact", window_s=window).activity).all()
    with pytest.raises(ValueError, match="trial 0 has no event 'cue'; select those that have it"):
        muscle_readout(session, align="cue", window_s=window)
