import ast
import runpy
import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import mirror_sim as ms
from mirror_sim.base import sources
from mirror_sim.circuit import rules as plasticity
from mirror_sim.cli import main as cli
from mirror_sim.engine import plan_blocks
from mirror_sim.senses.registry import SENSES
from mirror_sim.session.session import Session
from mirror_sim.studies.study import STUDIES
from mirror_sim.subject.recording import trial_row

SCRIPTS = Path(__file__).parents[1] / "scripts"
RUN_BY_THEMSELVES = (
    "encounter",
    "lesson",
    "new_sense",
    "lesion_and_stimulation",
    "new_action",
    "new_area",
    "new_rule",
    "own_monitor",
)
EXAMPLES = (*RUN_BY_THEMSELVES, "new_study")
WORKED = (
    *("capacities", "fit_own_recording", "learning_curve", "model_vs_monkey"),
    *("observed_vs_performed", "robustness", "sweep"),
)


@pytest.fixture
def script(monkeypatch, tmp_path):
    """Run an example as a user does, in some folder, and return its variables."""
    for registry in (plasticity.RULES, SENSES):
        monkeypatch.setattr(registry, "_known", dict(registry._known))
    monkeypatch.chdir(tmp_path)

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        path = str(SCRIPTS / f"{name}.py")
        try:
            return runpy.run_path(path, run_name="__main__")
        except SystemExit as end:
            if end.code != 0:
                raise
            return runpy.run_path(path)

    return run


@pytest.fixture
def read(monkeypatch):
    """Return what an example defines, without running it."""
    monkeypatch.setattr(plasticity.RULES, "_known", dict(plasticity.RULES._known))
    return lambda name: runpy.run_path(str(SCRIPTS / f"{name}.py"))


