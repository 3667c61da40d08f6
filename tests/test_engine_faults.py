"""What goes wrong outside the engine: interrupts, kills, full disks, damage, two at once."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from mirror_sim.base import cache
from mirror_sim.base.files import cache_folder
from mirror_sim.engine import Block, Engine, guard, plan_blocks, process, run_blocks
from mirror_sim.engine import compile as compiling
from mirror_sim.engine.brian.structure import FLAGS
from mirror_sim.scene.conditions import make_trial

BUSY = Block(trials=(), starts_s=(), seed=5)


@pytest.fixture(scope="module")
def engine(tiny, tiny_model) -> Engine:
    return Engine(tiny, 3, block_s=5.0, target="cpp")


@pytest.fixture
def own_cache(engine, monkeypatch, tmp_path) -> Path:
    """A cache and a folder for runs of this test's own, with the models of the session."""
    folder, runs = tmp_path / "cache", tmp_path / "runs"
    folder.mkdir()
    runs.mkdir()
    (folder / "models").symlink_to(cache_folder() / "models")
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(folder))
    monkeypatch.setenv("TMPDIR", str(runs))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def left_over(folder: Path) -> list[Path]:
    return list((folder.parent / "runs").iterdir())


def trials(n: int) -> list:
    return [
        make_trial("observe", "grasp-precision", rng=np.random.default_rng(seed), duration_s=4.0)
        for seed in range(n)
    ]


def same(first, second) -> bool:
    return bool(
        np.array_equal(first.steps, second.steps) and np.array_equal(first.cells, second.cells)
    )


# --- the cache ----------------------------------------------------------------------------------


def test_a_damaged_block_is_run_again(engine, own_cache):
    blocks = plan_blocks(trials(2), 5.0, iter([1, 2]))
    state = engine.initial_state()
    first = run_blocks(engine, blocks, state, "key")
    files = sorted((own_cache / "blocks").glob("*.npz"))
    assert len(files) == 2
    files[0].write_bytes(files[0].read_bytes()[:-10])
    untouched = files[1].stat().st_mtime_ns
    again = run_blocks(engine, blocks, state, "key")
    assert all(same(a, b) for a, b in zip(first, again, strict=True))
    assert files[1].stat().st_mtime_ns == untouched
    assert cache.load_arrays(files[0]) is not None
    assert left_over(own_cache) == []


def test_sources_edited_while_a_process_runs_do_not_change_its_keys(monkeypatch):
    before = cache.code_digest()
    monkeypatch.setattr(Path, "read_text", lambda *_args, **_more: "edited")
    assert cache.code_digest() == before


# --- building -----------------------------------------------------------------------------------


@pytest.fixture
def builder(engine, monkeypatch, tmp_path):
    """In place of Brian2 and the compiler: write files, and note that."""
    built = []

    def run(_failure, command, folder, **_more):
        if command[0] != "make":
            (folder / "makefile").write_text(f"OPTIMISATIONS = {' '.join(FLAGS)}\n")
            return
        time.sleep(0.2)
        built.append(folder)
        assert not (folder / "stale").exists()
        (folder / "main").write_text("a model")
        (folder / "delays.json").write_text("{}")

    monkeypatch.setattr(compiling, "run_child", run)
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))
    return built


def test_a_model_is_built_once_and_again_when_it_is_damaged(engine, builder):
    structure = engine.structure()
    folder = compiling.binary_for(structure)
    assert compiling.binary_for(structure) == folder
    assert len(builder) == 1
    for damaged in ("main", "note.json", "delays.json"):
        (folder / damaged).write_text("damaged")
        assert (compiling.binary_for(structure) / "main").read_text() == "a model"
    (folder / "note.json").unlink()
    compiling.binary_for(structure)
    assert len(builder) == 5


def test_a_model_under_the_name_of_another_is_built_again(engine, builder):
    """Both are whole; what the note says that one was made from tells them apart."""
    one, other = (compiling.binary_for(engine.structure(n)) for n in (0, 2))
    shutil.rmtree(one)
    shutil.copytree(other, one)
    assert len(builder) == 2
    compiling.binary_for(engine.structure())
    assert len(builder) == 3


@pytest.mark.parametrize("what", ["file", "link", "folder"])
def test_what_is_no_model_in_its_place_is_replaced(engine, builder, tmp_path, what):
    structure = engine.structure()
    folder = compiling.binary_for(structure)
    if what == "folder":
        (folder / "main").unlink()
        (folder / "main").mkdir()
    else:
        folder.rename(tmp_path / "elsewhere")
        folder.touch() if what == "file" else folder.symlink_to(tmp_path / "elsewhere")
    assert (compiling.binary_for(structure) / "main").read_text() == "a model"
    assert not folder.is_symlink()
    assert len(builder) == 2


