"""Caggiano et al. 2009, 2011: how much the answer to a seen grasp depends on place and view."""

from mirror_sim.studies.caggiano2011.measures import rows
from mirror_sim.studies.caggiano2011.study import STUDY
from mirror_sim.studies.caggiano2011.task import protocol

__all__ = ["STUDY", "protocol", "rows"]
