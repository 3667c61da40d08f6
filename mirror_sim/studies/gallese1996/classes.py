"""Which units respond to which action, done and seen: the rule of Gallese et al. 1996."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.analysis.responses import (
    ResponseCriteria,
    names_of,
    present_absent,
    unit_columns,
)
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.session.session import Session

CRITERIA = ResponseCriteria(
    alpha=0.05,
    min_rate_hz=8.0,
    min_ratio=1.5,
    source="a fixed rule in place of the paper's judgement by ear and histograms",
)

GALLESE_EPOCHS = (
    Epoch(
        start="object_on",
        stop="object_on",
        start_offset_s=-0.5,
        source="half a second in which nothing is seen or done; the paper had no trial clock",
    ),
    Epoch(start="movement_onset", stop="contact", source="the reach"),
    Epoch(
        start="contact",
        stop="contact",
        stop_offset_s=0.5,
        source="as long as the baseline; the paper had no trial clock",
    ),
)
"""Baseline, reach and hold, in this order."""


@checked_arguments()
def gallese_classify(
    session: Session,
    *,
    execution: str = "execute-light",
    dark: str = "execute-dark",
    observation: str = "observe",
    object_alone: str = "object-alone",
    criteria: ResponseCriteria = CRITERIA,
    epochs: Sequence[Epoch] = GALLESE_EPOCHS,
) -> pd.DataFrame:
    """Class the units of a battery by the present/absent rule (`present_absent`).

    A unit is mirror if it responds to an executed and to an observed action and to no object
    alone. The object's response is sought in the same epochs, at the times at which a movement
    would have been. The paper's share counts execution in the light; but a cell that sees the own
    hand passes for a motor one there, so `mirror_dark` and `label` ask for execution in the dark.

    Parameters
    ----------
    session : Session
        Each action of each condition has at least two trials.
    execution, dark, observation, object_alone : str
        Names of the conditions. The session may lack those of the dark, which leaves
        `mirror_dark` missing and execution in the light in its place for the rest, and of the
        object alone, which leaves no unit object-driven.
    criteria : ResponseCriteria
        Of a clear response.
    epochs : sequence of Epoch
        The baseline, then those in which a response is sought.

    Returns
    -------
    DataFrame
        One row a unit, in the session's order: unit_id, area, population, cell_type;
        effective_executed, effective_dark, effective_observed (tuples of actions) and
        effective_object (tuple of objects);
        mirror, mirror_dark;
        visual (responds to a seen hand, not to an object, not in the dark), motor (executed in the
        dark, neither observed nor object alone), object (responds to an object alone), canonical
        (object, and executed in the dark), suppressed (by some executed or observed action);
        label: the first that holds of "mirror" (in the dark), "canonical", "object", "visual",
        "motor", "suppressed", else "none".

    Raises
    ------
    ValueError
        If there are no trials of execution or observation, or an action has a single one, or one
        in which a unit was recorded.
    """
    session.require(trials=["action"])
    conditions = session.trials["condition"].to_numpy(dtype=str)
    for name in (execution, observation):
        if name not in conditions:
            raise unknown("condition", name, names_of(conditions), where="the session")
    if object_alone in conditions:
        session.require(trials=["object"])

    def effective(name: str, column: str = "action", suppressed: bool = False) -> list[tuple]:
        rows = conditions == name
        if not rows.any():
            return [()] * len(session.units)
        labels = session.trials.loc[rows, column].to_numpy(dtype=str)
        tested = names_of(labels)
        rates = epoch_rates(session, epochs, trials=rows)
        found = present_absent(rates, labels, tested, criteria, suppressed=suppressed)
        return [tuple(np.array(tested)[row].tolist()) for row in found]

    has_dark = dark in conditions
    table = unit_columns(session)
    table["effective_executed"] = effective(execution)
    table["effective_dark"] = effective(dark)
    table["effective_observed"] = effective(observation)
    table["effective_object"] = effective(object_alone, "object")
    suppressed = [
        bool(e or o)
        for e, o in zip(
            effective(execution, suppressed=True),
            effective(observation, suppressed=True),
            strict=True,
        )
    ]
    return _labelled(table, np.array(suppressed, dtype=bool), has_dark)


def _labelled(table: pd.DataFrame, suppressed: np.ndarray, has_dark: bool) -> pd.DataFrame:
    """Add the flags and the label that follow from the effective actions."""
    executed, dark, observed, thing = (
        table[f"effective_{name}"].map(bool).to_numpy(dtype=bool)
        for name in ("executed", "dark", "observed", "object")
    )
    motor = dark if has_dark else executed
    mirror = executed & observed & ~thing
    mirror_dark = mirror & motor
    table["mirror"] = mirror
    table["mirror_dark"] = pd.array(mirror_dark if has_dark else [pd.NA] * len(table), "boolean")
    flags = {
        "visual": (executed | observed) & ~motor & ~thing,
        "motor": motor & ~observed & ~thing,
        "object": thing,
        "canonical": thing & motor,
        "suppressed": suppressed,
    }
    for name, flag in flags.items():
        table[name] = flag
    order = ("canonical", "object", "visual", "motor", "suppressed")
    table["label"] = np.select(
        [mirror_dark, *(flags[name] for name in order)], ["mirror", *order], default="none"
    )
    return table
