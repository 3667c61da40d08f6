"""The rows of the study: what is read of tools that are seen, after each life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from mirror_sim.analysis import chance
from mirror_sim.analysis.decoding import binned_counts
from mirror_sim.analysis.epochs import epoch_rates
from mirror_sim.analysis.population import percent
from mirror_sim.analysis.responses import fires_more
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session
from mirror_sim.studies import gallese1996
from mirror_sim.studies.ferrari2005 import pliers
from mirror_sim.studies.ferrari2005.task import SEEN
from mirror_sim.studies.reading import Trials, named_conditions, units_by_area

AREA = "F5"
ALPHA = 0.05
TRIAL_COUNTS = (10, 16, 32)
OWN_TOOLS = "own tools"
"""The session of own acts; the others are those of the lives."""
UNTAUGHT, HAND = "untaught", "hand"
COMPARED = ("stick", "stick_own_view", "hand")
"""Conditions of which it is told by how much they change with a life."""

N_CHANCE = 100
WINDOW_S, BIN_S = (-0.2, 1.2), 0.02
"""Around movement onset: where the course of the response is read."""
_SMOOTHED = np.ones(3) / 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording(Trials):
    """A session's responses.

    Parameters
    ----------
    change_hz : float array, shape (n_trials, n_units)
        Mean rate of reach and hold minus that of the same trial's baseline.
    counts : int array, shape (n_trials, n_bins, n_units)
        Spikes in bins of 20 ms from 0.2 s before movement onset on.
    """

    change_hz: np.ndarray
    counts: np.ndarray


def read(session: Session) -> Recording:
    """Read a session of `mirror_sim.studies.ferrari2005.task.seen`.

    Raises
    ------
    ValueError
        If it has no unit of F5, a trial of another condition, or lacks a column or an event.
    """
    session.require(trials=["condition", "action"])
    area_units = session.select(units=f"area == {AREA!r}")
    units = units_by_area(area_units, (AREA,), needed=AREA)
    condition = named_conditions(session, {seen.name: name for name, seen in SEEN.items()})
    rates = epoch_rates(area_units, gallese1996.GALLESE_EPOCHS)
    counts = binned_counts(area_units, align="movement_onset", window_s=WINDOW_S, bin_s=BIN_S)[1]
    return Recording(
        change_hz=rates[:, 1:].mean(axis=1) - rates[:, 0],
        counts=counts,
        condition=condition,
        act=session.trials["action"].to_numpy(dtype=str),
        units=units,
    )


@checked_arguments(seed=(0, 2**63))
def rows(sessions: Mapping[str, Session], *, seed: int) -> dict[str, float]:
    """Return the numbers of the sessions.

    Parameters
    ----------
    sessions : dict of str to Session
        Of the study, by name; rows are of those that are there.
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to float
        As described in the study's ``targets.csv``.
    """
    lives = {name: read(session) for name, session in sessions.items() if name != OWN_TOOLS}
    found: dict[str, float] = {}
    for name, life in lives.items():
        per_life = {**shares(life), **by_trials(life), **relative(life), **later(life, seed=seed)}
        found |= {f"{row}.{name}": value for row, value in per_life.items()}
    found |= changes(lives, seed=seed)
    if OWN_TOOLS in sessions:
        found |= pliers.rows(pliers.read(sessions[OWN_TOOLS]), seed=seed)
    return found


def responds(recording: Recording) -> dict[str, np.ndarray]:
    """Test in which conditions each unit fires more than before, for one grasp at least."""
    return recording.firing_more(recording.change_hz, SEEN, alpha=ALPHA)


def shares(recording: Recording) -> dict[str, float]:
    """Return the share of units that respond in each condition, and that are mirror units.

    ``mirror.CONDITION`` are units that also respond in execution; ``.chance`` is the product of
    both shares.
    """
    flags = responds(recording)
    found = {f"responds.{name}": percent(own) for name, own in flags.items()}
    for name in ("hand", "stick"):
        found[f"mirror.{name}"] = percent(flags[name] & flags["executed"])
        product_of = found[f"responds.{name}"] * found["responds.executed"] / 100
        found[f"mirror.{name}.chance"] = product_of
    return found


def by_trials(recording: Recording) -> dict[str, float]:
    """Return the share of units that respond to stick and hand for fewer trials."""
    found = {}
    for n, parts in recording.fewer(TRIAL_COUNTS):
        flags = [responds(part) for part in parts]
        for name in ("hand", "stick", "alone"):
            share = np.mean([percent(own[name]) for own in flags])
            found[f"responds.{name}.{n}"] = float(share)
    return found


def relative(recording: Recording) -> dict[str, float]:
    """Return the mean response to other things in % of that to the hand.

    Of the units that respond to the hand in one half of the trials; measured in the other.
    """
    means: dict[str, list[float]] = {name: [] for name in SEEN}
    for chosen, measured in recording.halves():
        units = responds(chosen)["hand"]
        for name in SEEN:
            part = measured.change_hz[measured.condition == name][:, units]
            means[name].append(float(part.mean()) if part.size else np.nan)
    whole = np.mean(means["hand"])
    return {
        f"relative.{name}": 100 * float(np.mean(means[name]) / whole)
        for name in ("stick", "stick_own_view", "pliers", "alone")
    }


def later(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return by how much the population responds later to the stick than to the hand, in ms.

    When the mean of the units, minus that to the object alone, reaches half of its largest rise.
    Of the units that respond to both in one half of the trials; measured in the other. Chance
    exchanges stick and hand between trials of a grasp.
    """
    rng = np.random.default_rng([seed, 83])
    courses, conditions, acts = [], [], []
    for half, (chosen, measured) in enumerate(recording.halves()):
        flags = responds(chosen)
        units = flags["hand"] & flags["stick"]
        if not units.any():
            return dict.fromkeys(("latency", "latency.low", "latency.high"), np.nan)
        course = measured.counts[:, :, units].mean(axis=2)
        course = course - course[measured.condition == "alone"].mean(axis=0)
        shown = np.isin(measured.condition, ["hand", "stick"])
        courses.append(course[shown])
        conditions.append(measured.condition[shown])
        # Trials are exchanged within a half: the other one has other units.
        acts.append(np.char.add(measured.act[shown], str(half)))
    course, condition, act = (np.concatenate(parts) for parts in (courses, conditions, acts))
    null = [
        _lag_ms(course, chance.permuted_within(condition, act, rng=rng)) for _ in range(N_CHANCE)
    ]
    low, high = np.nanpercentile(null, [2.5, 97.5])
    found = {"latency": _lag_ms(course, condition)}
    return found | {"latency.low": float(low), "latency.high": float(high)}


