"""What a Python process of its own does for the engine: write a model's C++, or run a block.

Only here and in `mirror_sim.engine.live` is Brian2 at work; see
`mirror_sim.engine.compile.worker_command`.
"""

from __future__ import annotations

import json
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

import brian2 as b2
import numpy as np

from mirror_sim.engine.brian.network import build_network, set_values
from mirror_sim.engine.brian.pathway import replace_pathways
from mirror_sim.engine.brian.project import join_files, spare_work
from mirror_sim.engine.brian.structure import (
    CARRIED,
    FACTOR_COLUMNS,
    FLAGS,
    LEAST,
    RECORDED,
    STIM_COLUMNS,
    Structure,
    cell_traces,
)


def main(task: str, folder: str) -> None:
    """Do a task (``"build"`` or ``"run"``) in a folder; the structure is read from stdin."""
    structure = Structure.from_json(sys.stdin.read())
    # A preference file of the user, wherever Brian2 looked for one, must not change the model.
    b2.prefs.reset_to_defaults()
    try:
        {"build": build, "run": run}[task](structure, Path(folder))
    except Exception as error:
        traceback.print_exc()
        # Brian2 wraps what is wrong in what it was doing; the reader wants it as the last line.
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        raise SystemExit(f"{type(cause).__name__}: {cause}") from error


def build(structure: Structure, folder: Path) -> None:
    """Write the C++ project of a structure."""
    b2.prefs.codegen.cpp.extra_compile_args_gcc = FLAGS
    b2.set_device("cpp_standalone", build_on_run=False)
    data: dict[str, Any] = {
        "drive": np.zeros((structure.n_samples, structure.n_inputs)),
        "stim": np.zeros((structure.n_samples, STIM_COLUMNS)),
        "factor": np.zeros((structure.n_samples, FACTOR_COLUMNS)),
        "record": np.arange(max(structure.n_recorded, LEAST)),
    }
    for name, *_, count, _ in structure.synapses:
        # Placeholders that code generation cannot fold into a constant; a run reads the real ones.
        data[f"{name}.i"] = data[f"{name}.j"] = np.zeros(max(count, LEAST), dtype=np.int32)
        data[f"{name}.delay"] = np.full(max(count, LEAST), structure.dt_ms * 1e-3)
    objects = build_network(structure, data)
    device = b2.get_device()
    device.apply_run_args()
    seed = device.get_array_name(objects["cells"].variables["block_seed"])
    device.insert_code(
        "main", f"brian::_random_generators[0].seed((unsigned long)brian::{seed}[0]);"
    )
    objects["network"].run(structure.n_samples * 10 * b2.ms)
    device.build(directory=str(folder), run=False, compile=False, with_output=False)
    replace_pathways(folder)
    spare_work(folder, _outputs(structure, objects))
    join_files(folder)
    # What the file of a synapse's delays is called depends on Brian2's version.
    delays = {
        name: device.get_array_name(objects[name].pre.variables["delay"], access_data=False)
        for name, *_ in structure.synapses
    }
    (folder / "delays.json").write_text(json.dumps(delays))
    for name in ("static_arrays", "results"):
        shutil.rmtree(folder / name, ignore_errors=True)


def run(structure: Structure, folder: Path) -> None:
    """Run a block on the NumPy target: read and write the files that a compiled model would."""
    b2.prefs.codegen.target = "numpy"
    static = folder / "static_arrays"
    shape = (structure.n_samples, -1)
    data: dict[str, Any] = {
        "drive": np.fromfile(static / "drive_values").reshape(shape),
        "stim": np.fromfile(static / "stim_values").reshape(shape),
    }
    if structure.has_factors:
        data["factor"] = np.fromfile(static / "factor_values").reshape(shape)
    if structure.n_recorded:
        data["record"] = np.fromfile(static / "_static_array__array_trace__indices", np.int32)
    for name, *_ in structure.synapses:
        for end, stored in (("i", "sources"), ("j", "targets")):
            file = static / f"_static_array__array_{name}_{stored}"
            data[f"{name}.{end}"] = np.fromfile(file, np.int32)
        file = static / f"_static_array__dynamic_array_{name}_delay"
        data[f"{name}.delay"] = np.fromfile(file)
    objects = build_network(structure, data)
    values = {}
    for file in folder.glob("*.*"):
        owner, variable = file.name.split(".")
        values[file.name] = np.fromfile(file, objects[owner].variables[variable].dtype)
    set_values(objects, values)
    b2.seed(int(values["cells.block_seed"][0]))
    objects["network"].run(structure.n_samples * 10 * b2.ms)
    _write(structure, objects, folder / "results")


def _outputs(structure: Structure, objects: dict[str, Any]) -> dict[str, Any]:
    """Return the variables that are read after a run, by what the C++ calls their arrays."""
    arrays = {}
    for name in ("cell_spikes", "input_spikes"):
        for variable in ("t", "i"):
            arrays[f"_dynamic_array_{name}_{variable}"] = objects[name].variables[variable]
        arrays[f"_array_{name}_N"] = objects[name].variables["N"]
    of_cells = list(CARRIED)
    for name, _, rule, *_, shared in structure.synapses:
        of_cells += [f"{name}_{trace}" for trace in cell_traces(rule, shared)] if rule else []
        for variable in ("w", *rule.trace_names, "lastupdate") if rule is not None else ():
            if variable in objects[name].variables:
                arrays[f"_dynamic_array_{name}_{variable}"] = objects[name].variables[variable]
    for variable in of_cells:
        arrays[f"_array_cells_{variable}"] = objects["cells"].variables[variable]
    for variable in RECORDED if structure.n_recorded else ():
        arrays[f"_dynamic_array_trace_{variable}"] = objects["trace"].variables[variable]
    return arrays


def _write(structure: Structure, objects: dict[str, Any], folder: Path) -> None:
    for name, variable in _outputs(structure, objects).items():
        np.ascontiguousarray(variable.get_value()).tofile(folder / f"{name}_0")
    (folder / "last_run_info.txt").write_text("0 1\n")
