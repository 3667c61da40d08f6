"""A progress bar as a callable."""

from __future__ import annotations

from collections.abc import Callable


def progress_bar(what: str) -> Callable[[int, int], None]:
    """Return a progress bar as a callable of (done, total)."""
    from tqdm import tqdm

    bar = tqdm(desc=what, total=1, unit="", leave=False)

    def update(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return update
