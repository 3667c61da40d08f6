"""How population activity that depends on a label moves through its space over time.

In every function a trajectory is the mean activity of units by label and time, shape (n_labels,
n_times, n_units). What depends on the label is what is left without the mean over labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from mirror_sim.analysis.decoding import binned_counts
from mirror_sim.analysis.subspaces import (
    N_AXES,
    canonical_correlations,
    principal_angles,
    principal_axes,
)
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session

SIGMA_S = 0.05
STEP_S = 0.04
N_COMPONENTS = 6
# A Gaussian kernel is cut at this many of its standard deviations.
_TRUNCATE_SD = 3.0


@checked_arguments(sigma_s=(0.001, 10.0))
def root_rates(
    session: Session,
    *,
    align: str,
    window_s: tuple[float, float],
    step_s: float = STEP_S,
    sigma_s: float = SIGMA_S,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the square root of the smoothed rates of single trials.

    The root makes the variance of spike counts alike at all rates. Smoothing takes in what lies
    three standard deviations beyond the window.

    Parameters
    ----------
    session : Session
        In which every trial has the event.
    align : str
        Event at time 0.
    window_s : (float, float)
        Start and stop, seconds from the event.
    step_s : float
        Bin width, s.
    sigma_s : float
        Standard deviation of the Gaussian that smooths, s.

    Returns
    -------
    times_s : float array, shape (n_times,)
        Bin centres, seconds from the event.
    activity : float32 array, shape (n_trials, n_times, n_units)
        Square roots of spikes/s.

    Raises
    ------
    ValueError
        As `mirror_sim.analysis.decoding.binned_counts`.
    """
    n_pad = int(np.ceil(_TRUNCATE_SD * sigma_s / step_s))
    wide_s = (window_s[0] - n_pad * step_s, window_s[1] + n_pad * step_s)
    times_s, counts = binned_counts(session, align=align, window_s=wide_s, bin_s=step_s)
    hz = gaussian_filter1d(
        counts.astype(np.float32) / step_s, sigma_s / step_s, axis=1, truncate=_TRUNCATE_SD
    )
    return times_s[n_pad:-n_pad], np.sqrt(hz[:, n_pad:-n_pad])


