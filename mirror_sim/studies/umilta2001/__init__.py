"""Umiltà et al. 2001: a grasp whose end a screen hides, with and without an object behind it."""

from mirror_sim.studies.umilta2001.measures import rows
from mirror_sim.studies.umilta2001.study import STUDY
from mirror_sim.studies.umilta2001.task import protocol

__all__ = ["STUDY", "protocol", "rows"]
