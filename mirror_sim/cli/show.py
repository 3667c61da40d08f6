"""The command that shows the spikes of a session: show."""

from __future__ import annotations

import argparse
import logging
import shlex
import warnings
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mirror_sim.base.errors import unknown
from mirror_sim.cli import studies
from mirror_sim.cli.surroundings import show

if TYPE_CHECKING:
    from mirror_sim.session.session import Session

logger = logging.getLogger("mirror_sim")

WINDOW_S = (-1.5, 1.5)


def add_to(commands: Any) -> None:
    """Add the command to a parser's."""
    parser = commands.add_parser(
        "show", help="write a page with the spikes of a session: rasters and rates of any unit"
    )
    parser.add_argument("file", type=studies.place, help="an NWB file, of a model or a recording")
    parser.add_argument(
        "--event",
        metavar="NAME",
        help="at time 0 when the page opens (default: the study's, else movement_onset)",
    )
    parser.add_argument(
        "--window",
        dest="window_s",
        nargs=2,
        type=float,
        default=WINDOW_S,
        metavar=("START", "STOP"),
        help="seconds from the event (default: {} {})".format(*WINDOW_S),
    )
    for name, example in (("units", "area == 'F5'"), ("trials", "action != 'hold'")):
        parser.add_argument(
            f"--{name}", metavar="QUERY", help=f'only these, such as "{example}" (default: all)'
        )
        parser.add_argument(
            f"--{name[:-1]}-column",
            action="append",
            default=[],
            metavar="THEIRS=OURS",
            help=f"a column of the file's {name} and what it is called here, such as "
            f"{'brain_area=area' if name == 'units' else 'go_cue=go_time'}; again for another",
        )
    parser.add_argument(
        "--intervals", metavar="NAME", help="the file's table of trials (default: trials)"
    )
    parser.add_argument(
        "--out",
        type=studies.place,
        default=Path("spikes.html"),
        help="the page to write (default: spikes.html)",
    )
    parser.add_argument(
        "--open", action="store_true", help="open the page in the browser when it is written"
    )
    parser.set_defaults(command=_show)


def _show(options: argparse.Namespace) -> int:
    from mirror_sim.analysis.shapes import check_window
    from mirror_sim.base.files import atomic_path, check_writable
    from mirror_sim.figures import spikes
    from mirror_sim.figures.webpage import Page, render

    spikes.require_bokeh()
    window_s = tuple(options.window_s)
    check_window(window_s, spikes.STEP_S, "--window")
    out = options.out
    if out.suffix != ".html":
        raise unknown("page file type", out.suffix, [".html"], where=str(out))
    check_writable(out.parent)
    session, remarks = _session(options)
    live = spikes.live(session, window_s=window_s, event=options.event)
    page = Page(
        title=f"Spikes of {options.file.name}",
        said=_said(session),
        warnings=remarks,
        live=live,
        command=_again(options),
        made_by=_facts(session),
    )
    with atomic_path(out) as temporary:
        temporary.write_text(render(page), encoding="utf-8")
    print(f"{session} is shown in {out}")
    if options.open:
        show(out)
    return 0


def _session(options: argparse.Namespace) -> tuple[Session, list[str]]:
    """Return what of the file is to be shown, and what was remarked when it was read."""
    from mirror_sim.session.session import Session

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        session = Session.from_nwb(
            options.file,
            units=_columns("--unit-column", options.unit_column),
            trials=_columns("--trial-column", options.trial_column),
            intervals=options.intervals,
        )
    remarks = [str(warning.message) for warning in caught]
    for remark in remarks:
        logger.warning(remark)
    return session.select(units=options.units, trials=options.trials), remarks


def _columns(option: str, given: Sequence[str]) -> dict[str, str] | None:
    """Return the names of columns, None if none are given."""
    named: dict[str, str] = {}
    for text in given:
        theirs, equals, ours = text.rpartition("=")
        if not equals or not theirs:
            raise ValueError(f"{option} {text!r} is not THEIRS=OURS")
        named[theirs] = ours
    return named or None


def _said(session: Session) -> list[str]:
    is_model = "circuit_digest" in session.metadata
    return [
        f"{'Simulated' if is_model else 'Recorded'} spikes of {len(session.units)} units in "
        f"{len(session.trials)} trials. Each row of a raster is a trial; each curve is the mean "
        "rate over these trials, in bins of 10 ms. Both panels have one scale. Grey is what lies "
        "outside a trial, or was not recorded.",
        "The arrow keys go from unit to unit, which stand by area and population with their mean "
        "rate in all trials.",
    ]


def _facts(session: Session) -> dict[str, str]:
    """Return where the spikes come from, by name."""
    own = session.metadata
    origin = own.get("origin") or {}
    subject = origin.get("subject") or {}
    circuit = f"{own.get('circuit')}, digest {own.get('circuit_digest')}"
    found = {
        "study": own.get("study"),
        "source": own.get("source"),
        "subject": own.get("subject_id") or subject.get("subject_id"),
        "seed of the Subject": own.get("subject_seed"),
        "circuit": circuit if "circuit_digest" in own else None,
        "recording": origin.get("session_description"),
        "laboratory": origin.get("lab"),
        "session": f"digest {session.digest()}",
        "versions": "; ".join(
            f"{name} {metadata.version(name)}" for name in ("mirror-sim", "bokeh")
        ),
    }
    return {name: str(fact) for name, fact in found.items() if fact is not None}


def _again(options: argparse.Namespace) -> str:
    given = ["mirror-sim", "show", str(options.file)]
    if tuple(options.window_s) != WINDOW_S:
        given += ["--window", *(f"{edge:g}" for edge in options.window_s)]
    for name in ("event", "units", "trials", "intervals"):
        value = getattr(options, name)
        given += [] if value is None else [f"--{name}", value]
    for name in ("unit", "trial"):
        for text in getattr(options, f"{name}_column"):
            given += [f"--{name}-column", text]
    return shlex.join(given)
