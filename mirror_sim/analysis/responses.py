"""Which units respond to what, by presence or absence of a clear response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from mirror_sim.analysis.epochs import GALLESE_EPOCHS, epoch_rates
from mirror_sim.base.errors import unknown

if TYPE_CHECKING:
    from mirror_sim.session.session import Session

__all__ = [
    "GALLESE_EPOCHS",
    "clear_excitation",
    "epoch_rates",
    "gallese_classify",
    "paired_p",
    "present_absent",
]

ALPHA = 0.05
MIN_RATE_HZ = 8.0
MIN_RATIO = 1.5


def paired_p(task_hz: np.ndarray, baseline_hz: np.ndarray) -> np.ndarray:
    """Test rates of the same trials against each other: two-sided paired t on their square roots.

    The root makes the spread of a Poisson count independent of its mean; the test then keeps its
    level for few trials, low rates and windows of unequal length.

    Parameters
    ----------
    task_hz, baseline_hz : float array, shape (n_trials, ...)
        Spikes/s.

    Returns
    -------
    float array, shape (...)
        P values. Where the difference is the same in every trial, 1 if it is zero, else 0.

    Raises
    ------
    ValueError
        If there are fewer than two trials.
    """
    n_trials = len(task_hz)
    if n_trials < 2:
        raise ValueError(f"a paired test needs at least 2 trials; there is {n_trials}")
    difference = np.sqrt(task_hz) - np.sqrt(baseline_hz)
    mean = difference.mean(axis=0)
    error = difference.std(axis=0, ddof=1) / np.sqrt(n_trials)
    constant = error < 1e-12
    t = np.abs(mean) / np.where(constant, 1.0, error)
    p: np.ndarray = 2 * special.stdtr(n_trials - 1, -t)
    return np.where(constant, np.where(np.abs(mean) < 1e-12, 1.0, 0.0), p)


def clear_excitation(
    p: np.ndarray, task_hz: np.ndarray, baseline_hz: np.ndarray, *, n_tests: int
) -> np.ndarray:
    """Apply the fixed criteria of a clear excitatory response to test results.

    Parameters
    ----------
    p : float array
        P values against baseline, not corrected.
    task_hz, baseline_hz : float array
        Mean rates, spikes/s; they broadcast with `p`.
    n_tests : int
        Number of tests made of the unit, epochs times actions (Bonferroni).

    Returns
    -------
    bool array
        p below .05 / n_tests, at least 8 spikes/s, and at least 1.5 times the baseline.

    Examples
    --------
    >>> clear_excitation(np.array([1e-4, 1e-4, 0.02]), np.array([9.0, 7.0, 20.0]),
    ...                  np.array([5.0, 1.0, 5.0]), n_tests=16)
    array([ True, False, False])
    """
    large = (task_hz >= MIN_RATE_HZ) & (task_hz >= MIN_RATIO * baseline_hz)
    return np.logical_and(p < ALPHA / n_tests, large)


def _responses(
    rates: np.ndarray, labels: np.ndarray, actions: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Test the two task epochs of every action against baseline.

    Returns p values (n_actions, 2, n_units) and mean rates (n_actions, 3, n_units).
    """
    if rates.ndim != 3 or rates.shape[1] != 3 or len(labels) != len(rates):
        raise ValueError(
            f"rates has shape {rates.shape} and there are {len(labels)} labels; "
            "they must be (n_trials, 3, n_units) and n_trials"
        )
    p, means = [], []
    for action in actions:
        own = rates[labels == action]
        if len(own) == 0:
            raise unknown("action", action, names_of(labels), where="the trials tested")
        p.append(paired_p(own[:, 1:], own[:, :1]))
        means.append(own.mean(axis=0))
    return np.stack(p), np.stack(means)


def names_of(labels: np.ndarray) -> list[str]:
    return [str(name) for name in np.unique(labels)]


def present_absent(
    rates: np.ndarray, labels: np.ndarray, actions: Sequence[str], *, suppressed: bool = False
) -> np.ndarray:
    """Judge every unit's response to every action present or absent, by a fixed rule.

    Present: in the reach or the hold epoch, a paired test against baseline with p < .05
    (Bonferroni over epochs and actions, see `paired_p`), at least 8 spikes/s, and at least 50 %
    above baseline.

    Parameters
    ----------
    rates : float array, shape (n_trials, 3, n_units)
        Spikes/s in baseline, reach and hold.
    labels : array of str, shape (n_trials,)
        Action of each trial.
    actions : sequence of str
        The actions to judge; each must have at least two trials.
    suppressed : bool
        Ask for the opposite instead: the same rule with baseline and epoch changing places.

    Returns
    -------
    bool array, shape (n_units, n_actions)

    Raises
    ------
    ValueError
        If an action has fewer than two trials or shapes do not fit.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> counts = rng.poisson([[[2.0], [2.0], [10.0]]], (10, 3, 1))  # fires when it holds
    >>> present_absent(counts / 0.5, np.full(10, "grasp"), ["grasp"])
    array([[ True]])
    """
    p, means = _responses(np.asarray(rates, dtype=float), np.asarray(labels), actions)
    task, baseline = means[:, 1:], means[:, :1]
    high, low = (baseline, task) if suppressed else (task, baseline)
    n_tests = 2 * len(actions)
    return np.any(clear_excitation(p, high, low, n_tests=n_tests), axis=1).T


