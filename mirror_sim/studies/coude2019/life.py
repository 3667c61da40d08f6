"""Two acts that begin with the same grasp, what tells their goals, and a growth that has both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import record
from mirror_sim.scene.actions import REPERTOIRE, Action, FloatArray, get_action
from mirror_sim.scene.acts import Signal
from mirror_sim.scene.trials import Trial
from mirror_sim.subject.growth import Curriculum

SOURCE = (
    "Fogassi et al. 2005, Science 308:662; Coudé et al. 2019, J Cogn Neurosci 31:299 (abstract)"
)
CONTEXTS = ("own", "shuffled", "none")

_MOUTH_CM, _CONTAINER_CM = 30.0, 10.0
_HOLD_S = 0.9
_CUE_S = 0.2


def _path(phase: FloatArray) -> FloatArray:
    s = np.clip(phase, 0.0, 1.0)
    return s * s * s * (10.0 - 15.0 * s + 6.0 * s * s)


def _carried(since_s: FloatArray, hold_s: float, path_cm: float) -> FloatArray:
    """Return the speed (cm/s) of a hand that carries something from .1 to .7 of its time on it."""
    s = np.clip((since_s / hold_s - 0.1) / 0.6, 0.0, 1.0)
    return path_cm * 30.0 * (s * (1.0 - s)) ** 2 / (0.6 * hold_s)


def to_mouth(since_s: FloatArray, hold_s: float) -> Mapping[str, FloatArray]:
    """Carry the food to the mouth, the fingers shut; see `Action`."""
    return {"speed_cm_s": _carried(since_s, hold_s, _MOUTH_CM)}


def to_container(since_s: FloatArray, hold_s: float) -> Mapping[str, FloatArray]:
    """Carry the food to a container and open the fingers; see `Action`."""
    return {
        "speed_cm_s": _carried(since_s, hold_s, _CONTAINER_CM),
        "aperture_cm": _GRASP.aperture_margin_cm * _path((since_s / hold_s - 0.8) / 0.2),
    }


_GRASP = get_action("grasp-precision")
_PATHS = SOURCE + "; paths are guesses"
EAT = replace(
    _GRASP, name="grasp-eat", general="eating", after=to_mouth, hold_s=_HOLD_S, source=_PATHS
)
PLACE = replace(
    _GRASP,
    name="grasp-place",
    general="placing",
    after=to_container,
    hold_s=_HOLD_S,
    source=_PATHS,
)
"""Until contact the two acts do not differ."""

_TOLD: Mapping[str, float] = {EAT.name: 0.2, PLACE.name: 0.8}


def other_goal(act: Action) -> Action:
    """Return the act of the other goal."""
    return PLACE if act.name == EAT.name else EAT


def cue_of(goal: Action, stop_s: float) -> Signal:
    """Return what the context tells of a goal, until the hand lets go."""
    return Signal(channel="goal", start_s=_CUE_S, stop_s=stop_s, features=(_TOLD[goal.name],))


@record
class Goals(Curriculum):
    """Growth as of the default circuit, with acts to eat and to place, whose goals are told.

    Parameters
    ----------
    actions : tuple of Action or str
        The repertoire once, and both acts twice.
    context : {"own", "shuffled", "none"}
        In trials of these acts their own goal is told, or one that is drawn independently of the
        act, or none.
    """

    actions: tuple[Action | str, ...] = (*REPERTOIRE, EAT, EAT, PLACE, PLACE)
    context: str = "own"
    source: str = "as the default growth; that a third of the acts have a told goal is a guess"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.context not in CONTEXTS:
            raise unknown("context", self.context, CONTEXTS, where="Goals")

    def trial(self, rng: np.random.Generator) -> Trial:
        """Draw an own act with what is seen of it, and what is told of its goal."""
        trial = super().trial(rng)
        # Every draw is made in every life, so that all have the same acts.
        drawn = (EAT, PLACE)[int(rng.integers(2))]
        own = trial.acts[0]
        if own.action.name not in _TOLD or self.context == "none":
            return trial
        goal = own.action if self.context == "own" else drawn
        return replace(trial, signals=(*trial.signals, cue_of(goal, own.release_s)))
