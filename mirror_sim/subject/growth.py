"""How a Subject grows: what it does and sees meanwhile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_fields, check_number, record
from mirror_sim.scene.actions import REPERTOIRE, Action, get_action
from mirror_sim.scene.acts import Act
from mirror_sim.scene.conditions import CONDITIONS, Condition, make_trial
from mirror_sim.scene.kinematics import MOVEMENT_TIME_S
from mirror_sim.scene.trials import Trial

VISIONS = ("own", "none", "late")

_RANGES = {
    "imitated_share": (0.0, 0.2),
    "imitation_lag_s": (0.0, 10.0),
    "homeostasis_pA_per_hz_s": (0.0, 10.0),
    "active_share": (0.0, 1.0),
    "max_actions": (1, 100_000),
    "tolerance": (0.0, 1.0),
}

# Of the trials of growth.
_ONSET_S, _DURATION_S = 0.5, 4.1

# Hides the own hand and nothing else, so that the object is seen in every curriculum.
_UNSEEN = Condition(name="execute-unseen", actor="self", withhold=False, hand_visible=False)


@record
class Curriculum:
    """What a Subject does and sees while it grows.

    Parameters
    ----------
    actions : tuple of Action or str
        Actions, or names of those in the repertoire; each own action is drawn from them.
    imitated_share : float
        Share of the own actions that somebody across repeats.
    imitation_lag_s : (float, float)
        Range of the time from the own movement's onset to the imitator's.
    vision : {"own", "none", "late"}
        Whether the own hand is seen as it moves, never, or only after the action has ended.
    shuffled : bool
        The action seen is drawn independently of the action done, at the same time.
    homeostasis_pA_per_hz_s : float
        How far a cell's bias moves in a second for each spike/s that it is off its target.
    active_share : float
        Share of the time in which the monkey acts, as homeostasis feels it; growth itself leaves
        most of the rest out.
    max_actions : int
        Growth ends here at the latest.
    tolerance : float
        Growth ends when the plastic weights moved by less than this share of their mean a minute,
        on the average of the last two minutes (simulated).
    source : str
        Where the numbers come from.
    """

    actions: tuple[Action | str, ...] = tuple(REPERTOIRE)
    imitated_share: float = 0.2
    imitation_lag_s: tuple[float, float] = (0.3, 0.9)
    vision: str = "own"
    shuffled: bool = False
    homeostasis_pA_per_hz_s: float = 0.178
    active_share: float = 0.3
    max_actions: int = 120
    tolerance: float = 0.08
    source: str = "design: own actions under own vision, at most a fifth of them imitated"

    def __post_init__(self) -> None:
        check_fields(self, "Curriculum", _RANGES)
        longest_s = _DURATION_S - _ONSET_S - MOVEMENT_TIME_S["monkey"][1]
        for action in self.actions:
            own = get_action(action) if isinstance(action, str) else action
            check_number(own.hold_s, f"Curriculum: hold_s of {own.name!r}", (0.0, longest_s))
        if self.vision not in VISIONS:
            raise unknown("vision", self.vision, VISIONS, where="Curriculum")
        if not self.actions:
            raise ValueError("Curriculum.actions is empty; a Subject grows by what it does")
        if self.imitation_lag_s[1] < self.imitation_lag_s[0]:
            raise ValueError(
                f"Curriculum.imitation_lag_s is {self.imitation_lag_s!r}; it must be (least, most)"
            )

    @checked_arguments()
    def trials(self, rng: np.random.Generator) -> tuple[Trial, ...]:
        """Draw all trials of the growth, `max_actions` of them."""
        return tuple(self.trial(rng) for _ in range(self.max_actions))

    @checked_arguments()
    def trial(self, rng: np.random.Generator) -> Trial:
        """Draw one own action with what is seen of it."""
        action = self._action(rng)
        lit = self.vision == "own" and not self.shuffled
        condition = CONDITIONS["execute-light"] if lit else _UNSEEN
        events = {"object_on": 0.1, "movement_onset": _ONSET_S, "dark_on": 0.0}
        trial = make_trial(
            condition, action, rng=rng, events_template=events, duration_s=_DURATION_S
        )
        seen = self._sighting(trial, rng)
        # Every draw is made in every curriculum, so that controls get the same movements.
        return replace(trial, acts=(*trial.acts, *seen))

    def _action(self, rng: np.random.Generator) -> Action:
        action = self.actions[int(rng.integers(len(self.actions)))]
        return get_action(action) if isinstance(action, str) else action

    def _sighting(self, trial: Trial, rng: np.random.Generator) -> tuple[Act, ...]:
        lag = rng.uniform(*self.imitation_lag_s)
        imitated = rng.random() < self.imitated_share
        shown = self._action(rng) if self.shuffled else trial.acts[0].action
        human_s = rng.uniform(*MOVEMENT_TIME_S["human"])
        imitator_seed = int(rng.integers(2**31))
        onset = trial.events["movement_onset"]
        # Where the own hand is hidden, a film shows a hand in its place.
        film = replace(
            trial.acts[0], action=shown, actor="other-film", commanded=False, hidden_s=()
        )
        film = replace(film, hold_s=shown.hold_s)
        imitation = replace(
            film,
            actor="other",
            onset_s=onset + lag,
            movement_time_s=human_s,
            viewpoint_deg=180.0,
            seed=imitator_seed,
        )
        if self.vision == "none":
            return ()
        if self.vision == "late":
            return (replace(film, onset_s=trial.events["release"] + 0.2),)
        if self.shuffled:
            return (film, imitation) if imitated else (film,)
        return (imitation,) if imitated else ()
