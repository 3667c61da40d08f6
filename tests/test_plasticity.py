"""What each learning rule does to one synapse: against the closed form for one pair of spikes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pytest

from mirror_sim.circuit.model import Cell, Circuit, Plasticity, Population, Projection
from mirror_sim.circuit.rules import RULES, Rule
from mirror_sim.engine import Block, Engine
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Perturbation

CELL = Cell(
    name="once", C_pF=200, gL_nS=10, EL_mV=-65, VT_mV=-50, deltaT_mV=2, Vcut_mV=-40, Vreset_mV=-60,
    t_ref_ms=20, a_nS=0, b_pA=0, tau_w_ms=100,
)  # fmt: skip
BUILT_IN = (
    *("bcm", "covariance", "hebb", "hebb_symmetric", "prediction_error"),
    *("stdp_pair", "stdp_triplet"),
)
CELLS = 6
DELAY_S = 2e-3
ETA, W, W_MAX = 0.01, 1e-12, 3e-12
LONE = 100.0  # nS, enough for one spike to make another

# A rule as a user writes one; its parameter differs from the default in the circuit.
OWN = Rule(
    name="drift_toward",
    traces="",
    on_pre="w += eta*(aim*w_max - w)",
    on_post="",
    parameters={"aim": 0.9},
    source="made up",
)


@pytest.fixture(scope="module", autouse=True)
def own_rule():
    """Register the rule, and forget it afterwards."""
    RULES.add(OWN)
    yield
    del RULES._known[OWN.name]


def cells(name: str, n: int) -> Population:
    return Population(name=name, area="A", cell=CELL, n=n, sign="excitatory", label="pyramidal")


def circuit(**parameters: float) -> Circuit:
    """Every presynaptic cell contacts every cell of one population a rule; and one lone synapse."""
    learning = {"eta": ETA, "w_max_nS": W_MAX * 1e9, "mean_cap_nS": 1.0} | parameters

    def link(rule: str) -> Projection:
        own = {"aim": 0.5} if rule == OWN.name else {}
        return Projection(
            pre="pre", post=f"post.{rule}", p=1.0, weight_nS=W * 1e9, delay_ms=DELAY_S * 1e3,
            plasticity=Plasticity(rule=rule, parameters=learning | own),
        )  # fmt: skip

    names = (*BUILT_IN, OWN.name)
    return Circuit(
        name="pairs",
        populations=(
            cells("pre", CELLS),
            *(cells(f"post.{name}", CELLS) for name in names),
            cells("lone.pre", 1),
            cells("lone.post", 1),
        ),
        projections=(
            *(link(name) for name in names),
            Projection(pre="lone.pre", post="lone.post", p=1.0, weight_nS=LONE, delay_ms=17.0),
        ),
    )


def fire(population: str, unit: int, at_s: float) -> Perturbation:
    return Perturbation(
        target=population, units=(unit,), start_s=at_s, stop_s=at_s + 0.01, current_pA=1e4
    )


# Postsynaptic cells fire all over the second in which the presynaptic ones do, two of them twice.
PRE_S = [0.10, 0.13, 0.20, 0.21, 0.30, 0.37]
POST_S = [0.05, 0.12, 0.19, 0.22, 0.28, 0.36]
AGAIN_S = {0: 0.25, 3: 0.29}


def pairs_of_spikes() -> list[Perturbation]:
    pulses = [fire("pre", n, at) for n, at in enumerate(PRE_S)]
    for rule in (*BUILT_IN, OWN.name):
        pulses += [fire(f"post.{rule}", n, at) for n, at in enumerate(POST_S)]
        pulses += [fire(f"post.{rule}", n, at) for n, at in AGAIN_S.items()]
    return [*pulses, fire("lone.pre", 0, 0.1)]


def block(pulses: Sequence[Perturbation]) -> Block:
    trial = make_trial(
        "nogo", "grasp-precision", rng=np.random.default_rng(1), duration_s=0.5,
        events_template={"object_on": 0.0, "movement_onset": 0.1}, movement_time_s=0.1, hold_s=0.1,
        perturbations=tuple(pulses),
    )  # fmt: skip
    return Block((trial,), (0.0,), 1)


def run(target: str, **parameters: float):
    engine = Engine(circuit(**parameters), 1, block_s=0.5, target=target)
    return engine, engine.run_block(block(pairs_of_spikes()), engine.initial_state(), learning=True)


@pytest.fixture(scope="module", params=["numpy", pytest.param("cpp", marks=pytest.mark.slow)])
def learned(request):
    """The engine and what it learned, on either target; all rules compile."""
    return run(request.param)


def pairs(learned, rule: str):
    """For each synapse of a rule: arrivals, postsynaptic spikes, its weight after."""
    engine, result = learned
    name = f"{rule}_cells"
    synapses = engine.wiring.synapses[name]
    weights = result.learned[f"{name}.w"]
    assert len(weights) == CELLS**2
    for i, j, weight in zip(synapses.i, synapses.j, weights, strict=True):
        pre, post = (result.times_s[result.cells == cell] for cell in (i, j))
        assert len(pre) == 1
        assert len(post) == (2 if (j - CELLS) % CELLS in AGAIN_S else 1)
        yield i, j, float(pre[0]) + DELAY_S, post, float(weight)


def decayed(since_s: float, tau_ms: float) -> float:
    return math.exp(-since_s * 1e3 / tau_ms)


def test_hebb_moves_the_weight_at_each_postsynaptic_spike(learned):
    """By eta (x (w_max - w) - decay w), x the trace that a presynaptic spike left."""
    for _, _, arrival, post, found in pairs(learned, "hebb"):
        weight = W
        for spike in post:
            x = decayed(spike - arrival, 50.0) if arrival <= spike + 1e-9 else 0.0
            weight += ETA * (x * (W_MAX - weight) - 2.0 * weight)
        assert found == pytest.approx(weight, rel=1e-9)


def test_symmetric_hebb_changes_alike_whichever_spike_comes_first(learned):
    """By the trace of the other side, at both; what comes at the same step counts once."""
    signs = set()
    for _, _, arrival, post, found in pairs(learned, "hebb_symmetric"):
        weight = W
        # A spike that arrives acts before the cell's own of the same step.
        for at, arrives in sorted([(arrival, True), *((spike + 1e-9, False) for spike in post)]):
            others = [s for s in (post if arrives else [arrival]) if s < at - 1e-10]
            trace = sum(decayed(at - other, 50.0) for other in others)
            weight += ETA * (trace * (W_MAX - weight) - 2.0 * weight)
        assert found == pytest.approx(weight, rel=1e-6)
        signs.add(bool(post[0] < arrival))
    assert signs == {True, False}


def test_bcm_moves_the_weight_by_how_far_the_cell_has_passed_its_long_run_mean(learned):
    """At each arrival; up where it has fired more than theta times the mean, else down."""
    signs = []
    for _, _, arrival, post, found in pairs(learned, "bcm"):
        before = post[post < arrival - 1e-9]
        y = sum(decayed(arrival - spike, 150.0) for spike in before)
        mean = sum(decayed(arrival - spike, 10_000.0) for spike in before) * 0.15 / 10.0
        above = y - 1.5 * mean
        assert found == pytest.approx(W + ETA * above * (W_MAX - W if above > 0 else W), rel=1e-9)
        signs.append(above > 0)
    assert set(signs) == {False, True}


def test_bcm_depresses_what_arrives_in_a_pause():
    """The trace of a burst is over then, the mean is not."""
    learning = {"eta": 0.1, "tau_burst_ms": 5.0, "tau_mean_ms": 5000.0}
    changed = circuit().with_plasticity("pre", "post.bcm", rule="bcm", **learning)
    engine = Engine(changed, 1, block_s=0.5, target="numpy")
    result = engine.run_block(block(pairs_of_spikes()), engine.initial_state(), learning=True)
    weights = result.learned["bcm_cells.w"]
    assert (weights < W).sum() > 5
    assert (weights > W).sum() > 0


def test_covariance_moves_the_weight_by_how_far_the_cell_is_off_its_long_run_mean(learned):
    """At each arrival; no more as the weight nears its bound, and down whatever the weight is."""
    for _, _, arrival, post, found in pairs(learned, "covariance"):
        before = post[post < arrival - 1e-9]
        y = sum(decayed(arrival - spike, 500.0) for spike in before)
        mean = sum(decayed(arrival - spike, 30_000.0) for spike in before) * 0.5 / 30.0
        assert found == pytest.approx(W + ETA * (y - mean) * (W_MAX - W), rel=1e-9)


def test_covariance_takes_as_much_from_a_weak_as_from_a_strong_synapse():
    """What arrives in a pause, when the trace is over and the mean is not, loses eta mean w_max."""
    learning = {"eta": 0.002, "tau_trace_ms": 5.0, "tau_mean_ms": 5000.0, "theta": 20.0}
    changed = circuit().with_plasticity("pre", "post.covariance", rule="covariance", **learning)
    engine = Engine(changed, 1, block_s=0.5, target="numpy")
    result = engine.run_block(block(pairs_of_spikes()), engine.initial_state(), learning=True)
    paused = 0
    for _, _, arrival, post, found in pairs((engine, result), "covariance"):
        before = post[post < arrival - 1e-9]
        if len(before) and arrival - before.max() > 0.05:
            mean = sum(decayed(arrival - spike, 5000.0) for spike in before) * 0.001
            assert W - found == pytest.approx(0.002 * 20.0 * mean * W_MAX, rel=1e-3)
            paused += 1
    assert paused > 5


def test_pair_stdp_has_its_window(learned):
    """A pair potentiates where the presynaptic spike arrives first, and depresses otherwise."""
    signs = []
    for _, _, arrival, post, found in pairs(learned, "stdp_pair"):
        if len(post) > 1:
            continue
        lag = post[0] - arrival
        if lag > -1e-9:
            expected = W + ETA * decayed(lag, 20.0) * (W_MAX - W)
        else:
            expected = W - ETA * 1.05 * decayed(-lag, 20.0) * W
        assert found == pytest.approx(expected, rel=1e-9)
        signs.append(np.sign(found - W) == (1 if lag > -1e-9 else -1))
    assert len(signs) == 24
    assert all(signs)


def test_triplet_stdp_adds_to_what_a_recent_postsynaptic_spike_leaves(learned):
    numbers = RULES.get("stdp_triplet").parameters
    triplets = 0
    for _, _, arrival, post, found in pairs(learned, "stdp_triplet"):
        before, after = post[post < arrival - 1e-9], post[post >= arrival - 1e-9]
        weight = W
        y = sum(decayed(arrival - spike, numbers["tau_minus_ms"]) for spike in before)
        weight -= ETA * numbers["a2_minus"] * y * weight
        for k, spike in enumerate(after):
            x = decayed(spike - arrival, numbers["tau_plus_ms"])
            earlier = [*before, *after[:k]]
            z = sum(decayed(spike - other, numbers["tau_slow_ms"]) for other in earlier)
            step = x * (numbers["a2_plus"] + numbers["a3_plus"] * z)
            weight += ETA * step * (W_MAX - weight)
            triplets += len(before) > 0
        assert found == pytest.approx(weight, rel=1e-9)
    assert triplets >= 4


def test_prediction_error_moves_the_weight_by_rate_minus_prediction(learned):
    synapses = list(pairs(learned, "prediction_error"))
    arrivals = {i: arrival for i, _, arrival, _, _ in synapses}
    for i, _, arrival, post, found in synapses:
        rate = sum(decayed(arrival - spike, 100.0) for spike in post[post < arrival - 1e-9]) / 0.1
        # All excitatory synapses of the cell count, each with the weight that it had.
        others = [
            decayed(arrival - at, 5.0) for k, at in arrivals.items() if k != i and at < arrival
        ]
        predicted = 5e9 * W * (1 + sum(others))
        expected = W + ETA * (rate - predicted) * 50e-3 * W_MAX
        assert found == pytest.approx(min(max(expected, 0.0), W_MAX), rel=1e-4)
    assert {np.sign(found - W) for *_, found in synapses} == {-1.0, 1.0}


def test_a_users_rule_learns_with_the_circuits_parameter(learned):
    for _, _, _, _, found in pairs(learned, OWN.name):
        assert found == pytest.approx(W + ETA * (0.5 * W_MAX - W), rel=1e-9)


def test_a_lone_synapse_joins_the_right_cells_after_its_delay(learned):
    engine, result = learned
    spikes = {n: result.times_s[result.cells == engine.wiring.cells[n].start]
              for n in ("lone.pre", "lone.post")}  # fmt: skip
    assert len(spikes["lone.pre"]) == 1
    assert 0.017 < spikes["lone.post"][0] - spikes["lone.pre"][0] < 0.020


def test_without_learning_no_weights_are_returned_and_the_model_holds_no_rule(learned):
    engine, _ = learned
    values = engine.values(block(pairs_of_spikes()), engine.initial_state(), learning=False)
    for rule in (*BUILT_IN, OWN.name):
        assert {name for name in values if name.startswith(f"{rule}_cells.")} == {
            f"{rule}_cells.w",
            f"{rule}_cells.slow_share",
        }
    assert {rule for _, _, rule, *_ in engine.structure().synapses} == {None}
    result = engine.run_block(block(pairs_of_spikes()), engine.initial_state())
    assert result.learned == {}
    np.testing.assert_array_equal(result.steps, learned[1].steps)


@pytest.mark.slow
def test_a_model_with_rules_at_rest_gives_the_bits_of_one_without(monkeypatch):
    engine = Engine(circuit(), 1, block_s=0.5, target="cpp")
    found = []
    for at_hand in (True, False):
        monkeypatch.setattr(engine, "rules_are_at_hand", lambda _n, at_hand=at_hand: at_hand)
        found.append(engine.run_block(block(pairs_of_spikes()), engine.initial_state()))
    assert found[0].learned == found[1].learned == {}
    np.testing.assert_array_equal(found[0].steps, found[1].steps)
    np.testing.assert_array_equal(found[0].cells, found[1].cells)


@pytest.mark.slow
def test_weights_stay_between_zero_and_their_bound():
    """However fast they learn. The user's rule has no bound of its own."""
    _, result = run("cpp", eta=50.0)
    reached = []
    for rule in BUILT_IN:
        weights = result.learned[f"{rule}_cells.w"]
        assert weights.min() >= 0
        assert weights.max() <= W_MAX
        reached += [weights.min() == 0, weights.max() == W_MAX]
    assert sum(reached) >= 6


