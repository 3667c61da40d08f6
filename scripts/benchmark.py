"""How fast the engine is beside what one would otherwise use: ratios measured in one run.

    python scripts/benchmark.py --out figures

Every timing runs in a process of its own, on one thread, in turn with what it is compared to. NEST
(`pip install nest-simulator`) is left out, and said to be, where it is not installed. Each part is
written when it is done; all of them take three quarters of an hour.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from benchmark_tasks import DT_MS, FLOORS, SECONDS

from mirror_sim import macaque
from mirror_sim.base.files import atomic_path, check_writable
from mirror_sim.cli.studies import place, whole
from mirror_sim.cli.surroundings import answered
from mirror_sim.engine import Engine

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def measured(task: str, *values: object, cache: str | None = None) -> dict[str, float]:
    """Run a task in a process of its own; adds its wall time and peak memory."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if cache:
        environment["MIRROR_SIM_CACHE"] = cache
    script = Path(__file__).with_name("benchmark_tasks.py")
    command = [sys.executable, script, json.dumps([task, *values])]
    began = time.perf_counter()
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    wall = time.perf_counter() - began
    return {**json.loads(answer.stdout.splitlines()[-1]), "wall": wall}


def row(comparison: str, ours: list[float], other: list[float], unit: str) -> dict[str, object]:
    """Put the medians of two lists of times beside each other, and say so."""
    a, b = float(np.median(ours)), float(np.median(other))
    print(f"{comparison}: {a:.3g} and {b:.3g} {unit}, ratio {b / a:.2f}", flush=True)
    return {"comparison": comparison, "ours": a, "other": b, "ratio": b / a, "unit": unit}


def compare_brian2(repeats: int) -> list[dict[str, object]]:
    """Measure the time to a first result; the cold start of plain Brian2, minutes long, once."""
    unit = "s to first result"
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as folder:
        cold = [measured("first", 1, SECONDS, cache=cache)["wall"]]
        cython_cold = [measured("naive", "cython", folder, 1, SECONDS)["wall"]]
        warm, cython_warm, standalone = [], [], []
        for repeat in range(repeats):
            warm.append(measured("first", 2 + repeat, SECONDS, cache=cache)["wall"])
            cython_warm.append(measured("naive", "cython", folder, 2 + repeat, SECONDS)["wall"])
        standalone.append(measured("naive", "cpp", folder, 3, SECONDS)["wall"])
    return [
        row("plain Brian2, Cython, both cold", cold, cython_cold, unit),
        row("plain Brian2, Cython, cold; ours compiled", warm, cython_cold, unit),
        row("plain Brian2, Cython, both compiled", warm, cython_warm, unit),
        row("plain Brian2, C++ built for each seed", warm, standalone, unit),
    ]


def compare_nest(repeats: int) -> list[dict[str, object]]:
    """Measure the simulation alone, in NEST and in C++ by hand, beside a whole run of ours."""
    models = ("iaf_cond_exp", "iaf_psc_exp") if importlib.util.find_spec("nest") else ()
    if not models:
        print("NEST is not installed: its comparison is left out")
    found: dict[str, list[dict[str, float]]] = {m: [] for m in ("engine", *FLOORS, *models)}
    for repeat in range(repeats):
        found["engine"].append(measured("engine", 1 + repeat, SECONDS, 0))
        for floor in FLOORS:
            found[floor].append(measured("floor", floor, 1 + repeat, SECONDS))
            rate, wanted = found[floor][-1]["rate"], found["engine"][-1]["rate"]
            print(f"{floor}: {rate:.2f} spikes/s, engine {wanted:.2f}", flush=True)
        for model in models:
            found[model].append(measured("nest", model, 1 + repeat, SECONDS))
            rate, wanted = found[model][-1]["rate"], found[model][-1]["wanted"]
            print(f"{model}: {rate:.2f} spikes/s, engine {wanted:.2f}", flush=True)
    seconds = {name: [one["seconds"] for one in runs] for name, runs in found.items()}
    ours, unit = seconds["engine"], f"s for {SECONDS:g} s"
    rows = [row(f"NEST {model}", ours, seconds[model], unit) for model in models]
    rows += [row(floor, ours, seconds[floor], unit) for floor in FLOORS]
    rows.append(row("real time", ours, [SECONDS], unit))
    steps = Engine(macaque(), 1, target="cpp").wiring.n_cells * SECONDS * 1e3 / DT_MS
    rows.append(row("a neuron-step", [1e9 * s / steps for s in ours], [np.nan], "ns"))
    events = [1e9 * one["seconds"] / one["events"] for one in found["engine"]]
    rows.append(row("a synaptic event, all in", events, [np.nan], "ns"))
    return rows


