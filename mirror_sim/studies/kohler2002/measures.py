"""The rows of the study: who responds to the sound of an act, and who tells two acts by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from mirror_sim.analysis import chance
from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.analysis.population import percent
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session
from mirror_sim.studies.kohler2002.task import ACTS, CONDITIONS
from mirror_sim.studies.reading import (
    Changes,
    named_conditions,
    shares_responding,
    units_by_area,
)

AREA = "F5"
AREAS = ("A1", "STS", "PFG", AREA)
ALPHA = 0.05
TRIAL_COUNTS = (8, 16, 32)
PERCEIVED = ("sound", "vision", "both", "noise")
"""Conditions in which the Subject withholds while an act or a noise is perceived."""
BESIDE = ("sound", "vision", "noise")
"""Those that are set beside silent execution: alone each, so that one sense is asked."""

N_CHANCE, N_SWAPS = 100, 10
NAN = float("nan")

_RESPONSE = Epoch(start="contact", stop="contact", start_offset_s=-0.2, stop_offset_s=0.6)
_BEFORE = Epoch(start="movement_onset", stop="movement_onset", start_offset_s=-0.8)


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording(Changes):
    """What units did in the trials of a session.

    Parameters
    ----------
    change_hz : float array, shape (n_trials, n_units)
        Rate from 0.2 s before the touch, or the start of the sound, to 0.6 s after it, minus that
        in the 0.8 s before the hand moves, or would.
    """


def read(session: Session) -> Recording:
    """Read a session of `mirror_sim.studies.kohler2002.protocol`.

    Raises
    ------
    ValueError
        If it has no unit of F5, a trial of another condition, or lacks a column or an event.
    """
    session.require(trials=["condition", "action"])
    units = units_by_area(session, AREAS, needed=AREA)
    names = {condition.name: name for name, condition in CONDITIONS.items()}
    condition = named_conditions(session, names)
    response, before = epoch_rates(session, [_RESPONSE, _BEFORE]).transpose(1, 0, 2)
    return Recording(
        change_hz=response - before,
        condition=condition,
        act=session.trials["action"].to_numpy(dtype=str),
        units=units,
    )


@checked_arguments(seed=(0, 2**63))
def rows(session: Session, *, seed: int) -> dict[str, float]:
    """Return the numbers of a session.

    Parameters
    ----------
    session : Session
        Of `mirror_sim.studies.kohler2002.protocol`.
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to float
        As described in the study's ``targets.csv``.
    """
    recording = read(session)
    rng = np.random.default_rng([seed, 2002])
    return {
        **shares(recording, rng),
        **by_trials(recording),
        **relative(recording),
        **accuracy(recording, rng),
        **match(recording, rng),
    }


def responds(recording: Recording) -> dict[str, np.ndarray]:
    """Test in which conditions each unit fires more than before, for one act at least."""
    return recording.firing_more(recording.change_hz, CONDITIONS, alpha=ALPHA)


def mirror_units(recording: Recording, flags: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the rows of F5 units that respond to acts done, seen without sound, and heard."""
    units = recording.units[AREA]
    return units[(flags["executed"] & flags["vision"] & flags["sound"])[units]]


def shares(recording: Recording, rng: np.random.Generator) -> dict[str, float]:
    """Return the share of units that respond, and of F5 units that do so done and perceived.

    ``.chance`` of one response: rates before and after change places in random trials. Of two:
    units permuted. ``.excess`` is above chance.
    """
    found = shares_responding(recording, responds, rng=rng, n_swaps=N_SWAPS)
    flags = responds(recording)
    units = recording.units[AREA]
    for name in BESIDE:
        both = chance.overlap(flags["executed"][units], flags[name][units], rng=rng)
        row = f"mirror.{name}"
        found |= {row: 100 * both.value, f"{row}.chance": 100 * both.expected}
        found[f"{row}.excess"] = 100 * both.excess
    found["audiovisual"] = 100 * len(mirror_units(recording, flags)) / len(units)
    return found


