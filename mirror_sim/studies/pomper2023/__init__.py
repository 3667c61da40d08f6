"""Pomper et al. 2023: whether mirror neurons have one code for acts done and acts seen."""

from mirror_sim.studies.pomper2023.measures import rows
from mirror_sim.studies.pomper2023.study import STUDY
from mirror_sim.studies.pomper2023.task import protocol

__all__ = ["STUDY", "protocol", "rows"]
