"""As many processes as the job or the container has cores."""

import os

import pytest

from mirror_sim.base import cores


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux only")
def test_cores_are_those_that_this_process_may_use(monkeypatch):
    monkeypatch.setattr(cores, "_quotas", lambda: iter(()))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {3})
    monkeypatch.setattr(os, "cpu_count", lambda: 128)
    assert cores.usable_cores() == 1


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, 64),
        ({"": "max 100000"}, 64),
        ({"": "250000 100000"}, 3),
        ({"": "max 100000", "job": "400000 100000", "job/step": "max 100000"}, 4),
        ({"job": "10000 100000", "": "200000 100000"}, 1),
    ],
)
def test_the_quota_of_a_job_or_container_counts(limits, expected, tmp_path, monkeypatch):
    own = tmp_path / "own"
    own.write_text("0::/job/step\n")
    (tmp_path / "groups" / "job" / "step").mkdir(parents=True)
    for group, limit in limits.items():
        (tmp_path / "groups" / group / "cpu.max").write_text(f"{limit}\n")
    monkeypatch.setattr(cores, "_GROUPS", tmp_path / "groups")
    monkeypatch.setattr(cores, "_OWN_GROUP", own)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(64)), raising=False)
    assert cores.usable_cores() == expected


def test_an_empty_machine_has_a_core(monkeypatch, tmp_path):
    monkeypatch.setattr(cores, "_OWN_GROUP", tmp_path / "none")
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores.usable_cores() == 1
