"""An engine: a circuit made ready to run blocks of trials for one Subject."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.cache import code_digest, digest
from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_whole
from mirror_sim.base.sources import content
from mirror_sim.circuit.model import Circuit, InputPopulation
from mirror_sim.circuit.rules import Rule
from mirror_sim.engine.blocks import Block, BlockResult, State
from mirror_sim.engine.brian.structure import (
    CARRIED,
    FACTOR_COLUMNS,
    LEAST,
    SAMPLE_MS,
    STIM_COLUMNS,
    Structure,
    cell_traces,
)
from mirror_sim.engine.compile import build_ahead, is_compiled, platform_facts
from mirror_sim.engine.compiler import compiler
from mirror_sim.engine.process import by_arrival, run_block
from mirror_sim.engine.wiring import SynapseArrays, Wiring, draw_wiring, stream
from mirror_sim.scene.acts import Perturbation
from mirror_sim.scene.trials import Trial
from mirror_sim.senses.encoder import Encoder

logger = logging.getLogger("mirror_sim")

TARGETS = ("auto", "cpp", "numpy")
LONGEST_S = 3600.0
"""Of a block, whose inputs are held in memory."""

_OF_PLAIN_SYNAPSES = ("w", "slow_share")


class Engine:
    """A circuit made ready to run for one Subject.

    Parameters
    ----------
    circuit : Circuit
    seed : int
        Seed of wiring, cells and tuning.
    dt_ms : float
        Time step, at most 1, of which 10 ms are a multiple.
    block_s : float
        Length of a block, a multiple of 10 ms; the shortest that holds the longest trial wastes
        least.
    target : {"auto", "cpp", "numpy"}
        ``auto`` takes C++ where there is a compiler and says so where there is none.

    Attributes
    ----------
    wiring : Wiring
        Cells and synapses before growth.
    key : str
        Content key of all that shapes the engine's results but blocks and state.

    Raises
    ------
    ValueError
        If a value is not valid, or the circuit names an unknown learning rule or parameter.
    RuntimeError
        If the target is C++ and there is no compiler.
    """

    @checked_arguments()
    def __init__(
        self,
        circuit: Circuit,
        seed: int,
        *,
        dt_ms: float = 0.5,
        block_s: float = 22.5,
        target: str = "auto",
    ) -> None:
        self.seed = check_whole(seed, "seed", (0, 2**63))
        self.circuit, self.dt_ms, self.block_s = circuit, dt_ms, block_s
        self.target = _checked_target(target)
        _check_times(dt_ms, block_s)
        self.wiring: Wiring = draw_wiring(circuit, self.seed)
        self.encoders = [
            (
                self.wiring.inputs[p.name],
                Encoder.draw(p, seed=int(stream(seed, "tuning", p.name).integers(2**31))),
            )
            for p in circuit.populations
            if isinstance(p, InputPopulation)
        ]
        rules = [content(s.rule) for s in self.wiring.synapses.values() if s.rule is not None]
        senses = [content(encoder.sense) for _, encoder in self.encoders]
        self.key = digest(
            circuit.digest(),
            rules,
            senses,
            self.seed,
            dt_ms,
            block_s,
            platform_facts(self.target),
            code_digest(),
        )

    @property
    def _n_driven(self) -> int:
        return max(self.wiring.n_inputs, 1)  # Brian2 has no empty group; the one stays silent

    @cached_property
    def _order(self) -> dict[str, np.ndarray]:
        # The same for all blocks; an engine whose blocks are all in the cache needs none.
        return {name: by_arrival(s, self.dt_ms) for name, s in self.wiring.synapses.items()}

    @cached_property
    def _shared(self) -> dict[str, tuple[str, ...]]:
        """The numbers of each kind of synapses of which one value serves them all."""
        return {
            name: tuple(
                symbol
                for symbol in (
                    *([] if s.inhibitory else ["slow_share"]),
                    *(p.removesuffix("_ms") for p in (s.rule.parameters if s.rule else ())),
                )
                if len(s.i) >= LEAST and (s.values[symbol] == s.values[symbol][0]).all()
            )
            for name, s in self.wiring.synapses.items()
        }

    def _ruled(
        self, rules: bool
    ) -> Iterator[tuple[str, SynapseArrays, Rule | None, tuple[str, ...]]]:
        """Yield each kind of synapses, its rule in a model with or without rules, what is shared.

        Rules that change what a spike transmits are in both.
        """
        for name, synapses in self.wiring.synapses.items():
            rule, shared = synapses.rule, self._shared[name]
            if rule is not None and not (rules or rule.efficacy):
                rule, shared = None, tuple(n for n in shared if n in _OF_PLAIN_SYNAPSES)
            yield name, synapses, rule, shared

    @property
    def _n_samples(self) -> int:
        return round(self.block_s * 1e3 / SAMPLE_MS)

    def structure(self, n_recorded: int = 0, *, learning: bool = False) -> Structure:
        """Return what the generated code of this engine depends on.

        A model without rules, whose plastic synapses are plain ones, takes a third less time.
        """
        return Structure(
            n_inputs=self._n_driven,
            n_cells=self.wiring.n_cells,
            synapses=tuple(
                (name, s.source, rule, s.inhibitory, len(s.i), shared)
                for name, s, rule, shared in self._ruled(learning)
            ),
            dt_ms=self.dt_ms,
            n_samples=self._n_samples,
            n_recorded=n_recorded,
        )

    def initial_state(self) -> State:
        """Return what learning changes, as it is before: plastic weights and the cells' biases.

        Returns
        -------
        dict
            ``"<synapses>.w"`` (siemens) and ``"cells.bias"`` (ampere).
        """
        plastic = {name: s for name, s in self.wiring.synapses.items() if s.rule is not None}
        weights = {f"{name}.w": s.values["w"] for name, s in plastic.items()}
        return {**weights, "cells.bias": self.wiring.cell_values["bias"]}

    def check(self, blocks: Iterable[Block]) -> None:
        """Raise what is wrong with any of the blocks, before the first is run.

        What senses of the package give needs no look; those of users can fail in any trial.
        """
        for block in blocks:
            self.stimulation(block)
            for _, encoder in self.encoders:
                if not encoder.sense.of_package:
                    for _ in self._shown(block, encoder):
                        pass

    def drive(self, block: Block) -> np.ndarray:
        """Return the input cells' rates, shape (n_samples, n_inputs), spikes/s."""
        n_samples = self._n_samples
        rates = np.zeros((n_samples, self._n_driven))
        for part, encoder in self.encoders:
            rates[:, part] = encoder.cells.baseline_hz
            for first, shown in self._shown(block, encoder):
                rates[first : first + len(shown), part] = shown[: n_samples - first]
        return rates

    @staticmethod
    def _shown(block: Block, encoder: Encoder) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the rates of a population in each trial, and in which sample they begin."""
        seed = int(stream(block.seed, "sense", encoder.cells.name).integers(2**31))
        for number, (start, trial) in enumerate(zip(block.starts_s, block.trials, strict=True)):
            yield round(start * 1e3 / SAMPLE_MS), encoder.rates(trial, seed=(seed, number))

    def stimulation(self, block: Block) -> tuple[np.ndarray, np.ndarray]:
        """Return perturbation currents (samples x columns, ampere) and each cell's column.

        A current ends with its trial at the latest. Cells of equal time course share a column;
        column 0 is "no current".
        """
        courses: dict[int, np.ndarray] = {}
        for start, trial in zip(block.starts_s, block.trials, strict=True):
            for perturbation in trial.perturbations:
                window_s = self.window_of(trial, perturbation)
                first, last = (round((start + t) * 1e3 / SAMPLE_MS) for t in window_s)
                for cell in self.perturbed_cells(perturbation.target, perturbation.units):
                    course = courses.setdefault(int(cell), np.zeros(self._n_samples))
                    course[first:last] += perturbation.current_pA * 1e-12
        stim = np.zeros((self._n_samples, STIM_COLUMNS))
        slot = np.zeros(self.wiring.n_cells, dtype=np.int32)
        columns: dict[bytes, int] = {}
        for cell, course in courses.items():
            column = columns.setdefault(course.tobytes(), len(columns) + 1)
            if column >= STIM_COLUMNS:
                raise ValueError(
                    f"a block has more than {STIM_COLUMNS - 1} different perturbation courses; "
                    "a smaller block_s puts fewer trials into one"
                )
            stim[:, column], slot[cell] = course, column
        return stim, slot

    @staticmethod
    def window_of(trial: Trial, perturbation: Perturbation) -> tuple[float, float]:
        """Return from when to when a perturbation lasts in a trial, seconds from its start.

        Raises
        ------
        ValueError
            If that is shorter than the time step of inputs.
        """
        begin, end = max(perturbation.start_s, 0.0), min(perturbation.stop_s, trial.duration_s)
        if end - begin < SAMPLE_MS * 1e-3 - 1e-9:
            raise ValueError(
                f"a perturbation of {perturbation.target} from {begin:g} to {end:g} s is shorter "
                f"than {SAMPLE_MS:g} ms, or outside its trial of {trial.duration_s:g} s"
            )
        return begin, end

    def perturbed_cells(self, target: str, units: Sequence[int] | None) -> np.ndarray:
        """Return the indices of a population's cells, or of those listed of it."""
        if target not in self.wiring.cells:
            raise unknown("population", target, list(self.wiring.cells), where="a perturbation")
        part = self.wiring.cells[target]
        everyone = np.arange(part.start, part.stop)
        if units is None:
            return everyone
        if max(units) >= len(everyone):
            raise ValueError(
                f"a perturbation of {target} names a unit of {list(units)} that is not in 0 to "
                f"{len(everyone) - 1}"
            )
        return everyone[list(units)]

    @cached_property
    def factors(self) -> dict[str, int]:
        """Channels of the rules' third factors, and the column of each."""
        rules = [s.rule for s in self.wiring.synapses.values() if s.rule is not None]
        channels = dict.fromkeys(rule.third_factor for rule in rules if rule.third_factor)
        if len(channels) >= FACTOR_COLUMNS:
            raise ValueError(
                f"the rules read {len(channels)} third factors; at most {FACTOR_COLUMNS - 1} can be"
            )
        return {channel: number + 1 for number, channel in enumerate(channels)}

    def _factor_courses(self, block: Block) -> np.ndarray:
        """Return the level of each third factor, shape (n_samples, n_columns)."""
        courses = np.zeros((self._n_samples, FACTOR_COLUMNS))
        for start, trial in zip(block.starts_s, block.trials, strict=True):
            for signal in (s for s in trial.signals if s.channel in self.factors):
                first, last = (
                    round((start + time_s) * 1e3 / SAMPLE_MS)
                    for time_s in (signal.start_s, signal.stop_s)
                )
                courses[first:last, self.factors[signal.channel]] += signal.level
        return courses

    def values(
        self, block: Block, state: State, learning: bool, *, rules: bool | None = None
    ) -> dict[str, np.ndarray]:
        """Return every array that a block is run with, by Brian2 name ("object.variable").

        A model may have rules and not learn; by default it has them if it learns.
        """
        rules = learning if rules is None else rules
        self._check_state(state)
        stim, slot = self.stimulation(block)
        arrays: dict[str, np.ndarray] = {"drive.values": self.drive(block), "stim.values": stim}
        for name, value in self.wiring.cell_values.items():
            arrays[f"cells.{name}"] = value
        arrays["cells.v"] = self.wiring.cell_values["EL"]
        arrays["cells.slot"] = slot
        for name, constant in self.wiring.shared.items():
            arrays[f"cells.{name}"] = np.array([constant])
        for group in ("cells", "inputs"):
            arrays[f"{group}.block_seed"] = np.array([block.seed & 0x7FFFFFFF], dtype=np.int32)
        for name, synapses, rule, shared in self._ruled(rules):
            for variable, value in synapses.values.items():
                if rule or synapses.rule is None or variable in _OF_PLAIN_SYNAPSES:
                    arrays[f"{name}.{variable}"] = value[:1] if variable in shared else value
            if rule:
                arrays |= self._rule_values(name, rule, block, learning)
        used = self._used(rules)
        return {**arrays, **{name: array for name, array in state.items() if name in used}}

    def _rule_values(
        self, name: str, rule: Rule, block: Block, learning: bool
    ) -> dict[str, np.ndarray]:
        """Return what a rule is run with besides the values of its synapses, or in their place."""
        values, shared = self.wiring.synapses[name].values, self._shared[name]
        arrays: dict[str, np.ndarray] = {}
        for trace in cell_traces(rule, shared).values():
            arrays |= {f"cells.{name}_{symbol}": values[symbol][:1] for symbol in trace.parameters}
        if not learning:
            arrays[f"{name}.eta"] = np.zeros(len(values["w"]))
        if rule.third_factor:
            column = self.factors[rule.third_factor]
            arrays[f"{name}.channel"] = np.full(len(values["w"]), column, dtype=np.int32)
            arrays["factor.values"] = self._factor_courses(block)
        return arrays

    def _used(self, rules: bool) -> set[str]:
        """Return the names that a state may set in a model with or without rules."""
        names = {"cells.bias", *(f"cells.{name}" for name in CARRIED)}
        for name, _, rule, shared in self._ruled(rules):
            names.add(f"{name}.w")
            if rule:
                names |= {f"{name}.{n}" for n in (*rule.trace_names, "lastupdate", "eta")}
                kept = cell_traces(rule, shared)
                names = (names - {f"{name}.{n}" for n in kept}) | {
                    f"cells.{name}_{n}" for n in kept
                }
        return names

    def _check_state(self, state: State) -> None:
        valid = self._used(rules=True)
        for name, array in state.items():
            if name not in valid:
                raise unknown("array", name, sorted(valid), where="a state")
            owner = name.split(".")[0]
            cells = owner == "cells"
            shape = (self.wiring.n_cells if cells else len(self.wiring.synapses[owner].i),)
            if array.shape != shape or array.dtype != np.float64:
                raise ValueError(
                    f"state {name!r} has shape {array.shape} and type {array.dtype}; this engine's "
                    f"has {shape} and float64"
                )
            if not np.isfinite(array).all():
                raise ValueError(f"state {name!r} holds values that are not finite")

    @checked_arguments()
    def run_block(
        self,
        block: Block,
        state: State,
        *,
        learning: bool = False,
        carry: bool = False,
        record: Sequence[int] = (),
        stop: threading.Event | None = None,
    ) -> BlockResult:
        """Simulate one block.

        Parameters
        ----------
        block : Block
        state : dict of str to float array
            Weights and biases, see `initial_state`, and what was carried from the block before.
        learning : bool
            Whether the plastic weights change.
        carry : bool
            Whether the result holds what a next block goes on from.
        record : sequence of int
            Cells whose voltage and conductances are returned; they need a binary of their own,
            which is compiled once.
        stop : threading.Event, optional
            Ends the run when set, by a `RuntimeError`.

        Raises
        ------
        ValueError
            If the state is not of this engine, or a cell to record or perturb does not exist.
        RuntimeError
            If the model does not compile or the simulation fails.
        """
        self.check_recorded(record)
        rules = learning or self.rules_are_at_hand(len(record))
        return run_block(
            self.structure(len(record), learning=rules),
            self.wiring,
            self.values(block, state, learning, rules=rules),
            self._order,
            target=self.target,
            learning=learning,
            carry=carry,
            record=record,
            stop=stop,
        )

    def check_recorded(self, record: Sequence[int]) -> None:
        """Raise a ValueError if a cell to record does not exist."""
        for cell in record:
            if not 0 <= cell < self.wiring.n_cells:
                raise ValueError(
                    f"cannot record cell {cell}; the cells are 0 to {self.wiring.n_cells - 1}"
                )

    def rules_are_at_hand(self, n_recorded: int = 0) -> bool:
        """Return whether only the model with rules is compiled; at a rate of 0 it does as well."""
        models = (self.structure(n_recorded, learning=rules) for rules in (True, False))
        return self.target == "cpp" and [is_compiled(model) for model in models] == [True, False]

    def compile_ahead(self) -> None:
        """Start to compile the model without rules, while something else goes on.

        What goes wrong is said when the model is needed.
        """
        if self.target == "cpp":
            build_ahead(self.structure())

    def block_key(self, block: Block, state_key: str, record: Sequence[int] = ()) -> str:
        """Return the content key of a block's result."""
        return digest(self.key, state_key, content(block), [int(cell) for cell in record])


def _checked_target(target: str) -> str:
    if target not in TARGETS:
        raise unknown("target", target, TARGETS)
    if target == "numpy" or compiler():
        return "numpy" if target == "numpy" else "cpp"
    if target == "cpp":
        raise RuntimeError("target 'cpp' needs g++ and make; install them or use target 'numpy'")
    logger.warning("no C++ compiler (g++ and make) found: running on NumPy, ten times slower")
    return "numpy"


def _check_times(dt_ms: float, block_s: float) -> None:
    def whole(count: float) -> bool:
        return abs(count - round(count)) < 1e-6

    if not (0 < dt_ms <= 1 and whole(SAMPLE_MS / dt_ms)):
        raise ValueError(
            f"dt_ms is {dt_ms}; it must be above 0, at most 1, and go into {SAMPLE_MS:g} ms"
        )
    if not (0.02 <= block_s <= LONGEST_S and whole(block_s * 1e3 / SAMPLE_MS)):
        raise ValueError(
            f"block_s is {block_s}; it must be a multiple of 0.01, from 0.02 to {LONGEST_S:g}"
        )
