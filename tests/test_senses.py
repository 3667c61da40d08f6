"""Input cells see kinematics and scene, never who acts or what an action is called."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest

from mirror_sim.base.registry import register
from mirror_sim.circuit.parts import InputPopulation
from mirror_sim.scene.actions import REPERTOIRE
from mirror_sim.scene.acts import Act, Shown, Signal
from mirror_sim.scene.conditions import CONDITIONS, make_trial
from mirror_sim.scene.kinematics import TOOLS
from mirror_sim.scene.trials import Trial
from mirror_sim.senses.body import (
    COMMAND_LEAD_MS,
    COMMON_REACH_S,
    PHASE_WIDENS,
    PHASE_WIDTH_S,
    USE_SHARE,
)
from mirror_sim.senses.encoder import Encoder, n_bins
from mirror_sim.senses.hand import N_GRIP, N_MOTION
from mirror_sim.senses.objects import LATENCY_MS as OBJECT_LATENCY_MS
from mirror_sim.senses.objects import SET_FALL_S, SET_RISE_S, seen_since
from mirror_sim.senses.registry import SENSES, Sense
from mirror_sim.senses.signals import check_features
from mirror_sim.senses.tuning import GRIP, MOTION, STEP_MS, Preferred

BASELINE_HZ, PEAK_HZ, OBJECT_GAIN = 3.0, 60.0, 0.4


TUNED = ("command", "hand", "object", "proprioception")
ENCODES = ("command", "hand", "object", "proprioception", "set", "withhold")


def population(encodes: str, n: int = 300, **changes) -> InputPopulation:
    features = {
        "name": "cells",
        "area": "cells",
        "n": n,
        "encodes": encodes,
        "baseline_hz": BASELINE_HZ,
        "peak_hz": PEAK_HZ,
        "width": 0.15,
        "object_gain": OBJECT_GAIN,
    }
    return InputPopulation(**(features | changes))


ENCODERS = {encodes: Encoder.draw(population(encodes), seed=11) for encodes in ENCODES}


def retuned(encodes: str, **changes) -> Encoder:
    """Return cells with another tuning; `sharpness` changes how much they prefer."""
    encoder = ENCODERS[encodes]
    if "sharpness" in changes:
        states = encoder.tuning.preferred.states
        changes["preferred"] = Preferred(states, changes.pop("sharpness"))
    return replace(encoder, tuning=replace(encoder.tuning, **changes))


def trial(condition: str = "observe", action: str = "grasp-precision", *, seed=5, **kw) -> Trial:
    kw = {"movement_time_s": 0.4, **kw}
    return make_trial(condition, action, rng=np.random.default_rng(seed), **kw)


def rates(encodes: str, shown: Trial) -> np.ndarray:
    return ENCODERS[encodes].rates(shown)


def act_of(shown: Trial, **changes) -> Act:
    """Return the trial's own movement as one of somebody else's, seen from where the own is."""
    seen = {"actor": "other-film", "commanded": False, "hidden_s": ()}
    return replace(shown.acts[0], **(seen | changes))


def with_act(shown: Trial, **changes) -> Trial:
    """Change the first act; the events that it gave follow."""
    return replace(shown, acts=(replace(shown.acts[0], **changes), *shown.acts[1:]))


def at_baseline(values: np.ndarray) -> bool:
    return bool(np.all(values == BASELINE_HZ))


# What everything rests on: no name reaches a cell.


@pytest.mark.parametrize("encodes", ENCODES)
@pytest.mark.parametrize("condition", ["execute-light", "observe", "nogo"])
def test_names_change_no_rate(encodes, condition):
    shown = trial(condition, "place-whole-hand")
    thing = replace(shown.action.thing, name="a", source="b")
    action = replace(shown.action, name="c", general="d", way="e", source="f", thing=thing)
    renamed = replace(
        shown,
        action=action,
        condition="g",
        acts=tuple(replace(act, action=action) for act in shown.acts),
        objects=tuple(replace(one, thing=thing) for one in shown.objects),
    )
    np.testing.assert_array_equal(rates(encodes, shown), rates(encodes, renamed))


@pytest.mark.parametrize("action", sorted(REPERTOIRE))
def test_own_hand_in_light_looks_like_anothers_of_equal_movement(action):
    own = trial("execute-light", action)
    other = with_act(own, actor="other", commanded=False)
    seen = rates("hand", own)
    np.testing.assert_array_equal(seen, rates("hand", other))
    assert seen.max() > 0.5 * PEAK_HZ


def test_same_seed_same_tuning_other_seed_other_tuning():
    shown = trial()
    for encodes in ("hand", "object"):
        again = Encoder.draw(population(encodes), seed=11).rates(shown)
        np.testing.assert_array_equal(again, rates(encodes, shown))
        other = Encoder.draw(population(encodes), seed=12).rates(shown)
        assert not np.allclose(other, again)


def test_trials_seed_changes_what_is_seen():
    shown = trial()
    assert not np.allclose(rates("hand", shown), rates("hand", with_act(shown, seed=99)))


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
@pytest.mark.parametrize("action", sorted(REPERTOIRE))
def test_rates_lie_between_baseline_and_peak(condition, action):
    shown = trial(condition, action)
    for encodes in ENCODES:
        values = rates(encodes, shown)
        assert values.shape == (360, 300)
        assert values.min() >= BASELINE_HZ
        assert values.max() <= PEAK_HZ + 1e-9


def test_bins_cover_the_trial():
    assert n_bins(trial(duration_s=3.6)) == 360
    assert n_bins(trial(duration_s=3.605)) == 361


# When cells fire.


@pytest.mark.parametrize("action", sorted(REPERTOIRE))
def test_resting_hand_is_not_seen(action):
    shown = trial("observe", action, duration_s=4.4)
    seen = rates("hand", shown)
    first = round(shown.events["movement_onset"] * 1e3 / STEP_MS) + 10
    gone = round((shown.events["release"] + 1.25 * 0.4) * 1e3 / STEP_MS) + 11
    assert at_baseline(seen[:first])
    assert at_baseline(seen[gone:])
    assert not at_baseline(seen[first : first + 10])


@pytest.mark.parametrize("condition", ["object-alone", "nogo"])
def test_without_a_hand_there_is_no_hand_response(condition):
    shown = trial(condition)
    assert at_baseline(rates("hand", shown))
    assert rates("object", shown).max() > 2 * BASELINE_HZ
    np.testing.assert_array_equal(rates("object", shown), rates("object", trial("observe")))


def test_object_response_is_a_transient_then_half_of_it():
    shown = trial("object-alone")
    drive = rates("object", shown) - BASELINE_HZ
    first = round((shown.events["object_on"] + 0.06) * 1e3 / STEP_MS)
    assert not drive[:first].any()
    best = drive.max(axis=0).argmax()
    assert drive[first, best] == drive[:, best].max()
    assert drive[-1, best] == pytest.approx(0.5 * drive[first, best], rel=0.05)


def test_command_leads_the_movement_and_vision_follows_it():
    shown = trial("execute-light")
    onset = shown.events["movement_onset"]

    def starts_s(encodes: str) -> float:
        total = (rates(encodes, shown) - BASELINE_HZ).sum(axis=1)
        return np.argmax(total > 0.05 * total.max()) * STEP_MS / 1e3 - onset

    assert -0.26 < starts_s("command") < -0.15
    assert 0.05 <= starts_s("proprioception") < 0.15
    assert 0.10 <= starts_s("hand") < 0.20


def without_grip(**changes) -> Encoder:
    """Return command cells that fire for any grip and use, at the phases that they have."""
    return retuned(
        "command", sharpness=0 * ENCODERS["command"].tuning.preferred.sharpness, **changes
    )


@pytest.mark.parametrize("movement_time_s", [0.28, 0.35, 0.5])
def test_a_command_cell_fires_most_at_its_phase_of_slow_and_of_fast_reaches(movement_time_s):
    shown = trial("execute-light", movement_time_s=movement_time_s)
    phase_s = np.array([-0.3, -0.15, 0.0, 0.2, 0.4])
    values = without_grip(phase_s=np.resize(phase_s, 300)).rates(shown)[:, :5]
    stretched_s = np.where(phase_s < 0, phase_s * movement_time_s / COMMON_REACH_S, phase_s)
    peaks_s = (values.argmax(axis=0) + 0.5) * STEP_MS / 1e3 - shown.events["contact"]
    np.testing.assert_allclose(peaks_s, stretched_s - COMMAND_LEAD_MS / 1e3, atol=0.011)
    assert values.max() == pytest.approx(PEAK_HZ, rel=0.02)


def test_command_cells_are_sharpest_at_contact():
    shown = trial("execute-light", hold_s=1.2)
    values = without_grip(phase_s=np.resize([0.0, 0.5], 300)).rates(shown) - BASELINE_HZ
    half = (values > 0.5 * values.max(axis=0)).sum(axis=0) * STEP_MS / 1e3
    for cell, phase_s in enumerate([0.0, 0.5]):
        width_s = PHASE_WIDTH_S + PHASE_WIDENS * phase_s
        assert half[cell] == pytest.approx(2 * np.sqrt(2 * np.log(2)) * width_s, abs=0.03)


def test_the_command_tells_grips_and_for_most_cells_uses_apart():
    def strongest(action: str) -> np.ndarray:
        return (rates("command", trial("execute-light", action)) - BASELINE_HZ).max(axis=0)

    of_use = ENCODERS["command"].tuning.preferred.sharpness[:, -1] > 0
    assert of_use.mean() == pytest.approx(USE_SHARE, abs=3 * np.sqrt(0.8 * 0.2 / 300))
    grasp, place, whole = map(strongest, ("grasp-precision", "place-precision", "grasp-whole-hand"))
    any_use = ~of_use & (grasp + place > 5)
    assert np.corrcoef(grasp[any_use], place[any_use])[0, 1] > 0.9
    assert np.corrcoef(grasp[of_use], place[of_use])[0, 1] < 0.2
    assert np.corrcoef(grasp, whole)[0, 1] < 0.2


def test_command_is_silent_from_release_on():
    shown = trial("execute-light")
    after = rates("command", shown)[round((shown.events["release"] + 0.2) * 100) :]
    np.testing.assert_allclose(after, BASELINE_HZ, atol=0.01)


@pytest.mark.parametrize("encodes", ["command", "proprioception"])
def test_only_the_actor_himself_commands_and_feels(encodes):
    for condition in CONDITIONS.values():
        quiet = at_baseline(rates(encodes, trial(condition.name)))
        assert quiet == (condition.actor != "self")


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
def test_withhold_is_one_tonic_amplitude_or_none(condition):
    level = PEAK_HZ if CONDITIONS[condition].withhold else BASELINE_HZ
    assert np.all(rates("withhold", trial(condition)) == level)


def test_withhold_waits_for_the_cue():
    values = rates("withhold", trial("nogo", events_template={"withhold_on": 1.0}))
    assert at_baseline(values[:100])
    assert np.all(values[100:] == PEAK_HZ)


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
def test_readiness_grows_from_the_object_on_whoever_acts(condition):
    shown = trial(condition)
    values = rates("set", shown)
    if not CONDITIONS[condition].object_present:
        assert at_baseline(values)
        return
    on_s, onset_s = shown.events["object_on"], shown.events["movement_onset"]
    assert at_baseline(values[: round(on_s * 100) + 6])
    level = (values - BASELINE_HZ) / (PEAK_HZ - BASELINE_HZ)
    later = round((on_s + OBJECT_LATENCY_MS / 1000 + SET_RISE_S) * 100)
    np.testing.assert_allclose(level[later - 1 : later + 1].mean(axis=0), 1 - np.exp(-1), rtol=1e-3)
    assert level[round(onset_s * 100) - 1].min() > 0.7
    np.testing.assert_allclose(level[round((onset_s + 7 * SET_FALL_S) * 100) :], 0, atol=1e-3)


def test_readiness_ends_at_go_where_a_trial_has_one():
    shown = trial("observe")
    go_s = shown.events["movement_onset"] - 0.4
    told = replace(shown, events={"go": go_s})
    values, before = rates("set", told), round(go_s * 100)
    np.testing.assert_array_equal(values[:before], rates("set", shown)[:before])
    assert at_baseline(np.round(values[round((go_s + 1.0) * 100) :], 2))


# What cells see.


def test_in_the_dark_the_own_hand_and_the_object_vanish_and_nothing_else_changes():
    light, dark = trial("execute-light"), trial("execute-dark")
    dark_s = dark.events["movement_onset"] - 0.5
    assert at_baseline(rates("hand", dark))
    unseen = round((dark_s + 0.06) * 100) + 1
    assert at_baseline(rates("object", dark)[unseen:])
    np.testing.assert_array_equal(
        rates("object", dark)[: unseen - 2], rates("object", light)[: unseen - 2]
    )
    for encodes in ("command", "proprioception", "withhold", "set"):
        np.testing.assert_array_equal(rates(encodes, dark), rates(encodes, light))


def test_dark_starts_at_its_event():
    shown = trial("execute-dark", events_template={"dark_on": 0.0})
    assert at_baseline(rates("object", shown))
    late = trial("execute-dark", events_template={"dark_on": 1.9})
    seen = rates("hand", late)
    assert not at_baseline(seen[:199])
    assert at_baseline(seen[201:])


def test_a_film_is_seen_while_the_own_hand_is_hidden():
    shown = trial("execute-light", hand_hidden_s=(0.0, 3.6))
    film = replace(shown, acts=(*shown.acts, act_of(shown)))
    np.testing.assert_array_equal(rates("hand", film), rates("hand", trial("execute-light")))


def test_hand_and_object_have_screens_of_their_own():
    hand = trial("observe", hand_hidden_s=(1.5, 3.0))
    assert at_baseline(rates("hand", hand)[160:310])
    np.testing.assert_array_equal(rates("object", hand), rates("object", trial("observe")))
    thing = trial("observe", object_hidden_s=(1.0, 2.0))
    assert at_baseline(rates("object", thing)[107:206])
    assert not at_baseline(rates("object", thing)[206:])


@pytest.mark.parametrize("encodes", ENCODES)
def test_an_object_that_is_never_seen_is_as_good_as_none(encodes):
    """A hidden real and a hidden absent object look alike, so nothing may tell them apart."""
    hidden = trial("observe", object_hidden_s=(0.0, 3.6))
    np.testing.assert_array_equal(rates(encodes, hidden), rates(encodes, trial("observe-mime")))


def test_readiness_outlasts_the_sight_of_the_object():
    screened = trial("observe", object_hidden_s=(1.2, 3.6))
    np.testing.assert_array_equal(rates("set", screened), rates("set", trial("observe")))


def test_behind_a_closed_screen_nothing_seen_tells_whether_an_object_is_there():
    screened = trial("observe", object_hidden_s=(1.2, 3.6))
    for encodes, latency_s in (("hand", 0.10), ("object", 0.06)):
        closed = round((1.2 + latency_s) / 0.01)
        real, mimed = (rates(encodes, t) for t in (screened, trial("observe-mime")))
        np.testing.assert_array_equal(real[closed:], mimed[closed:])
    assert not np.array_equal(real[:closed], mimed[:closed])


def test_an_object_is_seen_once_nothing_hides_it():
    thing = trial().action.thing
    shown = Shown(thing=thing, on_s=0.5, hidden_s=((0.2, 0.9), (0.9, 1.1)))
    assert seen_since(Trial(condition="late", duration_s=2.0, objects=(shown,))) == 1.1
    gone = replace(shown, off_s=1.0)
    assert seen_since(Trial(condition="never", duration_s=2.0, objects=(gone,))) == np.inf


def test_an_act_that_is_not_done_is_commanded_but_neither_felt_nor_seen():
    light = trial("execute-light")
    rehearsed = with_act(light, extent=0.0)
    np.testing.assert_array_equal(rates("command", rehearsed), rates("command", light))
    for encodes in ("hand", "proprioception"):
        assert at_baseline(rates(encodes, rehearsed))
    moved = with_act(light, commanded=False)
    assert at_baseline(rates("command", moved))
    np.testing.assert_array_equal(rates("hand", moved), rates("hand", light))


def test_of_two_hands_each_cell_sees_the_stronger():
    shown = trial("execute-light")
    imitator = act_of(shown, onset_s=2.2, viewpoint_deg=180.0, seed=77, movement_time_s=0.5)
    both = rates("hand", replace(shown, acts=(*shown.acts, imitator)))
    unseen = trial("execute-light", hand_hidden_s=(0.0, 3.6))
    alone = replace(unseen, acts=(*unseen.acts, imitator))
    np.testing.assert_array_equal(both, np.maximum(rates("hand", shown), rates("hand", alone)))
    assert not np.array_equal(both, rates("hand", shown))


def test_mime_leaves_the_same_share_of_every_drive():
    real = rates("hand", trial("observe")) - BASELINE_HZ
    mimed = rates("hand", trial("observe-mime")) - BASELINE_HZ
    np.testing.assert_allclose(mimed, OBJECT_GAIN * real, atol=1e-9)
    assert at_baseline(rates("object", trial("observe-mime")))


@pytest.mark.parametrize("action", sorted(REPERTOIRE))
def test_tool_drives_hand_cells_less(action):
    hand = rates("hand", trial("observe", action)) - BASELINE_HZ
    tool = rates("hand", trial("observe-tool", action)) - BASELINE_HZ
    assert 0.1 < tool.sum() / hand.sum() < 0.85


def test_rigid_tool_shows_no_aperture():
    for condition, equal in {"observe-tool": True, "observe": False}.items():
        shown = trial(condition)
        wider = with_act(shown, action=replace(shown.action, aperture_hold_cm=6.0))
        assert np.array_equal(rates("hand", shown), rates("hand", wider)) == equal


@pytest.mark.parametrize("action", sorted(REPERTOIRE))
def test_of_pliers_the_tips_are_seen_which_do_what_fingers_do(action):
    """Both kinds look the same, in the own hand as in another's."""
    seen = trial("observe", action)
    pliers, reverse = (rates("hand", with_act(seen, tool=t)) for t in ("pliers", "reverse pliers"))
    np.testing.assert_array_equal(pliers, reverse)
    assert not np.array_equal(pliers, rates("hand", seen))
    own = with_act(seen, tool="reverse pliers", actor="self", commanded=False)
    np.testing.assert_array_equal(rates("hand", own), reverse)


