"""What became of a claim, by one rule from its numbers; nobody types a label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mirror_sim.analysis import chance
from mirror_sim.studies.claim import Claim
from mirror_sim.studies.judge import judge
from mirror_sim.studies.study import Results

NOT_SUPPORTED, NO_POWER, EXAMPLE = "not supported", "no power", "example"

# Populations of a control may fire by this share more or less than the grown Subject's.
MATCHED_WITHIN = 0.1
FEWEST_SUBJECTS = 5

_NUMBERS = ("mean", "low", "high")
COLUMNS = ("claim", "label", "why", "n", "role", "name", "row", *_NUMBERS, "judge")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of a claim.

    Attributes
    ----------
    label : str
        The claim's substrate if it holds; else "not supported", "no power", or, of too few
        Subjects, "example".
    why : str
    effect, power : (float, float, float)
        Mean over the Subjects, and its 95 % interval.
    n : int
        Subjects.
    controls : DataFrame
        What `mirror_sim.studies.judge.judge` says of the negative controls, with ``left``, the
        mean of each with its interval (``left_low``, ``left_high``), and ``speaks``, whether it
        can: "yes", or why not.
    """

    label: str
    why: str
    effect: tuple[float, float, float]
    power: tuple[float, float, float]
    n: int
    controls: pd.DataFrame


def verdict(claim: Claim, found: pd.DataFrame, *, quick: bool = False) -> Verdict:
    """Judge a claim by its numbers over Subjects.

    In this order: of fewer than five Subjects, or of a shortened run, it is an "example". If the
    positive control's interval is not above 0, or a negative control cannot speak (it was not run,
    its drive was not matched, or what guards it is lost), the experiment has "no power". If the
    effect's interval is not above 0, or a negative control has the effect, the claim is "not
    supported". A negative control has it unless it keeps less than a third of it, the interval of
    the paired difference is above 0, and its own interval is not. Otherwise the claim's substrate
    is its label.

    Parameters
    ----------
    claim : Claim
    found : DataFrame
        One row a Subject and kind: ``subject_seed``, ``subject_kind`` ("grown" or a control's name)
        and the study's rows.
    quick : bool
        Whether the run was shortened.

    Returns
    -------
    Verdict
    """
    grown = found[found["subject_kind"] == "grown"]
    effect, power = (mean_of(grown[row]) for row in (claim.effect, claim.power))
    controls = _controls(claim, found)
    label, why = _label(claim, effect, power, controls, len(grown))
    if quick:
        label, why = EXAMPLE, "a shortened run shows the path, not a result"
    return Verdict(
        label=label, why=why, effect=effect, power=power, n=len(grown), controls=controls
    )


def judged(results: Results) -> Verdict:
    """Judge the claim that a run was of."""
    claim = results.study
    assert isinstance(claim, Claim)
    return verdict(claim, results.found, quick=results.quick)


def _label(
    claim: Claim,
    effect: tuple[float, float, float],
    power: tuple[float, float, float],
    controls: pd.DataFrame,
    n: int,
) -> tuple[str, str]:
    if n < FEWEST_SUBJECTS:
        return EXAMPLE, f"a label needs {FEWEST_SUBJECTS} Subjects; there are {n}"
    if not power[1] > 0:
        return NO_POWER, f"the positive control ({claim.power}) does not move"
    mute = controls[controls["speaks"] != "yes"]
    if len(mute):
        first = mute.iloc[0]
        return NO_POWER, f"the control {first['control']!r} cannot speak: {first['speaks']}"
    if not effect[1] > 0:
        return NOT_SUPPORTED, f"the effect ({claim.effect}) is not there"
    having = controls[(controls["verdict"] != "falls") | (controls["left_low"] > 0)]
    if len(having):
        names = ", ".join(repr(name) for name in having["control"])
        return NOT_SUPPORTED, f"controls have the effect, too: {names}"
    return claim.substrate, f"the effect is there, and none of {len(controls)} controls has it"


def _controls(claim: Claim, found: pd.DataFrame) -> pd.DataFrame:
    negative = [control for control in claim.controls if control.name in claim.negative]
    table = judge(found, negative).set_index("control").reindex(claim.negative)
    rows = []
    for control in negative:
        own = found[found["subject_kind"] == control.name]
        left = mean_of(own[control.row]) if len(own) else (np.nan, np.nan, np.nan)
        speaks = _speaks(claim, found, own, str(table.loc[control.name, "verdict"]))
        rows.append({"left": left[0], "left_low": left[1], "left_high": left[2], "speaks": speaks})
    return table.assign(**pd.DataFrame(rows, index=table.index)).reset_index()


def _speaks(claim: Claim, found: pd.DataFrame, own: pd.DataFrame, judged: str) -> str:
    if own.empty:
        return "it was not run"
    if judged in ("not measurable", "no observation response"):
        return judged
    grown = found[found["subject_kind"] == "grown"].set_index("subject_seed")
    like = grown.loc[own["subject_seed"]]
    for row in claim.drive:
        ratio = own[row].mean() / like[row].mean()
        if not abs(ratio - 1) <= MATCHED_WITHIN:
            return f"its cells fire {ratio:.2f} times as much ({row})"
    return "yes"


