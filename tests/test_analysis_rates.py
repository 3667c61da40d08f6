"""Facts about binned rates: every trial counts, and only what lies within a trial."""

import itertools

import numpy as np
import pandas as pd
import pytest

from mirror_sim.analysis.decoding import binned_counts
from mirror_sim.analysis.rates import Rates, psth, trial_groups
from mirror_sim.session.session import Session


def session_of(trains, *, starts, duration=2.0, zero=1.0, condition="observe", zeros=None):
    """One trial a start; the event "contact" is `zero` after it; `trains` has one array a unit."""
    starts = np.asarray(starts, dtype=float)
    units = pd.DataFrame({"unit_id": np.arange(len(trains)), "area": "F5", "population": "F5.E"})
    units = units.assign(cell_type="pyramidal", x_um=0.0, y_um=0.0, z_um=0.0)
    trials = pd.DataFrame({"start_time": starts, "stop_time": starts + duration})
    trials["condition"] = condition
    trials = trials.assign(agent="human", action="a", general_action="a", way="", object="raisin")
    trials = trials.assign(viewpoint_deg=180.0, distance_m=0.6, tool=False, hand_visible=True)
    trials = trials.assign(object_visible=True, seed=0)
    trials["contact_time"] = starts + zero if zeros is None else zeros
    rows = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
    return Session(units, trials, np.concatenate([np.zeros(0), *trains]), rows, {})


def test_a_trial_without_a_spike_counts_as_zero():
    session = session_of([np.array([1.0, 1.001])], starts=[0, 2, 4, 6])
    rates = psth(session, align="contact", window_s=(0.0, 0.01), sigma_s=0.0)
    assert rates.values.item() == pytest.approx(2 / 0.01 / 4)


def test_the_rate_integrates_to_the_spikes_per_trial(rng):
    trains = [np.sort(rng.uniform(0, 40, 400)) for _ in range(3)]
    session = session_of(trains, starts=np.arange(0, 40, 2))
    rates = psth(session, align="contact", window_s=(-1.0, 1.0), sigma_s=0.0)
    np.testing.assert_allclose(rates.values.sum(axis=(0, 1)) * 0.01, 400 / 20)


def test_a_steady_unit_has_a_flat_rate_up_to_the_edges_of_the_trial():
    session = session_of([np.arange(0.0005, 4, 0.001)], starts=[0, 2])
    rates = psth(session, align="contact", window_s=(-1.0, 1.0))
    np.testing.assert_allclose(rates.values, 1000.0, rtol=1e-6)


def test_other_trials_and_the_time_between_do_not_leak_in():
    # Spikes only between the trials and in the second one, which is of another condition.
    noisy = np.sort(np.concatenate([np.linspace(2.0, 2.99, 50), np.linspace(3.0, 4.9, 50)]))
    session = session_of([noisy], starts=[0.0, 3.0], condition=["nogo", "observe"])
    rates = psth(session, align="contact", window_s=(-0.9, 1.2))
    inside = rates.times_s < 1.0
    assert np.all(rates.of("nogo")[inside] == 0)
    assert np.isnan(rates.of("nogo")[~inside]).all()
    assert rates.of("observe")[inside].min() > 0


def test_a_trial_can_end_within_a_bin():
    # The spike comes 2 ms after the end of the trial, in its last bin.
    session = session_of([np.array([1.008])], starts=[0.0, 2.0], duration=1.006)
    rates = psth(session, align="contact", window_s=(0.0, 0.01), sigma_s=0.0)
    assert rates.values.item() == 0


