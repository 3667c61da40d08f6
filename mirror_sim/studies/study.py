"""A study: what a Subject goes through, the numbers that are read from it, and the published ones.

A study is one object. `mirror-sim` and `mirror_sim.sweep` take it by its name, if it comes with
the package, is registered or stands behind an entry point ``mirror_sim.studies``, or by its place,
``"covered.py:STUDY"``.
"""

from __future__ import annotations

import functools
import importlib.metadata
import inspect
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from mirror_sim.base import sources
from mirror_sim.base.errors import unknown
from mirror_sim.base.progress import progress_bar
from mirror_sim.base.records import check_fields, check_keywords, record
from mirror_sim.base.registry import Registry
from mirror_sim.circuit.macaque import macaque
from mirror_sim.circuit.model import Circuit
from mirror_sim.figures.numbers import Numbers
from mirror_sim.scene.trials import Protocol
from mirror_sim.session.session import Session
from mirror_sim.studies.targets import read_targets
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.subject import Subject

GROUP = "mirror_sim.studies"
"""The entry points that name studies of other packages."""

_OURS = (
    *("caggiano2011", "controls", "coude2019", "ferrari2003", "ferrari2005", "ferroni2021"),
    *("gallese1996", "jerjian2020", "kohler2002", "observed_vs_performed", "pomper2023"),
    *("selectivity", "umilta2001", "zhao2025"),
    *("contagion", "development", "lesions", "prediction", "rehearsal", "rules", "synchrony"),
    *("therapy", "transmission", "watching", "yawning"),
)


Experiment = Callable[..., Session] | Mapping[str, Callable[..., Session]]


@record
class Control:
    """A Subject, or its sessions, in which one thing that should matter was taken away.

    Exactly one of `growth`, `change`, `experiment` and `session` says what. Functions have names,
    so that their source is part of every key and other processes find them.

    Parameters
    ----------
    name : str
    row : str
        The study's row that must fall.
    guard : str, optional
        A row that must stay above half of the grown Subject's: below that a low `row` says nothing.
    growth : mapping of str to object
        Fields of the Subject's `Curriculum` that are changed; the control grows anew by it.
    change : callable, optional
        Makes the control from the grown Subject.
    lives_anew : bool
        Whether `change` needs what the Subject grew by, or grows another one, so that it cannot be
        tried before the work.
    experiment : callable, or mapping of str to callable, optional
        Takes the place of the study's `experiment`, or of those of some sessions by name, and takes
        what they take.
    session : callable, optional
        Makes the control's session from each session of the grown Subject; takes ``seed`` if it
        wants.

    Examples
    --------
    >>> Control(name="no vision", row="overlap", growth={"vision": "none"}).guard is None
    True
    """

    name: str
    row: str
    guard: str | None = None
    growth: Mapping[str, Any] = field(default_factory=dict)
    change: Callable[[Subject], Subject] | None = None
    lives_anew: bool = False
    experiment: Experiment | None = None
    session: Callable[..., Session] | None = None

    def __post_init__(self) -> None:
        where = f"Control {self.name!r}"
        check_fields(self, where)
        functions = (self.change, self.experiment, self.session)
        n_ways = bool(self.growth) + sum(bool(function) for function in functions)
        if n_ways != 1:
            raise ValueError(
                f"{where} has {n_ways} of growth, change, experiment and session; give one"
            )
        check_keywords(Curriculum, self.growth, f"{where}.growth")
        for function in functions:
            sources.content(function)
        check_takes(self.change, f"{where}.change", "the Subject")
        for function in _by_name(self.experiment, self.name).values():
            check_takes(function, f"{where}.experiment", "the Subject", n_trials=0)
        check_takes(self.session, f"{where}.session", "a Session", seed=0)


