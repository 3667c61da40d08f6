"""All studies on some Subjects, and the scoreboard of published numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from mirror_sim.base.errors import require_counts
from mirror_sim.base.files import atomic_path, check_writable
from mirror_sim.base.progress import progress_bar
from mirror_sim.compare.report import Results, classed, day, rows
from mirror_sim.compare.runs import Study
from mirror_sim.compare.scoreboard import sanity_rows, scoreboard, tally
from mirror_sim.compare.sweeps import sweep
from mirror_sim.studies import controls
from mirror_sim.studies.gallese1996 import baseline_variability
from mirror_sim.subject.subject import Subject

N_TRIALS = 10
"""Of each action and condition of Gallese 1996, as in the paper."""


def studied(subject: Subject) -> dict[str, float]:
    """Return every row of the targets that both studies give on a Subject, and the sanity rows."""
    return _rows(day(subject, n_trials=N_TRIALS, jobs=1), subject.seed)


def poisson(subject: Subject) -> dict[str, float]:
    """Return the same of independent Poisson units with the responses of the Subject's."""
    own = day(subject, n_trials=N_TRIALS, jobs=1)
    pair = (
        controls.poisson_control(session, area=None, seed=subject.seed)
        for session in (own.battery, own.task)
    )
    return _rows(classed(*pair, seed=subject.seed), subject.seed)


def _rows(results: Results, seed: int) -> dict[str, float]:
    return rows(results, seed=seed) | sanity_rows(baseline_variability(results.battery))


def validate(
    *,
    seed: int = 1,
    n_subjects: int = 10,
    n_controls: int = 0,
    jobs: int | None = None,
    out: Path | str = "results",
    say: Callable[[str], None] = print,
) -> Path:
    """Run all studies on Subjects and write ``scoreboard.csv``, ``.png`` and ``.svg``.

    Growth, every finished block and every finished Subject's rows are cached, so a run that was
    stopped goes on where it was.

    Parameters
    ----------
    seed : int
        Of the first Subject; the others have the seeds that follow.
    n_subjects : int
    n_controls : int
        How many of them have all their controls and Poisson units on the scoreboard too; those
        that grow anew take as long as another Subject each.
    jobs : int, optional
        Subjects at a time; as many as there are cores if none is given.
    out : Path or str
        Folder to write to.
    say : callable
        Takes each line of the report.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        If a number is out of range.
    OSError
        If the folder cannot be written to; said before the work.
    """
    from mirror_sim.figures import scoreboard as figure
    from mirror_sim.figures import style

    require_counts(n_subjects=n_subjects, jobs=jobs)
    if not 0 <= n_controls <= n_subjects:
        raise ValueError(f"n_controls is {n_controls}; it must be 0 to the {n_subjects} Subjects")
    folder = check_writable(out)
    seeds = range(seed, seed + n_subjects)

    def run(what: str, study: Study, subjects: range, **grid: list[str]) -> pd.DataFrame:
        return sweep(study, subjects=subjects, grid=grid, jobs=jobs, progress=progress_bar(what))

    found = [run("Subjects", studied, seeds).assign(subject_kind="grown")]
    if n_controls:
        some = seeds[:n_controls]
        found.append(run("Poisson units", poisson, some).assign(subject_kind="poisson"))
        table = run("controls", studied, some, control=list(controls.CONTROLS))
        found.append(table.rename(columns={"control": "subject_kind"}))
    table = scoreboard(pd.concat(found, ignore_index=True))
    with atomic_path(folder / "scoreboard.csv") as temporary:
        table.to_csv(temporary, index=False)
    style.savefig(figure.draw(table), folder / "scoreboard")
    for line in tally(table).splitlines():
        say(line)
    return folder
