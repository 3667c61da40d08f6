"""One grasp, two goals: what is put in, what a Subject lives through, units of known answer."""

from __future__ import annotations

from dataclasses import fields

import circuits
import numpy as np
import pandas as pd
import pytest

import mirror_sim as ms
from mirror_sim.circuit.goals import goal_directed
from mirror_sim.compare.report import Setup, run
from mirror_sim.figures import style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.kinematics import hand_state
from mirror_sim.senses.encoder import Encoder
from mirror_sim.senses.tuning import STEP_MS
from mirror_sim.studies import coude2019
from mirror_sim.studies.coude2019 import figure, measures
from mirror_sim.studies.coude2019.life import EAT, PLACE, Goals, cue_of
from mirror_sim.studies.coude2019.measures import AREA, Recording, bins_ms
from mirror_sim.studies.coude2019.study import context_cut, shuffled_context
from mirror_sim.studies.coude2019.task import CONDITIONS
from mirror_sim.studies.study import get_study

N_TRIALS = 16


def drawn(condition: str, act) -> ms.Trial:
    return make_trial(condition, act, rng=np.random.default_rng(5), duration_s=4.0)


def rates(trial: ms.Trial, name: str) -> np.ndarray:
    return Encoder.draw(goal_directed().population(name), seed=11).rates(trial)


# What is put in.


def test_the_circuit_is_the_default_one_with_cells_of_goals():
    made, base = goal_directed(), ms.macaque()
    assert made.populations[: len(base.populations)] == base.populations
    assert made.projections[: len(base.projections)] == base.projections
    (link,) = made.projections[len(base.projections) :]
    like = base.projection("PFG.E", "F5.E+F5.PTN")
    assert (link.pre, link.plasticity.rule) == ("PFC.goal", like.plasticity.rule)
    n_goal, n_pfg = made.population("PFC.goal").n, made.population("PFG.E").n
    for of in ("w_max_nS", "mean_cap_nS"):
        most = [p.plasticity.parameters[of] * p.p for p in (link, like)]
        assert most[0] * n_goal == pytest.approx(most[1] * n_pfg)


def test_until_contact_the_acts_are_the_same_bit_by_bit():
    times_s = np.arange(0.0, 4.0, 0.005)
    hands = []
    for act in (EAT, PLACE):
        rng = np.random.default_rng(3)
        hands.append(
            hand_state(act, times_s, onset_s=1.0, movement_time_s=0.4, hold_s=0.9, rng=rng)
        )
    before = times_s < 1.4
    for entry in fields(hands[0]):
        eat, place = (getattr(hand, entry.name) for hand in hands)
        np.testing.assert_array_equal(eat[before], place[before])
    assert np.abs(hands[0].speed_cm_s - hands[1].speed_cm_s).max() > 10
    assert hands[1].aperture_cm[times_s < 2.3][-1] > hands[0].aperture_cm[times_s < 2.3][-1] + 1


@pytest.mark.parametrize("name", ["STS", "CIP", "F6.set", "F6.withhold", "area2"])
@pytest.mark.parametrize("condition", ["observe", "execute-light"])
def test_nothing_sensed_before_contact_tells_the_goal(name, condition):
    trials = [drawn(condition, act) for act in (EAT, PLACE)]
    eat, place = (rates(trial, name) for trial in trials)
    before = round(1000 * trials[0].events["contact"] / STEP_MS) - 1
    assert trials[0].events["contact"] == trials[1].events["contact"]
    np.testing.assert_array_equal(eat[:before], place[:before])


def test_the_own_command_and_the_cue_tell_the_goal():
    trials = [drawn("execute-dark", act) for act in (EAT, PLACE)]
    eat, place = (rates(trial, "F6.command") for trial in trials)
    before = round(1000 * trials[0].events["contact"] / STEP_MS)
    assert np.abs(eat[:before] - place[:before]).max() > 1
    told = [
        ms.Trial(condition="told", duration_s=2.0, signals=(cue_of(a, 1.5),)) for a in (EAT, PLACE)
    ]
    eat, place = (rates(trial, "PFC.goal") for trial in told)
    assert np.abs(eat - place).max() > 10


# What a Subject lives through.


