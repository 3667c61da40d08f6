"""report.html: what is on it, that it is safe and needs nothing else, and when it is written."""

import base64
import hashlib
import io
import re
import shlex
import webbrowser
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

import mirror_sim as ms
from mirror_sim.base import sources
from mirror_sim.cli import main as cli
from mirror_sim.cli import studies as commands
from mirror_sim.cli.fit import _again
from mirror_sim.cli.surroundings import show
from mirror_sim.compare import report, report_page
from mirror_sim.compare.outputs import Outputs
from mirror_sim.compare.report import Setup, draw
from mirror_sim.compare.scoreboard import scoreboard
from mirror_sim.figures import webpage
from mirror_sim.figures.webpage import Page, Picture, Table, render
from mirror_sim.studies.claim import Arm, Claim, Wiring
from mirror_sim.studies.judge import judge
from mirror_sim.studies.page import draw as draw_claim
from mirror_sim.studies.study import STUDIES, Control, Results, get_study, known_studies
from mirror_sim.studies.verdict import verdict

BAD = '<script>alert("x")</script>\'"><img src=x onerror=alert(1)>'
STUDY = """
import numpy as np
from matplotlib.figure import Figure

import mirror_sim as ms


def protocol():
    raise AssertionError("nothing is simulated here")


def rows(session):
    raise AssertionError("nothing is simulated here")


def cut(subject):
    return subject.cut("STS")


def figure(results):
    drawn = Figure((2, 1))
    drawn.set_label(f"What {results.study.name} shows & hides. Then more.")
    return drawn


STUDY = ms.Study(
    name="made_up", protocol=protocol, rows=rows, targets="made_up.csv", figure=figure,
    source="A & B 1996, doi 10.1093/brain/119.2.593",
    controls=(ms.Control(name="blind", row="R1", guard="own", change=cut),),
)
"""
TARGETS = """id,study,area,quantity,unit,role,level,value,low,high,nearest
R1,"A & B 1996, doi 10.1093/brain/119.2.593",F5,cells that respond,%,calibrate,made up,20,10,30,
R2,"A & B 1996, doi 10.1093/brain/119.2.593",M1,cells that rest,%,predict,made up,50,40,60,R1
"""


