"""Functions on sessions and rate arrays, of a model or of a monkey alike."""

import importlib
from typing import Any

_PUBLIC = {
    "Rates": "rates",
    "psth": "rates",
    "Epoch": "epochs",
    "epoch_rates": "epochs",
    "epoch_windows": "epochs",
    "TwoWayAnova": "anova",
    "two_way_anova": "anova",
    "OneWay": "selectivity",
    "one_way": "selectivity",
    "equal_subsets": "selectivity",
    "Agreement": "agreement",
    "class_agreement": "agreement",
    "ResponseCriteria": "responses",
    "present_absent": "responses",
    "congruence_of": "congruence",
    "profile_match": "congruence",
    "baseline_variability": "variability",
    "muscle_readout": "muscle",
}
"""Public names and the modules that hold them."""

_MODULES = ("chance", "decoding", "muscle", "population", "shift", "subspaces", "trajectories")

__all__ = [*_MODULES, *_PUBLIC]  # noqa: PLE0604 (strings all)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(importlib.import_module(f"mirror_sim.analysis.{_PUBLIC[name]}"), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"mirror_sim.analysis.{name}")
    raise AttributeError(f"module 'mirror_sim.analysis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
