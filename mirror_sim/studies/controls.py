"""Controls that must fail: Subjects in which one thing that should matter was taken away.

Each is judged by the measure that it can speak to, in one short battery, next to the grown Subject
of the same seed in the same battery.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from mirror_sim.analysis import chance
from mirror_sim.analysis.epochs import epoch_rates
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol
from mirror_sim.session.session import Session
from mirror_sim.studies.gallese1996 import GALLESE_EPOCHS, gallese_classify
from mirror_sim.subject.subject import Subject

ACTIONS = ("grasp-precision", "grasp-whole-hand", "manipulate-finger", "manipulate-bimanual")
N_TRIALS = 10
# Below this share of the grown Subject's observation responses, a low overlap says nothing.
FEWEST_OBSERVED = 0.5
# A control fails, as it must, if it keeps less than this share of the grown Subject's effect.
LARGEST_LEFT = 1 / 3


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control.

    Parameters
    ----------
    name : str
    measure : {"overlap", "match", "observation", "dark"}
        What must fall: the share facilitated in both contexts above its chance, the agreement of
        the two action profiles above its chance, the response to observation over that to the
        object alone, or the response to execution in the dark.
    growth : mapping of str to object
        Fields of the Subject's `Curriculum` that are changed; the control grows anew by it.
    change : callable or None
        If given, makes the control from the grown Subject.
    """

    name: str
    measure: str
    growth: Mapping[str, object] = field(default_factory=dict)
    change: Callable[[Subject], Subject] | None = None


CONTROLS: Mapping[str, Control] = {
    control.name: control
    for control in (
        Control(name="naive weights", measure="overlap", change=lambda s: s.with_naive_weights()),
        Control(name="permuted weights", measure="overlap", change=lambda s: s.permuted()),
        Control(
            name="permuted within cells",
            measure="match",
            change=lambda s: s.permuted(within_cell=True),
        ),
        Control(name="STS output cut", measure="observation", change=lambda s: s.cut("STS")),
        Control(name="command cut", measure="dark", change=lambda s: s.cut("F6.command", "F5")),
        Control(name="no vision", measure="overlap", growth={"vision": "none"}),
        Control(name="late vision", measure="overlap", growth={"vision": "late"}),
        Control(name="shuffled pairing", measure="match", growth={"shuffled": True}),
    )
}
"""The controls by name; those with another growth cost one each."""


