"""The population numbers of Jerjian et al. 2020, of the monkeys and of units of known answer."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mirror_sim.analysis.population import epoch_correlations, mean_rates, pearson, within
from mirror_sim.session.session import Session
from mirror_sim.studies import jerjian2020
from mirror_sim.studies.jerjian2020.numbers import jerjian_rows
from mirror_sim.studies.jerjian2020.recording import (
    ALL_CONDITIONS,
    GROUPS,
    JerjianRecording,
    epoch_correlations_of,
    subspace_activity,
)
from mirror_sim.studies.targets import targets

# --- the released recordings ----------------------------------------------------------------


@pytest.fixture(scope="module")
def release(data_dir):
    return jerjian2020.release()


@pytest.fixture(scope="module")
def monkey(release):
    return jerjian_rows(release.recording)


# V1, V2, K1 and K2 were published on other monkeys, by another test.
OWN = [name for name in targets()["id"] if name[0] in "JPW"]


@pytest.mark.parametrize("name", OWN)
def test_the_release_gives_the_published_number(monkey, name):
    value = str(targets().set_index("id")["value"][name])
    last_digit = 10.0 ** -len(value.partition(".")[2])
    # As printed; 3.48 was printed as 3.5.
    assert monkey[name] == pytest.approx(float(value), abs=0.501 * last_digit)


def test_the_rows_are_all_that_the_release_allows(monkey):
    # Which F5 units are pyramidal tract neurons was not released.
    assert set(targets()["id"]) & set(monkey) == {*OWN, "V1", "V2"}


def test_peaks_in_execution_are_those_of_the_54_excited_units_of_f5(release, monkey):
    """By bins that lie wholly in their windows; the time of a bin is that of its start."""
    rates = release.recording.rates
    starts_s = rates.times_s - 0.025
    hz = rates.of("execute-light/PG")[:, release.recording.of_group("F5")]
    before = hz[(starts_s > -1.41) & (starts_s < -1.14)]
    window = (starts_s > -0.01) & (starts_s < 1.56)
    assert (len(before), window.sum()) == (6, 32)
    change = (hz - before.mean(axis=0))[window]
    excited = (change.max(axis=0) > 10) & (change.max(axis=0) > -change.min(axis=0))
    assert excited.sum() == 54
    times_s = starts_s[window][change[:, excited].argmax(axis=0)]
    quartiles_s = [monkey[f"P1.F5.q{q}"] for q in (25, 50, 75)]
    assert quartiles_s == pytest.approx(np.percentile(times_s, [25, 50, 75]))
    assert quartiles_s == pytest.approx([0.65, 0.675, 0.80], abs=1e-9)
    assert monkey["P2.F5"] == 15 / 54


def test_whole_hand_grip_aligns_as_the_authors_found(release, monkey):
    authors = release.subspaces["execute-light/WHG"].alignment[3]
    found = [monkey[row] for row in ("W3", "W2", "W1")]  # M1-PTN, M1-UID, F5: the authors' order
    assert found == pytest.approx(authors, abs=1e-12)
    assert found == pytest.approx([0.088, 0.044, 0.176], abs=5e-4)


def test_the_surrogate_of_vigneswaran_on_the_release_is_inside_its_interval(monkey):
    rows = targets().set_index("id")
    for name in ("V1", "V2"):
        assert rows["low"][name] <= monkey[name] <= rows["high"][name]


@pytest.mark.parametrize(("group", "ratio"), [("M1-PTN", 3.5), ("M1-UID", 2.32), ("F5", 1.52)])
def test_execution_exceeds_observation_as_published(monkey, group, ratio):
    assert monkey[f"J8.{group}"] == pytest.approx(ratio, abs=0.05)


def test_m1_observation_resembles_nogo_more_than_execution_and_f5_does_not(release, monkey):
    rates = release.recording.rates
    change = mean_rates(rates, 0.35, 0.80) - mean_rates(rates, -1.40, -1.15)
    for group, exceeds in (("M1-PTN", True), ("F5", False)):
        units = release.recording.of_group(group)
        own, seen = (
            change[ALL_CONDITIONS.index(f"{c}/PG"), units] for c in ("execute-light", "observe")
        )
        assert (monkey[f"J12.{group}"] > pearson(own, seen)) == exceeds


def test_execution_and_observation_correlate_before_go_and_less_while_reaching(release, rng):
    table = release.recording.classification
    for group in GROUPS:
        units = (table["mirror"] & (table["group"] == group)).to_numpy()
        hz = release.epoch_hz[:, :, units]
        found = epoch_correlations(hz[:2], hz[2:4], rng=rng, epochs=release.epochs, n=200)
        assert found["ObjPres"].value > 0.85
        assert found["Early Reach"].value < found["ObjPres"].value - 0.3
        assert abs(found["ObjPres"].expected) < 0.03
        assert found["ObjPres"].p < 0.01
        assert found["Hold"].value > found["Hold"].high


def test_epochs_cut_from_the_smoothed_rates_correlate_as_the_authors_epochs_do(release, rng):
    table = release.recording.classification
    for group in GROUPS:
        found = epoch_correlations_of(release.recording, group, rng=rng, n=10)
        units = (table["mirror"] & (table["group"] == group)).to_numpy()
        hz = release.epoch_hz[:, :, units]
        theirs = epoch_correlations(hz[:2], hz[2:4], rng=rng, epochs=release.epochs, n=10)
        assert tuple(found) == release.epochs
        for epoch in release.epochs[2:]:
            assert found[epoch].value == pytest.approx(theirs[epoch].value, abs=0.1), epoch


# --- a session of known answer --------------------------------------------------------------


def simulated(*, seed=3):
    """The task recorded from 302 Poisson units: the tract neurons of F5 fall silent in observation,
    its others and M1's are facilitated in both contexts, and unidentified M1 units do nothing."""
    rng = np.random.default_rng(seed)
    n = jerjian2020.N_RECORDED
    kind = np.repeat(list(n), list(n.values()))
    units = pd.DataFrame({"unit_id": np.arange(len(kind)) + 100})
    units["area"] = [name[:2] for name in kind]
    units["cell_type"] = np.where(np.char.endswith(kind, "PTN"), "PTN", "pyramidal")
    units = units.assign(population=kind, x_um=0.0, y_um=0.0, z_um=0.0)
    size = rng.uniform(0.5, 1.5, len(kind))
    change = {
        "F5 PTN": {"execute-light": 30.0, "observe": -10.0, "nogo": 0.0},
        "F5 UID": {"execute-light": 30.0, "observe": 30.0, "nogo": 0.0},
        "M1-PTN": {"execute-light": 40.0, "observe": 20.0, "nogo": 20.0},
        "M1-UID": {"execute-light": 0.0, "observe": 0.0, "nogo": 0.0},
    }
    trials, times, rows = [], [], []
    for number, trial in enumerate(jerjian2020.protocol(seed=1)):
        now = 4.5 * number
        name = trial.condition
        by_kind = {key: value[name] for key, value in change.items()}
        scale = np.where(kind == "F5 PTN", 1.0, size) if name != "execute-light" else 1.0
        task = 10.0 + np.array([by_kind[key] for key in kind]) * scale
        onset = trial.events["movement_onset" if name == "execute-light" else "go"]
        for low, high, rate in ((0, onset, 10.0), (onset, trial.duration_s, task)):
            counts = rng.poisson(np.broadcast_to(rate, len(kind)) * (high - low))
            times.append(now + rng.uniform(low, high, counts.sum()))
            rows.append(np.repeat(np.arange(len(kind)), counts))
        trials.append(
            {"start_time": now, "stop_time": now + trial.duration_s, "condition": name}
            | {"action": trial.action.name}
            | {f"{event}_time": now + at for event, at in trial.events.items()}
        )
    table = pd.DataFrame(trials).assign(
        agent="monkey", general_action="grasping", way="", object="thing", viewpoint_deg=0.0,
        distance_m=0.5, tool=False, hand_visible=True, object_visible=True, seed=0,
    )  # fmt: skip
    flat, who = np.concatenate(times), np.concatenate(rows)
    order = np.lexsort((flat, who))
    return Session(units, table, flat[order], who[order], {})


