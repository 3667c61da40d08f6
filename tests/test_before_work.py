"""What is wrong with the last trial, or the last point, is said before a block is simulated."""

import dataclasses
import re

import numpy as np
import pytest

import mirror_sim as ms
from mirror_sim.compare.report import Setup, run
from mirror_sim.compare.validation import validate
from mirror_sim.engine import Engine
from mirror_sim.senses.registry import SENSES
from mirror_sim.studies.study import get_study

SOON = {"start_s": 0.0, "stop_s": 1.0, "current_pA": 1.0}


@pytest.fixture(autouse=True)
def _no_block_is_run(monkeypatch):
    def run_block(*_args, **_more):
        raise AssertionError("a block was run")

    monkeypatch.setattr(Engine, "run_block", run_block)


def trial(**more):
    rng = np.random.default_rng(1)
    return ms.make_trial("observe", "grasp-precision", rng=rng, **more)


def day(last, n=12):
    return ms.Protocol(name="day", trials=(*[trial() for _ in range(n)], last))


def pulse(**changes):
    return trial(perturbations=(ms.Perturbation(**{"target": "M.E", **SOON, **changes}),))


def many_pulses():
    return trial(
        perturbations=tuple(
            ms.Perturbation(target="A.E", units=(n,), **{**SOON, "stop_s": 0.1 + n / 50})
            for n in range(33)
        )
    )


def tuning(cells, _rng):
    return cells.n


def drive(trial, tuning, times_s):
    """Leave 0 to 1 where two signals are on at once."""
    return np.full((len(times_s), tuning), float(len(trial.signals)))


@pytest.fixture
def hearing(tiny, monkeypatch):
    monkeypatch.setattr(SENSES, "_known", dict(SENSES._known))
    ms.register(ms.Sense(name="loud", tuning=tuning, drive=drive))
    return tiny.with_population("F6", encodes="loud")


def two_signals():
    return trial(signals=tuple(ms.Signal(channel=c, start_s=0, stop_s=1) for c in ("a", "b")))


LAST = [
    (lambda: pulse(target="M.F"), "unknown population 'M.F' .* Did you mean 'M.E'"),
    (lambda: pulse(units=(20,)), r"names a unit of \[20\] that is not in 0 to 19"),
    (lambda: pulse(start_s=3.595, stop_s=9.0), "shorter than 10 ms"),
    (many_pulses, "more than 31 different perturbation courses"),
    (lambda: trial(duration_s=9.0), "trial 12 .observe. lasts 9 s; a block of 5 s holds at most"),
]


@pytest.mark.parametrize(("last", "said"), LAST)
def test_the_last_trial_is_looked_at_before_the_first_is_run(tiny, last, said):
    monkey = ms.Subject.naive(tiny, seed=3, block_s=5.0)
    with pytest.raises(ValueError, match=said):
        monkey.run(day(last()))
    with pytest.raises(ValueError, match=said):
        monkey.learn(day(last()))


class Careless(ms.Curriculum):
    """Stimulates a population that does not exist, from the third action on."""

    def trials(self, rng):
        wrong = (ms.Perturbation(target="B.E", **SOON),)
        made = super().trials(rng)
        return (*made[:2], *(dataclasses.replace(t, perturbations=wrong) for t in made[2:]))


def test_growth_looks_at_all_that_a_curriculum_draws(tiny):
    with pytest.raises(ValueError, match=r"unknown population 'B\.E'"):
        ms.Subject.grow(tiny, seed=3, block_s=5.0, curriculum=Careless(max_actions=3))


@pytest.mark.filterwarnings("ignore:no population")
def test_a_sense_of_ones_own_that_fails_in_the_last_trial(hearing):
    monkey = ms.Subject.naive(hearing, seed=3, block_s=5.0)
    with pytest.raises(ValueError, match="drive of sense 'loud' for 'F6' goes from 2 to 2"):
        monkey.run(day(two_signals()))


def test_a_course_of_ones_own_is_tried_with_the_time_that_an_act_takes():
    action = dataclasses.replace(ms.get_action("grasp-precision"), after=short)
    with pytest.raises(ValueError, match="after of Action 'grasp-precision' returned speed_cm_s"):
        ms.make_trial("observe", action, rng=np.random.default_rng(1), hold_s=1.2)


def short(since_s, hold_s):
    return {"speed_cm_s": since_s if hold_s < 1 else since_s[:1]}


