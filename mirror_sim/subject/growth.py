"""How a Subject grows: what it does and sees meanwhile, and how its weights and biases settle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mirror_sim.base import cache
from mirror_sim.base.errors import unknown
from mirror_sim.base.files import cache_folder
from mirror_sim.base.records import check_number, check_whole
from mirror_sim.base.sources import content
from mirror_sim.engine import Block, BlockResult, Engine, State, plan_blocks
from mirror_sim.engine.wiring import block_seeds, stream
from mirror_sim.scene.actions import REPERTOIRE, Action, get_action
from mirror_sim.scene.acts import Act
from mirror_sim.scene.conditions import CONDITIONS, Condition, make_trial
from mirror_sim.scene.kinematics import MOVEMENT_TIME_S
from mirror_sim.scene.trials import Trial

Progress = Callable[[int, int], None]

VISIONS = ("own", "none", "late")

# After a longer growth come sessions that gain by a model without rules; meanwhile a core is idle.
BLOCKS_BEFORE_COMPILING = 8

_RANGES = {
    "imitated_share": (0.0, 0.2),
    "homeostasis_pA_per_hz": (0.0, 100.0),
    "active_share": (0.0, 1.0),
    "tolerance": (0.0, 1.0),
}

# Of the trials of growth.
_ONSET_S, _DURATION_S = 0.5, 4.1

# Hides the own hand and nothing else, so that the object is seen in every curriculum.
_UNSEEN = Condition(name="execute-unseen", actor="self", withhold=False, hand_visible=False)


@dataclass(frozen=True, kw_only=True)
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
    homeostasis_pA_per_hz : float
        How far a cell's bias moves after a block for each spike/s that it is off its target.
    active_share : float
        Share of the time in which the monkey acts, as homeostasis feels it; growth itself leaves
        most of the rest out.
    max_actions : int
        Growth ends here at the latest.
    tolerance : float
        Growth ends when the plastic weights moved by less than this share of their mean over one
        block, on the average of the last five blocks.
    source : str
        Where the numbers come from.
    """

    actions: tuple[Action | str, ...] = tuple(REPERTOIRE)
    imitated_share: float = 0.2
    imitation_lag_s: tuple[float, float] = (0.3, 0.9)
    vision: str = "own"
    shuffled: bool = False
    homeostasis_pA_per_hz: float = 4.0
    active_share: float = 0.3
    max_actions: int = 120
    tolerance: float = 0.03
    source: str = "design: own actions under own vision, at most a fifth of them imitated"

    def __post_init__(self) -> None:
        if isinstance(self.actions, str):
            raise ValueError(f"Curriculum.actions is {self.actions!r}; give a tuple of actions")
        longest_s = _DURATION_S - _ONSET_S - MOVEMENT_TIME_S["monkey"][1]
        for action in self.actions:
            if not isinstance(action, Action | str):
                raise ValueError(
                    f"Curriculum.actions holds {action!r}, which is neither an Action nor a name"
                )
            own = get_action(action) if isinstance(action, str) else action
            check_number(own.hold_s, f"Curriculum: hold_s of {own.name!r}", (0.0, longest_s))
        if self.vision not in VISIONS:
            raise unknown("vision", self.vision, VISIONS, where="Curriculum")
        if not self.actions:
            raise ValueError("Curriculum.actions is empty; a Subject grows by what it does")
        if not isinstance(self.shuffled, bool):
            raise ValueError(f"Curriculum.shuffled is {self.shuffled!r}; it is True or False")
        for name, bounds in _RANGES.items():
            check_number(getattr(self, name), f"Curriculum.{name}", bounds)
        check_whole(self.max_actions, "Curriculum.max_actions", (1, 10**9))
        if not isinstance(self.imitation_lag_s, tuple) or len(self.imitation_lag_s) != 2:
            raise ValueError(
                f"Curriculum.imitation_lag_s is {self.imitation_lag_s!r}; it must be (least, most)"
            )
        least_s, most_s = (
            check_number(lag_s, "Curriculum.imitation_lag_s", (0.0, 10.0))
            for lag_s in self.imitation_lag_s
        )
        if most_s < least_s:
            raise ValueError(
                f"Curriculum.imitation_lag_s is {self.imitation_lag_s!r}; it must be (least, most)"
            )

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


@dataclass(frozen=True)
class Growth:
    """How a Subject grew.

    Attributes
    ----------
    curriculum : Curriculum
    curve : DataFrame
        One row a block: own actions so far, mean plastic weight (nS) and its relative change.
    checkpoints : dict of int to state
        Plastic weights and biases after so many own actions, at about every fifth of the growth.
    """

    curriculum: Curriculum
    curve: pd.DataFrame
    checkpoints: dict[int, State] = field(default_factory=dict)


def grow(engine: Engine, plan: Curriculum, progress: Progress | None) -> tuple[Growth, State]:
    """Grow an engine's weights and biases, or read what is in the cache; see `Subject.grow`."""
    key = cache.digest(engine.key, content(replace(plan, max_actions=1, tolerance=0.0)))
    folder = cache_folder() / "growth" / key
    with cache.locked(folder):
        return _grow(engine, plan, folder, progress)


