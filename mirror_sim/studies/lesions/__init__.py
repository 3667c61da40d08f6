"""Broken mirror neurons? Three lesions that cost F5 as much of its drive, side by side."""

from mirror_sim.studies.lesions.study import STUDY

__all__ = ["STUDY"]
