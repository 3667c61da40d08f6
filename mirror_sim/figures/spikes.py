"""Rasters and mean rates of any unit of a session on a page, two conditions side by side."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import pandas as pd

from mirror_sim.analysis.shapes import check_window
from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.errors import unknown
from mirror_sim.figures.webpage import Live
from mirror_sim.session.recorded import joined
from mirror_sim.session.session import Session

STEP_S = 0.01
"""Width of the bins of the rates."""
SIGMAS_S = (0.0, 0.02, 0.05, 0.1)
"""What the reader can choose to smooth the rates by; the third is the default."""

TICK_S = 1e-4
START = "start"
"""The event at the start of every trial."""

_HERE = Path(__file__).parent
_SELF, _NOBODY = "monkey", "none"
_LONGEST_LABEL = 20
_MODELS = (
    *("raster", "psth", "spikes", "gaps", "borders", "rates"),
    *("ticks", "shade", "border", "curve", "zero_raster", "zero_psth"),
)


def require_bokeh() -> None:
    """Raise an ImportError that says what to install, unless Bokeh is there."""
    try:
        import bokeh.embed  # noqa: F401
    except ImportError as error:
        raise ImportError("the page needs bokeh: pip install 'mirror-sim[show]'") from error


@checked_arguments()
def live(session: Session, *, window_s: tuple[float, float], event: str | None = None) -> Live:
    """Return rasters and mean rates of all units of a session, for readers to choose from.

    The rates are those of `mirror_sim.analysis.psth`. Only what lies within a trial is shown.

    Parameters
    ----------
    session : Session
    window_s : (float, float)
        Start and stop, seconds from the event.
    event : str, optional
        The one that is at time 0 until the reader chooses another; ``"start"`` is that of the
        trial. By default that of the session's study, else ``"movement_onset"``, else the first.

    Raises
    ------
    ValueError
        If there are no units, no trial has the event, or the window is empty.
    ImportError
        If Bokeh is not installed.
    """
    require_bokeh()
    content = content_of(session, window_s, event)
    content |= {"models": _MODELS, "figures": _figures(window_s, _label_width(session.trials))}
    # No text may end the element that it stands in.
    data = json.dumps(content, allow_nan=False).replace("<", "\\u003c")
    parts = {
        kind: (_HERE / f"spikes{kind}").read_text(encoding="utf-8")
        for kind in (".html", ".css", ".js", "_rates.js")
    }
    from bokeh.resources import Resources

    library = Resources(mode="inline", components=["bokeh"]).js_raw
    return Live(
        html=Template(parts[".html"]).substitute(data=data),
        style=parts[".css"],
        scripts=[*library, parts["_rates.js"], parts[".js"]],
    )


def content_of(
    session: Session, window_s: tuple[float, float], event: str | None = None
) -> dict[str, Any]:
    """Return all that the page's scripts draw from, in plain values; parameters as in `live`."""
    check_window(window_s, STEP_S, "the page")
    events_s = events_of(session)
    if event is not None and event not in events_s:
        raise unknown("event", event, events_s)
    if len(session.units) == 0:
        raise ValueError("no units are left to be shown")
    trials = session.trials
    conditions = conditions_of(trials)
    tick_s, tick_type, units = units_of(session)
    return {
        "units": units,
        "tick_s": tick_s,
        "tick_type": tick_type,
        "trials": {
            "start_s": trials["start_time"].tolist(),
            "stop_s": trials["stop_time"].tolist(),
            "condition": trials["condition"].tolist(),
            "action": trials["action"].tolist() if "action" in trials else None,
        },
        "events_s": {name: _plain(times_s) for name, times_s in events_s.items()},
        "event": event or _default_event(session, list(events_s)),
        "conditions": [{"name": name, "kind": kind} for name, kind in conditions.items()],
        "panels": _panels(trials, conditions),
        "window_s": list(window_s),
        "step_s": STEP_S,
        "sigmas_s": SIGMAS_S,
        "sigma_s": SIGMAS_S[2],
        "longest": _LONGEST_LABEL,
    }


