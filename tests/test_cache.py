"""The cache: what is in it is what its name says, and it works where it cannot be written to."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from mirror_sim.base import cache, files, locks
from mirror_sim.base.files import cache_folder
from mirror_sim.compare import runs

ARRAYS = {"a": np.arange(1000), "b": np.ones((3, 4))}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    made = tmp_path / "cache"
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(made))
    for once in (locks.warn_without, files._warn_of_others, cache.clear_leftovers):
        once.cache_clear()
    return made


# --- what stands in a file ----------------------------------------------------------------------


def equal(loaded) -> bool:
    return loaded is not None and all(np.array_equal(loaded[n], a) for n, a in ARRAYS.items())


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "zeros"])
def test_a_damaged_file_is_found_out_and_removed(folder, damage):
    path = folder / "deep" / "block.npz"
    cache.save_arrays(path, ARRAYS)
    assert equal(cache.load_arrays(path))
    raw = path.read_bytes()
    middle = len(raw) // 2
    path.write_bytes(
        {
            "cut": raw[:middle],
            "flip": raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :],
            "empty": b"",
            "zeros": bytes(len(raw)),
        }[damage]
    )
    assert cache.load_arrays(path) is None
    assert not path.exists()
    assert cache.load_arrays(path) is None


@pytest.mark.parametrize("place", ["blocks/b.npz", "other/a.npz"])
def test_a_whole_file_in_the_place_of_another_is_not_taken(folder, place):
    cache.save_arrays(folder / "blocks" / "a.npz", ARRAYS)
    cache.save_arrays(folder / place, {"a": np.zeros(3)})
    shutil.copy(folder / "blocks" / "a.npz", folder / place)
    assert cache.load_arrays(folder / place) is None
    assert equal(cache.load_arrays(folder / "blocks" / "a.npz"))


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '"row"', '{"row": 3}', '{"row": {"n": 1.0}, "check": "old"}', "\xff", "other"],
)
def test_a_row_that_is_not_the_points_own_is_not_taken(folder, content):
    one, other = runs.path_of("one"), runs.path_of("other")
    runs.store(one, {"n": 1.0, "share": float("nan")})
    runs.store(other, {"n": 2.0})
    assert runs.stored(one)["n"] == 1.0
    if content == "other":
        shutil.copy(other, one)
    else:
        one.write_text(content, encoding="latin-1")
    assert runs.stored(one) is None
    runs.store(one, {"n": 1.0})
    assert runs.stored(one) == {"n": 1.0}


def test_a_row_that_is_there_is_taken_without_a_lock(folder):
    runs.store(runs.path_of("one"), {"n": 1.0})
    assert runs.measured(runs.Task(key="one", files=(), point=b"", jobs=1)) == {"n": 1.0}
    assert [path.name for path in (folder / "sweeps").iterdir()] == ["one.json"]


# --- what is no file ----------------------------------------------------------------------------


def put(path: Path, what: str) -> None:
    """Put something into the place of a file."""
    content = path.read_bytes()
    path.unlink()
    if what == "folder":
        (path / "deep").mkdir(parents=True)
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "link":
        elsewhere = path.with_suffix(".elsewhere")
        elsewhere.write_bytes(content)
        path.symlink_to(elsewhere)
    elif what == "dangling link":
        path.symlink_to("nowhere")
    elif what == "another user's":
        path.write_bytes(content)


@pytest.mark.parametrize("what", ["folder", "pipe", "link", "dangling link", "another user's"])
def test_what_is_no_file_of_ours_is_not_read_and_replaced(folder, monkeypatch, caplog, what):
    path = folder / "blocks" / "a.npz"
    cache.save_arrays(path, ARRAYS)
    put(path, what)
    with monkeypatch.context() as patch:
        if what == "another user's":
            patch.setattr(cache, "_owners", lambda: {os.getuid() + 1})
        assert cache.load_arrays(path) is None
    assert f"{path} is not used" in caplog.text
    cache.save_arrays(path, ARRAYS)
    assert equal(cache.load_arrays(path))
    assert not path.is_symlink()


def test_files_of_whom_the_cache_belongs_to_are_trusted(folder, monkeypatch):
    """As when a colleague lets others use a cache."""
    path = folder / "blocks" / "a.npz"
    cache.save_arrays(path, ARRAYS)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert equal(cache.load_arrays(path))
    assert cache.is_own_folder(folder / "blocks")


@pytest.mark.parametrize("what", ["folder", "pipe", "link"])
def test_what_is_no_file_in_the_place_of_a_lock_is_replaced(folder, what):
    note = folder / "growth" / "x.lock"
    note.parent.mkdir(parents=True)
    note.touch()
    put(note, what)
    with cache.locked(folder / "growth" / "x"):
        assert note.is_file()
        assert not note.is_symlink()


# --- where it is --------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "where"), [("here", "start/here"), ("~/there", "home/there")])
def test_the_folder_stays_where_it_was_when_another_becomes_the_working_folder(
    tmp_path, monkeypatch, given, where
):
    (tmp_path / "start").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "start")
    monkeypatch.setenv("MIRROR_SIM_CACHE", given)
    assert cache_folder() == tmp_path / where
    monkeypatch.chdir(tmp_path)
    assert cache_folder() == tmp_path / where


def test_an_empty_variable_is_as_none(monkeypatch):
    monkeypatch.delenv("MIRROR_SIM_CACHE")
    usual = cache_folder()
    monkeypatch.setenv("MIRROR_SIM_CACHE", "")
    assert cache_folder() == usual


def test_a_new_cache_is_its_users_alone_and_folders_in_it_are_as_it_is(folder):
    cache.save_arrays(folder / "growth" / "x" / "a.npz", ARRAYS)
    assert {p.stat().st_mode & 0o777 for p in (folder, *folder.rglob("x"))} == {0o700}
    folder.chmod(0o755)
    cache.make_folder(folder / "blocks")
    assert (folder / "blocks").stat().st_mode & 0o777 == 0o755


def test_a_cache_that_everybody_may_write_to_is_refused(folder):
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(PermissionError, match=f"mend it with `chmod go-w {folder}`"):
        cache_folder()
    folder.chmod(0o755)
    assert cache_folder() == folder


def test_a_cache_that_a_group_may_write_to_is_said_once(folder, caplog):
    folder.mkdir()
    folder.chmod(0o775)
    cache_folder()
    cache_folder()
    assert caplog.text.count(f"chmod go-w {folder}") == 1


@pytest.mark.parametrize("refusal", [errno.EACCES, errno.EROFS])
def test_a_cache_that_cannot_be_written_to_names_the_remedy(folder, monkeypatch, refusal):
    def refuse(*_, **__):
        raise OSError(refusal, os.strerror(refusal))

    cache.make_folder(folder / "blocks")
    with monkeypatch.context() as patch:  # root may write everywhere
        patch.setattr("pathlib.Path.touch", refuse)
        with pytest.raises(OSError, match="MIRROR_SIM_CACHE") as written:
            cache.save_arrays(folder / "blocks" / "a.npz", ARRAYS)
    monkeypatch.setattr(locks, "take", refuse)
    with pytest.raises(OSError, match="MIRROR_SIM_CACHE") as locked, cache.locked(folder / "x"):
        pytest.fail("it ran")
    assert written.value.errno == locked.value.errno == refusal


def test_a_damaged_file_of_a_cache_that_cannot_be_written_to_is_only_not_taken(folder, monkeypatch):
    path = folder / "blocks" / "a.npz"
    cache.save_arrays(path, ARRAYS)
    path.write_bytes(b"damaged")

    def refuse(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    assert cache.load_arrays(path) is None


# --- locks --------------------------------------------------------------------------------------


HOLD = """
import sys, time
from pathlib import Path
from mirror_sim.base import cache
with cache.locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_is_waited_for_aloud_and_freed_by_its_holders_death(folder, caplog):
    path = folder / "entry"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        killer = threading.Timer(2.5, holder.kill)
        killer.start()
        begun = time.monotonic()
        with cache.locked(path):
            assert time.monotonic() - begun > 2
        assert f"{path} is being made; waiting" in caplog.text


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_is_said_once_and_used(folder, monkeypatch, caplog, code):
    def without(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("fcntl.flock", without)
    for _ in range(2):  # the file of the first lock is still there
        with cache.locked(folder / "growth" / "x"):
            cache.save_arrays(folder / "growth" / "x" / "a.npz", ARRAYS)
    assert equal(cache.load_arrays(folder / "growth" / "x" / "a.npz"))
    assert caplog.text.count("has no file locks") == 1
    assert "MIRROR_SIM_CACHE" in caplog.text


def test_a_lock_whose_file_was_removed_is_not_taken_for_the_new_one(tmp_path):
    first = locks.take(tmp_path / "lock")
    assert first is not None
    assert locks.take(tmp_path / "lock") is None
    (tmp_path / "lock").unlink()
    second = locks.take(tmp_path / "lock")
    assert second is not None
    os.close(first)
    assert locks.take(tmp_path / "lock") is None
    os.close(second)


# --- what was left ------------------------------------------------------------------------------


def test_what_killed_processes_left_goes_and_what_is_in_use_stays(folder):
    left = [
        folder / "models" / "dead.partial" / "main.cpp",
        folder / "blocks" / ".0123456789ab.npz",
        folder / "growth" / "x" / ".0123456789ab.npz",
        folder / "encounters" / "ab" / ".0123456789ab.npz",
        folder / "sweeps" / ".0123456789ab.json",
    ]
    used = folder / "blocks" / ".ba9876543210.npz"
    building = folder / "models" / "used.partial"
    other = folder / "blocks" / ".nobody-knows"
    for path in (*left, used, building / "main.cpp", other):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for path in (*left, left[0].parent, used, building):
        os.utime(path, (1, 1))
    young = folder / "blocks" / ".000000000000.npz"
    young.touch()
    held = [locks.take(used), locks.take(folder / "models" / "used.lock")]
    with cache.locked(folder / "sweeps" / "any"):
        assert not [path for path in left if path.exists()]
        assert not left[0].parent.exists()
        assert used.exists()
        assert building.exists()
        assert young.exists()
        assert other.exists()
    for handle in held:
        os.close(handle)
