"""What the benchmark measures, a process each: `benchmark_tasks.py '["trials", 20]'`."""

from __future__ import annotations

import itertools
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from mirror_sim import Circuit, Curriculum, Protocol, Subject, macaque, make_trial, sweep
from mirror_sim.circuit.model import InputPopulation, Population
from mirror_sim.engine import Block, Engine, run_blocks
from mirror_sim.engine.compile import FLAGS
from mirror_sim.engine.wiring import Wiring

SECONDS = 10.0
DT_MS = 0.5
PERIPHERAL_MV = -55.0
"""Where a current stands for a conductance, the voltage at which both are equal."""
FLOORS = {
    "plain C++ loop": "benchmark_floor.cpp",
    "single precision, vectorised by hand": "benchmark_floor_single.cpp",
}
"""Programs that do the engine's updates and nothing else, by their name in the table."""


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
    first = _unseen()
    blocks = [Block((), (), first + k) for k in range(8)]
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

    from mirror_sim.engine.brian.network import CELL_EQUATIONS, SPIKING, STEP_UPDATE

    name = population.name.replace(".", "_")
    if isinstance(population, InputPopulation):
        return b2.PoissonGroup(population.n, population.baseline_hz * b2.Hz, name=name)
    # As one would write it: in one piece, and below with Brian2's own random numbers.
    equations = CELL_EQUATIONS.replace("*upstroke", "*exp((v - VT)/DT)")
    group = b2.NeuronGroup(population.n, equations, **SPIKING, name=name)
    part = wiring.cells[population.name]
    for variable, values in {**wiring.cell_values, "v": wiring.cell_values["EL"]}.items():
        group.variables[variable].set_value(values[part])
    for variable, constant in wiring.shared.items():
        group.variables[variable].set_value(constant)
    update = re.sub(r"uniform\(.*?\)", "rand()", STEP_UPDATE)
    group.run_regularly(update, when="start")
    return group


def task_floor(floor: str, seed: int, seconds: float) -> dict[str, float]:
    """Run the same updates as one of the FLOORS, with the engine's compiler flags."""
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
        source = Path(__file__).with_name(FLOORS[floor])
        subprocess.run(["g++", *FLAGS, "-o", folder / "floor", source], check=True)
        answer = subprocess.run(
            [folder / "floor", folder], capture_output=True, text=True, check=True
        )
    took, spikes = answer.stdout.split()
    return {"seconds": float(took), "rate": int(spikes) / wiring.n_cells / seconds}


def task_trials(n: int) -> dict[str, float]:
    """Run a session of n trials on a Subject that no cache knows."""
    subject = Subject.naive(macaque(), seed=_unseen())
    rng = np.random.default_rng(1)
    trials = tuple(make_trial("observe", "grasp-precision", rng=rng) for _ in range(n))
    began = time.perf_counter()
    subject.run(Protocol(name="trials", trials=trials, source="benchmark"), jobs=1)
    return {"seconds": time.perf_counter() - began}


def task_subjects(n: int, jobs: int) -> dict[str, float]:
    """Grow n Subjects for a block each, and run a trial on each."""
    from benchmark_tasks import one_trial  # a process of the sweep has another __main__

    seeds = range(first := _unseen(), first + n)
    began = time.perf_counter()
    sweep(one_trial, subjects=seeds, curriculum=Curriculum(max_actions=4), jobs=jobs)
    return {"seconds": time.perf_counter() - began}


def one_trial(subject: Subject) -> dict[str, float]:
    """Return the number of spikes in a trial."""
    trial = make_trial("observe", "grasp-precision", rng=np.random.default_rng(1))
    session = subject.run(Protocol(name="one trial", trials=(trial,), source="benchmark"), jobs=1)
    return {"spikes": len(session.spike_times)}


def _unseen() -> int:
    return time.time_ns() % 2**31


def task_command(cache: str, folder: str) -> dict[str, float]:
    """Run the main command as a user does."""
    command = ["mirror-sim", "run", "observed_vs_performed", "--seed", "1", "--jobs", "2"]
    began = time.perf_counter()
    subprocess.run(
        [*command, "--out", folder],
        env={**os.environ, "MIRROR_SIM_CACHE": cache, "TQDM_DISABLE": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return {"seconds": time.perf_counter() - began}


TASKS = {
    "engine": task_engine,
    "blocks": task_blocks,
    "first": task_first,
    "nest": task_nest,
    "naive": task_naive,
    "floor": task_floor,
    "trials": task_trials,
    "subjects": task_subjects,
    "command": task_command,
}


if __name__ == "__main__":
    task, *values = json.loads(sys.argv[1])
    found = TASKS[task](*values)
    kilobytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(json.dumps({**{k: float(v) for k, v in found.items()}, "memory_MB": kilobytes / 1e3}))
