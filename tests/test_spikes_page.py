"""`mirror-sim show`: what its page holds, that the rates are those of `psth`, what it refuses."""

import base64
import hashlib
import json
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from py_mini_racer import MiniRacer
from sessions import make_session, make_spikes, make_trials, make_units, remade
from test_own_recordings import lab_file
from test_report_page import BAD, Read

from mirror_sim.analysis.rates import psth
from mirror_sim.cli import main as cli
from mirror_sim.cli.main import parser_of
from mirror_sim.figures import spikes
from mirror_sim.figures.webpage import Page, render
from mirror_sim.session.session import Session

WINDOW_S = (-1.0, 0.7)  # it reaches over both ends of a trial
FOLDER = Path(spikes.__file__).parent
TYPES = {"Uint16Array": "<u2", "Float64Array": "<f8"}


@pytest.fixture(scope="module")
def browser():
    """Return the engine of a browser with the scripts that compute."""
    engine = MiniRacer()
    engine.eval((FOLDER / "spikes_rates.js").read_text(encoding="utf-8"))
    return engine


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sub-1_ses-made_ecephys.nwb"
    make_session().to_nwb(path)
    return path


def gridded(session):
    """Return a session with its spikes on a grid of 0.5 ms, as those of a model are."""
    return remade(session, spike_times=np.round(session.spike_times, 3) // 5e-4 * 5e-4)


def partly_recorded():
    """Return a session of which one unit was lost, one was paused, and one never was there."""
    trials = make_trials(6)
    end_s = trials["stop_time"].max()
    times, rows = make_spikes(np.random.default_rng(3), 4, end_s, 30.0)
    spans = [[[0, 5.0]], [[0, 3.1], [3.1, 6.2], [6.9, end_s]], [], [[0, end_s]]]
    recorded_s = [np.array(own, dtype=float).reshape(-1, 2) for own in spans]
    return Session(make_units(4), trials, times, rows, {}, recorded_s=recorded_s)


SESSIONS = {
    "of any times": make_session(rate_hz=40.0),
    "on a grid": gridded(make_session(rate_hz=40.0)),
    "recorded in part": partly_recorded(),
}


def content(session, event=None):
    """Return what the page's scripts are given."""
    return json.loads(json.dumps(spikes.content_of(session, WINDOW_S, event)))


def trains_of(held, unit):
    """Return the spikes of a unit in each trial, s from its start, as the page decodes them."""
    counts = np.frombuffer(base64.b64decode(unit["counts"]), "<u4")
    ticks = np.frombuffer(base64.b64decode(unit["ticks"]), TYPES[held["tick_type"]])
    return np.split(ticks * held["tick_s"], np.cumsum(counts)[:-1])


def row_of(session, unit):
    return session.units["unit_id"].tolist().index(int(unit["name"].rpartition(" ")[2]))


def embedded(page):
    """Return what stands on a page for its scripts."""
    (data,) = (text for text in page.texts["script"] if text.startswith('{"units"'))
    return json.loads(data)


# --- spikes and rates -----------------------------------------------------------------------------


@pytest.mark.parametrize("session", SESSIONS.values(), ids=SESSIONS)
def test_the_page_holds_the_spikes_of_every_trial(session):
    held = content(session)
    assert len(held["units"]) == len(session.units)
    start_s, stop_s = (session.trials[f"{edge}_time"].to_numpy() for edge in ("start", "stop"))
    for unit in held["units"]:
        wanted = session.relative_spikes(row_of(session, unit), start_s, (0.0, 9.0))
        for found, times, lasts in zip(
            trains_of(held, unit), wanted, stop_s - start_s, strict=True
        ):
            np.testing.assert_allclose(found, times[times < lasts], rtol=0, atol=1e-12)


def test_times_of_a_model_take_two_bytes_and_those_of_any_clock_are_kept():
    assert content(SESSIONS["on a grid"])["tick_type"] == "Uint16Array"
    assert content(SESSIONS["of any times"])["tick_type"] == "Float64Array"
    long = make_trials(1).assign(stop_time=20.0)
    late = Session(make_units(1), long, np.array([19.0]), np.array([0]), {})
    assert trains_of(held := content(late), held["units"][0])[0] == pytest.approx(18.5)


@pytest.mark.parametrize(("event", "sigma_s"), [("contact", 0.0), ("contact", 0.05), ("cue", 0.1)])
@pytest.mark.parametrize("session", SESSIONS.values(), ids=SESSIONS)
def test_the_rates_that_a_browser_draws_are_those_of_psth(browser, session, event, sigma_s):
    wanted = psth(session, align=event, window_s=WINDOW_S, step_s=spikes.STEP_S, sigma_s=sigma_s)
    held = content(session)
    trials, zero_s = held["trials"], held["events_s"][event]
    for unit in held["units"]:
        trains = trains_of(held, unit)
        for name in wanted.conditions:
            given = [
                {
                    "zero": zero_s[k],
                    "start": trials["start_s"][k],
                    "stop": trials["stop_s"][k],
                    "spikes": (trials["start_s"][k] + trains[k]).tolist(),
                }
                for k in range(len(trains))
                if trials["condition"][k] == name and zero_s[k] is not None
            ]
            arguments = [given, unit["recorded_s"], WINDOW_S, spikes.STEP_S, sigma_s]
            text = ", ".join(map(json.dumps, arguments))
            # JSON has no NaN: what is missing comes as null.
            found = json.loads(browser.eval(f"JSON.stringify([...psth({text}).rates])"))
            rates = wanted.of(name)[:, row_of(session, unit)]
            np.testing.assert_allclose(np.array(found, dtype=float), rates, rtol=1e-9, atol=1e-9)


def test_the_other_script_is_whole_and_finds_what_it_looks_for(browser):
    script = (FOLDER / "spikes.js").read_text(encoding="utf-8")
    browser.eval(f"() => {{{script}}}")  # is read, and not run
    page = Read(
        render(Page(title="t", said=[], live=spikes.live(make_session(), window_s=(-1, 1))))
    )
    names = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    looked_for = set(re.findall(r'element\("(\w+)"\)|getElementById\("([\w-]+)"\)', script))
    assert {"".join(one) for one in looked_for} <= names
    assert {
        "unit",
        "slider",
        "event",
        "action",
        "sigma",
        "unit-name",
        "panel-0",
        "panel-1",
    } <= names
    held = embedded(page)
    made = {
        entry
        for figure in held["figures"]
        for entry in re.findall(r'"name": "(\w+)"', json.dumps(figure))
    }
    assert set(held["models"]) <= made


# --- what is shown first --------------------------------------------------------------------------


def test_units_stand_by_area_with_their_mean_rate():
    session = SESSIONS["recorded in part"]
    units = content(session)["units"]
    assert [unit["area"] for unit in units] == ["F5", "F5", "M1", "PFG"]
    assert units[0]["name"] == "F5.E 10"
    assert units[0]["about"] == "PTN"
    rows = [row_of(session, unit) for unit in units]
    counts = session.counts(session.trials["start_time"], session.trials["stop_time"])
    for unit, row in zip(units, rows, strict=True):
        there = counts[np.isfinite(counts[:, row]), row]
        wanted = pytest.approx(there.mean() / 1.5) if len(there) else None
        assert unit["rate_hz"] == wanted


@pytest.mark.parametrize(
    ("agents", "kinds", "panels"),
    [
        (["monkey", "human", "none"], ["execution", "observation", "other"], ["a", "b"]),
        (["none", "human", "monkey"], ["other", "observation", "execution"], ["c", "b"]),
        (["none", "none", "none"], ["other", "other", "other"], ["a", "b"]),
        (None, ["other", "other", "other"], ["a", "b"]),
    ],
)
def test_execution_stands_beside_observation_where_the_trials_tell(agents, kinds, panels):
    trials = make_trials(6).assign(condition=["a", "b", "c"] * 2)
    trials = trials.drop(columns="agent") if agents is None else trials.assign(agent=agents * 2)
    held = content(remade(make_session(), trials=trials))
    assert [entry["kind"] for entry in held["conditions"]] == kinds
    assert held["panels"] == panels


def test_one_condition_stands_beside_itself_and_the_light_comes_before_the_dark():
    trials = make_trials(6).assign(condition="only")
    assert content(remade(make_session(), trials=trials))["panels"] == ["only", "only"]
    dark = make_trials(6).assign(
        condition=["a-dark", "b"] * 3, agent="monkey", hand_visible=[False, True] * 3
    )
    assert content(remade(make_session(), trials=dark))["panels"] == ["b", "a-dark"]


@pytest.mark.parametrize(
    ("metadata", "more", "event"),
    [
        ({"align": "cue"}, "movement_onset", "cue"),
        ({"align": "start"}, "movement_onset", "start"),
        ({}, "movement_onset", "movement_onset"),
        ({"align": "lost"}, "go", "contact"),
    ],
)
def test_time_0_is_at_the_event_of_the_study(metadata, more, event):
    session = make_session(**metadata)
    trials = session.trials.assign(**{f"{more}_time": session.trials["start_time"] + 0.3})
    held = content(remade(session, trials=trials))
    assert held["event"] == event
    assert held["events_s"]["cue"][0] is None
    assert content(session, event="contact")["event"] == "contact"


def test_a_session_without_events_is_shown_from_the_start_of_its_trials():
    bare = make_session().trials.drop(columns=["contact_time", "cue_time"])
    held = content(remade(make_session(), trials=bare))
    assert list(held["events_s"]) == [held["event"]] == ["start"]


# --- the command ----------------------------------------------------------------------------------


def shown(file, *options):
    out = file.parent / "spikes.html"
    assert cli.main(["show", str(file), "--out", str(out), *options]) == 0
    return out.read_text(encoding="utf-8")


def test_the_page_says_what_it_was_made_from_and_how_again(file, capsys):
    options = ["--window", "-0.5", "0.25", "--event", "cue", "--units", "area == 'F5'"]
    page = Read(shown(file, *options, "--trials", "condition == 'observe'"))
    assert page.texts["h1"] == [f"Spikes of {file.name}"]
    facts = dict(zip(page.texts["dt"], page.texts["dd"], strict=True))
    assert (facts["study"], facts["circuit"]) == ("gallese1996", "macaque, digest ab12")
    assert facts["seed of the Subject"] == "1"
    assert facts["source"].endswith("doi 10.1093/brain/119.2.593.")
    assert page.texts["p"][0].startswith("Simulated spikes of 2 units in 3 trials.")
    (command,) = page.texts["code"]
    again = parser_of().parse_args(shlex.split(command)[1:])
    assert (again.file, again.window_s, again.event) == (file, [-0.5, 0.25], "cue")
    assert (again.units, again.trials) == ("area == 'F5'", "condition == 'observe'")
    assert "is shown in" in capsys.readouterr().out


def test_a_recording_is_called_one_with_its_columns_under_our_names(tmp_path):
    path = tmp_path / "M24.nwb"
    spans = [[[0.0, 20.0]], [[0.0, 48.0]], [[0.0, 48.0]]]
    lab_file(path, units={"area": None, "where": ["F5"] * 3}, observed=spans)
    options = ["--unit-column", "where=area"]
    with pytest.raises(ValueError, match="area"):
        Session.from_nwb(path)
    page = Read(shown(path, *options))
    assert page.texts["p"][0].startswith("Recorded spikes of 3 units")
    facts = dict(zip(page.texts["dt"], page.texts["dd"], strict=True))
    assert facts["recording"] == "Macaque M24, day 37"
    assert (facts["laboratory"], facts["subject"]) == ("Grasp lab", "M24")
    again = parser_of().parse_args(shlex.split(page.texts["code"][0])[1:])
    assert again.unit_column == ["where=area"]


def test_what_was_remarked_when_the_file_was_read_stands_on_the_page(file, caplog):
    import h5py

    with h5py.File(file, "r+") as opened:
        opened["units/spike_times"][0] += 1e-6
    page = shown(file)
    assert "was changed or damaged after it was written</p>" in page
    assert "was changed or damaged" in caplog.text


def test_nothing_is_loaded_from_elsewhere_and_equal_sessions_give_equal_pages(file):
    text = shown(file)
    assert text == shown(file)
    page = Read(text)
    assert not page.all("link")
    assert not [attrs for _, attrs in page.tags if "src" in attrs]
    policy = next(a["content"] for a in page.all("meta") if "Policy" in a.get("http-equiv", ""))
    assert policy.startswith("default-src 'none'; img-src data:;")
    for content, attrs in zip(page.texts["script"], page.all("script"), strict=True):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert (f"'sha256-{digest}'" in policy) == (attrs.get("type") != "application/json")


def test_what_a_file_says_is_shown_and_not_run(file):
    session = make_session(source=BAD)
    trials = session.trials.assign(condition=BAD, action=BAD)
    remade(session, trials=trials).to_nwb(file)
    text = shown(file)
    assert not [attrs for _, attrs in Read(text).tags if "onerror" in attrs]
    assert embedded(Read(text))["trials"]["action"][0] == BAD


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--event", "contct"],
            "unknown event 'contct'. Did you mean 'contact'? Valid: contact, cue, start",
        ),
        (["--window", "1", "-1"], "window_s is (1.0, -1.0)"),
        (["--window", "nan", "1"], "window_s is (nan, 1.0)"),
        (["--units", "area == 'V1'"], "no units are left"),
        (["--trials", "condition == 'sleep'"], "no trials are left of 6"),
        (["--units", "aera == 'F5'"], "Did you mean 'area'?"),
        (["--unit-column", "brain_area"], "--unit-column 'brain_area' is not THEIRS=OURS"),
        (["--intervals", "epochs"], "unknown table of intervals 'epochs'"),
        (["--out", "spikes.pdf"], "unknown page file type '.pdf'"),
    ],
)
def test_wrong_uses_are_refused_and_leave_the_page_that_was_there(file, capsys, options, said):
    out = file.parent / "spikes.html"
    out.write_text("before")
    assert cli.main(["show", str(file), "--out", str(out), *options]) == 2
    assert said in capsys.readouterr().err
    assert out.read_text() == "before"
    assert len(list(file.parent.iterdir())) == 2


def test_what_is_no_nwb_file_is_refused(tmp_path, capsys):
    assert cli.main(["show", str(tmp_path / "no.nwb")]) == 2
    assert f"there is no file {tmp_path / 'no.nwb'}" in capsys.readouterr().err
    (tmp_path / "text.nwb").write_text("spikes")
    assert cli.main(["show", str(tmp_path / "text.nwb")]) == 2
    assert "damaged or not an NWB file" in capsys.readouterr().err


def test_without_bokeh_it_is_said_what_to_install(file, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "bokeh.embed", None)
    assert cli.main(["show", str(file.with_name("not_even_looked_for.nwb"))]) == 2
    assert "pip install 'mirror-sim[show]'" in capsys.readouterr().err


def test_the_page_is_opened_when_asked_for(file, monkeypatch):
    from mirror_sim.cli import show

    opened = []
    monkeypatch.setattr(show, "show", opened.append)
    shown(file)
    assert not opened
    shown(file, "--open")
    assert opened == [file.parent / "spikes.html"]
