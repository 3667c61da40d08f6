"""Which units change significantly: the analysis of variance of Jerjian et al. 2020."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mirror_sim.analysis.anova import POSTHOCS, two_way_anova
from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.analysis.responses import names_of, unit_columns
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.session.session import Session
from mirror_sim.studies.jerjian2020.recording import jerjian_table

ALPHA = 0.05

JERJIAN_EPOCHS = (
    Epoch(start="lcdon", stop="object_on", source="Jerjian et al. 2020: LCDon to object cue"),
    Epoch(start="movement_onset", stop="contact", source="Jerjian et al. 2020: the reach"),
    Epoch(
        start="hold_on",
        stop="hold_on",
        stop_offset_s=0.7,
        source="Jerjian et al. 2020: 0-700 ms from hold onset",
    ),
)
"""Baseline, reach and hold, in this order."""


@checked_arguments(alpha=(0.0, 1.0))
def jerjian_rule(
    p_epoch: np.ndarray,
    p_interaction: np.ndarray,
    p_posthoc: np.ndarray,
    change: np.ndarray,
    *,
    alpha: float = ALPHA,
) -> tuple[np.ndarray, np.ndarray]:
    """Decide from the tests of one context which units are modulated, and with which sign.

    Works on plain arrays, so that p values released by authors go through it too; a missing
    (NaN) p value is not significant. A unit is mirror if it is modulated in both contexts.

    Parameters
    ----------
    p_epoch, p_interaction : float array, shape (n_units,)
        P values of the main effect of the epoch and of its interaction with the grasp.
    p_posthoc : float array, shape (n_units, n_grasps, n_epochs)
        P values of the task epochs against baseline, already corrected.
    change : float array, shape (n_units, n_grasps, n_epochs)
        Task epoch minus baseline, spikes/s.
    alpha : float
        Level of every test.

    Returns
    -------
    modulated : bool array, shape (n_units,)
        Epoch effect or interaction, and at least one significant comparison.
    sign : array of str, shape (n_units, n_grasps)
        Sign of the largest significant change of a grasp, modulated or not: "F" facilitated, "S"
        suppressed, "" none is significant.

    Examples
    --------
    >>> modulated, sign = jerjian_rule(
    ...     np.array([0.01]), np.array([0.5]), np.array([[[0.2, 0.01], [0.01, 0.02]]]),
    ...     np.array([[[9.0, 5.0], [-6.0, 4.0]]]))
    >>> modulated, sign
    (array([ True]), array([['F', 'S']], dtype='<U1'))
    """
    p_posthoc, change = np.asarray(p_posthoc), np.asarray(change)
    if p_posthoc.ndim != 3 or p_posthoc.shape != change.shape:
        raise ValueError(
            f"p_posthoc has shape {p_posthoc.shape} and change {change.shape}; "
            "both must be (n_units, n_grasps, n_epochs)"
        )
    significant = p_posthoc < alpha
    effect = (np.asarray(p_epoch) < alpha) | (np.asarray(p_interaction) < alpha)
    modulated = effect & significant.any(axis=(1, 2))
    size = np.where(significant, np.abs(change), -1.0)
    largest = np.take_along_axis(change, size.argmax(axis=2)[..., None], axis=2)[..., 0]
    sign = np.where(largest > 0, "F", "S")
    return modulated, np.where(significant.any(axis=2), sign, "")


@checked_arguments(alpha=(0.0, 1.0))
def jerjian_classify(
    session: Session,
    *,
    execution: str = "execute-light",
    observation: str = "observe",
    posthoc: str = "bonferroni",
    alpha: float = ALPHA,
    epochs: Sequence[Epoch] = JERJIAN_EPOCHS,
) -> pd.DataFrame:
    """Class the units of a session by the paper's analysis of variance (`two_way_anova`).

    Parameters
    ----------
    session : Session
        Trials of two grasps, done and observed, with the events of the paper.
    execution, observation : str
        Names of the conditions.
    posthoc : {"bonferroni", "tukey-kramer"}
        See `two_way_anova`. The default is what the released p values follow.
    alpha : float
        Level of every test.
    epochs : sequence of Epoch
        The baseline, then those compared with it.

    Returns
    -------
    DataFrame
        One row a unit, in the session's order: unit_id, area, population, cell_type;
        modulated_execution, modulated_observation, mirror (both); facilitated_execution,
        facilitated_observation (modulated, with a facilitated grasp); and for each grasp, such as
        "PG": execution_PG, observation_PG ("F", "S" or "", see `jerjian_rule`) and class_PG, for
        example "FS": execution's sign, then observation's; "" unless both are significant.

    Raises
    ------
    ValueError
        If a condition or an event is missing, a context lacks one of the grasps, or a unit was
        recorded in fewer than two trials of one.
    """
    session.require(trials=["action"])
    if posthoc not in POSTHOCS:
        raise unknown("post-hoc correction", posthoc, POSTHOCS, where="jerjian_classify")
    conditions = session.trials["condition"].to_numpy(dtype=str)
    grasp = session.trials["action"].to_numpy(dtype=str)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    grasps: list[tuple[str, ...]] = []
    for name in (execution, observation):
        rows = conditions == name
        if not rows.any():
            raise unknown("condition", name, names_of(conditions), where="the session")
        rates = epoch_rates(session, epochs, trials=rows)
        test = two_way_anova(rates, grasp[rows], posthoc=posthoc)
        tests = (test.p_epoch, test.p_interaction, test.p_posthoc, test.change)
        found.append(jerjian_rule(*tests, alpha=alpha))
        grasps.append(test.labels)
    if grasps[0] != grasps[1]:
        raise ValueError(f"the grasps differ between the contexts: {grasps[0]} and {grasps[1]}")
    return jerjian_table(unit_columns(session), *found, grasps=grasps[0])
