"""What holds for circuits, and what each mistake is answered with."""

from __future__ import annotations

import dataclasses
import math
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
from circuits import INPUT, POPULATION, PROJECTION, RS, Quantity, cells, link, names, small

from mirror_sim.circuit import parts as _circuit_parts
from mirror_sim.circuit.macaque import macaque
from mirror_sim.circuit.model import Cell, InputPopulation, Plasticity, Population, Projection

# --- single records ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "values", "ranges"),
    [
        (Cell, RS, _circuit_parts.CELL_RANGES),
        (Population, POPULATION, _circuit_parts.POPULATION_RANGES),
        (InputPopulation, INPUT, _circuit_parts.INPUT_RANGES),
        (Projection, PROJECTION, _circuit_parts.PROJECTION_RANGES),
    ],
)
def test_every_number_outside_its_range_is_named_with_value_and_range(kind, values, ranges):
    numbers = {
        f.name
        for f in dataclasses.fields(kind)
        if f.type.removesuffix(" | None") in ("float", "int")
    }
    assert numbers == set(ranges)
    for name, (low, high) in ranges.items():
        for bad in (low - 1, high + 1):
            with pytest.raises(ValueError, match=re.escape(f".{name} is {bad}")) as error:
                kind(**values | {name: bad})
            assert f"{low:g} to {high:g}" in str(error.value)


def test_the_message_names_the_cell_the_field_and_the_unit():
    with pytest.raises(ValueError, match=r"Cell 'RS'\.C_pF is 0\.2, .* range 10 to 2000 pF"):
        Cell(**RS | {"C_pF": 0.2})


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 10**400])
@pytest.mark.parametrize("name", ["p", "weight_nS", "delay_ms", "nmda"])
def test_numbers_are_finite(name, bad):
    with pytest.raises(ValueError, match=rf"{name} is .*not a finite number"):
        Projection(**PROJECTION | {name: bad})


@pytest.mark.parametrize("bad", ["3 ms", True, None, 1j, [1.0]])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(ValueError, match=r"delay_ms is .*not a number"):
        Projection(**PROJECTION | {"delay_ms": bad})


@pytest.mark.parametrize("bad", [80.0, True, "80"])
def test_sizes_are_whole_numbers(bad):
    with pytest.raises(ValueError, match=r"Population 'F5.E'\.n is .*not a whole number"):
        Population(**POPULATION | {"n": bad})


def test_numpy_numbers_become_plain_ones():
    population = Population(**POPULATION | {"n": np.int64(7), "bias_pA": np.float32(0.5)})
    assert type(population.n) is int
    assert type(population.bias_pA) is float
    assert population == Population(**POPULATION | {"n": 7, "bias_pA": 0.5})


def test_a_quantity_is_refused_with_the_unit_to_use():
    with pytest.raises(ValueError, match=r"delay_ms is the quantity 3\. ms; .* float in ms"):
        Projection(**PROJECTION | {"delay_ms": Quantity()})
    with pytest.raises(ValueError, match="plain float in spikes/s"):
        InputPopulation(**INPUT | {"peak_hz": Quantity()})
    with pytest.raises(ValueError, match="n is the quantity"):
        Population(**POPULATION | {"n": Quantity()})
    with pytest.raises(ValueError, match=r"tau_ms is the quantity .* plain float in ms"):
        Plasticity(rule="hebb", parameters={"tau_ms": Quantity()})


def test_circuits_do_not_import_brian2():
    code = "import sys, mirror_sim.circuit.model; sys.exit('brian2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("kind", "values", "wrong", "right"),
    [
        (Projection, PROJECTION, "delay", "delay_ms"),
        (Projection, PROJECTION, "weight", "weight_nS"),
        (Projection, PROJECTION, "weight_pS", "weight_nS"),
        (Cell, RS, "C", "C_pF"),
        (Population, POPULATION, "noise_sd_pA", "noise_pA"),
        (InputPopulation, INPUT, "peak_rate", "peak_hz"),
        (Plasticity, {"rule": "hebb"}, "params", "parameters"),
    ],
)
def test_a_wrong_keyword_is_answered_with_the_nearest_and_all_fields(kind, values, wrong, right):
    with pytest.raises(ValueError, match=f"field '{wrong}'.*Did you mean '{right}'") as error:
        kind(**values, **{wrong: 1.0})
    assert all(field.name in str(error.value) for field in dataclasses.fields(kind))


