"""Where population activity lies, and what that of two conditions or areas has in common."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import subspace_angles, svd

from mirror_sim.analysis.population import SOFT_HZ
from mirror_sim.analysis.rates import Rates
from mirror_sim.base.arguments import checked_arguments

N_AXES = 3
N_RANDOM = 10_000
N_SHIFTS = 200
_CHUNK = 500
_MAX_ITERATIONS = 5000


@checked_arguments()
def range_normalised(rates: Rates, *, soft_hz: float = SOFT_HZ) -> Rates:
    """Divide every unit by its range, softened: (max - min over conditions and times) + `soft_hz`.

    Parameters
    ----------
    rates : Rates
    soft_hz : float
        Spikes/s; more of it makes units of low rates count less.

    Raises
    ------
    ValueError
        If a rate is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> rates = Rates(values=np.array([[[10.0], [25.0]]]), conditions=("A",),
    ...               times_s=np.array([0.0, 0.1]), units=pd.DataFrame({"unit_id": [1]}))
    >>> range_normalised(rates).values[0, :, 0]
    array([0.5 , 1.25])
    """
    if not np.isfinite(rates.values).all():
        raise ValueError("rates are missing: a range needs all bins of all conditions")
    spread = np.ptp(rates.values, axis=(0, 1))
    return replace(rates, values=rates.values / (spread + soft_hz))


@checked_arguments(n_axes=(1, 10_000))
def principal_axes(activity: np.ndarray, n_axes: int = N_AXES) -> np.ndarray:
    """Return the directions of largest variance over time.

    Parameters
    ----------
    activity : float array, shape (n_times, n_units)
    n_axes : int

    Returns
    -------
    float array, shape (n_units, n_axes)
        Orthonormal columns, largest variance first.

    Raises
    ------
    ValueError
        If the array is not of that shape, a value is not finite, or there are fewer units, or times
        less one, than axes.
    """
    activity = _checked(activity, n_axes)
    centred = _centred(activity)
    try:
        axes: np.ndarray = np.linalg.svd(centred, full_matrices=False)[2]
    except np.linalg.LinAlgError:
        # It does not converge for some activity of low rank, as that of few labels is.
        axes = svd(centred, full_matrices=False, lapack_driver="gesvd")[2]
    return axes[:n_axes].T


@checked_arguments()
def captured_variance(activity: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the share of the variance of an activity that each axis captures.

    Parameters
    ----------
    activity : float array, shape (n_times, n_units)
    axes : float array, shape (n_units, n_axes)
        Orthonormal columns, for example the `principal_axes` of another condition.

    Returns
    -------
    float array, shape (n_axes,)

    Raises
    ------
    ValueError
        If the shapes do not fit, or the activity never varies.

    Examples
    --------
    >>> activity = np.array([[0.0, 0.0], [2.0, 1.0], [0.0, 2.0], [2.0, 3.0]])
    >>> captured_variance(activity, np.eye(2)).round(3)
    array([0.444, 0.556])
    """
    centred, axes = _checked_pair(activity, axes)
    captured: np.ndarray = ((centred @ axes) ** 2).sum(axis=0) / (centred**2).sum()
    return captured


@checked_arguments()
def alignment_index(activity: np.ndarray, axes: np.ndarray) -> float:
    """Measure how far the activity of a condition lies along the axes of another.

    With C the covariance of the activity over time, V the given axes and U as many principal axes
    of the activity itself: tr(V' C V) / tr(U' C U).

    Parameters
    ----------
    activity : float array, shape (n_times, n_units)
    axes : float array, shape (n_units, n_axes)
        Orthonormal columns, for example the `principal_axes` of another condition.

    Returns
    -------
    float
        1 if the axes capture as much variance as any of that number could, 0 if none.

    Raises
    ------
    ValueError
        If the shapes do not fit, or the activity never varies.

    Examples
    --------
    >>> activity = np.random.default_rng(1).normal(size=(50, 6))
    >>> round(alignment_index(activity, principal_axes(activity)), 6)
    1.0
    """
    centred, axes = _checked_pair(activity, axes)
    return float(((centred @ axes) ** 2).sum() / _largest(centred, axes.shape[1]))


@checked_arguments(n=(1, 10_000_000))
def random_alignment(
    activity: np.ndarray, axes: np.ndarray, *, rng: np.random.Generator, n: int = N_RANDOM
) -> np.ndarray:
    """Return the alignment that chance alone would give, shape (n,).

    The units of the axes are permuted: the variances of both conditions stay, their relation goes.

    Parameters
    ----------
    activity, axes
        As in `alignment_index`.
    rng : numpy.random.Generator
    n : int
        Permutations.

    Returns
    -------
    float array, shape (n,)

    Raises
    ------
    ValueError
        If the shapes do not fit, or the activity never varies.

    Examples
    --------
    >>> activity = np.random.default_rng(1).normal(size=(50, 6))
    >>> null = random_alignment(activity, np.eye(6)[:, :3], rng=np.random.default_rng(2), n=100)
    >>> null.shape, bool(null.max() <= 1)
    ((100,), True)
    """
    centred, axes = _checked_pair(activity, axes)
    n_units, n_axes = axes.shape
    found = np.empty(n)
    for first in range(0, n, _CHUNK):
        some = found[first : first + _CHUNK]
        orders = rng.permuted(np.tile(np.arange(n_units), (len(some), 1)), axis=1)
        permuted = axes[orders].transpose(1, 0, 2).reshape(n_units, -1)
        along = ((centred @ permuted) ** 2).sum(axis=0)
        some[:] = along.reshape(len(some), n_axes).sum(axis=1)
    return found / _largest(centred, n_axes)