def test_felt_is_the_hand_that_holds_the_tool_and_commanded_is_the_act():
    own = trial("execute-light")
    felt = {tool: rates("proprioception", with_act(own, tool=tool)) for tool in (None, *TOOLS)}
    for one, other in itertools.combinations(felt.values(), 2):
        assert not np.array_equal(one, other)
    for tool in TOOLS:
        commanded = rates("command", with_act(own, tool=tool))
        np.testing.assert_array_equal(commanded, rates("command", own))


def test_act_moved_to_later_drives_as_much():
    shown = trial("execute-dark", "hold-whole-hand", duration_s=5.6)
    early = replace(shown, acts=(*shown.acts, act_of(shown)))
    late = replace(shown, acts=(*shown.acts, act_of(shown, onset_s=3.2)))
    assert rates("hand", late).sum() == pytest.approx(rates("hand", early).sum(), rel=1e-3)
    assert at_baseline(rates("hand", late)[:320])


def test_most_cells_prefer_a_view_and_the_rest_see_any():
    encoder = Encoder.draw(population("hand", n=2000), seed=3)
    invariant = encoder.tuning.view_kappa == 0
    assert 0.24 < invariant.mean() < 0.33
    shown = trial("observe")
    side = trial("observe-side")
    front, turned = encoder.rates(shown), encoder.rates(side)
    np.testing.assert_array_equal(front[:, invariant], turned[:, invariant])
    driven = front.max(axis=0) > BASELINE_HZ + 5
    ratio = (turned - BASELINE_HZ).max(axis=0)[driven] / (front - BASELINE_HZ).max(axis=0)[driven]
    tuned = ~invariant[driven]
    assert np.mean(ratio[tuned] < 0.8) > 0.25
    assert np.mean(ratio[tuned] > 1.25) > 0.1


