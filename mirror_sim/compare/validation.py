"""Many studies on the same Subjects, and one scoreboard of all published numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.files import check_writable
from mirror_sim.compare import report_page
from mirror_sim.compare.manifest import note, seeds_of
from mirror_sim.compare.outputs import Outputs
from mirror_sim.compare.report import Setup, check, measured
from mirror_sim.compare.scoreboard import scoreboard, tally
from mirror_sim.studies.controls import CONTROLS
from mirror_sim.studies.study import Study, get_study, known_studies


@checked_arguments()
def validate(
    studies: Iterable[Study | str],
    setup: Setup,
    *,
    n_controls: int = 0,
    out: Path | str = "results",
    say: Callable[[str], None] = print,
    command: str = "",
) -> Path:
    """Run studies on Subjects and write ``scoreboard.csv``, ``.png``, ``.svg`` and ``report.html``.

    Growth, every finished block and every finished Subject's rows are cached, so a run can be
    interrupted and resumes.

    Parameters
    ----------
    studies : iterable of Study or str
        Studies, their names or places; all that have published numbers of their own if empty.
    setup : Setup
    n_controls : int
        How many of the Subjects have the package's and the study's controls on the scoreboard too;
        those that grow anew take as long as another Subject each.
    out : Path or str
        Folder to write to.
    say : callable
        Takes each line that tells of it.
    command : str
        What is typed into a shell to make it again; stands in the report.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        If a number is out of range, or a study has no published numbers; said before the work.
    OSError
        If the folder cannot be written to; said before the work.
    RuntimeError
        At the end, if an output could not be written; the others are.
    """
    from mirror_sim.figures import scoreboard as figure
    from mirror_sim.figures import style

    chosen = [get_study(study) for study in studies] or _publishing()
    for study in chosen:
        if not study.published()["value"].notna().any():
            raise ValueError(f"study {study.name!r} has no published numbers to compare with")
    if not 0 <= n_controls <= setup.n_subjects:
        raise ValueError(
            f"n_controls is {n_controls}; it must be 0 to the {setup.n_subjects} Subjects"
        )
    names = [_controls(study) if n_controls else [] for study in chosen]
    outputs = Outputs(check_writable(out))
    for study, controls in zip(chosen, names, strict=True):
        check(study, setup, controls)
    found = [
        measured(study, setup, controls, n_controls)
        for study, controls in zip(chosen, names, strict=True)
    ]
    boards = [scoreboard(study, rows) for study, rows in zip(chosen, found, strict=True)]
    kinds = list(dict.fromkeys(kind for board in boards for kind in board["subject_kind"]))
    table = pd.concat(boards, ignore_index=True)
    order = table["subject_kind"].map(kinds.index).sort_values(kind="stable").index
    table = table.loc[order].reset_index(drop=True)
    outputs.table("scoreboard", table)
    every = pd.concat(found)
    with outputs.one("the figure") as files:
        paths = style.savefig(figure.draw(table), outputs.folder / "scoreboard")
        note(outputs.folder, "scoreboard", chosen, every)
        files.extend([*(path.name for path in paths), "manifest.json"])
    with outputs.one(report_page.FILE):
        page = report_page.of_validation(
            chosen, table, seeds_of(every), setup, outputs, command=command
        )
        report_page.write(page, outputs.folder)
    for line in tally(table):
        say(line)
    outputs.finish()
    say(f"the report is {outputs.folder / report_page.FILE}")
    return outputs.folder


def _controls(study: Study) -> list[str]:
    """Return the names of the package's and the study's controls."""
    return list(dict.fromkeys(control.name for control in (*CONTROLS, *study.controls)))


def _publishing() -> list[Study]:
    """Return the known studies that have published numbers which no study before them has."""
    chosen, rows = [], set[tuple[str, str]]()
    for study in known_studies():
        table = study.published().dropna(subset="value")
        own = set(zip(table["study"], table["id"], strict=True))
        if own - rows:
            chosen.append(study)
            rows |= own
    return chosen