def protocol(*, seed: int = 0, n_trials: int = N_TRIALS) -> Protocol:
    """Return the battery: four actions in the dark and observed, and their objects alone."""
    rng = np.random.default_rng([seed, 7])
    events = {"object_on": 0.7, "movement_onset": 1.4, "dark_on": 0.0}
    trials = [
        make_trial(condition, action, rng=rng, events_template=events, duration_s=3.2)
        for condition in ("execute-dark", "observe", "object-alone")
        for action in ACTIONS
        for _ in range(n_trials if condition != "object-alone" else max(n_trials // 2, 2))
    ]
    order = rng.permutation(len(trials))
    return Protocol(name="controls", trials=tuple(trials[k] for k in order), align="contact")


def measure(session: Session, *, area: str = "F5", seed: int = 0) -> dict[str, float]:
    """Measure what the controls speak to.

    Parameters
    ----------
    session : Session
        Of `protocol`.
    area : str
    seed : int
        Of the permutations.

    Returns
    -------
    dict
        ``executed`` and ``observed``, shares facilitated in the dark and in observation; ``both``;
        ``overlap`` above chance with ``overlap_low`` and ``overlap_high`` of the null and its
        ``overlap_detectable``, ``overlap_matched`` above chance within quartiles of baseline;
        ``match`` of the profiles of units that respond in both, above chance, with the same;
        ``observation``, mean response to observation minus that to the object alone, and ``dark``,
        mean response to execution in the dark, of the units' absolute changes (spikes/s).
    """
    part = session.select(units=(session.units["area"] == area).to_numpy())
    table = gallese_classify(part, execution="execute-dark")
    own = table["effective_executed"].map(len).to_numpy() > 0
    other = (table["effective_observed"].map(len).to_numpy() > 0) & (
        table["effective_object"].map(len).to_numpy() == 0
    )
    rates = epoch_rates(part, GALLESE_EPOCHS)
    change = _changes(part, rates)
    rng = np.random.default_rng([seed, 11])
    plain = chance.overlap(own, other, rng=rng)
    matched = chance.overlap(own, other, rng=rng, baseline_hz=rates[:, 0].mean(axis=0))
    both = own & other
    profile = chance.match(change["execute-dark"][both], change["observe"][both], rng=rng, n=500)
    seen = np.abs(change["observe"].mean(axis=1))
    alone = np.abs(change["object-alone"].mean(axis=1))
    return {
        "executed": float(own.mean()),
        "observed": float(other.mean()),
        "both": plain.value,
        "overlap": plain.excess,
        "overlap_chance": plain.expected,
        "overlap_low": plain.low,
        "overlap_high": plain.high,
        "overlap_detectable": plain.detectable,
        "overlap_matched": matched.excess,
        "match": profile.excess,
        "match_low": profile.low,
        "match_high": profile.high,
        "match_detectable": profile.detectable,
        "n_both": float(both.sum()),
        "observation": float(np.mean(seen - alone)),
        "dark": float(np.mean(np.abs(change["execute-dark"].mean(axis=1)))),
    }


def _changes(session: Session, rates: np.ndarray) -> dict[str, np.ndarray]:
    """Mean change from baseline over reach and hold, units x actions, of each condition."""
    conditions = session.trials["condition"].to_numpy(dtype=str)
    actions = session.trials["action"].to_numpy(dtype=str)
    change = rates[:, 1:].mean(axis=1) - rates[:, 0]
    return {
        condition: np.stack(
            [change[(conditions == condition) & (actions == a)].mean(axis=0) for a in ACTIONS],
            axis=1,
        )
        for condition in ("execute-dark", "observe", "object-alone")
    }


def subject_for(control: Control, grown: Subject) -> Subject:
    """Make the control of a grown Subject, growing it anew where the control says so."""
    if control.change is not None:
        return control.change(grown)
    if grown.growth is None:
        raise ValueError(f"a {grown.kind!r} Subject has no growth that {control.name!r} changes")
    engine = grown.engine
    made = Subject.grow(
        grown.circuit,
        seed=grown.seed,
        curriculum=replace(grown.growth.plan, **control.growth),  # type: ignore[arg-type]
        dt_ms=engine.dt_ms,
        block_s=engine.block_s,
        target=engine.target,
    )
    made.kind = control.name
    return made


def summarise(measured: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Judge the controls over Subjects.

    Parameters
    ----------
    measured : DataFrame
        One row a Subject and kind: columns ``subject_seed``, ``kind`` ("grown" or a control's
        name) and those of `measure`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        One row a control: measure, grown, value, their paired difference with its 95 % interval
        over Subjects and the smallest difference that would have been found, observed and
        grown_observed, n, verdict.
    """
    rng = np.random.default_rng([seed, 13])
    grown = measured[measured["kind"] == "grown"].set_index("subject_seed")
    rows = []
    for name, control in CONTROLS.items():
        own = measured[measured["kind"] == name].set_index("subject_seed")
        if own.empty:
            continue
        pair = grown.loc[own.index]
        gap = chance.paired_difference(
            pair[control.measure].to_numpy(), own[control.measure].to_numpy(), rng=rng
        )
        value = float(own[control.measure].mean())
        reference = float(pair[control.measure].mean())
        rows.append(
            {
                "control": name,
                "measure": control.measure,
                "grown": reference,
                "value": value,
                "difference": gap.mean,
                "low": gap.low,
                "high": gap.high,
                "detectable": gap.detectable,
                "observed": float(own["observed"].mean()),
                "grown_observed": float(pair["observed"].mean()),
                "n": len(own),
            }
        )
        rows[-1]["verdict"] = _verdict(rows[-1])
    return pd.DataFrame(rows)


def _verdict(row: Mapping[str, object]) -> str:
    value, grown = float(str(row["value"])), float(str(row["grown"]))
    observed, reference = float(str(row["observed"])), float(str(row["grown_observed"]))
    if row["measure"] in ("overlap", "match") and observed < FEWEST_OBSERVED * reference:
        return "no observation response"
    if not np.isfinite(value) or not np.isfinite(grown):
        return "not measurable"
    if grown <= 0:
        return "nothing to lose"
    if row["n"] == 1:
        return "falls" if value < LARGEST_LEFT * grown else "does not fall"
    falls = value < LARGEST_LEFT * grown and float(str(row["low"])) > 0
    return "falls" if falls else "does not fall"


def poisson_control(session: Session, *, area: str | None = "F5", seed: int = 0) -> Session:
    """Replace every unit by independent Poisson units with the same mean rate in each epoch.

    Each trial's spikes are drawn anew, with the rate that the unit has on average at that time of
    that condition and action; then the execution trials of each unit are given to another one of
    its area, so that the responsiveness in each context stays and their coincidence in a unit is
    chance. ``area=None`` keeps the units of all areas.
    """
    areas = session.units["area"].to_numpy()
    part = session if area is None else session.select(units=areas == area)
    rng = np.random.default_rng([seed, 17])
    n = len(part.units)
    partner = np.arange(n)
    for rows_of_area in part.units.groupby("area", sort=False).indices.values():
        partner[rows_of_area] = rng.permutation(rows_of_area)
    trials = part.trials
    labels = trials["condition"].astype(str) + "/" + trials["action"].astype(str)
    own = trials["agent"].to_numpy() == "monkey"
    step = 0.05
    times: list[np.ndarray] = []
    rows: list[np.ndarray] = []
    for label in labels.unique():
        chosen = np.flatnonzero(labels == label)
        start = trials["start_time"].to_numpy()[chosen]
        n_bins = round(float((trials["stop_time"] - trials["start_time"]).iloc[chosen[0]]) / step)
        borders = start + np.arange(n_bins + 1)[:, None] * step
        counts = part.counts(borders[:-1].ravel(), borders[1:].ravel())
        mean = counts.reshape(n_bins, len(start), n).mean(axis=1)
        mean = mean[:, partner] if own[chosen[0]] else mean
        for trial_start in start:
            drawn = rng.poisson(mean)
            bins, units = np.nonzero(drawn)
            repeat = drawn[bins, units]
            spread = rng.random(repeat.sum())
            times.append(trial_start + (np.repeat(bins, repeat) + spread) * step)
            rows.append(np.repeat(units, repeat))
    flat, who = np.concatenate(times), np.concatenate(rows)
    order = np.lexsort((flat, who))
    metadata = {**part.metadata, "subject_kind": "poisson"}
    return Session(part.units, trials, flat[order], who[order], metadata)
