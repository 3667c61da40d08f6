"""A Subject: one virtual monkey, a circuit whose synapses were grown by its own experience."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mirror_sim.base import cache
from mirror_sim.base.errors import unknown
from mirror_sim.circuit.checks import required_members
from mirror_sim.circuit.model import Circuit
from mirror_sim.engine import Engine, State, plan_blocks, run_blocks
from mirror_sim.engine.wiring import block_seeds, stream
from mirror_sim.scene.trials import Protocol
from mirror_sim.session.session import Session
from mirror_sim.subject.growth import Curriculum, Growth, Progress, grow
from mirror_sim.subject.recording import session_of


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
        return session_of(self, protocol, blocks, results)


def state_key(state: State) -> str:
    """Return a content key of a state."""
    return cache.digest({name: cache.array_digest(values) for name, values in state.items()})
