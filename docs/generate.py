"""Pages that are made of the package itself at every build, so that no number in them can age."""  # noqa: INP001

import inspect
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
from results_tables import tables

import mirror_sim as ms
from mirror_sim.studies.claim import Claim, known_claims
from mirror_sim.studies.study import Control, Study, known_studies
from mirror_sim.studies.verdict import kept, quoted

FIGURES = Path(__file__).parents[1] / "figures"
GALLERY = {
    "observed_vs_performed": (
        "Units of one Subject while it acts and while it watches, shares of mirror neurons in ten "
        "beside the published ones, and controls in five.",
        "mirror-sim run observed_vs_performed --subjects 10",
    ),
    "scoreboard": (
        "All published numbers beside those of ten Subjects.",
        "mirror-sim validate --subjects 10",
    ),
    "model_vs_monkey": (
        "The monkeys of Jerjian et al. 2020 and one Subject, by the same functions.",
        "python scripts/model_vs_monkey.py",
    ),
    "selectivity": (
        "What a share of mirror units leaves open: whether the act can be told, and whether it "
        "repeats on another day.",
        "mirror-sim run selectivity --subjects 4",
    ),
    "caggiano2011": (
        "A grasp seen from three points of view and at two distances, in ten Subjects: who depends "
        "on the view, and what is read of the grasp.",
        "mirror-sim run caggiano2011 --subjects 10",
    ),
    "zhao2025": (
        "Four objects, executed and observed, in ten Subjects: classes of units, subspaces that "
        "tell the object, and what both contexts share.",
        "mirror-sim run zhao2025 --subjects 10",
    ),
    "pomper2023": (
        "Three acts on equal objects, in ten Subjects: mirror units, and whether an act has one "
        "code where it is done and where it is seen.",
        "mirror-sim run pomper2023 --subjects 10",
    ),
    "ferroni2021": (
        "A sound tells to grasp or not, done and seen, in ten Subjects: who changes in both "
        "contexts, by area, sign and number of trials.",
        "mirror-sim run ferroni2021 --subjects 10",
    ),
    "umilta2001": (
        "A grasp that ends behind a screen, in ten Subjects: who responds to it, and what carries "
        "the hidden object.",
        "mirror-sim run umilta2001 --subjects 10",
    ),
    "kohler2002": (
        "Acts that make a sound, done, seen and heard, in ten Subjects: who responds to the sound "
        "alone, and whether it is the sound of what the unit does.",
        "mirror-sim run kohler2002 --subjects 10",
    ),
    "coude2019": (
        "One grasp, to eat or to place, in ten Subjects: which units depend on the goal when it is "
        "told and when not, and what of this is learned.",
        "mirror-sim run coude2019 --subjects 10",
    ),
    "ferrari2005": (
        "Grasps with a hand, a stick and pliers, seen and done, in ten Subjects: what a tool that "
        "was watched or used changes, and what own acts follow.",
        "mirror-sim run ferrari2005 --subjects 10",
    ),
    "ferrari2003": (
        "Acts of the mouth, done and seen, in ten Subjects whose gestures others copied: mirror "
        "units, and whether they prefer the same acts.",
        "mirror-sim run ferrari2003 --subjects 10",
    ),
    "learning_curve": (
        "How responses to seen acts come while a Subject grows.",
        "python scripts/learning_curve.py",
    ),
    "sweep": (
        "How the numbers move with the parameters of the circuit.",
        "python scripts/sweep.py",
    ),
    "claims": (
        "What became of the popular claims: effect, controls, verdict.",
        "mirror-sim claims --figure figures/claims.png",
    ),
    "benchmark": (
        "How fast the engine is, beside NEST and Brian2 as it comes.",
        "python scripts/benchmark.py",
    ),
}
"""The figures that are of no single claim: what each shows, and the command that makes it."""


def write(folder: Path) -> None:
    """Write all generated pages; a page that is the same stays, so that it is not built again."""
    pages = {"circuit": circuit(ms.macaque()), "rows": rows(), "claims": claims()}
    pages["gallery"] = gallery()
    for claim in known_claims():
        if claim.circuit is not None:
            made = claim.circuit()
            title = f"# The circuit of the claim *{claim.name}*\n\n"
            pages[f"circuit_{claim.name}"] = "---\norphan: true\n---\n\n" + title + circuit(made)
    pages |= {f"table_{name}": text for name, text in tables(table).items()}
    folder.mkdir(exist_ok=True)
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in FIGURES.glob("*.png"):
        shutil.copy2(path, folder / path.name)


def circuit(made: ms.Circuit) -> str:
    """Return the tables of a circuit without their title."""
    title, _, tables = made.to_markdown().partition("\n")
    assert title.startswith("# ")
    return tables


