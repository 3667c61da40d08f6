"""A Subject: one virtual monkey, a circuit whose synapses were grown by its own experience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mirror_sim.base import cache
from mirror_sim.base.errors import unknown
from mirror_sim.circuit.checks import required_members
from mirror_sim.circuit.model import Circuit, Population
from mirror_sim.engine import Block, BlockResult, Engine, State, plan_blocks, run_blocks
from mirror_sim.engine.wiring import block_seeds, stream
from mirror_sim.scene.trials import Protocol, Trial
from mirror_sim.session.session import Session
from mirror_sim.subject.growth import Curriculum, Growth, Progress, grow


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
        ``"grown"``, ``"naive"`` or what was done to it, as in ``"permuted, STS cut"``.
    growth : Growth or None
    """

    def __init__(
        self, engine: Engine, state: State, *, kind: str, growth: Growth | None = None
    ) -> None:
        self.engine, self.state, self.kind, self.growth = engine, dict(state), kind, growth
        self._cut: dict[str, np.ndarray] = {}  # synapses that stay silent whatever is changed

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
            The same bits for the same arguments, interrupted and resumed or not, on one kind of
            processor and with the same versions.
        """
        made = Engine(circuit, seed, **engine)  # type: ignore[arg-type]
        growth, state = grow(made, curriculum or Curriculum(), progress)
        return cls(made, state, kind="grown", growth=growth)

    @property
    def checkpoints(self) -> dict[int, State]:
        """Weights and biases during growth, by the number of own actions before.

        Raises
        ------
        ValueError
            If the Subject did not grow.
        """
        if self.growth is None:
            raise ValueError(f"a {self.kind!r} Subject has no checkpoints; give one that grew")
        return self.growth.checkpoints

    def at(self, n_actions: int) -> Subject:
        """Return this Subject as it was after so many own actions; see `checkpoints`."""
        points = self.checkpoints
        if n_actions not in points:
            raise unknown("checkpoint", n_actions, [str(n) for n in points], where="Subject.at")
        return self._changed(f"after {n_actions} actions", {**self.state, **points[n_actions]})

    def with_naive_weights(self) -> Subject:
        """Return this Subject with the plastic weights of before growth, its biases as grown."""
        initial = self.engine.initial_state()
        state = dict(self.state)
        for name, synapses in self.engine.wiring.synapses.items():
            if synapses.rule is not None:
                state[f"{name}.w"] = initial[f"{name}.w"]
        return self._changed("naive weights", state)

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
            live = np.flatnonzero(~self._silent(name))
            groups = synapses.projection * 1_000_000 + (synapses.j if within_cell else 0)
            order = live[np.argsort(groups[live], kind="stable")]
            shuffled = live[np.lexsort((rng.random(len(live)), groups[live]))]
            values[order] = state[f"{name}.w"][shuffled]
            state[f"{name}.w"] = values
        return self._changed("permuted within cells" if within_cell else "permuted", state)

    def cut(self, pre: str, post: str | None = None) -> Subject:
        """Return a Subject in which all synapses from `pre` (to `post`) are silent for good.

        Parameters
        ----------
        pre, post : str
            A population or an area; without `post`, every target.

        Raises
        ------
        ValueError
            If there is no such population or area, or no projection between them.
        """
        sources = required_members(pre, self.circuit.populations, "Subject.cut")
        targets = (
            set(required_members(post, self.circuit.populations, "Subject.cut")) if post else None
        )
        cut = {}
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
                for target in targets & self.engine.wiring.cells.keys():
                    wanted[self.engine.wiring.cells[target]] = True
                silent &= wanted[synapses.j]
            if silent.any():
                cut[name] = silent | self._silent(name)
        if not cut:
            raise ValueError(f"no projection goes from {pre} to {post or 'any other'}")
        what = f"{pre} cut" + (f" from {post}" if post else "")
        return self._changed(what, self.state, cut)

    def _silent(self, name: str) -> np.ndarray:
        none = np.zeros(len(self.engine.wiring.synapses[name].i), dtype=bool)
        return self._cut.get(name, none)

    def _changed(
        self, what: str, state: State, cut: Mapping[str, np.ndarray] | None = None
    ) -> Subject:
        """Return a Subject of this state in which what was cut before, and now, is silent."""
        cut = {**self._cut, **(cut or {})}
        state = {**state, **{f"{n}.w": np.where(c, 0.0, state[f"{n}.w"]) for n, c in cut.items()}}
        kind = what if self.kind == "grown" else f"{self.kind}, {what}"
        made = Subject(self.engine, state, kind=kind)
        made._cut = cut
        return made

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
        seeds = block_seeds(self.seed, "session", protocol.name)
        blocks = plan_blocks(protocol.trials, self.engine.block_s, seeds)
        key = state_key(self.state)
        results = run_blocks(self.engine, blocks, self.state, key, jobs=jobs, progress=progress)
        return _session(self, protocol, blocks, results)


def state_key(state: State) -> str:
    """Return a content key of a state."""
    return cache.digest({name: cache.array_digest(values) for name, values in state.items()})


def _session(
    subject: Subject, protocol: Protocol, blocks: Sequence[Block], results: Sequence[BlockResult]
) -> Session:
    engine = subject.engine
    rows = [
        _trial_row(trial, number * engine.block_s + start)
        for number, block in enumerate(blocks)
        for start, trial in zip(block.starts_s, block.trials, strict=True)
    ]
    times, units = _by_cell(results, engine.wiring.n_cells, engine.block_s)
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
        spike_times=times,
        spike_units=units,
        metadata=metadata,
    )


def _by_cell(
    results: Sequence[BlockResult], n_cells: int, block_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Put the spikes of blocks that follow each other in the order of a Session: cell by cell."""
    counts = np.stack([np.bincount(result.cells, minlength=n_cells) for result in results])
    total = counts.sum(axis=0)
    times, units = np.empty(total.sum()), np.repeat(np.arange(n_cells), total)
    place = np.cumsum(total) - total
    for number, result in enumerate(results):
        # Small integers take the fast sort; a stable one keeps the order of time.
        order = np.argsort(result.cells.astype(np.min_scalar_type(n_cells)), kind="stable")
        own = counts[number]
        to = np.repeat(place - (np.cumsum(own) - own), own) + np.arange(len(order))
        times[to] = (result.times_s + number * block_s)[order]
        place += own
    times.flags.writeable = units.flags.writeable = False
    return times, units


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
