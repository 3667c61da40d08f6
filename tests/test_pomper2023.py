"""Pomper et al. 2023: the task's times, and each test on units of known answer."""

from __future__ import annotations

import circuits
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mirror_sim.analysis.decoding import cross_decoding
from mirror_sim.compare.report import Setup, run
from mirror_sim.figures import style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.scene.kinematics import hand_state
from mirror_sim.session.session import Session
from mirror_sim.studies import pomper2023
from mirror_sim.studies.pomper2023 import codes, figure, measures, task
from mirror_sim.studies.pomper2023.recording import AREA, Recording, read
from mirror_sim.studies.study import get_study
from mirror_sim.subject.subject import Subject

N_TRIALS = 16
N_BINS = 12


def test_every_trial_has_its_events_in_order_and_the_acts_their_times():
    protocol = pomper2023.protocol(N_TRIALS)
    names = [(trial.condition, trial.action.name) for trial in protocol.trials]
    assert len(names) == 2 * 3 * N_TRIALS
    assert all(names.count(name) == N_TRIALS for name in set(names))
    # A block of execution, then one of observation.
    assert [name for name, _ in names] == sorted(name for name, _ in names)
    times = []
    for trial in protocol.trials:
        events = trial.events
        order = ["cue", "movement_onset", "contact", "hold_on", "reward", "release"]
        at = [events[name] for name in order]
        assert at == sorted(at)
        assert trial.acts[0].end_s < trial.duration_s
        parts = dict(zip(("reaction", "approach", "moving", "hold"), np.diff(at), strict=False))
        times.append({"condition": trial.condition, "act": trial.action.name, **parts})
    found = pd.DataFrame(times).groupby(["condition", "act"]).mean()
    # Of the paper, in ms; the jitter of 16 trials leaves 3 standard errors of a tenth.
    for (condition, act), published in {
        ("execute-dark", "twist"): (296, 163, 235, 570),
        ("observe", "shift"): (450, 299, 121, 570),
        ("observe", "lift"): (473, 318, 298, 570),
    }.items():
        np.testing.assert_allclose(
            1000 * found.loc[(condition, act)], published, rtol=3 * 0.1 / np.sqrt(N_TRIALS)
        )


def test_equal_calls_give_equal_trials():
    assert pomper2023.protocol(4) == pomper2023.protocol(4)


def test_the_acts_look_alike_until_the_touch_and_differ_after_it():
    times_s = np.arange(0.0, 1.6, 0.01)
    hands = [
        hand_state(
            action, times_s, onset_s=0.2, movement_time_s=0.3, hold_s=0.9,
            rng=np.random.default_rng(1),
        )
        for action in task.ACTS
    ]  # fmt: skip
    assert len({action.thing for action in task.ACTS}) == 1
    before, moving = times_s < 0.5, (times_s > 0.6) & (times_s < 1.4)
    for hand in hands[1:]:
        for name in ("distance_cm", "speed_cm_s", "aperture_cm", "wrist_deg"):
            assert (getattr(hand, name) == getattr(hands[0], name))[before].all()
        assert np.abs(hand.wrist_deg - hands[0].wrist_deg)[moving].max() > 20


def recording(rng, *, own, other, noise=1.0) -> Recording:
    """Units whose mean rates by act (12 bins alike) and epoch are given, (3, n_units) each."""
    act = np.tile(np.repeat(["lift", "shift", "twist"], N_TRIALS), 2)
    context = np.repeat(["executed", "observed"], 3 * N_TRIALS)
    means = np.concatenate([np.repeat(of, N_TRIALS, axis=0) for of in (own, other)])
    n_units = means.shape[1]
    bins = means[:, None] + noise * rng.normal(size=(len(act), N_BINS, n_units))
    epochs = noise * rng.normal(size=(len(act), 5, n_units))
    epochs[:, 2:4] += means[:, None]
    units = {AREA: np.arange(n_units)}
    return Recording(epoch_hz=epochs, bin_hz=bins, condition=context, act=act, units=units)


def profiles(rng, n_units):
    """Means of three acts that differ by 3 or more, a random order in each unit."""
    return rng.permuted(np.tile([[3.0], [6.0], [9.0]], n_units), axis=0)