def events_of(session: Session) -> dict[str, np.ndarray]:
    """Return the times of each event that a trial has, s, the start of the trials the last."""
    found = {name: session.event_times(name) for name in session.events}
    found = {name: times_s for name, times_s in found.items() if np.isfinite(times_s).any()}
    return found | {START: session.trials["start_time"].to_numpy(dtype=float)}


def _default_event(session: Session, names: list[str]) -> str:
    wanted = (session.metadata.get("align"), "movement_onset", names[0])
    return next(name for name in wanted if name in names)


def conditions_of(trials: pd.DataFrame) -> dict[str, str]:
    """Return execution, observation or other for each condition, by who acts in it."""
    if "agent" not in trials:
        return dict.fromkeys(sorted(trials["condition"].unique()), "other")
    return {str(name): _kind(set(agents)) for name, agents in trials.groupby("condition")["agent"]}


def _kind(agents: set[str]) -> str:
    if agents == {_SELF}:
        return "execution"
    if agents & {_SELF, _NOBODY, ""}:
        return "other"
    return "observation"


def _panels(trials: pd.DataFrame, conditions: Mapping[str, str]) -> list[str]:
    """Return the conditions that are shown first: execution and observation, in the light."""
    names = list(conditions)
    if "hand_visible" in trials:
        seen = trials.groupby("condition")["hand_visible"].all()
        names.sort(key=lambda name: not seen[name])
    first = [
        next((n for n in names if conditions[n] == kind), None)
        for kind in ("execution", "observation")
    ]
    rest = [name for name in conditions if name not in first] + list(conditions)
    return [name or rest.pop(0) for name in first]


def _plain(values: np.ndarray) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]


# --- spikes --------------------------------------------------------------------------------------


def units_of(session: Session) -> tuple[float, str, list[dict[str, Any]]]:
    """Return the spikes of each unit in all trials, as the page holds them.

    Returns
    -------
    tick_s : float
        What the times count, s.
    kind : str
        JavaScript's name of the array that holds them.
    units : list of dict
        One a unit, by area and population: name, area, about, rate_hz (mean in the trials), counts
        (spikes of each trial), ticks (from the start of their trial), recorded_s (from when to when
        it was recorded, None for throughout).
    """
    start_s, stop_s = (
        session.trials[f"{name}_time"].to_numpy(dtype=float) for name in ("start", "stop")
    )
    counts = session.counts(start_s, stop_s)
    rates_hz = _mean_rates(counts, stop_s - start_s)
    table, found = session.units, []
    by = [name for name in ("area", "population", "unit_id") if name in table]
    order = table.sort_values(by, kind="stable").index
    trains = [_from_start(session.spikes_of(row), start_s, stop_s) for row in order]
    tick_s, dtype = _exact([times_s for _, times_s in trains])
    for row, (n_spikes, times_s) in zip(order, trains, strict=True):
        ticks = times_s if tick_s == 1 else np.round(times_s / tick_s)
        unit = table.loc[row]
        group = str(unit.get("population") or unit["area"])
        known = [str(unit[name]) for name in ("area", "cell_type") if name in table and unit[name]]
        found.append(
            {
                "name": f"{group} {unit['unit_id']}",
                "area": unit["area"],
                "about": ", ".join(word for word in known if not group.startswith(word)),
                "rate_hz": _plain(rates_hz[[row]])[0],
                "counts": _text(n_spikes, "<u4"),
                "ticks": _text(ticks, dtype),
                "recorded_s": None
                if session.recorded_throughout
                else joined(session.recorded_of(row)).tolist(),
            }
        )
    return tick_s, {"<u2": "Uint16Array", "<f8": "Float64Array"}[dtype], found


def _mean_rates(counts: np.ndarray, lasting_s: np.ndarray) -> np.ndarray:
    """Return the rate of each unit over the trials in which it was recorded throughout."""
    there = np.isfinite(counts)
    total_s = lasting_s @ there
    return np.divide(
        np.nansum(counts, axis=0), total_s, out=np.full(len(total_s), np.nan), where=total_s > 0
    )


