"""The figures of claims: the page that each has, and the one with all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from mirror_sim.studies.claim import SUBSTRATES, Claim, known_claims
from mirror_sim.studies.study import Results
from mirror_sim.studies.verdict import COLUMNS, judged, mean_of, report

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mirror_sim.figures.claim import Group
    from mirror_sim.figures.claims import ClaimData


def draw(results: Results) -> Figure:
    """Draw the page of a claim, see `mirror_sim.figures.claim`, with its caption."""
    from mirror_sim.figures import claim as page

    claim, found = results.study, results.found
    assert isinstance(claim, Claim)
    result = judged(results)
    kinds = {str(kind): table for kind, table in found.groupby("subject_kind", sort=False)}
    shown = {}
    for row in dict.fromkeys((*claim.also, *(row for arm in claim.shown for row in arm.rows))):
        arms = [arm.name for arm in claim.shown if row in arm.rows and arm.name in kinds]
        own = _group(claim.grown, kinds["grown"][row])
        groups = [own, *(_group(name, kinds[name][row]) for name in arms)]
        shown[claim.units.get(row, row)] = groups
    dose = claim.dose
    run = [row for row in result.controls.itertuples() if row.control in kinds]
    data = page.FigureData(
        claim=claim.claim,
        label=result.label,
        note=claim.label,
        why=result.why,
        account=claim.account,
        n_subjects=result.n,
        settings_tried=claim.settings_tried,
        places=claim.wiring.places,
        links=claim.wiring.links,
        power=_group("positive control", kinds["grown"][claim.power]),
        effect=_group(claim.grown, kinds["grown"][claim.effect]),
        controls=[
            _group(row.control, kinds[row.control][row.row], row.verdict)
            for row in run
            if row.row == claim.effect
        ],
        asides=[_aside(claim, row) for row in run if row.row != claim.effect],
        power_unit=claim.units.get(claim.power, claim.power),
        effect_unit=claim.units.get(claim.effect, claim.effect),
        dose=[
            _group(f"{value:g}", table[dose.row])
            for value, table in results.dose.groupby(dose.axis)
        ]
        if dose is not None and len(results.dose)
        else [],
        dose_label=dose.label if dose is not None else "",
        shown=shown,
    )
    drawn = page.draw(data)
    drawn.set_label(" ".join(report(claim, found, result)))
    return drawn


def _aside(claim: Claim, row: Any) -> str:
    """Tell of a control that is judged by another row than the effect, in another unit."""
    return (
        f"{row.control}, judged by {claim.units.get(row.row, row.row)}: {row.value:.3g} "
        f"(without it {row.grown:.3g}): {row.verdict}"
    )


def overview(tables: Mapping[str, pd.DataFrame | None]) -> Figure:
    """Draw all claims on one page, by the tables of their verdicts; see `verdict.kept`."""
    from mirror_sim.figures import claims as page

    return page.draw([_overviewed(claim, tables.get(claim.name)) for claim in known_claims()])


def _overviewed(claim: Claim, table: pd.DataFrame | None) -> ClaimData:
    from mirror_sim.figures.claims import ClaimData

    made = pd.DataFrame(columns=list(COLUMNS)) if table is None else table
    # A control is judged by a row of its own, which may be in another unit.
    shown = made[(made["role"] == "effect") | (made["row"] == claim.effect)]
    shown = shown[shown["role"] != "positive control"]
    label = "" if made.empty else str(made.iloc[0]["label"])
    return ClaimData(
        name=claim.name,
        claim=claim.claim,
        label=label,
        note=claim.label,
        n_subjects=0 if made.empty else int(made.iloc[0]["n"]),
        names=[str(name) for name in shown["name"]],
        means=shown["mean"].to_numpy(float),
        lows=shown["low"].to_numpy(float),
        highs=shown["high"].to_numpy(float),
        unit=claim.units.get(claim.effect, claim.effect),
        holds=label in SUBSTRATES,
    )


def _group(name: str, values: pd.Series, note: str = "") -> Group:
    from mirror_sim.figures.claim import Group

    mean, low, high = mean_of(values)
    return Group(name=name, values=values.to_numpy(float), mean=mean, low=low, high=high, note=note)
