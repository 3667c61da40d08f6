"""The plan of a fit: which numbers of a circuit are looked for, and by which rows they are judged.

A plan is a record, and as a file one TOML table.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import shown, unknown
from mirror_sim.base.records import Frozen, check_fields, check_keywords, field_names, record
from mirror_sim.circuit.model import Circuit
from mirror_sim.studies.study import Study
from mirror_sim.subject.growth import Curriculum

_COUNTS = dict.fromkeys(("settings", "batch", "n_trials", "final_trials"), (1, 1_000_000))
# What a file calls otherwise than the record, by table.
_FINALS = {"settings": "n_finals", "subjects": "final_subjects", "n_trials": "final_trials"}
_AXIS = {"name": "names"}


@record
class FitAxis:
    """One number that a fit looks for.

    Parameters
    ----------
    names : str or tuple of str
        The fields that have this number, named as the axes of `mirror_sim.sweep` are:
        ``"PRE->POST.field"``, ``"PRE->POST.plasticity.parameter"``, ``"POPULATION.field"``,
        ``"circuit.field"`` or ``"growth.field"``. Several share it.
    low, high : float
        The range that is searched; whole numbers where the field takes only these.
    log : bool
        Equal ratios, not equal differences, are equally likely; for what may be 0.1 or 10.
    times : bool
        The number multiplies what each field is in the start circuit, so that their ratios stay.
    label : str, optional
        Names the axis in tables; the first of `names` if none is given.

    Examples
    --------
    >>> FitAxis(names="F6.withhold.peak_hz", low=30, high=3)
    Traceback (most recent call last):
    ValueError: FitAxis 'F6.withhold.peak_hz': low is 30, which is not below high 3
    """

    names: str | tuple[str, ...]
    low: float
    high: float
    log: bool = False
    times: bool = False
    label: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.names, str | list):
            names = (self.names,) if isinstance(self.names, str) else tuple(self.names)
            object.__setattr__(self, "names", names)
        check_fields(self, "FitAxis", may_be_empty=("label",))
        if not self.names:
            raise ValueError("FitAxis.names is empty; it needs at least one field")
        object.__setattr__(self, "label", self.label or self.names[0])
        where = f"FitAxis {self.label!r}"
        if self.low >= self.high:
            raise ValueError(f"{where}: low is {self.low:g}, which is not below high {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"{where}: low is {self.low:g}; with log it must be above 0")
        if self.times and self.low < 0:
            raise ValueError(f"{where}: low is {self.low:g}; with times it must not be below 0")


@record
class FitPlan:
    """All that shapes a fit.

    Parameters
    ----------
    study : Study or str
        Or its name or place; see `mirror_sim.studies.study.get_study`.
    subjects : tuple of int
        Seeds of the Subjects on which a setting is judged. After the first of them, a setting that
        is worse than half of those of the earlier batches is given up.
    axes : tuple of FitAxis
        What is looked for.
    settings : int
        How many settings are tried. It may be raised later.
    n_trials : int, optional
        Trials of each kind, where the study takes it.
    sessions : tuple of str
        Those of the study's sessions that are run; all if empty. Its rows must be able to do
        without the others.
    rows : tuple of str
        Ids of rows, or roles, "calibrate" or "sanity", that stand for all rows of that role. A row
        to be predicted is refused.
    aims : mapping of str to (float, float)
        Ranges within which rows are to be that nobody published.
    weights : mapping of str to float
        By row id, how much a row counts; 1 for all others.
    starts : tuple of mapping of str to float
        Further settings to try first: values by the axes' labels; where one has none, the start
        circuit's stands.
    batch : int
        Settings that are measured at once; more is faster on many cores, fewer learns more from
        each.
    seed : int
        Of the search.
    n_finals : int
        How many of the best settings are measured again, on `final_subjects` with `final_trials`;
        the best of these is the fit. If 0, the best of the search is.
    final_subjects : tuple of int
        `subjects` if empty.
    final_trials : int, optional
        The study's own if none is given.
    circuit : Circuit, optional
        The start; `macaque` if none is given.
    curriculum : Curriculum, optional
    engine : mapping of str to object
        ``dt_ms``, ``block_s`` and ``target`` of `Engine`.
    """

    study: Study | str
    subjects: tuple[int, ...]
    axes: tuple[FitAxis, ...]
    settings: int
    n_trials: int | None = None
    sessions: tuple[str, ...] = ()
    rows: tuple[str, ...] = ("calibrate", "sanity")
    aims: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    starts: tuple[Mapping[str, float], ...] = ()
    batch: int = 16
    seed: int = 1
    n_finals: int = 0
    final_subjects: tuple[int, ...] = ()
    final_trials: int | None = None
    circuit: Circuit | None = None
    curriculum: Curriculum | None = None
    engine: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seeds = dict.fromkeys(("seed", "subjects", "final_subjects"), (0, 2**63))
        check_fields(self, "FitPlan", {**_COUNTS, **seeds, "n_finals": (0, 1000)})
        if not self.axes:
            raise ValueError("FitPlan.axes is empty; a fit looks for at least one number")
        labels = [axis.label for axis in self.axes]
        if twice := {label for label in labels if labels.count(label) > 1}:
            raise ValueError(f"FitPlan.axes has {min(twice)!r} twice; give one another label")
        for row, (low, high) in self.aims.items():
            if low >= high:
                raise ValueError(f"FitPlan.aims: {row} is {low:g} to {high:g}; give (low, high)")
        for row, weight in self.weights.items():
            if weight < 0:
                raise ValueError(f"FitPlan.weights: {row} is {weight:g}; it must not be below 0")
        aims = {row: (float(low), float(high)) for row, (low, high) in self.aims.items()}
        for name, table in (("aims", aims), ("weights", self.weights), ("engine", self.engine)):
            object.__setattr__(self, name, Frozen(table))
        object.__setattr__(self, "starts", tuple(Frozen(start) for start in self.starts))

    @classmethod
    @checked_arguments()
    def from_toml(cls, path: str | Path) -> FitPlan:
        """Read a plan from a TOML file.

        The file has the fields of the record, but for three: ``[[axes]]`` are tables, in which
        ``name`` is a field or a list of those that share the number; ``[[start]]`` are the further
        settings to try first; ``[finals]`` has ``settings``, ``subjects`` and ``n_trials``. A
        ``[curriculum]`` has fields of `Curriculum`; ``circuit`` is the name of a TOML file. Names
        of files are relative to the plan's folder. Dots in the names of rows and axes need no
        quotes, but arrows do.

        Raises
        ------
        ValueError
            If the file is no plan; the message names it, and what is wrong.
        """
        path = Path(path)
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:  # also what is no UTF-8
            raise ValueError(f"the plan {path} is no TOML: {error}") from error
        try:
            return cls(**_fields(values, path.parent))
        except ValueError as error:
            raise ValueError(f"the plan {path}: {error}") from error


def _fields(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the fields of the plan that a file's tables hold."""
    given = dict(values)
    own = [name for name in field_names(FitPlan) if name not in ("starts", *_FINALS.values())]
    known = [*own, "start", "finals"]
    for name in given:
        if name not in known:
            raise unknown("field", name, known, where="a plan")
    axes = [_renamed(axis, _AXIS, FitAxis) for axis in _tables(given, "axes")]
    given["axes"] = [FitAxis(**axis) for axis in axes]
    given["starts"] = [dict(_flat(start)) for start in _tables(given, "start")]
    for name in ("aims", "weights"):
        given[name] = dict(_flat(_table(given, name)))
    given |= _renamed(_table(given, "finals"), _FINALS, None)
    if curriculum := _table(given, "curriculum"):
        given["curriculum"] = Curriculum(**curriculum)
    if isinstance(given.get("circuit"), str):
        given["circuit"] = Circuit.from_toml(folder / given["circuit"])
    place = str(given.get("study"))
    if ".py:" in place and (folder / place.rpartition(":")[0]).is_file():
        given["study"] = str(folder / place)
    return {name: value for name, value in given.items() if name not in ("start", "finals")}


def _tables(given: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    rows = given.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{name!r} must be tables, [[{name}]]")
    return rows


def _table(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = given.get(name, {})
    if not isinstance(table, dict):
        raise ValueError(f"{name!r} is {shown(table)}; it must be a table, [{name}]")
    return table


def _renamed(
    table: Mapping[str, Any], names: Mapping[str, str], cls: type | None
) -> dict[str, Any]:
    """Return a table under the names of a record's fields."""
    for name in table:
        if cls is None and name not in names:
            raise unknown("field", name, names, where="finals")
        if cls is not None and name not in names:
            check_keywords(cls, [name], "axes")
    return {names.get(name, name): value for name, value in table.items()}


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield names with their values: in TOML, a name with dots stands for tables in tables."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
