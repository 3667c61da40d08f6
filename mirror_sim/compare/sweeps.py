"""Sweeps: a study on many Subjects over a grid of parameters, on all cores or on a cluster."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from mirror_sim.base import cache, sources
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import require_counts, unknown
from mirror_sim.base.progress import progress_bar
from mirror_sim.base.records import check_keywords, check_whole
from mirror_sim.base.registry import register
from mirror_sim.circuit.checks import required_members
from mirror_sim.circuit.model import Circuit
from mirror_sim.circuit.rules import RULES
from mirror_sim.compare.axes import Value, changed
from mirror_sim.compare.clusters import on_dask
from mirror_sim.compare.runs import Row, gathered, on_this_machine
from mirror_sim.scene.trials import Protocol
from mirror_sim.senses.registry import SENSES, sense_of
from mirror_sim.studies.judge import check_rows
from mirror_sim.studies.study import Control, Study, get_study, wanted
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.learning import Progress
from mirror_sim.subject.subject import Subject

_ENGINE = ("dt_ms", "block_s", "target")
# Examples are chosen by one half of the trials and shown by the other.
FEWEST_TRIALS = 4

# Read when the code is: what is edited while a process runs is not what the process runs.
CODE = cache.digest(
    cache.sources(Path(__file__).parents[1], without=("cli", "figures", *cache.CIRCUITS))
)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One Subject of a sweep, and the study that it goes through.

    Attributes
    ----------
    study : Study
    settings : tuple of (str, float or str)
        The axes and their values here.
    circuit : Circuit
    curriculum : Curriculum
    lesion : str
        What is cut after growth.
    control : Control or None
    seed : int
    n_trials : int or None
        Trials of each kind, where the study's protocols take it.
    engine : mapping of str to object
        Options of `Engine`.
    records : tuple
        What the circuit names from registries, so that other processes know it.
    """

    study: Study
    settings: tuple[tuple[str, Value], ...]
    circuit: Circuit
    curriculum: Curriculum
    lesion: str = ""
    control: Control | None = None
    seed: int
    n_trials: int | None = None
    engine: Mapping[str, Any] = field(default_factory=dict)
    records: tuple[Any, ...] = ()

    def key(self) -> str:
        """Return the content key of the row that is found here."""
        control = self.control
        made = control and [control.growth, control.change, control.experiment, control.session]
        return cache.digest(
            self.study.identity(),
            self.circuit.digest(),
            sources.content(self.curriculum),
            self.lesion,
            sources.content(made),
            self.seed,
            self.n_trials,
            sorted(self.engine.items()),
            sources.content(self.records),
            CODE,
        )

    def subject(self) -> Subject:
        """Grow the Subject, or read it from the cache; make the control; cut the lesion."""
        for named in self.records:
            register(named)
        control = self.control
        plan = _curriculum_of(control, self.curriculum)
        bar = progress_bar(f"growing Subject {self.seed}")
        grown = Subject.grow(
            self.circuit, seed=self.seed, curriculum=plan, progress=bar, **self.engine
        )
        if control and control.growth:
            grown.kind = control.name
        if control and control.change:
            grown = control.change(grown)
        return _lesioned(grown, self.lesion)

    def measure(self, *, jobs: int = 1) -> Row:
        """Run the study on the Subject and return its rows."""
        control = self.control
        sessions = self.study.run(
            self.subject(),
            n_trials=self.n_trials,
            only=self.study.controlled if control else (),
            jobs=jobs,
            experiment=control.experiment if control else None,
        )
        if control and (change := control.session):
            sessions = {
                name: change(session, **wanted(change, seed=self.seed))
                for name, session in sessions.items()
            }
        return self.study.measure(sessions, seed=self.seed)