def lives(**changes) -> tuple[ms.Trial, ...]:
    return Goals(**changes).trials(np.random.default_rng(7))


def test_lives_differ_in_what_is_told_of_the_goal_and_in_nothing_else():
    told = {"own": [], "shuffled": []}
    for own, other, none in zip(
        lives(), lives(context="shuffled"), lives(context="none"), strict=True
    ):
        assert own.acts == other.acts == none.acts
        assert not none.signals
        act = own.acts[0]
        if act.action.name not in (EAT.name, PLACE.name):
            assert not own.signals
            assert not other.signals
            continue
        for name, trial in (("own", own), ("shuffled", other)):
            (cue,) = trial.signals
            assert (cue.start_s, cue.stop_s) == (0.2, act.release_s)
            told[name].append(cue == cue_of(act.action, act.release_s))
    assert 25 < len(told["own"]) < 56  # of 120 with p = 1/3: mean 40, sd 5.2
    assert all(told["own"])
    assert 0.2 < np.mean(told["shuffled"]) < 0.8


def test_an_unknown_context_is_named_with_the_valid_ones():
    with pytest.raises(ValueError, match=r"'owm' in Goals.*own.*Valid: own, shuffled, none"):
        Goals(context="owm")


def test_trials_of_a_movement_differ_in_the_cue_alone():
    protocol = coude2019.protocol(4)
    assert protocol == coude2019.protocol(4)
    kinds = [(trial.condition, trial.action.name) for trial in protocol.trials]
    assert {kinds.count(kind) for kind in kinds} == {4}
    assert len(set(kinds)) == 2 * len(CONDITIONS)
    assert {trial.condition for trial in protocol.trials} == set(CONDITIONS.values())
    twins: dict[tuple, set] = {}
    for trial in protocol.trials:
        (act,) = trial.acts
        how, told = trial.condition.rpartition("-")[::2]
        assert (act.actor, trial.withhold_s is None) == (
            ("self", True) if how == "execute-dark" else ("other", False)
        )
        assert bool(act.hidden_s) == (how == "execute-dark")
        own, other = (EAT, PLACE) if act.action == EAT else (PLACE, EAT)
        goal = {"cued": (cue_of(own, act.release_s),), "uncued": ()}
        goal["swapped"] = (cue_of(other, act.release_s),)
        assert trial.signals == goal[told]
        twins.setdefault((act.seed, act.movement_time_s), set()).add((told, act.action.name))
    assert sorted(map(len, twins.values())) == [4] * 4 + [6] * 4


# Units of known answer.


def recording(rng, means, *, late=None) -> Recording:
    """Units by how much more they fire to eat, (n_conditions, n_units); `late` tells after 0 s."""
    condition = np.repeat(list(CONDITIONS), 2 * N_TRIALS)
    act = np.tile(np.repeat([EAT.name, PLACE.name], N_TRIALS), len(CONDITIONS))
    means = np.array(means, dtype=float)
    differs = np.repeat(means, 2 * N_TRIALS, axis=0) * (act == EAT.name)[:, None]
    told = np.where(np.array(bins_ms()) >= 0, 1.0, 0.0 if late else 1.0)[:, None]
    counts = differs[:, None, :] * told
    return Recording(
        grasp_hz=differs + rng.normal(size=differs.shape),
        counts=counts + rng.normal(size=counts.shape),
        condition=condition,
        act=act,
        units={AREA: np.arange(means.shape[1])},
    )


#                     executed: told, not; observed: told, not, other goal told
KINDS = {
    "told alone": [3, 0, 3, 0, -3],
    "command alone": [3, 3, 0, 0, 0],
    "seen alone": [0, 0, 3, 3, 3],
    "opposite": [3, 0, -3, 0, 3],
}


def test_units_of_known_kind(rng):
    made = recording(rng, np.array(list(KINDS.values())).T)
    found = {name: (measures.depends(made, name)) for name in CONDITIONS}
    for kind, means in enumerate(KINDS.values()):
        for name, mean in zip(CONDITIONS, means, strict=True):
            if mean:
                assert found[name][kind]
                assert np.sign(measures.preference(made, name)[kind]) == np.sign(mean)
    shown = measures.agreement(made, seed=1)
    assert (shown["both"], shown["agree"]) == (50, 50)


