"""Published recordings: what is fetched and what is refused."""

import errno
import hashlib
import os
from pathlib import Path

import pooch
import pytest
import requests

from mirror_sim import datasets
from mirror_sim.cli import main as cli

CONTENT = {"a.mat": b"first", "b.mat": b"second"}


def made(**changed):
    fields = {
        "name": "small",
        "url": "https://data.invalid/",
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()},
        "size_bytes": 100,
        "source": "nobody 2020",
        "licence": "CC0",
    }
    return datasets.DataSet(**(fields | changed))


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A data set of two small files, a cache of its own, and a web that does not answer."""
    monkeypatch.delenv("MIRROR_SIM_DATA", raising=False)
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path / "cache"))
    small = made()
    monkeypatch.setattr(datasets, "DATASETS", {"small": small})
    web(monkeypatch, requests.exceptions.ConnectionError("no route"))
    return small


def web(monkeypatch, answer):
    """Let downloads end in an error or in a file of this content; returns what is asked for."""
    asked = []

    def downloader(**options):
        assert options["timeout"] > 0

        def download(url, output_file, manager):
            asked.append(url)
            if isinstance(answer, Exception):
                raise answer
            Path(output_file).write_bytes(answer[url.rpartition("/")[2]])

        return download

    monkeypatch.setattr(pooch, "HTTPDownloader", downloader)
    return asked


def test_files_are_downloaded_once_into_the_users_cache(small, monkeypatch, tmp_path):
    asked = web(monkeypatch, CONTENT)
    folder = datasets.fetch("small")
    assert folder == tmp_path / "cache" / "data" / "small"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == CONTENT
    assert datasets.fetch("small") == folder
    assert asked == [small.url + name for name in CONTENT]


def swap(folder):
    (folder / "a.mat").rename(folder / "c.mat")
    (folder / "b.mat").rename(folder / "a.mat")
    (folder / "c.mat").rename(folder / "b.mat")


def pipe(folder):
    (folder / "a.mat").unlink()
    os.mkfifo(folder / "a.mat")


def dangle(folder):
    (folder / "a.mat").unlink()
    (folder / "a.mat").symlink_to(folder / "nowhere")


DAMAGES = {
    "cut off": lambda folder: (folder / "a.mat").write_bytes(b"firs"),
    "empty": lambda folder: (folder / "a.mat").write_bytes(b""),
    "swapped": swap,
    "a pipe": pipe,
    "a link to nowhere": dangle,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_in_the_cache_is_downloaded_again(small, monkeypatch, damage):
    web(monkeypatch, CONTENT)
    folder = datasets.fetch("small")
    DAMAGES[damage](folder)
    datasets.fetch("small")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == CONTENT


def unreadable(monkeypatch, file):
    """Let a file refuse to be read, which the rights of files do not achieve for root."""
    read = Path.read_bytes

    def refuse(path):
        if path == file and path.read_text() != "first":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read(path)

    file.write_text("locked")
    monkeypatch.setattr(Path, "read_bytes", refuse)


def test_an_unreadable_file_in_the_cache_is_replaced(small, monkeypatch):
    web(monkeypatch, CONTENT)
    folder = datasets.fetch("small")
    unreadable(monkeypatch, folder / "a.mat")
    assert (datasets.fetch("small") / "a.mat").read_text() == "first"


def test_a_folder_in_place_of_a_file_in_the_cache_stays_and_is_named(small, monkeypatch):
    web(monkeypatch, CONTENT)
    file = datasets.fetch("small") / "a.mat"
    file.unlink()
    file.mkdir()
    (file / "mine.txt").touch()
    with pytest.raises(IsADirectoryError, match=r"has to be\. Move it away: .*a\.mat"):
        datasets.fetch("small")
    assert (file / "mine.txt").exists()


def test_a_damaged_file_stays_if_there_is_no_network_to_replace_it(small, monkeypatch):
    web(monkeypatch, CONTENT)
    folder = datasets.fetch("small")
    (folder / "a.mat").write_bytes(b"firs")
    web(monkeypatch, requests.exceptions.ConnectionError("no route"))
    with pytest.raises(OSError, match="cannot download"):
        datasets.fetch("small")
    assert {file.name for file in folder.iterdir()} == set(CONTENT)


def test_a_whole_cache_needs_neither_network_nor_room(small, monkeypatch):
    web(monkeypatch, CONTENT)
    folder = datasets.fetch("small")
    web(monkeypatch, requests.exceptions.ConnectionError("no route"))
    monkeypatch.setattr(datasets, "check_writable", lambda *_, **__: pytest.fail("needs no room"))
    assert datasets.fetch("small") == folder


def test_offline_the_message_says_what_to_do(small):
    with pytest.raises(
        OSError, match=r"cannot download https://data.invalid/a.mat \(ConnectionError\)"
    ) as refused:
        datasets.fetch("small")
    assert "MIRROR_SIM_DATA" in str(refused.value)


def test_a_server_that_refuses_and_a_full_disk_are_not_called_no_network(small, monkeypatch):
    answer = requests.Response()
    answer.status_code = 404
    web(monkeypatch, requests.exceptions.HTTPError("not found", response=answer))
    with pytest.raises(OSError, match=r"a\.mat \(the server answered 404\)") as refused:
        datasets.fetch("small")
    assert "network" not in str(refused.value)
    web(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(OSError, match=r"No space left on device: .*a\.mat'$") as full:
        datasets.fetch("small")
    assert "network" not in str(full.value)


def test_a_download_that_is_another_file_is_refused_and_not_kept(small, monkeypatch, tmp_path):
    web(monkeypatch, dict.fromkeys(CONTENT, b"<html>not found</html>"))
    with pytest.raises(ValueError, match="is not the published file any more"):
        datasets.fetch("small")
    assert not list((tmp_path / "cache").rglob("*.mat"))


def test_a_local_folder_takes_the_place_of_the_web(small, monkeypatch, tmp_path):
    monkeypatch.setenv("MIRROR_SIM_DATA", str(tmp_path))
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "a.mat").write_bytes(b"first")
    with pytest.raises(FileNotFoundError, match="MIRROR_SIM_DATA") as missing:
        datasets.fetch("small")
    assert missing.value.filename == str(tmp_path / "small" / "b.mat")
    (tmp_path / "small" / "b.mat").write_bytes(b"second?")
    with pytest.raises(ValueError, match=r"b\.mat is not the published file: its sha256 is"):
        datasets.fetch("small")
    (tmp_path / "small" / "b.mat").write_bytes(b"second")
    assert datasets.fetch("small") == tmp_path / "small"


@pytest.fixture
def own(small, monkeypatch, tmp_path):
    """The user's own folder of the small data set, in the folder that the variable names."""
    monkeypatch.setenv("MIRROR_SIM_DATA", str(tmp_path / "own"))
    folder = tmp_path / "own" / small.name
    folder.mkdir(parents=True)
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("named", ["~/own", "own", "./own", "../work/own"])
def test_the_folder_may_be_relative_or_in_the_home(own, monkeypatch, named):
    home = own.parent.parent
    (home / "work").mkdir()
    (home / "work" / "own").symlink_to(own.parent)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home / "work" if named.startswith("..") else home)
    monkeypatch.setenv("MIRROR_SIM_DATA", named)
    folder = datasets.fetch("small")
    assert folder.is_absolute()
    assert folder.samefile(own)


