"""How far one tuning is shifted against another: units of known answer."""

import numpy as np
import pytest

from mirror_sim.analysis.shift import peak_shift, shift_correlogram

VALUES = np.arange(17.0)


def tuned(prefers: np.ndarray, width: float = 2.0) -> np.ndarray:
    return np.exp(-(((VALUES - prefers[:, None]) / width) ** 2))


@pytest.fixture
def prefers() -> np.ndarray:
    return np.random.default_rng(4).uniform(-3, 20, 200)


@pytest.mark.parametrize("shift", [-3.0, 0.0, 2.0, 1.4])
def test_a_shift_of_all_units_is_found_between_steps_too(prefers, shift):
    found = shift_correlogram(tuned(prefers), tuned(prefers - shift), n_shifts=6)
    assert peak_shift(found) == pytest.approx(shift, abs=0.15)
    assert found.max() > 0.9


def test_gains_and_what_all_units_share_make_no_agreement(prefers):
    rng = np.random.default_rng(5)
    gain, course = rng.uniform(0, 9, (200, 1)), 5 * np.sin(VALUES)
    plain = shift_correlogram(tuned(prefers), tuned(prefers), n_shifts=6)
    shared = shift_correlogram(tuned(prefers) + gain, tuned(prefers) + course, n_shifts=6)
    assert shared[6] == pytest.approx(plain[6])
    still = shift_correlogram(tuned(prefers), np.ones((200, 17)), n_shifts=6)
    assert np.isnan(still).all()
    assert np.isnan(peak_shift(still))


def test_units_that_differ_in_what_they_prefer_do_not_agree(prefers):
    other = np.random.default_rng(6).permutation(prefers)
    found = shift_correlogram(tuned(prefers), tuned(other), n_shifts=4)
    # Correlation of 200 units, each with about two independent values: sd 0.05, 4 of them.
    assert np.abs(found).max() < 0.2


def test_exchanging_both_reverses_the_shifts(prefers):
    one, other = tuned(prefers), tuned(prefers - 1.0, 3.0)
    forth = shift_correlogram(one, other, n_shifts=5)
    assert forth == pytest.approx(shift_correlogram(other, one, n_shifts=5)[::-1])


def test_a_peak_at_the_edge_is_told_as_it_is():
    assert peak_shift(np.array([0.5, 0.2, 0.1])) == -1.0


def test_what_cannot_be_shifted_is_refused(prefers):
    with pytest.raises(ValueError, match="of 17 values, a shift by n_shifts 15 leaves 2"):
        shift_correlogram(tuned(prefers), tuned(prefers), n_shifts=15)
    with pytest.raises(ValueError, match=r"first \(200, 17\), second \(200, 16\)"):
        shift_correlogram(tuned(prefers), tuned(prefers)[:, 1:], n_shifts=2)
