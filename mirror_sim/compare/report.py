"""Run a study: its table of results, the verdicts on its controls, its figure, its sessions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.cores import usable_cores
from mirror_sim.base.files import atomic_path, check_writable
from mirror_sim.base.packages import imported
from mirror_sim.base.progress import progress_bar
from mirror_sim.base.records import check_fields, record
from mirror_sim.circuit.model import Circuit
from mirror_sim.compare import report_page
from mirror_sim.compare.axes import Value
from mirror_sim.compare.manifest import note
from mirror_sim.compare.outputs import Outputs
from mirror_sim.compare.scoreboard import lines, scoreboard, tally
from mirror_sim.compare.sweeps import FEWEST_TRIALS, points, sweep
from mirror_sim.studies.claim import Claim, Dose
from mirror_sim.studies.judge import judge, verdicts
from mirror_sim.studies.study import Control, Results, Study, get_study, known_studies
from mirror_sim.studies.verdict import judged
from mirror_sim.studies.verdict import report as claim_report
from mirror_sim.studies.verdict import table as verdict_table

NEEDED_BYTES = 300_000_000
CONTROLLED_SUBJECTS = 5
QUICK_ACTIONS = 10
QUICK_SCALE = 0.5


@record
class Setup:
    """Which Subjects go through a study, and where they are simulated.

    Parameters
    ----------
    circuit : Circuit, optional
        The study's own, mostly `macaque`, if none is given.
    seed : int
        Of the first Subject; the others have the seeds that follow.
    n_subjects : int
    n_trials : int, optional
        Of each kind, where a protocol takes it; what the study says if none is given.
    quick : bool
        Half the cells, ten own actions, and four trials of each kind if `n_trials` says nothing:
        shows the whole path, not a result.
    jobs : int, optional
        Processes at once, as many as there are cores if none is given: Subjects first, what is left
        over goes to the blocks of each.
    scheduler : str, optional
        Address of a dask scheduler to run on instead.
    """

    circuit: Circuit | None = None
    seed: int = 1
    n_subjects: int = 1
    n_trials: int | None = None
    quick: bool = False
    jobs: int | None = None
    scheduler: str | None = None

    def __post_init__(self) -> None:
        counts = dict.fromkeys(("n_subjects", "n_trials", "jobs"), (1, 10_000))
        check_fields(self, "Setup", {"seed": (0, 2**63), **counts})

    @property
    def seeds(self) -> range:
        """The Subjects' seeds."""
        return range(self.seed, self.seed + self.n_subjects)

    def subjects(self, study: Study) -> dict[str, Any]:
        """Return what is common to all points of a study, as keywords of `points` and `sweep`."""
        circuit, plan = study.grown_by()
        circuit = self.circuit or circuit
        if not self.quick:
            return {"circuit": circuit, "n_trials": self.n_trials}
        return {
            "circuit": circuit.scaled(QUICK_SCALE),
            "curriculum": replace(plan, max_actions=min(QUICK_ACTIONS, plan.max_actions)),
            "n_trials": self.n_trials or FEWEST_TRIALS,
        }

    def sweep(
        self,
        study: Study,
        *,
        seeds: Iterable[int] | None = None,
        grid: Mapping[str, Sequence[Value]] | None = None,
        what: str = "Subjects",
        **changes: Any,
    ) -> pd.DataFrame:
        """Run a study on the Subjects, or on these seeds; see `mirror_sim.sweep`.

        Parameters
        ----------
        study, seeds, grid
            As in `mirror_sim.sweep`.
        what : str
            Stands beside the progress bar.
        **changes
            Keywords of `mirror_sim.sweep` that differ here from those of `subjects`.
        """
        return sweep(
            study,
            subjects=self.seeds if seeds is None else seeds,
            grid=grid,
            jobs=self.jobs,
            scheduler=self.scheduler,
            progress=progress_bar(f"{study.name}: {what}"),
            **(self.subjects(study) | changes),
        )


def measured(study: Study, setup: Setup, controls: Sequence[str], n_controls: int) -> pd.DataFrame:
    """Return the rows of all Subjects, and those of controls of the first ones.

    Parameters
    ----------
    study : Study
    setup : Setup
    controls : sequence of str
        Names of controls.
    n_controls : int
        How many Subjects have them.

    Returns
    -------
    DataFrame
        One row a Subject and kind: ``subject_seed``, ``subject_kind`` ("grown" or the name of a
        control) and the study's rows.
    """
    found = setup.sweep(study).assign(subject_kind="grown")
    if not controls or not n_controls:
        return found
    seeds = setup.seeds[:n_controls]
    table = setup.sweep(study, seeds=seeds, grid={"control": list(controls)}, what="controls")
    return pd.concat([found, table.rename(columns={"control": "subject_kind"})], ignore_index=True)


