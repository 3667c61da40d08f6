"""Grow spiking fronto-parietal circuits and test them with mirror-neuron experiments.

Everything public is reachable from here and loaded on first use: ``import mirror_sim`` costs
milliseconds, and neither analysis nor real recordings ever load the simulator.
"""

import importlib
from typing import Any

# Bound at once: the first import of the submodule of the same name would otherwise put that module
# where the function belongs.
from mirror_sim.macaque import macaque

_MODULES = ("analysis", "datasets", "doctor", "ensembles", "figures", "plasticity", "studies")

_PUBLIC = {
    "Action": "actions",
    "Kinematics": "actions",
    "REPERTOIRE": "actions",
    "Thing": "actions",
    "get_action": "actions",
    "CONDITIONS": "trials",
    "Condition": "trials",
    "Perturbation": "trials",
    "Protocol": "trials",
    "Sighting": "trials",
    "Trial": "trials",
    "get_condition": "trials",
    "make_trial": "trials",
    "Cell": "circuit",
    "Circuit": "circuit",
    "InputPopulation": "circuit",
    "Plasticity": "circuit",
    "Population": "circuit",
    "Projection": "circuit",
    "Rule": "plasticity",
    "Curriculum": "growth",
    "Subject": "subject",
    "Session": "session",
    "sweep": "ensembles",
}
"""Public names and the modules that hold them; all else may change without notice."""

__all__ = ["__version__", "macaque", *_MODULES, *_PUBLIC]  # noqa: PLE0604 (strings all)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # takes longer than all that is loaded above

        return version("mirror-sim")
    if name in _MODULES:
        return importlib.import_module(f"mirror_sim.{name}")
    if name in _PUBLIC:
        value = getattr(importlib.import_module(f"mirror_sim.{_PUBLIC[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'mirror_sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
