"""Published recordings: what is fetched and what is refused."""

import hashlib
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


def test_a_damaged_file_in_the_cache_is_downloaded_again(small, monkeypatch):
    web(monkeypatch, CONTENT)
    folder = datasets.fetch("small")
    (folder / "a.mat").write_bytes(b"firs")
    assert (datasets.fetch("small") / "a.mat").read_bytes() == b"first"


def test_offline_the_message_says_what_to_do(small):
    with pytest.raises(
        OSError, match=r"cannot download https://data.invalid/a.mat \(ConnectionError\)"
    ) as refused:
        datasets.fetch("small")
    assert "MIRROR_SIM_DATA" in str(refused.value)


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
