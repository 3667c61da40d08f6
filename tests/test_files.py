"""Files are written whole or not at all, and what stands in the way is said before the work."""

import errno
import os
import stat
import subprocess
import sys

import pytest

from mirror_sim.base.files import atomic_path, check_writable


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_file_appears_only_when_the_block_ends(tmp_path):
    with atomic_path(tmp_path / "a.csv") as temporary:
        temporary.write_text("whole")
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".csv"
        assert not (tmp_path / "a.csv").exists()
    assert names(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "whole"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_old_file_survives_a_failing_block(tmp_path, error):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def fail():
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == ["a.csv"]
    assert path.read_text() == "old"


def test_a_new_file_replaces_the_old_one(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old and long")
    with atomic_path(str(path)) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"


def test_the_rights_are_those_that_any_new_file_gets(tmp_path):
    code = (
        "import os, sys; os.umask(0o027); from pathlib import Path\n"
        "from mirror_sim.base.files import atomic_path\n"
        "with atomic_path(Path(sys.argv[1])): pass"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], check=True)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_names_as_long_as_the_system_takes(tmp_path):
    with atomic_path(tmp_path / ("x" * 251 + ".csv")) as temporary:
        temporary.write_text("whole")
    assert len(names(tmp_path)) == 1


def test_a_folder_in_the_place_of_the_file(tmp_path):
    with pytest.raises(IsADirectoryError) as caught, atomic_path(tmp_path):
        pytest.fail("the block ran")
    assert caught.value.filename == str(tmp_path)


def test_a_path_without_a_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError), atomic_path(tmp_path / "file" / "a.csv"):
        pytest.fail("the block ran")
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "missing" / "a.csv"):
        pytest.fail("the block ran")


def test_a_folder_is_made_and_nothing_is_left_in_it(tmp_path):
    folder = tmp_path / "a" / "b"
    assert check_writable(str(folder), needed_bytes=1000) == folder
    assert names(folder) == []
    check_writable(folder)


@pytest.mark.parametrize("below", ["", "results"])
def test_a_folder_below_a_file(tmp_path, below):
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / below
    with pytest.raises(OSError, match="cannot write files to this folder") as caught:
        check_writable(folder)
    assert caught.value.errno in (errno.ENOTDIR, errno.EEXIST)
    assert caught.value.filename == str(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_folder_that_takes_no_files():
    with pytest.raises(OSError, match="cannot write files to this folder") as caught:
        check_writable("/proc")
    assert caught.value.filename == "/proc"


def test_a_missing_permission_keeps_its_kind(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    # Root may write everywhere, so the refusal has to be staged.
    monkeypatch.setattr("pathlib.Path.touch", refuse)
    with pytest.raises(PermissionError, match=f"{os.strerror(errno.EACCES)}.*{tmp_path}"):
        check_writable(tmp_path)


def test_a_disk_without_room(tmp_path):
    with pytest.raises(OSError, match=r"MB left; 1000000000000\.0 MB are needed") as caught:
        check_writable(tmp_path, needed_bytes=10**18)
    assert caught.value.errno == errno.ENOSPC
    assert names(tmp_path) == []
