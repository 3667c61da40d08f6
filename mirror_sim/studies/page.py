"""The figure of a claim: its numbers for the page that all claims have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mirror_sim.studies.claim import Claim
from mirror_sim.studies.study import Results
from mirror_sim.studies.verdict import mean_of, report, verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mirror_sim.figures.claim import Group


def draw(results: Results) -> Figure:
    """Draw the page of a claim, see `mirror_sim.figures.claim`, with its caption."""
    from mirror_sim.figures import claim as page

    claim, found = results.study, results.found
    assert isinstance(claim, Claim)
    judged = verdict(claim, found, quick=results.quick)
    kinds = {str(kind): table for kind, table in found.groupby("subject_kind", sort=False)}
    shown = {}
    for row in dict.fromkeys((*claim.also, *(row for arm in claim.shown for row in arm.rows))):
        arms = [arm.name for arm in claim.shown if row in arm.rows and arm.name in kinds]
        groups = [_group(name, kinds[name][row]) for name in ("grown", *arms)]
        shown[claim.units.get(row, row)] = groups
    dose = claim.dose
    data = page.FigureData(
        claim=claim.claim,
        label=judged.label,
        why=judged.why,
        account=claim.account,
        n_subjects=judged.n,
        settings_tried=claim.settings_tried,
        places=claim.wiring.places,
        links=claim.wiring.links,
        power=_group("positive control", kinds["grown"][claim.power]),
        effect=_group("grown", kinds["grown"][claim.effect]),
        controls=[
            _group(row.control, kinds[row.control][row.row], row.verdict)
            for row in judged.controls.itertuples()
            if row.control in kinds
        ],
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
    drawn.set_label(" ".join(report(claim, found, judged)))
    return drawn


def _group(name: str, values: pd.Series, note: str = "") -> Group:
    from mirror_sim.figures.claim import Group

    mean, low, high = mean_of(values)
    return Group(name=name, values=values.to_numpy(float), mean=mean, low=low, high=high, note=note)
