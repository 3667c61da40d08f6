"""What several functions ask of windows and arrays, said before they compute."""

from __future__ import annotations

import numpy as np

LONGEST_S = 3600.0


def check_window(window_s: tuple[float, float], step_s: float, where: str) -> int:
    """Return how many bins a window holds; raise a ValueError if none, or more than an hour.

    Parameters
    ----------
    window_s : (float, float)
    step_s : float
        Width of a bin.
    where : str
        The function, as messages name it.
    """
    start_s, stop_s = window_s
    if step_s <= 0:
        raise ValueError(f"{where}: the bins are {step_s:g} s wide; it must be above 0")
    if not 0 < stop_s - start_s <= LONGEST_S:
        raise ValueError(
            f"{where}: window_s is {window_s}; it must be (start, stop), stop after start and at "
            f"most {LONGEST_S:g} s later"
        )
    n_bins = round((stop_s - start_s) / step_s)
    if n_bins < 1:
        raise ValueError(f"{where}: window_s {window_s} holds no bin of {step_s:g} s")
    return n_bins


def check_same_shape(where: str, n_dims: int, **arrays: np.ndarray) -> None:
    """Raise a ValueError unless arrays have so many dimensions, and all the same shape."""
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1 or any(len(shape) != n_dims for shape in shapes.values()):
        found = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        dims = f"{n_dims} dimension{'s' if n_dims > 1 else ''}"
        raise ValueError(f"{where}: the shapes are {found}; all need the same, of {dims}")
