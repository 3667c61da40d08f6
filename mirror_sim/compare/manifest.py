"""What made a result: the one record of it, in ``manifest.json`` and in ``report.html``."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mirror_sim.base import cache, sources
from mirror_sim.base.files import atomic_path
from mirror_sim.studies.study import Study

# Read when the code is: what is edited while a process runs is not what the process runs.
_CODE = cache.digest(cache.sources(Path(__file__).parents[1]))
_VERSIONS = ("mirror-sim", "brian2", "numpy", "scipy", "matplotlib")


def made_by(studies: Iterable[Study], seeds: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Return which studies, Subjects, code and versions make a result.

    Parameters
    ----------
    studies : iterable of Study
    seeds : mapping of str to sequence of int
        Of the Subjects, by kind; see `seeds_of`.
    """
    versions = {name: importlib.metadata.version(name) for name in _VERSIONS}
    return {
        "studies": {study.name: sources.identity(study.rows) for study in studies},
        "seeds": {kind: list(own) for kind, own in seeds.items()},
        "code": _CODE,
        "versions": {"python": platform.python_version(), **versions},
    }


def seeds_of(found: pd.DataFrame) -> dict[str, list[int]]:
    """Return the seeds of the Subjects of a table, by ``subject_kind``."""
    kinds = found.groupby("subject_kind", sort=False)["subject_seed"]
    return {str(kind): sorted({int(seed) for seed in seeds}) for kind, seeds in kinds}


def note(folder: Path, figure: str, studies: Sequence[Study], found: pd.DataFrame) -> None:
    """Write into ``manifest.json`` what made a figure."""
    path = folder / "manifest.json"
    try:
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}); delete it") from error
    known[figure] = made_by(studies, seeds_of(found))
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