@checked_arguments()
def sweep(
    study: Study | str,
    *,
    subjects: Iterable[int],
    grid: Mapping[str, Sequence[Value]] | None = None,
    circuit: Circuit | None = None,
    curriculum: Curriculum | None = None,
    n_trials: int | None = None,
    jobs: int | None = None,
    scheduler: Any = None,
    progress: Progress | None = None,
    **engine: Any,
) -> pd.DataFrame:
    """Run a study on Subjects at every point of a grid.

    What a point gives is kept in the cache as soon as it is there, so a sweep that was stopped or
    killed can be resumed, and one that shares points with another takes them from it. It
    starts processes: a script calls it under ``if __name__ == "__main__":``.

    Parameters
    ----------
    study : Study or str
        Or its name or place; see `mirror_sim.studies.study.get_study`.
    subjects : iterable of int
        Seeds; each point of the grid is run for each.
    grid : mapping of str to sequence, optional
        Axes and their values. An axis is ``"PRE->POST.field"`` of a projection (all of those
        between two areas), ``"PRE->POST.plasticity.parameter"`` of its learning rule,
        ``"POPULATION.field"``, ``"circuit.field"``, ``"growth.field"`` of the `Curriculum`,
        ``"lesion"``, whose values are ``""``, ``"PRE"`` or ``"PRE->POST"``, or ``"control"``, whose
        values are ``""`` or names of the study's controls or of those of the package.
    circuit : Circuit, optional
        What the axes change; the study's own, mostly `macaque`, if none is given.
    curriculum : Curriculum, optional
        The study's own if none is given.
    n_trials : int, optional
        Trials of each kind, at least 4, where the study's protocols take it.
    jobs : int, optional
        Processes at once on this machine, as many as there are cores if none is given. Each point
        gets one; what is left over simulates blocks of the points.
    scheduler : str or distributed.Client, optional
        Runs the points through `dask.distributed` instead: a scheduler's address, or a client.
    progress : callable, optional
        Called with (points done, points in all).
    **engine
        ``dt_ms``, ``block_s`` and ``target`` of `Engine`.

    Returns
    -------
    DataFrame
        One row a point, in the order of grid and subjects: a column for each axis,
        ``subject_seed``, and a column for each number of the study. The same bits however it was
        run.

    Raises
    ------
    ValueError
        Before any work, if an axis, a value or a number is not valid.
    RuntimeError
        At the end, if points failed; the others are kept.

    Examples
    --------
    >>> sweep("jerjian2020", subjects=[1], grid={"F6.withold.peak_hz": [0.0]})
    Traceback (most recent call last):
    ValueError: unknown population 'F6.withold' in Circuit 'macaque'. Did you mean 'F6.withhold'? \
Valid: STS, CIP, F6.command, F6.withhold, F6.set, area2, AIP.E, AIP.FS, PFG.E, PFG.FS, F5.E, \
F5.PTN, F5.FS, M1.E, M1.PTN, M1.FS
    """
    require_counts(jobs=jobs)
    plan = points(
        study,
        subjects=subjects,
        grid=grid or {},
        circuit=circuit,
        curriculum=curriculum,
        n_trials=n_trials,
        engine=engine,
    )
    keys = [point.key() for point in plan]
    by_key = dict(zip(keys, plan, strict=True))
    # Which rows a study has is known with the first Subject's; the others are not to run in vain.
    rows, failed = gathered(
        by_key,
        on_dask(scheduler) if scheduler is not None else on_this_machine(jobs),
        found=lambda key, row: _check_controls(by_key[key], row),
        progress=lambda left: progress and progress(sum(k not in left for k in keys), len(keys)),
    )
    if failed:
        raise_first(failed, by_key, len(plan))
    return pd.DataFrame(
        [
            {**dict(point.settings), "subject_seed": point.seed, **rows[key]}
            for key, point in zip(keys, plan, strict=True)
        ]
    )


def _check_controls(point: Point, row: Row) -> None:
    # In controls some sessions, and so some rows, may be left out.
    if point.control is None:
        check_rows(point.study.controls, row)


def raise_first(
    failed: Mapping[str, BaseException], points: Mapping[str, Point], n_points: int
) -> NoReturn:
    """Raise a RuntimeError that says how many of some points failed, and why the first did."""
    key, first = next(iter(failed.items()))
    point = points[key]
    setting = f"{dict(point.settings)} of " if point.settings else ""
    raise RuntimeError(
        f"{len(failed)} of {n_points} points failed, the others are kept; first "
        f"{setting}Subject {point.seed}: {first}"
    ) from first


