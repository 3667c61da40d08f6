"""Wrong uses of circuits, their parts and their files, and of scenes."""

from __future__ import annotations

import functools
import math

import numpy as np
from uses_base import (
    ARRAY,
    CELL,
    COUNT,
    INPUT,
    MAPPING,
    NUMBER,
    NUMBERS,
    PLASTICITY,
    POPULATION,
    PROJECTION,
    RNG,
    RULE,
    SEED,
    TEXT,
    TRUTH,
    TUPLE,
    Use,
    circuit,
    misspelt,
    record_of,
    trial,
    wrong,
)

import mirror_sim as ms
from mirror_sim.scene.kinematics import hand_state

# --- circuits ------------------------------------------------------------------------------------


def parts() -> list[Use]:
    """Cells, populations, projections and rules."""
    far = {name: (-1e6, 1e6) for name, value in CELL.items() if isinstance(value, float)}
    values = {name: (*NUMBER[:4], *several) for name, several in far.items()}
    uses = wrong(ms.Cell, CELL, {**values, "name": (*TEXT, "")})
    uses += wrong(
        ms.Population,
        POPULATION,
        {"n": (*COUNT, 0), "sign": ("plus", "Excitatory", 1), "label": ("pyramidial", None),
         "cell": record_of(ms.Cell), "name": ("F5 E", "", 3), "area": ("F/5", None),
         "noise_pA": (*NUMBER, -1), "bias_pA": (*NUMBER, 1e300), "target_hz": (-1, 1e4),
         "target_sigma": (-1, 99)},
    )  # fmt: skip
    uses += wrong(
        ms.InputPopulation,
        INPUT,
        {"n": (*COUNT, 0), "encodes": ("hands", "signal", "hand:left", 3), "peak_hz": (*NUMBER, 1),
         "width": (0, -1, "0.1"), "object_gain": (2, -1), "features": (-1, 1.5),
         "latency_ms": (1e4, "50")},
    )  # fmt: skip
    uses += wrong(
        ms.Projection,
        PROJECTION,
        {"p": (*NUMBER, 0, -0.1, 1.5), "weight_nS": (*NUMBER, -1, 1e300),
         "delay_ms": (*NUMBER, -1, 1e6), "nmda": (2, -1), "weight_sigma": (-1, 99),
         "synapse": ("exc", None), "pre": TEXT, "post": TEXT,
         "plasticity": record_of(ms.Plasticity), "delay_sd_ms": (-1, math.nan)},
    )  # fmt: skip
    changed = [
        {"tau_trace_ms": 0}, {"tau_trace_ms": -5}, {"eta": -5}, {"eta": 1e300}, {"eta": math.nan},
        {"w_max_nS": -1}, {"mean_cap_nS": -1}, {"decay": -1e6}, {"decay": "2"}, {3: 1.0},
        {"two words": 1.0},
    ]  # fmt: skip
    uses += [
        Use(f"Plasticity(parameters={more})",
            functools.partial(ms.Plasticity, rule="hebb", parameters={**NUMBERS, **more}),
            tuple(str(name) for name in more))
        for more in changed
    ]  # fmt: skip
    uses += wrong(ms.Plasticity, PLASTICITY, {"rule": TEXT, "parameters": MAPPING})
    uses += wrong(
        ms.Rule,
        RULE,
        {"name": ("my rule", "excitatory", 3), "on_pre": (3, None, "w += eta*b"),
         "parameters": (*MAPPING, {"b": 1.0}, {"a": "1"}, {"eta": 1.0}),
         "ranges": ({"a": 3}, {"a": (2, 3)}, {"b": (0, 1)}, [1]), "third_factor": (1, "reward")},
    )  # fmt: skip
    for kind, good, name in (
        (ms.Cell, CELL, "C"), (ms.Population, POPULATION, "size"),
        (ms.InputPopulation, INPUT, "encode"), (ms.Projection, PROJECTION, "delay"),
        (ms.Plasticity, PLASTICITY, "rules"), (ms.Rule, RULE, "on_spike"),
    ):  # fmt: skip
        uses += misspelt(kind, good, name)
        uses.append(Use(f"{kind.__name__}('x')", functools.partial(kind, "x"), ("keywords",)))
    frozen = ms.Cell(**CELL)
    uses.append(Use("cell.C_pF = 3", lambda: setattr(frozen, "C_pF", 3.0), ("C_pF",)))
    return uses


