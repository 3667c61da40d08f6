"""The controls' measures on sessions of known answer, and on a grown Subject."""

import numpy as np
import pandas as pd
import pytest

from mirror_sim.circuit.macaque import macaque
from mirror_sim.session.session import Session
from mirror_sim.studies import controls
from mirror_sim.studies.jerjian2020 import muscle_readout
from mirror_sim.studies.judge import check_rows, judge, verdicts
from mirror_sim.studies.study import Control
from mirror_sim.studies.targets import targets
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.recording import trial_row
from mirror_sim.subject.subject import Subject

N_UNITS = 120
BASELINE_HZ, RESPONSE_HZ = 5.0, 40.0


def poisson_session(
    executed: np.ndarray,
    observed: np.ndarray,
    *,
    alone: np.ndarray | float = 0.0,
    seed: int = 1,
    n_trials: int = 10,
) -> Session:
    """Units that respond so much, 0 to 1, to actions done, seen and to objects alone.

    Arrays are (n_units,) or (n_units, n_actions).
    """
    rng = np.random.default_rng(seed)
    shape = (len(controls.ACTIONS), N_UNITS)
    sizes = {
        actor: np.broadcast_to(np.transpose(response), shape)
        for actor, response in (("self", executed), ("other", observed), ("", alone))
    }
    rows, times, units = [], [], []
    for number, trial in enumerate(controls.protocol(seed=seed, n_trials=n_trials)):
        start = 4.0 * number
        rows.append(trial_row(trial, start))
        actor = trial.acts[0].actor if trial.acts else ""
        active = sizes[actor][controls.ACTIONS.index(trial.action.name)]
        for first, last, rate in (
            (0.0, trial.duration_s, np.full(N_UNITS, BASELINE_HZ)),
            (trial.events["movement_onset"], trial.events["release"], RESPONSE_HZ * active),
        ):
            counts = rng.poisson(rate * (last - first))
            times.append(start + rng.uniform(first, last, counts.sum()))
            units.append(np.repeat(np.arange(N_UNITS), counts))
    flat, who = np.concatenate(times), np.concatenate(units)
    order = np.lexsort((flat, who))
    table = pd.DataFrame(
        {
            "unit_id": np.arange(N_UNITS),
            "area": "F5",
            "population": "F5.E",
            "cell_type": "pyramidal",
            "x_um": 0.0,
            "y_um": 0.0,
            "z_um": 0.0,
        }
    )
    return Session(table, pd.DataFrame(rows), flat[order], who[order], {"study": "known answer"})


@pytest.fixture(scope="module")
def mirrors() -> Session:
    respond = np.arange(N_UNITS) < 40
    return poisson_session(respond, respond)


def test_units_that_respond_in_both_contexts_overlap_above_chance(mirrors: Session) -> None:
    found = controls.measure(mirrors)
    assert found["both"] == pytest.approx(1 / 3, abs=0.02)
    assert found["overlap"] == pytest.approx(1 / 3 - 1 / 9, abs=0.02)
    assert found["overlap"] > found["overlap_high"] - found["overlap_chance"]


def test_independent_units_overlap_by_chance() -> None:
    rng = np.random.default_rng(4)
    found = controls.measure(poisson_session(rng.random(N_UNITS) < 0.5, rng.random(N_UNITS) < 0.4))
    low, high = (found[f"overlap_{edge}"] - found["overlap_chance"] for edge in ("low", "high"))
    assert low <= found["overlap"] <= high


@pytest.mark.parametrize("n_trials", [5, 10])
def test_the_match_is_that_of_the_profiles_in_the_dark_and_observed(n_trials: int) -> None:
    rng = np.random.default_rng(5)
    own = rng.choice([0.0, 0.3, 0.6, 1.0], (N_UNITS, 4))
    same, other = (
        controls.measure(poisson_session(own, seen, n_trials=n_trials))
        for seen in (own, rng.permuted(own, axis=1))
    )
    assert min(same["n_both"], other["n_both"]) > 80
    assert same["match"] > 0.8
    # Without a chance level of 0 the excess could not be compared with the interval.
    for found in (same, other):
        assert found["match_low"] + found["match_high"] == pytest.approx(0, abs=0.05)
    assert other["match_low"] < other["match"] < other["match_high"]


