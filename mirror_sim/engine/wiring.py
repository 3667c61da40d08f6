"""Draw one Subject's cells and synapses from a circuit: plain arrays in SI units.

Each population and each projection has a random stream of its own, made from the seed and its
name, so that adding or removing one leaves all the others as they were. Every postsynaptic cell
gets the same number of synapses from a projection; array sizes thus do not depend on the seed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mirror_sim.base.errors import unknown
from mirror_sim.circuit.model import Circuit, InputPopulation, Population, Projection
from mirror_sim.circuit.rules import OF_EVERY_RULE, RULES, Rule, checked_numbers

KEYS_AT_ONCE = 4_000_000
MOST_SYNAPSES = 2**31 - 1

# Brian2 variable: (field of Cell, factor to SI)
_CELL_FIELDS = {
    "C": ("C_pF", 1e-12),
    "gL": ("gL_nS", 1e-9),
    "EL": ("EL_mV", 1e-3),
    "VT": ("VT_mV", 1e-3),
    "DT": ("deltaT_mV", 1e-3),
    "V_cut": ("Vcut_mV", 1e-3),
    "V_reset": ("Vreset_mV", 1e-3),
    "t_ref": ("t_ref_ms", 1e-3),
    "a": ("a_nS", 1e-9),
    "b": ("b_pA", 1e-12),
    "tau_w": ("tau_w_ms", 1e-3),
}


@dataclass(frozen=True)
class SynapseArrays:
    """All synapses of one kind.

    Attributes
    ----------
    source : str
        ``"inputs"`` or ``"cells"``, the presynaptic group.
    rule : Rule or None
        The learning rule, None where weights are fixed.
    inhibitory : bool
        Whether the conductance is GABA's.
    i, j : int arrays, shape (n_synapses,)
        Pre- and postsynaptic index, sorted by i.
    delay : float array, shape (n_synapses,)
        Seconds.
    values : dict of str to float array, shape (n_synapses,)
        Weights (siemens) and parameters.
    projection : int array, shape (n_synapses,)
        Position of the synapse's projection in the circuit.
    mean_cap : float array, shape (n_synapses,) or (0,)
        Where plastic (else empty), the most that a cell's synapses of the projection may weigh on
        average.
    """

    source: str
    rule: Rule | None
    inhibitory: bool
    i: np.ndarray
    j: np.ndarray
    delay: np.ndarray
    values: dict[str, np.ndarray]
    projection: np.ndarray
    mean_cap: np.ndarray


@dataclass(frozen=True)
class Wiring:
    """Cells and synapses of one Subject before growth.

    Attributes
    ----------
    inputs, cells : dict of str to slice
        Where each population lies in its group.
    cell_values : dict of str to float array, shape (n_cells,)
        Parameters of the cells in SI units.
    target_hz : float array, shape (n_cells,)
        The rate to which homeostasis steers each cell; 0 for none.
    shared : dict of str to float
        Synaptic constants in SI units.
    synapses : dict of str to SynapseArrays
    """

    inputs: dict[str, slice]
    cells: dict[str, slice]
    cell_values: dict[str, np.ndarray]
    target_hz: np.ndarray
    shared: dict[str, float]
    synapses: dict[str, SynapseArrays]

    @property
    def n_inputs(self) -> int:
        """Number of input cells."""
        return max((part.stop for part in self.inputs.values()), default=0)

    @property
    def n_cells(self) -> int:
        """Number of simulated cells."""
        return max((part.stop for part in self.cells.values()), default=0)

    def where(self, name: str, projection_index: int) -> np.ndarray:
        """Return the positions of a projection's synapses in the arrays of this name."""
        return np.flatnonzero(self.synapses[name].projection == projection_index)


def stream(seed: int, *names: str) -> np.random.Generator:
    """Return the random generator of a named thing; independent of every other name."""
    words = [zlib.crc32(name.encode()) for name in names]
    return np.random.default_rng([int(seed), *words])


def block_seeds(seed: int, *names: str) -> Iterator[int]:
    """Yield a seed a block, without end, from the stream of a named thing."""
    rng = stream(seed, *names)
    while True:
        yield int(rng.integers(2**31))


def _lay_out(populations: list[Population] | list[InputPopulation]) -> dict[str, slice]:
    parts, start = {}, 0
    for population in populations:
        parts[population.name] = slice(start, start + population.n)
        start += population.n
    return parts