@record
class Study:
    """One experiment: its trials, its numbers, the published ones, its controls and its figure.

    Parameters
    ----------
    name : str
        Letters, digits, ``_`` and ``-``; files are named by it.
    protocol : callable, or mapping of str to callable, optional
        Returns the `Protocol` of the session, or of each session by its name. It takes ``n_trials``
        (of each kind) and ``seed`` (the Subject's) if it wants.
    experiment : callable, or mapping of str to callable, optional
        In place of a protocol, where what happens depends on what the Subject does, or where it
        learns on the way: takes the Subject, and ``n_trials`` if it wants, and returns the Session,
        or each session by its name.
    rows : callable
        Takes the session, or a mapping of sessions by name, and ``seed`` if it wants; returns
        numbers by row id. NaN is a number that this Subject does not give.
    targets : str or tuple of str
        Tables of published numbers, CSV files beside that of `rows`; see
        `mirror_sim.studies.targets.read_targets`.
    controls : tuple of Control
    controlled : tuple of str
        The sessions in which controls are measured; all if empty. `rows` is then given these.
    figure : callable, optional
        Takes the `Results` of a run and returns a matplotlib Figure. Its label, if it has one, is
        written beside it as its caption.
    tables : callable, optional
        Takes what `rows` takes, of the first Subject; returns tables by name, written as CSV.
    recorded : callable, optional
        Takes the units table of a session and ``seed``, returns the rows of the units that an
        electrode met; the first Subject's sessions are written with these as NWB files.
    inputs : tuple of str
        Input populations, or areas with some, that are recorded, too; see `Subject.run`.
    reads : tuple of str
        Populations, or areas, that the study needs: its rows are read from them, or its signals
        reach them. A circuit without them is refused.
    circuit : callable, optional
        Returns the circuit that Subjects have unless another is asked for; `macaque` if none is
        given.
    curriculum : Curriculum, optional
        By which they grow; the default one if none is given.
    label : str
        Stands beside the study's results, e.g. ``"input: set by hand"``.
    source : str
        Where the experiment comes from.

    Examples
    --------
    >>> Study(name="covered", protocl=len, rows=len)
    Traceback (most recent call last):
    ValueError: unknown field 'protocl' in Study 'covered'. Did you mean 'protocol'? Valid: name, \
rows, protocol, experiment, targets, controls, controlled, figure, tables, recorded, inputs, \
reads, circuit, curriculum, label, source
    """

    name: str
    rows: Callable[..., Mapping[str, float]]
    protocol: Callable[..., Protocol] | Mapping[str, Callable[..., Protocol]] | None = None
    experiment: Experiment | None = None
    targets: str | tuple[str, ...] = ()
    controls: tuple[Control, ...] = ()
    controlled: tuple[str, ...] = ()
    figure: Callable[[Results], Any] | None = None
    tables: Callable[..., Mapping[str, pd.DataFrame]] | None = None
    recorded: Callable[..., Any] | None = None
    inputs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    circuit: Callable[[], Circuit] | None = None
    curriculum: Curriculum | None = None
    label: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        where = f"{type(self).__name__} {self.name!r}"
        check_fields(self, where, may_be_empty=("targets", "label", "source"))
        if not re.fullmatch(r"[\w-]+", self.name):
            raise ValueError(f"{where}: a name has letters, digits, _ and - only")
        self._check_controls(where)
        if (self.protocol is None) == (self.experiment is None):
            raise ValueError(f"{where} needs either a protocol or an experiment")
        if not self.functions and not self.experiments:
            what = "experiment" if self.protocol is None else "protocol"
            raise ValueError(f"{where}.{what} is {{}}; it needs at least one session")
        for name, function in self.functions.items():
            check_takes(function, f"{where}.protocol of {name!r}", seed=0, n_trials=0)
        for name, experiment in self.experiments.items():
            check_takes(experiment, f"{where}.experiment of {name!r}", "the Subject", n_trials=0)
        check_takes(self.rows, f"{where}.rows", "the sessions", seed=0)
        check_takes(self.figure, f"{where}.figure", "the Results")
        check_takes(self.tables, f"{where}.tables", "the sessions", seed=0)
        check_takes(self.recorded, f"{where}.recorded", "the units table", seed=0)
        check_takes(self.circuit, f"{where}.circuit")

    def _check_controls(self, where: str) -> None:
        names = [control.name for control in self.controls]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"{where} has two controls of the name {min(twice)!r}")
        if taken := {"grown", "copy"}.intersection(names):
            raise ValueError(f"{where}: no control can have the name {min(taken)!r}")
        for control in self.controls:
            if control.experiment is not None and self.experiment is None:
                raise ValueError(f"{where} has no experiment that {control.name!r} could replace")
            for session in _by_name(control.experiment, self.name):
                if session not in self.sessions:
                    of = f"{where}: the experiment of {control.name!r}"
                    raise unknown("session", session, self.sessions, where=of)
        for session in self.controlled:
            if session not in self.sessions:
                raise unknown("session", session, self.sessions, where=f"{where}.controlled")

    @property
    def sessions(self) -> tuple[str, ...]:
        """Names of the sessions; one alone has the study's name."""
        return (*self.functions, *self.experiments)

    @property
    def functions(self) -> Mapping[str, Callable[..., Protocol]]:
        """What returns the protocol of each session, by its name; nothing of an experiment."""
        return _by_name(self.protocol, self.name)

    @property
    def experiments(self) -> Mapping[str, Callable[..., Session]]:
        """What returns each session, by its name; nothing where there are protocols."""
        return _by_name(self.experiment, self.name)

    def grown_by(self) -> tuple[Circuit, Curriculum]:
        """Return what Subjects of this study are grown from, unless something else is asked for."""
        return (self.circuit or macaque)(), self.curriculum or Curriculum()

    @property
    def place(self) -> str:
        """The file of `rows`, beside which the targets stand."""
        try:
            file = inspect.getsourcefile(inspect.unwrap(self.rows))
        except TypeError:  # it is written in no file
            file = None
        return str(Path(file).resolve()) if file else repr(self.rows)

    def identity(self) -> list[object]:
        """Return what tells this study's rows from another's, for keys; see `sources.identity`."""
        rows = sources.identity(self.rows)
        made_by = sources.content([self.protocol, self.experiment])
        return [made_by, rows, self.controlled, self.inputs]

    def published(self) -> pd.DataFrame:
        """Return the table of the targets; without any rows if there are none."""
        names = (self.targets,) if isinstance(self.targets, str) else self.targets
        return read_targets([Path(self.place).parent / name for name in names])

    def protocols(self, *, seed: int, n_trials: int | None = None) -> dict[str, Protocol]:
        """Return the trials of each session for the Subject of this seed."""
        made = {
            name: function(**wanted(function, seed=seed, n_trials=n_trials))
            for name, function in self.functions.items()
        }
        for name, protocol in made.items():
            if not isinstance(protocol, Protocol):
                raise ValueError(
                    f"study {self.name!r}: {name} is {protocol!r}, which is no Protocol"
                )
        return made

    def run(
        self,
        subject: Subject,
        *,
        n_trials: int | None = None,
        only: Collection[str] = (),
        jobs: int = 1,
        experiment: Experiment | None = None,
    ) -> dict[str, Session]:
        """Run the sessions on a Subject.

        Parameters
        ----------
        subject : Subject
        n_trials : int, optional
            Of each kind, where a protocol takes it.
        only : collection of str
            Names of the sessions to run; all if empty.
        jobs : int
            Blocks at a time.
        experiment : callable, or mapping of str to callable, optional
            In place of the study's, or of those of some sessions.

        Returns
        -------
        dict of str to Session
        """
        if self.experiment:
            made_by = {**self.experiments, **_by_name(experiment, self.name)}
            return {
                name: function(subject, **wanted(function, n_trials=n_trials))
                for name, function in made_by.items()
                if not only or name in only
            }
        return {
            name: subject.run(
                protocol,
                inputs=self.inputs,
                jobs=jobs,
                progress=progress_bar(f"{self.name}: {name}"),
            )
            for name, protocol in self.protocols(seed=subject.seed, n_trials=n_trials).items()
            if not only or name in only
        }

    def measure(self, sessions: Mapping[str, Session], *, seed: int) -> dict[str, float]:
        """Return the rows of a Subject's sessions.

        Raises
        ------
        ValueError
            If `rows` returns no numbers.
        """
        found = self.called(self.rows, sessions, seed=seed)
        if not isinstance(found, Mapping) or not found:
            raise ValueError(
                f"study {self.name!r}: rows returned {found!r}; it must return numbers by row id"
            )
        try:
            return {str(name): float(value) for name, value in found.items()}
        except (TypeError, ValueError):
            wrong = next(f"{k} is {v!r}" for k, v in found.items() if not _is_number(v))
            raise ValueError(f"study {self.name!r}: the row {wrong}, which is no number") from None

    def called(
        self, function: Callable[..., Any], sessions: Mapping[str, Session], *, seed: int
    ) -> Any:
        """Call a function of the session, or of the sessions by name, as `rows` is."""
        several = isinstance(self.protocol or self.experiment, Mapping)
        given = dict(sessions) if several else sessions[self.name]
        return function(given, **wanted(function, seed=seed))


