"""Congruence, null distributions and intervals, against exact answers and known truths."""

import numpy as np
import pytest
from scipy import stats

from mirror_sim.analysis import chance
from mirror_sim.analysis.congruence import congruence, congruence_of, profile_match

GENERAL = {"gp": "grasping", "gw": "grasping", "pp": "placing", "hp": "holding"}


# --- congruence -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("executed", "observed", "expected"),
    [
        (["gp"], ["gp"], "strict"),
        (["gp", "pp"], ["pp", "gp"], "strict"),
        (["gp"], ["gw"], "broad"),
        (["gp"], ["gp", "hp"], "broad"),
        (["gp", "pp"], ["gp"], "broad"),
        (["gp"], ["pp", "hp"], "non-congruent"),
        ([], ["gp"], ""),
        (["gp"], [], ""),
    ],
)
def test_congruence_of_two_sets(executed, observed, expected):
    assert congruence(executed, observed, GENERAL) == expected
    assert congruence(observed, executed, GENERAL) == expected  # it has no direction


def test_only_mirror_units_are_classed():
    found = congruence_of([("gp",), ("gp",)], [("gp",), ("gp",)], np.array([True, False]), GENERAL)
    assert found.tolist() == ["strict", ""]


def test_profiles_match_as_they_correlate(rng):
    shared = rng.normal(size=(2000, 6))
    own, other = (shared + rng.normal(size=(2000, 6)) for _ in range(2))
    assert profile_match(own, own) == pytest.approx(1)
    assert profile_match(own, -own) == pytest.approx(-1)
    # A little under the 0.5 of the profiles, since each unit is scaled by its own noisy length.
    assert 0.43 < profile_match(own, other) < 0.5


def test_strong_units_and_actions_that_all_units_prefer_are_no_match(rng):
    unit, action = 20 * rng.random((300, 1)), 5 * rng.random((1, 6))
    own, other = (unit + action + rng.normal(size=(300, 6)) for _ in range(2))
    assert abs(profile_match(own, other)) < 0.1
    assert np.isnan(profile_match(own[:1], other[:1]))


# --- overlap --------------------------------------------------------------------------------


def test_overlap_of_known_units():
    own, other = np.arange(100) < 40, np.arange(100) < 50
    found = chance.overlap(own, other, rng=np.random.default_rng(1))
    assert found.value == 0.4
    assert found.expected == pytest.approx(0.2, abs=0.002)  # the product of the margins
    assert found.excess == pytest.approx(0.2, abs=0.002)
    # Permutations of units draw from the hypergeometric distribution.
    exact = stats.hypergeom(100, 40, 50)
    assert found.low * 100 == pytest.approx(exact.ppf(0.025), abs=1)
    assert found.high * 100 == pytest.approx(exact.ppf(0.975), abs=1)
    assert found.detectable == pytest.approx(2.80 * exact.std() / 100, rel=0.1)
    assert found.p == pytest.approx(1 / (chance.N_PERMUTATIONS + 1))


def poisson_facilitated(rng, n_units, *, baseline_hz=6.0):
    """Whether independent Poisson units pass a test of facilitation in two contexts."""
    base = np.broadcast_to(baseline_hz, (n_units,))
    responds = rng.random((2, n_units)) < [[0.5], [0.3]]
    rate = np.where(responds, 2.5, 1.0) * base
    task = rng.poisson(rate[:, None] * 0.5, (2, 10, n_units))
    rest = rng.poisson(base * 0.5, (2, 10, n_units))
    return stats.ttest_ind(task, rest, axis=1, alternative="greater").pvalue < 0.01


def test_independent_poisson_units_overlap_as_the_product_of_the_margins(rng):
    p, excess = [], []
    for _ in range(200):
        own, other = poisson_facilitated(rng, 200)
        found = chance.overlap(own, other, rng=rng, n=199)
        p.append(found.p)
        excess.append(found.value - own.mean() * other.mean())
    assert np.mean(excess) == pytest.approx(0, abs=0.005)
    # Ties of whole units make p a little too large, never too small.
    assert 0.01 <= np.mean(np.array(p) < 0.05) <= 0.08
    assert np.mean(p) == pytest.approx(0.5, abs=0.08)


def test_what_a_shared_baseline_explains_is_chance_within_its_quartiles(rng):
    # A unit responds the more likely the lower its baseline, independently in the two contexts.
    plain, matched = [], []
    for _ in range(60):
        baseline_hz = np.repeat([2.0, 5.0, 10.0, 20.0], 50) + rng.random(200)
        likely = np.repeat([0.8, 0.5, 0.3, 0.1], 50)
        own, other = rng.random((2, 200)) < likely
        plain.append(chance.overlap(own, other, rng=rng, n=99).p)
        within = chance.overlap(own, other, rng=rng, n=99, baseline_hz=baseline_hz)
        matched.append(within.p)
    assert np.mean(np.array(plain) < 0.05) > 0.9
    assert np.mean(np.array(matched) < 0.05) < 0.15


def test_the_detectable_excess_is_found_four_times_in_five(rng):
    n, share = 400, 0.3
    wanted = chance.overlap(
        np.arange(n) < n * share, np.arange(n) % 10 < 10 * share, rng=rng
    ).detectable
    found = 0
    for _ in range(150):
        own = rng.random(n) < share
        # Raises the share of both by `wanted`, leaving the margins.
        other = rng.random(n) < np.where(own, share + wanted / share, share - wanted / (1 - share))
        result = chance.overlap(own, other, rng=rng, n=199)
        found += result.value > result.high
    assert found / 150 == pytest.approx(0.8, abs=0.1)


