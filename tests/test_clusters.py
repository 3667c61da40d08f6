"""A dask cluster that cannot run a sweep is said so, at once."""

from __future__ import annotations

import copy
import platform
from types import SimpleNamespace

import distributed
import pytest
from dask import config
from distributed.security import Security

from mirror_sim import sweep
from mirror_sim.cli.main import main
from mirror_sim.compare import clusters
from mirror_sim.compare.sweeps import CODE

pytestmark = pytest.mark.usefixtures("of_any_circuit")


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(clusters, "_PATIENCE_S", 0.5)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "no address", "tls://127.0.0.1:9"])
def test_a_scheduler_that_cannot_be_reached(address, tiny, impatient):
    with pytest.raises(RuntimeError, match=f"no dask scheduler can be reached at '{address}'"):
        sweep("controls", subjects=[1], circuit=tiny, scheduler=address)


def client(waited, found):
    """Stands in for a client: what waiting for a worker does, and what the workers answer."""
    return SimpleNamespace(
        scheduler=SimpleNamespace(address="tcp://x"), wait_for_workers=waited, run=found
    )


def test_a_scheduler_without_workers():
    def waited(_n, *, timeout):
        raise TimeoutError(f"none in {timeout} s")

    with pytest.raises(
        RuntimeError, match=r"tcp://x has no worker; start some \(`dask worker tcp:"
    ):
        clusters._check_workers(client(waited, None))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (("3.9.2", CODE), f"it has Python 3.9.2, and here is {platform.python_version()}"),
        ((platform.python_version(), "0" * 32), f"code 00000000, not {CODE[:8]}"),
        (SyntaxError("broken"), "SyntaxError: broken"),
        (ModuleNotFoundError("No module named 'mirror_sim'"), "'mirror_sim'; install mirror_sim"),
    ],
)
def test_a_worker_that_cannot(facts, said):
    answers = {"tcp://good": (platform.python_version(), CODE), "tcp://bad": facts}
    stub = client(lambda *_, **__: None, lambda *_, **__: answers)
    with pytest.raises(RuntimeError, match=f"worker tcp://bad cannot run the sweep: .*{said}"):
        clusters._check_workers(stub)


class Waiting:
    """Stands in for a future that nobody works on."""

    status = "pending"


def test_workers_that_are_all_lost(monkeypatch, caplog):
    def none_ended(*_, **__):
        raise distributed.TimeoutError

    monkeypatch.setattr("distributed.wait", none_ended)
    monkeypatch.setattr(clusters, "_PATIENCE_S", 0.01)
    monkeypatch.setattr(clusters, "_ALONE_S", 0.05)
    lost = client(None, None)
    looks = iter([{"tcp://a": {}}, {}])
    lost.scheduler_info = lambda: {"workers": next(looks, {})}
    with pytest.raises(RuntimeError, match="all workers of the dask scheduler tcp://x were lost"):
        list(clusters._ended(lost, {Waiting()}))
    assert "all dask workers are lost; waiting for others" in caplog.text


@pytest.fixture
def files(tmp_path):
    for name in ("ca", "cert", "key"):
        (tmp_path / name).touch()
    return {name: [f"--tls-{name}", str(tmp_path / name)] for name in ("ca", "cert", "key")}


def test_the_command_line_hands_certificates_to_dask(files, monkeypatch, tmp_path):
    used = {}

    def stands_in(*_args, scheduler, **_more):
        security = Security()
        used.update(scheduler=scheduler, ca=security.tls_ca_file, cert=security.tls_client_cert)
        used.update(key=security.tls_client_key, required=security.require_encryption)
        raise RuntimeError("seen")

    monkeypatch.setattr("mirror_sim.compare.report.sweep", stands_in)
    options = [word for pair in files.values() for word in pair]
    before = copy.deepcopy(config.config)
    out = ["--out", str(tmp_path / "out")]
    try:
        assert main(["sweep", "controls", "--scheduler", "tls://x:1", *options, *out]) == 2
    finally:
        config.config.update(before)
    assert used == {
        "scheduler": "tls://x:1",
        **{name: str(tmp_path / name) for name in files},
        "required": True,
    }


@pytest.mark.parametrize(
    ("given", "scheduler", "said"),
    [
        (("ca", "cert"), "tls://x:1", "--tls-key is missing"),
        (("ca", "cert", "key"), "tcp://x:1", "--scheduler is 'tcp://x:1'; with --tls-ca it begins"),
        (("ca", "cert", "gone"), "tls://x:1", "--tls-key: there is no file gone"),
    ],
)
def test_certificates_that_do_not_fit(files, capsys, given, scheduler, said):
    files["gone"] = ["--tls-key", "gone"]
    options = [word for name in given for word in files[name]]
    assert main(["sweep", "controls", "--scheduler", scheduler, *options]) == 2
    assert said in capsys.readouterr().err
