"""From what happens in a trial to the firing rates of the input cells.

Cells are tuned to the state of a hand (distance to the object, speed, aperture, wrist angle, second
hand) or to features of an object. No name of an action, an object, a condition or an agent reaches
them: in STS equal kinematics and scene give equal rates, bit for bit, whoever acts. Command and
proprioception are the own body's alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol as Interface

import numpy as np

from mirror_sim.base.errors import unknown
from mirror_sim.scene.actions import FloatArray, Kinematics, hand_state, require_positive
from mirror_sim.scene.trials import Sighting, Trial
from mirror_sim.senses.tuning import (
    HAND_LOW,
    HAND_SPAN,
    chosen_features,
    hand_features,
    object_features,
    random_thing,
    reached_states,
)

STEP_MS = 10.0
"""Time step of the rates."""

VISUAL_LATENCY_MS = 100.0
OBJECT_LATENCY_MS = 60.0
PROPRIOCEPTIVE_LATENCY_MS = 50.0
COMMAND_LEAD_MS = 100.0
COMMAND_OPENS_S = 0.20
"""How long before movement onset the command starts."""

DARK_BEFORE_ONSET_S = 0.5
"""When it gets dark in trials in the dark that name no event for it."""

VIEW_TUNED_SHARE = 0.72
VIEW_SD_DEG = (45.0, 60.0)
FAR_M = 2.0
NEAR_M = 0.6
DISTANCE_LOSS = 0.4
"""Largest share of its drive that a near cell loses at 2 m, or a far cell at 0.6 m."""

OBJECT_TRANSIENT_S = 0.15
MOVING_CM_S = 5.0
ON_OBJECT_CM = 2.0
COMMAND_RAMP_S = 0.02
COMMAND_HOLD = 0.27
"""Share of the command that keeps a hand where it is; the rest moves it."""
COMMAND_HALF_CM_S = 40.0
"""Speed at which half of that rest is there."""
COMMAND_FALL_S = 0.15
"""Time constant of its fall once the hand stops: the grip closes on the object meanwhile."""
SET_RISE_S = 0.5
"""Time constant of readiness once an object is there; an estimate from the rates released with
Jerjian et al. 2020, which change from the object's cue on."""
TOOL_APERTURE_CM = 0.0
"""A stick has no aperture; the wrist that holds it is turned."""
TOOL_WRIST_DEG = 50.0

_PAD_BINS = 10


class Inputs(Interface):
    """What an encoder reads from a population of input cells."""

    @property
    def n(self) -> int:
        """Number of cells."""

    @property
    def encodes(self) -> str:
        """What they encode, one of `ENCODES`."""

    @property
    def baseline_hz(self) -> float:
        """Rate without drive, spikes/s."""

    @property
    def peak_hz(self) -> float:
        """Rate at full drive, spikes/s."""

    @property
    def width(self) -> float:
        """Tuning width (sd), in scaled features."""

    @property
    def object_gain(self) -> float:
        """Share of the drive that is left without an object."""


def presence(hand: Kinematics) -> FloatArray:
    """How far a hand catches the eye, 0 to 1: it must move or be on the object; shape (n_bins,)."""
    still = np.exp(-((hand.speed_cm_s / MOVING_CM_S) ** 2))
    off = 1.0 - np.exp(-((hand.distance_cm / ON_OBJECT_CM) ** 2))
    return 1.0 - still * off


@dataclass(frozen=True, kw_only=True)
class _Hand:
    """One hand's features and presence on a padded grid of bins."""

    features: FloatArray
    presence: FloatArray

    def shifted(self, n_bins: int, delay_ms: float) -> tuple[FloatArray, FloatArray]:
        """Return both for a trial's bins as they were ``delay_ms`` earlier."""
        first = _PAD_BINS - round(delay_ms / STEP_MS)
        return self.features[first : first + n_bins], self.presence[first : first + n_bins]