@dataclass(frozen=True, kw_only=True)
class Results:
    """What a run of a study gave.

    Attributes
    ----------
    study : Study
    sessions : mapping of str to Session
        The first Subject's, by name.
    found : DataFrame
        One row a Subject and kind: ``subject_seed``, ``subject_kind`` ("grown" or a control's name)
        and a column for each row of the study.
    table : DataFrame
        The scoreboard; see `mirror_sim.compare.scoreboard`.
    controls : DataFrame
        The verdicts on the controls; see `mirror_sim.studies.judge`. Without any rows if none ran.
    dose : DataFrame
        Of a claim with a dose: its axis, ``subject_seed`` and the study's rows. Else without rows.
    quick : bool
        Whether it was shortened, so that it shows the path and no result.
    """

    study: Study
    sessions: Mapping[str, Session]
    found: pd.DataFrame
    table: pd.DataFrame
    controls: pd.DataFrame
    dose: pd.DataFrame = field(default_factory=pd.DataFrame)
    quick: bool = False

    @property
    def session(self) -> Session:
        """The first Subject's session of a study that has one."""
        (only,) = self.sessions.values()
        return only

    @property
    def seeds(self) -> list[int]:
        """Seeds of the Subjects, the first first."""
        return [int(seed) for seed in self.found["subject_seed"].unique()]

    @property
    def numbers(self) -> Numbers:
        """The scoreboard's rows of the grown Subjects, for a figure."""
        return self.numbers_of("grown")

    @property
    def numbers_of_controls(self) -> dict[str, Numbers]:
        """The same of the controls, by name."""
        return {row.control: self.numbers_of(row.control) for row in self.controls.itertuples()}

    def numbers_of(self, kind: str) -> Numbers:
        """Return the scoreboard's rows of the grown Subjects, or of a control by its name."""
        own = self.table[(self.table["subject_kind"] == kind) & (self.table["n"] > 0)]
        intervals = own[["model", "model_low", "model_high"]].itertuples(index=False, name=None)
        rows = dict(zip(own["id"], intervals, strict=True))
        n = self.found.loc[self.found["subject_kind"] == kind, "subject_seed"].nunique()
        return Numbers(rows=rows, n_subjects=n)


