"""What the generated code depends on, free of Brian2 so that a cached run need not import it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mirror_sim.circuit.rules import Rule

# Columns of the perturbation current; column 0 is "no current".
STIM_COLUMNS = 32
SAMPLE_MS = 10.0
RECORDED = ("v", "ge", "gn", "gi")
# What a cell takes along from one block of a chain to the next; synapses take their traces.
CARRIED = ("v", "ge", "gn", "gi", "adapt", "noise", "slow_noise", "free_at")
# The times among what is carried: they count from the start of a block.
CARRIED_TIMES = ("free_at", "lastupdate")
# Columns of the third factors; column 0 is "none".
FACTOR_COLUMNS = 8
# Brian2 writes an array of one element into the code as a literal, which no run could change. So a
# compiled model has at least two of the synapses or recorded cells that would be one.
LEAST = 2


# Brian2 hands its arrays over as many pointers; with more alias checks than the default 10 the
# compiler vectorises the membrane loop, exponential included.
FLAGS = [
    "-w",
    "-O3",
    "-march=native",
    "-ffast-math",
    "-std=c++17",
    "--param=vect-max-version-for-alias-checks=500",
]

# What every file that Brian2 writes includes.
HEADER = "objects.h"


@dataclass(frozen=True)
class Structure:
    """What the generated code depends on; anything else is data.

    Attributes
    ----------
    n_inputs, n_cells : int
        Sizes of the two groups.
    synapses : tuple of (name, source, rule or None, inhibitory, count)
        The Synapses objects.
    dt_ms : float
        The time step.
    n_samples : int
        Length of a block in samples of 10 ms.
    n_recorded : int
        Cells whose voltage and conductances are recorded; 0 leaves the monitor out.
    """

    n_inputs: int
    n_cells: int
    synapses: tuple[tuple[str, str, Rule | None, bool, int], ...]
    dt_ms: float
    n_samples: int
    n_recorded: int = 0

    @property
    def has_factors(self) -> bool:
        """Whether a rule reads a third factor."""
        return any(rule is not None and rule.third_factor for _, _, rule, *_ in self.synapses)

    def to_json(self) -> str:
        """Return all that the code depends on as text; the same code gives the same text."""
        synapses = [
            (name, source, _rule_texts(rule) if rule else None, inhibitory, count)
            for name, source, rule, inhibitory, count in self.synapses
        ]
        sizes = [self.n_inputs, self.n_cells, self.dt_ms, self.n_samples, self.n_recorded]
        return json.dumps([synapses, *sizes])

    @classmethod
    def from_json(cls, text: str) -> Structure:
        """Rebuild what `to_json` wrote."""
        written, n_inputs, n_cells, dt_ms, n_samples, n_recorded = json.loads(text)
        synapses = tuple(
            (name, source, Rule(**rule) if rule else None, inhibitory, count)
            for name, source, rule, inhibitory, count in written
        )
        return cls(n_inputs, n_cells, synapses, dt_ms, n_samples, n_recorded)


def _rule_texts(rule: Rule) -> dict[str, object]:
    # The default numbers, the ranges and the source of a rule do not reach the code; 1 is a number
    # that any parameter may have.
    return {
        "name": rule.name,
        "traces": rule.traces,
        "on_pre": rule.on_pre,
        "on_post": rule.on_post,
        # Which channel it is does not reach the code.
        "third_factor": "any" if rule.third_factor else "",
        "parameters": dict.fromkeys(rule.parameters, 1.0),
    }
