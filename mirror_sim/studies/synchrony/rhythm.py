"""Own rhythms, gestures, and how far two trains of gestures are in step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mirror_sim.engine.wiring import stream

TURN_S = 0.25
GESTURE_TURNS = 4
"""A gesture lasts one second, as those that were lived through; meanwhile no other begins."""
PERIOD_S, DIFFERENCE = (1.8, 2.2), (0.1, 0.15)
"""Ranges of the Subject's own period, and of how much the partner's differs (of its logarithm)."""
PAUSE_TURNS = 4
"""Before each meeting's rhythms begin."""
STEP_S = 0.05


def gestures(active: Sequence[bool]) -> list[int]:
    """Return the turns in which a gesture begins, by those in which the generator is active."""
    found: list[int] = []
    for turn, is_active in enumerate(active):
        if is_active and (not found or turn - found[-1] >= GESTURE_TURNS):
            found.append(turn)
    return found


class Rhythm:
    """An urge that comes back a period after the last gesture, and the gestures that are made.

    Parameters
    ----------
    period_s : float
    phase : float
        When the first urge comes, in periods after the pause.
    """

    def __init__(self, period_s: float, phase: float) -> None:
        self.period_s, self.due_s = period_s, PAUSE_TURNS * TURN_S + phase * period_s
        self.active: list[bool] = []
        self.urged = False

    def urge(self) -> bool:
        """Return whether the urge comes in the turn that begins."""
        self.urged = self.due_s < (len(self.active) + 1) * TURN_S
        if self.urged:
            self.due_s += self.period_s
        return self.urged

    def began(self, is_active: bool) -> bool:
        """Return whether a gesture began in the turn that ends."""
        turn = len(self.active)
        self.active.append(is_active)
        began = gestures(self.active)[-1:] == [turn]
        # A gesture that came early, by what was seen, sets the rhythm; one by an own urge keeps it.
        if began and not self.urged:
            self.due_s = turn * TURN_S + self.period_s
        return began


def rhythms(seed: int, meeting: int) -> tuple[Rhythm, Rhythm]:
    """Return the Subject's rhythm and its partner's, who is slower in every second meeting."""
    own_s = float(stream(seed, "own period").uniform(*PERIOD_S))
    difference = float(stream(seed, "difference", str(meeting // 2)).uniform(*DIFFERENCE))
    phases = stream(seed, "phases", str(meeting)).random(2)
    other_s = own_s * float(np.exp(difference if meeting % 2 else -difference))
    return Rhythm(own_s, float(phases[0])), Rhythm(other_s, float(phases[1]))


def locking_value(one_s: np.ndarray, other_s: np.ndarray) -> float:
    """Return how constant the lag of two trains is: 1 if it is always the same.

    The phase of a train grows by one cycle from each gesture to the next, evenly in between. NaN
    if a train has fewer than three gestures, or there is no time in which both go on.
    """
    if min(len(one_s), len(other_s)) < 3:
        return float("nan")
    times_s = np.arange(max(one_s[0], other_s[0]), min(one_s[-1], other_s[-1]), STEP_S)
    if not len(times_s):
        return float("nan")
    one, other = (np.interp(times_s, train, np.arange(len(train))) for train in (one_s, other_s))
    return float(np.abs(np.exp(2j * np.pi * (one - other)).mean()))
