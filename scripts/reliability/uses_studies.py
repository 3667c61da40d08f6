"""Wrong uses of studies, sweeps and reports, of the command line and of scripts."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from uses_base import (
    ARRAY,
    COUNT,
    FUNCTION,
    NUMBER,
    SEED,
    STUDY,
    TEXT,
    TRUTH,
    Use,
    circuit,
    misspelt,
    one,
    protocol,
    record_of,
    session,
    subject,
    words_of,
    wrong,
)

import mirror_sim as ms
from mirror_sim.compare.report import Setup, figures, run
from mirror_sim.compare.validation import validate
from mirror_sim.studies import controls, gallese1996, jerjian2020
from mirror_sim.studies.study import get_study
from mirror_sim.studies.targets import read_targets

# --- studies -------------------------------------------------------------------------------------


def studies() -> list[Use]:
    """Studies, controls and tables of targets."""
    control = {"name": "c", "row": "n", "growth": {"vision": "none"}}
    uses = wrong(
        ms.Study,
        STUDY,
        {"name": ("a/b", "", 3), "protocol": (*FUNCTION, one, {"a": 3}, protocol()),
         "rows": (*FUNCTION, protocol), "targets": (3, (3,)), "figure": (3, protocol),
         "controls": (control, (control,), "ab"), "controlled": (("x",), "ab"),
         "tables": (3, protocol), "recorded": (3, protocol), "label": (3,)},
    )  # fmt: skip
    uses += misspelt(ms.Study, STUDY, "target")
    uses += wrong(
        ms.Control,
        control,
        {"name": (3, ""), "row": (3, None, ""), "growth": ([1], {}, {"visions": "none"}),
         "change": (3, len), "session": ("f", protocol), "guard": (3,)},
    )  # fmt: skip
    uses += wrong(
        get_study,
        {},
        {"which": (3, None, "control", "no.py:STUDY", "no_module:STUDY", "notes.py:STUDY", "a:b:c",
                   "broken.py:STUDY", ":", "", "notes.py", ms.Study, "notes.py:NOTE")},
    )  # fmt: skip
    uses += wrong(
        read_targets,
        {},
        {"paths": (3, None, "targets.csv", [3], [Path("missing.csv")], [Path()],
                   [Path("binary.toml")], [Path("empty.csv")], [Path("table.csv")])},
    )  # fmt: skip
    uses += wrong(ms.datasets.fetch, {}, {"name": (*TEXT, "jerjian", "")})
    return uses


def sweeps_and_reports() -> list[Use]:
    """Sweeps, runs, figures and validation."""
    study = ms.Study(**STUDY)
    good = {
        "study": study,
        "subjects": [1],
        "circuit": circuit(),
        "block_s": 5.0,
        "target": "numpy",
        "n_trials": 4,
    }
    axes = {
        "F5.E.nn": [3], "F5.F.n": [3], "F5.E.n": [0], "STS->F5.delay": [3], "STS->M1.p": [0.1],
        "STS->F5.p": [0.1, 2.0], "STS->F5.plasticity.etha": [1.0], "lesion": ["F9"],
        "control": ["no"], "growth.visions": ["own"], "growth.vision": ["own", "blind"],
        "circuit.tau": [3], "speed": [3], "F5.E.bias_pA": ["high"], "F5.E.noise_pA": [],
        "F5.E.target_hz": 3, "circuit.tau_ampa_ms": "34", "circuit.tau_gaba_ms": [math.nan],
        "STS->F5.plasticity.eta": [None], "lesion ": ["STS"], "": [1], 3: [1],
    }  # fmt: skip
    uses = [
        Use(f"sweep(grid={{{axis!r}: {values!r}}})",
            functools.partial(ms.sweep, **good, grid={axis: values}),
            (str(axis).rpartition(".")[2] or "''", str(axis), *words_of(values)))
        for axis, values in axes.items()
    ]  # fmt: skip
    uses += wrong(
        ms.sweep,
        good,
        {"study": (3, None, ms.Study, "controlls"), "subjects": (3, [], ["a"], [1.5], [-1], "ab",
         [1, 1], None), "grid": ([1], "ab"), "circuit": record_of(ms.Circuit),
         "curriculum": record_of(ms.Curriculum), "n_trials": (3, 0, "9", 4.5), "jobs": COUNT[:2],
         "progress": (3,), "block_s": (0, "5", 3.0), "dt_ms": (0, "0.5"), "targets": ("cpp",)},
        also=["a block of 3 s"],
    )  # fmt: skip
    uses += wrong(
        Setup,
        {},
        {"seed": SEED, "n_subjects": (*COUNT, 0), "n_trials": (0, "4", 1.5), "jobs": (0, "2", 1.5),
         "quick": TRUTH, "circuit": record_of(ms.Circuit), "scheduler": (3,), "subjects": (3,)},
    )  # fmt: skip
    reported = {"study": "controls", "setup": Setup()}
    values = {
        "setup": (None, 3, {}, Setup), "out": ("file.txt", 3, None, "/proc/no/such"),
        "n_controls": (-1, 9, "1", 1.5), "say": (3, None),
    }  # fmt: skip
    uses += wrong(run, reported, values | {"study": (3, "control", None)}, "report.run")
    several = {"studies": ["observed_vs_performed"], "setup": Setup()}
    values["studies"] = (3, "controls", ["gallese"], ["jerjian2020"], [3])
    uses += wrong(figures, several, values, "report.figures")
    values["studies"] = (3, "controls", ["gallese"], ["controls"], [3])
    uses += wrong(validate, {**several, "studies": ["gallese1996"]}, values, "validate")
    return uses


def studies_of_papers() -> list[Use]:
    """Protocols and tests of the papers."""
    own = session()
    wrong_sessions = (3, None, subject(), protocol(), own.trials)
    uses = wrong(gallese1996.protocol, {}, {"n_trials": (*COUNT, 0), "seed": SEED},
                 "gallese1996.protocol")  # fmt: skip
    uses += wrong(jerjian2020.protocol, {}, {"seed": SEED}, "jerjian2020.protocol")
    uses += wrong(controls.protocol, {}, {"n_trials": (*COUNT, 0), "seed": SEED},
                  "controls.protocol")  # fmt: skip
    for function, more in (
        (gallese1996.classify, {}), (gallese1996.gallese_classify, {}),
        (gallese1996.baseline_variability, {}), (jerjian2020.jerjian_classify, {}),
        (jerjian2020.classify, {"seed": 1}), (jerjian2020.recording, {"seed": 1}),
        (jerjian2020.rows, {"seed": 1}), (controls.rows, {"seed": 1}), (controls.measure, {}),
        (controls.poisson_units, {"seed": 1}),
    ):  # fmt: skip
        name = f"{function.__module__.split('.')[2]}.{function.__name__}"
        given = {"session": own, **more}
        values = {"session": wrong_sessions} | ({"seed": SEED[:4]} if more else {})
        uses += wrong(function, given, values, name)
    # A session of another protocol.
    uses += [
        Use(f"{name} of a session of another protocol", functools.partial(function, own, **more),
            ("object-alone", "lcdon", "execute-dark", "nogo", "events", "units", "condition"))
        for name, function, more in (
            ("jerjian2020.classify", jerjian2020.classify, {"seed": 1}),
            ("jerjian2020.recording", jerjian2020.recording, {"seed": 1}),
            ("jerjian2020.rows", jerjian2020.rows, {"seed": 1}),
            ("controls.rows", controls.rows, {"seed": 1}),
        )
    ]  # fmt: skip
    uses += wrong(
        gallese1996.gallese_classify,
        {"session": own},
        {"criteria": (3, "strict"), "epochs": (3, (), ("a",)), "execution": (3, "execute"),
         "observation": ("observed",)},
    )  # fmt: skip
    uses += wrong(
        jerjian2020.jerjian_classify,
        {"session": own},
        {"posthoc": ("tukey", 3), "alpha": (*NUMBER, -1, 2), "epochs": (3, ())},
    )
    uses += wrong(gallese1996.learning_curve, {"subject": subject()},
                  {"subject": (own, None, "x", subject()), "n_trials": (0, 1.5, "3"),
                   "jobs": (0, "2")})  # fmt: skip
    uses += wrong(jerjian2020.wrist_speed, {}, {"times_s": ARRAY})
    uses += wrong(jerjian2020.recorded_units, {"units": own.units, "seed": 1},
                  {"units": (3, None, own, own.units[["x_um"]]), "seed": SEED[:4]})  # fmt: skip
    uses += wrong(jerjian2020.groups, {}, {"units": (3, None, own, own.units[["x_um"]])})
    return uses


# --- command line and scripts --------------------------------------------------------------------

_COUNTS = ("0", "-1", "two", "1.5", "1000000000000", "", "1e3")


def _commands(
    program: tuple[str, ...], options: Mapping[str, Iterable[str]], names: Sequence[str] = ()
) -> list[Use]:
    return [
        Use(" ".join([*program, option, repr(value)]), (*program, option, value),
            (value or "''", option, *words_of(value), *names))
        for option, values in options.items()
        for value in values
    ]  # fmt: skip


def commands() -> list[Use]:
    """Options and arguments of ``mirror-sim``."""
    common = {
        "--subjects": _COUNTS, "--trials": (*_COUNTS, "3"), "--jobs": _COUNTS,
        "--seed": ("-1", "1.5", "one", "", str(2**64)), "--out": ("", "file.txt", "/proc/no/such"),
        "--circuit": ("missing.toml", ".", "binary.toml", "other.toml", "", "cut.toml"),
        "--subject": ("many",), "--scheduler": ("",),
    }  # fmt: skip
    controlled = {"--controls": ("-1", "9", "some", "1.5", "")}
    uses = _commands(("mirror-sim", "run", "controls"), common | controlled, ["option"])
    several = {"--controls": ("-1", "11", "some", "1.5", "")}  # validate has ten Subjects
    uses += _commands(("mirror-sim", "validate", "gallese1996"), common | several, ["option"])
    uses += _commands(("mirror-sim", "figures"), common | controlled, ["option"])
    axes = (
        "F6.withhold.peak_hz", "F6.withhold.peak_hz=", "F6.withhold.peak_hz=high", "=3", "",
        "F6.withold.peak_hz=3", "lesion=F9", "control=no", "STS->PFG.E.delay=3", "growth.vision=no",
        "circuit.tau=3", "peak_hz=3", "STS->PFG.E.plasticity.eta=-1", "F5.E.n=0,1", "F5.E.n=1.5",
        "circuit.name=",
    )  # fmt: skip
    swept = _commands(("mirror-sim", "sweep", "controls"), {"--axis": axes, "--out": ("",)})
    uses += [
        dataclasses.replace(use, names=(*use.names, *re.split("[.=,]", use.make[-1])))
        for use in swept
    ]
    for arguments in (
        ("run",), ("run", "control"), ("run", "no.py:STUDY"), ("run", "notes.py:STUDY"),
        ("run", "broken.py:STUDY"), ("run", "controls", "gallese1996"), ("run", ""),
        ("validate", "controls"), ("validate", "gallese"), ("figures", "gallese1996"), ("sweep",),
        ("sweeps",), ("circuit", "--out", "c.docx"), ("circuit", "--out", ""),
        ("circuit", "--out", "no/such/c.toml"), ("circuit", "macaque"), ("data",),
        ("data", "fetch", "jerjian"), ("data", "get"), ("doctor", "now"), ("list", "all"), ("",),
        ("run", "controls", "--axis", "a=1"), ("circuit", "--out", "folder.toml"),
    ):  # fmt: skip
        word = (arguments[-1] or "''", *words_of(arguments[-1]))
        uses.append(Use(" ".join(["mirror-sim", *arguments]), ("mirror-sim", *arguments),
                        (*word, "required", "invalid choice")))  # fmt: skip
    return uses


def scripts() -> list[Use]:
    """Options of the scripts."""
    common = {
        "--subjects": _COUNTS, "--jobs": ("0", "two"), "--seed": ("-1", "1.5"),
        "--out": ("", "file.txt"), "--sed": ("1",),
    }  # fmt: skip
    more = {"--trials": ("0", "3", "x"), "--circuit": ("missing.toml", "", ".")}
    uses = []
    for name in ("sweep", "robustness", "model_vs_monkey"):
        uses += _commands((f"{name}.py",), common | more, ["arguments"])
    uses += _commands(("learning_curve.py",), common, ["arguments"])
    uses += _commands(
        ("benchmark.py",),
        {"--repeats": _COUNTS, "--out": ("", "file.txt"), "--parts": ("nests", "")},
        ["invalid choice"],
    )
    uses += _commands(("agreement_with_nest.py",), {"--seeds": _COUNTS, "--out": ("", "file.txt")})
    for name in ("encounter", "lesson", "new_sense", "lesion_and_stimulation", "new_action",
                 "new_area", "new_rule", "own_monitor"):  # fmt: skip
        uses += _commands((f"{name}.py",), {"--seed": ("-1", "10", "x", "")})
    return uses
