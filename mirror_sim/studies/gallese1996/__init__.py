"""Gallese, Fadiga, Fogassi & Rizzolatti 1996: the battery and the present/absent rule."""

from mirror_sim.studies.gallese1996.study import STUDY
from mirror_sim.studies.gallese1996.task import (
    SOURCE,
    classify,
    learning_curve,
    protocol,
    rows,
)

__all__ = ["SOURCE", "STUDY", "classify", "learning_curve", "protocol", "rows"]