# --- rules and parameters that cannot be --------------------------------------------------------


def test_the_rules_are_there_and_carry_their_source():
    assert set(BUILT_IN) <= set(RULES.names())
    assert all(RULES.get(name).source for name in BUILT_IN)


def plastic(rule: str, synapse: str = "excitatory", **parameters: float) -> Circuit:
    given = {"eta": ETA, "w_max_nS": 1.0, "mean_cap_nS": 1.0} | parameters
    pre = dataclasses.replace(cells("pre", CELLS), sign=synapse)
    return Circuit(
        name="one",
        populations=(pre, cells("post", CELLS)),
        projections=(
            Projection(
                pre="pre", post="post", p=1.0, weight_nS=0.1, delay_ms=1.0, synapse=synapse,
                plasticity=Plasticity(rule=rule, parameters=given),
            ),
        ),
    )  # fmt: skip


def test_an_unknown_rule_is_refused_with_the_nearest():
    with pytest.raises(
        ValueError,
        match=r"unknown learning rule 'hebbian' in projection pre -> post\. Did you mean 'hebb'",
    ):
        Engine(plastic("hebbian"), 1, target="numpy")


def test_an_unknown_parameter_is_refused_with_place_and_valid_ones():
    message = r"unknown parameter 'tau_trace' in pre -> post \(hebb\). Did you mean 'tau_trace_ms'"
    with pytest.raises(ValueError, match=message):
        Engine(plastic("hebb", tau_trace=3.0), 1, target="numpy")


