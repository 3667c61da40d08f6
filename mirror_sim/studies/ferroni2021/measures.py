"""What is read from a day: who changes, with which sign, in both contexts, and Go against NoGo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mirror_sim.analysis import chance
from mirror_sim.analysis.agreement import class_agreement
from mirror_sim.analysis.anova import two_way_anova
from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.analysis.population import percent
from mirror_sim.analysis.selectivity import OneWay, equal_subsets, one_way
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session
from mirror_sim.studies.ferroni2021.task import CONDITIONS
from mirror_sim.studies.reading import Trials, units_by_area

AREAS = ("AIP", "PFG", "F5", "M1")
CONTEXTS = ("execute", "observe")
PAIRS: Mapping[str, tuple[str, str]] = {
    "go": ("execute-go", "observe-go"),
    "dark": ("execute-dark", "observe-go"),
    "nogo": ("execute-nogo", "observe-nogo"),
}
"""What is done and what is seen, for the mirror units of each kind."""

EPOCHS = (
    Epoch(start="cue_on", stop="cue_on", start_offset_s=-0.5, source="before the sound"),
    Epoch(start="movement_onset", stop="contact", source="the reach"),
    Epoch(start="contact", stop="release", source="the hold, to the end of the trial"),
)
"""Baseline, reach and hold, in this order; in NoGo the times at which a movement would be."""

ALPHA = 0.05
TRIAL_COUNTS = (8, 16, 32)
N_CHANCE = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Day(Trials):
    """A day's trials and what each unit did in them.

    Parameters
    ----------
    session : Session
    rates : float array, shape (n_trials, n_epochs, n_units)
        Spikes/s, in the order of `EPOCHS`.
    """

    session: Session
    rates: np.ndarray


def read(session: Session) -> Day:
    """Read a day.

    Parameters
    ----------
    session : Session
        Of `mirror_sim.studies.ferroni2021.protocol`.

    Returns
    -------
    Day

    Raises
    ------
    ValueError
        If the session has no unit of F5, or lacks a column or an event.
    """
    session.require(trials=["condition", "action"])
    return Day(
        session=session,
        rates=epoch_rates(session, EPOCHS),
        condition=session.trials["condition"].to_numpy(dtype=str),
        act=session.trials["action"].to_numpy(dtype=str),
        units=units_by_area(session, AREAS, needed="F5"),
    )


def signs(rates: np.ndarray, thing: np.ndarray) -> np.ndarray:
    """Test which units change in a condition, and with which sign.

    A unit changes if the analysis of variance of epoch and object has an effect of the epoch or an
    interaction, and in some epoch of some object the rate differs from the baseline (Bonferroni).

    Parameters
    ----------
    rates : float array, shape (n_trials, n_epochs, n_units)
        Spikes/s, the baseline first.
    thing : array of str, shape (n_trials,)
        The object of each trial.

    Returns
    -------
    int array, shape (n_units,)
        The sign of the largest significant change: 1 facilitated, -1 suppressed; 0 no change.
    """
    test = two_way_anova(rates, thing, posthoc="bonferroni")
    change = np.where(test.p_posthoc < ALPHA, test.change, 0.0).reshape(rates.shape[2], -1)
    largest = np.take_along_axis(change, np.abs(change).argmax(axis=1)[:, None], axis=1)[:, 0]
    effect = (test.p_epoch < ALPHA) | (test.p_interaction < ALPHA)
    return np.where(effect, np.sign(largest), 0).astype(int)


def signs_of(day: Day, condition: str, trials: np.ndarray | None = None) -> np.ndarray:
    """Return `signs` of a condition, in all trials of a day or in some (a mask)."""
    own = day.condition == condition
    own = own if trials is None else own & trials
    return signs(day.rates[own], day.act[own])


@checked_arguments(seed=(0, 2**63))
def rows(sessions: Mapping[str, Session], *, seed: int) -> dict[str, float]:
    """Return the numbers of the first session, and if there is another how they repeat in it.

    Parameters
    ----------
    sessions : mapping of str to Session
        One day or two.
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to float
        As described in the study's ``targets.csv``.
    """
    first, *others = (read(session) for session in sessions.values())
    found = {**shares(first, seed=seed), **go_against_nogo(first, seed=seed), **by_trials(first)}
    for other in others:
        found |= repeated(first, other)
    return found


def shares(day: Day, *, seed: int) -> dict[str, float]:
    """Return shares of units that change in each condition and in both contexts, by area (%)."""
    rng = np.random.default_rng([seed, 53])
    sign = {condition.name: signs_of(day, condition.name) for condition in CONDITIONS}
    found: dict[str, float] = {}
    for condition, changes in sign.items():
        for area, units in day.units.items():
            found[f"facilitated.{condition}.{area}"] = percent(changes[units] > 0)
            found[f"suppressed.{condition}.{area}"] = percent(changes[units] < 0)
        # Without a response it does not matter which epoch of a trial is called the baseline.
        own = day.condition == condition
        null = signs(rng.permuted(day.rates[own], axis=1), day.act[own])
        found[f"facilitated.{condition}.chance"] = percent(null > 0)
        found[f"suppressed.{condition}.chance"] = percent(null < 0)
    pairs = {pair: (sign[done], sign[seen]) for pair, (done, seen) in PAIRS.items()}
    # Not what the object alone would do in both contexts.
    pairs["act"] = (more_or_less(day, "execute"), more_or_less(day, "observe"))
    for pair, changes_of in pairs.items():
        for area, units in day.units.items():
            executed, observed = (changes[units] for changes in changes_of)
            found |= _mirror(f"mirror.{pair}.{area}", executed, observed)
            both = chance.overlap(executed > 0, observed > 0, rng=rng)
            row = f"both.{pair}.{area}"
            found |= {row: 100 * both.value, f"{row}.chance": 100 * both.expected}
            found |= {f"{row}.low": 100 * both.low, f"{row}.high": 100 * both.high}
    return found


def _mirror(row: str, executed: np.ndarray, observed: np.ndarray) -> dict[str, float]:
    """Return the share that changes in both contexts, and what independent contexts would give."""
    both = percent((executed != 0) & (observed != 0))
    return {row: both, f"{row}.chance": percent(executed != 0) * percent(observed != 0) / 100}


def against_nogo(day: Day, context: str, rule: np.ndarray | None = None) -> OneWay:
    """Test whether each unit's change differs between Go and NoGo with the same object.

    Parameters
    ----------
    day : Day
    context : str
        "execute" or "observe".
    rule : array of str, shape (n_trials,), optional
        In place of the conditions of the trials.

    Returns
    -------
    OneWay
    """
    rule = day.condition if rule is None else rule
    own = _go_or_nogo(day, context)
    thing = day.act[own]
    return one_way(_change(day)[own], np.char.add(rule[own], thing), within=thing)


def more_or_less(day: Day, context: str, rule: np.ndarray | None = None) -> np.ndarray:
    """Return which units fire more in Go than in NoGo, 1, and less, -1; as `against_nogo`."""
    rule = day.condition if rule is None else rule
    go, nogo = (_change(day)[rule == f"{context}-{name}"].mean(axis=0) for name in ("go", "nogo"))
    differs = against_nogo(day, context, rule).p < ALPHA
    return np.where(differs, np.sign(go - nogo), 0).astype(int)


def go_against_nogo(day: Day, *, seed: int) -> dict[str, float]:
    """Return shares of units that fire more and less in Go than in NoGo, by area (%)."""
    rng = np.random.default_rng([seed, 59])
    found: dict[str, float] = {}
    for context in CONTEXTS:
        omega = against_nogo(day, context).omega_squared
        sign = more_or_less(day, context)
        null = np.stack([_permuted(day, context, rng) for _ in range(N_CHANCE)])
        for area, units in day.units.items():
            for name, direction in (("more", 1), ("less", -1)):
                row = f"{name}.{context}.{area}"
                found[row] = percent(sign[units] == direction)
                found[f"{row}.chance"] = percent((null[:, units] == direction).ravel())
            row = f"{context}.{area}"
            found[f"differs.{row}.excess"] = sum(
                found[f"{name}.{row}"] - found[f"{name}.{row}.chance"] for name in ("more", "less")
            )
            found[f"omega.{row}"] = float(omega[units].mean())
    return found


def _permuted(day: Day, context: str, rng: np.random.Generator) -> np.ndarray:
    """Return `more_or_less` where Go and NoGo are permuted among the trials of each object."""
    rule, own = day.condition.copy(), _go_or_nogo(day, context)
    rule[own] = chance.permuted_within(rule[own], day.act[own], rng=rng)
    return more_or_less(day, context, rule)


def _go_or_nogo(day: Day, context: str) -> np.ndarray:
    return np.isin(day.condition, [f"{context}-go", f"{context}-nogo"])


def _change(day: Day) -> np.ndarray:
    """Mean rate of reach and hold minus the baseline, shape (n_trials, n_units)."""
    change: np.ndarray = day.rates[:, 1:].mean(axis=1) - day.rates[:, 0]
    return change


def by_trials(day: Day) -> dict[str, float]:
    """Return how shares depend on the trials of each kind, means over equal parts of the day."""
    found: dict[str, float] = {}
    for n in [n for n in TRIAL_COUNTS if n < day.n_trials] + [day.n_trials]:
        parts = []
        for trials in equal_subsets(day.kind, n):
            part: dict[str, float] = {}
            for pair in ("go", "nogo"):
                executed, observed = (signs_of(day, name, trials) for name in PAIRS[pair])
                for area, units in day.units.items():
                    part |= _mirror(f"mirror.{pair}.{area}.{n}", executed[units], observed[units])
                    end = f"observe-{pair}.{area}.{n}"
                    part[f"facilitated.{end}"] = percent(observed[units] > 0)
                    part[f"suppressed.{end}"] = percent(observed[units] < 0)
            parts.append(part)
        found |= {str(row): float(mean) for row, mean in pd.DataFrame(parts).mean().items()}
    return found


def repeated(first: Day, second: Day) -> dict[str, float]:
    """Return how far units keep their class on another day, by area."""
    found: dict[str, float] = {}
    one, two = ({n: signs_of(day, n) for n in PAIRS["go"]} for day in (first, second))
    done, seen = PAIRS["go"]
    for area, units in first.units.items():
        before, after = ((day[done] != 0) & (day[seen] != 0) for day in (one, two))
        mirror = class_agreement(before[units], after[units])
        found[f"kept.mirror.{area}"] = percent(after[units][before[units]])
        found[f"kept.mirror.{area}.chance"] = percent(after[units])
        found[f"kappa.mirror.{area}"] = mirror.kappa
        sign = class_agreement(one[seen][units], two[seen][units])
        found[f"kept.sign.{area}"] = 100 * sign.same
        found[f"kept.sign.{area}.chance"] = 100 * sign.expected
        found[f"kappa.sign.{area}"] = sign.kappa
    return found
