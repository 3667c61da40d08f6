"""Observed against performed: grow Subjects, run studies and controls, write it all down."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mirror_sim.analysis import chance
from mirror_sim.base.errors import require_counts
from mirror_sim.base.files import atomic_path, check_writable
from mirror_sim.base.progress import progress_bar
from mirror_sim.circuit.macaque import macaque
from mirror_sim.session.session import Session
from mirror_sim.studies import controls, gallese1996, jerjian2020
from mirror_sim.studies.gallese1996 import baseline_variability
from mirror_sim.studies.targets import targets
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.subject import Subject

NEEDED_BYTES = 300_000_000
CONTROL_SUBJECTS = 5
DRAWN_ROWS = ("G1", "G1.dark", "G2", "G3", "G4", "J1", "J2", "J3")
OWN_ROWS = {
    "G1.dark": "F5: the same, responding in the dark too",
    "G1.kept": "F5: mirror neurons that respond in the dark too",
    "muscle.r": "muscle read-out: r of its course with wrist speed, at the best lag",
    "muscle.lag": "muscle read-out: by how many seconds it follows wrist speed",
}
QUICK_ACTIONS = 10
QUICK_SCALE = 0.5
MIN_TRIALS = 4


@dataclass(frozen=True)
class Results:
    """What one Subject's day gave.

    Attributes
    ----------
    battery, task : Session
        Of Gallese 1996 and of Jerjian 2020.
    battery_units, task_units : DataFrame
        Their units, classed.
    """

    battery: Session
    task: Session
    battery_units: pd.DataFrame
    task_units: pd.DataFrame


def day(subject: Subject, *, n_trials: int, jobs: int) -> Results:
    """Run both studies on one Subject, and class its units."""
    battery = subject.run(
        gallese1996.protocol(n_trials), jobs=jobs, progress=progress_bar("Gallese 1996")
    )
    task = subject.run(jerjian2020.protocol(), jobs=jobs, progress=progress_bar("Jerjian 2020"))
    return classed(battery, task, seed=subject.seed)


def classed(battery: Session, task: Session, *, seed: int) -> Results:
    """Class the units of both sessions; the seed draws those that were recorded."""
    return Results(
        battery, task, gallese1996.classify(battery), jerjian2020.classify(task, seed=seed)
    )


def rows(results: Results, *, seed: int) -> dict[str, float]:
    """Return the model's value of each row of the published numbers that a day can give."""
    return gallese1996.rows(results.battery_units) | jerjian2020.rows(results.task, seed=seed)


def run_controls(
    grown: Subject, *, jobs: int, n_trials: int, with_growth: bool
) -> list[dict[str, object]]:
    """Measure a grown Subject and its controls in the same battery."""
    protocol = controls.protocol(n_trials=n_trials)
    rows: list[dict[str, object]] = []

    def measured(kind: str, subject: Subject) -> Session:
        session = subject.run(protocol, jobs=jobs, progress=progress_bar(f"control: {kind}"))
        found = controls.measure(session, seed=grown.seed)
        rows.append({"subject_seed": grown.seed, "kind": kind} | found)
        return session

    own = measured("grown", grown)
    poisson = controls.measure(controls.poisson_control(own, seed=grown.seed), seed=grown.seed)
    rows.append({"subject_seed": grown.seed, "kind": "Poisson units"} | poisson)
    for name, control in controls.CONTROLS.items():
        if not control.growth or with_growth:
            measured(name, controls.subject_for(control, grown))
    return rows


