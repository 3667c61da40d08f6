"""What is read from the batteries: units that respond to what is done and to what is seen."""

from __future__ import annotations

from collections.abc import Mapping

from mirror_sim.session.session import Session
from mirror_sim.studies.controls.battery import measure
from mirror_sim.studies.rest import rest_hz

CELLS = ("F5.E", "F5.PTN", "F5.FS")


def rows(sessions: Mapping[str, Session], *, seed: int) -> dict[str, float]:
    """Return the numbers of the claim.

    Returns
    -------
    dict
        ``overlap`` (units of F5 facilitated both in execution in the dark and in observation, above
        chance, %), ``observed`` and ``executed`` (the two shares, %), ``match`` (agreement of what
        a unit does with what it does when it sees the same, above chance); ``overlap.seen``
        and ``match.seen`` (the same of a Subject that saw its own acts); and ``rest.F5``, the mean
        rate before the object is shown, spikes/s.
    """
    found = measure(sessions["opaque"], seed=seed)
    rows = {name: 100 * found[name] for name in ("overlap", "observed", "executed")}
    rows |= {"match": found["match"], "rest.F5": rest_hz(sessions["opaque"], CELLS)}
    if "seen" in sessions:
        own = measure(sessions["seen"], seed=seed)
        rows |= {"overlap.seen": 100 * own["overlap"], "match.seen": own["match"]}
    return rows
