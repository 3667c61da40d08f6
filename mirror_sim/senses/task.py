"""That a trial is on, and that nothing has moved in it yet; of what it shows they say nothing."""

from __future__ import annotations

from mirror_sim.scene.actions import FloatArray
from mirror_sim.scene.trials import Trial
from mirror_sim.senses.objects import Untuned, draw_set, readiness_ends
from mirror_sim.senses.registry import SENSES, Sense
from mirror_sim.senses.tuning import alike


def drive_attention(trial: Trial, tuning: Untuned, times_s: FloatArray) -> FloatArray:
    """Full drive while a trial lasts."""
    del trial
    return alike(times_s >= tuning.latency_ms / 1000.0, tuning.n)


def drive_waiting(trial: Trial, tuning: Untuned, times_s: FloatArray) -> FloatArray:
    """Full drive from the start of a trial; it ends as readiness does."""
    on = times_s >= tuning.latency_ms / 1000.0
    return alike(on * readiness_ends(trial, times_s), tuning.n)


SENSES.add(
    Sense(name="attention", tuning=draw_set, drive=drive_attention, source="a modelling choice")
)
SENSES.add(Sense(name="waiting", tuning=draw_set, drive=drive_waiting, source="a modelling choice"))
