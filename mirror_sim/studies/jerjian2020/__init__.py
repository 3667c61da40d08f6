"""Jerjian, Sahani & Kraskov 2020: execution, observation and NoGo with two objects."""

from mirror_sim.studies.jerjian2020.classes import jerjian_classify, jerjian_rule
from mirror_sim.studies.jerjian2020.recording import JerjianRecording, jerjian_rows, jerjian_table
from mirror_sim.studies.jerjian2020.study import STUDY
from mirror_sim.studies.jerjian2020.task import (
    N_RECORDED,
    PG,
    SOURCE,
    WHG,
    classify,
    groups,
    protocol,
    recorded_units,
    recording,
    rows,
    wrist_speed,
)

__all__ = [
    "N_RECORDED",
    "PG",
    "SOURCE",
    "STUDY",
    "WHG",
    "JerjianRecording",
    "classify",
    "groups",
    "jerjian_classify",
    "jerjian_rows",
    "jerjian_rule",
    "jerjian_table",
    "protocol",
    "recorded_units",
    "recording",
    "rows",
    "wrist_speed",
]
