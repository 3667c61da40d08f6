"""How fast the engine is beside what one would otherwise use: ratios measured in one run.

    python scripts/benchmark.py --out figures

Every timing runs in a process of its own, on one thread, in turn with what it is compared to. NEST
(`pip install nest-simulator`) is left out, and said to be, where it is not installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mirror_sim import Circuit, macaque
from mirror_sim._files import atomic_path, check_writable
from mirror_sim.circuit import InputPopulation, Population
from mirror_sim.engine import Block, Engine, run_blocks
from mirror_sim.engine.compile import FLAGS
from mirror_sim.engine.wiring import Wiring
from mirror_sim.figures import style

SECONDS = 10.0
DT_MS = 0.5
PERIPHERAL_MV = -55.0
"""Where a current stands for a conductance, the voltage at which both are equal."""


def uniform(n_cells: int, in_degree: int) -> Circuit:
    """Return a circuit of n_cells in which every projection has `in_degree` synapses a cell."""
    base = macaque()
    kept = [base.population(name) for name in ("STS", "F5.E", "F5.FS")]
    sizes = {"STS": 400, "F5.E": round(0.8 * n_cells), "F5.FS": round(0.2 * n_cells)}
    made = Circuit(name="uniform", populations=tuple(kept), projections=())
    for name, n in sizes.items():
        made = made.with_population(name, n=n)
    links = (("STS", "F5.E", 0.10), ("F5.E", "F5.E", 0.02), ("F5.E", "F5.FS", 0.05),
             ("F5.FS", "F5.E", 0.3))  # fmt: skip
    for pre, post, weight in links:
        sign = "inhibitory" if pre == "F5.FS" else "excitatory"
        made = made.with_projection(
            pre,
            post,
            p=min(in_degree / sizes[pre], 1.0),
            weight_nS=weight * 100 / in_degree,
            delay_ms=1.5,
            synapse=sign,
        )
    return made


# --- tasks, each in a process of its own --------------------------------------------------------


def task_engine(seed: int, seconds: float, cells: int, in_degree: int = 100) -> dict[str, float]:
    """Run a block without trials, the files and the start of the process included."""
    circuit = uniform(cells, in_degree) if cells else macaque()
    engine = Engine(circuit, seed, dt_ms=DT_MS, block_s=seconds, target="cpp")
    engine.run_block(Block((), (), seed), engine.initial_state())  # compiles if need be
    began = time.perf_counter()
    result = engine.run_block(Block((), (), seed), engine.initial_state())
    own = result.cells < engine.wiring.n_cells
    return {
        "seconds": time.perf_counter() - began,
        "rate": own.sum() / engine.wiring.n_cells / seconds,
        "events": _events(engine, result.cells),
    }


def task_first(seed: int, seconds: float) -> dict[str, float]:
    """Run a block in a new process; the caller takes the time of all of it."""
    engine = Engine(macaque(), seed, dt_ms=DT_MS, block_s=seconds, target="cpp")
    result = engine.run_block(Block((), (), seed), engine.initial_state())
    return {"rate": (result.cells < engine.wiring.n_cells).sum() / engine.wiring.n_cells / seconds}


def task_blocks(jobs: int) -> dict[str, float]:
    """Run eight blocks that are not in the cache, some at a time."""
    engine = Engine(macaque(), 1, dt_ms=DT_MS, block_s=SECONDS, target="cpp")
    state = engine.initial_state()
    engine.run_block(Block((), (), 0), state)
    blocks = [Block((), (), time.time_ns() % 2**31 + k) for k in range(8)]
    began = time.perf_counter()
    run_blocks(engine, blocks, state, "initial", jobs=jobs)
    return {"seconds": time.perf_counter() - began}


def _events(engine: Engine, cells: np.ndarray) -> int:
    """Count the synaptic events of these spikes."""
    wiring = engine.wiring
    spikes = np.bincount(cells, minlength=wiring.n_cells + wiring.n_inputs)
    total = 0
    for synapses in wiring.synapses.values():
        first = 0 if synapses.source == "cells" else wiring.n_cells
        out = np.bincount(synapses.i, minlength=1)
        total += int(out @ spikes[first : first + len(out)])
    return total


def task_nest(model: str, seed: int, seconds: float) -> dict[str, float]:
    """Simulate the same numbers of cells and synapses in NEST, at the engine's mean rate."""
    import nest

    nest.set_verbosity("M_ERROR")
    nest.SetKernelStatus({"resolution": DT_MS, "rng_seed": seed, "local_num_threads": 1})
    engine = Engine(macaque(), seed, dt_ms=DT_MS, block_s=seconds, target="cpp")
    wanted = task_engine(seed, seconds, 0)["rate"]
    wiring = engine.wiring
    value = wiring.cell_values
    cells = nest.Create(model, wiring.n_cells)
    shared = {"C_m": value["C"] * 1e12, "E_L": value["EL"] * 1e3, "V_th": value["VT"] * 1e3,
              "V_reset": value["V_reset"] * 1e3, "t_ref": value["t_ref"] * 1e3,
              "tau_syn_ex": np.full(wiring.n_cells, 5.0),
              "tau_syn_in": np.full(wiring.n_cells, 5.0)}  # fmt: skip
    if "cond" in model:
        shared |= {"g_L": value["gL"] * 1e9, "E_ex": np.zeros(wiring.n_cells),
                   "E_in": np.full(wiring.n_cells, -80.0)}  # fmt: skip
    else:
        shared |= {"tau_m": value["C"] / value["gL"] * 1e3}
    for name, values in shared.items():
        setattr(cells, name, values.tolist())
    rates = engine.drive(Block((), (), seed))[0]
    sources = nest.Create("poisson_generator", wiring.n_inputs, {"rate": rates.tolist()})
    inputs = nest.Create("parrot_neuron", wiring.n_inputs)
    nest.Connect(sources, inputs, "one_to_one", {"delay": DT_MS})
    # White noise of the power that the engine's coloured noise has.
    std = 1e12 * value["noise_sd"].mean() * np.sqrt(2 * wiring.shared["tau_noise"] * 1e3 / DT_MS)
    noise = nest.Create("noise_generator", params={"std": float(std), "dt": DT_MS})
    nest.Connect(noise, cells, syn_spec={"delay": DT_MS})
    for synapses in wiring.synapses.values():
        pre = inputs if synapses.source == "inputs" else cells
        weight = synapses.values["w"] * 1e9 * (-1 if synapses.inhibitory else 1)
        if "psc" in model:
            weight *= abs((-80.0 if synapses.inhibitory else 0.0) - PERIPHERAL_MV)
        elif "cond" in model and synapses.inhibitory:
            weight = -np.abs(weight)
        first = pre[0].global_id
        nest.Connect(
            synapses.i + first,
            synapses.j + cells[0].global_id,
            "one_to_one",
            {
                "weight": weight,
                "delay": np.maximum(np.round(synapses.delay * 1e3 / DT_MS), 1) * DT_MS,
            },
        )
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    rate = _matched(nest, cells, recorder, value["bias"] * 1e12, wanted)
    before = recorder.n_events
    began = time.perf_counter()
    nest.Simulate(seconds * 1e3)
    took = time.perf_counter() - began
    rate = (recorder.n_events - before) / wiring.n_cells / seconds
    return {"seconds": took, "rate": rate, "wanted": wanted}