def test_what_a_killed_build_left_does_not_get_into_the_next(engine, builder, tmp_path):
    partial = tmp_path / "models" / f"{compiling.build_key(engine.structure())}.partial"
    partial.mkdir(parents=True)
    (partial / "stale").touch()
    assert (compiling.binary_for(engine.structure()) / "main").exists()
    assert not partial.exists()


def test_many_that_want_a_model_build_it_once(engine, builder):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(compiling.binary_for(engine.structure())))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builder) == 1
    assert len(set(found)) == 1
    assert len(found) == 4


def test_what_the_compiler_says_is_shown(engine, monkeypatch, tmp_path):
    """And a failed build leaves nothing."""
    real, make = compiling.run_child, tmp_path / "make"
    make.write_text("#!/bin/sh\necho 'fatal error: no such header' >&2; exit 2\n")
    make.chmod(0o755)
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path / "cache"))

    def without_brian2(failure, command, folder, **more):
        if command[0] == "make":
            real(failure, [str(make)], folder, **more)

    monkeypatch.setattr(compiling, "run_child", without_brian2)
    monkeypatch.setattr(compiling, "dropped_flags", lambda _project: [])
    for _ in range(2):
        with pytest.raises(
            RuntimeError, match=r"did not compile \(2\): fatal error: no such header"
        ):
            compiling.binary_for(engine.structure())
    assert [p.suffix for p in (tmp_path / "cache" / "models").iterdir()] == [".lock"]


# --- running ------------------------------------------------------------------------------------


@pytest.fixture
def fake(own_cache, monkeypatch, tmp_path):
    """Put a shell script in the place of the compiled model."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "delays.json").write_text("{}")

    def put(script: str) -> None:
        path = folder / "main"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    monkeypatch.setattr(process, "binary_for", lambda _structure, **_more: folder)
    return put


DONE = "echo '0.1 1' > results/last_run_info.txt"
SPIKES = """
for m in cell_spikes input_spikes; do
  printf '\\001\\000\\000\\000' > results/_array_${m}_N_77
  printf '\\000\\000\\000\\000' > results/_dynamic_array_${m}_i_77
  printf '\\000\\000\\000\\000\\000\\000\\000\\000' > results/_dynamic_array_${m}_t_77
