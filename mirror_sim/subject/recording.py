"""From the spikes of blocks to a Session: tables of trials and units."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mirror_sim.base.sources import content
from mirror_sim.circuit.parts import InputPopulation, Population
from mirror_sim.engine import Block, BlockResult, Engine
from mirror_sim.engine.wiring import stream
from mirror_sim.scene.trials import Protocol, Trial
from mirror_sim.session.session import Session

if TYPE_CHECKING:
    from mirror_sim.subject.subject import Subject


def session_of(
    subject: Subject,
    protocol: Protocol,
    blocks: Sequence[Block],
    results: Sequence[BlockResult],
    *,
    engine: Engine | None = None,
    inputs: Sequence[InputPopulation] = (),
) -> Session:
    """Put the results of a protocol's blocks on one time axis.

    The engine is the Subject's, if no other of the same circuit ran the blocks. Input populations
    that were recorded come after the cells.
    """
    engine = engine or subject.engine
    rows = [
        trial_row(trial, number * engine.block_s + start)
        for number, block in enumerate(blocks)
        for start, trial in zip(block.starts_s, block.trials, strict=True)
    ]
    times, units = _by_cell(results, recorded_cells(engine, inputs), engine.block_s)
    metadata = {
        "study": protocol.name,
        "align": protocol.align,
        "subject_id": f"sim-{subject.seed}",
        "subject_seed": subject.seed,
        "subject_kind": subject.kind,
        "circuit": subject.circuit.name,
        "circuit_digest": subject.circuit.digest(),
        "dt_ms": engine.dt_ms,
        "block_s": engine.block_s,
        "source": protocol.source,
    }
    return Session(
        units=units_of(subject, inputs),
        trials=pd.DataFrame(rows),
        spike_times=times,
        spike_units=units,
        metadata=metadata,
    )


def recorded_cells(engine: Engine, inputs: Sequence[InputPopulation]) -> np.ndarray:
    """Return the cells whose spikes a Session holds, numbered as in a `BlockResult`."""
    n_cells = engine.wiring.n_cells
    parts = [engine.wiring.inputs[p.name] for p in inputs]
    return np.concatenate([np.arange(n_cells), *(n_cells + np.r_[part] for part in parts)])


def _by_cell(
    results: Sequence[BlockResult], cells: np.ndarray, block_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Put the spikes of blocks that follow each other in the order of a Session: cell by cell."""
    n_cells = len(cells)
    unit_of = np.empty(cells.max() + 1, dtype=np.min_scalar_type(n_cells))
    unit_of[cells] = np.arange(n_cells)
    fired = [unit_of[result.cells] for result in results]
    counts = np.stack([np.bincount(units, minlength=n_cells) for units in fired])
    total = counts.sum(axis=0)
    times, units = np.empty(total.sum()), np.repeat(np.arange(n_cells), total)
    place = np.cumsum(total) - total
    for number, (result, row) in enumerate(zip(results, fired, strict=True)):
        # Small integers take the fast sort; a stable one keeps the order of time.
        order = np.argsort(row, kind="stable")
        own = counts[number]
        to = np.repeat(place - (np.cumsum(own) - own), own) + np.arange(len(order))
        times[to] = (result.times_s + number * block_s)[order]
        place += own
    times.flags.writeable = units.flags.writeable = False
    return times, units


def trial_row(trial: Trial, start: float) -> dict[str, object]:
    """Return the row of a trial that starts at a time of the session (s).

    The plain columns tell of the first act and the first object; ``acts``, ``objects``, ``signals``
    and ``perturbations`` hold all of them as JSON, with times from trial start.
    """
    act = trial.acts[0] if trial.acts else None
    shown = trial.objects[0] if trial.objects else None
    agents = {None: "none", "self": "monkey"}
    about = trial.action
    row: dict[str, object] = {
        "start_time": start,
        "stop_time": start + trial.duration_s,
        "condition": trial.condition,
        "agent": agents.get(act.actor if act else None, "human"),
        "action": about.name if about else "",
        "general_action": about.general if about else "",
        "way": about.way if about else "",
        "object": shown.thing.name if shown else "",
        "viewpoint_deg": act.viewpoint_deg if act else np.nan,
        "distance_m": act.distance_m if act else np.nan,
        "tool": bool(act and act.tool),
        "hand_visible": act is None or not _overlap(act.hidden_s, act.onset_s, act.release_s),
        "object_visible": shown is not None
        and not _overlap(shown.hidden_s, shown.on_s, trial.duration_s),
        "seed": act.seed if act else 0,
        "withhold": trial.withhold_s is not None,
    }
    for name in ("acts", "objects", "signals", "perturbations"):
        row[name] = json.dumps([_plain(part) for part in getattr(trial, name)])
    return row | {f"{name}_time": start + time for name, time in trial.events.items()}


def _overlap(hidden_s: Sequence[tuple[float, float]], start_s: float, stop_s: float) -> bool:
    return any(first < stop_s and last > start_s for first, last in hidden_s)


def _plain(part: object) -> object:
    """Return an act, object, signal or perturbation as plain values; things and actions by name."""
    values = content(part)
    named = {n: v["name"] if isinstance(v, dict) else v for n, v in values.items() if n}
    return {name: value for name, value in named.items() if value is not None}


def units_of(subject: Subject, inputs: Sequence[InputPopulation] = ()) -> pd.DataFrame:
    """Make the units table; positions are drawn in a cube of 1 mm an area."""
    cells = [p for p in subject.circuit.populations if isinstance(p, Population)]
    populations: list[Population | InputPopulation] = [*cells, *inputs]
    areas = list(dict.fromkeys(p.area for p in populations))
    frames = []
    for p in populations:
        place = stream(subject.seed, "position", p.name).uniform(0, 1000, (p.n, 3))
        frames.append(
            pd.DataFrame(
                {
                    "area": p.area,
                    "population": p.name,
                    "cell_type": p.label if isinstance(p, Population) else "input",
                    "x_um": place[:, 0] + 5000.0 * areas.index(p.area),
                    "y_um": place[:, 1],
                    "z_um": place[:, 2],
                }
            )
        )
    units = pd.concat(frames, ignore_index=True)
    units.insert(0, "unit_id", np.arange(len(units)))
    return units
