"""Ferrari et al. 2005; Rochat et al. 2010; Umiltà et al. 2008: tools that are seen and used."""

from mirror_sim.studies.ferrari2005.study import STUDY

__all__ = ["STUDY"]
