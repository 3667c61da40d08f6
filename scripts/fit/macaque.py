"""What `mirror-sim fit scripts/fit/macaque.toml` measures: both papers' rows in less time.

Left out are the conditions of Gallese et al. 1996 that no fitted row reads. Added is the match of
what a unit does in the dark and what it does when it sees the same: a unit that sees its own hand
would match without any command.
"""

from pathlib import Path

from mirror_sim import Protocol, Session, Study
from mirror_sim.studies import gallese1996, jerjian2020
from mirror_sim.studies.selectivity.day import classes, read
from mirror_sim.studies.selectivity.measures import matches

PARTS = {part.name: part for part in (gallese1996.STUDY, jerjian2020.STUDY)}
KEPT = ("execute-light", "execute-dark", "observe", "object-alone")


def battery(n_trials: int = 10) -> Protocol:
    """Return the battery without its control conditions."""
    whole = gallese1996.protocol(n_trials)
    kept = tuple(trial for trial in whole if trial.condition in KEPT)
    return Protocol(name=whole.name, trials=kept, align=whole.align, source=whole.source)


def dark_match(session: Session, *, seed: int) -> float:
    """Return the match of profiles over actions, above chance, of F5 units that respond in both."""
    day = read(session)
    return matches(day, classes(day), seed=seed)["match.F5"]


def rows(sessions: dict[str, Session], *, seed: int) -> dict[str, float]:
    """Return the rows of both papers, and the match in the dark."""
    found = {"match.dark": dark_match(sessions["gallese1996"], seed=seed)}
    for name, part in PARTS.items():
        found |= part.measure({name: sessions[name]}, seed=seed)
    return found


STUDY = Study(
    name="macaque_in_short",
    protocol={"gallese1996": battery, "jerjian2020": jerjian2020.STUDY.functions["jerjian2020"]},
    rows=rows,
    targets=tuple(str(Path(part.place).with_name("targets.csv")) for part in PARTS.values()),
    source=f"{gallese1996.SOURCE}; {jerjian2020.SOURCE}",
)
