"""What a circuit is made of: cells, populations, learning rules in use, projections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import Frozen, check_fields, record
from mirror_sim.circuit.rules import RULES, checked_numbers
from mirror_sim.senses.registry import sense_of

SIGNS = ("excitatory", "inhibitory")
LABELS = ("pyramidal", "PTN", "FS")

# Lowest and highest plausible value of each field; wide enough for any published cortical model,
# narrow enough to catch a number in another unit.
CELL_RANGES = {
    "C_pF": (10.0, 2000.0),
    "gL_nS": (0.5, 200.0),
    "EL_mV": (-90.0, -40.0),
    "VT_mV": (-70.0, -20.0),
    "deltaT_mV": (0.1, 10.0),
    "Vcut_mV": (-65.0, 60.0),
    "Vreset_mV": (-90.0, -20.0),
    "t_ref_ms": (0.0, 20.0),
    "a_nS": (-50.0, 100.0),
    "b_pA": (0.0, 1000.0),
    "tau_w_ms": (1.0, 5000.0),
}
POPULATION_RANGES = {
    "n": (1, 10_000_000),
    "bias_pA": (-2000.0, 2000.0),
    "bias_sd_pA": (0.0, 2000.0),
    "noise_pA": (0.0, 2000.0),
    "slow_noise_pA": (0.0, 2000.0),
    "target_hz": (0.0, 500.0),
    "target_sigma": (0.0, 5.0),
}
INPUT_RANGES = {
    "n": (1, 10_000_000),
    "baseline_hz": (0.0, 500.0),
    "peak_hz": (0.0, 1000.0),
    "width": (0.001, 10.0),
    "object_gain": (0.0, 1.0),
    "features": (0, 100),
    "latency_ms": (-500.0, 500.0),
}
PROJECTION_RANGES = {
    "p": (0.0, 1.0),
    "weight_nS": (0.0, 1000.0),
    "weight_sigma": (0.0, 5.0),
    "delay_ms": (0.0, 500.0),
    "delay_sd_ms": (0.0, 500.0),
    "nmda": (0.0, 1.0),
}


@record
class Cell:
    """An adaptive exponential integrate-and-fire cell (AdEx).

    Parameters
    ----------
    name : str
        Name of the cell model, e.g. ``"RS"``.
    C_pF, gL_nS, EL_mV : float
        Capacitance, leak conductance and leak reversal potential.
    VT_mV, deltaT_mV : float
        Threshold and sharpness of the exponential spike onset.
    Vcut_mV, Vreset_mV, t_ref_ms : float
        Voltage at which a spike is counted, voltage after it and refractory time.
    a_nS, b_pA, tau_w_ms : float
        Adaptation: subthreshold coupling, step at a spike and time constant.
    source : str
        Where the numbers come from.

    Raises
    ------
    ValueError
        If a number lies outside `CELL_RANGES`, or the voltages contradict each other.

    Examples
    --------
    >>> rs = Cell(name="RS", C_pF=200, gL_nS=10, EL_mV=-63, VT_mV=-50, deltaT_mV=2, Vcut_mV=-40,
    ...           Vreset_mV=-55, t_ref_ms=5, a_nS=0, b_pA=1, tau_w_ms=500)
    >>> rs.C_pF
    200.0
    """

    name: str
    C_pF: float
    gL_nS: float
    EL_mV: float
    VT_mV: float
    deltaT_mV: float
    Vcut_mV: float
    Vreset_mV: float
    t_ref_ms: float
    a_nS: float
    b_pA: float
    tau_w_ms: float
    source: str = ""

    def __post_init__(self) -> None:
        where = f"Cell {self.name!r}"
        check_fields(self, where, CELL_RANGES)
        for low in ("VT_mV", "Vreset_mV"):
            if getattr(self, low) >= self.Vcut_mV:
                raise ValueError(
                    f"{where}.{low} is {getattr(self, low)}, not below Vcut_mV {self.Vcut_mV}"
                )
        if (self.Vcut_mV - self.VT_mV) / self.deltaT_mV > 500:
            raise ValueError(
                f"{where}.Vcut_mV is {self.Vcut_mV}, so far above VT_mV {self.VT_mV} that the "
                f"exponential of deltaT_mV {self.deltaT_mV} overflows; lower Vcut_mV"
            )


@record
class Population:
    """Cells of one kind in one area.

    Parameters
    ----------
    name, area : str
        E.g. ``"F5.E"`` in ``"F5"``.
    cell : Cell
        The cell model.
    n : int
        Number of cells.
    sign : {"excitatory", "inhibitory"}
        Sign of every synapse that the cells make.
    label : {"pyramidal", "PTN", "FS"}
        Cell type in the units table of a session.
    bias_pA, bias_sd_pA : float
        Mean and cell-to-cell standard deviation of a constant current (normal).
    noise_pA, slow_noise_pA : float
        Standard deviations of the two parts, a fast and a slow one, of each cell's background
        current (Ornstein-Uhlenbeck processes).
    target_hz, target_sigma : float
        Median over cells of the mean rate that homeostasis steers a cell's bias to while growing,
        and standard deviation of its logarithm (log-normal); a median of 0 switches it off.
    source : str
        Where the numbers come from.

    Raises
    ------
    ValueError
        If a value is not valid; the message names it and what is.
    """

    name: str
    area: str
    cell: Cell
    n: int
    sign: str
    label: str
    bias_pA: float = 0.0
    bias_sd_pA: float = 0.0
    noise_pA: float = 0.0
    slow_noise_pA: float = 0.0
    target_hz: float = 0.0
    target_sigma: float = 0.0
    source: str = ""

    def __post_init__(self) -> None:
        where = f"Population {self.name!r}"
        check_fields(self, where, POPULATION_RANGES)
        _check_names(self.name, self.area, where)
        if self.sign not in SIGNS:
            raise unknown("sign", self.sign, SIGNS, where=where)
        if self.label not in LABELS:
            raise unknown("label", self.label, LABELS, where=where)


@record
class InputPopulation:
    """Excitatory cells that fire as Poisson processes at rates set by what is sensed.

    Parameters
    ----------
    name, area : str
        E.g. ``"STS"`` in ``"STS"``.
    n : int
        Number of cells.
    encodes : str
        The sense that drives them, one of `mirror_sim.senses.registry.SENSES`: ``"hand"``,
        ``"object"``, ``"command"``, ``"withhold"``, ``"set"``, ``"proprioception"``,
        ``"attention"``, ``"waiting"``, ``"signal:<channel>"``, or one of your own.
    baseline_hz, peak_hz : float
        Rates without drive and at full drive, spikes/s.
    width : float
        Width of the tuning, in units of the range of the encoded feature.
    object_gain : float
        Share (0 to 1) of the drive that remains while no object is in view.
    features : int
        Number of features of a signal that the cells are tuned to.
    latency_ms : float, optional
        How late the cells answer; below 0 if they lead. By default the sense's own latency.
    source : str
        Where the numbers come from.

    Raises
    ------
    ValueError
        If a value is not valid; the message names it and what is.
    """

    name: str
    area: str
    n: int
    encodes: str
    baseline_hz: float
    peak_hz: float
    width: float = 0.15
    object_gain: float = 1.0
    features: int = 0
    latency_ms: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        where = f"InputPopulation {self.name!r}"
        check_fields(self, where, INPUT_RANGES)
        _check_names(self.name, self.area, where)
        sense_of(self.encodes, where=where)
        if self.peak_hz < self.baseline_hz:
            raise ValueError(
                f"{where}.peak_hz is {self.peak_hz}, below baseline_hz {self.baseline_hz}"
            )

    @property
    def sign(self) -> str:
        """Input cells are always excitatory."""
        return "excitatory"

    @property
    def label(self) -> str:
        """Cell type in the units table of a session."""
        return "input"


@record
class Plasticity:
    """A learning rule and its numbers.

    Parameters
    ----------
    rule : str
        Name of a registered rule. Whether it exists is checked when the circuit is run.
    parameters : mapping of str to float
        Its numbers. A name that ends in ``_nS`` is a weight, and is scaled with the weights. Ranges
        are those of the rule, see `Rule`.
    source : str
        Where the numbers come from.

    Examples
    --------
    >>> Plasticity(rule="hebb", parameters={"w_max_nS": 2}).parameters
    {'w_max_nS': 2.0}
    """

    rule: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        where = f"Plasticity {self.rule!r}"
        check_fields(self, where)
        for name in self.parameters:
            if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
                raise ValueError(f"{where}.parameters: {name!r} is no name of letters and digits")
        rule = RULES.get(self.rule) if self.rule in RULES else None
        object.__setattr__(
            self, "parameters", Frozen(checked_numbers(self.parameters, rule, where))
        )


@record
class Projection:
    """Synapses from one population, or several, onto others.

    Parameters
    ----------
    pre, post : str
        A population's name, or several joined, e.g. ``"F5.E+F5.PTN"``, which then form one pool.
    p : float
        Connection probability, above 0, up to 1. Every cell gets the same in-degree; see
        `Circuit.in_degree`.
    weight_nS, weight_sigma : float
        Mean of the log-normal peak conductances and standard deviation of their logarithm.
    delay_ms, delay_sd_ms : float
        Mean and standard deviation of the log-normal delays.
    synapse : {"excitatory", "inhibitory"}
        The synapse's sign; by Dale's law that of every presynaptic population.
    nmda : float
        Share (0 to 1) of the excitatory conductance that goes to the slow conductance.
    plasticity : Plasticity or None
        How the weights change while growing.
    source : str
        Where the numbers come from.

    Raises
    ------
    ValueError
        If a value is not valid; the message names it and what is.

    Examples
    --------
    >>> Projection(pre="STS", post="PFG.E", p=0.15, weight_nS=0.8, delay_ms=6).name
    'STS -> PFG.E'
    """

    pre: str
    post: str
    p: float
    weight_nS: float
    weight_sigma: float = 0.0
    delay_ms: float
    delay_sd_ms: float = 0.0
    synapse: str = "excitatory"
    nmda: float = 0.0
    plasticity: Plasticity | None = None
    source: str = ""

    def __post_init__(self) -> None:
        where = f"Projection '{self.name}'"
        check_fields(self, where, PROJECTION_RANGES)
        for end in ("pre", "post"):
            joined = "+".join(name.strip() for name in getattr(self, end).split("+"))
            object.__setattr__(self, end, joined)
        if self.p == 0:
            raise ValueError(f"{where}.p is 0; leave the projection out (without_projection)")
        if self.synapse not in SIGNS:
            raise unknown("synapse", self.synapse, SIGNS, where=where)
        if self.synapse == "inhibitory" and self.nmda > 0:
            raise ValueError(f"{where}.nmda is {self.nmda}; inhibitory synapses have no NMDA share")
        if self.delay_ms == 0 and self.delay_sd_ms > 0:
            raise ValueError(f"{where}.delay_sd_ms is {self.delay_sd_ms}, but the mean delay is 0")

    @property
    def name(self) -> str:
        """``"pre -> post"``."""
        return f"{self.pre} -> {self.post}"


def _check_names(name: str, area: str, where: str) -> None:
    for label, value in (("name", name), ("area", area)):
        if not re.fullmatch(r"[A-Za-z0-9][\w.\-]*", value):
            raise ValueError(f"{where}.{label} {value!r}: use letters, digits and . _ - only")
