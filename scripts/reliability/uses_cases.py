"""The wrong uses that `wrong_uses.py` makes, by group, and the files that they name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import uses_analysis
import uses_circuits
import uses_studies
import uses_subjects
from uses_base import Use, circuit


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
        "parts of circuits": uses_circuits.parts,
        "circuits": uses_circuits.circuits,
        "scenes": uses_circuits.scenes,
        "senses and registry": uses_subjects.senses_and_registry,
        "Subjects": uses_subjects.subjects,
        "curricula, bodies, encounters": uses_subjects.curricula_and_bodies,
        "engine": uses_subjects.engines,
        "studies": uses_studies.studies,
        "sweeps and reports": uses_studies.sweeps_and_reports,
        "studies of papers": uses_studies.studies_of_papers,
        "analysis": uses_analysis.analysis,
        "figures": uses_analysis.drawing,
        "sessions": uses_subjects.sessions,
        "command line": uses_studies.commands,
        "scripts": uses_studies.scripts,
    }
