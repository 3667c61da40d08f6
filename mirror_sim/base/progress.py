"""A progress bar as a callable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def progress_bar(what: str) -> Callable[[int, int], None]:
    """Return a progress bar as a callable of (done, total); it appears with the first call."""
    from tqdm import tqdm

    bars: list[Any] = []

    def update(done: int, total: int) -> None:
        if not bars:
            bars.append(tqdm(desc=what, total=total, unit="", leave=False))
        bars[0].total = total
        bars[0].update(done - bars[0].n)
        if done >= total:
            bars[0].close()

    return update
