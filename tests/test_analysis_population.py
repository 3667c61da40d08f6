"""Functions on populations of units: known answers, and what must hold for any input."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mirror_sim.analysis import chance
from mirror_sim.analysis.population import (
    activity_ratio,
    at_time,
    epoch_correlations,
    mean_rates,
    peak_rates,
    peak_times,
    pearson,
    sign_shares,
    soft_normalised,
)
from mirror_sim.analysis.rates import Rates
from mirror_sim.analysis.subspaces import (
    alignment_index,
    captured_variance,
    principal_axes,
    random_alignment,
    range_normalised,
)

# --- functions of known answer --------------------------------------------------------------


def rates_of(values, *, step_s=0.1, start_s=0.0):
    """Rates of shape (n_conditions, n_times, n_units), bins from `start_s`."""
    values = np.asarray(values, dtype=float)
    return Rates(
        values=values,
        conditions=tuple(f"c{k}" for k in range(len(values))),
        times_s=start_s + (np.arange(values.shape[1]) + 0.5) * step_s,
        units=pd.DataFrame({"unit_id": np.arange(values.shape[2])}),
    )


def test_a_window_takes_the_bins_that_end_in_it_and_skips_missing_ones():
    rates = rates_of([[[1.0], [2.0], [4.0], [8.0]], [[1.0], [2.0], [np.nan], [8.0]]])
    np.testing.assert_allclose(mean_rates(rates, 0.2, 0.3), [[3.0], [2.0]])
    with pytest.raises(ValueError, match=r"condition 'c1' has no rates in 0\.3 to 0\.3 s"):
        mean_rates(rates, 0.3, 0.3)
    with pytest.raises(ValueError, match=r"no bin lies in 5 to 6 s; the rates have 0\.1 to 0\.4"):
        mean_rates(rates, 5.0, 6.0)


def test_bins_of_unequal_width_are_refused():
    rates = replace(rates_of(np.ones((1, 3, 1))), times_s=np.array([0.0, 0.1, 0.5]))
    with pytest.raises(ValueError, match="equal width"):
        mean_rates(rates, 0.0, 1.0)


def test_the_peak_is_the_largest_bin_of_the_window():
    rates = rates_of([[[9.0], [2.0], [5.0], [7.0]]])
    np.testing.assert_allclose(peak_rates(rates, 0.1, 0.3), [[5.0]])
    with pytest.raises(ValueError, match="rates are missing"):
        peak_rates(rates_of([[[np.nan]] * 2]), 0.0, 0.2)


def test_only_units_that_rise_more_than_they_fall_have_a_time_of_their_peak():
    change = {
        "rises": ([0, 30, 9], 0.2),
        "rises twice alike": ([12, 0, 12], 0.1),
        "rises too little": ([0, 10, 0], np.nan),
        "falls more": ([11, -12, 0], np.nan),
        "rises outside": ([0, 0, 0], np.nan),
    }
    hz = np.full((5, len(change)), 20.0)
    hz[1:4] += np.transpose([course for course, _ in change.values()])
    hz[4, -1] = 90.0
    windows = {"baseline_s": (0.0, 0.1), "window_s": (0.1, 0.4), "least_rise_hz": 10.0}
    rates = rates_of([np.zeros_like(hz), hz])
    np.testing.assert_allclose(
        peak_times(rates, "c1", **windows), [time_s for _, time_s in change.values()]
    )
    assert np.isnan(peak_times(rates, "c0", **windows)).all()
    for missing in (0, 2):
        holed = np.where(np.arange(5)[:, None] == missing, np.nan, hz)
        with pytest.raises(ValueError, match="rates of 'c0' are missing"):
            peak_times(rates_of([holed]), "c0", **windows)


def test_a_time_is_its_nearest_bin_and_none_outside():
    rates = rates_of([[[9.0], [2.0], [5.0]]])
    assert at_time(rates, 0.18)[0, 0] == 2.0
    with pytest.raises(ValueError, match=r"0\.4 s is outside the rates"):
        at_time(rates, 0.4)


def test_the_ratio_is_of_means_then_averaged_over_grasps():
    own = [np.array([1.0, 3.0]), np.array([6.0])]
    seen = [np.array([1.0, 1.0]), np.array([1.5])]
    assert activity_ratio(own, seen) == pytest.approx((2 + 4) / 2)
    assert np.isnan(activity_ratio([np.array([])], [np.array([])]))


def test_an_unknown_sign_class_is_refused():
    with pytest.raises(ValueError, match="unknown sign class 'FX'; valid: FF, FS, SF, SS"):
        sign_shares(["FF", "FX"])
    assert all(np.isnan(share) for share in sign_shares(["", ""]).values())


def test_correlations_of_too_little_have_no_value(rng):
    assert np.isnan(pearson(np.array([1.0, 2.0]), np.array([1.0, 2.0])))
    assert np.isnan(pearson(np.ones(5), np.arange(5.0)))
    assert np.isnan(chance.correlation(np.ones(5), np.arange(5.0), rng=rng).value)
    with pytest.raises(ValueError, match="two lists of one length"):
        pearson(np.ones(3), np.ones(4))


def test_correlation_by_epoch_finds_what_is_shared(rng):
    size = rng.uniform(5, 30, (2, 60))
    rest = np.full((2, 60), 10.0)
    own = np.stack([rest, rest + size, rest + size], axis=1)
    seen = np.stack([rest, rest + size, rest + rng.uniform(5, 30, (2, 60))], axis=1)
    found = epoch_correlations(own, seen, rng=rng, epochs=("rest", "shared", "apart"), n=300)
    assert found["shared"].value > 0.9
    assert found["shared"].p < 0.01
    assert found["apart"].value < 0.6
    with pytest.raises(ValueError, match=r"both must be \(n_actions, 2, n_units\)"):
        epoch_correlations(own, seen, rng=rng, epochs=("rest", "shared"))


def test_shuffled_pairs_have_no_correlation_on_average(rng):
    found = chance.correlation(rng.normal(size=200), rng.normal(size=200), rng=rng, n=2000)
    assert abs(found.expected) < 0.01
    assert found.high == pytest.approx(1.96 / np.sqrt(200), rel=0.1)


def test_a_subspace_holds_all_of_what_lies_in_it_and_nothing_of_what_does_not(rng):
    axes = np.linalg.qr(rng.normal(size=(12, 6)))[0]
    inside = rng.normal(size=(40, 3)) @ axes[:, :3].T
    outside = rng.normal(size=(40, 3)) @ axes[:, 3:].T
    own = principal_axes(inside)
    assert alignment_index(inside + 7.0, own) == pytest.approx(1.0)
    assert captured_variance(inside, own).sum() == pytest.approx(1.0)
    assert alignment_index(outside, own) == pytest.approx(0.0, abs=1e-12)


def test_random_subspaces_hold_their_share_of_the_variance(rng):
    activity = rng.normal(size=(100, 30)) * np.linspace(1, 4, 30)
    null = random_alignment(activity, principal_axes(rng.normal(size=(40, 30))), rng=rng, n=700)
    assert len(null) == 700
    variances = np.linalg.eigvalsh(np.cov(activity.T))
    share = 3 / 30 * variances.sum() / variances[-3:].sum()
    assert null.mean() == pytest.approx(share, rel=0.1)
    again = random_alignment(activity, principal_axes(activity), rng=np.random.default_rng(4), n=20)
    same = random_alignment(activity, principal_axes(activity), rng=np.random.default_rng(4), n=20)
    np.testing.assert_array_equal(again, same)


@pytest.mark.parametrize(
    ("activity", "said"),
    [
        (np.ones(5), r"activity has shape \(5,\)"),
        (np.ones((9, 2)), "2 units at 9 times have no 3 axes"),
        (np.full((9, 5), np.nan), "not finite"),
    ],
)
def test_activity_without_axes_is_refused(activity, said):
    with pytest.raises(ValueError, match=said):
        principal_axes(activity)


def test_activity_and_axes_that_do_not_fit_are_refused(rng):
    axes = np.eye(5)[:, :3]
    with pytest.raises(ValueError, match=r"axes has shape \(5, 3\) and activity \(9, 4\)"):
        alignment_index(rng.normal(size=(9, 4)), axes)
    with pytest.raises(ValueError, match="never varies"):
        alignment_index(np.ones((9, 5)), axes)
    with pytest.raises(ValueError, match="a range needs all bins"):
        range_normalised(rates_of([[[np.nan]] * 2]))


# --- what holds for any input ---------------------------------------------------------------

HZ = st.floats(0.0, 200.0, width=32)


@given(st.lists(st.sampled_from(["FF", "FS", "SF", "SS", ""])))
def test_shares_of_signs_add_up(classes):
    shares = sign_shares(classes)
    counted = [name for name in classes if name]
    if counted:
        assert sum(shares.values()) == pytest.approx(100)
        assert shares["FS"] == pytest.approx(100 * counted.count("FS") / len(counted))


@given(arrays(float, (2, 6, 3), elements=HZ), st.floats(0.0, 50.0))
def test_soft_normalised_rates_stay_within_1_and_ignore_what_is_added(values, more):
    rates = rates_of(values, start_s=-0.2)
    net = soft_normalised(rates, (-0.2, 0.0)).values
    assert np.abs(net).max() < 1
    lifted = soft_normalised(replace(rates, values=values + more), (-0.2, 0.0)).values
    np.testing.assert_allclose(lifted, net, atol=1e-6)
    np.testing.assert_allclose(net[:, :2].mean(axis=1), 0.0, atol=1e-12)


@given(arrays(float, 8, elements=HZ), arrays(float, 8, elements=HZ), st.permutations(range(8)))
def test_correlations_are_symmetric_and_know_no_order_nor_unit(first, second, order):
    r = pearson(first, second)
    np.testing.assert_allclose(pearson(second, first), r)
    np.testing.assert_allclose(pearson(first[order], second[order]), r, atol=1e-6)
    if np.isfinite(r) and first.std() > 1e-3 and second.std() > 1e-3:
        assert abs(r) <= 1 + 1e-9
        assert pearson(2 * first + 1, second) == pytest.approx(r, abs=1e-6)


@given(st.integers(0, 2**31), st.integers(4, 12))
def test_alignment_lies_between_0_and_1_and_knows_no_order_of_units(seed, n_units):
    rng = np.random.default_rng(seed)
    own, seen = rng.normal(size=(2, 20, n_units))
    index = alignment_index(seen, principal_axes(own))
    assert 0 <= index <= 1 + 1e-9
    order = rng.permutation(n_units)
    assert alignment_index(seen[:, order], principal_axes(own[:, order])) == pytest.approx(index)
    assert alignment_index(3 * seen + 1, principal_axes(own)) == pytest.approx(index)
