"""``report.html``: what a command did and found on one page, beside its other outputs."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from mirror_sim.base import cache, sources
from mirror_sim.base.files import atomic_path
from mirror_sim.circuit.model import Circuit
from mirror_sim.compare import report_tables
from mirror_sim.compare.fit_journal import JOURNAL
from mirror_sim.compare.manifest import made_by, seeds_of
from mirror_sim.compare.outputs import Outputs
from mirror_sim.engine.compile import platform_facts
from mirror_sim.engine.compiler import compiler
from mirror_sim.figures.webpage import Page, Picture, render
from mirror_sim.studies.claim import Claim
from mirror_sim.studies.study import Results, Study
from mirror_sim.studies.verdict import judged
from mirror_sim.studies.verdict import report as claim_report
from mirror_sim.subject.growth import Curriculum

if TYPE_CHECKING:
    from mirror_sim.compare.fit import Fit
    from mirror_sim.compare.fit_plan import FitPlan
    from mirror_sim.compare.report import Setup

FILE = "report.html"

EXAMPLE = "One Subject is an example: its numbers have no interval, and another Subject has others."
QUICK = "This was a shortened run (--quick): it shows the whole path, and no result."


def write(page: Page, folder: Path) -> None:
    """Write a page as ``report.html``, whole or not at all."""
    with atomic_path(folder / FILE) as temporary:
        temporary.write_text(render(page), encoding="utf-8")


def of_run(results: Results, setup: Setup, outputs: Outputs, *, command: str) -> Page:
    """Return the page of a study that was run.

    Parameters
    ----------
    results : Results
    setup : Setup
    outputs : Outputs
        What was written so far.
    command : str
        What makes it again.
    """
    study, seeds = results.study, seeds_of(results.found)
    controls = [kind for kind in seeds if kind != "grown"]
    claim = study if isinstance(study, Claim) else None
    label, why, told = _verdict(claim, results) if claim else ("", [], "")
    pictures = _pictures(study.name, outputs, f"The figure of the study {study.name}.")
    also = f", with {len(controls)} controls" if controls else ""
    name = f"{study.name} ({study.label})" if study.label else study.name
    return Page(
        title=f"“{claim.claim}”" if claim else study.name,
        said=[
            f"The {'claim' if claim else 'study'} {name} on {_subjects(setup.seeds)}{also}.",
            *([f"The experiment: {study.source}."] if study.source else []),
        ],
        warnings=_warnings(len(setup.seeds), outputs, quick=setup.quick),
        label=label,
        why=why,
        # The page of a claim has its verdict as its caption, which stands above already.
        pictures=[replace(p, caption="") if p.caption == told else p for p in pictures],
        tables=list(report_tables.of_run(results)),
        command=command,
        made_by=_facts_of([study], seeds, setup),
        files=outputs.sizes,
    )


def of_validation(
    studies: Sequence[Study],
    table: pd.DataFrame,
    seeds: Mapping[str, Sequence[int]],
    setup: Setup,
    outputs: Outputs,
    *,
    command: str,
) -> Page:
    """Return the page of a scoreboard of several studies; parameters as in `of_run`."""
    return Page(
        title="Scoreboard of published numbers",
        said=[
            f"The studies {', '.join(study.name for study in studies)} on "
            f"{_subjects(setup.seeds)}, beside the published numbers."
        ],
        warnings=_warnings(len(setup.seeds), outputs, quick=setup.quick),
        pictures=_pictures(
            "scoreboard",
            outputs,
            "The published intervals, in grey, and the model: mean and 95 % interval over "
            "Subjects, in half widths of each interval. Open marks are misses.",
        ),
        tables=list(report_tables.boards(table)),
        command=command,
        made_by=_facts_of(studies, seeds, setup),
        files=outputs.sizes,
    )


def of_sweep(
    study: Study,
    axes: Sequence[str],
    table: pd.DataFrame,
    setup: Setup,
    outputs: Outputs,
    *,
    command: str,
) -> Page:
    """Return the page of a sweep; parameters as in `of_run`."""
    points = len(table) // len(setup.seeds)
    over = f"over {' and '.join(axes)}" if axes else "without an axis"
    return Page(
        title=f"Sweep of {study.name}",
        said=[f"The study {study.name} {over}: {points} points, each on {_subjects(setup.seeds)}."],
        warnings=_warnings(len(setup.seeds), outputs, quick=setup.quick),
        tables=list(report_tables.of_sweep(study, axes, table)),
        command=command,
        made_by=_facts_of([study], {"each point": list(setup.seeds)}, setup),
        files=outputs.sizes,
    )


def of_fit(
    found: Fit,
    finals: pd.DataFrame,
    plan: FitPlan,
    study: Study,
    made: Mapping[str, str],
    outputs: Outputs,
    *,
    command: str,
) -> Page:
    """Return the page of a fit.

    Parameters
    ----------
    found : Fit
    finals : DataFrame
        The settings that were measured again.
    plan : FitPlan
    study : Study
        That of the plan.
    made : mapping of str to str
        What measured the settings, as the journal has it.
    outputs, command
        As in `of_run`.
    """
    judged = plan.final_subjects or plan.subjects
    kinds = {"search": list(plan.subjects), **({"finals": list(judged)} if len(finals) else {})}
    facts = _facts([study], kinds, [(found.circuit, found.curriculum)], plan.n_trials)
    return Page(
        title=f"Fit of {study.name}",
        said=[
            f"{len(found.settings)} settings of {len(plan.axes)} axes were tried on "
            f"{_subjects(plan.subjects)}; the best is number {found.number}.",
            "A circuit that was fitted to a row does not predict it.",
        ],
        warnings=_warnings(len(judged), outputs),
        pictures=_pictures(
            "fit",
            outputs,
            "The course of the fit: above, the cost of every setting, and the axes that matter "
            "most; below, how far off each row is in the best settings, in half widths of its "
            "interval.",
        ),
        tables=list(report_tables.of_fit(study, found, finals)),
        command=command,
        made_by=facts | {f"{name} of the search": what for name, what in made.items()},
        files=outputs.sizes | {JOURNAL: (outputs.folder / JOURNAL).stat().st_size},
    )


# --- what was found ------------------------------------------------------------------------------


def _verdict(claim: Claim, results: Results) -> tuple[str, list[str], str]:
    """Return the label of a claim, why it has it, and all of it as a figure's caption tells it."""
    found = judged(results)
    told = list(claim_report(claim, results.found, found))
    why = f"{found.why[0].upper()}{found.why[1:]}."
    evidence = (f"{fact.text} ({fact.source}; {fact.level})" for fact in claim.evidence)
    return found.label, [why, *told[1:], *evidence], " ".join(told)


