"""Tools that are seen and used: equal lives, and each test on units of known answer."""

from __future__ import annotations

import numpy as np
import pytest
from pupils import Pupil

from mirror_sim.circuit.macaque import macaque
from mirror_sim.figures import style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies.ferrari2005 import figure, measures, pliers, task
from mirror_sim.studies.ferrari2005.measures import AREA, BIN_S, WINDOW_S, half_rise_s
from mirror_sim.studies.ferrari2005.study import STUDY
from mirror_sim.studies.study import get_study
from mirror_sim.subject.subject import Subject

N_TRIALS = 20
LIVES = {
    task.after_watching: ("rigid", "other", False),
    task.after_use: ("rigid", "self", False),
    task.after_unseen_use: ("rigid", "self", True),
    task.after_hand: (None, "self", False),
}


@pytest.mark.parametrize("life", LIVES)
def test_lives_differ_in_who_acts_with_what_in_what_light_and_in_nothing_else(life):
    tool, actor, dark = LIVES[life]
    pupil = Pupil()
    tested = life(pupil, task.N_TRIALS)
    (plan,) = pupil.plans
    assert tested == task.untaught(pupil, task.N_TRIALS)
    assert len(plan.trials) == 2 * task.N_LIVED
    for trial in plan.trials:
        (act,) = trial.acts
        assert (act.tool, act.actor, bool(act.hidden_s)) == (tool, actor, dark)
        assert (trial.withhold_s is None) == (actor == "self")
    names = [trial.action.name for trial in plan.trials]
    assert {names.count(name) for name in task.GRASPS} == {task.N_LIVED}