@pytest.mark.parametrize("name", ["start", "stop"])
def test_an_event_cannot_move_the_trial(name):
    with pytest.raises(ValueError, match=f"the event '{name}' is at 0.4 s; the trial itself puts"):
        ms.Trial(condition="x", duration_s=1.0, events={name: 0.4})


# --- sweeps and studies ---------------------------------------------------------------------------


DEAF = ms.macaque().without_projection("PFG.E", "F5.E+F5.PTN").without_population("STS")


def protocol():
    return day(trial())


def stimulated():
    return day(pulse(target="PFG.EE"))


def rows(session):
    return {"n": len(session.trials)}


def more_rows(session, baseline):
    return {"n": len(session.trials) + baseline}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"protocol": stimulated}, "unknown population 'PFG.EE'"),
        ({"grid": {"growth.max_actions": [4, 0]}}, "Curriculum.max_actions is 0, outside"),
        ({"grid": {"F6.withhold.peak_hz": [3.0, "x"]}}, "peak_hz is 'x', which is not a number"),
        ({"grid": {"lesion": ["STS", "ST"]}}, "unknown population or area 'ST'"),
        ({"grid": {"control": ["", "no visions"]}}, "unknown control 'no visions'"),
        ({"grid": {"STS->PFG.E.plasticity.eta": [1e-3, -1]}}, "eta is -1.0, outside"),
        ({"block_s": 4.0}, "lasts 4.1 s; a block of 4 s holds at most 3.5 s"),
        (
            {"circuit": ms.macaque().without_population("F6.command"),
             "grid": {"control": ["", "command cut"]}},
            "unknown population or area 'F6.command' in Subject.cut",
        ),
        (
            {"circuit": DEAF},
            "nothing in the circuit 'macaque' learns",
        ),
    ],
)  # fmt: skip
def test_the_last_point_of_a_sweep_is_looked_at_before_the_first_is_run(changes, said):
    study = ms.Study(name="own", protocol=changes.pop("protocol", protocol), rows=rows)
    with pytest.raises(ValueError, match=said):
        ms.sweep(study, subjects=[1], n_trials=4, jobs=1, **changes)


@pytest.mark.parametrize(
    ("field", "function", "said"),
    [
        ("rows", more_rows, r"rows cannot be called with the sessions .*: missing .*'baseline'"),
        ("rows", protocol, "rows cannot be called with the sessions .*: too many positional"),
        ("figure", protocol, "figure cannot be called with the Results: too many positional"),
        ("tables", protocol, "tables cannot be called with the sessions"),
        ("recorded", protocol, "recorded cannot be called with the units table"),
        ("protocol", rows, "protocol of 'own' cannot be called with nothing .*'session'"),
    ],
)
def test_a_function_of_a_study_that_cannot_be_called_is_refused_at_once(field, function, said):
    with pytest.raises(ValueError, match=f"Study 'own'.{said}"):
        ms.Study(**{"name": "own", "protocol": protocol, "rows": rows, field: function})


@pytest.mark.parametrize("way", ["change", "session"])
def test_a_function_of_a_control_that_cannot_be_called_is_refused_at_once(way):
    with pytest.raises(ValueError, match=f"Control 'c'.{way} cannot be called with"):
        ms.Control(name="c", row="n", **{way: protocol})


def test_a_control_of_an_unknown_row_ends_a_run_with_its_first_subject(monkeypatch, tmp_path):
    measured = []

    def here(_jobs):
        return lambda waiting: ((k, measured.append(k) or {"n": 1.0}) for k in waiting)

    monkeypatch.setattr("mirror_sim.compare.sweeps.on_this_machine", here)
    control = ms.Control(name="cut", row="m", growth={"vision": "none"})
    study = ms.Study(name="own", protocol=protocol, rows=rows, controls=(control,))
    with pytest.raises(ValueError, match="unknown row 'm' in Control 'cut'"):
        run(study, Setup(n_subjects=3), out=tmp_path)
    assert len(measured) == 1


def test_all_studies_are_looked_at_before_the_first_is_validated(tmp_path):
    wrong = dataclasses.replace(get_study("gallese1996"), name="own", protocol=stimulated)
    with pytest.raises(ValueError, match=r"unknown population 'PFG\.EE'"):
        validate(["gallese1996", wrong], Setup(), out=tmp_path)


@pytest.mark.parametrize("text", ["", "id,study\n1", "a\x00b", "\xff\xfe"])
def test_targets_that_are_no_table_are_named(tmp_path, text):
    from mirror_sim.studies.targets import read_targets

    path = tmp_path / "targets.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=re.escape(str(path))):
        read_targets([path])
