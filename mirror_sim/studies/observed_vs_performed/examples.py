"""Example units: chosen by one half of the trials, shown by the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mirror_sim.analysis.epochs import Epoch, epoch_rates, epoch_windows
from mirror_sim.analysis.rates import Rates, psth
from mirror_sim.studies.gallese1996 import GALLESE_EPOCHS

if TYPE_CHECKING:
    from mirror_sim.session.session import Session

EXECUTION, DARK, OBSERVATION = "execute-light", "execute-dark", "observe"
OBJECT_ALONE = "object-alone"
AREA = "F5"
WINDOW_S = (-1.7, 1.0)
ALIGN = "contact"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A kind of unit that the figure shows one example of.

    Parameters
    ----------
    title : str
        Its name in the figure.
    column, value : str
        Which units are of the kind: those with this value in this column of the classification.
    contexts : tuple of str
        Conditions that the example must show the response in: the clearest unit is the one whose
        smallest response of these is the largest.
    sign : int
        1 for excitation, -1 for suppression.
    """

    title: str
    column: str
    value: str
    contexts: tuple[str, ...]
    sign: int = 1


_BOTH = (EXECUTION, OBSERVATION)
WANTED: tuple[tuple[Wanted, ...], ...] = (
    (Wanted(title="strictly congruent", column="congruence", value="strict", contexts=_BOTH),),
    (Wanted(title="broadly congruent", column="congruence", value="broad", contexts=_BOTH),),
    (Wanted(title="suppressed", column="label", value="suppressed", contexts=_BOTH, sign=-1),),
    (Wanted(title="purely motor", column="label", value="motor", contexts=(EXECUTION,)),),
    (
        Wanted(title="visual only", column="label", value="visual", contexts=(OBSERVATION,)),
        Wanted(title="canonical", column="label", value="canonical", contexts=(EXECUTION,)),
    ),
)
"""One entry a column of the figure; of an entry's kinds the first that a unit is of is shown."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """One unit in one condition: what a raster and the curve under it show.

    Parameters
    ----------
    spikes_s : tuple of float array
        One a trial, in order of the session: spikes, s from contact.
    onsets_s : float array, shape (n_trials,)
        Movement onset, s from contact.
    windows_s : tuple of (float, float)
        Mean start and stop of baseline, reach and hold, s from contact.
    rates : Rates
        Of the one condition and the one unit.
    """

    spikes_s: tuple[np.ndarray, ...]
    onsets_s: np.ndarray
    windows_s: tuple[tuple[float, float], ...]
    rates: Rates


@dataclass(frozen=True, kw_only=True, eq=False)
class Example:
    """One example unit.

    Parameters
    ----------
    title : str
        The kind.
    n_candidates, n_units : int
        How many units of `AREA` are of the kind and show it in one action, by the choosing
        trials, and how many units there are.
    unit_id : int or None
        None if no unit is of the kind; what follows is then empty.
    cell_type : str
        Of the unit.
    action : str
        The action shown.
    traces : dict of str to Trace
        By condition; the object alone is that of the action.
    actions : tuple of str
        All actions.
    changes : dict of str to float array, shape (n_actions,)
        By condition: rate from movement onset to the end of the hold epoch minus baseline,
        spikes/s, mean over the trials shown.
    """

    title: str
    n_candidates: int
    n_units: int
    unit_id: int | None = None
    cell_type: str = ""
    action: str = ""
    traces: Mapping[str, Trace]
    actions: tuple[str, ...] = ()
    changes: Mapping[str, np.ndarray]


def odd_trials(trials: pd.DataFrame) -> np.ndarray:
    """Mark every other trial of each condition and action, from the first on.

    Returns
    -------
    bool array, shape (n_trials,)

    Examples
    --------
    >>> odd_trials(pd.DataFrame({"condition": ["observe"] * 4, "action": list("abaa")}))
    array([ True,  True, False,  True])
    """
    number = trials.groupby(["condition", "action"]).cumcount().to_numpy()
    return np.asarray(number % 2 == 0)


def choose(battery: Session, selection: pd.DataFrame) -> tuple[Example, ...]:
    """Choose example units of F5 by the odd trials and collect what the even trials show of them.

    Of the units of a kind the one with the clearest response is taken, a fast-spiking one only if
    there is no other, and of its actions the one that shows it best; all by the odd trials.

    Parameters
    ----------
    battery : Session
        With trials of execution and observation; those of the dark may be missing.
    selection : DataFrame
        What `studies.gallese1996.classify` makes of the odd trials.

    Returns
    -------
    tuple of Example
        One for each entry of `WANTED`, of no unit where there is none of the kind.
    """
    odd = odd_trials(battery.trials)
    rows = np.flatnonzero((selection["area"] == AREA).to_numpy())
    actions = _actions(battery)
    responses = _responses(battery.select(trials=odd, units=rows), actions)
    shown = battery.select(trials=~odd, units=rows)
    own = selection.iloc[rows]
    return tuple(_example(kinds, shown, own, responses, actions) for kinds in WANTED)


def _actions(battery: Session) -> tuple[str, ...]:
    """Return the executed actions, ways of the same general action beside each other."""
    trials = battery.trials[battery.trials["condition"] == EXECUTION]
    pairs = sorted(set(zip(trials["general_action"], trials["action"], strict=True)))
    return tuple(action for _, action in pairs)


def _responses(session: Session, actions: Sequence[str]) -> dict[str, np.ndarray]:
    """Return by condition the changes of reach and hold, shape (n_actions, 2, n_units).

    They are changes of the square root of the rate, as in the test: a fast unit has no advantage.
    """
    root = np.sqrt(epoch_rates(session, GALLESE_EPOCHS))
    change = root[:, 1:] - root[:, :1]
    return {name: _by_action(session, change, name, actions) for name in _BOTH}


def _by_action(
    session: Session, values: np.ndarray, condition: str, actions: Sequence[str]
) -> np.ndarray:
    trials = session.trials
    here = (trials["condition"] == condition).to_numpy()
    own = trials["action"].to_numpy(dtype=str)
    return np.stack([values[here & (own == action)].mean(axis=0) for action in actions])


def _example(
    kinds: Sequence[Wanted],
    shown: Session,
    selection: pd.DataFrame,
    responses: Mapping[str, np.ndarray],
    actions: tuple[str, ...],
) -> Example:
    for kind in kinds:
        best, n_candidates = _clearest(kind, selection, responses, actions)
        if best is not None:
            unit, action = best
            return _filled(kind.title, shown, unit, actions, action, n_candidates)
    title = " or ".join(kind.title for kind in kinds)
    return Example(title=title, n_candidates=0, n_units=len(selection), traces={}, changes={})


def _clearest(
    kind: Wanted,
    selection: pd.DataFrame,
    responses: Mapping[str, np.ndarray],
    actions: Sequence[str],
) -> tuple[tuple[int, int] | None, int]:
    """Return (row, number of the action) of the clearest unit of a kind, and how many there are."""
    candidates = (selection[kind.column] == kind.value).to_numpy()
    if kind.column == "congruence":
        # Own vision makes a visual cell look like a mirror cell; only the dark tells.
        candidates = candidates & (selection["label"] == "mirror").to_numpy()
    signed = [(kind.sign * responses[name]).max(axis=1) for name in kind.contexts]
    score = np.min(signed, axis=0)
    if kind.sign > 0:
        # An action without a clear response shows nothing, however large the change.
        columns = {EXECUTION: "effective_executed", OBSERVATION: "effective_observed"}
        for name in kind.contexts:
            score[~_is_effective(selection[columns[name]], actions)] = -np.inf
    score[:, ~candidates] = -np.inf
    shows = np.isfinite(score).any(axis=0)
    if not shows.any():
        return None, 0
    # Fast-spiking cells would win by their rates alone, and few of the recorded cells are.
    slow = shows & (selection["cell_type"] != "FS").to_numpy()
    score[:, ~(slow if slow.any() else shows)] = -np.inf
    action, unit = np.unravel_index(score.argmax(), score.shape)
    return (int(unit), int(action)), int(shows.sum())


def _is_effective(effective: pd.Series, actions: Sequence[str]) -> np.ndarray:
    """Return which actions are effective for which unit, bool, shape (n_actions, n_units)."""
    return np.array([[action in row for row in effective] for action in actions], dtype=bool)


def _filled(
    title: str,
    shown: Session,
    row: int,
    actions: tuple[str, ...],
    action: int,
    n_candidates: int,
) -> Example:
    unit = shown.units.iloc[row]
    alone = shown.select(units=np.array([row]))
    own = (alone.trials["action"] == actions[action]).to_numpy()
    thing = alone.trials["object"][own].iloc[0]
    alone_of = (alone.trials["condition"] == OBJECT_ALONE) & (alone.trials["object"] == thing)
    of_action = alone.select(trials=own | alone_of.to_numpy())
    present = set(of_action.trials["condition"])
    whole = Epoch(start="movement_onset", stop="contact", stop_offset_s=0.5)
    rates = epoch_rates(alone, (GALLESE_EPOCHS[0], whole))
    change = rates[:, 1] - rates[:, 0]
    return Example(
        title=title,
        n_candidates=n_candidates,
        n_units=len(shown.units),
        unit_id=int(unit["unit_id"]),
        cell_type=str(unit["cell_type"]),
        action=actions[action],
        traces={
            name: trace(of_action, name)
            for name in (EXECUTION, DARK, OBSERVATION, OBJECT_ALONE)
            if name in present
        },
        actions=actions,
        changes={name: _by_action(alone, change, name, actions)[:, 0] for name in _BOTH},
    )


def trace(session: Session, condition: str) -> Trace:
    """Collect what a raster and its curve show of a session of one unit.

    Parameters
    ----------
    session : Session
        Of one unit.
    condition : str
        Trials of any other are left out.

    Returns
    -------
    Trace
    """
    own = session.select(trials=(session.trials["condition"] == condition).to_numpy())
    zero_s = own.event_times(ALIGN)
    spikes_s = own.spikes_of(0)
    # What was recorded between trials is no part of them.
    first_s = np.maximum(zero_s + WINDOW_S[0], own.trials["start_time"].to_numpy(dtype=float))
    last_s = np.minimum(zero_s + WINDOW_S[1], own.trials["stop_time"].to_numpy(dtype=float))
    bounds = np.searchsorted(spikes_s, [first_s, last_s])
    windows_s = []
    for epoch in GALLESE_EPOCHS:
        start_s, stop_s = epoch_windows(own, epoch)
        windows_s.append((float((start_s - zero_s).mean()), float((stop_s - zero_s).mean())))
    return Trace(
        spikes_s=tuple(
            spikes_s[low:high] - zero for low, high, zero in zip(*bounds, zero_s, strict=True)
        ),
        onsets_s=own.event_times("movement_onset") - zero_s,
        windows_s=tuple(windows_s),
        rates=psth(own, align=ALIGN, window_s=WINDOW_S),
    )
