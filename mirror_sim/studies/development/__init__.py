"""Do infants need to be imitated? Acts that cannot be seen of oneself, on trial."""

from mirror_sim.studies.development.life import Infancy
from mirror_sim.studies.development.study import STUDY

__all__ = ["STUDY", "Infancy"]