def shares(found: pd.DataFrame, *, units: dict[str, int]) -> pd.DataFrame:
    """Put the model's rows beside the published ones.

    Parameters
    ----------
    found : DataFrame
        One row a Subject, one column a row of the targets.
    units : dict
        Units a row's share is of, for the interval of a single Subject.

    Returns
    -------
    DataFrame
        id, quantity, role, level, published, published_low, published_high, model, low, high,
        inside (whether the model's mean lies in the published interval; None without one), n.
        Rows that are neither published nor the report's own are left out.
    """
    published = targets().set_index("id")
    rng = np.random.default_rng(19)
    rows = []
    for name in [*published.index, *OWN_ROWS]:
        if name not in found.columns:
            continue
        mean, low, high = chance.bootstrap(found[name].to_numpy(), rng=rng)
        if len(found) == 1 and units.get(name):
            total = units[name]
            low, high = (100 * x for x in chance.wilson(round(mean * total / 100), total))
        known = published.loc[name] if name in published.index else None
        rows.append(
            {
                "id": name,
                "quantity": f"{known['area']}: {known['quantity']}"
                if known is not None
                else OWN_ROWS.get(name, name),
                "role": known["role"] if known is not None else "",
                "level": known["level"] if known is not None else "",
                "published": known["value"] if known is not None else np.nan,
                "published_low": known["low"] if known is not None else np.nan,
                "published_high": known["high"] if known is not None else np.nan,
                "model": mean,
                "low": low,
                "high": high,
                "inside": None if known is None else bool(known["low"] <= mean <= known["high"]),
                "n": f"{len(found)} Subjects" if len(found) > 1 else "1 Subject",
            }
        )
    return pd.DataFrame(rows)


def observed_vs_performed(
    *,
    seed: int = 1,
    n_subjects: int = 1,
    n_trials: int = 10,
    jobs: int = 2,
    quick: bool = False,
    out: Path | str = "results",
    say: Callable[[str], None] = print,
) -> Path:
    """Grow Subjects, run the comparison of actions performed and observed, write the results.

    Parameters
    ----------
    seed : int
        Of the first Subject; the others have the seeds that follow.
    n_subjects : int
        With more than one, the controls that need a growth of their own are run too.
    n_trials : int
        Trials of each action and condition of the battery, four at least: units are chosen on
        half of them.
    jobs : int
        Blocks simulated at a time.
    quick : bool
        Half the cells, ten own actions, few trials: shows the whole path, not a result.
    out : Path or str
        Folder for ``observed_vs_performed.png``, ``.svg`` and ``.txt`` (its caption), the units,
        the published and simulated numbers and the controls (CSV), and the session (NWB).
    say : callable
        Takes each line of the report.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        If a number is out of range.
    OSError
        If the folder cannot be written to; said before the work.
    """
    require_counts(n_subjects=n_subjects, jobs=jobs)
    if n_trials < MIN_TRIALS:
        raise ValueError(f"n_trials is {n_trials}; the tests need at least {MIN_TRIALS}")
    folder = check_writable(out, needed_bytes=NEEDED_BYTES)
    began = time.monotonic()
    circuit = macaque().scaled(QUICK_SCALE) if quick else macaque()
    curriculum = Curriculum(max_actions=QUICK_ACTIONS) if quick else Curriculum()
    n_trials = min(n_trials, MIN_TRIALS) if quick else n_trials
    found, spread, first = [], [], None
    for own_seed in range(seed, seed + n_subjects):
        say(f"Subject {own_seed}")
        grown = Subject.grow(
            circuit, seed=own_seed, curriculum=curriculum, progress=progress_bar("growing")
        )
        results = day(grown, n_trials=n_trials, jobs=jobs)
        found.append(rows(results, seed=own_seed))
        spread.append(baseline_variability(results.battery).set_index("area"))
        first = first or results
    measured: list[dict[str, object]] = []
    for own_seed in range(seed, seed + min(n_subjects, CONTROL_SUBJECTS)) if not quick else ():
        grown = Subject.grow(circuit, seed=own_seed, curriculum=curriculum)
        measured += run_controls(grown, jobs=jobs, n_trials=n_trials, with_growth=n_subjects > 1)
    assert first is not None
    tables = {
        "published_vs_simulated": shares(pd.DataFrame(found), units=_unit_numbers(first)),
        "controls": controls.summarise(pd.DataFrame(measured)) if measured else pd.DataFrame(),
        "control_measures": pd.DataFrame(measured),
        "variability": pd.concat(spread).groupby("area").mean().reset_index(),
        "units_gallese1996": first.battery_units,
        "units_jerjian2020": first.task_units,
    }
    _write(folder, first, tables, n_subjects=n_subjects)
    for line in lines(tables["published_vs_simulated"], tables["controls"]):
        say(line)
    say(f"done in {time.monotonic() - began:.0f} s; written to {folder}")
    return folder