# Several encoders ask for the same hand of the same trial, one after the other.
@lru_cache(maxsize=16)
def _hand(seen: Sighting, bins: int, tool: bool = False) -> _Hand:
    hand = hand_state(
        seen.action,
        _centres_s(-_PAD_BINS, bins + _PAD_BINS),
        onset_s=seen.onset_s,
        movement_time_s=seen.movement_time_s,
        hold_s=seen.hold_s,
        rng=np.random.default_rng(seen.seed),
    )
    features, gate = hand_features(hand), presence(hand)
    if tool:
        features[:, 2] = (TOOL_APERTURE_CM - HAND_LOW[2]) / HAND_SPAN[2]
        features[:, 3] = np.clip(features[:, 3] + TOOL_WRIST_DEG / HAND_SPAN[3], 0.0, 1.0)
    features.setflags(write=False)
    gate.setflags(write=False)
    return _Hand(features=features, presence=gate)


def n_bins(trial: Trial) -> int:
    """Count the bins that cover a trial."""
    # Rounding first keeps 3.6 s from becoming 361 bins.
    return int(np.ceil(round(trial.duration_s * 1000.0 / STEP_MS, 6)))


def _centres_s(first: int, last: int) -> FloatArray:
    return (np.arange(first, last, dtype=np.float64) + 0.5) * (STEP_MS / 1000.0)


def _bin_times_s(trial: Trial) -> FloatArray:
    return _centres_s(0, n_bins(trial))


def _acting(trial: Trial) -> Sighting:
    """Describe the trial's own actor's hand like any other hand."""
    return Sighting(
        action=trial.action,
        onset_s=trial.events["movement_onset"],
        movement_time_s=trial.movement_time_s,
        hold_s=trial.hold_s,
        viewpoint_deg=trial.condition.viewpoint_deg,
        seed=trial.seed,
    )


def _seen(trial: Trial, visible: bool, latency_ms: float) -> FloatArray:
    """1 where what can be seen is seen, after the latency, and 0 in the dark; shape (n_bins,)."""
    times_s = _bin_times_s(trial) - latency_ms / 1000.0
    if visible:
        return np.ones_like(times_s)
    dark_s = trial.events.get("dark_on", trial.events["movement_onset"] - DARK_BEFORE_ONSET_S)
    return (times_s < dark_s).astype(float)