@checked_arguments()
def principal_angles(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the angles between two subspaces.

    Parameters
    ----------
    first, second : float arrays, shape (n_units, n_axes)
        Axes that span them, for example `principal_axes` of two conditions; their numbers of axes
        may differ.

    Returns
    -------
    float array, shape (smaller n_axes,)
        Degrees from 0 (a direction that both hold) to 90, smallest first.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a value is not finite.

    Examples
    --------
    >>> plane, turned = np.eye(3)[:, :2], np.eye(3)[:, [0, 2]]
    >>> principal_angles(plane, turned).round(3)
    array([ 0., 90.])
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if first.ndim != 2 or second.ndim != 2 or len(first) != len(second):
        raise ValueError(
            f"first and second have shapes {first.shape} and {second.shape}; "
            "both must be (n_units, n_axes), of the same units"
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("axes have values that are not finite")
    angles: np.ndarray = np.rad2deg(subspace_angles(first, second))[::-1]
    return angles


@checked_arguments(n_axes=(1, 10_000))
def canonical_correlations(
    first: np.ndarray, second: np.ndarray, *, n_axes: int = N_AXES
) -> np.ndarray:
    """Correlate what two groups of units have most in common, by canonical correlation analysis.

    The correlations are of the samples that the axes were fitted to, so they lie above 0 without
    anything in common: compare them with `random_canonical_correlations`.

    Parameters
    ----------
    first, second : float arrays, shape (n_samples, n_units)
        Activity at the same times, trials or conditions; the units of one need not be those of the
        other.
    n_axes : int
        Pairs of axes.

    Returns
    -------
    float array, shape (n_axes,)
        From 0 to 1, largest first.

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is not finite, there are too few units or samples for the
        axes, or so few samples that some correlation is 1 whatever the activity.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> shared = rng.normal(size=(100, 1))
    >>> first, second = (shared + 0.1 * rng.normal(size=(100, n_units)) for n_units in (4, 5))
    >>> bool(canonical_correlations(first, second, n_axes=1)[0] > 0.99)
    True
    """
    from sklearn.cross_decomposition import CCA

    first, second = _checked(first, n_axes), _checked(second, n_axes)
    if len(first) != len(second):
        raise ValueError(f"there are {len(first)} and {len(second)} samples; give the same ones")
    n_first, n_second = first.shape[1], second.shape[1]
    if len(first) <= n_first + n_second:
        raise ValueError(
            f"{len(first)} samples of {n_first} and {n_second} units always correlate perfectly; "
            f"give more than {n_first + n_second}, or fewer directions, such as principal axes"
        )
    scores = CCA(n_components=n_axes, max_iter=_MAX_ITERATIONS).fit(first, second)
    pairs = zip(*(found.T for found in scores.transform(first, second)), strict=True)
    return np.array([np.corrcoef(own, other)[0, 1] for own, other in pairs])


@checked_arguments(n=(1, 10_000_000), n_axes=(1, 10_000))
def random_canonical_correlations(
    first: np.ndarray,
    second: np.ndarray,
    *,
    rng: np.random.Generator,
    n_axes: int = N_AXES,
    n: int = N_SHIFTS,
) -> np.ndarray:
    """Return the canonical correlations that chance alone would give.

    The samples of the second are shifted in a circle by a random number: each activity stays as
    slow as it is, their relation goes.

    Parameters
    ----------
    first, second, n_axes
        As in `canonical_correlations`.
    rng : numpy.random.Generator
    n : int
        Shifts.

    Returns
    -------
    float array, shape (n, n_axes)

    Raises
    ------
    ValueError
        As `canonical_correlations`.
    """
    second = _checked(second, n_axes)
    shifts = rng.integers(1, len(second), n)
    return np.array(
        [canonical_correlations(first, np.roll(second, k, axis=0), n_axes=n_axes) for k in shifts]
    )


def _largest(centred: np.ndarray, n_axes: int) -> float:
    """Sum of squares along as many principal axes."""
    return float((np.linalg.svd(centred, compute_uv=False)[:n_axes] ** 2).sum())


def _checked_pair(activity: np.ndarray, axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    axes = np.asarray(axes, dtype=float)
    if axes.ndim != 2 or axes.shape[0] != np.shape(activity)[-1]:
        raise ValueError(
            f"axes has shape {axes.shape} and activity {np.shape(activity)}; "
            "they must be (n_units, n_axes) and (n_times, n_units)"
        )
    centred = _centred(_checked(activity, axes.shape[1]))
    if not centred.any():
        raise ValueError("the activity never varies; it has no subspace")
    return centred, axes


def _centred(activity: np.ndarray) -> np.ndarray:
    centred: np.ndarray = activity - activity.mean(axis=0)
    return centred


def _checked(activity: np.ndarray, n_axes: int) -> np.ndarray:
    activity = np.asarray(activity, dtype=float)
    if activity.ndim != 2:
        raise ValueError(f"activity has shape {activity.shape}; it must be (n_times, n_units)")
    if not np.isfinite(activity).all():
        raise ValueError("activity has values that are not finite; leave such times or units out")
    if min(activity.shape[0] - 1, activity.shape[1]) < n_axes:
        raise ValueError(
            f"{activity.shape[1]} units at {activity.shape[0]} times have no {n_axes} axes"
        )
    return activity
