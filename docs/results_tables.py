"""Tables of the results page, read from the files that the runs wrote."""  # noqa: INP001

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from mirror_sim.compare.scoreboard import interval

FIGURES = Path(__file__).parents[1] / "figures"


def tables(table: Callable[..., str]) -> dict[str, str]:
    """Return the tables by name; `table` makes one of heads and lines."""
    board = pd.read_csv(FIGURES / "scoreboard.csv").query("subject_kind == 'grown'")
    controls = pd.read_csv(FIGURES / "observed_vs_performed_controls.csv")
    times = pd.read_csv(FIGURES / "benchmark.csv").dropna(subset="ratio")
    robust = pd.read_csv(FIGURES / "robustness.csv")
    able = pd.read_csv(FIGURES / "capacities.csv")
    inside = able[list(_ABLE)].apply(lambda found: found.between(able["low"], able["high"]))
    moved = able[inside["default"] != inside["all"]]
    rows = {role: board[board["role"] == role] for role in ("calibrate", "predict", "sanity")}
    return {
        "tally": table(
            ["rows", "inside", "of"],
            [(role, int(found["inside"].sum()), len(found)) for role, found in rows.items()],
        ),
        **{
            role: table(
                ["row", "of", "published", "model", "inside"],
                [_row(row) for _, row in rows[role].iterrows()],
            )
            for role in ("calibrate", "predict")
        },
        "controls": table(
            ["control", "row", "grown", "control", "difference", "verdict"],
            [_control(row) for _, row in controls.iterrows()],
        ),
        "robustness": table(
            ["row", "published", *_CASES],
            [_case(row, _CASES) for _, row in robust.iterrows()],
        ),
        "capacities": table(
            ["row", "role", "published", *_ABLE.values()],
            [_moved(row) for _, row in moved.iterrows()],
        ),
        "benchmark": table(
            ["other", "time of the other / ours"],
            [(row["comparison"], f"{row['ratio']:.3g}") for _, row in times.iterrows()],
        ),
    }


_ABLE = {"default": "default", "all": "all capacities"}
_CASES = ("default", "half the step", "twice the cells", "twice the growth")


def _row(row: pd.Series) -> tuple[str, ...]:
    of = "; ".join(str(row[name]) for name in ("area", "unit") if isinstance(row[name], str))
    return (
        f"`{row['id']}`",
        f"{row['quantity']}" + (f" ({of})" if of else ""),
        interval(row["published"], row["published_low"], row["published_high"]),
        interval(row["model"], row["model_low"], row["model_high"]),
        "yes" if row["inside"] else "no",
    )


def _control(row: pd.Series) -> tuple[str, ...]:
    return (
        row["control"],
        f"`{row['row']}`",
        f"{row['grown']:.3g}",
        f"{row['value']:.3g}",
        interval(row["difference"], row["low"], row["high"]),
        row["verdict"],
    )


def _case(row: pd.Series, cases: tuple[str, ...]) -> tuple[str, ...]:
    """Return a row of the table; what lies outside the published interval is bold."""
    low, high = row["low"], row["high"]
    found = [
        f"{row[case]:.3g}" if low <= row[case] <= high else f"**{row[case]:.3g}**" for case in cases
    ]
    return (f"`{row['id']}`", f"{low:g} to {high:g}", *found)


def _moved(row: pd.Series) -> tuple[str, ...]:
    name, *found = _case(row, tuple(_ABLE))
    return (name, row["role"], *found)
