"""Sweeps: many Subjects over a grid of parameters, on all cores or on a cluster."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd

from mirror_sim.analysis.muscle import change_at_rest
from mirror_sim.base import cache
from mirror_sim.base.errors import require_counts, unknown
from mirror_sim.base.records import check_number, check_whole
from mirror_sim.circuit.macaque import macaque
from mirror_sim.circuit.model import Circuit
from mirror_sim.circuit.rules import RULES, Rule
from mirror_sim.compare.runs import Study, on_dask, on_this_machine, path_of, store, stored
from mirror_sim.studies import controls, gallese1996, jerjian2020
from mirror_sim.studies.jerjian2020 import muscle_readout
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.learning import Progress
from mirror_sim.subject.subject import Subject

Value = float | str


def _gallese1996(subject: Subject) -> dict[str, float]:
    return gallese1996.rows(gallese1996.classify(subject.run(gallese1996.protocol(10))))


def _jerjian2020(subject: Subject) -> dict[str, float]:
    return jerjian2020.rows(subject.run(jerjian2020.protocol()), seed=subject.seed)


def _controls(subject: Subject) -> dict[str, float]:
    session = subject.run(controls.protocol())
    muscle = muscle_readout(session, align="movement_onset", window_s=(-0.5, 1.2))
    condition = session.trials["condition"].to_numpy(dtype=str)
    at_rest = change_at_rest(muscle, condition, moving="execute-dark")
    return controls.measure(session, seed=subject.seed) | {"E1": at_rest}


STUDIES: Mapping[str, Study] = {
    "controls": _controls,
    "gallese1996": _gallese1996,
    "jerjian2020": _jerjian2020,
}
"""Studies by name: the short battery of the controls (a minute), and two papers."""

_ENGINE = ("dt_ms", "block_s", "target")

_AXES = (
    "'PRE->POST.field' of a projection, 'PRE->POST.plasticity.parameter' of its learning rule, "
    "'POPULATION.field', 'circuit.field', 'growth.field' of Curriculum, 'lesion' ('', 'PRE' or "
    "'PRE->POST'), or 'control' ('' or a name)"
)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One Subject of a sweep.

    Attributes
    ----------
    settings : tuple of (str, float or str)
        The axes and their values here.
    circuit : Circuit
    curriculum : Curriculum
    lesion : str
        What is cut after growth.
    control : str
        The name of one of `mirror_sim.studies.controls.CONTROLS`, or "".
    seed : int
    engine : tuple of (str, object)
        Options of `Engine`.
    rules : tuple of Rule
        Those that the circuit names, so that other processes know them.
    """

    settings: tuple[tuple[str, Value], ...]
    circuit: Circuit
    curriculum: Curriculum
    lesion: str
    control: str
    seed: int
    engine: tuple[tuple[str, Any], ...] = ()
    rules: tuple[Rule, ...] = ()

    def key(self, study: str) -> str:
        """Return the content key of what a study (see `identity`) finds here."""
        return cache.digest(
            study,
            self.circuit.digest(),
            asdict(self.curriculum),
            self.lesion,
            self.control,
            self.seed,
            self.engine,
            [asdict(rule) for rule in self.rules],
            cache.code_digest(),
        )

    def subject(self) -> Subject:
        """Grow the Subject, or read it from the cache; make the control; cut the lesion."""
        for rule in self.rules:
            RULES.add(rule)
        control = controls.CONTROLS.get(self.control)
        plan = self.curriculum
        if control and control.growth:
            changes: dict[str, Any] = dict(control.growth)
            plan = replace(plan, **changes)
        grown = Subject.grow(self.circuit, seed=self.seed, curriculum=plan, **dict(self.engine))
        if control and control.change:
            grown = control.change(grown)
        return _lesioned(grown, self.lesion)


def sweep(
    study: Study,
    *,
    subjects: Iterable[int],
    grid: Mapping[str, Sequence[Value]] | None = None,
    circuit: Circuit | None = None,
    curriculum: Curriculum | None = None,
    jobs: int | None = None,
    scheduler: Any = None,
    progress: Progress | None = None,
    **engine: Any,
) -> pd.DataFrame:
    """Run a study on Subjects at every point of a grid.

    What a point gives is kept in the cache as soon as it is there, so a sweep that was stopped or
    killed goes on where it was, and one that shares points with another takes them from it. It
    starts processes: a script calls it under ``if __name__ == "__main__":``.

    Parameters
    ----------
    study : callable
        Takes a Subject, returns numbers by name; a function of a module, as in `STUDIES`.
    subjects : iterable of int
        Seeds; each point of the grid is run for each.
    grid : mapping of str to sequence, optional
        Axes and their values. An axis is ``"PRE->POST.field"`` of a projection (all of those
        between two areas), ``"PRE->POST.plasticity.parameter"`` of its learning rule,
        ``"POPULATION.field"``, ``"circuit.field"``, ``"growth.field"`` of the `Curriculum`,
        ``"lesion"``, whose values are ``""``, ``"PRE"`` or ``"PRE->POST"``, or ``"control"``, whose
        values are ``""`` or names of `mirror_sim.studies.controls.CONTROLS`.
    circuit : Circuit, optional
        What the axes change; `macaque` if none is given.
    curriculum : Curriculum, optional
    jobs : int, optional
        Processes at once on this machine; as many as there are cores if none is given.
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
    >>> sweep(STUDIES["jerjian2020"], subjects=[1], grid={"F6.withold.peak_hz": [0.0]})
    Traceback (most recent call last):
    ValueError: unknown population 'F6.withold' in Circuit 'macaque'. Did you mean 'F6.withhold'? \
Valid: STS, CIP, F6.command, F6.withhold, F6.set, area2, AIP.E, AIP.FS, PFG.E, PFG.FS, F5.E, \
F5.PTN, F5.FS, M1.E, M1.PTN, M1.FS
    """
    require_counts(jobs=jobs)
    plan = points(
        subjects=subjects, grid=grid or {}, circuit=circuit, curriculum=curriculum, engine=engine
    )
    name = identity(study)
    keys = [point.key(name) for point in plan]
    rows = {key: row for key in keys if (row := stored(path_of(key))) is not None}
    waiting = {k: p for k, p in zip(keys, plan, strict=True) if k not in rows}
    if progress:
        progress(len(plan) - len(waiting), len(plan))
    run = on_dask(scheduler) if scheduler is not None else on_this_machine(jobs)
    failed: dict[str, BaseException] = {}
    for key, found in run(study, waiting):
        if isinstance(found, BaseException):
            failed[key] = found
            continue
        rows[key] = found
        if not path_of(key).exists():  # a worker of a cluster may have a disk of its own
            store(path_of(key), found)
        if progress:
            progress(len(plan) - len(waiting.keys() - rows.keys()), len(plan))
    if failed:
        key, first = next(iter(failed.items()))
        point = waiting[key]
        raise RuntimeError(
            f"{len(failed)} of {len(plan)} points failed, the others are kept; first "
            f"{dict(point.settings)} of Subject {point.seed}: {first}"
        ) from first
    return pd.DataFrame(
        [
            {**dict(point.settings), "subject_seed": point.seed, **rows[key]}
            for key, point in zip(keys, plan, strict=True)
        ]
    )


def points(
    *,
    subjects: Iterable[int],
    grid: Mapping[str, Sequence[Value]],
    circuit: Circuit | None = None,
    curriculum: Curriculum | None = None,
    engine: Mapping[str, Any] | None = None,
) -> list[Point]:
    """Return the points of a grid, each checked; parameters as in `sweep`."""
    seeds = list(subjects)
    if not seeds:
        raise ValueError("subjects is empty; a sweep needs at least one seed")
    for axis, values in grid.items():
        if isinstance(values, str) or not len(values):
            raise ValueError(f"axis {axis!r} has the values {values!r}; it needs a list of some")
    for seed in seeds:
        check_whole(seed, "a seed of subjects", (0, 2**63))
    for option in engine or {}:
        if option not in _ENGINE:
            raise unknown("option", option, _ENGINE, where="the sweep")
    made, checked = [], set()
    for values in itertools.product(*grid.values()):
        settings = tuple(zip(grid, values, strict=True))
        base = Point(
            settings=settings,
            circuit=circuit or macaque(),
            curriculum=curriculum or Curriculum(),
            lesion="",
            control="",
            seed=seeds[0],
            engine=tuple(sorted((engine or {}).items())),
        )
        for axis, value in settings:
            base = _changed(base, axis, value)
        if (what := (base.circuit.digest(), base.lesion)) not in checked:
            # What an engine or a lesion refuses is said before any work.
            _lesioned(Subject.naive(base.circuit, seed=seeds[0], **dict(base.engine)), base.lesion)
            checked.add(what)
        rules = {p.plasticity.rule for p in base.circuit.projections if p.plasticity}
        base = replace(base, rules=tuple(RULES.get(name) for name in sorted(rules)))
        made += [replace(base, seed=seed) for seed in seeds]
    return made


def identity(study: Study) -> str:
    """Return what tells a study's results from another's: its name and the sources it rests on."""
    name = getattr(study, "__qualname__", "<")
    own = inspect.getsourcefile(study) if inspect.isfunction(study) else None
    if "<" in name or not own or not Path(own).is_file():
        raise ValueError(
            f"the study {study!r} is no function of a module; define it with `def` in a file"
        )
    package = cache.sources(Path(__file__).parents[1], without=("cli", "figures"))
    code = [*package, Path(own).read_text(encoding="utf-8")]
    return f"{study.__module__}.{name} {cache.digest(code)}"


def _changed(point: Point, axis: str, value: Value) -> Point:
    if axis == "lesion":
        return replace(point, lesion=str(value))
    if axis == "control":
        if value and value not in controls.CONTROLS:
            raise unknown("control", value, controls.CONTROLS)
        return replace(point, control=str(value))
    target, _, name = axis.rpartition(".")
    given: dict[str, Any] = {name: value}
    if target in ("growth", "circuit"):
        part = "curriculum" if target == "growth" else "circuit"
        whole = getattr(point, part)
        known = [entry.name for entry in fields(whole)]
        if name not in known:
            raise unknown("field", name, known, where=axis)
        changed: dict[str, Any] = {part: replace(whole, **given)}
        return replace(point, **changed)
    if "->" in target:
        return replace(point, circuit=_rewired(point.circuit, target, name, value))
    if target:
        return replace(point, circuit=point.circuit.with_population(target, **given))
    raise ValueError(f"the axis {axis!r} is none of {_AXES}")


def _rewired(circuit: Circuit, target: str, name: str, value: Value) -> Circuit:
    learning = target.endswith(".plasticity")
    pre, post = (end.strip() for end in target.removesuffix(".plasticity").split("->", 1))
    if not learning:
        return circuit.with_projection(pre, post, **{name: value})
    found = circuit.projection(pre, post)
    if found.plasticity is None:
        raise ValueError(f"the projection {found.name} learns by no rule")
    given: dict[str, Any] = {name: check_number(value, f"{target}.{name}")}
    return circuit.with_plasticity(pre, post, rule=found.plasticity.rule, **given)


def _lesioned(subject: Subject, lesion: str) -> Subject:
    if not lesion:
        return subject
    pre, _, post = (end.strip() for end in lesion.partition("->"))
    return subject.cut(pre, post or None)