done
"""


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'Cannot set unknown variable' >&2; exit 1", r"failed \(1\): Cannot set unknown"),
        ("kill -SEGV $$", r"failed \(-11\)"),
        (f"{DONE}; echo 'Error opening static array x.'", "failed: Error opening static array x"),
        (f"{DONE}; echo 'Error reading w: file size 3' >&2", "failed: Error reading w"),
        ("echo '0.1 0.25' > results/last_run_info.txt", "ended after 25.0 % of the block"),
        ("true", "ended after 0.0 % of the block"),
        (
            f"{DONE}\n{SPIKES}\nprintf 123 > results/_dynamic_array_cell_spikes_t_77",
            "wrote 0 of 1 values; is the disk full",
        ),
        (f"{DONE}\n{SPIKES}\n: > results/_array_input_spikes_N_77", "wrote 0 of 1 values"),
    ],
)
def test_a_run_that_failed_is_never_a_result(engine, fake, own_cache, script, message):
    fake(script)
    with pytest.raises(RuntimeError, match=message):
        run_blocks(engine, [BUSY], engine.initial_state(), "key")
    assert list((own_cache / "blocks").glob("*.npz")) == []
    assert left_over(own_cache) == []


@pytest.mark.parametrize(
    ("kills", "said"), [(1, ""), (2, "probably for lack of memory; use fewer")]
)
def test_a_model_that_the_system_killed_is_run_once_more(engine, fake, tmp_path, kills, said):
    """The compiled model notes each start, and is killed the first times."""
    note = tmp_path / "starts"
    fake(f"echo >> {note}; [ $(wc -l < {note}) -gt {kills} ] || kill -9 $$\n{DONE}\n{SPIKES}")
    if said:
        with pytest.raises(RuntimeError, match=said):
            engine.run_block(BUSY, engine.initial_state())
    else:
        assert engine.run_block(BUSY, engine.initial_state()).steps.tolist() == [0, 0]
    assert len(note.read_text()) == 2


def test_a_full_disk_of_runs_names_the_folder_and_the_variable(engine, own_cache, monkeypatch):
    def full(path, _array):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(process, "_write", full)
    runs = own_cache.parent / "runs"
    with pytest.raises(OSError, match=f"runs put their files into {runs}; set TMPDIR"):
        engine.run_block(BUSY, engine.initial_state())
    assert left_over(own_cache) == []


def test_a_full_disk_for_what_goes_in_is_named():
    with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
        process._write(Path("/dev/full"), np.zeros(9000))


def test_a_run_without_fault_is_a_result(engine, fake):
    fake(f"{DONE}\n{SPIKES}")
    result = engine.run_block(BUSY, engine.initial_state())
    assert result.steps.tolist() == [0, 0]
    assert result.cells.tolist() == [0, 70]


def test_blocks_finished_before_an_error_are_kept(engine, own_cache, monkeypatch):
    blocks = plan_blocks(trials(4), 5.0, iter(range(4)))
    state, real, asked = engine.initial_state(), Engine.run_block, []

    def run(self, block, *args, **more):
        asked.append(block.seed)
        if block.seed == 2 and len(asked) < 5:
            raise RuntimeError("the power went")
        return real(self, block, *args, **more)

    monkeypatch.setattr(Engine, "run_block", run)
    with pytest.raises(RuntimeError, match="the power went"):
        run_blocks(engine, blocks, state, "key")
    assert asked[:3] == [0, 1, 2]
    kept = len(list((own_cache / "blocks").glob("*.npz")))
    assert kept >= 2
    del asked[:]
    asked += [9] * 5
    assert len(run_blocks(engine, blocks, state, "key")) == 4
    assert len(asked) == 5 + 4 - kept


def test_folders_of_killed_runs_go_at_the_next_run_and_those_in_use_stay(engine, own_cache):
    runs = own_cache.parent / "runs"
    with process._run_folder() as used:
        (used / "input").touch()
        dead = runs / used.name.replace(used.name[-4:], "dead")
        dead.mkdir()
        (runs / f"{dead.name}.lock").touch()
        (runs / f"{process._PREFIX}killed-at-once.lock").touch()
        foreign = runs / "somebody-elses"
        foreign.mkdir()
        engine.run_block(BUSY, engine.initial_state())
        assert not dead.exists()
        assert (used / "input").exists()
    assert left_over(own_cache) == [foreign]


def test_a_run_whose_lock_was_taken_by_who_clears_up_has_another_folder(own_cache, monkeypatch):
    """Between making the lock and holding it another process may take it for one left behind."""
    real, asked = process.locks.take, []

    def take(note):
        asked.append(note)
        if len(asked) == 1:
            note.touch()
            process.clear_runs(note.parent)
            return None
        return real(note)

    (own_cache.parent / "runs").mkdir(exist_ok=True)
    monkeypatch.setattr(process.locks, "take", take)
    with process._run_folder() as used:
        first, *_, last = asked
        assert f"{used}.lock" == str(last) != str(first)
        assert not first.exists()
        process.clear_runs(used.parent)
        assert used.exists()


RUN = """
import sys
import numpy as np
from mirror_sim.circuit.model import Circuit
from mirror_sim.engine import Engine, plan_blocks, run_blocks
from mirror_sim.scene.conditions import make_trial

trials = [
    make_trial("observe", "grasp-precision", rng=np.random.default_rng(seed), duration_s=4.0)
    for seed in range(300)
]
engine = Engine(Circuit.from_toml(sys.argv[1]), 3, block_s=5.0)
blocks = plan_blocks(trials, 5.0, iter(range(300)))
run_blocks(engine, blocks, engine.initial_state(), "key", jobs=2,
           progress=lambda done, total: print(done, flush=True))
