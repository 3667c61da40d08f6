"""Acts that make a sound: what is heard, how it is learned, and each test on known units."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import circuits
import numpy as np
import pandas as pd
import pytest

from mirror_sim.circuit.hearing import HEARS, hearing
from mirror_sim.circuit.macaque import macaque
from mirror_sim.compare.report import Setup, run
from mirror_sim.figures import style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.scene.actions import REPERTOIRE
from mirror_sim.studies import kohler2002
from mirror_sim.studies.kohler2002 import figure, measures, task
from mirror_sim.studies.kohler2002.life import NoisyLife
from mirror_sim.studies.kohler2002.measures import AREA, Recording
from mirror_sim.studies.kohler2002.study import hearing_cut
from mirror_sim.studies.study import get_study
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.subject import Subject

N_TRIALS = 20
KINDS = tuple(task.CONDITIONS)
FIRST, SECOND = (act.name for act in task.ACTS)


def test_sounds_last_from_contact_to_release_and_stand_alone_in_their_conditions():
    protocol = kohler2002.protocol(4)
    assert protocol == kohler2002.protocol(4)
    names = {condition.name: name for name, condition in task.CONDITIONS.items()}
    kinds = [(names[trial.condition], trial.action.name) for trial in protocol.trials]
    assert {kinds.count(kind) for kind in kinds} == {4}
    assert set(kinds) == set(product(KINDS, (FIRST, SECOND)))
    for trial, (name, act) in zip(protocol.trials, kinds, strict=True):
        alone = name in ("sound", "noise")
        assert bool(trial.acts) == bool(trial.objects) == (not alone)
        assert (trial.withhold_s is None) == name.startswith("executed")
        heard = [(s.start_s, s.stop_s, s.level, s.features) for s in trial.signals]
        during = (trial.events["contact"], trial.events["release"], 1.0)
        timbre = task.NOISES[act] if name == "noise" else task.TIMBRES[act]
        assert heard == ([(*during, timbre)] if alone or name in task.SOUNDING else [])


def test_noises_are_heard_as_well_as_sounds_and_by_other_cells():
    sounds, noises = (np.array(list(of.values())) for of in (task.TIMBRES, task.NOISES))
    from_edges = [np.minimum(of, 1 - of) for of in (sounds, noises)]
    assert np.unique(from_edges).tolist() == [0.25]
    apart = np.linalg.norm(sounds[:, None] - noises, axis=2)
    assert apart.min() / hearing().population(HEARS).width == 5


@pytest.fixture(scope="module")
def default():
    return Subject.naive(hearing(), seed=3)


def drives(subject, trial):
    """Return the drive of each input population in a trial."""
    parts = subject.engine.wiring.inputs
    found = {}
    for part, encoder in subject.engine.encoders:
        found |= {name: encoder.rates(trial) for name, own in parts.items() if own == part}
    return found


def test_a_sound_reaches_the_cells_that_hear_and_no_others(default):
    for name in ("sound", "both", "executed_sound", "noise"):
        trial = task._trial(name, task.RIP, np.random.default_rng(5))
        loud, silent = (drives(default, t) for t in (trial, replace(trial, signals=())))
        differ = {name for name in loud if not np.array_equal(loud[name], silent[name])}
        assert differ == {HEARS}


def test_whoever_acts_or_nobody_the_same_sound_is_heard_bit_by_bit(default):
    heard = task.sound(task.TIMBRES[FIRST], 1.8, 2.8)
    trials = [task._trial(name, task.BREAK, np.random.default_rng(5)) for name in task.SOUNDING]
    same = [drives(default, replace(trial, signals=(heard,)))[HEARS] for trial in trials]
    assert all(np.array_equal(same[0], other) for other in same[1:])


def test_the_circuit_is_the_default_one_with_one_input_that_learns_as_sight_does():
    made, base = hearing(), macaque()
    assert made.populations[: len(base.populations)] == base.populations
    assert made.projections[: len(base.projections)] == base.projections
    (link,) = made.projections[len(base.projections) :]
    (sight,) = (p for p in base.projections if (p.pre, p.post) == ("STS", "PFG.E"))
    assert replace(link, pre="STS", source=sight.source) == sight


def lives(**changes):
    return NoisyLife(**changes).trials(np.random.default_rng(7))


def test_own_and_imitated_acts_come_with_their_sounds():
    trials = lives()
    assert len(trials) == Curriculum().max_actions
    both = 0
    for trial in trials:
        expected = {
            (act.contact_s, act.release_s, task.TIMBRES[act.action.name])
            for act in trial.acts
            if act.action.name in task.TIMBRES
        }
        assert {(s.start_s, s.stop_s, s.features) for s in trial.signals} == expected
        both += len(expected) == 2
    names = [trial.action.name for trial in trials]
    assert set(names) == {*REPERTOIRE, FIRST, SECOND}
    assert both > 0


def test_all_lives_have_the_same_acts_and_controls_other_sounds_or_none():
    own, shuffled, none = (lives(sounds=sounds) for sounds in ("own", "shuffled", "none"))
    assert [t.acts for t in own] == [t.acts for t in shuffled] == [t.acts for t in none]
    assert not any(trial.signals for trial in none)
    long = lives(sounds="shuffled", max_actions=4000)
    heard = np.array([len(trial.signals) > 0 for trial in long])
    noisy = np.array([trial.action.name in task.TIMBRES for trial in long])
    # Five standard errors of a fifth of the silent, and of the noisy acts; imitations add some.
    assert heard[noisy].mean() == pytest.approx(heard[~noisy].mean(), abs=5 * 0.016)
    with pytest.raises(ValueError, match=r"unknown sounds 'shufled' in NoisyLife.*'?shuffled"):
        NoisyLife(sounds="shufled")


def recording(rng, first, second) -> Recording:
    """Units whose mean change by condition is given for each act, (n_kinds, n_units)."""
    condition = np.repeat(KINDS, 2 * N_TRIALS)
    act = np.tile(np.repeat([FIRST, SECOND], N_TRIALS), len(KINDS))
    change = np.stack([first, second], axis=1).reshape(2 * len(KINDS), -1)
    change = np.repeat(change, N_TRIALS, axis=0)
    units = {AREA: np.arange(change.shape[1])}
    return Recording(
        change_hz=change + rng.normal(size=change.shape),
        condition=condition,
        act=act,
        units=units,
    )


def test_units_of_known_kind(rng):
    #                executed, executed with sound, vision, both, sound, noise
    kinds = {
        "audiovisual mirror": [3.0, 3.0, 2.0, 3.0, 1.5, 0.0],
        "visual mirror": [3.0, 3.0, 3.0, 3.0, 0.0, 0.0],
        "motor": [3.0, 3.0, 0.0, 0.0, 0.0, 0.0],
        "any noise": [0.0, 3.0, 0.0, 3.0, 3.0, 3.0],
        "suppressed": [-3.0, -3.0, -3.0, -3.0, -3.0, -3.0],
    }
    means = np.array(list(kinds.values())).T
    made = recording(rng, means, means)
    flags = measures.responds(made)
    assert flags["sound"].tolist() == [True, False, False, True, False]
    assert flags["noise"].tolist() == [False, False, False, True, False]
    assert measures.mirror_units(made, flags).tolist() == [0]
    found = measures.shares(made, rng)
    assert found["mirror.sound"] == found["audiovisual"] == 20
    assert found["mirror.vision"] == 40
    assert found["mirror.noise"] == 0
    # Five standard errors of 40 trials of each of two conditions.
    relative = measures.relative(made)
    assert relative["relative.sound"] == pytest.approx(75, abs=5 * 14)
    assert relative["relative.both"] == pytest.approx(150, abs=5 * 20)
    assert relative["relative.noise"] == pytest.approx(0, abs=5 * 11)


def test_acts_are_told_and_matched_where_units_prefer_one_of_them(rng):
    n = 200
    lean = np.where(np.arange(n) < n // 2, 1.0, -1.0)
    first, second = (np.full((len(KINDS), n), 3.0) for _ in range(2))
    for name in ("executed", "executed_sound", "vision", "both", "sound"):
        first[KINDS.index(name)] += lean
        second[KINDS.index(name)] -= lean
    made = recording(rng, first, second)
    found = {**measures.accuracy(made, rng), **measures.match(made, rng)}
    for name in ("sound", "vision", "both"):
        assert found[f"accuracy.{name}.audiovisual"] > 85 > found[f"accuracy.{name}.{AREA}.high"]
        assert found[f"match.{name}"] > 0.9 > found[f"match.{name}.high"]
    low, high = (found[f"accuracy.noise.{AREA}.{end}"] for end in ("low", "high"))
    assert low - 1 < found[f"accuracy.noise.{AREA}"] < high + 1
    assert abs(found["match.noise"]) < 0.35  # five standard errors of 200 units


def test_sounds_of_other_acts_tell_acts_but_do_not_match(rng):
    n = 200
    done, heard = rng.choice([-1.0, 1.0], size=(2, n))
    first, second = (np.full((len(KINDS), n), 3.0) for _ in range(2))
    for name, lean in (("executed", done), ("sound", heard)):
        first[KINDS.index(name)] += lean
        second[KINDS.index(name)] -= lean
    made = recording(rng, first, second)
    assert measures.accuracy(made, rng)[f"accuracy.sound.{AREA}"] > 85
    assert abs(measures.match(made, rng)["match.sound"]) < 0.35


def test_without_an_effect_the_tests_find_their_chance(rng):
    flat = np.zeros((len(KINDS), 1000))
    made = recording(rng, flat, flat)
    found = measures.shares(made, rng)
    for name in KINDS:
        # Five standard errors of 1000 units.
        assert found[f"responds.{name}.{AREA}"] == pytest.approx(4.9, abs=5 * 0.7)
        assert found[f"responds.{name}.{AREA}.excess"] == pytest.approx(0, abs=5 * 0.8)
    assert abs(found["mirror.sound.excess"]) < 1
    told = measures.accuracy(made, rng)
    assert told[f"accuracy.sound.{AREA}"] == pytest.approx(50, abs=5 * 0.3)
    still = replace(made, change_hz=0 * made.change_hz)
    assert not measures.responds(still)["sound"].any()
    assert measures.accuracy(still, rng)[f"accuracy.sound.{AREA}"] == 50
    none = {**measures.relative(still), **measures.match(still, rng)}
    assert np.isnan(list(none.values())).all()


def test_more_trials_find_more(rng):
    weak = np.full((len(KINDS), 300), 0.4)
    found = measures.by_trials(recording(rng, weak, weak))
    assert found["mirror.sound.8"] < found["mirror.sound.16"] - 5
    assert "mirror.sound.32" not in found


def test_every_row_is_described_and_the_page_is_drawn(rng, tmp_path):
    made = recording(rng, *rng.normal(size=(2, len(KINDS), 20)))
    found = {
        **measures.shares(made, rng),
        **measures.by_trials(made),
        **measures.relative(made),
        **measures.accuracy(made, rng),
        **measures.match(made, rng),
    }
    published = get_study("kohler2002").published()
    own = {row for row in found if not row.endswith(f".{N_TRIALS}")}
    assert own <= set(published["id"])
    assert published["value"].isna().all()
    numbers = Numbers(rows=dict.fromkeys(published["id"], (20.0, 10.0, 30.0)), n_subjects=3)
    drawn = figure.draw(numbers, {"never heard": numbers})
    style.savefig(drawn, tmp_path / "page")
    assert (tmp_path / "page.png").stat().st_size > 10_000
    assert "3 Subjects" in figure.caption(numbers)


def test_cut_hearing_takes_away_what_hearing_sends(default):
    silent = {name: own.sum() for name, own in hearing_cut(default).silence.synapses.items()}
    (n_silent,) = (n for n in silent.values() if n)
    n_cells = {name: hearing().population(name).n for name in (HEARS, "PFG.E")}
    share = n_silent / (n_cells[HEARS] * n_cells["PFG.E"])
    assert share == pytest.approx(0.15, abs=0.01)


@pytest.mark.slow
def test_the_study_runs_from_growth_to_figure(tmp_path):
    whole = hearing()
    cells = whole.population(HEARS)
    small = circuits.small().with_population(replace(cells, n=100))
    sight = small.projections[0]
    setup = Setup(circuit=small.with_projection(replace(sight, pre=HEARS)), seed=3, quick=True)
    run("kohler2002", setup, n_controls=0, out=tmp_path, say=str)
    table = pd.read_csv(tmp_path / "kohler2002.csv").set_index("id")
    assert table.loc["accuracy.sound.A1", "model"] > 55  # of four trials
    assert (tmp_path / "kohler2002.png").stat().st_size > 10_000
