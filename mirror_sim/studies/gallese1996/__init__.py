"""Gallese, Fadiga, Fogassi & Rizzolatti 1996: the battery and the present/absent rule."""

from mirror_sim.studies.gallese1996.classes import CRITERIA, GALLESE_EPOCHS, gallese_classify
from mirror_sim.studies.gallese1996.study import STUDY
from mirror_sim.studies.gallese1996.task import (
    SOURCE,
    baseline_variability,
    classify,
    inequality,
    learning_curve,
    protocol,
    rows,
)

__all__ = [
    "CRITERIA",
    "GALLESE_EPOCHS",
    "SOURCE",
    "STUDY",
    "baseline_variability",
    "classify",
    "gallese_classify",
    "inequality",
    "learning_curve",
    "protocol",
    "rows",
]
