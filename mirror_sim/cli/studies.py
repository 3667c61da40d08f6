"""The commands that take studies: list, run, validate, figures and sweep."""

from __future__ import annotations

import argparse
import contextlib
import errno
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirror_sim.cli.surroundings import show

if TYPE_CHECKING:
    from mirror_sim.compare.report import Setup

_TLS = {"ca": "certificate of who signed", "cert": "own certificate", "key": "own key"}
MOST = 10_000
"""The most Subjects, trials of a kind, or processes that can be asked for."""

_STUDY = "a name that `mirror-sim list` shows, FILE.py:NAME or MODULE:NAME"


def add_to(commands: Any) -> None:
    """Add the commands to a parser's."""
    known = commands.add_parser("list", help="list the studies that can be run")
    known.set_defaults(command=_list)

    claims = commands.add_parser(
        "claims", help="list popular claims about mirror neurons, and what became of each"
    )
    claims.add_argument(
        "--out",
        type=place,
        help="folder of runs whose verdicts are shown (default: those that come with the package)",
    )
    claims.add_argument(
        "--figure", type=place, help="draw all of them on one page to this file, PNG and SVG"
    )
    claims.set_defaults(command=_claims)

    run = commands.add_parser("run", help="run a study and write its tables, figure and sessions")
    run.add_argument("study", help=_STUDY)
    add_options(run, n_subjects=1)
    _add_controls(run, "the first 5; with one Subject those that need no growth")
    add_open(run)
    run.set_defaults(command=_run)

    validate = commands.add_parser(
        "validate", help="run studies and write the scoreboard of published numbers"
    )
    validate.add_argument("studies", nargs="*", metavar="study", help=f"{_STUDY} (default: all)")
    add_options(validate, n_subjects=10)
    _add_controls(validate, "0", default=0)
    add_open(validate)
    validate.set_defaults(command=_validate)

    figures = commands.add_parser("figures", help="draw the figures of studies again")
    figures.add_argument("studies", nargs="*", metavar="study", help=f"{_STUDY} (default: all)")
    add_options(figures, n_subjects=1)
    _add_controls(figures, "as run")
    figures.set_defaults(command=_figures)

    sweep = commands.add_parser(
        "sweep", help="run a study over a grid of parameters, Subjects, lesions and controls"
    )
    sweep.add_argument("study", help=_STUDY)
    sweep.add_argument(
        "--axis",
        action="append",
        default=[],
        metavar="NAME=VALUE,...",
        help="'F6.withhold.peak_hz=2,15,30' or 'STS->PFG.weight_nS=0.1,0.2' or "
        "'PFG->F5.plasticity.theta=3,4' or 'circuit.tau_nmda_ms=80,100' or "
        "'growth.max_actions=10,40' or 'lesion=,STS' or 'control=,no vision'; again for another "
        "axis",
    )
    add_options(sweep, n_subjects=1, out="folder, or a .csv file,")
    add_open(sweep)
    sweep.set_defaults(command=_sweep)


def add_options(parser: argparse.ArgumentParser, *, n_subjects: int, out: str = "folder") -> None:
    """Add the options that mean the same in every command: which Subjects, where, and to where."""
    add_subjects(parser, n_subjects=n_subjects, out=out)
    add_circuit(parser)
    parser.add_argument(
        "--trials",
        dest="n_trials",
        type=whole(1, MOST),
        help="of each kind, at least 4, in a study that takes it (default: the study's)",
    )
    parser.add_argument(
        "--quick", action="store_true", help="half the cells, ten own actions, fewest trials"
    )


def add_circuit(parser: argparse.ArgumentParser, default: str = "the macaque") -> None:
    """Add the options that say which circuit, and on which cluster."""
    parser.add_argument("--circuit", type=place, help=f"a .toml file (default: {default})")
    parser.add_argument("--scheduler", type=_text, help="address of a dask scheduler to run on")


