"""What populations of units do together: functions on rates, of a model or of a monkey alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mirror_sim.analysis.chance import Chance, correlation
from mirror_sim.analysis.rates import Rates
from mirror_sim.base.arguments import checked_arguments

SOFT_HZ = 5.0
SIGNS = ("FF", "FS", "SF", "SS")
# Times are sums of floating-point steps; a bin on the border of a window belongs to it.
_ROUNDING_S = 1e-6


@checked_arguments()
def sign_shares(classes: Sequence[str] | np.ndarray) -> dict[str, float]:
    """Return the share of each pair of signs, in %.

    Parameters
    ----------
    classes : sequence of str
        The sign of a unit's change in execution, then in observation: "FF", "FS", "SF", "SS" (F
        facilitated, S suppressed). Units with "" are not counted.

    Returns
    -------
    dict of str to float
        NaN if no unit is counted.

    Raises
    ------
    ValueError
        If there is another class.

    Examples
    --------
    >>> sign_shares(["FF", "FS", "FF", "", "SS"])
    {'FF': 50.0, 'FS': 25.0, 'SF': 0.0, 'SS': 25.0}
    """
    counted = np.asarray([name for name in classes if name != ""], dtype=str)
    other = sorted(set(counted.tolist()) - set(SIGNS))
    if other:
        raise ValueError(f"unknown sign class {other[0]!r}; valid: {', '.join(SIGNS)}, ''")
    return {name: percent(counted == name) for name in SIGNS}


@checked_arguments()
def percent(flags: np.ndarray | pd.Series) -> float:
    """Return the share of flags that are set, in %; NaN without any.

    Examples
    --------
    >>> percent(np.array([True, False]))
    50.0
    """
    return 100 * float(np.mean(flags)) if len(flags) else float("nan")


@checked_arguments()
def mean_rates(rates: Rates, start_s: float, stop_s: float) -> np.ndarray:
    """Average the bins that end within a window, both borders included.

    Parameters
    ----------
    rates : Rates
        With equal bins.
    start_s, stop_s : float
        Seconds from the event of alignment.

    Returns
    -------
    float array, shape (n_conditions, n_units)
        Spikes/s. Bins without a value are left out; where a unit has none, NaN.

    Raises
    ------
    ValueError
        If no bin ends there, or a condition has no value in any of them.

    Examples
    --------
    >>> import pandas as pd
    >>> rates = Rates(values=np.array([[[1.0], [2.0], [np.nan]]]), conditions=("A",),
    ...               times_s=np.array([0.05, 0.15, 0.25]), units=pd.DataFrame({"unit_id": [1]}))
    >>> mean_rates(rates, 0.1, 0.3)
    array([[1.5]])
    """
    ends_s = rates.times_s + bin_width_s(rates) / 2
    values = rates.values[:, _inside(ends_s, start_s, stop_s)]
    given = np.isfinite(values)
    count = given.sum(axis=1)
    for name, of_condition in zip(rates.conditions, count, strict=True):
        if of_condition.size and not of_condition.any():
            raise ValueError(f"condition {name!r} has no rates in {start_s:g} to {stop_s:g} s")
    total = np.where(given, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


@checked_arguments()
def bin_width_s(rates: Rates) -> float:
    """Return the width of the bins, s.

    Raises
    ------
    ValueError
        If there are fewer than two, or they are not equal.
    """
    steps_s = np.diff(rates.times_s)
    if len(steps_s) == 0 or not np.allclose(steps_s, steps_s[0], rtol=1e-4) or steps_s[0] <= 0:
        raise ValueError("Rates.times_s must be two or more bins of equal width, in order")
    return float(steps_s.mean())


def _inside(times_s: np.ndarray, start_s: float, stop_s: float) -> np.ndarray:
    inside: np.ndarray = (times_s >= start_s - _ROUNDING_S) & (times_s <= stop_s + _ROUNDING_S)
    if not inside.any():
        raise ValueError(
            f"no bin lies in {start_s:g} to {stop_s:g} s; the rates have "
            f"{times_s[0]:g} to {times_s[-1]:g} s"
        )
    return inside


@checked_arguments()
def within(rates: Rates, start_s: float, stop_s: float) -> Rates:
    """Return the rates of the bins whose centres lie in a window, both borders included.

    Raises
    ------
    ValueError
        If there are none.
    """
    inside = _inside(rates.times_s, start_s, stop_s)
    return replace(rates, values=rates.values[:, inside], times_s=rates.times_s[inside])


@checked_arguments()
def peak_rates(rates: Rates, start_s: float, stop_s: float) -> np.ndarray:
    """Return the largest rate in a window, float array, shape (n_conditions, n_units), spikes/s.

    Raises
    ------
    ValueError
        If no bin lies there, or a value is missing.
    """
    part = within(rates, start_s, stop_s)
    if not np.isfinite(part.values).all():
        raise ValueError(f"rates are missing in {start_s:g} to {stop_s:g} s")
    peaks: np.ndarray = part.values.max(axis=1)
    return peaks


@checked_arguments()
def peak_times(
    rates: Rates,
    condition: str,
    *,
    baseline_s: tuple[float, float],
    window_s: tuple[float, float],
    least_rise_hz: float,
) -> np.ndarray:
    """Return when the units that a condition excites fire most.

    Parameters
    ----------
    rates : Rates
    condition : str
    baseline_s, window_s : (float, float)
        Start and stop, seconds from the event of alignment; bins are taken by their centres.
    least_rise_hz : float
        Spikes/s. A unit is excited if its rate in the window rises over its mean in the baseline by
        more than this at most, and by more than it ever falls below.

    Returns
    -------
    float array, shape (n_units,)
        Start of the bin of the largest rate, the first of equal ones; NaN where a unit is not
        excited.

    Raises
    ------
    ValueError
        If there is no such condition, no bin lies in a window, or a rate there is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> hz = np.array([[5.0, 5.0], [5.0, 0.0], [30.0, 9.0]])
    >>> rates = Rates(values=hz[None], conditions=("A",), times_s=np.array([-0.1, 0.1, 0.3]),
    ...               units=pd.DataFrame({"unit_id": [1, 2]}))
    >>> peak_times(rates, "A", baseline_s=(-0.2, 0.0), window_s=(0.0, 0.4), least_rise_hz=10.0)
    array([0.2, nan])
    """
    part = within(rates, *window_s)
    hz, before_hz = part.of(condition), within(rates, *baseline_s).of(condition)
    if not (np.isfinite(hz).all() and np.isfinite(before_hz).all()):
        raise ValueError(f"rates of {condition!r} are missing in the baseline or the window")
    change = hz - before_hz.mean(axis=0)
    rise, fall = change.max(axis=0), -change.min(axis=0)
    starts_s = part.times_s - bin_width_s(rates) / 2
    excited = (rise > least_rise_hz) & (rise > fall)
    return np.where(excited, starts_s[hz.argmax(axis=0)], np.nan)


@checked_arguments()
def soft_normalised(
    rates: Rates, baseline_s: tuple[float, float], *, soft_hz: float = SOFT_HZ
) -> Rates:
    """Take off the baseline and scale every unit by its largest change, softened.

    Parameters
    ----------
    rates : Rates
        The baseline of every condition is its own.
    baseline_s : (float, float)
        Start and stop, seconds from the event of alignment; bins are taken by their centres.
    soft_hz : float
        Spikes/s; more of it makes units of small changes count less.

    Returns
    -------
    Rates
        (rate - baseline) / (largest absolute value of that over conditions and times + `soft_hz`),
        within -1 to 1, so that units of high and low rates weigh alike and silent ones do not
        explode. NaN where the rates are.

    Raises
    ------
    ValueError
        If no bin lies in the baseline.

    Examples
    --------
    >>> import pandas as pd
    >>> rates = Rates(values=np.array([[[10.0], [25.0]]]), conditions=("A",),
    ...               times_s=np.array([-0.1, 0.1]), units=pd.DataFrame({"unit_id": [1]}))
    >>> soft_normalised(rates, (-0.2, 0.0)).values[0, :, 0]
    array([0.  , 0.75])
    """
    baseline = within(rates, *baseline_s).values.mean(axis=1, keepdims=True)
    net = rates.values - baseline
    largest = np.max(np.abs(net), axis=(0, 1), where=np.isfinite(net), initial=0.0)
    return replace(rates, values=net / (largest + soft_hz))


@checked_arguments()
def at_time(rates: Rates, time_s: float) -> np.ndarray:
    """Return the bin nearest to a time, float array, shape (n_conditions, n_units).

    Raises
    ------
    ValueError
        If the time is outside the rates.
    """
    width_s = bin_width_s(rates)
    nearest = int(np.argmin(np.abs(rates.times_s - time_s)))
    if abs(rates.times_s[nearest] - time_s) > width_s / 2 + _ROUNDING_S:
        raise ValueError(
            f"{time_s:g} s is outside the rates: {rates.times_s[0]:g} to {rates.times_s[-1]:g} s"
        )
    bins: np.ndarray = rates.values[:, nearest]
    return bins


@checked_arguments()
def activity_ratio(executed: Sequence[np.ndarray], observed: Sequence[np.ndarray]) -> float:
    """Divide the activity of units in execution by that in observation.

    Parameters
    ----------
    executed, observed : sequences of float arrays, shape (n_units,)
        One array an action, for example of `soft_normalised` rates; the units of one action need
        not be those of another.

    Returns
    -------
    float
        Ratio of the means over units, mean over actions; NaN if an action has no unit or its
        denominator is zero.

    Examples
    --------
    >>> activity_ratio([np.array([0.4, 0.6]), np.array([0.9])], [np.array([0.25]), np.array([0.3])])
    2.5
    """
    ratios = [
        np.mean(own) / np.mean(other) if len(own) and len(other) and np.mean(other) else np.nan
        for own, other in zip(executed, observed, strict=True)
    ]
    return float(np.mean(ratios)) if ratios else float("nan")


@checked_arguments()
def pearson(first: np.ndarray, second: np.ndarray) -> float:
    """Correlate two lists of numbers, leaving out pairs with a missing one.

    Returns
    -------
    float
        NaN with fewer than 3 pairs or if one list never varies.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> pearson(np.array([1.0, 2.0, 3.0, np.nan]), np.array([2.0, 4.0, 6.0, 8.0]))
    1.0
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(
            f"pairs need two lists of one length; shapes {first.shape}, {second.shape}"
        )
    both = np.isfinite(first) & np.isfinite(second)
    own, other = first[both], second[both]
    if len(own) < 3 or np.ptp(own) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(own, other)[0, 1])


