"""Is a skill kept where each generation watches the one before? Transmission, on trial."""

from mirror_sim.studies.transmission.study import STUDY

__all__ = ["STUDY"]