def points(
    study: Study | str,
    *,
    subjects: Iterable[int],
    grid: Mapping[str, Sequence[Value]],
    circuit: Circuit | None = None,
    curriculum: Curriculum | None = None,
    n_trials: int | None = None,
    engine: Mapping[str, Any] | None = None,
) -> list[Point]:
    """Return the points of a grid, each checked; parameters as in `sweep`."""
    seeds = list(subjects)
    _check(seeds, grid, n_trials, engine or {})
    which = get_study(study)
    own_circuit, own_curriculum = which.grown_by()
    first = Point(
        study=which,
        settings=(),
        circuit=circuit or own_circuit,
        curriculum=curriculum or own_curriculum,
        seed=seeds[0],
        n_trials=n_trials,
        engine=dict(engine or {}),
    )
    protocols = first.study.protocols(seed=first.seed, n_trials=n_trials).values()
    made, checked, grown, naive = [], set(), set(), None
    for values in itertools.product(*grid.values()):
        settings = tuple(zip(grid, values, strict=True))
        base = replace(first, settings=settings)
        for axis, value in settings:
            base = changed(base, axis, value)
        plan = _curriculum_of(base.control, base.curriculum)
        control = base.control.name if base.control else ""
        if (what := (base.circuit.digest(), base.lesion, control, plan)) not in checked:
            for name in which.reads:
                required_members(name, base.circuit.populations, f"circuit {base.circuit.name!r}")
            if naive is None or naive.circuit != base.circuit:
                naive = Subject.naive(base.circuit, seed=seeds[0], **base.engine)
            if (growth := (base.circuit.digest(), plan)) not in grown:
                naive.lesson(plan)
                grown.add(growth)
            _check_subject(naive, base, protocols)
            checked.add(what)
        base = replace(base, records=_named(base.circuit))
        made += [replace(base, seed=seed) for seed in seeds]
    return made


def _check(
    seeds: Sequence[int],
    grid: Mapping[str, Sequence[Value]],
    n_trials: int | None,
    engine: Mapping[str, Any],
) -> None:
    if not seeds:
        raise ValueError("subjects is empty; a sweep needs at least one seed")
    for axis, values in grid.items():
        if isinstance(values, str) or not len(values):
            raise ValueError(f"axis {axis!r} has the values {values!r}; it needs a list of some")
    for number, seed in enumerate(seeds):
        check_whole(seed, "a seed of subjects", (0, 2**63))
        if seed in seeds[:number]:
            raise ValueError(f"subjects has the seed {seed} twice; each Subject is run once")
    if n_trials is not None and n_trials < FEWEST_TRIALS:
        raise ValueError(f"n_trials is {n_trials}; it must be at least {FEWEST_TRIALS}")
    for option in engine:
        if option not in _ENGINE:
            raise unknown("option", option, _ENGINE, where="the sweep")


def _check_subject(naive: Subject, point: Point, protocols: Iterable[Protocol]) -> None:
    """Raise what a Subject would refuse of its lesion or its sessions."""
    control = point.control
    change = control.change if control and not control.lives_anew else None
    # What the package's own controls take away, any Subject of the circuit must have.
    if change and sources.identity(change).startswith("mirror_sim."):
        naive = change(naive)
    naive = _lesioned(naive, point.lesion)
    for protocol in protocols:
        naive.blocks(protocol)


def _named(circuit: Circuit) -> tuple[Any, ...]:
    """Return what a circuit names of the registries, so that other processes know it."""
    rules = {p.plasticity.rule for p in circuit.projections if p.plasticity}
    senses = {sense_of(p.encodes, where=p.name).name for p in circuit.inputs}
    return (
        *(RULES.get(name) for name in sorted(rules)),
        *(SENSES.get(name) for name in sorted(senses)),
    )


def _curriculum_of(control: Control | None, plan: Curriculum) -> Curriculum:
    """Return the curriculum by which a control grows."""
    changes = dict(control.growth) if control else {}
    for name in changes:
        check_keywords(type(plan), [name], f"Control {control.name!r}" if control else "")
    return replace(plan, **changes)


def _lesioned(subject: Subject, lesion: str) -> Subject:
    if not lesion:
        return subject
    pre, _, post = (end.strip() for end in lesion.partition("->"))
    return subject.cut(pre, post or None)
