"""The command line, ``mirror-sim``: thin commands over what the package offers to Python."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from mirror_sim.base.errors import unknown

logger = logging.getLogger("mirror_sim")

REPORTS = ("observed_vs_performed",)
"""What ``mirror-sim run`` can run: functions of `mirror_sim.compare.report`."""

CIRCUIT_FORMATS = (".toml", ".md")

USER_ERROR = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows ``mirror-sim``; by default that of the process.

    Returns
    -------
    int
        The exit status: 0, 1 if the doctor found a problem, 2 if something has to be changed or
        went wrong, 130 after Ctrl-C.

    Examples
    --------
    >>> main(["circuit", "--out", "circuit.docx"])
    2
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s")
    logger.setLevel(logging.DEBUG if options.verbose else logging.INFO)
    try:
        return int(options.command(options))
    except BrokenPipeError:
        # Whoever read our output, `head` say, has seen enough; Python must not flush into it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError, RuntimeError, ImportError) as error:
        logger.debug("where it happened:", exc_info=True)
        print(f"mirror-sim: {_sentence(error)}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print("mirror-sim: interrupted; what was finished is kept", file=sys.stderr)
        return INTERRUPTED


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mirror-sim",
        description="Grow spiking fronto-parietal circuits and test them with the experiments "
        "that found mirror neurons.",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="say more, with the traceback of an error"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    doctor = commands.add_parser("doctor", help="look whether this installation can simulate")
    doctor.set_defaults(command=_doctor)

    run = commands.add_parser("run", help="simulate a study and write its tables and figures")
    run.add_argument("study", help=", ".join(REPORTS))
    _add_subjects(run, 1)
    run.add_argument(
        "--trials",
        dest="n_trials",
        type=_positive,
        default=10,
        help="of each kind, at least 4 (default: 10)",
    )
    run.add_argument(
        "--jobs", type=_positive, default=os.cpu_count() or 1, help="processes (default: all cores)"
    )
    run.add_argument("--quick", action="store_true", help="a small, short version of it all")
    _add_out(run, "results", "folder")
    run.set_defaults(command=_run)

    validate = commands.add_parser(
        "validate", help="run all studies and write the scoreboard of published numbers"
    )
    _add_subjects(validate, 10)
    validate.add_argument(
        "--controls",
        dest="n_controls",
        type=int,
        default=0,
        help="how many of them with their controls (default: 0)",
    )
    validate.add_argument("--jobs", type=_positive, help="Subjects at once (default: all cores)")
    _add_out(validate, "results", "folder")
    validate.set_defaults(command=_validate)

    sweep = commands.add_parser(
        "sweep", help="run a study over a grid of parameters, Subjects and lesions"
    )
    sweep.add_argument("study", help="one of: controls, gallese1996, jerjian2020")
    sweep.add_argument(
        "--axis",
        action="append",
        default=[],
        metavar="NAME=VALUE,...",
        help="F6.withhold.peak_hz=0,15,30 or STS->PFG.weight_nS=0.1,0.2 or "
        "PFG->F5.plasticity.theta=3,4 or circuit.tau_nmda_ms=80,100 or growth.max_actions=10,40 or "
        "lesion=,STS or control=,no vision; again for another axis",
    )
    _add_subjects(sweep, 1)
    sweep.add_argument("--jobs", type=_positive, help="processes at once (default: all cores)")
    sweep.add_argument("--scheduler", help="address of a dask scheduler to run on instead")
    _add_out(sweep, "sweep.csv", "table")
    sweep.set_defaults(command=_sweep)

    circuit = commands.add_parser("circuit", help="print the default circuit or write it to a file")
    circuit.add_argument(
        "--out", type=Path, help="write it instead: .toml to read it back, .md to publish it"
    )
    circuit.set_defaults(command=_circuit)

    data = commands.add_parser("data", help="published recordings to compare the model with")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    fetch = actions.add_parser("fetch", help="download them, or check those in MIRROR_SIM_DATA")
    fetch.add_argument("name", nargs="?", help="of the data set (default: all)")
    fetch.set_defaults(command=_fetch)
    return parser


def _add_subjects(parser: argparse.ArgumentParser, default: int) -> None:
    parser.add_argument("--seed", type=int, default=1, help="of the first Subject (default: 1)")
    parser.add_argument(
        "--subjects",
        dest="n_subjects",
        type=_positive,
        default=default,
        help=f"how many (default: {default})",
    )


def _add_out(parser: argparse.ArgumentParser, default: str, kind: str) -> None:
    parser.add_argument(
        "--out", type=Path, default=Path(default), help=f"{kind} to write (default: {default})"
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _doctor(options: argparse.Namespace) -> int:
    del options
    from mirror_sim.cli import doctor

    healthy = True
    for finding in doctor.examine():
        print(finding, flush=True)
        healthy &= not finding.problem
    return 0 if healthy else 1


def _run(options: argparse.Namespace) -> int:
    if options.study not in REPORTS:
        raise unknown("study", options.study, REPORTS)
    from mirror_sim.compare import report

    return _written(getattr(report, options.study), options)


def _validate(options: argparse.Namespace) -> int:
    from mirror_sim.compare.validation import validate

    return _written(validate, options)


def _written(write: Callable[..., object], options: argparse.Namespace) -> int:
    """Call a function that draws figures with the options of its names."""
    import matplotlib as mpl

    mpl.use("Agg")
    names = vars(options).keys() - {"command", "verbose", "study"}
    write(**{name: getattr(options, name) for name in names})
    return 0


def _sweep(options: argparse.Namespace) -> int:
    from mirror_sim.base.files import atomic_path, check_writable
    from mirror_sim.base.progress import progress_bar
    from mirror_sim.compare.sweeps import STUDIES, sweep

    if options.study not in STUDIES:
        raise unknown("study", options.study, STUDIES)
    grid: dict[str, list[float | str]] = {}
    for text in options.axis:
        name, values = _axis(text)
        if name in grid:
            raise ValueError(f"--axis {name} is given twice; its values go into one list")
        grid[name] = values
    if options.out.is_dir():
        raise ValueError(f"--out {options.out} is a folder; the table needs a file, say sweep.csv")
    check_writable(options.out.parent)
    table = sweep(
        STUDIES[options.study],
        subjects=range(options.seed, options.seed + options.n_subjects),
        grid=grid,
        jobs=options.jobs,
        scheduler=options.scheduler,
        progress=progress_bar("points"),
    )
    with atomic_path(options.out) as temporary:
        table.to_csv(temporary, index=False)
    print(f"{len(table)} rows written to {options.out}")
    return 0


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


def _circuit(options: argparse.Namespace) -> int:
    from mirror_sim.base.files import atomic_path
    from mirror_sim.circuit.macaque import macaque

    circuit, out = macaque(), options.out
    if out is None:
        print(circuit.to_markdown())
        return 0
    if out.suffix not in CIRCUIT_FORMATS:
        raise unknown("circuit file type", out.suffix, CIRCUIT_FORMATS, where=str(out))
    if out.suffix == ".toml":
        circuit.to_toml(out)
    else:
        with atomic_path(out) as temporary:
            temporary.write_text(circuit.to_markdown(), encoding="utf-8")
    print(f"written to {out}")
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from mirror_sim.studies import datasets

    for name in [options.name] if options.name else datasets.DATASETS:
        print(f"{name}: {datasets.fetch(name)}")
    return 0