def _matched(
    nest: object, cells: object, recorder: object, bias: np.ndarray, wanted: float
) -> float:
    """Move all the cells' currents until they fire as the engine's do."""
    low, high, rate = -400.0, 400.0, np.nan
    for _ in range(14):
        offset = (low + high) / 2
        cells.I_e = (bias + offset).tolist()
        nest.Simulate(300.0)
        before = recorder.n_events
        nest.Simulate(700.0)
        rate = (recorder.n_events - before) / len(cells) / 0.7
        if abs(rate / wanted - 1) < 0.03:
            break
        low, high = (low, offset) if rate > wanted else (offset, high)
    return rate


def task_naive(target: str, folder: str, seed: int, seconds: float) -> dict[str, float]:
    """Write the circuit in Brian2 as its documentation does: a group a population."""
    import brian2 as b2

    if target == "cpp":
        b2.set_device("cpp_standalone", directory=f"{folder}/standalone-{seed}")
    else:
        b2.prefs.codegen.target = "cython"
        b2.prefs.codegen.runtime.cython.cache_dir = f"{folder}/cython"
    b2.seed(seed)
    b2.defaultclock.dt = DT_MS * b2.ms
    circuit = macaque()
    wiring = Engine(circuit, seed, dt_ms=DT_MS, block_s=seconds, target="cpp").wiring
    groups = {p.name: _naive_group(p, wiring) for p in circuit.populations}
    monitors = [b2.SpikeMonitor(groups[name]) for name in wiring.cells]
    network = b2.Network(list(groups.values()), monitors)
    starts = {**wiring.inputs, **wiring.cells}
    for position, projection in enumerate(circuit.projections):
        for pre, post in itertools.product(projection.pre.split("+"), projection.post.split("+")):
            for synapses in wiring.synapses.values():
                here = synapses.projection == position
                here &= (synapses.i >= starts[pre].start) & (synapses.i < starts[pre].stop)
                here &= (synapses.j >= starts[post].start) & (synapses.j < starts[post].stop)
                if here.any():
                    variable = "gi" if synapses.inhibitory else "ge"
                    made = b2.Synapses(
                        groups[pre], groups[post], "w : siemens", on_pre=f"{variable}_post += w"
                    )
                    made.connect(
                        i=synapses.i[here] - starts[pre].start,
                        j=synapses.j[here] - starts[post].start,
                    )
                    made.w = synapses.values["w"][here] * b2.siemens
                    made.delay = synapses.delay[here] * b2.second
                    network.add(made)
    network.run(seconds * b2.second)
    spikes = sum(monitor.num_spikes for monitor in monitors)
    return {"rate": spikes / wiring.n_cells / seconds}