def circuits() -> list[Use]:
    """Misuse a Circuit, its methods and its files."""
    base = circuit()
    good = {"name": "c", "populations": base.populations, "projections": base.projections}
    cells = base.population("F5.E")
    uses = wrong(
        ms.Circuit,
        good,
        {"populations": (*TUPLE, (), base.populations * 2, (POPULATION,), base.populations[:1]),
         "projections": (3, "ab", base.projections * 2, (PROJECTION,),
                         (ms.Projection(**{**PROJECTION, "post": "F5"}),),
                         (ms.Projection(**{**PROJECTION, "pre": "ST"}),),
                         (ms.Projection(**{**PROJECTION, "synapse": "inhibitory"}),)),
         "tau_ampa_ms": (*NUMBER, 0, -5, 1e9), "E_exc_mV": (1e3, "0"), "name": ("", 3)},
    )  # fmt: skip
    uses += misspelt(ms.Circuit, good, "tau_ms")
    uses += wrong(base.population, {}, {"name": (*TEXT, "F6", "F5", "")})
    uses += wrong(
        base.projection, {"pre": "STS", "post": "F5"}, {"pre": (*TEXT, "ST"), "post": (*TEXT, "F9")}
    )
    uses += wrong(base.in_degree, {}, {"projection": record_of(ms.Projection)})
    uses += wrong(
        base.with_population,
        {"population": "F5.E"},
        {"population": (3, None, ms.Population, "F5.F", POPULATION), "N": (3,), "n": (0, "3", 1.5),
         "cell": ("RS",), "area": ("",)},
    )  # fmt: skip
    uses.append(Use("with_population(object, n=3)", lambda: base.with_population(cells, n=3),
                    ("changes",)))  # fmt: skip
    uses += wrong(
        base.without_population, {}, {"name": (*TEXT, "F6", "F5.E")}, also=["populations"]
    )
    uses += wrong(
        base.with_projection,
        {"pre": "STS", "post": "F5"},
        {"pre": (3, None, "ST", PROJECTION), "post": (3, "F", ["F5"]), "delay": (3,),
         "weight_nS": (-1, "1"), "plasticity": ("hebb",)},
    )  # fmt: skip
    uses.append(Use("with_projection('F5', 'F5', p=0.1)",
                    lambda: base.with_projection("F5", "F5", p=0.1), ("weight_nS",)))  # fmt: skip
    uses += wrong(base.without_projection, {"pre": "STS", "post": "F5"},
                  {"pre": ("F5", 3, None), "post": ("STS", 3)})  # fmt: skip
    uses += wrong(
        base.with_plasticity,
        {"pre": "STS", "post": "F5", "rule": "hebb"},
        {"rule": TEXT, "pre": (3, "ST"), "post": (None, "M1"), "eta": (-1, "1", math.nan),
         "w_max_nS": (-1, None)},
    )  # fmt: skip
    uses += misspelt(base.with_plasticity, {"pre": "STS", "post": "F5", "rule": "hebb"})
    uses += wrong(base.scaled, {}, {"factor": (*NUMBER, 0, -1, 1e9, 1e-3)})
    uses += wrong(base.to_toml, {}, {"path": (3, None, "no/such/folder/c.toml", ".", "")})
    uses += wrong(
        ms.Circuit.from_toml,
        {},
        {"source": (3, None, b"x", base, "missing.toml", ".", "binary.toml", "other.toml",
                    "table.csv", "cut.toml", "twice.toml", "wrong.toml", "", "a = 1\nb = ")},
        "Circuit.from_toml",
    )  # fmt: skip
    uses += wrong(ms.macaque, {}, {"n": (3,)})
    return uses


# --- scenes --------------------------------------------------------------------------------------


