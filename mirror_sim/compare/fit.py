"""Fits: a circuit is calibrated to rows of a study, on all cores or on a cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import require_counts
from mirror_sim.base.files import check_writable
from mirror_sim.circuit.model import Circuit
from mirror_sim.compare import fit_outputs, report_page
from mirror_sim.compare.clusters import on_dask
from mirror_sim.compare.fit_journal import JOURNAL, imported_optuna, opened
from mirror_sim.compare.fit_plan import FitPlan
from mirror_sim.compare.fit_rows import cost, wanted_rows
from mirror_sim.compare.fit_search import Search, best_of, distributions, identity, made_by
from mirror_sim.compare.fit_space import space_of
from mirror_sim.compare.outputs import Outputs
from mirror_sim.compare.runs import on_this_machine
from mirror_sim.subject.growth import Curriculum

_NEEDED_BYTES = 50_000_000


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What a fit found.

    Attributes
    ----------
    circuit : Circuit
        The best.
    curriculum : Curriculum
        By which it is to grow.
    number : int
        Of its setting.
    settings : DataFrame
        One row a setting that was tried; see `fit`.
    rows : DataFrame
        One row a row that was looked at; see `fit`.
    """

    circuit: Circuit
    curriculum: Curriculum
    number: int
    settings: pd.DataFrame
    rows: pd.DataFrame


@checked_arguments()
def fit(
    plan: FitPlan | Path | str,
    *,
    jobs: int | None = None,
    scheduler: Any = None,
    out: Path | str = "results/fit",
    say: Callable[[str], None] = print,
    command: str = "",
) -> Fit:
    """Calibrate a circuit to rows of a study.

    Settings of the plan's axes are tried in batches. Three of four are near the best setting,
    where a linear model of each row expects the lowest cost; the fourth is anywhere, at first at
    random, then where Optuna's multivariate tree-structured Parzen estimator expects it.

    A row costs the squared distance from the published value in half widths of its interval, from
    one half width on linearly more (Huber); rows that have a range only (sanity rows and aims) cost
    nothing within. A row without a number costs as much as one that is 20 half widths off. The cost
    of a setting is the mean over calibrate rows plus what sanity rows and aims cost. Rows that are
    to be predicted are not looked at.

    A fit that was stopped or killed goes on where it was, by the same call, and comes out the same,
    as it does for any number of processes. Where nothing is left to do, the journal is read and all
    else written again. It starts processes: a script calls it under ``if __name__ == "__main__":``.

    Parameters
    ----------
    plan : FitPlan, Path or str
        Or the name of its TOML file.
    jobs : int, optional
        Processes at once on this machine, as many as there are cores if none is given.
    scheduler : str or distributed.Client, optional
        Measures through `dask.distributed` instead: a scheduler's address, or a client.
    out : Path or str
        Folder for ``fit.journal``, all that was tried; ``fit.toml``, the best circuit;
        ``growth.toml``, what differs from the default `Curriculum`, if anything does;
        ``settings.csv``, a row for each setting: number, state ("measured", "pruned" after the
        first Subject, or "failed"), cost, that of the first Subject, why it failed, the value on
        each axis, and the mean of each row that is looked at; ``rows.csv``, these rows at the start
        and in the fit; ``finals.csv``, the settings measured again; the figure ``fit.png`` and
        ``.svg``; ``report.html``, all of it on one page.
    say : callable
        Takes a line a batch, and the table at the end.
    command : str
        What is typed into a shell to make it again; stands in the report.

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        Before any work, if an axis, a row or a number is not valid, or the folder has the journal
        of another fit; with the first Subject, if the study does not give a row.
    ImportError
        If Optuna is not installed.
    OSError
        If the folder cannot be written to.
    RuntimeError
        If a setting could not be measured for a reason that is not its own; what was finished is
        kept. Or if an output could not be written.
    """
    require_counts(jobs=jobs)
    imported_optuna()
    plan = plan if isinstance(plan, FitPlan) else FitPlan.from_toml(plan)
    space = space_of(plan)
    wanted = wanted_rows(plan, space.start.study)
    run = on_dask(scheduler) if scheduler is not None else on_this_machine(jobs)
    folder = check_writable(out, needed_bytes=_NEEDED_BYTES)
    of = identity(plan, space, wanted)
    journal_path, by = folder / JOURNAL, made_by(space)
    with opened(journal_path, of, by, distributions(space)) as journal:
        search = Search(plan=plan, space=space, wanted=wanted, journal=journal, run=run, say=say)
        search.go_on()
        finals = search.finals()
    tried = journal.tried
    costs = {number: cost(wanted, row) for number, row in finals.items()}
    best = min(costs, key=lambda k: (costs[k], k)) if costs else best_of(tried)
    point = space.point(tried[best].setting, seed=plan.subjects[0], n_trials=plan.n_trials)
    start, end = (finals[k] if finals else tried[k].found for k in (0, best))
    found = Fit(
        circuit=point.circuit,
        curriculum=point.curriculum,
        number=best,
        settings=fit_outputs.settings_table(tried, space, wanted),
        rows=fit_outputs.rows_table(wanted, start, end),
    )
    outputs, again = Outputs(folder), fit_outputs.finals_table(finals, costs)
    fit_outputs.write(found, outputs, finals=again, wanted=wanted)
    with outputs.one(report_page.FILE):
        page = report_page.of_fit(
            found, again, plan, space.start.study, journal.made, outputs, command=command
        )
        report_page.write(page, folder)
    outputs.finish()
    for line in fit_outputs.lines(found.rows):
        say(line)
    on = f"{len(plan.final_subjects or plan.subjects)} Subjects in full" if finals else "the search"
    said = f"best of {len(tried)} settings: {best}, judged on {on}"
    say(f"{said}; the report is {folder / report_page.FILE}")
    return found