@pytest.fixture(scope="module")
def session():
    return simulated()


@pytest.fixture(scope="module")
def recording(session):
    return jerjian2020.recording(session, seed=1)


def test_a_session_has_the_form_of_the_release(recording):
    assert set(recording.rates.conditions) == set(ALL_CONDITIONS)
    assert recording.rates.values.shape == (6, 75, 302)
    assert recording.smooth.values.shape == (6, 377, 302)
    assert np.isfinite(recording.smooth.values).all()
    np.testing.assert_allclose(recording.rates.times_s, -1.475 + 0.05 * np.arange(75))
    # The mean time of the screen clearing, from Go.
    assert recording.lcdon_s == pytest.approx(-1.05)


def test_rates_change_where_the_monkeys_released_the_home_pad(recording):
    units = recording.of_group("M1-PTN")
    rates = recording.rates.of("execute-light/PG")[:, units].mean(axis=1)
    early, late = (recording.rates.times_s < 0.34), (recording.rates.times_s > 0.38)
    assert rates[early].max() < 15
    assert rates[late].min() > 45


@pytest.fixture(scope="module")
def rows(recording):
    return jerjian_rows(recording)


def test_units_of_known_answer_give_their_numbers(rows):
    assert set(rows) >= {name for name in targets()["id"] if name[0] in "VK" or name == "J1"}
    assert rows["J2"] == 100
    assert rows["J1"] == 100
    assert rows["J3"] < 5
    for grasp in ("PG", "WHG"):
        assert rows[f"J7.M1-PTN.{grasp}.FF"] == 100
        assert rows[f"J7.F5.{grasp}.FS"] == pytest.approx(100 * 23 / 115, abs=1)
    assert rows["J8.M1-PTN"] == pytest.approx(2.0, abs=0.15)
    assert rows["J9.F5"] == pytest.approx(10.0, abs=0.5)
    assert rows["J10.M1-PTN.baseline"] == pytest.approx(10.0, abs=0.5)
    # Peaks of noisy averages lie above the rate.
    assert 50 < rows["J10.M1-PTN.execution"] < 65
    assert rows["J12.M1-PTN"] > 0.6
    assert abs(rows["J12.F5"]) < 0.3
    assert (rows["V1"], rows["V2"]) == (100, 100)
    assert (rows["K1"], rows["K2"]) == (100, 100)