class _Studies(Registry[Study]):
    """Studies by name; one name stands for one place."""

    def add(self, record: Study) -> Study:
        known = self._known.get(record.name)
        if known is not None and known.place != record.place:
            raise ValueError(
                f"two studies have the name {record.name!r}, one of {known.place} and one of "
                f"{record.place}; rename one"
            )
        return super().add(record)


STUDIES: Registry[Study] = _Studies("study", Study)
"""The studies by name; `mirror_sim.register` adds to them, and see `known_studies`."""


@functools.cache
def _load_all() -> None:
    for name in _OURS:
        STUDIES.add(sources.load(f"mirror_sim.studies.{name}:STUDY", what="study"))
    for entry in importlib.metadata.entry_points(group=GROUP):
        place = f"the entry point {entry.name} = {entry.value}"
        try:
            STUDIES.add(_required(entry.load(), place))
        except Exception as error:  # noqa: BLE001  (somebody else's package must not stop ours)
            warnings.warn(f"{place} gives no study: {error}", stacklevel=2)


def known_studies() -> list[Study]:
    """Return all studies that have a name: the package's, those of entry points, the registered."""
    _load_all()
    return [STUDIES.get(name) for name in STUDIES.names()]


def get_study(which: Study | str) -> Study:
    """Return a study by its name or its place, ``"module:NAME"`` or ``"file.py:NAME"``.

    Raises
    ------
    ValueError
        If there is none, or it has the name of another one.

    Examples
    --------
    >>> get_study("control")
    Traceback (most recent call last):
    ValueError: unknown study 'control'. Did you mean 'controls'? Valid: caggiano2011, \
contagion, controls, coude2019, development, ferrari2003, ferrari2005, ferroni2021, \
gallese1996, jerjian2020, kohler2002, lesions, observed_vs_performed, pomper2023, prediction, \
rehearsal, rules, selectivity, synchrony, therapy, transmission, umilta2001, watching, yawning, \
zhao2025
    """
    if not isinstance(which, str):
        return _required(which, "the study")
    _load_all()
    if ":" in which or which.endswith(".py"):
        return STUDIES.add(_required(sources.load(which, what="study"), which))
    return STUDIES.get(which)


def _required(found: object, where: str) -> Study:
    if not isinstance(found, Study):
        raise ValueError(f"{where} is {found!r}, which is no Study")
    return found


def wanted(function: Callable[..., Any], **offered: object) -> dict[str, Any]:
    """Return those of some keywords that a function takes and that have a value."""
    taken = inspect.signature(function).parameters
    return {k: value for k, value in offered.items() if k in taken and value is not None}


def check_takes(
    function: Callable[..., Any] | None, where: str, *given: str, **offered: int
) -> None:
    """Raise a ValueError if a function cannot be called as it will be, before any work.

    Parameters
    ----------
    function : callable, optional
    where : str
        How messages name it.
    *given : str
        What it will be given in order, in words.
    **offered
        Keywords that it may take, see `wanted`.
    """
    if function is None:
        return
    try:
        inspect.signature(function).bind(*given, **wanted(function, **offered))
    except TypeError as error:
        order = " and ".join(given) or "nothing"
        more = f" (and {' and '.join(offered)}, where it names them)" if offered else ""
        raise ValueError(f"{where} cannot be called with {order}{more}: {error}") from None


def _by_name(functions: Any, name: str) -> Mapping[str, Callable[..., Any]]:
    """Return functions by the sessions that they are of; one alone is of the session `name`."""
    if functions is None:
        return {}
    return functions if isinstance(functions, Mapping) else {name: functions}


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
