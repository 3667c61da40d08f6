"""The settings of a fit: which are possible, and the circuit that each stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mirror_sim.base.errors import shown, unknown
from mirror_sim.base.records import check_number
from mirror_sim.compare.axes import changed, held
from mirror_sim.compare.fit_plan import FitAxis, FitPlan
from mirror_sim.compare.sweeps import Point, points
from mirror_sim.studies.study import Study, get_study

Setting = Mapping[str, float]
"""Values by the labels of the axes."""

# Another number of cells or synapses is another model, to be compiled anew.
_NOT_FITTED = ("n", "features", "p")


@dataclass(frozen=True, kw_only=True)
class Space:
    """What is searched.

    Attributes
    ----------
    start : Point
        The start, of the first Subject.
    axes : tuple of FitAxis
    fields : mapping of str to mapping of str to float
        By the label of each axis, the fields that it stands for and their numbers at the start.
    """

    start: Point
    axes: tuple[FitAxis, ...]
    fields: Mapping[str, Mapping[str, float]]

    @property
    def origin(self) -> dict[str, float]:
        """The start as a setting."""
        return {
            axis.label: 1.0 if axis.times else next(iter(self.fields[axis.label].values()))
            for axis in self.axes
        }

    def is_whole(self, axis: FitAxis) -> bool:
        """Return whether an axis has whole numbers only."""
        return isinstance(next(iter(self.fields[axis.label].values())), int)

    def whole(self, setting: Setting) -> dict[str, float]:
        """Return a setting with whole numbers on the axes that have only these."""
        return {
            axis.label: round(setting[axis.label]) if self.is_whole(axis) else setting[axis.label]
            for axis in self.axes
        }

    def point(self, setting: Setting, *, seed: int, n_trials: int | None) -> Point:
        """Return what is measured of a setting.

        Raises
        ------
        ValueError
            If there is no such circuit.
        """
        base = replace(self.start, settings=tuple(setting.items()), seed=seed, n_trials=n_trials)
        for axis in self.axes:
            value = setting[axis.label]
            for name, old in self.fields[axis.label].items():
                base = changed(base, name, old * value if axis.times else value)
        return base


def space_of(plan: FitPlan) -> Space:
    """Return what a plan searches, after a look at each axis.

    Raises
    ------
    ValueError
        If an axis, a Subject or the circuit is not what it should be; the message names it.
    """
    study = _study_of(plan)
    seeds = dict.fromkeys([*plan.subjects, *plan.final_subjects])
    if len(seeds) < len(plan.subjects):
        raise ValueError(f"FitPlan.subjects is {plan.subjects}; each Subject is named once")
    given: dict[str, Any] = {"circuit": plan.circuit, "curriculum": plan.curriculum}
    start = None
    for n_trials in (plan.final_trials, plan.n_trials):
        start, *_ = points(
            study, subjects=seeds, grid={}, n_trials=n_trials, engine=plan.engine, **given
        )
    assert start is not None
    fields = {axis.label: _fields(axis, start) for axis in plan.axes}
    _check_once(fields)
    space = Space(start=start, axes=plan.axes, fields=fields)
    for axis in plan.axes:
        _check_range(axis, space)
    for number, setting in enumerate(plan.starts):
        where = f"start {number + 1}"
        for label, value in setting.items():
            if label not in fields:
                raise unknown("axis", label, fields, where=where)
            _check_value(next(a for a in plan.axes if a.label == label), value, space, where)
        space.point(space.origin | dict(setting), seed=start.seed, n_trials=None)
    return space


def _study_of(plan: FitPlan) -> Study:
    study = get_study(plan.study)
    if not plan.sessions:
        return study
    for name in plan.sessions:
        if name not in study.sessions:
            raise unknown("session", name, study.sessions, where="sessions")
    if not isinstance(study.protocol, Mapping):
        return study
    kept = {name: study.functions[name] for name in study.sessions if name in plan.sessions}
    return replace(study, protocol=kept, controls=(), controlled=())


def _fields(axis: FitAxis, start: Point) -> dict[str, float]:
    """Return the fields that an axis stands for, with their numbers at the start."""
    found: dict[str, Any] = {}
    for name in axis.names:
        for exact, value in held(start, name).items():
            if exact in found:
                raise ValueError(f"axis {axis.label!r} names {exact!r} twice")
            if exact.rpartition(".")[2] in _NOT_FITTED:
                raise ValueError(
                    f"axis {axis.label!r}: {exact} decides the number of cells, synapses or "
                    "features, which no fit changes: each would be another model"
                )
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(
                    f"axis {axis.label!r}: {exact} is {shown(value)}, which is no number to fit"
                )
            found[exact] = value
    values = set(found.values())
    if axis.times and any(isinstance(value, int) for value in values):
        raise ValueError(f"axis {axis.label!r}: times does not go with whole numbers")
    if axis.times and values == {0.0}:
        raise ValueError(f"axis {axis.label!r}: times 0 is 0; all its fields are 0 at the start")
    if not axis.times and len(values) > 1:
        held_ = ", ".join(f"{name} {value:g}" for name, value in found.items())
        raise ValueError(
            f"axis {axis.label!r} stands for fields that differ at the start ({held_}); set times, "
            "or make them equal in the circuit"
        )
    return found


def _check_once(fields: Mapping[str, Mapping[str, float]]) -> None:
    owners: dict[str, str] = {}
    for label, names in fields.items():
        for name in names:
            if name in owners:
                raise ValueError(f"{name} is on two axes, {owners[name]!r} and {label!r}")
            owners[name] = label


def _check_range(axis: FitAxis, space: Space) -> None:
    _check_value(axis, space.origin[axis.label], space, "the start circuit")
    for end in (axis.low, axis.high):
        _check_value(axis, end, space, "its range")
        value = round(end) if space.is_whole(axis) else end
        try:
            space.point(space.origin | {axis.label: value}, seed=0, n_trials=None)
        except ValueError as error:
            raise ValueError(f"axis {axis.label!r} cannot be {end:g}: {error}") from error


def _check_value(axis: FitAxis, value: float, space: Space, where: str) -> None:
    check_number(value, f"{axis.label!r} of {where}")
    if not axis.low <= value <= axis.high:
        raise ValueError(
            f"axis {axis.label!r} is {value:g} in {where}, outside its range {axis.low:g} to "
            f"{axis.high:g}"
        )
    if space.is_whole(axis) and value != round(value):
        raise ValueError(f"axis {axis.label!r} is {value:g} in {where}; it takes whole numbers")
