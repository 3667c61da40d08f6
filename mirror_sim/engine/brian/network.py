"""The Brian2 network: one group of input cells, one of AdEx cells, one Synapses object a model.

Compilation time follows the number of Brian2 objects, not of cells, so areas are slices of one
group and all projections of one kind share one object. No number of a circuit appears in an
equation: all are variables whose values are read from files when a block runs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import brian2 as b2

from mirror_sim.circuit.rules import Rule
from mirror_sim.engine.brian.draws import uniform
from mirror_sim.engine.brian.structure import RECORDED, SAMPLE_MS, Structure, cell_traces

INPUT_EQUATIONS = """
rate : hertz
draw : 1
block_seed : integer (shared, constant)
"""

# Refractoriness is a factor, not Brian2's ``refractory``, so that the compiler can vectorise the
# loop.
#
# ge, gn and gi are the conductances at the end of a step; what acts in it is their mean over it,
# greater by a factor that the step alone decides. The charge of a synapse then does not depend on
# the step.
CELL_EQUATIONS = """
dv/dt = int(t > free_at)*(gL*(EL - v) + gL*DT*upstroke
        + (ampa_mean*ge + nmda_mean*gn)*(E_exc - v) + gaba_mean*gi*(E_inh - v)
        - adapt + bias + noise + sampled)/C : volt
