"""What is read from a session: each trial's rates in epochs and in parts of its phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mirror_sim.analysis.decoding import warped_rates
from mirror_sim.analysis.epochs import Epoch, epoch_rates
from mirror_sim.session.session import Session
from mirror_sim.studies.pomper2023.task import CONTEXTS
from mirror_sim.studies.reading import Trials, named_conditions, units_by_area

AREA = "F5"
AREAS = ("STS", "PFG", AREA, "M1")

PHASES: Mapping[str, Epoch] = {
    "approach": Epoch(start="movement_onset", stop="contact"),
    "manipulation": Epoch(start="contact", stop="hold_on"),
    "hold": Epoch(start="hold_on", stop="reward"),
}
"""The phases of an act; each is cut into four parts, 12 bins in all."""
BINS_A_PHASE = 4

_BASELINE = Epoch(start="cue", stop="cue", start_offset_s=-0.75, stop_offset_s=-0.25)
_HOLD = Epoch(start="hold_on", stop="hold_on", stop_offset_s=0.15)


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording(Trials):
    """A session's rates.

    Parameters
    ----------
    epoch_hz : float array, shape (n_trials, 5, n_units)
        Baseline, approach, both halves of the manipulation, and the start of the hold.
    bin_hz : float array, shape (n_trials, 12, n_units)
        In the quarters of each of `PHASES`.
    """

    epoch_hz: np.ndarray
    bin_hz: np.ndarray

    @property
    def acts(self) -> list[str]:
        """The acts, sorted."""
        return [str(name) for name in np.unique(self.act)]

    def by_act(self, rates: np.ndarray, context: str) -> list[np.ndarray]:
        """Return a context's trials of some rates, one array an act, in the order of `acts`."""
        own = self.condition == context
        return [rates[own & (self.act == name)] for name in self.acts]


def read(session: Session) -> Recording:
    """Read a session.

    Parameters
    ----------
    session : Session
        Of `mirror_sim.studies.pomper2023.protocol`.

    Raises
    ------
    ValueError
        If it has no unit of F5, a trial of another condition, or lacks a column or an event.
    """
    session.require(trials=["condition", "action"])
    units = units_by_area(session, AREAS, needed=AREA)
    context = named_conditions(session, {name: context for context, name in CONTEXTS.items()})
    plain = epoch_rates(session, [_BASELINE, PHASES["approach"], _HOLD])
    halves = warped_rates(session, PHASES["manipulation"], n_bins=2)[1]
    quarters = [warped_rates(session, phase, n_bins=BINS_A_PHASE)[1] for phase in PHASES.values()]
    return Recording(
        epoch_hz=np.concatenate([plain[:, :2], halves, plain[:, 2:]], axis=1),
        bin_hz=np.concatenate(quarters, axis=1),
        condition=context,
        act=session.trials["action"].to_numpy(dtype=str),
        units=units,
    )
