"""Acts of a mouth: how it moves, and what is commanded, felt and seen of that.

No cell gets an act's name: what it gets is how the mouth is and moves, 20 times a second.
"""

from __future__ import annotations

import numpy as np

from mirror_sim.base.records import check_fields, record
from mirror_sim.scene.actions import FloatArray, Thing
from mirror_sim.scene.acts import Signal

SEEN, COMMANDED, FELT = "mouth", "mouth.command", "mouth.felt"
"""Channels of another's mouth, and of the own."""

STEP_S = 0.05
LONGEST_S = 2.2
REST_PROTRUSION, MIDDLE = 0.3, 0.5
"""Where lips and jaw are at rest, in scaled features."""
_RISE_S = 0.25
_FASTEST_PER_S = 6.0
"""What counts as a speed of 1, in scaled features a second."""
_JITTER, _TIME_JITTER = 0.08, 0.06
"""Relative standard deviation over trials, of amplitudes and of durations and rhythm."""

_GUESS = "after the acts of Ferrari et al. 2003; all numbers are guesses"
_RANGES = {
    "lasts_s": (0.2, 2.0),
    "opens": (0.0, 1.0),
    "protrudes": (0.0, 1.0),
    "sways": (0.0, 0.5),
    "rhythm_hz": (0.0, 10.0),
    "depth": (0.0, 1.0),
}


@record
class MouthAct:
    """An act of a mouth, known by features alone.

    Parameters
    ----------
    name : str
        For tables; no cell sees it.
    opens, protrudes : float
        How far the jaw opens (0 shut, 1 as far as it goes), and where lips or tongue are then (0
        drawn in, 0.3 at rest, 1 stuck out as far as they go).
    sways : float
        How far the jaw goes to its sides, 0.5 at most.
    rhythm_hz, depth : float
        How often a second it shuts again, and how far, 0 to 1.
    lasts_s : float
        How long the mouth moves: bites follow each other, and so do lip-smacks.
    source : str
        Where the numbers come from.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """

    name: str
    opens: float
    protrudes: float
    sways: float = 0.0
    rhythm_hz: float = 0.0
    depth: float = 0.0
    lasts_s: float = 2.0
    source: str = _GUESS

    def __post_init__(self) -> None:
        check_fields(self, f"MouthAct {self.name!r}", _RANGES)


FOOD = Thing(name="piece of food", size_cm=1.5, source=_GUESS)

BITE = MouthAct(name="bite", opens=0.8, protrudes=0.3, rhythm_hz=1.0, depth=1.0)
SUCK = MouthAct(name="suck", opens=0.3, protrudes=0.7, rhythm_hz=1.5, depth=0.5)
CHEW = MouthAct(name="chew", opens=0.5, protrudes=0.3, sways=0.25, rhythm_hz=2.0, depth=1.0)
LIP_SMACK = MouthAct(name="lip-smack", opens=0.4, protrudes=0.55, rhythm_hz=5.0, depth=0.8)
LIPS_OUT = MouthAct(name="lips-out", opens=0.15, protrudes=0.95)
TONGUE_OUT = MouthAct(name="tongue-out", opens=0.65, protrudes=0.85, rhythm_hz=1.5, depth=0.3)
INGESTIVE = (BITE, SUCK, CHEW)
COMMUNICATIVE = (LIP_SMACK, LIPS_OUT, TONGUE_OUT)
REPERTOIRE = (*INGESTIVE, *COMMUNICATIVE)

UNLEARNED = MouthAct(
    name="jaw-aside", opens=0.7, protrudes=0.1, sways=0.45, rhythm_hz=1.0, depth=0.3
)
"""A move that no monkey of the model makes or sees while it grows."""


def course(act: MouthAct, rng: np.random.Generator) -> FloatArray:
    """Draw how a mouth moves in one trial, every `STEP_S`.

    Returns
    -------
    float array, shape (n_steps, 4)
        Aperture, protrusion, speed and sideways shift, each 0 to 1.
    """
    jitter = rng.normal(size=5)
    opens, protrudes, sways = (
        np.array([act.opens, act.protrudes - REST_PROTRUSION, act.sways])
        * (1.0 + _JITTER * jitter[:3])
    )  # fmt: skip
    lasts_s, rhythm_hz = np.array([act.lasts_s, act.rhythm_hz]) * (1.0 + _TIME_JITTER * jitter[3:])
    lasts_s = min(lasts_s, LONGEST_S)
    time_s = np.arange(0.0, lasts_s, STEP_S / 10.0)
    edge = np.clip(np.minimum(time_s, lasts_s - time_s) / _RISE_S, 0.0, 1.0)
    envelope = edge * edge * (3.0 - 2.0 * edge)
    shut = 0.5 * act.depth * (1.0 + np.cos(2.0 * np.pi * rhythm_hz * time_s))
    aperture = opens * envelope * (1.0 - shut)
    protrusion = REST_PROTRUSION + protrudes * envelope
    side = MIDDLE + sways * envelope * np.sin(np.pi * rhythm_hz * time_s)
    moves = [np.gradient(of, time_s) for of in (aperture, protrusion, side)]
    speed = np.linalg.norm(moves, axis=0) / _FASTEST_PER_S
    whole = np.stack([aperture, protrusion, speed, side], axis=1)
    steps = whole[: len(whole) // 10 * 10].reshape(-1, 10, whole.shape[1]).mean(axis=1)
    clipped: FloatArray = np.clip(steps, 0.0, 1.0)
    return clipped


def done(moves: FloatArray, onset_s: float) -> tuple[Signal, ...]:
    """Return what is commanded and felt of the own mouth; see `course`."""
    return (*_told(COMMANDED, moves, onset_s), *_told(FELT, moves[:, :2], onset_s))


def seen(moves: FloatArray, onset_s: float) -> tuple[Signal, ...]:
    """Return what is seen of another's mouth."""
    return _told(SEEN, moves, onset_s)


def _told(channel: str, moves: FloatArray, onset_s: float) -> tuple[Signal, ...]:
    starts_s = onset_s + STEP_S * np.arange(len(moves))
    return tuple(
        Signal(
            channel=channel,
            start_s=float(start_s),
            stop_s=float(start_s + STEP_S),
            features=tuple(features.tolist()),
        )
        for start_s, features in zip(starts_s, moves, strict=True)
    )