def results_of(study: Study, setup: Setup, n_controls: int | None) -> Results:
    """Run a study and its controls; parameters as in `run`."""
    controls, n = _controls(study, setup, n_controls)
    found = measured(study, setup, [control.name for control in controls], n)
    first = points(study, subjects=[setup.seed], grid={}, **setup.subjects(study))[0]
    return Results(
        study=study,
        sessions=study.run(
            first.subject(), n_trials=first.n_trials, jobs=setup.jobs or usable_cores()
        ),
        found=found,
        table=scoreboard(study, found),
        controls=judge(found, controls),
        dose=_dose(study, setup) if n else pd.DataFrame(),
        quick=setup.quick,
    )


def _dose(study: Study, setup: Setup) -> pd.DataFrame:
    """Return the rows of the first Subjects at each dose of a claim; without any if it has none."""
    dose = _dose_of(study, setup)
    if dose is None:
        return pd.DataFrame()
    seeds = setup.seeds[:CONTROLLED_SUBJECTS]
    return setup.sweep(study, seeds=seeds, grid={dose.axis: list(dose.values)}, what="doses")


def _dose_of(study: Study, setup: Setup) -> Dose | None:
    """Return the doses that a run measures; a quick one measures none."""
    return study.dose if isinstance(study, Claim) and not setup.quick else None


def _controls(study: Study, setup: Setup, n_controls: int | None) -> tuple[list[Control], int]:
    """Return the controls that are measured, and in how many Subjects."""
    every = list(study.controls)
    if n_controls is None and isinstance(study, Claim):
        return every, setup.n_subjects
    if n_controls is None:
        cheap = [control for control in every if not control.growth]
        chosen = [] if setup.quick else cheap if setup.n_subjects == 1 else every
        return chosen, min(setup.n_subjects, CONTROLLED_SUBJECTS)
    if not 0 <= n_controls <= setup.n_subjects:
        raise ValueError(
            f"n_controls is {n_controls}; it must be 0 to the {setup.n_subjects} Subjects"
        )
    if n_controls and not every:
        having = [other.name for other in known_studies() if other.controls]
        raise ValueError(f"study {study.name!r} has no controls; {', '.join(having)} have some")
    return every, n_controls


def _names(study: Study, setup: Setup, n_controls: int | None) -> list[str]:
    controls, n = _controls(study, setup, n_controls)
    return [control.name for control in controls] if n else []


def check(study: Study, setup: Setup, controls: Sequence[str]) -> None:
    """Say before any work what is wrong with a study, its targets or its controls.

    Parameters
    ----------
    study : Study
    setup : Setup
    controls : sequence of str
        Names of the controls that will be measured.
    """
    study.published()
    for needed, package in ((study.figure, "matplotlib"), (study.recorded, "pynwb")):
        if needed is not None:
            imported(package)
    grids: list[dict[str, list[Value]]] = [{"control": ["", *controls]}]
    if controls and (dose := _dose_of(study, setup)):
        grids.append({dose.axis: list(dose.values)})
    for grid in grids:
        for point in points(study, subjects=[setup.seed], grid=grid, **setup.subjects(study)):
            point.key()


@checked_arguments()
def run(
    study: Study | str,
    setup: Setup,
    *,
    n_controls: int | None = None,
    out: Path | str = "results",
    say: Callable[[str], None] = print,
    command: str = "",
) -> Path:
    """Run a study on Subjects and write its tables, figure, sessions and report.

    Growth, every finished block and every finished Subject's rows are cached, so a run can be
    interrupted and resumes.

    Parameters
    ----------
    study : Study or str
        Or its name or place.
    setup : Setup
    n_controls : int, optional
        How many of the Subjects have all the study's controls. If none is given: the first five,
        or with one Subject the controls that need no growth of their own; none if `setup` is quick.
        A claim has them in all Subjects, and its doses in the first five.
    out : Path or str
        Folder for, NAME being the study's, ``NAME.csv`` (the scoreboard), ``NAME_subjects.csv``
        (every row of every Subject and control), ``NAME_controls.csv`` (the verdicts), the figure
        (``NAME.png``, ``.svg`` and its caption ``.txt``) with ``manifest.json``, of the first
        Subject the study's own tables and its sessions (NWB), and ``report.html``, all of it on one
        page.
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
        If a number is out of range, or the study has no such controls; said before the work.
    OSError
        If the folder cannot be written to; said before the work.
    ImportError
        If what writes the figure or the sessions cannot be imported; said before the work.
    RuntimeError
        At the end, if an output could not be written; all others are.
    """
    study, began = get_study(study), time.monotonic()
    check(study, setup, _names(study, setup, n_controls))
    folder = check_writable(out, needed_bytes=NEEDED_BYTES)
    results = results_of(study, setup, n_controls)
    outputs = Outputs(folder)
    _write(results, outputs)
    with outputs.one(report_page.FILE):
        page = report_page.of_run(results, setup, outputs, command=command)
        report_page.write(page, folder)
    for line in _told(results):
        say(line)
    label = f" ({study.label})" if study.label else ""
    outputs.finish()
    done = f"done in {time.monotonic() - began:.0f} s"
    say(f"{study.name}{label}: {done}; the report is {folder / report_page.FILE}")
    return folder