def test_the_same_seed_gives_the_same_null():
    own, other = np.arange(50) % 2 == 0, np.arange(50) % 3 == 0
    first, second = (
        chance.overlap(own, other, rng=np.random.default_rng(5), n=50) for _ in range(2)
    )
    assert first == second


# --- match ----------------------------------------------------------------------------------


def test_a_profile_that_is_shared_is_found_and_one_that_is_not_is_not(rng):
    shared = rng.normal(size=(60, 6))
    own = shared + rng.normal(size=(60, 6))
    matched = chance.match(own, shared + rng.normal(size=(60, 6)), rng=rng, n=199)
    assert matched.p < 0.01
    assert matched.excess > matched.detectable
    p = [chance.match(own, rng.normal(size=(60, 6)), rng=rng, n=99).p for _ in range(60)]
    assert np.mean(np.array(p) < 0.05) < 0.15


def test_chance_of_strict_sets_is_one_over_the_ways_to_choose_them(rng):
    own = np.zeros((400, 5), dtype=bool)
    own[:, :2] = True
    found = chance.match_strict(own, rng.permuted(own, axis=1), rng=rng)
    assert found.expected == pytest.approx(1 / 10, abs=0.005)
    assert found.value == pytest.approx(1 / 10, abs=0.05)
    shuffled = [rng.permuted(own, axis=1) for _ in range(300)]
    by_permutation = [(own == other).all(axis=1).mean() for other in shuffled]
    assert np.std(by_permutation) == pytest.approx(found.detectable / chance.DETECTABLE_SD, rel=0.2)
    assert chance.match_strict(own, own, rng=rng).p < 0.001


def test_sets_of_other_sizes_never_match_and_empty_ones_do_not_count(rng):
    own = np.array([[True, False, False], [False, False, False], [True, True, True]])
    other = np.array([[True, True, False], [False, False, False], [True, True, True]])
    found = chance.match_strict(own, other, rng=rng)
    assert (found.value, found.expected) == (0.5, 0.5)
    nothing = chance.match_strict(own[1:2], other[1:2], rng=rng)
    assert np.isnan(nothing.value)
    assert np.isnan(nothing.p)


# --- intervals ------------------------------------------------------------------------------


def test_the_interval_over_subjects_covers_their_mean(rng):
    covered = 0
    for _ in range(300):
        _, low, high = chance.bootstrap(rng.normal(3, 1, 10), rng=rng, n=500)
        covered += low <= 3 <= high
    assert covered / 300 > 0.86  # a percentile interval of ten values is somewhat narrow


def test_missing_subjects_do_not_count_and_one_has_no_interval(rng):
    mean, low, high = chance.bootstrap(np.array([1.0, np.nan, 3.0]), rng=rng)
    assert (mean, low, high) == (2.0, 1.0, 3.0)
    mean, low, high = chance.bootstrap(np.array([4.0]), rng=rng)
    assert mean == 4.0
    assert np.isnan([low, high]).all()
    assert np.isnan(chance.bootstrap(np.array([]), rng=rng)).all()


def test_pairs_are_compared_within_subjects(rng):
    level = np.linspace(0, 10, 8)
    gain = np.array([0.9, 1.1, 1.0, 0.8, 1.2, 1.05, 0.95, 1.0])
    found = chance.paired_difference(level + gain, level, rng=rng)
    assert found.mean == pytest.approx(1)
    # Subjects differ by 10, their gains by 0.4; only the latter widen the interval.
    assert 0.85 < found.low < found.mean < found.high < 1.15
    assert found.n == 8
    assert found.detectable < 0.2
    with pytest.raises(ValueError, match="8 grown Subjects but 7 controls"):
        chance.paired_difference(level + gain, level[:7], rng=rng)


def test_the_detectable_difference_is_found_four_times_in_five(rng):
    n = 6
    true_error = 1 / np.sqrt(n)
    quantiles = stats.t.ppf(0.975, n - 1) + stats.t.ppf(0.8, n - 1)
    samples = rng.normal(quantiles * true_error, 1, (2000, n))
    power = (stats.ttest_1samp(samples, 0, axis=1, alternative="greater").pvalue < 0.025).mean()
    assert power == pytest.approx(0.8, abs=0.05)
    values = rng.normal(0, 1, n)
    found = chance.paired_difference(values, np.zeros(n), rng=rng)
    assert found.detectable == pytest.approx(quantiles * values.std(ddof=1) / np.sqrt(n))


def test_a_single_pair_has_no_interval(rng):
    found = chance.paired_difference(np.array([2.0, np.nan]), np.array([1.0, 1.0]), rng=rng)
    assert (found.mean, found.n) == (1.0, 1)
    assert np.isnan([found.low, found.high, found.detectable]).all()


@pytest.mark.parametrize(("count", "total"), [(0, 10), (10, 10), (3, 40), (282, 302)])
def test_wilson_is_that_of_statsmodels(count, total):
    from statsmodels.stats.proportion import proportion_confint

    expected = proportion_confint(count, total, method="wilson")
    np.testing.assert_allclose(chance.wilson(count, total), expected, atol=1e-12)


@pytest.mark.parametrize("n", [0, 2])
def test_too_few_pairs_have_no_correlation(n, rng):
    pairs = np.arange(float(n))
    assert np.isnan(chance.correlation(pairs, pairs, rng=rng).value)
