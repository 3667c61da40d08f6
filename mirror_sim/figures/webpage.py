"""A page of text, pictures and tables as one HTML file that needs no other and no network."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

import numpy as np
import pandas as pd

MOST_CELLS = 20_000
"""Of a table; what is longer is cut, and its note says where all of it is."""
LARGEST_PICTURE_BYTES = 2_000_000
"""A larger picture is embedded with half the pixels on each side."""

_HERE = Path(__file__).parent
_DOI = re.compile(r"\bdoi (10\.\d{4,9}/[^\s;,]*[^\s;,.)])")
_NUMBER = re.compile(r"-?\d[\d.]*(e[-+]\d+)?( \[.*\])?")
# Longer texts than this need a column wide enough to read them.
_WORDS = 24


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of a page.

    Parameters
    ----------
    png : bytes
    alt : str
        What it shows, for those who do not see it.
    caption : str
    """

    png: bytes
    alt: str
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a page, which readers sort and filter.

    Parameters
    ----------
    title : str
    lines : DataFrame
        Texts and numbers as they are to be shown; columns without any entry are left out.
    said : sequence of str
        What stands above it.
    notes : sequence of str
        What stands below it.
    shut : bool
        Whether readers have to open it; it is not printed before they do.
    """

    title: str
    lines: pd.DataFrame
    said: Sequence[str] = ()
    notes: Sequence[str] = ()
    shut: bool = False


@dataclass(frozen=True, kw_only=True)
class Live:
    """A part of a page that scripts of its own draw.

    Parameters
    ----------
    html : str
    style : str
    scripts : sequence of str
        Run in this order. They may give elements a style.
    """

    html: str
    style: str
    scripts: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Page:
    """What stands on a page, in this order.

    Parameters
    ----------
    title : str
    said : sequence of str
        Paragraphs below the title.
    warnings : sequence of str
        What readers must know before they read on.
    label : str
        A verdict in a word or two, and `why` in sentences; none if empty.
    why : sequence of str
    live : Live, optional
    pictures : sequence of Picture
    tables : sequence of Table
    command : str
        What makes it again; none if empty.
    made_by : mapping of str to str
        What it was made by, by name.
    files : mapping of str to int
        Names of the files beside the page, with their sizes in bytes.
    """

    title: str
    said: Sequence[str]
    warnings: Sequence[str] = ()
    label: str = ""
    why: Sequence[str] = ()
    live: Live | None = None
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()
    command: str = ""
    made_by: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)


def render(page: Page) -> str:
    """Return a page as HTML; equal pages give equal text.

    Examples
    --------
    >>> "<h1>1 &lt; 2</h1>" in render(Page(title="1 < 2", said=[]))
    True
    """
    head = [*map(_paragraph, page.said), *(_paragraph(text, "warning") for text in page.warnings)]
    tables = [_table(table, f"table-{number}") for number, table in enumerate(page.tables, 1)]
    body = [
        _verdict(page),
        page.live.html if page.live else "",
        *map(_figure, page.pictures),
        *tables,
    ]
    body += [_again(page.command), _made_by(page.made_by), _files(page.files)]
    style, script = (
        (_HERE / f"webpage.{kind}").read_text(encoding="utf-8") for kind in ("css", "js")
    )
    scripts = [script]
    if page.live:
        style, scripts = style + page.live.style, [script, *page.live.scripts]
    return Template((_HERE / "webpage.html").read_text(encoding="utf-8")).substitute(
        title=escape(page.title),
        head="\n".join(head),
        body="\n".join(filter(None, body)),
        style=style,
        scripts="\n".join(f"<script>{text}</script>" for text in scripts),
        # A browser runs and loads nothing else, whatever texts the page was given.
        allowed_styles="'unsafe-inline'" if page.live else _hash(style),
        allowed_scripts=" ".join(map(_hash, scripts)),
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def linked(text: str) -> str:
    """Return a text as HTML, its DOIs as links.

    Examples
    --------
    >>> linked("Brain 119:593, doi 10.1093/brain/119.2.593; read")
    'Brain 119:593, <a href="https://doi.org/10.1093/brain/119.2.593">doi 10.1093/brain/119.2.593\
</a>; read'
    """
    # In the text as it was given: an entity such as &gt; is no part of a DOI.
    made, end = [], 0
    for found in _DOI.finditer(text):
        doi = found[1]
        made.append(escape(text[end : found.start()]))
        made.append(f'<a href="https://doi.org/{escape(quote(doi))}">doi {escape(doi)}</a>')
        end = found.end()
    return "".join([*made, escape(text[end:])])


def _paragraph(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{linked(text)}</p>' if kind else f"<p>{linked(text)}</p>"


def _verdict(page: Page) -> str:
    if not page.label:
        return ""
    label = f'<p class="label">{escape(page.label)}</p>'
    return "\n".join(
        ["<section>", "<h2>Verdict</h2>", label, *map(_paragraph, page.why), "</section>"]
    )


def _figure(picture: Picture) -> str:
    png = _fitting(picture.png)
    width, height = (int.from_bytes(png[start : start + 4], "big") for start in (16, 20))
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    caption = f"<figcaption>{linked(picture.caption)}</figcaption>\n" if picture.caption else ""
    return (
        f'<figure>\n<img alt="{escape(picture.alt)}" width="{width}" height="{height}" '
        f'src="{source}">\n{caption}</figure>'
    )


def _fitting(png: bytes) -> bytes:
    """Return a picture with as many pixels as a page may have."""
    while len(png) > LARGEST_PICTURE_BYTES:
        from PIL import Image

        smaller = io.BytesIO()
        with Image.open(io.BytesIO(png)) as image:
            image.convert("RGB").reduce(2).save(smaller, "PNG", optimize=True)
        png = smaller.getvalue()
    return png


def shown(value: object) -> str:
    """Return a value as the text of a cell; empty if it is missing.

    Examples
    --------
    >>> [shown(value) for value in (True, float("nan"), None, 3, 0.123456, "F5")]
    ['yes', '', '', '3', '0.1235', 'F5']
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.4g}"
    return "" if value is None or value is pd.NA else str(value)


