"""Synchrony: rhythms, phase locking of known answer, and what two show each other."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mirror_sim as ms
from mirror_sim.session.session import Session
from mirror_sim.studies.study import get_study
from mirror_sim.studies.synchrony import pair
from mirror_sim.studies.synchrony.measures import rows
from mirror_sim.studies.synchrony.rhythm import (
    DIFFERENCE,
    GESTURE_TURNS,
    PAUSE_TURNS,
    PERIOD_S,
    TURN_S,
    Rhythm,
    gestures,
    locking_value,
    rhythms,
)


def test_trains_of_one_period_are_in_step_at_any_lag():
    train = np.arange(0.0, 60.0, 2.0)
    for lag_s in (0.0, 0.3, 1.0):
        assert locking_value(train, train + lag_s) == pytest.approx(1.0)


def test_trains_of_two_periods_drift_past_each_other():
    """After whole cycles of drift nothing is left; after a part of one, its mean vector is."""
    slow = 2.2 * np.arange(11)
    assert locking_value(2.0 * np.arange(12), slow) < 0.02
    assert locking_value(2.0 * np.arange(6.5), slow) == pytest.approx(np.sinc(0.5), abs=0.06)


def test_trains_that_never_go_on_together_have_no_phase():
    train = np.arange(0.0, 10.0, 2.0)
    assert np.isnan(locking_value(train, train + 100.0))
    assert np.isnan(locking_value(train, train[:2]))


def test_a_gesture_takes_its_time():
    assert gestures([True] * 9) == [0, GESTURE_TURNS, 2 * GESTURE_TURNS]
    assert gestures([False, True, True, False, False, False, True]) == [1, 6]
    assert gestures([]) == []


def test_a_rhythm_keeps_its_period_whatever_the_length_of_a_turn():
    rhythm = Rhythm(2.1, 0.0)
    turns = [number for number in range(400) if rhythm.began(rhythm.urge())]
    assert turns[0] == PAUSE_TURNS
    assert np.mean(np.diff(turns)) * TURN_S == pytest.approx(2.1, rel=0.003)


def test_an_early_gesture_starts_the_rhythm_anew_and_a_missed_one_does_not():
    rhythm = Rhythm(2.0, 0.0)
    urged = []
    for number in range(40):
        own = rhythm.urge()
        urged += [number] if own else []
        # The first urge fails; then one gesture is set off by what is seen.
        rhythm.began((own and number != PAUSE_TURNS) or number == PAUSE_TURNS + 13)
    first = PAUSE_TURNS
    assert urged == [first, first + 8, first + 21, first + 29]


def test_own_periods_differ_as_said_and_the_other_way_in_the_next_meeting():
    for seed in range(20):
        made = [rhythms(seed, meeting) for meeting in range(4)]
        assert len({own.period_s for own, _ in made}) == 1
        assert PERIOD_S[0] <= made[0][0].period_s <= PERIOD_S[1]
        apart = [np.log(other.period_s / own.period_s) for own, other in made]
        assert np.allclose(np.abs(apart[::2]), np.abs(apart[1::2]))
        assert np.sign(apart).tolist() == [-1, 1, -1, 1]
        assert all(DIFFERENCE[0] <= abs(x) <= DIFFERENCE[1] for x in apart)


def simulated(seed: int, coupled: float, n_trials: int = 12) -> Session:
    """Return meetings of two rhythms in which a seen gesture sets one off by this chance."""
    rng = np.random.default_rng(seed)
    turns = PAUSE_TURNS + pair.TURNS_A_TRIAL * n_trials
    conditions, fired = [], []
    for meeting in range(pair.MEETINGS):
        two, moved = rhythms(seed, meeting), [False, False]
        for turn in range(turns):
            conditions.append(
                pair.PAUSE if turn < PAUSE_TURNS else pair.MOVED if moved[1] else pair.STILL
            )
            seen = [other and rng.random() < coupled for other in reversed(moved)]
            active = [who.urge() or saw for who, saw in zip(two, seen, strict=True)]
            moved = [who.began(on) for who, on in zip(two, active, strict=True)]
            fired.append(active[0])
    return session_of(conditions, fired)


def session_of(conditions: list[str], fired: list[bool]) -> Session:
    """Return turns in which the generator's cells each fire two spikes, or none."""
    units = pd.DataFrame({"unit_id": range(3), "cell_type": "pyramidal"})
    units["population"] = ["YPG.E", "YPG.E", "F5.E"]
    units["area"] = units["population"].str.removesuffix(".E")
    units[["x_um", "y_um", "z_um"]] = 0.0
    start = TURN_S * np.arange(len(conditions))
    trials = pd.DataFrame(
        {"start_time": start, "stop_time": start + TURN_S, "condition": conditions}
    )
    active = start[np.array(fired)]
    times = np.tile((active[:, None] + [0.1, 0.12]).ravel(), 2)
    return Session(units, trials, times, np.repeat([0, 1], 2 * len(active)), {})


