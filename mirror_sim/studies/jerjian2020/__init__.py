"""Jerjian, Sahani & Kraskov 2020: execution, observation and NoGo with two objects."""

from mirror_sim.studies.jerjian2020.classes import JERJIAN_EPOCHS, jerjian_classify, jerjian_rule
from mirror_sim.studies.jerjian2020.numbers import jerjian_rows
from mirror_sim.studies.jerjian2020.recording import JerjianRecording, jerjian_table
from mirror_sim.studies.jerjian2020.release import Release, release
from mirror_sim.studies.jerjian2020.study import STUDY
from mirror_sim.studies.jerjian2020.task import (
    N_RECORDED,
    PG,
    SOURCE,
    WHG,
    classify,
    groups,
    muscle_readout,
    protocol,
    recorded_units,
    recording,
    rows,
    wrist_speed,
)

__all__ = [
    "JERJIAN_EPOCHS",
    "N_RECORDED",
    "PG",
    "SOURCE",
    "STUDY",
    "WHG",
    "JerjianRecording",
    "Release",
    "classify",
    "groups",
    "jerjian_classify",
    "jerjian_rows",
    "jerjian_rule",
    "jerjian_table",
    "muscle_readout",
    "protocol",
    "recorded_units",
    "recording",
    "release",
    "rows",
    "wrist_speed",
]
