"""Subjects of the circuit `effectors` that live the same life by another learning rule."""

from __future__ import annotations

from mirror_sim.circuit.effectors import effectors
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.subject import Subject


def _by_rule(grown: Subject, rule: str) -> Subject:
    plan = grown.growth.plan if grown.growth else None
    if not isinstance(plan, Curriculum):
        raise ValueError("a Subject that did not grow has no life to repeat by another rule")
    return grown.grown_anew(plan, circuit=effectors(rule))


def by_hebb(grown: Subject) -> Subject:
    """Learn by the rule `hebb`."""
    return _by_rule(grown, "hebb")


def by_hebb_symmetric(grown: Subject) -> Subject:
    """Learn by the rule `hebb_symmetric`, which does not tell before from after."""
    return _by_rule(grown, "hebb_symmetric")


def by_stdp_pair(grown: Subject) -> Subject:
    """Learn by the rule `stdp_pair`."""
    return _by_rule(grown, "stdp_pair")


def by_stdp_triplet(grown: Subject) -> Subject:
    """Learn by the rule `stdp_triplet`."""
    return _by_rule(grown, "stdp_triplet")


def by_bcm(grown: Subject) -> Subject:
    """Learn by the rule `bcm`."""
    return _by_rule(grown, "bcm")


def by_covariance(grown: Subject) -> Subject:
    """Learn by the rule `covariance`."""
    return _by_rule(grown, "covariance")


def by_prediction_error(grown: Subject) -> Subject:
    """Learn by the rule `prediction_error`."""
    return _by_rule(grown, "prediction_error")


BY_RULE = {
    function.__name__.removeprefix("by_"): function
    for function in (
        *(by_hebb_symmetric, by_hebb, by_stdp_pair, by_stdp_triplet),
        *(by_bcm, by_covariance, by_prediction_error),
    )
}
"""What makes a Subject that learns by a rule, by its name."""