def add_subjects(parser: argparse.ArgumentParser, *, n_subjects: int, out: str = "folder") -> None:
    """Add the options that say which Subjects, on how many cores, and to where."""
    parser.add_argument(
        "--seed", type=whole(0, 2**63 - MOST), default=1, help="of the first Subject (default: 1)"
    )
    parser.add_argument(
        "--subjects",
        dest="n_subjects",
        type=whole(1, MOST),
        default=n_subjects,
        help=f"how many (default: {n_subjects})",
    )
    add_place(parser, out=out)


def add_place(
    parser: argparse.ArgumentParser, *, out: str = "folder", default: str = "results"
) -> None:
    """Add the options that say on how many cores, and to where."""
    parser.add_argument(
        "--jobs",
        type=whole(1, MOST),
        help="processes at once, Subjects first, then blocks of each (default: all cores)",
    )
    for name, what in _TLS.items():
        parser.add_argument(
            f"--tls-{name}", type=place, metavar="FILE", help=f"{what}, for a tls:// scheduler"
        )
    parser.add_argument(
        "--out", type=place, default=Path(default), help=f"{out} to write (default: {default})"
    )


def add_open(parser: argparse.ArgumentParser) -> None:
    """Add the option that opens the report."""
    parser.add_argument(
        "--open", action="store_true", help="open the report in the browser when it is written"
    )


def opened(options: argparse.Namespace, folder: Path) -> int:
    """Open the report in a folder if the options ask for it, and return the exit status."""
    if options.open:
        from mirror_sim.compare.report_page import FILE

        show(folder / FILE)
    return 0


def again(name: str, options: argparse.Namespace, *words: str) -> str:
    """Return the command that gives the same results, for the report.

    Cores, clusters and folders are left out: they do not change results.
    """
    given = ["mirror-sim", name, *words, "--seed", str(options.seed)]
    given += ["--subjects", str(options.n_subjects)]
    for option, value in (
        ("--controls", getattr(options, "n_controls", None)),
        ("--trials", options.n_trials),
        ("--circuit", options.circuit),
    ):
        given += [] if value is None else [option, str(value)]
    return shlex.join([*given, "--quick"] if options.quick else given)


def _add_controls(
    parser: argparse.ArgumentParser, said: str, *, default: int | None = None
) -> None:
    parser.add_argument(
        "--controls",
        dest="n_controls",
        type=whole(0, MOST),
        default=default,
        help=f"how many of the Subjects have their controls too (default: {said})",
    )


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a type of options: whole numbers of a range."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return value

    return number


def place(text: str) -> Path:
    """Return a path; a type of options."""
    return Path(_text(text))


