"""The rows of the study: who responds to acts of the mouth, done and seen, and to the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mirror_sim.analysis import chance
from mirror_sim.analysis.decoding import cross_decoding, permuted_decoding, standardised_within
from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.analysis.responses import fires_more
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session
from mirror_sim.studies.ferrari2003.acts import COMMUNICATIVE, INGESTIVE, REPERTOIRE
from mirror_sim.studies.ferrari2003.task import ALONE, HAND, MOUTH, SHOWN_S, condition_of, kinds
from mirror_sim.studies.reading import (
    Changes,
    named_conditions,
    shares_responding,
    units_by_area,
)

AREA = "F5"
AREAS = ("STS", "PFG", AREA)
ALPHA = 0.05
TRIAL_COUNTS = (10, 16, 32)
CLASSES: Mapping[str, tuple[str, ...]] = {
    "mouth": tuple(act.name for act in REPERTOIRE),
    "ingestive": tuple(act.name for act in INGESTIVE),
    "communicative": tuple(act.name for act in COMMUNICATIVE),
}
CONDITIONS = (*MOUTH, ALONE, *HAND)
TESTS: Mapping[str, tuple[str, tuple[str, ...] | None]] = {
    **{f"{name}.{of}": (name, acts) for name in ("done", "seen") for of, acts in CLASSES.items()},
    **{name: (name, None) for name in CONDITIONS if name not in ("done", "seen")},
}
"""What a unit may respond to: a condition, and which acts of it, all without."""
MIRROR: Mapping[str, tuple[str, str]] = {
    **{of: (f"done.{of}", f"seen.{of}") for of in CLASSES},
    "hand": ("hand.done", "hand.seen"),
}
"""Acts done and acts seen to which a mirror unit responds."""
EFFECTORS: Mapping[str, tuple[str, str]] = {
    "done": ("done.mouth", "hand.done"),
    "seen": ("seen.mouth", "hand.seen"),
}

N_CHANCE, N_FOLDS, N_RESAMPLES, N_SWAPS = 100, 8, 4, 10
NAN = float("nan")

_ONSET = "movement_onset"
# Commands lead by 0.1 s, sight comes 0.1 s late.
_RESPONSE = Epoch(start=_ONSET, stop=_ONSET, stop_offset_s=1.6)
_BEFORE = Epoch(start=_ONSET, stop=_ONSET, start_offset_s=-SHOWN_S - 0.8, stop_offset_s=-SHOWN_S)


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording(Changes):
    """What units did in the trials of a session.

    Parameters
    ----------
    change_hz : float array, shape (n_trials, n_units)
        Rate in the 1.6 s from the onset of the movement, minus that in the 0.8 s before
        an object is shown, or would be.
    """

    def of(self, test: str) -> np.ndarray:
        """Return a mask of the trials of one of `TESTS`."""
        condition, acts = TESTS[test]
        own: np.ndarray = self.condition == condition
        return own if acts is None else own & np.isin(self.act, acts)


def read(session: Session) -> Recording:
    """Read a session of `mirror_sim.studies.ferrari2003.protocol`.

    Raises
    ------
    ValueError
        If it has no unit of F5, a trial of another condition, or lacks a column or an event.
    """
    units = units_by_area(session, AREAS, needed=AREA)
    parts = {condition_of(*kind): kind for kind in kinds()}
    named = named_conditions(session, {name: name for name in parts}).tolist()
    condition, act = np.array([parts[name] for name in named], dtype=str).T
    response, before = epoch_rates(session, [_RESPONSE, _BEFORE]).transpose(1, 0, 2)
    return Recording(change_hz=response - before, condition=condition, act=act, units=units)


@checked_arguments(seed=(0, 2**63))
def rows(session: Session, *, seed: int) -> dict[str, float]:
    """Return the numbers of a session.

    Parameters
    ----------
    session : Session
        Of `mirror_sim.studies.ferrari2003.protocol`.
    seed : int
        Of the permutations.

    Returns
    -------
    dict of str to float
        As described in the study's ``targets.csv``.
    """
    recording = read(session)
    rng = np.random.default_rng([seed, 2003])
    return {
        **shares(recording, rng),
        **both(recording, rng),
        **by_trials(recording),
        **relative(recording),
        **match(recording, rng),
        **decoded(recording, rng),
    }


def responds(recording: Recording) -> dict[str, np.ndarray]:
    """Test to what each unit responds: it fires more than before, for one act at least.

    Returns
    -------
    dict of str to bool array, shape (n_units,)
        By the names of `TESTS`.
    """
    return {
        name: fires_more(recording.change_hz[own], recording.act[own], alpha=ALPHA)
        for name in TESTS
        for own in [recording.of(name)]
    }


def shares(recording: Recording, rng: np.random.Generator) -> dict[str, float]:
    """Return the share of units of each area that respond, with its chance."""
    return shares_responding(recording, responds, rng=rng, n_swaps=N_SWAPS)


def both(recording: Recording, rng: np.random.Generator) -> dict[str, float]:
    """Return the share of units that respond to two things, with what units permuted would.

    ``mirror`` units respond to acts done and seen, by area. ``effector`` is of F5: units that
    respond to acts of the mouth alone, of the hand alone, and of both, where these are done, seen,
    or both (mirror units).
    """
    flags = responds(recording)
    mirror = {of: flags[done] & flags[seen] for of, (done, seen) in MIRROR.items()}
    found: dict[str, float] = {}
    for area, units in recording.units.items():
        for of, (done, seen) in MIRROR.items():
            test = chance.overlap(flags[done][units], flags[seen][units], rng=rng)
            row = f"mirror.{of}.{area}"
            found |= {row: 100 * test.value, f"{row}.chance": 100 * test.expected}
            found[f"{row}.excess"] = 100 * test.excess
    units = recording.units[AREA]
    pairs = {name: (flags[mouth], flags[hand]) for name, (mouth, hand) in EFFECTORS.items()}
    for name, pair in {**pairs, "mirror": (mirror["mouth"], mirror["hand"])}.items():
        mouth, hand = (own[units] for own in pair)
        test = chance.overlap(mouth, hand, rng=rng)
        for effector, value, level in (
            ("both", test.value, test.expected),
            ("mouth", mouth.mean() - test.value, mouth.mean() - test.expected),
            ("hand", hand.mean() - test.value, hand.mean() - test.expected),
        ):
            row = f"effector.{name}.{effector}"
            found |= {row: 100 * float(value), f"{row}.chance": 100 * float(level)}
    return found


def mirror_units(recording: Recording, flags: Mapping[str, np.ndarray], of: str) -> np.ndarray:
    """Return the rows of F5 units that respond to acts of a class done and seen."""
    done, seen = MIRROR[of]
    units = recording.units[AREA]
    return units[(flags[done] & flags[seen])[units]]


def by_trials(recording: Recording) -> dict[str, float]:
    """Return the mirror units of F5 for fewer trials, means over equal parts."""
    share = 100 / len(recording.units[AREA])
    found: dict[str, float] = {}
    for n, parts in recording.fewer(TRIAL_COUNTS):
        tested = [(part, responds(part)) for part in parts]
        for of in MIRROR:
            counts = [len(mirror_units(part, flags, of)) for part, flags in tested]
            found[f"mirror.{of}.{AREA}.{n}"] = share * float(np.mean(counts))
    return found


def relative(recording: Recording) -> dict[str, float]:
    """Return the mean response of mirror units of F5 in % of that to the acts that chose them.

    Of ingestive acts: to the same without food, and to food alone; of all acts of the mouth: to a
    move that was never learned. Units are chosen by one half of the trials, and measured in the
    other.
    """
    asked = {"mime": "ingestive", ALONE: "ingestive", "unlearned": "mouth"}
    means: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
    for chosen, measured in recording.halves():
        flags = responds(chosen)
        for name, of in asked.items():
            units = mirror_units(chosen, flags, of)
            means[name].append(
                (_mean(measured, name, units), _mean(measured, MIRROR[of][1], units))
            )
    return {
        f"relative.{name}": 100 * float(np.divide(*np.mean(found, axis=0)))
        for name, found in means.items()
    }


def _mean(recording: Recording, test: str, units: np.ndarray) -> float:
    own = recording.change_hz[recording.of(test)][:, units]
    return float(own.mean()) if own.size else NAN


def profile(recording: Recording, condition: str, acts: tuple[str, ...]) -> np.ndarray:
    """Return the mean change of each unit of F5 for each act, shape (n_units, n_acts)."""
    change_hz = recording.change_hz[:, recording.units[AREA]]
    own = recording.condition == condition
    return np.stack([change_hz[own & (recording.act == act)].mean(axis=0) for act in acts], axis=1)


def match(recording: Recording, rng: np.random.Generator) -> dict[str, float]:
    """Return whether units of F5 prefer the same acts of the mouth done and seen.

    Correlation over the mirror units of a class and over its acts, each unit's and each act's mean
    taken out; ``.low`` and ``.high`` hold 95 % of it with acts permuted within units. Rows that end
    with ``.done`` are of all units that respond to acts of the class done. ``match.class`` is the
    correlation, over mirror units of acts of the mouth, of how much they prefer ingestive to
    communicative acts; its chance permutes units.
    """
    flags, units = responds(recording), recording.units[AREA]
    found: dict[str, float] = {}
    for of, acts in CLASSES.items():
        done, seen = (profile(recording, name, acts) for name in ("done", "seen"))
        does, sees = (flags[name][units] for name in MIRROR[of])
        for row, own in ((f"match.{of}", does & sees), (f"match.{of}.done", does)):
            found |= _placed(row, chance.match(done[own], seen[own], rng=rng))
    does, sees = (flags[name][units] for name in MIRROR["mouth"])
    leans = []
    for name in ("done", "seen"):
        ingestive, communicative = (
            profile(recording, name, CLASSES[of])[does & sees].mean(axis=1)
            for of in ("ingestive", "communicative")
        )
        leans.append(ingestive - communicative)
    return found | _placed("match.class", chance.correlation(*leans, rng=rng))


def _placed(row: str, test: chance.Chance) -> dict[str, float]:
    return {row: test.value, f"{row}.low": test.low, f"{row}.high": test.high}


def decoded(recording: Recording, rng: np.random.Generator) -> dict[str, float]:
    """Return how often the act of the mouth is told in one trial by all units of an area (%).

    The mean pattern over units that correlates best, each unit standardised within its condition:
    trained and tested on acts done, on acts seen, and trained on acts done and tested on acts seen
    (``across``). Chance permutes the acts of trials, or which act is which.
    """
    own = np.isin(recording.condition, ("done", "seen"))
    labels = recording.act[own], recording.condition[own]
    folds = min(N_FOLDS, recording.n_trials)
    asked = {"done": ("done", "done"), "seen": ("seen", "seen"), "across": ("done", "seen")}
    found: dict[str, float] = {}
    for area, units in recording.units.items():
        values = standardised_within(recording.change_hz[own][:, None, units], labels[1])
        right = cross_decoding(values, *labels, rng=rng, n_folds=folds, n_resamples=N_RESAMPLES)
        nulls = {
            names: permuted_decoding(
                values, *labels, rng=rng, n=N_CHANCE, names=names, n_folds=folds
            )
            for names in (False, True)
        }
        for name, pair in asked.items():
            null = nulls[name == "across"][pair]
            test = chance.against(100 * float(right[pair][0]), 100 * null[:, 0])
            found |= _placed(f"decode.{name}.{area}", test)
    return found