def test_correlations_tell_wiring_learning_and_what_the_cue_does(rng):
    n = 300
    wired, learned = rng.normal(size=(2, n))
    none = np.zeros(n)
    by_wiring = measures.matches(recording(rng, [wired, none, wired, none, -wired]), seed=1)
    assert by_wiring["match.cued"] > 0.6
    assert by_wiring["follows.cue"] > 0.6
    assert (
        by_wiring["match.learned.low"]
        < by_wiring["match.learned"]
        < by_wiring["match.learned.high"] + 0.05
    )
    by_learning = recording(rng, [learned, learned, learned, none, learned])
    found = measures.matches(by_learning, seed=1)
    assert found["match.learned"] > 0.6 > found["match.learned.high"]
    assert found["follows.cue"] < found["follows.cue.low"]  # it follows what is seen


def test_without_an_effect_the_tests_find_their_chance(rng):
    made = recording(rng, np.zeros((len(CONDITIONS), 1000)))
    found = measures.shares(made, seed=1)
    # Five standard errors of 1000 units.
    assert found[f"goal.observed.cued.{AREA}"] == pytest.approx(5, abs=5 * 0.7)
    assert found[f"goal.observed.cued.{AREA}.chance"] == pytest.approx(5, abs=0.7)
    assert abs(found[f"goal.observed.cued.{AREA}.excess"]) < 4
    silent = Recording(**{**vars(made), "grasp_hz": 0 * made.grasp_hz})
    assert not measures.depends(silent, "observed.cued").any()
    assert not measures.preference(silent, "observed.cued").any()


def test_more_trials_find_more(rng):
    found = measures.by_trials(recording(rng, np.full((len(CONDITIONS), 300), 0.7)))
    row = f"goal.observed.cued.{AREA}"
    assert found[f"{row}.10"] < found[f"{row}.16"] - 5
    assert f"{row}.32" not in found


def test_the_goal_is_decoded_from_when_units_tell_it(rng):
    means = np.zeros((len(CONDITIONS), 30))
    means[list(CONDITIONS).index("observed.cued")] = np.where(np.arange(30) < 15, 1.5, -1.5)
    for late, first in ((None, bins_ms()[0]), (True, 0)):
        found = measures.decoded(recording(rng, means, late=late), seed=1)
        assert found[f"when.observed.cued.{AREA}"] == first
        assert found[f"decode.observed.cued.{AREA}.from+0"] > 95
        assert found[f"decode.observed.uncued.{AREA}.from+0"] < 75
        assert 50 < found[f"decode.observed.uncued.{AREA}.high"] < 85


def test_every_row_is_described_and_the_page_is_drawn(rng, tmp_path):
    found = measures.measured(recording(rng, rng.normal(size=(len(CONDITIONS), 20))), seed=1)
    published = get_study("coude2019").published()
    assert set(found) <= set(published["id"])
    assert published["value"].isna().all()
    numbers = Numbers(rows=dict.fromkeys(published["id"], (0.4, 0.3, 0.5)), n_subjects=3)
    style.savefig(figure.draw(numbers, {"context cut": numbers}), tmp_path / "page")
    assert (tmp_path / "page.png").stat().st_size > 10_000
    assert "3 Subjects" in figure.caption(numbers)


@pytest.mark.slow
def test_controls_take_away_what_they_say_and_the_study_runs(tmp_path):
    circuit = circuits.small(
        populations=[*circuits.small().populations, goal_directed().population("PFC.goal")],
        projections=[
            *circuits.small().projections,
            circuits.link("PFC.goal", "F5.E+F5.PTN"),
        ],
    )
    grown = ms.Subject.grow(circuit, seed=3, curriculum=Goals(max_actions=4))
    assert any(silent.any() for silent in context_cut(grown).silence.synapses.values())
    assert shuffled_context(grown).growth.plan == Goals(max_actions=4, context="shuffled")
    run(
        "coude2019", Setup(circuit=circuit, seed=3, quick=True), n_controls=0, out=tmp_path, say=str
    )
    table = pd.read_csv(tmp_path / "coude2019.csv").set_index("id")
    assert 0 <= table.loc["goal.executed.cued.F5", "model"] <= 100
    assert (tmp_path / "coude2019.png").stat().st_size > 10_000