def _naive_group(population: Population | InputPopulation, wiring: Wiring) -> object:
    import brian2 as b2

    from mirror_sim.engine.model import CELL_EQUATIONS, SPIKING, STEP_UPDATE

    name = population.name.replace(".", "_")
    if isinstance(population, InputPopulation):
        return b2.PoissonGroup(population.n, population.baseline_hz * b2.Hz, name=name)
    group = b2.NeuronGroup(
        population.n,
        CELL_EQUATIONS,
        **SPIKING,
        name=name,
    )
    part = wiring.cells[population.name]
    for variable, values in {**wiring.cell_values, "v": wiring.cell_values["EL"]}.items():
        group.variables[variable].set_value(values[part])
    for variable, constant in wiring.shared.items():
        group.variables[variable].set_value(constant)
    group.run_regularly(STEP_UPDATE, when="start")
    return group


def task_floor(seed: int, seconds: float) -> dict[str, float]:
    """Run the same updates as a plain C++ loop, with the engine's compiler flags."""
    engine = Engine(macaque(), seed, dt_ms=DT_MS, block_s=seconds, target="cpp")
    block = Block((), (), seed)
    values = engine.values(block, engine.initial_state(), learning=False)
    wiring = engine.wiring
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for variable in (*wiring.cell_values, "v"):
            values[f"cells.{variable}"].astype(float).tofile(folder / variable)
        values["drive.values"].tofile(folder / "drive")
        shared = wiring.shared
        names = (
            "E_exc",
            "E_inh",
            "tau_ampa",
            "tau_nmda",
            "tau_gaba",
            "tau_noise",
            "tau_slow_noise",
        )
        np.array([DT_MS * 1e-3, *(shared[n] for n in names), 0.01]).tofile(folder / "shared")
        shape = [wiring.n_inputs, wiring.n_cells, round(seconds * 1e3 / DT_MS)]
        delays = [np.maximum(np.round(s.delay * 1e3 / DT_MS), 1) for s in wiring.synapses.values()]
        shape += [int(max(d.max() for d in delays)) + 1, len(wiring.synapses)]
        for kind, (synapses, delay) in enumerate(
            zip(wiring.synapses.values(), delays, strict=True)
        ):
            n_pre = wiring.n_inputs if synapses.source == "inputs" else wiring.n_cells
            first = np.searchsorted(synapses.i, np.arange(n_pre + 1)).astype(np.int32)
            slow = synapses.values.get("slow_share", np.zeros(len(synapses.i)))
            for part, array in {
                "first": first,
                "target": synapses.j,
                "delay": delay.astype(np.int32),
                "fast": synapses.values["w"] * (1 - slow),
                "slow": synapses.values["w"] * slow,
            }.items():
                array.tofile(folder / f"kind{kind}.{part}")
            shape += [int(synapses.source == "inputs"), int(synapses.inhibitory)]
        np.array(shape, dtype=np.int32).tofile(folder / "shape")
        source = Path(__file__).with_name("benchmark_floor.cpp")
        subprocess.run(["g++", *FLAGS, "-o", folder / "floor", source], check=True)
        answer = subprocess.run(
            [folder / "floor", folder], capture_output=True, text=True, check=True
        )
    took, spikes = answer.stdout.split()
    return {"seconds": float(took), "rate": int(spikes) / wiring.n_cells / seconds}


