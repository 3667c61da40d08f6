"""How the actions that a unit does and the actions that it sees agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from mirror_sim.analysis.shapes import check_same_shape
from mirror_sim.base.arguments import checked_arguments

STRICT, BROAD, NONE = "strict", "broad", "non-congruent"


def congruence(executed: Iterable[str], observed: Iterable[str], general: Mapping[str, str]) -> str:
    """Class a mirror unit by its effective executed and observed actions.

    Parameters
    ----------
    executed, observed : iterables of str
        Effective actions, among those tested both ways.
    general : mapping of str to str
        The general action (grasping, placing, ...) of each action.

    Returns
    -------
    str
        "strict" if both sets are equal, "broad" if they share a general action but are not equal,
        "non-congruent" if they share none, "" if one of them is empty.

    Examples
    --------
    >>> general = {"pinch": "grasping", "clutch": "grasping"}
    >>> congruence(["pinch"], ["pinch", "clutch"], general)
    'broad'
    """
    own, other = set(executed), set(observed)
    if not own or not other:
        return ""
    if own == other:
        return STRICT
    shared = {general[action] for action in own} & {general[action] for action in other}
    return BROAD if shared else NONE


@checked_arguments()
def congruence_of(
    executed: Sequence[Sequence[str]],
    observed: Sequence[Sequence[str]],
    mirror: np.ndarray,
    general: Mapping[str, str],
) -> np.ndarray:
    """Class every unit, "" where it is not mirror; array of str, shape (n_units,)."""
    classes = [
        congruence(own, other, general) if is_mirror else ""
        for own, other, is_mirror in zip(executed, observed, mirror, strict=True)
    ]
    return np.array(classes, dtype=str)


@checked_arguments()
def profile_match(executed_hz: np.ndarray, observed_hz: np.ndarray) -> float:
    """Correlate what units prefer among actions done with what they prefer among actions seen.

    Parameters
    ----------
    executed_hz, observed_hz : float arrays, shape (n_units, n_actions)
        Change of rate of each action. The mean of each unit and of each action is taken out, so
        that neither strong units nor strong actions count as a match.

    Returns
    -------
    float
        Pearson correlation over units and actions; NaN with fewer than two units.
    """
    check_same_shape("profile_match", 2, executed_hz=executed_hz, observed_hz=observed_hz)
    if len(executed_hz) < 2:
        return float("nan")

    def centred(change: np.ndarray) -> np.ndarray:
        by_unit = change - change.mean(axis=1, keepdims=True)
        scale = np.linalg.norm(by_unit, axis=1, keepdims=True)
        scaled = by_unit / np.where(scale > 0, scale, 1.0)
        return (scaled - scaled.mean(axis=0)).ravel()

    return float(np.corrcoef(centred(executed_hz), centred(observed_hz))[0, 1])
