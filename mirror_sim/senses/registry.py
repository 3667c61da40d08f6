"""Senses: what a population of input cells makes of a trial."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, Protocol

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_fields, record
from mirror_sim.base.registry import Registry
from mirror_sim.base.sources import identity


class Cells(Protocol):
    """What a sense may read of a population of input cells; see `mirror_sim.InputPopulation`."""

    def __hash__(self) -> int:
        """Tell equal populations, whose tuning by a seed is the same."""

    @property
    def name(self) -> str:
        """Name of the population."""

    @property
    def baseline_hz(self) -> float:
        """Rate without drive, spikes/s."""

    @property
    def peak_hz(self) -> float:
        """Rate at full drive, spikes/s."""

    @property
    def n(self) -> int:
        """Number of cells."""

    @property
    def encodes(self) -> str:
        """The sense, with the channel of a signal: ``"hand"``, ``"signal:sound"``."""

    @property
    def width(self) -> float:
        """Tuning width (sd), in scaled features."""

    @property
    def object_gain(self) -> float:
        """Share of the drive that is left without an object."""

    @property
    def features(self) -> int:
        """Number of features of a signal that the cells are tuned to."""

    @property
    def latency_ms(self) -> float | None:
        """How late the cells answer; None is the sense's own latency."""


@record
class Sense:
    """What input cells encode: how they are tuned, and how a trial drives them.

    Parameters
    ----------
    name : str
        What `mirror_sim.InputPopulation.encodes` names.
    tuning : callable
        ``tuning(cells, rng)`` draws the cells' tuning, once a Subject, and returns whatever `drive`
        needs. `cells` is the input population, `rng` a seeded `numpy.random.Generator`.
    drive : callable
        ``drive(trial, tuning, times_s)`` returns the drive of each cell, 0 to 1, shape
        (n_times, n_cells); `times_s` are the centres of bins of 10 ms, seconds from trial start. A
        drive that has a parameter ``rng`` gets a generator that is seeded anew in each trial.
    of_channels : bool
        Whether a population names a channel too, as in ``"signal:sound"``.
    source : str
        Where the sense comes from.

    Raises
    ------
    ValueError
        If a function is not written with ``def`` at the top level of a file: its source is part of
        every key, so that results of other code are never reused.
    """

    name: str
    tuning: Callable[[Any, Any], Any]
    drive: Callable[..., Any]
    of_channels: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        where = f"Sense {self.name!r}"
        check_fields(self, where)
        if not re.fullmatch(r"[A-Za-z][\w\-]*", self.name, re.ASCII):
            raise ValueError(f"{where}: a name has letters, digits, _ and - only")
        for function in (self.tuning, self.drive):
            identity(function)

    @property
    def of_package(self) -> bool:
        """Whether the sense comes with the package, and so keeps what is asked of its drive."""
        return self.drive.__module__.partition(".")[0] == __name__.partition(".")[0]

    @property
    def draws(self) -> bool:
        """Whether the drive asks for a generator."""
        return "rng" in inspect.signature(self.drive).parameters


SENSES: Registry[Sense] = Registry("sense", Sense)
"""The senses by name; `mirror_sim.register` adds to them."""


def sense_of(encodes: str, *, where: str) -> Sense:
    """Return the sense that a population names.

    Raises
    ------
    ValueError
        If there is none of this name, or a channel is missing or too many.
    """
    name, colon, channel = encodes.partition(":")
    if name not in SENSES:
        listed = (f"{n}:CHANNEL" if SENSES.get(n).of_channels else n for n in SENSES.names())
        raise unknown("sense", encodes, listed, where=where)
    sense = SENSES.get(name)
    if sense.of_channels and not channel:
        raise ValueError(f"{where} encodes {encodes!r}; it needs a channel, as in '{name}:sound'")
    if colon and not sense.of_channels:
        raise ValueError(f"{where} encodes {encodes!r}; the sense {name!r} has no channels")
    return sense


def channel_of(encodes: str) -> str:
    """Return the channel that a population names, or ""."""
    return encodes.partition(":")[2]
