"""The journal of a fit: every setting that was tried, on disk as soon as its batch is measured.

It is a journal of Optuna, so its dashboard can show it, but only finished settings stand in it: a
line each, written whole. What was being measured when a fit was ended is asked for again, by the
same seed, and comes out the same.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirror_sim.base import locks
from mirror_sim.base.errors import shown
from mirror_sim.compare.runs import Row

JOURNAL = "fit.journal"
"""The file, in the folder of a fit."""

_NAME = "mirror_sim fit"
_BEGIN = b'{"op_code":0'
MEASURED, PRUNED, FAILED = "measured", "pruned", "failed"
"""States of a setting: on all Subjects, on the first only, or there is no such circuit."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A setting that was tried.

    Attributes
    ----------
    setting : mapping of str to float
        Values by the labels of the axes.
    state : str
        `MEASURED`, `PRUNED` or `FAILED`.
    cost : float
        Over the Subjects that were measured.
    first_cost : float
        Of the first Subject alone.
    found : mapping of str to float
        The wanted rows' means over these Subjects.
    why : str
        Why it failed.
    """

    setting: Mapping[str, float]
    state: str
    cost: float
    first_cost: float
    found: Row
    why: str = ""


def imported_optuna() -> Any:
    """Import Optuna.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        import optuna
        import optuna.storages.journal
    except ImportError as error:
        raise ImportError("a fit needs optuna: pip install 'mirror-sim[fit]'") from error
    return optuna


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna from saying that it makes a study, or that a sampler is experimental."""
    optuna = imported_optuna()
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(level)


class Journal:
    """A journal on disk; see `opened`.

    Attributes
    ----------
    path : Path
    tried : list of Tried
        In the order of their numbers, from 0.
    """

    def __init__(
        self,
        path: Path,
        of: Mapping[str, Any],
        made_by: Mapping[str, str],
        space: Mapping[str, Any],
    ) -> None:
        self.path, self._made_by, self._space = path, dict(made_by), dict(space)
        try:
            self._study = _study_in(path)
        except (ValueError, KeyError, TypeError, AssertionError) as error:
            raise ValueError(
                f"{path} is no journal of a fit, or damaged ({error}); move it away, or give "
                "another --out"
            ) from error
        self.tried = [_tried(trial) for trial in self._study.get_trials(deepcopy=False)]
        self._check(json.loads(json.dumps(of)))

    def _check(self, of: Mapping[str, Any]) -> None:
        """Write what the journal is of, or raise where it is of something else."""
        known = self._study.user_attrs
        if "of" not in known:
            self._study.set_user_attr("made", self._made_by)
            self._study.set_user_attr("of", of)
            return
        other = [name for name, value in of.items() if known["of"].get(name) != value]
        if other:
            was, now = known["of"].get(other[0]), of[other[0]]
            raise ValueError(
                f"{self.path} is the journal of another fit: it differs in {', '.join(other)} "
                f"({other[0]}: {shown(was)} there, {shown(now)} here); go on with what it was "
                "begun with, or give another --out"
            )

    @property
    def made(self) -> dict[str, str]:
        """What measured what stands in it."""
        return dict(self._study.user_attrs["made"])

    def check_made(self) -> None:
        """Raise unless what is measured now can stand beside what was measured before.

        Raises
        ------
        ValueError
            If code or Optuna is another.
        """
        made_by = self.made
        for name, now in self._made_by.items():
            if (was := made_by.get(name, "none")) != now:
                raise ValueError(
                    f"{self.path} was made by another version ({name}: {was[:12]} there, "
                    f"{now[:12]} here) and is not finished; go on with that version, or give "
                    "another --out"
                )

    def add(self, tried: Tried) -> None:
        """Write a setting that was tried."""
        kinds = imported_optuna().trial
        states = kinds.TrialState
        state = {MEASURED: states.COMPLETE, PRUNED: states.PRUNED, FAILED: states.FAIL}
        notes = {"cost": tried.cost, "first_cost": tried.first_cost, "why": tried.why}
        found = {k: v if math.isfinite(v) else None for k, v in tried.found.items()}
        self._study.add_trial(
            kinds.create_trial(
                state=state[tried.state],
                value=tried.cost if tried.state == MEASURED else None,
                params=dict(tried.setting),
                distributions=self._space,
                intermediate_values={1: tried.first_cost},
                user_attrs={**notes, "found": found},
            )
        )
        self.tried.append(tried)

    def final(self, key: str) -> Row | None:
        """Return the rows of a setting that was measured again; None if it was not."""
        row = self._study.user_attrs.get(key)
        return None if row is None else _numbers(row)

    def add_final(self, key: str, found: Row) -> None:
        """Write the rows of a setting that was measured again."""
        finite = {k: v if math.isfinite(v) else None for k, v in found.items()}
        self._study.set_user_attr(key, finite)


def _tried(trial: Any) -> Tried:
    notes = trial.user_attrs
    states = {"COMPLETE": MEASURED, "PRUNED": PRUNED, "FAIL": FAILED}
    return Tried(
        setting=dict(trial.params),
        state=states[trial.state.name],
        cost=notes["cost"],
        first_cost=notes["first_cost"],
        found=_numbers(notes["found"]),
        why=notes["why"],
    )


def _numbers(row: Mapping[str, float | None]) -> Row:
    return {name: math.nan if value is None else value for name, value in row.items()}


@contextlib.contextmanager
def opened(
    path: Path, of: Mapping[str, Any], made_by: Mapping[str, str], space: Mapping[str, Any]
) -> Iterator[Journal]:
    """Open a journal, or begin one; nobody else can meanwhile.

    Parameters
    ----------
    path : Path
        Its folder exists.
    of : mapping
        What the fit is of, as JSON: settings of another fit must not be mixed with its own.
    made_by : mapping of str to str
        What measures and chooses. A journal that another version made can be read, not gone on
        with.
    space : mapping of str to optuna distribution
        By the labels of the axes.

    Raises
    ------
    ValueError
        If the file is no journal, or that of another fit.
    RuntimeError
        If another process has it open.
    """
    handle = None
    try:
        handle = locks.take(path)
        if handle is None:
            raise RuntimeError(f"{path} is in use: another fit writes to the same folder")
    except locks.NoLocksError:
        locks.warn_without(path.parent)
    try:
        _mend(path)
        yield Journal(path, of, made_by, space)
    finally:
        if handle is not None:
            os.close(handle)


def _mend(path: Path) -> None:
    """Cut off the line at which a killed process stopped; a file of another kind stays."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        content = file.read()
        begin = content[: len(_BEGIN)]
        if not _BEGIN.startswith(begin):
            raise ValueError(f"{path} is no journal of a fit; move it away, or give another --out")
        file.truncate(content.rfind(b"\n") + 1)


def _study_in(path: Path) -> Any:
    optuna = imported_optuna()
    with quiet():
        backend = optuna.storages.journal.JournalFileBackend(str(path), _Held())
        storage = optuna.storages.JournalStorage(backend)
        if storage.get_all_studies():
            return optuna.load_study(study_name=_NAME, storage=storage)
        return optuna.create_study(study_name=_NAME, storage=storage)


class _Held:
    """Optuna's own lock would outlive a killed process; ours is held all along."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass
