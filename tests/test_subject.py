"""Growth, its controls and sessions of a Subject, on a circuit of 70 cells."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import field

import numpy as np
import pandas as pd
import pytest

from mirror_sim.base.files import cache_folder
from mirror_sim.base.records import record
from mirror_sim.circuit import rules as plasticity
from mirror_sim.circuit.model import Circuit
from mirror_sim.engine import Engine, plan_blocks, run_blocks
from mirror_sim.engine.wiring import block_seeds
from mirror_sim.scene.actions import get_action
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.subject import Subject, state_key

PLASTIC = "hebb_inputs.w"
LONG = dataclasses.replace(get_action("grasp-precision"), hold_s=4.0)


@pytest.fixture(scope="module")
def grown(tiny) -> Subject:
    return Subject.grow(tiny, seed=3, block_s=5.0, curriculum=Curriculum(max_actions=6))


@pytest.fixture(scope="module")
def day() -> Protocol:
    rng = np.random.default_rng(1)
    conditions = ("execute-light", "observe", "nogo", "observe")
    trials = tuple(make_trial(c, "grasp-precision", rng=rng) for c in conditions)
    return Protocol(name="a day", trials=trials, source="made up")


def same(first, second) -> bool:
    return bool(
        np.array_equal(first.spike_times, second.spike_times)
        and np.array_equal(first.spike_units, second.spike_units)
    )


# --- growth -------------------------------------------------------------------------------------


def test_growth_changes_plastic_weights_and_biases_only(tiny, grown):
    naive = Subject.naive(tiny, seed=3, block_s=5.0)
    assert grown.state.keys() == {PLASTIC, "cells.bias"}
    assert all(not np.array_equal(grown.state[n], naive.state[n]) for n in grown.state)
    assert grown.state.keys() == naive.state.keys()
    weights = grown.state[PLASTIC]
    synapses = grown.engine.wiring.synapses["hebb_inputs"]
    assert weights.min() >= 0
    assert np.all(weights <= synapses.values["w_max"])
    assert (naive.kind, grown.kind) == ("naive", "grown")
    assert naive.growth is None


def test_the_growth_curve_counts_every_action(grown):
    curve = grown.growth.curve
    assert curve["actions"].tolist() == [1, 2, 3, 4, 5, 6]
    assert curve["hebb_inputs_nS"].iloc[-1] == pytest.approx(grown.state[PLASTIC].mean() * 1e9)
    assert (curve["change"] > 0).all()
    assert (curve["seen_spikes"] > 100).all()


def test_growth_is_the_same_bits_from_cache_anew_and_after_a_block_is_lost(
    tiny, grown, tmp_path, monkeypatch
):
    plan = Curriculum(max_actions=6)
    key = state_key(grown.state)
    runs, real = [], Engine.run_block

    def run(self, *args, **more):
        runs.append(more["learning"])
        return real(self, *args, **more)

    def grow() -> str:
        runs.clear()
        return state_key(Subject.grow(tiny, seed=3, block_s=5.0, curriculum=plan).state)

    monkeypatch.setattr(Engine, "run_block", run)
    assert grow() == key
    assert runs == []
    (tmp_path / "models").symlink_to(cache_folder() / "models")
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))
    assert grow() == key
    assert runs == [True] * 6
    blocks = sorted((tmp_path / "growth").glob("*/block-*.npz"))
    assert len(blocks) == 6
    blocks[2].write_bytes(blocks[2].read_bytes()[:1000])
    blocks[5].unlink()
    assert grow() == key
    assert len(runs) == 2


def test_what_is_complete_is_read_where_nothing_can_be_written(tiny, grown, day, monkeypatch):
    """Neither the growth nor blocks of a session take a lock."""
    first = grown.run(day)

    def refuse(path):
        raise PermissionError(f"{path} is locked")

    for module in ("base.cache", "engine.runs"):
        monkeypatch.setattr(f"mirror_sim.{module}.locked", refuse)
    again = Subject.grow(tiny, seed=3, block_s=5.0, curriculum=Curriculum(max_actions=6))
    assert state_key(again.state) == state_key(grown.state)
    assert same(again.run(day), first)


def test_an_interrupted_growth_goes_on_where_it_was(tiny, grown, tmp_path, monkeypatch):
    (tmp_path / "models").symlink_to(cache_folder() / "models")
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))

    def interrupt(done: int, _most: int) -> None:
        seen.append(done)
        if done == 4 and len(seen) == 4:
            raise KeyboardInterrupt

    def grow() -> Subject:
        plan = Curriculum(max_actions=6)
        return Subject.grow(tiny, seed=3, block_s=5.0, curriculum=plan, progress=interrupt)

    seen: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        grow()
    kept = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "growth").glob("*/block-*.npz")}
    assert len(kept) == 4
    subject = grow()
    assert seen == [1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 6]
    now = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "growth").glob("*/block-*.npz")}
    assert {name: now[name] for name in kept} == kept
    assert state_key(subject.state) == state_key(grown.state)


def test_seed_curriculum_circuit_and_step_each_make_another_subject(tiny, monkeypatch, tmp_path):
    """Nothing grown for other arguments is taken from the cache."""
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))
    folders = set()

    def chain(_engine, state, _silence, _lesson, _blocks, folder, *_):
        folders.add(folder)
        return None, state

    monkeypatch.setattr("mirror_sim.subject.learning._chain", chain)

    def grow(circuit: Circuit = tiny, **changes) -> int:
        given = {"seed": 3, "block_s": 5.0, "target": "numpy"} | changes
        Subject.grow(circuit, **given)
        return len(folders)

    assert grow() == 1
    assert grow() == 1
    assert grow(tiny.with_projection("STS", "A.E", source="another paper")) == 1
    assert grow(seed=4) == 2
    assert grow(block_s=5.5) == 3
    assert grow(dt_ms=0.25) == 4
    assert grow(target="cpp") == 5
    assert grow(curriculum=Curriculum(vision="late")) == 6
    assert grow(tiny.with_projection("STS", "A.E", weight_nS=0.51)) == 7
    stronger = dataclasses.replace(get_action("grasp-precision"), hold_s=0.1)
    assert grow(curriculum=Curriculum(actions=(stronger,))) == 8
    # A longer growth begins as a shorter one: they share a folder, and the blocks that are equal.
    assert grow(curriculum=Curriculum(max_actions=7)) == 8
    monkeypatch.setattr(plasticity.RULES, "_known", dict(plasticity.RULES._known))
    plasticity.RULES.add(dataclasses.replace(plasticity.RULES.get("hebb"), on_pre="x += 2"))
    assert grow() == 9


def test_a_longer_growth_goes_on_from_a_shorter_one(tiny, grown, monkeypatch):
    runs, real = [], Engine.run_block
    monkeypatch.setattr(
        Engine, "run_block", lambda *args, **more: runs.append(1) or real(*args, **more)
    )
    longer = Subject.grow(tiny, seed=3, block_s=5.0, curriculum=Curriculum(max_actions=7))
    assert len(runs) == 1
    assert longer.growth.curve.iloc[:6].equals(grown.growth.curve)
    assert len(longer.growth.curve) == 7


@pytest.mark.parametrize("parameter", ["eta", "w_max_nS"])
def test_growth_ends_when_weights_settle(tiny, parameter):
    still = tiny.with_plasticity("STS", "A.E", rule="hebb", **{parameter: 0.0})
    subject = Subject.grow(still, seed=3, block_s=5.0, curriculum=Curriculum(max_actions=40))
    # Two minutes of simulated time without a change.
    assert subject.growth.curve["actions"].iloc[-1] == 24
    assert (subject.growth.curve["change"] == 0).all()


def test_homeostasis_moves_each_bias_against_the_cells_error(tiny):
    plan = Curriculum(max_actions=1, homeostasis_pA_per_hz_s=0.2)
    one = Subject.grow(tiny, seed=3, block_s=5.0, curriculum=plan)
    naive = one.engine.initial_state()["cells.bias"]
    moved_pA = (one.state["cells.bias"] - naive) * 1e12
    target = one.engine.wiring.target_hz
    # 0.2 pA per spike/s and second make 1 pA per spike/s in a block of 5 s: the move is target
    # minus rate, at most the target, which it is where a cell was silent.
    assert np.all(moved_pA <= target + 1e-6)
    assert np.any(moved_pA > 1)
    assert np.any(moved_pA < -1)
    off = tiny
    for name in ("A.E", "A.FS", "M.E"):
        off = off.with_population(name, target_hz=0.0)
    none = Subject.grow(off, seed=3, block_s=5.0, curriculum=plan)
    np.testing.assert_array_equal(none.state["cells.bias"], naive)


def test_no_cell_has_more_plastic_weight_than_its_cap(tiny):
    capped = tiny.with_plasticity("STS", "A.E", rule="hebb", mean_cap_nS=0.3, eta=0.05)
    free = tiny.with_plasticity("STS", "A.E", rule="hebb", mean_cap_nS=100.0, eta=0.05)
    means = []
    for circuit in (capped, free):
        plan = Curriculum(max_actions=2)
        subject = Subject.grow(circuit, seed=3, block_s=5.0, curriculum=plan)
        j = subject.engine.wiring.synapses["hebb_inputs"].j
        means.append(np.bincount(j, subject.state[PLASTIC] * 1e9)[:40] / np.bincount(j)[:40])
    assert means[0].max() <= 0.3 + 1e-9
    assert means[1].max() > 0.4


def test_a_subject_can_be_had_as_it_was_on_the_way(grown):
    points = grown.growth.checkpoints
    assert min(points) == 0
    assert max(points) == 6
    assert len(points) >= 5
    np.testing.assert_array_equal(grown.at(0).state[PLASTIC], grown.engine.initial_state()[PLASTIC])
    assert state_key(grown.at(6).state) == state_key(grown.state)
    assert grown.at(6).kind == "after 6 actions"
    with pytest.raises(ValueError, match=r"unknown checkpoint 99 in Subject\.at\..*Valid: 0, "):
        grown.at(99)
    with pytest.raises(ValueError, match="a 'naive' Subject has no checkpoints"):
        Subject.naive(grown.circuit, seed=3, target="numpy").at(6)


# --- controls -----------------------------------------------------------------------------------


def weights(subject: Subject) -> dict[str, np.ndarray]:
    """Return all weights that the Subject runs with, fixed ones too."""
    fixed = {f"{n}.w": s.values["w"] for n, s in subject.engine.wiring.synapses.items()}
    return {**fixed, **{n: w for n, w in subject.run_state.items() if n.endswith(".w")}}


def projections(subject: Subject):
    """Yield each projection with the name of its synapses and where they are."""
    wiring = subject.engine.wiring
    for position, projection in enumerate(subject.circuit.projections):
        for name, synapses in wiring.synapses.items():
            if position in synapses.projection:
                yield projection, f"{name}.w", wiring.where(name, position)


def test_permuting_over_the_projection_keeps_the_distribution(grown):
    shuffled = grown.permuted()
    for projection, name, where in projections(grown):
        before, after = weights(grown)[name][where], weights(shuffled)[name][where]
        np.testing.assert_array_equal(np.sort(before), np.sort(after))
        if projection.plasticity is None:
            np.testing.assert_array_equal(before, after)
        else:
            assert np.mean(before == after) < 0.05
            j = grown.engine.wiring.synapses["hebb_inputs"].j[where]
            sums = np.bincount(j, before), np.bincount(j, after)
            assert np.abs(sums[0] - sums[1]).max() > 0.05 * sums[0].max()
    np.testing.assert_array_equal(grown.state["cells.bias"], shuffled.state["cells.bias"])
    assert state_key(grown.permuted().state) == state_key(shuffled.state)
    assert shuffled.kind == "permuted"


def test_permuting_within_cells_keeps_each_cells_weights(grown):
    shuffled = grown.permuted(within_cell=True)
    synapses = grown.engine.wiring.synapses["hebb_inputs"]
    before, after = grown.state[PLASTIC], shuffled.state[PLASTIC]
    assert np.mean(before == after) < 0.2
    for cell in np.unique(synapses.j):
        mine = synapses.j == cell
        np.testing.assert_array_equal(np.sort(before[mine]), np.sort(after[mine]))
    assert shuffled.kind == "permuted within cells"


def test_two_plastic_projections_of_one_kind_do_not_mix(tiny):
    both = tiny.with_projection(
        dataclasses.replace(tiny.projections[0], post="M.E", weight_nS=0.001)
    )
    subject = Subject.naive(both, seed=3, target="numpy")
    for within in (False, True):
        shuffled = subject.permuted(within_cell=within)
        for _, name, where in projections(subject):
            before, after = weights(subject)[name][where], weights(shuffled)[name][where]
            np.testing.assert_array_equal(np.sort(before), np.sort(after))


@pytest.mark.parametrize(
    ("arguments", "kind", "silent"),
    [
        (("STS",), "STS cut", {"STS -> A.E"}),
        (("A.E", "M.E"), "A.E cut from M.E", {"A.E -> M.E"}),
        (("A",), "A cut", {"A.E -> M.E", "A.E -> A.FS", "A.FS -> A.E"}),
        (("A", "A"), "A cut from A", {"A.E -> A.FS", "A.FS -> A.E"}),
        (("F6", "M"), "F6 cut from M", {"F6 -> M.E"}),
    ],
)
def test_a_cut_silences_exactly_those_synapses(grown, arguments, kind, silent):
    cut = grown.cut(*arguments)
    assert cut.kind == kind
    for projection, name, where in projections(grown):
        expected = 0.0 if projection.name in silent else weights(grown)[name][where]
        np.testing.assert_array_equal(weights(cut)[name][where], expected)
    np.testing.assert_array_equal(cut.state["cells.bias"], grown.state["cells.bias"])


def test_a_cut_of_what_is_not_there_is_refused(grown):
    with pytest.raises(ValueError, match=r"unknown population or area 'ST' in Subject\.cut\."):
        grown.cut("ST")
    with pytest.raises(ValueError, match=r"'M\.I' in Subject\.cut\. Did you mean 'M\.E'"):
        grown.cut("STS", "M.I")


def test_what_is_cut_stays_cut_and_the_kind_tells_all_that_was_done(grown):
    for names in (("STS",), ("A.E", "M.E")):
        cut = grown.cut(*names)
        for changed in (cut.with_naive_weights(), cut.permuted(), cut.cut("F6")):
            for name, before in weights(cut).items():
                assert np.all(weights(changed)[name][before == 0] == 0)
    assert grown.cut("STS").cut("F6").kind == "STS cut, F6 cut"
    assert grown.permuted().cut("STS").kind == "permuted, STS cut"


def test_what_is_left_of_a_projection_is_permuted_among_itself(tiny):
    wide = dataclasses.replace(tiny.projection("STS", "A.E"), post="A.E+M.E")
    circuit = tiny.without_projection("STS", "A.E").with_projection(wide)
    subject = Subject.naive(circuit, seed=3, target="numpy")
    cut = subject.cut("STS", "M.E")
    before, after = cut.state[PLASTIC], cut.permuted().state[PLASTIC]
    np.testing.assert_array_equal(before == 0, after == 0)
    np.testing.assert_array_equal(np.sort(before), np.sort(after))
    assert np.mean(before[before > 0] == after[after > 0]) < 0.05


def test_naive_weights_keep_the_grown_biases(grown):
    naive = grown.with_naive_weights()
    np.testing.assert_array_equal(naive.state["cells.bias"], grown.state["cells.bias"])
    np.testing.assert_array_equal(naive.state[PLASTIC], grown.engine.initial_state()[PLASTIC])


def test_controls_leave_the_subject_as_it_is(grown):
    before = state_key(grown.state)
    for make in (grown.permuted, grown.with_naive_weights, lambda: grown.cut("A.E", "M.E")):
        assert state_key(make().run_state) != before
    assert state_key(grown.state) == before


# --- curricula ----------------------------------------------------------------------------------

VARIANTS = {
    "own": Curriculum(),
    "late": Curriculum(vision="late"),
    "none": Curriculum(vision="none"),
    "never imitated": Curriculum(imitated_share=0.0),
}


def experience(plan: Curriculum, n: int = 300) -> list:
    rng = np.random.default_rng(7)
    return [plan.trial(rng) for _ in range(n)]


def test_all_curricula_have_the_same_movements():
    reference = experience(VARIANTS["own"])
    for plan in VARIANTS.values():
        for ours, theirs in zip(experience(plan), reference, strict=True):
            assert ours.events == theirs.events
            mine, reference_act = (
                dataclasses.replace(t.acts[0], hidden_s=()) for t in (ours, theirs)
            )
            assert mine == reference_act


def test_at_most_a_fifth_is_imitated_a_little_later_and_face_to_face():
    trials = experience(VARIANTS["own"])
    assert np.mean([len(t.acts) - 1 for t in trials]) == pytest.approx(0.2, abs=0.06)
    for trial in trials:
        own, *imitations = trial.acts
        assert own.own
        assert own.hidden_s == ()
        for seen in imitations:
            assert 0.3 <= seen.onset_s - trial.events["movement_onset"] <= 0.9
            assert seen.action == trial.action
            assert seen.viewpoint_deg == 180.0
    assert all(len(t.acts) == 1 for t in experience(VARIANTS["never imitated"]))


def test_vision_can_be_late_absent_or_of_another_action():
    for trial in experience(VARIANTS["late"]):
        own, seen = trial.acts
        assert own.hidden_s == ((0.0, trial.duration_s),)
        assert seen.onset_s > trial.events["release"]
        assert seen.action == trial.action
    for trial in experience(VARIANTS["none"]):
        assert trial.acts[0].hidden_s == ((0.0, trial.duration_s),)
        assert len(trial.acts) == 1
    shuffled = experience(Curriculum(shuffled=True))
    for trial in shuffled:
        own, film = trial.acts[:2]
        assert own.hidden_s == ((0.0, trial.duration_s),)
        assert film.onset_s == own.onset_s
        assert film.viewpoint_deg == 0.0
    match = np.mean([t.acts[1].action == t.action for t in shuffled])
    assert match == pytest.approx(1 / 8, abs=0.07)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vision": "owm"}, "unknown vision 'owm' in Curriculum. Did you mean 'own'"),
        ({"actions": ("grasp-precison",)}, "unknown action 'grasp-precison'"),
        ({"actions": (3,)}, r"actions\[0\] is 3, which is neither Action nor text"),
        ({"imitated_share": 0.3}, "imitated_share is 0.3, outside the plausible range 0 to 0.2"),
        ({"max_actions": 0}, "Curriculum.max_actions is 0"),
        ({"max_actions": 2.5}, "Curriculum.max_actions is 2.5, which is not a whole number"),
        ({"actions": ()}, "Curriculum.actions is empty"),
        ({"actions": "grasp-precision"}, "actions is 'grasp-precision', which is no tuple"),
        ({"actions": (LONG,)}, "hold_s of 'grasp-precision' is 4.0, outside .* 0 to 3.2"),
        ({"imitation_lag_s": (0.9, 0.3)}, r"\(0.9, 0.3\); it must be \(least, most\)"),
        ({"active_share": 5.0}, "Curriculum.active_share is 5.0"),
        ({"tolerance": "x"}, "Curriculum.tolerance is 'x', which is not a number"),
        ({"imitation_lag_s": 0.3}, "imitation_lag_s is 0.3, which is no tuple"),
        ({"imitation_lag_s": (0.3, float("nan"))}, r"imitation_lag_s\[1\] is nan"),
        ({"shuffled": "no"}, "shuffled is 'no', which is neither True nor False"),
    ],
)
def test_a_curriculum_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Curriculum(**changes)


# --- sessions -----------------------------------------------------------------------------------


def test_a_session_holds_the_networks_units_and_all_trials(grown, day):
    session = grown.run(day)
    assert len(session.units) == 70
    assert list(session.units["area"].unique()) == ["A", "M"]
    assert session.units["population"].value_counts().to_dict() == {
        "A.E": 40,
        "M.E": 20,
        "A.FS": 10,
    }
    assert set(session.units.loc[session.units.population == "A.FS", "cell_type"]) == {"FS"}
    assert session.trials["condition"].tolist() == [t.condition for t in day.trials]
    assert session.trials["agent"].tolist() == ["monkey", "human", "none", "human"]
    contact = session.trials["contact_time"] - session.trials["start_time"]
    np.testing.assert_allclose(contact, [t.events["contact"] for t in day.trials])
    assert session.metadata["subject_kind"] == "grown"
    assert session.metadata["circuit_digest"] == grown.circuit.digest()
    assert len(session.spike_times) > 1000


def test_a_sessions_spikes_are_those_of_its_blocks(grown, day):
    """One trial fills a block of 5 s, so the blocks' spikes follow each other."""
    session = grown.run(day)
    blocks = plan_blocks(day.trials, 5.0, block_seeds(3, "session", day.name))
    results = run_blocks(grown.engine, blocks, grown.state, state_key(grown.state))
    assert len(blocks) == 4
    for unit in (0, 45, 69):
        expected = [r.times_s[r.cells == unit] + 5.0 * n for n, r in enumerate(results)]
        np.testing.assert_allclose(session.spikes_of(unit), np.concatenate(expected))


