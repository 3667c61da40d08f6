"""What the generated code depends on, free of Brian2 so that a cached run need not import it."""

from __future__ import annotations

import json
import re
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


@dataclass(frozen=True)
class Structure:
    """What the generated code depends on; anything else is data.

    Attributes
    ----------
    n_inputs, n_cells : int
        Sizes of the two groups.
    synapses : tuple of (name, source, rule or None, inhibitory, count, shared)
        The Synapses objects; shared are the numbers of which one value serves all synapses.
    dt_ms : float
        The time step.
    n_samples : int
        Length of a block in samples of 10 ms.
    n_recorded : int
        Cells whose voltage and conductances are recorded; 0 leaves the monitor out.
    """

    n_inputs: int
    n_cells: int
    synapses: tuple[tuple[str, str, Rule | None, bool, int, tuple[str, ...]], ...]
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
            (name, source, _rule_texts(rule) if rule else None, inhibitory, count, shared)
            for name, source, rule, inhibitory, count, shared in self.synapses
        ]
        sizes = [self.n_inputs, self.n_cells, self.dt_ms, self.n_samples, self.n_recorded]
        return json.dumps([synapses, *sizes])

    @classmethod
    def from_json(cls, text: str) -> Structure:
        """Rebuild what `to_json` wrote."""
        written, n_inputs, n_cells, dt_ms, n_samples, n_recorded = json.loads(text)
        synapses = tuple(
            (name, source, Rule(**rule) if rule else None, inhibitory, count, tuple(shared))
            for name, source, rule, inhibitory, count, shared in written
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
        "efficacy": rule.efficacy,
        # Which channel it is does not reach the code.
        "third_factor": "any" if rule.third_factor else "",
        "parameters": dict.fromkeys(rule.parameters, 1.0),
    }


_DECAYING = re.compile(r"\s*d(\w+)/dt\s*=\s*-\s*\1\s*/\s*(\w+)\s*:\s*1\s*\(event-driven\)\s*")


@dataclass(frozen=True)
class CellTrace:
    """A trace of a rule that is the same in all synapses of a cell, which keeps it for them.

    Attributes
    ----------
    tau : str
        The parameter by which it decays.
    amount : str
        What a spike of the cell adds to it.
    """

    tau: str
    amount: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """The rule's parameters that decide it."""
        return tuple(dict.fromkeys([self.tau, *re.findall(r"[A-Za-z_]\w*", self.amount)]))


def cell_traces(rule: Rule, shared: tuple[str, ...]) -> dict[str, CellTrace]:
    """Return the traces that only postsynaptic spikes move, by shared parameters alone.

    They need no work at each synapse: that was a third of the time of a block that learns.
    """
    post = rule.on_post.splitlines()
    found = {}
    for equation in rule.traces.splitlines():
        decaying = _DECAYING.fullmatch(equation)
        if decaying is None or ";" in rule.on_post + rule.on_pre:
            continue
        name, tau = decaying.groups()
        moved = re.compile(rf"\b{name}\s*[^\w\s=<>!(]*=(?!=)")
        where = [k for k, statement in enumerate(post) if moved.search(statement)]
        others = [line for line in rule.traces.splitlines() if line != equation]
        # What a statement after its growth reads is the trace with the new spike.
        later = [*post[where[0] + 1 :], *others] if where else []
        if (
            len(where) != 1
            or moved.search(rule.on_pre)
            or any(re.search(rf"\b{name}\b", text) for text in later)
        ):
            continue
        grows = re.fullmatch(rf"\s*{name}\s*\+=(.+)", post[where[0]])
        if grows and set(CellTrace(tau, grows[1]).parameters) <= set(shared):
            found[name] = CellTrace(tau, grows[1].strip())
    return found
