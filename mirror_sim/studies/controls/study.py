"""The controls of the default circuit, each judged by the row that it can speak to."""

from __future__ import annotations

from mirror_sim.scene.trials import Protocol
from mirror_sim.studies.controls.battery import N_TRIALS, protocol, rows
from mirror_sim.studies.controls.poisson import poisson_units
from mirror_sim.studies.study import Control, Study
from mirror_sim.subject.subject import Subject


def naive_weights(grown: Subject) -> Subject:
    """Put the plastic weights of before growth into a grown Subject."""
    return grown.with_naive_weights()


def permuted_weights(grown: Subject) -> Subject:
    """Permute the grown weights over each projection."""
    return grown.permuted()


def permuted_within_cells(grown: Subject) -> Subject:
    """Permute the grown weights among the synapses of each cell."""
    return grown.permuted(within_cell=True)


def sts_output_cut(grown: Subject) -> Subject:
    """Take away all vision of hands."""
    return grown.cut("STS")


def command_cut(grown: Subject) -> Subject:
    """Take the own command away from F5."""
    return grown.cut("F6.command", "F5")


CONTROLS = (
    Control(name="Poisson units", session=poisson_units, row="overlap", guard="observed"),
    Control(name="naive weights", change=naive_weights, row="overlap", guard="observed"),
    Control(name="permuted weights", change=permuted_weights, row="overlap", guard="observed"),
    Control(
        name="permuted within cells", change=permuted_within_cells, row="match", guard="observed"
    ),
    Control(name="STS output cut", row="observation", change=sts_output_cut),
    Control(name="command cut", row="dark", change=command_cut),
    Control(name="no vision", growth={"vision": "none"}, row="overlap", guard="observed"),
    Control(name="late vision", growth={"vision": "late"}, row="overlap", guard="observed"),
    Control(name="shuffled pairing", growth={"shuffled": True}, row="match", guard="observed"),
)
"""The controls of the package; those with another growth cost one each."""


def battery(n_trials: int = N_TRIALS) -> Protocol:
    """Return the battery, the same trials for every Subject."""
    return protocol(n_trials=n_trials)


STUDY = Study(
    name="controls",
    protocol=battery,
    rows=rows,
    targets="targets.csv",
    controls=CONTROLS,
    reads=("F5",),
    source="the controls that a claim about mirror neurons must survive, in about a minute",
)
