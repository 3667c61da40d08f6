"""Zhao & Schieber 2025: four objects executed and observed, in classes and in subspaces."""

from mirror_sim.studies.zhao2025.measures import rows
from mirror_sim.studies.zhao2025.study import STUDY
from mirror_sim.studies.zhao2025.task import ACTIONS, WINDOWS, protocol

__all__ = ["ACTIONS", "STUDY", "WINDOWS", "protocol", "rows"]