def _pictures(name: str, outputs: Outputs, otherwise: str) -> list[Picture]:
    """Return the figure that was written, with its caption, or with another if it has none."""
    if f"{name}.png" not in outputs.sizes:
        return []
    file = f"{name}.txt"
    written = file in outputs.sizes
    caption = (outputs.folder / file).read_text(encoding="utf-8").strip() if written else otherwise
    first = re.split(r"(?<=[.!?])\s", caption, maxsplit=1)[0]
    png = (outputs.folder / f"{name}.png").read_bytes()
    return [Picture(png=png, alt=first, caption=caption)]


# --- what made it --------------------------------------------------------------------------------


def _facts_of(
    studies: Sequence[Study], seeds: Mapping[str, Sequence[int]], setup: Setup
) -> dict[str, str]:
    grown = []
    for study in studies:
        given = setup.subjects(study)
        grown.append((given["circuit"], given.get("curriculum") or study.grown_by()[1]))
    return _facts(studies, seeds, grown, given["n_trials"])


def _facts(
    studies: Sequence[Study],
    seeds: Mapping[str, Sequence[int]],
    grown: Iterable[tuple[Circuit, Curriculum]],
    n_trials: int | None,
) -> dict[str, str]:
    """Return what made a result, by name: the manifest's record, the digests, the machine."""
    made = made_by(studies, seeds)
    circuits, growths = [], []
    for circuit, plan in grown:
        circuits.append(f"{circuit.name}, digest {circuit.digest()}")
        content = cache.digest(sources.content(plan))
        growths.append(f"at most {plan.max_actions} own actions, digest {content}")
    compiled_by = compiler()
    processor = str(platform_facts("cpp" if compiled_by else "numpy")[2])
    return {
        "rows read by": _once(made["studies"].values()),
        "seeds": _once(f"{kind} {_range(own)}" for kind, own in made["seeds"].items()),
        "circuit": _once(circuits),
        "growth": _once(growths),
        "trials of each kind": "as the study says" if n_trials is None else str(n_trials),
        "code": f"digest {made['code']}",
        "versions": _once(f"{name} {version}" for name, version in made["versions"].items()),
        "compiler": compiled_by or "none, simulated with NumPy",
        "processor": _processor(processor),
    }


def _once(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _processor(key: str) -> str:
    """Return the name of a processor, and a digest of all that its key holds."""
    model = re.search(r"model name\s*: (.+?)(?= \w+\s*: |$)", key)
    return f"{model[1] if model else platform.machine()}, digest {cache.digest(key)}"


def _warnings(n_subjects: int, outputs: Outputs, *, quick: bool = False) -> list[str]:
    said = [QUICK] if quick else []
    said += [EXAMPLE] if n_subjects == 1 else []
    return said + [f"Not written: {what}." for what in outputs.failed]


def _subjects(seeds: Sequence[int]) -> str:
    n = len(seeds)
    return f"{n} Subject{'s' if n > 1 else ''} (seed{'s' if n > 1 else ''} {_range(seeds)})"


def _range(seeds: Iterable[int]) -> str:
    own = sorted(seeds)
    if len(own) > 2 and own[-1] - own[0] == len(own) - 1:
        return f"{own[0]} to {own[-1]}"
    return ", ".join(map(str, own))
