"""What several studies read from a session in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self, TypeVar

import numpy as np

from mirror_sim.analysis.population import percent
from mirror_sim.analysis.responses import fires_more
from mirror_sim.analysis.selectivity import equal_subsets
from mirror_sim.base.errors import unknown
from mirror_sim.session.session import Session


def units_by_area(session: Session, areas: Sequence[str], *, needed: str) -> dict[str, np.ndarray]:
    """Return the rows of the units of each area that was recorded, in the order of `areas`.

    Raises
    ------
    ValueError
        If there is no unit of the area `needed`.
    """
    area = session.units["area"].to_numpy(dtype=str)
    units = {name: np.flatnonzero(area == name) for name in areas if (area == name).any()}
    if needed not in units:
        there = ", ".join(dict.fromkeys(area.tolist()))
        raise ValueError(f"the session has no unit of {needed}; its areas: {there}")
    return units


def named_conditions(session: Session, names: Mapping[str, str]) -> np.ndarray:
    """Return the name of each trial's condition in a study's rows, shape (n_trials,).

    Parameters
    ----------
    session : Session
    names : dict of str to str
        Names in rows, by condition.

    Raises
    ------
    ValueError
        If a trial is of another condition.
    """
    session.require(trials=["condition"])
    found = []
    for condition in session.trials["condition"].astype(str):
        if condition not in names:
            raise unknown("condition", condition, names, where="the session")
        found.append(names[condition])
    return np.array(found, dtype=str)


@dataclass(frozen=True, kw_only=True, eq=False)
class Trials:
    """What units did in trials; a study adds its measures, arrays with a row for each trial.

    Parameters
    ----------
    condition, act : str arrays, shape (n_trials,)
        As the study's rows name them.
    units : dict of str to int array
        Rows of the units of each area that was recorded.
    """

    condition: np.ndarray
    act: np.ndarray
    units: Mapping[str, np.ndarray]

    @property
    def kind(self) -> np.ndarray:
        """Condition and act of each trial, what there are equal numbers of."""
        return np.char.add(np.char.add(self.condition, "/"), self.act)

    @property
    def n_trials(self) -> int:
        """Trials of each kind."""
        return int(np.unique(self.kind, return_counts=True)[1].min())

    def part(self, trials: np.ndarray) -> Self:
        """Return a part of the trials, by a mask."""
        found = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        rows = {name: value for name, value in found.items() if isinstance(value, np.ndarray)}
        return replace(self, **{name: value[trials] for name, value in rows.items()})

    def fewer(self, counts: Iterable[int]) -> Iterator[tuple[int, list[Self]]]:
        """Yield numbers of trials of each kind, up to all of them, and equal parts of so many."""
        for n in [*(n for n in counts if n < self.n_trials), self.n_trials]:
            yield n, [self.part(trials) for trials in equal_subsets(self.kind, n)]

    def halves(self) -> list[tuple[Self, Self]]:
        """Return both ways to choose in one half of the trials and to measure in the other."""
        first, second = (self.part(own) for own in equal_subsets(self.kind, self.n_trials // 2)[:2])
        return [(first, second), (second, first)]

    def firing_more(
        self, change_hz: np.ndarray, conditions: Iterable[str], *, alpha: float
    ) -> dict[str, np.ndarray]:
        """Test in which conditions each unit fires more than before, for one act at least.

        Parameters
        ----------
        change_hz : float array, shape (n_trials, n_units)
            Rate in each trial minus that before.
        conditions : iterable of str
        alpha : float
            See `mirror_sim.analysis.responses.fires_more`.

        Returns
        -------
        dict of str to bool array, shape (n_units,)
            By condition.
        """
        found = {}
        for name in conditions:
            own = self.condition == name
            found[name] = fires_more(change_hz[own], self.act[own], alpha=alpha)
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Changes(Trials):
    """Trials of which one measure is asked: how much the rate of each unit changes.

    Parameters
    ----------
    change_hz : float array, shape (n_trials, n_units)
        Rate in a response, minus that before it.
    """

    change_hz: np.ndarray


C = TypeVar("C", bound=Changes)


def shares_responding(
    recording: C,
    responds: Callable[[C], Mapping[str, np.ndarray]],
    *,
    rng: np.random.Generator,
    n_swaps: int,
) -> dict[str, float]:
    """Return the share of units of each area that respond, with its chance.

    Parameters
    ----------
    recording : Changes
    responds : callable
        Returns by name who responds, bool array, shape (n_units,).
    rng : Generator
    n_swaps : int
        How often rates before and after change places in random trials.

    Returns
    -------
    dict of str to float
        ``responds.NAME.AREA`` in percent, ``.chance`` of it, and ``.excess`` above that.
    """
    flags = responds(recording)
    swaps = rng.choice([-1.0, 1.0], size=(n_swaps, *recording.change_hz.shape))
    nulls = [responds(replace(recording, change_hz=s * recording.change_hz)) for s in swaps]
    found: dict[str, float] = {}
    for name, own in flags.items():
        for area, units in recording.units.items():
            share = percent(own[units])
            level = float(np.mean([percent(null[name][units]) for null in nulls]))
            row = f"responds.{name}.{area}"
            found |= {row: share, f"{row}.chance": level, f"{row}.excess": share - level}
    return found
