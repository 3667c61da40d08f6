"""A grasp that ends behind a screen: equal sight, and each test on units of known answer."""

from __future__ import annotations

import circuits
import numpy as np
import pandas as pd
import pytest

from mirror_sim.circuit.macaque import macaque
from mirror_sim.circuit.memory import remembering
from mirror_sim.compare.report import Setup, run
from mirror_sim.figures import style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies import umilta2001
from mirror_sim.studies.study import get_study
from mirror_sim.studies.umilta2001 import figure, measures, task
from mirror_sim.studies.umilta2001.measures import AREA, Recording
from mirror_sim.studies.umilta2001.study import readiness_cut, short_nmda
from mirror_sim.subject.subject import Subject

N_TRIALS = 20
KINDS = ("executed", *task.SEEN)


def test_events_are_in_order_and_equal_in_all_conditions():
    protocol = umilta2001.protocol(4)
    assert protocol == umilta2001.protocol(4)
    for trial in protocol.trials:
        at = [
            trial.events[n] for n in ("object_on", "screen", "movement_onset", "covered", "contact")
        ]
        assert at == sorted(at)
        hidden = trial.condition in ("observe-hidden", "mime-hidden")
        assert bool(trial.acts[0].hidden_s) == (hidden or trial.condition == task.EXECUTED)
        assert bool(trial.objects) == ("mime" not in trial.condition)
    names = [(trial.condition, trial.action.name) for trial in protocol.trials]
    assert {names.count(name) for name in names} == {4}


@pytest.fixture(scope="module")
def naive():
    return Subject.naive(remembering(), seed=3)


def test_behind_the_screen_a_hidden_and_an_absent_object_drive_all_inputs_alike(naive):
    """Bit by bit; in the default circuit readiness is told of the object."""
    real, mimed = (
        task._trial(task.SEEN[name], "grasp-precision", np.random.default_rng(5), screen=True)
        for name in task.HIDDEN
    )
    assert real.acts == mimed.acts
    closed = round((task._SCREEN_S + 0.15) / 0.01)
    for subject, expected in ((naive, set()), (Subject.naive(macaque(), seed=3), {"F6.set"})):
        tell = set()
        parts = subject.engine.wiring.inputs
        for part, encoder in subject.engine.encoders:
            drives = [encoder.rates(trial)[closed:] for trial in (real, mimed)]
            if not np.array_equal(*drives):
                tell |= {name for name, own in parts.items() if own == part}
        assert tell == expected


def recording(rng, means, *, delay=None) -> Recording:
    """Units whose mean change by condition is given, (n_kinds, n_units), the same for both acts."""
    condition = np.repeat(KINDS, 2 * N_TRIALS)
    act = np.tile(np.repeat(["a", "b"], N_TRIALS), len(KINDS))
    change, waiting = (
        np.repeat(of, 2 * N_TRIALS, axis=0) for of in (means, means if delay is None else delay)
    )
    return Recording(
        change_hz=change + rng.normal(size=change.shape),
        delay_hz=waiting + rng.normal(size=change.shape),
        condition=condition,
        act=act,
        units={AREA: np.arange(means.shape[1])},
    )


def test_units_of_known_kind(rng):
    #              executed, full, hidden, mime, hidden mime
    kinds = {
        "remembers": [3.0, 3.0, 3.0, 0.0, 0.0],
        "sees": [3.0, 3.0, 0.0, 3.0, 0.0],
        "visual": [0.0, 3.0, 3.0, 3.0, 3.0],
        "motor": [3.0, 0.0, 0.0, 0.0, 0.0],
    }
    means = np.array(list(kinds.values())).T
    made = recording(rng, means)
    flags = measures.responds(made)
    assert measures.mirror_units(made, flags).tolist() == [0, 1]
    found = measures.shares(made)
    assert found[f"mirror.{AREA}"] == 50
    assert found[f"keeps.hidden.{AREA}"] == 50
    assert found[f"keeps.mime.{AREA}"] == 50
    assert found[f"keeps.hidden_mime.{AREA}"] == 0
    part = measures.relative(made)
    assert part["relative.hidden"] == pytest.approx(50, abs=5 * 5)
    assert part["relative.hidden_mime"] == pytest.approx(0, abs=5 * 5)
    told = measures.told(made, seed=1)
    assert told[f"object.hidden.{AREA}"] >= 25  # the one that remembers
    assert told[f"object.seen.{AREA}"] >= 25


def test_without_an_effect_the_tests_find_their_chance(rng):
    flat = np.full((len(KINDS), 1000), 1.0)
    told = measures.told(recording(rng, flat), seed=1)
    for row in ("object.seen", "object.hidden", "delay"):
        # Five standard errors of 1000 units.
        assert told[f"{row}.{AREA}"] == pytest.approx(5, abs=5 * 0.7)
        assert told[f"{row}.{AREA}.excess"] == pytest.approx(0, abs=5 * 0.7)
    waiting = flat.copy()
    waiting[2] += 2.0
    told = measures.told(recording(rng, flat, delay=waiting), seed=1)
    assert told[f"delay.{AREA}.excess"] > 90
    assert told[f"object.hidden.{AREA}.excess"] == pytest.approx(0, abs=5 * 0.7)


def test_every_row_is_described_and_the_page_is_drawn(rng, tmp_path):
    made = recording(rng, rng.normal(size=(len(KINDS), 20)))
    found = {
        **measures.shares(made),
        **measures.by_trials(made),
        **measures.relative(made),
        **measures.told(made, seed=1),
    }
    published = get_study("umilta2001").published()
    assert set(found) <= {*published["id"], f"mirror.{AREA}.20", f"keeps.hidden.{AREA}.20"}
    assert published["value"].isna().all()
    numbers = Numbers(rows=dict.fromkeys(published["id"], (20.0, 10.0, 30.0)), n_subjects=3)
    drawn = figure.draw(numbers, {"short NMDA": numbers})
    style.savefig(drawn, tmp_path / "page")
    assert (tmp_path / "page.png").stat().st_size > 10_000
    assert "3 Subjects" in figure.caption(numbers)


def test_controls_take_away_what_they_say(naive):
    cut = readiness_cut(naive)
    silent = {name for name, own in cut.silence.synapses.items() if own.any()}
    assert silent == {"excitatory_cells"}
    fast = short_nmda(naive)
    before, after = (
        subject.engine.wiring.synapses["saturating_cells"].values["slow_share"]
        for subject in (naive, fast)
    )
    assert (before == 1).all()
    assert (after == 0).all()
    # The charge of a spike: a peak twenty times higher decays twenty times as fast.
    ratio = fast.state["saturating_cells.w"] / naive.state["saturating_cells.w"]
    assert ratio == pytest.approx(naive.circuit.tau_nmda_ms / naive.circuit.tau_ampa_ms)
    others = set(naive.state) - {"saturating_cells.w"}
    assert all(np.array_equal(naive.state[name], fast.state[name]) for name in others)


@pytest.mark.slow
def test_the_study_runs_from_growth_to_figure(tmp_path):
    setup = Setup(circuit=circuits.small(), seed=3, quick=True, jobs=2)
    run("umilta2001", setup, n_controls=0, out=tmp_path, say=str)
    table = pd.read_csv(tmp_path / "umilta2001.csv").set_index("id")
    assert 0 <= table.loc["object.seen.STS", "model"] <= 100
    assert (tmp_path / "umilta2001.png").stat().st_size > 10_000
