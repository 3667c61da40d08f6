"""What the figures show is what was computed, and they look the same everywhere."""

import itertools
import subprocess
import sys
from dataclasses import replace
from io import StringIO

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from mirror_sim.analysis.rates import psth
from mirror_sim.figures import panels, style
from mirror_sim.session.session import Session
from mirror_sim.studies import gallese1996, jerjian2020
from mirror_sim.studies.observed_vs_performed import figure as page
from mirror_sim.studies.observed_vs_performed.averages import changes
from mirror_sim.studies.observed_vs_performed.examples import WINDOW_S, choose, odd_trials
from mirror_sim.subject.recording import trial_row

GRASPS = ("grasp-precision", "grasp-whole-hand")
SEEN = ("observe", "observe-side", "observe-tool")


KINDS = ("strict", "broad", "suppressed", "motor", "visual", "flat")


def rate_hz(kind, condition, action):
    own, seen = condition.startswith("execute"), condition in SEEN
    fires = {
        "strict": (own or seen) and action in GRASPS,
        "broad": (own and action in GRASPS) or (seen and action == GRASPS[0]),
        "suppressed": not own and not seen,
        "motor": own,
        "visual": seen or condition == "execute-light",
        "flat": False,
    }
    low, high = (0, 30) if kind == "suppressed" else (5, 60)
    return high if fires[kind] else low


UNITS = pd.DataFrame(
    [("F5", "pyramidal", kind) for kind in KINDS]
    + [("F5", "FS", "motor"), ("PFG", "pyramidal", "strict"), ("PFG", "pyramidal", "flat")]
    + [("M1", "PTN", "motor"), ("M1", "PTN", "suppressed")],
    columns=["area", "cell_type", "kind"],
)
UNITS = UNITS.assign(
    unit_id=np.arange(len(UNITS)) + 100,
    population=UNITS["area"] + ".E",
    x_um=0.0,
    y_um=0.0,
    z_um=0.0,
)


def recorded(protocol, units, *, seed):
    """Record Poisson units that change their rate from movement onset to 0.8 s after contact."""
    rng = np.random.default_rng(seed)
    rows, spikes, now = [], [[] for _ in units.index], 0.5
    for trial in protocol:
        start, stop = trial.events["movement_onset"], trial.events["contact"] + 0.8
        for row, kind in enumerate(units["kind"]):
            resting = rate_hz(kind, "rest", trial.action.name)
            task = rate_hz(kind, trial.condition, trial.action.name)
            times = rng.uniform(0, trial.duration_s, rng.poisson(60 * trial.duration_s))
            rate = np.where((times > start) & (times < stop), task, resting)
            kept = np.sort(times[rng.uniform(0, 60, len(times)) < rate])
            spikes[row].append(now + kept)
        rows.append(trial_row(trial, now))
        now += trial.duration_s + 0.5
    trains = [np.concatenate(train) for train in spikes]
    rows_of = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
    return Session(units, pd.DataFrame(rows), np.concatenate(trains), rows_of, {})


SHARES = """quantity,published,published_low,published_high,model,model_low,model_high,n
F5: mirror neurons among recorded neurons (clear responses),17,14,21,12,10,15,9
in the dark,,,,11,9,14,10 Subjects"""
CONTROLS = f"""control,measure,value,chance,chance_low,chance_high,n,verdict
grown,overlap,0.06,0,-0.01,0.01,10,
vision after the end of the action,overlap,0.005,0,-0.01,0.01,10,falls
naive weights,overlap,0.001,0,-0.01,0.01,10,{panels.NO_RESPONSE}
shuffled pairing,match,0.3,0,-0.1,0.1,10,does not fall"""
SHARES = pd.read_csv(StringIO(SHARES))
CONTROLS = pd.read_csv(StringIO(CONTROLS)).fillna({"verdict": ""})


@pytest.fixture(scope="module")
def battery():
    return recorded(gallese1996.protocol(n_trials=10), UNITS, seed=1)


@pytest.fixture(scope="module")
def task():
    renamed = UNITS.replace({"kind": {"strict": "visual", "broad": "visual"}})
    return recorded(jerjian2020.protocol(), renamed, seed=2)


@pytest.fixture(scope="module")
def data(battery, task):
    return page.prepare(
        battery,
        task,
        shares=SHARES,
        controls=CONTROLS,
        subject="Subject 1",
        n_subjects=10,
    )


@pytest.fixture(scope="module")
def figure(data):
    return page.draw(data)


def drawn(figure):
    """Return (colour, values) of all lines of the figure."""
    return [(to_hex(x.get_color()).upper(), x.get_ydata()) for a in figure.axes for x in a.lines]


def is_drawn(figure, colour, values):
    return any(
        own == colour and np.array_equal(shown, values, equal_nan=True)
        for own, shown in drawn(figure)
    )


def words(figure):
    return [text.get_text() for text in figure.findobj(Text)]


