"""The command line and the doctor: exit codes, one sentence to the user, what is handed on."""

import logging
import subprocess
import sys
import types

import pandas as pd
import pytest

from mirror_sim import Circuit, doctor, engine, macaque
from mirror_sim.cli import main as cli
from mirror_sim.compare import sweeps as ensembles


@pytest.fixture(autouse=True)
def quiet_logger():
    """Give the package's logger back as it was."""
    logger = logging.getLogger("mirror_sim")
    level = logger.level
    yield
    logger.setLevel(level)


@pytest.fixture
def self_test(monkeypatch):
    """Stand in for the 50 ms network; returns what it answers, to be changed."""
    answer = {"target": "numpy", "build_s": 0.0, "run_s": 0.1, "spikes": 12}
    monkeypatch.setattr(engine, "self_test", lambda: answer, raising=False)
    return answer


def test_circuit_prints_markdown(capsys):
    assert cli.main(["circuit"]) == 0
    assert capsys.readouterr().out.strip() == macaque().to_markdown().strip()


def test_circuit_written_as_toml_reads_back_equal(tmp_path):
    path = tmp_path / "circuit.toml"
    assert cli.main(["circuit", "--out", str(path)]) == 0
    assert Circuit.from_toml(path) == macaque()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "observed_vs_preformed"], "Did you mean 'observed_vs_performed'?"),
        (["circuit", "--out", "circuit.docx"], "unknown circuit file type '.docx'"),
        (["sweep", "control"], "Did you mean 'controls'?"),
        (["sweep", "controls", "--axis", "F6.withhold.peak_hz"], "is not NAME=VALUE"),
        (["sweep", "controls", "--axis", "F6.withhold.peak_hz=high"], "is not a number"),
        (["sweep", "controls", "--axis", "lesion=,F9"], "unknown population or area 'F9'"),
        (["sweep", "controls", "--axis", "lesion=a", "--axis", "lesion=b"], "given twice"),
        (["sweep", "controls", "--out", "."], "--out . is a folder"),
        (["circuit", "--out", "no/such/folder/x.md"], "x.md: No such file or directory"),
    ],
)
def test_a_user_error_is_one_sentence_and_status_2(arguments, said, capsys):
    assert cli.main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


def test_verbose_adds_where_it_happened(caplog):
    assert cli.main(["-v", "circuit", "--out", "circuit.docx"]) == 2
    assert [record.exc_info[0] for record in caplog.records] == [ValueError]


@pytest.mark.parametrize("bad", [["--trials", "0"], ["--jobs", "two"], ["--seed", "1.5"]])
def test_bad_numbers_are_refused(bad):
    with pytest.raises(SystemExit) as stop:
        cli.main(["run", "observed_vs_performed", *bad])
    assert stop.value.code == 2


def test_run_hands_its_options_on(monkeypatch, tmp_path):
    asked = {}

    def observed_vs_performed(**options):
        asked.update(options)
        return options["out"] / "here"

    report = types.ModuleType("mirror_sim.compare.report")
    report.observed_vs_performed = observed_vs_performed
    monkeypatch.setitem(sys.modules, "mirror_sim.compare.report", report)
    monkeypatch.setattr("mirror_sim.compare.report", report, raising=False)
    options = "--seed 7 --subjects 2 --trials 3 --jobs 2 --quick --out"
    arguments = [*options.split(), str(tmp_path)]
    assert cli.main(["run", "observed_vs_performed", *arguments]) == 0
    numbers = {"seed": 7, "n_subjects": 2, "n_trials": 3, "jobs": 2}
    assert asked == {**numbers, "quick": True, "out": tmp_path}


def test_validate_hands_its_options_on(monkeypatch, tmp_path):
    asked = {}
    monkeypatch.setattr(
        "mirror_sim.compare.validation.validate", lambda **options: asked.update(options)
    )
    options = "--seed 7 --subjects 3 --controls 2 --jobs 2 --out"
    assert cli.main(["validate", *options.split(), str(tmp_path)]) == 0
    numbers = {"seed": 7, "n_subjects": 3, "n_controls": 2, "jobs": 2}
    assert asked == {**numbers, "out": tmp_path}


def test_what_fails_on_the_way_is_a_sentence_too(monkeypatch, capsys):
    def fails(*_, **__):
        raise RuntimeError("1 of 2 points failed")

    monkeypatch.setattr(ensembles, "sweep", fails)
    assert cli.main(["sweep", "controls"]) == 2
    assert capsys.readouterr().err == "mirror-sim: 1 of 2 points failed\n"


def test_interrupting_is_no_traceback(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "examine", interrupt)
    assert cli.main(["doctor"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "mirror_sim.cli", "circuit"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()  # before the first byte is written
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_doctor_of_a_healthy_installation(self_test, capsys):
    assert cli.main(["doctor"]) == 0
    out = capsys.readouterr().out
    for name in ("mirror_sim", "python", "brian2", "numpy", "C++ compiler", "cache"):
        assert f"\n{name}" in f"\n{out}"
    assert "12 spikes on numpy" in out


def test_doctor_says_what_breaks_a_simulation(monkeypatch, capsys):
    def broken():
        raise RuntimeError("the model did not compile:\nTraceback\nAttributeError: no ptp")

    monkeypatch.setattr(engine, "self_test", broken, raising=False)
    assert cli.main(["doctor"]) == 1
    assert "-> RuntimeError: AttributeError: no ptp" in capsys.readouterr().out


def test_doctor_does_not_take_silence_for_health(self_test):
    self_test["spikes"] = 0
    assert [finding.problem for finding in doctor.examine()][-1] == "no cell fired"


def test_doctor_without_a_compiler_says_what_to_install(monkeypatch, self_test):
    monkeypatch.setattr("mirror_sim.engine.compile.compiler", lambda: None)
    problems = {finding.name: finding.problem for finding in doctor.examine()}
    assert "g++" in problems["C++ compiler"]


def test_doctor_sees_a_cache_that_cannot_be_made(monkeypatch, tmp_path, self_test):
    blocking = tmp_path / "file"
    blocking.touch()
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(blocking / "cache"))
    problems = {finding.name: finding.problem for finding in doctor.examine()}
    assert "MIRROR_SIM_CACHE" in problems["cache"]


def test_sweep_hands_on_its_axes_and_writes_the_table(monkeypatch, tmp_path, capsys):
    given = {}

    def sweep(study, **options):
        given.update(options, study=study)
        return pd.DataFrame({"lesion": ["", "STS"], "both": [0.1, 0.0]})

    monkeypatch.setattr(ensembles, "sweep", sweep)
    out = tmp_path / "made" / "sweep.csv"
    arguments = [
        "sweep",
        "controls",
        "--axis",
        "lesion=,STS",
        "--axis",
        "growth.max_actions=10,2.5",
        "--axis",
        "growth.shuffled=True,False",
    ]
    assert cli.main([*arguments, "--subjects", "2", "--seed", "4", "--out", str(out)]) == 0
    assert given["study"] is ensembles.STUDIES["controls"]
    assert given["grid"] == {
        "lesion": ["", "STS"],
        "growth.max_actions": [10, 2.5],
        "growth.shuffled": [True, False],
    }
    assert list(given["subjects"]) == [4, 5]
    assert pd.read_csv(out, keep_default_na=False)["lesion"].tolist() == ["", "STS"]
    assert "2 rows written" in capsys.readouterr().out