def test_smoothing_gives_a_gaussian_of_the_right_width():
    session = session_of([np.array([1.005])], starts=[0.0])
    rates = psth(session, align="contact", window_s=(-0.5, 0.5), sigma_s=0.05)
    curve = rates.values[0, :, 0]
    expected = np.exp(-0.5 * ((rates.times_s - 0.005) / 0.05) ** 2) / (0.05 * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(curve, expected, atol=0.01)


def test_bins_agree_with_counts_of_the_session(rng):
    trains = [np.sort(rng.uniform(0, 20, 200)) for _ in range(4)]
    session = session_of(trains, starts=np.arange(0, 20, 2), condition=["a", "b"] * 5)
    rates = psth(session, align="contact", window_s=(-0.2, 0.3), step_s=0.1, sigma_s=0.0)
    contact = session.trials["contact_time"].to_numpy()
    for number, left in enumerate(np.arange(-0.2, 0.25, 0.1)):
        counts = session.counts(contact + left, contact + left + 0.1)
        for row, name in enumerate(("a", "b")):
            own = (session.trials["condition"] == name).to_numpy()
            np.testing.assert_allclose(rates.values[row, number], counts[own].mean(axis=0) / 0.1)


def test_trials_without_the_event_are_left_out():
    session = session_of([np.array([1.005])], starts=[0, 2], zeros=[1.0, np.nan])
    rates = psth(session, align="contact", window_s=(0.0, 0.01), sigma_s=0.0)
    assert rates.values.item() == pytest.approx(100.0)
    session = session_of([np.array([1.005])], starts=[0], zeros=[np.nan])
    with pytest.raises(ValueError, match="no trial has the event 'contact'"):
        psth(session, align="contact", window_s=(0.0, 0.01))


def test_conditions_can_be_told_apart_by_several_columns():
    session = session_of([np.array([1.0])], starts=[0, 2], condition=["nogo", "observe"])
    rates = psth(session, align="contact", window_s=(0, 1), by=["condition", "action"])
    assert rates.conditions == ("nogo/a", "observe/a")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"align": "contct"}, "unknown event 'contct'.*Did you mean 'contact'"),
        ({"by": "conditon"}, "unknown column 'conditon'.*Did you mean 'condition'"),
        ({"window_s": (0.5, 0.5)}, "stop after start"),
        ({"step_s": 0.0}, "step_s is 0.0"),
    ],
)
def test_nonsense_is_refused(change, message):
    session = session_of([np.array([1.0])], starts=[0])
    arguments = {"align": "contact", "window_s": (0.0, 1.0)} | change
    with pytest.raises(ValueError, match=message):
        psth(session, **arguments)


def test_rates_check_their_shape_and_names():
    units = pd.DataFrame({"unit_id": [0, 1]})
    fields = {"conditions": ("a",), "times_s": np.arange(3.0), "units": units}
    with pytest.raises(ValueError, match=r"shape \(1, 3\).*\(1, 3, 2\)"):
        Rates(values=np.zeros((1, 3)), **fields)
    rates = Rates(values=np.zeros((1, 3, 2)), **fields)
    with pytest.raises(ValueError, match="unknown condition 'b'"):
        rates.of("b")
    assert rates.select(np.array([False, True])).units["unit_id"].tolist() == [1]


def test_binned_counts_hold_every_spike_of_the_window_once():
    session = session_of([np.array([0.95, 1.01, 1.06, 3.01, 3.02]), np.zeros(0)], starts=[0, 2])
    middle, counts = binned_counts(session, align="contact", window_s=(-0.1, 0.1))
    np.testing.assert_allclose(middle, [-0.075, -0.025, 0.025, 0.075])
    np.testing.assert_array_equal(counts[:, :, 0], [[0, 1, 1, 1], [0, 0, 2, 0]])
    assert not counts[:, :, 1].any()


# --- bins that trials or recordings cut -----------------------------------------------------------


def steady(trials, *, n_units=2, duration_s=None, recorded_s=None):
    """A session of units that fire at exactly 100 Hz."""
    end_s = duration_s or trials["stop_time"].max()
    train = np.arange(0.005, end_s, 0.01)
    units = pd.DataFrame({"unit_id": range(n_units), "area": "F5"})
    rows = np.repeat(np.arange(n_units), len(train))
    return Session(
        units,
        trials,
        np.tile(train, n_units),
        rows,
        {},
        duration_s=end_s,
        recorded_s=recorded_s,
    )


