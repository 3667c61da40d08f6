"""The command that calibrates a circuit: fit."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from typing import Any

from mirror_sim.cli import studies


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    fit = commands.add_parser(
        "fit", help="calibrate a circuit to rows of a study; goes on where it was stopped"
    )
    fit.add_argument("plan", type=studies.place, help="a .toml file; see mirror_sim.FitPlan")
    fit.add_argument(
        "--settings",
        type=studies.whole(1, 1_000_000),
        help="how many are tried in all (default: the plan's)",
    )
    studies.add_circuit(fit, "the plan's")
    studies.add_place(fit, default="results/fit")
    studies.add_open(fit)
    fit.set_defaults(command=_fit)


def _fit(options: argparse.Namespace) -> int:
    from mirror_sim.circuit.model import Circuit
    from mirror_sim.compare.fit import fit
    from mirror_sim.compare.fit_plan import FitPlan
    from mirror_sim.studies.study import get_study

    studies.use_tls(options)
    plan = FitPlan.from_toml(options.plan)
    plan = replace(plan, study=get_study(plan.study))  # its file may register what a circuit names
    if options.settings is not None:
        plan = replace(plan, settings=options.settings)
    if options.circuit is not None:
        plan = replace(plan, circuit=Circuit.from_toml(options.circuit))
    fit(
        plan,
        jobs=options.jobs,
        scheduler=options.scheduler,
        out=options.out,
        command=_again(options),
    )
    return studies.opened(options, options.out)


def _again(options: argparse.Namespace) -> str:
    given = ["mirror-sim", "fit", str(options.plan)]
    for option, value in (("--settings", options.settings), ("--circuit", options.circuit)):
        given += [] if value is None else [option, str(value)]
    return shlex.join(given)
