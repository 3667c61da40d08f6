"""Units that share nothing: the same rates, drawn unit by unit."""

from __future__ import annotations

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.session.session import Session


@checked_arguments(seed=(0, 2**63))
def poisson_units(session: Session, *, seed: int) -> Session:
    """Replace every unit by independent Poisson units with the same mean rate in each epoch.

    Each trial's spikes are drawn anew, with the rate that the unit has on average at that time of
    that condition and action; then the execution trials of each unit are given to another one of
    its area, so that the responsiveness in each context stays and their coincidence in a unit is
    chance.

    Parameters
    ----------
    session : Session
    seed : int
        Of the draws.

    Returns
    -------
    Session
        Of the kind "poisson".
    """
    rng = np.random.default_rng([seed, 17])
    n = len(session.units)
    partner = np.arange(n)
    for rows_of_area in session.units.groupby("area", sort=False).indices.values():
        partner[rows_of_area] = rng.permutation(rows_of_area)
    trials = session.trials
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
        counts = session.counts(borders[:-1].ravel(), borders[1:].ravel())
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
    metadata = {**session.metadata, "subject_kind": "poisson"}
    return Session(session.units, trials, flat[order], who[order], metadata)