def test_friedman_finds_units_with_epochs_and_no_others(rng):
    own = np.repeat([[8.0, 8.0, 0.0, 0.0]], 3, axis=0)
    other = np.repeat([[8.0, 0.0, 8.0, 0.0]], 3, axis=0)
    own[1:, 0] = other[1:, 0] = 0.0  # one act is enough
    flags = measures.responds(recording(rng, own=own, other=other))
    assert flags["executed"].tolist() == [True, True, False, False]
    assert flags["observed"].tolist() == [True, False, True, False]
    still = np.zeros((5, 5, 1))
    assert measures.friedman(still).tolist() == [1.0]
    values = rng.normal(size=(9, 5, 1))
    assert measures.friedman(values)[0] == stats.friedmanchisquare(*values[:, :, 0].T).pvalue


def test_chance_of_the_mirror_test_is_what_the_test_finds_without_any_response(rng):
    none = np.zeros((3, 1000))
    made = recording(rng, own=none, other=none)
    found = measures.shares(made, measures.responds(made), seed=1)
    for context in task.CONTEXTS:
        # Three tests at .05 / 3; five standard errors.
        assert found[f"responds.{context}.{AREA}"] == pytest.approx(4.9, abs=5 * 0.7)
        assert found[f"responds.{context}.{AREA}.chance"] == pytest.approx(4.9, abs=5 * 0.4)
    assert found[f"mirror.{AREA}"] < 1.5
    assert found[f"mirror.{AREA}.product"] == pytest.approx(0.24, abs=0.2)


def test_more_trials_find_more_mirror_units(rng):
    weak = np.full((3, 200), 0.8)
    found = measures.by_trials(recording(rng, own=weak, other=weak))
    assert list(found) == [f"mirror.{AREA}.8", f"mirror.{AREA}.16"]
    assert found[f"mirror.{AREA}.8"] < found[f"mirror.{AREA}.16"] - 10


def test_coding_bins_are_found_and_permuted_acts_give_none(rng):
    own, flat = profiles(rng, 50), np.full((3, 50), 5.0)
    found = codes.coding(recording(rng, own=own, other=flat), seed=1)
    assert found[f"coding.executed.{AREA}"] > 99
    assert found[f"coding.observed.{AREA}"] < 6
    assert found[f"coding.executed.{AREA}.chance"] < 1


@pytest.mark.parametrize(
    ("kind", "same", "order"), [("one code", 70, 99), ("one order", 0, 99), ("none", 3, 17)]
)
def test_shared_codes_of_known_kind(rng, kind, same, order):
    own = profiles(rng, 60)
    other = {"one code": own, "one order": 2 * own + 5, "none": profiles(rng, 60)}[kind]
    made = recording(rng, own=own, other=other)
    found = codes.shared(made, np.arange(60), seed=1)
    assert found["shared.n"] == 60 * N_BINS
    if kind == "none":
        assert abs(found["shared.order.excess"]) < 15
        assert found["shared.order.low"] < found["shared.order"] < found["shared.order.high"]
        assert found["shared.same"] < 40
    else:
        assert found["shared.same"] >= same
        assert found["shared.order"] >= order
        assert found["shared.order_sure"] >= order
        assert found["shared.order.excess"] > 60
        assert found["shared.order.low"] < 17 < found["shared.order.high"] + 10


def test_without_a_coding_bin_nothing_is_shared():
    none = np.zeros((3, 4))
    found = codes.shared(recording(np.random.default_rng(1), own=none, other=none, noise=0.0),
                         np.arange(4), seed=1)  # fmt: skip
    assert found["shared.n"] == 0
    assert np.isnan(found["shared.same"])
    alone = codes.shared(
        recording(np.random.default_rng(1), own=none, other=none), np.arange(0), seed=1
    )
    assert np.isnan(alone["shared.order"])


def test_the_act_is_decoded_across_contexts_where_the_code_is_one(rng):
    own = profiles(rng, 60)
    one = codes.decoded(recording(rng, own=own, other=2 * own), seed=1)
    assert one[f"decode.executed.{AREA}"] > 95
    assert one[f"decode.across.{AREA}"] > 95
    # By one random pairing all trials of an act are right or wrong together: the mean tells.
    assert one[f"decode.across.{AREA}.excess"] > 20
    none = codes.decoded(recording(rng, own=own, other=np.full((3, 60), 5.0)), seed=1)
    assert none[f"decode.observed.{AREA}.low"] < none[f"decode.observed.{AREA}"]
    assert abs(none[f"decode.observed.{AREA}.excess"]) < 10


