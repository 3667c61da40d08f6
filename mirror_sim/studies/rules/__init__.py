"""Which learning rule wires mirror responses? Counter-mirror training, for every rule, on trial."""

from mirror_sim.studies.rules.life import Acts
from mirror_sim.studies.rules.study import STUDY

__all__ = ["STUDY", "Acts"]