def compare_command(repeats: int) -> list[dict[str, object]]:
    """Measure the main command from nothing, once, and again with all that it left."""
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as folder:
        cold = measured("command", cache, folder)
        again = [measured("command", cache, folder) for _ in range(repeats)]
    none = [np.nan]
    return [
        row("main command from nothing", [cold["seconds"]], none, "s"),
        row("main command again", [one["seconds"] for one in again], none, "s"),
        row("main command, memory", [cold["memory_MB"]], none, "MB"),
    ]


SCALES: dict[str, list[tuple[float, list[object]]]] = {
    "cells, 100 synapses each a projection": [
        (n, ["engine", 1, 2.0, n, 100]) for n in (500, 2000, 10_000, 50_000)
    ],
    "synapses a cell and projection": [
        (n, ["engine", 1, 5.0, 2000, n]) for n in (25, 50, 100, 200, 400)
    ],
    "simulated seconds": [(t, ["engine", 1, t, 2000, 100]) for t in (5.0, 10.0, 20.0, 40.0)],
    "trials": [(n, ["trials", n]) for n in (20, 40, 80)],
    "Subjects": [(n, ["subjects", n, 1]) for n in (1, 2, 4)],
    "workers, 8 blocks": [(jobs, ["blocks", jobs]) for jobs in (1, 2)],
    "workers, 4 Subjects": [(jobs, ["subjects", 4, jobs]) for jobs in (1, 2)],
}


def scaling(repeats: int) -> list[dict[str, object]]:
    """Measure time and memory against what there is more of."""
    rows: list[dict[str, object]] = []
    for quantity, cases in SCALES.items():
        measured(*cases[0][1])  # compiles, if need be
        for value, task in cases:
            found = pd.DataFrame([measured(*task) for _ in range(repeats)])
            medians = found[["seconds", "memory_MB"]].median()
            rows.append({"quantity": quantity, "value": value, **medians})
            print(rows[-1], flush=True)
    return rows


def draw(rows: pd.DataFrame, scales: pd.DataFrame) -> Figure:
    """Draw the ratios, and the times against what was scaled, with the exponent of each."""
    from mirror_sim.figures import style

    with style.context():
        figure = style.page(180, 110)
        figure.set_layout_engine("constrained")
        above, below = figure.subfigures(2, 1)
        shown = rows[rows["ratio"].notna()]
        places = np.arange(len(shown))
        axes = above.subplots()
        bars = axes.barh(places, shown["ratio"], color=style.NEUTRAL)
        axes.bar_label(bars, [f"{ratio:.3g}" for ratio in shown["ratio"]], padding=2)
        axes.set_yticks(places, shown["comparison"])
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.axvline(1, color=style.INK, lw=0.6)
        axes.set_xlabel("time of the other / ours")
        grown = [quantity for quantity in SCALES if not quantity.startswith("workers")]
        for axes, quantity in zip(below.subplots(1, len(grown)), grown, strict=True):
            part = scales[scales["quantity"] == quantity]
            slope = np.polyfit(np.log(part["value"]), np.log(part["seconds"]), 1)[0]
            axes.loglog(part["value"], part["seconds"], "o-", color=style.INK, ms=3)
            axes.minorticks_off()
            axes.set_xticks(part["value"], [f"{value:g}" for value in part["value"]], rotation=60)
            ends = part["seconds"].agg(["min", "max"])
            axes.set_yticks(ends, [f"{seconds:.2g}" for seconds in ends])
            axes.set_xlabel(quantity.replace(", ", ",\n").replace(" and ", "\nand "))
            axes.set_title(f"exponent {slope:.2f}")
        below.supylabel("seconds of the machine", fontsize="medium")
    return figure


PARTS = {"nest": compare_nest, "command": compare_command, "brian2": compare_brian2}


def main() -> None:
    """Measure everything and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=place, default=Path("results"), help="folder")
    parser.add_argument(
        "--repeats", type=whole(1, 1000), default=5, help="of each timing (default: 5)"
    )
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=PARTS,
        default=list(PARTS),
        help="the table then holds these alone",
    )
    options = parser.parse_args()
    from mirror_sim.figures import style

    if not shutil.which("g++"):
        raise RuntimeError("there is no g++, which the comparison needs; install it")
    folder = check_writable(options.out)
    rows: list[dict[str, object]] = []
    for part in options.parts:
        rows += PARTS[part](options.repeats)
        with atomic_path(folder / "benchmark.csv") as temporary:
            pd.DataFrame(rows).to_csv(temporary, index=False)
    scales = pd.DataFrame(scaling(options.repeats))
    with atomic_path(folder / "benchmark_scaling.csv") as temporary:
        scales.to_csv(temporary, index=False)
    style.savefig(draw(pd.DataFrame(rows), scales), folder / "benchmark")


if __name__ == "__main__":
    sys.exit(answered(main, "benchmark.py"))