@pytest.mark.parametrize("named", ["own/small", "nowhere", "own/small/a.mat"])
def test_a_folder_without_the_data_set_is_said_with_the_one_looked_for(
    own, monkeypatch, tmp_path, named
):
    monkeypatch.setenv("MIRROR_SIM_DATA", str(tmp_path / named))
    with pytest.raises(FileNotFoundError, match="must name the folder above small") as missing:
        datasets.fetch("small")
    assert missing.value.filename == str(tmp_path / named / "small")


def test_the_home_of_nobody_is_refused(small, monkeypatch):
    monkeypatch.setenv("MIRROR_SIM_DATA", "~no-such-user/data")
    with pytest.raises(FileNotFoundError, match="no such home folder; MIRROR_SIM_DATA names it"):
        datasets.fetch("small")


def folder_instead(folder):
    (folder / "a.mat").unlink()
    (folder / "a.mat").mkdir()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (DAMAGES["cut off"], "is not the published file"),
        (swap, "is not the published file"),
        (folder_instead, "is not a regular file"),
        (pipe, "is not a regular file"),
        (dangle, "is missing from the folder"),
    ],
)
def test_a_damaged_file_of_the_users_own_is_refused_with_the_remedy(own, damage, said):
    damage(own)
    with pytest.raises((OSError, ValueError), match=said) as refused:
        datasets.fetch("small")
    for words in (str(own / "a.mat"), "https://data.invalid/", "or unset MIRROR_SIM_DATA"):
        assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unreadable_file_of_the_users_own_is_refused_with_the_remedy(own, monkeypatch):
    unreadable(monkeypatch, own / "a.mat")
    with pytest.raises(PermissionError, match=r"cannot be read \(Permission denied\).*or unset"):
        datasets.fetch("small")


def test_a_cache_that_cannot_be_written_is_said_before_the_download(small, monkeypatch, tmp_path):
    (tmp_path / "cache").touch()
    asked = web(monkeypatch, CONTENT)
    with pytest.raises(OSError, match="cannot write files to this folder"):
        datasets.fetch("small")
    assert not asked


@pytest.mark.parametrize("arguments", [[], ["small"]])
def test_the_command_prints_where_the_files_are(small, monkeypatch, capsys, arguments):
    web(monkeypatch, CONTENT)
    assert cli.main(["data", "fetch", *arguments]) == 0
    assert capsys.readouterr().out == f"small: {datasets.fetch('small')}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["smal"], "Did you mean 'small'?"), (["small"], "Connect to the network")],
)
def test_the_command_says_in_one_sentence_what_failed(small, capsys, arguments, said):
    assert cli.main(["data", "fetch", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


def test_a_data_set_with_impossible_fields_is_refused():
    with pytest.raises(ValueError, match=r"DataSet 'small'\.size_bytes is -1, outside"):
        made(size_bytes=-1)
    with pytest.raises(ValueError, match=r"DataSet 'small'\.url is empty"):
        made(url="")
    with pytest.raises(ValueError, match=r"unknown field 'license' .*Did you mean 'licence'"):
        made(license="CC0")
