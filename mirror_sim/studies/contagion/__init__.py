"""Is another's distress felt as one's own? A rat that cries when it is hurt, on trial."""

from mirror_sim.studies.contagion.life import Life
from mirror_sim.studies.contagion.study import STUDY
from mirror_sim.studies.contagion.task import protocol

__all__ = ["STUDY", "Life", "protocol"]