def test_preferred_views_cover_the_circle():
    counts = np.histogram(Encoder.draw(population("hand", n=2000), seed=3).tuning.view_deg, bins=8)[
        0
    ]
    assert counts.min() > 180


def test_distance_is_a_mild_gain_that_favours_some_cells_near_and_some_far():
    near = (rates("hand", trial("observe")) - BASELINE_HZ).max(axis=0)
    far = (rates("hand", trial("observe-far")) - BASELINE_HZ).max(axis=0)
    ratio = far[near > 5] / near[near > 5]
    assert np.mean(ratio < 0.9) > 0.2
    assert np.mean(ratio > 1.1) > 0.2
    assert ratio.min() > 0.59
    assert ratio.max() < 1.68


def test_each_sense_reports_its_number_of_features():
    tuned = {encodes: ENCODERS[encodes].tuning.preferred.sharpness > 0 for encodes in TUNED}
    assert np.all(tuned["hand"][:, list(GRIP)].sum(axis=1) == N_GRIP)
    assert np.all(tuned["hand"][:, list(MOTION)].sum(axis=1) == N_MOTION)
    assert set(tuned["proprioception"].sum(axis=1)) == {3, 4}
    assert np.all(tuned["object"].sum(axis=1) == 3)
    assert np.all(tuned["command"][:, : len(GRIP)])
    assert set(tuned["command"].sum(axis=1)) == {3, 6}
    for reported in tuned.values():
        assert np.all(reported.any(axis=0))


