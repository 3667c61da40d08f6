"""Subspaces and trajectories of an area's units, and of two classes of units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from mirror_sim.analysis import chance
from mirror_sim.analysis.selectivity import equal_subsets
from mirror_sim.analysis.subspaces import canonical_correlations
from mirror_sim.analysis.trajectories import (
    N_COMPONENTS,
    STEP_S,
    first_angles,
    instantaneous_axes,
    label_means,
    label_scores,
    permuted_groups,
    random_first_angles,
    root_rates,
    shared_trajectories,
)
from mirror_sim.studies.zhao2025.recording import (
    AREA,
    EXECUTION,
    MIRROR,
    Recording,
    change,
    classes,
)
from mirror_sim.studies.zhao2025.task import CONTEXTS

PARTS_S: Mapping[str, tuple[float, float]] = {
    "object_on": (-0.20, 0.72),
    "go": (-0.30, 0.22),
    "movement_onset": (-0.10, 0.38),
    "hold_on": (-0.14, 0.90),
}
"""What of a trial is shown around which event, s; the parts follow each other in trajectories."""

MOMENTS: Mapping[str, tuple[str, float]] = {
    "instruction": ("object_on", 0.15),
    "go": ("go", -0.05),
    "movement": ("movement_onset", 0.15),
    "hold": ("hold_on", 0.15),
}
"""Event and offset (s) of the middle of the 100 ms that stand for a part of the task. After an
event they begin when sight has come in; at Go they end with it."""

STEPS = tuple(f"{before}_{after}" for before, after in pairwise(MOMENTS))
N_SHUFFLES = 40
N_CLASS_SHUFFLES = 60
# The populations of classes are compared if both have as many units.
FEWEST_UNITS = 2 * N_COMPONENTS


@dataclass(frozen=True, kw_only=True, eq=False)
class Activity:
    """Activity of some units over the course of each trial.

    Parameters
    ----------
    values : float array, shape (n_trials, n_times, n_units)
        Square roots of smoothed rates; times of `PARTS_S`, one part after the other.
    context, thing : array of str, shape (n_trials,)
    half : bool array, shape (2, n_trials)
        Two halves with equal numbers of trials of each object and context.
    """

    values: np.ndarray
    context: np.ndarray
    thing: np.ndarray
    half: np.ndarray

    def trajectory(
        self, context: str, half: int, *, rng: np.random.Generator | None = None
    ) -> np.ndarray:
        """Return the mean by object over half of a context's trials, (n_objects, n_times, n_units).

        With a generator the objects of the trials are permuted.
        """
        own = (self.context == context) & self.half[half]
        thing = self.thing[own]
        return label_means(self.values[own], thing if rng is None else rng.permutation(thing))


def course_times() -> list[tuple[str, np.ndarray]]:
    """Return the event and the times (s from it) of each part of the trajectories."""
    return [
        (event, start_s + STEP_S * (np.arange(round((stop_s - start_s) / STEP_S)) + 0.5))
        for event, (start_s, stop_s) in PARTS_S.items()
    ]


def place_of(moment: str) -> int:
    """Return the bin of a moment in trajectories."""
    event, offset_s = MOMENTS[moment]
    before = 0
    for name, times_s in course_times():
        if name == event:
            return before + int(np.abs(times_s - offset_s).argmin())
        before += len(times_s)
    raise AssertionError(event)


def activity_of(recording: Recording, units: np.ndarray) -> Activity:
    """Return the activity of some units of a recording, rows of its units table."""
    session = recording.session.select(units=units)
    parts = [
        root_rates(session, align=event, window_s=window_s)[1]
        for event, window_s in PARTS_S.items()
    ]
    return Activity(
        values=np.concatenate(parts, axis=1),
        context=recording.context,
        thing=recording.thing,
        half=equal_subsets(recording.kind, recording.n_trials // 2)[:2],
    )


def angle_rows(activity: Activity, area: str, *, seed: int) -> dict[str, float]:
    """Return how far apart the subspaces of two moments, contexts or halves of trials are.

    Always one half of the trials against the other, so that noise which is shared makes no
    subspaces alike; degrees.
    """
    axes = {
        (context, half): _axes_at_moments(activity.trajectory(context, half))
        for context in ("executed", "observed")
        for half in (0, 1)
    }

    def angle(first: tuple[str, str], second: tuple[str, str]) -> float:
        (context, moment), (other, later) = first, second
        pairs = [(axes[context, half][moment], axes[other, 1 - half][later]) for half in (0, 1)]
        return float(np.mean([first_angles(own[None], to)[0] for own, to in pairs]))

    found = {}
    for context in ("executed", "observed"):
        for before, after in pairwise(MOMENTS):
            step = f"angle.{context}.{before}_{after}.{area}"
            found[step] = angle((context, before), (context, after))
        for moment in MOMENTS:
            found[f"angle.{context}.{moment}.{area}"] = angle((context, moment), (context, moment))
    for moment in MOMENTS:
        found[f"angle.contexts.{moment}.{area}"] = angle(("executed", moment), ("observed", moment))
    rng = np.random.default_rng([seed, 61])
    null = random_first_angles(activity.values.shape[2], rng=rng)
    found[f"angle.chance.{area}"] = float(null.mean())
    found[f"angle.chance.{area}.low"] = float(np.percentile(null, 2.5))
    return found


def _axes_at_moments(trajectory: np.ndarray) -> dict[str, np.ndarray]:
    places = [place_of(moment) for moment in MOMENTS]
    return dict(zip(MOMENTS, instantaneous_axes(trajectory[:, places]), strict=True))


def cca_rows(activity: Activity, area: str, *, seed: int) -> dict[str, float]:
    """Return what trajectories of two contexts have in common, beside that of halves of one.

    Mean of three canonical correlations, of half of the trials against the other half; chance
    permutes the objects of the observed trials.
    """
    # Of each trajectory once: most are compared with several others.
    whole = {
        (name, half): label_scores(activity.trajectory(name, half))
        for name in CONTEXTS
        for half in (0, 1)
    }
    found = {f"cca.{name}.{area}": _common(whole[name, 0], whole[name, 1]) for name in CONTEXTS}
    rng = np.random.default_rng([seed, 67])
    drawn = (activity.trajectory("observed", 1, rng=rng) for _ in range(N_SHUFFLES))
    shuffled = [label_scores(trajectory) for trajectory in drawn]
    for name, context in (("contexts", "executed"), ("contexts_dark", "dark")):
        value = _common(whole[context, 0], whole["observed", 1])
        null = np.array([_common(whole[context, 0], one) for one in shuffled])
        judged = chance.against(value, null)
        row = f"cca.{name}.{area}"
        found |= {row: judged.value, f"{row}.low": judged.low, f"{row}.high": judged.high}
    return found


def _common(first: np.ndarray, second: np.ndarray) -> float:
    return float(canonical_correlations(first, second).mean())


def class_rows(recording: Recording, *, seed: int) -> dict[str, float]:
    """Compare mirror and execution-only units of F5 as two populations in execution.

    One half of the trials classes the units; trajectories come from the other half. Chance draws
    two groups of the same sizes from all of these units, as if they were one population. Units
    that execution facilitates or suppresses are compared, too: two populations that the comparison
    must tell apart, or it says nothing.
    """
    classing, other = equal_subsets(recording.kind, recording.n_trials // 2)[:2]
    units = recording.units[AREA]
    executed = recording.context == "executed"
    kind = classes(recording, trials=classing)[units]
    changed = change(recording, classing & executed)[units]
    member = {
        "classes": np.select([kind == MIRROR, kind == EXECUTION], [1, 2], 0),
        "signs": np.select([changed > 0, changed < 0], [1, 2], 0),
    }
    values = activity_of(recording, units).values
    own = other & executed
    trajectory = label_means(values[own], recording.thing[own])
    found = {
        f"classes.n.{name}": float(np.sum(member["classes"] == number))
        for number, name in ((1, MIRROR), (2, EXECUTION))
    }
    for pair, of in member.items():
        for name, measure in (("cca", _classes_shared), ("angles", _turned_apart)):
            judged = _apart(partial(measure, trajectory), of, seed=seed)
            row = f"{pair}.{name}"
            found |= {row: judged.value, f"{row}.low": judged.low, f"{row}.high": judged.high}
    return found


def _apart(
    measure: Callable[[np.ndarray, np.ndarray], float], member: np.ndarray, *, seed: int
) -> chance.Chance:
    """Measure two groups of units beside groups drawn anew; NaN if one has too few units."""
    first, second = (np.flatnonzero(member == number) for number in (1, 2))
    if min(len(first), len(second)) < FEWEST_UNITS:
        return chance.against(float("nan"), np.zeros(0))
    rng = np.random.default_rng([seed, 71])
    null = permuted_groups(measure, member, rng=rng, n=N_CLASS_SHUFFLES)
    return chance.against(measure(first, second), null)


def _classes_shared(trajectory: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    return float(shared_trajectories(trajectory[..., first], trajectory[..., second]).mean())


def _turned_apart(trajectory: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Return by how many degrees two groups differ in how their subspaces turn, mean of steps."""
    turns = []
    for units in (first, second):
        axes = list(_axes_at_moments(trajectory[..., units]).values())
        turns.append([first_angles(a[None], b)[0] for a, b in pairwise(axes)])
    return float(np.abs(np.diff(turns, axis=0)).mean())