def _table(table: Table, name: str) -> str:
    texts = [[shown(value) for value in line] for line in table.lines.itertuples(index=False)]
    heads = [str(column) for column in table.lines.columns]
    kept = [k for k in range(len(heads)) if k == 0 or any(line[k] for line in texts)]
    fitting = texts[: MOST_CELLS // max(len(kept), 1)]
    said = [*table.said]
    if len(fitting) < len(texts):
        said.append(f"The first {len(fitting)} of {len(texts)} lines; the CSV file has all.")
    return "\n".join(
        [
            f"<details{'' if table.shut else ' open'}>",
            f'<summary><h2 id="{name}">{escape(table.title)}</h2></summary>',
            *map(_paragraph, said),
            '<div class="tools"><label>Filter '
            f'<input type="search" aria-describedby="{name}"></label>',
            f'<span class="count" role="status">{len(fitting)} rows</span></div>',
            f'<div class="scroll" role="region" aria-labelledby="{name}" tabindex="0">',
            _grid([heads[k] for k in kept], [[line[k] for k in kept] for line in fitting]),
            "</div>",
            *(_paragraph(note, "note") for note in table.notes),
            "</details>",
        ]
    )


def _grid(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return headings, which are buttons, and lines, each headed by its first cell."""
    kinds = [_kind(line[k] for line in lines) for k in range(len(heads))]
    columns = (
        f'<th scope="col" aria-sort="none"{kind}><button type="button">{escape(head)}</button></th>'
        for head, kind in zip(heads, kinds, strict=True)
    )
    made = ["<table>", f"<thead><tr>{''.join(columns)}</tr></thead>", "<tbody>"]
    for line in lines:
        first = f'<th scope="row"{kinds[0]}>{escape(line[0])}</th>'
        others = (_cell(text, kind) for text, kind in zip(line[1:], kinds[1:], strict=True))
        made.append(f"<tr>{first}{''.join(others)}</tr>")
    return "\n".join([*made, "</tbody>", "</table>"])


def _kind(texts: Iterable[str]) -> str:
    """Return the class of a column, as an attribute."""
    there = [text for text in texts if text]
    if there and all(_NUMBER.fullmatch(text) for text in there):
        return ' class="number"'
    return ' class="words"' if any(len(text) > _WORDS for text in there) else ""


def _cell(text: str, kind: str) -> str:
    mark = kind or (' class="no"' if text == "no" else "")
    return f"<td{mark}>{linked(text)}</td>"


def _again(command: str) -> str:
    if not command:
        return ""
    return (
        "<section>\n<h2>Make it again</h2>\n"
        f'<pre><code id="command">{escape(command)}</code></pre>\n'
        '<button type="button" class="copy" data-of="command" aria-live="polite">Copy</button>\n'
        "</section>"
    )


def _made_by(facts: Mapping[str, str]) -> str:
    if not facts:
        return ""
    lines = [f"<dt>{escape(name)}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items()]
    return "\n".join(["<section>", "<h2>What made it</h2>", "<dl>", *lines, "</dl>", "</section>"])


def _files(files: Mapping[str, int]) -> str:
    if not files:
        return ""
    lines = [
        f'<li><a href="{escape(quote(name))}">{escape(name)}</a> ({_size(size)})</li>'
        for name, size in files.items()
    ]
    note = _paragraph("They lie beside this page; move them with it.", "note")
    return "\n".join(["<section>", "<h2>Files</h2>", note, "<ul>", *lines, "</ul>", "</section>"])


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e6 else f"{max(n_bytes / 1e3, 0.1):.1f} kB"