def test_a_missing_keyword_is_named():
    with pytest.raises(ValueError, match=r"Projection 'STS -> PFG.E' lacks p, delay_ms"):
        Projection(pre="STS", post="PFG.E", weight_nS=1)


def test_records_take_keywords_only():
    with pytest.raises(ValueError, match="Plasticity takes keywords only: rule, parameters"):
        Plasticity("hebb")


@pytest.mark.parametrize(
    ("kind", "values", "field", "bad", "message"),
    [
        (Population, POPULATION, "sign", "excitatry", "sign 'excitatry'.*'excitatory'"),
        (Population, POPULATION, "label", "pyramid", "label 'pyramid'.*'pyramidal'"),
        (Population, POPULATION, "cell", "RS", "cell is 'RS', which is no Cell"),
        (Population, POPULATION, "name", "F5+E", "name 'F5\\+E'"),
        (Population, POPULATION, "area", "", "area is empty"),
        (Population, POPULATION, "source", 7, "source is 7, which is not a text"),
        (InputPopulation, INPUT, "peak_hz", 1.0, "peak_hz is 1.0, below baseline_hz 2.0"),
        (Projection, PROJECTION, "synapse", "AMPA", "synapse 'AMPA'"),
        (Projection, PROJECTION, "plasticity", "hebb", "plasticity is 'hebb'"),
        (Projection, PROJECTION, "p", 0.0, "p is 0; leave the projection out"),
        (Plasticity, {"rule": "hebb"}, "parameters", 3.0, "no mapping"),
        (Plasticity, {"rule": "hebb"}, "parameters", {"a b": 1.0}, "'a b'"),
        (Plasticity, {"rule": "hebb"}, "parameters", {"eta": math.nan}, "eta is nan"),
        (Cell, RS, "Vreset_mV", -35.0, "Vreset_mV is -35.0, not below Vcut_mV"),
        (Cell, RS, "VT_mV", -40.0, "VT_mV is -40.0, not below Vcut_mV"),
        (Cell, RS | {"deltaT_mV": 0.1}, "Vcut_mV", 20.0, "overflows"),
    ],
)
def test_values_that_cannot_be(kind, values, field, bad, message):
    with pytest.raises(ValueError, match=message):
        kind(**values | {field: bad})


def test_an_inhibitory_synapse_has_no_slow_share_and_no_spread_without_a_delay():
    with pytest.raises(ValueError, match="inhibitory synapses have no NMDA share"):
        Projection(**PROJECTION | {"synapse": "inhibitory", "nmda": 0.1})
    with pytest.raises(ValueError, match="mean delay is 0"):
        Projection(**PROJECTION | {"delay_ms": 0.0, "delay_sd_ms": 1.0})


def test_records_cannot_change():
    plasticity = Plasticity(rule="hebb", parameters={"eta": 1})
    with pytest.raises(dataclasses.FrozenInstanceError):
        plasticity.rule = "other"
    with pytest.raises(TypeError):
        plasticity.parameters["eta"] = 2.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        small().projections = ()


def test_a_plasticity_keeps_no_hold_on_the_mapping_it_was_given():
    numbers = {"eta": 1.0}
    plasticity = Plasticity(rule="hebb", parameters=numbers)
    numbers["eta"] = 2.0
    assert plasticity.parameters == {"eta": 1.0}


def test_equal_circuits_are_equal_hash_alike_and_survive_pickling():
    assert small() == small()
    assert hash(small()) == hash(small())
    assert pickle.loads(pickle.dumps(small())) == small()


# --- the whole circuit ------------------------------------------------------------------------


def test_what_a_circuit_tells_of_itself():
    circuit = small()
    assert circuit.areas == ("STS", "PFG", "F5")
    assert [population.name for population in circuit.inputs] == ["STS"]
    assert len(circuit.cells) == 5
    assert circuit.n_cells == 250
    assert circuit.population("F5.PTN").label == "PTN"
    assert circuit.population("STS").sign == "excitatory"
    assert circuit.projection("PFG.E", "F5.E+F5.PTN").delay_ms == 6.0


