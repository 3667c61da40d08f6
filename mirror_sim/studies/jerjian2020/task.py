"""Jerjian, Sahani & Kraskov 2020: execution, observation and NoGo with two objects, interleaved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from mirror_sim.analysis import muscle
from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.analysis.muscle import Muscle, change_at_rest, tracking
from mirror_sim.analysis.rates import Rates, psth
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import require_columns, unknown
from mirror_sim.scene.actions import Action, Thing
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.kinematics import hand_state
from mirror_sim.scene.trials import Protocol, Trial, shuffled
from mirror_sim.session.session import Session
from mirror_sim.studies.jerjian2020.classes import jerjian_classify
from mirror_sim.studies.jerjian2020.numbers import jerjian_rows
from mirror_sim.studies.jerjian2020.recording import (
    ALL_CONDITIONS,
    BASELINE_S,
    EXECUTION,
    MOVING,
    NOGO,
    JerjianRecording,
)

SOURCE = "Jerjian, Sahani & Kraskov 2020, eLife 9:e54139, doi 10.7554/eLife.54139"

# Trials of each object; the paper's least numbers but for execution (proportions 8:3:2).
N_TRIALS = {"execute-light": 27, "observe": 10, "nogo": 7}

_LCDON_S, _OBJECT_CUE_S, _GO_S = 0.6, 0.85, 1.65
_DURATION_S = 4.05
_REACTION_S, _HOLD_ON_S, _HOLD_S = 0.36, 0.06, 1.1

PG = Action(
    name="PG",
    general="grasping",
    way="precision",
    thing=Thing(name="trapezoid", size_cm=1.5, elongation=2.0, tilt_deg=45.0, source=SOURCE),
    aperture_hold_cm=1.5,
    aperture_margin_cm=2.5,
    wrist_deg=20.0,
    hold_s=_HOLD_S,
    source=SOURCE + "; sizes are estimates",
)
WHG = Action(
    name="WHG",
    general="grasping",
    way="whole hand",
    thing=Thing(name="sphere", size_cm=6.0, source=SOURCE),
    aperture_hold_cm=6.5,
    aperture_margin_cm=3.5,
    wrist_deg=60.0,
    hold_s=_HOLD_S,
    source=SOURCE + "; sizes are estimates",
)


def _trial(condition: str, action: Action, rng: np.random.Generator) -> Trial:
    onset = _GO_S + _REACTION_S + float(np.clip(rng.normal(0, 0.03), -0.08, 0.08))
    events = {
        "object_on": _OBJECT_CUE_S,
        "lcdon": _LCDON_S,
        "go": _GO_S,
        "movement_onset": onset,
        # The colour of the light at Go tells the monkey whether to move.
        "withhold_on": _GO_S,
    }
    trial = make_trial(condition, action, rng=rng, events_template=events, duration_s=_DURATION_S)
    hold_on = trial.events["contact"] + _HOLD_ON_S
    return replace(trial, events={**trial.events, "hold_on": hold_on})


@checked_arguments(seed=(0, 2**63))
def protocol(*, seed: int = 0) -> Protocol:
    """Return the task: 27 execution, 10 observation and 7 NoGo trials of each object, mixed.

    Parameters
    ----------
    seed : int
        Decides the movements' jitter and the order of trials.

    Examples
    --------
    >>> len(protocol())
    88
    """
    rng = np.random.default_rng([seed, 2020])
    trials = [
        _trial(condition, action, rng)
        for condition, n in N_TRIALS.items()
        for action in (PG, WHG)
        for _ in range(n)
    ]
    return Protocol(
        name="jerjian2020", trials=shuffled(trials, rng), align="contact", source=SOURCE
    )


@checked_arguments()
def wrist_speed(times_s: np.ndarray) -> np.ndarray:
    """Return the mean speed of the monkey's wrist in execution.

    Parameters
    ----------
    times_s : float array, shape (n_times,)
        Seconds from movement onset.

    Returns
    -------
    float array, shape (n_times,), cm/s
    """
    return np.mean(
        [
            hand_state(
                act.action,
                times_s,
                onset_s=0.0,
                movement_time_s=act.movement_time_s,
                hold_s=act.hold_s,
                rng=np.random.default_rng(act.seed),
            ).speed_cm_s
            for trial in protocol().trials
            for act in trial.acts
            if act.own
        ],
        axis=0,
    )


N_RECORDED = {"F5 PTN": 23, "F5 UID": 92, "M1-PTN": 59, "M1-UID": 128}


@checked_arguments(seed=(0, 2**63))
def recorded_units(units: pd.DataFrame, *, seed: int) -> np.ndarray:
    """Draw the units that an electrode would have met, before any response is known.

    The numbers are the paper's: 115 of F5, 23 of them pyramidal tract neurons, and of M1 59
    identified pyramidal tract neurons and 128 others.

    Parameters
    ----------
    units : DataFrame
        Units table of a session.
    seed : int

    Returns
    -------
    int array
        Row numbers, sorted.

    Raises
    ------
    ValueError
        If an area has too few units.
    """
    require_columns(units.columns, ("area", "cell_type"), "recorded_units: units")
    ptn = (units["cell_type"] == "PTN").to_numpy()
    area = units["area"].to_numpy()
    pools = {
        "F5 PTN": (area == "F5") & ptn,
        "F5 UID": (area == "F5") & ~ptn,
        "M1-PTN": (area == "M1") & ptn,
        "M1-UID": (area == "M1") & ~ptn,
    }
    rng = np.random.default_rng([seed, 304])
    chosen = []
    for name, pool in pools.items():
        rows = np.flatnonzero(pool)
        if len(rows) < N_RECORDED[name]:
            raise ValueError(
                f"{name}: the session has {len(rows)} units, the study records {N_RECORDED[name]}"
            )
        chosen.append(rng.choice(rows, N_RECORDED[name], replace=False))
    return np.sort(np.concatenate(chosen))


@checked_arguments()
def groups(units: pd.DataFrame) -> np.ndarray:
    """Return the paper's group of each unit: F5, M1-PTN, M1-UID, or "" elsewhere."""
    require_columns(units.columns, ("area", "cell_type"), "groups: units")
    m1 = np.where(units["cell_type"] == "PTN", "M1-PTN", "M1-UID")
    return np.where(units["area"] == "F5", "F5", np.where(units["area"] == "M1", m1, ""))


