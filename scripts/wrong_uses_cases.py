"""The wrong uses that `wrong_uses.py` makes, by group, and the files that they name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import wrong_uses_analysis
import wrong_uses_circuits
import wrong_uses_studies
import wrong_uses_subjects
from wrong_uses_base import Use, circuit


def lay_out(folder: Path) -> None:
    """Write the files that uses name: none is what it should be."""
    (folder / "binary.toml").write_bytes(bytes(range(256)))
    (folder / "other.toml").write_text('title = "something else"\n')
    (folder / "table.csv").write_text("a,b\n1,2\n")
    (folder / "empty.csv").touch()
    (folder / "file.txt").write_text("a file where a folder is wanted\n")
    (folder / "folder.toml").mkdir()
    whole = folder / "whole.toml"
    circuit().to_toml(whole)
    text = whole.read_text()
    (folder / "cut.toml").write_text(text[: len(text) // 2])
    (folder / "twice.toml").write_text(text.replace("[[projections]]", text[-1:], 1) + text)
    (folder / "wrong.toml").write_text(text.replace("p = 0.5", "p = 5"))
    (folder / "notes.py").write_text('NOTE = "no study"\n')
    (folder / "broken.py").write_text("STUDY = (\n")


def groups() -> dict[str, Callable[[], list[Use]]]:
    """Return what makes the uses of each group."""
    return {
        "parts of circuits": wrong_uses_circuits.parts,
        "circuits": wrong_uses_circuits.circuits,
        "scenes": wrong_uses_circuits.scenes,
        "senses and registry": wrong_uses_subjects.senses_and_registry,
        "Subjects": wrong_uses_subjects.subjects,
        "curricula, bodies, encounters": wrong_uses_subjects.curricula_and_bodies,
        "engine": wrong_uses_subjects.engines,
        "studies": wrong_uses_studies.studies,
        "sweeps and reports": wrong_uses_studies.sweeps_and_reports,
        "studies of papers": wrong_uses_studies.studies_of_papers,
        "analysis": wrong_uses_analysis.analysis,
        "figures": wrong_uses_analysis.drawing,
        "sessions": wrong_uses_subjects.sessions,
        "command line": wrong_uses_studies.commands,
        "scripts": wrong_uses_studies.scripts,
    }
