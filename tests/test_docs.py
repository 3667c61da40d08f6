"""The pages of the documentation: code runs, commands parse, links lead somewhere."""

import argparse
import re
import shlex
import subprocess
import sys
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import matplotlib as mpl
import pytest
from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser

import mirror_sim as ms
from mirror_sim.circuit import rules
from mirror_sim.cli.main import parser_of
from mirror_sim.cli.studies import add_options
from mirror_sim.compare.fit_rows import wanted_rows
from mirror_sim.compare.fit_space import space_of
from mirror_sim.senses.registry import SENSES
from mirror_sim.studies.study import STUDIES, known_studies

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for path in DOCS.rglob("*.md")
    if not {"_build", "_generated"}.intersection(path.relative_to(DOCS).parts)
)
# Their blocks grow a Subject or compile a model.
SIMULATING = {"tutorials/first_monkey.md", "howto/controls.md"}
LANGUAGES = {"python", "bash", "toml", "text"}
# What else than mirror-sim and our scripts a reader is told to run.
OTHER_COMMANDS = {
    "cd",
    "dask",
    "export",
    "git",
    "pip",
    "pytest",
    "python",
    "python3",
    ".",
    "sphinx-build",
    ".ci/test",
}
PARSER = PythonCodeBlockParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE)
FENCE = re.compile(r"(?ms)^```(?P<word>\S*)[ \t]*(?P<of>[^\n]*)\n(?P<text>.*?)^```[ \t]*$")


def name_of(page):
    return page.relative_to(DOCS).as_posix()


def fences(page, word):
    return [f for f in FENCE.finditer(page.read_text(encoding="utf-8")) if f["word"] == word]


def of_pages(chosen=PAGES):
    marks = dict.fromkeys(SIMULATING, pytest.mark.slow)
    return [
        pytest.param(page, id=name_of(page), marks=marks.get(name_of(page), ())) for page in chosen
    ]


def test_every_page_that_simulates_is_there():
    assert {name_of(page) for page in PAGES} >= SIMULATING


@pytest.mark.parametrize("page", of_pages([page for page in PAGES if fences(page, "python")]))
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch, request):
    if "import brian2" in page.read_text(encoding="utf-8"):
        request.getfixturevalue("brian2")  # which is put back afterwards
    known_studies()  # are loaded once a process, and must not be lost with what a page registers
    for registry in (rules.RULES, SENSES, STUDIES):
        monkeypatch.setattr(registry, "_known", dict(registry._known))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = mpl.get_backend()
    mpl.use("Agg")
    try:
        examples = list(Sybil(parsers=[PARSER], path=str(DOCS)).parse(page).examples())
        assert examples
        for example in examples:
            # A block that begins with the name of a file is that file.
            if named := re.match(r"# (\w+\.py)\n", str(example.parsed)):
                (tmp_path / named[1]).write_text(str(example.parsed), encoding="utf-8")
            example.evaluate()
    finally:
        mpl.pyplot.close("all")
        mpl.use(before)


@pytest.mark.parametrize("page", of_pages())
def test_every_block_of_a_page_is_checked(page):
    words = [f["word"] for f in FENCE.finditer(page.read_text(encoding="utf-8"))]
    plain = {word for word in words if not word.startswith("{")}
    assert plain <= LANGUAGES


def options_of(adds):
    """Return the options that a function adds to a parser."""
    parser = argparse.ArgumentParser(add_help=False)
    adds(parser, n_subjects=1)
    return set(re.findall(r"--[a-z-]+", parser.format_help()))


COMMON = options_of(add_options)


def commands(page):
    """Return the commands of a page's shell blocks, as lists of words."""
    for fence in fences(page, "bash"):
        text = fence["text"].replace("\\\n", " ")
        for line in text.splitlines():
            for part in re.split(r"&&", line):
                if words := shlex.split(part, comments=True):
                    yield words


