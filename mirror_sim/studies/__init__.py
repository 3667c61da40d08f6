"""One folder a paper: its protocol, its own statistical test, its published numbers, its figure."""

import importlib
from types import ModuleType

__all__ = [
    "caggiano2011",
    "claim",
    "contagion",
    "controls",
    "coude2019",
    "ferrari2003",
    "ferrari2005",
    "ferroni2021",
    "gallese1996",
    "jerjian2020",
    "judge",
    "kohler2002",
    "observed_vs_performed",
    "pomper2023",
    "selectivity",
    "study",
    "targets",
    "umilta2001",
    "verdict",
    "yawning",
    "zhao2025",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"mirror_sim.studies.{name}")
    raise AttributeError(f"module 'mirror_sim.studies' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
