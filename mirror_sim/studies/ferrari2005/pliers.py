"""What is read of own acts with tools: whether units follow the tips or the fingers.

With both kinds of pliers the tips do the same: they open on the way to the object and close on it.
The hand does the same as the tips with one, and the opposite with the other. What a unit does while
the tips close minus what it does while they open is its phase response: one that follows the goal
has the same with both pliers, one that follows the fingers the opposite.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from mirror_sim.analysis import chance
from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.analysis.population import pearson, percent
from mirror_sim.analysis.selectivity import one_way
from mirror_sim.session.session import Session
from mirror_sim.studies.ferrari2005.task import OWN
from mirror_sim.studies.reading import Trials, named_conditions, units_by_area

AREA = "F5"
AREAS = ("F6", "area2", "PFG", AREA, "M1")
ALPHA = 0.05
TRIAL_COUNTS = (10, 16, 32)
PLIERS = ("pliers", "reverse")
N_CHANCE = 20

# What the hand does is felt after 0.05 s; the command leads by 0.1 s.
_OPENING = Epoch(start="movement_onset", stop="closing", start_offset_s=0.05, stop_offset_s=0.05)
_CLOSING = Epoch(start="closing", stop="contact", start_offset_s=0.05, stop_offset_s=0.15)


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording(Trials):
    """A session's phase responses.

    Parameters
    ----------
    phase_hz : float array, shape (n_trials, n_units)
        Rate while the tips close minus that while they open.
    """

    phase_hz: np.ndarray


def read(session: Session) -> Recording:
    """Read a session of `mirror_sim.studies.ferrari2005.task.done`.

    Raises
    ------
    ValueError
        If it has no unit of F5, a trial of another condition, or lacks a column or an event.
    """
    session.require(trials=["condition", "action"])
    opening, closing = epoch_rates(session, [_OPENING, _CLOSING]).transpose(1, 0, 2)
    return Recording(
        phase_hz=closing - opening,
        condition=named_conditions(session, {done.name: name for name, done in OWN.items()}),
        act=session.trials["action"].to_numpy(dtype=str),
        units=units_by_area(session, AREAS, needed=AREA),
    )


def rows(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return the numbers of own acts, as described in the study's ``targets.csv``."""
    rng = np.random.default_rng([seed, 97])
    found = {**followed(recording, rng), **by_trials(recording), **index(recording, rng)}
    return found | like_hand(recording)


def follows_goal(recording: Recording) -> np.ndarray:
    """Return p values of a phase response that both pliers share."""
    both = recording.phase_hz[np.isin(recording.condition, PLIERS)]
    return _sure(stats.ttest_1samp(both, 0.0).pvalue)


def follows_fingers(recording: Recording) -> np.ndarray:
    """Return p values of a phase response that differs between the pliers, whatever the grasp."""
    part = recording.part(np.isin(recording.condition, PLIERS))
    return one_way(part.phase_hz, part.kind, within=part.act).p


def _sure(p: np.ndarray) -> np.ndarray:
    """Return p values, 1 of units that never change."""
    return np.nan_to_num(p, nan=1.0)


def phases_exchanged(recording: Recording, rng: np.random.Generator) -> Recording:
    """Return trials in which opening and closing are exchanged, or not, at random."""
    sign = rng.choice([-1.0, 1.0], len(recording.phase_hz))
    return replace(recording, phase_hz=recording.phase_hz * sign[:, None])


def pliers_exchanged(recording: Recording, rng: np.random.Generator) -> Recording:
    """Return trials of which it is unknown which pliers were used."""
    condition, own = recording.condition.copy(), np.isin(recording.condition, PLIERS)
    condition[own] = chance.permuted_within(condition[own], recording.act[own], rng=rng)
    return replace(recording, condition=condition)


_TESTS: dict[str, tuple[Callable[..., np.ndarray], Callable[..., Recording]]] = {
    "goal": (follows_goal, phases_exchanged),
    "fingers": (follows_fingers, pliers_exchanged),
}


def followed(recording: Recording, rng: np.random.Generator) -> dict[str, float]:
    """Return shares of units that follow the goal, and the fingers, each with its chance."""
    found: dict[str, float] = {}
    for row, (test, exchanged) in _TESTS.items():
        p = test(recording)
        nulls = [test(exchanged(recording, rng)) for _ in range(N_CHANCE)]
        for area, units in recording.units.items():
            share = percent(p[units] < ALPHA)
            level = float(np.mean([percent(null[units] < ALPHA) for null in nulls]))
            name = f"{row}.{area}"
            found |= {name: share, f"{name}.chance": level, f"{name}.excess": share - level}
    return found


def by_trials(recording: Recording) -> dict[str, float]:
    """Return shares of units of F5 that follow the goal, and the fingers, for fewer trials."""
    found = {}
    units = recording.units[AREA]
    for n, parts in recording.fewer(TRIAL_COUNTS):
        for row, (test, _) in _TESTS.items():
            share = np.mean([percent(test(part)[units] < ALPHA) for part in parts])
            found[f"{row}.{AREA}.{n}"] = float(share)
    return found


def means(recording: Recording, name: str) -> np.ndarray:
    """Return mean phase responses with a tool, shape (n_acts, n_units)."""
    own = recording.part(recording.condition == name)
    return np.stack([own.phase_hz[own.act == act].mean(axis=0) for act in np.unique(own.act)])


def unit_index(recording: Recording) -> np.ndarray:
    """Return the index of each unit: 1 follows the tips, -1 the fingers.

    Twice the product of the phase responses with both pliers over the sum of their squares, both
    summed over grasps.
    """
    plain, reverse = (means(recording, name) for name in PLIERS)
    squares = (plain**2 + reverse**2).sum(axis=0)
    return 2 * (plain * reverse).sum(axis=0) / np.where(squares > 0, squares, 1.0)


def index(recording: Recording, rng: np.random.Generator) -> dict[str, float]:
    """Return the mean index of units that follow either, and the share in which it is below 0.

    Units are chosen in one half of the trials, and measured in the other. ``.goal`` is what units
    that follow the tips alone would have, with as much noise: pliers of trials permuted.
    """
    parts, measuring = zip(*recording.halves(), strict=True)
    found = {}
    chosen = [np.minimum(follows_goal(part), follows_fingers(part)) < ALPHA / 2 for part in parts]
    measured = [unit_index(part) for part in measuring]
    nulls = [[unit_index(pliers_exchanged(p, rng)) for _ in range(N_CHANCE)] for p in measuring]
    for area, units in recording.units.items():
        own = [flags[units] for flags in chosen]
        values = np.concatenate([m[units][k] for m, k in zip(measured, own, strict=True)])
        null = np.concatenate([m[units][k] for ms, k in zip(nulls, own, strict=True) for m in ms])
        for row, part in (("", values), (".goal", null)):
            found[f"index.{area}{row}"] = float(part.mean()) if len(part) else np.nan
            found[f"by_fingers.{area}{row}"] = percent(part < 0) if len(part) else np.nan
    return found


def like_hand(recording: Recording) -> dict[str, float]:
    """Return how the units' phase responses with a tool correlate with those by hand.

    Over the units and grasps of an area; by hand in one half of the trials, by tool in the other.
    """
    halves, found = recording.halves(), {}
    for name in OWN:
        pairs = [(means(a, "hand"), means(b, name)) for a, b in halves]
        for area, units in recording.units.items():
            r = [pearson(hand[:, units].ravel(), tool[:, units].ravel()) for hand, tool in pairs]
            found[f"like_hand.{name}.{area}"] = float(np.mean(r))
    return found
