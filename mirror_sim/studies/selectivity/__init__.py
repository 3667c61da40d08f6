"""Selectivity in observation: what a share of units says, and what it leaves open."""

from mirror_sim.studies.selectivity.measures import rows
from mirror_sim.studies.selectivity.study import CONTROLS, STUDY
from mirror_sim.studies.selectivity.task import protocol

__all__ = ["CONTROLS", "STUDY", "protocol", "rows"]
