"""Cues and acts: what each group lives through, and what is read from the probes."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from pupils import Pupil

import mirror_sim as ms
from mirror_sim.circuit.cues import cued
from mirror_sim.studies.watching import task
from mirror_sim.studies.watching.measures import rows

LESSONS = (
    task.practised, task.practised_other, task.watched, task.watched_other, task.watched_silent,
    task.cue_alone, task.still, task.rehearsed, task.rehearsed_other, task.rehearsed_silent,
)  # fmt: skip


def trials_of(lesson):
    pupil = Pupil()
    task.taught(pupil, lesson, 5)
    return pupil.plans[0].trials


def of(trial, channel):
    (found,) = [s for s in trial.signals if s.channel == channel]
    return found


def cue_of(trial):
    (feature,) = of(trial, "cue").features
    return next(act for act, value in task.CUES.items() if value == feature)


@pytest.mark.parametrize("lesson", LESSONS)
def test_all_groups_have_the_same_cues_and_outcomes(lesson):
    trials = trials_of(lesson)
    assert Counter(cue_of(t) for t in trials) == dict.fromkeys(task.CUES, 5)
    for trial in trials:
        outcome = of(trial, "outcome")
        assert outcome.start_s == trial.events["contact"]
        assert outcome.stop_s - outcome.start_s == pytest.approx(task.OUTCOME_S)
        assert of(trial, "cue").stop_s == outcome.stop_s


@pytest.mark.parametrize(
    ("lesson", "actor", "extent", "same"),
    [
        (task.practised, "self", 1.0, True),
        (task.practised_other, "self", 1.0, False),
        (task.watched, "other", 1.0, True),
        (task.watched_silent, "other", 1.0, True),
        (task.watched_other, "other", 1.0, False),
        (task.still, "other", 0.0, True),
        (task.rehearsed, "self", 0.0, True),
        (task.rehearsed_other, "self", 0.0, False),
    ],
)
def test_who_acts_how_far_and_whether_as_the_cue_says(lesson, actor, extent, same):
    for trial in trials_of(lesson):
        (act,) = trial.acts
        assert (act.actor, act.extent) == (actor, extent)
        assert (act.action.name == cue_of(trial)) == same
        assert (trial.withhold_s is not None) == (actor == "other")


def test_with_cues_alone_nobody_acts():
    assert not any(trial.acts for trial in trials_of(task.cue_alone))


@pytest.mark.parametrize(
    ("lesson", "silent"),
    [
        (task.watched, set()),
        (task.watched_silent, set(task.F5)),
        (task.rehearsed, set(task.M1)),
        (task.rehearsed_silent, {*task.F5, *task.M1}),
    ],
)
def test_which_populations_are_silenced(lesson, silent):
    for trial in trials_of(lesson):
        assert {p.target for p in trial.perturbations} == silent
        assert all((p.start_s, p.stop_s) == (0.0, trial.duration_s) for p in trial.perturbations)


def test_an_act_is_rehearsed_without_being_seen():
    for trial in trials_of(task.rehearsed):
        (act,) = trial.acts
        assert act.commanded
        assert act.hidden_s


def test_after_watching_practice_is_short():
    pupil = Pupil()
    task.watching_then_practice(pupil, 8)
    assert [len(plan.trials) for plan in pupil.plans] == [16, 4]
    assert [plan.name for plan in pupil.plans] == ["watched", "practised"]


def test_probes_have_cues_without_outcomes_and_acts_in_the_dark_without_cues():
    probes = task.probed(Pupil(), 3).trials
    cues = [t for t in probes if t.condition == "cue"]
    assert len(cues) == len(probes) / 2 == 6
    assert all([s.channel for s in t.signals] == ["cue"] and not t.acts for t in cues)
    assert all(not t.signals for t in probes if t.condition == "execute-dark")


def test_the_circuit_is_the_default_one_with_cue_cells():
    made, base = cued(), ms.macaque()
    assert made.populations[: len(base.populations)] == base.populations
    assert made.projections[: len(base.projections)] == base.projections
    (link,) = made.projections[len(base.projections) :]
    assert (link.pre, link.plasticity.rule) == ("PFC.cue", "outcome")


def probes_of(share: float) -> ms.Session:
    """Return probes in which cues set 20 cells of each act apart by a share of what acts do."""
    units = pd.DataFrame({"unit_id": range(40), "area": "F5", "population": "F5.E"})
    units["cell_type"] = "pyramidal"
    units[["x_um", "y_um", "z_um"]] = 0.0
    acts = list(task.CUES)
    kinds = [(c, a) for c in ("execute-dark", "cue") for a in acts for _ in range(10)]
    trials = pd.DataFrame(kinds, columns=["condition", "action"])
    trials["start_time"] = 3.6 * np.arange(len(kinds))
    trials["stop_time"] = trials["start_time"] + 3.6
    trials["movement_onset_time"] = trials["start_time"] + 1.7
    trials["contact_time"] = trials["start_time"] + 2.15
    spikes = []
    for begin, (condition, action) in zip(trials["start_time"], kinds, strict=True):
        first, lasts = (1.7, 0.75) if condition == "execute-dark" else (0.85, 0.75)
        for unit in range(40):
            own = acts[unit // 20] == action
            hz = 80.0 * own if condition == "execute-dark" else 40.0 + 80.0 * share * (own - 0.5)
            n = round(hz * lasts)
            spikes += [(unit, begin + first + lasts * (k + 0.5) / n) for k in range(n)]
    spikes.sort()
    who, times = np.array(spikes).T
    return ms.Session(units, trials, times, who.astype(int), {})


def test_what_a_cue_calls_up_is_told_in_shares_of_the_act():
    shares = {"nothing": 0.1, "practice": 0.5, "watching": 0.3}
    found = rows({name: probes_of(share) for name, share in shares.items()})
    assert found["called.practice"] == pytest.approx(50.0, abs=0.5)
    assert found["practised"] == pytest.approx(40.0, abs=0.5)
    assert found["watched"] == pytest.approx(20.0, abs=0.5)
    assert found["share"] == pytest.approx(50.0, abs=1.5)
    assert "saved" not in found


def test_where_practice_adds_nothing_there_is_no_share_of_it():
    found = rows({name: probes_of(0.1) for name in ("nothing", "practice", "watching")})
    assert found["watched"] == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(found["share"])


def test_without_an_outcome_the_rule_learns_nothing(tiny):
    """In growth nothing comes to a goal, so that the cue's synapses stay as they were."""
    assert not any(t.signals for t in ms.Curriculum().trials(np.random.default_rng(1)))
    plain = tiny.with_plasticity("STS", "A.E", rule="outcome")
    naive = ms.Subject.naive(plain, seed=1, block_s=1.0, target="numpy")
    rest = ms.Protocol(name="rest", trials=(ms.Trial(condition="rest", duration_s=0.5),))
    taught, name = naive.learn(rest), "outcome_inputs.w"
    assert not np.array_equal(taught.state["cells.bias"], naive.state["cells.bias"])
    np.testing.assert_array_equal(taught.state[name], naive.state[name])