def test_every_row_is_described_and_none_besides(rng):
    own = profiles(rng, 30)
    made = recording(rng, own=own, other=own)
    units = made.units[AREA]
    found = {
        **measures.shares(made, measures.responds(made), seed=1),
        **codes.coding(made, seed=1),
        **codes.shared(made, units, seed=1),
        **codes.decoded(made, seed=1),
    }
    published = get_study("pomper2023").published()
    assert set(found) <= set(published["id"])
    assert published["value"].isna().all()


def test_the_page_is_drawn(tmp_path):
    ids = get_study("pomper2023").published()["id"]
    numbers = Numbers(rows=dict.fromkeys(ids, (20.0, 10.0, 30.0)), n_subjects=4)
    assert numbers.trial_counts(f"mirror.{AREA}") == [8, 16, 32]
    style.savefig(figure.draw(numbers, n_acts=3), tmp_path / "page")
    assert (tmp_path / "page.png").stat().st_size > 10_000
    assert "4 Subjects" in figure.caption(numbers)


@pytest.fixture(scope="module")
def session(tiny, tiny_model):
    """Cells of a small circuit in the task, as if all were of F5."""
    found = Subject.naive(tiny, seed=3, block_s=5.0).run(pomper2023.protocol(2))
    return with_tables(found, units=found.units.assign(area=AREA))


def with_tables(session, **changes):
    parts = {"units": session.units, "trials": session.trials} | changes
    return Session(
        spike_times=session.spike_times,
        spike_units=session.spike_units,
        metadata=session.metadata,
        **parts,
    )


def test_a_session_is_read_phase_by_phase(session):
    found = read(session)
    assert found.epoch_hz.shape[:2] == (12, 5)
    assert found.bin_hz.shape[:2] == (12, N_BINS)
    start_s, stop_s = session.event_times("contact"), session.event_times("hold_on")
    expected = session.counts(start_s, stop_s) / (stop_s - start_s)[:, None]
    np.testing.assert_allclose(found.bin_hz[:, 4:8].mean(axis=1), expected)
    np.testing.assert_allclose(found.epoch_hz[:, 2:4].mean(axis=1), expected)


def test_a_session_without_f5_or_of_another_task_is_refused(session):
    with pytest.raises(ValueError, match="no unit of F5; its areas: AIP"):
        read(with_tables(session, units=session.units.assign(area="AIP")))
    with pytest.raises(ValueError, match="unknown condition 'nogo' in the session"):
        read(with_tables(session, trials=session.trials.assign(condition="nogo")))


def test_a_classifier_of_independent_units_weighs_them_by_their_spread():
    rng = np.random.default_rng(1)
    label, context = np.tile(["a", "b"], 40), np.repeat("one", 80)
    signal = np.where(label == "a", 0.0, 1.0)
    loud = 20.0 * rng.normal(size=80)
    activity = np.stack([signal + 0.3 * rng.normal(size=80), loud], axis=1)[:, None]
    right = {
        name: cross_decoding(activity, label, context, rng=rng, classifier=name)["one", "one"][0]
        for name in ("diagonal", "lda")
    }
    assert right["diagonal"] > 0.9
    assert right["diagonal"] > right["lda"] - 0.05
    still = np.ones((80, 1, 2))
    assert (
        cross_decoding(still, label, context, rng=rng, classifier="diagonal")["one", "one"] == 0.5
    )


@pytest.mark.slow
def test_the_study_runs_from_growth_to_figure(tmp_path):
    setup = Setup(circuit=circuits.small(), seed=3, quick=True, jobs=2)
    run("pomper2023", setup, out=tmp_path, say=str)
    table = pd.read_csv(tmp_path / "pomper2023.csv").set_index("id")
    assert 0 <= table.loc[f"mirror.{AREA}", "model"] <= 100
    assert (tmp_path / "pomper2023.png").stat().st_size > 10_000
