"""A lesion and its therapies: what each lesson shows, the body in the loop, and what is read."""

import numpy as np
import pandas as pd
import pytest

import mirror_sim as ms
from mirror_sim.circuit.output import relearning
from mirror_sim.studies.therapy import task
from mirror_sim.studies.therapy.measures import reaches, rows

N_CELLS = 60


def rng():
    return np.random.default_rng(1)


def outcome_of(trial):
    (found,) = trial.signals
    assert found.channel == "outcome"
    assert found.start_s == trial.events["contact"]
    return found.level


def test_practice_moves_and_rewards_as_far_as_the_hand_gets():
    trial = task.practised(0.3, rng())
    (act,) = trial.acts
    assert (act.actor, act.extent, act.commanded) == ("self", 0.3, True)
    assert outcome_of(trial) == 0.3


def test_a_hand_that_does_not_move_has_no_outcome():
    trial = task.practised(0.0, rng())
    assert trial.acts[0].extent == 0.0
    assert not trial.signals


@pytest.mark.parametrize(
    ("lesson", "action", "extent"),
    [
        (task.watched, task.ACT, 1.0),
        (task.watched_silent, task.ACT, 1.0),
        (task.watched_other, task.OTHER_ACT, 1.0),
        (task.watched_still, task.ACT, 0.0),
    ],
)
def test_what_is_watched_does_not_depend_on_the_lesion(lesson, action, extent):
    for reach in (0.0, 0.5):
        trial = lesson(reach, rng())
        (act,) = trial.acts
        assert (act.actor, act.action.name, act.extent) == ("other", action, extent)
        assert outcome_of(trial) == 1.0
        silent = {p.target for p in trial.perturbations}
        assert silent == (set(task.F5) if lesson is task.watched_silent else set())


def test_films_last_as_long_and_show_nobody():
    shown = task.watched(0.0, rng())
    plain, rewarding = task.film(0.0, rng()), task.rewarding_film(0.0, rng())
    for trial in (plain, rewarding):
        assert trial.duration_s == shown.duration_s
        assert not trial.acts
    assert not plain.signals
    assert rewarding.signals == shown.signals


def probes_of(hz: float, n_trials: int = 3) -> ms.Session:
    """Return probes in which every pyramidal tract neuron of M1 fires regularly."""
    units = pd.DataFrame({"unit_id": range(N_CELLS), "area": "M1", "population": "M1.PTN"})
    units["cell_type"] = "PTN"
    trials = pd.DataFrame({"start_time": 4.0 * np.arange(n_trials)})
    trials["stop_time"] = trials["start_time"] + 4.0
    trials["movement_onset_time"] = trials["start_time"] + 1.7
    trials["condition"] = "execute-dark"
    last = float(trials["stop_time"].iloc[-1])
    trains = [np.arange((k + 1) / N_CELLS / hz, last, 1 / hz) for k in range(N_CELLS)]
    times, who = np.concatenate(trains), np.repeat(np.arange(N_CELLS), [len(t) for t in trains])
    return ms.Session(units, trials, times, who, {})


def test_the_hand_gets_as_far_as_the_muscles_pull():
    assert reaches(probes_of(10.0)).tolist() == [0.0, 0.0, 0.0]
    assert reaches(probes_of(60.0)).tolist() == [1.0, 1.0, 1.0]
    between = reaches(probes_of(25.0))  # 22 spikes/s are the threshold, 5 above it all the way
    assert between == pytest.approx(3.0 / 5.0, abs=0.2)


def test_the_rows_are_differences_of_what_is_reached():
    rates = {
        "intact": 60.0,
        "time alone": 10.0,
        "practice": 60.0,
        "practice and watching": 60.0,
        "watching": 10.0,
    }
    found = rows({name: probes_of(hz) for name, hz in rates.items()})
    assert (found["lost"], found["practised"]) == (100.0, 100.0)
    assert (found["added"], found["watched"]) == (0.0, 0.0)
    assert found["rest.M1"] == pytest.approx(10.0, rel=0.1)


class Patient:
    """A Subject whose hand gets a step farther with each plan that it learns."""

    seed = 3

    def __init__(self):
        self.plans, self.lost = [], []

    def lesioned(self, name, share):
        self.lost.append((name, share))
        return self

    def learn(self, plan, *, homeostasis_pA_per_hz_s):
        assert homeostasis_pA_per_hz_s == 0
        self.plans.append(plan)
        return self

    def run(self, _plan):
        return len(self.plans)


def test_what_is_done_in_a_round_is_what_the_body_could_before_it(monkeypatch):
    monkeypatch.setattr(task, "reaches", lambda round_number: np.full(6, 0.2 * round_number))
    patient = Patient()
    assert task.practice_watching(patient, 4) == task.N_ROUNDS
    assert patient.lost == [("M1.PTN", task.LESION)]
    for number, plan in enumerate(patient.plans):
        own = [act for trial in plan.trials for act in trial.acts if act.actor == "self"]
        others = [act for trial in plan.trials for act in trial.acts if act.actor == "other"]
        assert [act.extent for act in own] == pytest.approx([0.2 * number] * 4)
        assert [act.extent for act in others] == [1.0] * 4


def test_time_alone_is_the_lesion_and_nothing_else():
    patient = Patient()
    task.time_alone(patient)
    assert patient.lost
    assert not patient.plans


def test_the_circuit_is_the_default_one_but_for_what_learns():
    made, base = relearning(), ms.macaque()
    assert made.populations == base.populations
    assert [p.name for p in made.projections] == [p.name for p in base.projections]
    changed = [p for p, q in zip(made.projections, base.projections, strict=True) if p != q]
    assert [(p.pre, p.post, p.plasticity.rule) for p in changed] == [
        ("F5.E+F5.PTN", "M1.E+M1.PTN", "outcome")
    ]
