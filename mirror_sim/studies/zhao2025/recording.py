"""What is read from a session of the task: rates in the windows of the test, and classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mirror_sim.analysis.anova import two_way_anova
from mirror_sim.analysis.epochs import epoch_rates
from mirror_sim.session.session import Session
from mirror_sim.studies.reading import named_conditions
from mirror_sim.studies.zhao2025.task import CONTEXTS, WINDOWS

AREA = "F5"
AREAS = ("PFG", AREA, "M1")
TYPES = ("pyramidal", "PTN", "FS")
ALPHA = 0.0083
MIRROR, EXECUTION, OBSERVATION, NONE = "mirror", "execution_only", "observation_only", "none"
CLASSES = (MIRROR, EXECUTION, OBSERVATION, NONE)
# Windows of the test before the instruction, and from movement onset to the end of the hold.
_REST, _ACTING = 0, slice(6, 10)


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording:
    """The trials of the task and what each unit did in the windows of the test.

    Parameters
    ----------
    session : Session
        Units of `AREAS` only.
    rates : float array, shape (n_trials, 11, n_units)
        Spikes/s in each of the `WINDOWS`.
    context, thing : array of str, shape (n_trials,)
        One of `CONTEXTS`, and the object.
    units : dict of str to int array
        Rows of the units of each area that has two at least.
    """

    session: Session
    rates: np.ndarray
    context: np.ndarray
    thing: np.ndarray
    units: Mapping[str, np.ndarray]

    @property
    def kind(self) -> np.ndarray:
        """Context and object of each trial, what there are equal numbers of."""
        return np.char.add(np.char.add(self.context, "/"), self.thing)

    @property
    def n_trials(self) -> int:
        """Trials of each kind."""
        return int(np.unique(self.kind, return_counts=True)[1].min())


def read(session: Session) -> Recording:
    """Read a session of the task.

    Raises
    ------
    ValueError
        If the session has no two units of F5, lacks a column or an event, or has trials of another
        condition.
    """
    session.require(units=["cell_type"], trials=["condition", "object"])
    places = session.units["area"].to_numpy(dtype=str)
    if np.sum(places == AREA) < 2:
        there = ", ".join(dict.fromkeys(places.tolist()))
        raise ValueError(f"the session has no two units of {AREA}; its areas: {there}")
    own = session.select(units=np.isin(places, AREAS))
    area = own.units["area"].to_numpy(dtype=str)
    units = {name: np.flatnonzero(area == name) for name in AREAS if np.sum(area == name) > 1}
    return Recording(
        session=own,
        rates=epoch_rates(own, WINDOWS),
        context=named_conditions(own, {name: context for context, name in CONTEXTS.items()}),
        thing=own.trials["object"].to_numpy(dtype=str),
        units=units,
    )


def related(rates: np.ndarray, thing: np.ndarray) -> np.ndarray:
    """Return which units are related to a context, bool array, shape (n_units,).

    A unit is if, in the two-way analysis of variance over objects and windows, an effect of
    either or their interaction has p < .0083.

    Parameters
    ----------
    rates : float array, shape (n_trials, 11, n_units)
        Of the trials of one context.
    thing : array of str, shape (n_trials,)
    """
    test = two_way_anova(rates, thing, posthoc="bonferroni")
    found: np.ndarray = (
        np.minimum(np.minimum(test.p_epoch, test.p_label), test.p_interaction) < ALPHA
    )
    return found


def related_in(recording: Recording, context: str, trials: np.ndarray | None = None) -> np.ndarray:
    """Return which units are related to a context in all of its trials, or in some."""
    own = recording.context == context
    if trials is not None:
        own &= trials
    return related(recording.rates[own], recording.thing[own])


def classes(
    recording: Recording, *, execution: str = "executed", trials: np.ndarray | None = None
) -> np.ndarray:
    """Class all units: one of `CLASSES` each.

    Parameters
    ----------
    recording : Recording
    execution : str
        The context that counts as execution, ``"executed"`` or ``"dark"``.
    trials : bool array, shape (n_trials,), optional
        Which trials; all by default.

    Returns
    -------
    array of str, shape (n_units,)
    """
    done = related_in(recording, execution, trials)
    seen = related_in(recording, "observed", trials)
    return np.select([done & seen, done, seen], CLASSES[:3], NONE)


def change(recording: Recording, trials: np.ndarray) -> np.ndarray:
    """Return the mean rate while acting minus that before the instruction, (n_units,), spikes/s.

    Parameters
    ----------
    recording : Recording
    trials : bool array, shape (n_trials,)
        Which trials.
    """
    rates = recording.rates[trials].mean(axis=0)
    changed: np.ndarray = rates[_ACTING].mean(axis=0) - rates[_REST]
    return changed
