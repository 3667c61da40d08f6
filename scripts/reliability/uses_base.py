"""What the lists of wrong uses are made with: wrong values of each kind, and what is right."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

import mirror_sim as ms
from mirror_sim.base.errors import shown
from mirror_sim.engine import BlockResult, plan_blocks
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
            (argument, shown(value)[:40], *words_of(value), *_PLACES.get(argument, ()), *also),
        )
        for argument, several in values.items()
        for value in several
    ]


# How messages name files that are not what they should be.
_PLACES = dict.fromkeys(
    ("path", "paths", "stem", "out", "source"), ("folder", "file", "text", "table")
)


def words_of(value: object) -> list[str]:
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
