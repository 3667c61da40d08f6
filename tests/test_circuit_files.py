"""Circuits as TOML and as tables: nothing is lost, and damage is an error."""

from __future__ import annotations

import dataclasses
import re

import pytest
from circuits import cells, link, names, small
from hypothesis import given, settings
from hypothesis import strategies as st

from mirror_sim.circuit import parts as _circuit_parts
from mirror_sim.circuit.model import Cell, Circuit, InputPopulation, Plasticity, Population


def bounded(ranges: dict[str, tuple[float, float]], *leave: str) -> dict[str, st.SearchStrategy]:
    return {k: st.floats(*v) for k, v in ranges.items() if k not in ("n", *leave)}


SOURCES = st.text(max_size=12)
CELLS = st.fixed_dictionaries(
    bounded(_circuit_parts.CELL_RANGES, "VT_mV", "Vreset_mV", "Vcut_mV", "deltaT_mV")
    | {
        "Vcut_mV": st.floats(-40, 0), "VT_mV": st.floats(-60, -41),
        "Vreset_mV": st.floats(-80, -41), "deltaT_mV": st.floats(0.2, 5),
        "name": st.text(min_size=1, max_size=5), "source": SOURCES,
    }
).map(lambda values: Cell(**values))  # fmt: skip
PLASTICITIES = st.builds(
    Plasticity,
    rule=st.text(min_size=1, max_size=8),
    parameters=st.dictionaries(
        st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,6}", fullmatch=True),
        st.floats(0.001, 1000),  # within the range of a parameter of any name
        max_size=3,
    ),
    source=SOURCES,
)


@st.composite
def circuits(draw: st.DrawFn) -> Circuit:
    sizes = st.integers(2, 10**6)
    models = draw(st.lists(CELLS, min_size=1, max_size=2, unique_by=lambda cell: cell.name))
    populations: list[Population | InputPopulation] = [
        InputPopulation(
            name="in.1", area="in", n=draw(sizes),
            encodes=draw(st.sampled_from(("hand", "set", "signal:sound"))),
            baseline_hz=draw(st.floats(0, 5)), peak_hz=draw(st.floats(5, 100)),
            width=draw(st.floats(0.01, 1)), object_gain=draw(st.floats(0, 1)), source=draw(SOURCES),
            features=draw(st.integers(0, 9)), latency_ms=draw(st.none() | st.floats(-500, 500)),
        )
    ]  # fmt: skip
    currents = st.fixed_dictionaries(bounded(_circuit_parts.POPULATION_RANGES))
    for name in draw(st.lists(st.sampled_from("ABCD"), min_size=1, max_size=3, unique=True)):
        model = draw(st.sampled_from(models))
        populations.append(
            cells(f"{name}.E", draw(sizes), cell=model, source=draw(SOURCES), **draw(currents))
        )
    own = [population.name for population in populations[1:]]
    ends = st.lists(st.sampled_from(own), min_size=1, max_size=3, unique=True)
    joined = st.one_of(st.just("in.1"), ends.map("+".join))
    pairs = st.lists(
        st.tuples(joined, ends.map("+".join)),
        max_size=3,
        unique_by=lambda pair: tuple(frozenset(end.split("+")) for end in pair),
    )
    ranges = {k: v for k, v in _circuit_parts.PROJECTION_RANGES.items() if k != "p"}
    numbers = st.fixed_dictionaries(
        bounded(ranges)
        | {"p": st.floats(1e-9, 1), "delay_ms": st.floats(0.01, 500), "source": SOURCES}
        | {"plasticity": st.none() | PLASTICITIES}
    )
    projections = [link(pre, post, **draw(numbers)) for pre, post in draw(pairs)]
    order = draw(st.permutations(populations))
    return Circuit(
        name=draw(st.text(min_size=1)), populations=order, projections=projections,
        source=draw(SOURCES), tau_ampa_ms=draw(st.floats(0.1, 50)),
    )  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True)
@given(circuit=circuits())
def test_toml_loses_nothing(tmp_path_factory, circuit):
    path = tmp_path_factory.mktemp("toml") / "n=48.toml"
    circuit.to_toml(path)
    back = Circuit.from_toml(path)
    assert back == circuit
    assert back.digest() == circuit.digest()
    assert Circuit.from_toml(path.read_text(encoding="utf-8")) == circuit
    assert Circuit.from_toml(str(path)) == circuit
    # Tables hold whatever texts a circuit holds: one row a population, none broken in two.
    rows = [line for line in circuit.to_markdown().split("\n") if line.startswith("| population ")]
    assert len(rows) == len(circuit.populations)


@pytest.mark.parametrize(
    "text", ['"', "\\", "a\nb\r\nc", "\x00\x1f\x7f", "\u2028# end\u2028", "µ 猿 🐒", "'''", "# end"]
)
def test_awkward_texts_come_back_from_a_file(tmp_path, text):
    small(source=text).to_toml(tmp_path / "small.toml")
    assert Circuit.from_toml(tmp_path / "small.toml").source == text


@pytest.fixture
def toml(tmp_path) -> str:
    small().to_toml(tmp_path / "small.toml")
    return (tmp_path / "small.toml").read_text(encoding="utf-8")