@dataclass(frozen=True, kw_only=True, eq=False)
class Encoder:
    """The tuning of the cells of one input population, drawn once from a seed.

    Parameters
    ----------
    encodes : str
        What the cells encode, one of `ENCODES`.
    baseline_hz, peak_hz : float
        Rates (spikes/s) without drive and at full drive.
    object_gain : float
        Share of the drive by a hand that is left when there is no object.
    preferred : float array, shape (n, n_features)
        Preferred state, features scaled to 0 to 1.
    sharpness : float array, shape (n, n_features)
        One over the tuning width (sd); 0 for features that do not matter to the cell.
    view_deg, view_kappa : float array, shape (n,)
        Preferred viewpoint and concentration around it; concentration 0 is any view.
    far : float array, shape (n,)
        Distance selectivity: below 0 for near cells, above 0 for far cells.
    """

    encodes: str
    baseline_hz: float
    peak_hz: float
    object_gain: float
    preferred: FloatArray
    sharpness: FloatArray
    view_deg: FloatArray
    view_kappa: FloatArray
    far: FloatArray

    @classmethod
    def draw(cls, population: Inputs, seed: int) -> Encoder:
        """Draw the tuning of a population's cells.

        Parameters
        ----------
        population : InputPopulation
            Gives ``n``, ``encodes``, ``baseline_hz``, ``peak_hz``, ``width`` (tuning sd in scaled
            features) and ``object_gain``.
        seed : int
            Decides the tuning.

        Raises
        ------
        ValueError
            If ``encodes`` is unknown, there are no cells, or a number is out of range.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> from mirror_sim.scene.trials import make_trial
        >>> cells = SimpleNamespace(n=50, encodes="hand", baseline_hz=3.0, peak_hz=60.0, width=0.15,
        ...                         object_gain=0.3)
        >>> encoder = Encoder.draw(cells, seed=1)
        >>> rng = np.random.default_rng(1)
        >>> encoder.rates(make_trial("observe", "grasp-precision", rng=rng)).shape
        (360, 50)
        """
        _check(population)
        rng = np.random.default_rng(seed)
        n = population.n
        if population.encodes == "object":
            preferred = np.stack([object_features(random_thing(rng)) for _ in range(n)])
        else:
            preferred = reached_states(n, rng)
        kappa = 1.0 / np.deg2rad(rng.uniform(*VIEW_SD_DEG, size=n)) ** 2
        return cls(
            encodes=population.encodes,
            baseline_hz=float(population.baseline_hz),
            peak_hz=float(population.peak_hz),
            object_gain=float(population.object_gain),
            preferred=preferred,
            sharpness=chosen_features(population.encodes, preferred.shape, rng) / population.width,
            view_deg=rng.uniform(0.0, 360.0, size=n),
            view_kappa=np.where(rng.random(n) < VIEW_TUNED_SHARE, kappa, 0.0),
            far=rng.uniform(-DISTANCE_LOSS, DISTANCE_LOSS, size=n),
        )

    @property
    def n(self) -> int:
        """Number of cells."""
        return len(self.preferred)

    def rates(self, trial: Trial) -> FloatArray:
        """Compute the firing rates of a trial.

        Parameters
        ----------
        trial : Trial
            What happens.

        Returns
        -------
        float array, shape (n_bins, n), spikes/s
            One row every `STEP_MS`, from trial start to the end of the trial.
        """
        drive = _DRIVES[self.encodes](self, trial)
        drive *= self.peak_hz - self.baseline_hz
        drive += self.baseline_hz
        return drive

    def _tuning(self, features: FloatArray, gate: FloatArray) -> FloatArray:
        """Gaussian tuning times a gate; shapes (n_bins, n_features), (n_bins,) -> (n_bins, n)."""
        drive = np.zeros((len(gate), self.n))
        driven = np.flatnonzero(gate > 1e-3)
        total = np.zeros((len(driven), self.n))
        scaled = np.empty_like(total)
        for feature in range(features.shape[1]):
            values = features[driven, feature, None]
            np.subtract(values, self.preferred[:, feature], out=scaled)
            scaled *= self.sharpness[:, feature]
            scaled *= scaled
            total += scaled
        total *= -0.5
        np.exp(total, out=total)
        total *= gate[driven, None]
        drive[driven] = total
        return drive

    def _view_gain(self, viewpoint_deg: float, distance_m: float) -> FloatArray:
        """Gain by viewpoint and distance, 0 to 1; shape (n,)."""
        off = np.deg2rad(viewpoint_deg - self.view_deg)
        view = np.exp(self.view_kappa * (np.cos(off) - 1.0))
        farness = np.clip(np.log(distance_m / NEAR_M) / np.log(FAR_M / NEAR_M), 0.0, 1.0)
        lost = np.maximum(-self.far, 0.0) * farness + np.maximum(self.far, 0.0) * (1.0 - farness)
        gain: FloatArray = view * (1.0 - lost)
        return gain

    def _hand_drive(self, trial: Trial) -> FloatArray:
        condition = trial.condition
        bins = n_bins(trial)
        drive = np.zeros((bins, self.n))
        seen = _seen(trial, condition.hand_visible, VISUAL_LATENCY_MS)
        shown = [(sighting, False, np.ones(bins)) for sighting in trial.sightings]
        if condition.actor is not None:
            shown.append((_acting(trial), condition.tool, seen))
        for sighting, tool, visible in shown:
            features, gate = _hand(sighting, bins, tool).shifted(bins, VISUAL_LATENCY_MS)
            one = self._tuning(features, gate * visible)
            one *= self._view_gain(sighting.viewpoint_deg, condition.distance_m)
            np.maximum(drive, one, out=drive)
        if not condition.object_present:
            drive *= self.object_gain
        return drive

    def _object_drive(self, trial: Trial) -> FloatArray:
        condition = trial.condition
        since_s = _bin_times_s(trial) - OBJECT_LATENCY_MS / 1000.0 - trial.events["object_on"]
        shown = (since_s >= 0.0) * float(condition.object_present)
        shown = shown * _seen(trial, condition.object_visible, OBJECT_LATENCY_MS)
        fade = np.exp(-np.maximum(since_s, 0.0) / OBJECT_TRANSIENT_S)
        features = np.broadcast_to(object_features(trial.action.thing), (len(since_s), 3))
        return self._tuning(features, shown * 0.5 * (1.0 + fade))

    def _command_drive(self, trial: Trial) -> FloatArray:
        bins = n_bins(trial)
        if trial.condition.actor != "self":
            return np.zeros((bins, self.n))
        features, _ = _hand(_acting(trial), bins).shifted(bins, -COMMAND_LEAD_MS)
        times_s = _bin_times_s(trial)
        opens_s = trial.events["movement_onset"] - COMMAND_OPENS_S
        opened = _sigmoid((times_s - opens_s) / COMMAND_RAMP_S)
        open_still = _sigmoid((trial.events["release"] - times_s) / COMMAND_RAMP_S)
        speed = features[:, 1] * HAND_SPAN[1]
        moving = _falling(speed / (speed + COMMAND_HALF_CM_S), COMMAND_FALL_S)
        gain = COMMAND_HOLD + (1.0 - COMMAND_HOLD) * moving
        return self._tuning(features, opened * open_still * gain)

    def _withhold_drive(self, trial: Trial) -> FloatArray:
        on = (_bin_times_s(trial) >= trial.events["withhold_on"]) & trial.condition.withhold
        return np.repeat(on.astype(float)[:, None], self.n, axis=1)

    def _set_drive(self, trial: Trial) -> FloatArray:
        times_s = _bin_times_s(trial)
        since_s = times_s - OBJECT_LATENCY_MS / 1000.0 - trial.events["object_on"]
        rise = 1.0 - np.exp(-np.maximum(since_s, 0.0) / SET_RISE_S)
        still = _sigmoid((trial.events["release"] - times_s) / COMMAND_RAMP_S)
        course = rise * still * float(trial.condition.object_present)
        return np.repeat(course[:, None], self.n, axis=1)

    def _proprioceptive_drive(self, trial: Trial) -> FloatArray:
        bins = n_bins(trial)
        if trial.condition.actor != "self":
            return np.zeros((bins, self.n))
        return self._tuning(*_hand(_acting(trial), bins).shifted(bins, PROPRIOCEPTIVE_LATENCY_MS))


