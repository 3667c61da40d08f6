"""A chain of generations: what is passed on by pupils that learn all, nothing, or the wrong way."""

import numpy as np
import pandas as pd
import pytest

import mirror_sim as ms
from mirror_sim.studies.transmission import chain
from mirror_sim.studies.transmission.measures import decided, rows
from mirror_sim.studies.watching import task
from mirror_sim.subject.recording import trial_row

ACTS = tuple(task.CUES)
N_CELLS = 20


def session_of(plan: ms.Protocol, knows: dict[str, str]) -> ms.Session:
    """Return a session in which each act, or the act that a cue calls up, has its own ten cells."""
    units = pd.DataFrame({"unit_id": range(N_CELLS), "area": "F5", "population": "F5.E"})
    trials = pd.DataFrame([trial_row(trial, 4.0 * k) for k, trial in enumerate(plan.trials)])
    spikes = []
    for begin, trial in zip(trials["start_time"], plan.trials, strict=True):
        if trial.acts:
            act, onset_s = trial.acts[0].action.name, trial.events["movement_onset"]
        else:
            act, onset_s = knows.get(trial.condition.partition(": ")[2], ""), trial.events["cue"]
        for unit in range(N_CELLS):
            own = act in ACTS and ACTS.index(act) == unit // 10
            spikes += [(unit, begin + onset_s + 0.08 * k) for k in range(12 if own else 2)]
    who, times = np.array(sorted(spikes)).T
    return ms.Session(units, trials, times, who.astype(int), {})


class Copyist:
    """A Subject that does at a cue what it did or saw at it most often."""

    seed = 3

    def __init__(self, knows=None):
        self.knows = knows or {}

    def learn(self, plan, *, homeostasis_pA_per_hz_s):
        assert homeostasis_pA_per_hz_s == 0
        shown = {cue: [] for cue in ACTS}
        for trial in plan.trials:
            if trial.perturbations:
                continue
            (cue,) = [s for s in trial.signals if s.channel == "cue"]
            shown[next(c for c, x in task.CUES.items() if (x,) == cue.features)].append(
                trial.acts[0].action.name
            )
        return Copyist({cue: max(ACTS, key=seen.count) for cue, seen in shown.items() if seen})

    def run(self, plan):
        return session_of(plan, self.knows)


def test_a_copyist_keeps_what_the_first_generation_practised():
    found = rows(chain.watched_in_turn(Copyist(), 4))
    assert [found[f"generation.{k}"] for k in range(1, chain.N_GENERATIONS + 1)] == [100.0] * 10
    assert (found["practised"], found["kept"], found["expected"]) == (50.0, 50.0, 50.0)
    assert found["improved"] == 0.0


def test_who_sees_nothing_passes_nothing_on():
    """All cells are alike at both cues: nothing leans to either act, which counts as the second."""
    found = rows(chain.f5_silenced(Copyist(), 4))
    assert found["practised"] == 50.0
    assert found["first step"] == found["kept"] == 0.0


def test_acts_at_random_are_as_many_right_as_wrong():
    seen = chain.at_random(np.ones(20, dtype=bool), np.random.default_rng(1))
    assert seen.sum() == 10


def test_each_cue_is_shown_with_the_act_that_the_model_did():
    rng = np.random.default_rng(2)
    for cue in ACTS:
        assert chain.watched(cue, True, rng).acts[0].action.name == cue
        assert chain.watched(cue, False, rng).acts[0].action.name != cue
    assert {p.target for p in chain.watched_silent(ACTS[0], True, rng).perturbations} == set(
        task.F5
    )


def test_a_wrong_generation_is_seen_as_wrong():
    plan = chain.asked(1, 3)
    told = session_of(chain.told(), {})
    swapped = dict(zip(ACTS, reversed(ACTS), strict=True))
    assert decided(session_of(plan, {act: act for act in ACTS}), told).all()
    assert not decided(session_of(plan, swapped), told).any()


def test_the_better_of_two_pupils_is_the_next_model(monkeypatch):
    monkeypatch.setattr(chain, "N_GENERATIONS", 2)
    drawn = iter([np.zeros(8, dtype=bool), np.ones(8, dtype=bool)])
    session = chain.chain(Copyist(), 4, models=lambda *_: next(drawn), n_pupils=2)
    assert rows(session)["generation.2"] == 100.0


def test_a_cue_comes_without_an_object_or_a_hand():
    for trial in chain.asked(2, 1):
        assert trial.condition.startswith("generation 2: ")
        assert not trial.acts
        assert not trial.objects
        assert [signal.channel for signal in trial.signals] == ["cue"]


def test_a_kept_share_of_a_step_is_raised_to_the_power_of_the_steps(monkeypatch):
    monkeypatch.setattr(chain, "N_GENERATIONS", 3)
    found = rows(chain.watched_in_turn(Copyist(), 4))
    assert found["expected"] == pytest.approx(found["practised"])