def test_no_own_act_is_seen() -> None:
    """Else vision of the own hand would make a match."""
    for trial in controls.protocol(n_trials=5):
        if trial.condition.startswith("execute"):
            assert trial.acts[0].hidden_s == ((0.0, trial.duration_s),)


@pytest.mark.parametrize("n_trials", [5, 10])
def test_units_that_an_object_drives_do_not_count_as_observing(n_trials: int) -> None:
    driven = (np.arange(N_UNITS) < 60).astype(float)
    session = poisson_session(driven, driven, alone=driven, n_trials=n_trials)
    assert controls.measure(session)["observed"] < 0.05


def test_poisson_control_keeps_the_margins_and_loses_the_overlap(mirrors: Session) -> None:
    control = controls.poisson_units(mirrors, seed=0)
    assert control.metadata["subject_kind"] == "poisson"
    found, own = controls.measure(control), controls.measure(mirrors)
    assert found["executed"] == pytest.approx(own["executed"], abs=0.03)
    assert found["observed"] == pytest.approx(own["observed"], abs=0.03)
    assert abs(found["overlap"]) < own["overlap"] / 3


def measured(*kinds: tuple[str, dict[str, list[float]]]) -> pd.DataFrame:
    """One row a Subject and kind, of rows that are the same in all kinds if not given."""
    frames = [
        pd.DataFrame({"observed": 0.2, "overlap": 0.1, "match": 0.1, "observation": 3.0, **values})
        .rename_axis("subject_seed")
        .reset_index()
        .assign(subject_kind=kind, dark=9.0)
        for kind, values in kinds
    ]
    return pd.concat(frames, ignore_index=True)


def test_a_control_without_observation_response_is_called_so() -> None:
    rising = np.arange(5) / 1000
    found = measured(
        ("grown", {"overlap": 0.1 + rising}),
        ("naive weights", {"overlap": 0.0 * rising, "observed": 0.05}),
        ("permuted weights", {"overlap": rising}),
        ("no vision", {"overlap": 0.09 + 0 * rising}),
        ("shuffled pairing", {"match": np.full(5, np.nan)}),
    )
    table = judge(found, controls.CONTROLS).set_index("control")
    assert table["verdict"].to_dict() == {
        "naive weights": "no observation response",
        "permuted weights": "falls",
        "no vision": "does not fall",
        "shuffled pairing": "not measurable",
    }
    assert table["detectable"]["no vision"] == pytest.approx(0.0025, abs=5e-4)
    assert "detectable 0.00" in verdicts(table.reset_index())[2]
    (alone,) = verdicts(judge(found[found["subject_seed"] == 1], controls.CONTROLS)[2:3])
    assert "n = 1" in alone
    assert "nan" not in alone


def test_a_control_of_subjects_that_show_no_effect_proves_nothing() -> None:
    found = measured(
        ("grown", {"overlap": [-0.01] * 3}), ("permuted weights", {"overlap": [-0.05] * 3})
    )
    assert judge(found, controls.CONTROLS)["verdict"].tolist() == ["nothing to lose"]


def test_controls_are_paired_with_the_grown_subjects_of_their_seeds() -> None:
    found = measured(
        ("grown", {"overlap": [0.1, 0.2, 0.9]}), ("permuted weights", {"overlap": [0.0, 0.1]})
    )
    (row,) = judge(found, controls.CONTROLS).to_dict("records")
    assert (row["n"], row["grown"], row["difference"]) == pytest.approx((2, 0.15, 0.1))