def _lag_ms(course: np.ndarray, condition: np.ndarray) -> float:
    stick, hand = (
        half_rise_s(course[condition == name].mean(axis=0)) for name in ("stick", "hand")
    )
    return 1000 * (stick - hand)


def half_rise_s(course: np.ndarray) -> float:
    """Return when a course first reaches half of its largest rise, seconds from movement onset.

    Between two bins it is taken to rise evenly.

    Parameters
    ----------
    course : float array, shape (n_bins,)
        In bins as of `Recording.counts`.

    Returns
    -------
    float
        NaN if it never rises above its mean before movement onset.
    """
    smooth = np.convolve(course, _SMOOTHED, mode="valid")
    times_s = WINDOW_S[0] + BIN_S * (np.arange(len(smooth)) + 1.5)
    before = smooth[times_s < 0].mean()
    rise = smooth[times_s >= 0].max() - before
    if rise <= 0:
        return np.nan
    half = before + rise / 2
    at = int(np.flatnonzero((smooth >= half) & (times_s >= 0))[0])
    step = (half - smooth[at - 1]) / max(smooth[at] - smooth[at - 1], 1e-12)
    return float(times_s[at - 1] + BIN_S * np.clip(step, 0.0, 1.0))


def changes(lives: Mapping[str, Recording], *, seed: int) -> dict[str, float]:
    """Return by how much the share of units that respond changes with a life.

    ``more.CONDITION.LIFE`` is the change from the untaught Subject; ``use.CONDITION.LIFE`` what a
    life with the stick has more than as many acts by hand. ``.low`` and ``.high`` are the ends of
    the 95 % interval of chance: the two sessions of a trial exchanged.
    """
    rng = np.random.default_rng([seed, 89])
    pairs = {("more", name): (name, UNTAUGHT) for name in lives if name != UNTAUGHT}
    pairs |= {("use", name): (name, HAND) for name in ("used", "unseen")}
    found: dict[str, float] = {}
    for ((row, name), (after, before)), seen in product(pairs.items(), COMPARED):
        if not {after, before} <= set(lives):
            continue
        change, act, life = _joined(lives, (after, before), seen)
        null = [
            _gain(change, act, chance.permuted_within(life, act, rng=rng)) for _ in range(N_CHANCE)
        ]
        low, high = np.percentile(null, [2.5, 97.5])
        place = f"{row}.{seen}.{name}"
        found |= {place: _gain(change, act, life)}
        found |= {f"{place}.low": float(low), f"{place}.high": float(high)}
    return found


def _joined(
    lives: Mapping[str, Recording], pair: tuple[str, str], seen: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return changes of rate, acts and which of two sessions, of the trials of a condition."""
    parts = [life.part(life.condition == seen) for life in (lives[name] for name in pair)]
    which = np.repeat([0, 1], [len(part.act) for part in parts])
    change = np.concatenate([part.change_hz for part in parts])
    return change, np.concatenate([part.act for part in parts]), which


def _gain(change_hz: np.ndarray, act: np.ndarray, which: np.ndarray) -> float:
    after, before = (
        percent(fires_more(change_hz[which == k], act[which == k], alpha=ALPHA)) for k in (0, 1)
    )
    return after - before