def one_condition(start_s, stop_s, go_s):
    return pd.DataFrame(
        {"start_time": start_s, "stop_time": stop_s, "condition": "a", "go_time": go_s}
    )


@pytest.mark.parametrize("sigma_s", [0.0, 0.1])
def test_a_bin_that_the_trial_cuts_has_the_rate_of_its_part_in_the_trial(sigma_s):
    session = steady(one_condition([0.0, 5.0], [1.56, 6.56], [1.0, 6.0]), duration_s=10.0)
    rates = psth(session, align="go", window_s=(-1.2, 1.0), step_s=0.1, sigma_s=sigma_s)
    reached = (rates.times_s > -1.0) & (rates.times_s < 0.56)
    np.testing.assert_allclose(rates.of("a")[reached], 100.0, rtol=1e-6)
    assert np.isnan(rates.of("a")[~(reached | (abs(rates.times_s - 0.55) < 0.06))]).all()


def test_the_rate_of_a_unit_does_not_depend_on_when_others_were_recorded():
    trials = one_condition([0.0], [1.56], [1.0])
    options = {"align": "go", "window_s": (0.3, 0.7), "step_s": 0.1, "sigma_s": 0.0}
    alone = psth(steady(trials), **options)
    beside = psth(steady(trials, recorded_s=[[[0.0, 1.56]], [[0.0, 1.0]]]), **options)
    np.testing.assert_array_equal(alone.values[..., 0], beside.values[..., 0])
    assert np.isnan(beside.values[..., 1]).all()


def by_hand(session, bins_s, unit):
    """The rate in each bin: spikes over time, of the trials that reach it and were recorded."""
    rates = []
    for low, high in bins_s:
        spikes, time_s = 0, 0.0
        for trial in session.trials.to_dict("records"):
            a = max(trial["go_time"] + low, trial["start_time"])
            b = min(trial["go_time"] + high, trial["stop_time"])
            if b - a > 1e-6 and session.recorded([a], [b])[0, unit]:
                train = session.spikes_of(unit)
                spikes += ((train >= a) & (train < b)).sum()
                time_s += b - a
        rates.append(spikes / time_s if time_s else np.nan)
    return rates


@pytest.mark.parametrize("seed", range(8))
def test_rates_of_any_recording_are_those_counted_by_hand(seed):
    rng = np.random.default_rng(seed)
    start = np.sort(rng.uniform(0, 8, 6))
    stop = start + rng.uniform(0.5, 3.0, 6)  # they overlap
    trials = one_condition(start, stop, start + rng.uniform(0.1, 0.5, 6))
    end_s = stop.max() + 0.5
    train = np.sort(rng.uniform(0, end_s, 400))
    parts = np.sort(rng.uniform(0, end_s, 6)).reshape(3, 2)
    units = pd.DataFrame({"unit_id": [0, 1], "area": "F5"})
    session = Session(
        units,
        trials,
        np.tile(train, 2),
        np.repeat([0, 1], 400),
        {},
        duration_s=end_s,
        recorded_s=[[[0.0, end_s]], parts],
    )
    rates = psth(session, align="go", window_s=(-1.0, 2.0), step_s=0.2, sigma_s=0.0)
    edges = -1.0 + 0.2 * np.arange(16)
    for unit in range(2):
        expected = by_hand(session, list(itertools.pairwise(edges)), unit)
        np.testing.assert_allclose(rates.of("a")[:, unit], expected, rtol=1e-6)


def test_groups_of_one_name_are_not_pooled():
    table = pd.DataFrame({"condition": ["a/b", "a"], "action": ["c", "b/c"]})
    with pytest.raises(ValueError, match="two groups of trials would be called 'a/b/c'"):
        trial_groups(table, ["condition", "action"])
    with pytest.raises(ValueError, match="two groups of trials would be called 'a/b/c'"):
        trial_groups(table.set_index(pd.Index([3, 7])), ["condition", "action"])  # of some trials