@checked_arguments(seed=(0, 2**63))
def classify(session: Session, *, seed: int) -> pd.DataFrame:
    """Class the units that an electrode would have met by the paper's analysis of variance.

    Parameters
    ----------
    session : Session
    seed : int
        Decides which units were met; see `recorded_units`.

    Returns
    -------
    DataFrame
        One row a recorded unit: as `mirror_sim.studies.jerjian2020.jerjian_classify`, with the
        columns row (in the session) and group (F5, M1-PTN, M1-UID).
    """
    recorded = recorded_units(session.units, seed=seed)
    met = session.select(units=recorded)
    table = jerjian_classify(met)
    table.insert(0, "row", recorded)
    table["group"] = groups(met.units)
    return table


# The released rates are stretched so that home-pad release and object displacement have one time.
_RELEASE_S, _DISPLACEMENT_S = 0.3569, 0.7625
# Seconds from Go where the alignment goes over to the next event: borders of both kinds of bins.
_SEAMS_S = (0.20, 0.55)


@checked_arguments(seed=(0, 2**63))
def recording(session: Session, *, seed: int) -> JerjianRecording:
    """Bring a session of the task into the form of the released recordings.

    Rates of trials with a movement are aligned to Go, to the release of the home pad and to the
    object's displacement in turn, which stand at the monkeys' mean times; NoGo to Go.

    Parameters
    ----------
    session : Session
        Of `protocol`.
    seed : int
        Decides which units were met; see `recorded_units`.

    Returns
    -------
    JerjianRecording
        For `mirror_sim.studies.jerjian2020.jerjian_rows`.

    Raises
    ------
    ValueError
        If a condition or an event is missing, or a condition has fewer than two trials.
    """
    trials = session.trials
    names = trials["condition"].astype(str) + "/" + trials["action"].astype(str)
    counts = names.value_counts()
    for name in ALL_CONDITIONS:
        if name not in counts:
            raise unknown("condition", name, counts.index, where="the session")
        if counts[name] < 2:
            raise ValueError(f"{name} has {counts[name]} trial; the test needs at least 2 of each")
    table = classify(session, seed=seed)
    met = session.select(units=table["row"].to_numpy())
    resting = Epoch(start="lcdon", stop="lcdon", start_offset_s=-BASELINE_S)
    before = epoch_rates(met, [resting])[:, 0]
    table["baseline_hz"] = np.mean([before[names == name].mean(axis=0) for name in MOVING], axis=0)
    lcdon_s = session.event_times("lcdon") - session.event_times("go")
    return JerjianRecording(
        rates=_released_rates(met, window_s=(-1.5, 2.25), step_s=0.05, sigma_s=0.0),
        smooth=_released_rates(met, window_s=(-1.5, 2.27), step_s=0.01, sigma_s=0.05),
        classification=table,
        lcdon_s=float(lcdon_s.mean()),
        displacement_s=_DISPLACEMENT_S,
    )


