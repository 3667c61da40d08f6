"""What is silent in a Subject for good: synapses that were cut, cells that are dead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from mirror_sim.base import cache
from mirror_sim.circuit.checks import required_members
from mirror_sim.engine import Engine, State

# Holds a cell that receives nothing half a volt below rest, where no noise reaches.
DEAD_BIAS_A = -5e-9


@dataclass(frozen=True, eq=False)
class Silence:
    """Synapses and cells that stay silent whatever is changed, learned or regulated.

    Attributes
    ----------
    synapses : dict of str to bool array, shape (n_synapses,)
        Which synapses of each kind; kinds without any are left out.
    dead : bool array, shape (n_cells,)
        Which cells.
    """

    dead: np.ndarray
    synapses: Mapping[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def none(cls, engine: Engine) -> Silence:
        """Return that nothing is silent."""
        return cls(np.zeros(engine.wiring.n_cells, dtype=bool))

    def of(self, name: str, engine: Engine) -> np.ndarray:
        """Return which synapses of a kind are silent, shape (n_synapses,)."""
        nothing = np.zeros(len(engine.wiring.synapses[name].i), dtype=bool)
        return self.synapses.get(name, nothing)

    def with_synapses(self, more: Mapping[str, np.ndarray]) -> Silence:
        """Return what is silent if these are too."""
        joined = dict(self.synapses)
        for name, mask in more.items():
            joined[name] = joined[name] | mask if name in joined else mask
        return Silence(self.dead, joined)

    def with_dead(self, dead: np.ndarray, group: str, engine: Engine) -> Silence:
        """Return what is silent if these cells are dead, and all synapses from and to them.

        Parameters
        ----------
        dead : bool array
            Which of the group.
        group : {"cells", "inputs"}
        engine : Engine
        """
        more = {}
        for name, synapses in engine.wiring.synapses.items():
            mask = np.zeros(len(synapses.i), dtype=bool)
            if group == "cells":
                mask |= dead[synapses.j]
            if group == synapses.source:
                mask |= dead[synapses.i]
            if mask.any():
                more[name] = mask
        cells = self.dead | dead if group == "cells" else self.dead
        return Silence(cells, self.with_synapses(more).synapses)

    def applied(self, engine: Engine, state: State, *, learning: bool = False) -> State:
        """Return a state in which what is silent has no weight, learns nothing, fires never."""
        made = dict(state)
        for name, mask in self.synapses.items():
            synapses = engine.wiring.synapses[name]
            weights = made.get(f"{name}.w", synapses.values["w"])
            made[f"{name}.w"] = np.where(mask, 0.0, weights)
            if learning and synapses.rule is not None:
                made[f"{name}.eta"] = np.where(mask, 0.0, synapses.values["eta"])
        if self.dead.any():
            made["cells.bias"] = np.where(self.dead, DEAD_BIAS_A, made["cells.bias"])
        return made

    def digest(self) -> str:
        """Return a content key."""
        masks = {name: cache.array_digest(mask) for name, mask in self.synapses.items()}
        return cache.digest(masks, cache.array_digest(self.dead))


def cut_synapses(engine: Engine, pre: str, post: str | None) -> dict[str, np.ndarray]:
    """Return which synapses go from `pre` to `post`, each a population or an area.

    Raises
    ------
    ValueError
        If there is no such population or area, or no projection between them.
    """
    populations = engine.circuit.populations
    sources = required_members(pre, populations, "Subject.cut")
    targets = set(required_members(post, populations, "Subject.cut")) if post else None
    wiring, found = engine.wiring, {}
    for name, synapses in wiring.synapses.items():
        group = wiring.inputs if synapses.source == "inputs" else wiring.cells
        mask = _inside(synapses.i, group, sources)
        if targets is not None:
            mask &= _inside(synapses.j, wiring.cells, targets)
        if mask.any():
            found[name] = mask
    if not found:
        raise ValueError(f"no projection goes from {pre} to {post or 'any other'}")
    return found


def drawn_cells(
    parts: Mapping[str, slice], share: float, alive: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw a share of the living cells of each population, bool array, shape (n_cells,)."""
    drawn = np.zeros(len(alive), dtype=bool)
    for part in parts.values():
        living = part.start + np.flatnonzero(alive[part])
        drawn[rng.permutation(living)[: round(share * len(living))]] = True
    return drawn


def _inside(indices: np.ndarray, parts: Mapping[str, slice], names: Iterable[str]) -> np.ndarray:
    mask = np.zeros(len(indices), dtype=bool)
    for name in names:
        if name in parts:
            mask |= (indices >= parts[name].start) & (indices < parts[name].stop)
    return mask