TASKS = {
    "engine": task_engine,
    "blocks": task_blocks,
    "first": task_first,
    "nest": task_nest,
    "naive": task_naive,
    "floor": task_floor,
}


def measured(task: str, *values: object, cache: str | None = None) -> dict[str, float]:
    """Run a task in a process of its own; adds its wall time and peak memory."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if cache:
        environment["MIRROR_SIM_CACHE"] = cache
    command = [sys.executable, __file__, "--task", json.dumps([task, *values])]
    began = time.perf_counter()
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    wall = time.perf_counter() - began
    return {**json.loads(answer.stdout.splitlines()[-1]), "wall": wall}


# --- comparisons --------------------------------------------------------------------------------


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
    """Measure the simulation alone, in NEST and in plain C++, beside a whole run of ours."""
    models = ("iaf_cond_exp", "iaf_psc_exp") if importlib.util.find_spec("nest") else ()
    if not models:
        print("NEST is not installed: its comparison is left out")
    found: dict[str, list[dict[str, float]]] = {m: [] for m in ("engine", "floor", *models)}
    for repeat in range(repeats):
        found["engine"].append(measured("engine", 1 + repeat, SECONDS, 0))
        found["floor"].append(measured("floor", 1 + repeat, SECONDS))
        for model in models:
            found[model].append(measured("nest", model, 1 + repeat, SECONDS))
            rate, wanted = found[model][-1]["rate"], found[model][-1]["wanted"]
            print(f"{model}: {rate:.2f} spikes/s, engine {wanted:.2f}", flush=True)
    seconds = {name: [one["seconds"] for one in runs] for name, runs in found.items()}
    ours, unit = seconds["engine"], f"s for {SECONDS:g} s"
    rows = [row(f"NEST {model}", ours, seconds[model], unit) for model in models]
    rows.append(row("plain C++ loop", ours, seconds["floor"], unit))
    rows.append(row("real time", ours, [SECONDS], unit))
    steps = Engine(macaque(), 1, target="cpp").wiring.n_cells * SECONDS * 1e3 / DT_MS
    rows.append(row("a neuron-step", [1e9 * s / steps for s in ours], [np.nan], "ns"))
    events = [1e9 * one["seconds"] / one["events"] for one in found["engine"]]
    rows.append(row("a synaptic event, all in", events, [np.nan], "ns"))
    return rows


SCALES = {
    "cells, 100 synapses each a projection": [(n, 2.0, 100) for n in (500, 2000, 10_000, 50_000)],
    "synapses a cell and projection": [(2000, 5.0, k) for k in (25, 50, 100, 200, 400)],
    "seconds": [(2000, t, 100) for t in (5.0, 10.0, 20.0, 40.0)],
}


def scaling(repeats: int) -> list[dict[str, object]]:
    """Measure time and memory against cells, synapses and simulated time, and two workers."""
    rows: list[dict[str, object]] = []
    for quantity, cases in SCALES.items():
        for case in cases:
            found = [measured("engine", 1, case[1], case[0], case[2]) for _ in range(repeats)]
            varied = {"cells": case[0], "seconds": case[1], "synapses": case[2]}
            rows.append(
                {
                    "quantity": quantity,
                    "value": varied[quantity.split()[0].rstrip(",")],
                    **{
                        name: float(np.median([one[name] for one in found]))
                        for name in ("seconds", "memory_MB", "rate")
                    },
                }
            )
            print(rows[-1], flush=True)
    for jobs in (1, 2):
        with tempfile.TemporaryDirectory() as cache:
            took = [measured("blocks", jobs, cache=cache)["seconds"] for _ in range(repeats)]
        rows.append({"quantity": "workers", "value": jobs, "seconds": float(np.median(took))})
        print(rows[-1], flush=True)
    return rows


def draw(rows: pd.DataFrame, scales: pd.DataFrame) -> Figure:
    """Draw the ratios, and the times against what was scaled, with the exponent of each."""
    with style.context():
        figure = style.page(180, 60)
        panels = figure.subplots(1, 1 + len(SCALES), width_ratios=[1.6, *[1] * len(SCALES)])
        shown = rows[rows["ratio"].notna()]
        places = np.arange(len(shown))
        panels[0].barh(places, shown["ratio"], color=style.NEUTRAL)
        panels[0].set_yticks(places, shown["comparison"])
        panels[0].invert_yaxis()
        panels[0].set_xscale("log")
        panels[0].axvline(1, color=style.INK, lw=0.6)
        panels[0].set_xlabel("time of the other / ours")
        for axes, quantity in zip(panels[1:], SCALES, strict=True):
            part = scales[scales["quantity"] == quantity]
            slope = np.polyfit(np.log(part["value"]), np.log(part["seconds"]), 1)[0]
            axes.loglog(part["value"], part["seconds"], "o-", color=style.INK, ms=3)
            axes.set_xlabel(f"{quantity}\n(exponent {slope:.2f})")
        panels[1].set_ylabel("seconds of the machine")
        figure.tight_layout()
    return figure


PARTS = {"nest": compare_nest, "brian2": compare_brian2}


def main() -> None:
    """Measure everything and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("results"))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        name, *values = json.loads(options.task)
        found = TASKS[name](*values)
        kilobytes = max(
            resource.getrusage(who).ru_maxrss
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        print(json.dumps({**{k: float(v) for k, v in found.items()}, "memory_MB": kilobytes / 1e3}))
        return
    if not shutil.which("g++"):
        raise SystemExit("benchmark.py needs g++")
    folder = check_writable(options.out)
    rows = [row for part in options.parts for row in PARTS[part](options.repeats)]
    table = pd.DataFrame(rows)
    with atomic_path(folder / "benchmark.csv") as temporary:
        table.to_csv(temporary, index=False)
    scales = pd.DataFrame(scaling(options.repeats))
    with atomic_path(folder / "benchmark_scaling.csv") as temporary:
        scales.to_csv(temporary, index=False)
    style.savefig(draw(table, scales), folder / "benchmark")


if __name__ == "__main__":
    main()