def test_a_shortened_test_comes_after_a_shortened_life():
    pupil = Pupil()
    task.after_use(pupil, task.N_TRIALS // 2)
    assert len(pupil.plans[0].trials) == task.N_LIVED


def test_movements_of_an_actor_are_the_same_with_all_tools():
    for protocol in (task.seen(4), task.done(4)):
        seeds = {}
        for trial in protocol.trials:
            if trial.acts:
                seeds.setdefault(trial.condition, set()).add(trial.acts[0].seed)
        assert all(own_seeds == seeds["execute-dark"] for own_seeds in seeds.values())
        assert len(seeds["execute-dark"]) == 8


def test_tips_close_between_onset_and_contact():
    for trial in task.done(3).trials:
        times = [trial.events[name] for name in ("movement_onset", "closing", "contact")]
        assert times == sorted(times)
        (act,) = trial.acts
        assert act.hidden_s[0][0] < times[0]


def seen_recording(rng, means, *, late=0) -> measures.Recording:
    """Units by mean change in each condition; courses rise, `late` bins late for a stick."""
    condition = np.repeat(list(task.SEEN), 2 * N_TRIALS)
    act = np.tile(np.repeat(["a", "b"], N_TRIALS), len(task.SEEN))
    change = np.repeat(np.array(means, dtype=float), 2 * N_TRIALS, axis=0)
    n_bins = round((WINDOW_S[1] - WINDOW_S[0]) / BIN_S)
    since = np.arange(n_bins) - 15 - late * (condition == "stick")[:, None]
    rise = np.clip(since / 10, 0, 1)[:, :, None] * change[:, None, :]
    return measures.Recording(
        change_hz=change + rng.normal(size=change.shape),
        counts=rng.poisson(np.clip(0.2 + rise, 0, None)),
        condition=condition,
        act=act,
        units={AREA: np.arange(change.shape[1])},
    )


# executed, hand, stick, stick in the own view, pliers, object alone
KINDS = {
    "any tool": [3, 3, 3, 3, 3, 0],
    "hand alone": [3, 3, 0, 0, 0, 0],
    "visual": [0, 3, 1.5, 3, 3, 0],
    "motor": [3, 0, 0, 0, 0, 0],
}


def test_units_of_known_kind(rng):
    made = seen_recording(rng, np.array(list(KINDS.values())).T)
    found = measures.shares(made)
    assert found["responds.hand"] == 75
    assert found["responds.stick"] == 50
    assert found["mirror.hand"] == 50
    assert found["mirror.stick"] == 25
    assert found["mirror.stick.chance"] == 50 * 75 / 100
    # Three units respond to the hand with 3 each, to the stick with 4.5 in all.
    assert measures.relative(made)["relative.stick"] == pytest.approx(50, abs=5)
    assert measures.relative(made)["relative.alone"] == pytest.approx(0, abs=5)


def test_a_late_response_is_found_late_and_chance_is_around_0(rng):
    means = np.full((len(task.SEEN), 40), 2.0)
    means[list(task.SEEN).index("alone")] = 0.0
    late = measures.later(seen_recording(rng, means, late=3), seed=1)
    assert late["latency"] == pytest.approx(60, abs=10)
    assert late["latency.low"] < 0 < late["latency.high"] < 20
    equal = measures.later(seen_recording(rng, means), seed=1)
    assert equal["latency.low"] - 5 < equal["latency"] < equal["latency.high"] + 5
    silent = measures.later(seen_recording(rng, 0 * means - 3), seed=1)
    assert np.isnan(silent["latency"])


def test_half_of_a_rise_is_between_two_bins():
    n_bins = round((WINDOW_S[1] - WINDOW_S[0]) / BIN_S)
    times_s = WINDOW_S[0] + BIN_S * (np.arange(n_bins) + 0.5)
    course = 5 + np.clip((times_s - 0.2) / 0.2, 0, 1)
    assert half_rise_s(course) == pytest.approx(0.3, abs=0.002)


def test_what_a_life_adds_stands_out_of_its_chance(rng):
    before = np.array([[2.0] * 60, [2.0] * 60, [0.0] * 60, [0.0] * 60, [0.0] * 60, [0.0] * 60])
    after = before.copy()
    after[2, :30] = 2.0
    lives = {
        "untaught": seen_recording(rng, before),
        "hand": seen_recording(rng, before),
        "used": seen_recording(rng, after),
    }
    found = measures.changes(lives, seed=1)
    for row in ("more.stick.used", "use.stick.used"):
        assert found[row] == pytest.approx(50, abs=10)
        assert found[f"{row}.high"] < 20
    for row in ("more.stick.hand", "more.hand.used", "use.hand.used"):
        assert found[f"{row}.low"] - 1 <= found[row] <= found[f"{row}.high"] + 1
    assert not any("unseen" in row for row in found)


def done_recording(rng, means, n_trials=N_TRIALS) -> pliers.Recording:
    """Units by mean phase response with each tool, (n_tools, n_units), the same for both acts."""
    condition = np.repeat(list(task.OWN), 2 * n_trials)
    act = np.tile(np.repeat(["a", "b"], n_trials), len(task.OWN))
    phase = np.repeat(np.array(means, dtype=float), 2 * n_trials, axis=0)
    return pliers.Recording(
        phase_hz=phase + rng.normal(size=phase.shape),
        condition=condition,
        act=act,
        units={AREA: np.arange(phase.shape[1])},
    )


def test_who_follows_the_tips_and_who_the_fingers(rng):
    #                   by hand, pliers, reverse pliers
    kinds = {
        "tips": [2, 2, 2],
        "fingers": [2, 2, -2],
        "neither": [0, 0, 0],
        "opening": [-2, -2, -2],
    }
    made = done_recording(rng, np.array(list(kinds.values())).T)
    assert (pliers.follows_goal(made) < 1e-4).tolist() == [True, False, False, True]
    assert (pliers.follows_fingers(made) < 1e-4).tolist() == [False, True, False, False]
    values = pliers.unit_index(made)
    assert values[[0, 3]] == pytest.approx(1, abs=0.1)
    assert values[1] == pytest.approx(-1, abs=0.1)


@pytest.mark.parametrize(("reverse", "index", "by_fingers"), [(1, 1, 0), (-1, -1, 100)])
def test_an_area_of_one_kind_has_its_index(rng, reverse, index, by_fingers):
    tools = np.array([1.0, 1.0, reverse])
    found = pliers.rows(done_recording(rng, 2 * tools[:, None] * np.ones(50)), seed=1)
    assert found[f"index.{AREA}"] == pytest.approx(index, abs=0.2)
    assert found[f"by_fingers.{AREA}"] == pytest.approx(by_fingers, abs=5)
    found_r = pliers.like_hand(done_recording(rng, tools[:, None] * rng.normal(size=50) * 3))
    assert found_r[f"like_hand.hand.{AREA}"] > 0.9
    assert found_r[f"like_hand.reverse.{AREA}"] * reverse > 0.9


def test_without_an_effect_both_tests_find_their_chance(rng):
    found = pliers.rows(done_recording(rng, np.zeros((3, 1000))), seed=1)
    for row in ("goal", "fingers"):
        # Five standard errors of 1000 units.
        assert found[f"{row}.{AREA}"] == pytest.approx(5, abs=5 * 0.7)
        assert found[f"{row}.{AREA}.chance"] == pytest.approx(5, abs=5 * 0.7)
        assert found[f"{row}.{AREA}.excess"] == pytest.approx(0, abs=5 * 0.7)
    still = pliers.Recording(
        **{**vars(done_recording(rng, np.zeros((3, 2)))), "phase_hz": np.zeros((120, 2))}
    )
    assert pliers.follows_goal(still).tolist() == pliers.follows_fingers(still).tolist() == [1, 1]


def test_more_trials_find_more(rng):
    found = pliers.by_trials(done_recording(rng, np.full((3, 300), 0.3), n_trials=32))
    assert found[f"goal.{AREA}.10"] < found[f"goal.{AREA}.16"] - 5
    assert found[f"goal.{AREA}.16"] < found[f"goal.{AREA}.32"] - 5
    flat = measures.by_trials(seen_recording(rng, np.full((len(task.SEEN), 300), 0.4)))
    assert flat["responds.stick.10"] < flat["responds.stick.16"] - 5
    assert "responds.stick.32" not in flat


def test_every_row_is_described_and_the_page_is_drawn(rng, tmp_path):
    life = seen_recording(rng, rng.normal(size=(len(task.SEEN), 20)) + 2)
    lives = dict.fromkeys(("untaught", "watched", "used", "unseen", "hand"), life)
    per_life = {
        **measures.shares(life),
        **measures.by_trials(life),
        **measures.relative(life),
        **measures.later(life, seed=1),
    }
    found = {f"{row}.{name}" for row in per_life for name in lives}
    found |= set(measures.changes(lives, seed=1))
    found |= set(pliers.rows(done_recording(rng, rng.normal(size=(3, 20))), seed=1))
    published = get_study("ferrari2005").published()
    # The last point of a curve is at the number of trials that there are.
    assert {row for row in found if f".{N_TRIALS}" not in row} <= set(published["id"])
    assert published["value"].isna().all()
    numbers = Numbers(rows=dict.fromkeys(published["id"], (20.0, 10.0, 30.0)), n_subjects=1)
    cut = {control.name: numbers for control in STUDY.controls}
    style.savefig(figure.draw(numbers, cut), tmp_path / "page")
    assert (tmp_path / "page.png").stat().st_size > 10_000
    assert "one Subject, an example" in figure.caption(numbers)


@pytest.mark.slow
def test_the_hand_that_holds_pliers_is_felt_and_their_tips_are_commanded():
    subject = Subject.naive(macaque().scaled(0.3), seed=3)
    found = measures.rows({measures.OWN_TOOLS: task.own_tools(subject, n_trials=16)}, seed=3)
    # Of 30 cells: more than two standard deviations of a share that is 5 % by chance.
    assert found["fingers.area2.excess"] > 100 * 2 * np.sqrt(0.05 * 0.95 / 30)
    assert found["fingers.F6.excess"] < 5
    assert found["index.F6"] > 0.8
