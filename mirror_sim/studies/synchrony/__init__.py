"""Do two who see each other fall into step? Own rhythms that drift apart, on trial."""

from mirror_sim.studies.synchrony.pair import together
from mirror_sim.studies.synchrony.study import STUDY

__all__ = ["STUDY", "together"]
