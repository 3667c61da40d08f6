"""What the package promises as a package: names, version, cheap import, metadata."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import mirror_sim

ROOT = Path(__file__).parent.parent
HEAVY = ("brian2", "pynwb", "matplotlib", "pandas", "sklearn", "statsmodels", "scipy")


def run_python(code):
    """Run code in a fresh interpreter, away from the checkout, and return what it prints."""
    answer = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_public_names_are_sorted_out_and_unique():
    assert len(set(mirror_sim.__all__)) == len(mirror_sim.__all__)
    assert dir(mirror_sim) == sorted(mirror_sim.__all__)


@pytest.mark.parametrize("name", mirror_sim.__all__)
def test_public_name_exists(name):
    assert getattr(mirror_sim, name) is not None


@pytest.mark.parametrize("package", ["analysis", "studies"])
def test_names_of_a_package_are_loaded_when_asked_for(package):
    code = f"import mirror_sim as ms; print([getattr(ms.{package}, n) for n in dir(ms.{package})])"
    assert run_python(code)


def test_type_checkers_see_every_public_name():
    """A name that is loaded on use is `Any` to them unless it is imported for them too."""
    code = (
        "import mirror_sim as ms\n"
        "reveal_type(ms.Subject.grow)\n"
        "reveal_type(ms.macaque)\n"
        "ms.Condition(name='a', actor='other', withhold=True, hand_visble=False)\n"
        + "".join(f"reveal_type(ms.{name})\n" for name in mirror_sim.__all__[1:])
    )
    answer = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--follow-imports=silent", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'Unexpected keyword argument "hand_visble" for "Condition"' in answer.stdout
    assert "note: Revealed type is" in answer.stdout
    assert "Any" not in [
        line.rpartition(" is ")[2].strip('"') for line in answer.stdout.splitlines()
    ]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Akshun'"):
        _ = mirror_sim.Akshun


def test_version_is_that_of_the_distribution():
    assert mirror_sim.__version__ == importlib.metadata.version("mirror-sim")
    assert mirror_sim.__version__ == project()["project"]["version"]


def test_import_is_cheap():
    loaded = run_python("import sys, mirror_sim; print(*sys.modules)").split()
    assert not set(HEAVY) & set(loaded)


@pytest.mark.parametrize(
    "module",
    ["analysis", "cli.main", "senses.encoder", "session.session", "studies", "studies.datasets"],
)
def test_only_simulating_loads_the_simulator(module):
    loaded = run_python(f"import sys, mirror_sim.{module}; print(*sys.modules)").split()
    assert "brian2" not in loaded


def test_metadata_of_the_distribution():
    metadata = importlib.metadata.metadata("mirror-sim")
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert {"dask", "dev", "test"} <= set(metadata.get_all("Provides-Extra"))
    scripts = importlib.metadata.entry_points(group="console_scripts", name="mirror-sim")
    assert [script.value for script in scripts] == ["mirror_sim.cli.main:main"]


def test_brian2_for_python_311_gets_a_numpy_that_it_can_import():
    wanted = importlib.metadata.requires("mirror-sim")
    numpy = [line for line in wanted if re.match(r"numpy\b", line)]
    old, new = sorted(numpy, key=lambda line: 'python_version < "3.12"' not in line)
    assert "<2.4" in old.partition(";")[0]
    assert "<" not in new.partition(";")[0]


def project():
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def conda_recipe():
    return yaml.safe_load((ROOT / "conda" / "recipe.yaml").read_text(encoding="utf-8"))


def of_python(condition):
    """Return which versions `match(python, "...")` of a recipe takes."""
    return SpecifierSet(re.fullmatch(r'match\(python, "(.+)"\)', condition)[1])


def bounds(requirements):
    return {Requirement(line).name: Requirement(line).specifier for line in requirements}


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_conda_recipe_wants_the_packages_that_pip_installs(python):
    by_pip = [
        line
        for line in project()["project"]["dependencies"]
        if not (marker := Requirement(line).marker) or marker.evaluate({"python_version": python})
    ]
    by_conda = [
        line
        if isinstance(line, str)
        else line["then" if python in of_python(line["if"]) else "else"]
        for line in conda_recipe()["requirements"]["run"]
    ]
    by_conda.remove("python")
    # What conda calls matplotlib brings a toolkit for windows along.
    found = {name.removesuffix("-base"): bound for name, bound in bounds(by_conda).items()}
    assert found == bounds(by_pip)


def test_the_conda_recipe_is_of_this_version_and_runs_the_doctor():
    recipe, wanted = conda_recipe(), project()
    about = wanted["project"]
    assert recipe["context"]["version"] == about["version"]
    assert recipe["package"]["name"] == about["name"]
    assert recipe["about"]["summary"] == about["description"]
    assert recipe["about"]["license"] == about["license"]
    assert [recipe["about"]["license_file"]] == about["license-files"]
    python, pip, *backend = recipe["requirements"]["host"]
    assert (python, pip) == ("python", "pip")
    assert bounds(backend) == bounds(wanted["build-system"]["requires"])
    (too_old,) = [of_python(c) for c in recipe["build"]["skip"] if c != "win"]
    supported = SpecifierSet(about["requires-python"])
    assert all((v in too_old) != (v in supported) for v in ("3.10", "3.11", "3.13"))
    assert recipe["tests"][-1]["script"] == ["mirror-sim doctor"]


def test_citation_file():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)
    assert citation["version"] == mirror_sim.__version__
    assert citation["license"] == project()["project"]["license"]
    assert citation["keywords"] == project()["project"]["keywords"]
    assert citation["authors"] == project()["project"]["authors"]
    assert "10.7554/eLife.47314" in {work["doi"] for work in citation["references"]}
    for work in citation["references"]:
        assert {"type", "title", "authors"} <= set(work)


def test_changelog_has_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(mirror_sim.__version__)}\b", text, re.MULTILINE)


def test_no_text_was_left_in_the_middle_of_a_merge():
    """No other tool minds a marker in Markdown or in a table."""
    folders = ("docs", "figures", "mirror_sim", "scripts", "tests")
    paths = [*ROOT.glob("*"), *(path for name in folders for path in (ROOT / name).rglob("*"))]
    texts = [path for path in paths if path.suffix in (".md", ".csv", ".json", ".py", ".toml")]
    assert len(texts) > 100
    marker = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
    assert not [path for path in texts if marker.search(path.read_text(encoding="utf-8"))]
