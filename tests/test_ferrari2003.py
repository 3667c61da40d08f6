"""Acts of the mouth: how they move, what is told of them, how they are learned, and each test."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import circuits
import numpy as np
import pandas as pd
import pytest

from mirror_sim.circuit.macaque import macaque
from mirror_sim.circuit.mouth import COMMANDS, FEELS, SEES, mouths
from mirror_sim.compare.report import Setup, run
from mirror_sim.figures import style
from mirror_sim.figures.numbers import Numbers
from mirror_sim.studies import ferrari2003
from mirror_sim.studies.ferrari2003 import acts, figure, measures, task
from mirror_sim.studies.ferrari2003.life import Company
from mirror_sim.studies.ferrari2003.measures import AREA, CLASSES, Recording
from mirror_sim.studies.ferrari2003.study import sight_cut
from mirror_sim.studies.study import get_study
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.subject import Subject

N_TRIALS = 20
KINDS = task.kinds()


@pytest.mark.parametrize("act", [*acts.REPERTOIRE, acts.UNLEARNED], ids=lambda act: act.name)
def test_a_mouth_moves_as_its_act_says_and_every_time_a_little_otherwise(act):
    one, again, other = (acts.course(act, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one[:10], other[:10])
    assert one.min() >= 0
    assert one.max() <= 1
    aperture, protrusion, speed, side = one.T
    assert aperture.max() == pytest.approx(act.opens, abs=0.3 * act.opens + 0.02)
    furthest = protrusion[np.argmax(np.abs(protrusion - acts.REST_PROTRUSION))]
    assert furthest == pytest.approx(act.protrudes, abs=0.25)
    assert np.ptp(side) == pytest.approx(2 * act.sways, abs=0.3)
    assert speed.max() < 1
    # It starts and ends shut, or nearly so.
    assert aperture[[0, -1]].max() < 0.15


def test_acts_differ_in_kinematics_by_which_they_can_be_told():
    means = [
        np.mean([acts.course(act, np.random.default_rng(k))[:30] for k in range(20)], axis=(0, 1))
        for act in (*acts.REPERTOIRE, acts.UNLEARNED)
    ]
    apart = np.linalg.norm(np.array(means)[:, None] - means, axis=2)
    assert apart[np.triu_indices(len(means), 1)].min() > 0.1


def test_a_number_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"MouthAct 'gape'.*opens.*1\.2"):
        acts.MouthAct(name="gape", opens=1.2, protrudes=0.3)


def test_the_task_has_every_kind_and_nothing_is_seen_of_own_acts():
    protocol = ferrari2003.protocol(4)
    assert protocol == ferrari2003.protocol(4)
    counts = Counter(trial.condition for trial in protocol.trials)
    assert counts == {task.condition_of(*kind): 4 for kind in KINDS}
    ingestive = CLASSES["ingestive"]
    for trial in protocol.trials:
        name, act = trial.condition.split(" ")
        channels = {signal.channel for signal in trial.signals}
        assert (trial.withhold_s is None) == name.endswith("done")
        if name in task.HAND:
            assert not channels
            continue
        assert not trial.acts
        own = {acts.COMMANDED, acts.FELT}
        expected = {"done": own, "food": set()}.get(name, {acts.SEEN})
        assert channels == expected
        assert bool(trial.objects) == (name == "food" or (name == "seen" and act in ingestive))


@pytest.fixture(scope="module")
def default():
    return Subject.naive(mouths(), seed=3)


def drives(subject, trial):
    """Return the drive of each input population in a trial."""
    parts = subject.engine.wiring.inputs
    found = {}
    for part, encoder in subject.engine.encoders:
        found |= {name: encoder.rates(trial) for name, own in parts.items() if own == part}
    return found


@pytest.mark.parametrize(
    ("name", "reached"), [("done", {COMMANDS, FEELS}), ("seen", {SEES}), ("mime", {SEES})]
)
def test_a_mouth_reaches_the_cells_of_the_mouth_and_no_others(default, name, reached):
    trial = task._mouth(name, acts.CHEW, np.random.default_rng(5))
    moving, still = (drives(default, t) for t in (trial, replace(trial, signals=())))
    assert {name for name in moving if not np.array_equal(moving[name], still[name])} == reached


def test_cells_get_kinematics_and_no_name(default):
    named, other = acts.CHEW, replace(acts.CHEW, name="other")
    one, same = (drives(default, task._mouth("seen", act, np.random.default_rng(5)))[SEES]
                 for act in (named, other))  # fmt: skip
    assert np.array_equal(one, same)


def test_a_mime_looks_as_the_act_does_but_for_the_food(default):
    seen, mime = (
        drives(default, task._mouth(name, acts.BITE, np.random.default_rng(5)))
        for name in ("seen", "mime")
    )
    assert np.array_equal(seen[SEES], mime[SEES])
    assert {name for name in seen if not np.array_equal(seen[name], mime[name])} == {
        "CIP",
        "F6.set",
    }


def test_acts_drive_the_cells_of_the_mouth_about_as_much_as_grasps_those_of_the_hand(default):
    rng = np.random.default_rng(5)
    hand = {
        "STS": task._hand("hand.seen", "grasp-whole-hand", rng),
        "F6.command": task._hand("hand.done", "grasp-whole-hand", rng),
    }
    for name, of_hand in ((SEES, "STS"), (COMMANDS, "F6.command")):
        condition = "seen" if name == SEES else "done"
        of_mouth = [
            drives(default, task._mouth(condition, act, rng))[name].mean()
            for act in acts.REPERTOIRE
        ]
        level = drives(default, hand[of_hand])[of_hand].mean()
        assert 0.5 < np.mean(of_mouth) / level < 2


def test_the_circuit_is_the_default_one_and_the_mouth_has_the_numbers_of_the_hand():
    made, base = mouths(), macaque()
    assert made.populations[: len(base.populations)] == base.populations
    assert made.projections[: len(base.projections)] == base.projections
    like = {SEES: "STS", COMMANDS: "F6.command", FEELS: "area2"}
    for link in made.projections[len(base.projections) :]:
        model = base.projection(like[link.pre], link.post)
        assert replace(link, pre=model.pre, source=model.source) == model


def test_sight_of_mouths_does_not_reach_f5_but_by_pfg():
    assert {p.post for p in mouths().projections if p.pre == SEES} == {"PFG.E"}


def lives(**changes):
    return Company(**changes).trials(np.random.default_rng(7))


def of_channel(trial, channel):
    return [signal for signal in trial.signals if signal.channel == channel]


def test_there_are_as_many_acts_of_the_hand_as_by_default_and_no_mouth_meanwhile():
    trials = lives(max_actions=400)
    of_hand = [trial for trial in trials if trial.acts]
    assert not any(trial.signals for trial in of_hand)
    # Five standard errors of a half.
    assert len(of_hand) / len(trials) == pytest.approx(0.5, abs=5 * 0.5 / 400**0.5)
    assert Company().max_actions == 2 * Curriculum().max_actions


def test_others_answer_while_the_own_mouth_moves():
    for trial in (trial for trial in lives() if trial.signals):
        own, theirs = of_channel(trial, acts.COMMANDED), of_channel(trial, acts.SEEN)
        assert len(of_channel(trial, acts.FELT)) == len(own) > 0
        assert theirs[0].start_s < own[-1].stop_s
        if not trial.objects:  # gestures are copied
            assert 0.3 <= theirs[0].start_s - own[0].start_s <= 0.9


def test_all_lives_have_the_same_own_acts_and_controls_other_sights():
    answer, shuffled, apart = (lives(others=others) for others in ("answer", "shuffled", "apart"))
    for one, two, three in zip(answer, shuffled, apart, strict=True):
        assert one.acts == two.acts == three.acts
        own = [of_channel(trial, acts.COMMANDED) for trial in (one, two, three)]
        assert own[0] == own[1] == own[2]
        seen = [of_channel(trial, acts.SEEN) for trial in (one, two, three)]
        assert len({bool(signals) for signals in (*seen, own[0])}) == 1
        if own[0]:
            assert seen[0][0].start_s == seen[1][0].start_s
            assert seen[0] != seen[1]
            assert seen[2][0].start_s > own[2][-1].stop_s + 0.3
    with pytest.raises(ValueError, match=r"unknown others 'apartt' in Company.*apart"):
        Company(others="apartt")


def recording(rng, means) -> Recording:
    """Units whose mean change is given by condition, or by (condition, act)."""
    n = len(next(iter(means.values())))
    change = np.stack(
        [np.asarray(means.get(kind, means.get(kind[0], np.zeros(n)))) for kind in KINDS]
    )
    change = np.repeat(change, N_TRIALS, axis=0)
    condition, act = np.repeat(np.array(KINDS), N_TRIALS, axis=0).T
    return Recording(
        change_hz=change + rng.normal(size=change.shape),
        condition=condition,
        act=act,
        units={AREA: np.arange(n)},
    )


def test_units_of_known_kind(rng):
    #                       mirror of mouth, of hand, of both, motor, visual, suppressed
    made = recording(
        rng,
        {
            "done": [3.0, -1.0, 3.0, 3.0, -1.0, -3.0],
            "seen": [3.0, -1.0, 3.0, -1.0, 3.0, -3.0],
            "mime": [1.5, -1.0, 1.5, -1.0, 3.0, -3.0],
            "unlearned": [-1.0, -1.0, -1.0, -1.0, 3.0, -3.0],
            "hand.done": [-1.0, 3.0, 3.0, 3.0, -1.0, -3.0],
            "hand.seen": [-1.0, 3.0, 3.0, -1.0, 3.0, -3.0],
        },
    )
    flags = measures.responds(made)
    assert flags["seen.mouth"].tolist() == [True, False, True, False, True, False]
    assert flags["unlearned"].tolist() == [False, False, False, False, True, False]
    assert measures.mirror_units(made, flags, "ingestive").tolist() == [0, 2]
    found = measures.both(made, rng)
    assert found[f"mirror.mouth.{AREA}"] == found[f"mirror.hand.{AREA}"] == pytest.approx(100 / 3)
    for effector in ("mouth", "hand", "both"):
        assert found[f"effector.mirror.{effector}"] == pytest.approx(100 / 6)
    assert found["effector.mirror.both.chance"] == pytest.approx(100 / 9, abs=0.5)
    relative = measures.relative(made)
    # Five standard errors of 60 trials and two units.
    assert relative["relative.mime"] == pytest.approx(50, abs=5 * 4)
    assert relative["relative.unlearned"] == pytest.approx(-33, abs=5 * 8)


def acts_of(rng, n, done, seen):
    """Return means of units that lean to acts; `done` and `seen` have shape (n, 6)."""
    names = CLASSES["mouth"]
    return {("done", a): 3 + done[:, k] for k, a in enumerate(names)} | {
        ("seen", a): 3 + seen[:, k] for k, a in enumerate(names)
    } | {"mime": np.zeros(n)}  # fmt: skip


def test_units_that_prefer_the_same_acts_match_and_tell_them_across(rng):
    lean = rng.normal(size=(100, 6))
    made = recording(rng, acts_of(rng, 100, lean, lean))
    found = {**measures.match(made, rng), **measures.decoded(made, rng)}
    for of in ("mouth", "ingestive", "communicative"):
        assert found[f"match.{of}"] > 0.8 > found[f"match.{of}.high"]
    assert found["match.class"] > 0.8 > found["match.class.high"]
    for name in ("done", "seen", "across"):
        assert found[f"decode.{name}.{AREA}"] > 90 > found[f"decode.{name}.{AREA}.high"]


def test_units_that_prefer_other_acts_tell_them_but_do_not_match(rng):
    made = recording(rng, acts_of(rng, 100, *rng.normal(size=(2, 100, 6))))
    found = {**measures.match(made, rng), **measures.decoded(made, rng)}
    assert found[f"decode.seen.{AREA}"] > 90
    assert abs(found["match.mouth"]) < 0.25  # five standard errors of 500 degrees of freedom
    assert found[f"decode.across.{AREA}"] < 60


def test_units_that_prefer_a_class_match_between_the_classes_alone(rng):
    lean = rng.choice([-1.0, 1.0], size=(200, 1)) * np.array([[1, 1, 1, -1, -1, -1]])
    found = measures.match(recording(rng, acts_of(rng, 200, lean, lean)), rng)
    assert found["match.class"] > 0.8
    for of in ("ingestive", "communicative"):
        assert abs(found[f"match.{of}"]) < 0.3


def test_without_an_effect_the_tests_find_their_chance(rng):
    made = recording(rng, {"done": np.zeros(1000)})
    found = measures.shares(made, rng)
    for name in measures.TESTS:
        # Five standard errors of 1000 units, and of ten times as many.
        assert found[f"responds.{name}.{AREA}"] == pytest.approx(4.9, abs=5 * 0.7)
        assert found[f"responds.{name}.{AREA}.excess"] == pytest.approx(0, abs=5 * 0.8)
    assert abs(measures.both(made, rng)[f"mirror.mouth.{AREA}.excess"]) < 1
    still = replace(made, change_hz=0 * made.change_hz)
    assert not measures.responds(still)["seen.mouth"].any()
    assert np.isnan(list(measures.relative(still).values())).all()


def test_more_trials_find_more(rng):
    weak = np.full(300, 0.4)
    found = measures.by_trials(recording(rng, dict.fromkeys(measures.CONDITIONS, weak)))
    assert found[f"mirror.hand.{AREA}.10"] < found[f"mirror.hand.{AREA}.16"] - 5
    assert f"mirror.hand.{AREA}.32" not in found


def test_every_row_is_described_and_the_page_is_drawn(rng, tmp_path):
    made = recording(rng, {name: rng.normal(2, 1, size=30) for name in measures.CONDITIONS})
    made = replace(made, units={area: np.arange(30) for area in measures.AREAS})
    found = {
        **measures.shares(made, rng),
        **measures.both(made, rng),
        **measures.by_trials(made),
        **measures.relative(made),
        **measures.match(made, rng),
        **measures.decoded(made, rng),
    }
    published = get_study("ferrari2003").published()
    own = {row for row in found if not row.endswith(f".{N_TRIALS}")}
    assert own <= set(published["id"])
    assert published["value"].isna().all()
    numbers = Numbers(rows=dict.fromkeys(published["id"], (20.0, 10.0, 30.0)), n_subjects=3)
    drawn = figure.draw(numbers, {"sight cut": numbers})
    style.savefig(drawn, tmp_path / "page")
    assert (tmp_path / "page.png").stat().st_size > 10_000
    assert "3 Subjects" in figure.caption(numbers)


def test_cut_sight_takes_away_what_sight_of_mouths_sends(default):
    silent = {name: own.sum() for name, own in sight_cut(default).silence.synapses.items()}
    (n_silent,) = (n for n in silent.values() if n)
    n_cells = {name: mouths().population(name).n for name in (SEES, "PFG.E")}
    assert n_silent / (n_cells[SEES] * n_cells["PFG.E"]) == pytest.approx(0.15, abs=0.01)


@pytest.mark.slow
def test_the_study_runs_from_growth_to_figure(tmp_path):
    made = small = circuits.small()
    links = {link.pre: link for link in mouths().projections}
    for name in (SEES, COMMANDS, FEELS):
        made = made.with_population(replace(mouths().population(name), n=100))
    made = made.with_projection(replace(small.projections[0], pre=SEES))
    made = made.with_projection(replace(links[COMMANDS], post="F5.E"))
    setup = Setup(circuit=made, seed=3, quick=True)
    run("ferrari2003", setup, n_controls=0, out=tmp_path, say=str)
    table = pd.read_csv(tmp_path / "ferrari2003.csv").set_index("id")
    assert table.loc["decode.seen.STS", "model"] > 50  # of four trials; 17 is chance
    assert (tmp_path / "ferrari2003.png").stat().st_size > 10_000