"""


def simulators(folder: Path, cache: Path) -> list[int]:
    """Processes that run a compiled model for a cache; other tests run the same model."""
    ours = f"MIRROR_SIM_CACHE={cache}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            running = place.joinpath("exe").readlink().is_relative_to(folder.resolve())
            if running and ours in place.joinpath("environ").read_bytes().split(b"\0"):
                found.append(int(place.name))
        except OSError:
            continue
    return found


def interrupted(tiny, own_cache: Path, how: signal.Signals) -> tuple[int, str]:
    """Run 300 blocks in a process and end it after four; return its code and stderr."""
    path = own_cache / "tiny.toml"
    tiny.to_toml(path)
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= 4:
                break
        os.killpg(child.pid, how)  # as a terminal does
        try:
            _, stderr = child.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            # Python drops a KeyboardInterrupt that falls into a destructor; one presses again.
            os.killpg(child.pid, how)
            _, stderr = child.communicate(timeout=60)
        return child.returncode, stderr


needs_proc = pytest.mark.skipif(not Path("/proc/self/exe").exists(), reason="looks into /proc")


@needs_proc
def test_ctrl_c_stops_at_once_and_keeps_what_is_finished(engine, tiny, own_cache):
    code, stderr = interrupted(tiny, own_cache, signal.SIGINT)
    assert code == -signal.SIGINT
    assert stderr.rstrip().endswith("KeyboardInterrupt")
    assert "compiling" not in stderr
    models = (own_cache / "models").resolve()
    assert simulators(models, own_cache) == []
    assert left_over(own_cache) == []
    files = list((own_cache / "blocks").glob("*.npz"))
    assert 4 <= len(files) < 50  # what was waiting was not begun
    assert all(cache.load_arrays(file) is not None for file in files)
    # They are what an uninterrupted run makes.
    blocks = plan_blocks(trials(4), 5.0, iter(range(4)))
    state = engine.initial_state()
    kept = run_blocks(engine, blocks, state, "key")
    assert all(
        np.array_equal(k.steps, (r := engine.run_block(b, state)).steps[r.cells < 70])
        for k, b in zip(kept, blocks, strict=True)
    )


@needs_proc
def test_after_a_kill_nothing_stays_locked_or_lying_about(engine, tiny, own_cache):
    code, _ = interrupted(tiny, own_cache, signal.SIGKILL)
    assert code == -signal.SIGKILL
    blocks = plan_blocks(trials(300)[:12], 5.0, iter(range(12)))
    assert len(run_blocks(engine, blocks, engine.initial_state(), "key", jobs=2)) == 12
    assert left_over(own_cache) == []
    deadline = time.monotonic() + 5
    while simulators((own_cache / "models").resolve(), own_cache) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert simulators((own_cache / "models").resolve(), own_cache) == []


@needs_proc
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_job_that_is_ended_clears_up_as_after_ctrl_c(engine, tiny, own_cache, how):
    code, stderr = interrupted(tiny, own_cache, how)
    assert code == 128 + how
    assert stderr == ""
    assert simulators((own_cache / "models").resolve(), own_cache) == []
    assert left_over(own_cache) == []
    assert 4 <= len(list((own_cache / "blocks").glob("*.npz"))) < 50


PARENT = """
import sys
from pathlib import Path
from mirror_sim.engine.children import run_child
run_child("it failed", ["sh", "-c", "sleep 1234 & echo $! > note; wait"], Path(sys.argv[1]))
"""


@needs_proc
def test_what_a_killed_process_started_ends_with_all_that_it_started(tmp_path):
    (tmp_path / "structure").touch()
    note = tmp_path / "note"
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)]) as parent:
        until = time.monotonic() + 30
        try:
            while not (note.exists() and note.read_text()) and time.monotonic() < until:
                time.sleep(0.05)
            sleeper = Path("/proc") / note.read_text().strip()
            # The shell writes its note before the process that it started has become `sleep`.
            while "sleep" not in (sleeper / "comm").read_text() and time.monotonic() < until:
                time.sleep(0.05)
            assert "sleep" in (sleeper / "comm").read_text()
        finally:
            parent.kill()
    until = time.monotonic() + 5
    while sleeper.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not sleeper.exists()


GROW = """
import sys
from mirror_sim.circuit.model import Circuit
from mirror_sim.engine import Engine
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.subject import Subject, state_key

real, ran = Engine.run_block, []
def run(self, *args, **more):
    ran.append(1)
    return real(self, *args, **more)
Engine.run_block = run
subject = Subject.grow(Circuit.from_toml(sys.argv[1]), seed=3, block_s=5.0,
                       curriculum=Curriculum(max_actions=6))
print(len(ran), state_key(subject.state))
"""


@pytest.mark.slow
def test_two_processes_that_grow_one_subject_share_the_work(tiny, own_cache):
    path = own_cache / "tiny.toml"
    tiny.to_toml(path)
    children = [
        subprocess.Popen([sys.executable, "-c", GROW, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [child.communicate(timeout=120)[0].split() for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert sorted(int(ran) for ran, _ in answers) == [0, 6]
    assert len({key for _, key in answers}) == 1


def test_a_guard_that_looks_often_ends_as_its_command_does(tmp_path):
    text = Path(guard.__file__).read_text()
    assert "LOOK_EVERY_S = 1.0" in text
    often = tmp_path / "guard.py"
    often.write_text(text.replace("LOOK_EVERY_S = 1.0", "LOOK_EVERY_S = 0.0002"))
    for script, code in (("exit 0", 0), ("exit 3", 3), ("kill -9 $$", -9)):
        command = [sys.executable, "-I", "-S", str(often), str(os.getpid()), "sh", "-c", script]
        found = {
            subprocess.run(command, check=False, start_new_session=True).returncode
            for _ in range(8)
        }
        assert found == {code}
