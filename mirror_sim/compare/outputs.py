"""Write what a run gave, one output after the other; one that fails costs itself only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from mirror_sim.base.files import atomic_path


class Outputs:
    """What is written into a folder.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._failed: list[tuple[str, Exception]] = []
        self._files: list[str] = []

    @contextmanager
    def one(self, what: str) -> Iterator[list[str]]:
        """Write one output; what goes wrong is kept for `finish`.

        Yields
        ------
        list of str
            Takes the names of the files that it is written to.
        """
        files: list[str] = []
        try:
            yield files
        # The figure may be a user's, who is to get the tables of an hour's work all the same.
        except Exception as error:  # noqa: BLE001
            self._failed.append((what, error))
        else:
            self._files += files

    def table(self, name: str, table: pd.DataFrame) -> None:
        """Write a table as ``name.csv``."""
        with self.one(f"{name}.csv") as files:
            write_table(table, self.folder / f"{name}.csv")
            files.append(f"{name}.csv")

    @property
    def sizes(self) -> dict[str, int]:
        """Names of the files that were written, with their sizes in bytes."""
        return {file: (self.folder / file).stat().st_size for file in self._files}

    @property
    def failed(self) -> list[str]:
        """What could not be written, and why."""
        return [f"{what} ({_reason(error)})" for what, error in self._failed]

    def finish(self) -> None:
        """Raise a RuntimeError if an output failed; the message names each, and why."""
        if self._failed:
            which = "; ".join(self.failed)
            raise RuntimeError(
                f"not written: {which}; all else is in {self.folder}, the blocks are kept"
            ) from self._failed[0][1]


def _reason(error: Exception) -> str:
    ours = isinstance(error, ValueError | OSError | RuntimeError | ImportError)
    return str(error) if ours and str(error) else f"{type(error).__name__}: {error}"


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, whole or not at all."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False)