def test_the_in_degree_pools_joined_populations_and_spares_the_cell_itself():
    circuit = small()
    assert circuit.in_degree(circuit.projection("F5.E+F5.PTN", "F5.FS")) == 20
    assert circuit.in_degree(link("F5.E+F5.PTN", "F5.FS", p=1.0)) == 100
    assert circuit.in_degree(link("F5.E+F5.PTN", "F5.E+F5.PTN", p=1.0)) == 99
    assert circuit.in_degree(link("F5.E", "F5.FS", p=1e-5)) == 1


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (link("PGF.E", "F5.E"), "unknown area 'PGF' in projection.*Did you mean 'PFG'"),
        (link("PFG.E", "F5.PTM"), "unknown population 'F5.PTM'.*Did you mean 'F5.PTN'.*F5.E"),
        (link("SST", "F5.E"), "unknown population or area 'SST'.*Did you mean 'STS'"),
        (link("PFG", "F5.E"), "'PFG' is an area; name its populations: PFG.E, PFG.FS"),
        (link("F5.E+F5.E", "F5.FS"), "'F5.E' is declared 2 times"),
        (link("F5.E", "STS"), "input population 'STS' receives no synapses"),
        (link("STS+PFG.E", "F5.FS"), "joins input and cell populations"),
        (
            link("F5.E", "PFG.E", synapse="inhibitory"),
            "an excitatory cell with an inhibitory synapse .'F5.E'",
        ),
        (
            link("F5.FS", "PFG.E", synapse="excitatory"),
            "an inhibitory cell with an excitatory synapse .'F5.FS'",
        ),
        (link("F5.E+F5.FS", "PFG.E", synapse="excitatory"), "'F5.FS' is inhibitory"),
        (link("STS", "PFG.E"), "'STS -> PFG.E' is declared 2 times"),
        (link("PFG.E", "F5.PTN+F5.E"), "is declared 2 times"),
    ],
)
def test_projections_that_do_not_fit_the_populations(extra, message):
    with pytest.raises(ValueError, match=message):
        small(projections=[*small().projections, extra])


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (cells("F5.E"), "population 'F5.E' is declared 2 times"),
        (cells("M1.E", cell=Cell(**RS | {"b_pA": 1.0})), "Cell 'RS' of population 'M1.E' differs"),
        ("M1.E", "is 'M1.E', which is neither Population nor InputPopulation"),
    ],
)
def test_populations_that_do_not_fit_each_other(extra, message):
    with pytest.raises(ValueError, match=message):
        small(populations=[*small().populations, extra])


def test_a_circuit_needs_cells_and_one_cell_has_no_partner():
    with pytest.raises(ValueError, match="no Population of cells; a circuit needs at least one"):
        small(populations=[InputPopulation(**INPUT)], projections=[])
    with pytest.raises(ValueError, match="its one cell has no other"):
        small(populations=[cells("F5.E", 1)], projections=[link("F5.E", "F5.E")])


def test_constants_are_checked():
    with pytest.raises(ValueError, match=r"Circuit 'small'\.tau_ampa_ms is 0.005"):
        small(tau_ampa_ms=0.005)
    with pytest.raises(ValueError, match=r"'tau_ampa'.*Did you mean 'tau_ampa_ms'"):
        small(tau_ampa=5.0)
    with pytest.raises(ValueError, match="populations is 3"):
        small(populations=3)


def test_unknown_names_asked_of_a_circuit():
    with pytest.raises(ValueError, match=r"unknown population 'F5.e'.*Did you mean 'F5.E'"):
        small().population("F5.e")
    with pytest.raises(ValueError, match=r"unknown projection 'STS -> F5.E'.*STS -> PFG.E"):
        small().projection("STS", "F5.E")
    with pytest.raises(ValueError, match="stands for 2 projections"):
        small().projection("STS", "PFG")


# --- derived circuits -------------------------------------------------------------------------


def test_a_population_is_added_replaced_and_changed():
    circuit = small()
    assert circuit.with_population(cells("M1.E")).areas[-1] == "M1"
    replaced = circuit.with_population(cells("F5.E", 40))
    changed = circuit.with_population("F5.E", n=40)
    assert replaced == changed
    assert [p.name for p in changed.populations] == [p.name for p in circuit.populations]
    assert changed.population("F5.E").n == 40
    assert circuit.with_population("STS", object_gain=0.5).population("STS").object_gain == 0.5
    assert circuit == small()


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("F5.X", {"n": 3}, "unknown population 'F5.X'"),
        ("F4", {"n": 3}, "unknown population or area 'F4'.*'F5'"),
        ("F5.E", {"N": 3}, "field 'N' in Population 'F5.E'.*'n'"),
        ("STS", {"bias_pA": 3}, "field 'bias_pA' in InputPopulation 'STS'"),
        ("F5.E", {"n": 0}, "n is 0"),
        (cells("F5.E"), {"n": 3}, "not an object"),
        (3, {}, "is 3, which is neither"),
    ],
)
def test_populations_that_cannot_be_changed(name, changes, message):
    with pytest.raises(ValueError, match=message):
        small().with_population(name, **changes)


