"""A claim: a study that puts what is popularly said of mirror neurons on trial.

Its label follows from its numbers by one rule, `mirror_sim.studies.verdict.verdict`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from mirror_sim.base.errors import unknown
from mirror_sim.base.records import check_fields, record
from mirror_sim.studies.study import Study, known_studies

KINDS = ("fixed", "learns", "by way of the world")
"""How parts of a wiring may be linked."""

LEVELS = ("read", "third party", "from memory")
"""How a fact of the literature is known: from the paper itself, from another one, or recalled."""

SUBSTRATES = ("mechanism", "toy", "speculative")
"""What a claim that holds is: of a circuit that grew by its own experience and whose cells are
known; of a small circuit whose cells are guesses; or of one for which no cell is known."""


@record
class Evidence:
    """One fact of the literature.

    Parameters
    ----------
    text : str
        What was found, in a sentence.
    source : str
        The paper.
    level : {"read", "third party", "from memory"}
    """

    text: str
    source: str
    level: str

    def __post_init__(self) -> None:
        check_fields(self, "Evidence", may_be_empty=())
        if self.level not in LEVELS:
            raise unknown("level", self.level, LEVELS, where=f"Evidence of {self.source}")


@record
class Dose:
    """How an effect grows with something: an axis of a sweep.

    Parameters
    ----------
    axis : str
        As `mirror_sim.sweep` takes it.
    values : tuple of int or float
    row : str
        The study's row that is drawn against it.
    label : str
        Names the axis in figures.
    """

    axis: str
    values: tuple[int | float, ...]
    row: str
    label: str

    def __post_init__(self) -> None:
        check_fields(self, f"Dose {self.axis!r}")
        if len(self.values) < 2:
            raise ValueError(f"Dose {self.axis!r}.values is {self.values}; it needs at least two")


@record
class Wiring:
    """A picture of what is wired.

    Parameters
    ----------
    places : mapping of str to (float, float)
        Where each part stands, 0 to 1 from left to right and from bottom to top.
    links : tuple of (str, str, str)
        From where, to where, and how: "fixed", "learns" or "by way of the world".
    """

    places: Mapping[str, tuple[float, float]]
    links: tuple[tuple[str, str, str], ...]

    def __post_init__(self) -> None:
        check_fields(self, "Wiring")
        for pre, post, kind in self.links:
            for end in (pre, post):
                if end not in self.places:
                    raise unknown("part", end, self.places, where="Wiring.links")
            if kind not in KINDS:
                raise unknown("kind of link", kind, KINDS, where=f"Wiring, {pre} to {post}")


@record
class Arm:
    """One more kind of Subject that is shown beside the claim's, without being a control.

    Parameters
    ----------
    name : str
        Of a control of the study, whose `row` it is shown by.
    rows : tuple of str
        The rows that are printed of it, beside the grown Subjects'.
    """

    name: str
    rows: tuple[str, ...]

    def __post_init__(self) -> None:
        check_fields(self, f"Arm {self.name!r}")


@record
class Claim(Study):
    """A popular claim, as an experiment.

    Parameters as in `mirror_sim.studies.study.Study`, and:

    Parameters
    ----------
    claim : str
        The claim in the words of a popular account; it is printed in quotation marks.
    effect : str
        The row that must be above 0 if the claim holds, and that its controls must not have.
    power : str
        The row of the positive control: only where it is above 0 can the effect be looked for.
    substrate : {"mechanism", "toy", "speculative"}
        What the claim is if it holds.
    evidence : tuple of Evidence
    account : str
        What the literature says, in two sentences.
    settings_tried : int
        How many settings were tried while the experiment was made.
    drive : tuple of str
        Rows that say how much cells fire where nothing is done; a control in which one differs
        by more than a tenth is not matched and says nothing.
    wiring : Wiring
        Drawn in the claim's figure.
    units : mapping of str to str
        What the figure writes on the axis of a row.
    shown : tuple of Arm
        Controls of the study that are measured and shown but not judged.
    also : tuple of str
        Further rows that the figure shows, of the claim's Subjects.
    dose : Dose, optional
    grown : str
        What the figure calls the claim's Subjects.

    Raises
    ------
    ValueError
        If a value is not valid, or the claim has no negative control.

    Examples
    --------
    >>> Claim(name="yawning", protocol=object, rows=len, claim="they yawn", effect="more",
    ...       power="yawn", substrate="toy", account="Open.", settings_tried=1,
    ...       wiring=Wiring(places={}, links=()))
    Traceback (most recent call last):
    ValueError: Claim 'yawning' has no control that must fail; a claim needs at least one
    """

    claim: str
    effect: str
    power: str
    substrate: str
    account: str
    settings_tried: int
    wiring: Wiring
    units: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    drive: tuple[str, ...] = ()
    shown: tuple[Arm, ...] = ()
    also: tuple[str, ...] = ()
    dose: Dose | None = None
    grown: str = "grown"

    def __post_init__(self) -> None:
        super().__post_init__()
        where = f"Claim {self.name!r}"
        if self.substrate not in SUBSTRATES:
            raise unknown("substrate", self.substrate, SUBSTRATES, where=where)
        names = [control.name for control in self.controls]
        for arm in self.shown:
            if arm.name not in names:
                raise unknown("control", arm.name, names, where=f"{where}.shown")
        if not self.negative:
            raise ValueError(f"{where} has no control that must fail; a claim needs at least one")

    @property
    def negative(self) -> tuple[str, ...]:
        """Names of the controls that must not have the effect."""
        shown = {arm.name for arm in self.shown}
        return tuple(control.name for control in self.controls if control.name not in shown)


def known_claims() -> list[Claim]:
    """Return those of the known studies that are claims."""
    return [study for study in known_studies() if isinstance(study, Claim)]
