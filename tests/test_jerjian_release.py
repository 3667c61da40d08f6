"""The release of Jerjian et al. 2020: what it holds, against what was published."""

import numpy as np
import pytest
from scipy.io import savemat

from mirror_sim.studies import jerjian2020
from mirror_sim.studies.jerjian2020.recording import ALL_CONDITIONS, MOVING
from mirror_sim.studies.jerjian2020.release import _variable
from mirror_sim.studies.targets import targets


@pytest.fixture(scope="module")
def release(data_dir):
    return jerjian2020.release()


def test_the_release_holds_302_units_in_six_conditions(release):
    rates = release.recording.rates
    assert rates.conditions == ALL_CONDITIONS
    assert rates.values.shape == (6, 75, 302)
    assert release.units["group"].value_counts().to_dict() == {
        "M1-UID": 128,
        "F5": 115,
        "M1-PTN": 59,
    }
    assert not {17, 18} & set(release.units["unit_id"])
    assert release.units["recording"].between(1, 93).all()


def fewest_trials(hold_hz):
    """Return the fewest trials in which these mean rates of 0.7 s come from whole spikes."""
    n_trials = np.arange(5, 81)
    spikes = np.outer(hold_hz[hold_hz > 0] * 0.7, n_trials)
    whole = np.all(np.abs(spikes - np.round(spikes)) < 1e-6 * np.maximum(spikes, 1), axis=0)
    return n_trials[whole][0]


@pytest.mark.parametrize("grasp", ["PG", "WHG"])
@pytest.mark.parametrize(("condition", "n_trials"), [("execution", 40), ("observation", 21)])
def test_rates_of_the_hold_tell_how_many_trials_were_recorded(release, condition, n_trials, grasp):
    several = release.units.groupby("recording").filter(lambda units: len(units) >= 3)
    held = several.groupby("recording")[f"rate_{condition}_{grasp}_hold"]
    found = [fewest_trials(hold_hz.to_numpy()) for _, hold_hz in held]
    assert len(found) == 63
    assert np.mean(found) == pytest.approx(n_trials, abs=1)


def test_only_nogo_ends_early(release):
    missing = np.isnan(release.recording.rates.values)
    assert not missing[:4].any()
    late = release.recording.rates.times_s > 0.7
    np.testing.assert_array_equal(
        missing[4:], np.broadcast_to(late[None, :, None], missing[4:].shape)
    )


def test_smoothed_rates_are_those_of_the_mirror_units(release):
    smooth = release.recording.smooth
    assert smooth.conditions == MOVING
    assert smooth.values.shape == (4, 377, 169)
    rates, table = release.recording.rates, release.recording.classification
    np.testing.assert_array_equal(smooth.units["unit_id"], table.loc[table["mirror"], "unit_id"])
    # Both kinds of rates of a unit tell the same, to within the smoothing.
    centres = rates.times_s[2:-2]
    own = rates.of("execute-light/PG")[2:-2, table["mirror"].to_numpy()]
    other = smooth.of("execute-light/PG")
    for unit in range(0, 169, 8):
        at = np.interp(centres, smooth.times_s, other[:, unit])
        assert np.corrcoef(at, own[:, unit])[0, 1] > 0.7


def test_the_released_times_are_the_ends_of_the_50_ms_bins(release):
    """Shifting the bins against the 10 ms rates fits best where each is centred on its time."""
    rates, smooth = release.recording.rates, release.recording.smooth
    mirror = release.recording.classification["mirror"].to_numpy()
    own = rates.values[:4, 4:-4][:, :, mirror]
    misfit = {}
    for shift_ms in range(-40, 41, 10):
        bins = np.searchsorted(smooth.times_s, rates.times_s[4:-4] + shift_ms / 1e3 - 0.0251)
        means = np.mean([smooth.values[:, bins + k] for k in range(5)], axis=0)
        misfit[shift_ms] = float(((means - own) ** 2).mean())
    assert abs(min(misfit, key=misfit.get)) <= 10


def test_events_are_the_papers(release):
    mean = release.events.groupby("condition")[["lcdon", "go", "hpr", "do", "ho"]].mean()
    assert len(release.events) == 6 * 93
    assert mean.loc[list(MOVING), "hpr"].to_numpy() == pytest.approx(0.357, abs=1e-3)
    assert mean.loc[list(MOVING), "do"].to_numpy() == pytest.approx(0.7625, abs=1e-3)
    assert mean.loc[list(MOVING), "ho"].between(0.80, 0.85).all()
    assert (mean["go"].dropna() == 0).all()
    assert release.recording.lcdon_s == pytest.approx(-1.2, abs=0.01)
    assert release.recording.displacement_s == pytest.approx(0.7625, abs=1e-3)


def test_the_authors_tests_give_the_published_counts(release):
    table = release.recording.classification
    assert table["modulated_execution"].sum() == 282
    assert table["modulated_observation"].sum() == 174
    assert table["mirror"].sum() == 169
    effects = release.units.filter(like="effect_").sum()
    assert (effects["effect_epoch_execution"], effects["effect_epoch_observation"]) == (278, 204)
    assert effects["effect_interaction_execution"] == 216
    assert effects["effect_interaction_observation"] == 59


def test_every_sign_class_has_the_published_count(release):
    table = release.recording.classification
    published = targets().set_index("id")["count"]
    ids = [name for name in published.index if name.startswith("J7.")]
    assert len(ids) == 20
    for name in ids:
        _, group, grasp, sign = name.split(".")
        units = table[(table["group"] == group) & table["mirror"]]
        classes = units[f"class_{grasp}"]
        assert f"{(classes == sign).sum()}/{(classes != '').sum()}" == published[name], name


def test_epochs_are_named_and_end_with_go_in_nogo(release):
    assert release.epochs[0] == "Bsln"
    assert release.epochs[-1] == "Hold"
    assert release.epoch_hz.shape == (6, 8, 302)
    assert np.isfinite(release.epoch_hz[:4]).all()
    np.testing.assert_array_equal(
        np.isnan(release.epoch_hz[4:]).all(axis=(0, 2)), np.arange(8) >= 4
    )


def test_a_file_without_the_variable_says_which_it_has(tmp_path):
    savemat(tmp_path / "other.mat", {"Date": 1.0})
    with pytest.raises(ValueError, match=r"unknown variable 'Data' in .*other\.mat.*'Date'"):
        _variable(tmp_path / "other.mat", "Data")