def _told(results: Results) -> Iterable[str]:
    study = results.study
    if isinstance(study, Claim):
        return claim_report(study, results.found, judged(results))
    return [*lines(results.table), *tally(results.table), *verdicts(results.controls)]


def _write(results: Results, outputs: Outputs) -> None:
    """Write the tables of a run, its figure and its sessions."""
    study = results.study
    outputs.table(study.name, results.table)
    if isinstance(study, Claim):
        outputs.table(f"{study.name}_verdict", verdict_table(study, judged(results)))
    if len(results.dose):
        outputs.table(f"{study.name}_dose", results.dose)
    outputs.table(f"{study.name}_subjects", results.found)
    if len(results.controls):
        outputs.table(f"{study.name}_controls", results.controls)
    if study.tables:
        with outputs.one("the study's own tables"):
            own = study.called(study.tables, results.sessions, seed=results.seeds[0])
            if not isinstance(own, Mapping):
                raise ValueError(f"tables returned {own!r}; it must return tables by name")
            for name, table in own.items():
                outputs.table(name, table)
    if study.figure:
        with outputs.one("the figure") as files:
            files.extend(draw(results, outputs.folder))
    _write_sessions(results, outputs)


@checked_arguments()
def figures(
    studies: Iterable[Study | str],
    setup: Setup,
    *,
    n_controls: int | None = None,
    out: Path | str = "results",
    say: Callable[[str], None] = print,
) -> Path:
    """Draw the figures of studies from what is cached, and what is not from anew.

    Parameters
    ----------
    studies : iterable of Study or str
        All that have a figure if empty.
    setup, n_controls, out, say
        As in `run`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        If a study has no figure; said before the work.
    RuntimeError
        At the end, if a figure could not be drawn; all others are.
    """
    chosen = [get_study(study) for study in studies]
    for study in chosen:
        if study.figure is None:
            raise ValueError(f"study {study.name!r} has no figure")
    chosen = chosen or [study for study in known_studies() if study.figure]
    outputs = Outputs(check_writable(out))
    for study in chosen:
        check(study, setup, _names(study, setup, n_controls))
    for study in chosen:
        results = results_of(study, setup, n_controls)
        with outputs.one(f"the figure of {study.name}"):
            draw(results, outputs.folder)
            say(f"{study.name}: written to {outputs.folder / study.name}.png")
    outputs.finish()
    return outputs.folder


def draw(results: Results, folder: Path) -> list[str]:
    """Write a study's figure with its caption, and note in the manifest what it shows.

    Returns
    -------
    list of str
        Names of the files.
    """
    from matplotlib.figure import Figure

    from mirror_sim.figures import style

    study = results.study
    assert study.figure is not None
    figure = study.figure(results)
    if not isinstance(figure, Figure):
        raise ValueError(f"figure returned {figure!r}, which is no matplotlib Figure")
    files = [path.name for path in style.savefig(figure, folder / study.name)]
    words = folder / f"{study.name}.txt"
    if caption := str(figure.get_label()):
        files.append(words.name)
        with atomic_path(words) as temporary:
            temporary.write_text(caption + "\n", encoding="utf-8")
    else:
        words.unlink(missing_ok=True)  # of an earlier run
    note(folder, study.name, [study], results.found)
    return [*files, "manifest.json"]


def _write_sessions(results: Results, outputs: Outputs) -> None:
    study, seed = results.study, results.seeds[0]
    if study.recorded is None:
        return
    for name, session in results.sessions.items():
        file = f"sub-{seed}_ses-{name}_ecephys.nwb"
        with outputs.one(file) as files:
            met = study.recorded(session.units, seed=seed)
            session.select(units=met).to_nwb(outputs.folder / file)
            files.append(file)