def test_between_populations_one_projection_changes_and_between_areas_all():
    circuit = small()
    one = circuit.with_projection("STS", "PFG.E", weight_nS=0.1)
    assert [p.weight_nS for p in one.projections] == [0.1, 0.8, 0.8, 0.8, 0.8, 0.8]
    area = circuit.with_projection("STS", "PFG", weight_nS=0.1)
    assert [p.weight_nS for p in area.projections] == [0.1, 0.1, 0.8, 0.8, 0.8, 0.8]
    local = circuit.with_projection("F5", "F5", delay_ms=1)
    assert [p.delay_ms for p in local.projections] == [6, 6, 6, 1, 1, 1]
    joined = circuit.with_projection("F5.PTN + F5.E", "F5.FS", p=0.5)
    assert [p.p for p in joined.projections] == [0.2, 0.2, 0.2, 0.2, 0.5, 0.2]
    assert names(one) == names(area) == names(local) == names(joined) == names(circuit)


def test_part_of_a_joined_endpoint_is_another_projection():
    numbers = {"p": 0.1, "weight_nS": 1.0, "delay_ms": 2.0}
    circuit = small().with_projection("F5.PTN", "F5.FS", **numbers)
    assert names(circuit) == [*names(small()), "F5.PTN -> F5.FS"]


def test_a_new_projection_between_areas_joins_the_cells_that_can_send_and_receive():
    numbers = {"p": 0.1, "weight_nS": 1.0, "delay_ms": 2.0}
    circuit = small()
    assert names(circuit.with_projection("STS", "F5", **numbers))[-1] == "STS -> F5.E+F5.PTN+F5.FS"
    back = circuit.with_projection("F5", "PFG", **numbers)
    assert names(back)[-1] == "F5.E+F5.PTN -> PFG.E+PFG.FS"
    assert back.with_projection("F5", "PFG", p=0.3).projection("F5", "PFG").p == 0.3
    inhibitory = circuit.with_projection("PFG", "PFG.E", synapse="inhibitory", **numbers)
    assert names(inhibitory)[-1] == "PFG.FS -> PFG.E"


def test_a_projection_is_added_and_replaced_as_an_object():
    circuit = small()
    assert names(circuit.with_projection(link("F5.E", "PFG.E")))[-1] == "F5.E -> PFG.E"
    replaced = circuit.with_projection(link("STS", "PFG.FS", p=0.4))
    assert replaced == circuit.with_projection("STS", "PFG.FS", p=0.4)


@pytest.mark.parametrize(
    ("ends", "changes", "message"),
    [
        (("STS", "PFG"), {"delay": 3}, "field 'delay' in Projection 'STS -> PFG'.*'delay_ms'"),
        (("STS", "PFG"), {"weight_pS": 3}, "'weight_pS'.*Did you mean 'weight_nS'"),
        (("STS", "PFG"), {"weight_nS": -1}, "weight_nS is -1"),
        (("STS", "PFG"), {"p": 1.5}, r"p is 1\.5, .* 0 to 1"),
        (("STS", "PFG"), {"delay_ms": Quantity()}, "plain float in ms"),
        (("STS", "F5"), {"p": 0.1}, "does not exist; .*weight_nS, delay_ms.*STS -> PFG.E"),
        (("STS", "PGF"), {"p": 0.1}, "unknown population or area 'PGF'.*'PFG'"),
        (("STS", "F4.E"), {"p": 0.1}, "unknown area 'F4'.*'F5'"),
        (("F5.E+F5.X", "F5.FS"), {"p": 0.1}, "unknown population 'F5.X'"),
        (
            ("STS", "PFG"),
            {"synapse": "inhibitory"},
            "an excitatory cell with an inhibitory synapse",
        ),
        (("STS",), {"p": 0.1}, "takes one Projection, or pre, post and changes"),
        ((link("STS", "PFG.E"),), {"p": 0.1}, "takes one Projection"),
    ],
)
def test_projections_that_cannot_be_changed(ends, changes, message):
    with pytest.raises(ValueError, match=message):
        small().with_projection(*ends, **changes)


