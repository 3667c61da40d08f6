"""Both papers on the same Subjects, with the controls: the figure of the README."""

from mirror_sim.studies.observed_vs_performed.study import STUDY

__all__ = ["STUDY"]
