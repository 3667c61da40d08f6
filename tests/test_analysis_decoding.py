"""Decoding over time: codes of known answer, chance, and bad input."""

import numpy as np
import pytest

from mirror_sim.analysis.decoding import cross_decoding

N_UNITS, N_BINS, N_TRIALS = 60, 6, 20
LABELS = np.tile(["PG", "WHG"], 2 * N_TRIALS)
CONTEXTS = np.repeat(["execute", "observe"], 2 * N_TRIALS)


def poisson(rng, code):
    """Spikes whose mean is 3 plus what a code says of label, context and bin."""
    mean = np.full((len(LABELS), N_BINS, N_UNITS), 3.0)
    for name in ("PG", "WHG"):
        for context in ("execute", "observe"):
            rows = (name == LABELS) & (context == CONTEXTS)
            mean[rows, N_BINS // 2 :] += code[name, context]
    return rng.poisson(mean)


def code(rng, *, shared):
    drawn = {}
    for name in ("PG", "WHG"):
        own, other = 3 * (rng.random((2, N_UNITS)) < 0.3)
        drawn[name, "execute"], drawn[name, "observe"] = own, own if shared else other
    return drawn


def test_a_shared_code_generalises_and_one_of_each_context_does_not(rng):
    shared = cross_decoding(poisson(rng, code(rng, shared=True)), LABELS, CONTEXTS, rng=rng)
    own = cross_decoding(poisson(rng, code(rng, shared=False)), LABELS, CONTEXTS, rng=rng)
    for found in (shared, own):
        assert set(found) == {
            (a, b) for a in ("execute", "observe") for b in ("execute", "observe")
        }
        for context in ("execute", "observe"):
            assert found[context, context][N_BINS // 2 :].min() > 0.9
            # 40 trials a context at chance: the share correct has a standard deviation of 0.08.
            assert np.abs(found[context, context][: N_BINS // 2] - 0.5).max() < 0.3
    assert shared["execute", "observe"][N_BINS // 2 :].min() > 0.9
    assert own["execute", "observe"][N_BINS // 2 :].mean() < 0.75


def test_pure_noise_is_at_chance(rng):
    means = []
    for _ in range(20):
        counts = rng.poisson(2.0, (len(LABELS), 4, 30))
        found = cross_decoding(counts, LABELS, CONTEXTS, rng=rng, n_resamples=3)
        means.append(found["execute", "observe"].mean())
    # Each mean is over 4 bins of 40 trials: standard error 0.04, over 20 draws 0.009.
    assert np.mean(means) == pytest.approx(0.5, abs=0.035)


def test_the_same_generator_gives_the_same_bits(rng):
    counts = poisson(rng, code(rng, shared=True))
    first, second = (
        cross_decoding(counts, LABELS, CONTEXTS, rng=np.random.default_rng(4), n_resamples=2)
        for _ in range(2)
    )
    assert all(np.array_equal(first[pair], second[pair]) for pair in first)


def test_silent_units_and_trials_are_no_error(rng):
    counts = np.zeros((len(LABELS), 2, 5), dtype=int)
    found = cross_decoding(counts, LABELS, CONTEXTS, rng=rng, n_resamples=1)
    assert all(np.allclose(share, 0.5) for share in found.values())


@pytest.mark.parametrize(
    ("counts", "labels", "said"),
    [
        (np.zeros((80, 3)), LABELS, r"shape \(80, 3\)"),
        (np.zeros((80, 2, 5)), LABELS[:-1], "79 labels"),
        (np.zeros((80, 2, 5)), np.full(80, "PG"), "nothing to tell apart"),
        (np.zeros((80, 2, 5)), np.array(["a"] * 79 + ["b"]), "folds need at least as many"),
    ],
)
def test_bad_input(counts, labels, said, rng):
    with pytest.raises(ValueError, match=said):
        cross_decoding(counts, labels, CONTEXTS, rng=rng)