def test_a_population_leaves_with_its_projections_and_from_joined_endpoints():
    circuit = small().without_population("F5.PTN")
    assert names(circuit)[2:] == ["PFG.E -> F5.E", "F5.E -> F5.E", "F5.E -> F5.FS", "F5.FS -> F5.E"]
    assert circuit.n_cells == 230
    without_area = small().without_population("F5")
    assert without_area.areas == ("STS", "PFG")
    assert names(without_area) == ["STS -> PFG.E", "STS -> PFG.FS"]
    with pytest.raises(ValueError, match="unknown population or area 'M1'"):
        small().without_population("M1")


def test_projections_leave():
    circuit = small()
    assert len(circuit.without_projection("STS", "PFG").projections) == 4
    assert names(circuit.without_projection("STS", "PFG.E")) == names(circuit)[1:]
    with pytest.raises(ValueError, match=r"unknown projection 'STS -> F5'.*STS -> PFG.E"):
        circuit.without_projection("STS", "F5")


@pytest.mark.parametrize("factor", [2, 0.5, 3.3, 1.001])
def test_scaling_keeps_number_and_weights_of_the_synapses_on_every_cell(factor):
    circuit, scaled = small(), small().scaled(factor)
    for old, new in zip(circuit.populations, scaled.populations, strict=True):
        assert new == dataclasses.replace(old, n=round(old.n * factor))
    for old, new in zip(circuit.projections, scaled.projections, strict=True):
        assert scaled.in_degree(new) == circuit.in_degree(old)
        assert dataclasses.replace(new, p=old.p) == old
        assert new.p == pytest.approx(old.p / factor, rel=0.05)


def test_doubling_twice_the_default_circuit_changes_no_cell_and_no_weight():
    circuit, scaled = macaque(), macaque().scaled(2).scaled(2)
    for old, new in zip(circuit.projections, scaled.projections, strict=True):
        assert scaled.in_degree(new) == circuit.in_degree(old)
        assert (new.weight_nS, new.plasticity) == (old.weight_nS, old.plasticity)


@pytest.mark.parametrize("factor", [0.4, 0.1, 0.06])
def test_where_too_few_cells_are_left_all_connect_and_weights_keep_the_mean_input(factor):
    circuit = small().with_projection("STS", "PFG.E", p=0.5).with_projection("F5", "F5.FS", p=0.9)
    scaled = circuit.scaled(factor)
    for old, new in zip(circuit.projections, scaled.projections, strict=True):
        wanted = circuit.in_degree(old)
        recurrent = bool(set(old.pre.split("+")) & set(old.post.split("+")))
        available = sum(scaled.population(name).n for name in new.pre.split("+")) - recurrent
        assert scaled.in_degree(new) == min(wanted, available)
        mean_nS = scaled.in_degree(new) * new.weight_nS
        assert mean_nS == pytest.approx(wanted * old.weight_nS)
    learning = scaled.projection("STS", "PFG.E")
    growth = learning.weight_nS / circuit.projection("STS", "PFG.E").weight_nS
    assert (growth > 1) == (factor < 0.5)
    assert learning.plasticity.parameters == pytest.approx(
        {"eta": 0.01, "w_max_nS": 3.0 * growth, "mean_cap_nS": 2.0 * growth, "decay": 2.0}
    )


@pytest.mark.parametrize("factor", [0, -1, math.nan, "2", 0.001])
def test_factors_that_leave_no_circuit(factor):
    with pytest.raises(ValueError, match=r"factor is|n is 0"):
        small().scaled(factor)


def test_plasticity_is_set_on_one_projection_and_between_areas_on_the_plastic_ones():
    circuit = small()
    new = circuit.with_plasticity("PFG.E", "F5", rule="stdp_pair", eta=0.1)
    assert new.projection("PFG.E", "F5").plasticity == Plasticity(
        rule="stdp_pair", parameters={"eta": 0.1}
    )
    between = circuit.with_plasticity("STS", "PFG", rule="hebb", decay=5)
    assert between.projection("STS", "PFG.FS").plasticity is None
    assert between.projection("STS", "PFG.E").plasticity.parameters == {
        "eta": 0.01, "w_max_nS": 3.0, "mean_cap_nS": 2.0, "decay": 5.0
    }  # fmt: skip


