"""Vision of hands that act.

Cells are tuned to the grip of a hand (aperture, wrist angle, second hand) and to how it moves
(distance to the object, speed, radial velocity, contact, speed on the object, speed of the fingers,
how far it has come lately). No name of an action, an object, a condition or an agent reaches them:
equal kinematics and scene give equal rates, bit for bit, whoever acts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mirror_sim.scene.actions import FloatArray
from mirror_sim.scene.trials import Trial
from mirror_sim.senses.objects import in_view
from mirror_sim.senses.registry import SENSES, Cells, Sense
from mirror_sim.senses.tuning import (
    GRIP,
    MOTION,
    Preferred,
    hand_of,
    reached_states,
    some_of,
    visible,
)

LATENCY_MS = 100.0
N_GRIP, N_MOTION = 2, 4
"""How many features of the grip and of the motion a cell reports."""
VIEW_TUNED_SHARE = 0.72
VIEW_SD_DEG = (45.0, 60.0)
FAR_M = 2.0
NEAR_M = 0.6
DISTANCE_LOSS = 0.4
"""Largest share of its drive that a near cell loses at 2 m, or a far cell at 0.6 m."""


@dataclass(frozen=True)
class HandTuning:
    """What cells that see hands are tuned to.

    Attributes
    ----------
    preferred : Preferred
    view_deg, view_kappa : float array, shape (n,)
        Preferred viewpoint and concentration around it; concentration 0 is any view.
    far : float array, shape (n,)
        Distance selectivity: below 0 for near cells, above 0 for far cells.
    object_gain : float
        Share of the drive that is left while no object is in view.
    latency_ms : float
    """

    preferred: Preferred
    view_deg: FloatArray
    view_kappa: FloatArray
    far: FloatArray
    object_gain: float
    latency_ms: float

    def view_gain(self, viewpoint_deg: float, distance_m: float) -> FloatArray:
        """Gain by viewpoint and distance, 0 to 1; shape (n,)."""
        off = np.deg2rad(viewpoint_deg - self.view_deg)
        view = np.exp(self.view_kappa * (np.cos(off) - 1.0))
        farness = np.clip(np.log(distance_m / NEAR_M) / np.log(FAR_M / NEAR_M), 0.0, 1.0)
        lost = np.maximum(-self.far, 0.0) * farness + np.maximum(self.far, 0.0) * (1.0 - farness)
        gain: FloatArray = view * (1.0 - lost)
        return gain


def draw(cells: Cells, rng: np.random.Generator) -> HandTuning:
    """Draw two features of the grip and four of the motion a cell, most with a preferred view."""
    states = reached_states(cells.n, rng)
    kappa = 1.0 / np.deg2rad(rng.uniform(*VIEW_SD_DEG, size=cells.n)) ** 2
    reported = some_of(cells.n, GRIP, N_GRIP, rng) + some_of(cells.n, MOTION, N_MOTION, rng)
    return HandTuning(
        preferred=Preferred(states, reported / cells.width),
        view_deg=rng.uniform(0.0, 360.0, size=cells.n),
        view_kappa=np.where(rng.random(cells.n) < VIEW_TUNED_SHARE, kappa, 0.0),
        far=rng.uniform(-DISTANCE_LOSS, DISTANCE_LOSS, size=cells.n),
        object_gain=cells.object_gain,
        latency_ms=LATENCY_MS if cells.latency_ms is None else cells.latency_ms,
    )


def drive(trial: Trial, tuning: HandTuning, times_s: FloatArray) -> FloatArray:
    """Drive by all hands that can be seen; of several the one that drives a cell most."""
    then_s = times_s - tuning.latency_ms / 1000.0
    total = np.zeros((len(times_s), len(tuning.far)))
    for act in trial.acts:
        if act.extent == 0:
            continue
        features, gate = hand_of(act, len(times_s), tuning.latency_ms)
        one = tuning.preferred.response(features, gate * visible(act.hidden_s, then_s))
        assert act.viewpoint_deg is not None
        one *= tuning.view_gain(act.viewpoint_deg, act.distance_m)
        np.maximum(total, one, out=total)
    at_object = np.zeros_like(then_s)
    for shown in trial.objects:
        np.maximum(at_object, in_view(shown, then_s), out=at_object)
    total *= np.where(at_object > 0, 1.0, tuning.object_gain)[:, None]
    return total


SENSES.add(
    Sense(
        name="hand",
        tuning=draw,
        drive=drive,
        source="STS: Perrett et al. 1989, 1991 (hands, views); latency 100 ms",
    )
)
