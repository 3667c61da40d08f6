"""Compile a model once: generated C++ in a cache folder, keyed by all that shapes it.

Run as a module in a process of its own (``python -m mirror_sim.engine.compile``), so that the
user's own Brian2 objects, device and preferences are never touched.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import logging
import platform
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from mirror_sim.engine.cache import cache_folder, digest, locked
from mirror_sim.engine.structure import STIM_COLUMNS, Structure
from mirror_sim.plasticity import Rule

logger = logging.getLogger("mirror_sim")

# Brian2 hands its arrays over as many pointers; with more alias checks than the default 10 the
# compiler vectorises the membrane loop, exponential included.
FLAGS = [
    "-w",
    "-O3",
    "-march=native",
    "-ffast-math",
    "-std=c++17",
    "--param=vect-max-version-for-alias-checks=500",
]


def compiler() -> str | None:
    """Return the first line of ``g++ --version``, or None without a C++ compiler and make."""
    if not (shutil.which("g++") and shutil.which("make")):
        return None
    answer = subprocess.run(["g++", "--version"], capture_output=True, text=True, check=False)
    return answer.stdout.splitlines()[0] if answer.returncode == 0 else None


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        kept = {line for line in lines if line.startswith(("model name", "flags", "Features"))}
        return " ".join(sorted(kept))
    return platform.processor() or platform.machine()


def build_key(structure: dict[str, object]) -> str:
    """Return the cache key of a structure on this machine."""
    source = Path(__file__).with_name("model.py").read_text() + Path(__file__).read_text()
    brian2 = importlib.metadata.version("brian2")
    return digest(structure, source, compiler(), FLAGS, _cpu_model(), brian2)


def binary_for(structure: Structure) -> Path:
    """Return the folder of the compiled model of a `Structure`, compiling it if need be.

    The binary's checksum is compared with the one noted when it was built; a damaged entry is
    built again. Two processes that want the same model build it once.
    """
    spec = asdict(structure)
    folder = cache_folder() / "models" / build_key(spec)
    if _intact(folder):
        return folder
    with locked(folder):
        if _intact(folder):
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        logger.warning("compiling the model once (about 20 s); later runs reuse it")
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        command = [sys.executable, "-m", "mirror_sim.engine.compile", str(partial)]
        answer = subprocess.run(
            command, input=json.dumps(spec), capture_output=True, text=True, check=False
        )
        if answer.returncode != 0:
            raise RuntimeError(f"the model did not compile:\n{answer.stderr[-3000:]}")
        (partial / "checksum").write_text(_checksum(partial / "main"))
        partial.rename(folder)
    return folder


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _intact(folder: Path) -> bool:
    binary, note = folder / "main", folder / "checksum"
    return binary.exists() and note.exists() and note.read_text() == _checksum(binary)


def structure_from_json(text: str) -> Structure:
    """Rebuild the `Structure` that `binary_for` sent."""
    spec = json.loads(text)
    spec["synapses"] = tuple(
        (name, source, Rule(**rule) if rule else None, inhibitory, count)
        for name, source, rule, inhibitory, count in spec["synapses"]
    )
    return Structure(**spec)


def main(folder: str, text: str) -> None:
    """Generate and compile the C++ project of a structure in `folder`."""
    import brian2 as b2
    import numpy as np

    from mirror_sim.engine.model import build_network

    structure = structure_from_json(text)
    b2.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
    b2.prefs.codegen.cpp.extra_compile_args_gcc = FLAGS
    b2.set_device("cpp_standalone", build_on_run=False)
    data: dict[str, object] = {
        "drive": np.zeros((structure.n_samples, structure.n_inputs)),
        "stim": np.zeros((structure.n_samples, STIM_COLUMNS)),
        "record": np.arange(structure.n_recorded),
    }
    for name, *_, count in structure.synapses:
        # Placeholders that code generation cannot fold into a constant; a run reads the real ones.
        data[f"{name}.i"] = data[f"{name}.j"] = np.zeros(count, dtype=np.int32)
    objects = build_network(structure, data)
    device = b2.get_device()
    device.apply_run_args()
    seed = device.get_array_name(objects["cells"].variables["block_seed"])
    device.insert_code(
        "main", f"brian::_random_generators[0].seed((unsigned long)brian::{seed}[0]);"
    )
    objects["network"].run(structure.n_samples * 10 * b2.ms)
    device.build(directory=folder, run=False, compile=True, with_output=False)
    for name in ("static_arrays", "results"):
        shutil.rmtree(Path(folder) / name, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.read())