def with_peaks(recording, n_excited):
    """Let some F5 units fire most at one of three times in execution, and the others never vary."""
    times_s = recording.rates.times_s
    values = np.full(recording.rates.values.shape, 5.0)
    row = recording.rates.conditions.index("execute-light/PG")
    units = np.flatnonzero(recording.of_group("F5"))[:n_excited]
    for unit, centre_s in zip(
        units, np.resize([0.425, 0.725, 0.725, 1.225], n_excited), strict=True
    ):
        values[row, np.argmin(np.abs(times_s - centre_s)), unit] = 40.0
    return replace(recording, rates=replace(recording.rates, values=values))


def test_peak_times_of_known_units(recording):
    found = jerjian_rows(with_peaks(recording, 40))
    assert [found[f"P1.F5.q{q}"] for q in (25, 50, 75)] == pytest.approx([0.625, 0.7, 0.825])
    assert found["P2.F5"] == 0.5


def test_the_peaks_of_a_few_units_are_no_row(recording):
    assert "P2.F5" in jerjian_rows(with_peaks(recording, 10))
    assert not [name for name in jerjian_rows(with_peaks(recording, 9)) if name.startswith("P")]


def test_a_row_without_units_is_left_out(rows):
    assert "J14.F5" not in rows  # there are no SS units
    assert np.isfinite(list(rows.values())).all()


def test_a_condition_with_a_single_trial_is_refused(session):
    trials = session.trials
    nogo = np.flatnonzero((trials["condition"] == "nogo") & (trials["action"] == "WHG"))
    keep = ~np.isin(np.arange(len(trials)), nogo[1:])
    with pytest.raises(ValueError, match="nogo/WHG has 1 trial; the test needs at least 2"):
        jerjian2020.recording(session.select(trials=keep), seed=1)


def test_a_session_without_nogo_is_refused(session):
    keep = (session.trials["condition"] != "nogo").to_numpy()
    with pytest.raises(ValueError, match="unknown condition 'nogo/PG'"):
        jerjian2020.recording(session.select(trials=keep), seed=1)


# --- what a recording must hold -------------------------------------------------------------


def without(rates, condition):
    keep = [k for k, name in enumerate(rates.conditions) if name != condition]
    names = tuple(rates.conditions[k] for k in keep)
    return replace(rates, values=rates.values[keep], conditions=names)


def test_an_incomplete_recording_is_refused(recording):
    with pytest.raises(ValueError, match="unknown condition 'nogo/PG' in rates"):
        replace(recording, rates=without(recording.rates, "nogo/PG"))
    with pytest.raises(ValueError, match="unknown condition 'observe/WHG' in smooth"):
        replace(recording, smooth=without(recording.smooth, "observe/WHG"))
    table = recording.classification
    with pytest.raises(ValueError, match="unknown column 'baseline_hz' in the classification"):
        replace(recording, classification=table.drop(columns="baseline_hz"))
    with pytest.raises(ValueError, match="other units than the rates, or another order"):
        replace(recording, classification=table.iloc[::-1])
    with pytest.raises(ValueError, match=r"mirror unit \d+ has no rates in `smooth`"):
        replace(recording, smooth=recording.smooth.select(np.arange(3)))
    with pytest.raises(ValueError, match="unknown group 'F4' in the classification"):
        replace(recording, classification=table.replace({"group": {"F5": "F4"}}))
    with pytest.raises(ValueError, match="unknown group 'M1'"):
        subspace_activity(recording, "M1")


def test_rates_that_miss_a_window_are_refused(recording):
    short = replace(recording, smooth=within(recording.smooth, -1.5, 1.0))
    assert isinstance(short, JerjianRecording)
    holes = recording.smooth.values.copy()
    holes[:, -100:] = np.nan
    with pytest.raises(ValueError, match="rates are missing"):
        jerjian_rows(replace(recording, smooth=replace(recording.smooth, values=holes)))
    late = within(recording.rates, 0.0, 2.0)
    with pytest.raises(ValueError, match=r"no bin lies in -1\.4 to -1\.15 s"):
        jerjian_rows(replace(recording, rates=late))
