"""Cells, populations, projections and the circuit that they form: plain validated data.

Nothing here runs: a `Circuit` is a value that can be printed, compared, hashed, saved as TOML and
changed by methods which return a new circuit. All numbers are plain floats whose names carry the
unit.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.base.files import atomic_path
from mirror_sim.base.records import check_fields, check_keywords, check_number, record, required
from mirror_sim.circuit import toml as io
from mirror_sim.circuit.checks import (
    check_circuit,
    check_population,
    matching,
    members,
    parts,
    pool,
)
from mirror_sim.circuit.markdown import markdown
from mirror_sim.circuit.parts import Cell, InputPopulation, Plasticity, Population, Projection
from mirror_sim.circuit.rules import OF_EVERY_RULE

__all__ = ["Cell", "Circuit", "InputPopulation", "Plasticity", "Population", "Projection"]

CONSTANT_RANGES = {
    "E_exc_mV": (-40.0, 60.0),
    "E_inh_mV": (-100.0, -50.0),
    "tau_ampa_ms": (0.1, 50.0),
    "tau_nmda_ms": (1.0, 1000.0),
    "tau_gaba_ms": (0.1, 200.0),
    "noise_tau_ms": (0.1, 1000.0),
    "slow_noise_tau_ms": (10.0, 10_000.0),
}


@record
class Circuit:
    """Populations and the projections between them, with the constants of their synapses.

    Conductances decay exponentially; an excitatory one is split into a fast (AMPA) and a slow
    (NMDA) share. Wherever a method takes ``pre`` and ``post``, either may be a population's name, a
    joined name (``"F5.E+F5.PTN"``) or an area. An area stands for every endpoint which lies in it;
    a name that is both an area's and a population's stands for the population.

    Parameters
    ----------
    name : str
        Name of the circuit.
    populations : sequence of Population and InputPopulation
        Their order counts: cells are numbered in it.
    projections : sequence of Projection
        At most one from the same ``pre`` to the same ``post``.
    E_exc_mV, E_inh_mV : float
        Reversal potentials of excitatory and inhibitory synapses.
    tau_ampa_ms, tau_nmda_ms, tau_gaba_ms : float
        Decay times of the fast excitatory, slow excitatory and inhibitory conductances.
    noise_tau_ms, slow_noise_tau_ms : float
        Correlation times of the fast and the slow part of the background currents.
    source : str
        Where circuit and constants come from.

    Raises
    ------
    ValueError
        For a name declared twice, an endpoint that does not exist, a cell whose synapse has not its
        sign, an input population as a target, a number that is not plausible.

    Examples
    --------
    >>> rs = Cell(name="RS", C_pF=200, gL_nS=10, EL_mV=-63, VT_mV=-50, deltaT_mV=2, Vcut_mV=-40,
    ...           Vreset_mV=-55, t_ref_ms=5, a_nS=0, b_pA=1, tau_w_ms=500)
    >>> circuit = Circuit(
    ...     name="two areas",
    ...     populations=[
    ...         InputPopulation(name="STS", area="STS", n=480, encodes="hand", baseline_hz=2,
    ...                         peak_hz=60),
    ...         Population(name="PFG.E", area="PFG", cell=rs, n=400, sign="excitatory",
    ...                    label="pyramidal"),
    ...     ],
    ...     projections=[Projection(pre="STS", post="PFG.E", p=0.15, weight_nS=0.1, delay_ms=6)],
    ... )
    >>> circuit.with_projection("STS", "PFG", weight_nS=0.8).projection("STS", "PFG.E").weight_nS
    0.8
    >>> circuit.with_projection("STS", "PFG", delay=3)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: unknown field 'delay' in Projection 'STS -> PFG'. Did you mean 'delay_ms'? ...
    """

    name: str
    populations: tuple[Population | InputPopulation, ...]
    projections: tuple[Projection, ...] = ()
    E_exc_mV: float = 0.0
    E_inh_mV: float = -80.0
    tau_ampa_ms: float = 5.0
    tau_nmda_ms: float = 100.0
    tau_gaba_ms: float = 5.0
    noise_tau_ms: float = 5.0
    slow_noise_tau_ms: float = 200.0
    source: str = ""

    def __post_init__(self) -> None:
        check_fields(self, f"Circuit {self.name!r}", CONSTANT_RANGES)
        check_circuit(self.populations, self.projections)

    @property
    def areas(self) -> tuple[str, ...]:
        """Names of the areas, in the order of the populations."""
        return tuple(dict.fromkeys(population.area for population in self.populations))

    @property
    def inputs(self) -> tuple[InputPopulation, ...]:
        """The input populations."""
        return tuple(p for p in self.populations if isinstance(p, InputPopulation))

    @property
    def cells(self) -> tuple[Population, ...]:
        """The populations of simulated cells."""
        return tuple(p for p in self.populations if isinstance(p, Population))

    @property
    def n_cells(self) -> int:
        """Number of simulated cells, inputs not counted."""
        return sum(population.n for population in self.cells)

    @checked_arguments()
    def population(self, name: str) -> Population | InputPopulation:
        """Return the population of this name.

        Raises
        ------
        ValueError
            If there is none; the message names the nearest.
        """
        check_population(name, self.populations, f"Circuit {self.name!r}")
        return next(p for p in self.populations if p.name == name)

    @checked_arguments()
    def projection(self, pre: str, post: str) -> Projection:
        """Return the one projection from `pre` to `post`.

        Raises
        ------
        ValueError
            If there is none or, between areas, more than one; the message lists them.
        """
        found = self._existing(pre, post)
        if len(found) > 1:
            names = ", ".join(projection.name for projection in found)
            raise ValueError(f"'{pre} -> {post}' stands for {len(found)} projections: {names}")
        return found[0]

    @checked_arguments()
    def in_degree(self, projection: Projection) -> int:
        """Return the number of synapses that each postsynaptic cell gets from a projection.

        It is ``p`` times the pooled presynaptic cells, rounded, at least 1, and at most their
        number, a cell itself excepted.
        """
        pool = sum(self.population(name).n for name in parts(projection.pre))
        recurrent = bool(set(parts(projection.pre)) & set(parts(projection.post)))
        return min(max(round(projection.p * pool), 1), pool - recurrent)

    @checked_arguments()
    def with_population(
        self, population: Population | InputPopulation | str, **changes: Any
    ) -> Circuit:
        """Return a circuit with a population added, replaced or changed.

        Parameters
        ----------
        population : Population, InputPopulation or str
            An object replaces the population of its name, else is added. A name asks for `changes`.
        **changes
            New values of the named population's fields.

        Raises
        ------
        ValueError
            For an unknown name or field, or a value that is not valid.
        """
        if isinstance(population, str):
            old = self.population(population)
            check_keywords(type(old), changes, f"{type(old).__name__} {population!r}")
            new = replace(old, **changes)
        elif changes:
            raise ValueError("with_population takes changes for a population's name, not an object")
        else:
            old = new = population
        name = getattr(old, "name", None)
        kept = [new if p.name == name else p for p in self.populations]
        if new not in kept:
            kept.append(new)
        return replace(self, populations=tuple(kept))

    @checked_arguments()
    def without_population(self, name: str) -> Circuit:
        """Return a circuit without a population, or without all those of an area.

        Projections lose it from joined endpoints, and go where an endpoint would be empty.

        Raises
        ------
        ValueError
            If neither population nor area has the name.
        """
        gone = members(name, self.populations)
        if not gone:
            check_population(name, self.populations, f"Circuit {self.name!r}")
        left = []
        for projection in self.projections:
            pre, post = (
                "+".join(name for name in parts(end) if name not in gone)
                for end in (projection.pre, projection.post)
            )
            if pre and post:
                left.append(replace(projection, pre=pre, post=post))
        populations = tuple(p for p in self.populations if p.name not in gone)
        return replace(self, populations=populations, projections=tuple(left))

    @checked_arguments()
    def with_projection(
        self, pre: Projection | str, post: str | None = None, **changes: Any
    ) -> Circuit:
        """Return a circuit with projections added, replaced or changed.

        Parameters
        ----------
        pre : Projection or str
            A Projection replaces the one with its endpoints, else is added.
        post : str
            With `pre`, says which projections are changed: all of them, between areas. Where none
            exists one is added, if `changes` give it ``p``, ``weight_nS`` and ``delay_ms``; an area
            then stands for its cells, as `pre` for those of the synapse's sign.
        **changes
            New values of fields of `Projection`.

        Raises
        ------
        ValueError
            For an unknown area, population or field, a value that is not valid, or too few fields
            for a new projection.
        """
        if not isinstance(pre, str) or post is None:
            if not isinstance(pre, Projection) or post is not None or changes:
                raise ValueError("with_projection takes one Projection, or pre, post and changes")
            found = matching(pre.pre, pre.post, self.populations, self.projections)
            if found:
                return self._replaced({found[0].name: pre})
            return replace(self, projections=(*self.projections, pre))
        where = f"Projection '{pre} -> {post}'"
        check_keywords(Projection, changes, where)
        found = matching(pre, post, self.populations, self.projections)
        if found:
            return self._replaced({old.name: replace(old, **changes) for old in found})
        lacking = [name for name in required(Projection)[2:] if name not in changes]
        if lacking:
            raise ValueError(
                f"{where} does not exist; to add it give also {', '.join(lacking)}. "
                f"Existing: {', '.join(p.name for p in self.projections)}"
            )
        sign = changes.get("synapse", "excitatory")
        senders = [p for p in self.populations if p.sign == sign]
        new = Projection(pre=pool(pre, senders), post=pool(post, self.cells), **changes)
        return replace(self, projections=(*self.projections, new))

    @checked_arguments()
    def without_projection(self, pre: str, post: str) -> Circuit:
        """Return a circuit without the projections from `pre` to `post`.

        Raises
        ------
        ValueError
            If there is none; the message lists those that exist.
        """
        gone = self._existing(pre, post)
        return replace(self, projections=tuple(p for p in self.projections if p not in gone))

    @checked_arguments()
    def with_plasticity(
        self, pre: str, post: str, *, rule: str, source: str = "", **parameters: float
    ) -> Circuit:
        """Return a circuit in which existing projections learn by a rule.

        Between areas it changes the plastic projections, or all where none is plastic. Parameters
        that are not given keep their values where the rule stays the same. Where it changes, only
        the learning rate ``eta`` and the bounds ``w_max_nS`` and ``mean_cap_nS`` are kept,
        which every rule has.

        Raises
        ------
        ValueError
            If no such projection exists, or a parameter is not a number within its range.
        """
        found = self._existing(pre, post)
        changed = {}
        for old in [p for p in found if p.plasticity] or found:
            kept: dict[str, float] = {}
            if old.plasticity is not None:
                same = old.plasticity.rule == rule
                kept = {
                    name: value
                    for name, value in old.plasticity.parameters.items()
                    if same or name in OF_EVERY_RULE
                }
            new = Plasticity(rule=rule, parameters={**kept, **parameters}, source=source)
            changed[old.name] = replace(old, plasticity=new)
        return self._replaced(changed)

    @checked_arguments()
    def scaled(self, factor: float) -> Circuit:
        """Return a circuit with `factor` times the cells and the same synapses on each.

        Every population's ``n`` is multiplied and rounded. Each cell keeps the number and the
        weights of its synapses, so that its input has the same mean and fluctuates as much; ``p``
        changes by as much as the presynaptic cells do the other way. Where too few of them are
        left for that, all connect, and weights, and learning parameters that are weights (ending
        in ``_nS``), grow to keep the mean input.

        Raises
        ------
        ValueError
            If the factor is not positive, or so small that a population would be empty.
        """
        check_number(factor, "factor", (1e-6, 1e6))
        sizes = {p.name: round(p.n * factor) for p in self.populations}
        for name, size in sizes.items():
            if size < 1:
                raise ValueError(f"factor is {factor:g}, so small that {name!r} would be empty")
        resized = replace(
            self, populations=tuple(replace(p, n=sizes[p.name]) for p in self.populations)
        )
        scaled = {}
        for old in self.projections:
            n_synapses = self.in_degree(old)
            n_senders = sum(sizes[name] for name in parts(old.pre))
            new = replace(old, p=min(n_synapses / n_senders, 1.0))
            growth = n_synapses / resized.in_degree(new)
            scaled[old.name] = _with_weights(new, growth)
        return resized._replaced(scaled)

    def digest(self) -> str:
        """Return the SHA-256 (hex) of all that defines the circuit; `source` texts do not count."""
        return io.digest(self)

    @checked_arguments()
    def to_toml(self, path: str | Path) -> None:
        """Write the circuit to a TOML file, without loss."""
        with atomic_path(path) as temporary:
            temporary.write_text(io.toml_text(self), encoding="utf-8", newline="\n")

    @classmethod
    @checked_arguments()
    def from_toml(cls, source: str | Path) -> Circuit:
        """Read a circuit from a TOML file's path, or from a TOML text.

        Raises
        ------
        ValueError
            If the text is no TOML, is not of a circuit, or its circuit is not valid.
        FileNotFoundError
            If there is no such file.
        """
        text, where = io.read_text(source)
        try:
            return cls(**io.parse(text))
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error

    def to_markdown(self) -> str:
        """Return the circuit as the tables in which Nordlie et al. (2009) describe a model."""
        return markdown(self)

    def __str__(self) -> str:
        return io.summary(self)

    def __repr__(self) -> str:
        return f"<{io.headline(self)}>"

    def _existing(self, pre: str, post: str) -> list[Projection]:
        found = matching(pre, post, self.populations, self.projections)
        if not found:
            raise unknown("projection", f"{pre} -> {post}", [p.name for p in self.projections])
        return found

    def _replaced(self, new: dict[str, Projection]) -> Circuit:
        return replace(self, projections=tuple(new.get(p.name, p) for p in self.projections))


def _with_weights(projection: Projection, factor: float) -> Projection:
    """Multiply the weights of a projection, and those its learning is bounded by."""
    plasticity = projection.plasticity
    if plasticity is not None:
        numbers = {
            name: value * factor if name.endswith("_nS") else value
            for name, value in plasticity.parameters.items()
        }
        plasticity = replace(plasticity, parameters=numbers)
    return replace(projection, weight_nS=projection.weight_nS * factor, plasticity=plasticity)
