"""Recordings of other laboratories: they come in whole, and go out as what they are."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import h5py
import numpy as np
import pandas as pd
import pytest

from mirror_sim.analysis.epochs import Epoch
from mirror_sim.analysis.rates import psth
from mirror_sim.analysis.variability import baseline_variability
from mirror_sim.session.session import Session
from mirror_sim.studies.gallese1996 import gallese_classify
from mirror_sim.studies.jerjian2020 import jerjian_classify

N_TRIALS, TRIAL_S = 12, 4.0


def lab_file(
    path,
    *,
    units=None,
    trials=None,
    table="trials",
    text=str,
    groups=False,
    observed=None,
    notes=None,
):
    """Write a recording of three units of 20 spikes/s, by pynwb alone; return the spike trains.

    `units` and `trials` add columns, or change them; None as values leaves one out.
    """
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.file import Subject

    nwb = NWBFile(
        session_description="Macaque M24, day 37",
        identifier="M24-37",
        session_start_time=datetime(2015, 3, 4, 9, 30, tzinfo=UTC),
        timestamps_reference_time=datetime(2015, 3, 4, 9, 0, tzinfo=UTC),
        session_id="37",
        experimenter=["Doe, Jane"],
        lab="Grasp lab",
        notes=notes,
        subject=Subject(subject_id="M24", species="Macaca mulatta", sex="M", age="P9Y"),
    )
    if groups:
        device = nwb.create_device("probe")
        group = nwb.create_electrode_group("A", "U-probe", location="F5", device=device)
        for k in range(4):
            nwb.add_electrode(location="F5" if k < 3 else "M1", group=group)
    _add_trials(nwb, table, text, trials or {})
    of_units = {"area": [text("F5")] * 3} | (units or {})
    kept = {name: values for name, values in of_units.items() if values is not None}
    for name in kept:
        nwb.add_unit_column(name, f"the lab's {name}")
    rng, trains = np.random.default_rng(0), []
    for unit in range(3):
        spans = observed[unit] if observed else [[0.0, TRIAL_S * N_TRIALS]]
        trains.append(
            np.sort(np.concatenate([rng.uniform(a, b, round(20 * (b - a))) for a, b in spans]))
        )
        row = {name: values[unit] for name, values in kept.items()}
        if groups:
            row |= {"electrodes": [unit, 3] if unit == 2 else [unit], "electrode_group": group}
        if observed:
            row["obs_intervals"] = spans
        nwb.add_unit(spike_times=trains[-1], **row)
    with NWBHDF5IO(str(path), "w") as io:
        io.write(nwb)
    return trains


def _add_trials(nwb, table, text, changes):
    from pynwb.epoch import TimeIntervals

    start = TRIAL_S * np.arange(N_TRIALS)
    of_trials = {
        "start_time": start,
        "stop_time": start + TRIAL_S,
        "condition": [text("observe" if k % 2 else "execute") for k in range(N_TRIALS)],
        "contact_time": start + 2.0,
    } | changes
    kept = {name: values for name, values in of_trials.items() if values is not None}
    intervals = TimeIntervals(name=table, description="what happened")
    for name in kept:
        if name not in ("start_time", "stop_time"):
            intervals.add_column(name, f"the lab's {name}")
    for row in pd.DataFrame(kept).to_dict("records"):
        intervals.add_interval(**row)
    if table == "trials":
        nwb.trials = intervals
    else:
        nwb.add_time_intervals(intervals)


def read_by_pynwb(path, look):
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(str(path), "r") as io:
        return look(io.read())


# --- what comes in ------------------------------------------------------------------------------


def test_the_least_recording(tmp_path):
    trains = lab_file(tmp_path / "a.nwb")
    session = Session.from_nwb(tmp_path / "a.nwb")
    assert session.units.to_dict("list") == {"unit_id": [0, 1, 2], "area": ["F5"] * 3}
    assert list(session.trials) == ["start_time", "stop_time", "condition", "contact_time"]
    for row in range(3):
        np.testing.assert_array_equal(session.spikes_of(row), trains[row])
    assert session.metadata["subject_id"] == "M24"


def test_columns_of_other_names(tmp_path):
    path = tmp_path / "a.nwb"
    lab_file(
        path,
        table="reach",
        units={"area": None, "brain_area": ["F5", "M1", "M1"], "cluster": [7, 3, 5]},
        trials={
            "condition": None,
            "trial_type": [1, 2] * 6,
            "grip": ["PG", "WHG"] * 6,
            "t_go": TRIAL_S * np.arange(N_TRIALS) + 1.0,
            "correct": [1, 0] * 6,
            "lit": [1, 1] * 6,
        },
    )
    session = Session.from_nwb(
        path,
        units={"brain_area": "area", "cluster": "unit_id"},
        trials={
            "trial_type": "condition",
            "grip": "action",
            "t_go": "go_time",
            "lit": "hand_visible",
        },
        intervals="reach",
        defaults={"agent": "monkey", "cell_type": "unknown", "action": "none"},
    )
    assert session.units["unit_id"].tolist() == [7, 3, 5]
    assert session.units["area"].tolist() == ["F5", "M1", "M1"]
    assert session.units["cell_type"].tolist() == ["unknown"] * 3
    assert session.trials["condition"].tolist() == ["1", "2"] * 6
    assert session.trials["action"].tolist() == ["PG", "WHG"] * 6  # there already
    assert session.trials["agent"].tolist() == ["monkey"] * N_TRIALS
    assert session.trials["hand_visible"].dtype == bool
    assert session.trials["correct"].tolist() == [1, 0] * 6
    assert session.events == ("contact", "go")
    assert (
        Session.from_nwb(
            path,
            units={"brain_area": "area"},
            trials={"trial_type": "condition"},
        )
        .select(trials="correct == 1")
        .trials["grip"]
        .tolist()
        == ["PG"] * 6
    )


def test_areas_of_electrodes(tmp_path):
    path = tmp_path / "a.nwb"
    lab_file(path, units={"area": None}, groups=True, text=str.encode)
    by_electrode = Session.from_nwb(path, units={"electrodes": "area"})
    assert by_electrode.units["area"].tolist() == ["F5", "F5", "F5/M1"]
    by_group = Session.from_nwb(path, units={"electrode_group": "area"})
    assert by_group.units["area"].tolist() == ["F5"] * 3
    assert by_group.metadata["origin"]["left_out"] == ["units.electrodes"]
    assert by_electrode.units["electrode_group_"].tolist() == ["A"] * 3
    probe = Session.from_nwb(path, units={"electrodes": "area", "electrode_group": "probe"})
    assert probe.units["probe"].tolist() == ["A"] * 3
    by_group.to_nwb(tmp_path / "b.nwb")
    assert Session.from_nwb(tmp_path / "b.nwb").equals(by_group)


def test_texts_as_bytes(tmp_path):
    lab_file(tmp_path / "a.nwb", text=str.encode)
    session = Session.from_nwb(tmp_path / "a.nwb")
    assert session.units["area"].tolist() == ["F5"] * 3
    assert set(session.trials["condition"]) == {"observe", "execute"}


def test_columns_whose_names_are_no_words_or_mean_something_else(tmp_path):
    columns = {
        "inter-trial interval": [0.5] * N_TRIALS,
        "2nd": [1] * N_TRIALS,
        "seed": ["a"] * N_TRIALS,
    }
    lab_file(tmp_path / "a.nwb", trials=columns)
    session = Session.from_nwb(tmp_path / "a.nwb", trials={"seed": "seed_text"})
    assert list(session.trials)[-3:] == ["inter_trial_interval", "_2nd", "seed_text"]
    session.to_nwb(tmp_path / "b.nwb")
    assert Session.from_nwb(tmp_path / "b.nwb").equals(session)


def test_a_home_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    lab_file(tmp_path / "a.nwb")
    session = Session.from_nwb("~/a.nwb")
    session.to_nwb("~/b.nwb")
    assert (tmp_path / "b.nwb").exists()
    with pytest.raises(ValueError, match=r"Session\.from_nwb: path is None, which is neither"):
        Session.from_nwb(None)


def test_codes_of_conditions_stay_apart(tmp_path):
    codes = [20190101.0, 20190102.0, 1234567.5, np.nan] * 3
    lab_file(tmp_path / "a.nwb", trials={"condition": codes})
    session = Session.from_nwb(tmp_path / "a.nwb")
    assert session.trials["condition"][:4].tolist() == ["20190101", "20190102", "1234567.5", ""]


def test_the_trials_of_the_file_come_before_those_of_a_module(tmp_path):
    from pynwb import NWBHDF5IO
    from pynwb.epoch import TimeIntervals

    lab_file(tmp_path / "a.nwb")
    with NWBHDF5IO(str(tmp_path / "a.nwb"), "a") as io:
        nwb = io.read()
        module = nwb.create_processing_module("behavior", "other trials")
        table = TimeIntervals(name="trials", description="others")
        table.add_column("condition", "condition")
        table.add_interval(start_time=0.0, stop_time=1.0, condition="b")
        module.add(table)
        io.write(nwb)
    assert len(Session.from_nwb(tmp_path / "a.nwb").trials) == N_TRIALS
    other = Session.from_nwb(tmp_path / "a.nwb", intervals="behavior/trials")
    assert other.trials["condition"].tolist() == ["b"]


@pytest.mark.filterwarnings("ignore:An attribute 'copy' already exists")  # pynwb's
def test_names_that_mean_something_else_in_nwb_or_python(tmp_path):
    columns = {"copy": 1, "class": 2, "area_mm²": 3, "depth_µm": 4}
    lab_file(tmp_path / "a.nwb", trials={name: [n] * N_TRIALS for name, n in columns.items()})
    session = Session.from_nwb(tmp_path / "a.nwb")
    assert list(session.trials)[-4:] == ["copy_", "class_", "area_mm2", "depth_μm"]
    assert len(session.select(trials="depth_µm == 4 and class_ == 2").trials) == N_TRIALS
    session.to_nwb(tmp_path / "b.nwb")
    assert Session.from_nwb(tmp_path / "b.nwb").equals(session)


def test_ids_that_repeat(tmp_path):
    lab_file(tmp_path / "a.nwb", units={"unit_id": [7, 7, 8], "cluster": [1, 2, 3]})
    with pytest.raises(
        ValueError, match="the unit_id 7 comes twice in its units; name another col"
    ):
        Session.from_nwb(tmp_path / "a.nwb")
    names = {"unit_id": "channel", "cluster": "unit_id"}
    assert Session.from_nwb(tmp_path / "a.nwb", units=names).units["unit_id"].tolist() == [1, 2, 3]
    lab_file(tmp_path / "b.nwb")
    with h5py.File(tmp_path / "b.nwb", "a") as file:
        file["units/id"][:] = [4, 4, 5]
    assert Session.from_nwb(tmp_path / "b.nwb").units["unit_id"].tolist() == [0, 1, 2]


def test_columns_of_another_byte_order(tmp_path):
    start = TRIAL_S * np.arange(N_TRIALS)[::-1].astype(">f8")
    effort = np.arange(N_TRIALS).astype(">i2")
    lab_file(
        tmp_path / "a.nwb",
        trials={"contact_time": start + 1, "start_time": start, "stop_time": start + 4},
    )
    with h5py.File(tmp_path / "a.nwb", "a") as file:
        table = file["intervals/trials"]
        for name, values in (
            ("start_time", start),
            ("contact_time", start + 1),
            ("effort", effort),
        ):
            attributes = dict(table.get(name, table["condition"]).attrs)
            if name in table:
                del table[name]
            table[name] = values
            table[name].attrs.update(attributes | {"object_id": f"x-{name}"})
        table.attrs["colnames"] = np.append(table.attrs["colnames"], "effort").astype(object)
    session = Session.from_nwb(tmp_path / "a.nwb")
    assert session.trials["effort"].tolist() == list(range(N_TRIALS))[::-1]


def test_intervals_that_are_padded_or_never_end(tmp_path):
    spans = [[[0.0, 48.0]], [[8.0, 48.0]], [[0.0, 48.0]]]
    lab_file(tmp_path / "a.nwb", observed=spans)
    with h5py.File(tmp_path / "a.nwb", "a") as file:
        file["units/obs_intervals"][:] = [[-5.0, 60.0], [8.0, np.inf], [np.nan, np.nan]]
    with pytest.warns(UserWarning, match="960 spikes of 1 units lie outside the times in which"):
        session = Session.from_nwb(tmp_path / "a.nwb")
    assert session.duration_s == 60.0
    found = [session.recorded_of(row).tolist() for row in range(3)]
    assert found == [[[0.0, 60.0]], [[8.0, 60.0]], []]


def test_notes_in_words(tmp_path):
    lab_file(tmp_path / "a.nwb", notes="left hemisphere, antidromic latency 1.1 ms")
    origin = Session.from_nwb(tmp_path / "a.nwb").metadata["origin"]
    assert origin["notes"] == "left hemisphere, antidromic latency 1.1 ms"


def test_the_recording_ends_with_its_last_spike_or_as_told(tmp_path):
    lab_file(tmp_path / "a.nwb", trials={"stop_time": TRIAL_S * np.arange(N_TRIALS) + 1.0})
    session = Session.from_nwb(tmp_path / "a.nwb")
    assert 47.0 < session.spike_times.max() < session.duration_s < 48.0
    assert Session.from_nwb(tmp_path / "a.nwb", duration_s=60.0).duration_s == 60.0
    with pytest.raises(ValueError, match=r"a\.nwb: Session\.duration_s is 10"):
        Session.from_nwb(tmp_path / "a.nwb", duration_s=10.0)


@pytest.mark.parametrize("shift_s", [-0.5, 4.5])
def test_events_before_and_after_the_trial(tmp_path, shift_s):
    times = TRIAL_S * np.arange(N_TRIALS) + shift_s
    lab_file(tmp_path / "a.nwb", trials={"fixation_time": times})
    np.testing.assert_array_equal(
        Session.from_nwb(tmp_path / "a.nwb").event_times("fixation"), times
    )


def test_durations_are_no_events(tmp_path):
    lab_file(tmp_path / "a.nwb", trials={"reaction_time": np.full(N_TRIALS, 0.3)})
    with pytest.warns(
        UserWarning, match=r"reaction_time holds no times of events .*row 2: 0\.3 in a"
    ):
        session = Session.from_nwb(tmp_path / "a.nwb")
    assert session.events == ("contact",)
    assert session.trials["reaction_time_value"].tolist() == [0.3] * N_TRIALS
    named = Session.from_nwb(tmp_path / "a.nwb", trials={"reaction_time": "rt_s"})
    assert named.trials["rt_s"].tolist() == [0.3] * N_TRIALS
    with pytest.raises(ValueError, match=r"row 2: go_time 0\.3 is far outside the trial"):
        Session.from_nwb(tmp_path / "a.nwb", trials={"reaction_time": "go_time"})


def test_aborted_trials(tmp_path):
    start = TRIAL_S * np.arange(N_TRIALS)
    stop, contact = start + TRIAL_S, start + 2.0
    stop[5], stop[9], contact[[5, 7]] = np.nan, start[9], np.nan
    lab_file(tmp_path / "a.nwb", trials={"stop_time": stop, "contact_time": contact})
    with pytest.warns(UserWarning, match="2 of 12 trials are left out, .* the first is row 5"):
        session = Session.from_nwb(tmp_path / "a.nwb")
    assert len(session.trials) == N_TRIALS - 2
    assert np.isnan(session.event_times("contact")).tolist() == [k == 6 for k in range(10)]
    rates = psth(session, align="contact", window_s=(-1.0, 1.0), sigma_s=0.0)
    assert abs(rates.of("observe").mean() - 20) < 3


def test_trials_out_of_order_are_put_in_order_and_named_by_their_row(tmp_path):
    start = TRIAL_S * np.arange(N_TRIALS)[::-1].astype(float)
    label = [f"trial {k}" for k in range(N_TRIALS)]
    columns = {
        "start_time": start,
        "stop_time": start + TRIAL_S,
        "contact_time": start + 2,
        "name": label,
    }
    lab_file(tmp_path / "a.nwb", trials=columns | {"name": None, "label": label})
    assert Session.from_nwb(tmp_path / "a.nwb").trials["label"].tolist() == label[::-1]
    go = start + 1.0
    go[3] = 500.0
    lab_file(tmp_path / "b.nwb", trials={"start_time": start, "stop_time": start + 4, "go": go})
    names = {"contact_time": "contact_s", "go": "go_time"}
    with pytest.raises(ValueError, match=r"row 3: go_time 500\.0 is far outside the trial, 32\.0"):
        Session.from_nwb(tmp_path / "b.nwb", trials=names)


def test_what_lies_before_time_0_is_left_out_with_a_word(tmp_path):
    start = TRIAL_S * np.arange(N_TRIALS)
    start[0] = -1.0
    trains = lab_file(tmp_path / "a.nwb", trials={"start_time": start})
    with h5py.File(tmp_path / "a.nwb", "a") as file:
        file["units/spike_times"][:2] = [-0.5, -0.25]
    with (
        pytest.warns(UserWarning, match="2 spikes before time 0 are left out"),
        pytest.warns(UserWarning, match="1 of 12 trials are left out, .* the first is row 0"),
    ):
        session = Session.from_nwb(tmp_path / "a.nwb")
    assert len(session.trials) == N_TRIALS - 1
    np.testing.assert_array_equal(session.spikes_of(0), trains[0][2:])


def test_overlapping_trials_share_their_spikes(tmp_path):
    start = TRIAL_S * np.arange(N_TRIALS)
    lab_file(
        tmp_path / "a.nwb", trials={"start_time": (start - 1.0).clip(0), "stop_time": start + 5.0}
    )
    session = Session.from_nwb(tmp_path / "a.nwb", duration_s=60.0)
    rates = psth(session, align="contact", window_s=(-2.5, 2.5), sigma_s=0.0, step_s=0.5)
    for name, rows in (("execute", slice(0, None, 2)), ("observe", slice(1, None, 2))):
        contact = session.event_times("contact")[rows]
        edges = -2.5 + 0.5 * np.arange(11)
        inside = [(contact + low)[contact + low + 0.25 > 0] for low in edges[:-1]]
        counted = [session.counts(low, low + 0.5).mean(axis=0) / 0.5 for low in inside]
        np.testing.assert_allclose(rates.of(name), counted)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ({"units": {"area": None}}, {}, r"its units lack area; .*units=\{theirs: 'area'\}"),
        ({"trials": {"condition": None}}, {}, "its trials lack condition; name the columns"),
        (
            {},
            {"units": {"brain_area": "area"}},
            "unknown column 'brain_area' in its units. Did you",
        ),
        ({}, {"trials": {"contact_time": "condition"}}, "have a column 'condition' of their own"),
        ({}, {"trials": {"a": "go_time", "b": "go_time"}}, "two columns would be called 'go_time'"),
        ({}, {"units": {"area": "two words"}}, "'two words' is not a word without spaces"),
        (
            {},
            {"intervals": "trails"},
            "unknown table of intervals 'trails' in it. Did you mean 'tr",
        ),
        ({}, {"defaults": {"agnet": "human"}}, "unknown column 'agnet' in from_nwb.*'agent'"),
        ({}, {"defaults": {"unit_id": 3}}, "unknown column 'unit_id' in from_nwb"),
        (
            {"trials": {"seed": ["a"] * 12}},
            {},
            r"'seed' of its trials holds texts, but 'seed' is to hold integers; .*\{'seed': \.",
        ),
        ({"trials": {"go_time": ["a"] * 12}}, {}, "'go_time' of its trials holds texts"),
        ({"trials": {"a b": [1] * 12, "a-b": [2] * 12}}, {}, "another would be called 'a_b'"),
        ({}, {"defaults": {"tool": "no"}}, r"Session\.trials\['tool'\] holds texts"),
    ],
)
def test_what_does_not_fit_is_explained(tmp_path, content, options, message):
    lab_file(tmp_path / "a.nwb", **content)
    with pytest.raises(ValueError, match=message):
        Session.from_nwb(tmp_path / "a.nwb", **options)


@pytest.mark.parametrize("options", [{"units": ["area"]}, {"trials": {"a": 1}}, {"defaults": "x"}])
def test_what_is_no_dictionary_is_refused(tmp_path, options):
    lab_file(tmp_path / "a.nwb")
    with pytest.raises(ValueError, match=r"Session\.from_nwb: (units|trials: a|defaults) is "):
        Session.from_nwb(tmp_path / "a.nwb", **options)


def test_several_tables_of_intervals(tmp_path):
    lab_file(tmp_path / "a.nwb", table="recognition")
    assert len(Session.from_nwb(tmp_path / "a.nwb").trials) == N_TRIALS  # the only one

    def add(name):
        from pynwb import NWBHDF5IO
        from pynwb.epoch import TimeIntervals

        with NWBHDF5IO(str(tmp_path / "a.nwb"), "a") as io:
            nwb = io.read()
            nwb.add_time_intervals(TimeIntervals(name=name, description="another"))
            io.write(nwb)

    add("learning")
    with pytest.raises(ValueError, match=r"choose one by .*intervals=NAME.*: (recog|learn)"):
        Session.from_nwb(tmp_path / "a.nwb")
    assert len(Session.from_nwb(tmp_path / "a.nwb", intervals="recognition").trials) == N_TRIALS


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((), r"a\.nwb: it holds no session: it has no table of units"),
        (("units",), r"it holds no session: it has no table of trials"),
        (
            ("units", "trials", "early"),
            r"none of its 1 trials starts at 0 s or later and stops aft",
        ),
    ],
)
def test_files_without_units_or_trials(tmp_path, parts, message):
    from pynwb import NWBHDF5IO, NWBFile

    nwb = NWBFile("a day", "x", datetime(2020, 1, 1, tzinfo=UTC))
    if "units" in parts:
        nwb.add_unit_column("area", "area")
        nwb.add_unit(spike_times=[-0.5, 1.0], area="F5")
    if "early" in parts:
        nwb.add_trial_column("condition", "condition")
        nwb.add_trial(start_time=-2.0, stop_time=-1.0, condition="observe")
    with NWBHDF5IO(str(tmp_path / "a.nwb"), "w") as io:
        io.write(nwb)
    with pytest.raises(ValueError, match=message):
        Session.from_nwb(tmp_path / "a.nwb")


READ = (
    "import sys; from mirror_sim.session.session import Session\n"
    "try: Session.from_nwb(sys.argv[1])\n"
    "except Exception as error: print(type(error).__name__, error)"
)


def told(path, *, before=()):
    command = [*before, sys.executable, "-c", READ, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_file_that_is_open_elsewhere_is_not_called_damaged(tmp_path):
    lab_file(tmp_path / "a.nwb")
    with h5py.File(tmp_path / "a.nwb", "r+"):
        answer = told(tmp_path / "a.nwb")
    assert "is open for writing in another program" in answer
    assert "damaged" not in answer


def test_a_file_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    lab_file(tmp_path / "a.nwb")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may read anything
    with pytest.raises(PermissionError, match="may not be read by you"):
        Session.from_nwb(tmp_path / "a.nwb")


# --- units recorded for part of the session -----------------------------------------------------

PARTLY = [[[0.0, 48.0]], [[16.0, 48.0]], [[0.0, 8.0], [16.0, 48.0]]]


@pytest.fixture(scope="module")
def partly(tmp_path_factory):
    path = tmp_path_factory.mktemp("partly") / "a.nwb"
    columns = {
        "action": ["PG", "PG", "WHG", "WHG"] * 3,
        "object": ["ring", "ring", "ball", "ball"] * 3,
    }
    lab_file(path, observed=PARTLY, trials=columns)
    return Session.from_nwb(path)


def test_a_rate_is_of_the_time_in_which_a_unit_was_recorded(partly):
    for sigma_s in (0.0, 0.05):
        rates = psth(partly, align="contact", window_s=(-1.0, 1.0), sigma_s=sigma_s)
        assert np.abs(rates.values.mean(axis=(0, 1)) - 20).max() < 3
    counts = partly.counts(partly.trials["start_time"], partly.trials["stop_time"])
    assert np.isnan(counts[:4, 1]).all()
    assert np.isfinite(counts[4:, 1]).all()
    assert abs(np.nanmean(counts[:, 2]) - 80) < 12


def test_a_bin_in_which_a_unit_was_never_recorded_is_missing(partly):
    early = partly.select(trials=np.arange(4))
    rates = psth(early, align="contact", window_s=(-1.0, 1.0), sigma_s=0.05)
    assert np.isnan(rates.values[..., 1]).all()
    assert np.isfinite(rates.values[..., [0, 2]]).all()


EPOCHS = tuple(
    Epoch(start="contact", stop="contact", start_offset_s=first, stop_offset_s=first + 0.5)
    for first in (-1.5, -0.5, 0.0)
)


def test_both_papers_tests_take_the_trials_in_which_a_unit_was_recorded(partly):
    names = {"execution": "execute", "observation": "observe", "epochs": EPOCHS}
    own = [np.arange(12), np.arange(4, 12), np.array([0, 1, *range(4, 12)])]
    for classify in (gallese_classify, jerjian_classify):
        found = classify(partly, **names)
        for unit in range(3):
            alone = partly.select(units=[unit], trials=own[unit])
            pd.testing.assert_frame_equal(
                found.iloc[[unit]].reset_index(drop=True), classify(alone, **names)
            )
    few = partly.select(trials=np.arange(8))
    with pytest.raises(ValueError, match=r"unit row [12].*leave it out with Session\.select"):
        gallese_classify(few, **names)
    with pytest.raises(ValueError, match=r"unit row [12].*leave it out with Session\.select"):
        jerjian_classify(few, **names)


def test_measures_that_need_all_trials_say_so(partly):
    with pytest.raises(
        ValueError, match="unit row 1 was not recorded throughout the window of tri"
    ):
        baseline_variability(partly, EPOCHS[0])


def test_a_trial_without_an_epoch_is_named_by_its_number_in_the_session(partly):
    trials = partly.trials.copy()
    trials.loc[9, "contact_time"] = np.nan
    session = Session(
        partly.units, trials, partly.spike_times, partly.spike_units, {}, duration_s=50.0
    )
    for classify in (gallese_classify, jerjian_classify):
        with pytest.raises(ValueError, match=r"trial 9 has no time from .*Session\.select"):
            classify(session, execution="execute", observation="observe", epochs=EPOCHS)


# --- what goes out ------------------------------------------------------------------------------


def facts(nwb):
    return {
        "description": nwb.session_description,
        "experiment": nwb.experiment_description,
        "experimenter": tuple(nwb.experimenter or ()),
        "lab": nwb.lab,
        "start": nwb.session_start_time,
        "reference": nwb.timestamps_reference_time,
        "session": nwb.session_id,
        "notes": nwb.notes,
        "subject": {name: getattr(nwb.subject, name) for name in ("subject_id", "sex", "age")},
        "about": nwb.subject.description,
    }


def test_a_recording_stays_a_recording(tmp_path):
    path, out = tmp_path / "a.nwb", tmp_path / "b.nwb"
    lab_file(
        path, observed=PARTLY, notes='{"study": "grasp37", "subject_id": "M24", "dt_ms": 0.03}'
    )
    session = Session.from_nwb(path)
    part = session.select(units="unit_id > 0")
    part.to_nwb(out)
    assert read_by_pynwb(out, facts) == read_by_pynwb(path, facts)
    observed = read_by_pynwb(out, lambda nwb: [x.tolist() for x in nwb.units["obs_intervals"][:]])
    assert observed == PARTLY[1:]
    assert b"imulated" not in out.read_bytes()
    with h5py.File(out) as file:
        script = file["general/source_script"][()].decode()
        assert file["units/area"].attrs["description"] == "the lab's area"
    assert "the identifier M24-37" in script
    back = Session.from_nwb(out)
    assert back.equals(part)
    back.to_nwb(tmp_path / "c.nwb")
    assert Session.from_nwb(tmp_path / "c.nwb").equals(part)


def test_what_the_file_says_of_its_columns_is_kept(tmp_path):
    lab_file(
        tmp_path / "a.nwb",
        units={"area": None, "region": ["F5"] * 3, "quality": ["good"] * 3},
        trials={"quality": ["bad"] * N_TRIALS},
    )
    with h5py.File(tmp_path / "a.nwb", "a") as file:
        file["units/quality"].attrs["description"] = "of the sorting"
    Session.from_nwb(tmp_path / "a.nwb", units={"region": "area"}).to_nwb(tmp_path / "b.nwb")
    with h5py.File(tmp_path / "b.nwb") as file:
        assert file["units/area"].attrs["description"] == "the lab's region"
        assert file["units/quality"].attrs["description"] == "of the sorting"
        assert file["intervals/trials/quality"].attrs["description"] == "the lab's quality"
        assert "obs_intervals" not in file["units"]  # the source says nothing of it


def test_intervals_of_the_whole_session_are_told_where_the_source_told_them(tmp_path):
    lab_file(tmp_path / "a.nwb", observed=[[[0.0, 48.0]]] * 3)
    session = Session.from_nwb(tmp_path / "a.nwb")
    assert session.recorded_throughout
    session.to_nwb(tmp_path / "b.nwb")
    with h5py.File(tmp_path / "b.nwb") as file:
        assert file["units/obs_intervals"][:].tolist() == [[0.0, 48.0]] * 3
    assert Session.from_nwb(tmp_path / "b.nwb").equals(session)


def test_two_parts_of_a_recording_are_not_one(tmp_path):
    lab_file(tmp_path / "a.nwb")
    session = Session.from_nwb(tmp_path / "a.nwb")
    joined = Session.concatenate([session, session])
    with pytest.raises(ValueError, match="tells of 2 recordings"):
        joined.to_nwb(tmp_path / "b.nwb")
    Session.concatenate([session]).to_nwb(tmp_path / "b.nwb")


def test_a_recording_made_of_arrays_needs_its_origin(tmp_path):
    units = pd.DataFrame({"unit_id": [1], "area": ["F5"]})
    trials = pd.DataFrame({"start_time": [0.0], "stop_time": [1.0], "condition": ["observe"]})

    def session(origin):
        metadata = {"origin": origin}
        return Session(units, trials, np.array([0.5]), np.array([0]), metadata)

    whole = {
        "session_description": "Monkey B, 3 May",
        "session_start_time": "2016-05-03T10:00:00+02:00",
        "lab": "ours",
        "subject": {"subject_id": "B", "species": "Macaca fascicularis", "sex": "F"},
    }
    session(whole).to_nwb(tmp_path / "a.nwb")
    assert Session.from_nwb(tmp_path / "a.nwb").equals(session(whole))
    assert read_by_pynwb(tmp_path / "a.nwb", lambda nwb: (nwb.lab, nwb.subject.sex)) == (
        "ours",
        "F",
    )
    for wrong, message in (
        ({**whole, "session_description": None}, "must be a dictionary with the text session_d"),
        ({**whole, "session_start_time": None}, "lacks session_start_time"),
        ({**whole, "session_start_time": "3 May"}, "'3 May' is not a date in ISO 8601"),
        ({**whole, "session_start_time": "2016-05-03"}, "has no time zone"),
        ({**whole, "subject": {"sexx": "F"}}, "unknown field 'sexx' in origin"),
        ([whole, whole], "tells of 2 recordings"),
    ):
        with pytest.raises(ValueError, match=message):
            session(wrong).to_nwb(tmp_path / "b.nwb")
    day = datetime(2016, 5, 3, tzinfo=UTC)
    session({"session_description": "x"}).to_nwb(tmp_path / "c.nwb", session_start_time=day)
    assert not (tmp_path / "b.nwb").exists()
