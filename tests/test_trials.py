"""Conditions, trials and protocols: what they hold and what they refuse."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from mirror_sim.scene.actions import MOVEMENT_TIME_S, REPERTOIRE, get_action
from mirror_sim.scene.trials import (
    CONDITIONS,
    REQUIRED_EVENTS,
    Condition,
    Perturbation,
    Protocol,
    Sighting,
    Trial,
    get_condition,
    make_trial,
)


def trial(condition: str = "observe", action: str = "grasp-precision", **options) -> Trial:
    return make_trial(condition, action, rng=np.random.default_rng(7), **options)


def test_monkey_withholds_whenever_it_is_not_the_actor():
    for condition in CONDITIONS.values():
        assert condition.withhold == (not condition.name.startswith("execute"))


def test_predefined_conditions_show_what_their_names_say():
    assert get_condition("execute-light").viewpoint_deg == 0.0
    dark = get_condition("execute-dark")
    assert not dark.hand_visible
    assert not dark.object_visible
    assert get_condition("observe").viewpoint_deg == 180.0
    assert get_condition("observe-side").viewpoint_deg == 90.0
    assert get_condition("observe-far").distance_m > get_condition("observe").distance_m
    assert get_condition("observe-tool").tool
    assert not get_condition("observe-mime").object_present
    assert get_condition("object-alone").actor is get_condition("nogo").actor is None
    assert all(condition.source for condition in CONDITIONS.values())


def test_unknown_names_give_the_nearest_match():
    with pytest.raises(ValueError, match=r"unknown condition 'observ'.*Did you mean 'observe'"):
        trial("observ")
    with pytest.raises(ValueError, match=r"unknown action 'place-precise'.*'place-precision'"):
        trial("observe", "place-precise")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"actor": "human"}, "unknown actor 'human'"),
        ({"distance_m": 0.0}, "distance_m is 0.0"),
        ({"viewpoint_deg": np.nan}, "viewpoint_deg is nan"),
    ],
)
def test_nonsense_conditions_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Condition(**{"name": "mine", "actor": "other", **change})


@pytest.mark.parametrize(
    ("condition", "species"), [("execute-light", "monkey"), ("observe", "human")]
)
def test_movement_time_is_that_of_the_actors_species(condition, species):
    rng = np.random.default_rng(1)
    drawn = [make_trial(condition, "hold-precision", rng=rng).movement_time_s for _ in range(200)]
    low, high = MOVEMENT_TIME_S[species]
    assert low <= min(drawn) < low + 0.1 * (high - low)
    assert high - 0.1 * (high - low) < max(drawn) <= high


def test_trial_without_movement_has_the_windows_of_a_mean_movement():
    for condition in ("nogo", "object-alone"):
        made = trial(condition)
        assert made.movement_time_s == pytest.approx(np.mean(MOVEMENT_TIME_S["monkey"]))
    assert set(REQUIRED_EVENTS) <= set(trial("nogo").events)


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
@pytest.mark.parametrize("action", sorted(REPERTOIRE))
def test_default_timeline_is_ordered_and_fits(condition, action):
    made = trial(condition, action)
    order = [made.events[name] for name in REQUIRED_EVENTS]
    assert order[1] == 0.0
    assert order[0] < order[2] < order[3] < order[4] < made.duration_s
    assert made.hold_s == get_action(action).hold_s


def test_equal_generators_give_equal_seeds_in_all_conditions():
    assert len({trial(condition).seed for condition in CONDITIONS}) == 1
    rng = np.random.default_rng(1)
    seeds = {make_trial("observe", "grasp-precision", rng=rng).seed for _ in range(50)}
    assert len(seeds) == 50


def test_studys_own_clock_replaces_and_adds_events():
    made = trial(
        events_template={"object_on": 0.85, "go": 1.65, "movement_onset": 2.0, "withhold_on": 1.65},
        duration_s=4.05,
    )
    assert made.events["go"] == made.events["withhold_on"] == 1.65
    assert made.events["contact"] == 2.0 + made.movement_time_s


def test_given_contact_and_release_fix_movement_time_and_hold():
    made = trial(events_template={"movement_onset": 1.0, "contact": 1.5, "release": 2.1})
    assert made.movement_time_s == pytest.approx(0.5)
    assert made.hold_s == pytest.approx(0.6)


def test_given_movement_time_and_hold_are_kept():
    made = trial(movement_time_s=0.33, hold_s=0.5)
    assert (made.movement_time_s, made.hold_s) == (0.33, 0.5)
    assert made.events["release"] == pytest.approx(1.7 + 0.33 + 0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"events_template": {"go": np.nan}}, "go is nan"),
        ({"events_template": {"movement_onset": np.inf}}, "movement_onset is inf"),
        ({"events_template": {"go": 9.0}}, r"'go' at 9 s is outside the trial of 3.6 s"),
        ({"events_template": {"object_on": -0.1}}, r"'object_on' at -0.1 s is outside"),
        ({"duration_s": 2.0}, "outside the trial of 2 s"),
        ({"duration_s": np.nan}, "duration_s is nan"),
        ({"hold_s": 0.0}, "hold_s is 0.0"),
        ({"events_template": {"contact": 2.2}, "movement_time_s": 0.3}, "contact is at 2.2 s"),
        ({"events_template": {"contact": 1.2}}, "movement_time_s is -0.5"),
    ],
)
def test_times_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        trial(**options)


def test_missing_event_and_negative_seed_are_refused():
    made = trial()
    events = {name: time for name, time in made.events.items() if name != "release"}
    with pytest.raises(ValueError, match="no event 'release'"):
        replace(made, events=events)
    with pytest.raises(ValueError, match="seed is -1"):
        replace(made, seed=-1)


def test_trial_keeps_its_own_copy_of_the_events():
    events = dict(trial().events)
    made = replace(trial(), events=events)
    events["contact"] = 99.0
    assert made.events["contact"] < 3.6


def test_trial_survives_pickling_and_can_be_hashed():
    made = trial(perturbations=(Perturbation(target="F5.E", start_s=0, stop_s=1, current_pA=-5),))
    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(made) == hash(replace(made))


@pytest.mark.parametrize(
    "change",
    [
        {"stop_s": 0.0},
        {"units": ()},
        {"units": (True, False)},
        {"units": (0.9, 1.5)},
        {"units": (1, 1)},
        {"units": (-1,)},
        {"current_pA": np.nan},
        {"start_s": -np.inf},
    ],
)
def test_nonsense_perturbations_are_refused(change):
    with pytest.raises(ValueError, match=r"Perturbation of 'PFG\.E'"):
        Perturbation(
            **{"target": "PFG.E", "start_s": 0.0, "stop_s": 1.0, "current_pA": -500.0, **change}
        )


def test_units_of_an_array_are_kept_as_whole_numbers():
    made = Perturbation(target="F5.E", units=np.arange(1500), start_s=0, stop_s=1, current_pA=-5)
    assert made.units == tuple(range(1500))


@pytest.mark.parametrize("change", [{"onset_s": np.nan}, {"hold_s": 0.0}, {"seed": -3}])
def test_nonsense_sightings_are_refused(change):
    good = {"onset_s": 1.0, "movement_time_s": 0.4, "hold_s": 0.5, "viewpoint_deg": 0, "seed": 1}
    with pytest.raises(ValueError, match="Sighting of 'hold-precision'"):
        Sighting(action=get_action("hold-precision"), **(good | change))


def test_protocol_is_a_sequence_of_its_trials():
    trials = [trial("observe"), trial("nogo")]
    protocol = Protocol(name="short", trials=trials)
    assert len(protocol) == 2
    assert list(protocol) == trials
    assert protocol.trials == tuple(trials)


def test_empty_protocol_and_unknown_alignment_are_refused():
    with pytest.raises(ValueError, match="Protocol 'short' has no trials"):
        Protocol(name="short", trials=())
    with pytest.raises(ValueError, match=r"unknown event 'contacts' in Protocol 'short', trial 0"):
        Protocol(name="short", trials=(trial(),), align="contacts")