@pytest.mark.parametrize("action", sorted(REPERTOIRE))
def test_every_action_drives_some_cells_and_leaves_others(action):
    driven = (rates("hand", trial("observe", action)) > 20.0).any(axis=0).mean()
    assert 0.1 < driven < 0.6
    commanded = (rates("command", trial("execute-dark", action)) > 20.0).any(axis=0).mean()
    assert 0.01 < commanded < 0.5
    shown = (rates("object", trial("object-alone", action)) > 20.0).any(axis=0).mean()
    assert 0.02 < shown < 0.4


def _counts(encoder: Encoder, action: str, seed: int) -> np.ndarray:
    shown = make_trial("observe", action, rng=np.random.default_rng([seed, 1]))
    # One window for all, so that no action is betrayed by how long it is looked at.
    first = round((shown.events["contact"] - 0.3) * 1e3 / STEP_MS)
    seen = slice(first, first + 80)
    expected = encoder.rates(shown)[seen].sum(axis=0) * STEP_MS / 1e3
    return np.random.default_rng([seed, 2]).poisson(expected)


def _accuracy(encoder: Encoder) -> float:
    """Share of single trials whose action a Poisson template classifier finds."""
    train = [[_counts(encoder, a, s) for s in range(12)] for a in REPERTOIRE]
    templates = np.mean(train, axis=1) + 0.05
    hits = []
    for number, action in enumerate(REPERTOIRE):
        for seed in range(100, 110):
            counts = _counts(encoder, action, seed)
            hits.append(np.argmax(np.log(templates) @ counts - templates.sum(axis=1)) == number)
    return float(np.mean(hits))


