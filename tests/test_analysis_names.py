"""Analysis reads any recording, so its sources name no paper, area, cell type, task or action."""

import re
from pathlib import Path

import pytest

import mirror_sim
from mirror_sim.circuit.macaque import macaque
from mirror_sim.scene.actions import REPERTOIRE
from mirror_sim.scene.conditions import CONDITIONS
from mirror_sim.studies import jerjian2020
from mirror_sim.studies.targets import targets

SOURCES = sorted((Path(mirror_sim.__file__).parent / "analysis").rglob("*.py"))


def surnames():
    """Everybody named before the year in a citation of the published numbers."""
    cited = targets()["study"].str.extract(r"^(.*?) \d{4}")[0].dropna()
    return {name for names in cited for name in re.findall(r"[A-Z]\w+", names)}


def forbidden():
    populations = macaque().populations
    cells = {getattr(population, "label", None) for population in populations} - {None}
    # Two letters also tell signs of change: facilitated in one context, suppressed in the other.
    return {
        *surnames(),
        *(population.area for population in populations),
        *(cells - {"FS"}),
        *("fast-spiking", "pyramidal tract", "premotor", "parietal", "F4", "S1", "ACC"),
        *CONDITIONS,
        *REPERTOIRE,
        *(jerjian2020.PG.name, jerjian2020.WHG.name),
        *("paper", "papers", "paper's", "authors", "published"),
    }


def found_in(text, names):
    """Names that stand in a text as whole words or as parts of names such as ``f5_units``."""
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.findall(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])", text, re.IGNORECASE)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_analysis_names_no_paper_area_cell_type_task_or_action(path):
    assert not found_in(path.read_text(encoding="utf-8"), forbidden())


def test_the_search_finds_what_it_looks_for():
    assert {"Gallese", "Jerjian", "F5", "M1", "PTN", "pyramidal", "execute-light"} <= forbidden()
    text = "GALLESE_EPOCHS f5_units 'observe' PTNs PG. observed M10 observer"
    assert found_in(text, forbidden()) == ["GALLESE", "f5", "observe", "PG"]
    assert len(SOURCES) > 10