def scenes() -> list[Use]:
    """Things, actions, acts, signals, perturbations, trials, protocols, conditions."""
    thing = {"name": "ball", "size_cm": 3.0}
    action = {"name": "tap", "general": "tapping", "way": "finger", "thing": ms.Thing(**thing),
              "aperture_hold_cm": 1.0, "wrist_deg": 0.0}  # fmt: skip
    act = {"action": ms.Action(**action), "actor": "self", "onset_s": 0.5, "movement_time_s": 0.4,
           "hold_s": 0.5}  # fmt: skip
    uses = wrong(ms.Thing, thing, {"size_cm": (*NUMBER, 0, -1, 1e6), "elongation": (0.5, "2"),
                                   "tilt_deg": (120, -1), "name": (*TEXT, "")})  # fmt: skip
    uses += wrong(
        ms.Action,
        action,
        {"thing": record_of(ms.Thing), "hold_s": (*NUMBER, 0, -1, 1e4), "wrist_deg": (1e4, None),
         "after": ("holding", 3, None, lambda _since, _hold: None, len), "effector": ("foot", 3)},
    )  # fmt: skip
    uses += wrong(
        ms.Act,
        act,
        {"action": record_of(ms.Action), "actor": ("me", "", 3, None), "onset_s": (*NUMBER, -1),
         "movement_time_s": (0, -1, "0.4"), "seed": SEED, "extent": (2, -1, "1"),
         "hidden_s": ((0.1, 0.5), ((0.5, 0.1),), ((0.1,),), "ab", 3), "tool": ("plier", True, 3),
         "viewpoint_deg": (1e4, "180"), "distance_m": (0, -1), "commanded": ("yes", 1)},
    )  # fmt: skip
    uses += wrong(
        ms.Shown,
        {"thing": ms.Thing(**thing), "on_s": 0.5},
        {"thing": record_of(ms.Thing), "on_s": (*NUMBER, -1), "off_s": (0.1, "1")},
    )
    uses += wrong(
        ms.Signal,
        {"channel": "sound", "start_s": 0.1, "stop_s": 0.5},
        {"channel": ("a b", "", 3, None), "start_s": (*NUMBER, -1, 0.9), "stop_s": (0.05, "1"),
         "level": (2, -2, "1"), "features": (0.5, (2.0,), ("a",))},
    )  # fmt: skip
    uses += wrong(
        ms.Perturbation,
        {"target": "F5.E", "start_s": 0.1, "stop_s": 0.5, "current_pA": 10.0},
        {"target": (3, None, ""), "start_s": (*NUMBER, 0.9), "stop_s": (0.05, "1"),
         "current_pA": (*NUMBER, 1e300), "units": ((), (1, 1), (-1,), (1.5,), 3, "ab")},
    )  # fmt: skip
    uses += wrong(
        ms.Trial,
        {"condition": "x", "duration_s": 2.0},
        {"duration_s": (*NUMBER, 0, -1, 1e6), "acts": (3, "ab", (3,), ms.Act(**act)),
         "objects": ((thing,), ms.Thing(**thing)), "signals": ("sound", ("sound",)),
         "withhold_s": (3, (1.0,), (1.0, 0.5), (0.0, 9.0), ("a", "b")),
         "events": (*MAPPING, {"go": "1"}, {"go": -1}, {"go": 9}, {3: 1.0}, {"start": 0.5},
                    {"a/b": 0.5}, {" ": 0.5}),
         "perturbations": ((3,), "F5.E"), "action": ("tap", 3), "condition": TEXT},
        also=["the event"],
    )  # fmt: skip
    uses += wrong(
        ms.Protocol,
        {"name": "day", "trials": (trial(),)},
        {"trials": (*TUPLE, (), trial(), ("trial",), [None]), "align": ("contacts", 3),
         "name": (*TEXT, "")},
    )  # fmt: skip
    uses += wrong(
        ms.Condition,
        {"name": "c", "actor": "other", "withhold": True},
        {"actor": ("monkey", 3, ["self"]), "withhold": TRUTH, "hand_visible": TRUTH,
         "tool": ("plier", True, 3), "viewpoint_deg": (1e4, "side"), "distance_m": (0, -1, "far"),
         "name": ("", 3)},
    )  # fmt: skip
    good = {"condition": "observe", "action": "grasp-precision", "rng": np.random.default_rng(1)}
    uses += wrong(
        ms.make_trial,
        good,
        {"condition": ("observed", 3, None, ms.Condition), "action": ("grasp", 3, None, ms.Action),
         "rng": RNG, "duration_s": (*NUMBER, 0, 1.0), "hold_s": ("1", 0, math.nan),
         "movement_time_s": ("1", 0, -1), "hand_hidden_s": (3, (1.0,), (2.0, 1.0)),
         "events_template": ([1], {"movement_onsett": 1.0}, {"go": "1"}, {"contact": 1.0}),
         "acts": (3, ("act",)), "signals": ("sound",), "perturbations": ("F5.E",)},
        also=["1 s", "movement_time_s"],
    )  # fmt: skip
    uses += misspelt(ms.make_trial, good, "duration", "perturbation")
    uses += wrong(ms.get_action, {}, {"name": (*TEXT, "grasp-precise", "")})
    uses += wrong(ms.get_condition, {}, {"name": (*TEXT, "observation", "")})
    uses += wrong(
        hand_state,
        {"action": ms.get_action("grasp-precision"), "times_s": np.arange(3.0), "onset_s": 0.5,
         "movement_time_s": 0.4, "hold_s": 0.5, "rng": np.random.default_rng(1)},
        {"action": ("grasp-precision", 3), "times_s": ARRAY, "rng": RNG, "hold_s": NUMBER,
         "onset_s": NUMBER, "extent": ("1", 2, -1)},
    )  # fmt: skip
    return uses
