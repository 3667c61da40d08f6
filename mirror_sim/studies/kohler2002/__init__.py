"""Kohler et al. 2002: acts that make a sound, done, seen and heard."""

from mirror_sim.studies.kohler2002.measures import rows
from mirror_sim.studies.kohler2002.study import STUDY
from mirror_sim.studies.kohler2002.task import protocol

__all__ = ["STUDY", "protocol", "rows"]
