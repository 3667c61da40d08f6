"""Two-way analysis of variance of many units at once, with comparisons after it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from mirror_sim.base.errors import unknown

N_EPOCHS, N_GRASPS = 3, 2
_N_CELLS = N_EPOCHS * N_GRASPS

POSTHOCS = ("tukey-kramer", "bonferroni")


@dataclass(frozen=True, kw_only=True, eq=False)
class EpochAnova:
    """The tests of `epoch_grasp_anova`, one row a unit.

    Parameters
    ----------
    p_epoch, p_grasp, p_interaction : float array, shape (n_units,)
        P values of the effects.
    p_posthoc : float array, shape (n_units, 2, 2)
        P values of each grasp (second axis) and task epoch (third axis: reach, hold) against that
        grasp's baseline.
    change : float array, shape (n_units, 2, 2)
        Mean rate of the task epoch minus that of the baseline, spikes/s, in the same order.
    grasps : tuple of str
        Names of the two grasps, in order.
    """

    p_epoch: np.ndarray
    p_grasp: np.ndarray
    p_interaction: np.ndarray
    p_posthoc: np.ndarray
    change: np.ndarray
    grasps: tuple[str, ...]


def epoch_grasp_anova(
    rates: np.ndarray, grasp: np.ndarray, *, posthoc: str = "tukey-kramer"
) -> EpochAnova:
    """Test every unit for effects of the epoch and the grasp on its rate.

    A two-way analysis of variance with interaction, every epoch of every trial one independent
    observation; sums of squares of type III under sum-to-zero contrasts, that is, hypotheses on
    the unweighted means of the six cells.

    Parameters
    ----------
    rates : float array, shape (n_trials, 3, n_units)
        Spikes/s in baseline, reach and hold.
    grasp : array, shape (n_trials,)
        One of two labels a trial.
    posthoc : {"tukey-kramer", "bonferroni"}
        How the four comparisons with baseline are corrected: as part of all pairs of the six cell
        means, or for being four. Both use the error of the analysis of variance.

    Returns
    -------
    EpochAnova
        Grasps sorted by label. Where a unit's rate never varies within a cell, an effect has p 1
        if it is zero, else 0.

    Raises
    ------
    ValueError
        If shapes do not fit, a rate is not finite, there are not two grasps, one has fewer than
        two trials, or the correction is unknown.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rates = rng.poisson(5.0, (20, 3, 2)).astype(float)
    >>> rates[:, 1, 0] += 10  # the first unit fires in the reach
    >>> test = epoch_grasp_anova(rates, np.repeat(["PG", "WHG"], 10))
    >>> bool(test.p_epoch[0] < 1e-6), test.p_posthoc.shape
    (True, (2, 2, 2))
    """
    if posthoc not in POSTHOCS:
        raise unknown("post-hoc correction", posthoc, POSTHOCS, where="epoch_grasp_anova")
    rates, cell, names = _checked(rates, grasp)
    n_cell = np.bincount(cell, minlength=N_GRASPS).repeat(N_EPOCHS)
    means = np.stack([rates[cell == g].mean(axis=0) for g in range(N_GRASPS)])
    within = sum(((rates[cell == g] - means[g]) ** 2).sum(axis=(0, 1)) for g in range(N_GRASPS))
    df = int(n_cell.sum()) - _N_CELLS
    error = np.asarray(within) / df
    # A sum of squares that is rounding error of the mean counts as none.
    error[error < 1e-20 * (1 + (rates**2).mean(axis=(0, 1)))] = 0.0

    flat = means.reshape(_N_CELLS, -1)
    epoch = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]])
    mean_of_epochs, mean_of_grasps = np.full((1, 3), 1 / 3), np.full((1, 2), 0.5)
    difference = np.array([[1.0, -1.0]])
    p_epoch, p_grasp, p_interaction = (
        _p_of_contrasts(np.kron(over_grasps, over_epochs), flat, n_cell, error, df)
        for over_grasps, over_epochs in (
            (mean_of_grasps, epoch),
            (difference, mean_of_epochs),
            (difference, epoch),
        )
    )
    change = np.moveaxis(means[:, 1:] - means[:, :1], -1, 0)
    # Variance of a difference of two means; all epochs of a grasp have its number of trials.
    spread = np.sqrt(error[:, None, None] * (2 / n_cell[::N_EPOCHS])[None, :, None])
    t = _ratio(np.abs(change), spread)
    if posthoc == "bonferroni":
        p_posthoc = np.minimum(1.0, 4 * 2 * special.stdtr(df, -t))
    else:
        p_posthoc = studentized_range_sf(np.sqrt(2) * t, _N_CELLS, df)
    return EpochAnova(
        p_epoch=p_epoch,
        p_grasp=p_grasp,
        p_interaction=p_interaction,
        p_posthoc=p_posthoc,
        change=change,
        grasps=names,
    )


def _checked(
    rates: np.ndarray, grasp: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    rates = np.asarray(rates, dtype=float)
    if rates.ndim != 3 or rates.shape[1] != N_EPOCHS or len(grasp) != len(rates):
        raise ValueError(
            f"rates has shape {rates.shape} and grasp {len(grasp)} labels; "
            "they must be (n_trials, 3, n_units) and n_trials"
        )
    if not np.isfinite(rates).all():
        raise ValueError("rates has values that are not finite; give every trial all three epochs")
    names, cell = np.unique(np.asarray(grasp), return_inverse=True)
    if len(names) != N_GRASPS:
        raise ValueError(f"grasp has the labels {', '.join(map(str, names))}; it must have two")
    if np.bincount(cell).min() < 2:
        raise ValueError("a grasp has a single trial; the test needs at least two of each")
    return rates, cell, tuple(str(name) for name in names)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide; 0 where both are zero, infinite where only the denominator is."""
    safe = np.where(denominator > 0, denominator, 1.0)
    at_zero = np.where(numerator > 1e-9, np.inf, 0.0)
    return np.where(denominator > 0, numerator / safe, at_zero)