def _unit_numbers(results: Results) -> dict[str, int]:
    f5 = results.battery_units[results.battery_units["area"] == "F5"]
    mirror = int(f5["mirror"].sum())
    group = results.task_units["group"].value_counts().to_dict()
    numbers = {"G1": len(f5), "G1.dark": len(f5), "J1": group["F5"], "J4": sum(group.values())}
    numbers |= dict.fromkeys(("G1.kept", "G2", "G3", "G4"), mirror)
    return numbers | {"J2": group["M1-PTN"], "J3": group["M1-UID"], "J5": numbers["J4"]}


def lines(table: pd.DataFrame, judged: pd.DataFrame) -> list[str]:
    """Format the tables for a terminal."""
    text = [f"{'':14}{'published':>22}{'simulated':>24}"]
    for row in table[~table["id"].str.startswith(("J7",))].itertuples():
        published = (
            ""
            if np.isnan(row.published)
            else (f"{row.published:.1f} [{row.published_low:.1f}, {row.published_high:.1f}]")
        )
        model = f"{row.model:.1f} [{row.low:.1f}, {row.high:.1f}]"
        text.append(f"{row.id:14}{published:>22}{model:>24}  {row.quantity}")
    text.extend(
        f"control {row.control:24} {row.measure:12} {row.value:7.3f} (grown {row.grown:.3f}, "
        f"difference {row.difference:.3f} [{row.low:.3f}, {row.high:.3f}], detectable "
        f"{row.detectable:.3f}): {row.verdict}"
        for row in judged.itertuples()
    )
    return text


def _figure_controls(judged: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Return the controls as the figure draws them, the grown Subjects first of each measure."""
    columns = [
        *("control", "measure", "value", "chance"),
        *("chance_low", "chance_high", "n", "verdict"),
    ]
    if measured.empty:
        return pd.DataFrame(columns=columns)
    rows = []
    kinds = measured.groupby("kind", sort=False).mean(numeric_only=True)
    entries = [("grown", "overlap"), ("grown", "match"), ("Poisson units", "overlap")]
    entries += [(row.control, row.measure) for row in judged.itertuples()]
    for kind, measure in entries:
        if measure not in ("overlap", "match"):
            continue
        mean = kinds.loc[kind]
        centre = mean["overlap_chance"] if measure == "overlap" else 0.0
        verdict = judged.set_index("control")["verdict"].get(kind, "")
        rows.append(
            {
                "control": kind,
                "measure": measure,
                "value": mean[measure],
                "chance": 0.0,
                "chance_low": mean[f"{measure}_low"] - centre,
                "chance_high": mean[f"{measure}_high"] - centre,
                "n": int((measured["kind"] == kind).sum()),
                "verdict": verdict,
            }
        )
    return pd.DataFrame(rows, columns=columns)


def _write(
    folder: Path, results: Results, tables: dict[str, pd.DataFrame], *, n_subjects: int
) -> None:
    from mirror_sim.figures import style
    from mirror_sim.studies.observed_vs_performed import figure

    for name, frame in tables.items():
        if len(frame):
            with atomic_path(folder / f"{name}.csv") as temporary:
                frame.to_csv(temporary, index=False)
    seed = results.battery.metadata["subject_seed"]
    recorded = jerjian2020.recorded_units(results.battery.units, seed=seed)
    pfg = np.flatnonzero((results.battery.units["area"] == "PFG").to_numpy())
    met = np.sort(np.concatenate([recorded, pfg[: jerjian2020.N_RECORDED["F5 UID"]]]))
    results.battery.select(units=met).to_nwb(folder / f"sub-{seed}_ses-gallese1996_ecephys.nwb")
    table = tables["published_vs_simulated"]
    data = figure.prepare(
        results.battery,
        results.task,
        shares=table.set_index("id").reindex(DRAWN_ROWS).reset_index(),
        controls=_figure_controls(tables["controls"], tables["control_measures"]),
        subject=f"Subject {seed}",
        n_subjects=n_subjects,
    )
    style.savefig(figure.draw(data), folder / "observed_vs_performed")
    with atomic_path(folder / "observed_vs_performed.txt") as temporary:
        temporary.write_text(figure.caption(data) + "\n", encoding="utf-8")