# --- examples -------------------------------------------------------------------------------


def test_odd_trials_are_every_other_one_of_each_condition_and_action(battery):
    table = battery.trials.assign(odd=odd_trials(battery.trials))
    halves = table.groupby(["condition", "action"])["odd"].agg(["sum", "size"])
    assert (2 * halves["sum"] == halves["size"]).all()


def test_each_kind_of_unit_is_found(data):
    kinds = UNITS.set_index("unit_id")["kind"]
    assert [kinds[e.unit_id] for e in data.examples] == list(KINDS[:5])
    assert all(e.n_units == 7 for e in data.examples)


def test_a_fast_spiking_cell_is_no_example_where_there_is_another(data):
    chosen = next(e for e in data.examples if e.title == "purely motor")
    assert (chosen.n_candidates, chosen.cell_type) == (2, "pyramidal")


def test_the_trials_shown_have_no_say_in_the_choice(battery):
    odd = odd_trials(battery.trials)
    selection = gallese1996.classify(battery.select(trials=odd))
    even = battery.trials[~odd]
    inside = np.zeros(len(battery.spike_times), dtype=bool)
    for start, stop in zip(even["start_time"], even["stop_time"], strict=True):
        inside |= (battery.spike_times >= start) & (battery.spike_times < stop)
    silent = Session(
        battery.units,
        battery.trials,
        battery.spike_times[~inside],
        battery.spike_units[~inside],
        {},
    )
    before, after = choose(battery, selection), choose(silent, selection)
    assert [(e.unit_id, e.action) for e in before] == [(e.unit_id, e.action) for e in after]
    assert not any(len(x) for e in after for t in e.traces.values() for x in t.spikes_s)
    assert all(np.all(e.changes["observe"] == 0) for e in after)


def test_raster_and_curve_show_the_even_trials_of_the_action(battery, data, figure):
    even = ~odd_trials(battery.trials)
    for example in data.examples:
        row = int(np.flatnonzero(battery.units["unit_id"] == example.unit_id)[0])
        for name, colour in (("execute-light", style.EXECUTION), ("observe", style.OBSERVATION)):
            trials = battery.trials
            here = even & (trials["condition"] == name) & (trials["action"] == example.action)
            shown = battery.select(trials=here.to_numpy(), units=np.array([row]))
            rates = psth(shown, align="contact", window_s=WINDOW_S)
            assert is_drawn(figure, colour, rates.of(name)[:, 0])
            trace = example.traces[name]
            zero = shown.trials["contact_time"].to_numpy()
            np.testing.assert_allclose(
                trace.onsets_s, shown.trials["movement_onset_time"].to_numpy() - zero
            )
            for spikes, contact in zip(trace.spikes_s, zero, strict=True):
                own = shown.spikes_of(0) - contact
                near = own[(own >= WINDOW_S[0]) & (own < WINDOW_S[1])]
                np.testing.assert_array_equal(spikes, near)


def test_example_has_the_same_axes_for_both_contexts(data, figure):
    limits = set()
    for trace in (data.examples[0].traces[name] for name in ("execute-light", "observe")):
        shown = trace.rates.values[0, :, 0]
        limits |= {
            (axes.get_xlim(), axes.get_ylim())
            for axes in figure.axes
            if any(np.array_equal(line.get_ydata(), shown) for line in axes.lines)
        }
    assert len(limits) == 1


def test_a_kind_without_units_is_named(battery, task, data):
    flat_only = battery.select(units=(UNITS["kind"] == "flat").to_numpy())
    selection = gallese1996.classify(flat_only)
    none = choose(flat_only, selection)
    assert [e.unit_id for e in none] == [None] * 5
    empty = replace(data, examples=none)
    said = words(page.draw(empty))
    assert sum("no unit of F5" in text for text in said) == 5
    assert "no unit was strictly congruent and none broadly congruent" in page.caption(empty)


# --- averages -------------------------------------------------------------------------------


def test_population_is_the_mean_over_all_units_of_the_area(battery, data, figure):
    rates = psth(battery, align="contact", window_s=WINDOW_S)
    start = battery.trials["object_on_time"].to_numpy()
    baseline = battery.counts(start - 0.5, start) / 0.5
    here = (battery.trials["condition"] == "observe").to_numpy()
    units = (battery.units["area"] == "F5").to_numpy()
    net = rates.of("observe")[:, units] - baseline[here][:, units].mean(axis=0)
    course = data.population["F5", "observe"]
    assert course.n_units == 7
    np.testing.assert_allclose(course.mean, net.mean(axis=1))
    np.testing.assert_allclose(course.sem, net.std(axis=1, ddof=1) / np.sqrt(7))
    assert is_drawn(figure, style.OBSERVATION, course.mean)


