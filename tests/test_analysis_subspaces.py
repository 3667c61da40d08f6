"""Angles between subspaces and what two groups of units share, on activity of known answer."""

import numpy as np
import pytest

from mirror_sim.analysis.subspaces import (
    canonical_correlations,
    principal_angles,
    principal_axes,
    random_canonical_correlations,
)

# --- principal angles -----------------------------------------------------------------------


def test_a_subspace_has_no_angle_to_itself_in_any_basis(rng):
    axes = principal_axes(rng.normal(size=(50, 8)))
    turned = axes @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    np.testing.assert_allclose(principal_angles(axes, turned), 0, atol=1e-5)


def test_axes_are_found_where_the_fast_decomposition_does_not_converge(rng, monkeypatch):
    activity = rng.normal(size=(30, 3)) @ rng.normal(size=(3, 8))
    axes = principal_axes(activity)

    def failing(*_args, **_more):
        raise np.linalg.LinAlgError("SVD did not converge")

    monkeypatch.setattr(np.linalg, "svd", failing)
    found = principal_axes(activity)
    np.testing.assert_allclose(np.abs((found * axes).sum(axis=0)), 1)


def test_orthogonal_subspaces_are_at_90_degrees(rng):
    axes = np.linalg.qr(rng.normal(size=(8, 6)))[0]
    np.testing.assert_allclose(principal_angles(axes[:, :3], axes[:, 3:]), 90)


def test_known_angles_come_smallest_first_and_as_many_as_the_smaller_subspace_has_axes():
    first = np.eye(6)[:, :2]
    second = np.zeros((6, 3))
    for column, (axis, angle) in enumerate(((0, 60.0), (1, 20.0))):
        second[axis, column] = np.cos(np.deg2rad(angle))
        second[axis + 2, column] = np.sin(np.deg2rad(angle))
    second[5, 2] = 1.0
    np.testing.assert_allclose(principal_angles(first, second), [20, 60])


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (np.eye(5)[:, :2], np.eye(4)[:, :2], r"shapes \(5, 2\) and \(4, 2\)"),
        (np.eye(5)[:, :2], np.ones(5), "must be"),
        (np.eye(5)[:, :2], np.full((5, 2), np.nan), "not finite"),
    ],
)
def test_axes_that_have_no_angle_are_refused(first, second, said):
    with pytest.raises(ValueError, match=said):
        principal_angles(first, second)


# --- canonical correlations -----------------------------------------------------------------


def pair(rng, *, n_shared, n_samples=300, noise=0.5):
    """Two groups of 8 and 6 units that share some latent signals, and else have noise alone."""
    latent = rng.normal(size=(n_samples, n_shared))
    return [
        latent @ rng.normal(size=(n_shared, n_units))
        + noise * rng.normal(size=(n_samples, n_units))
        for n_units in (8, 6)
    ]


def test_shared_latents_are_found_and_no_more(rng):
    first, second = pair(rng, n_shared=2)
    found = canonical_correlations(first, second, n_axes=4)
    null = random_canonical_correlations(first, second, rng=rng, n_axes=4, n=50)
    assert null.shape == (50, 4)
    assert (found[:2] > 0.8).all()
    assert (null[:, :2] < 0.5).all()
    assert (found[:2] > null[:, :2].max(axis=0)).all()
    assert found[2] < np.percentile(null[:, 0], 95)


def test_groups_that_share_nothing_correlate_as_chance_has_it(rng):
    above = []
    for _ in range(30):
        first, second = pair(rng, n_shared=0, n_samples=100, noise=1.0)
        found = canonical_correlations(first, second, n_axes=1)[0]
        assert found > 0.2  # fitted axes always find something
        null = random_canonical_correlations(first, second, rng=rng, n_axes=1, n=40)
        above.append(found > np.percentile(null, 90))
    # 10 % of 30 are 3, with a standard deviation of 1.6.
    assert np.sum(above) <= 8


def test_slow_courses_alone_are_no_more_than_chance(rng):
    """A shift in a circle keeps slow activity slow; shuffled samples would promise a relation."""
    smooth = np.exp(-((np.arange(-100, 100) / 15.0) ** 2))
    first, second = (
        np.fft.irfft(np.fft.rfft(rng.normal(size=(200, 4)), axis=0).T * np.fft.rfft(smooth)).T
        for _ in range(2)
    )
    found = canonical_correlations(first, second, n_axes=1)[0]
    null = random_canonical_correlations(first, second, rng=rng, n_axes=1, n=100)
    assert found > 0.6
    assert found < null.max()


def test_it_is_the_canonical_correlation_of_the_textbook(rng):
    first, second = pair(rng, n_shared=1)
    bases = [np.linalg.qr(x - x.mean(axis=0))[0] for x in (first, second)]
    exact = np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)
    np.testing.assert_allclose(canonical_correlations(first, second), exact[:3], atol=1e-3)
    np.testing.assert_allclose(
        canonical_correlations(3 * first + 7, second[:, ::-1]), exact[:3], atol=1e-3
    )


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        (((50, 4), (49, 4)), "there are 50 and 49 samples"),
        (((50, 30), (50, 25)), "50 samples of 30 and 25 units always correlate perfectly"),
        (((50, 2), (50, 4)), "2 units at 50 times have no 3 axes"),
        (((50,), (50, 4)), r"activity has shape \(50,\)"),
    ],
)
def test_activity_without_canonical_axes_is_refused(shapes, said, rng):
    with pytest.raises(ValueError, match=said):
        canonical_correlations(*(rng.normal(size=shape) for shape in shapes))
