"""Does a cue call up an act that was only rehearsed? Mental rehearsal, on trial."""

from mirror_sim.studies.rehearsal.study import STUDY

__all__ = ["STUDY"]