@checked_arguments(n=(1, 10_000_000))
def epoch_correlations(
    executed_hz: np.ndarray,
    observed_hz: np.ndarray,
    *,
    rng: np.random.Generator,
    epochs: Sequence[str],
    soft_hz: float = SOFT_HZ,
    n: int = 1000,
) -> Mapping[str, Chance]:
    """Correlate execution and observation in each epoch, beside shuffled pairs.

    Rates are taken net of the first epoch, averaged over all conditions, and soft-normalised by the
    largest absolute net rate of the unit; the actions are pooled.

    Parameters
    ----------
    executed_hz, observed_hz : float arrays, shape (n_actions, n_epochs, n_units)
        Mean rates, spikes/s, the baseline first.
    rng : numpy.random.Generator
    epochs : sequence of str
        Their names.
    soft_hz : float
        As in `soft_normalised`.
    n : int
        Shuffles of the pairs of unit and action.

    Returns
    -------
    dict of str to Chance
        Pearson correlations by epoch, each against its shuffles.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    executed_hz, observed_hz = np.asarray(executed_hz, float), np.asarray(observed_hz, float)
    if (
        executed_hz.ndim != 3
        or executed_hz.shape != observed_hz.shape
        or executed_hz.shape[1] != len(epochs)
    ):
        raise ValueError(
            f"executed_hz has shape {executed_hz.shape}, observed_hz {observed_hz.shape}; "
            f"both must be (n_actions, {len(epochs)}, n_units), one epoch a name"
        )
    rates = np.stack([executed_hz, observed_hz])
    net = rates - rates[:, :, :1].mean(axis=(0, 1), keepdims=True)
    net /= np.abs(net).max(axis=(0, 1, 2)) + soft_hz
    return {
        name: correlation(net[0, :, k].ravel(), net[1, :, k].ravel(), rng=rng, n=n)
        for k, name in enumerate(epochs)
    }