def gallese_classify(
    session: Session,
    *,
    execution: str = "execute-light",
    dark: str = "execute-dark",
    observation: str = "observe",
    object_alone: str = "object-alone",
) -> pd.DataFrame:
    """Class the units of a battery by the present/absent rule (`present_absent`).

    A unit is mirror if it responds to an executed and to an observed action and to no object
    alone. The object's response is sought in the same epochs, at the times at which a movement
    would have been. The paper's share counts execution in the light; but a cell that sees the own
    hand passes for a motor one there, so `mirror_dark` and `label` ask for execution in the dark.

    Parameters
    ----------
    session : Session
        Each action of each condition has at least two trials.
    execution, dark, observation, object_alone : str
        Names of the conditions. The session may lack those of the dark, which leaves
        `mirror_dark` missing and execution in the light in its place for the rest, and of the
        object alone, which leaves no unit object-driven.

    Returns
    -------
    DataFrame
        One row a unit, in the session's order: unit_id, area, population, cell_type;
        effective_executed, effective_dark, effective_observed (tuples of actions) and
        effective_object (tuple of objects);
        mirror, mirror_dark;
        visual (responds to a seen hand, not to an object, not in the dark), motor (executed in the
        dark, neither observed nor object alone), object (responds to an object alone), canonical
        (object, and executed in the dark), suppressed (by some executed or observed action);
        label: the first that holds of "mirror" (in the dark), "canonical", "object", "visual",
        "motor", "suppressed", else "none".

    Raises
    ------
    ValueError
        If there are no trials of execution or observation, or an action has a single one.
    """
    conditions = session.trials["condition"].to_numpy(dtype=str)
    for name in (execution, observation):
        if name not in conditions:
            raise unknown("condition", name, names_of(conditions), where="the session")
    rates = epoch_rates(session, GALLESE_EPOCHS)

    def effective(name: str, column: str = "action", suppressed: bool = False) -> list[tuple]:
        rows = conditions == name
        labels = session.trials.loc[rows, column].to_numpy(dtype=str)
        tested = names_of(labels)
        if not tested:
            return [()] * rates.shape[2]
        found = present_absent(rates[rows], labels, tested, suppressed=suppressed)
        return [tuple(np.array(tested)[row].tolist()) for row in found]

    has_dark = dark in conditions
    table = unit_columns(session)
    table["effective_executed"] = effective(execution)
    table["effective_dark"] = effective(dark)
    table["effective_observed"] = effective(observation)
    table["effective_object"] = effective(object_alone, "object")
    suppressed = [
        bool(e or o)
        for e, o in zip(
            effective(execution, suppressed=True),
            effective(observation, suppressed=True),
            strict=True,
        )
    ]
    return _labelled(table, np.array(suppressed, dtype=bool), has_dark)


def unit_columns(session: Session) -> pd.DataFrame:
    return session.units[["unit_id", "area", "population", "cell_type"]].reset_index(drop=True)


def _labelled(table: pd.DataFrame, suppressed: np.ndarray, has_dark: bool) -> pd.DataFrame:
    """Add the flags and the label that follow from the effective actions."""
    executed, dark, observed, thing = (
        table[f"effective_{name}"].map(bool).to_numpy(dtype=bool)
        for name in ("executed", "dark", "observed", "object")
    )
    motor = dark if has_dark else executed
    mirror = executed & observed & ~thing
    mirror_dark = mirror & motor
    table["mirror"] = mirror
    table["mirror_dark"] = pd.array(mirror_dark if has_dark else [pd.NA] * len(table), "boolean")
    flags = {
        "visual": (executed | observed) & ~motor & ~thing,
        "motor": motor & ~observed & ~thing,
        "object": thing,
        "canonical": thing & motor,
        "suppressed": suppressed,
    }
    for name, flag in flags.items():
        table[name] = flag
    order = ("canonical", "object", "visual", "motor", "suppressed")
    table["label"] = np.select(
        [mirror_dark, *(flags[name] for name in order)], ["mirror", *order], default="none"
    )
    return table