def _from_start(
    spikes_s: np.ndarray, start_s: np.ndarray, stop_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many spikes lie in each trial, and their times from its start, trial by trial."""
    first, last = np.searchsorted(spikes_s, (start_s, stop_s))
    own = [spikes_s[a:b] - start for a, b, start in zip(first, last, start_s, strict=True)]
    return last - first, np.concatenate(own)


def _exact(trains: list[np.ndarray]) -> tuple[float, str]:
    """Return tick and type of the smallest numbers that hold all times without loss."""
    for times_s in trains:
        ticks = np.round(times_s / TICK_S)
        if len(ticks) and (ticks.max() > 65535 or np.abs(ticks * TICK_S - times_s).max() > 1e-9):
            return 1.0, "<f8"
    return TICK_S, "<u2"


def _text(values: np.ndarray, dtype: str) -> str:
    return base64.b64encode(values.astype(dtype).tobytes()).decode()


# --- figures -------------------------------------------------------------------------------------


def _label_width(trials: pd.DataFrame) -> int:
    """Return the space left of the axes that the names of the actions need, pixels."""
    names = trials["action"].unique() if "action" in trials else []
    return 30 + 6 * min(max(map(len, names), default=0), _LONGEST_LABEL)


def _figures(window_s: tuple[float, float], left: int) -> list[dict[str, Any]]:
    """Return the figures of both panels, as Bokeh's JSON, still without data."""
    from bokeh.embed import json_item
    from bokeh.models import Range1d

    items = [json_item(_panel(Range1d(start=window_s[0], end=window_s[1]), left)) for _ in range(2)]
    # Bokeh numbers what it makes in a process; equal sessions are to give equal pages.
    names: dict[str, str] = {}
    text = re.sub(
        r'"p\d+"',
        lambda found: names.setdefault(found[0], f'"p{len(names) + 1}"'),
        json.dumps(items),
    )
    return list(json.loads(text))


def _panel(x_range: Any, left: int) -> Any:
    from bokeh.layouts import gridplot
    from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Range1d
    from bokeh.plotting import figure

    look = {
        "x_range": x_range,
        "sizing_mode": "stretch_width",
        "tools": "xpan,xwheel_zoom,xbox_zoom,reset,save",
        "active_drag": None,
        "min_border_left": left,
        "min_border_right": 12,
        "background_fill_color": None,
        "border_fill_color": None,
        "outline_line_color": None,
        "min_width": 280,
    }
    raster = figure(name="raster", height=340, y_range=Range1d(start=1, end=0), **look)
    psth = figure(name="psth", height=200, y_range=Range1d(start=0, end=1), **look)
    sources = {
        "gaps": ColumnDataSource({"left": [], "right": [], "y": []}, name="gaps"),
        "spikes": ColumnDataSource({"x": [], "y0": [], "y1": []}, name="spikes"),
        "borders": ColumnDataSource({"y": []}, name="borders"),
        "rates": ColumnDataSource({"t": [], "rate": []}, name="rates"),
    }
    raster.hbar(
        y="y",
        left="left",
        right="right",
        height=1,
        line_color=None,
        source=sources["gaps"],
        name="shade",
    )
    raster.hspan(y="y", line_width=1, source=sources["borders"], name="border")
    raster.segment(x0="x", x1="x", y0="y0", y1="y1", source=sources["spikes"], name="ticks")
    curve = psth.line("t", "rate", line_width=2, source=sources["rates"], name="curve")
    psth.add_tools(
        HoverTool(renderers=[curve], mode="vline", tooltips="@rate{0.0} spikes/s at @t{0.000} s")
    )
    for one in (raster, psth):
        one.vspan(x=[0], name=f"zero_{one.name}")
        one.grid.grid_line_color = None
        one.axis.minor_tick_line_color = None
    raster.yaxis.ticker = FixedTicker(ticks=[])
    raster.yaxis.major_tick_line_color = None
    raster.xaxis.major_label_text_font_size = "0px"
    for axis in psth.axis:
        axis.axis_label_text_font_style = "normal"
    psth.yaxis.axis_label = "spikes/s"
    return gridplot(
        [[raster], [psth]],
        sizing_mode="stretch_width",
        toolbar_options={"logo": None},
        merge_tools=True,
    )