ampa_mean = tau_ampa/dt*(exp(dt/tau_ampa) - 1) : 1 (shared)
nmda_mean = tau_nmda/dt*(exp(dt/tau_nmda) - 1) : 1 (shared)
gaba_mean = tau_gaba/dt*(exp(dt/tau_gaba) - 1) : 1 (shared)
dadapt/dt = (a*(v - EL) - adapt)/tau_w : amp
upstroke : 1
ge : siemens
gn : siemens
gi : siemens
noise : amp
slow_noise : amp
sampled : amp
free_at : second
noise_sd : amp (constant)
slow_noise_sd : amp (constant)
bias : amp (constant)
C : farad (constant)
gL : siemens (constant)
EL : volt (constant)
VT : volt (constant)
DT : volt (constant)
V_cut : volt (constant)
V_reset : volt (constant)
t_ref : second (constant)
a : siemens (constant)
b : amp (constant)
tau_w : second (constant)
slot : integer (constant)
E_exc : volt (shared, constant)
E_inh : volt (shared, constant)
tau_ampa : second (shared, constant)
tau_nmda : second (shared, constant)
tau_gaba : second (shared, constant)
tau_noise : second (shared, constant)
tau_slow_noise : second (shared, constant)
block_seed : integer (shared, constant)
"""

# Exact updates, so that conductances and noise do not depend on the step. The noise is uniform
# with the variance of the Ornstein-Uhlenbeck increment: a uniform number costs a third of a normal
# one, and the membrane filters the difference away.
STEP_UPDATE = """
ge *= exp(-dt/tau_ampa)
gn *= exp(-dt/tau_nmda)
gi *= exp(-dt/tau_gaba)
fresh = uniform(i, t_in_timesteps, block_seed, 1) - 0.5
noise = noise*exp(-dt/tau_noise) + noise_sd*sqrt(12*(1 - exp(-2*dt/tau_noise)))*fresh
"""

# In a loop of its own: a call of the exponential empties the registers, which the membrane's loop
# then fills again, a seventh of the time of a block.
UPSTROKE = "upstroke = exp((v - VT)/DT)"

SPIKING = {
    "threshold": "v > V_cut",
    # Half a step more, lest rounding of t decide whether the last step is free.
    "reset": "v = V_reset\nadapt += b\nfree_at = t + t_ref + dt/2",
    "method": "euler",
}

# What is slow moves once a sample, at next to no cost.
SAMPLE_UPDATE = f"""
keep = exp(-{SAMPLE_MS}*ms/tau_slow_noise)
fresh = uniform(i, t_in_timesteps, block_seed, 2) - 0.5
slow_noise = slow_noise*keep + slow_noise_sd*sqrt(12*(1 - keep**2))*fresh
sampled = slow_noise + stim(t, slot)
"""


def plastic_equations(owner: str, rule: Rule, shared: tuple[str, ...]) -> tuple[str, str, str]:
    """Return the model, on_pre and on_post texts of the plastic synapses of this name."""
    of_cells = cell_traces(rule, shared)
    model = "\n".join(
        [
            "w : siemens",
            "w_max : siemens (constant)",
            _declared("slow_share", "slow_share", shared),
            "eta : 1 (constant)",
            *(_declared(name, name.removesuffix("_ms"), shared) for name in rule.parameters),
            *(["channel : integer (constant)"] if rule.third_factor else []),
            *(line for line in rule.traces.splitlines() if not _names(line, "d", of_cells, "/dt")),
        ]
    )
    on_post = "\n".join(
        line for line in rule.on_post.splitlines() if not _names(line, "", of_cells, r"\s*\+=")
    )
    efficacy, on_pre, on_post = (
        re.sub(r"\bthird\b", "factor(t, channel)", _renamed(text, of_cells, f"{owner}_{{}}_post"))
        for text in (rule.efficacy, rule.on_pre, on_post)
    )
    sent = f"w*({efficacy})" if efficacy else "w"
    return (
        model,
        f"ge_post += {sent}*(1 - slow_share)\ngn_post += {sent}*slow_share\n{on_pre}",
        on_post,
    )


def trace_equations(structure: Structure) -> tuple[str, str, str]:
    """Return what the cells need for the traces that they keep: equations, steps and resets."""
    equations, steps, resets = [], [], []
    for owner, _, rule, _, _, shared in structure.synapses:
        traces = cell_traces(rule, shared) if rule is not None else {}
        used = {name for trace in traces.values() for name in trace.parameters}
        for name in rule.parameters if rule is not None else ():
            symbol = name.removesuffix("_ms")
            if symbol in used:
                equations.append(_declared(name, f"{owner}_{symbol}", (f"{owner}_{symbol}",)))
        for name, trace in traces.items():
            equations.append(f"{owner}_{name} : 1")
            steps.append(f"{owner}_{name} *= exp(-dt/{owner}_{trace.tau})")
            amount = _renamed(trace.amount, trace.parameters, f"{owner}_{{}}")
            resets.append(f"{owner}_{name} += {amount}")
    return "\n".join(equations), "\n".join(steps), "\n".join(resets)


def _declared(parameter: str, symbol: str, shared: Collection[str]) -> str:
    unit = "second" if parameter.endswith("_ms") else "1"
    return f"{symbol} : {unit} ({'shared, ' if symbol in shared else ''}constant)"


def _names(line: str, before: str, names: Iterable[str], after: str) -> bool:
    return any(re.match(rf"\s*{before}{name}{after}", line) for name in names)


def _renamed(text: str, names: Iterable[str], form: str) -> str:
    for name in names:
        text = re.sub(rf"\b{name}\b", form.format(name), text)
    return text


def build_network(structure: Structure, data: dict[str, Any]) -> dict[str, Any]:
    """Create the Brian2 objects of a structure.

    Parameters
    ----------
    structure : Structure
        Sizes and rules.
    data : dict
        For each Synapses name the arrays ``"<name>.i"``, ``"<name>.j"`` (indices) and
        ``"<name>.delay"`` (second); the arrays ``"drive"`` (samples x inputs, spikes/s) and
        ``"stim"`` (samples x columns, ampere); ``"factor"`` (samples x columns) where a rule reads
        a third factor; ``"record"`` (indices) where cells are recorded.

    Returns
    -------
    dict
        The objects by name; ``"network"`` holds the Network of them all.
    """
    clock = b2.Clock(structure.dt_ms * b2.ms, name="clock")
    sample = SAMPLE_MS * b2.ms
    drive = b2.TimedArray(data["drive"] * b2.Hz, dt=sample, name="drive")
    stim = b2.TimedArray(data["stim"] * b2.amp, dt=sample, name="stim")
    factors = {}
    if structure.has_factors:
        factors["factor"] = b2.TimedArray(data["factor"], dt=sample, name="factor")
    inputs = b2.NeuronGroup(
        structure.n_inputs,
        INPUT_EQUATIONS,
        threshold="draw < rate*dt",
        clock=clock,
        name="inputs",
        namespace={"drive": drive, "uniform": uniform},
    )
    # Not in the threshold, whose loop the compiler cannot vectorise.
    inputs.run_regularly(
        "draw = uniform(i, t_in_timesteps, block_seed, 0)",
        clock=clock,
        when="start",
        name="input_draws",
    )
    inputs.run_regularly("rate = drive(t, i)", dt=sample, when="start", name="input_rates")
    equations, steps, resets = trace_equations(structure)
    cells = b2.NeuronGroup(
        structure.n_cells,
        CELL_EQUATIONS + equations,
        **{**SPIKING, "reset": f"{SPIKING['reset']}\n{resets}"},
        clock=clock,
        name="cells",
        namespace={"stim": stim, "uniform": uniform},
    )
    cells.run_regularly(STEP_UPDATE + steps, clock=clock, when="start", name="step_update")
    cells.run_regularly(UPSTROKE, clock=clock, when="start", name="upstroke")
    cells.run_regularly(SAMPLE_UPDATE, dt=sample, when="start", name="sample_update")
    objects: dict[str, Any] = {"inputs": inputs, "cells": cells}
    for name, source, rule, inhibitory, _, shared in structure.synapses:
        if rule is not None:
            model, on_pre, on_post = plastic_equations(name, rule, shared)
        elif inhibitory:
            model, on_pre, on_post = "w : siemens (constant)", "gi_post += w", ""
        else:
            share = _declared("slow_share", "slow_share", shared)
            model = f"w : siemens (constant)\n{share}"
            on_pre, on_post = "ge_post += w*(1 - slow_share)\ngn_post += w*slow_share", ""
        synapses = b2.Synapses(
            objects[source],
            cells,
            model,
            on_pre=on_pre,
            on_post=on_post or None,
            clock=clock,
            name=name,
            namespace=factors if rule is not None and rule.third_factor else {},
        )
        synapses.connect(i=data[f"{name}.i"], j=data[f"{name}.j"])
        # One delay a synapse, so that heterogeneous delays can be read at run time.
        synapses.pre.delay = data[f"{name}.delay"] * b2.second
        objects[name] = synapses
    objects["input_spikes"] = b2.SpikeMonitor(inputs, name="input_spikes")
    objects["cell_spikes"] = b2.SpikeMonitor(cells, name="cell_spikes")
    if structure.n_recorded:
        objects["trace"] = b2.StateMonitor(
            cells, RECORDED, record=data["record"], dt=b2.ms, name="trace"
        )
    objects["network"] = b2.Network(list(objects.values()))
    return objects


def set_values(objects: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Set variables of the objects by their Brian2 names (``"object.variable"``), in SI units."""
    for name, value in values.items():
        owner, variable = name.split(".")
        target = objects[owner].variables[variable]
        target.set_value(value[0] if target.scalar else value)
