"""Decoding over time: codes of known answer, chance, and bad input."""

import numpy as np
import pytest
from sessions import make_session, remade

from mirror_sim.analysis.decoding import CLASSIFIERS, cross_decoding, warped_rates
from mirror_sim.analysis.epochs import Epoch

N_UNITS, N_BINS, N_TRIALS = 60, 4, 20
DONE, SEEN = "done", "seen"
LABELS = np.tile(["A", "B"], 2 * N_TRIALS)
CONTEXTS = np.repeat([DONE, SEEN], 2 * N_TRIALS)
# lda takes hundreds of times as long.
RESAMPLES = {"correlation": 20, "diagonal": 20, "lda": 2}
EACH = pytest.mark.parametrize("classifier", list(CLASSIFIERS))


def poisson(rng, code):
    """Spikes whose mean is 3, in the later half of the bins plus the code of label and context."""
    mean = np.full((len(LABELS), N_BINS, N_UNITS), 3.0)
    for (name, context), added in code.items():
        rows = (name == LABELS) & (context == CONTEXTS)
        mean[rows, N_BINS // 2 :] += added
    return rng.poisson(mean)


def code(rng, *, shared, contexts=(DONE, SEEN)):
    """What each label adds to the units: the same in both contexts, or another in each."""
    drawn = {}
    for name in ("A", "B"):
        own, other = 3 * (rng.random((2, N_UNITS)) < 0.3)
        drawn[name, DONE], drawn[name, SEEN] = own, own if shared else other
    return {key: added for key, added in drawn.items() if key[1] in contexts}


def decoded(counts, classifier, rng, **options):
    """Shares correct in the later half of the bins, which hold the code."""
    options = {"n_resamples": RESAMPLES[classifier]} | options
    found = cross_decoding(counts, LABELS, CONTEXTS, rng=rng, classifier=classifier, **options)
    assert set(found) == {(a, b) for a in (DONE, SEEN) for b in (DONE, SEEN)}
    for share in found.values():
        # 40 trials a context at chance: the share correct has a standard deviation of 0.08.
        assert np.abs(share[: N_BINS // 2] - 0.5).max() < 0.3
    return {pair: share[N_BINS // 2 :] for pair, share in found.items()}


@EACH
def test_a_shared_code_generalises_to_the_other_context(classifier, rng):
    found = decoded(poisson(rng, code(rng, shared=True)), classifier, rng)
    assert min(share.min() for share in found.values()) > 0.9


@EACH
def test_a_code_of_each_context_is_read_in_it_alone(classifier, rng):
    found = decoded(poisson(rng, code(rng, shared=False)), classifier, rng)
    for context in (DONE, SEEN):
        assert found[context, context].min() > 0.9
    assert found[DONE, SEEN].mean() < 0.75
    assert found[SEEN, DONE].mean() < 0.75


@EACH
def test_a_code_in_one_context_is_read_there_and_nowhere_else(classifier, rng):
    found = decoded(poisson(rng, code(rng, shared=True, contexts=(DONE,))), classifier, rng)
    assert found[DONE, DONE].min() > 0.9
    for pair in ((DONE, SEEN), (SEEN, DONE), (SEEN, SEEN)):
        assert 0.2 < found[pair].mean() < 0.75


@EACH
def test_pure_noise_is_at_chance(classifier, rng):
    means = []
    for _ in range(20):
        counts = rng.poisson(2.0, (len(LABELS), 4, 30))
        found = cross_decoding(
            counts, LABELS, CONTEXTS, rng=rng, classifier=classifier, n_resamples=1
        )
        means.append([found[DONE, SEEN].mean(), found[DONE, DONE].mean()])
    # Each mean is over 4 bins of 40 trials: standard error 0.04, over 20 draws 0.009.
    assert np.mean(means, axis=0) == pytest.approx([0.5, 0.5], abs=0.035)


def test_lda_reads_what_correlated_noise_hides_from_the_correlation(rng):
    """Noise that all units share, along the code itself in half of them, covers the patterns."""
    sign = np.repeat([1.0, -1.0], 5)
    shared = rng.normal(0, 3, (len(LABELS), 1, 1)) * sign
    label = np.where(LABELS == "A", 1.0, -1.0)[:, None, None] * np.eye(10)[0]
    activity = shared + label + rng.normal(0, 0.3, (len(LABELS), 1, 10))
    correct = {
        name: cross_decoding(activity, LABELS, CONTEXTS, rng=rng, classifier=name, n_resamples=2)[
            DONE, SEEN
        ][0]
        for name in CLASSIFIERS
    }
    assert correct["lda"] > 0.9
    assert correct["correlation"] < 0.8


@EACH
def test_three_labels_have_their_chance_at_a_third(classifier, rng):
    labels, contexts = np.tile(["A", "B", "C"], 40), np.repeat([DONE, SEEN], 60)
    counts = rng.poisson(3.0, (120, 6, 20))
    counts[labels == "C", 3:] += rng.poisson(2.0, (40, 3, 20))
    found = cross_decoding(counts, labels, contexts, rng=rng, classifier=classifier, n_resamples=2)[
        DONE, SEEN
    ]
    assert found[:3].mean() == pytest.approx(1 / 3, abs=0.12)
    if classifier == "lda":  # the correlation knows no overall rate
        assert found[3:].mean() == pytest.approx(2 / 3, abs=0.12)


def test_the_same_generator_gives_the_same_bits(rng):
    counts = poisson(rng, code(rng, shared=True))
    first, second = (
        cross_decoding(counts, LABELS, CONTEXTS, rng=np.random.default_rng(4), n_resamples=2)
        for _ in range(2)
    )
    assert all(np.array_equal(first[pair], second[pair]) for pair in first)


@EACH
def test_silent_units_and_trials_are_no_error(classifier, rng):
    counts = np.zeros((len(LABELS), 2, 5), dtype=int)
    counts[:, 1, 0] = rng.poisson(1.0, len(LABELS))
    found = cross_decoding(counts, LABELS, CONTEXTS, rng=rng, classifier=classifier, n_resamples=1)
    assert all(share[0] == 0.5 for share in found.values())


ZEROS = np.zeros((80, 2, 5))


@pytest.mark.parametrize(
    ("activity", "labels", "said"),
    [
        (np.zeros((80, 3)), LABELS, r"shape \(80, 3\)"),
        (ZEROS, LABELS[:-1], "79 labels"),
        (ZEROS, np.full(80, "A"), r"decoding needs at least two labels; got one: \['A'\]"),
        (ZEROS[:, :, :0], LABELS, "at least one unit; got none"),
        (ZEROS + np.nan, LABELS, "not finite"),
        (
            ZEROS,
            np.array(["A"] * 79 + ["B"]),
            "in 10 folds needs at least 10 trials of every label .*; got 0 of 'B' in 'done'",
        ),
    ],
)
def test_what_cannot_be_decoded_is_refused(activity, labels, said, rng):
    with pytest.raises(ValueError, match=said):
        cross_decoding(activity, labels, CONTEXTS, rng=rng)


def test_options_that_decode_nothing_are_refused(rng):
    for options, said in (
        ({"classifier": "LDA"}, "unknown classifier 'LDA' .*Did you mean 'lda'"),
        ({"n_folds": 1}, "n_folds is 1"),
        ({"n_resamples": 0}, "n_resamples is 0"),
    ):
        with pytest.raises(ValueError, match=said):
            cross_decoding(ZEROS, LABELS, CONTEXTS, rng=rng, **options)


def test_lda_refuses_activity_without_spread_and_does_not_guess(rng):
    sure = np.broadcast_to((LABELS == "A")[:, None, None], ZEROS.shape).astype(float)
    with pytest.raises(ValueError, match="lda needs activity that varies between trials"):
        cross_decoding(sure, LABELS, CONTEXTS, rng=rng, classifier="lda")


# --- bins between two events ----------------------------------------------------------------


def test_warped_bins_follow_each_trial_and_hold_every_spike_of_it():
    session = make_session(rate_hz=60.0)
    start_s = session.trials["start_time"].to_numpy(dtype=float)
    stretch = np.linspace(0.2, 0.7, len(start_s))
    trials = session.trials.assign(go_time=start_s + 0.1, hold_time=start_s + 0.1 + stretch)
    session = remade(session, trials=trials)
    phase, rates = warped_rates(session, Epoch(start="go", stop="hold"), n_bins=4)
    np.testing.assert_allclose(phase, [0.125, 0.375, 0.625, 0.875])
    assert rates.shape == (len(trials), 4, len(session.units))
    whole = session.counts(trials["go_time"].to_numpy(), trials["hold_time"].to_numpy())
    np.testing.assert_allclose(rates.sum(axis=1) * stretch[:, None] / 4, whole)


def test_what_happens_at_a_fixed_phase_lies_in_one_warped_bin():
    """One spike three tenths of the way from go to hold, in trials of very different speed."""
    session = make_session()
    start_s = session.trials["start_time"].to_numpy(dtype=float)
    stretch = np.linspace(0.2, 1.2, len(start_s))
    trials = session.trials.assign(go_time=start_s, hold_time=start_s + stretch)
    session = remade(
        session,
        trials=trials,
        spike_times=start_s + 0.3 * stretch,
        spike_units=np.zeros(len(start_s), dtype=int),
    )
    _, rates = warped_rates(session, Epoch(start="go", stop="hold"), n_bins=5)
    np.testing.assert_allclose(rates[:, 1, 0], 5 / stretch)
    assert not np.delete(rates[:, :, 0], 1, axis=1).any()


def test_warping_needs_both_events_in_every_trial():
    session = make_session()
    with pytest.raises(ValueError, match="trial 0 has no time from cue"):
        warped_rates(session, Epoch(start="cue", stop="contact"), n_bins=4)
    with pytest.raises(ValueError, match="n_bins is 0"):
        warped_rates(session, Epoch(start="contact", stop="cue"), n_bins=0)