def mean_of(values: pd.Series) -> tuple[float, float, float]:
    """Return the mean over Subjects, with its 95 % interval."""
    mean, low, high = chance.bootstrap(values.to_numpy(float), rng=np.random.default_rng(23))
    return float(mean), float(low), float(high)


def report(claim: Claim, found: pd.DataFrame, judged: Verdict) -> Iterator[str]:
    """Yield the lines in which a claim and its verdict are told."""
    yield f"{quoted(claim)}: {judged.label.upper()}. {judged.why[0].upper()}{judged.why[1:]}."
    yield f"positive control {_number(claim.power, judged.power)}, n = {judged.n}"
    yield f"effect {_number(claim.effect, judged.effect)}"
    for row in judged.controls.itertuples():
        left = (row.left, row.left_low, row.left_high)
        mute = "" if row.speaks == "yes" else f"; {row.speaks}"
        yield f"control {row.control}: {_number(row.row, left)}: {row.verdict}{mute}"
    kinds = ["grown", *(kind for kind in found["subject_kind"].unique() if kind != "grown")]
    for row in claim.drive:
        means = found.groupby("subject_kind")[row].mean()
        yield f"{row}: " + ", ".join(f"{kind} {means[kind]:.2f}" for kind in kinds)
    for row in claim.also:
        yield f"also {_number(row, mean_of(found[found['subject_kind'] == 'grown'][row]))}"
    for arm in claim.shown:
        own = found[found["subject_kind"] == arm.name]
        for row in arm.rows if len(own) else ():
            grown = found[found["subject_kind"] == "grown"].set_index("subject_seed")
            like = mean_of(grown.loc[own["subject_seed"], row])
            yield f"{arm.name}: {_number(row, mean_of(own[row]))} ({like[0]:.3g} without)"
    yield f"settings tried: {claim.settings_tried}. {claim.account}"


def quoted(claim: Claim) -> str:
    """Return the words of a claim in quotation marks, and what must be known of its study."""
    return f"“{claim.claim}”" + (f" ({claim.label})" if claim.label else "")


def _number(name: str, number: tuple[float, float, float]) -> str:
    return f"{name} = {number[0]:.3g} [{number[1]:.3g}, {number[2]:.3g}]"


def table(claim: Claim, judged: Verdict) -> pd.DataFrame:
    """Return a claim's verdict as a table: the positive control, the effect, then each control.

    Returns
    -------
    DataFrame
        `COLUMNS`: claim, label, why and n, the same in all rows; role ("positive control",
        "effect" or "control"), name, row, mean, low, high, and what the judge says of a control.
    """
    rows: list[dict[str, object]] = [
        {"role": "positive control", "name": "grown", "row": claim.power, "number": judged.power},
        {"role": "effect", "name": "grown", "row": claim.effect, "number": judged.effect},
    ]
    for row in judged.controls.itertuples():
        number = (row.left, row.left_low, row.left_high)
        said = row.verdict if row.speaks == "yes" else row.speaks
        rows.append(
            {
                "role": "control",
                "name": row.control,
                "row": row.row,
                "number": number,
                "judge": said,
            }
        )
    made = pd.DataFrame(rows).fillna({"judge": ""})
    made[list(_NUMBERS)] = made.pop("number").tolist()
    made = made.assign(claim=claim.name, n=judged.n, label=judged.label, why=judged.why)
    return made[list(COLUMNS)]


def kept(claim: Claim, folder: Path | None) -> pd.DataFrame | None:
    """Return the table of a claim's verdict that a run wrote; None if none did.

    Parameters
    ----------
    claim : Claim
    folder : Path, optional
        Where the run wrote to. If none is given, the verdict that comes with the claim, beside the
        file of its rows.

    Raises
    ------
    ValueError
        If the file is no such table.
    """
    path = (folder or Path(claim.place).parent) / f"{claim.name}_verdict.csv"
    if not path.exists():
        return None
    found = pd.read_csv(path, keep_default_na=False, na_values={c: [""] for c in _NUMBERS})
    if list(found.columns) != list(COLUMNS):
        raise ValueError(f"{path} is no table of a verdict; its columns are {list(found.columns)}")
    return found


def told(claim: Claim, found: pd.DataFrame | None) -> Iterator[str]:
    """Yield the lines that tell of a claim: its words, its verdict, the literature."""
    yield f"{claim.name}: {quoted(claim)}"
    if found is None or found.empty:
        yield f"  verdict     none yet: mirror-sim run {claim.name} --subjects 10"
    else:
        first = found.iloc[0]
        yield f"  verdict     {first['label']} ({first['n']} Subjects): {first['why']}"
        for row in found.itertuples():
            number = f"{row.row} = {row.mean:.3g} [{row.low:.3g}, {row.high:.3g}]"
            said = f": {row.judge}" if row.judge else ""
            name = f" {row.name}:" if row.role == "control" else ""
            yield f"  {row.role:11}{name} {number}{said}"
    yield f"  experiment  {claim.source}; settings tried: {claim.settings_tried}"
    yield f"  literature  {claim.account}"
    for fact in claim.evidence:
        yield f"  evidence    {fact.text} ({fact.source}; {fact.level})"
