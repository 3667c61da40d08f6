"""The command line, ``mirror-sim``: thin commands over what the package offers to Python."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence

from mirror_sim.base.errors import unknown
from mirror_sim.cli import fit, show, studies
from mirror_sim.cli.surroundings import answered

logger = logging.getLogger("mirror_sim")

CIRCUIT_FORMATS = (".toml", ".md")


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
        went wrong, 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.

    Examples
    --------
    >>> main(["circuit", "--out", "circuit.docx"])
    2
    """
    options = parser_of().parse_args(arguments)
    logging.basicConfig(format="%(message)s")
    logger.setLevel(logging.DEBUG if options.verbose else logging.INFO)
    return answered(lambda: options.command(options), "mirror-sim")


def parser_of() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="mirror-sim",
        description="Grow spiking fronto-parietal circuits and test them with the experiments "
        "that found mirror neurons.",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="say more, with the traceback of an error"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    studies.add_to(commands)
    fit.add_to(commands)
    show.add_to(commands)

    circuit = commands.add_parser("circuit", help="print the default circuit or write it to a file")
    circuit.add_argument(
        "--out",
        type=studies.place,
        help="write it instead: .toml to read it back, .md to publish it",
    )
    circuit.set_defaults(command=_circuit)

    data = commands.add_parser("data", help="published recordings to compare the model with")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    fetch = actions.add_parser("fetch", help="download them, or check those in MIRROR_SIM_DATA")
    fetch.add_argument("name", nargs="?", help="of the data set (default: all)")
    fetch.set_defaults(command=_fetch)

    doctor = commands.add_parser("doctor", help="look whether this installation can simulate")
    doctor.set_defaults(command=_doctor)
    return parser


def _doctor(options: argparse.Namespace) -> int:
    del options
    from mirror_sim.cli import doctor

    healthy = True
    for finding in doctor.examine():
        print(finding, flush=True)
        healthy &= not finding.problem
    return 0 if healthy else 1


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