def _grow(
    engine: Engine, plan: Curriculum, folder: Path, progress: Progress | None
) -> tuple[Growth, State]:
    plastic = [f"{n}.w" for n, s in engine.wiring.synapses.items() if s.rule is not None]
    changing = [*plastic, "cells.bias"]
    rng = stream(engine.seed, "growth")
    seeds = block_seeds(engine.seed, "growth blocks")
    state = dict(engine.initial_state())
    rows: list[dict[str, float]] = []
    history: list[tuple[int, State]] = [(0, {n: state[n] for n in changing})]
    done, chain = 0, ""
    while done < plan.max_actions and not _settled(rows, plan.tolerance):
        block, taken = _growth_block(engine, plan, rng, seeds, plan.max_actions - done)
        # A growth that ends earlier or later shares the blocks that are the same so far.
        chain = cache.digest(chain, content(block))
        path = folder / f"block-{len(rows):04d}-{chain}.npz"
        stored = cache.load_arrays(path)
        if stored is None:
            result = engine.run_block(block, state, learning=True)
            if len(rows) == BLOCKS_BEFORE_COMPILING:
                engine.compile_ahead()
            stored = _settle(engine, plan, state, block, result)
            cache.save_arrays(path, stored)
        done += taken
        rows.append(_curve_row(plastic, state, stored, done))
        state.update({n: stored[n] for n in changing})
        history.append((done, {n: stored[n] for n in changing}))
        if progress:
            progress(done, plan.max_actions)
    if progress:
        progress(done, done)
    last = len(history) - 1
    kept = {history[round(k * last / 5)][0]: history[round(k * last / 5)][1] for k in range(6)}
    return Growth(plan, pd.DataFrame(rows), kept), state


def _curve_row(plastic: list[str], before: State, after: State, done: int) -> dict[str, float]:
    weights = [(before[n], after[n]) for n in plastic if after[n].any()]
    moved = [np.abs(new - old).mean() / new.mean() for old, new in weights]
    row = {"actions": done, "change": float(np.mean(moved)) if moved else 0.0}
    row["sts_spikes"] = float(after["seen_spikes"][0])
    for name in plastic:
        row[f"{name.removesuffix('.w')}_nS"] = float(after[name].mean() * 1e9)
    return row


def _settled(rows: Sequence[Mapping[str, float]], tolerance: float) -> bool:
    recent = [row["change"] for row in rows[-5:]]
    return len(recent) == 5 and float(np.mean(recent)) < tolerance


def _growth_block(
    engine: Engine, plan: Curriculum, rng: np.random.Generator, seeds: Iterator[int], most: int
) -> tuple[Block, int]:
    trials: list[Trial] = []
    while len(trials) < most:
        state = rng.bit_generator.state
        trial = plan.trial(rng)
        if len(plan_blocks([*trials, trial], engine.block_s, iter([0, 0]))) > 1:
            rng.bit_generator.state = state
            break
        trials.append(trial)
    return plan_blocks(trials, engine.block_s, seeds)[0], len(trials)


def _settle(
    engine: Engine, plan: Curriculum, before: State, block: Block, result: BlockResult
) -> dict[str, np.ndarray]:
    """Return the state after a block: learned weights, and biases moved by homeostasis.

    Each cell's bias moves against the difference of its mean rate and its target, as in the
    regulation of intrinsic excitability (Desai, Rutherford & Turrigiano 1999). The mean is that of
    a day in which the monkey acts for ``active_share`` of the time.
    """
    wiring = engine.wiring
    counts = np.bincount(result.cells, minlength=wiring.n_cells + wiring.n_inputs)
    acting = np.zeros(len(result.times_s), dtype=bool)
    acting_s = 0.0
    for start, trial in zip(block.starts_s, block.trials, strict=True):
        first, last = (start + trial.events[e] for e in ("movement_onset", "release"))
        acting |= (result.times_s > first - 0.2) & (result.times_s < last + 0.6)
        acting_s += last - first + 0.8
    active = np.bincount(result.cells[acting], minlength=len(counts))
    mean_hz = (
        plan.active_share * active / acting_s
        + (1 - plan.active_share) * (counts - active) / (engine.block_s - acting_s)
    )[: wiring.n_cells]
    error = np.where(wiring.target_hz > 0, wiring.target_hz - mean_hz, 0.0)
    bias = before["cells.bias"] + plan.homeostasis_pA_per_hz * 1e-12 * error
    hands = [p.name for p in engine.circuit.inputs if p.encodes == "hand"]
    seen = sum(int(counts[wiring.n_cells :][wiring.inputs[name]].sum()) for name in hands)
    learned = {name: _capped(engine, name, values) for name, values in result.learned.items()}
    return {**learned, "cells.bias": bias, "seen_spikes": np.array([seen])}


def _capped(engine: Engine, name: str, weights: np.ndarray) -> np.ndarray:
    """Scale down the plastic weights of cells whose mean is above the projection's cap.

    All synapses of a cell are scaled alike, as in synaptic scaling (Turrigiano 2008).
    """
    synapses = engine.wiring.synapses[name.removesuffix(".w")]
    group = synapses.projection * engine.wiring.n_cells + synapses.j
    mean = np.bincount(group, weights) / np.maximum(np.bincount(group), 1)
    return weights * np.minimum(1.0, synapses.mean_cap / np.maximum(mean[group], 1e-30))
