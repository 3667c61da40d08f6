"""The short battery that the controls are judged by, and what is read from it."""

from __future__ import annotations

import numpy as np

from mirror_sim.analysis import chance
from mirror_sim.analysis.epochs import epoch_rates
from mirror_sim.analysis.muscle import change_at_rest
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol, shuffled
from mirror_sim.session.session import Session
from mirror_sim.studies.gallese1996 import GALLESE_EPOCHS, gallese_classify
from mirror_sim.studies.jerjian2020 import muscle_readout

ACTIONS = ("grasp-precision", "grasp-whole-hand", "manipulate-finger", "manipulate-bimanual")
N_TRIALS = 10
# In fewer trials of each object few units are found that it drives.
LEAST_ALONE = 5


@checked_arguments(n_trials=(1, 10_000), seed=(0, 2**63))
def protocol(*, seed: int = 0, n_trials: int = N_TRIALS) -> Protocol:
    """Return the battery: four actions in the dark and observed, and their objects alone."""
    rng = np.random.default_rng([seed, 7])
    events = {"object_on": 0.7, "movement_onset": 1.4, "dark_on": 0.0}
    n_alone = max(n_trials // 2, min(n_trials, LEAST_ALONE))
    trials = [
        make_trial(condition, action, rng=rng, events_template=events, duration_s=3.2)
        for condition in ("execute-dark", "observe", "object-alone")
        for action in ACTIONS
        for _ in range(n_trials if condition != "object-alone" else n_alone)
    ]
    return Protocol(name="controls", trials=shuffled(trials, rng), align="contact")


@checked_arguments(seed=(0, 2**63))
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


@checked_arguments(seed=(0, 2**63))
def rows(session: Session, *, seed: int) -> dict[str, float]:
    """Return the numbers of `measure`, and ``muscle.rest``: see `change_at_rest`."""
    muscle = muscle_readout(session, align="movement_onset", window_s=(-0.5, 1.2))
    condition = session.trials["condition"].to_numpy(dtype=str)
    at_rest = change_at_rest(muscle, condition, moving="execute-dark")
    return measure(session, seed=seed) | {"muscle.rest": at_rest}
