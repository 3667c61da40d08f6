"""The wrong uses that `wrong_uses.py` makes, by group: plain lists, most of them from tables."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import mirror_sim as ms
from mirror_sim.analysis import chance, decoding, muscle, population, subspaces
from mirror_sim.base.errors import shown
from mirror_sim.compare.report import Setup, figures, run
from mirror_sim.compare.validation import validate
from mirror_sim.engine import Block, BlockResult, Engine, live_network, plan_blocks, subgroup
from mirror_sim.figures import style
from mirror_sim.scene.kinematics import hand_state
from mirror_sim.studies import controls, gallese1996, jerjian2020
from mirror_sim.studies.study import get_study
from mirror_sim.studies.targets import read_targets
from mirror_sim.subject.recording import session_of


@dataclasses.dataclass(frozen=True)
class Use:
    """A wrong use.

    Attributes
    ----------
    what : str
        As one would write it.
    make : callable or tuple of str
        Does it; or the program and its arguments.
    names : tuple of str
        The answer has to hold one of these.
    """

    what: str
    make: Callable[[], object] | tuple[str, ...]
    names: tuple[str, ...]


NUMBER = ("3", None, [1.0], math.nan, math.inf, True, 1 + 2j, np.array([1.0, 2.0]))
COUNT = (2.5, "3", None, True, math.nan, -1, 10**30)
SEED = (1.5, "1", None, True, -1, 2**64)
TEXT = (3, None, ["a"], b"F5", str)
TRUTH = ("no", 2, None)
TUPLE = (3, "ab", None, object)
MAPPING = ([1], "ab", 3, dict)
FUNCTION = ("f", 3, {})
ARRAY = (None, "ab", [[1.0], [1.0, 2.0]], {"a": 1}, ["a", "b"])
RNG = (1, None, np.random, np.random.default_rng)
LIST = (3, None, dict)


def record_of(kind: type) -> tuple[object, ...]:
    """Return what is no record of a class: the class, a name, its fields, a table."""
    return (kind, "a name of nothing", 3, {"name": "x"}, pd.DataFrame({"name": ["x"]}))


def wrong(
    function: Callable[..., object],
    good: Mapping[str, object],
    values: Mapping[str, Iterable[object]],
    name: str = "",
    *,
    also: Sequence[str] = (),
) -> list[Use]:
    """Return a use for each wrong value of each argument, all others as they should be.

    An answer names the argument or the value, or has one of the words in `also`.
    """
    called = name or getattr(function, "__qualname__", str(function))
    return [
        Use(
            f"{called}({argument}={shown(value)})",
            functools.partial(function, **{**good, argument: value}),
            (argument, shown(value)[:40], *_words(value), *_PLACES.get(argument, ()), *also),
        )
        for argument, several in values.items()
        for value in several
    ]


# How messages name files that are not what they should be.
_PLACES = dict.fromkeys(
    ("path", "paths", "stem", "out", "source"), ("folder", "file", "text", "table")
)


def _words(value: object) -> list[str]:
    """Return the names and numbers in a value, by which messages may name it."""
    return re.findall(r"[A-Za-z_][\w./>-]*|-?\d[\d.]*", shown(value))


def misspelt(function: Callable[..., object], good: Mapping[str, object], *names: str) -> list[Use]:
    """Return uses with an argument that does not exist, and with one that is missing."""
    called = getattr(function, "__qualname__", str(function))
    uses = [
        Use(f"{called}({name}=1)", functools.partial(function, **{**good, name: 1}), (name,))
        for name in names
    ]
    for missing in list(good)[:1]:
        rest = {name: value for name, value in good.items() if name != missing}
        use = Use(f"{called} without {missing}", functools.partial(function, **rest), (missing,))
        uses.append(use)
    return uses


# --- what is right -------------------------------------------------------------------------------

CELL = {
    "name": "RS", "C_pF": 200.0, "gL_nS": 10.0, "EL_mV": -63.0, "VT_mV": -50.0, "deltaT_mV": 2.0,
    "Vcut_mV": -40.0, "Vreset_mV": -55.0, "t_ref_ms": 5.0, "a_nS": 0.0, "b_pA": 15.0,
    "tau_w_ms": 300.0,
}  # fmt: skip
POPULATION = {
    "name": "F5.E", "area": "F5", "cell": ms.Cell(**CELL), "n": 20, "sign": "excitatory",
    "label": "pyramidal",
}  # fmt: skip
INPUT = {
    "name": "STS", "area": "STS", "n": 30, "encodes": "hand", "baseline_hz": 2.0, "peak_hz": 60.0
}  # fmt: skip
PROJECTION = {"pre": "STS", "post": "F5.E", "p": 0.5, "weight_nS": 0.8, "delay_ms": 6.0}
NUMBERS = {"eta": 0.01, "w_max_nS": 3.0, "mean_cap_nS": 2.0}
PLASTICITY = {"rule": "hebb", "parameters": NUMBERS}
RULE = {"name": "own", "traces": "", "on_pre": "w += eta*a*w_max", "on_post": "",
        "parameters": {"a": 1.0}}  # fmt: skip


@functools.cache
def circuit() -> ms.Circuit:
    """Return a circuit of one area of cells, one of inputs, and synapses that learn."""
    plastic = ms.Projection(**PROJECTION, plasticity=ms.Plasticity(**PLASTICITY))
    return ms.Circuit(
        name="small",
        populations=(ms.InputPopulation(**INPUT), ms.Population(**POPULATION)),
        projections=(plastic,),
    )


@functools.cache
def subject() -> ms.Subject:
    """Return a Subject of the circuit, which needs no compiler."""
    return ms.Subject.naive(circuit(), seed=1, block_s=5.0, target="numpy")


def trial(condition: str = "observe", action: str = "grasp-precision", **more: Any) -> ms.Trial:
    """Return a trial."""
    return ms.make_trial(condition, action, rng=np.random.default_rng(1), **more)


def protocol() -> ms.Protocol:
    """Return a protocol of two conditions and two actions."""
    names = itertools.product(("observe", "execute-light"), ("grasp-precision", "hold-precision"))
    return ms.Protocol(name="day", trials=tuple(trial(*name) for name in names for _ in range(3)))


@functools.cache
def session() -> ms.Session:
    """Return a session of that protocol with random spikes: nothing is simulated."""
    rng, day = np.random.default_rng(1), protocol()
    blocks = plan_blocks(day.trials, 5.0, iter(range(99)))
    found = [
        BlockResult(np.sort(rng.choice(10_000, 400, replace=False)), rng.integers(0, 20, 400), 0.5)
        for _ in blocks
    ]
    return session_of(subject(), day, blocks, found)


def one(session: ms.Session) -> dict[str, float]:
    """Return the rows of a study."""
    return {"n": float(len(session.trials))}


STUDY = {"name": "own", "protocol": protocol, "rows": one}


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
    """A Circuit, its methods and its files."""
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
    uses += wrong(base.projection, {"pre": "STS", "post": "F5"}, {"pre": (*TEXT, "ST"),
                                                                  "post": (*TEXT, "F9")})  # fmt: skip
    uses += wrong(base.in_degree, {}, {"projection": record_of(ms.Projection)})
    uses += wrong(
        base.with_population,
        {"population": "F5.E"},
        {"population": (3, None, ms.Population, "F5.F", POPULATION), "N": (3,), "n": (0, "3", 1.5),
         "cell": ("RS",), "area": ("",)},
    )  # fmt: skip
    uses.append(Use("with_population(object, n=3)", lambda: base.with_population(cells, n=3),
                    ("changes",)))  # fmt: skip
    uses += wrong(base.without_population, {}, {"name": (*TEXT, "F6", "F5.E")})
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
         "after": ("holding", 3, None, lambda since_s, hold_s: None, len), "effector": ("foot", 3)},
    )  # fmt: skip
    uses += wrong(
        ms.Act,
        act,
        {"action": record_of(ms.Action), "actor": ("me", "", 3, None), "onset_s": (*NUMBER, -1),
         "movement_time_s": (0, -1, "0.4"), "seed": SEED, "extent": (2, -1, "1"),
         "hidden_s": ((0.1, 0.5), ((0.5, 0.1),), ((0.1,),), "ab", 3), "tool": TRUTH,
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
         "viewpoint_deg": (1e4, "side"), "distance_m": (0, -1, "far"), "name": ("", 3)},
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


# --- senses, Subjects, encounters ----------------------------------------------------------------


def senses_and_registry() -> list[Use]:
    """A Sense, and what cannot be registered."""
    good = {"name": "own", "tuning": one, "drive": one}
    uses = wrong(
        ms.Sense,
        good,
        {"name": ("a b", "", 3), "tuning": (*FUNCTION, lambda cells, rng: 1), "drive": FUNCTION,
         "of_channels": TRUTH},
    )  # fmt: skip
    uses += misspelt(ms.Sense, good, "drives")
    uses += wrong(ms.register, {}, {"record": (3, None, "hebb", ms.Rule, RULE, session())})
    return uses


def subjects() -> list[Use]:
    """A Subject and what can be done to it."""
    made, grown = subject(), {"circuit": circuit(), "seed": 1, "block_s": 5.0, "target": "numpy"}
    values = {
        "circuit": (*record_of(ms.Circuit), session()), "seed": SEED,
        "dt_ms": (*NUMBER, 0, -1, 2, 0.3), "block_s": (*NUMBER, 0, -1, 1e9, 0.015),
        "target": ("gpu", 3, None), "blocks_s": (3,),
    }  # fmt: skip
    uses = wrong(ms.Subject.naive, grown, values, "Subject.naive")
    uses += wrong(
        ms.Subject.grow,
        grown,
        values | {"curriculum": (*record_of(ms.Curriculum), protocol()), "progress": (3, "bar")},
        "Subject.grow",
    )
    uses += wrong(Engine, grown, values)
    uses += wrong(
        made.learn,
        {"plan": protocol()},
        {"plan": (None, "day", ms.Protocol, (trial(),), session()), "progress": (3,),
         "homeostasis_pA_per_hz_s": ("1", -1, math.nan, 1e9)},
    )  # fmt: skip
    uses += wrong(made.at, {}, {"n_actions": (3, "3", None, 1.5)}, also=["checkpoints"])
    uses += wrong(
        made.cut, {"pre": "STS"}, {"pre": (*TEXT, "ST", "F5"), "post": (3, "F", "STS", ["F5"])}
    )
    uses += wrong(
        made.lesioned,
        {"name": "F5", "share": 0.5},
        {"name": (*TEXT, "F6"), "share": (*NUMBER, 0, -1, 1.5, 1e-6)},
    )
    uses += wrong(made.permuted, {}, {"within_cell": TRUTH})
    uses += wrong(
        made.run,
        {"protocol": protocol()},
        {"protocol": (*record_of(ms.Protocol), (trial(),), session(), None), "jobs": COUNT,
         "progress": (3, "bar")},
    )  # fmt: skip
    uses += wrong(made.with_circuit, {}, {"circuit": (*record_of(ms.Circuit), ms.macaque(), None)})
    wrongs = {
        "target of nobody": trial(perturbations=(ms.Perturbation(
            target="F5.F", start_s=0, stop_s=1, current_pA=1),)),
        "unit of nobody": trial(perturbations=(ms.Perturbation(
            target="F5.E", units=(20,), start_s=0, stop_s=1, current_pA=1),)),
        "too long": trial(duration_s=9.0),
    }  # fmt: skip
    uses += [
        Use(f"run of a day whose last trial has a {what}",
            functools.partial(made.run, ms.Protocol(name="d", trials=(trial(), last))),
            ("F5.F", "20", "9 s"))
        for what, last in wrongs.items()
    ]  # fmt: skip
    return uses


def curricula_and_bodies() -> list[Use]:
    """A Curriculum, a Body, an encounter."""
    uses = wrong(
        ms.Curriculum,
        {},
        {"actions": (3, "grasp-precision", (), ("grasp",), (3,)), "vision": ("blind", 3, None),
         "imitated_share": (*NUMBER, -1, 0.5), "imitation_lag_s": (3, (1.0,), (0.9, 0.3), ("a", 1)),
         "shuffled": TRUTH, "max_actions": (*COUNT, 0), "tolerance": (*NUMBER, -1, 2),
         "active_share": (-1, 2), "homeostasis_pA_per_hz_s": (-1, "1", 1e9)},
    )  # fmt: skip
    uses += [Use("Curriculum(max_action=3)", lambda: ms.Curriculum(max_action=3), ("max_action",))]
    uses += wrong(ms.Curriculum().trial, {}, {"rng": RNG}, "Curriculum().trial")
    uses += wrong(
        ms.Body,
        {},
        {"driven_by": (3, None, ""), "n_pool": (*COUNT, 0), "tau_s": (*NUMBER, 0, -1),
         "threshold_hz": (-1, "22"), "least_hz": (-1, 9.0), "full_hz": (0, "5"),
         "pool_seed": SEED, "delay_s": (-1, 99)},
    )  # fmt: skip
    still = ms.Trial(condition="wait", duration_s=1.0)
    good = {
        "subjects": [subject()], "turns": 2, "seed": 1, "choose": lambda n, last, rng: [still],
        "body": ms.Body(driven_by="F5.E"),
    }  # fmt: skip
    uses += wrong(
        ms.meet,
        good,
        {"subjects": (*LIST, [], subject(), [session()], "ab"), "turns": (*COUNT, 0),
         "choose": FUNCTION, "seed": SEED, "turn_s": (*NUMBER, 0, -1, 0.015, 1e9),
         "body": (*record_of(ms.Body), ms.Body()), "carry": TRUTH, "learning": ("no", True),
         "progress": (3,)},
        also=["Subjects"],
    )  # fmt: skip
    answers = (None, [], still, [still, still], ["trial"], [trial()])
    uses += [
        Use(f"meet, choose returns {shown(answer)}",
            functools.partial(ms.meet, **{**good, "choose": lambda n, last, rng, a=answer: a}),
            ("choose",))
        for answer in answers
    ]  # fmt: skip
    uses += misspelt(ms.meet, good, "n_turns")
    return uses


def engines() -> list[Use]:
    """Blocks and live networks."""
    seeds = iter([1])
    uses = wrong(
        plan_blocks,
        {"trials": [trial()], "block_s": 5.0, "seeds": seeds},
        {"trials": (*LIST, "ab", [3], [protocol()]), "block_s": (*NUMBER, 0.1),
         "seeds": (1, None, [1])},
    )  # fmt: skip
    engine = subject().engine
    good = {"engine": engine, "block": Block((), (), 1), "state": subject().state}
    uses += wrong(
        live_network,
        good,
        {"engine": (subject(), circuit(), None), "block": (trial(), None, [trial()]),
         "state": (None, [1], {"x": np.ones(3)}, {"cells.bias": np.ones(3)},
                   {"cells.bias": "a"}),
         "learning": TRUTH, "record": (3, "ab", [99], [-1], [1.5])},
    )  # fmt: skip
    uses += wrong(
        subgroup,
        {"engine": engine, "objects": {}, "name": "F5.E"},
        {"engine": (subject(), None), "objects": (None, [1], {}), "name": (3, "F9", None)},
    )
    uses += wrong(
        engine.run_block,
        {"block": Block((), (), 1), "state": subject().state},
        {"block": (trial(), None), "state": (None, [1]), "record": ([99], 3)},
    )
    return uses


# --- studies -------------------------------------------------------------------------------------


def studies() -> list[Use]:
    """Studies, controls and tables of targets."""
    control = {"name": "c", "row": "n", "growth": {"vision": "none"}}
    uses = wrong(
        ms.Study,
        STUDY,
        {"name": ("a/b", "", 3), "protocol": (*FUNCTION, one, {"a": 3}, protocol()),
         "rows": (*FUNCTION, protocol), "targets": (3, (3,)), "figure": (3, protocol),
         "controls": (control, (control,), "ab"), "controlled": (("x",), "ab"),
         "tables": (3, protocol), "recorded": (3, protocol), "label": (3,)},
    )  # fmt: skip
    uses += misspelt(ms.Study, STUDY, "target")
    uses += wrong(
        ms.Control,
        control,
        {"name": (3, ""), "row": (3, None, ""), "growth": ([1], {}, {"visions": "none"}),
         "change": (3, len), "session": ("f", protocol), "guard": (3,)},
    )  # fmt: skip
    uses += wrong(
        get_study,
        {},
        {"which": (3, None, "control", "no.py:STUDY", "no_module:STUDY", "notes.py:STUDY", "a:b:c",
                   "broken.py:STUDY", ":", "", "notes.py", ms.Study, "notes.py:NOTE")},
    )  # fmt: skip
    uses += wrong(
        read_targets,
        {},
        {"paths": (3, None, "targets.csv", [3], [Path("missing.csv")], [Path()],
                   [Path("binary.toml")], [Path("empty.csv")], [Path("table.csv")])},
    )  # fmt: skip
    uses += wrong(ms.datasets.fetch, {}, {"name": (*TEXT, "jerjian", "")})
    return uses


def sweeps_and_reports() -> list[Use]:
    """Sweeps, runs, figures and validation."""
    study = ms.Study(**STUDY)
    good = {
        "study": study,
        "subjects": [1],
        "circuit": circuit(),
        "block_s": 5.0,
        "target": "numpy",
        "n_trials": 4,
    }
    axes = {
        "F5.E.nn": [3], "F5.F.n": [3], "F5.E.n": [0], "STS->F5.delay": [3], "STS->M1.p": [0.1],
        "STS->F5.p": [0.1, 2.0], "STS->F5.plasticity.etha": [1.0], "lesion": ["F9"],
        "control": ["no"], "growth.visions": ["own"], "growth.vision": ["own", "blind"],
        "circuit.tau": [3], "speed": [3], "F5.E.bias_pA": ["high"], "F5.E.noise_pA": [],
        "F5.E.target_hz": 3, "circuit.tau_ampa_ms": "34", "circuit.tau_gaba_ms": [math.nan],
        "STS->F5.plasticity.eta": [None], "lesion ": ["STS"], "": [1], 3: [1],
    }  # fmt: skip
    uses = [
        Use(f"sweep(grid={{{axis!r}: {values!r}}})",
            functools.partial(ms.sweep, **good, grid={axis: values}),
            (str(axis).rpartition(".")[2] or "''", str(axis), *_words(values)))
        for axis, values in axes.items()
    ]  # fmt: skip
    uses += wrong(
        ms.sweep,
        good,
        {"study": (3, None, ms.Study, "controlls"), "subjects": (3, [], ["a"], [1.5], [-1], "ab",
         [1, 1], None), "grid": ([1], "ab"), "circuit": record_of(ms.Circuit),
         "curriculum": record_of(ms.Curriculum), "n_trials": (3, 0, "9", 4.5), "jobs": COUNT[:2],
         "progress": (3,), "block_s": (0, "5", 3.0), "dt_ms": (0, "0.5"), "targets": ("cpp",)},
        also=["a block of 3 s"],
    )  # fmt: skip
    uses += wrong(
        Setup,
        {},
        {"seed": SEED, "n_subjects": (*COUNT, 0), "n_trials": (0, "4", 1.5), "jobs": (0, "2", 1.5),
         "quick": TRUTH, "circuit": record_of(ms.Circuit), "scheduler": (3,), "subjects": (3,)},
    )  # fmt: skip
    reported = {"study": "controls", "setup": Setup()}
    values = {
        "setup": (None, 3, {}, Setup), "out": ("file.txt", 3, None, "/proc/no/such"),
        "n_controls": (-1, 9, "1", 1.5), "say": (3, None),
    }  # fmt: skip
    uses += wrong(run, reported, values | {"study": (3, "control", None)}, "report.run")
    several = {"studies": ["observed_vs_performed"], "setup": Setup()}
    values["studies"] = (3, "controls", ["gallese"], ["jerjian2020"], [3])
    uses += wrong(figures, several, values, "report.figures")
    values["studies"] = (3, "controls", ["gallese"], ["controls"], [3])
    uses += wrong(validate, {**several, "studies": ["gallese1996"]}, values, "validate")
    return uses


def studies_of_papers() -> list[Use]:
    """Protocols and tests of the papers."""
    own = session()
    wrong_sessions = (3, None, subject(), protocol(), own.trials)
    uses = wrong(gallese1996.protocol, {}, {"n_trials": (*COUNT, 0), "seed": SEED},
                 "gallese1996.protocol")  # fmt: skip
    uses += wrong(jerjian2020.protocol, {}, {"seed": SEED}, "jerjian2020.protocol")
    uses += wrong(controls.protocol, {}, {"n_trials": (*COUNT, 0), "seed": SEED},
                  "controls.protocol")  # fmt: skip
    for function, more in (
        (gallese1996.classify, {}), (gallese1996.gallese_classify, {}),
        (gallese1996.baseline_variability, {}), (jerjian2020.jerjian_classify, {}),
        (jerjian2020.classify, {"seed": 1}), (jerjian2020.recording, {"seed": 1}),
        (jerjian2020.rows, {"seed": 1}), (controls.rows, {"seed": 1}), (controls.measure, {}),
        (controls.poisson_units, {"seed": 1}),
    ):  # fmt: skip
        name = f"{function.__module__.split('.')[2]}.{function.__name__}"
        given = {"session": own, **more}
        values = {"session": wrong_sessions} | ({"seed": SEED[:4]} if more else {})
        uses += wrong(function, given, values, name)
    # A session of another protocol.
    uses += [
        Use(f"{name} of a session of another protocol", functools.partial(function, own, **more),
            ("object-alone", "lcdon", "execute-dark", "nogo", "events", "units", "condition"))
        for name, function, more in (
            ("jerjian2020.classify", jerjian2020.classify, {"seed": 1}),
            ("jerjian2020.recording", jerjian2020.recording, {"seed": 1}),
            ("jerjian2020.rows", jerjian2020.rows, {"seed": 1}),
            ("controls.rows", controls.rows, {"seed": 1}),
        )
    ]  # fmt: skip
    uses += wrong(
        gallese1996.gallese_classify,
        {"session": own},
        {"criteria": (3, "strict"), "epochs": (3, (), ("a",)), "execution": (3, "execute"),
         "observation": ("observed",)},
    )  # fmt: skip
    uses += wrong(
        jerjian2020.jerjian_classify,
        {"session": own},
        {"posthoc": ("tukey", 3), "alpha": (*NUMBER, -1, 2), "epochs": (3, ())},
    )
    uses += wrong(gallese1996.learning_curve, {"subject": subject()},
                  {"subject": (own, None, "x", subject()), "n_trials": (0, 1.5, "3"),
                   "jobs": (0, "2")})  # fmt: skip
    uses += wrong(jerjian2020.wrist_speed, {}, {"times_s": ARRAY})
    uses += wrong(jerjian2020.recorded_units, {"units": own.units, "seed": 1},
                  {"units": (3, None, own, own.units[["x_um"]]), "seed": SEED[:4]})  # fmt: skip
    uses += wrong(jerjian2020.groups, {}, {"units": (3, None, own, own.units[["x_um"]])})
    return uses


# --- analysis and figures ------------------------------------------------------------------------


def analysis() -> list[Use]:
    """Functions on sessions and on arrays."""
    own, a = session(), ms.analysis
    others = (3, None, subject(), protocol(), own.trials)
    epoch = a.Epoch(start="movement_onset", stop="contact")
    window = (*TUPLE, (1.0,), (0.5, -0.5), ("a", "b"), (0.0, math.nan), (0.0, 1e9))
    uses = wrong(
        a.Epoch,
        {"start": "contact", "stop": "release"},
        {"start": (3, None, ""), "stop": (3, ""), "start_offset_s": (*NUMBER, 500.0)},
    )
    psth = {"session": own, "align": "contact", "window_s": (-0.5, 0.5)}
    uses += wrong(
        a.psth,
        psth,
        {"session": others, "align": ("contacts", 3, None), "window_s": window,
         "step_s": (*NUMBER, 0, -1, 9), "sigma_s": (*NUMBER, -1), "by": ("conditions", 3, [])},
    )  # fmt: skip
    uses += misspelt(a.psth, psth, "window", "bin_s")
    uses += wrong(a.epoch_rates, {"session": own, "epochs": [epoch]},
                  {"session": others, "epochs": (3, epoch, ["reach"], [])})  # fmt: skip
    uses += wrong(a.epoch_windows, {"session": own, "epoch": epoch},
                  {"epoch": (3, "reach", a.Epoch, a.Epoch(start="go", stop="contact"))})  # fmt: skip
    rates = a.epoch_rates(own, [a.Epoch(start="object_on", stop="movement_onset"), epoch])
    label = own.trials["action"].to_numpy(dtype=str)
    uses += wrong(
        a.two_way_anova,
        {"rates": rates, "label": label},
        {"rates": (*ARRAY, np.ones(3), rates[:3], np.full(rates.shape, math.nan)),
         "label": (3, None, label[:3], np.repeat("a", len(label))),
         "baseline": (9, -1, "0", 1.5), "posthoc": ("tukey", 3)},
    )  # fmt: skip
    criteria = a.ResponseCriteria()
    uses += wrong(
        a.present_absent,
        {"rates": rates, "labels": label, "names": ["grasp-precision"], "criteria": criteria},
        {"rates": (*ARRAY, np.ones(3), rates[:3]), "labels": (3, None, label[:3]),
         "names": (3, "grasp-precision", ["grasp"], []), "criteria": (3, None, "strict"),
         "suppressed": TRUTH},
    )  # fmt: skip
    uses += wrong(a.ResponseCriteria, {}, {"alpha": (*NUMBER, -1, 2), "min_ratio": (0.5, "2")})
    uses += wrong(a.baseline_variability, {"session": own, "baseline": epoch},
                  {"session": others, "baseline": (3, "b", None), "min_rate_hz": NUMBER})  # fmt: skip
    uses += wrong(
        a.muscle_readout,
        {"session": own, "units": [0, 1], "align": "contact", "window_s": (-0.5, 0.5)},
        {"session": others, "units": (None, [99], ["a"], [0.5], [], "no query", {}),
         "align": ("contacts", 3), "window_s": window, "n_pool": (*COUNT, 0), "tau_s": (0, "1", -1),
         "threshold_hz": ("22", math.nan), "pool_seed": SEED},
    )  # fmt: skip
    uses += wrong(muscle.spinal_pool, {"counts": np.ones((2, 3, 4))},
                  {"counts": (*ARRAY, np.ones(3)), "n_pool": (0, 1.5), "tau_s": (0, "1")})  # fmt: skip
    return uses + statistics(a.psth(**psth))


def statistics(smooth: Any) -> list[Use]:
    """Functions on arrays and rates."""
    own, rng = session(), np.random.default_rng(1)
    two, flags = np.arange(12.0).reshape(4, 3), np.array([True, False, True, False])
    short = (*ARRAY, np.ones(2), np.ones((2, 2, 2)))
    uses = wrong(decoding.binned_counts, {"session": own, "align": "contact",
                                          "window_s": (-0.5, 0.5)},
                 {"session": (3, None, subject()), "align": ("go", 3), "window_s": TUPLE,
                  "bin_s": (*NUMBER, 0, -1, 9)})  # fmt: skip
    epoch = ms.analysis.Epoch(start="movement_onset", stop="release")
    uses += wrong(decoding.warped_rates, {"session": own, "epoch": epoch, "n_bins": 5},
                  {"session": (3, None), "epoch": ("reach", 3), "n_bins": (*COUNT, 0)})  # fmt: skip
    activity, label = np.ones((12, 5, 4)), np.tile(["a", "b"], 6)
    context = np.repeat(["x", "y"], 6)
    uses += wrong(
        decoding.cross_decoding,
        {"activity": activity, "label": label, "context": context, "rng": rng, "n_folds": 3},
        {"activity": (*ARRAY, np.ones(3)), "label": (3, None, label[:3], np.repeat("a", 12)),
         "context": (3, None, context[:3]), "rng": RNG, "classifier": ("svm", 3),
         "n_folds": (*COUNT, 0, 1, 99), "n_resamples": (*COUNT, 0)},
    )  # fmt: skip
    for function, given in (
        (subspaces.principal_axes, {"activity": two, "n_axes": 2}),
        (subspaces.captured_variance, {"activity": two, "axes": np.eye(3)}),
        (subspaces.alignment_index, {"activity": two, "axes": np.eye(3)[:, :2]}),
        (subspaces.random_alignment, {"activity": two, "axes": np.eye(3)[:, :2], "rng": rng}),
        (subspaces.principal_angles, {"first": np.eye(3), "second": np.eye(3)}),
        (subspaces.canonical_correlations, {"first": two, "second": two, "n_axes": 1}),
        (chance.overlap, {"executed": flags, "observed": flags, "rng": rng}),
        (chance.match, {"executed_hz": two, "observed_hz": two, "rng": rng}),
        (chance.match_strict, {"executed": two > 3, "observed": two > 3, "rng": rng}),
        (chance.correlation, {"first": two[0], "second": two[0], "rng": rng}),
        (chance.bootstrap, {"values": two[0], "rng": rng}),
        (chance.paired_difference, {"grown": two[0], "control": two[0], "rng": rng}),
        (population.pearson, {"first": two[0], "second": two[0]}),
        (population.epoch_correlations, {"executed_hz": np.ones((2, 3, 5)), "observed_hz":
                                         np.ones((2, 3, 5)), "rng": rng,
                                         "epochs": ("a", "b", "c")}),
        (ms.analysis.profile_match, {"executed_hz": two, "observed_hz": two}),
    ):  # fmt: skip
        values: dict[str, Sequence[object]] = dict.fromkeys(list(given)[:2], short[:5])
        first = next(iter(given))
        values[first] = short if len(given) > 1 else short[:5]
        if "n_axes" in given:
            values.pop("n_axes", None)
            values |= {"n_axes": (*COUNT, 0, 99)}
        if "rng" in given:
            values |= {"rng": RNG, "n": (0, "9", 1.5, None)}
            if first == "executed_hz" and "epochs" in given:
                values |= {"epochs": (3, None, ("a",))}
        if function is chance.bootstrap:
            values["values"] = short[:5]
            values.pop("rng")
            values |= {"rng": RNG}
        uses += wrong(function, given, values, also=["shape"])
    uses += wrong(chance.wilson, {"count": 3, "total": 9},
                  {"count": (-1, 10, "3", 1.5), "total": (0, -1, "9")})  # fmt: skip
    for function, given in (
        (population.mean_rates, {"start_s": 0.0, "stop_s": 0.2}),
        (population.peak_rates, {"start_s": 0.0, "stop_s": 0.2}),
        (population.within, {"start_s": 0.0, "stop_s": 0.2}),
        (population.at_time, {"time_s": 0.0}),
        (population.soft_normalised, {"baseline_s": (-0.5, 0.0)}),
        (subspaces.range_normalised, {}),
    ):
        values = {"rates": (3, None, own, two)}
        values |= {name: NUMBER[:5] for name in given if name != "baseline_s"}
        values |= {name: (*NUMBER[:5], 99.0) for name in given if name in ("start_s", "time_s")}
        values |= {"baseline_s": (*TUPLE, (9.0, 10.0))} if "baseline_s" in given else {}
        uses += wrong(function, {"rates": smooth, **given}, values, also=["the rates"])
    uses += wrong(population.sign_shares, {}, {"classes": (3, None, ["FX"], "FF", [3])})
    return uses


def drawing() -> list[Use]:
    """Panels and pages."""
    from mirror_sim.figures import panels
    from mirror_sim.figures import scoreboard as board
    from mirror_sim.figures import sweep as swept

    page = style.page(50, 50)
    axes = page.subplots()
    table = pd.DataFrame({"x": [1.0]})
    uses = wrong(style.page, {"width_mm": 50, "height_mm": 50},
                 {"width_mm": (*NUMBER, 0, -1, 1e9), "height_mm": (0, "5")})  # fmt: skip
    uses += wrong(style.savefig, {"figure": page, "stem": "x"},
                  {"figure": (3, None, axes, "x"), "stem": (3, None, "no/such/x", "")})  # fmt: skip
    uses += wrong(panels.curve, {"axes": axes, "times_s": [0.0, 1.0], "values": [0.0, 1.0],
                                 "colour": "k"},
                  {"axes": (3, None, page), "times_s": (*ARRAY, [1.0]), "values": ARRAY,
                   "colour": ("no colour", 3)})  # fmt: skip
    uses += wrong(panels.change_scatter, {"axes": axes, "table": table},
                  {"axes": (3, page), "table": (3, None, table)})  # fmt: skip
    uses += wrong(panels.raster, {"axes": axes, "spikes_s": [np.ones(2)], "marks_s": np.ones(1),
                                  "windows_s": [(0.0, 1.0)], "colour": "k"},
                  {"spikes_s": (3, None, [["a"]]), "windows_s": (3, [1.0]), "colour": (3,)})  # fmt: skip
    uses += wrong(swept.draw, {"tables": {"a": table}, "quantities": {"x": "x"}},
                  {"tables": (*MAPPING, {}, {"a": 3}, {"a": table}),
                   "quantities": (*MAPPING, {}, {"y": "y"})}, "figures.sweep.draw", also=["column"])  # fmt: skip
    uses += wrong(board.draw, {"table": table}, {"table": (3, None, table)},
                  "figures.scoreboard.draw", also=["column"])  # fmt: skip
    return uses


def sessions() -> list[Use]:
    """A Session: its making, its reading, its file."""
    own = session()
    good = {"units": own.units, "trials": own.trials, "spike_times": own.spike_times,
            "spike_units": own.spike_units, "metadata": own.metadata}  # fmt: skip
    uses = wrong(
        ms.Session,
        good,
        {"units": (3, None, own, own.units[["x_um"]]), "trials": (3, None, own.trials[["seed"]]),
         "spike_times": (*ARRAY, own.spike_times[::-1], own.spike_times[:3], -own.spike_times),
         "spike_units": (*ARRAY, own.spike_units + 999, own.spike_units[:3]),
         "metadata": (None, 3, [1], {"a": object()}), "duration_s": ("3", -1, math.nan)},
    )  # fmt: skip
    uses += wrong(own.event_times, {}, {"event": (3, None, "contacts", "")})
    uses += wrong(own.spikes_of, {}, {"unit_row": (99, -1, "3", None, 1.5)})
    uses += wrong(own.counts, {"start_s": [0.0], "stop_s": [1.0]},
                  {"start_s": (*ARRAY, [2.0], [0.0, 1.0]), "stop_s": ARRAY})  # fmt: skip
    uses += wrong(own.relative_spikes, {"unit_row": 0, "align_s": [1.0], "window_s": (-1.0, 1.0)},
                  {"unit_row": (99, "3", None), "align_s": ARRAY,
                   "window_s": (3, (1.0,), (1.0, -1.0), "ab")})  # fmt: skip
    uses += wrong(own.select, {}, {"units": (99, [99], [0.5], "no query", "area ==", {}, object),
                                   "trials": ([99], [0.5], "no query", {}, object)})  # fmt: skip
    uses += wrong(ms.Session.concatenate, {}, {"sessions": (3, None, [], own, [own, 3])},
                  "Session.concatenate")  # fmt: skip
    uses += wrong(own.to_nwb, {}, {"path": (3, None, "no/such/x.nwb", "."),
                                   "session_start_time": ("now", 3)} | {})  # fmt: skip
    uses += wrong(ms.Session.from_nwb, {}, {"path": (3, None, "missing.nwb", ".", "binary.toml",
                                                     "table.csv")}, "Session.from_nwb")  # fmt: skip
    uses += wrong(own.require_circuit, {}, {"digest": (3, None, "abc")})
    return uses


# --- command line and scripts --------------------------------------------------------------------

_COUNTS = ("0", "-1", "two", "1.5", "1000000000000", "", "1e3")


def _commands(
    program: tuple[str, ...], options: Mapping[str, Iterable[str]], names: Sequence[str] = ()
) -> list[Use]:
    return [
        Use(" ".join([*program, option, repr(value)]), (*program, option, value),
            (value or "''", option, *names))
        for option, values in options.items()
        for value in values
    ]  # fmt: skip


def commands() -> list[Use]:
    """Options and arguments of ``mirror-sim``."""
    common = {
        "--subjects": _COUNTS, "--trials": (*_COUNTS, "3"), "--jobs": _COUNTS,
        "--seed": ("-1", "1.5", "one", "", str(2**64)), "--out": ("", "file.txt", "/proc/no/such"),
        "--circuit": ("missing.toml", ".", "binary.toml", "other.toml", "", "cut.toml"),
        "--subject": ("many",), "--scheduler": ("",),
    }  # fmt: skip
    controlled = {"--controls": ("-1", "9", "some", "1.5", "")}
    uses = _commands(("mirror-sim", "run", "controls"), common | controlled, ["option"])
    uses += _commands(("mirror-sim", "validate", "gallese1996"), common | controlled, ["option"])
    uses += _commands(("mirror-sim", "figures"), common | controlled, ["option"])
    axes = (
        "F6.withhold.peak_hz", "F6.withhold.peak_hz=", "F6.withhold.peak_hz=high", "=3", "",
        "F6.withold.peak_hz=3", "lesion=F9", "control=no", "STS->PFG.E.delay=3", "growth.vision=no",
        "circuit.tau=3", "peak_hz=3", "STS->PFG.E.plasticity.eta=-1", "F5.E.n=0,1", "F5.E.n=1.5",
        "circuit.name=",
    )  # fmt: skip
    swept = _commands(("mirror-sim", "sweep", "controls"), {"--axis": axes, "--out": (".csv/x",)})
    last = [dataclasses.replace(use, names=(*use.names, *use.make[-1].split("=")[0].split(".")[-1:]))
            for use in swept]  # fmt: skip
    uses += last
    for arguments in (
        ("run",), ("run", "control"), ("run", "no.py:STUDY"), ("run", "notes.py:STUDY"),
        ("run", "broken.py:STUDY"), ("run", "controls", "gallese1996"), ("run", ""),
        ("validate", "controls"), ("validate", "gallese"), ("figures", "gallese1996"), ("sweep",),
        ("sweeps",), ("circuit", "--out", "c.docx"), ("circuit", "--out", ""),
        ("circuit", "--out", "no/such/c.toml"), ("circuit", "macaque"), ("data",),
        ("data", "fetch", "jerjian"), ("data", "get"), ("doctor", "now"), ("list", "all"), ("",),
        ("run", "controls", "--axis", "a=1"), ("circuit", "--out", "folder.toml"),
    ):  # fmt: skip
        word = (arguments[-1] or "''",)
        uses.append(Use(" ".join(["mirror-sim", *arguments]), ("mirror-sim", *arguments),
                        (*word, "required", "invalid choice")))  # fmt: skip
    return uses


def scripts() -> list[Use]:
    """Options of the scripts."""
    common = {
        "--subjects": _COUNTS, "--jobs": ("0", "two"), "--seed": ("-1", "1.5"),
        "--out": ("", "file.txt"), "--sed": ("1",),
    }  # fmt: skip
    more = {"--trials": ("0", "3", "x"), "--circuit": ("missing.toml", "", ".")}
    uses = []
    for name in ("sweep", "robustness", "model_vs_monkey"):
        uses += _commands((f"{name}.py",), common | more, ["arguments"])
    uses += _commands(("learning_curve.py",), common, ["arguments"])
    uses += _commands(("benchmark.py",), {"--repeats": _COUNTS, "--out": ("", "file.txt"),
                                          "--parts": ("nests", "")}, ["invalid choice"])  # fmt: skip
    uses += _commands(("agreement_with_nest.py",), {"--seeds": _COUNTS, "--out": ("", "file.txt")})
    for name in ("encounter", "lesson", "new_sense", "lesion_and_stimulation", "new_action",
                 "new_area", "new_rule", "own_monitor"):  # fmt: skip
        uses += _commands((f"{name}.py",), {"--seed": ("-1", "10", "x", "")})
    return uses


def lay_out(folder: Path) -> None:
    """Write the files that uses name: none is what it should be."""
    (folder / "binary.toml").write_bytes(bytes(range(256)))
    (folder / "other.toml").write_text('title = "something else"\n')
    (folder / "table.csv").write_text("a,b\n1,2\n")
    (folder / "empty.csv").touch()
    (folder / "file.txt").write_text("a file where a folder is wanted\n")
    (folder / "folder.toml").mkdir()
    whole = folder / "whole.toml"
    circuit().to_toml(whole)
    text = whole.read_text()
    (folder / "cut.toml").write_text(text[: len(text) // 2])
    (folder / "twice.toml").write_text(text.replace("[[projections]]", text[-1:], 1) + text)
    (folder / "wrong.toml").write_text(text.replace("p = 0.5", "p = 5"))
    (folder / "notes.py").write_text('NOTE = "no study"\n')
    (folder / "broken.py").write_text("STUDY = (\n")


def groups() -> dict[str, Callable[[], list[Use]]]:
    """Return what makes the uses of each group."""
    return {
        "parts of circuits": parts,
        "circuits": circuits,
        "scenes": scenes,
        "senses and registry": senses_and_registry,
        "Subjects": subjects,
        "curricula, bodies, encounters": curricula_and_bodies,
        "engine": engines,
        "studies": studies,
        "sweeps and reports": sweeps_and_reports,
        "studies of papers": studies_of_papers,
        "analysis": analysis,
        "figures": drawing,
        "sessions": sessions,
        "command line": commands,
        "scripts": scripts,
    }
