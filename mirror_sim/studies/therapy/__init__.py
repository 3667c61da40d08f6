"""Does watching help to bring back a movement after a lesion? Therapy, on trial."""

from mirror_sim.studies.therapy.study import STUDY

__all__ = ["STUDY"]
