"""Gallese, Fadiga, Fogassi & Rizzolatti 1996, with di Pellegrino 1992 and Rizzolatti 1996.

The battery: every action of the repertoire done in the light and in the dark and seen done by a
human across; the objects alone; and the controls in which an F5 mirror neuron responded less or not
at all (a tool in place of the hand, a mimed action), or that growth never showed (a side view).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mirror_sim.analysis import variability
from mirror_sim.analysis.congruence import congruence_of
from mirror_sim.analysis.epochs import Epoch
from mirror_sim.analysis.responses import ResponseCriteria
from mirror_sim.analysis.shapes import check_same_shape
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.scene.actions import REPERTOIRE
from mirror_sim.scene.conditions import make_trial
from mirror_sim.scene.trials import Protocol, Trial, shuffled
from mirror_sim.session.session import Session
from mirror_sim.studies.gallese1996.classes import CRITERIA, GALLESE_EPOCHS, gallese_classify
from mirror_sim.subject.subject import Subject

SOURCE = "Gallese, Fadiga, Fogassi & Rizzolatti 1996, Brain 119:593, doi 10.1093/brain/119.2.593"

CELL_TYPES = ("FS", "PTN", "pyramidal")
CONTROLS = ("observe-tool", "observe-mime", "observe-side")
CONTROL_ACTIONS = ("grasp-precision", "grasp-whole-hand")

_EVENTS = {"object_on": 0.7, "movement_onset": 1.4, "dark_on": 0.0}
_DURATION_S = 3.2


@checked_arguments(n_trials=(1, 10_000), seed=(0, 2**63))
def protocol(n_trials: int = 10, *, seed: int = 0) -> Protocol:
    """Return the battery.

    Parameters
    ----------
    n_trials : int
        Trials of each action in each condition.
    seed : int
        Decides the movements' jitter and the order of trials.

    Returns
    -------
    Protocol
        Aligned to contact.

    Raises
    ------
    ValueError
        If `n_trials` is below 2.

    Examples
    --------
    >>> len(protocol(n_trials=2))
    68
    """
    if n_trials < 2:
        raise ValueError(f"n_trials is {n_trials}; the rule needs at least 2")
    rng = np.random.default_rng([seed, 1996])
    cases = [
        (condition, action)
        for condition in ("execute-light", "execute-dark", "observe")
        for action in REPERTOIRE
    ]
    one_a_thing = {action.thing.name: name for name, action in REPERTOIRE.items()}
    cases += [("object-alone", name) for name in one_a_thing.values()]
    cases += [(condition, action) for condition in CONTROLS for action in CONTROL_ACTIONS]
    trials: list[Trial] = []
    for condition, action in cases:
        trials += [
            make_trial(condition, action, rng=rng, events_template=_EVENTS, duration_s=_DURATION_S)
            for _ in range(n_trials)
        ]
    return Protocol(
        name="gallese1996", trials=shuffled(trials, rng), align="contact", source=SOURCE
    )


@checked_arguments()
def classify(
    session: Session,
    *,
    execution: str = "execute-light",
    criteria: ResponseCriteria = CRITERIA,
    epochs: Sequence[Epoch] = GALLESE_EPOCHS,
) -> pd.DataFrame:
    """Class the units by the present/absent rule, and the mirror ones by congruence.

    Parameters
    ----------
    session : Session
        Of `protocol`, or of another one with its conditions.
    execution, criteria, epochs
        As in `gallese_classify`.

    Returns
    -------
    DataFrame
        As `mirror_sim.studies.gallese1996.gallese_classify`, with the column congruence: "strict",
        "broad", "non-congruent", or "" where the unit is not mirror.
    """
    session.require(trials=["general_action"])
    table = gallese_classify(session, execution=execution, criteria=criteria, epochs=epochs)
    trials = session.trials
    general = dict(zip(trials["action"], trials["general_action"], strict=True))
    table["congruence"] = congruence_of(
        table["effective_executed"].tolist(),
        table["effective_observed"].tolist(),
        table["mirror"].to_numpy(),
        general,
    )
    return table


def rows(table: pd.DataFrame) -> dict[str, float]:
    """Return the rows G1 to G4 of the published numbers, in %, from classed F5 units.

    ``G1.dark`` is the share that responds in the dark as well, ``G1.kept`` the share of mirror
    units that keep their execution response in the dark. ``G1.FS`` and so on are the shares of each
    cell type, and ``G1.types`` is how unequal they are, see `inequality`.
    """
    units = table[table["area"] == "F5"]
    mirror = units["mirror"].astype(bool)
    found = {
        "G1": 100 * mirror.mean(),
        "G1.dark": 100 * units["mirror_dark"].astype(bool).mean(),
        "G1.kept": 100 * (units["effective_dark"][mirror].map(len) > 0).mean(),
    }
    kind = units["cell_type"] if "cell_type" in units else pd.Series("", index=units.index)
    found |= {f"G1.{name}": 100 * mirror[kind == name].mean() for name in CELL_TYPES}
    found["G1.types"] = inequality(mirror.to_numpy(), kind.to_numpy(dtype=str))
    for row, name in {"G2": "strict", "G3": "broad", "G4": "non-congruent"}.items():
        found[row] = 100 * (units["congruence"][mirror] == name).mean()
    return {name: float(value) for name, value in found.items()}


@checked_arguments()
def inequality(flags: np.ndarray, kinds: Sequence[str] | np.ndarray) -> float:
    """Compare the share of flagged units between kinds of units.

    Of each kind, the flagged units are counted against those expected if every kind had the share
    of all; one is added to both, so that a kind with none has a number too.

    Parameters
    ----------
    flags : bool array, shape (n_units,)
    kinds : sequence of str, one a unit

    Returns
    -------
    float
        Largest over smallest of these ratios: 1 if all shares are equal. NaN if there are fewer
        than two kinds, or no unit is flagged.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> inequality(np.arange(20) % 10 < 5, np.repeat(["one", "other"], 10))
    1.0
    """
    flags, kinds = np.asarray(flags, dtype=bool), np.asarray(kinds, dtype=str)
    check_same_shape("inequality", 1, flags=flags, kinds=kinds)
    names, of = np.unique(kinds, return_inverse=True)
    if len(names) < 2 or not flags.any():
        return float("nan")
    expected = flags.mean() * np.bincount(of)
    ratio = (np.bincount(of, weights=flags) + 1) / (expected + 1)
    return float(ratio.max() / ratio.min())


@checked_arguments()
def baseline_variability(session: Session) -> pd.DataFrame:
    """Describe the firing of every area in the half second before the object is shown.

    Returns
    -------
    DataFrame
        As `mirror_sim.analysis.baseline_variability`.
    """
    return variability.baseline_variability(session, GALLESE_EPOCHS[0])


@checked_arguments(n_trials=(1, 10_000), jobs=(1, 10_000))
def learning_curve(subject: Subject, *, n_trials: int = 10, jobs: int = 1) -> pd.DataFrame:
    """Give the battery to a Subject as it was at each checkpoint of its growth.

    Parameters
    ----------
    subject : Subject
        A grown one.
    n_trials, jobs : int
        As in `protocol` and `Subject.run`.

    Returns
    -------
    DataFrame
        One row a checkpoint: own actions so far, the rows of `rows` (%), and the mean weight (nS)
        of each kind of plastic synapses, as in the curve of `Growth`.

    Raises
    ------
    ValueError
        If the Subject did not grow.
    """
    checkpoints = subject.checkpoints
    battery = protocol(n_trials)
    found = []
    for n_actions, state in checkpoints.items():
        shares = rows(classify(subject.at(n_actions).run(battery, jobs=jobs)))
        plastic = sorted(name for name in state if name.endswith(".w"))
        weights = {f"{n.removesuffix('.w')}_nS": float(state[n].mean() * 1e9) for n in plastic}
        found.append({"actions": n_actions, **shares, **weights})
    return pd.DataFrame(found)