def test_uncoupled_rhythms_are_in_step_by_chance_alone():
    found = [rows({"together": simulated(seed, 0.0)}) for seed in range(60)]
    locking = np.array([one["locking"] for one in found])
    assert abs(locking.mean()) < 4 * locking.std() / np.sqrt(len(locking))
    assert np.mean([one["plv"] for one in found]) < 0.5


def test_pulse_coupled_rhythms_fall_into_step():
    found = [rows({"together": simulated(seed, 1.0)}) for seed in range(10)]
    assert min(one["plv"] for one in found) > 0.85
    assert min(one["locking"] for one in found) > 0.3
    weak = np.mean([rows({"together": simulated(s, 0.2)})["locking"] for s in range(10)])
    assert 0.05 < weak < np.mean([one["locking"] for one in found])


def test_who_does_not_move_has_no_rhythm_to_lock():
    session = simulated(1, 0.0)
    still = session_of(session.trials["condition"].tolist(), [False] * len(session.trials))
    assert np.isnan(rows({"together": still})["locking"])


def test_the_metronome_counts_only_where_it_was_there():
    session = simulated(1, 1.0)
    assert "paced" not in rows({"together": session})
    both = rows({"together": session, "paced": session})
    assert both["paced"] == both["locking"]


@pytest.fixture(scope="module")
def newborn():
    """With hardly any growth nothing is learned: the path alone."""
    study = get_study("synchrony")
    plan = replace(study.curriculum, max_actions=1)
    return ms.Subject.grow(study.circuit().scaled(0.25), seed=1000, curriculum=plan)


@pytest.mark.slow
def test_what_is_shown_to_whom(newborn, monkeypatch):
    monkeypatch.setattr(pair, "MEETINGS", 1)
    live, late = pair.together(newborn, n_trials=1), pair.out_of_time(newborn, n_trials=1)
    condition = live.trials["condition"].to_numpy(str)
    assert (condition[:PAUSE_TURNS] == pair.PAUSE).all()
    assert len(condition) == PAUSE_TURNS + pair.TURNS_A_TRIAL
    assert set(condition[PAUSE_TURNS:]) == {pair.MOVED, pair.STILL}
    assert (_seen(live) == (condition == pair.MOVED)).all()
    assert (condition == late.trials["condition"]).all()
    assert not _seen(late)[:PAUSE_TURNS].any()
    assert _seen(late).sum() == _seen(live).sum()


@pytest.mark.slow
def test_who_has_the_rhythm_of_a_metronome_sees_nobody(newborn, monkeypatch):
    monkeypatch.setattr(pair, "PACED_MEETINGS", 1)
    session = pair.paced(newborn, n_trials=1)
    metronome = rhythms(newborn.seed, 0)[1]
    beats = [number for number in range(11) if metronome.began(metronome.urge())]
    told = np.flatnonzero(session.trials["condition"].to_numpy(str) == pair.MOVED)
    assert told.tolist() == [beat + 1 for beat in beats]
    assert not _seen(session).any()


def _seen(session: Session) -> np.ndarray:
    return np.array(["face" in text for text in session.trials["signals"]])
