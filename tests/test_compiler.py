"""Which compiler makes the models, and that it made them as it was asked to."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys

import numpy as np
import pytest

from mirror_sim.cli import doctor
from mirror_sim.engine import Engine, compiler, plan_blocks
from mirror_sim.engine import compile as compiling
from mirror_sim.engine.brian import pathway, project
from mirror_sim.engine.brian.structure import FLAGS
from mirror_sim.scene.conditions import make_trial

PROBE = """
import json, sys
import brian2 as b2
from brian2.codegen.cpp_prefs import get_compiler_and_args
b2.prefs.codegen.cpp.extra_compile_args_gcc = json.loads(sys.argv[1])
print(json.dumps(get_compiler_and_args()[1]))
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.delenv("CXX", raising=False)
    compiler._version.cache_clear()
    yield
    compiler._version.cache_clear()


@pytest.fixture
def script(tmp_path):
    """Return a function that writes a compiler."""

    def write(lines: str, name: str = "other"):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{lines}\n")
        path.chmod(0o755)
        return path

    return write


def test_without_cxx_it_is_gplusplus(monkeypatch):
    assert "g++" in compiler.compiler()
    monkeypatch.setenv("CXX", " ")
    assert compiler.build_environment()["CXX"] == shutil.which("g++")


def test_cxx_is_taken_with_its_words_and_is_part_of_every_key(tiny, monkeypatch, script):
    wrapper = script('exec "$@"', "cache")
    engine = Engine(tiny, 1, block_s=5.0, target="cpp")
    key = compiling.build_key(engine.structure())
    monkeypatch.setenv("CXX", f"{wrapper} g++ -O1")
    assert compiler.compiler().startswith(f"{wrapper} g++ -O1: g++")
    environment = compiler.build_environment()
    assert environment["CXX"] == environment["CC"] == f"{wrapper} g++ -O1"
    assert compiling.build_key(engine.structure()) != key
    assert Engine(tiny, 1, block_s=5.0).key != engine.key


def test_cxx_does_where_there_is_no_gplusplus(monkeypatch, tmp_path):
    real = shutil.which("g++")
    (tmp_path / "make").symlink_to(shutil.which("make"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compiler.compiler() is None
    monkeypatch.setenv("CXX", real)
    assert "g++" in compiler.compiler()


@pytest.mark.parametrize("gone", ["/opt/old/bin/c++", "no-such-c++ -O3", "g++ 'open", "false"])
def test_a_cxx_that_does_not_run_is_one_sentence(tiny, monkeypatch, gone):
    monkeypatch.setenv("CXX", gone)
    with pytest.raises(RuntimeError, match="which does not run; set it to") as refused:
        Engine(tiny, 1, block_s=5.0)
    assert repr(gone) in str(refused.value)
    assert Engine(tiny, 1, block_s=5.0, target="numpy").target == "numpy"
    findings = {finding.name: finding for finding in doctor.examine()}
    assert repr(gone) in findings["C++ compiler"].problem


def test_a_probe_that_was_killed_says_nothing_of_the_compiler(monkeypatch, script, tmp_path):
    once = script(f"[ -e {tmp_path}/second ] || {{ touch {tmp_path}/second; kill -9 $$; }}; echo 1")
    monkeypatch.setenv("CXX", str(once))
    assert compiler.compiler() == f"{once}: 1"
    always = script("kill -9 $$", "always")
    monkeypatch.setenv("CXX", str(always))
    with pytest.raises(RuntimeError, match="always --version was killed by the system"):
        compiler.compiler()


def test_variables_that_would_change_the_numbers_do_not_reach_the_build(monkeypatch):
    for name in ("CC", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "MAKEFLAGS"):
        monkeypatch.setenv(name, "--no-such-flag")
    environment = compiler.build_environment()
    assert "--no-such-flag" not in environment.values()
    # All flags then stand the trial that Brian2 makes.
    import json

    answer = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(FLAGS)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(answer.stdout) == FLAGS


def built(monkeypatch, tmp_path, kept):
    """Stand in for Brian2, which keeps these flags in the first, second, ... try."""
    tries = iter(kept)

    def run(_failure, command, folder, **_more):
        if command[0] == "make":
            (folder / "main").write_text("a model")
            (folder / "delays.json").write_text("{}")
            return
        dropped = next(tries)
        flags = [flag for flag in FLAGS if flag not in dropped]
        (folder / "makefile").write_text(f"OPTIMISATIONS = -I. {' '.join(flags)}\n")

    monkeypatch.setattr(compiling, "run_child", run)
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))


def test_a_flag_that_was_dropped_once_is_tried_again(tiny, monkeypatch, tmp_path):
    built(monkeypatch, tmp_path, [["-march=native", "-ffast-math"], []])
    structure = Engine(tiny, 1, block_s=5.0, target="cpp").structure()
    assert (compiling.binary_for(structure) / "main").exists()


