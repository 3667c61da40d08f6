"""Both papers' sessions on the same Subjects, with the short battery of the controls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mirror_sim.session.session import Session
from mirror_sim.studies import controls, gallese1996, jerjian2020
from mirror_sim.studies.study import Results, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PARTS = {part.name: part for part in (gallese1996.STUDY, jerjian2020.STUDY, controls.STUDY)}
DRAWN_ROWS = ("G1", "G1.dark", "G2", "G3", "G4", "J1", "J2", "J3")
DRAWN_MEASURES = ("overlap", "match")
COLUMNS = ("control", "measure", "value", "chance", "chance_low", "chance_high", "n", "verdict")


def rows(sessions: Mapping[str, Session], *, seed: int) -> dict[str, float]:
    """Return the rows of each study whose session is there."""
    found: dict[str, float] = {}
    for name, session in sessions.items():
        found |= PARTS[name].measure({name: session}, seed=seed)
    return found


def tables(sessions: Mapping[str, Session], *, seed: int) -> dict[str, pd.DataFrame]:
    """Return the units with their classes by both papers."""
    return {
        "units_gallese1996": gallese1996.classify(sessions["gallese1996"]),
        "units_jerjian2020": jerjian2020.classify(sessions["jerjian2020"], seed=seed),
    }


def recorded(units: pd.DataFrame, *, seed: int) -> np.ndarray:
    """Return the rows of the units of Jerjian et al. 2020, and of as many of PFG as of F5."""
    pfg = np.flatnonzero((units["area"] == "PFG").to_numpy())
    met = jerjian2020.recorded_units(units, seed=seed)
    return np.sort(np.concatenate([met, pfg[: jerjian2020.N_RECORDED["F5 UID"]]]))


def draw(results: Results) -> Figure:
    """Draw the page of `mirror_sim.studies.observed_vs_performed.figure`, with its caption."""
    from mirror_sim.studies.observed_vs_performed import figure

    grown = results.table[results.table["subject_kind"] == "grown"].set_index("id")
    shares = grown.reindex(DRAWN_ROWS).reset_index()
    data = figure.prepare(
        results.sessions["gallese1996"],
        results.sessions["jerjian2020"],
        shares=shares.assign(quantity=shares["area"] + ": " + shares["quantity"]),
        controls=_against_chance(results),
        subject=f"Subject {results.seeds[0]}",
        n_subjects=len(results.seeds),
    )
    drawn = figure.draw(data)
    drawn.set_label(figure.caption(data))
    return drawn


def _against_chance(results: Results) -> pd.DataFrame:
    """Return the controls as the figure shows them, the grown Subjects first of each measure."""
    found = results.found
    paired = found.loc[found["subject_kind"] != "grown", "subject_seed"]
    kinds = found[found["subject_seed"].isin(paired)].groupby("subject_kind", sort=False)
    entries = [("grown", measure, "") for measure in DRAWN_MEASURES if len(results.controls)]
    entries += [(row.control, row.row, row.verdict) for row in results.controls.itertuples()]
    drawn = []
    for kind, measure, verdict in entries:
        if measure not in DRAWN_MEASURES:
            continue
        mean = kinds.get_group(kind).mean(numeric_only=True)
        centre = mean["overlap_chance"] if measure == "overlap" else 0.0
        drawn.append(
            {
                "control": kind,
                "measure": measure,
                "value": mean[measure],
                "chance": 0.0,
                "chance_low": mean[f"{measure}_low"] - centre,
                "chance_high": mean[f"{measure}_high"] - centre,
                "n": len(kinds.get_group(kind)),
                "verdict": verdict,
            }
        )
    return pd.DataFrame(drawn, columns=COLUMNS)


STUDY = Study(
    name="observed_vs_performed",
    protocol={name: part.functions[name] for name, part in PARTS.items()},
    rows=rows,
    targets=tuple(f"../{name}/{part.targets}" for name, part in PARTS.items()),
    controls=controls.CONTROLS,
    controlled=("controls",),
    figure=draw,
    tables=tables,
    recorded=recorded,
    reads=("F5", "M1"),
    source=f"{gallese1996.SOURCE}; {jerjian2020.SOURCE}",
)