def test_changes_are_those_of_the_windows(task, data):
    trials = task.trials
    here = ((trials["condition"] == "observe") & (trials["action"] == "PG")).to_numpy()
    go = trials["go_time"].to_numpy()[here]
    late = task.counts(go + 0.35, go + 0.8)[:, 3] / 0.45
    early = task.counts(go - 1.4, go - 1.1)[:, 3] / 0.3
    table = data.changes.set_index(["unit_id", "action"])
    assert table.loc[(103, "PG"), "observation"] == pytest.approx((late - early).mean())
    assert len(table) == 2 * 7


def test_only_mirror_units_have_a_sign_class(task, data):
    classes = data.changes.groupby("unit_id")["sign_class"].agg(set)
    assert (classes[100], classes[102], classes[103]) == ({"FF"}, {"SS"}, {""})
    none = UNITS.assign(mirror=False, class_PG="FF", class_WHG="FF")
    assert set(changes(task, none)["sign_class"]) == {""}


def test_every_change_is_a_point(data, figure):
    points = [
        y
        for axes in figure.axes
        for x in axes.lines
        if x.get_marker() in "o>^s."
        for y in x.get_ydata()
    ]
    assert set(data.changes["observation"]) <= set(points)


def test_muscle_is_drawn_in_percent_of_its_peak(data, figure):
    peak = max(activity.max() for _, activity, _ in data.muscle.values())
    _, activity, drive = data.muscle["execute-light"]
    assert is_drawn(figure, style.EXECUTION, 100 * activity / peak)
    assert is_drawn(figure, style.EXECUTION, drive)


# --- tables ---------------------------------------------------------------------------------


def test_a_control_without_response_is_an_open_dot(figure):
    open_dots = [
        list(line.get_xdata())
        for axes in figure.axes
        for line in axes.lines
        if line.get_markerfacecolor() == "white" and line.get_marker() == "o"
    ]
    assert [0.001] in open_dots
    assert panels.NO_RESPONSE in words(figure)


def test_no_controls_are_said_to_be_none(data):
    figure = page.draw(replace(data, controls=CONTROLS.iloc[:0]))
    assert "no controls were run" in words(figure)


def test_a_missing_column_is_named(battery, task):
    with pytest.raises(ValueError, match="controls lacks the columns verdict"):
        page.prepare(
            battery,
            task,
            shares=SHARES,
            controls=CONTROLS.drop(columns="verdict"),
            subject="",
            n_subjects=1,
        )


def test_one_subject_is_called_an_example(data):
    one = replace(data, n_subjects=1)
    assert any("an example" in text for text in words(page.draw(one)))
    assert "one Subject, an example" in page.caption(one)


# --- looks ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(data, tmp_path_factory):
    """Draw and write the figure; return its folder, and the settings before and after."""
    folder = tmp_path_factory.mktemp("figure")
    before = dict(mpl.rcParams)
    style.savefig(page.draw(data), folder / "figure")
    return folder, before, dict(mpl.rcParams)


def test_the_same_data_give_the_same_bytes_whatever_the_settings(data, saved, tmp_path):
    with mpl.rc_context({"font.size": 17, "axes.grid": True, "svg.hashsalt": None}):
        paths = style.savefig(page.draw(data), tmp_path / "figure")
    first, second = ({p.name: p.read_bytes() for p in f.iterdir()} for f in (saved[0], tmp_path))
    assert first == second
    assert [path.name for path in paths] == ["figure.png", "figure.svg"]
    assert first["figure.png"].startswith(b"\x89PNG")
    assert b"<svg" in first["figure.svg"]


def test_no_setting_of_matplotlib_leaks(saved):
    _, before, after = saved
    assert after == before


def test_texts_are_readable_on_the_page_and_do_not_overlap(data, monkeypatch):
    boxes = []
    draw = Text.draw

    def recording(self, renderer, *args, **kwargs):
        draw(self, renderer, *args, **kwargs)
        if self.get_visible() and self.get_text().strip():
            boxes.append((self.get_text(), self.get_window_extent(renderer), self.get_fontsize()))

    monkeypatch.setattr(Text, "draw", recording)
    figure = page.draw(data)
    figure.draw_without_rendering()
    boxes = list({(t, *b.extents): (t, b, s) for t, b, s in boxes}.values())
    assert len(boxes) > 100
    width, height = figure.bbox.size
    for text, box, size in boxes:
        assert size >= 6, text
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height, text  # noqa: PT018
    overlapping = [
        (one, other)
        for (one, a, _), (other, b, _) in itertools.combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]
    assert overlapping == []


def test_classes_do_not_have_the_colours_of_the_contexts():
    colours = {colour for colour, _ in style.CLASSES.values()}
    assert len(colours) == len(style.CLASSES)
    assert not colours & {style.EXECUTION, style.OBSERVATION, style.NEUTRAL}


def test_importing_the_figures_chooses_no_backend():
    code = "import sys, mirror_sim.studies.observed_vs_performed.figure; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "matplotlib.pyplot" not in loaded
    assert "brian2" not in loaded
