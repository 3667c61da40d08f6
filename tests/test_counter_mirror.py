"""Counter-mirror training: what each group lives through, and what is read from the probes."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pupils import Pupil

import mirror_sim as ms
from mirror_sim.circuit.effectors import ETA, SENSES, effectors
from mirror_sim.studies.rules import training
from mirror_sim.studies.rules.life import EFFECTORS, LASTS_S, ONSET_S, Acts
from mirror_sim.studies.rules.measures import rows
from mirror_sim.studies.study import get_study

GROUPS = ("contingent", "non_contingent", "signalled", "tone_anywhere", "only_watched")
N = 6


@pytest.fixture(scope="module")
def lessons():
    found = {}
    for name in GROUPS:
        pupil = Pupil()
        getattr(training, name)(pupil, N)
        found[name] = pupil.plans[-1].trials
    return found


def of(trial, channel):
    found = [s for s in trial.signals if s.channel == channel]
    return found[0] if found else None


def responses(trials):
    return Counter(of(t, "command").features[0] for t in trials if of(t, "command"))


def paired(trials):
    return [t for t in trials if of(t, "act") and of(t, "command")]


def test_all_groups_respond_to_the_same_sights_with_the_other_effector(lessons):
    for name in GROUPS[:-1]:
        found = paired(lessons[name])
        assert len(found) == 2 * N
        assert all(of(t, "act").features != of(t, "command").features for t in found)
        assert all(
            of(t, "command").start_s - of(t, "act").start_s == pytest.approx(training.RESPONSE_S)
            for t in found
        )
        assert len(lessons[name]) == 4 * N


def test_only_the_extra_responses_tell_contingent_from_non_contingent(lessons):
    hand, foot = EFFECTORS.values()
    assert responses(lessons["contingent"]) == {hand: N, foot: N}
    assert responses(lessons["non_contingent"]) == {hand: 2 * N, foot: 2 * N}
    for one, other in zip(lessons["contingent"], lessons["non_contingent"], strict=True):
        if of(one, "act"):
            assert one == other
        else:
            assert of(one, "command") is None
            assert of(other, "command") is not None


def test_a_tone_announces_every_extra_response_and_nothing_else(lessons):
    for silent, told in zip(lessons["non_contingent"], lessons["signalled"], strict=True):
        extra = not of(silent, "act")
        assert (of(told, "tone") is not None) == extra
        if extra:
            lead = of(told, "command").start_s - of(told, "tone").start_s
            assert lead == pytest.approx(training.RESPONSE_S)


def test_tones_anywhere_are_as_many_and_announce_nothing():
    pupil = Pupil()
    training.tone_anywhere(pupil, 60)
    heard = [t for t in pupil.plans[-1].trials if of(t, "tone")]
    assert len(heard) == 120
    extra = sum(of(t, "act") is None for t in heard)
    assert 45 < extra < 75  # hypergeometric: mean 60, sd 5.5


def test_who_only_watches_sees_the_same_and_does_nothing(lessons):
    assert not responses(lessons["only_watched"])
    sights = [Counter(of(t, "act").features for t in lessons[name] if of(t, "act"))
              for name in ("contingent", "only_watched")]  # fmt: skip
    assert sights[0] == sights[1]


def test_own_acts_are_seen_as_they_are_done():
    trials = Acts().trials(np.random.default_rng(2))
    own = paired(trials)
    assert 45 < len(own) < 75  # of 120 with p = .5: mean 60, sd 5.5
    assert all(of(t, "act").features == of(t, "command").features for t in own)
    assert all(0.1 <= of(t, "act").start_s - of(t, "command").start_s <= 0.2 for t in own)


@pytest.mark.parametrize("rule", ETA)
def test_rules_differ_in_nothing_but_the_rule(rule):
    one, other = effectors("hebb"), effectors(rule)
    assert {p.pre for p in other.projections if p.plasticity} == set(SENSES)
    bare = [[replace(p, plasticity=None) for p in c.projections] for c in (one, other)]
    assert bare[0] == bare[1]
    assert one.populations == other.populations


def probes(answer_hz: float) -> ms.Session:
    """Return probes of 20 cells of each effector that fire `answer_hz` more at their own sight."""
    units = pd.DataFrame({"unit_id": range(40), "area": "F5", "population": "F5.E"})
    units["cell_type"] = "pyramidal"
    units[["x_um", "y_um", "z_um"]] = 0.0
    conditions = [
        *["nothing"] * 10,
        *[f"{what} {name}" for what in ("do", "see") for name in EFFECTORS for _ in range(10)],
    ]
    start_s = 2.1 * np.arange(len(conditions))
    trials = pd.DataFrame({"start_time": start_s, "stop_time": start_s + 2.1})
    trials["condition"] = conditions
    times, who = [], []
    for unit in range(40):
        own = list(EFFECTORS)[unit // 20]
        for begin, condition in zip(start_s, conditions, strict=True):
            n = {f"do {own}": 12, f"see {own}": 6 + round(answer_hz * LASTS_S)}.get(condition, 6)
            times += list(begin + ONSET_S + 0.1 + np.linspace(0, LASTS_S - 0.1, n))
            who += [unit] * n
    return ms.Session(units, trials, np.array(times), np.array(who), {})


def test_what_is_left_and_restored_is_told_in_shares_of_the_reversal():
    answers = {"before": 10.0, "contingent": -10.0, "non-contingent": 0.0, "signalled": -5.0}
    found = rows({name: probes(hz) for name, hz in answers.items()})
    assert found["imitation.before"] == pytest.approx(10.0)
    assert found["reversal"] == pytest.approx(20.0)
    assert found["contingency"] == pytest.approx(50.0)
    assert found["restored"] == pytest.approx(25.0)
    assert found["cells"] == 40


def test_without_a_reversal_shares_of_it_are_no_numbers():
    found = rows({name: probes(5.0) for name in ("before", "contingent", "non-contingent",
                                                 "signalled")})  # fmt: skip
    assert found["reversal"] == pytest.approx(0.0)
    assert np.isnan(found["contingency"])
    assert np.isnan(found["restored"])


@pytest.mark.slow
def test_training_reverses_what_growth_has_joined():
    """One Subject: the sight of an act drives its own effector, and after training the other."""
    study = get_study("rules")
    plan = replace(study.curriculum, max_actions=60)
    grown = ms.Subject.grow(effectors(), seed=1000, curriculum=plan)
    after = training.contingent(grown, 20)
    sessions = {"contingent": after, "non-contingent": after, "signalled": after}
    found = rows({"before": training.before(grown), **sessions})
    assert found["imitation.before"] > 3
    assert found["imitation.contingent"] < 0
