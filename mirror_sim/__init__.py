"""Grow spiking fronto-parietal circuits and test them with mirror-neuron experiments.

Everything public is reachable from here and loaded on first use: ``import mirror_sim`` costs
milliseconds, and neither analysis nor real recordings ever load the simulator. Five nouns order it:
a Scene is what happens in a trial, a Circuit is cells and synapses, a Subject is a circuit that
lived through scenes, a Session is what was recorded, a Study is a paper's scenes and test.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what type checkers and editors see; at run time `__getattr__` loads it
    from mirror_sim import analysis as analysis
    from mirror_sim import figures as figures
    from mirror_sim import studies as studies
    from mirror_sim.base.registry import register as register
    from mirror_sim.circuit.affect import affect as affect
    from mirror_sim.circuit.macaque import macaque as macaque
    from mirror_sim.circuit.model import Circuit as Circuit
    from mirror_sim.circuit.parts import Cell as Cell
    from mirror_sim.circuit.parts import InputPopulation as InputPopulation
    from mirror_sim.circuit.parts import Plasticity as Plasticity
    from mirror_sim.circuit.parts import Population as Population
    from mirror_sim.circuit.parts import Projection as Projection
    from mirror_sim.circuit.rules import Rule as Rule
    from mirror_sim.cli import doctor as doctor
    from mirror_sim.compare.fit import fit as fit
    from mirror_sim.compare.fit_plan import FitAxis as FitAxis
    from mirror_sim.compare.fit_plan import FitPlan as FitPlan
    from mirror_sim.compare.sweeps import sweep as sweep
    from mirror_sim.scene.actions import REPERTOIRE as REPERTOIRE
    from mirror_sim.scene.actions import Action as Action
    from mirror_sim.scene.actions import Thing as Thing
    from mirror_sim.scene.actions import get_action as get_action
    from mirror_sim.scene.acts import Act as Act
    from mirror_sim.scene.acts import Perturbation as Perturbation
    from mirror_sim.scene.acts import Shown as Shown
    from mirror_sim.scene.acts import Signal as Signal
    from mirror_sim.scene.conditions import CONDITIONS as CONDITIONS
    from mirror_sim.scene.conditions import Condition as Condition
    from mirror_sim.scene.conditions import get_condition as get_condition
    from mirror_sim.scene.conditions import make_trial as make_trial
    from mirror_sim.scene.kinematics import Kinematics as Kinematics
    from mirror_sim.scene.trials import Protocol as Protocol
    from mirror_sim.scene.trials import Trial as Trial
    from mirror_sim.senses.registry import Sense as Sense
    from mirror_sim.session.session import Session as Session
    from mirror_sim.studies import datasets as datasets
    from mirror_sim.studies.claim import Claim as Claim
    from mirror_sim.studies.study import Control as Control
    from mirror_sim.studies.study import Results as Results
    from mirror_sim.studies.study import Study as Study
    from mirror_sim.subject.body import Body as Body
    from mirror_sim.subject.encounters import Encounter as Encounter
    from mirror_sim.subject.encounters import meet as meet
    from mirror_sim.subject.growth import Curriculum as Curriculum
    from mirror_sim.subject.matching import matched as matched
    from mirror_sim.subject.subject import Subject as Subject

_MODULES = {
    "analysis": "analysis",
    "datasets": "studies.datasets",
    "doctor": "cli.doctor",
    "figures": "figures",
    "studies": "studies",
}

_PUBLIC = {
    "register": "base.registry",
    "affect": "circuit.affect",
    "macaque": "circuit.macaque",
    "Circuit": "circuit.model",
    "Cell": "circuit.parts",
    "InputPopulation": "circuit.parts",
    "Plasticity": "circuit.parts",
    "Population": "circuit.parts",
    "Projection": "circuit.parts",
    "Rule": "circuit.rules",
    "fit": "compare.fit",
    "FitAxis": "compare.fit_plan",
    "FitPlan": "compare.fit_plan",
    "sweep": "compare.sweeps",
    "REPERTOIRE": "scene.actions",
    "Action": "scene.actions",
    "Kinematics": "scene.kinematics",
    "Thing": "scene.actions",
    "get_action": "scene.actions",
    "CONDITIONS": "scene.conditions",
    "Condition": "scene.conditions",
    "Perturbation": "scene.acts",
    "Protocol": "scene.trials",
    "Act": "scene.acts",
    "Shown": "scene.acts",
    "Signal": "scene.acts",
    "Sense": "senses.registry",
    "Trial": "scene.trials",
    "get_condition": "scene.conditions",
    "make_trial": "scene.conditions",
    "Session": "session.session",
    "Body": "subject.body",
    "Encounter": "subject.encounters",
    "meet": "subject.encounters",
    "Claim": "studies.claim",
    "Control": "studies.study",
    "Results": "studies.study",
    "Study": "studies.study",
    "Curriculum": "subject.growth",
    "matched": "subject.matching",
    "Subject": "subject.subject",
}
"""Public names and the modules that hold them; all else may change without notice."""

__all__ = ["__version__", *_MODULES, *_PUBLIC]  # noqa: PLE0604 (strings all)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # takes longer than all that is loaded above

        return version("mirror-sim")
    if name in _MODULES:
        return importlib.import_module(f"mirror_sim.{_MODULES[name]}")
    if name in _PUBLIC:
        value = getattr(importlib.import_module(f"mirror_sim.{_PUBLIC[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'mirror_sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
