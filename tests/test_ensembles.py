"""Sweeps: same rows however they are run, nothing done twice, nothing finished lost."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from dask import config

from mirror_sim import sweep
from mirror_sim.base import sources
from mirror_sim.base.files import cache_folder
from mirror_sim.base.registry import register
from mirror_sim.circuit import rules as plasticity
from mirror_sim.compare import sweeps as ensembles
from mirror_sim.engine import Engine
from mirror_sim.senses.registry import SENSES
from mirror_sim.studies.study import STUDIES, get_study
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.subject import Subject

pytestmark = pytest.mark.usefixtures("of_any_circuit")

STUDY = """
import os
import signal
from pathlib import Path

import numpy as np

from mirror_sim import Protocol, Study, make_trial

NOTES = Path({notes!r})


def protocol():
    rng = np.random.default_rng(1)
    trials = (make_trial("observe", "grasp-precision", rng=rng),)
    return Protocol(name="one", trials=trials, source="made up")


def rows(session):
    seed, circuit = (session.metadata[name] for name in ("subject_seed", "circuit_digest"))
    note = NOTES / f"{{seed}}-{{circuit[:8]}}"
    note.write_text(f"{{note.read_text()}}x" if note.exists() else "x")
    if (NOTES / "die").exists() and len(note.read_text()) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if (NOTES / "refuse").exists() and seed == 2:
        raise ValueError("no such luck")
    return {{"n": len(session.spike_times), "last": float(session.spike_times[-1])}}


STUDY = Study(name="counting", protocol=protocol, rows=rows)
"""
GRID = {"STS.peak_hz": [40.0, 60.0]}
PLAN = Curriculum(max_actions=2)


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """A store of its own that shares the compiled models, and a study that leaves notes."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (tmp_path / "cache").mkdir()
    models = cache_folder() / "models"
    models.mkdir(parents=True, exist_ok=True)
    (tmp_path / "cache" / "models").symlink_to(models)
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "counting_study.py").write_text(STUDY.format(notes=str(folder)))
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("counting_study", None)
    return folder


@pytest.fixture
def study(notes):
    return importlib.import_module("counting_study").STUDY


def run(study, circuit, **more):
    options = {"subjects": [1, 2], "grid": GRID, "jobs": 2, **more}
    return sweep(study, circuit=circuit, curriculum=PLAN, block_s=5.0, **options)


def runs(notes) -> int:
    return sum(len(note.read_text()) for note in notes.iterdir() if "-" in note.name)


def test_a_table_with_a_row_for_each_point_in_order(study, notes, tiny):
    done = []
    table = run(study, tiny, progress=lambda n, total: done.append((n, total)))
    assert list(table.columns) == ["STS.peak_hz", "subject_seed", "n", "last"]
    assert table["STS.peak_hz"].tolist() == [40.0, 40.0, 60.0, 60.0]
    assert table["subject_seed"].tolist() == [1, 2, 1, 2]
    assert done == [(n, 4) for n in range(5)]
    assert table["n"].nunique() == 4
    # What is done is taken from the store, alone and as a part of another sweep.
    assert runs(notes) == 4
    pd.testing.assert_frame_equal(run(study, tiny), table)
    part = run(study, tiny, subjects=[2], grid={"STS.peak_hz": [60.0]})
    assert part["n"].tolist() == [table["n"].iloc[3]]
    assert runs(notes) == 4