def _indices(endpoint: str, parts: dict[str, slice]) -> np.ndarray:
    names = endpoint.split("+")
    return np.concatenate([np.arange(parts[n].start, parts[n].stop) for n in names])


def draw_partners(
    pre: np.ndarray, post: np.ndarray, in_degree: int, rng: np.random.Generator, *, recurrent: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Draw `in_degree` different presynaptic cells for every postsynaptic cell.

    Parameters
    ----------
    pre, post : int arrays
        Indices of the cells.
    in_degree : int
        Synapses a postsynaptic cell.
    rng : numpy.random.Generator
    recurrent : bool
        Whether both arrays number the same group; no cell then contacts itself.

    Returns
    -------
    i, j : int arrays, shape (len(post) * in_degree,)
    """
    chosen = np.empty((len(post), in_degree), dtype=np.int64)
    # In parts, lest the memory grow with the square of the cells; the draws are the same.
    step = max(1, KEYS_AT_ONCE // len(pre))
    for first in range(0, len(post), step):
        part = post[first : first + step]
        keys = rng.random((len(part), len(pre)))
        if recurrent:
            keys[pre[None, :] == part[:, None]] = 2.0
        chosen[first : first + step] = np.argpartition(keys, in_degree - 1, axis=1)[:, :in_degree]
    return pre[chosen].ravel(), np.repeat(post, in_degree)


def log_normal(rng: np.random.Generator, sigma: float, size: int) -> np.ndarray:
    """Draw factors of mean 1."""
    return np.exp(sigma * rng.standard_normal(size) - sigma**2 / 2)


def _draw_projection(
    circuit: Circuit,
    position: int,
    endpoints: tuple[np.ndarray, np.ndarray],
    seed: int,
) -> dict[str, np.ndarray]:
    """Draw the synapses of one projection: their indices, delays, weights and parameters."""
    projection = circuit.projections[position]
    rng = stream(seed, "projection", projection.name)
    recurrent = isinstance(circuit.population(projection.pre.split("+")[0]), Population)
    in_degree = circuit.in_degree(projection)
    i, j = draw_partners(*endpoints, in_degree, rng, recurrent=recurrent)
    factor = log_normal(rng, projection.weight_sigma, len(i))
    spread = np.sqrt(np.log1p((projection.delay_sd_ms / max(projection.delay_ms, 1e-9)) ** 2))
    delay = projection.delay_ms * 1e-3 * log_normal(rng, float(spread), len(i))
    drawn = {"i": i, "j": j, "delay": delay, "projection": np.full(len(i), position)}
    drawn["w"] = projection.weight_nS * 1e-9 * factor
    if projection.synapse == "excitatory":
        drawn["slow_share"] = np.full(len(i), projection.nmda)
    if projection.plasticity is not None:
        given = dict(RULES.get(projection.plasticity.rule).parameters)
        given.update(projection.plasticity.parameters)
        drawn["w_max"] = given.pop("w_max_nS") * 1e-9 * factor
        drawn["w"] = np.minimum(drawn["w"], drawn["w_max"])
        drawn["mean_cap"] = np.full(len(i), given.pop("mean_cap_nS") * 1e-9)
        for name, value in given.items():
            scale = 1e-3 if name.endswith("_ms") else 1.0
            drawn[name.removesuffix("_ms")] = np.full(len(i), value * scale)
    return drawn


def draw_wiring(circuit: Circuit, seed: int) -> Wiring:
    """Draw the cells and synapses of the Subject with this seed.

    Parameters
    ----------
    circuit : Circuit
    seed : int

    Returns
    -------
    Wiring

    Raises
    ------
    ValueError
        If a projection names an unknown learning rule or parameter, or there are more synapses
        than can be numbered.
    """
    _check_size(circuit)
    inputs = _lay_out([p for p in circuit.populations if isinstance(p, InputPopulation)])
    networked = [p for p in circuit.populations if isinstance(p, Population)]
    cells = _lay_out(networked)
    cell_values = {
        variable: np.concatenate([np.full(p.n, getattr(p.cell, name) * factor) for p in networked])
        for variable, (name, factor) in _CELL_FIELDS.items()
    }
    biases = [
        p.bias_pA + p.bias_sd_pA * stream(seed, "bias", p.name).standard_normal(p.n)
        for p in networked
    ]
    cell_values["bias"] = np.concatenate(biases) * 1e-12
    for variable, name in (("noise_sd", "noise_pA"), ("slow_noise_sd", "slow_noise_pA")):
        cell_values[variable] = 1e-12 * np.concatenate(
            [np.full(p.n, getattr(p, name)) for p in networked]
        )
    shared = {
        "E_exc": circuit.E_exc_mV * 1e-3,
        "E_inh": circuit.E_inh_mV * 1e-3,
        "tau_ampa": circuit.tau_ampa_ms * 1e-3,
        "tau_nmda": circuit.tau_nmda_ms * 1e-3,
        "tau_gaba": circuit.tau_gaba_ms * 1e-3,
        "tau_noise": circuit.noise_tau_ms * 1e-3,
        "tau_slow_noise": circuit.slow_noise_tau_ms * 1e-3,
    }
    targets = [
        p.target_hz * np.exp(p.target_sigma * stream(seed, "target", p.name).standard_normal(p.n))
        for p in networked
    ]
    synapses = _draw_synapses(circuit, inputs, cells, seed)
    return Wiring(inputs, cells, cell_values, np.concatenate(targets), shared, synapses)


def _check_size(circuit: Circuit) -> None:
    """Raise a ValueError if a circuit has more synapses than Brian2 can number."""
    n_synapses = sum(
        circuit.in_degree(projection)
        * sum(circuit.population(name).n for name in projection.post.split("+"))
        for projection in circuit.projections
    )
    if n_synapses > MOST_SYNAPSES:
        raise ValueError(
            f"circuit {circuit.name!r} has {n_synapses:.3g} synapses, more than the "
            f"{MOST_SYNAPSES:.3g} that can be numbered; give populations a smaller n or "
            "projections a smaller p"
        )


def _draw_synapses(
    circuit: Circuit,
    inputs: dict[str, slice],
    cells: dict[str, slice],
    seed: int,
) -> dict[str, SynapseArrays]:
    drawn: dict[str, list[dict[str, np.ndarray]]] = {}
    kinds: dict[str, tuple[str, Rule | None, bool]] = {}
    for position, projection in enumerate(circuit.projections):
        source = "inputs" if projection.pre.split("+")[0] in inputs else "cells"
        rule = _checked_rule(projection)
        kind = f"{rule.name if rule else projection.synapse}_{source}"
        parts = inputs if source == "inputs" else cells
        endpoints = _indices(projection.pre, parts), _indices(projection.post, cells)
        drawn.setdefault(kind, []).append(_draw_projection(circuit, position, endpoints, seed))
        kinds[kind] = (source, rule, projection.synapse == "inhibitory")
    return {kind: _gather(drawn[kind], *kinds[kind]) for kind in drawn}


def _gather(
    parts: list[dict[str, np.ndarray]], source: str, rule: Rule | None, inhibitory: bool
) -> SynapseArrays:
    values = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((values["j"], values["i"]))
    values = {name: value[order] for name, value in values.items()}
    return SynapseArrays(
        source=source,
        rule=rule,
        inhibitory=inhibitory,
        i=values.pop("i").astype(np.int32),
        j=values.pop("j").astype(np.int32),
        delay=values.pop("delay"),
        projection=values.pop("projection"),
        mean_cap=values.pop("mean_cap", np.zeros(0)),
        values=values,
    )


def _checked_rule(projection: Projection) -> Rule | None:
    if projection.plasticity is None:
        return None
    rule = RULES.get(projection.plasticity.rule, where=f"projection {projection.name}")
    if projection.synapse == "inhibitory":
        raise ValueError(f"projection {projection.name}: only excitatory synapses learn")
    valid = {*OF_EVERY_RULE, *rule.parameters}
    for name in projection.plasticity.parameters:
        if name not in valid:
            raise unknown(
                "parameter", name, sorted(valid), where=f"{projection.name} ({rule.name})"
            )
    for name in OF_EVERY_RULE:
        if name not in projection.plasticity.parameters:
            raise ValueError(f"projection {projection.name}: plasticity needs the parameter {name}")
    # Again: the rule may have been registered, with ranges of its own, after the circuit was made.
    checked_numbers(projection.plasticity.parameters, rule, f"projection {projection.name}")
    return rule
