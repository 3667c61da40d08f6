"""Is a yawn caught from another? Two Subjects that see each other's faces, on trial."""

from mirror_sim.studies.yawning.life import Yawns
from mirror_sim.studies.yawning.pair import together
from mirror_sim.studies.yawning.study import STUDY

__all__ = ["STUDY", "Yawns", "together"]