class Read(HTMLParser):
    """What a page holds: tables by their titles, tags with their attributes, texts by tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.tables, self._open = [], {}, {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "input"):
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")
        if tag == "table":
            self.tables[self.texts["h2"][-1]] = []
        elif tag == "tr":
            list(self.tables.values())[-1].append([])
        elif tag in ("th", "td"):
            list(self.tables.values())[-1][-1].append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        for tag in set(self._open):
            self.texts[tag][-1] += data
        if {"th", "td"}.intersection(self._open):
            list(self.tables.values())[-1][-1][-1] += data

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def study(tmp_path, monkeypatch):
    known_studies()
    monkeypatch.setattr(STUDIES, "_known", dict(STUDIES._known))
    monkeypatch.setattr(sources, "_loaded", {})
    (tmp_path / "made_up.csv").write_text(TARGETS)
    (tmp_path / "made_up.py").write_text(STUDY)
    return get_study(f"{tmp_path / 'made_up.py'}:STUDY")


def found_of(n=10, **rows):
    """Return rows of grown Subjects and of the control, which has a tenth of them."""
    rows = {"R1": 20.0, "R2": 10.0, "own": 1.0} | rows
    spread = 1 + np.linspace(-0.1, 0.1, n)
    grown, blind = (
        pd.DataFrame({row: mean * scale * spread for row, mean in rows.items()}).assign(
            subject_seed=range(1, n + 1), subject_kind=kind
        )
        for kind, scale in (("grown", 1.0), ("blind", 0.1))
    )
    return pd.concat([grown, blind.assign(own=grown["own"])], ignore_index=True)


def results_of(study, found, **more):
    return Results(
        study=study, sessions={}, found=found, table=scoreboard(study, found),
        controls=judge(found, study.controls), **more,
    )  # fmt: skip


def written(results, folder, **more):
    """Write the figure and the page of made-up results, and return the page as text."""
    folder.mkdir(exist_ok=True)
    outputs = Outputs(folder)
    outputs.table(results.study.name, results.table)
    if results.study.figure:
        with outputs.one("the figure") as files:
            files.extend(draw(results, folder))
    n = len(results.seeds)
    setup = Setup(n_subjects=n, quick=results.quick)
    page = report_page.of_run(results, setup, outputs, **{"command": "mirror-sim run x"} | more)
    report_page.write(page, folder)
    return (folder / "report.html").read_text(encoding="utf-8")


# --- what is on it --------------------------------------------------------------------------------


def test_every_line_of_every_table_is_on_the_page(study, tmp_path):
    found = found_of()
    page = Read(written(results_of(study, found), tmp_path / "out"))
    heads, *board = page.tables["Scoreboard"]
    assert [line[0] for line in board] == ["R1", "R2", "own"]
    first = dict(zip(heads, board[0], strict=True))
    assert first["what it is"] == "F5: cells that respond (%)"
    assert first["published"] == "20 [10, 30]"
    assert re.fullmatch(r"20 \[19\.\d+, 20\.\d+\]", first["model"])
    assert (first["n"], first["inside"]) == ("10", "yes")
    assert [line[heads.index("inside")] for line in board] == ["yes", "no", ""]
    others = page.tables["Scoreboard of controls and of a copy"][1:]
    assert {line[1] for line in others} == {"blind", "copy"}
    heads, control = page.tables["Controls"]
    assert dict(zip(heads, control, strict=True))["verdict"] == "falls"
    heads, *subjects = page.tables["Every Subject"]
    assert heads == ["row", "what it is", "kind", *(f"Subject {seed}" for seed in range(1, 11))]
    shown = {(line[0], line[2]): [float(x) for x in line[3:]] for line in subjects}
    for kind, own in found.groupby("subject_kind"):
        for row in ("R1", "R2", "own"):
            np.testing.assert_allclose(shown[row, kind], own[row], rtol=1e-3)


def test_the_figure_is_on_the_page_with_its_caption_and_words_for_it(study, tmp_path):
    page = Read(written(results_of(study, found_of()), tmp_path / "out"))
    (image,) = page.all("img")
    assert image["alt"] == "What made_up shows & hides."
    assert page.texts["figcaption"] == ["What made_up shows & hides. Then more."]
    kind, content = image["src"].split(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content) == (tmp_path / "out" / "made_up.png").read_bytes()
    assert (image["width"], image["height"]) == ("600", "300")


def test_files_are_linked_with_their_sizes_and_are_there(study, tmp_path):
    page = Read(written(results_of(study, found_of()), tmp_path / "out"))
    links = [a["href"] for a in page.all("a") if not a["href"].startswith("https://doi.org/")]
    wanted = [f"made_up.{kind}" for kind in ("csv", "png", "svg", "txt")]
    assert links == [*wanted, "manifest.json"]
    for link, item in zip(links, page.texts["li"], strict=True):
        size = (tmp_path / "out" / link).stat().st_size
        assert item == f"{link} ({max(size / 1e3, 0.1):.1f} kB)"


def test_what_made_it_is_what_the_manifest_says_with_the_digests(study, tmp_path):
    page = Read(written(results_of(study, found_of()), tmp_path / "out"))
    facts = dict(zip(page.texts["dt"], page.texts["dd"], strict=True))
    manifest = (tmp_path / "out" / "manifest.json").read_text()
    assert facts["code"].removeprefix("digest ") in manifest
    assert facts["seeds"] == "grown 1 to 10; blind 1 to 10"
    assert facts["rows read by"] in manifest
    assert facts["circuit"] == f"macaque, digest {ms.macaque().digest()}"
    for name in ("python", "brian2", "numpy", "mirror-sim"):
        assert f"{name} " in facts["versions"]
    assert {"growth", "compiler", "processor", "trials of each kind"} <= facts.keys()


@pytest.mark.parametrize(
    ("n", "quick", "said"),
    [
        (1, False, [report_page.EXAMPLE]),
        (1, True, [report_page.QUICK, report_page.EXAMPLE]),
        (10, False, []),
    ],
)
def test_one_subject_is_called_an_example_and_a_short_run_no_result(
    study, tmp_path, n, quick, said
):
    text = written(results_of(study, found_of(n), quick=quick), tmp_path / "out")
    assert re.findall(r'<p class="warning">(.*?)</p>', text) == said


@pytest.mark.parametrize(("effect", "label"), [(0.5, "toy"), (0.0, "not supported")])
def test_a_claim_has_its_label_and_why_as_they_were_computed(tmp_path, study, effect, label):
    claim = Claim(
        name="yawning", protocol=study.protocol, rows=study.rows, claim="they yawn, too",
        effect="more", power="yawns", substrate="toy", account="Open.", settings_tried=3,
        controls=(Control(name="blind", row="more", change=study.controls[0].change),
                  Control(name="mute", row="yawns", change=study.controls[0].change)),
        shown=(Arm(name="mute", rows=("yawns",)),), wiring=Wiring(places={}, links=()),
        figure=draw_claim,
    )  # fmt: skip
    found = found_of(yawns=2.0, more=effect)
    blind = found["subject_kind"] == "blind"
    found.loc[blind, "more"] = np.linspace(-0.1, 0.1, 10)
    results = results_of(claim, found)
    page = Read(written(results, tmp_path / "out"))
    judged = verdict(claim, found)
    assert judged.label == label
    assert page.texts["h1"] == ["“they yawn, too”"]
    after = page.texts["p"][page.texts["p"].index(label) + 1]
    assert after.lower() == f"{judged.why}.".lower()
    assert sum("settings tried: 3" in text for text in page.texts["p"]) == 1
    assert "figcaption" not in page.texts  # the figure's caption says the same again
    assert page.all("img")[0]["alt"].startswith("“they yawn, too”: ")
    # Nobody published a row of it.
    assert {"Rows", "Rows of controls", "Controls", "Every Subject"} == page.tables.keys()


def test_a_sweep_has_its_points_and_what_the_rows_are(study, tmp_path):
    table = pd.DataFrame({"lesion": ["", "STS"], "subject_seed": 4, "R1": [20.0, 1 / 3]})
    outputs = Outputs(tmp_path)
    outputs.table("sweep", table)
    page = report_page.of_sweep(study, ["lesion"], table, Setup(seed=4), outputs, command="x")
    read = Read(render(page))
    assert read.tables["Points"][1:] == [["none", "4", "20"], ["STS", "4", "0.3333"]]
    assert read.tables["What the rows are"][1][:2] == ["R1", "F5: cells that respond (%)"]
    assert report_page.EXAMPLE in read.texts["p"]


# --- readers --------------------------------------------------------------------------------------


def test_tables_can_be_sorted_and_filtered_by_keyboard_and_are_named(study, tmp_path):
    page = Read(written(results_of(study, found_of()), tmp_path / "out"))
    names = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    heads = [th for th in page.all("th") if th["scope"] == "col"]
    assert [th["aria-sort"] for th in heads] == ["none"] * len(heads)
    buttons = [b for b in page.all("button") if "class" not in b]
    assert len(buttons) == len(heads)
    assert all(button["type"] == "button" for button in page.all("button"))
    assert page.texts["label"] == ["Filter "] * len(page.tables)
    boxes = [div for div in page.all("div") if div["class"] == "scroll"]
    assert len(boxes) == len(page.tables)
    assert all(box["tabindex"] == "0" and box["aria-labelledby"] in names for box in boxes)
    rows = [th for th in page.all("th") if th["scope"] == "row"]
    assert len(rows) == sum(len(lines) - 1 for lines in page.tables.values())
    (copy,) = [b for b in page.all("button") if b.get("class") == "copy"]
    assert copy["data-of"] in names


def test_columns_of_numbers_are_told_from_those_of_words():
    lines = pd.DataFrame(
        {
            "a": ["x", "y"],
            "b": [1e-7, None],
            "c": ["2 [1, -3]", ""],
            "d": ["7a", "1"],
            "e": ["", ""],
        }
    )
    page = Read(render(Page(title="t", said=[], tables=[Table(title="T", lines=lines)])))
    heads = [th for th in page.all("th") if th["scope"] == "col"]
    assert [th.get("class") for th in heads] == [None, "number", "number", None]
    assert page.tables["T"][1:] == [["x", "1e-07", "2 [1, -3]", "7a"], ["y", "", "", "1"]]


# --- alone and safe -------------------------------------------------------------------------------


def test_nothing_is_loaded_from_elsewhere(study, tmp_path):
    text = written(results_of(study, found_of()), tmp_path / "out")
    page = Read(text)
    assert all(a.get("src", "data:").startswith("data:") for _, a in page.tags)
    assert not page.all("link")
    (style,), (script,) = page.texts["style"], page.texts["script"]
    assert not re.search(r"url\(|@import", style)
    assert not re.search(r"fetch|XMLHttpRequest|import\(|https?:", script)
    policy = next(a["content"] for a in page.all("meta") if "Policy" in a.get("http-equiv", ""))
    assert policy.startswith("default-src 'none'; img-src data:;")
    for content in (style, script):  # a browser takes these two, and no other
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    links = set(re.findall(r"https?://[^\"]*", text))
    assert links == {"https://doi.org/10.1093/brain/119.2.593"}


def test_what_users_write_is_shown_and_not_run(study, tmp_path):
    def figure(_results):
        drawn = Figure((2, 1))
        drawn.set_label(BAD)
        return drawn

    blind = replace(study.controls[0], name=BAD)
    other = replace(study, label=BAD, source=BAD, controls=(blind,), figure=figure)
    found = found_of().rename(columns={"R2": BAD}).replace({"subject_kind": {"blind": BAD}})
    page = Read(written(results_of(other, found), tmp_path / "out", command=f"x {BAD}"))
    assert len(page.all("script")) == len(page.all("img")) == 1
    assert page.texts["figcaption"] == [BAD]
    assert page.texts["code"] == [f"x {BAD}"]
    assert BAD in [line[0] for line in page.tables["Scoreboard"]]
    assert page.tables["Controls"][1][0] == BAD
    assert not [a for _, a in page.tags if "onerror" in a]
    title = Read(render(Page(title=BAD, said=[BAD], warnings=[BAD], label=BAD, why=[BAD])))
    assert title.texts["title"] == title.texts["h1"] == [BAD]
    named = Read(render(Page(title="t", said=[], files={f'a b{BAD[:4]}"#?.csv': 1})))
    assert unquote(named.all("a")[0]["href"]) == f'a b{BAD[:4]}"#?.csv'


def test_equal_results_give_equal_bytes(study, tmp_path):
    first, again = (written(results_of(study, found_of()), tmp_path / name) for name in ("a", "b"))
    assert first == again


def test_a_page_of_much_stays_below_5_mb(rng):
    noise = rng.integers(0, 256, (1500, 2000, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    assert len(file.getvalue()) > 5e6
    lines = pd.DataFrame(rng.normal(size=(4000, 50))).add_prefix("column ")
    page = Page(
        title="much",
        said=[],
        pictures=[Picture(png=file.getvalue(), alt="noise")],
        tables=[Table(title="Long", lines=lines)],
    )
    text = render(page)
    assert len(text) < 5e6
    read = Read(text)
    assert (read.all("img")[0]["width"], read.all("img")[0]["height"]) == ("500", "375")
    assert len(read.tables["Long"]) - 1 == webpage.MOST_CELLS // 50
    assert "The first 400 of 4000 lines; the CSV file has all." in read.texts["p"]


# --- when it is written ---------------------------------------------------------------------------


@pytest.fixture
def ran(study, monkeypatch):
    """Commands run the study of made-up numbers."""
    results = results_of(study, found_of(1))
    monkeypatch.setattr(report, "results_of", lambda *_: results)
    monkeypatch.setattr(report, "check", lambda *_: None)
    return results


def test_a_run_ends_with_the_name_of_its_report(ran, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["run", "made_up", "--trials", "5", "--jobs", "1", "--out", str(out)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith(f"the report is {out}/report.html")
    page = Read((out / "report.html").read_text())
    assert page.texts["code"] == ["mirror-sim run made_up --seed 1 --subjects 1 --trials 5"]


def test_a_report_that_fails_costs_nothing_else_and_leaves_the_older_one(
    ran, tmp_path, capsys, monkeypatch
):
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("older")

    def fails(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report_page, "render", fails)
    assert cli.main(["run", "made_up", "--out", str(out), "--open"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("mirror-sim: not written: report.html (")
    assert "No space left" in said
    names = {path.name for path in out.iterdir()}
    assert {"made_up.csv", "made_up_subjects.csv", "made_up_controls.csv", "made_up.png"} <= names
    assert not [name for name in names if name.startswith(".")]
    assert (out / "report.html").read_text() == "older"


def test_an_output_that_is_missing_is_told_on_the_page(ran, study, tmp_path, capsys, monkeypatch):
    def fails(*_):
        raise KeyError("C9")

    monkeypatch.setattr(report, "draw", fails)
    assert cli.main(["run", "made_up", "--out", str(tmp_path / "out")]) == 2
    page = Read((tmp_path / "out" / "report.html").read_text())
    assert "Not written: the figure (KeyError: 'C9')." in page.texts["p"]
    assert not page.all("img")


@pytest.mark.parametrize(
    "words",
    [
        ["run", "a b.py:STUDY", "--seed", "3", "--trials", "5", "--circuit", "my circuit.toml"],
        ["run", "controls", "--subjects", "7", "--controls", "2", "--quick"],
        ["validate", "controls", "jerjian2020"],
        ["sweep", "controls", "--axis", "lesion=,STS", "--axis", "F6.withhold.peak_hz=2,15"],
        ["fit", "my plan.toml", "--settings", "9", "--circuit", "c.toml"],
    ],
)
def test_the_command_of_a_report_asks_for_the_same(words):
    parser = cli.parser_of()
    options = parser.parse_args([*words, "--jobs", "3", "--out", "elsewhere", "--open"])
    if words[0] == "fit":
        told = _again(options)
    else:
        given = [options.study] if "study" in options else options.studies
        axes = [w for text in getattr(options, "axis", []) for w in ("--axis", text)]
        told = commands.again(words[0], options, *given, *axes)
    name, *again = shlex.split(told)
    assert name == "mirror-sim"
    where = ("jobs", "out", "open")
    asked, retold = (
        {k: v for k, v in vars(o).items() if k not in where}
        for o in (options, parser.parse_args(again))
    )
    assert asked == retold


class Browser(webbrowser.BaseBrowser):
    def open(self, url, *_):
        self.url = url
        return True


def test_the_report_is_opened_if_asked_for(ran, tmp_path, monkeypatch, capsys):
    browser = Browser()
    monkeypatch.setattr(webbrowser, "get", lambda: browser)
    assert cli.main(["run", "made_up", "--out", str(tmp_path / "a b")]) == 0
    assert not hasattr(browser, "url")
    assert cli.main(["run", "made_up", "--out", str(tmp_path / "a b"), "--open"]) == 0
    assert browser.url == (tmp_path / "a b" / "report.html").as_uri()


def test_without_a_browser_nothing_is_opened(tmp_path, monkeypatch):
    def none():
        raise webbrowser.Error("could not locate runnable browser")

    def held(*_, **__):
        raise AssertionError("a browser in the terminal would hold it")

    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setattr(webbrowser, "get", none)
    assert not show(tmp_path / "report.html")
    terminal = webbrowser.GenericBrowser("w3m")
    monkeypatch.setattr(webbrowser, "get", lambda: terminal)
    monkeypatch.setattr(terminal, "open", held)
    assert not show(tmp_path / "report.html")