def _p_of_contrasts(
    contrasts: np.ndarray, means: np.ndarray, n_cell: np.ndarray, error: np.ndarray, df: int
) -> np.ndarray:
    """F test that some contrasts of the cell means, shape (n_contrasts, n_cells), are all zero."""
    effect = contrasts @ means
    spread = (contrasts / n_cell) @ contrasts.T
    mean_square = np.einsum("iu,iu->u", effect, np.linalg.solve(spread, effect)) / len(contrasts)
    p: np.ndarray = special.fdtrc(len(contrasts), df, _ratio(mean_square, error))
    return p


@lru_cache(maxsize=4)
def _range_table(n_groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Log survival function of the range of `n_groups` standard normals, on a grid of ranges."""
    widths = np.linspace(0.0, 60.0, 3001)
    z = np.linspace(-9.0, 42.0, 1021)
    upper = special.ndtr(z)
    share = special.ndtr(z - widths[:, None]) / upper
    # P(range > w) = k * integral of phi(z) (Phi(z)^(k-1) - (Phi(z) - Phi(z-w))^(k-1)); written
    # with expm1 so that small tails keep their digits. The trapezoid rule is exact enough here.
    power = n_groups - 1
    with np.errstate(divide="ignore"):
        lost = -np.expm1(power * np.log1p(-np.minimum(share, 1.0)))
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    tail = n_groups * (density * upper**power * lost).sum(axis=1) * (z[1] - z[0])
    with np.errstate(divide="ignore"):
        return widths, np.log(np.minimum(tail, 1.0))


def studentized_range_sf(q: np.ndarray, n_groups: int, df: int) -> np.ndarray:
    """Return the survival function of the studentized range, of any shape, fast.

    Parameters
    ----------
    q : float array
        Studentized ranges, 0 or more; infinite gives 0.
    n_groups : int
        Number of means compared, at least 2.
    df : int
        Degrees of freedom of the error, at least 1.

    Returns
    -------
    float array, shape of `q`
        Relative error under 1e-4 for p above 1e-12.

    Examples
    --------
    >>> round(float(studentized_range_sf(np.array([4.1]), 6, 60)[0]), 3)
    0.056
    """
    q = np.asarray(q, dtype=float)
    finite = np.isfinite(q)
    flat = q[finite][:, None]
    widths, log_tail = _range_table(n_groups)
    # Integrate over t = log(s), s the estimated over the true standard deviation. For large q the
    # weight lies where s is small, around `peak`; the grid spans both it and t = 0.
    spread = 1 / np.sqrt(2 * df)
    peak = -0.5 * np.log1p(flat**2 / (2 * df))
    low, high = peak - 10 * spread, 8 * spread
    unit = np.linspace(0.0, 1.0, 201)
    t = low + (high - low) * unit
    log_density = (
        np.log(2)
        + df / 2 * np.log(df / 2)
        - special.gammaln(df / 2)
        + df * t
        - df / 2 * np.exp(2 * t)
    )
    log_value = log_density + np.interp(flat * np.exp(t), widths, log_tail)
    out = np.zeros(q.shape)
    total = np.exp(log_value).sum(axis=1) * (high - low)[:, 0] / (len(unit) - 1)
    out[finite] = np.minimum(total, 1.0)
    return out