@checked_arguments()
def label_means(activity: np.ndarray, label: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Average the trials of each label: a trajectory.

    Parameters
    ----------
    activity : array, shape (n_trials, n_times, n_units)
    label : array, shape (n_trials,)

    Returns
    -------
    array, shape (n_labels, n_times, n_units)
        Labels sorted.

    Examples
    --------
    >>> label_means(np.array([[[1.0]], [[2.0]], [[4.0]]]), ["a", "b", "b"]).ravel()
    array([1., 3.])
    """
    if np.ndim(activity) != 3 or len(activity) != len(label):
        raise ValueError(
            f"activity has shape {np.shape(activity)} and label {len(label)} entries; they must "
            "be (n_trials, n_times, n_units) and n_trials"
        )
    names, group = np.unique(np.asarray(label), return_inverse=True)
    return np.stack([activity[group == number].mean(axis=0) for number in range(len(names))])


@checked_arguments(n_axes=(1, 10_000))
def instantaneous_axes(trajectory: np.ndarray, n_axes: int = N_AXES) -> np.ndarray:
    """Return the axes along which activity depends most on the label, at each time by itself.

    Parameters
    ----------
    trajectory : array, shape (n_labels, n_times, n_units)
    n_axes : int
        Fewer than there are labels.

    Returns
    -------
    float array, shape (n_times, n_units, n_axes)
        Orthonormal columns, largest variance over labels first.

    Raises
    ------
    ValueError
        If there are too few labels or units, or a value is not finite.
    """
    trajectory = _checked(trajectory)
    return np.stack([principal_axes(trajectory[:, k], n_axes) for k in range(trajectory.shape[1])])


@checked_arguments()
def first_angles(axes: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the smallest angle between a subspace at each time and one reference.

    Parameters
    ----------
    axes : float array, shape (n_times, n_units, n_axes)
        Of `instantaneous_axes`.
    reference : float array, shape (n_units, n_axes)

    Returns
    -------
    float array, shape (n_times,)
        Degrees; see `mirror_sim.analysis.subspaces.principal_angles`.

    Examples
    --------
    >>> axes = np.stack([np.eye(4)[:, :2], np.eye(4)[:, 2:]])
    >>> first_angles(axes, np.eye(4)[:, :2])
    array([ 0., 90.])
    """
    return np.array([principal_angles(one, reference)[0] for one in axes])


@checked_arguments(n_axes=(1, 10_000), n=(1, 1_000_000))
def random_first_angles(
    n_units: int, *, rng: np.random.Generator, n_axes: int = N_AXES, n: int = 200
) -> np.ndarray:
    """Return smallest angles between random subspaces of so many units, degrees, shape (n,)."""
    pairs = rng.normal(size=(n, 2, n_units, n_axes))
    return np.array([principal_angles(first, second)[0] for first, second in pairs])


@checked_arguments(n_components=(1, 10_000))
def label_scores(trajectory: np.ndarray, n_components: int = N_COMPONENTS) -> np.ndarray:
    """Reduce the part of a trajectory that depends on the label to its principal components.

    Parameters
    ----------
    trajectory : array, shape (n_labels, n_times, n_units)
    n_components : int

    Returns
    -------
    float array, shape (n_labels * n_times, n_components)
        All times of the first label come first.

    Raises
    ------
    ValueError
        If the shape is another, or there are too few units or samples.
    """
    dependent = _checked(trajectory) - trajectory.mean(axis=0)
    flat = dependent.reshape(-1, dependent.shape[2])
    scores: np.ndarray = flat @ principal_axes(flat, n_components)
    return scores


@checked_arguments(n_components=(1, 10_000), n_axes=(1, 10_000))
def shared_trajectories(
    first: np.ndarray,
    second: np.ndarray,
    *,
    n_components: int = N_COMPONENTS,
    n_axes: int = N_AXES,
) -> np.ndarray:
    """Correlate what two trajectories have most in common, once each is turned to fit the other.

    The part that depends on the label is reduced to its principal components, and these are
    aligned by canonical correlation analysis. The units of one trajectory need not be those of the
    other. Correlations lie above 0 without anything in common; see `canonical_correlations`.

    Parameters
    ----------
    first, second : arrays, shape (n_labels, n_times, n_units)
        The same labels and times.
    n_components : int
        Principal components of each.
    n_axes : int
        Pairs of canonical axes.

    Returns
    -------
    float array, shape (n_axes,)
        From 0 to 1, largest first.

    Raises
    ------
    ValueError
        If labels or times differ in number, or there are too few units or samples.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> latent = rng.normal(size=(4, 50, 6))
    >>> first, second = (latent @ rng.normal(size=(6, n_units)) for n_units in (10, 12))
    >>> shared_trajectories(first, second).round(3)
    array([1., 1., 1.])
    """
    scores = (label_scores(trajectory, n_components) for trajectory in (first, second))
    return canonical_correlations(*scores, n_axes=n_axes)


@checked_arguments(n=(1, 1_000_000))
def permuted_groups(
    measure: Callable[[np.ndarray, np.ndarray], float],
    member: np.ndarray,
    *,
    rng: np.random.Generator,
    n: int,
) -> np.ndarray:
    """Measure two groups of units that are drawn anew from both: what one population would give.

    Parameters
    ----------
    measure : callable
        Takes the rows of the units of the first and of the second group.
    member : int array, shape (n_units,)
        1 for units of the first group, 2 for those of the second, 0 for others.
    rng : numpy.random.Generator
    n : int
        Permutations of the labels 1 and 2; the groups keep their sizes.

    Returns
    -------
    float array, shape (n,)
    """
    rows = np.flatnonzero(member)
    n_first = int(np.sum(np.asarray(member) == 1))
    drawn = (rng.permutation(rows) for _ in range(n))
    return np.array([measure(order[:n_first], order[n_first:]) for order in drawn])


def _checked(trajectory: np.ndarray) -> np.ndarray:
    trajectory = np.asarray(trajectory, dtype=float)
    if trajectory.ndim != 3:
        raise ValueError(
            f"the trajectory has shape {trajectory.shape}; it must be (n_labels, n_times, n_units)"
        )
    return trajectory