def test_a_file_written_by_hand_may_leave_out_defaults_and_use_whole_numbers(toml):
    text = toml.replace("weight_nS = 0.8", "weight_nS = 1").replace("weight_sigma = 0.0\n", "")
    projections = [dataclasses.replace(p, weight_nS=1) for p in small().projections]
    assert Circuit.from_toml(text) == small(projections=projections)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("n = 100", "n = ", "damaged TOML: .*line"),
        ('format = "mirror_sim circuit 1"', "", "format is None, not 'mirror_sim circuit 1'"),
        ("circuit 1", "circuit 9", "format is 'mirror_sim circuit 9'"),
        ('cell = "RS"', 'cell = "FS"', "unknown cell 'FS' in population 'PFG.E'.*RS"),
        ('cell = "RS"', "cell = 3", "cell is 3, which is no Cell"),
        ("[[cells]]", "[cells]", "'cells' must be tables"),
        ("[[cells]]", "[[cell]]", "unknown cell 'RS'"),
        ("[projections.plasticity]", "[projections.learning]", "unknown field 'learning'"),
        ("weight_nS = 0.8", "weight = 0.8", "'weight'.*Did you mean 'weight_nS'"),
        ("weight_nS = 0.8", "weight_nS = nan", "weight_nS is nan"),
        ("weight_nS = 0.8", 'weight_nS = "0.8"', "weight_nS is '0.8', which is not a number"),
        ("weight_nS = 0.8\n", "", "Projection 'STS -> PFG.E' lacks weight_nS"),
        ('post = "PFG.E"', 'post = "PFG.X"', "unknown population 'PFG.X'"),
        ("tau_nmda_ms = 100.0", "tau_nmda = 100.0", "'tau_nmda' in Circuit 'small'"),
    ],
)
def test_damaged_and_foreign_texts_say_what_is_wrong(toml, old, new, message):
    assert old in toml
    with pytest.raises(ValueError, match=rf"^circuit text: .*{message}"):
        Circuit.from_toml(toml.replace(old, new, 1))


def test_a_file_cut_short_anywhere_is_refused(toml):
    for length in range(len(toml.splitlines()[0]) + 1, len(toml) - 2, 23):
        with pytest.raises(ValueError, match=r"^circuit text: "):
            Circuit.from_toml(toml[:length])
    with pytest.raises(ValueError, match="cut short: the line '# end' is missing"):
        Circuit.from_toml(toml.replace("# end\n", ""))


def test_a_cell_declared_twice_in_a_file_is_refused(toml):
    start = toml.index("[[cells]]")
    stop = toml.index("[[populations]]")
    with pytest.raises(ValueError, match="cell 'RS' is declared twice"):
        Circuit.from_toml(toml[:stop] + toml[start:])


def test_tables_may_be_added_behind_the_end(toml):
    more = '[[projections]]\npre = "F5.E"\npost = "PFG.E"\np = 0.1\nweight_nS = 1\ndelay_ms = 2\n'
    assert names(Circuit.from_toml(toml + more))[-1] == "F5.E -> PFG.E"


def test_files_that_are_no_circuit(tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"x\.toml is not a text file"):
        Circuit.from_toml(path)
    path.write_text("[project]\nname = 'other'\n")
    with pytest.raises(ValueError, match=r"circuit file .*x\.toml: not a circuit"):
        Circuit.from_toml(path)
    with pytest.raises(FileNotFoundError, match=r"missing\.toml"):
        Circuit.from_toml(tmp_path / "missing.toml")


def test_the_tables_hold_every_population_projection_parameter_and_source():
    text = small().to_markdown()
    heads = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert heads == [
        "Summary", "Populations", "Neuron model", "Synapse model", "Projections", "Plasticity",
        "Inputs", "Sources",
    ]  # fmt: skip
    assert "| F5.E+F5.PTN | F5.FS | excitatory | 0.2 | 20 | 0.8, 0 | 6, 0 | 0 |" in text
    assert "| STS -> PFG.E | hebb | decay 2, eta 0.01, mean_cap_nS 2, w_max_nS 3 |" in text
    assert "| b (pA) | 15 |" in text
    assert "| cell RS | a paper |" in text
    assert "| projection STS -> PFG.FS | none given |" in text
    assert small().digest() in text
    for block in text.split("\n\n"):
        if block.startswith("|"):
            columns = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
            assert len(columns) == 1


def test_bars_and_line_ends_in_texts_do_not_break_a_table():
    text = small(source="a | b\nc").to_markdown()
    assert "| circuit small | a \\| b c |" in text


def test_a_circuit_prints_as_aligned_tables():
    head, populations, projections = str(small()).split("\n\n")
    assert head == "Circuit 'small': 3 areas, 250 cells, 100 input cells, 6 projections"
    assert [line.split()[0] for line in populations.splitlines()[1:]] == [
        "STS", "PFG.E", "PFG.FS", "F5.E", "F5.PTN", "F5.FS"
    ]  # fmt: skip
    rows = projections.splitlines()
    assert re.split(r"\s{2,}", rows[1]) == [
        "STS -> PFG.E", "0.2", "20", "0.8", "6", "excitatory", "hebb"
    ]  # fmt: skip
    column = rows[0].index("in-degree")
    assert all(row[column - 2 : column] == "  " and row[column] != " " for row in rows)
    assert repr(small()) == f"<{head}>"


def test_the_default_circuit_survives_its_file(tmp_path):
    from mirror_sim.circuit.macaque import macaque

    macaque().to_toml(tmp_path / "macaque.toml")
    assert Circuit.from_toml(tmp_path / "macaque.toml") == macaque()