def test_single_trials_tell_the_actions_apart_better_with_more_cells():
    few = _accuracy(Encoder.draw(population("hand", n=15), seed=4))
    many = _accuracy(Encoder.draw(population("hand", n=200), seed=4))
    assert 0.35 < few < 0.95
    assert many > max(0.8, few)


def test_no_response_no_decoding():
    flat = Encoder.draw(population("hand", n=200, peak_hz=BASELINE_HZ), seed=4)
    assert _accuracy(flat) < 0.25


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encodes": "hands"}, r"unknown sense 'hands' in InputPopulation 'cells'.*mean 'hand'"),
        ({"encodes": "signal"}, r"encodes 'signal'; it needs a channel, as in 'signal:sound'"),
        ({"encodes": "hand:left"}, r"the sense 'hand' has no channels"),
        ({"n": 0}, "n is 0"),
        ({"width": 0.0}, "width is 0.0"),
        ({"baseline_hz": -1.0}, "baseline_hz is -1.0"),
        ({"peak_hz": 1.0}, "peak_hz is 1.0, below baseline_hz"),
        ({"peak_hz": np.nan}, "peak_hz is nan"),
        ({"object_gain": 1.5}, "object_gain is 1.5"),
        ({"latency_ms": 900.0}, "latency_ms is 900.0"),
    ],
)
def test_nonsense_populations_are_refused_where_they_are_made(changes, message):
    with pytest.raises(ValueError, match=message):
        population(**{"encodes": "hand", **changes})


