"""All studies on some Subjects, and the scoreboard of published numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from mirror_sim._files import atomic_path, check_writable
from mirror_sim._progress import progress_bar
from mirror_sim.analysis import baseline_variability
from mirror_sim.macaque import macaque
from mirror_sim.report import day, rows
from mirror_sim.scoreboard import sanity_rows, scoreboard, tally
from mirror_sim.studies import gallese1996
from mirror_sim.subject import Subject


def validate(
    *,
    seed: int = 1,
    n_subjects: int = 10,
    n_trials: int = 10,
    jobs: int = 2,
    out: Path | str = "results",
    say: Callable[[str], None] = print,
) -> Path:
    """Run all studies on Subjects and write ``scoreboard.csv``, ``.png`` and ``.svg``.

    Growth and every finished block are cached, so a run that was stopped goes on where it was.

    Parameters
    ----------
    seed : int
        Of the first Subject; the others have the seeds that follow.
    n_subjects, n_trials, jobs : int
        Subjects, trials of each action and condition of Gallese 1996, blocks at a time.
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

    for name, value in (("n_subjects", n_subjects), ("jobs", jobs)):
        if value < 1:
            raise ValueError(f"{name} is {value}; it must be at least 1")
    gallese1996.protocol(n_trials)
    folder = check_writable(out)
    found = []
    for own_seed in range(seed, seed + n_subjects):
        say(f"Subject {own_seed}")
        grown = Subject.grow(macaque(), seed=own_seed, progress=progress_bar("growing"))
        results = day(grown, n_trials=n_trials, jobs=jobs)
        found.append(
            {"subject_kind": grown.kind, **rows(results, seed=own_seed)}
            | sanity_rows(baseline_variability(results.battery))
        )
    table = scoreboard(pd.DataFrame(found))
    with atomic_path(folder / "scoreboard.csv") as temporary:
        table.to_csv(temporary, index=False)
    style.savefig(figure.draw(table), folder / "scoreboard")
    for line in tally(table).splitlines():
        say(line)
    return folder