def code_lines(text):
    tree, documented = ast.parse(text), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(
            node
        ):
            documented |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = enumerate(text.splitlines(), 1)
    code = [line.strip() for number, line in lines if number not in documented]
    return sum(1 for line in code if line and not line.startswith("#"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_short_and_says_what_it_shows(name):
    text = (SCRIPTS / f"{name}.py").read_text()
    assert code_lines(text) < 40
    assert len(ast.get_docstring(ast.parse(text)).splitlines()) > 1


@pytest.mark.parametrize("name", WORKED)
def test_a_worked_script_is_short(name):
    assert code_lines((SCRIPTS / f"{name}.py").read_text()) < 40


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_a_script_uses_no_private_name(path):
    tree = ast.parse(path.read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
             for alias in node.names}  # fmt: skip
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    private = {name for name in names if name.startswith("_") and not name.startswith("__")}
    assert not private


@pytest.mark.parametrize("name", RUN_BY_THEMSELVES)
def test_a_mistaken_option_is_answered_with_one_sentence(script, capsys, name):
    with pytest.raises(SystemExit) as stop:
        script(name, "--seed", "-1")
    assert stop.value.code == 2
    *usage, sentence = capsys.readouterr().err.splitlines()
    assert usage[0].startswith("usage:")
    assert "argument --seed: invalid choice: -1" in sentence


# --- new_action -----------------------------------------------------------------------------


def test_a_curriculum_takes_actions_as_it_takes_their_names():
    names = ("grasp-precision", "hold-whole-hand", "place-precision")
    objects = tuple(ms.get_action(name) for name in names)
    for shuffled in (False, True):
        by_name, by_object = (
            [ms.Curriculum(actions=a, shuffled=shuffled).trial(rng) for _ in range(20)]
            for a, rng in ((a, np.random.default_rng(3)) for a in (names, objects))
        )
        assert by_name == by_object
        assert len({trial.action.name for trial in by_name}) == 3


def test_the_new_action_is_done_and_imitated_while_growing(read):
    tear = read("new_action")["TEAR"]
    plan, rng = ms.Curriculum(actions=("grasp-precision", tear)), np.random.default_rng(1)
    trials = [trial for trial in (plan.trial(rng) for _ in range(100)) if trial.action == tear]
    assert 30 <= len(trials) <= 70
    imitated = [seen.action for trial in trials for seen in trial.acts[1:]]
    assert imitated
    assert set(imitated) == {tear}


def test_a_curriculum_refuses_what_is_no_action():
    with pytest.raises(ValueError, match=r"actions\[1\] is 7, which is neither Action nor text"):
        ms.Curriculum(actions=("grasp-precision", 7))
    with pytest.raises(ValueError, match=r"unknown action 'grasp'.*Did you mean 'grasp-"):
        ms.Curriculum(actions=("grasp",))


@pytest.mark.slow
def test_new_action(script, capsys):
    end = script("new_action")
    session, monkey = end["session"], end["monkey"]
    assert set(session.trials["action"]) == {"tear-paper"}
    assert session.trials["condition"].value_counts().to_dict() == {
        "execute-dark": 10,
        "observe": 10,
    }
    assert monkey.growth.curve["actions"].iloc[-1] == 24
    assert sum(end["done"]) > 0
    # The last Subject did it while growing, the first did not: other weights, other spikes.
    plan = ms.Curriculum(actions=("grasp-precision", "place-precision"), max_actions=24)
    other = ms.Subject.grow(monkey.circuit, seed=1, curriculum=plan)
    assert not np.array_equal(other.state["hebb_inputs.w"], monkey.state["hebb_inputs.w"])
    never, done = capsys.readouterr().out.splitlines()
    assert never.startswith("never done")
    assert done.endswith(str(end["found"]))


# --- new_area -------------------------------------------------------------------------------


def test_the_new_area_has_its_cells_and_pathways(read):
    before, after = ms.macaque(), read("new_area")["with_sii"](ms.macaque())
    assert set(after.areas) - set(before.areas) == {"SII"}
    added = {p.name for p in after.projections} - {p.name for p in before.projections}
    assert added == {
        "area2 -> SII.E+SII.FS",
        "SII.E -> F5.E+F5.PTN+F5.FS",
        "SII.FS -> SII.E",
    }
    assert after.projection("SII.FS", "SII.E").synapse == "inhibitory"


def rates_of(session, start, stop):
    """Mean rate of each area's units, spikes/s."""
    start_s, stop_s = session.event_times(start), session.event_times(stop)
    hz = session.counts(start_s, stop_s).sum(axis=0) / (stop_s - start_s).sum()
    return session.units.assign(hz=hz).groupby("area")["hz"].mean()


def trains(session, area):
    part = session.select(units=f"area == '{area}'")
    return part.spike_units, part.spike_times


@pytest.mark.slow
def test_new_area(script):
    end = script("new_area")
    day = ms.Protocol(name="new area", trials=end["trials"])
    whole, deaf, mute = (
        subject.run(day)
        for subject in (
            end["whole"],
            end["whole"].cut("area2", "SII"),
            end["whole"].cut("SII", "F5"),
        )
    )
    assert mute.equals(end["session"])
    felt = rates_of(whole, "contact", "release")["SII"]
    assert felt > 1.5 * rates_of(deaf, "contact", "release")["SII"]
    # Nothing comes back to SII, so that cutting its output leaves each of its spikes.
    for cut, original in zip(trains(mute, "SII"), trains(whole, "SII"), strict=True):
        np.testing.assert_array_equal(cut, original)
    assert len(trains(mute, "F5")[0]) != len(trains(whole, "F5")[0])


# --- new_rule -------------------------------------------------------------------------------


@pytest.mark.slow
def test_new_rule(script):
    end = script("new_rule")
    grown, naive = end["grown"], end["naive"]
    synapses = grown.engine.wiring.synapses["sejnowski_inputs"]
    assert synapses.rule == end["COVARIANCE"]
    projection = grown.circuit.projection("STS", "PFG.E")
    n_cells = grown.circuit.population("PFG.E").n
    assert len(synapses.i) == grown.circuit.in_degree(projection) * n_cells
    old, new = (monkey.state["sejnowski_inputs.w"] for monkey in (naive, grown))
    assert np.mean(new > old) > 0.02
    assert np.mean(new < old) > 0.02
    assert new.min() >= 0
    assert np.all(new <= synapses.values["w_max"] * (1 + 1e-9))
    # The way from PFG to F5 keeps its rule.
    assert grown.engine.wiring.synapses["covariance_cells"].rule.name == "covariance"


@pytest.mark.slow
@pytest.mark.parametrize(("threshold", "sign"), [(0.0, 1), (100.0, -1)])
def test_the_new_rules_threshold_decides_which_way_the_weights_go(script, threshold, sign):
    grown = script("new_rule")["grown"]
    circuit = grown.circuit.with_plasticity("STS", "PFG", rule="sejnowski", threshold=threshold)
    engine = ms.Subject.naive(circuit, seed=1).engine
    same = engine.structure(learning=True) == grown.engine.structure(learning=True)
    assert same  # a number is no reason to compile
    trial = ms.make_trial("observe", "grasp-precision", rng=np.random.default_rng(1))
    block = plan_blocks([trial], engine.block_s, iter([5]))[0]
    before = engine.initial_state()
    after = engine.run_block(block, before, learning=True).learned
    change = sign * (after["sejnowski_inputs.w"] - before["sejnowski_inputs.w"])
    assert change.min() >= -1e-21
    assert change.max() > 1e-12


# --- new_study ------------------------------------------------------------------------------


def test_the_new_protocol_hides_the_object_in_half_of_its_trials_in_random_order(read):
    study = read("new_study")
    trials = study["protocol"](seed=2, n_trials=15).trials
    covered = [trial.condition == study["COVERED"].name for trial in trials]
    assert sum(covered) == 15
    assert len(trials) == 30
    assert covered != sorted(covered)
    assert covered != [k % 2 == 1 for k in range(30)]
    assert {trial.events["dark_on"] for trial in trials} == {0.0}
    assert study["protocol"](seed=3, n_trials=15).trials != trials


def test_the_new_studys_test_finds_the_unit_that_differs_and_keeps_its_level(read, rng):
    study, n_trials, n_units = read("new_study"), 40, 200
    table = pd.DataFrame([trial_row(t, 4.0 * k) for k, t in enumerate(study["protocol"](1).trials)])
    covered = (table["condition"] == study["COVERED"].name).to_numpy()
    counts = rng.poisson(6.0, (n_trials, n_units))
    counts[:, 0] = rng.poisson(np.where(covered, 12.0, 4.0))
    session = spiking(table, counts, rng)
    p = study["p_values"](session)
    assert p[0] < 1e-4
    assert np.mean(p[1:] < 0.05) < 0.10


def spiking(trials, counts, rng):
    """Return a session with so many spikes (n_trials, n_units) in the half second after contact."""
    row, unit = (index.repeat(counts.ravel()) for index in map(np.ravel, np.indices(counts.shape)))
    times = trials["contact_time"].to_numpy()[row] + rng.uniform(0.001, 0.499, len(row))
    order = np.lexsort((times, unit))
    units = pd.DataFrame(
        {"unit_id": np.arange(counts.shape[1]), "area": "F5", "population": "F5.E"}
    )
    units = units.assign(cell_type="pyramidal", x_um=0.0, y_um=0.0, z_um=0.0)
    return Session(units, trials, times[order], unit[order], {})


@pytest.mark.slow
def test_new_study(tmp_path, monkeypatch):
    monkeypatch.setattr(STUDIES, "_known", dict(STUDIES._known))
    monkeypatch.setattr(sources, "_loaded", {})
    place = f"{SCRIPTS / 'new_study.py'}:STUDY"
    options = ["--subjects", "2", "--quick", "--trials", "20", "--out", str(tmp_path)]
    assert cli.main(["run", place, *options]) == 0
    assert (tmp_path / "new_study.png").stat().st_size > 5000
    table = pd.read_csv(tmp_path / "new_study.csv").query("subject_kind == 'grown'")
    assert table["n"].tolist() == [2, 2, 2, 2]
    # AIP is driven by the object itself; the readiness that its sight brings to M1 is over by then.
    share = table.set_index("area")["model"]
    assert share["AIP"] > 30
    assert share["M1"] < 15
    assert table.set_index("area")["inside"].notna().to_dict() == {
        "AIP": True, "PFG": False, "F5": False, "M1": True
    }  # fmt: skip


# --- new_sense ------------------------------------------------------------------------------


def test_the_sound_of_an_act_is_heard_around_contact(read, rng):
    sense = read("new_sense")
    trial = ms.make_trial("nogo", "grasp-precision", rng=rng)
    (sound,) = sense["sounding"](trial, "grasp-precision").signals
    assert sound.features == (sense["PITCH"]["grasp-precision"],)
    assert sound.start_s < trial.events["contact"] < sound.stop_s


def test_only_matched_sounds_tell_of_the_act(read):
    sense = read("new_sense")
    pitches = {}
    for name in ("Heard", "Shuffled"):
        plan = sense[name](actions=tuple(sense["PITCH"]), max_actions=60)
        trials = plan.trials(np.random.default_rng(1))
        own = [sense["PITCH"][t.action.name] for t in trials]
        heard = [t.signals[0].features[0] for t in trials]
        pitches[name] = np.mean(np.array(heard) == own)
    assert pitches["Heard"] == 1.0
    assert 0.25 < pitches["Shuffled"] < 0.75  # a half, by chance, of 60


@pytest.mark.slow
def test_new_sense(script, capsys):
    end = script("new_sense", "--seed", "2")
    heard, shuffled = (float(line.split("=")[1]) for line in capsys.readouterr().out.splitlines())
    # Over 100 units a correlation scatters by 0.1.
    assert heard > 0.2
    assert heard > shuffled
    assert end["monkey"].kind == "grown"


# --- own_recording --------------------------------------------------------------------------


def test_own_recording(script, tmp_path):
    end = script("own_recording")
    written = Session.from_nwb(tmp_path / "results" / "own_recording.nwb")
    assert written.units["cluster"].tolist() == [700, 703]
    assert written.units["area"].tolist() == ["Left Hippocampus", "Right Amygdala"]
    assert written.recorded_of(1).tolist() == [[0.0, 360.0]]
    assert written.metadata["origin"]["session_description"] == "made-up spikes"
    path = end["stand_in"](tmp_path / "stand_in.nwb")
    session = Session.from_nwb(path, units=end["UNITS"], trials=end["TRIALS"])
    rates, table = end["analyse"](session)
    assert table["effective_executed"].tolist() == [("animals",), ("cars",), (), ("food",)]
    assert table["effective_observed"].tolist() == [("animals",), (), (), ("food",)]
    assert table["modulated"].tolist() == [True, True, False, True]
    assert table["modulated_again"].tolist() == [True, False, False, True]
    # 4 spikes/s, and 30 more in the pictures of one category of five
    assert rates.of("learn").mean(axis=0)[2:] == pytest.approx([4.0, 7.0], abs=0.8)


# --- lesson ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_lesson(script, capsys):
    end = script("lesson")
    kinds = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert kinds[2:] == [
        "learned lesson, 40% of F5.PTN dead",
        "learned lesson, 40% of F5.PTN dead, learned lesson",
    ]
    dead, cells = end["lesioned"].silence.dead, end["lesioned"].engine.wiring.cells
    assert dead.sum() == dead[cells["F5.PTN"]].sum() == 6


# --- encounter ------------------------------------------------------------------------------


def test_the_encounter_shows_what_was_done_and_shuffles_it(read, rng):
    choose = read("encounter")["choose"]
    first = [choose(0, (), np.random.default_rng(seed))[0].condition for seed in range(40)]
    assert 10 < first.count("act") < 30
    nothing = types.SimpleNamespace(felt=lambda _: (), seen=lambda _: ())
    feel, watch = choose(1, (nothing, nothing), rng)
    assert (feel.condition, watch.condition) == ("feel", "watch")
    assert feel.acts == watch.acts == ()


@pytest.mark.slow
def test_encounter(script, capsys):
    end = script("encounter")
    lines = capsys.readouterr().out.splitlines()
    in_time, out_of_time = (float(line.split()[0]) for line in lines[1:])
    assert in_time > 0.3
    assert in_time > out_of_time
    assert 3 < end["moved"].sum() < 17


# --- own_monitor ----------------------------------------------------------------------------


def test_own_monitor(script, brian2):
    end = script("own_monitor")
    monitor, engine, objects = end["monitor"], end["monkey"].engine, end["objects"]
    part = engine.wiring.cells["F5.E"]
    assert (end["f5"].start, end["f5"].stop) == (part.start, part.stop)
    assert monitor.ge.shape == (part.stop - part.start, round(engine.block_s / 0.005))
    for values in (monitor.ge, monitor.gn, monitor.gi):
        assert np.all(np.asarray(values) >= 0)
    assert objects["cell_spikes"].num_spikes > 0
    # The command comes in 0.2 s ahead of the movement.
    since_s = end["since_s"]
    before, reaching = (
        np.mean(monitor.ge[:, (since_s > low) & (since_s < low + 0.3)]) for low in (-1.0, 0.0)
    )
    assert reaching > 1.5 * before


# --- lesion_and_stimulation -----------------------------------------------------------------


@pytest.mark.slow
def test_lesion_and_stimulation(script):
    end = script("lesion_and_stimulation")
    intact, silenced, stimulated, _ = end["sessions"].values()
    population = intact.units["population"].to_numpy()
    hz = end["table"].set_axis(["intact", "silenced", "stimulated", "cut"], axis=1)

    # Silenced cells fire no spike in the window, and without them M1 is let loose.
    fs = population == "M1.FS"
    assert hz["intact"][fs].mean() > 5
    assert hz["silenced"][fs].max() == 0
    excitatory = np.isin(population, ["M1.E", "M1.PTN"])
    assert hz["silenced"][excitatory].mean() > 1.5 * hz["intact"][excitatory].mean()
    # They fire at other times, and nothing leads from M1 to another area.
    later_s = silenced.trials["start_time"].to_numpy() + end["WINDOW"]["stop_s"] + 0.3
    assert silenced.counts(later_s, later_s + 0.5)[:, fs].sum() > 0
    for area in ("AIP", "PFG", "F5"):
        for ours, original in zip(trains(silenced, area), trains(intact, area), strict=True):
            np.testing.assert_array_equal(ours, original)

    # The current reaches the eight cells named, from its start on.
    driven = np.flatnonzero(population == "F5.PTN")[list(end["STIMULATE"].units)]
    rest = np.setdiff1d(np.flatnonzero(population == "F5.PTN"), driven)
    gain = hz["stimulated"] - hz["intact"]
    assert gain[driven].mean() > 10
    assert gain[driven].mean() > 5 * abs(gain[rest].mean())
    onset_s = intact.trials["start_time"].iloc[0] + end["WINDOW"]["start_s"]
    for session in (silenced, stimulated):
        early = session.spike_times < onset_s
        original = intact.spike_times < onset_s
        np.testing.assert_array_equal(session.spike_times[early], intact.spike_times[original])

    # The cells of a pathway that is cut live on.
    assert hz["cut"][population == "PFG.E"].mean() > 0
    f5 = np.char.startswith(population.astype(str), "F5")
    assert np.abs(hz["cut"] - hz["intact"])[f5].mean() > 0.3
    lost = end["monkey"].cut("PFG", "F5").state["covariance_cells.w"]
    assert not lost.any()


def test_the_sweep_writes_one_long_table_and_its_figure(script, tmp_path, monkeypatch):
    def sweep(study, *, subjects, grid, **_options):
        assert study.name == "controls"
        ((axis, values),) = grid.items()
        rows = [{axis: v, "subject_seed": s} for v in values for s in subjects]
        return pd.DataFrame(rows).assign(**{"both": 0.2, "overlap": 0.05, "muscle.rest": 0.4})

    monkeypatch.setattr("mirror_sim.compare.report.sweep", sweep)
    axes = script("sweep", "--subjects", "2", "--out", "made")["AXES"]
    table = pd.read_csv(tmp_path / "made" / "sweep.csv")
    assert table.groupby("axis").size().to_dict() == {a: 2 * len(v) for a, v in axes.items()}
    assert (tmp_path / "made" / "sweep.png").stat().st_size > 10_000


def test_what_should_not_matter_is_put_beside_the_default(script, tmp_path, monkeypatch):
    asked = []

    def sweep(study, *, subjects, **options):
        assert study.name == "observed_vs_performed"
        asked.append(options)
        return pd.DataFrame({"subject_seed": list(subjects), "J1": [50.0, 50.0 + 2 * len(asked)]})

    monkeypatch.setattr("mirror_sim.compare.report.sweep", sweep)
    cases = script("robustness", "--subjects", "2", "--out", "made")["CASES"]
    assert asked[0]["circuit"] == ms.macaque()
    assert asked[1]["dt_ms"] == 0.25
    assert [p.n for p in asked[2]["circuit"].populations] == [
        2 * p.n for p in ms.macaque().populations
    ]
    assert asked[3]["curriculum"].max_actions == 2 * ms.Curriculum().max_actions
    table = pd.read_csv(tmp_path / "made" / "robustness.csv")
    assert table["id"].tolist() == ["J1"]
    assert table[list(cases)].iloc[0].tolist() == [51.0, 52.0, 53.0, 54.0]
    assert table["half the step, se"][0] == pytest.approx(2.0)


def test_what_capacities_cost_stands_beside_the_default(script, tmp_path, monkeypatch, capsys):
    asked = []

    def sweep(study, *, subjects, **options):
        assert study.name == "observed_vs_performed"
        asked.append(options)
        return pd.DataFrame({"subject_seed": list(subjects), "J1": 55.0 + 30 * (len(asked) - 1)})

    monkeypatch.setattr("mirror_sim.compare.report.sweep", sweep)
    script("capacities", "--subjects", "2", "--out", "made")
    assert asked[0]["circuit"] == ms.macaque()
    assert {"A1", "PFC.goal", "STS.mouth", "AIP.delay"} < {
        p.name for p in asked[1]["circuit"].populations
    }
    trials = asked[1]["curriculum"].trials(np.random.default_rng(1))
    channels = {signal.channel for trial in trials for signal in trial.signals}
    assert channels == {"sound", "goal", "mouth", "mouth.command", "mouth.felt"}
    (row,) = pd.read_csv(tmp_path / "made" / "capacities.csv").to_dict("records")
    assert (row["id"], row["role"], row["default"], row["all"]) == ("J1", "calibrate", 55.0, 85.0)
    role, *inside = capsys.readouterr().out.splitlines()[-1].split()
    assert (role, inside) == ("calibrate", ["1", "0"])


def test_model_and_monkeys_stand_on_one_table(script, data_dir, monkeypatch, tmp_path, capsys):
    del data_dir
    drawn = []

    class Session:
        pass

    def results_of(study, setup, *, n_controls):
        assert (study.name, setup.seed, n_controls) == ("jerjian2020", 4, 0)
        found = pd.DataFrame([{"subject_kind": "grown", "subject_seed": 4, "J1": 60.0}])
        return types.SimpleNamespace(session=Session(), found=found)

    def draw(sides, *, rng, decoding):
        del rng
        drawn.append((list(sides), list(decoding)))
        return Figure()

    monkey = ms.studies.jerjian2020.release().recording
    monkeypatch.setattr("mirror_sim.compare.report.results_of", results_of)
    monkeypatch.setattr("mirror_sim.studies.jerjian2020.recording", lambda *_, **__: monkey)
    monkeypatch.setattr("mirror_sim.studies.jerjian2020.figure.decoded", lambda *_, **__: None)
    monkeypatch.setattr("mirror_sim.studies.jerjian2020.figure.draw", draw)
    script("model_vs_monkey", "--seed", "4", "--out", "made")
    assert drawn == [(["monkeys", "model, Subject 4"], ["model, Subject 4"])]
    assert (tmp_path / "made" / "model_vs_monkey.png").is_file()
    said = capsys.readouterr().out.splitlines()
    monkeys, model = (line for line in said if line.startswith("J1 "))
    assert "59.13  yes" in monkeys
    assert "60  yes" in model


def test_the_learning_curve_is_drawn_from_the_checkpoints(script, tmp_path, monkeypatch, capsys):
    grown = ms.Subject.naive(ms.macaque().scaled(0.1), seed=1, target="numpy")
    names = {name.removesuffix(".w") for name in grown.state if name.endswith(".w")}

    def learning_curve(subject, *, jobs):
        assert (subject, jobs) == (grown, 2)
        weights = {f"{name}_nS": [0.1, 0.4] for name in names}
        return pd.DataFrame(
            {"actions": [0, 24], "G1": [0.0, 15.0], "G1.dark": [0.0, 14.0]} | weights
        )

    monkeypatch.setattr(ms.Subject, "grow", lambda *_, **__: grown)
    monkeypatch.setattr(ms.studies.gallese1996, "learning_curve", learning_curve)
    script("learning_curve", "--subjects", "2", "--jobs", "2", "--out", "made")
    table = pd.read_csv(tmp_path / "made" / "learning_curve.csv")
    assert table["subject_seed"].tolist() == [1, 1, 2, 2]
    assert (tmp_path / "made" / "learning_curve.png").stat().st_size > 10_000
    with pytest.raises(SystemExit):
        script("learning_curve", "--subjects", "0")
    assert "'0' is not a whole number from 1 to 10000" in capsys.readouterr().err


@pytest.mark.slow
def test_a_circuit_is_fitted_to_a_recording(script, read, tmp_path):
    protocol = read("fit_own_recording")["protocol"]
    # --quick halves it, and is then as large as the one that was recorded.
    ms.macaque().scaled(0.4).to_toml(tmp_path / "small.toml")
    monkey = ms.macaque().scaled(0.2).with_population("F6.command", peak_hz=30.0)
    day = protocol(seed=7, n_trials=10)
    session = ms.Subject.grow(monkey, seed=7, curriculum=ms.Curriculum(max_actions=10)).run(day)
    session.to_nwb(tmp_path / "day.nwb")
    where = ("--circuit", "small.toml", "--trials", "10", "--out", "made")
    end = script("fit_own_recording", "day.nwb", *where, "--quick")
    settings = pd.read_csv(tmp_path / "made" / "settings.csv")
    assert len(settings) == 8
    assert settings["rest"].nunique() == settings["reach"].nunique() == 8
    # The same function reads the recording, and says what the model is to do.
    found = pd.read_csv(tmp_path / "made" / "rows.csv").set_index("id")
    for name, mean in end["rows"](session).items():
        assert found.loc[name, "published"] == pytest.approx(mean)
        assert found.loc[name, "low"] < mean < found.loc[name, "high"]
    best = settings.loc[settings["cost"].idxmin()]
    fitted = ms.Circuit.from_toml(tmp_path / "made" / "fit.toml")
    assert fitted.population("F6.command").peak_hz == best["F6.command.peak_hz"]
    assert fitted.population("F5.PTN").target_hz == best["rest of F5"]
    assert found.loc["reach", "fit"] == best["reach"]
