"""Axes: names of what sweeps and fits change, such as ``"F6.withhold.peak_hz"``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_keywords, check_number
from mirror_sim.circuit.checks import matching
from mirror_sim.circuit.model import Circuit
from mirror_sim.circuit.parts import Projection
from mirror_sim.studies.controls import CONTROLS

if TYPE_CHECKING:
    from mirror_sim.compare.sweeps import Point

Value = Any  # what the field of an axis takes: numbers, texts, truths, tuples

_FIELDS = (
    "'PRE->POST.field' of a projection, 'PRE->POST.plasticity.parameter' of its learning rule, "
    "'POPULATION.field', 'circuit.field', 'growth.field' of Curriculum"
)
_AXES = f"{_FIELDS}, 'lesion' ('', 'PRE' or 'PRE->POST'), or 'control' ('' or a name)"
_RULE = ".plasticity"


def changed(point: Point, axis: str, value: Value) -> Point:
    """Return a point with another value on an axis."""
    if axis == "lesion":
        return replace(point, lesion=str(value))
    if axis == "control":
        known = {control.name: control for control in (*CONTROLS, *point.study.controls)}
        if value and value not in known:
            raise unknown("control", value, known)
        return replace(point, control=known.get(str(value)))
    target, _, name = axis.rpartition(".")
    given: dict[str, Any] = {name: value}
    if target in ("growth", "circuit"):
        part = "curriculum" if target == "growth" else "circuit"
        whole = getattr(point, part)
        check_keywords(type(whole), [name], axis)
        made: dict[str, Any] = {part: replace(whole, **given)}
        return replace(point, **made)
    if "->" in target:
        return replace(point, circuit=_rewired(point.circuit, target, name, value))
    if target:
        return replace(point, circuit=point.circuit.with_population(target, **given))
    raise ValueError(f"the axis {axis!r} is none of {_AXES}")


def held(point: Point, axis: str) -> dict[str, Value]:
    """Return what a point has on an axis of one field: an axis for each field that it names.

    ``"STS->PFG.weight_nS"`` names that of ``"STS->PFG.E"`` and that of ``"STS->PFG.FS"``.

    Raises
    ------
    ValueError
        If there is no such field.
    """
    target, _, name = axis.rpartition(".")
    if not target:
        raise ValueError(f"the axis {axis!r} is none of {_FIELDS}")
    if "->" in target:
        return _held_by_projections(point.circuit, target, name)
    owner: Any
    if target in ("growth", "circuit"):
        owner = point.curriculum if target == "growth" else point.circuit
    else:
        owner = point.circuit.population(target)
    check_keywords(type(owner), [name], axis)
    return {axis: getattr(owner, name)}


def _held_by_projections(circuit: Circuit, target: str, name: str) -> dict[str, Value]:
    learning = target.endswith(_RULE)
    if not learning:
        check_keywords(Projection, [name], target)
    found = {}
    for old in _projections(circuit, target):
        if not learning:
            found[f"{old.pre}->{old.post}.{name}"] = getattr(old, name)
        elif old.plasticity is not None:
            parameters = old.plasticity.parameters
            if name not in parameters:
                raise unknown("parameter", name, parameters, where=f"{target} ('{old.name}')")
            found[f"{old.pre}->{old.post}{_RULE}.{name}"] = parameters[name]
    return found


def _projections(circuit: Circuit, target: str) -> list[Projection]:
    """Return the projections that a target names, and of a learning rule those that learn."""
    pre, post = (end.strip() for end in target.removesuffix(_RULE).split("->", 1))
    found = matching(pre, post, circuit.populations, circuit.projections)
    if not target.endswith(_RULE):
        return found or [circuit.projection(pre, post)]  # which raises what exists
    learned = [projection for projection in found if projection.plasticity]
    if not learned:
        raise ValueError(f"no projection '{pre} -> {post}' of {circuit.name!r} learns by a rule")
    return learned


def _rewired(circuit: Circuit, target: str, name: str, value: Value) -> Circuit:
    if not target.endswith(_RULE):
        pre, post = (end.strip() for end in target.split("->", 1))
        return circuit.with_projection(pre, post, **{name: value})
    given: dict[str, Any] = {name: check_number(value, f"{target}.{name}")}
    for old in _projections(circuit, target):
        assert old.plasticity is not None
        rule = old.plasticity.rule
        circuit = circuit.with_plasticity(old.pre, old.post, rule=rule, **given)
    return circuit
