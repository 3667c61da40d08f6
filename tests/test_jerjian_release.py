"""The release of Jerjian et al. 2020: what it holds, against what was published."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.io import savemat
from scipy.stats import ks_2samp

from mirror_sim.analysis.subspaces import (
    alignment_index,
    captured_variance,
    principal_axes,
    random_alignment,
)
from mirror_sim.studies import jerjian2020
from mirror_sim.studies.jerjian2020.numbers import jerjian_rows
from mirror_sim.studies.jerjian2020.recording import (
    ALL_CONDITIONS,
    GRASPS,
    GROUPS,
    MOVING,
    epoch_correlations_of,
    subspace_activity,
)
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


@pytest.mark.parametrize("grasp", GRASPS)
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


# --- the authors' subspaces, of both grips --------------------------------------------------

CONTEXTS = ("execute-light", "observe")
AUTHORS_ORDER = ("M1-PTN", "M1-UID", "F5")


@pytest.fixture(scope="module")
def activities(release):
    return {group: subspace_activity(release.recording, group) for group in AUTHORS_ORDER}


def test_the_release_has_the_authors_numbers_for_the_axes_of_every_moving_condition(release):
    assert set(release.subspaces) == set(MOVING)
    for axes_of, authors in release.subspaces.items():
        assert authors.alignment.shape == (4, 3)
        assert authors.captured.shape == (3, 4, 3)
        assert authors.null.shape == (4, 3, 10_000)
        # The axes of a condition hold as much of its own variance as any could.
        np.testing.assert_allclose(authors.alignment[MOVING.index(axes_of)], 1)


@pytest.mark.parametrize("grasp", GRASPS)
@pytest.mark.parametrize("context", CONTEXTS)
def test_alignment_and_captured_variance_are_the_authors(release, activities, context, grasp):
    authors = release.subspaces[f"{context}/{grasp}"]
    for g, group in enumerate(AUTHORS_ORDER):
        axes = principal_axes(activities[group][f"{context}/{grasp}"])
        for c, name in enumerate(MOVING):
            activity = activities[group][name]
            index, captured = alignment_index(activity, axes), captured_variance(activity, axes)
            assert index == pytest.approx(authors.alignment[c, g], abs=1e-12)
            np.testing.assert_allclose(captured, authors.captured[:, c, g], rtol=0, atol=1e-12)


class AuthorsGenerator(np.random.Generator):
    """The random orders of units that the authors drew, as a generator for `random_alignment`.

    They are those of Matlab's Mersenne Twister seeded with 44, as the code beside the released data
    seeds it elsewhere; all released numbers agree. `randperm` sorts uniform numbers. Before the
    permutations of a group all its units are drawn, by one number less than there are units.
    """

    def __init__(self):
        super().__init__(np.random.PCG64(0))
        self.matlab = np.random.RandomState(44).random_sample

    def skip_drawing_all(self, n_units):
        self.matlab(n_units - 1)

    def permuted(self, rows, axis):
        # They put the units of the activity into this order, `random_alignment` those of the axes.
        return np.argsort(np.argsort(self.matlab(rows.shape), axis=axis), axis=axis)


@pytest.mark.parametrize("grasp", GRASPS)
def test_every_random_subspace_is_the_authors(release, activities, grasp):
    rng = AuthorsGenerator()
    for context in CONTEXTS:
        authors = release.subspaces[f"{context}/{grasp}"]
        for g, group in enumerate(AUTHORS_ORDER):
            axes = principal_axes(activities[group][f"{context}/{grasp}"])
            rng.skip_drawing_all(len(axes))
            for c, name in enumerate(MOVING):
                null = random_alignment(activities[group][name], axes, rng=rng)
                np.testing.assert_allclose(null, authors.null[c, g], rtol=0, atol=1e-12)


# Groups whose observation lies along the axes of execution more than units in random order would.
ABOVE_CHANCE = {"F5"}


@pytest.mark.parametrize("grasp", GRASPS)
def test_random_subspaces_of_another_seed_are_distributed_as_the_authors(
    release, activities, rng, grasp
):
    authors = release.subspaces[f"execute-light/{grasp}"]
    seen = MOVING.index(f"observe/{grasp}")
    for g, group in enumerate(AUTHORS_ORDER):
        axes = principal_axes(activities[group][f"execute-light/{grasp}"])
        null = random_alignment(activities[group][MOVING[seen]], axes, rng=rng, n=4000)
        theirs = authors.null[seen, g]
        assert null.mean() == pytest.approx(theirs.mean(), rel=0.03)
        assert np.percentile(null, 95) == pytest.approx(np.percentile(theirs, 95), rel=0.06)
        assert ks_2samp(null, theirs).pvalue > 0.001
        above = authors.alignment[seen, g] > np.percentile(null, 95)
        assert above == (group in ABOVE_CHANCE)


# --- both grips play the same part ----------------------------------------------------------


def swapped_name(name):
    """Return a name of a condition, column or row with the grips swapped."""
    first, second = GRASPS
    return name.replace(second, first) if second in name else name.replace(first, second)


def swapped(recording):
    """Call each grip by the other's name."""

    def rates(of):
        return replace(of, conditions=tuple(swapped_name(name) for name in of.conditions))

    return replace(
        recording,
        rates=rates(recording.rates),
        smooth=rates(recording.smooth),
        classification=recording.classification.rename(columns=swapped_name),
    )


