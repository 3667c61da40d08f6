"""The script that kills and damages: a sample of what it does, and its table."""

from __future__ import annotations

import importlib
import runpy
import signal
import sys
from pathlib import Path

import pandas as pd
import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts" / "reliability"


@pytest.fixture
def part(monkeypatch):
    """Return a function that imports a file of the script."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module


def test_every_process_is_killed_by_every_signal_and_every_file_damaged_in_every_way(part):
    kills = part("kills")
    planned = kills.plan(100)
    assert len(planned) >= 100
    assert {victim for victim, _ in planned} == set(kills.VICTIMS)
    assert {how for _, how in planned} == set(kills.HOW)
    corruptions = part("corruptions")
    kinds = tuple(corruptions.ENTRIES)
    damaged = corruptions.plan(1, 60, kinds)
    assert len(set(damaged)) == 60
    assert {kind for kind, _ in damaged} == set(kinds)
    assert {how for _, how in damaged} >= set(corruptions.HOW) - {"another user's"}


def test_the_table_counts_what_held_and_keeps_parts_that_are_not_run(part, monkeypatch, tmp_path):
    part("kills")  # the files beside it can be found
    script = runpy.run_path(str(SCRIPTS))

    def stub(*wrong):
        rows = [{"what": "a", "how": "b", "wrong": text} for text in wrong]
        return lambda _seed, times: iter(rows[:times])

    parts = {"kills": stub("", "", "lost"), "corruptions": stub("")}
    monkeypatch.setitem(script["main"].__globals__, "PARTS", parts)
    monkeypatch.setattr(sys, "argv", ["reliability", "--out", str(tmp_path)])
    assert script["main"]() == 1
    expected = [["kills", "a", "b", 3, 2, "lost"], ["corruptions", "a", "b", 1, 1, ""]]
    table = pd.read_csv(tmp_path / "reliability.csv", keep_default_na=False)
    assert list(table) == ["part", "what", "how", "times", "held", "note"]
    assert table.to_numpy().tolist() == expected
    argv = ["reliability", "kills", "--times", "2", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", argv)
    assert script["main"]() == 0
    expected[0] = ["kills", "a", "b", 2, 2, ""]
    table = pd.read_csv(tmp_path / "reliability.csv", keep_default_na=False)
    assert table.to_numpy().tolist() == expected


def test_damaged_downloads_are_fetched_again(part, monkeypatch):
    corruptions = part("corruptions")
    kind = "fetched data"
    hows = ("cut", "empty", "zeros", "a flipped bit", "another's content")
    monkeypatch.setattr(corruptions, "plan", lambda *_: [(kind, how) for how in hows])
    found = list(corruptions.corruptions(1, len(hows), (kind,)))
    assert [row["wrong"] for row in found] == [""] * len(hows)


@pytest.mark.slow
def test_a_few_damaged_files_of_each_kind_are_healed(part):
    kinds = ("block", "growth", "turn of an encounter")
    found = list(part("corruptions").corruptions(1, 3, kinds))
    assert [row["wrong"] for row in found] == [""] * 3


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into /proc")
def test_a_few_kills_lose_nothing_and_leave_nothing(part, tmp_path):
    kills = part("kills")
    calm = kills.Place(tmp_path)
    assert calm.sweep().wait() == 0
    for victim, how in (
        ("main process", signal.SIGKILL),
        ("compiled model", signal.SIGKILL),
    ):
        assert kills.kill(calm.cache / "models", calm.table(), victim, how, "1") == ""
