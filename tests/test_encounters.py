"""Subjects that meet, turn by turn: the body in the loop, resuming, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mirror_sim.base.files import cache_folder
from mirror_sim.engine import Block, BlockResult, Engine
from mirror_sim.scene.acts import Shown, Signal
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Trial
from mirror_sim.subject.body import Body
from mirror_sim.subject.encounters import meet
from mirror_sim.subject.subject import Subject, state_key

TURN_S = 4.5  # and the half second before it: blocks of 5 s, as for the compiled model
ACT = make_trial(
    "execute-light",
    "grasp-precision",
    rng=np.random.default_rng(0),
    events_template={"object_on": 0.0, "movement_onset": 0.4},
    duration_s=3.0,
    movement_time_s=0.3,
    hold_s=0.5,
).acts[0]
BODY = Body(driven_by="M.E", threshold_hz=12.0, full_hz=40.0)


@pytest.fixture(scope="module")
def pair(tiny, tiny_model) -> list[Subject]:
    # A command that reaches the muscles, and vision that reaches the cells.
    circuit = tiny.with_projection("F6", "M.E", weight_nS=6.0)
    circuit = circuit.with_projection("STS", "A.E", weight_nS=2.0)
    return [Subject.naive(circuit, seed=seed, block_s=5.0) for seed in (3, 4)]


def acting(number: int = 0) -> Trial:
    thing = Shown(thing=ACT.action.thing, on_s=0.0)
    return Trial(condition="act", duration_s=TURN_S, acts=(ACT,), objects=(thing,))


def idle(*acts) -> Trial:
    return Trial(condition="idle", duration_s=TURN_S, acts=acts, withhold_s=(0.0, TURN_S))


def choose(number, last, rng):
    """The first acts in even turns and feels in odd ones; the second watches what was done."""
    if number % 2 == 0:
        return [acting(), idle()]
    return [idle(*last[0].felt(0.3)), idle(*last[0].seen(0.3))]


def met(pair, **changes):
    given = {"turns": 4, "choose": choose, "seed": 1, "turn_s": TURN_S, "body": BODY}
    return meet(pair, **(given | changes))


def same(first, second) -> bool:
    return all(first.session(k).equals(second.session(k)) for k in range(len(first.subjects)))


@pytest.fixture(scope="module")
def encounter(pair):
    return met(pair)


# --- the body -------------------------------------------------------------------------------------


def spikes(engine: Engine, rate_hz: np.ndarray) -> BlockResult:
    """Return a block in which the cells that drive the muscles fire at a rate, by 10 ms."""
    part = engine.wiring.cells["M.E"]
    rng = np.random.default_rng(1)
    n_cells, step_s = part.stop - part.start, engine.dt_ms * 1e-3
    fires = rng.random((len(rate_hz) * 20, n_cells)) < np.repeat(rate_hz, 20)[:, None] * step_s
    steps, cells = np.nonzero(fires)
    return BlockResult(steps, cells + part.start, engine.dt_ms)


def test_the_body_decides_whether_when_and_how_far_the_hand_moves(tiny):
    engine = Engine(tiny, 3, block_s=2.0, target="numpy")
    rates = {"silent": 0.0, "weak": 20.0, "strong": 80.0}
    found = {}
    for name, rate_hz in rates.items():
        course = np.full(200, 2.0)
        course[80:140] = rate_hz
        activity = BODY.activity(engine, spikes(engine, course))
        found[name] = BODY.moved(ACT, activity, 0.0)
    assert found["silent"] is None
    assert 0.1 < found["weak"].extent < 0.9
    assert found["strong"].extent == 1.0
    # Muscles pull soon after the cells fire; the movement starts 50 ms later.
    assert 0.8 < found["strong"].onset_s < 0.95
    assert not found["strong"].commanded


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"driven_by": "M1.PTN"}, r"unknown population 'M1.PTN' in Body.driven_by.*M.E"),
        ({"full_hz": 0.4}, "full_hz is 0.4, not above least_hz"),
        ({"tau": 0.1}, "Did you mean 'tau_s'"),
    ],
)
def test_a_body_that_cannot_be_is_refused(pair, changes, message):
    with pytest.raises(ValueError, match=message):
        met(pair, body=Body(**{"driven_by": "M.E", **changes}))


# --- turns ----------------------------------------------------------------------------------------


def test_a_hand_moves_if_the_command_reaches_the_muscles(encounter):
    table = encounter.table()
    acts = table[table["condition"] == "act"]
    assert acts["moved"].all()
    assert not table[table["condition"] == "idle"]["moved"].any()
    assert table["turn"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert acts["action"].unique().tolist() == ["grasp-precision"]


def test_an_own_act_is_neither_seen_nor_felt_before_it_is_done(encounter):
    """What a turn commands has no consequence in it, whatever the trial says."""
    (own,) = encounter.turns[0][0].trial.acts
    assert own.commanded
    assert own.extent == 0.0
    done = encounter.turns[0][0].done
    (felt,) = encounter.turns[1][0].trial.acts
    (seen,) = encounter.turns[1][1].trial.acts
    assert felt.own
    assert not felt.commanded
    assert not seen.own
    assert felt.extent == seen.extent == done.extent


def test_a_paralysed_subject_does_nothing_and_feels_nothing(pair):
    """Its motor cells are dead: the command goes out, no hand moves, and nobody sees one."""
    limp = pair[0].lesioned("M.E", 1.0)
    found = met([limp, pair[1]])
    assert not found.table()["moved"].any()
    assert all(turn.trial.acts == () for turn in found.turns[1])


def test_the_watcher_sees_what_was_done(pair, encounter):
    blind = met([pair[0].lesioned("M.E", 1.0), pair[1]])
    with_act, without = (e.table().query("turn == 1 and subject == 1") for e in (encounter, blind))
    assert with_act["A.E_hz"].iloc[0] > without["A.E_hz"].iloc[0]


def test_the_same_seed_gives_the_same_bits_and_another_others(
    pair, encounter, tmp_path, monkeypatch
):
    assert same(encounter, met(pair))
    assert not same(encounter, met(pair, seed=2))
    (tmp_path / "models").symlink_to(cache_folder() / "models")
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))
    assert same(encounter, met(pair))


def test_an_interrupted_encounter_goes_on_where_it_was(pair, encounter, tmp_path, monkeypatch):
    (tmp_path / "models").symlink_to(cache_folder() / "models")
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))

    def interrupt(done: int, _all: int) -> None:
        if done == 3 and not runs:
            raise KeyboardInterrupt

    runs: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        met(pair, progress=interrupt)
    real = Engine.run_block
    monkeypatch.setattr(
        Engine, "run_block", lambda *args, **more: runs.append(1) or real(*args, **more)
    )
    assert same(encounter, met(pair))
    assert len(runs) == 2


@pytest.mark.parametrize("carry", [False, True])
def test_state_goes_on_from_turn_to_turn_if_asked(pair, carry):
    """After a turn of strong input, the next starts as that ended, or at rest."""
    block_s = TURN_S + 0.5
    turn_s = block_s if carry else TURN_S
    found = met(pair[:1], choose=lambda *_: [acting()], turns=2, carry=carry, turn_s=turn_s)
    session = found.session(0)
    assert session.duration_s == pytest.approx(2 * block_s)
    engine = pair[0].engine
    first = Engine(engine.circuit, engine.seed, block_s=block_s)
    if carry:
        # Cells that go on from an ended turn do not all wait for the voltage to rise from rest.
        early = session.counts([block_s], [block_s + 0.02]).sum()
        fresh = first.run_block(Block((), (), 5), first.initial_state())
        assert early > (fresh.times_s < 0.02).sum()


def test_subjects_may_learn_as_they_meet(pair):
    given = {"learning": True, "carry": True, "turn_s": TURN_S + 0.5}
    found = met(pair[:1], choose=lambda *_: [acting()], **given)
    after = found.subjects[0]
    assert after.kind == "naive, met for 4 turns"
    assert state_key(after.state) != state_key(pair[0].state)
    np.testing.assert_array_equal(after.state["cells.bias"], pair[0].state["cells.bias"])
    assert met(pair[:1], choose=lambda *_: [acting()]).subjects[0] is pair[0]


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        (lambda *_: [idle()], "choose returned 1 trials in turn 0; there are 2 Subjects"),
        (lambda *_: idle(), "in turn 0, which is no list of Trials"),
        (lambda *_: ["a", "b"], "choose returned 'a' for Subject 0 in turn 0, which is no Trial"),
        (
            lambda *_: [idle(), replace(idle(), duration_s=5.0)],
            "a trial of 5 s for Subject 1 in turn 0; a turn lasts 4.5 s",
        ),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_before_it_is_run(pair, monkeypatch, choose, message):
    monkeypatch.setattr(Engine, "run_block", lambda *_, **__: pytest.fail("worked"))
    with pytest.raises(ValueError, match=message):
        met(pair, choose=choose)


def test_nobody_and_no_turns_are_refused(pair):
    with pytest.raises(ValueError, match="no Subjects to meet"):
        met([])
    with pytest.raises(ValueError, match="turns is 0"):
        met(pair, turns=0)


def test_a_signal_that_nobody_hears_is_named(pair):
    tone = Signal(channel="tone", start_s=0.1, stop_s=0.3)
    with pytest.warns(UserWarning, match="'tone'"):
        met(pair[:1], choose=lambda *_: [replace(idle(), signals=(tone,))], turns=1)


def test_learning_without_carry_and_two_own_acts_are_refused(pair):
    with pytest.raises(ValueError, match="learning needs carry=True"):
        met(pair, learning=True)
    both = replace(acting(), acts=(replace(ACT, hold_s=0.1), replace(ACT, onset_s=1.5, hold_s=0.1)))
    with pytest.raises(ValueError, match="several own acts for Subject 0 in turn 0"):
        met(pair, choose=lambda *_: [both, idle()])


def test_the_dark_in_which_an_act_was_commanded_does_not_hide_what_was_done(pair):
    dark = replace(acting(), acts=(replace(ACT, hidden_s=((0.0, TURN_S),)),))
    found = met(pair, choose=lambda *_: [dark, idle()], turns=1)
    (seen,) = found.turns[0][0].seen(0.3, actor="other-2")
    assert seen.hidden_s == ()
    assert seen.actor == "other-2"