def test_any_row_of_any_study_can_be_what_must_fall() -> None:
    own = Control(name="cut", row="tuned", guard="fires", change=controls.study.sts_output_cut)
    found = pd.DataFrame(
        {
            "subject_seed": [1, 1],
            "subject_kind": ["grown", "cut"],
            "tuned": [0.5, 0.1],
            "fires": [10.0, 8.0],
        }
    )
    assert judge(found, [own])["verdict"].tolist() == ["falls"]
    with pytest.raises(
        ValueError, match=r"unknown row 'tuned' in Control 'cut'. Did you mean 'tun"
    ):
        check_rows([own], ["tuning", "fires"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "has 0 of growth, change, experiment and session; give one"),
        ({"growth": {"vision": "none"}, "change": len}, "has 2 of"),
        ({"growht": {}}, "Did you mean 'growth'"),
        ({"change": "cut"}, "change is 'cut', which is no function"),
    ],
)
def test_a_control_takes_away_one_thing(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Control(name="none", row="overlap", **given)


def test_late_vision_shows_the_hand_after_the_action_has_ended() -> None:
    plan = Curriculum(vision="late")
    for seed in range(20):
        trial = plan.trial(np.random.default_rng(seed))
        own, film = trial.acts
        assert own.hidden_s == ((0.0, trial.duration_s),)
        assert film.onset_s > trial.events["release"]


def test_shuffled_pairing_shows_other_actions_at_the_same_time() -> None:
    trials = [Curriculum(shuffled=True).trial(np.random.default_rng(seed)) for seed in range(60)]
    same = np.mean([t.acts[1].action == t.action for t in trials])
    assert same < 0.35  # one in eight, by chance; 0.35 is 5 standard errors above
    assert all(t.acts[1].onset_s == t.acts[0].onset_s for t in trials)


def test_controls_make_the_same_movements_as_the_grown_subject() -> None:
    plans = (Curriculum(), Curriculum(vision="none"), Curriculum(vision="late"))
    made = [plan.trial(np.random.default_rng(5)) for plan in plans]
    assert len({(a.action.name, a.seed, a.movement_time_s) for a in (t.acts[0] for t in made)}) == 1


def test_targets_hold_the_roles_that_calibration_may_see() -> None:
    roles = targets()["role"].value_counts().to_dict()
    assert roles == {"predict": 44, "calibrate": 22, "sanity": 18}


@pytest.fixture(scope="module")
def grown() -> Subject:
    return Subject.grow(macaque(), seed=1, curriculum=Curriculum(max_actions=40))


@pytest.fixture(scope="module")
def own(grown: Subject) -> tuple[Session, dict[str, float]]:
    session = grown.run(controls.protocol(n_trials=6), jobs=2)
    return session, controls.measure(session)


@pytest.mark.slow
def test_cut_command_silences_the_dark_and_cut_sts_the_observation(
    grown: Subject, own: tuple[Session, dict[str, float]]
) -> None:
    reference = own[1]
    assert reference["executed"] > 0.3
    protocol = controls.protocol(n_trials=6)
    command = controls.measure(grown.cut("F6.command", "F5").run(protocol, jobs=2))
    assert command["executed"] < reference["executed"] / 3
    sight = controls.measure(grown.cut("STS").run(protocol, jobs=2))
    assert sight["observed"] < reference["observed"] / 2
    assert sight["observation"] < reference["observation"] / 3
    assert sight["executed"] == pytest.approx(reference["executed"], rel=0.25)


@pytest.mark.slow
def test_muscles_move_in_execution_only(own: tuple[Session, dict[str, float]]) -> None:
    session = own[0]
    muscle = muscle_readout(session, align="contact", window_s=(-0.6, 0.6))
    condition = session.trials["condition"].to_numpy()
    peak = muscle.activity[condition == "execute-dark"].mean(axis=0).max()
    assert peak > 1.0
    for still in ("observe", "object-alone"):
        assert muscle.activity[condition == still].mean(axis=0).max() < 0.02 * peak
