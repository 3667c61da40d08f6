"""Ferrari et al. 2003: acts of the mouth, done and seen, beside those of the hand."""

from mirror_sim.studies.ferrari2003.measures import rows
from mirror_sim.studies.ferrari2003.study import STUDY
from mirror_sim.studies.ferrari2003.task import protocol

__all__ = ["STUDY", "protocol", "rows"]
