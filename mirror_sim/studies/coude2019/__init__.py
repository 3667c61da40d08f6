"""Fogassi et al. 2005, Coudé et al. 2019: whether a grasp tells what it is for."""

from mirror_sim.studies.coude2019.life import Goals
from mirror_sim.studies.coude2019.measures import rows
from mirror_sim.studies.coude2019.study import STUDY
from mirror_sim.studies.coude2019.task import protocol

__all__ = ["STUDY", "Goals", "protocol", "rows"]
