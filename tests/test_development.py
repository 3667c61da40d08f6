"""The first months: what is done and seen in each life, and what is read."""

from dataclasses import replace

import numpy as np
import pytest

import mirror_sim as ms
from mirror_sim.studies.development.life import Infancy
from mirror_sim.studies.development.measures import rows
from mirror_sim.studies.development.study import probed


def lives(**changes):
    return replace(Infancy(), **changes).trials(np.random.default_rng(3))


def act_of(trial, actor):
    found = [act for act in trial.acts if act.actor == actor]
    return found[0] if found else None


def test_own_acts_are_the_same_in_every_life_that_has_some():
    own = [act_of(t, "self") for t in lives()]
    assert all(own)
    for changes in ({"caregiver": "random"}, {"caregiver": "absent"}):
        assert [act_of(t, "self") for t in lives(**changes)] == own
    assert not any(act_of(t, "self") for t in lives(acts=False))


def test_only_who_sees_itself_sees_its_own_acts():
    whole = (0.0, 4.1)
    assert all(act_of(t, "self").hidden_s[0][0] == whole[0] for t in lives())
    assert not any(act_of(t, "self").hidden_s for t in lives(sees_itself=True))


def test_a_caregiver_imitates_in_half_of_the_trials_and_soon():
    both = [(act_of(t, "self"), act_of(t, "other")) for t in lives()]
    seen = [(own, theirs) for own, theirs in both if theirs]
    assert 42 < len(seen) < 78  # of 120 with p = .5: mean 60, sd 5.5
    for own, theirs in seen:
        assert theirs.action == own.action
        assert 0.3 <= theirs.onset_s - own.onset_s <= 0.9
        assert not theirs.hidden_s


def test_a_caregiver_at_random_acts_as_often_and_whatever_is_done():
    imitating, random = (
        [act_of(t, "other") for t in lives(caregiver=name)] for name in ("imitates", "random")
    )
    assert [a is None for a in imitating] == [a is None for a in random]
    own = [act_of(t, "self") for t in lives()]
    same = [o.action == a.action for o, a in zip(own, random, strict=True) if a]
    assert np.mean(same) < 0.3  # one in eight by chance
    starts = [a.onset_s for a in random if a]
    assert min(starts) < 0.5
    assert max(starts) > 1.5


def test_who_only_watches_sees_what_the_imitated_one_sees():
    imitated = [act_of(t, "other") for t in lives()]
    assert [act_of(t, "other") for t in lives(acts=False)] == imitated
    objects = [t.objects for t in lives()]
    assert [t.objects for t in lives(acts=False)] == objects


def test_an_unknown_caregiver_is_refused():
    with pytest.raises(ValueError, match=r"unknown caregiver 'imitate' in Infancy.*imitates"):
        Infancy(caregiver="imitate")


@pytest.mark.slow
def test_the_rows_come_from_any_circuit_with_f5():
    grown = ms.Subject.grow(ms.macaque().scaled(0.2), seed=1000, curriculum=Infancy(max_actions=3))
    session = probed(grown, 2)
    found = rows({"opaque": session}, seed=1000)
    assert set(found) == {"overlap", "observed", "executed", "match", "rest.F5"}
    assert found["rest.F5"] > 0
    assert set(rows({"opaque": session, "seen": session}, seed=1000)) - set(found) == {
        "overlap.seen",
        "match.seen",
    }
