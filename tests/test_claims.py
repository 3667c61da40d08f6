"""A claim's label follows from its numbers alone; what it rests on does what it says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import lived
from sessions import session_of_rates

import mirror_sim as ms
from mirror_sim.cli.main import main
from mirror_sim.compare.report import Setup, run
from mirror_sim.compare.sweeps import points
from mirror_sim.figures import style
from mirror_sim.figures.claim import LINKS
from mirror_sim.studies.claim import KINDS, Arm, Claim, Dose, Evidence, Wiring, known_claims
from mirror_sim.studies.page import draw, overview
from mirror_sim.studies.study import Control, Results, get_study, known_studies
from mirror_sim.studies.verdict import COLUMNS, kept, table, told, verdict
from mirror_sim.subject.matching import matched

SEEDS = range(1, 11)


def protocol():
    raise AssertionError("nothing is simulated here")


def rows(session):
    raise AssertionError("nothing is simulated here")


def cut(subject):
    return subject.cut("A.E")


GIVEN = {
    "name": "yawning",
    "protocol": protocol,
    "rows": rows,
    "claim": "they yawn because others do",
    "effect": "more",
    "power": "yawns",
    "substrate": "toy",
    "account": "Open.",
    "settings_tried": 3,
    "controls": (
        Control(name="view cut", row="more", change=cut),
        Control(name="out of time", row="more", change=cut),
        Control(name="silenced", row="yawns", change=cut),
    ),
    "shown": (Arm(name="silenced", rows=("yawns",)),),
    "drive": ("rest",),
    "wiring": Wiring(
        places={"seen": (0.0, 0.5), "yawn": (1.0, 0.5)}, links=(("seen", "yawn", "learns"),)
    ),
    "figure": draw,
    "dose": Dose(axis="growth.max_actions", values=(1, 2), row="more", label="own yawns"),
}
CLAIM = Claim(**GIVEN)


def found(rng, *, n=10, **changes):
    """Return made-up numbers: the effect is .5, that of controls 0, all with a spread of .1."""
    means = {
        "grown": {"more": 0.5, "yawns": 2.0, "rest": 5.0},
        "view cut": {"more": 0.0, "yawns": 2.0, "rest": 5.0},
        "out of time": {"more": 0.0, "yawns": 2.0, "rest": 5.0},
        "silenced": {"more": 0.5, "yawns": 0.1, "rest": 5.0},
    }
    for place, mean in changes.items():
        kind, _, row = place.partition("__")
        means[kind.replace("_", " ")][row] = mean
    tables = []
    for kind, numbers in means.items():
        # Centred, so that a mean of 0 has an interval about 0.
        noise = {row: rng.standard_normal(n) for row in numbers}
        own = {row: m + 0.1 * (noise[row] - noise[row].mean()) for row, m in numbers.items()}
        tables.append(pd.DataFrame(own).assign(subject_kind=kind, subject_seed=list(SEEDS)[:n]))
    return pd.concat(tables, ignore_index=True)


# --- the label ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "label", "why"),
    [
        ({}, "toy", "none of 2 controls has it"),
        ({"n": 4}, "example", "a label needs 5 Subjects; there are 4"),
        ({"grown__yawns": 0.0}, "no power", r"the positive control \(yawns\) does not move"),
        ({"grown__more": 0.0}, "not supported", r"the effect \(more\) is not there"),
        ({"view_cut__more": 0.4}, "not supported", "controls have the effect, too: 'view cut'"),
        # Under a third, but surely above 0.
        ({"out_of_time__more": 0.15}, "not supported", "too: 'out of time'"),
        (
            {"out_of_time__rest": 7.0},
            "no power",
            r"the control 'out of time' cannot speak: its cells fire 1.40 times as much \(rest\)",
        ),
        ({"view_cut__more": np.nan}, "no power", "'view cut' cannot speak: not measurable"),
        # What is shown, but is no control, decides nothing.
        ({"silenced__rest": 9.0}, "toy", "none of 2"),
    ],
)
def test_the_label_follows_from_the_numbers(rng, changes, label, why):
    judged = verdict(CLAIM, found(rng, **changes))
    assert judged.label == label
    assert pd.Series([judged.why]).str.contains(why).all()


def test_a_control_that_was_not_run_cannot_speak(rng):
    numbers = found(rng)
    judged = verdict(CLAIM, numbers[numbers["subject_kind"] != "view cut"])
    assert (judged.label, judged.why) == (
        "no power", "the control 'view cut' cannot speak: it was not run",
    )  # fmt: skip


def test_a_shortened_run_gets_no_label(rng):
    assert verdict(CLAIM, found(rng), quick=True).label == "example"


@pytest.mark.parametrize("substrate", ["mechanism", "toy", "speculative"])
def test_a_claim_that_holds_is_no_more_than_its_substrate(rng, substrate):
    assert verdict(replace(CLAIM, substrate=substrate), found(rng)).label == substrate


def test_of_noise_few_claims_come_out_as_supported(rng):
    # Without an effect the interval of 10 Subjects is above 0 about once in 30 (bootstrap), and
    # controls let less pass.
    labels = []
    for _ in range(200):
        numbers = found(rng, grown__more=0.0)
        numbers["more"] += rng.normal(0, 0.1 / np.sqrt(10), len(numbers))
        labels.append(verdict(CLAIM, numbers).label)
    assert labels.count("toy") <= 10


# --- what a claim must have -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"controls": (), "shown": ()}, "has no control that must fail"),
        ({"controls": GIVEN["controls"][2:]}, "has no control that must fail"),
        ({"substrate": "proof"}, "unknown substrate 'proof'.*mechanism, toy, speculative"),
        ({"shown": (Arm(name="silence", rows=("yawns",)),)}, "Did you mean 'silenced'"),
        ({"power": ""}, "Claim 'yawning'.power is empty"),
        ({"claim": ""}, "Claim 'yawning'.claim is empty"),
    ],
)
def test_what_is_no_claim_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Claim(**(GIVEN | changes))


def test_evidence_doses_and_wirings_are_checked():
    with pytest.raises(ValueError, match=r"unknown level 'sure'.*read, third party, from memory"):
        Evidence(text="They do.", source="A paper", level="sure")
    with pytest.raises(ValueError, match="needs at least two"):
        Dose(axis="growth.max_actions", values=(1,), row="more", label="acts")
    with pytest.raises(ValueError, match=r"unknown part 'sen'.*Did you mean 'seen'"):
        Wiring(places={"seen": (0, 0), "yawn": (1, 1)}, links=(("sen", "yawn", "fixed"),))
    with pytest.raises(ValueError, match="unknown kind of link 'magic'"):
        Wiring(places={"seen": (0, 0), "yawn": (1, 1)}, links=(("seen", "yawn", "magic"),))


@pytest.mark.parametrize("study", [study.name for study in known_studies()])
def test_a_circuit_that_a_study_cannot_read_is_refused_before_any_work(study, tmp_path):
    reads = get_study(study).reads
    circuits = (ms.macaque(), ms.affect())
    known = {c: {name for p in c.populations for name in (p.name, p.area)} for c in circuits}
    other = next(c for c in circuits if not known[c].issuperset(reads))
    with pytest.raises(
        ValueError, match=rf"unknown population or area '.*' in circuit '{other.name}'"
    ):
        run(study, Setup(circuit=other), out=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("claim", [c for c in known_claims() if c.dose], ids=lambda c: c.name)
def test_a_sweep_takes_the_doses_of_every_claim(claim):
    values = list(claim.dose.values)
    found = points(claim, subjects=[1], grid={claim.dose.axis: values})
    assert [dict(point.settings)[claim.dose.axis] for point in found] == values


def test_a_dose_that_no_sweep_takes_is_refused_before_any_work(tiny, tmp_path):
    dose = Dose(axis="growth.max_actions", values=(1, 2.5), row="more", label="own yawns")
    plain = {"protocol": None, "experiment": lived, "circuit": lambda: tiny}
    with pytest.raises(ValueError, match=r"max_actions is 2\.5, which is not a whole number"):
        run(Claim(**(GIVEN | plain | {"dose": dose})), Setup(), out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_page_can_draw_every_kind_of_link():
    assert set(LINKS) == set(KINDS)


# --- how it is told -------------------------------------------------------------------------------


def test_a_verdict_is_written_read_and_told(rng, tmp_path):
    made = table(CLAIM, verdict(CLAIM, found(rng)))
    made.to_csv(tmp_path / "yawning_verdict.csv", index=False)
    pd.testing.assert_frame_equal(kept(CLAIM, tmp_path), made)
    text = "\n".join(told(CLAIM, made))
    assert "“they yawn because others do”" in text
    assert "toy (10 Subjects): the effect is there" in text
    assert "control     view cut: more = " in text
    assert "none yet: mirror-sim run yawning" in "\n".join(told(CLAIM, None))
    (tmp_path / "yawning_verdict.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="is no table of a verdict"):
        kept(CLAIM, tmp_path)


def test_the_command_lists_every_claim(capsys):
    assert main(["claims"]) == 0
    printed = capsys.readouterr().out
    assert known_claims()
    for claim in known_claims():
        assert f"{claim.name}: “{claim.claim}”" in printed
        assert claim.account in printed
        assert all(fact.source in printed for fact in claim.evidence)


def test_the_page_is_drawn_with_and_without_all_its_parts(rng, tmp_path):
    numbers = found(rng)
    dose = pd.DataFrame({"growth.max_actions": [1, 1, 2, 2], "more": [0.1, 0.2, 0.4, 0.5]})
    empty = pd.DataFrame()
    for n, own in enumerate((numbers, numbers[numbers["subject_kind"] == "grown"])):
        given = {"sessions": {}, "found": own, "table": empty, "controls": empty}
        figure = draw(Results(study=CLAIM, dose=(dose, empty)[n], **given))
        assert "“they yawn because others do”" in figure.get_label()
        style.savefig(figure, tmp_path / f"page{n}")
        words = (tmp_path / f"page{n}.svg").read_bytes()
        style.savefig(
            draw(Results(study=CLAIM, dose=(dose, empty)[n], **given)), tmp_path / "again"
        )
        assert (tmp_path / "again.svg").read_bytes() == words


# --- equal excitability ---------------------------------------------------------------------------


def rest(name="rest", n=4):
    return ms.Protocol(name=name, trials=(ms.Trial(condition="rest", duration_s=4.0),) * n)


def rates(subject):
    session = subject.run(rest())
    mean_hz = session.counts(np.zeros(1), np.full(1, session.duration_s))[0] / session.duration_s
    return pd.Series(mean_hz).groupby(session.units["population"].to_numpy()).mean()


@pytest.mark.usefixtures("tiny_model")
def test_a_deprived_subject_is_made_as_excitable_as_another(tiny):
    like = ms.Subject.naive(tiny, seed=3, block_s=5.0)
    more = {"cells.bias": like.state["cells.bias"] + 30e-12}
    awake = like.with_learned({**like.state, **more}, "awake")
    assert (rates(awake) > 1.2 * rates(like))[["A.E", "M.E"]].all()
    made = matched(awake, like, rest())
    assert made.kind == "naive, awake, matched"
    np.testing.assert_allclose(rates(made), rates(like), rtol=0.03)
    # All cells of a population got the same current, and nothing else changed.
    step = made.state["cells.bias"] - awake.state["cells.bias"]
    for part in like.engine.wiring.cells.values():
        np.testing.assert_allclose(step[part], step[part][0], atol=1e-16)
    for name in made.state.keys() - {"cells.bias"}:
        np.testing.assert_array_equal(made.state[name], awake.state[name])


@pytest.mark.usefixtures("tiny_model")
def test_what_cannot_be_matched_is_said(tiny):
    like = ms.Subject.naive(tiny, seed=3, block_s=5.0)
    with pytest.raises(RuntimeError, match=r"after 1 rounds M\.E fires at"):
        matched(like.lesioned("M.E", 0.5), like, rest(), rounds=1)
    other = tiny.with_population(replace(tiny.population("M.E"), name="N.E", area="N"))
    with pytest.raises(ValueError, match=r"only one of the two Subjects has the population N\.E"):
        matched(ms.Subject.naive(other, seed=3, block_s=5.0), like, rest())


# --- contagion ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def contagion():
    return get_study("contagion")


def lives(contagion, **changes):
    return replace(contagion.curriculum, **changes).trials(np.random.default_rng(7))


def heard(trial, channel):
    return [s for s in trial.signals if s.channel == channel]


def test_the_own_cry_follows_the_pain_and_is_as_strong(contagion):
    shocked = [t for t in lives(contagion) if heard(t, "pain")]
    assert 50 < len(shocked) < 95  # of 120 with p = .6: mean 72, sd 5.4
    for trial in shocked:
        (pain,), (cry,) = heard(trial, "pain"), heard(trial, "distress")
        assert 0.05 <= cry.start_s - pain.start_s <= 0.15
        assert cry.level == pain.level


@pytest.mark.parametrize(
    ("changes", "missing"),
    [({"shocked": False}, {"pain", "distress"}), ({"cry": "masked"}, {"distress"})],
)
def test_other_lives_lack_one_thing_alone(contagion, changes, missing):
    for own, other in zip(lives(contagion), lives(contagion, **changes), strict=True):
        assert other.signals == tuple(s for s in own.signals if s.channel not in missing)


def test_an_unpaired_cry_is_heard_as_often_but_when_the_pain_is_over(contagion):
    for own, other in zip(lives(contagion), lives(contagion, cry="unpaired"), strict=True):
        assert len(heard(own, "distress")) == len(heard(other, "distress"))
        for pain, cry in zip(heard(other, "pain"), heard(other, "distress"), strict=True):
            assert cry.start_s >= pain.stop_s + 0.7
    with pytest.raises(ValueError, match=r"unknown cry 'loud'.*own, masked, unpaired"):
        replace(contagion.curriculum, cry="loud")


def test_all_cues_reach_both_areas_by_equal_anatomy(contagion):
    circuit = contagion.circuit()
    links = [p for p in circuit.projections if p.plasticity]
    assert {(p.pre, p.post) for p in links} == {
        (cue, post)
        for cue in ("A1.distress", "V2.distress", "A1.tone", "A1.noise")
        for post in ("ACC.E", "BLA.E")
    }
    assert len({replace(p, pre="X", post="Y") for p in links}) == 1
    cues = [p for p in circuit.inputs if p.name != "VPL.pain"]
    assert len({(p.n, p.baseline_hz, p.peak_hz, p.latency_ms) for p in cues}) == 1


def test_rows_tell_units_for_both_from_units_for_either(contagion, rng):
    """Of 100 ACC units 30 are for pain, 25 for distress, 20 of these for both; PAG follows both."""
    trials = contagion.protocols(seed=1)["contagion"].trials
    units = pd.DataFrame({"unit_id": range(220), "cell_type": "pyramidal"})
    units["population"] = (
        ["ACC.E"] * 100 + ["PAG.E"] * 60 + ["SI.E"] * 20 + ["AI.E"] * 20 + ["BLA.E"] * 20
    )
    units["area"] = units["population"].str.removesuffix(".E")
    units[["x_um", "y_um", "z_um"]] = 0.0
    gain = {"pain": np.arange(220) < 30, "distress": (np.arange(220) >= 10) & (np.arange(220) < 35)}

    def rates(trial):
        rate = np.full((26, 220), 5.0)
        for signal in trial.signals:
            more = 20.0 * signal.level * gain.get(signal.channel, np.zeros(220, dtype=bool))
            if signal.channel in gain:
                more[100:160] = 4.0 * signal.level
            rate[10:18] += more
        return rate

    session = session_of_rates(units, trials, rates, rng)
    numbers = contagion.measure({"contagion": session}, seed=1)
    assert numbers["ACC.pain"] == pytest.approx(30, abs=2)
    assert numbers["ACC.distress"] == pytest.approx(25, abs=2)
    assert numbers["shared"] == pytest.approx(20 - 7.5, abs=1.5)
    assert numbers["ACC.noise"] <= 2
    assert numbers["freezing.pain"] == numbers["freezing.distress"] == 100
    assert numbers["freezing.noise"] == 0
    assert numbers["PAG.pain.0.5"] == pytest.approx(2.0, abs=0.5)
    assert numbers["rest.ACC"] == pytest.approx(5.0, abs=0.2)
    # One unit that fires with salience tells as much as the pattern.
    assert numbers["salience"] > 0.9
    assert numbers["decoded.excess"] < 0.1
    swapped = contagion.controls[4].session(session)
    assert contagion.measure({"contagion": swapped}, seed=1)["shared"] == pytest.approx(0, abs=1.5)


@pytest.mark.slow
def test_the_quick_run_writes_every_file(tmp_path):
    said: list[str] = []
    # A quarter of the cells, as quick halves them once more.
    setup = Setup(circuit=ms.affect().scaled(0.5), seed=1000, quick=True, jobs=2)
    run("contagion", setup, out=tmp_path, say=said.append)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "manifest.json", "contagion.txt", "contagion.png", "contagion.svg", "report.html",
        *(f"contagion{end}.csv" for end in ("", "_controls", "_subjects", "_verdict")),
    }  # fmt: skip
    assert said[0].startswith("“Another's distress is felt as one's own”: EXAMPLE.")
    numbers = pd.read_csv(tmp_path / "contagion_subjects.csv").set_index("subject_kind")
    assert numbers.loc["grown", "shared"] > 3
    for name in contagion_controls():
        assert abs(numbers.loc[name, "shared"]) < numbers.loc["grown", "shared"] / 3
        for area in ("ACC", "BLA", "PAG"):
            ratio = numbers.loc[name, f"rest.{area}"] / numbers.loc["grown", f"rest.{area}"]
            assert ratio == pytest.approx(1, abs=0.1)


def contagion_controls():
    return get_study("contagion").negative


def test_all_claims_stand_on_one_page(rng, tmp_path, capsys):
    claim = known_claims()[0]
    rows = {"claim": claim.name, "label": claim.substrate, "why": "", "n": 10, "row": claim.effect}
    made = pd.DataFrame(
        [
            {**rows, "role": role, "name": name, "mean": 2.0, "low": 1.0, "high": 3.0, "judge": ""}
            for role, name in (("effect", "grown"), ("control", "view cut"))
        ]
    )[list(COLUMNS)]
    made.to_csv(tmp_path / f"{claim.name}_verdict.csv", index=False)
    figure = tmp_path / "all" / "claims.png"
    assert main(["claims", "--out", str(tmp_path), "--figure", str(figure)]) == 0
    assert f"verdict     {claim.substrate} (10 Subjects)" in capsys.readouterr().out
    assert figure.stat().st_size > 10_000
    assert figure.with_suffix(".svg").exists()
    page = overview({claim.name: made})
    words = [text.get_text() for text in page.texts]
    assert claim.substrate in words
    assert words.count("not run") == len(known_claims()) - 1
    (axes,) = page.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["grown", "view cut"]


def test_claims_with_rows_in_common_have_verdicts_of_their_own():
    places = [(claim.place, claim.name) for claim in known_claims()]
    assert len({place for place, _ in places}) < len(places)
    for claim in known_claims():
        own = kept(claim, None)
        assert own is None or set(own["claim"]) == {claim.name}


FIGURES = Path(__file__).parents[1] / "figures"
SHIPPED = [claim for claim in known_claims() if kept(claim, None) is not None]


@pytest.mark.slow  # the figures' tables come with the repository only
@pytest.mark.parametrize("claim", SHIPPED, ids=lambda claim: claim.name)
def test_a_verdict_that_comes_with_the_package_follows_from_the_rows_of_its_subjects(claim):
    found = pd.read_csv(FIGURES / f"{claim.name}_subjects.csv")
    made = table(claim, verdict(claim, found))
    pd.testing.assert_frame_equal(kept(claim, None), made, check_dtype=False)