def test_a_flag_that_the_compiler_does_not_take_is_named(tiny, monkeypatch, tmp_path):
    built(monkeypatch, tmp_path, [["-march=native"], ["-march=native"]])
    structure = Engine(tiny, 1, block_s=5.0, target="cpp").structure()
    with pytest.raises(RuntimeError, match=r"does not take -march=native, without .*; set CXX"):
        compiling.binary_for(structure)
    assert not compiling.is_compiled(structure)


def test_brian2s_way_of_spikes_to_synapses_is_replaced(tiny_model):
    assert "struct Group" in (tiny_model / pathway.WRITTEN_TO).read_text()


def test_a_class_of_brian2_that_is_not_known_stays(tmp_path):
    file = tmp_path / pathway.WRITTEN_TO
    file.write_text("class SynapticPathway { /* of a later version */ };")
    assert not pathway.replace_pathways(tmp_path)
    assert "of a later version" in file.read_text()


def test_a_loop_of_brian2_that_is_not_known_keeps_its_class(tmp_path, monkeypatch):
    class_of = "class SynapticPathway {};"
    known = hashlib.sha256("".join(class_of.split()).encode()).hexdigest()
    monkeypatch.setattr(pathway, "_REPLACED", known)
    (tmp_path / pathway.WRITTEN_TO).write_text(class_of)
    loop = tmp_path / "code_objects" / "s_pre_codeobject.cpp"
    loop.parent.mkdir()
    loop.write_text("for (int synapse : *s_pre.peek()) reach(synapse);")
    assert not pathway.replace_pathways(tmp_path)
    assert (tmp_path / pathway.WRITTEN_TO).read_text() == class_of
    assert "peek()" in loop.read_text()


def test_what_is_not_needed_is_left_out_of_brian2s_code(tiny_model):
    found = (tiny_model / "code_objects").glob("*_codeobject.cpp")
    loops = [
        code.read_text()
        for code in found
        if code.stem.endswith(("_pre_codeobject", "_post_codeobject"))
    ]
    assert loops
    assert all("arriving()" in loop and "peek()" not in loop for loop in loops)
    thresholds = list(tiny_model.glob("code_objects/*_spike_thresholder_codeobject.cpp"))
    of_cells = [code for code in thresholds if code.name.startswith(("cells", "inputs"))]
    assert len(of_cells) == 2
    assert all("_above" in code.read_text() for code in of_cells)
    stepping, _, after = (tiny_model / "network.cpp").read_text().partition("_globally_running = f")
    assert "elapsed_realtime = " not in stepping.partition("while(")[2]
    assert "elapsed_realtime" in after
    written = (tiny_model / "objects.cpp").read_text().partition("void _write_arrays()")[2]
    assert "outfile_last_run_info" in written
    assert "outfile__dynamic_array_cell_spikes_t" in written
    assert "outfile__array_cells_C" not in written


def test_code_of_brian2_that_is_not_known_stays(tmp_path):
    (tmp_path / "code_objects").mkdir()
    files = {
        "objects.cpp": "void _write_arrays() { write_all(results_dir); }",
        "network.cpp": "while(clock) { step(); elapsed_realtime = now(); }",
        "code_objects/cells_spike_thresholder_codeobject.cpp": "for(auto cell : cells) ask(cell);",
        "makefile": (
            "SRCS = objects.cpp network.cpp code_objects/cells_spike_thresholder_codeobject.cpp\n"
        ),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    project.spare_work(tmp_path, ["_array_cells_v"])
    project.join_files(tmp_path)
    assert {name: (tmp_path / name).read_text() for name in files} == files


def test_a_run_gives_the_same_bits_as_by_all_that_brian2_writes(tiny, monkeypatch, tmp_path):
    engine = Engine(tiny, 1, block_s=5.0, target="cpp")
    trial = make_trial("observe", "grasp-precision", rng=np.random.default_rng(1))
    (block,) = plan_blocks([trial], 5.0, iter([7]))
    state = engine.initial_state()
    ours = engine.run_block(block, state, learning=True, carry=True)
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))
    command = compiling.worker_command
    without = (
        "from mirror_sim.engine.brian import worker; "
        "worker.replace_pathways = worker.spare_work = worker.join_files = print; "
    )

    def changed(task, folder):
        *begin, code, _task, _folder = command(task, folder)
        imported = "from mirror_sim.engine.brian import worker; "
        assert imported in code
        return [*begin, code.replace(imported, without), _task, _folder]

    monkeypatch.setattr(compiling, "worker_command", changed)
    theirs = engine.run_block(block, state, learning=True, carry=True)
    folder = compiling.binary_for(engine.structure(learning=True))
    assert "struct Group" not in (folder / pathway.WRITTEN_TO).read_text()
    assert "outfile__array_cells_C" in (folder / "objects.cpp").read_text()
    assert not (folder / "model.cpp").exists()
    np.testing.assert_array_equal(ours.steps, theirs.steps)
    np.testing.assert_array_equal(ours.cells, theirs.cells)
    (name,) = ours.learned
    np.testing.assert_array_equal(ours.learned[name], theirs.learned[name])
    assert not np.array_equal(ours.learned[name], state[name])
    assert ours.carried.keys() == theirs.carried.keys()
    for name, array in ours.carried.items():
        np.testing.assert_array_equal(array, theirs.carried[name])
