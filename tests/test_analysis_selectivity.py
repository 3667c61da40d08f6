"""Tests and effect sizes of selectivity, agreement of classes and the chance of decoding."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from mirror_sim.analysis.agreement import class_agreement
from mirror_sim.analysis.decoding import cross_decoding, permuted_decoding, standardised_within
from mirror_sim.analysis.selectivity import equal_subsets, one_way

ACTS = np.array(["a", "b", "c", "d", "e", "f"])
THINGS = dict(zip(ACTS, "xxxyyz", strict=True))


def trials(n, n_units, rng, *, effect=0.0):
    """Trials of six acts; units prefer one, whose mean is so many SDs up."""
    label = rng.permutation(np.repeat(ACTS, n))
    preferred = ACTS[np.arange(n_units) % len(ACTS)]
    return effect * (label[:, None] == preferred) + rng.normal(size=(len(label), n_units)), label


def test_the_test_is_that_of_scipy(rng):
    values, label = trials(5, 7, rng, effect=1.0)
    values, label = values[2:], label[2:]  # unequal numbers of trials
    expected = stats.f_oneway(*(values[label == act] for act in ACTS)).pvalue
    np.testing.assert_allclose(one_way(values, label).p, expected, rtol=1e-9)


def test_within_a_coarser_label_the_test_is_the_one_of_nested_models(rng):
    values, label = trials(6, 1, rng, effect=1.0)
    thing = np.array([THINGS[act] for act in label])
    table = pd.DataFrame({"y": values[:, 0], "act": label, "thing": thing})
    whole, coarse = (smf.ols(f"y ~ C({name})", table).fit() for name in ("act", "thing"))
    _, p, _ = whole.compare_f_test(coarse)
    assert one_way(values, label, within=thing).p[0] == pytest.approx(p, rel=1e-9)


def test_what_the_coarser_label_explains_is_no_effect_of_the_finer(rng):
    label = np.repeat(ACTS, 10)
    thing = np.array([THINGS[act] for act in label])
    values = 5.0 * (thing == "x")[:, None] + rng.normal(size=(60, 200))
    assert (one_way(values, label).p < 0.05).all()
    nested = one_way(values, label, within=thing)
    assert np.mean(nested.p < 0.05) < 0.12
    assert abs(nested.omega_squared.mean()) < 0.02


def test_share_of_significant_units_grows_with_trials_and_the_effect_size_does_not(rng):
    few, many = (one_way(*trials(n, 600, rng, effect=0.8)) for n in (6, 48))
    assert np.mean(many.p < 0.05) > np.mean(few.p < 0.05) + 0.3
    between = (0.8**2) * 5 / 36  # variance of the means of six acts of which one is 0.8 up
    for found in (few, many):
        assert found.omega_squared.mean() == pytest.approx(between / (1 + between), abs=0.015)


def test_without_an_effect_the_share_is_alpha_and_the_effect_size_zero(rng):
    found = one_way(*trials(8, 2000, rng))
    assert np.mean(found.p < 0.05) == pytest.approx(0.05, abs=0.015)
    assert found.omega_squared.mean() == pytest.approx(0.0, abs=0.004)


def test_units_that_never_vary_are_not_selective_and_those_that_vary_by_label_alone_are():
    label = np.repeat(["a", "b"], 4)
    values = np.stack([np.full(8, 3.7), (label == "b") * 2.0], axis=1)
    found = one_way(values, label)
    assert found.p.tolist() == [1.0, 0.0]
    assert found.omega_squared.tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": ["a"] * 4}, "needs two labels or more"),
        ({"label": list("abcd")}, "two trials or more of a label"),
        ({"label": ["a", "b"]}, r"shape \(4, 2\) and label \(2,\)"),
        ({"values": np.full((4, 2), np.nan)}, "not finite"),
        ({"within": ["x", "y", "x", "y"]}, "several values of within"),
        ({"within": ["x", "x"]}, "within has 2 entries and label 4"),
        ({"within": ["x", "x", "y", "y"]}, "needs two labels or more in a group"),
    ],
)
def test_what_cannot_be_tested_is_said(change, message):
    given = {"values": np.ones((4, 2)), "label": ["a", "a", "b", "b"], **change}
    with pytest.raises(ValueError, match=message):
        one_way(given.pop("values"), given.pop("label"), **given)


def test_subsets_have_equal_trials_of_each_label_and_none_twice(rng):
    label = rng.permutation(np.repeat(["a", "b", "c"], [9, 8, 13]))
    sets = equal_subsets(label, 4)
    assert sets.shape == (2, 30)
    assert sets.sum(axis=0).max() == 1
    for chosen in sets:
        assert np.unique(label[chosen], return_counts=True)[1].tolist() == [4, 4, 4]
    with pytest.raises(ValueError, match="9 trials of each label; there are 8 of 'b'"):
        equal_subsets(label, 9)


def test_agreement_is_cohens(rng):
    first = rng.choice(["strict", "broad", "none"], 90, p=[0.2, 0.5, 0.3])
    second = np.where(rng.random(90) < 0.6, first, rng.permutation(first))
    found = class_agreement(first, second)
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second))
    assert found.table.loc["broad", "strict"] == np.sum((first == "broad") & (second == "strict"))


def test_independent_classes_agree_by_chance(rng):
    found = class_agreement(rng.random(20_000) < 0.3, rng.random(20_000) < 0.2)
    assert found.expected == pytest.approx(0.3 * 0.2 + 0.7 * 0.8, abs=0.01)
    assert found.kappa == pytest.approx(0.0, abs=0.03)


def test_agreement_of_one_class_or_no_unit_has_no_kappa():
    assert np.isnan(class_agreement(["a", "a"], ["a", "a"]).kappa)
    assert np.isnan(class_agreement([], []).same)
    with pytest.raises(ValueError, match=r"shapes \(1,\) and \(2,\)"):
        class_agreement(["a"], ["a", "b"])


def contexts(rng, n_units=40):
    """The same preferences in two contexts, of which the second adds an offset of each unit."""
    parts = [trials(8, n_units, rng, effect=2.0) for _ in range(2)]
    activity = np.concatenate([parts[0][0], parts[1][0] + 20 * rng.random(n_units)])
    label = np.concatenate([parts[0][1], parts[1][1]])
    return activity[:, None], label, np.repeat(["done", "seen"], len(label) // 2)


def test_standardised_units_decode_across_contexts_where_offsets_hide_the_label(rng):
    activity, label, context = contexts(rng)
    pair = ("done", "seen")
    raw = cross_decoding(activity, label, context, rng=rng, n_folds=4)[pair][0]
    scaled = standardised_within(activity, context)
    centred = cross_decoding(scaled, label, context, rng=rng, n_folds=4)[pair][0]
    assert raw < 0.5
    assert centred > 0.9
    for name in ("done", "seen"):
        np.testing.assert_allclose(scaled[context == name].mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(scaled[context == name].std(axis=0), 1)
    assert not standardised_within(np.full((4, 1), 0.1), ["a", "a", "b", "b"]).any()


def test_permuted_labels_decode_by_chance(rng):
    activity, label, context = contexts(rng)
    before = label.copy()
    null = permuted_decoding(
        standardised_within(activity, context), label, context, rng=rng, n=40, n_folds=4
    )
    assert (label == before).all()
    assert len(null) == 4
    for values in null.values():
        assert values.shape == (40, 1)
        assert values.mean() == pytest.approx(1 / 6, abs=0.02)
        assert values.max() < 0.45


def test_across_contexts_chance_is_that_of_permuted_names(rng):
    """Acts that are alike within two contexts and unrelated between them."""
    label = np.tile(np.repeat(ACTS, 8), 2)
    context = np.repeat(["done", "seen"], 48)
    between = []
    for _ in range(12):
        means = rng.normal(size=(2, len(ACTS), 40))
        activity = means[(context == "seen").astype(int), np.searchsorted(ACTS, label)]
        activity = standardised_within(activity + 0.1 * rng.normal(size=(96, 40)), context)
        found = cross_decoding(activity[:, None], label, context, rng=rng, n_folds=4, n_resamples=1)
        between.append(found["done", "seen"][0])
    settings = {"rng": rng, "n": 60, "n_folds": 4}
    spread = {
        names: permuted_decoding(activity[:, None], label, context, names=names, **settings)[
            "done", "seen"
        ].std()
        for names in (False, True)
    }
    assert spread[True] > 2 * spread[False]
    assert spread[True] / 2 < np.std(between) < 2 * spread[True]
