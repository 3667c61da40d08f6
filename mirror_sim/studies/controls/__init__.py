"""Manipulations that should abolish the effect, in one short battery: each takes one thing away."""

from mirror_sim.studies.controls.battery import ACTIONS, measure, protocol, rows
from mirror_sim.studies.controls.poisson import poisson_units
from mirror_sim.studies.controls.study import CONTROLS, STUDY

__all__ = ["ACTIONS", "CONTROLS", "STUDY", "measure", "poisson_units", "protocol", "rows"]
