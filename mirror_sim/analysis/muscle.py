"""A spinal read-out: what the muscles would do with the output of some units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from mirror_sim.analysis.shapes import check_window
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.recorded import require_recorded
from mirror_sim.session.session import Session

N_POOL = 20
TAU_S = 0.05
THRESHOLD_HZ = 22.0
STEP_S = 0.01
LARGEST_LAG_S = 0.2
# The filter needs half a second to forget where it started.
_LEAD_S = 0.5


@dataclass(frozen=True)
class Muscle:
    """The read-out over the trials of one or more conditions.

    Attributes
    ----------
    times_s : float array, shape (n_times,)
        Seconds from the event of alignment.
    activity : float array, shape (n_trials, n_times)
        Mean of the pool above its threshold, in spikes/s of mean drive.
    drive : float array, shape (n_trials, n_times)
        Rate of the units that drive it, unweighted and without threshold, spikes/s.
    """

    times_s: np.ndarray
    activity: np.ndarray
    drive: np.ndarray


@checked_arguments()
def change_at_rest(muscle: Muscle, condition: Sequence[Any] | np.ndarray, *, moving: str) -> float:
    """Return how far the read-out rises where nobody moves, in % of its peak in movement.

    Parameters
    ----------
    muscle : Muscle
    condition : str array, shape (n_trials,)
        Condition of each trial.
    moving : str
        The condition with a movement; all others are at rest.

    Returns
    -------
    float
        Largest mean course of a condition at rest over the peak of the moving one; NaN without a
        trial of either or if nothing ever moves.
    """
    condition = np.asarray(condition)
    rest = [name for name in np.unique(condition) if name != moving]
    own = muscle.activity[condition == moving]
    if not rest or not len(own) or not own.any():
        return float("nan")
    peak = own.mean(axis=0).max()
    still = max(muscle.activity[condition == name].mean(axis=0).max() for name in rest)
    return float(100 * still / peak)


@checked_arguments()
def tracking(course: np.ndarray, speed: np.ndarray) -> tuple[float, float]:
    """Correlate the read-out's course with the speed of the wrist, at the lag that suits best.

    Parameters
    ----------
    course, speed : float arrays, shape (n_times,)
        Both in steps of `STEP_S`.

    Returns
    -------
    (float, float)
        Pearson's r, and by how many seconds the read-out follows the speed, at most `LARGEST_LAG_S`
        either way; NaN where one of them is flat.
    """
    if np.ptp(course) == 0 or np.ptp(speed) == 0:
        return float("nan"), float("nan")
    most = round(LARGEST_LAG_S / STEP_S)
    middle = slice(most, len(speed) - most)
    found = [
        (float(np.corrcoef(np.roll(course, -lag)[middle], speed[middle])[0, 1]), lag * STEP_S)
        for lag in range(-most, most + 1)
        if np.ptp(np.roll(course, -lag)[middle]) > 0
    ]
    return max(found, default=(float("nan"), float("nan")))


@checked_arguments(
    n_pool=(1, 10_000), pool_seed=(0, 2**63), threshold_hz=(0.0, 500.0), tau_s=(0.001, 60.0)
)
def muscle_readout(
    session: Session,
    units: np.ndarray | Sequence[int] | str,
    *,
    align: str,
    window_s: tuple[float, float],
    n_pool: int = N_POOL,
    tau_s: float = TAU_S,
    threshold_hz: float = THRESHOLD_HZ,
    pool_seed: int = 0,
) -> Muscle:
    """Drive a pool of leaky spinal units with some units of a session.

    The weights are drawn from the seed, not fitted: non-negative, log-normal, of sum 1 over the
    units that drive. One threshold holds for all trials.

    Parameters
    ----------
    session : Session
    units : mask, row numbers or query
        Which units drive the pool, as `Session.select` takes them.
    align : str
        Event at time 0.
    window_s : (float, float)
        Start and stop, seconds from the event.
    n_pool : int
        Units of the pool.
    tau_s : float
        Time constant of the leak, s.
    threshold_hz : float
        What a unit of the pool takes off its drive, spikes/s.
    pool_seed : int
        Seed of the weights.

    Returns
    -------
    Muscle
        One row a trial of the session.

    Raises
    ------
    ValueError
        If no unit drives the pool, a trial lacks the event, a unit was not recorded throughout
        one, or a number is out of range.
    """
    driving = session.select(units=units)
    n_units = len(driving.units)
    if n_units == 0:
        raise ValueError(f"none of the session's {len(session.units)} units drives the pool")
    first_s = window_s[0] - _LEAD_S
    check_window(window_s, STEP_S, "muscle_readout")
    n_times = round((window_s[1] - first_s) / STEP_S)
    activity, drive = spinal_pool(
        _counts(driving, align, first_s, n_times),
        n_pool=n_pool,
        tau_s=tau_s,
        threshold_hz=threshold_hz,
        pool_seed=pool_seed,
    )
    skip = round(_LEAD_S / STEP_S)
    times = window_s[0] + (np.arange(n_times - skip) + 0.5) * STEP_S
    return Muscle(times, activity[:, skip:], drive[:, skip:])


@checked_arguments(
    n_pool=(1, 10_000), pool_seed=(0, 2**63), threshold_hz=(0.0, 500.0), tau_s=(0.001, 60.0)
)
def spinal_pool(
    counts: np.ndarray,
    *,
    n_pool: int = N_POOL,
    tau_s: float = TAU_S,
    threshold_hz: float = THRESHOLD_HZ,
    pool_seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what a pool of leaky spinal units makes of spikes.

    Parameters
    ----------
    counts : array, shape (n_trials, n_times, n_units)
        Spikes of the units that drive it, in steps of `STEP_S`.
    n_pool, tau_s, threshold_hz, pool_seed
        As in `muscle_readout`.

    Returns
    -------
    activity, drive : float arrays, shape (n_trials, n_times)
        As in `Muscle`.

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    if counts.ndim != 3:
        raise ValueError(
            f"spinal_pool: counts has shape {counts.shape}; it must be (n_trials, n_times, n_units)"
        )
    rng = np.random.default_rng(pool_seed)
    weights = np.exp(rng.standard_normal((counts.shape[2], n_pool)))
    weights /= weights.sum(axis=0)
    decay = np.exp(-STEP_S / tau_s)
    steps = np.moveaxis((1 - decay) * counts / STEP_S, 1, 0)
    smooth = np.stack(list(accumulate(steps, lambda y, x: x + decay * y)), axis=1)
    pool = np.maximum(smooth @ weights - threshold_hz, 0.0)
    return pool.mean(axis=2), smooth.mean(axis=2)


def _counts(session: Session, align: str, first_s: float, n_times: int) -> np.ndarray:
    """Count spikes in steps from `first_s` after the event, shape (n_trials, n_times, n_units)."""
    zero_s = session.event_times(align)
    if np.isnan(zero_s).any():
        trial = int(np.flatnonzero(np.isnan(zero_s))[0])
        raise ValueError(f"trial {trial} has no event {align!r}; select those that have it")
    # The lead before the first trial may lie outside the session.
    start_s = zero_s + first_s + np.minimum(_LEAD_S, (-zero_s - first_s).clip(min=0.0))
    require_recorded(
        session.counts(start_s, zero_s + first_s + n_times * STEP_S), "the muscle read-out"
    )
    counts = np.zeros((len(zero_s), n_times, len(session.units)))
    for unit in range(len(session.units)):
        spikes = session.spikes_of(unit)
        for trial, zero in enumerate(zero_s):
            low, high = np.searchsorted(spikes, [zero + first_s, zero + first_s + n_times * STEP_S])
            bins = ((spikes[low:high] - zero - first_s) / STEP_S).astype(int)
            np.add.at(counts[trial, :, unit], np.minimum(bins, n_times - 1), 1)
    return counts
