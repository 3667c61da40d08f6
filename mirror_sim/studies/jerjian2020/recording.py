"""A recording of the task of Jerjian et al. 2020.

The released data and a session of the model fill a `JerjianRecording` alike, so one function
computes the monkey's number and the model's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mirror_sim.analysis.chance import Chance
from mirror_sim.analysis.population import epoch_correlations, within
from mirror_sim.analysis.rates import Rates
from mirror_sim.analysis.subspaces import range_normalised
from mirror_sim.base.errors import unknown

GROUPS = ("F5", "M1-PTN", "M1-UID")
EXECUTION, OBSERVATION, NOGO = "execute-light", "observe", "nogo"
GRASPS = ("PG", "WHG")
MOVING = tuple(f"{context}/{grasp}" for context in (EXECUTION, OBSERVATION) for grasp in GRASPS)
ALL_CONDITIONS = (*MOVING, *(f"{NOGO}/{grasp}" for grasp in GRASPS))
"""Conditions of the task: executing, observing or withholding a precision or whole-hand grip."""

# Seconds from Go.
SUBSPACE_S = (0.31, 1.33)
BASELINE_S = 0.25  # before the screen clears
# Where the paper's epochs lie on the released time axis, after those before the object is cued.
PERIODS_S = {
    "ObjPres": (-0.5, 0.0),
    "Early React": (0.0, 0.178),
    "Late React": (0.178, 0.357),
    "Early Reach": (0.357, 0.56),
    "Late Reach": (0.56, 0.7625),
    "Hold": (0.82, 1.52),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class JerjianRecording:
    """One recording of the task, of a monkey or of a model.

    Parameters
    ----------
    rates : Rates
        Not smoothed, 50 ms bins, of all recorded units; the six `ALL_CONDITIONS`.
    smooth : Rates
        Gaussian SD 50 ms, 10 ms bins, of the mirror units at least; the four `MOVING` conditions.
    classification : DataFrame
        One row a unit of `rates`, in its order: as `jerjian_table`, with the columns unit_id,
        group (one of `GROUPS`), cell_type ("PTN" where the cell is known to be one) and
        baseline_hz (spikes/s before the screen clears, mean of the moving conditions).
    lcdon_s, displacement_s : float
        Mean times of the screen clearing and of the object's displacement, seconds from Go, which
        is time 0 of all rates.

    Raises
    ------
    ValueError
        If a condition or a column is missing, or units do not correspond.
    """

    rates: Rates
    smooth: Rates
    classification: pd.DataFrame
    lcdon_s: float
    displacement_s: float

    def __post_init__(self) -> None:
        for name, conditions in (("rates", ALL_CONDITIONS), ("smooth", MOVING)):
            for condition in conditions:
                if condition not in getattr(self, name).conditions:
                    raise unknown(
                        "condition", condition, getattr(self, name).conditions, where=name
                    )
        columns = ["unit_id", "group", "cell_type", "baseline_hz", "mirror"]
        columns += [f"class_{grasp}" for grasp in GRASPS]
        for column in columns:
            if column not in self.classification.columns:
                raise unknown(
                    "column", column, self.classification.columns, where="the classification"
                )
        table = self.classification
        if not np.array_equal(table["unit_id"], self.rates.units["unit_id"]):
            raise ValueError("the classification has other units than the rates, or another order")
        lost = sorted(
            set(table.loc[table["mirror"], "unit_id"]) - set(self.smooth.units["unit_id"])
        )
        if lost:
            raise ValueError(f"mirror unit {lost[0]} has no rates in `smooth`")
        others = sorted(set(table["group"]) - set(GROUPS))
        if others:
            raise unknown("group", others[0], GROUPS, where="the classification")

    def of_group(self, group: str) -> np.ndarray:
        """Return which units are of a group, bool array, shape (n_units,)."""
        mask: np.ndarray = (self.classification["group"] == group).to_numpy()
        return mask

    def smooth_of(self, units: np.ndarray) -> Rates:
        """Return the smoothed rates of some units, a mask over the rows of `rates`."""
        row = pd.Index(self.smooth.units["unit_id"])
        ids = self.classification.loc[units, "unit_id"]
        smooth = self.smooth.select(row.get_indexer(ids))
        keep = [smooth.conditions.index(name) for name in MOVING]
        return Rates(
            values=smooth.values[keep],
            conditions=MOVING,
            times_s=smooth.times_s,
            units=smooth.units,
        )


def jerjian_table(
    units: pd.DataFrame,
    execution: tuple[np.ndarray, np.ndarray],
    observation: tuple[np.ndarray, np.ndarray],
    *,
    grasps: Sequence[str],
) -> pd.DataFrame:
    """Put together what `jerjian_rule` found in the two contexts.

    Parameters
    ----------
    units : DataFrame
        One row a unit; its columns stay.
    execution, observation : (bool array (n_units,), array of str (n_units, n_grasps))
        What `jerjian_rule` returns.
    grasps : sequence of str
        Names of the grasps, in its order.

    Returns
    -------
    DataFrame
        As `jerjian_classify`.

    Examples
    --------
    >>> table = jerjian_table(pd.DataFrame({"unit_id": [3]}),
    ...     (np.array([True]), np.array([["F"]])), (np.array([True]), np.array([["S"]])),
    ...     grasps=["PG"])
    >>> bool(table["mirror"][0]), table["class_PG"][0]
    (True, 'FS')
    """
    table = units.copy()
    for context, (modulated, sign) in {"execution": execution, "observation": observation}.items():
        table[f"modulated_{context}"] = modulated
        table[f"facilitated_{context}"] = modulated & (sign == "F").any(axis=1)
    table["mirror"] = table["modulated_execution"] & table["modulated_observation"]
    for number, name in enumerate(grasps):
        own, other = execution[1][:, number], observation[1][:, number]
        table[f"execution_{name}"], table[f"observation_{name}"] = own, other
        both = (own != "") & (other != "")
        table[f"class_{name}"] = np.where(both, np.char.add(own, other), "")
    return table


def subspace_activity(recording: JerjianRecording, group: str) -> dict[str, np.ndarray]:
    """Return the activity of a group's mirror units that its subspaces are made of.

    Returns
    -------
    dict of str to float array, shape (n_times, n_units)
        By moving condition: smoothed rates, divided by the unit's softened range over the whole
        time of the four, from 0.31 to 1.33 s after Go.

    Raises
    ------
    ValueError
        If there is no such group.
    """
    part = within(range_normalised(_smooth_mirror(recording, group)), *SUBSPACE_S)
    return {name: part.of(name) for name in MOVING}


def epoch_correlations_of(
    recording: JerjianRecording, group: str, *, rng: np.random.Generator, n: int = 1000
) -> Mapping[str, Chance]:
    """Correlate execution and observation of a group's mirror units in the paper's 8 epochs.

    Parameters
    ----------
    recording : JerjianRecording
    group : str
        One of `GROUPS`.
    rng : numpy.random.Generator
    n : int
        Shuffles; see `mirror_sim.analysis.population.epoch_correlations`.

    Returns
    -------
    dict of str to Chance
        By epoch, in order of time.

    Raises
    ------
    ValueError
        If there is no such group.
    """
    start_s = recording.lcdon_s
    periods_s = {
        "Bsln": (start_s - BASELINE_S, start_s),
        "Pres": (start_s, start_s + BASELINE_S),
        **PERIODS_S,
    }
    smooth = _smooth_mirror(recording, group)
    hz = np.stack(
        [within(smooth, *window_s).values.mean(axis=1) for window_s in periods_s.values()], axis=1
    )
    return epoch_correlations(hz[:2], hz[2:], rng=rng, epochs=tuple(periods_s), n=n)


def _smooth_mirror(recording: JerjianRecording, group: str) -> Rates:
    if group not in GROUPS:
        raise unknown("group", group, GROUPS)
    mirror = recording.classification["mirror"].to_numpy(dtype=bool)
    return recording.smooth_of(mirror & recording.of_group(group))
