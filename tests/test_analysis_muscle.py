"""The muscle read-out at rest and in movement."""

import numpy as np
import pytest

from mirror_sim.analysis.muscle import Muscle, change_at_rest

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
