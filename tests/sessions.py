"""Small sessions for the tests."""

import numpy as np
import pandas as pd

from mirror_sim.session.session import Session
from mirror_sim.subject.recording import trial_row

METADATA = {
    "study": "gallese1996",
    "subject_id": "sim-1",
    "subject_seed": 1,
    "circuit": "macaque",
    "circuit_digest": "ab12",
    "dt_ms": 0.1,
    "source": "Gallese et al. 1996, doi 10.1093/brain/119.2.593.",
}


def make_units(n):
    return pd.DataFrame(
        {
            "unit_id": np.arange(n) + 10,
            "area": ["F5", "M1", "PFG"][:n] + ["F5"] * (n - 3),
            "population": "F5.E",
            "cell_type": "PTN",
            "x_um": np.linspace(0.1, 1.0, n),
            "y_um": 0.25,
            "z_um": [np.nan] + [0.5] * (n - 1),
        }
    )


def make_trials(n):
    start = np.arange(n) * 2.0 + 0.5
    return pd.DataFrame(
        {
            "start_time": start,
            "stop_time": start + 1.5,
            "condition": ["observe" if k % 2 else "execute-light" for k in range(n)],
            "agent": ["human" if k % 2 else "monkey" for k in range(n)],
            "action": "grasp-precision",
            "general_action": "grasping",
            "way": "",
            "object": "raisin – small",
            "viewpoint_deg": [180.0 if k % 2 else 0.0 for k in range(n)],
            "distance_m": 0.6,
            "tool": False,
            "hand_visible": True,
            "object_visible": [k % 3 > 0 for k in range(n)],
            "seed": np.arange(n) * 7,
            "contact_time": start + 0.75,
            "cue_time": [np.nan if k == 0 else s for k, s in enumerate(start)],
        }
    )


def make_spikes(rng, n_units, duration_s, rate_hz):
    trains = [np.unique(rng.uniform(0, duration_s, rng.poisson(duration_s * rate_hz)))]
    trains += [
        np.unique(rng.uniform(0, duration_s, rng.poisson(duration_s * rate_hz)))
        for _ in range(n_units - 1)
    ]
    if n_units > 2:
        trains[1] = trains[1][:0]  # a unit that never fires
    return np.concatenate(trains), np.repeat(np.arange(n_units), [len(t) for t in trains])


def make_session(n_units=4, n_trials=6, *, seed=1, rate_hz=8.0, **metadata):
    trials = make_trials(n_trials)
    times, rows = make_spikes(
        np.random.default_rng(seed), n_units, trials["stop_time"].max(), rate_hz
    )
    return Session(make_units(n_units), trials, times, rows, METADATA | metadata)


def remade(session, **changes):
    given_ = {
        name: getattr(session, name)
        for name in ("units", "trials", "spike_times", "spike_units", "metadata", "duration_s")
    }
    return Session(**(given_ | changes))


def session_of_rates(units, trials, rates, rng):
    """Draw the spikes of trials in a row from the rates of each, in bins of 0.1 s, bins x units."""
    table, times, who, start = [], [], [], 0.0
    for trial in trials:
        table.append(trial_row(trial, start))
        counts = rng.poisson(rates(trial) * 0.1)
        bins, unit = np.nonzero(counts)
        repeat = counts[bins, unit]
        times.append(start + (np.repeat(bins, repeat) + rng.random(repeat.sum())) * 0.1)
        who.append(np.repeat(unit, repeat))
        start += trial.duration_s
    flat, who = np.concatenate(times), np.concatenate(who)
    order = np.lexsort((flat, who))
    return Session(units, pd.DataFrame(table), flat[order], who[order], {})
