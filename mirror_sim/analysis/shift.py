"""How far one tuning is shifted against another, over many units."""

from __future__ import annotations

import numpy as np

from mirror_sim.analysis.shapes import check_same_shape
from mirror_sim.base.arguments import checked_arguments


@checked_arguments(n_shifts=(1, 1000))
def shift_correlogram(first: np.ndarray, second: np.ndarray, *, n_shifts: int) -> np.ndarray:
    """Return how well two tunings agree where the second is shifted against the first.

    What a unit does at all values alike is taken out, and what all units do at one value: a rate,
    a gain or a preferred value that all units share makes no agreement.

    Parameters
    ----------
    first, second : float arrays, shape (n_units, n_values)
        Response of each unit to the values of something that runs in equal steps, e.g. the phases
        of an act, done and seen.
    n_shifts : int
        The largest shift, steps; some steps less than there are values.

    Returns
    -------
    float array, shape (2 * n_shifts + 1,)
        Correlation over units and values of `first` at value ``k + shift`` and `second` at value
        ``k``, for shifts from ``-n_shifts`` on; NaN where nothing varies. A peak at a positive
        shift says that a value, in the second, drives the units that prefer a later one in the
        first.

    Raises
    ------
    ValueError
        If the shapes differ, or fewer than three values are left at the largest shift.

    Examples
    --------
    >>> import numpy as np
    >>> done = np.eye(9)
    >>> seen = np.roll(done, -2, axis=1)
    >>> int(shift_correlogram(done, seen, n_shifts=3).argmax()) - 3
    2
    """
    check_same_shape("shift_correlogram", 2, first=first, second=second)
    n_values = first.shape[1]
    if n_values - n_shifts < 3:
        raise ValueError(
            f"shift_correlogram: of {n_values} values, a shift by n_shifts {n_shifts} leaves "
            f"{max(n_values - n_shifts, 0)}; it must leave at least 3"
        )
    one, other = _centred(first), _centred(second)
    return np.array(
        [
            _cosine(
                one[:, max(shift, 0) : n_values + min(shift, 0)],
                other[:, max(-shift, 0) : n_values - max(shift, 0)],
            )
            for shift in range(-n_shifts, n_shifts + 1)
        ]
    )


def peak_shift(correlogram: np.ndarray) -> float:
    """Return the shift at which a correlogram is highest, in steps; between steps by a parabola.

    Parameters
    ----------
    correlogram : float array, shape (2 * n_shifts + 1,)
        As `shift_correlogram` returns it.

    Returns
    -------
    float
        NaN if the correlogram is NaN throughout.

    Examples
    --------
    >>> import numpy as np
    >>> peak_shift(np.array([0.0, 1.0, 3.0, 3.0, 1.0]))
    0.5
    """
    if not np.isfinite(correlogram).any():
        return float("nan")
    peak = int(np.nanargmax(correlogram))
    centre = (len(correlogram) - 1) / 2
    if not 0 < peak < len(correlogram) - 1:
        return peak - centre
    before, at, after = correlogram[peak - 1 : peak + 2]
    bend = before - 2 * at + after
    return float(peak - centre + (0.5 * (before - after) / bend if bend < 0 else 0.0))


def _centred(values: np.ndarray) -> np.ndarray:
    within = values - values.mean(axis=1, keepdims=True)
    return within - within.mean(axis=0, keepdims=True)


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    length = np.sqrt((one**2).sum() * (other**2).sum())
    return float((one * other).sum() / length) if length > 0 else float("nan")
