"""The analysis of variance of many units, against statsmodels and units of known answer."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.multicomp import pairwise_tukeyhsd

from mirror_sim.analysis.anova import studentized_range_sf, two_way_anova

# Trials of each label, and number of epochs: 2 x 3, 3 x 4 and 4 x 2, balanced or not.
DESIGNS = [
    ((12, 12), 3),
    ((27, 10), 3),
    ((3, 20), 3),
    ((9, 9, 9), 4),
    ((5, 17, 8), 4),
    ((6, 6, 6, 6), 2),
    ((4, 11, 7, 2), 2),
]


def labels_of(sizes):
    return np.repeat(list("ABCD")[: len(sizes)], sizes)


def poisson_rates(rng, sizes, n_epochs, *, low=2, high=12, n_units=4):
    """Rates of units with a mean of their own in every cell."""
    mean = rng.uniform(low, high, (len(sizes), n_epochs, n_units))
    return rng.poisson(np.repeat(mean, sizes, axis=0)) / 0.4


def as_table(rates, label):
    """One row an epoch of a trial, of one unit."""
    n_epochs = rates.shape[1]
    return pd.DataFrame(
        {
            "rate": rates.ravel(),
            "epoch": np.tile(list("uvwx")[:n_epochs], len(rates)),
            "label": np.repeat(label, n_epochs),
        }
    )


@pytest.mark.parametrize(("sizes", "n_epochs"), DESIGNS)
def test_effects_are_those_of_statsmodels(sizes, n_epochs, rng):
    label = labels_of(sizes)
    rates = poisson_rates(rng, sizes, n_epochs)
    test = two_way_anova(rates, label)
    for unit in range(rates.shape[2]):
        model = ols(
            "rate ~ C(epoch, Sum) * C(label, Sum)", as_table(rates[:, :, unit], label)
        ).fit()
        expected = anova_lm(model, typ=3)["PR(>F)"].to_numpy()[1:4]
        found = [test.p_epoch[unit], test.p_label[unit], test.p_interaction[unit]]
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-14)


@pytest.mark.parametrize("baseline", [0, 1])
@pytest.mark.parametrize(("sizes", "n_epochs"), DESIGNS)
def test_comparisons_after_it_are_those_of_statsmodels(sizes, n_epochs, baseline, rng):
    label = labels_of(sizes)
    rates = poisson_rates(rng, sizes, n_epochs, low=4, high=6, n_units=2)
    test = two_way_anova(rates, label, baseline=baseline)
    assert test.labels == tuple("ABCD"[: len(sizes)])
    rest, task = "uvwx"[baseline], [e for e in "uvwx"[:n_epochs] if e != "uvwx"[baseline]]
    assert test.p_posthoc.shape == (2, len(sizes), len(task))
    for unit in range(2):
        table = as_table(rates[:, :, unit], label)
        tukey = pairwise_tukeyhsd(table["rate"], table["label"] + table["epoch"])
        rows, columns = np.triu_indices(len(tukey.groupsunique), 1)
        pairs = list(zip(tukey.groupsunique[rows], tukey.groupsunique[columns], strict=True))
        for (g, name), (e, epoch) in product(enumerate(test.labels), enumerate(task)):
            pair = pairs.index(tuple(sorted((name + rest, name + epoch))))
            later = 1 if epoch > rest else -1
            assert test.p_posthoc[unit, g, e] == pytest.approx(tukey.pvalues[pair], rel=1e-3)
            assert test.change[unit, g, e] == pytest.approx(later * tukey.meandiffs[pair])


@pytest.mark.parametrize(("sizes", "n_epochs"), [((27, 10), 3), ((5, 17, 8), 4)])
def test_bonferroni_is_the_t_test_with_the_pooled_error_times_the_comparisons(sizes, n_epochs, rng):
    label = labels_of(sizes)
    rates = rng.normal(10, 3, (len(label), n_epochs, 1)) + 2 * np.arange(n_epochs)[None, :, None]
    test = two_way_anova(rates, label, posthoc="bonferroni")
    cells = {(g, e): rates[label == g, e, 0] for g in test.labels for e in range(n_epochs)}
    df = sum(len(x) - 1 for x in cells.values())
    error = sum(((x - x.mean()) ** 2).sum() for x in cells.values()) / df
    for (g, name), e in product(enumerate(test.labels), range(1, n_epochs)):
        difference = cells[name, e].mean() - cells[name, 0].mean()
        p = 2 * stats.t.sf(abs(difference) / np.sqrt(2 * error / sizes[g]), df)
        expected = min(1.0, len(sizes) * (n_epochs - 1) * p)
        assert test.p_posthoc[0, g, e - 1] == pytest.approx(expected)


def test_near_the_level_bonferroni_is_more_lenient_than_all_pairs(rng):
    rates = rng.normal(10, 3, (37, 3, 200)) + np.array([0, 2, 2])[None, :, None]
    label = labels_of((27, 10))
    few = two_way_anova(rates, label, posthoc="bonferroni").p_posthoc
    all_pairs = two_way_anova(rates, label).p_posthoc
    near = all_pairs < 0.2
    assert near.any()
    assert (few[near] < all_pairs[near]).all()


@pytest.mark.parametrize("df", [6, 54, 156, 2000])
@pytest.mark.parametrize("n_groups", [2, 3, 6, 12])
def test_the_studentized_range_is_that_of_scipy(n_groups, df):
    q = np.array([0.0, 0.3, 1.0, 2.5, 4.0, 5.0, 7.0])
    expected = stats.studentized_range.sf(q, n_groups, df)
    np.testing.assert_allclose(studentized_range_sf(q, n_groups, df), expected, rtol=1e-3)
    assert studentized_range_sf(np.array([np.inf]), n_groups, df)[0] == 0


@pytest.mark.parametrize(("sizes", "n_epochs"), [((27, 10), 3), ((5, 17, 8), 4)])
def test_null_units_are_found_at_the_level_of_the_test(sizes, n_epochs, rng):
    label = labels_of(sizes)
    rates = rng.poisson(8 * 0.5, (len(label), n_epochs, 8_000)) / 0.5
    test = two_way_anova(rates, label)
    for p in (test.p_epoch, test.p_label, test.p_interaction):
        assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.01)
    # The family of all pairs is at most at 5 %, so those with the baseline are below.
    assert (test.p_posthoc.min(axis=(1, 2)) < 0.05).mean() < 0.05


def test_units_without_variance_have_no_effect_or_a_sure_one():
    rates = np.zeros((6, 3, 3))
    rates[:, :, 1] = 7.3
    rates[:, 1, 2] = 4.0
    test = two_way_anova(rates, labels_of((3, 3)))
    np.testing.assert_array_equal(test.p_epoch, [1, 1, 0])
    np.testing.assert_array_equal(test.p_interaction, [1, 1, 1])
    np.testing.assert_allclose(test.p_posthoc[:, 0, 0], [1, 1, 0], atol=1e-6)


@pytest.mark.parametrize("posthoc", ["tukey-kramer", "bonferroni"])
def test_no_units_are_no_error(posthoc):
    test = two_way_anova(np.ones((4, 3, 0)), labels_of((2, 2)), posthoc=posthoc)
    assert test.p_posthoc.shape == (0, 2, 2)


@pytest.mark.parametrize(
    ("shape", "label", "message"),
    [
        ((4, 1, 1), "aabb", r"\(4, 1, 1\).*with two epochs or more"),
        ((4, 3), "aabb", "must be"),
        ((4, 3, 1), "aab", "label 3 entries"),
        ((4, 3, 1), "aaaa", r"needs at least two labels; got 1: \['a'\]"),
        ((4, 3, 1), "aaab", "label 'b' has a single trial"),
    ],
)
def test_designs_without_a_test_are_refused(shape, label, message):
    with pytest.raises(ValueError, match=message):
        two_way_anova(np.ones(shape), np.array(list(label)))


def test_missing_epochs_and_unknown_corrections_or_baselines_are_refused():
    rates, label = np.ones((4, 3, 1)), labels_of((2, 2))
    with pytest.raises(ValueError, match="Did you mean 'tukey-kramer'"):
        two_way_anova(rates, label, posthoc="tukey")
    with pytest.raises(ValueError, match="baseline is epoch 3; valid: 0 to 2"):
        two_way_anova(rates, label, baseline=3)
    rates[0, 0, 0] = np.inf
    with pytest.raises(ValueError, match="infinite"):
        two_way_anova(rates, label)


def test_a_unit_is_tested_by_the_trials_in_which_it_was_recorded():
    rng = np.random.default_rng(3)
    label = np.tile(["PG", "WHG"], 12)
    rates = rng.poisson(6.0, (24, 3, 5)).astype(float)
    rates[:, 1, 1] += 5.0
    lost = rng.random((24, 5)) < [0.0, 0.3, 0.3, 0.0, 0.5]
    partly = np.where(lost[:, None, :], np.nan, rates)
    partly[0, 1, 3] = np.nan  # one epoch lost: the trial is
    found = two_way_anova(partly, label)
    for unit in range(5):
        own = ~np.isnan(partly[:, :, unit]).any(axis=1)
        alone = two_way_anova(rates[own][:, :, [unit]], label[own])
        for name in ("p_epoch", "p_label", "p_interaction", "p_posthoc", "change"):
            np.testing.assert_allclose(getattr(found, name)[unit], getattr(alone, name)[0])
    partly[label == "WHG", :, 4] = np.nan
    with pytest.raises(ValueError, match=r"unit row 4, .*label 'WHG' has no trial; leave it out"):
        two_way_anova(partly, label)
