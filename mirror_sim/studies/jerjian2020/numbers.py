"""The population numbers of Jerjian et al. 2020, of any recording of their task."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mirror_sim.analysis.population import (
    activity_ratio,
    at_time,
    mean_rates,
    peak_rates,
    peak_times,
    pearson,
    percent,
    sign_shares,
    soft_normalised,
)
from mirror_sim.analysis.subspaces import N_AXES, alignment_index, principal_axes
from mirror_sim.base.errors import unknown
from mirror_sim.studies.jerjian2020.recording import (
    ALL_CONDITIONS,
    BASELINE_S,
    EXECUTION,
    GRASPS,
    GROUPS,
    NOGO,
    OBSERVATION,
    JerjianRecording,
    subspace_activity,
)

# Seconds from Go. The bins of a window are those that end in it. The released time of the bin that
# ends at -1.1 lies above it by rounding, and the published numbers were made without that bin.
TASK_S = (0.35, 0.80)
REST_S = (-1.40, -1.15)
# Here the centres of the bins count.
PEAK_S = (0.0, 1.6)
BEFORE_S = (-1.4, -1.1)
# Units with a peak in execution (rows P1 and P2) rise by more than this, spikes/s; the quartiles of
# fewer of them say nothing.
LEAST_RISE_HZ = 10.0
LEAST_PEAKED = 10
# "Completely suppressed" (row K2): our reading, of the rate in `TASK_S`.
SILENT = 0.1
# Rows of the alignment of one grasp, and of the other.
OF_ONE = {group: f"J15.{group}" for group in GROUPS}
OF_THE_OTHER = {"F5": "W1", "M1-UID": "W2", "M1-PTN": "W3"}


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
        "J4": percent(table["modulated_execution"]),
        "J5": percent(table["modulated_observation"]),
        "J6": percent(observed_only),
    }
    for row, group in {"J1": "F5", "J2": "M1-PTN", "J3": "M1-UID"}.items():
        units = table[table["group"] == group]
        found[row] = percent(units["mirror"])
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
        The grasp of the rows that are of one alone: J12, J15, P1, P2, V1, V2, K1 and K2. They are
        published for precision grip. W1 to W3 are of the other.

    Returns
    -------
    dict of str to float
        By the rows' ids: J1 to J15, W1 to W3, P1, P2, V1 and V2, and K1 and K2 if some F5 units are
        known to be pyramidal tract neurons. Each is what the column definition of
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
        **_timing_rows(recording, grasp),
        **_surrogate_rows(recording, grasp),
    }
    return {name: float(value) for name, value in found.items() if np.isfinite(value)}


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


def _alignment_rows(recording: JerjianRecording, grasp: str) -> dict[str, float]:
    """J15 and W1 to W3: how far observation of a grasp lies along the axes of its execution."""
    activity = {group: subspace_activity(recording, group) for group in GROUPS}
    grasps = (grasp, *(other for other in GRASPS if other != grasp))
    found: dict[str, float] = {}
    for of, ids in zip(grasps, (OF_ONE, OF_THE_OTHER), strict=True):
        for group, row in ids.items():
            own, seen = (activity[group][f"{context}/{of}"] for context in (EXECUTION, OBSERVATION))
            enough = own.shape[1] >= N_AXES
            found[row] = alignment_index(seen, principal_axes(own)) if enough else np.nan
    return found


def _timing_rows(recording: JerjianRecording, grasp: str) -> dict[str, float]:
    """P1 and P2: when F5 units fire most in execution, and how many of them at one time."""
    f5 = recording.rates.select(recording.of_group("F5"))
    times_s = peak_times(
        f5,
        f"{EXECUTION}/{grasp}",
        baseline_s=BEFORE_S,
        window_s=PEAK_S,
        least_rise_hz=LEAST_RISE_HZ,
    )
    times_s = times_s[np.isfinite(times_s)]
    if len(times_s) < LEAST_PEAKED:
        return {}
    found = {f"P1.F5.q{q}": float(np.percentile(times_s, q)) for q in (25, 50, 75)}
    busiest = np.unique(times_s, return_counts=True)[1].max()
    return found | {"P2.F5": float(busiest / len(times_s))}


def _surrogate_rows(recording: JerjianRecording, grasp: str) -> dict[str, float]:
    """V1, V2, K1, K2: the test of this task on one grasp, for papers with another one."""
    table = recording.classification
    executed, observed = (
        (table[f"modulated_{context}"] & (table[f"{context}_{grasp}"] != "")).to_numpy(dtype=bool)
        for context in ("execution", "observation")
    )
    like = executed & observed & recording.of_group("M1-PTN")
    found = {
        "V1": percent(like[recording.of_group("M1-PTN")]),
        "V2": percent((table[f"observation_{grasp}"] == "F").to_numpy()[like]),
    }
    premotor = recording.of_group("F5") & (table["cell_type"] == "PTN").to_numpy()
    baseline = table["baseline_hz"].to_numpy(dtype=float)
    row = recording.rates.conditions.index(f"{OBSERVATION}/{grasp}")
    seen = mean_rates(recording.rates, *TASK_S)[row]
    silenced = (baseline > 0) & (seen <= SILENT * baseline)
    active = executed & (table[f"execution_{grasp}"] == "F").to_numpy()
    found["K1"] = percent(observed[premotor])
    found["K2"] = percent((active & silenced)[premotor])
    return found