@pytest.mark.parametrize(("grasp", "other"), [GRASPS, GRASPS[::-1]])
def test_rows_of_swapped_grips_are_the_rows_of_the_other_grip(release, grasp, other):
    rows = jerjian_rows(release.recording, grasp=grasp)
    found = jerjian_rows(swapped(release.recording), grasp=other)
    assert {swapped_name(name): value for name, value in found.items()} == pytest.approx(rows)


def test_rows_of_one_grip_are_of_that_grip(release):
    precision, whole_hand = (jerjian_rows(release.recording, grasp=grasp) for grasp in GRASPS)
    assert precision == jerjian_rows(release.recording)
    differing = {name for name in precision if precision[name] != whole_hand[name]}
    timing = {"P1.F5.q25", "P1.F5.q50", "P1.F5.q75", "P2.F5"}
    alignment = {"W1", "W2", "W3"} | {f"J15.{g}" for g in GROUPS}
    assert differing == {"J12.F5", "J12.M1-PTN", "V1", "V2"} | timing | alignment
    # W is of the other grip.
    for row, group in {"W1": "F5", "W2": "M1-UID", "W3": "M1-PTN"}.items():
        assert whole_hand[row] == precision[f"J15.{group}"]
    authors = release.subspaces["execute-light/WHG"].alignment[MOVING.index("observe/WHG")]
    for group, index in zip(AUTHORS_ORDER, authors, strict=True):
        assert whole_hand[f"J15.{group}"] == pytest.approx(index, abs=1e-12)
    with pytest.raises(ValueError, match="unknown grasp 'WGH'"):
        jerjian_rows(release.recording, grasp="WGH")


def test_subspaces_and_epochs_of_swapped_grips_are_swapped(release):
    turned = swapped(release.recording)
    for group in GROUPS:
        own, found = (subspace_activity(of, group) for of in (release.recording, turned))
        for name, activity in own.items():
            np.testing.assert_allclose(found[swapped_name(name)], activity, rtol=1e-12)
        epochs = [
            epoch_correlations_of(of, group, rng=np.random.default_rng(1), n=2)
            for of in (release.recording, turned)
        ]
        for name, correlation in epochs[0].items():
            assert epochs[1][name].value == pytest.approx(correlation.value)


def test_rows_do_not_depend_on_the_order_of_conditions(release):
    def reversed_order(of):
        return replace(of, values=of.values[::-1], conditions=of.conditions[::-1])

    recording = release.recording
    turned = replace(
        recording, rates=reversed_order(recording.rates), smooth=reversed_order(recording.smooth)
    )
    assert jerjian_rows(turned) == pytest.approx(jerjian_rows(recording))


# --- files that are not the release ---------------------------------------------------------


def test_a_file_without_the_variable_says_which_it_has(tmp_path):
    savemat(tmp_path / "other.mat", {"Date": 1.0})
    with pytest.raises(ValueError, match=r"unknown variable 'Data' in .*other\.mat.*'Date'"):
        _variable(tmp_path / "other.mat", "Data")
