"""A Subject: one virtual monkey, a circuit whose synapses were grown by its own experience."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mirror_sim._errors import unknown
from mirror_sim.actions import MOVEMENT_TIME_S, REPERTOIRE, Action, get_action
from mirror_sim.circuit import Circuit, Population
from mirror_sim.engine import Block, BlockResult, Engine, State, cache, plan_blocks, run_blocks
from mirror_sim.engine.wiring import stream
from mirror_sim.session import Session
from mirror_sim.trials import CONDITIONS, Condition, Protocol, Sighting, Trial, make_trial

logger = logging.getLogger("mirror_sim")

Progress = Callable[[int, int], None]

VISIONS = ("own", "none", "late")

# Hides the own hand and nothing else, so that the object is seen in every curriculum.
_UNSEEN = Condition(name="execute-unseen", actor="self", viewpoint_deg=0.0, hand_visible=False)


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
        for action in self.actions:
            if isinstance(action, str):
                get_action(action)
            elif not isinstance(action, Action):
                raise ValueError(
                    f"Curriculum.actions holds {action!r}, which is neither an Action nor a name"
                )
        if self.vision not in VISIONS:
            raise unknown("vision", self.vision, VISIONS, where="Curriculum")
        if not 0 <= self.imitated_share <= 0.2:
            raise ValueError(
                f"Curriculum.imitated_share is {self.imitated_share}; it must be 0 to 0.2"
            )
        if self.max_actions < 1:
            raise ValueError(f"Curriculum.max_actions is {self.max_actions}; it must be at least 1")

    def trial(self, rng: np.random.Generator) -> Trial:
        """Draw one own action with what is seen of it."""
        action = self._action(rng)
        lit = self.vision == "own" and not self.shuffled
        condition = CONDITIONS["execute-light"] if lit else _UNSEEN
        events = {"object_on": 0.1, "movement_onset": 0.5, "dark_on": 0.0}
        trial = make_trial(condition, action, rng=rng, events_template=events, duration_s=4.1)
        seen = self._sighting(trial, rng)
        # Every draw is made in every curriculum, so that controls get the same movements.
        return replace(trial, sightings=seen)

    def _action(self, rng: np.random.Generator) -> Action:
        action = self.actions[int(rng.integers(len(self.actions)))]
        return get_action(action) if isinstance(action, str) else action

    def _sighting(self, trial: Trial, rng: np.random.Generator) -> tuple[Sighting, ...]:
        lag = rng.uniform(*self.imitation_lag_s)
        imitated = rng.random() < self.imitated_share
        shown = self._action(rng) if self.shuffled else trial.action
        human_s = rng.uniform(*MOVEMENT_TIME_S["human"])
        imitator_seed = int(rng.integers(2**31))
        onset = trial.events["movement_onset"]
        own = Sighting(
            action=shown,
            onset_s=onset,
            movement_time_s=trial.movement_time_s,
            hold_s=shown.hold_s,
            viewpoint_deg=0.0,
            seed=trial.seed,
        )
        imitation = replace(
            own,
            onset_s=onset + lag,
            movement_time_s=human_s,
            viewpoint_deg=180.0,
            seed=imitator_seed,
        )
        if self.vision == "none":
            return ()
        if self.vision == "late":
            return (replace(own, onset_s=trial.events["release"] + 0.2),)
        if self.shuffled:
            return (own, imitation) if imitated else (own,)
        return (imitation,) if imitated else ()


@dataclass(frozen=True)
class Growth:
    """How a Subject grew.

    Attributes
    ----------
    curve : DataFrame
        One row a block: own actions so far, mean plastic weight (nS) and its relative change.
    checkpoints : dict of int to state
        Plastic weights and biases after so many own actions, at about every fifth of the growth.
    """

    curve: pd.DataFrame
    checkpoints: dict[int, State] = field(default_factory=dict)


class Subject:
    """One virtual monkey.

    Make one with `Subject.grow` or `Subject.naive`.

    Attributes
    ----------
    circuit : Circuit
    seed : int
    state : dict of str to float array
        Synaptic weights (siemens, ``"<synapses>.w"``) and biases (ampere, ``"cells.bias"``).
    kind : str
        ``"grown"``, ``"naive"`` or the name of a control.
    growth : Growth or None
    """

    def __init__(
        self, engine: Engine, state: State, *, kind: str, growth: Growth | None = None
    ) -> None:
        self.engine, self.state, self.kind, self.growth = engine, dict(state), kind, growth

    @property
    def circuit(self) -> Circuit:
        """The circuit, as given."""
        return self.engine.circuit

    @property
    def seed(self) -> int:
        """The seed of wiring, tuning and experience."""
        return self.engine.seed

    @classmethod
    def naive(cls, circuit: Circuit, *, seed: int, **engine: object) -> Subject:
        """Return a Subject that has experienced nothing; parameters as in `grow`."""
        made = Engine(circuit, seed, **engine)  # type: ignore[arg-type]
        return cls(made, made.initial_state(), kind="naive")

    @classmethod
    def grow(
        cls,
        circuit: Circuit,
        *,
        seed: int,
        curriculum: Curriculum | None = None,
        progress: Progress | None = None,
        **engine: object,
    ) -> Subject:
        """Grow a Subject by its own actions, or read it from the cache.

        Parameters
        ----------
        circuit : Circuit
        seed : int
            Decides wiring, tuning, experience and noise.
        curriculum : Curriculum, optional
        progress : callable, optional
            Called with (own actions done, the most there will be).
        **engine
            ``dt_ms``, ``block_s`` and ``target`` of `Engine`.

        Returns
        -------
        Subject
            The same bits for the same arguments, interrupted and resumed or not.
        """
        plan = curriculum or Curriculum()
        made = Engine(circuit, seed, **engine)  # type: ignore[arg-type]
        key = cache.digest(
            circuit.digest(),
            seed,
            asdict(replace(plan, max_actions=1, tolerance=0.0)),
            made.dt_ms,
            made.block_s,
            made.target,
            cache.code_digest(),
        )
        folder = cache.cache_folder() / "growth" / key
        with cache.locked(folder):
            growth, state = _grow(made, plan, folder, progress)
        return cls(made, state, kind="grown", growth=growth)

    def at(self, n_actions: int) -> Subject:
        """Return this Subject as it was after so many own actions; see ``growth.checkpoints``."""
        points = self.growth.checkpoints if self.growth else {}
        if n_actions not in points:
            raise unknown("checkpoint", n_actions, [str(n) for n in points], where="Subject.at")
        state = {**self.state, **points[n_actions]}
        return Subject(self.engine, state, kind=f"after {n_actions} actions")

    def with_naive_weights(self) -> Subject:
        """Return this Subject with the plastic weights of before growth, its biases as grown."""
        initial = self.engine.initial_state()
        state = {**initial, "cells.bias": self.state["cells.bias"]}
        return Subject(self.engine, state, kind="naive weights")

    def permuted(self, *, within_cell: bool = False) -> Subject:
        """Return a Subject whose grown weights are shuffled.

        Parameters
        ----------
        within_cell : bool
            Shuffle among the synapses of each postsynaptic cell; else over the whole projection.
        """
        state = dict(self.state)
        rng = stream(self.seed, "permuted", str(within_cell))
        for name, synapses in self.engine.wiring.synapses.items():
            if synapses.rule is None:
                continue
            values = state[f"{name}.w"].copy()
            groups = synapses.projection * 1_000_000 + (synapses.j if within_cell else 0)
            order = np.argsort(groups, kind="stable")
            shuffled = np.lexsort((rng.random(len(groups)), groups))
            values[order] = state[f"{name}.w"][shuffled]
            state[f"{name}.w"] = values
        kind = "permuted within cells" if within_cell else "permuted"
        return Subject(self.engine, state, kind=kind)

    def cut(self, pre: str, post: str | None = None) -> Subject:
        """Return a Subject in which all synapses from `pre` (to `post`) are silent.

        Parameters
        ----------
        pre, post : str
            A population or an area; without `post`, every target.
        """
        sources = self._members(pre)
        targets = self._members(post) if post else None
        state = dict(self.state)
        for name, synapses in self.engine.wiring.synapses.items():
            group = self.engine.wiring.inputs if synapses.source == "inputs" else None
            parts = group if group is not None else self.engine.wiring.cells
            silent = np.zeros(len(synapses.i), dtype=bool)
            for source in sources:
                if source in parts:
                    part = parts[source]
                    silent |= (synapses.i >= part.start) & (synapses.i < part.stop)
            if targets is not None:
                wanted = np.zeros(self.engine.wiring.n_cells, dtype=bool)
                for target in targets:
                    wanted[self.engine.wiring.cells[target]] = True
                silent &= wanted[synapses.j]
            state[f"{name}.w"] = np.where(silent, 0.0, state[f"{name}.w"])
        return Subject(self.engine, state, kind=f"{pre} cut" + (f" from {post}" if post else ""))

    def _members(self, name: str) -> list[str]:
        populations = [p.name for p in self.circuit.populations]
        members = [p.name for p in self.circuit.populations if name in (p.name, p.area)]
        if not members:
            raise unknown(
                "population or area", name, [*self.circuit.areas, *populations], where="Subject.cut"
            )
        return members

    def run(
        self, protocol: Protocol, *, jobs: int = 1, progress: Progress | None = None
    ) -> Session:
        """Run a protocol, as one would a day at the rig.

        Parameters
        ----------
        protocol : Protocol
        jobs : int
            Blocks at a time; the session is the same bits for any number.
        progress : callable, optional
            Called with (blocks done, blocks in all).

        Returns
        -------
        Session
            Spikes of all cells of the cortical areas; the input cells are left out.
        """
        seeds = _seeds(self.seed, "session", protocol.name)
        blocks = plan_blocks(protocol.trials, self.engine.block_s, seeds)
        key = state_key(self.state)
        results = run_blocks(self.engine, blocks, self.state, key, jobs=jobs, progress=progress)
        return _session(self, protocol, blocks, results)


def state_key(state: State) -> str:
    """Return a content key of a state."""
    return cache.digest({name: cache.array_digest(values) for name, values in state.items()})


def _seeds(seed: int, *names: str) -> Iterator[int]:
    rng = stream(seed, *names)
    while True:
        yield int(rng.integers(2**31))


def _grow(
    engine: Engine, plan: Curriculum, folder: Path, progress: Progress | None
) -> tuple[Growth, State]:
    plastic = [f"{n}.w" for n, s in engine.wiring.synapses.items() if s.rule is not None]
    changing = [*plastic, "cells.bias"]
    rng = stream(engine.seed, "growth")
    seeds = _seeds(engine.seed, "growth blocks")
    state = dict(engine.initial_state())
    rows: list[dict[str, float]] = []
    history: list[tuple[int, State]] = [(0, {n: state[n] for n in changing})]
    done, chain = 0, ""
    while done < plan.max_actions and not _settled(rows, plan.tolerance):
        block, taken = _growth_block(engine, plan, rng, seeds, plan.max_actions - done)
        # A growth that ends earlier or later shares the blocks that are the same so far.
        chain = cache.digest(chain, repr(block))
        path = folder / f"block-{len(rows):04d}-{chain}.npz"
        stored = cache.load_arrays(path)
        if stored is None:
            result = engine.run_block(block, state, learning=True)
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
    return Growth(pd.DataFrame(rows), kept), state


def _curve_row(plastic: list[str], before: State, after: State, done: int) -> dict[str, float]:
    moved = [np.abs(after[n] - before[n]).mean() / after[n].mean() for n in plastic]
    row = {"actions": done, "change": float(np.mean(moved))}
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


def _session(
    subject: Subject, protocol: Protocol, blocks: Sequence[Block], results: Sequence[BlockResult]
) -> Session:
    engine = subject.engine
    times, cells, rows = [], [], []
    for number, (block, result) in enumerate(zip(blocks, results, strict=True)):
        offset = number * engine.block_s
        times.append(result.times_s + offset)
        cells.append(result.cells)
        for start, trial in zip(block.starts_s, block.trials, strict=True):
            rows.append(_trial_row(trial, offset + start))
    flat_times, flat_cells = np.concatenate(times), np.concatenate(cells)
    # Blocks follow each other and are sorted by time: a stable sort by cell keeps that order, and
    # small integers take the fast one.
    small = flat_cells.astype(np.min_scalar_type(engine.wiring.n_cells))
    order = np.argsort(small, kind="stable")
    metadata = {
        "study": protocol.name,
        "align": protocol.align,
        "subject_id": f"sim-{subject.seed}",
        "subject_seed": subject.seed,
        "subject_kind": subject.kind,
        "circuit": subject.circuit.name,
        "circuit_digest": subject.circuit.digest(),
        "dt_ms": engine.dt_ms,
        "block_s": engine.block_s,
        "source": protocol.source,
    }
    return Session(
        units=_units(subject),
        trials=pd.DataFrame(rows),
        spike_times=flat_times[order],
        spike_units=flat_cells[order].astype(np.int64),
        metadata=metadata,
    )


def _trial_row(trial: Trial, start: float) -> dict[str, object]:
    agent = {"self": "monkey", "other": "human", None: "none"}[trial.condition.actor]
    row: dict[str, object] = {
        "start_time": start,
        "stop_time": start + trial.duration_s,
        "condition": trial.condition.name,
        "agent": agent,
        "action": trial.action.name,
        "general_action": trial.action.general,
        "way": trial.action.way,
        "object": trial.action.thing.name,
        "viewpoint_deg": trial.condition.viewpoint_deg,
        "distance_m": trial.condition.distance_m,
        "tool": trial.condition.tool,
        "hand_visible": trial.condition.hand_visible,
        "object_visible": trial.condition.object_visible,
        "seed": trial.seed,
    }
    return row | {f"{name}_time": start + time for name, time in trial.events.items()}


def _units(subject: Subject) -> pd.DataFrame:
    """Make the units table; positions are drawn in a cube of 1 mm an area."""
    populations = [p for p in subject.circuit.populations if isinstance(p, Population)]
    areas = list(dict.fromkeys(p.area for p in populations))
    frames = []
    for p in populations:
        place = stream(subject.seed, "position", p.name).uniform(0, 1000, (p.n, 3))
        frames.append(
            pd.DataFrame(
                {
                    "area": p.area,
                    "population": p.name,
                    "cell_type": p.label,
                    "x_um": place[:, 0] + 5000.0 * areas.index(p.area),
                    "y_um": place[:, 1],
                    "z_um": place[:, 2],
                }
            )
        )
    units = pd.concat(frames, ignore_index=True)
    units.insert(0, "unit_id", np.arange(len(units)))
    return units
