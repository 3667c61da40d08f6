"""What a fit writes: tables, the best circuit, the figure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mirror_sim.base.files import atomic_path
from mirror_sim.compare.fit_journal import FAILED, MEASURED, Tried
from mirror_sim.compare.fit_rows import Wanted
from mirror_sim.compare.fit_space import Space
from mirror_sim.compare.outputs import Outputs
from mirror_sim.compare.runs import Row

if TYPE_CHECKING:
    from mirror_sim.compare.fit import Fit

_DRAWN = 12
_TREES, _FEWEST = 300, 16


def settings_table(tried: Sequence[Tried], space: Space, wanted: Sequence[Wanted]) -> pd.DataFrame:
    """Return one row a setting: number, state, costs, axes, and the means of the rows."""
    labels, ids = [axis.label for axis in space.axes], [row.id for row in wanted]
    rows = [
        {
            "number": number,
            "state": entry.state,
            "cost": entry.cost,
            "first_cost": entry.first_cost,
            "why": entry.why,
            **{label: entry.setting[label] for label in labels},
            **{name: entry.found.get(name, np.nan) for name in ids},
        }
        for number, entry in enumerate(tried)
    ]
    return pd.DataFrame(rows)


def rows_table(wanted: Sequence[Wanted], start: Row, end: Row) -> pd.DataFrame:
    """Return one row a row that was looked at: as published, at the start, and in the fit."""
    rows = [
        {
            "id": row.id,
            "role": row.role,
            "published": row.value,
            "low": row.low,
            "high": row.high,
            "weight": row.weight,
            "start": start[row.id],
            "fit": end[row.id],
            "inside": row.inside(end[row.id]),
        }
        for row in wanted
    ]
    return pd.DataFrame(rows)


def finals_table(finals: Mapping[int, Row], costs: Mapping[int, float]) -> pd.DataFrame:
    """Return one row a setting that was measured again; empty if none was."""
    rows = [{"number": k, "cost": costs[k], **row} for k, row in finals.items()]
    return pd.DataFrame(rows, columns=["number", "cost", *next(iter(finals.values()), {})])


def lines(rows: pd.DataFrame) -> list[str]:
    """Format what `rows_table` returns for a terminal."""
    text = [f"{'':20}{'wanted':>28}{'start':>10}{'fit':>10}  inside"]
    for row in rows.itertuples():
        interval = f"{row.low:.4g} to {row.high:.4g}"
        wanted = interval if np.isnan(row.published) else f"{row.published:.4g} [{interval}]"
        inside = "yes" if row.inside else "no"
        text.append(f"{row.id:20}{wanted:>28}{row.start:>10.4g}{row.fit:>10.4g}  {inside}")
    return [*text, f"{int(rows['inside'].sum())} of {len(rows)} inside"]


def write(found: Fit, outputs: Outputs, *, finals: pd.DataFrame, wanted: Sequence[Wanted]) -> None:
    """Write the tables, the circuit and the figure; see `mirror_sim.fit`."""
    folder = outputs.folder
    outputs.table("settings", found.settings)
    outputs.table("rows", found.rows)
    if len(finals):
        outputs.table("finals", finals)
    with outputs.one("fit.toml") as files:
        found.circuit.to_toml(folder / "fit.toml")
        files.append("fit.toml")
    columns = list(found.settings.columns)
    axes = columns[columns.index("why") + 1 : len(columns) - len(wanted)]
    with outputs.one("growth.toml") as files:
        files.extend(_write_growth(found, folder / "growth.toml"))
    with outputs.one("the figure") as files:
        files.extend(_draw(found, axes, wanted, folder / "fit"))


def _write_growth(found: Fit, path: Path) -> list[str]:
    """Write what differs from the default growth; ``Curriculum(**tomllib.load(file))`` reads it.

    Returns the name of the file, if anything differs.
    """
    plain = type(found.curriculum)()
    changed = {
        name: value
        for name, value in vars(found.curriculum).items()
        if value != getattr(plain, name) and isinstance(value, int | float | str)
    }
    if not changed:
        path.unlink(missing_ok=True)  # of an earlier fit
        return []
    # JSON's numbers, texts and truths are TOML's.
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in changed.items())
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return [path.name]


def _draw(found: Fit, axes: Sequence[str], wanted: Sequence[Wanted], stem: Path) -> Iterator[str]:
    from mirror_sim.figures import fit as figure
    from mirror_sim.figures import style

    drawn = figure.draw(
        found.settings[["number", "state", "cost"]],
        distances=_distances(found, wanted),
        importance=importance(found.settings, axes),
    )
    return (path.name for path in style.savefig(drawn, stem))


def _distances(found: Fit, wanted: Sequence[Wanted]) -> pd.DataFrame:
    """Return how far each row is off in the best settings, the start first and the fit second."""
    table = found.settings.set_index("number")
    measured = table[table["state"] == MEASURED].sort_values("cost", kind="stable")
    numbers = list(dict.fromkeys([0, found.number, *measured.index]))[:_DRAWN]
    return pd.DataFrame(
        {
            "start" if number == 0 else str(number): [
                row.distance(table.loc[number, row.id]) for row in wanted
            ]
            for number in numbers
        },
        index=[row.id for row in wanted],
    )


def importance(settings: pd.DataFrame, axes: Sequence[str]) -> pd.Series:
    """Return the share of each axis in the cost of the first Subject, in a forest of its ranks.

    Parameters
    ----------
    settings : DataFrame
        What `settings_table` returns.
    axes : sequence of str
        Their columns.

    Returns
    -------
    Series
        By axis, the largest first; empty where too few settings were tried to tell.
    """
    from sklearn.ensemble import ExtraTreesRegressor

    told = settings[settings["state"] != FAILED]
    if len(told) < _FEWEST or told["first_cost"].max() == told["first_cost"].min():
        return pd.Series(dtype=float)
    forest = ExtraTreesRegressor(n_estimators=_TREES, min_samples_leaf=3, random_state=0)
    forest.fit(told[list(axes)].to_numpy(float), told["first_cost"].rank().to_numpy(float))
    shares = pd.Series(forest.feature_importances_, index=list(axes))
    return shares.sort_values(ascending=False, kind="stable")
