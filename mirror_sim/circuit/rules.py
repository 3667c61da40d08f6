"""Named learning rules, as the equations that the engine hands to Brian2.

A rule says how a synapse's weight ``w`` changes at a presynaptic and at a postsynaptic spike, and
how much of it a spike transmits. Its numbers are parameters (one value a synapse at run time),
never literals in the text, so that a changed number needs no new compilation. ``eta`` is the
learning rate, zero outside growth, and ``w_max`` the upper bound of each synapse.

To add a rule, write one `Rule` and call `mirror_sim.register`; a circuit then names it in
`Plasticity.rule`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import Frozen, check_fields, check_number, record
from mirror_sim.base.registry import Registry

# What every plastic synapse has; no parameter of a rule may hide it.
_SYNAPSE = (
    "w",
    "third",
    "channel",
    "w_max",
    "slow_share",
    "eta",
    "i",
    "j",
    "t",
    "dt",
    "N",
    "delay",
    "lastupdate",
)
OF_EVERY_RULE = {"eta": (0.0, 1000.0), "w_max_nS": (0.0, 1e4), "mean_cap_nS": (0.0, 1e4)}
"""What a synapse has under every learning rule, and lowest and highest value of each."""

# Ranges of a rule's own parameters that it says nothing of, by their names.
_BY_NAME = {r"tau(_\w+)?_ms": (0.001, 1e8), r"\w+_nS": (0.0, 1e4), r"\w+": (-1e15, 1e15)}
# Synapses that do not learn go by these names.
_RESERVED = ("excitatory", "inhibitory")
_MAY_BE_EMPTY = ("traces", "on_pre", "on_post", "third_factor", "efficacy", "source")


@record
class Rule:
    """One learning rule.

    Parameters
    ----------
    name : str
        The name by which a circuit asks for the rule.
    traces : str
        Event-driven differential equations of the synapse, in Brian2's syntax, dimensionless.
    on_pre, on_post : str
        Statements run at a presynaptic and a postsynaptic spike. They may use ``w`` (siemens),
        ``w_max`` (siemens), ``eta`` (dimensionless), the traces and the parameters.
    third_factor : str
        Channel of a `mirror_sim.Signal`, such as a reward or an error, whose level the equations
        read as ``third`` (dimensionless; the sum of the levels of all such signals that are on, 0
        without any).
    efficacy : str
        Factor on the weight that a presynaptic spike finds, before `on_pre`, by the traces and the
        parameters; such as ``1 - s``, where a trace ``s`` says what is spent. It counts where
        nothing is learned, too. By default a spike transmits the whole weight.
    parameters : mapping of str to float
        Default values. A name ending in ``_ms`` is a time in milliseconds and stands in the
        equations without that ending, as a time (``tau_trace_ms`` as ``tau_trace``); every other
        parameter is dimensionless.
    ranges : mapping of str to (lowest, highest)
        What values parameters may have, and ``eta``, ``w_max_nS`` and ``mean_cap_nS``. Without one
        a time constant ``tau_..._ms`` must be above 0, a weight ``..._nS`` at least 0, and any
        other parameter finite, of a size up to 1e15.
    source : str
        Where the rule comes from.

    Raises
    ------
    ValueError
        If a name is none that equations can hold, or a parameter is not a number, outside its range
        or in no equation.

    Examples
    --------
    >>> Rule(name="growth", traces="", on_pre="w += eta*gain*w_max", on_post="",
    ...      parameters={"gian": 2})
    Traceback (most recent call last):
    ValueError: Rule 'growth': the parameter 'gian' occurs in no equation
    """

    name: str
    traces: str
    on_pre: str
    on_post: str
    third_factor: str = ""
    efficacy: str = ""
    parameters: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        where = f"Rule {self.name!r}"
        check_fields(self, where, may_be_empty=_MAY_BE_EMPTY)
        if not re.fullmatch(r"[A-Za-z]\w*", self.name, re.ASCII) or self.name in _RESERVED:
            raise ValueError(
                f"{where}: a name has letters, digits and _ only, starts with a letter and is not "
                f"{' or '.join(_RESERVED)}"
            )
        equations = (self.traces, self.on_pre, self.on_post, self.efficacy)
        words = set(re.findall(r"\w+", " ".join(equations)))
        if bool(self.third_factor) != ("third" in words):
            raise ValueError(
                f"{where}: the equations read `third` exactly if the rule names a third_factor; it "
                f"is {self.third_factor!r}"
            )
        for parameter in self.parameters:
            symbol = parameter.removesuffix("_ms")
            if symbol in _SYNAPSE:
                raise ValueError(f"{where}: the parameter {parameter!r} is what every synapse has")
            if symbol not in words:
                raise ValueError(f"{where}: the parameter {parameter!r} occurs in no equation")
        object.__setattr__(self, "ranges", Frozen(self._checked_ranges(where)))
        object.__setattr__(
            self, "parameters", Frozen(checked_numbers(self.parameters, self, where))
        )

    def _checked_ranges(self, where: str) -> dict[str, tuple[float, float]]:
        valid = [*self.parameters, *OF_EVERY_RULE]
        made = {}
        for name, bounds in self.ranges.items():
            if name not in valid:
                raise unknown("parameter", name, valid, where=f"{where}.ranges")
            low, high = (float(number) for number in bounds)
            if low > high:
                raise ValueError(f"{where}.ranges: {name} goes from {low:g} down to {high:g}")
            made[name] = (low, high)
        return made

    @property
    def trace_names(self) -> tuple[str, ...]:
        """Names of the variables that the rule remembers from spike to spike."""
        differential = re.findall(r"\bd(\w+)/dt\b", self.traces)
        plain = re.findall(r"^\s*(\w+)\s*:", self.traces, re.MULTILINE)
        return (*differential, *plain)


def checked_numbers(
    numbers: Mapping[str, float], rule: Rule | None, where: str
) -> dict[str, float]:
    """Return parameters of a rule as plain floats, or raise what is wrong with one.

    Of a rule that is not known yet, ranges follow from the names.
    """
    return {
        name: check_number(value, f"{where}.{name}", _range(name, rule))
        for name, value in numbers.items()
    }


def _range(name: str, rule: Rule | None) -> tuple[float, float]:
    if rule is not None and name in rule.ranges:
        return rule.ranges[name]
    if name in OF_EVERY_RULE:
        return OF_EVERY_RULE[name]
    return next(bounds for pattern, bounds in _BY_NAME.items() if re.fullmatch(pattern, name))


_BOUND = "w = clip(w, 0*siemens, w_max)"

RULES: Registry[Rule] = Registry("learning rule", Rule)
"""The learning rules by name; `mirror_sim.register` adds to them."""

RULES.add(
    Rule(
        name="hebb",
        traces="dx/dt = -x/tau_trace : 1 (event-driven)",
        on_pre="x += 1",
        on_post=f"w += eta*(x*(w_max - w) - decay*w)\n{_BOUND}",
        parameters={"tau_trace_ms": 50.0, "decay": 2.0},
        ranges={"decay": (0.0, 1000.0)},
        source="Postsynaptically gated Hebbian rule with soft bound (instar); each weight tends to "
        "w_max * X/(X + decay), X the mean presynaptic trace at the postsynaptic spikes",
    )
)
RULES.add(
    Rule(
        name="hebb_symmetric",
        traces="dx/dt = -x/tau_trace : 1 (event-driven)\ndy/dt = -y/tau_trace : 1 (event-driven)",
        on_pre=f"x += 1\nw += eta*(y*(w_max - w) - decay*w)\n{_BOUND}",
        on_post=f"y += 1\nw += eta*(x*(w_max - w) - decay*w)\n{_BOUND}",
        parameters={"tau_trace_ms": 50.0, "decay": 2.0},
        ranges={"decay": (0.0, 1000.0)},
        source="The rule `hebb`, at presynaptic spikes too: two spikes change the weight alike, "
        "whichever comes first; a comparison, found in no cell",
    )
)
RULES.add(
    Rule(
        name="bcm",
        traces="dy/dt = -y/tau_burst : 1 (event-driven)\ndm/dt = -m/tau_mean : 1 (event-driven)",
        on_pre="w += eta*(y - theta*m)*(int(y > theta*m)*(w_max - w) + int(y <= theta*m)*w)\n"
        f"{_BOUND}",
        on_post="y += 1\nm += tau_burst/tau_mean",
        parameters={"tau_burst_ms": 150.0, "tau_mean_ms": 10_000.0, "theta": 1.5},
        ranges={"theta": (0.0, 1000.0)},
        source="After Bienenstock, Cooper & Munro 1982: at each presynaptic spike the weight grows "
        "if the cell has just fired more than theta times its long-run mean and shrinks if less, "
        "here with soft bounds; the trace outlasts the time by which vision of a movement follows "
        "its command",
    )
)
RULES.add(
    Rule(
        name="covariance",
        traces="dy/dt = -y/tau_trace : 1 (event-driven)\ndm/dt = -m/tau_mean : 1 (event-driven)",
        on_pre=f"w += eta*(y - theta*m)*(w_max - int(y > theta*m)*w)\n{_BOUND}",
        on_post="y += 1\nm += tau_trace/tau_mean",
        parameters={"tau_trace_ms": 500.0, "tau_mean_ms": 30_000.0, "theta": 1.0},
        ranges={"theta": (0.0, 1000.0)},
        source="After the covariance rule (Sejnowski 1977): at each presynaptic spike the weight "
        "grows by as much as the cell's recent activity exceeds its long-run mean, with a soft "
        "upper bound, and shrinks by as much as it falls short; the trace lasts as long as that of "
        "behavioural time scale plasticity (Bittner et al. 2017, Science 357:1033), so that it "
        "outlasts the time by which vision of a movement follows its command",
    )
)
RULES.add(
    Rule(
        name="stdp_pair",
        traces="dx/dt = -x/tau_plus : 1 (event-driven)\ndy/dt = -y/tau_minus : 1 (event-driven)",
        on_pre=f"x += 1\nw -= eta*depression*y*w\n{_BOUND}",
        on_post=f"y += 1\nw += eta*x*(w_max - w)\n{_BOUND}",
        parameters={"tau_plus_ms": 20.0, "tau_minus_ms": 20.0, "depression": 1.05},
        ranges={"depression": (0.0, 1000.0)},
        source="Song, Miller & Abbott 2000 (time constants, ratio of depression to potentiation), "
        "with the weight dependence of van Rossum, Bi & Turrigiano 2000",
    )
)
RULES.add(
    Rule(
        name="stdp_triplet",
        traces="dx/dt = -x/tau_plus : 1 (event-driven)\n"
        "dy/dt = -y/tau_minus : 1 (event-driven)\n"
        "dz/dt = -z/tau_slow : 1 (event-driven)",
        on_pre=f"x += 1\nw -= eta*a2_minus*y*w\n{_BOUND}",
        on_post=f"w += eta*x*(a2_plus + a3_plus*z)*(w_max - w)\ny += 1\nz += 1\n{_BOUND}",
        parameters={
            "tau_plus_ms": 16.8,
            "tau_minus_ms": 33.7,
            "tau_slow_ms": 47.0,
            "a2_plus": 0.46,
            "a2_minus": 0.30,
            "a3_plus": 0.91,
        },
        ranges=dict.fromkeys(("a2_plus", "a2_minus", "a3_plus"), (0.0, 1000.0)),
        source="Pfister & Gerstner 2006, all-to-all, time constants and the ratios of the "
        "amplitudes of their hippocampal fit; soft bounds added",
    )
)
RULES.add(
    Rule(
        name="outcome",
        traces="dx/dt = -x/tau_trace : 1 (event-driven)",
        on_pre="x += 1",
        on_post=f"w += eta*third*(x*(w_max - w) - decay*w)\n{_BOUND}",
        third_factor="outcome",
        parameters={"tau_trace_ms": 200.0, "decay": 2.0},
        ranges={"decay": (0.0, 1000.0)},
        source="The rule `hebb`, where a third factor says that an act came to its goal; after the "
        "three-factor rules of Fremaux & Gerstner 2016, Front Neural Circuits 9:85",
    )
)
RULES.add(
    Rule(
        name="prediction_error",
        traces="dy/dt = -y/tau_rate : 1 (event-driven)",
        on_pre=f"w += eta*(y/tau_rate - gain*ge_post/siemens*Hz)*tau_trace*w_max\n{_BOUND}",
        on_post="y += 1",
        parameters={"tau_trace_ms": 50.0, "tau_rate_ms": 100.0, "gain": 5e9},
        ranges={"gain": (0.0, 1e15)},
        source="After Urbanczik & Senn 2014: at each presynaptic spike the weight moves by the "
        "cell's recent rate minus the rate that its excitatory conductance predicts (gain, "
        "spikes/s per siemens)",
    )
)
RULES.add(
    Rule(
        name="saturating",
        traces="ds/dt = -s/tau_gate : 1 (event-driven)",
        on_pre="s += gate*(1 - s)",
        on_post="",
        efficacy="gate*(1 - s)",
        parameters={"tau_gate_ms": 100.0, "gate": 0.5},
        ranges={"gate": (0.0, 1.0)},
        source="The weight stays; each spike opens a share (gate) of the receptors that are still "
        "closed, as of NMDA receptors in Wang 2001, Trends Neurosci 24:455, where the share is a "
        "guess. Their time constant should be that of the circuit's slow excitation",
    )
)