def test_a_new_rule_keeps_only_the_numbers_that_every_rule_has():
    changed = small().with_plasticity("STS", "PFG.E", rule="stdp_pair", depression=1.05)
    assert changed.projection("STS", "PFG.E").plasticity.parameters == {
        "eta": 0.01, "w_max_nS": 3.0, "mean_cap_nS": 2.0, "depression": 1.05
    }  # fmt: skip
    with pytest.raises(ValueError, match="eta is nan"):
        small().with_plasticity("STS", "PFG.E", rule="hebb", eta=math.nan)
    with pytest.raises(ValueError, match="unknown projection"):
        small().with_plasticity("STS", "F5", rule="hebb")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ({"tau_trace_ms": 0}, "tau_trace_ms is 0.0, outside the plausible range 0.001 to 1e+08 ms"),
        ({"tau_trace_ms": -5}, "tau_trace_ms is -5.0, outside"),
        ({"eta": -5}, "eta is -5.0, outside the plausible range 0 to 1000"),
        ({"eta": 1e300}, "eta is 1e+300, outside"),
        ({"w_max_nS": -1}, "w_max_nS is -1.0, outside the plausible range 0 to 10000 nS"),
        ({"mean_cap_nS": -1}, "mean_cap_nS is -1.0, outside"),
        ({"decay": -1e6}, "decay is -1000000.0, outside the plausible range 0 to 1000"),
        ({"decay": "3"}, "decay is '3', which is not a number"),
    ],
)
def test_numbers_of_learning_outside_their_ranges_are_refused(number, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        small().with_plasticity("STS", "PFG.E", rule="hebb", **number)
    assert small().with_plasticity("STS", "PFG.E", rule="hebb") == small()


def test_numbers_of_a_rule_that_nobody_knows_yet_have_the_ranges_of_their_names():
    assert Plasticity(rule="mine", parameters={"theta": -3, "tau_x_ms": 1}).parameters["theta"] < 0
    for name in ("tau_ms", "tau_x_ms", "least_nS"):
        with pytest.raises(ValueError, match=f"Plasticity 'mine'.{name} is -1.0, outside"):
            Plasticity(rule="mine", parameters={name: -1})


# --- digest, files and tables -----------------------------------------------------------------


def test_the_digest_follows_every_number_and_no_source():
    circuit = small()
    cell = Cell(**RS | {"source": "another paper"})
    resourced = dataclasses.replace(
        circuit,
        source="elsewhere",
        populations=tuple(
            dataclasses.replace(p, source="x", **({"cell": cell} if p.label != "input" else {}))
            for p in circuit.populations
        ),
        projections=tuple(dataclasses.replace(p, source="y") for p in circuit.projections),
    ).with_plasticity("STS", "PFG.E", rule="hebb", source="z")
    assert resourced != circuit
    assert resourced.digest() == circuit.digest()
    changed = [
        circuit.with_projection("STS", "PFG.E", weight_nS=0.8000000000000002),
        circuit.with_projection("STS", "PFG.E", plasticity=None),
        circuit.with_plasticity("STS", "PFG.E", rule="hebb", decay=2.1),
        circuit.with_plasticity("STS", "PFG.E", rule="other"),
        circuit.with_population("F5.E", bias_pA=1),
        circuit.with_population("STS", encodes="object"),
        circuit.scaled(2),
        dataclasses.replace(circuit, tau_nmda_ms=90.0),
        dataclasses.replace(circuit, populations=circuit.populations[::-1]),
    ]
    assert len({circuit.digest(), *(other.digest() for other in changed)}) == len(changed) + 1


def test_the_digest_is_the_same_in_another_process_and_for_equal_numbers():
    assert small().with_population("F5.E", bias_pA=-0.0).digest() == small().digest()
    assert small().with_population("F5.E", bias_pA=3).digest() == (
        small().with_population("F5.E", bias_pA=3.0).digest()
    )
    code = "from mirror_sim.circuit.macaque import macaque; print(macaque().digest())"
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1
    assert re.fullmatch(r"[0-9a-f]{64}\n", digests.pop())
