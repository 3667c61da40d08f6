"""The command line and the doctor: exit codes, one sentence to the user, what is handed on."""

import importlib
import logging
import os
import signal
import subprocess
import sys

import pandas as pd
import pytest

from mirror_sim import Circuit, doctor, engine, macaque
from mirror_sim.cli import main as cli
from mirror_sim.cli.surroundings import settle
from mirror_sim.compare.report import Setup
from mirror_sim.studies.study import get_study, known_studies


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
        (["validate", "gallese96"], "Did you mean 'gallese1996'?"),
        (["figures", "jerjian2020"], "'jerjian2020' has no figure"),
        (["run", "no_such.py:STUDY"], "there is no file no_such.py"),
        (["run", "covered.py"], "is not MODULE:NAME or FILE.py:NAME"),
        (["run", "mirror_sim.studies.controls:STUDYY"], "Did you mean 'STUDY'?"),
        (["run", "controls", "--circuit", "no.toml"], "no.toml: No such file or directory"),
        (["run", "controls", "--trials", "2"], "n_trials is 2; it must be at least 4"),
        (["sweep", "controls", "--axis", "F6.withhold.peak_hz"], "is not NAME=VALUE"),
        (["sweep", "controls", "--axis", "F6.withhold.peak_hz=high"], "is not a number"),
        (["sweep", "controls", "--axis", "lesion=,F9"], "unknown population or area 'F9'"),
        (["sweep", "controls", "--axis", "lesion=a", "--axis", "lesion=b"], "given twice"),
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


@pytest.mark.parametrize(
    "bad",
    [
        ["--subjects", "1000000000000"], ["--subjects", "0"], ["--trials", "-3"], ["--out", ""],
        ["--jobs", "1e3"], ["--seed", "-1"], ["--controls", "-1"], ["--circuit", " "],
        ["--scheduler", ""],
    ],
)  # fmt: skip
def test_an_option_out_of_range_is_refused_with_what_it_takes(bad, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["run", "controls", *bad])
    assert stop.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert repr(bad[1]) in said
    assert "is not a whole number from" in said or "is empty" in said


OPTIONS = "--seed 7 --subjects 2 --trials 5 --jobs 3 --scheduler tcp://x --quick --circuit"