# Signals.


def heard(*signals: Signal, **changes) -> np.ndarray:
    cells = population("signal:sound", **changes)
    shown = Trial(condition="sounds", duration_s=2.0, signals=signals)
    return Encoder.draw(cells, seed=2).rates(shown)


def test_a_signal_drives_the_cells_of_its_channel_for_as_long_as_it_lasts():
    values = heard(Signal(channel="sound", start_s=0.5, stop_s=1.0), latency_ms=100.0)
    assert at_baseline(values[:60])
    assert at_baseline(values[110:])
    assert np.all(values[60:110] > BASELINE_HZ + 0.45 * (PEAK_HZ - BASELINE_HZ))
    assert at_baseline(heard(Signal(channel="tone", start_s=0.5, stop_s=1.0)))


def test_cells_tell_signals_by_their_features_and_their_level():
    loud = Signal(channel="sound", start_s=0.5, stop_s=1.0, features=(0.2, 0.7))
    other = replace(loud, features=(0.9, 0.1))
    first, second = (heard(one, features=2).max(axis=0) for one in (loud, other))
    assert np.corrcoef(first, second)[0, 1] < 0.2
    soft = heard(replace(loud, level=0.25), features=2).max(axis=0)
    np.testing.assert_allclose(soft - BASELINE_HZ, 0.25 * (first - BASELINE_HZ), atol=1e-12)