def test_a_missing_parameter_of_every_rule_is_named():
    circuit = plastic("hebb")
    projection = circuit.projections[0]
    for name in ("eta", "w_max_nS", "mean_cap_nS"):
        kept = {k: v for k, v in projection.plasticity.parameters.items() if k != name}
        less = dataclasses.replace(projection, plasticity=Plasticity(rule="hebb", parameters=kept))
        with pytest.raises(ValueError, match=f"pre -> post: plasticity needs the parameter {name}"):
            Engine(dataclasses.replace(circuit, projections=(less,)), 1, target="numpy")


def test_inhibitory_synapses_do_not_learn():
    with pytest.raises(ValueError, match="pre -> post: only excitatory synapses learn"):
        Engine(plastic("hebb", synapse="inhibitory"), 1, target="numpy")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "my-rule"}, "'my-rule': a name has letters"),
        ({"name": "excitatory"}, "is not excitatory or inhibitory"),
        ({"parameters": {"rate": 1.0}}, "the parameter 'rate' occurs in no equation"),
        ({"parameters": {"eta": 1.0}}, "the parameter 'eta' is what every synapse has"),
        ({"parameters": {"aim": float("nan")}}, "aim is nan"),
        ({"ranges": {"aim": (1, 2)}}, r"aim is 0\.9, outside the plausible range 1 to 2"),
        ({"ranges": {"aims": (0, 1)}}, r"unknown parameter 'aims' .*\. Did you mean 'aim'"),
        ({"ranges": {"aim": (1, 0)}}, "aim goes from 1 down to 0"),
        ({"ranges": {"aim": 1}}, "aim is 1, which is no tuple"),
        ({"ranges": {"aim": (0, "1")}}, r"aim\[1\] is '1', which is not a number"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(OWN, **changes)


def test_a_rule_says_which_values_its_parameters_may_have():
    bounded = dataclasses.replace(OWN, ranges={"aim": (0.0, 1.0), "eta": (0.0, 0.5)})
    early = plastic(OWN.name, aim=2.0)  # before the rule says so
    RULES.add(bounded)
    try:
        with pytest.raises(ValueError, match=r"pre -> post\.aim is 2\.0, outside .* 0 to 1"):
            Engine(early, 1, target="numpy")
        with pytest.raises(ValueError, match=r"eta is 0\.6, outside the plausible range 0 to 0\.5"):
            plastic(OWN.name, eta=0.6)
    finally:
        RULES.add(OWN)


def test_an_equation_that_is_none_is_shown_with_what_brian2_says():
    broken = dataclasses.replace(OWN, name="broken", on_pre="w += eta*aim*nonsense")
    RULES.add(broken)
    try:
        engine = Engine(plastic("broken"), 1, block_s=0.1, target="numpy")
        with pytest.raises(RuntimeError, match=r"(?s)simulation failed.*nonsense"):
            engine.run_block(Block((), (), 1), engine.initial_state(), learning=True)
    finally:
        del RULES._known["broken"]


def test_a_rule_whose_weights_explode_is_an_error():
    RULES.add(dataclasses.replace(OWN, name="broken", on_pre="w = aim*w_max*exp(1e4*aim)"))
    try:
        engine = Engine(plastic("broken"), 1, block_s=0.1, target="numpy")
        state = engine.initial_state()
        state = {**state, "cells.bias": np.full(2 * CELLS, 1e-9)}
        with pytest.raises(
            RuntimeError, match="rule of broken_cells made weights that are not fin"
        ):
            engine.run_block(Block((), (), 1), state, learning=True)
    finally:
        del RULES._known["broken"]


def test_only_the_texts_of_a_rule_shape_the_model():
    def text(rule: Rule) -> str:
        RULES.add(rule)
        return Engine(plastic(OWN.name), 1, target="numpy").structure(learning=True).to_json()

    try:
        mine = text(OWN)
        assert text(dataclasses.replace(OWN, parameters={"aim": 0.1}, source="other")) == mine
        assert text(dataclasses.replace(OWN, on_post="w += 0*siemens*aim")) != mine
    finally:
        RULES.add(OWN)


def test_a_changed_rule_changes_the_key_of_results():
    def key(rule: Rule) -> str:
        RULES.add(rule)
        return Engine(plastic(OWN.name), 1, target="numpy").key

    try:
        mine = key(OWN)
        assert key(OWN) == mine
        assert key(dataclasses.replace(OWN, on_pre="w += 2*eta*(aim*w_max - w)")) != mine
        assert key(dataclasses.replace(OWN, parameters={"aim": 0.1})) != mine
    finally:
        RULES.add(OWN)


# --- what a spike transmits ---------------------------------------------------------------------


@pytest.mark.parametrize("learning", [False, True])
@pytest.mark.parametrize("target", ["numpy", pytest.param("cpp", marks=pytest.mark.slow)])
def test_each_spike_opens_a_share_of_what_is_closed_and_the_weight_stays(target, learning):
    """The slow conductance of one synapse, against its closed form, whether or not it may learn."""
    gate, tau_s = 0.4, 0.1
    circuit = plastic("saturating", eta=0.0, gate=gate)
    slow = dataclasses.replace(circuit.projections[0], nmda=1.0, delay_ms=DELAY_S * 1e3)
    engine = Engine(
        dataclasses.replace(circuit, projections=(slow,)), 1, block_s=0.5, target=target
    )
    pulses = [fire("pre", 0, at) for at in (0.05, 0.10, 0.15, 0.30, 0.34)]
    post = range(CELLS, 2 * CELLS)
    ran = engine.run_block(block(pulses), engine.initial_state(), learning=learning, record=post)
    weight = slow.weight_nS * 1e-9
    if learning:
        assert np.array_equal(ran.learned["saturating_cells.w"], np.full(CELLS**2, weight))
    spikes_s = ran.steps[ran.cells == 0] * ran.dt_ms * 1e-3
    assert len(spikes_s) == len(pulses)
    at_s = np.arange(500) * 1e-3
    expected, opened, before_s = np.zeros(500), 0.0, -math.inf
    for spike_s in spikes_s + DELAY_S:
        opened *= math.exp(-(spike_s - before_s) / tau_s)
        after = at_s > spike_s + 1e-9
        expected += after * weight * gate * (1 - opened) * np.exp(-(at_s - spike_s) / tau_s)
        opened, before_s = opened + gate * (1 - opened), spike_s
    for found in ran.traces["gn"].T:
        # A step is 0.5 % of the time constant.
        assert found == pytest.approx(expected, rel=0.006, abs=1e-18)


def test_an_efficacy_is_of_parameters_and_traces_alone():
    saturating = RULES.get("saturating")
    with pytest.raises(ValueError, match="the parameter 'gate' occurs in no equation"):
        dataclasses.replace(saturating, on_pre="s += 1", efficacy="1 - s")
    with pytest.raises(ValueError, match=r"gate is 1\.5, outside the plausible range 0 to 1"):
        dataclasses.replace(saturating, parameters={"tau_gate_ms": 100.0, "gate": 1.5})
