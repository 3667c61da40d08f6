"""A Subject: one virtual monkey, a circuit whose synapses were shaped by what it experienced."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

import numpy as np

from mirror_sim.base import cache
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_number
from mirror_sim.circuit.checks import required_members
from mirror_sim.circuit.model import Circuit
from mirror_sim.engine import Block, Engine, State, plan_blocks, run_blocks
from mirror_sim.engine.wiring import block_seeds, stream
from mirror_sim.scene.trials import Protocol, Trial
from mirror_sim.senses.objects import seen_since
from mirror_sim.senses.registry import channel_of
from mirror_sim.senses.signals import check_features
from mirror_sim.session.session import Session
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.learning import Growth, Lesson, Progress, check_lesson, learn
from mirror_sim.subject.lesions import Silence, cut_synapses, drawn_cells
from mirror_sim.subject.recording import recorded_cells, session_of


class Subject:
    """One virtual monkey.

    Make one with `Subject.grow` or `Subject.naive`; its methods return other Subjects.

    Attributes
    ----------
    engine : Engine
        The circuit made ready to run: wiring, tuning, fixed weights.
    state : dict of str to float array
        What learning changes: plastic weights (siemens, ``"<synapses>.w"``) and the cells' biases
        (ampere, ``"cells.bias"``).
    silence : Silence
        Synapses that were cut and cells that are dead.
    kind : str
        ``"grown"``, ``"naive"`` or what was done to it, as in ``"permuted, STS cut"``.
    growth : Growth or None
        How it learned what it learned last; None if anything else was done to it since.
    lessons : int
        How often it learned.
    """

    def __init__(
        self,
        engine: Engine,
        state: State,
        *,
        kind: str,
        growth: Growth | None = None,
        silence: Silence | None = None,
        lessons: int = 0,
    ) -> None:
        self.engine, self.kind, self.growth, self.lessons = engine, kind, growth, lessons
        self.silence = silence if silence is not None else Silence.none(engine)
        learned = engine.initial_state().keys()
        for name in state:
            if name not in learned:
                raise unknown("array", name, sorted(learned), where="the state of a Subject")
        silenced = self.silence.applied(engine, state)
        self.state = {name: silenced[name] for name in learned}

    @property
    def circuit(self) -> Circuit:
        """The circuit, as given."""
        return self.engine.circuit

    @property
    def seed(self) -> int:
        """The seed of wiring, tuning and experience."""
        return self.engine.seed

    @property
    def run_state(self) -> State:
        """All that an engine is given to run this Subject: its state, and what is silent."""
        return self.silence.applied(self.engine, self.state)

    @classmethod
    @checked_arguments()
    def naive(cls, circuit: Circuit, *, seed: int, **engine: object) -> Subject:
        """Return a Subject that has experienced nothing; parameters as in `grow`."""
        made = Engine(circuit, seed, **engine)  # type: ignore[arg-type]
        return cls(made, made.initial_state(), kind="naive")

    @classmethod
    @checked_arguments()
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

        Raises
        ------
        ValueError
            If nothing in the circuit can learn.
        """
        naive = cls.naive(circuit, seed=seed, **engine)
        grown = naive.learn(curriculum or Curriculum(), progress=progress)
        grown.kind = "grown"
        return grown

    @checked_arguments()
    def grown_anew(
        self,
        curriculum: Curriculum,
        *,
        seed: int | None = None,
        circuit: Circuit | None = None,
    ) -> Subject:
        """Return a Subject of the same step, blocks and target that lived otherwise.

        Parameters
        ----------
        curriculum : Curriculum
        seed, circuit : optional
            This Subject's own if none is given.
        """
        own = self.engine
        return Subject.grow(
            circuit or own.circuit,
            seed=self.seed if seed is None else seed,
            curriculum=curriculum,
            dt_ms=own.dt_ms,
            block_s=own.block_s,
            target=own.target,
        )

    @checked_arguments()
    def learn(
        self,
        plan: Curriculum | Protocol,
        *,
        homeostasis_pA_per_hz_s: float | None = None,
        progress: Progress | None = None,
    ) -> Subject:
        """Return this Subject as it is after it lived through a lesson, or read it from the cache.

        What was cut stays cut, and dead cells stay dead.

        Parameters
        ----------
        plan : Curriculum or Protocol
            What it does and sees: trials that a curriculum draws, or those of a protocol in order.
        homeostasis_pA_per_hz_s : float, optional
            In place of the curriculum's, or of the default one's with a protocol; 0 keeps biases.
        progress : callable, optional
            Called with (trials done, the most there will be).

        Returns
        -------
        Subject
            With `growth`, its learning curve and checkpoints. The same bits, interrupted and
            resumed or not.

        Warns
        -----
        UserWarning
            If homeostasis came to hold a population by a current that no cell has: mostly cells
            that excite each other too much, and are silent by now.

        Raises
        ------
        ValueError
            If nothing in the circuit can learn, or a trial does not suit the circuit.

        Examples
        --------
        ::

            trained = monkey.learn(protocol)
            back = monkey.lesioned("M1.E", 0.4).learn(ms.Curriculum(max_actions=40))
        """
        lesson = self.lesson(plan, homeostasis_pA_per_hz_s)
        growth, state = learn(
            self.engine,
            self.state,
            self.silence,
            lesson,
            stream_name=self._next_lesson,
            progress=progress,
        )
        if isinstance(plan, Protocol):
            made = self._changed(f"learned {plan.name}", state)
        else:
            made = self._changed("grown" if self.lessons == 0 else "grown on", state)
        made.growth, made.lessons = growth, self.lessons + 1
        return made

    @property
    def _next_lesson(self) -> str:
        return "growth" if self.lessons == 0 else f"lesson {self.lessons}"

    def lesson(
        self, plan: Curriculum | Protocol, homeostasis_pA_per_hz_s: float | None = None
    ) -> Lesson:
        """Return what this Subject would learn from; raise what is wrong with it before any work.

        Parameters as in `learn`.
        """
        if isinstance(plan, Protocol):
            default, trials, tolerance = Curriculum(), plan.trials, 0.0
        elif isinstance(plan, Curriculum):
            default, tolerance = plan, plan.tolerance
            trials = plan.trials(stream(self.seed, self._next_lesson))
        else:
            raise ValueError(f"the lesson is {plan!r}, which is neither Curriculum nor Protocol")
        given = homeostasis_pA_per_hz_s
        rate = default.homeostasis_pA_per_hz_s if given is None else given
        lesson = Lesson(
            plan=plan,
            trials=trials,
            homeostasis_pA_per_hz_s=check_number(rate, "homeostasis_pA_per_hz_s", (0.0, 10.0)),
            active_share=default.active_share,
            tolerance=tolerance,
        )
        self.check(trials)
        check_lesson(self.engine, lesson, self._next_lesson)
        return lesson

    @property
    def checkpoints(self) -> dict[int, State]:
        """Weights and biases while it learned last, by the number of trials before.

        Raises
        ------
        ValueError
            If the Subject learned nothing.
        """
        if self.growth is None:
            raise ValueError(f"a {self.kind!r} Subject has no checkpoints; give one that grew")
        return self.growth.checkpoints

    @checked_arguments()
    def at(self, n_actions: int) -> Subject:
        """Return this Subject as it was after so many trials; see `checkpoints`."""
        points = self.checkpoints
        if n_actions not in points:
            raise unknown("checkpoint", n_actions, [str(n) for n in points], where="Subject.at")
        return self._changed(f"after {n_actions} actions", points[n_actions])

    def with_naive_weights(self) -> Subject:
        """Return this Subject with the plastic weights of before growth, its biases as grown."""
        initial = self.engine.initial_state()
        state = {**initial, "cells.bias": self.state["cells.bias"]}
        return self._changed("naive weights", state)

    @checked_arguments()
    def with_circuit(self, circuit: Circuit) -> Subject:
        """Return this Subject in another circuit, with all that it has learned.

        Everything that is not learned is the other circuit's: fixed weights, cells, inputs.

        Parameters
        ----------
        circuit : Circuit
            With the same populations, and the same plastic projections.

        Raises
        ------
        ValueError
            If the learned weights or biases do not fit the circuit.
        """
        own = self.engine
        made = Engine(circuit, self.seed, dt_ms=own.dt_ms, block_s=own.block_s, target=own.target)
        if made.initial_state().keys() != self.state.keys():
            raise ValueError(
                f"the projections of circuit {circuit.name!r} that learn are not those of this "
                "Subject; grow it anew"
            )
        for name, before in own.wiring.synapses.items():
            after = made.wiring.synapses.get(name)
            same = (
                after is not None
                and np.array_equal(before.i, after.i)
                and np.array_equal(before.j, after.j)
            )
            if not same and (before.rule is not None or name in self.silence.synapses):
                raise ValueError(
                    f"the synapses {name!r} of circuit {circuit.name!r} are not those that this "
                    "Subject has learned with, or that were cut; grow it anew"
                )
        if made.wiring.cells != own.wiring.cells:
            raise ValueError(
                f"the populations of circuit {circuit.name!r} are not those of this Subject; grow "
                "it anew"
            )
        kind = f"{self.kind}, circuit {circuit.name}"
        return Subject(made, self.state, kind=kind, silence=self.silence, lessons=self.lessons)

    def with_learned(self, state: State, what: str) -> Subject:
        """Return this Subject with another state; `what` tells in its kind how it came by it."""
        learned = self.engine.initial_state().keys()
        return self._changed(what, {n: array for n, array in state.items() if n in learned})

    @checked_arguments()
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
            live = np.flatnonzero(~self.silence.of(name, self.engine))
            groups = synapses.projection * 1_000_000 + (synapses.j if within_cell else 0)
            order = live[np.argsort(groups[live], kind="stable")]
            shuffled = live[np.lexsort((rng.random(len(live)), groups[live]))]
            values[order] = state[f"{name}.w"][shuffled]
            state[f"{name}.w"] = values
        return self._changed("permuted within cells" if within_cell else "permuted", state)

    @checked_arguments()
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
        silence = self.silence.with_synapses(cut_synapses(self.engine, pre, post))
        what = f"{pre} cut" + (f" from {post}" if post else "")
        return self._changed(what, self.state, silence)

    @checked_arguments()
    def lesioned(self, name: str, share: float) -> Subject:
        """Return a Subject in which a share of the cells is dead for good.

        Dead cells do not fire, neither receive nor send, and take no part in learning nor in
        homeostasis.

        Parameters
        ----------
        name : str
            A population or an area.
        share : float
            Share of the living cells of each of its populations, above 0, up to 1; which ones is
            drawn from the Subject's seed.

        Raises
        ------
        ValueError
            If there is no such population or area, the share is out of range, or so small that no
            cell would die.
        """
        check_number(share, "share", (1e-9, 1.0))
        names = required_members(name, self.circuit.populations, "Subject.lesioned")
        rng = stream(self.seed, "lesion", name)
        silence = self.silence
        wiring = self.engine.wiring
        groups = {
            "cells": (wiring.cells, wiring.n_cells),
            "inputs": (wiring.inputs, wiring.n_inputs),
        }
        for place, (parts, n_cells) in groups.items():
            alive = ~silence.dead if place == "cells" else np.ones(n_cells, dtype=bool)
            chosen = {n: parts[n] for n in names if n in parts}
            dead = drawn_cells(chosen, share, alive, rng)
            if chosen and not dead.any():
                raise ValueError(f"a share of {share:g} of {name!r} is less than one living cell")
            silence = silence.with_dead(dead, place, self.engine)
        return self._changed(f"{share:.0%} of {name} dead", self.state, silence)

    def _changed(self, what: str, state: State, silence: Silence | None = None) -> Subject:
        """Return a Subject of this state in which what is silent stays so."""
        kind = what if self.kind == "grown" else f"{self.kind}, {what}"
        return Subject(
            self.engine, state, kind=kind, silence=silence or self.silence, lessons=self.lessons
        )

    @checked_arguments()
    def run(
        self,
        protocol: Protocol,
        *,
        inputs: Sequence[str] = (),
        jobs: int = 1,
        progress: Progress | None = None,
    ) -> Session:
        """Run a protocol, as one would a day at the rig.

        Parameters
        ----------
        protocol : Protocol
        inputs : sequence of str
            Input populations, or areas with some, whose spikes are recorded, too.
        jobs : int
            Blocks at a time; the session is the same bits for any number.
        progress : callable, optional
            Called with (blocks done, blocks in all).

        Returns
        -------
        Session
            Spikes of all cells, then of the input cells that are asked for, whose cell_type is
            "input"; the cells' are the same bits whichever are.

        Raises
        ------
        ValueError
            If a trial does not suit the circuit, or it has no such population or area; said before
            any work.

        Warns
        -----
        UserWarning
            If no population hears a signal, and no learning rule reads it; or if another's hand is
            hidden at an object that was never in view.
        """
        names = [
            name
            for given in inputs
            for name in required_members(given, self.circuit.populations, "Subject.run, inputs")
        ]
        heard = [p for p in self.circuit.inputs if p.name in names]
        blocks = self.blocks(protocol)
        state = self.run_state
        kept = recorded_cells(self.engine, heard)[self.engine.wiring.n_cells :]
        results = run_blocks(
            self.engine,
            blocks,
            state,
            state_key(state),
            jobs=jobs,
            inputs=(kept - self.engine.wiring.n_cells).tolist(),
            progress=progress,
        )
        return session_of(self, protocol, blocks, results, inputs=heard)

    def blocks(self, protocol: Protocol) -> list[Block]:
        """Put a protocol into blocks; raise what is wrong with any trial before any work."""
        self.check(protocol.trials)
        seeds = block_seeds(self.seed, "session", protocol.name)
        blocks = plan_blocks(protocol.trials, self.engine.block_s, seeds)
        self.engine.check(blocks)
        return blocks

    def check(self, trials: Iterable[Trial]) -> None:
        """Raise what is wrong with trials for this circuit; warn of what nobody hears or sees."""
        heard = {channel_of(p.encodes) for p in self.circuit.inputs} | self.engine.factors.keys()
        missed: dict[str, None] = {}
        unseen: dict[str, None] = {}
        for trial in trials:
            for perturbation in trial.perturbations:
                self.engine.perturbed_cells(perturbation.target, perturbation.units)
                self.engine.window_of(trial, perturbation)
            for cells in self.circuit.inputs:
                check_features(trial, cells)
            missed |= dict.fromkeys(s.channel for s in trial.signals if s.channel not in heard)
            hidden = any(act.hidden_s and not act.own for act in trial.acts)
            if hidden and trial.objects and seen_since(trial) == np.inf:
                unseen[trial.condition] = None
        for channel in missed:
            others = ", ".join(sorted(heard - {""})) or "none"
            warnings.warn(
                f"no population of circuit {self.circuit.name!r} hears the signal {channel!r}; "
                f"channels that are heard: {others}",
                stacklevel=3,
            )
        for condition in unseen:
            warnings.warn(
                f"in trials of {condition!r} a hand is hidden at an object that was never in view; "
                "what units do then is no memory of the object",
                stacklevel=3,
            )


def state_key(state: State) -> str:
    """Return a content key of a state."""
    return cache.digest({name: cache.array_digest(values) for name, values in state.items()})