@pytest.mark.parametrize("page", of_pages([page for page in PAGES if fences(page, "bash")]))
def test_the_commands_of_a_page_are_understood(page):
    known = parser_of()
    for words in commands(page):
        if words[0] == "mirror-sim":
            known.parse_args(words[1:])
        elif words[0] == "python" and words[1] != "-m":
            script = (ROOT / words[1]).read_text(encoding="utf-8")
            given = {word for word in words[2:] if word.startswith("--")}
            common = COMMON if "add_options(" in script else set()
            assert all(option in common or f'"{option}"' in script for option in given), words
        else:
            assert words[0] in OTHER_COMMANDS, words
        for word in words[1:]:  # files of the repository that a command names
            if word.startswith("scripts/") and word.partition(":")[0].endswith((".py", ".toml")):
                assert (ROOT / word.partition(":")[0]).is_file(), words


@pytest.mark.parametrize("page", of_pages([page for page in PAGES if fences(page, "toml")]))
def test_the_toml_of_a_page_is_a_plan_that_can_be_run(page, tmp_path):
    for fence in fences(page, "toml"):
        (tmp_path / "plan.toml").write_text(fence["text"], encoding="utf-8")
        plan = ms.FitPlan.from_toml(tmp_path / "plan.toml")
        assert wanted_rows(plan, space_of(plan).start.study)


@pytest.mark.parametrize("page", of_pages())
def test_what_a_page_includes_is_a_script_that_tests_run(page):
    run = (Path(__file__).parent / "test_scripts.py").read_text(encoding="utf-8")
    for fence in fences(page, "{literalinclude}"):
        path = (page.parent / fence["of"]).resolve()
        text = path.read_text(encoding="utf-8")
        options = dict(re.findall(r"(?m)^:([\w-]+): ?(.*)$", fence["text"]))
        for name in ("start-at", "start-after", "end-before", "end-at"):
            if wanted := options.get(name, "").strip("\"'"):
                assert wanted in text, (path, wanted)
        if path.suffix == ".py":
            assert f'"{path.stem}"' in run, path


def test_every_public_name_is_on_a_page_of_the_api():
    listed = set()
    for page in (DOCS / "api").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        listed |= set(re.findall(r"(?m)^   ([\w.]+)$", text))
        listed |= set(re.findall(r"py:data:: mirror_sim\.(\w+)", text))
    listed |= {name.rpartition(".")[2] for name in listed} | {n.partition(".")[0] for n in listed}
    assert set(ms.__all__) - {"__version__", "analysis"} <= listed


def test_every_study_has_its_methods_and_its_page_of_the_api():
    methods = (DOCS / "methods.md").read_text(encoding="utf-8")
    listed = (DOCS / "api" / "study.md").read_text(encoding="utf-8")
    names = [path.parent.name for path in Path(ms.__path__[0], "studies").glob("*/study.py")]
    assert names
    for name in names:
        assert f"\n## {name}\n" in methods
        if name != "observed_vs_performed":  # which has a STUDY alone
            assert f"\n   studies.{name}\n" in listed


class Links(HTMLParser):
    """The links and the anchors of a built page, and what a browser would load with it."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.anchors = [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if given.get("src"):
            self.loaded.append(given["src"])
        if tag == "link" and given.get("href"):
            self.loaded.append(given["href"])


def site(out):
    """Build the site, any warning an error, and return its pages."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    found = subprocess.run(
        [*command, "-d", str(out / "doctrees"), str(DOCS), str(out / "html")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr[-4000:]
    pages = {
        path: Links(path) for path in out.rglob("html/**/*.html") if "_static" not in path.parts
    }
    assert len(pages) > 60
    return pages


def is_broken(path, link, pages):
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return False
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists():
        return True
    return (
        bool(parts.fragment)
        and target in pages
        and (unquote(parts.fragment) not in pages[target].anchors)
    )


@pytest.mark.slow
def test_the_site_is_built_its_links_lead_somewhere_and_it_loads_nothing_from_elsewhere(tmp_path):
    pages = site(tmp_path)  # once: it writes generated pages beside the others
    broken = [
        f"{path.relative_to(tmp_path)}: {link}"
        for path, found in pages.items()
        for link in (*found.links, *found.loaded)
        if is_broken(path, link, pages)
    ]
    assert not broken
    elsewhere = [one for found in pages.values() for one in found.loaded if urlsplit(one).netloc]
    assert not elsewhere
    (gallery,) = (found for path, found in pages.items() if path.name == "gallery.html")
    shown = {Path(one).name for one in gallery.loaded}
    assert {path.name for path in (DOCS.parent / "figures").glob("*.png")} <= shown
    for path in tmp_path.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import\s+['\"]https?:", path.read_text())
