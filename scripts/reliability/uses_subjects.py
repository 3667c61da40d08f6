"""Wrong uses of senses, Subjects, curricula, encounters, engines and sessions."""

from __future__ import annotations

import functools
import math

import numpy as np
from uses_base import (
    ARRAY,
    COUNT,
    FUNCTION,
    LIST,
    NUMBER,
    RNG,
    RULE,
    SEED,
    TEXT,
    TRUTH,
    Use,
    circuit,
    misspelt,
    one,
    protocol,
    record_of,
    session,
    subject,
    trial,
    wrong,
)

import mirror_sim as ms
from mirror_sim.base.errors import shown
from mirror_sim.engine import Block, Engine, live_network, plan_blocks, subgroup

# --- senses, Subjects, encounters ----------------------------------------------------------------


def senses_and_registry() -> list[Use]:
    """Misuse a Sense, and register what cannot be registered."""
    good = {"name": "own", "tuning": one, "drive": one}
    uses = wrong(
        ms.Sense,
        good,
        {"name": ("a b", "", 3), "tuning": (*FUNCTION, lambda _cells, _rng: 1), "drive": FUNCTION,
         "of_channels": TRUTH},
    )  # fmt: skip
    uses += misspelt(ms.Sense, good, "drives")
    uses += wrong(ms.register, {}, {"record": (3, None, "hebb", ms.Rule, RULE, session())})
    return uses


def subjects() -> list[Use]:
    """Misuse a Subject and what can be done to it."""
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
    uses.append(
        Use("Subject.naive(circuit with 5e9 synapses)",
            lambda: ms.Subject.naive(ms.macaque().scaled(10_000), seed=1), ("synapses",))
    )  # fmt: skip
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
    """Misuse a Curriculum, a Body, an encounter."""
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
        "subjects": [subject()], "turns": 2, "seed": 1, "choose": lambda *_: [still],
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
            functools.partial(ms.meet, **{**good, "choose": lambda *_, a=answer: a}),
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


def sessions() -> list[Use]:
    """Misuse a Session: its making, its reading, its file."""
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
    uses += wrong(own.to_nwb, {"path": "own.nwb"}, {"path": (3, None, "."),
                                   "session_start_time": ("now", 3)})  # fmt: skip
    uses += wrong(ms.Session.from_nwb, {}, {"path": (3, None, "missing.nwb", ".", "binary.toml",
                                                     "table.csv")}, "Session.from_nwb")  # fmt: skip
    uses += wrong(own.require_circuit, {}, {"digest": (3, None, "abc")})
    return uses
