"""Conditions, trials and protocols: what they hold and what they refuse."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from mirror_sim.scene.actions import REPERTOIRE, get_action
from mirror_sim.scene.acts import Act, Perturbation, Shown, Signal
from mirror_sim.scene.conditions import CONDITIONS, Condition, get_condition, make_trial
from mirror_sim.scene.kinematics import MOVEMENT_TIME_S
from mirror_sim.scene.trials import Protocol, Trial

EVENTS = ("object_on", "withhold_on", "movement_onset", "contact", "release")


def trial(condition: str = "observe", action: str = "grasp-precision", **options) -> Trial:
    return make_trial(condition, action, rng=np.random.default_rng(7), **options)


def test_monkey_withholds_in_all_predefined_conditions_but_execution():
    for condition in CONDITIONS.values():
        assert condition.withhold == (not condition.name.startswith("execute"))
        assert (trial(condition.name).withhold_s is None) == (not condition.withhold)


def test_withholding_is_a_matter_of_its_own():
    """Somebody else may act while the Subject is free to move."""
    free = Condition(name="free to watch", actor="other", withhold=False)
    assert trial(free).withhold_s is None
    with pytest.raises(ValueError, match=r"Condition 'mine' lacks withhold"):
        Condition(name="mine", actor="other")


def test_predefined_conditions_show_what_their_names_say():
    assert trial("execute-light").acts[0].viewpoint_deg == 0.0
    dark = get_condition("execute-dark")
    assert not dark.hand_visible
    assert not dark.object_visible
    assert trial("observe").acts[0].viewpoint_deg == 180.0
    assert get_condition("observe-side").viewpoint_deg == 90.0
    assert get_condition("observe-far").distance_m > get_condition("observe").distance_m
    assert get_condition("observe-tool").tool == "rigid"
    assert not get_condition("observe-mime").object_present
    assert get_condition("object-alone").actor is get_condition("nogo").actor is None
    assert all(condition.source for condition in CONDITIONS.values())


@pytest.mark.parametrize("tool", [True, 3, "plier"])
def test_a_tool_is_one_of_three(tool):
    with pytest.raises(ValueError, match=r"unknown tool .*Valid: rigid, pliers, reverse pliers"):
        Condition(name="mine", actor="self", withhold=False, tool=tool)
    with pytest.raises(ValueError, match=r"unknown tool .*Valid: rigid, pliers, reverse pliers"):
        replace(trial("observe").acts[0], tool=tool)


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
        ({"hand_visible": "no"}, "hand_visible is 'no', which is neither True nor False"),
        ({"hand_visble": False}, "Did you mean 'hand_visible'"),
    ],
)
def test_nonsense_conditions_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Condition(**{"name": "mine", "actor": "other", "withhold": True, **change})


@pytest.mark.parametrize(
    ("condition", "species"), [("execute-light", "monkey"), ("observe", "human")]
)
def test_movement_time_is_that_of_the_actors_species(condition, species):
    rng = np.random.default_rng(1)
    made = [make_trial(condition, "hold-precision", rng=rng) for _ in range(200)]
    drawn = [shown.acts[0].movement_time_s for shown in made]
    low, high = MOVEMENT_TIME_S[species]
    assert low <= min(drawn) < low + 0.1 * (high - low)
    assert high - 0.1 * (high - low) < max(drawn) <= high


def test_trial_without_movement_has_the_windows_of_a_mean_movement():
    for condition in ("nogo", "object-alone"):
        events = trial(condition).events
        lasted_s = events["contact"] - events["movement_onset"]
        assert lasted_s == pytest.approx(np.mean(MOVEMENT_TIME_S["monkey"]))
    assert set(EVENTS) <= set(trial("nogo").events)


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
@pytest.mark.parametrize("action", sorted(REPERTOIRE))
def test_default_timeline_is_ordered_and_fits(condition, action):
    made = trial(condition, action)
    order = [made.events[name] for name in EVENTS]
    assert order[1] == 0.0
    assert order[0] < order[2] < order[3] < order[4] < made.duration_s
    held_s = made.events["release"] - made.events["contact"]
    assert held_s == pytest.approx(get_action(action).hold_s)


def test_equal_generators_give_equal_seeds_in_all_conditions():
    moving = [name for name, condition in CONDITIONS.items() if condition.actor]
    assert len({trial(name).acts[0].seed for name in moving}) == 1
    rng = np.random.default_rng(1)
    seeds = {make_trial("observe", "grasp-precision", rng=rng).acts[0].seed for _ in range(50)}
    assert len(seeds) == 50


def test_studys_own_clock_replaces_and_adds_events():
    made = trial(
        events_template={"object_on": 0.85, "go": 1.65, "movement_onset": 2.0, "withhold_on": 1.65},
        duration_s=4.05,
    )
    assert made.events["go"] == made.events["withhold_on"] == 1.65
    assert made.events["contact"] == 2.0 + made.acts[0].movement_time_s


def test_given_contact_and_release_fix_movement_time_and_hold():
    made = trial(events_template={"movement_onset": 1.0, "contact": 1.5, "release": 2.1})
    assert made.acts[0].movement_time_s == pytest.approx(0.5)
    assert made.acts[0].hold_s == pytest.approx(0.6)


def test_given_movement_time_and_hold_are_kept():
    made = trial(movement_time_s=0.33, hold_s=0.5)
    assert (made.acts[0].movement_time_s, made.acts[0].hold_s) == (0.33, 0.5)
    assert made.events["release"] == pytest.approx(1.7 + 0.33 + 0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"events_template": {"go": np.nan}}, "go is nan"),
        ({"events_template": {"movement_onset": np.inf}}, "movement_onset is inf"),
        ({"events_template": {"go": 9.0}}, r"'go' at 9 s is outside the trial of 3.6 s"),
        ({"events_template": {"object_on": -0.1}}, "on_s is -0.1, outside"),
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


def test_an_event_that_contradicts_the_act_and_a_negative_seed_are_refused():
    made = trial()
    with pytest.raises(ValueError, match=r"release is at 3 s, but the first act or object puts"):
        replace(made, events={"release": 3.0})
    with pytest.raises(ValueError, match="seed is -1"):
        replace(made.acts[0], seed=-1)


def test_a_trial_made_by_hand_has_the_events_of_what_happens_in_it():
    act, thing = trial().acts[0], get_action("grasp-precision").thing
    made = Trial(condition="mine", duration_s=4.0, acts=[act], objects=[Shown(thing=thing, on_s=1)])
    assert made.events["contact"] == act.contact_s
    assert made.events["object_on"] == 1.0
    assert made.action is act.action


def test_a_trial_needs_no_hand():
    pain = Signal(channel="pain", start_s=0.5, stop_s=1.0, level=0.7)
    made = Trial(condition="pain", duration_s=2.0, signals=(pain,))
    assert made.acts == made.objects == ()
    assert Protocol(name="pain", trials=(made,)).align == "start"


def test_acts_of_one_hand_may_follow_each_other_but_not_overlap():
    act = trial("observe", duration_s=9.0).acts[0]
    later = replace(act, onset_s=act.end_s)
    Trial(condition="twice", duration_s=9.0, acts=(act, later))
    soon = replace(act, onset_s=act.release_s)
    with pytest.raises(
        ValueError, match=r"acts 'grasp-precision' and 'grasp-precision' of 'other'"
    ):
        Trial(condition="twice", duration_s=9.0, acts=(act, soon))
    Trial(condition="two", duration_s=9.0, acts=(act, replace(soon, actor="other-2")))


def test_what_is_commanded_and_what_is_done_are_two_acts_at_one_time():
    act = trial("execute-light").acts[0]
    wanted, moved = replace(act, extent=0.0), replace(act, commanded=False, onset_s=1.8)
    made = Trial(condition="paralysed", duration_s=3.6, acts=(wanted, moved))
    assert [a.commanded for a in made.acts] == [True, False]
    with pytest.raises(ValueError, match="commands its own acts only"):
        replace(act, actor="other", commanded=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stop_s": 9.0}, r"signal 'tone' at 9 s is outside the trial of 2 s"),
        ({"stop_s": 0.2}, "not after start_s 0.5"),
        ({"level": 1.5}, "level is 1.5"),
        ({"channel": "a tone"}, "use letters, digits"),
        ({"features": (0.5, 2.0)}, r"features\[1\] is 2.0"),
        ({"chanel": "x"}, "Did you mean 'channel'"),
    ],
)
def test_nonsense_signals_are_refused(change, message):
    given = {"channel": "tone", "start_s": 0.5, "stop_s": 1.0, **change}
    with pytest.raises(ValueError, match=message):
        Trial(condition="tone", duration_s=2.0, signals=(Signal(**given),))


def test_trial_keeps_its_own_copy_of_the_events():
    events = {"go": 1.0}
    made = trial(events_template=events)
    events["go"] = 99.0
    assert made.events["go"] == 1.0


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"onset_s": np.nan}, "onset_s is nan"),
        ({"hold_s": 0.0}, "hold_s is 0.0"),
        ({"seed": -3}, "seed is -3"),
        ({"actor": "slef"}, "actor is 'slef'; it must be 'self', 'other', or 'other-NAME'"),
        ({"action": "grasp"}, "action is 'grasp', which is no Action"),
        ({"hidden_s": ((2.0, 1.0),)}, "ends before it starts"),
    ],
)
def test_nonsense_acts_are_refused(change, message):
    good = {"actor": "other", "onset_s": 1.0, "movement_time_s": 0.4, "hold_s": 0.5, "seed": 1}
    with pytest.raises(ValueError, match=message):
        Act(**({"action": get_action("hold-precision")} | good | change))


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


def test_a_copy_with_another_act_has_the_events_of_that_act():
    made = trial(events_template={"go": 1.0})
    later = replace(made, acts=(replace(made.acts[0], onset_s=1.9),))
    assert later.events["contact"] == later.acts[0].contact_s > made.events["contact"]
    assert later.events["go"] == 1.0
    assert pickle.loads(pickle.dumps(later)) == later


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"objects": (Shown(thing=get_action("grasp-precision").thing, on_s=5.0),)},
            "at 5 s is outside",
        ),
        (
            {"perturbations": (Perturbation(target="A", start_s=5, stop_s=6, current_pA=1),)},
            "the perturbation of 'A' at 5 s is outside the trial of 1 s",
        ),
        ({"signals": (Signal(channel="tone", start_s=0.5, stop_s=0.505),)}, "step of 0.01 s"),
    ],
)
def test_what_lies_outside_a_trial_or_between_its_steps_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Trial(condition="mine", duration_s=1.0, **changes)


def test_a_misspelt_event_is_refused_and_a_further_act_is_taken():
    with pytest.raises(ValueError, match=r"unknown event 'movment_onset'.*'movement_onset'"):
        trial(events_template={"movment_onset": 1.0})
    act = trial().acts[0]
    made = trial("nogo", acts=(act,))
    assert made.events["contact"] == act.contact_s


def test_trials_of_a_protocol_can_be_changed():
    still = Trial(condition="still", duration_s=3.6)
    (first,) = Protocol(name="still", trials=(still,)).trials
    assert replace(first, acts=trial().acts).events["contact"] == trial().acts[0].contact_s
