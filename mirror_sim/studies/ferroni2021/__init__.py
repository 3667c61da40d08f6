"""Ferroni et al. 2021: a sound tells to grasp or not, done and seen, in areas of the circuit."""

from mirror_sim.studies.ferroni2021.measures import rows
from mirror_sim.studies.ferroni2021.study import CONTROLS, STUDY
from mirror_sim.studies.ferroni2021.task import protocol

__all__ = ["CONTROLS", "STUDY", "protocol", "rows"]