_DRIVES: dict[str, Callable[[Encoder, Trial], FloatArray]] = {
    "hand": Encoder._hand_drive,
    "object": Encoder._object_drive,
    "command": Encoder._command_drive,
    "withhold": Encoder._withhold_drive,
    "set": Encoder._set_drive,
    "proprioception": Encoder._proprioceptive_drive,
}

ENCODES = frozenset(_DRIVES)
"""What input cells can encode."""


def _check(population: Inputs) -> None:
    owner = f"input population encoding {population.encodes!r}"
    if population.encodes not in ENCODES:
        raise unknown("encoding", population.encodes, sorted(ENCODES), where="Encoder.draw")
    if population.n < 1:
        raise ValueError(f"{owner}: n is {population.n!r}; it must be at least 1")
    require_positive(owner, width=population.width, peak_hz=population.peak_hz)
    if not 0 <= population.baseline_hz <= population.peak_hz:
        raise ValueError(
            f"{owner}: baseline_hz {population.baseline_hz!r} must lie between 0 and peak_hz "
            f"{population.peak_hz!r}"
        )
    if not 0 <= population.object_gain <= 1:
        raise ValueError(f"{owner}: object_gain {population.object_gain!r} is not in 0 to 1")


def _sigmoid(x: FloatArray) -> FloatArray:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _falling(course: FloatArray, tau_s: float) -> FloatArray:
    """Let a course rise at once and fall exponentially at best; shape (n_bins,)."""
    times = np.arange(len(course)) * (STEP_MS / 1000.0 / tau_s)
    held: FloatArray = np.exp(np.maximum.accumulate(np.log(course + 1e-12) + times) - times)
    return held
