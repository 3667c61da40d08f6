"""What is read from the probes: mirroring, the modulation by context, and what a lesion leaves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mirror_sim.analysis.congruence import profile_match
from mirror_sim.analysis.decoding import cross_decoding, standardised_within
from mirror_sim.analysis.epochs import epoch_rates
from mirror_sim.analysis.population import percent
from mirror_sim.session.session import Session
from mirror_sim.studies.controls.battery import ACTIONS
from mirror_sim.studies.gallese1996 import GALLESE_EPOCHS, gallese_classify
from mirror_sim.studies.rest import rest_hz

CELLS = ("F5.E", "F5.PTN")
DONE, FREE, RESTRAINED = "execute-dark", "observe", "observe, not to be answered"

SHARE_DRIVEN = 0.05
"""Of all pairs of a cell and an act, those in which the act drives the cell most are looked at."""
LEAST_MATCH, LEAST_MODULATION = 0.05, 10.0
"""Where a whole Subject has less, nothing can be said in shares of it."""
_MOST_FOLDS = 8


def rows(sessions: Mapping[str, Session], *, seed: int) -> dict[str, float]:
    """Return the numbers of the claim.

    Returns
    -------
    dict
        ``match`` (correlation of what cells prefer among acts done in the dark and seen, of cells
        that a seen act drives); ``modulation`` (what the context takes from their response to it,
        %); ``mirror`` (cells with a clear response to an act done in the dark and to one seen, % of
        F5); ``decoded`` (trials in which the cells tell which of four acts is seen, %); ``rest.F5``
        (spikes/s); the same with ``.lesion`` added, after the lesion; ``lost`` (what the lesion
        takes from the response to seen acts, %); ``kept.match`` and ``kept.modulation`` (what it
        leaves of both, %); ``profile`` (the one minus the other: above 0 where mirroring is spared
        and modulation is lost); and ``profile.top-down``, the same of the lesion of the context.
    """
    looked_at = driven(sessions["before"])
    found = _measured(sessions["whole"], looked_at, seed=seed)
    after = _measured(sessions["lesion"], looked_at, seed=seed)
    drive = {name: drive_hz(sessions[name], looked_at) for name in ("whole", "lesion")}
    kept = _kept(found, after)
    top_down = _kept(found, _measured(sessions["top-down"], looked_at, seed=seed))
    return {
        **found,
        **{f"{name}.lesion": value for name, value in after.items()},
        **{f"kept.{name}": value for name, value in kept.items()},
        "lost": 100 * (1 - drive["lesion"] / drive["whole"]),
        "profile": kept["match"] - kept["modulation"],
        "profile.top-down": top_down["match"] - top_down["modulation"],
    }


def changes(session: Session, condition: str) -> np.ndarray:
    """Return each cell's mean change from baseline over reach and hold, cells x acts, spikes/s."""
    own = session.trials["condition"].to_numpy(str) == condition
    action = session.trials["action"].to_numpy(str)[own]
    rates = epoch_rates(_cells(session), GALLESE_EPOCHS, trials=own)
    change = rates[:, 1:].mean(axis=1) - rates[:, 0]
    return np.stack([change[action == act].mean(axis=0) for act in ACTIONS], axis=1)


def driven(session: Session) -> np.ndarray:
    """Return in which pairs of a cell and a seen act the act drives the cell most, cells x acts."""
    change = changes(session, FREE)
    most: np.ndarray = change >= np.quantile(change, 1 - SHARE_DRIVEN)
    return most


def drive_hz(session: Session, looked_at: np.ndarray) -> float:
    """Return the mean response to seen acts of the pairs that are looked at, spikes/s."""
    return float(changes(session, FREE)[looked_at].mean())


def _measured(session: Session, looked_at: np.ndarray, *, seed: int) -> dict[str, float]:
    done, free = changes(session, DONE), changes(session, FREE)
    restrained = changes(session, RESTRAINED)[looked_at].mean()
    cells = looked_at.any(axis=1)
    table = gallese_classify(_cells(session), execution=DONE)
    return {
        "match": profile_match(done[cells], free[cells]),
        "modulation": 100 * float(1 - restrained / free[looked_at].mean()),
        "mirror": percent(table["mirror"].astype(bool)),
        "decoded": _decoded(session, seed=seed),
        "rest.F5": rest_hz(session, CELLS),
    }


def _kept(whole: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what a lesion leaves of the match and of the modulation, %."""
    least = {"match": LEAST_MATCH, "modulation": LEAST_MODULATION}
    return {
        name: 100 * after[name] / whole[name] if whole[name] >= lowest else float("nan")
        for name, lowest in least.items()
    }


def _decoded(session: Session, *, seed: int) -> float:
    own = session.trials["condition"].to_numpy(str) == FREE
    action = session.trials["action"].to_numpy(str)[own]
    rates = epoch_rates(_cells(session), GALLESE_EPOCHS, trials=own)
    context = np.full(len(action), FREE)
    activity = standardised_within(rates[:, 1:].mean(axis=1) - rates[:, 0], context)
    n_folds = min(_MOST_FOLDS, int(np.unique(action, return_counts=True)[1].min()))
    found = cross_decoding(
        activity[:, None],
        action,
        context,
        rng=np.random.default_rng([seed, 53]),
        n_folds=n_folds,
        n_resamples=4,
    )
    return 100 * float(found[FREE, FREE][0])


def _cells(session: Session) -> Session:
    return session.select(units=f"population in {list(CELLS)}")
