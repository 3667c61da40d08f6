"""Do mirror responses run ahead of what is seen? Delays of own vision, and every rule, on trial."""

from mirror_sim.studies.prediction.life import Delayed
from mirror_sim.studies.prediction.study import STUDY

__all__ = ["STUDY", "Delayed"]