def test_sessions_are_the_same_bits_for_any_jobs_and_differ_between_subjects(tiny, grown, day):
    first = grown.run(day)
    assert same(first, grown.run(day, jobs=2))
    # A key of its own, so that nothing comes from the cache.
    other = Subject(grown.engine, dict(reversed(grown.state.items())), kind="grown")
    assert same(first, other.run(day, jobs=2))
    assert not same(first, Subject.naive(tiny, seed=4, block_s=5.0).run(day))
    assert not same(first, grown.cut("STS").run(day))


def test_with_all_input_cut_the_network_cannot_tell_conditions_apart(grown):
    """With equal seeds not one spike differs: only through input cells does a trial reach it."""
    twins = [
        Protocol(
            name="twins",
            trials=(make_trial(name, "grasp-precision", rng=np.random.default_rng(2)),),
        )
        for name in ("execute-light", "observe")
    ]
    deaf = grown.cut("STS").cut("F6")
    assert same(*(deaf.run(protocol) for protocol in twins))
    assert not same(*(grown.run(protocol) for protocol in twins))


def test_a_protocol_that_fits_no_block_is_refused_before_anything_runs(grown):
    rng = np.random.default_rng(1)
    long = make_trial("observe", "grasp-precision", rng=rng, duration_s=4.7)
    with pytest.raises(ValueError, match=r"trial 0 \(observe\) lasts 4.7 s; a block of 5 s"):
        grown.run(Protocol(name="long", trials=(long,)))


def test_progress_counts_blocks(grown, day):
    seen: list[tuple[int, int]] = []
    grown.run(
        dataclasses.replace(day, name="another day"), progress=lambda *step: seen.append(step)
    )
    assert seen == [(n, 4) for n in range(5)]


def test_units_of_one_seed_lie_in_the_same_places(tiny, grown, day):
    first, again = grown.run(day).units, Subject.naive(tiny, seed=3, block_s=5.0).run(day).units
    pd.testing.assert_frame_equal(first, again)


@record
class _Plain(Curriculum):
    """A curriculum of a user's whose annotation says nothing of what is inside."""

    actions: tuple = ("grasp-precision",)
    notes: Mapping = field(default_factory=dict)


def test_a_plain_annotation_takes_whatever_is_inside():
    assert _Plain(actions=["grasp-precision", "hold-precision"]).actions[1] == "hold-precision"
    with pytest.raises(ValueError, match="notes is 3, which is no mapping"):
        _Plain(notes=3)
