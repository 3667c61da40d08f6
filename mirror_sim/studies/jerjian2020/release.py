"""The released recordings of Jerjian et al. 2020, brought into the form of the study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mirror_sim.analysis.rates import Rates
from mirror_sim.base.errors import unknown
from mirror_sim.studies.datasets import fetch
from mirror_sim.studies.jerjian2020.classes import jerjian_rule
from mirror_sim.studies.jerjian2020.recording import (
    ALL_CONDITIONS,
    EXECUTION,
    GRASPS,
    MOVING,
    OBSERVATION,
    JerjianRecording,
    jerjian_table,
)

_PSTH = "data_05142020_simplePSTH.mat"
# One file a grasp, which give the axes; tests, epochs and smoothed rates are the same in both.
_SUBSPACES = dict(zip(GRASPS, ("Fig7_data1.mat", "Fig7_data2.mat"), strict=True))
_EPOCHS = _SUBSPACES[GRASPS[0]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Subspace:
    """The authors' own numbers for the axes of one condition.

    Parameters
    ----------
    alignment : float array, shape (4, 3)
        Index of each moving condition for M1-PTN, M1-UID and F5.
    null : float array, shape (4, 3, 10000)
        The index with the units in random order.
    captured : float array, shape (3, 4, 3)
        Share of variance on each axis, by condition and group.
    """

    alignment: np.ndarray
    null: np.ndarray
    captured: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Release:
    """The release of Jerjian, Sahani & Kraskov 2020: trial means and test results, no trials.

    Parameters
    ----------
    units : DataFrame
        One row a unit: unit_id (its number in the release, from 1), recording (1 to 93), area,
        group (F5, M1-PTN, M1-UID), and the authors' tests: effect_{epoch,grasp,interaction}_C
        (significant or not) for the contexts C execution and observation, p_C_G_E (corrected, may
        exceed 1, NaN where none) for grasps G and task epochs E, reach and hold, against the
        ANOVA's baseline, and rate_C_G_{baseline,reach,hold} (spikes/s). Which monkey a unit is
        from was not released, nor which units of F5 are pyramidal tract neurons.
    recording : JerjianRecording
        What `mirror_sim.studies.jerjian2020.jerjian_rows` takes: rates of the 302 units (after
        Go the six conditions; NoGo ends 0.7 s after it, NaN from there), smoothed rates of the 169
        mirror units, and the units classed from the authors' tests.
    events : DataFrame
        One row a recording and condition: mean times of the events, seconds from Go.
    epochs : tuple of str
        Names of the authors' 8 epochs, Bsln first.
    epoch_hz : float array, shape (6, 8, 302)
        Rates in them, spikes/s, by condition, epoch and unit; NaN where NoGo has no such epoch.
    subspaces : mapping of str to Subspace
        The authors' own results, by the moving condition that gives the axes: both contexts and
        both grasps.
    """

    units: pd.DataFrame
    recording: JerjianRecording
    events: pd.DataFrame
    epochs: tuple[str, ...]
    epoch_hz: np.ndarray
    subspaces: Mapping[str, Subspace]


# The authors leave out two units with fewer than 10 trials, and name groups by number.
_LEFT_OUT = (17, 18)
_SUMMARIES = {EXECUTION: "SummGrasp_Exe", OBSERVATION: "SummGrasp_Obs"}
_GROUPS = {1: "M1-PTN", 2: "M1-UID", 3: "F5"}
_CONTEXTS, _EFFECTS, _TESTED = (
    ("execution", "observation"),
    ("epoch", "grasp", "interaction"),
    ("baseline", "reach", "hold"),
)


def release() -> Release:
    """Return the recordings of Jerjian et al. 2020, fetched if need be.

    Returns
    -------
    Release

    Raises
    ------
    ValueError, OSError
        As `mirror_sim.studies.datasets.fetch`.
    """
    folder = fetch("jerjian2020")
    coarse = _variable(folder / _PSTH, "Data")
    tests = _variable(folder / _EPOCHS, "EpochAct")
    kept = np.setdiff1d(np.arange(len(tests.EpochFRs)), np.array(_LEFT_OUT) - 1)
    units = _units(coarse[0], tests, kept)
    epoch_hz = tests.EpochFRs[kept].transpose(2, 1, 0)
    classification = _classified(units)
    moving_baseline = epoch_hz[: len(MOVING), 0]
    classification["baseline_hz"] = moving_baseline.mean(axis=0)
    events = _events(coarse)
    mean_s = events[events["condition"].isin(MOVING)].mean(numeric_only=True)
    mirror = classification[classification["mirror"]].reset_index(drop=True)
    return Release(
        units=units,
        recording=JerjianRecording(
            rates=_coarse_rates(coarse, kept, units),
            smooth=_smooth_rates(_variable(folder / _EPOCHS, "tempdata"), mirror),
            classification=classification,
            lcdon_s=float(mean_s["lcdon"]),
            displacement_s=float(mean_s["do"]),
        ),
        events=events,
        epochs=tuple(str(name) for name in tests.labs),
        epoch_hz=epoch_hz,
        subspaces={
            f"{context}/{grasp}": _subspace(folder / _SUBSPACES[grasp], variable)
            for context, variable in _SUMMARIES.items()
            for grasp in GRASPS
        },
    )


def _variable(path: Path, name: str) -> Any:
    from scipy.io import loadmat, whosmat

    held = [entry[0] for entry in whosmat(path)]
    if name not in held:
        raise unknown("variable", name, held, where=str(path))
    return loadmat(path, squeeze_me=True, struct_as_record=False, variable_names=[name])[name]


def _subspace(path: Path, variable: str) -> Subspace:
    found = _variable(path, variable)
    return Subspace(alignment=found.alignment, null=found.alignmentR, captured=found.varCaptproj)


def _units(first: Any, tests: Any, kept: np.ndarray) -> pd.DataFrame:
    group = [_GROUPS[number] for number in first.population[kept]]
    columns: dict[str, Any] = {
        "unit_id": kept + 1,
        "recording": first.sessionnumber[kept].astype(int),
        "area": [name.partition("-")[0] for name in group],
        "group": group,
    }
    for c, context in enumerate(_CONTEXTS):
        for k, effect in enumerate(_EFFECTS):
            columns[f"effect_{effect}_{context}"] = tests.anovaP[kept, k, c] == 1
        for g, grasp in enumerate(GRASPS):
            for k, epoch in enumerate(_TESTED):
                column = len(GRASPS) * c + g
                columns[f"rate_{context}_{grasp}_{epoch}"] = tests.EpochFRs_C[kept, k, column]
                if k > 0:
                    columns[f"p_{context}_{grasp}_{epoch}"] = tests.anovaMC[kept, k - 1, column]
    return pd.DataFrame(columns)


def _classified(units: pd.DataFrame) -> pd.DataFrame:
    """Class the units by the paper's rule, from the authors' own tests."""
    found = []
    for context in _CONTEXTS:
        p, task, rest = (
            np.array(
                [
                    [units[f"{kind}_{context}_{grasp}_{epoch}"] for epoch in epochs]
                    for grasp in GRASPS
                ]
            ).transpose(2, 0, 1)
            for kind, epochs in (
                ("p", _TESTED[1:]),
                ("rate", _TESTED[1:]),
                ("rate", _TESTED[:1]),
            )
        )
        # Of the effects the release tells only whether they are significant.
        effect = {
            name: np.where(units[f"effect_{name}_{context}"], 0.0, 1.0)
            for name in ("epoch", "interaction")
        }
        found.append(jerjian_rule(effect["epoch"], effect["interaction"], p, task - rest))
    named = units[["unit_id", "recording", "area", "group"]].copy()
    named["cell_type"] = np.where(units["group"] == "M1-PTN", "PTN", "")
    return jerjian_table(named, found[0], found[1], grasps=GRASPS)


def _events(conditions: Any) -> pd.DataFrame:
    tables = []
    for name, data in zip(ALL_CONDITIONS, conditions, strict=True):
        table = pd.DataFrame(data.events, columns=[str(event) for event in data.eventnames])
        table.insert(0, "condition", name)
        table.insert(1, "recording", np.arange(1, len(table) + 1))
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _coarse_rates(conditions: Any, kept: np.ndarray, units: pd.DataFrame) -> Rates:
    ends_s = conditions[0].times
    values = np.full((len(ALL_CONDITIONS), len(ends_s), len(kept)), np.nan)
    for number, data in enumerate(conditions):
        values[number, : len(data.frs)] = data.frs[:, kept]
    return Rates(
        values=values,
        conditions=ALL_CONDITIONS,
        # The released times are the ends of the bins, as beside the 10 ms rates can be seen.
        times_s=ends_s - np.diff(ends_s).mean() / 2,
        units=units[["unit_id", "recording", "area", "group"]],
    )


def _smooth_rates(conditions: Any, mirror: pd.DataFrame) -> Rates:
    return Rates(
        values=np.stack([data.frs for data in conditions]),
        conditions=MOVING,
        times_s=conditions[0].times,
        units=mirror[["unit_id", "recording", "area", "group"]],
    )