def table(heads: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    text = [heads, ["---"] * len(heads), *([_cell(value) for value in line] for line in lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in text) + "\n"


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())


def linked(text: str) -> str:
    """Make links of the DOIs of a text."""
    return re.sub(r"doi (10\.\S+?)(?=[;,.]?(\s|$))", r"[doi \1](https://doi.org/\1)", text)


# --- the rows ----------------------------------------------------------------------------------


def rows() -> str:
    """Return the table of the rows of every study that describes them."""
    parts = []
    for study in known_studies():
        described = study.published()
        if len(described) and isinstance(study.targets, str):  # else they are another's
            parts.append(f"## {study.name}\n\n{_rows_of(described)}")
    return "\n".join(parts)


def _rows_of(described: pd.DataFrame) -> str:
    defined = described["definition"].fillna("")
    lines = [
        (f"`{row['id']}`", _meaning(row, meaning), row["role"], _published(row), _source(row))
        for (_, row), meaning in zip(described.iterrows(), defined, strict=True)
    ]
    heads = ["Row", "Meaning", "Role", "Published", "Source"]
    if described["value"].isna().all():
        return table(heads[:2], [line[:2] for line in lines])
    return table(heads, lines)


def _meaning(row: pd.Series, definition: str) -> str:
    of = "; ".join(text for text in (row["area"], row["unit"]) if text)
    return (
        f"**{row['quantity']}**"
        + (f" ({of})" if of else "")
        + (f". {definition}" * bool(definition))
    )


def _published(row: pd.Series) -> str:
    if pd.isna(row["value"]):
        return ""
    return f"{row['value']:g} [{row['low']:g}, {row['high']:g}]"


def _source(row: pd.Series) -> str:
    if pd.isna(row["value"]):
        return ""
    return linked(row["study"]) + (f" ({row['level']})" if row["level"] else "")


# --- the claims --------------------------------------------------------------------------------


def claims() -> str:
    """Return a section for each claim."""
    return "\n".join(line for claim in known_claims() for line in _claim(claim))


def gallery() -> str:
    """Return every figure with a sentence and the command that makes it."""
    shown = dict(GALLERY)
    for claim in known_claims():
        verdict = kept(claim, None)
        if verdict is not None:
            command = f"mirror-sim run {claim.name} --subjects {verdict.iloc[0]['n']}"
            shown[claim.name] = (f"{quoted(claim)}: {_label(verdict)}.", command)
    return "\n".join(
        f"## {name}\n\n{words}\n\n![{words}](_generated/{name}.png)\n\n`{command}`\n"
        for name, (words, command) in shown.items()
    )


def _claim(claim: Claim) -> Iterator[str]:
    yield f"## {claim.name}\n\n> {quoted(claim)}\n"
    verdict = kept(claim, None)
    if verdict is not None:
        alt = f"{claim.claim}: wiring, positive control, effect, and what must not have it"
        yield f"![{alt}](_generated/{claim.name}.png)\n"
    yield table(
        ["", ""],
        [
            ["Experiment", claim.source],
            ["Positive control", f"row `{claim.power}` must be above 0"],
            ["Effect", f"row `{claim.effect}` must be above 0"],
            ["If it holds, it is", claim.substrate],
            ["Excitability", ", ".join(f"`{row}`" for row in claim.drive) or "not compared"],
            ["Settings tried", claim.settings_tried],
            ["Verdict", "none yet" if verdict is None else _label(verdict)],
            ["Command", f"`mirror-sim run {claim.name} --subjects 10`"],
            ["Circuit", _circuit_of(claim)],
        ],
    )
    yield "Its rows:\n"
    yield "".join(f"- {words}\n" for words in _rows_in_words(claim))
    yield "Controls that must not have the effect:\n"
    yield table(
        ["Control", "What is done", "Row"],
        [(c.name, _done(c), f"`{c.row}`") for c in claim.controls if c.name in claim.negative],
    )
    if claim.shown:
        yield "Shown beside them, and not judged:\n"
        shown = [c for c in claim.controls if c.name not in claim.negative]
        yield table(["Subject", "What is done"], [(c.name, _done(c)) for c in shown])
    yield "Evidence:\n"
    facts = [(fact.text, linked(fact.source), fact.level) for fact in claim.evidence]
    yield table(["Found", "Source", "Known"], facts)
    yield f"{claim.account}\n"


def _label(verdict: pd.DataFrame) -> str:
    first = verdict.iloc[0]
    return f"{first['label']} ({first['n']} Subjects): {first['why']}"


def _circuit_of(claim: Study) -> str:
    if claim.circuit is None:
        return "[the default one](circuit.md)"
    return f"[{claim.circuit().name}](_generated/circuit_{claim.name}.md)"


def _done(control: Control) -> str:
    if control.growth:
        return "grows with " + ", ".join(f"`{k} = {v!r}`" for k, v in control.growth.items())
    made = control.change or control.experiment or control.session
    if isinstance(made, Mapping):
        return " ".join(f"*{name}*: {first_sentence(of)}" for name, of in made.items())
    assert made is not None
    return first_sentence(made)


def first_sentence(function: Callable[..., object]) -> str:
    """Return what a function does, by the first line of its docstring."""
    return (inspect.getdoc(function) or "").partition("\n")[0]


def _rows_in_words(claim: Claim) -> Iterator[str]:
    """Yield what the rows are, as the docstring of the claim's `rows` says it."""
    told = (inspect.getdoc(claim.rows) or "").partition("Returns\n-------\n")[2]
    told = " ".join(told.partition("\n")[2].split()).rstrip(".")
    for part in re.split(r"; (?:and )?(?=``)", told):
        yield part.replace("``", "`")