def _text(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is empty; name a file, folder or address")
    return text


def setup_of(options: argparse.Namespace) -> Setup:
    """Return the Setup that the options of `add_options` describe."""
    from mirror_sim.circuit.model import Circuit
    from mirror_sim.compare.report import Setup

    use_tls(options)
    return Setup(
        circuit=Circuit.from_toml(options.circuit) if options.circuit else None,
        seed=options.seed,
        n_subjects=options.n_subjects,
        n_trials=options.n_trials,
        quick=options.quick,
        jobs=options.jobs,
        scheduler=options.scheduler,
    )


def use_tls(options: argparse.Namespace) -> None:
    """Let dask use the user's files for all that it says and hears."""
    files = {name: getattr(options, f"tls_{name}") for name in _TLS}
    if not any(files.values()):
        return
    for name, file in files.items():
        if file is None:
            raise ValueError(
                f"--tls-{name} is missing; --tls-ca, --tls-cert and --tls-key go together"
            )
        if not file.is_file():
            raise ValueError(f"--tls-{name}: there is no file {file}")
    if not (options.scheduler or "").startswith("tls://"):
        raise ValueError(
            f"--scheduler is {options.scheduler!r}; with --tls-ca it begins with tls://"
        )
    from dask import config

    tls = "distributed.comm.tls"
    own = {f"{tls}.client.{name}": str(files[name]) for name in ("cert", "key")}
    config.set(
        {"distributed.comm.require-encryption": True, f"{tls}.ca-file": str(files["ca"]), **own}
    )


def _list(options: argparse.Namespace) -> int:
    del options
    from mirror_sim.studies.study import known_studies

    for study in known_studies():
        table = study.published()
        published = table["value"].notna()
        roles = table["role"][published].value_counts().sort_index()
        counts = ", ".join(f"{n} {role}" for role, n in roles.items())
        print(study.name + (f" ({study.label})" if study.label else ""))
        print(f"  source    {study.source or 'none given'}")
        print(f"  sessions  {', '.join(study.sessions)}")
        print(f"  rows      {len(table)} described, {published.sum()} with targets", end="")
        print(f": {counts}" if counts else "")
        print(f"  controls  {', '.join(c.name for c in study.controls) or 'none'}")
        print(f"  figure    {'yes' if study.figure else 'no'}")
    return 0


def _claims(options: argparse.Namespace) -> int:
    from mirror_sim.studies.claim import known_claims
    from mirror_sim.studies.verdict import kept, told

    tables = {claim.name: kept(claim, options.out) for claim in known_claims()}
    for claim in known_claims():
        for line in told(claim, tables[claim.name]):
            print(line)
    if options.figure is not None:
        from mirror_sim.base.files import check_writable
        from mirror_sim.figures import style
        from mirror_sim.studies.page import overview

        check_writable(options.figure.parent)
        style.savefig(overview(tables), options.figure.with_suffix(""))
    return 0


def _run(options: argparse.Namespace) -> int:
    from mirror_sim.compare import report
    from mirror_sim.studies.study import get_study

    study = get_study(options.study)  # its file may register what a circuit's file names
    report.run(
        study,
        setup_of(options),
        n_controls=options.n_controls,
        out=options.out,
        command=again("run", options, options.study),
    )
    return opened(options, options.out)


def _validate(options: argparse.Namespace) -> int:
    from mirror_sim.compare import validation
    from mirror_sim.studies.study import get_study

    studies = [get_study(study) for study in options.studies]
    validation.validate(
        studies,
        setup_of(options),
        n_controls=options.n_controls,
        out=options.out,
        command=again("validate", options, *options.studies),
    )
    return opened(options, options.out)


def _figures(options: argparse.Namespace) -> int:
    from mirror_sim.compare import report
    from mirror_sim.studies.study import get_study

    studies = [get_study(study) for study in options.studies]
    report.figures(studies, setup_of(options), n_controls=options.n_controls, out=options.out)
    return 0


def _sweep(options: argparse.Namespace) -> int:
    from mirror_sim.base.files import check_writable
    from mirror_sim.compare import report_page
    from mirror_sim.compare.outputs import Outputs
    from mirror_sim.studies.study import get_study

    grid: dict[str, list[float | str]] = {}
    for text in options.axis:
        name, values = _axis(text)
        if name in grid:
            raise ValueError(f"--axis {name} is given twice; its values go into one list")
        grid[name] = values
    path = options.out if options.out.suffix == ".csv" else options.out / "sweep.csv"
    study, setup = get_study(options.study), setup_of(options)
    outputs = Outputs(check_writable(path.parent))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder; a file is to be written", str(path))
    table = setup.sweep(study, grid=grid, what="points")
    outputs.table(path.stem, table)
    words = [word for text in options.axis for word in ("--axis", text)]
    command = again("sweep", options, options.study, *words)
    with outputs.one(report_page.FILE):
        page = report_page.of_sweep(study, list(grid), table, setup, outputs, command=command)
        report_page.write(page, outputs.folder)
    outputs.finish()
    report = outputs.folder / report_page.FILE
    print(f"{len(table)} rows written to {path}; the report is {report}")
    return opened(options, outputs.folder)


def _axis(text: str) -> tuple[str, list[float | str]]:
    name, equals, values = text.rpartition("=")
    if not equals:
        raise ValueError(f"--axis {text!r} is not NAME=VALUE,VALUE,...")
    return name, [_number_or_text(value) for value in values.split(",")]


def _number_or_text(value: str) -> float | str:
    with contextlib.suppress(ValueError):
        return int(value)
    with contextlib.suppress(ValueError):
        return float(value)
    return {"True": True, "False": False}.get(value, value)
