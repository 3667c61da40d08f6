"""What is read from a day: each trial's change of rate, and the classes of units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mirror_sim.analysis.epochs import epoch_rates
from mirror_sim.session.session import Session
from mirror_sim.studies import gallese1996
from mirror_sim.studies.reading import Trials
from mirror_sim.studies.selectivity.task import EXECUTED, OBSERVED

AREA = "F5"
AREAS = ("STS", "AIP", "PFG", AREA, "M1")
TYPES = ("pyramidal", "PTN", "FS")
CONTEXTS: Mapping[str, str] = {"executed": EXECUTED, "observed": OBSERVED}
"""The names of the contexts in rows, and their conditions."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Day(Trials):
    """A day's trials and what each unit did in them.

    Parameters
    ----------
    session : Session
    change_hz : float array, shape (n_trials, n_units)
        Mean rate of reach and hold minus that of the same trial's baseline.
    thing : array of str, shape (n_trials,)
    units : dict of str to int array
        Of each type of cell in F5, too (``"F5.FS"``); those that the session has at least two of.
    """

    session: Session
    change_hz: np.ndarray
    thing: np.ndarray

    @property
    def acts(self) -> list[str]:
        """The acts, sorted."""
        return [str(name) for name in np.unique(self.act)]

    @property
    def areas(self) -> list[str]:
        """The areas that were recorded, in the order of the pathway."""
        return [area for area in AREAS if area in self.units]

    def of(self, context: str) -> np.ndarray:
        """Return which trials belong to a context, ``"executed"`` or ``"observed"``."""
        found: np.ndarray = self.condition == CONTEXTS[context]
        return found

    def profile(self, context: str) -> np.ndarray:
        """Mean change of each act, shape (n_units, n_acts), in the order of `acts`."""
        own = self.of(context)
        means = [self.change_hz[own & (self.act == name)].mean(axis=0) for name in self.acts]
        return np.stack(means, axis=1)


def read(session: Session) -> Day:
    """Read a day.

    Parameters
    ----------
    session : Session
        Of `protocol`.

    Returns
    -------
    Day

    Raises
    ------
    ValueError
        If the session has no unit of F5, or lacks a column or an event.
    """
    session.require(units=["cell_type"], trials=["condition", "action", "object", "general_action"])
    area = session.units["area"].to_numpy(dtype=str)
    kind = session.units["cell_type"].to_numpy(dtype=str)
    groups = {name: area == name for name in AREAS}
    groups |= {f"{AREA}.{name}": (area == AREA) & (kind == name) for name in TYPES}
    units = {name: np.flatnonzero(mask) for name, mask in groups.items() if mask.sum() > 1}
    if AREA not in units:
        there = ", ".join(dict.fromkeys(area.tolist()))
        raise ValueError(f"the session has no two units of {AREA}; its areas: {there}")
    rates = epoch_rates(session, gallese1996.GALLESE_EPOCHS)
    return Day(
        session=session,
        change_hz=rates[:, 1:].mean(axis=1) - rates[:, 0],
        condition=session.trials["condition"].to_numpy(dtype=str),
        act=session.trials["action"].to_numpy(dtype=str),
        thing=session.trials["object"].to_numpy(dtype=str),
        units=units,
    )


def classes(day: Day, trials: np.ndarray | None = None) -> pd.DataFrame:
    """Class the units of F5 by the rule of Gallese et al. 1996, with execution in the dark.

    Parameters
    ----------
    day : Day
    trials : bool array, shape (n_trials,), optional
        Which trials; all by default.

    Returns
    -------
    DataFrame
        As `mirror_sim.studies.gallese1996.classify`.
    """
    session = day.session.select(units=day.units[AREA], trials=trials)
    return gallese1996.classify(session, execution=EXECUTED)


def responds(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return which units respond in each context; in observation not to the object alone."""
    executed, observed, thing = (
        table[f"effective_{name}"].map(len).to_numpy() > 0
        for name in ("executed", "observed", "object")
    )
    return {"executed": executed, "observed": observed & ~thing}