@pytest.mark.parametrize(
    ("command", "called", "studies"),
    [
        (["run", "controls"], "report.run", get_study("controls")),
        (["validate", "jerjian2020"], "validation.validate", [get_study("jerjian2020")]),
        (["figures"], "report.figures", []),
    ],
)
def test_options_mean_the_same_everywhere(command, called, studies, monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr(
        f"mirror_sim.compare.{called}", lambda *args, **more: given.append((*args, more))
    )
    circuit = tmp_path / "circuit.toml"
    macaque().scaled(0.5).to_toml(circuit)
    arguments = [*OPTIONS.split(), str(circuit), "--controls", "1", "--out", str(tmp_path)]
    assert cli.main([*command, *arguments]) == 0
    setup = Setup(
        circuit=macaque().scaled(0.5), seed=7, n_subjects=2, n_trials=5, jobs=3,
        scheduler="tcp://x", quick=True,
    )  # fmt: skip
    (found,) = given
    told = found[-1].pop("command", None)  # test_report_page.py looks at it
    assert (told is None) == (command == ["figures"])
    assert found == (studies, setup, {"n_controls": 1, "out": tmp_path})


def test_list_shows_every_study_with_what_it_has(capsys):
    assert cli.main(["list"]) == 0
    out = capsys.readouterr().out
    for study in known_studies():
        what_it_is = f" ({study.label})" if study.label else ""
        assert f"\n{study.name}{what_it_is}\n" in f"\n{out}"
        assert study.source in out
    assert "22 with targets: 4 calibrate, 18 sanity" in out
    assert "Poisson units, naive weights" in out


def test_what_fails_on_the_way_is_a_sentence_too(monkeypatch, capsys, tmp_path):
    def fails(*_, **__):
        raise RuntimeError("1 of 2 points failed")

    monkeypatch.setattr("mirror_sim.compare.report.sweep", fails)
    assert cli.main(["sweep", "controls", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "mirror-sim: 1 of 2 points failed\n"


def test_interrupting_is_no_traceback(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "examine", interrupt)
    assert cli.main(["doctor"]) == 130
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_a_command_is_a_sentence_and_its_status(monkeypatch, capsys, how):
    monkeypatch.setattr(doctor, "examine", lambda: iter([signal.raise_signal(how)]))
    assert cli.main(["doctor"]) == 128 + how
    assert capsys.readouterr().err == "mirror-sim: ended by a signal; what was finished is kept\n"
    assert signal.getsignal(how) is signal.SIG_DFL


def test_what_the_user_set_for_a_signal_stays(monkeypatch):
    """As nohup does."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    monkeypatch.setattr(doctor, "examine", lambda: iter([signal.raise_signal(signal.SIGHUP)][:0]))
    try:
        assert cli.main(["doctor"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_reader_that_has_seen_enough_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "mirror_sim", "circuit"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()  # before the first byte is written
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_doctor_of_a_healthy_installation(self_test, capsys):
    assert cli.main(["doctor"]) == 0
    out = capsys.readouterr().out
    for name in ("mirror_sim", "python", "brian2", "numpy", "pynwb", "C++ compiler", "cache"):
        assert f"\n{name}" in f"\n{out}"
    assert "12 spikes on numpy" in out


def in_a_process(*arguments, **environment):
    """Run the command line with an environment of its own."""
    return subprocess.run(
        [sys.executable, "-m", "mirror_sim", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_backend_that_a_notebook_asks_for_is_not_asked_for():
    backend = "module://no_such_backend.inline"
    answer = in_a_process("run", "controls", "--trials", "1", MPLBACKEND=backend)
    assert answer.stderr == "mirror-sim: n_trials is 1; it must be at least 4\n"
    assert in_a_process("doctor", "-h", MPLBACKEND=backend).returncode == 0


def test_packages_get_a_cache_where_the_home_has_no_place_for_it(tmp_path, monkeypatch):
    blocking = tmp_path / "home"
    blocking.touch()
    monkeypatch.setenv("HOME", str(blocking))
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    settle()
    assert os.environ["XDG_CACHE_HOME"] == str(tmp_path / "cache" / "other")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    settle()
    assert os.environ["XDG_CACHE_HOME"] == str(tmp_path)


def test_what_cannot_be_imported_is_said_by_the_doctor_and_before_a_run(
    monkeypatch, self_test, capsys, tmp_path
):
    real = importlib.import_module

    def unwritable(name):
        if name == "pynwb":
            raise FileNotFoundError(2, "No such file or directory", "/proc/.cache")
        return real(name)

    monkeypatch.setattr("mirror_sim.base.packages.importlib.import_module", unwritable)
    assert cli.main(["doctor"]) == 1
    assert "set XDG_CACHE_HOME to a folder" in capsys.readouterr().out
    assert cli.main(["run", "observed_vs_performed", "--out", str(tmp_path / "made")]) == 2
    assert "pynwb cannot be imported" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


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
    monkeypatch.setattr("mirror_sim.engine.compiler.compiler", lambda: None)
    problems = {finding.name: finding.problem for finding in doctor.examine()}
    assert "g++" in problems["C++ compiler"]


def test_doctor_sees_a_cache_that_cannot_be_made(monkeypatch, tmp_path, self_test):
    blocking = tmp_path / "file"
    blocking.touch()
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(blocking / "cache"))
    problems = {finding.name: finding.problem for finding in doctor.examine()}
    assert "MIRROR_SIM_CACHE" in problems["cache"]


@pytest.mark.parametrize("mode", [0o775, 0o777])
def test_doctor_sees_a_cache_that_others_may_write_to(monkeypatch, tmp_path, self_test, mode):
    tmp_path.chmod(mode)
    monkeypatch.setenv("MIRROR_SIM_CACHE", str(tmp_path))
    problems = {finding.name: finding.problem for finding in doctor.examine()}
    assert f"chmod go-w {tmp_path}" in problems["cache"]


@pytest.mark.parametrize("out", ["made/table.csv", "made"])
def test_sweep_hands_on_its_axes_and_writes_the_table(monkeypatch, tmp_path, capsys, out):
    given = {}

    def sweep(study, **options):
        given.update(options, study=study)
        table = pd.DataFrame({"lesion": ["", "STS"], "subject_seed": 4, "both": [0.1, 0.0]})
        return table.assign(**{"growth.max_actions": 10, "growth.shuffled": True})

    monkeypatch.setattr("mirror_sim.compare.report.sweep", sweep)
    axes = ("lesion=,STS", "growth.max_actions=10,2.5", "growth.shuffled=True,False")
    arguments = ["sweep", "controls", *(word for axis in axes for word in ("--axis", axis))]
    out = tmp_path / out
    assert cli.main([*arguments, "--subjects", "2", "--seed", "4", "--out", str(out)]) == 0
    assert given["study"] is get_study("controls")
    assert given["grid"] == {
        "lesion": ["", "STS"],
        "growth.max_actions": [10, 2.5],
        "growth.shuffled": [True, False],
    }
    assert list(given["subjects"]) == [4, 5]
    path = out if out.suffix else out / "sweep.csv"
    assert pd.read_csv(path, keep_default_na=False)["lesion"].tolist() == ["", "STS"]
    assert f"2 rows written to {path}" in capsys.readouterr().out