def test_a_signal_of_other_features_than_the_cells_have_is_refused():
    one = Signal(channel="sound", start_s=0.5, stop_s=1.0, features=(0.1,))
    shown = Trial(condition="sound", duration_s=2.0, signals=(one,))
    check_features(shown, population("signal:tone", features=2))
    check_features(shown, population("signal:sound", features=1))
    with pytest.raises(ValueError, match=r"'sound'.*has 1 features; the cells .* tuned to 2"):
        check_features(shown, population("signal:sound", features=2))


# Senses of one's own.


def draw_warmth(cells, rng):
    return rng.uniform(0.2, 1.0, size=cells.n)


def drive_warmth(trial, tuning, times_s, rng):
    return np.outer(np.minimum(times_s, 1.0), tuning) * rng.random((len(times_s), 1))


def drive_too_much(trial, tuning, times_s):
    return np.full((len(times_s), len(tuning)), 1.5)


def drive_wrongly(trial, tuning, times_s):
    return np.zeros(len(times_s))


@pytest.fixture
def warmth(monkeypatch):
    monkeypatch.setattr(SENSES, "_known", dict(SENSES._known))
    return register(Sense(name="warmth", tuning=draw_warmth, drive=drive_warmth))


def test_a_sense_of_ones_own_drives_a_population_and_may_draw(warmth):
    encoder = Encoder.draw(population("warmth"), seed=1)
    first = encoder.rates(trial(), seed=(3,))
    np.testing.assert_array_equal(first, encoder.rates(trial(), seed=(3,)))
    assert not np.array_equal(first, encoder.rates(trial(), seed=(4,)))


@pytest.mark.parametrize(
    ("drive", "message"),
    [
        (drive_too_much, "it must stay in 0 to 1"),
        (drive_wrongly, r"it must be \(n_times, n_cells\)"),
    ],
)
def test_a_drive_that_is_none_is_named(warmth, drive, message):
    register(replace(warmth, drive=drive))
    with pytest.raises(ValueError, match=f"sense 'warmth' for 'cells'.*{message}"):
        Encoder.draw(population("warmth"), seed=1).rates(trial())


def test_a_sense_is_made_of_functions_with_a_source():
    with pytest.raises(ValueError, match="define it with `def`"):
        Sense(name="warmth", tuning=draw_warmth, drive=lambda *_: 0)
    with pytest.raises(ValueError, match="Did you mean 'drive'"):
        Sense(name="warmth", tuning=draw_warmth, drives=drive_warmth)


def test_rates_of_a_long_trial_and_many_cells_are_fast():
    encoder = Encoder.draw(population("hand", n=900), seed=1)
    shown = trial("observe", duration_s=4.0)
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        encoder.rates(shown)
        taken.append(time.perf_counter() - start)
    # Under 10 ms on one core of 2020; the margin is for busy machines.
    assert min(taken) < 0.05