@pytest.mark.slow
def test_a_killed_process_and_a_damaged_row_give_the_same_bits(study, notes, tiny, caplog):
    expected = run(study, tiny, jobs=1)
    rows = sorted((notes.parent / "cache" / "sweeps").glob("*.json"))
    content = rows[0].read_text()
    rows[0].write_text(content.replace('"n": ', '"n": 1'))
    rows[1].write_text(content[: len(content) // 2])
    pd.testing.assert_frame_equal(run(study, tiny), expected)
    assert runs(notes) == 6
    for row in rows:
        row.unlink()
    for note in notes.iterdir():
        note.unlink()
    (notes / "die").touch()
    pd.testing.assert_frame_equal(run(study, tiny), expected)
    assert "was killed" in caplog.text
    assert runs(notes) == 8


@pytest.mark.slow
def test_a_point_that_fails_leaves_the_others(study, notes, tiny):
    (notes / "refuse").touch()
    with pytest.raises(RuntimeError, match=r"2 of 4 points .* of Subject 2: no such luck"):
        run(study, tiny)
    (notes / "refuse").unlink()
    before = runs(notes)
    assert len(run(study, tiny)) == 4
    assert runs(notes) == before + 2


@pytest.mark.parametrize(
    ("settings", "where"),
    [((), "first Subject 3: oh"), ((("a.b", 1.0),), "first {'a.b': 1.0} of Subject 3: oh")],
)
def test_the_first_failure_is_named_by_its_settings_if_it_has_any(settings, where):
    point = SimpleNamespace(settings=settings, seed=3)
    with pytest.raises(RuntimeError, match=re.escape(where)):
        ensembles.raise_first({"x": ValueError("oh")}, {"x": point}, 2)


@pytest.mark.slow
def test_new_seeds_numbers_and_trials_compile_nothing(study, notes, tiny):
    del notes
    run(study, tiny, subjects=[1])
    # A folder of its own from here on, as another test may compile at the same time.
    folder = cache_folder() / "models"
    shared = folder.resolve()
    folder.unlink()
    shutil.copytree(shared, folder, ignore=shutil.ignore_patterns("*.partial"))
    compiled = list(folder.iterdir())
    grid = {"STS->A.E.weight_nS": [0.4], "A.E.target_hz": [9.0], "circuit.tau_nmda_ms": [80.0],
            "STS->A.E.plasticity.w_max_nS": [2.0], "lesion": ["", "F6", "STS->A.E"],
            "growth.max_actions": [1]}  # fmt: skip
    table = run(study, tiny, subjects=[3], grid=grid)
    assert table["n"].nunique() == 3
    assert {p.name for p in folder.iterdir()} == {p.name for p in compiled}


@pytest.fixture
def script(notes, tiny, tmp_path):
    """The sweep of `run` as a user's script, with peak rates as arguments; it keeps its table."""
    tiny.to_toml(tmp_path / "tiny.toml")
    path = tmp_path / "script.py"
    path.write_text(
        "import sys\n"
        "from counting_study import STUDY\n"
        "from mirror_sim import Circuit, Curriculum, sweep\n"
        "if __name__ == '__main__':\n"
        f"    sweep(STUDY, circuit=Circuit.from_toml({str(tmp_path / 'tiny.toml')!r}),\n"
        "        curriculum=Curriculum(max_actions=2), block_s=5.0, subjects=[1, 2], jobs=1,\n"
        "        grid={'STS.peak_hz': [float(rate) for rate in sys.argv[1:]]}\n"
        f"    ).to_pickle({str(tmp_path / 'table.pkl')!r})\n"
    )
    return path


def wait_for(happened, *, at_most_s):
    until = time.monotonic() + at_most_s
    while not happened() and time.monotonic() < until:
        time.sleep(0.05)


@pytest.mark.slow
def test_a_main_process_killed_midway_loses_no_finished_point(study, notes, tiny, script, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, str(script), *map(str, GRID["STS.peak_hz"])]
    process = subprocess.Popen(command, env=environment)
    store = notes.parent / "cache" / "sweeps"
    wait_for(lambda: len(list(store.glob("*.json"))) >= 2, at_most_s=120)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = set(store.glob("[!.]*.json"))
    assert len(finished) >= 2
    stamps = {path: path.stat().st_mtime_ns for path in finished}
    assert len(run(study, tiny)) == 4
    assert {path: path.stat().st_mtime_ns for path in finished} == stamps


SLEEPER = """
import sys
import time
from pathlib import Path

from mirror_sim.compare import runs as _sweep_runs

NOTE = Path(sys.argv[1])


class Point:
    def key(self):
        return "sleeper"

    def measure(self, *, jobs):
        NOTE.write_text("sleeping")
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            NOTE.write_text("interrupted")
            raise


if __name__ == "__main__":
    next(_sweep_runs.on_this_machine(1)({"sleeper": Point()}))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_main_process_leaves_none_running(tmp_path, how):
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    note = tmp_path / "note"
    note.touch()
    environment = {**os.environ, "MIRROR_SIM_CACHE": str(tmp_path / "cache")}
    process = subprocess.Popen([sys.executable, "sleeper.py", note], cwd=tmp_path, env=environment)
    wait_for(lambda: note.read_text() == "sleeping", at_most_s=90)
    process.send_signal(how)
    process.wait()
    wait_for(lambda: note.read_text() == "interrupted", at_most_s=30)
    assert note.read_text() == "interrupted"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("unshare") is None, reason="mounts a file system of its own")
def test_a_full_disk_is_said_and_what_was_finished_is_kept(study, notes, tiny, script, tmp_path):
    """A store on a small file system of its own, which is then made larger."""
    expected = run(study, tiny, grid={"STS.peak_hz": [40.0]})
    store = tmp_path / "cache"
    used = sum(
        path.stat().st_size for name in ("blocks", "growth", "sweeps")
        for path in (store / name).rglob("*") if path.is_file()
    )  # fmt: skip
    for note in notes.iterdir():
        note.unlink()
    small = tmp_path / "small"
    small.mkdir()
    models = (store / "models").resolve()
    sweeping = f"{sys.executable} {script} 40"
    commands = f"""
        mount -t tmpfs -o size={round(0.7 * used)} none {small} || exit 9
        ln -s {models} {small}/models
        {sweeping} && exit 8
        mkdir {tmp_path}/kept && cp {small}/sweeps/*.json {tmp_path}/kept
        mount -o remount,size=1g none {small} && {sweeping}
    """
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "MIRROR_SIM_CACHE": str(small)}
    answer = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "bash", "-c", commands],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert re.search(rf"No space left on device: '{small}/.*'", answer.stderr)
    pd.testing.assert_frame_equal(pd.read_pickle(tmp_path / "table.pkl"), expected)
    kept = len(list((tmp_path / "kept").iterdir()))
    assert kept == 1
    assert runs(notes) <= 3  # the one that failed again, the one that was finished not


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"grid": {"F6.peak_herz": [1.0]}}, "Did you mean 'peak_hz'"),
        ({"grid": {"F7.peak_hz": [1.0]}}, "Did you mean 'F6'"),
        ({"grid": {"STS->B.weight_nS": [1.0]}}, "unknown"),
        (
            {"grid": {"F6->M.E.plasticity.eta": [1.0]}},
            "no projection 'F6 -> M.E' of 'tiny' learns by a rule",
        ),
        ({"grid": {"growth.actoins": [1]}}, "Did you mean 'actions'"),
        ({"grid": {"growth.max_actions": [0]}}, "max_actions is 0"),
        ({"grid": {"STS.peak_hz": [float("nan")]}}, "not a finite number"),
        ({"grid": {"STS.peak_hz": []}}, "needs a list"),
        ({"grid": {"lesion": ["A.X"]}}, "unknown population or area 'A.X'"),
        ({"grid": {"control": ["no visoin"]}}, "Did you mean 'no vision'"),
        ({"grid": {"peak_hz": [1.0]}}, "the axis 'peak_hz' is none of"),
        ({"grid": {"growth.shuffled": ["no"]}}, "shuffled is 'no'"),
        ({"grid": {"STS->A.E.plasticity.w_maxnS": [1.0]}}, "Did you mean 'w_max_nS'"),
        ({"grid": {"lesion": ["A->STS"]}}, "no projection goes from A to STS"),
        ({"dt_ms": 0.3}, "dt_ms is 0.3"),
        ({"dtms": 0.3}, "unknown option 'dtms' in the sweep. Did you mean 'dt_ms'"),
        ({"subjects": [1, -1]}, "a seed of subjects"),
        ({"subjects": []}, "at least one seed"),
        ({"jobs": 0}, "at least 1"),
        ({"n_trials": 3}, "n_trials is 3; it must be at least 4"),
        ({"study": len}, "study is <built-in function len>, which is neither Study nor text"),
        ({"study": "control"}, "unknown study 'control'. Did you mean 'controls'"),
        ({"study": replace(get_study("controls"), rows=len, reads=())}, "define it with `def`"),
    ],
)
def test_bad_input_is_said_before_any_work(more, said, tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))
    study = more.pop("study", "controls")
    with pytest.raises(ValueError, match=said):
        run(study, tiny, **more)
    assert not list(tmp_path.iterdir())


def first_point(circuit, **more):
    given = {"study": "controls", "subjects": [1], "grid": {}, "curriculum": PLAN, **more}
    return ensembles.points(given.pop("study"), circuit=circuit, **given)[0]


class Slower(Curriculum):
    pass


def test_a_key_changes_with_all_that_shapes_a_row_and_nothing_else(tiny):
    def key(**more):
        return first_point(tiny, **more).key()

    keys = [
        key(),
        key(study="jerjian2020"),
        key(subjects=[2]),
        key(grid={"lesion": ["F6"]}),
        key(grid={"control": ["naive weights"]}),
        key(grid={"control": ["Poisson units"]}),
        key(grid={"control": ["no vision"]}),
        key(grid=GRID),
        key(curriculum=Curriculum(max_actions=3)),
        key(curriculum=Slower(max_actions=2)),
        key(n_trials=4),
        key(engine={"dt_ms": 0.25}),
    ]
    assert len(set(keys)) == len(keys)
    assert key(grid={"lesion": [""], "control": [""]}) == key()
    shown = replace(get_study("controls"), label="shown", figure=len)
    assert key(study=shown) == key()


def test_a_changed_rule_is_another_point_and_goes_to_other_processes(tiny, monkeypatch):
    monkeypatch.setattr(plasticity.RULES, "_known", dict(plasticity.RULES._known))
    own = plasticity.RULES.add(replace(plasticity.RULES.get("hebb"), name="own"))
    circuit = tiny.with_plasticity("STS", "A.E", rule="own")
    first = first_point(circuit)
    plasticity.RULES.add(replace(own, on_pre="x += 2"))
    assert first.key() != first_point(circuit).key()
    # A process that is spawned has not run what registered the rule.
    sent = pickle.dumps(first)
    del plasticity.RULES._known["own"]
    monkeypatch.setattr(Subject, "grow", lambda circuit, **_: Subject.naive(circuit, seed=1))
    used = pickle.loads(sent).subject().engine.wiring.synapses["own_inputs"].rule
    assert used == own


OWN = """
import numpy as np

import mirror_sim as ms


class Lazy(ms.Curriculum):
    def trial(self, rng):
        return ms.make_trial("execute-dark",
                             "grasp-precision", rng=rng)


def draw(cells, rng):
    return rng.uniform(size=cells.n)


def drive(trial, tuning, times_s):
    return np.tile(tuning, (len(times_s), 1))


SENSE = ms.Sense(name="glow", tuning=draw, drive=drive)
RULE = ms.Rule(name="swift", traces="", on_pre="w = clip(w + eta*gain*w_max, 0*siemens, w_max)",
               on_post="", parameters={"gain": 5.0})


def protocol(seed, n_trials=3):
    rng = np.random.default_rng(seed)
    trials = tuple(ms.make_trial("observe", "grasp-precision", rng=rng) for _ in range(n_trials))
    return ms.Protocol(name="own", trials=trials)


def rows(session, seed):
    return {"n": len(session.spike_times), "trials": len(session.trials), "seed": seed}


STUDY = ms.Study(name="own", protocol=protocol, rows=rows)
"""


@pytest.fixture
def own(notes, tmp_path, monkeypatch):
    """A user's file with a study, a curriculum and a rule of its own, by its path."""
    del notes
    for registry in (plasticity.RULES, SENSES, STUDIES):
        monkeypatch.setattr(registry, "_known", dict(registry._known))
    monkeypatch.setattr(sources, "_loaded", {})
    path = tmp_path / "own_file.py"
    path.write_text(OWN)
    return path


def test_what_a_users_file_defines_reaches_the_processes(own, tiny):
    study = get_study(f"{own}:STUDY")
    plain = sweep(study, subjects=[1, 2], circuit=tiny, curriculum=PLAN, block_s=5.0, jobs=2)
    assert plain[["trials", "seed"]].to_numpy().tolist() == [[3, 1], [3, 2]]

    lazy = sources.load(f"{own}:Lazy", what="curriculum")(max_actions=2)
    rule = register(sources.load(f"{own}:RULE", what="rule"))
    circuit = tiny.with_plasticity("STS", "A.E", rule=rule.name)
    sense = register(sources.load(f"{own}:SENSE", what="sense"))
    glowing = tiny.with_population("STS", encodes=sense.name)
    options = {"subjects": [1], "n_trials": 4, "block_s": 5.0, "jobs": 2}
    other = sweep(study, circuit=circuit, curriculum=lazy, **options)
    same = sweep(study, circuit=circuit, curriculum=PLAN, **options)
    glow = sweep(study, circuit=glowing, curriculum=PLAN, **options)
    assert other["trials"].tolist() == [4]
    assert len({plain["n"][0], other["n"][0], same["n"][0], glow["n"][0]}) == 4


def test_a_users_file_that_is_gone_does_not_stop_another_study(own, study, notes, tiny):
    get_study(f"{own}:STUDY")
    own.unlink()
    assert len(run(study, tiny)) == 4
    assert runs(notes) == 4


def test_a_changed_sense_is_another_point_and_another_subject(own, tiny):
    sense = register(sources.load(f"{own}:SENSE", what="sense"))
    glowing = tiny.with_population("STS", encodes=sense.name)
    point = first_point(glowing).key()
    engine = Engine(glowing, 1, target="numpy").key
    own.write_text(OWN.replace("np.tile(tuning", "np.tile(0.5 * tuning"))
    sources.identity.cache_clear()  # as in another process, which reads the file anew
    assert first_point(glowing).key() != point
    assert Engine(glowing, 1, target="numpy").key != engine


def test_a_users_class_and_its_file_are_part_of_the_key(own, tiny):
    lazy = sources.load(f"{own}:Lazy", what="curriculum")(max_actions=2)
    key = first_point(tiny, curriculum=lazy).key()
    assert key != first_point(tiny).key()
    own.write_text(OWN.replace('"execute-dark"', '"execute-light"'))
    sources.identity.cache_clear()  # as in another process, which reads the file anew
    assert first_point(tiny, curriculum=lazy).key() != key


def test_a_control_that_grows_anew_grows_by_the_points_own_curriculum(tiny, monkeypatch):
    grown = []

    def grow(circuit, *, seed, curriculum, **engine):
        del circuit, seed, engine
        grown.append(curriculum)
        return Subject.naive(tiny, seed=1, block_s=5.0)

    monkeypatch.setattr(Subject, "grow", grow)
    for point in ensembles.points(
        "controls",
        subjects=[1],
        grid={"growth.max_actions": [2, 3], "control": ["", "no vision"]},
        circuit=tiny,
        engine={"block_s": 5.0},
    ):
        point.subject()
    assert [(plan.max_actions, plan.vision) for plan in grown] == [
        (2, "own"),
        (2, "none"),
        (3, "own"),
        (3, "none"),
    ]


def dask(part, folder, *options):
    command = [sys.executable, "-m", f"distributed.cli.dask_{part}", *options]
    command += ["--scheduler-file", str(folder / "scheduler.json")]
    environment = {**os.environ, "PYTHONPATH": str(folder), "DASK_DISTRIBUTED__DASHBOARD": ""}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers, each a process of its own, on loopback."""
    started = [dask("scheduler", tmp_path, "--host", "127.0.0.1", "--port", "0", "--no-dashboard")]
    options = ("--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")
    started += [dask("worker", tmp_path, *options) for _ in range(2)]
    yield started
    for process in started:
        process.kill()
        process.wait()


def address(folder):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return json.loads((folder / "scheduler.json").read_text())["address"]
        time.sleep(0.1)
    raise TimeoutError("no scheduler")


@pytest.mark.slow
def test_a_scheduler_gives_the_same_bits_with_a_worker_killed_midway(
    study, notes, tiny, cluster, tmp_path
):
    del cluster
    expected = run(study, tiny)
    for row in (tmp_path / "cache" / "sweeps").glob("*.json"):
        row.unlink()
    for note in notes.iterdir():
        note.unlink()
    (notes / "die").touch()  # the first try of every point kills its worker
    found = run(study, tiny, subjects=[1], scheduler=address(tmp_path))
    pd.testing.assert_frame_equal(found, expected.iloc[::2].reset_index(drop=True))
    assert runs(notes) == 4
    (notes / "die").unlink()
    pd.testing.assert_frame_equal(run(study, tiny, scheduler=address(tmp_path)), expected)


@pytest.mark.slow
def test_what_a_users_file_defines_reaches_a_cluster(own, tiny, cluster, tmp_path):
    del cluster
    study = get_study(f"{own}:STUDY")
    lazy = sources.load(f"{own}:Lazy", what="curriculum")(max_actions=2)
    options = {"subjects": [1], "circuit": tiny, "curriculum": lazy, "block_s": 5.0}
    found = sweep(study, scheduler=address(tmp_path), **options)
    assert found["trials"].tolist() == [3]
    shutil.rmtree(tmp_path / "cache" / "sweeps")
    pd.testing.assert_frame_equal(sweep(study, jobs=1, **options), found)


@pytest.mark.slow
def test_a_scheduler_killed_midway_loses_no_finished_point(study, notes, tiny, cluster, tmp_path):
    place = address(tmp_path)
    done = []

    def kill(n, _total):
        done.append(n)
        if n == 1:
            cluster[0].kill()

    patience = config.set({"distributed.comm.timeouts.connect": "3s"})
    with patience, pytest.raises(RuntimeError, match="the scheduler was lost"):
        run(study, tiny, scheduler=place, progress=kill)
    assert done == [0, 1]
    assert len(run(study, tiny)) == 4
    # What the workers had begun they finish, and keep: nobody does it again.
    assert runs(notes) == 4
