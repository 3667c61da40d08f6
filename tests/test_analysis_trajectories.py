"""Trajectories of known answer: what turns, what is shared, and one population or two."""

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter1d

from mirror_sim.analysis.trajectories import (
    first_angles,
    instantaneous_axes,
    label_means,
    permuted_groups,
    random_first_angles,
    root_rates,
    shared_trajectories,
)
from mirror_sim.session.session import Session


def session(rates_hz, *, n_trials=40, duration_s=2.0, seed=1):
    """Poisson units of constant rates, with an event in the middle of each trial."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(np.array(rates_hz) * n_trials * duration_s)
    start = np.arange(n_trials) * duration_s
    return Session(
        pd.DataFrame({"unit_id": range(len(rates_hz)), "area": "A"}),
        pd.DataFrame({
            "start_time": start, "stop_time": start + duration_s, "condition": "one",
            "cue_time": start + duration_s / 2,
        }),
        np.concatenate([np.sort(rng.uniform(0, n_trials * duration_s, n)) for n in counts]),
        np.repeat(np.arange(len(rates_hz)), counts),
        {},
    )  # fmt: skip


def test_root_rates_are_the_root_of_the_rate_and_vary_alike_at_all_rates():
    rates_hz = [50.0, 200.0]
    times_s, activity = root_rates(session(rates_hz), align="cue", window_s=(-0.5, 0.5))
    assert activity.shape == (40, 25, 2)
    np.testing.assert_allclose(times_s[[0, -1]], [-0.48, 0.48])
    np.testing.assert_allclose(activity.mean(axis=(0, 1)), np.sqrt(rates_hz), rtol=0.03)
    spread = activity.std(axis=0).mean(axis=0)
    assert spread[0] == pytest.approx(spread[1], rel=0.15)


def test_smoothing_takes_in_what_lies_beyond_the_window():
    """Else rates would fall towards its borders."""
    _, activity = root_rates(session([100.0], n_trials=200), align="cue", window_s=(-0.2, 0.2))
    course = activity.mean(axis=(0, 2))
    np.testing.assert_allclose(course, course.mean(), rtol=0.03)


def moving(rng, *, n_units=40, noise=0.0):
    """Objects in one subspace for 30 times, then in an orthogonal one."""
    axes = np.linalg.qr(rng.normal(size=(n_units, 6)))[0]
    code = rng.normal(size=(4, 3))
    first, second = code @ axes[:, :3].T, code @ axes[:, 3:].T
    path = np.stack([first] * 30 + [second] * 30, axis=1)
    return path + noise * rng.normal(size=path.shape) + rng.normal(size=n_units)


def test_a_subspace_that_turns_is_at_no_angle_before_and_at_90_degrees_after(rng):
    axes = instantaneous_axes(moving(rng))
    angles = first_angles(axes, axes[10])
    np.testing.assert_allclose(angles[:30], 0, atol=1e-4)
    np.testing.assert_allclose(angles[30:], 90, atol=1e-4)


def test_subspaces_of_noise_are_as_far_apart_as_random_ones(rng):
    axes = instantaneous_axes(rng.normal(size=(4, 200, 40)))
    found = first_angles(axes[1:], axes[0])
    null = random_first_angles(40, rng=rng, n=400)
    assert found.mean() == pytest.approx(null.mean(), abs=2)
    below = np.mean(found < np.percentile(null, 5))
    assert below < 0.15


def latent(rng, n_times=80):
    return gaussian_filter1d(rng.normal(size=(4, n_times, 6)), 4, axis=1)


def units_of(course, rng, n_units, noise=0.05):
    own = course @ rng.normal(size=(course.shape[2], n_units))
    return own + noise * rng.normal(size=own.shape)


def test_trajectories_of_other_units_align_if_they_have_the_same_courses(rng):
    course = latent(rng)
    first, second = (units_of(course, rng, n) for n in (30, 50))
    other = units_of(latent(rng), rng, 50)
    assert shared_trajectories(first, second).min() > 0.97
    assert shared_trajectories(first, other).mean() < 0.85
    # What all labels have in common does not count.
    common = 20 * np.sin(np.arange(80) / 5)[None, :, None]
    np.testing.assert_allclose(
        shared_trajectories(first + common, second), shared_trajectories(first, second), atol=1e-6
    )


def shared_of(trajectory):
    def measure(first, second):
        return float(shared_trajectories(trajectory[..., first], trajectory[..., second]).mean())

    return measure


def test_two_populations_share_less_than_groups_drawn_from_both(rng):
    trajectory = np.concatenate([units_of(latent(rng), rng, n) for n in (40, 20)], axis=2)
    member = np.r_[np.ones(40), np.full(20, 2), np.zeros(0)].astype(int)
    measure = shared_of(trajectory)
    null = permuted_groups(measure, member, rng=rng, n=30)
    assert measure(np.arange(40), np.arange(40, 60)) < null.min() - 0.05


def test_one_population_shares_as_much_as_groups_drawn_from_it(rng):
    below = 0
    for _ in range(12):
        trajectory = units_of(latent(rng, n_times=30), rng, 40, noise=0.5)
        member = rng.permutation(np.r_[np.ones(24), np.full(16, 2)]).astype(int)
        measure = shared_of(trajectory)
        value = measure(np.flatnonzero(member == 1), np.flatnonzero(member == 2))
        below += value < np.percentile(permuted_groups(measure, member, rng=rng, n=20), 10)
    # 10 % of 12 are 1.2, with a standard deviation of 1.
    assert below <= 5


def test_groups_keep_their_sizes_and_leave_others_out(rng):
    member = np.array([1, 0, 2, 2, 1, 0, 2])
    seen = []

    def measure(first, second):
        seen.append((sorted([*first, *second]), len(first)))
        return 0.0

    permuted_groups(measure, member, rng=rng, n=5)
    assert seen == [([0, 2, 3, 4, 6], 2)] * 5


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: label_means(np.ones((3, 2, 2)), ["a", "b"]), "and label 2 entries"),
        (lambda: instantaneous_axes(np.ones((4, 2))), r"trajectory has shape \(4, 2\)"),
        (lambda: instantaneous_axes(np.ones((3, 2, 9))), "have no 3 axes"),
        (lambda: shared_trajectories(np.ones((4, 9, 3)), np.ones((4, 9, 9))), "have no 6 axes"),
    ],
)
def test_what_makes_no_trajectory_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
