"""A spinal read-out: what the muscles would do with the output of M1's pyramidal tract neurons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import lfilter

if TYPE_CHECKING:
    from mirror_sim.session.session import Session

N_POOL = 20
TAU_S = 0.05
THRESHOLD_HZ = 22.0
STEP_S = 0.01
LARGEST_LAG_S = 0.2


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
        Rate of all pyramidal tract neurons, unweighted and without threshold, spikes/s.
    """

    times_s: np.ndarray
    activity: np.ndarray
    drive: np.ndarray


def change_at_rest(muscle: Muscle, condition: np.ndarray, *, moving: str) -> float:
    """Return how far the read-out rises where nobody moves, in % of its peak in execution.

    Parameters
    ----------
    muscle : Muscle
    condition : str array, shape (n_trials,)
        Condition of each trial.
    moving : str
        The condition of execution; all others are at rest.

    Returns
    -------
    float
        Largest mean course of a condition at rest over the peak of the moving one; NaN without a
        trial of either or if nothing ever moves.
    """
    rest = [name for name in np.unique(condition) if name != moving]
    own = muscle.activity[condition == moving]
    if not rest or not len(own) or not own.any():
        return float("nan")
    peak = own.mean(axis=0).max()
    still = max(muscle.activity[condition == name].mean(axis=0).max() for name in rest)
    return float(100 * still / peak)


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


def muscle_readout(
    session: Session, *, align: str, window_s: tuple[float, float], pool_seed: int = 0
) -> Muscle:
    """Drive a pool of leaky units with all pyramidal tract neurons of M1.

    The weights are drawn from the seed, not fitted: non-negative, log-normal, of sum 1 over the
    neurons. One threshold holds for all actions and Subjects.

    Parameters
    ----------
    session : Session
    align : str
        Event at time 0.
    window_s : (float, float)
        Start and stop, seconds from the event.
    pool_seed : int
        Seed of the weights.

    Returns
    -------
    Muscle
        One row a trial of the session.

    Raises
    ------
    ValueError
        If the session has no pyramidal tract neurons of M1, or a trial not the event.
    """
    units = session.units
    rows = np.flatnonzero(((units["area"] == "M1") & (units["cell_type"] == "PTN")).to_numpy())
    if len(rows) == 0:
        raise ValueError("the session has no units of area M1 and cell type PTN")
    zero_s = session.event_times(align)
    if np.isnan(zero_s).any():
        trial = int(np.flatnonzero(np.isnan(zero_s))[0])
        raise ValueError(f"trial {trial} has no event {align!r}; select those that have it")
    # The filter needs half a second to forget where it started.
    lead_s = 0.5
    n_times = round((window_s[1] - window_s[0] + lead_s) / STEP_S)
    first_s = window_s[0] - lead_s
    rng = np.random.default_rng(pool_seed)
    weights = np.exp(rng.standard_normal((len(rows), N_POOL)))
    weights /= weights.sum(axis=0)
    counts = np.zeros((len(session.trials), n_times, len(rows)))
    for column, unit in enumerate(rows):
        spikes = session.spikes_of(unit)
        for trial, zero in enumerate(zero_s):
            low, high = np.searchsorted(spikes, [zero + first_s, zero + first_s + n_times * STEP_S])
            bins = ((spikes[low:high] - zero - first_s) / STEP_S).astype(int)
            np.add.at(counts[trial, :, column], np.minimum(bins, n_times - 1), 1)
    decay = np.exp(-STEP_S / TAU_S)
    smooth = lfilter([1 - decay], [1, -decay], counts / STEP_S, axis=1)
    skip = round(lead_s / STEP_S)
    pool = np.maximum(smooth @ weights - THRESHOLD_HZ, 0.0)
    times = window_s[0] + (np.arange(n_times - skip) + 0.5) * STEP_S
    return Muscle(times, pool.mean(axis=2)[:, skip:], smooth.mean(axis=2)[:, skip:])
