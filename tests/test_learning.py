"""A Subject that learns in any run: what flows from block to block, lesions, third factors."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest

from mirror_sim.base.files import cache_folder
from mirror_sim.base.registry import register
from mirror_sim.circuit.model import Circuit
from mirror_sim.circuit.rules import RULES, Rule
from mirror_sim.engine import Block, BlockResult, Engine, plan_blocks
from mirror_sim.scene.acts import Perturbation, Signal
from mirror_sim.scene.conditions import Condition, make_trial
from mirror_sim.scene.trials import Protocol, Trial
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.learning import Lesson, capped, regulated
from mirror_sim.subject.subject import Subject, state_key

PLASTIC = "hebb_inputs.w"
PLAN = Curriculum(max_actions=4)


def lesson(name: str = "lesson", n_trials: int = 4, **changes) -> Protocol:
    rng = np.random.default_rng(5)
    trials = [make_trial("execute-light", "grasp-precision", rng=rng) for _ in range(n_trials)]
    return Protocol(name=name, trials=[dataclasses.replace(t, **changes) for t in trials])


@pytest.fixture(scope="module")
def naive(tiny, tiny_model) -> Subject:
    return Subject.naive(tiny, seed=3, block_s=5.0)


@pytest.fixture(scope="module")
def grown(tiny) -> Subject:
    return Subject.grow(tiny, seed=3, block_s=5.0, curriculum=PLAN)


# --- what flows -----------------------------------------------------------------------------------


def still(circuit: Circuit) -> Circuit:
    """Return the circuit without noise and without synapses between its cells."""
    for population in circuit.cells:
        quiet = {"noise_pA": 0.0, "slow_noise_pA": 0.0, "bias_pA": 200.0, "bias_sd_pA": 20.0}
        circuit = circuit.with_population(population.name, **quiet)
    for projection in circuit.projections:
        if projection.plasticity is None:
            circuit = circuit.without_projection(projection.pre, projection.post)
    for name in ("STS", "F6"):
        circuit = circuit.with_population(name, baseline_hz=0.0)
    return circuit.with_plasticity("STS", "A.E", rule="stdp_triplet")


@pytest.mark.parametrize("target", ["cpp", "numpy"])
def test_two_blocks_in_a_chain_are_one_of_twice_the_length(tiny, target):
    """Cells that no spike reaches go on exactly: voltage, adaptation, refractoriness, traces."""
    circuit = still(tiny)
    long, short = (Engine(circuit, 3, block_s=s, target=target) for s in (1.0, 0.5))
    state = long.initial_state()
    nothing = Block((), (), 7)
    whole = long.run_block(nothing, state, learning=True, carry=True)
    first = short.run_block(nothing, state, learning=True, carry=True)
    given = {**state, **first.learned, **first.carried}
    second = short.run_block(nothing, given, learning=True, carry=True)
    steps = np.concatenate([first.steps, second.steps + round(500 / long.dt_ms)])
    assert len(steps) > 500
    np.testing.assert_array_equal(whole.steps, steps)
    np.testing.assert_array_equal(whole.cells, np.concatenate([first.cells, second.cells]))
    traces = ("cells.stdp_triplet_inputs_y", "cells.stdp_triplet_inputs_z")
    for name in ("cells.v", "cells.adapt", *traces):
        assert whole.carried[name].any()
        np.testing.assert_allclose(whole.carried[name], second.carried[name], rtol=1e-9)
    for name in ("cells.free_at", "stdp_triplet_inputs.lastupdate"):
        after = whole.carried[name]
        np.testing.assert_allclose(after[after > -2], second.carried[name][after > -2], atol=1e-9)


def test_a_state_that_is_carried_must_fit(naive):
    engine = naive.engine
    with pytest.raises(ValueError, match=r"unknown array 'cells\.w' in a state"):
        engine.run_block(Block((), (), 1), {**naive.state, "cells.w": np.zeros(70)})
    with pytest.raises(ValueError, match=r"state 'cells\.v' has shape \(3,\)"):
        engine.run_block(Block((), (), 1), {**naive.state, "cells.v": np.zeros(3)})


@pytest.mark.slow
def test_growth_does_not_depend_on_the_length_of_a_block(tiny):
    """The same 8 actions in blocks of one and of four: other noise, the same learning."""
    circuit = tiny.with_plasticity("STS", "A.E", rule="bcm", theta=1.0, eta=0.002)
    plan = Curriculum(max_actions=8, tolerance=0.0)
    means = np.array(
        [
            [
                Subject.grow(circuit, seed=seed, block_s=s, curriculum=plan)
                .state["bcm_inputs.w"]
                .mean()
                for s in (5.0, 18.1)
            ]
            for seed in range(2)
        ]
    )
    assert means[:, 1].mean() / means[:, 0].mean() == pytest.approx(1.0, abs=0.03)


# --- learning anywhere ----------------------------------------------------------------------------


def test_a_grown_subject_learns_on_and_says_so(grown):
    trained = grown.learn(lesson())
    assert trained.kind == "learned lesson"
    assert trained.growth.curve["actions"].tolist() == [1, 2, 3, 4]
    assert not np.array_equal(trained.state[PLASTIC], grown.state[PLASTIC])
    again = grown.learn(lesson())
    assert state_key(again.state) == state_key(trained.state)
    assert state_key(trained.learn(lesson()).state) != state_key(trained.state)


def test_growth_is_a_phase_of_learning(tiny, grown):
    naive = Subject.naive(tiny, seed=3, block_s=5.0)
    assert state_key(naive.learn(PLAN).state) == state_key(grown.state)


def test_homeostasis_can_be_switched_off(grown):
    trained = grown.learn(lesson(), homeostasis_pA_per_hz_s=0.0)
    np.testing.assert_array_equal(trained.state["cells.bias"], grown.state["cells.bias"])
    with pytest.raises(ValueError, match=r"homeostasis_pA_per_hz_s is -1.0, outside"):
        grown.learn(lesson(), homeostasis_pA_per_hz_s=-1.0)


def test_a_lesson_that_was_interrupted_goes_on_where_it_was(grown, tmp_path, monkeypatch):
    expected = state_key(grown.learn(lesson("interrupted")).state)
    (tmp_path / "models").symlink_to(cache_folder() / "models")
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))
    seen = []

    def interrupt(done: int, _most: int) -> None:
        seen.append(done)
        if seen == [1, 2]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grown.learn(lesson("interrupted"), progress=interrupt)
    runs, real = [], Engine.run_block
    monkeypatch.setattr(
        Engine, "run_block", lambda *args, **more: runs.append(1) or real(*args, **more)
    )
    assert state_key(grown.learn(lesson("interrupted"), progress=interrupt).state) == expected
    assert len(runs) == 2


def test_what_is_cut_stays_cut_while_learning(grown):
    cut = grown.cut("STS", "A.E")
    trained = cut.learn(lesson())
    assert not trained.run_state[PLASTIC].any()
    assert trained.kind == "STS cut from A.E, learned lesson"


def test_a_circuit_that_cannot_learn_is_refused(tiny):
    fixed = tiny.without_projection("STS", "A.E")
    for start in (
        lambda: Subject.grow(fixed, seed=1),
        lambda: Subject.naive(fixed, seed=1).learn(PLAN),
    ):
        with pytest.raises(ValueError, match=r"nothing in the circuit .* learns"):
            start()


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("silences cells that fire far above", {"bias_pA": 1500.0, "target_hz": 1.0}),
        ("drives cells that fire far below", {"target_hz": 150.0}),
    ],
)
def test_a_population_that_homeostasis_cannot_hold_is_named(tiny, tiny_model, what, changes):
    """Else a circuit that once fired without end would be silent after growth, unnoticed."""
    circuit = tiny.with_population("M.E", **changes)
    naive = Subject.naive(circuit, seed=3, block_s=5.0)
    naive.learn(PLAN)
    with pytest.warns(UserWarning, match=rf"current of M\.E is .*{what} .*spikes/s"):
        naive.learn(PLAN, homeostasis_pA_per_hz_s=3.0)


# --- lesions --------------------------------------------------------------------------------------


def test_dead_cells_neither_fire_nor_receive_nor_send_nor_learn(grown):
    dead = grown.lesioned("A.E", 0.5)
    cells = dead.silence.dead
    assert cells.sum() == 20
    assert dead.kind == "50% of A.E dead"
    session = dead.run(lesson(n_trials=2))
    assert not np.isin(session.spike_units, np.flatnonzero(cells)).any()
    assert len(np.unique(session.spike_units)) > 30
    for name, synapses in dead.engine.wiring.synapses.items():
        touched = cells[synapses.j] | (cells[synapses.i] if synapses.source == "cells" else False)
        weights = dead.run_state.get(f"{name}.w", synapses.values["w"])
        assert not weights[touched].any()
    trained = dead.learn(lesson())
    np.testing.assert_array_equal(
        trained.run_state["cells.bias"][cells], dead.run_state["cells.bias"][cells]
    )
    alive = ~cells
    assert np.any(trained.state["cells.bias"][alive] != dead.state["cells.bias"][alive])
    assert not trained.run_state[PLASTIC][
        cells[grown.engine.wiring.synapses["hebb_inputs"].j]
    ].any()


def test_lesions_are_drawn_by_seed_and_add_up(grown):
    twice = grown.lesioned("A.E", 0.5).lesioned("M", 0.25)
    assert twice.silence.dead.sum() == 25
    again = grown.lesioned("A.E", 0.5)
    np.testing.assert_array_equal(again.silence.dead, grown.lesioned("A.E", 0.5).silence.dead)
    inputs = grown.lesioned("STS", 1.0)
    assert not inputs.run_state[PLASTIC].any()
    assert not inputs.silence.dead.any()


@pytest.mark.parametrize(
    ("name", "share", "message"),
    [("A.X", 0.5, "unknown population"), ("A.E", 0.0, "share is 0"), ("A.E", 1.5, "share is 1.5")],
)
def test_lesions_that_cannot_be_are_refused(grown, name, share, message):
    with pytest.raises(ValueError, match=message):
        grown.lesioned(name, share)


# --- another circuit ------------------------------------------------------------------------------


def test_another_circuits_fixed_weights_are_taken_and_what_was_learned_stays(grown):
    stronger = grown.circuit.with_projection("A.E", "M.E", weight_nS=5.0)
    changed = grown.with_circuit(stronger)
    np.testing.assert_array_equal(changed.state[PLASTIC], grown.state[PLASTIC])
    name = "excitatory_cells"
    before, after = (s.engine.wiring.synapses[name].values["w"] for s in (grown, changed))
    assert after.mean() > 1.2 * before.mean()


@pytest.mark.parametrize("change", ["plastic", "cells"])
def test_a_circuit_that_does_not_fit_what_was_learned_is_refused(grown, change):
    if change == "plastic":
        other = grown.circuit.with_projection("STS", "A.E", p=0.9)
    else:
        other = grown.circuit.with_population("M.E", n=30)
    with pytest.raises(ValueError, match=r"this Subject"):
        grown.with_circuit(other)
    with pytest.raises(ValueError, match="unknown array"):
        Subject(grown.engine, {**grown.state, "excitatory_cells.w": np.zeros(3)}, kind="mine")


# --- signals and third factors --------------------------------------------------------------------

REWARDED = Rule(
    name="rewarded",
    traces="dx/dt = -x/tau_trace : 1 (event-driven)",
    on_pre="x += 1",
    on_post="w = clip(w + eta*third*x*w_max, 0*siemens, w_max)",
    third_factor="reward",
    parameters={"tau_trace_ms": 50.0},
)


@pytest.fixture
def rewarded(tiny, monkeypatch) -> Subject:
    monkeypatch.setattr(RULES, "_known", dict(RULES._known))
    register(REWARDED)
    circuit = tiny.with_plasticity("STS", "A.E", rule="rewarded", eta=0.02)
    return Subject.naive(circuit, seed=3, block_s=5.0)


@pytest.mark.parametrize(("target", "block_s"), [("cpp", 5.0), ("numpy", 1.5)])
def test_a_third_factor_decides_whether_weights_grow_or_shrink(rewarded, target, block_s):
    subject = Subject.naive(rewarded.circuit, seed=3, block_s=block_s, target=target)
    moved = {-1.0: -1.0, 0.0: 0.0}
    for level in (-1.0, 0.0, 1.0) if target == "cpp" else (1.0,):
        reward = Signal(channel="reward", start_s=0.0, stop_s=1.0, level=level)
        trial = Trial(condition="rest", duration_s=1.0, signals=(reward,))
        after = subject.learn(Protocol(name="rest", trials=(trial,))).state["rewarded_inputs.w"]
        moved[level] = float((after - subject.state["rewarded_inputs.w"]).mean())
    assert moved[0.0] == 0.0
    assert moved[-1.0] < 0.0 < moved[1.0]


def test_a_third_factor_counts_only_while_it_is_on(rewarded):
    early = Signal(channel="reward", start_s=0.0, stop_s=0.05)
    late = dataclasses.replace(early, stop_s=3.5)
    grew = [
        rewarded.learn(lesson(f"{s.stop_s}", signals=(s,), n_trials=1))
        .state["rewarded_inputs.w"]
        .mean()
        for s in (early, late)
    ]
    before = rewarded.state["rewarded_inputs.w"].mean()
    assert grew[1] - before > 5 * (grew[0] - before) >= 0


def test_a_rule_reads_a_third_factor_exactly_if_it_names_one():
    for changes in ({"third_factor": ""}, {"on_post": "w += eta*x*w_max"}):
        with pytest.raises(ValueError, match="read `third` exactly if the rule names"):
            dataclasses.replace(REWARDED, **changes)


def test_a_signal_that_nobody_hears_is_named_before_any_work(naive):
    tone = Signal(channel="tone", start_s=0.5, stop_s=1.0)
    trial = Trial(condition="tone", duration_s=2.0, signals=(tone,))
    with pytest.warns(UserWarning, match="hears the signal 'tone'; channels that are heard: none"):
        naive.run(Protocol(name="tone", trials=(trial,)))


def test_a_hidden_grasp_of_an_object_that_was_never_shown_is_named(naive):
    def trial(*, screen_s, hand_s):
        condition = Condition(name="screen", actor="other", withhold=True)
        rng = np.random.default_rng(1)
        return make_trial(
            condition, "grasp-precision", rng=rng, object_hidden_s=screen_s, hand_hidden_s=hand_s
        )

    late, always = (2.0, 3.6), (0.0, 3.6)
    with pytest.warns(UserWarning, match="trials of 'screen' a hand is hidden at an object that"):
        naive.check([trial(screen_s=always, hand_s=late)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        naive.check([trial(screen_s=late, hand_s=late), trial(screen_s=always, hand_s=None)])


def test_a_perturbation_of_what_is_not_there_is_refused_before_any_work(naive, monkeypatch):
    monkeypatch.setattr(Engine, "run_block", lambda *_, **__: pytest.fail("worked"))
    wrong = Perturbation(target="A.X", start_s=0.5, stop_s=1.0, current_pA=100.0)
    day = lesson()
    trials = (*day.trials, dataclasses.replace(day.trials[0], perturbations=(wrong,)))
    for start in (naive.run, naive.learn):
        with pytest.raises(ValueError, match=r"unknown population 'A\.X' in a perturbation"):
            start(Protocol(name="late mistake", trials=trials))


def test_a_lesson_that_is_none_and_a_signal_that_does_not_fit_are_refused_before_work(
    tiny, naive, monkeypatch
):
    monkeypatch.setattr(Engine, "run_block", lambda *_, **__: pytest.fail("worked"))
    with pytest.raises(ValueError, match="neither Curriculum nor Protocol"):
        naive.learn([make_trial("observe", "grasp-precision", rng=np.random.default_rng(1))])
    hearing = Subject.naive(
        tiny.with_population("STS", encodes="signal:tone", features=2), seed=3, block_s=5.0
    )
    tone = Signal(channel="tone", start_s=0.5, stop_s=1.0, features=(0.5,))
    with pytest.raises(ValueError, match=r"has 1 features; the cells of 'STS' are tuned to 2"):
        hearing.run(lesson(signals=(tone,)))
    brief = Perturbation(target="A.E", start_s=0.5, stop_s=0.505, current_pA=100.0)
    with pytest.raises(ValueError, match="is shorter than 10 ms"):
        naive.run(lesson(perturbations=(brief,)))


def test_biases_hold_where_acts_follow_closely(tiny):
    """A cell at its target keeps its bias however the trials are laid out."""
    engine = Engine(tiny, 3, block_s=5.0, target="numpy")
    rng = np.random.default_rng(1)
    close = [
        make_trial(
            "observe",
            "grasp-precision",
            rng=rng,
            duration_s=1.2,
            hold_s=0.3,
            events_template={"object_on": 0.0, "movement_onset": 0.1},
        )
        for _ in range(3)
    ]
    block = plan_blocks(close, 5.0, iter([1]))[0]
    target_hz = engine.wiring.target_hz
    n_spikes = np.rint(target_hz * 5.0).astype(int)
    cells = np.repeat(np.arange(len(target_hz)), n_spikes)
    steps = np.concatenate([np.linspace(0, 9999, n).astype(int) for n in n_spikes])
    plan = Lesson(
        plan=PLAN,
        trials=tuple(close),
        homeostasis_pA_per_hz_s=0.2,
        active_share=0.3,
        tolerance=0.0,
    )
    moved = regulated(engine, plan, np.zeros(70), block, BlockResult(steps, cells, engine.dt_ms))
    # One spike more or less in the half second of rest is 1.4 pA here, and 5 spikes/s off 5 pA.
    assert np.abs(moved).max() * 1e12 < 3.0


def test_the_cap_counts_living_synapses_only(grown):
    engine, silence = grown.engine, grown.lesioned("STS", 0.5).silence
    synapses = engine.wiring.synapses["hebb_inputs"]
    heavy = np.where(silence.of("hebb_inputs", engine), 0.0, 4.0 * synapses.mean_cap)
    after = capped(engine, silence, PLASTIC, heavy)
    alive = ~silence.of("hebb_inputs", engine)
    np.testing.assert_allclose(after[alive], synapses.mean_cap[alive])


def test_cells_that_are_dead_are_not_killed_again(grown):
    once = grown.lesioned("A.E", 0.5)
    assert once.lesioned("A.E", 0.5).silence.dead.sum() == 30
    with pytest.raises(ValueError, match="less than one living cell"):
        once.lesioned("A.E", 0.01)
