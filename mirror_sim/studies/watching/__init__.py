"""Does a cue call up an act that was only watched? Learning by watching, on trial."""

from mirror_sim.studies.watching.study import STUDY

__all__ = ["STUDY"]