def by_trials(recording: Recording) -> dict[str, float]:
    """Return F5 units that respond alone, and those that respond to done acts, too, by trials."""
    units = recording.units[AREA]
    counted: dict[str, list[float]] = {}
    for n, parts in recording.fewer(TRIAL_COUNTS):
        for part in parts:
            flags = responds(part)
            for name in BESIDE:
                share = percent(flags[name][units])
                mirror = percent((flags["executed"] & flags[name])[units])
                counted.setdefault(f"responds.{name}.{AREA}.{n}", []).append(share)
                counted.setdefault(f"mirror.{name}.{n}", []).append(mirror)
    return {row: float(np.mean(found)) for row, found in counted.items()}


def relative(recording: Recording) -> dict[str, float]:
    """Return the mean response of audiovisual mirror units in % of that to the silent sight.

    The units are chosen by one half of the trials, and measured in the other.
    """
    means: dict[str, list[float]] = {name: [] for name in PERCEIVED}
    for chosen, shown in recording.halves():
        units = mirror_units(chosen, responds(chosen))
        for name, found in means.items():
            own = shown.change_hz[shown.condition == name][:, units]
            found.append(float(own.mean()) if own.size else NAN)
    seen = float(np.mean(means.pop("vision"))) or NAN
    return {f"relative.{name}": 100 * float(np.mean(found)) / seen for name, found in means.items()}


def preference(recording: Recording, name: str) -> np.ndarray:
    """Return how much more each unit fires for the first act than for the second in a condition.

    Returns
    -------
    float array, shape (n_units,)
        Twice the area under the ROC curve, minus 1: 1 where every trial of the first act has the
        higher rate, -1 where every one has the lower, around 0 without a difference.
    """
    own = recording.condition == name
    first = recording.act[own] == ACTS[0].name
    n_first, n_second = first.sum(), (~first).sum()
    # Mann and Whitney's U; their test is not asked.
    ranks = stats.rankdata(recording.change_hz[own], axis=0)
    u = ranks[first].sum(axis=0) - n_first * (n_first + 1) / 2
    found: np.ndarray = 2 * u / (n_first * n_second) - 1
    return found


def accuracy(recording: Recording, rng: np.random.Generator) -> dict[str, float]:
    """Return how well a unit tells the two acts in one trial, in %, by what is perceived.

    The area under the ROC curve, mean over units; which act a unit prefers, and which F5 units are
    audiovisual mirror units, is taken from the other half of the trials. Without any difference it
    is 50. ``.low`` and ``.high`` hold 95 % of it with the acts of trials permuted.
    """
    # One list a half; in it the measured mean, then those of permuted trials.
    found: dict[str, list[list[float]]] = {}
    for chosen, shown in recording.halves():
        groups = {**recording.units, "audiovisual": mirror_units(chosen, responds(chosen))}
        mixed = [_permuted(shown, rng) for _ in range(N_CHANCE)]
        for name in PERCEIVED:
            side = np.sign(preference(chosen, name))
            areas = [50 + 50 * side * preference(part, name) for part in (shown, *mixed)]
            for group, units in groups.items():
                means = [float(area[units].mean()) if len(units) else NAN for area in areas]
                found.setdefault(f"accuracy.{name}.{group}", []).append(means)
    made: dict[str, float] = {}
    for row, halves in found.items():
        value, *null = np.mean(halves, axis=0)
        low, high = np.percentile(null, [2.5, 97.5])
        made |= {row: float(value), f"{row}.low": float(low), f"{row}.high": float(high)}
    return made


def _permuted(recording: Recording, rng: np.random.Generator) -> Recording:
    act = chance.permuted_within(recording.act, recording.condition, rng=rng)
    return replace(recording, act=act)


def match(recording: Recording, rng: np.random.Generator) -> dict[str, float]:
    """Return whether F5 units prefer the same act done in silence and in another condition.

    Correlation of `preference` over the units that respond to silent execution; ``.low`` and
    ``.high`` hold 95 % of it with units permuted.
    """
    units = recording.units[AREA]
    own = units[responds(recording)["executed"][units]]
    done = preference(recording, "executed")[own]
    found: dict[str, float] = {}
    for name in ("executed_sound", *PERCEIVED):
        test = chance.correlation(done, preference(recording, name)[own], rng=rng)
        row = f"match.{name}"
        found |= {row: test.value, f"{row}.low": test.low, f"{row}.high": test.high}
    return found