@checked_arguments()
def muscle_readout(session: Session, *, align: str, window_s: tuple[float, float]) -> Muscle:
    """Drive the muscles with all pyramidal tract neurons of M1.

    Parameters
    ----------
    session, align, window_s
        As in `mirror_sim.analysis.muscle_readout`.

    Returns
    -------
    Muscle
        One row a trial of the session.

    Raises
    ------
    ValueError
        If the session has no pyramidal tract neurons of M1, or a trial not the event.
    """
    units = "area == 'M1' and cell_type == 'PTN'"
    return muscle.muscle_readout(session, units, align=align, window_s=window_s)


@checked_arguments(seed=(0, 2**63))
def rows(session: Session, *, seed: int) -> dict[str, float]:
    """Return the targets' rows that a session of the task gives, and what the muscles would do.

    Parameters
    ----------
    session : Session
        Of `protocol`, with all units of the circuit.
    seed : int
        Decides which units were met.

    Returns
    -------
    dict
        The rows of `mirror_sim.studies.jerjian2020.jerjian_rows`; ``E1``, change of the muscle
        read-out where nobody moves (% of its peak); ``muscle.r`` and ``muscle.lag``
        (s), see `tracking`.
    """
    readout = muscle_readout(session, align="movement_onset", window_s=(-0.5, 1.2))
    condition = session.trials["condition"].to_numpy(dtype=str)
    course = readout.activity[condition == EXECUTION].mean(axis=0)
    r, lag_s = tracking(course, wrist_speed(readout.times_s))
    own = {
        "E1": change_at_rest(readout, condition, moving=EXECUTION),
        "muscle.r": r,
        "muscle.lag": lag_s,
    }
    return jerjian_rows(recording(session, seed=seed)) | own


def _released_rates(
    session: Session, *, window_s: tuple[float, float], step_s: float, sigma_s: float
) -> Rates:
    """Rates of the six conditions on the released time axis."""
    by = ["condition", "action"]
    still = session.trials["condition"].to_numpy(dtype=str) == NOGO
    start_s, stop_s = window_s
    borders_s = (start_s, *_SEAMS_S, stop_s)
    moving = session.select(trials=~still)
    parts = [
        psth(
            moving,
            align=event,
            window_s=(borders_s[k] - at_s, borders_s[k + 1] - at_s),
            step_s=step_s,
            sigma_s=sigma_s,
            by=by,
        )
        for k, (event, at_s) in enumerate(
            {"go": 0.0, "movement_onset": _RELEASE_S, "contact": _DISPLACEMENT_S}.items()
        )
    ]
    nogo = psth(
        session.select(trials=still),
        align="go",
        window_s=window_s,
        step_s=step_s,
        sigma_s=sigma_s,
        by=by,
    )
    joined = np.concatenate([part.values for part in parts], axis=1)
    return Rates(
        values=np.concatenate([joined, nogo.values]),
        conditions=(*parts[0].conditions, *nogo.conditions),
        times_s=nogo.times_s,
        units=session.units,
    )
