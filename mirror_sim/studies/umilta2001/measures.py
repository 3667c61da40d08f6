"""The rows of the study: who responds behind the screen, and who tells what is behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mirror_sim.analysis import chance
from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.analysis.population import percent
from mirror_sim.analysis.selectivity import one_way
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session
from mirror_sim.studies.reading import Trials, named_conditions, units_by_area
from mirror_sim.studies.umilta2001.task import EXECUTED, HIDDEN, SEEN

AREA = "F5"
AREAS = ("STS", "AIP", "PFG", AREA)
ALPHA = 0.05
TRIAL_COUNTS = (10, 16, 32)
PAIRS: Mapping[str, tuple[str, str]] = {"seen": ("full", "mime"), "hidden": HIDDEN}
"""Two conditions that differ in the object alone, by whether it can be seen."""

N_CHANCE = 20

# What is seen reaches STS after 0.1 s.
_COVERED = Epoch(start="covered", stop="covered", start_offset_s=0.1, stop_offset_s=0.7)
_BEFORE = Epoch(start="movement_onset", stop="movement_onset", start_offset_s=-0.5)
_DELAY = Epoch(start="screen", stop="movement_onset", start_offset_s=0.2)


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording(Trials):
    """What units did in the trials of a session.

    Parameters
    ----------
    change_hz : float array, shape (n_trials, n_units)
        Rate in the 0.6 s from 0.1 s after the hand is, or would be, behind the screen, minus that
        in the 0.5 s before it moves.
    delay_hz : float array, shape (n_trials, n_units)
        Rate from 0.2 s after the screen closes, or would, until the hand moves.
    """

    change_hz: np.ndarray
    delay_hz: np.ndarray


def read(session: Session) -> Recording:
    """Read a session of `mirror_sim.studies.umilta2001.protocol`.

    Raises
    ------
    ValueError
        If it has no unit of F5, a trial of another condition, or lacks a column or an event.
    """
    session.require(trials=["condition", "action"])
    units = units_by_area(session, AREAS, needed=AREA)
    names = {EXECUTED: "executed"} | {seen.name: name for name, seen in SEEN.items()}
    condition = named_conditions(session, names)
    covered, before, delay = epoch_rates(session, [_COVERED, _BEFORE, _DELAY]).transpose(1, 0, 2)
    return Recording(
        change_hz=covered - before,
        delay_hz=delay,
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
        Of `mirror_sim.studies.umilta2001.protocol`.
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to float
        As described in the study's ``targets.csv``.
    """
    recording = read(session)
    return {
        **shares(recording),
        **by_trials(recording),
        **relative(recording),
        **told(recording, seed=seed),
    }


def responds(recording: Recording) -> dict[str, np.ndarray]:
    """Test in which conditions each unit fires more than before, for one grasp at least."""
    return recording.firing_more(recording.change_hz, ("executed", *SEEN), alpha=ALPHA)


def mirror_units(recording: Recording, flags: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the rows of F5 units that respond in execution and to a grasp seen whole."""
    units = recording.units[AREA]
    return units[(flags["executed"] & flags["full"])[units]]


def shares(recording: Recording) -> dict[str, float]:
    """Return the share of F5 units that respond, and of mirror units that do so elsewhere, too."""
    flags = responds(recording)
    units, mirror = recording.units[AREA], mirror_units(recording, flags)
    found = {f"responds.{name}.{AREA}": percent(own[units]) for name, own in flags.items()}
    found[f"mirror.{AREA}"] = 100 * len(mirror) / len(units)
    for name in SEEN:
        if name != "full":
            found[f"keeps.{name}.{AREA}"] = percent(flags[name][mirror])
    return found


def by_trials(recording: Recording) -> dict[str, float]:
    """Return mirror units, and those that respond to a hidden grasp, for fewer trials."""
    found = {}
    for n, parts in recording.fewer(TRIAL_COUNTS):
        found_in = [shares(part) for part in parts]
        for row in (f"mirror.{AREA}", f"keeps.hidden.{AREA}"):
            found[f"{row}.{n}"] = float(np.mean([part[row] for part in found_in]))
    return found


def relative(recording: Recording) -> dict[str, float]:
    """Return the mean response of mirror units in % of that to the grasp seen whole.

    The units are chosen by one half of the trials, and measured in the other.
    """
    means: dict[str, list[float]] = {name: [] for name in SEEN}
    for chosen, measured in recording.halves():
        mirror = mirror_units(chosen, responds(chosen))
        for name in SEEN:
            own = measured.change_hz[measured.condition == name][:, mirror]
            means[name].append(float(own.mean()) if own.size else np.nan)
    whole = np.mean(means["full"])
    less = [name for name in SEEN if name != "full"]
    return {f"relative.{name}": 100 * float(np.mean(means[name]) / whole) for name in less}


def told(recording: Recording, *, seed: int) -> dict[str, float]:
    """Return the share of units, by area, that tell whether there is an object.

    ``object.seen`` by the response to a grasp seen whole, ``object.hidden`` by that to a hidden
    one, ``delay`` while the screen is closed and nothing moves yet: analysis of variance within
    grasps, p < .05. ``.chance`` is the same with the conditions of trials permuted, ``.excess`` is
    above it.
    """
    rng = np.random.default_rng([seed, 79])
    measured = {
        "object.seen": (recording.change_hz, PAIRS["seen"]),
        "object.hidden": (recording.change_hz, PAIRS["hidden"]),
        "delay": (recording.delay_hz, PAIRS["hidden"]),
    }
    found: dict[str, float] = {}
    for row, (values, pair) in measured.items():
        own = np.isin(recording.condition, pair)
        condition, act = recording.condition[own], recording.act[own]
        p = _depends(values[own], condition, act)
        nulls = [
            _depends(values[own], chance.permuted_within(condition, act, rng=rng), act)
            for _ in range(N_CHANCE)
        ]
        for area, units in recording.units.items():
            share = percent(p[units] < ALPHA)
            level = float(np.mean([percent(null[units] < ALPHA) for null in nulls]))
            name = f"{row}.{area}"
            found |= {name: share, f"{name}.chance": level, f"{name}.excess": share - level}
    return found


def _depends(values: np.ndarray, condition: np.ndarray, act: np.ndarray) -> np.ndarray:
    kind = np.char.add(np.char.add(condition, "/"), act)
    return one_way(values, kind, within=act).p
