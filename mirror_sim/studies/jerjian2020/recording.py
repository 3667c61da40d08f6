"""The population numbers of Jerjian et al. 2020, of any recording of their task.

All functions take a `JerjianRecording`, which the released data and a session of the model fill
alike, so one function computes the monkey's number and the model's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mirror_sim.analysis.chance import Chance
from mirror_sim.analysis.population import (
    activity_ratio,
    at_time,
    epoch_correlations,
    mean_rates,
    peak_rates,
    pearson,
    sign_shares,
    soft_normalised,
    within,
)
from mirror_sim.analysis.rates import Rates
from mirror_sim.analysis.subspaces import (
    N_AXES,
    alignment_index,
    principal_axes,
    range_normalised,
)
from mirror_sim.base.errors import unknown

GROUPS = ("F5", "M1-PTN", "M1-UID")
EXECUTION, OBSERVATION, NOGO = "execute-light", "observe", "nogo"
GRASPS = ("PG", "WHG")
MOVING = tuple(f"{context}/{grasp}" for context in (EXECUTION, OBSERVATION) for grasp in GRASPS)
ALL_CONDITIONS = (*MOVING, *(f"{NOGO}/{grasp}" for grasp in GRASPS))
"""Conditions of the task: executing, observing or withholding a precision or whole-hand grip."""

# Seconds from Go. The bins of a window are those that end in it. The released time of the bin that
# ends at -1.1 lies above it by rounding, and the published numbers were made without that bin.
TASK_S = (0.35, 0.80)
REST_S = (-1.40, -1.15)
# Of the 10 ms rates; here the centres of the bins count.
PEAK_S = (0.0, 1.6)
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
# "Completely suppressed" (row K2): our reading, of the rate in `TASK_S`.
SILENT = 0.1


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


def _share_rows(table: pd.DataFrame) -> dict[str, float]:
    """Return the rows J1 to J7 of the published numbers, in %, from classed units.

    Parameters
    ----------
    table : DataFrame
        As `jerjian_table`, with the column group.

    Returns
    -------
    dict of str to float
        NaN where there is no unit to count.
    """
    observed_only = table["modulated_observation"] & ~table["modulated_execution"]
    found = {
        "J4": _percent(table["modulated_execution"]),
        "J5": _percent(table["modulated_observation"]),
        "J6": _percent(observed_only),
    }
    for row, group in {"J1": "F5", "J2": "M1-PTN", "J3": "M1-UID"}.items():
        units = table[table["group"] == group]
        found[row] = _percent(units["mirror"])
        for grasp in GRASPS:
            shares = sign_shares(units.loc[units["mirror"], f"class_{grasp}"])
            found |= {f"J7.{group}.{grasp}.{sign}": share for sign, share in shares.items()}
    return found


def jerjian_rows(recording: JerjianRecording, *, grasp: str = GRASPS[0]) -> dict[str, float]:
    """Compute every row of the published numbers that a recording of the task can give.

    Parameters
    ----------
    recording : JerjianRecording
    grasp : str
        The grasp of the rows that are of one alone: J12, J15, V1, V2, K1 and K2. They are published
        for precision grip.

    Returns
    -------
    dict of str to float
        By the rows' ids: J1 to J15, V1 and V2, and K1 and K2 if some F5 units are known to be
        pyramidal tract neurons. Each is what the column definition of
        `mirror_sim.studies.targets.targets` says, in its unit. A row without a value, such as the
        share of a class among no units, is left out.

    Raises
    ------
    ValueError
        If the rates do not reach over a window, or there is no such grasp.
    """
    if grasp not in GRASPS:
        raise unknown("grasp", grasp, GRASPS)
    found = {
        **_share_rows(recording.classification),
        **_level_rows(recording),
        **_correlation_rows(recording, grasp),
        **_alignment_rows(recording, grasp),
        **_surrogate_rows(recording, grasp),
    }
    return {name: float(value) for name, value in found.items() if np.isfinite(value)}


def _percent(flags: pd.Series | np.ndarray) -> float:
    return 100 * float(np.mean(flags)) if len(flags) else float("nan")


def _mean(parts: Sequence[np.ndarray]) -> float:
    values = np.concatenate(parts)
    return float(values.mean()) if len(values) else float("nan")


def _level_rows(recording: JerjianRecording) -> dict[str, float]:
    """J8 to J10 and J14: baselines, peaks and ratios of mirror units."""
    table = recording.classification
    baseline = table["baseline_hz"].to_numpy(dtype=float)
    mirror = table["mirror"].to_numpy(dtype=bool)
    found: dict[str, float] = {}
    for group in GROUPS:
        own = mirror & recording.of_group(group)
        found[f"J9.{group}"] = _mean([baseline[own]])
        facilitated = [own & (table[f"class_{grasp}"] == "FF").to_numpy() for grasp in GRASPS]
        net = [_net_at_displacement(recording, units) for units in facilitated]
        peaks = [peak_rates(recording.smooth_of(units), *PEAK_S) for units in facilitated]
        found[f"J8.{group}"] = activity_ratio(
            [net[k][k] for k in range(2)], [net[k][2 + k] for k in range(2)]
        )
        found[f"J10.{group}.baseline"] = _mean([baseline[units] for units in facilitated])
        found[f"J10.{group}.execution"] = _mean([peaks[k][k] for k in range(2)])
        found[f"J10.{group}.observation"] = _mean([peaks[k][2 + k] for k in range(2)])
        if group == "F5":
            silenced = [own & (table[f"class_{grasp}"] == "SS").to_numpy() for grasp in GRASPS]
            resting = found[f"J10.{group}.baseline"]
            high = _mean([baseline[units] for units in silenced])
            found["J14.F5"] = high / resting if resting > 0 else float("nan")
    return found


def _net_at_displacement(recording: JerjianRecording, units: np.ndarray) -> np.ndarray:
    """Soft-normalised net rates at object displacement, shape (4 conditions, n_units)."""
    baseline_s = (recording.lcdon_s - BASELINE_S, recording.lcdon_s)
    normalised = soft_normalised(recording.smooth_of(units), baseline_s)
    return at_time(normalised, recording.displacement_s)


def _correlation_rows(recording: JerjianRecording, grasp: str) -> dict[str, float]:
    """J11 to J13: what changes together across all units."""
    rate = dict(zip(recording.rates.conditions, mean_rates(recording.rates, *TASK_S), strict=True))
    rest = dict(zip(recording.rates.conditions, mean_rates(recording.rates, *REST_S), strict=True))
    change = {name: rate[name] - rest[name] for name in ALL_CONDITIONS}
    found: dict[str, float] = {}
    for group in ("F5", "M1-PTN"):
        units = recording.of_group(group)
        own, other = (
            np.concatenate([change[f"{context}/{each}"][units] for each in GRASPS])
            for context in (EXECUTION, OBSERVATION)
        )
        found[f"J11.{group}"] = pearson(own, other)
        found[f"J12.{group}"] = pearson(
            change[f"{OBSERVATION}/{grasp}"][units], change[f"{NOGO}/{grasp}"][units]
        )
    units = recording.of_group("F5")
    first, second = GRASPS
    executed, observed = (
        (rate[f"{context}/{first}"] - rate[f"{context}/{second}"])[units]
        for context in (EXECUTION, OBSERVATION)
    )
    found["J13.F5"] = pearson(executed, observed)
    return found


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


def _alignment_rows(recording: JerjianRecording, grasp: str) -> dict[str, float]:
    """J15: how far the observation of a grasp lies along the axes of its execution."""
    found: dict[str, float] = {}
    for group in GROUPS:
        activity = subspace_activity(recording, group)
        own, other = (activity[f"{context}/{grasp}"] for context in (EXECUTION, OBSERVATION))
        enough = own.shape[1] >= N_AXES
        found[f"J15.{group}"] = alignment_index(other, principal_axes(own)) if enough else np.nan
    return found


def _surrogate_rows(recording: JerjianRecording, grasp: str) -> dict[str, float]:
    """V1, V2, K1, K2: the test of this task on one grasp, for papers with another one."""
    table = recording.classification
    executed, observed = (
        (table[f"modulated_{context}"] & (table[f"{context}_{grasp}"] != "")).to_numpy(dtype=bool)
        for context in ("execution", "observation")
    )
    like = executed & observed & recording.of_group("M1-PTN")
    found = {
        "V1": _percent(like[recording.of_group("M1-PTN")]),
        "V2": _percent((table[f"observation_{grasp}"] == "F").to_numpy()[like]),
    }
    premotor = recording.of_group("F5") & (table["cell_type"] == "PTN").to_numpy()
    baseline = table["baseline_hz"].to_numpy(dtype=float)
    row = recording.rates.conditions.index(f"{OBSERVATION}/{grasp}")
    seen = mean_rates(recording.rates, *TASK_S)[row]
    silenced = (baseline > 0) & (seen <= SILENT * baseline)
    active = executed & (table[f"execution_{grasp}"] == "F").to_numpy()
    found["K1"] = _percent(observed[premotor])
    found["K2"] = _percent((active & silenced)[premotor])
    return found
