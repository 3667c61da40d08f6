"""Sessions: what they refuse, what they count and select, and that NWB files lose nothing."""

import pickle
import time
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sessions import METADATA, make_session, make_trials, make_units, remade

from mirror_sim.session.session import Session

# --- what a session refuses ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "row", "value", "message"),
    [
        ("start_time", 2, np.nan, r"trials, row 2: the trial lasts from nan to 6\.0 s"),
        ("start_time", 0, -0.5, r"row 0: the trial lasts from -0\.5"),
        ("stop_time", 5, np.inf, r"row 5: the trial lasts from 10\.5 to inf"),
        ("stop_time", 3, 6.5, r"row 3: the trial lasts from 6\.5 to 6\.5"),
        ("start_time", 3, 4.4, r"row 3: the trial starts at 4\.4 s, before the one above it, at 4"),
        ("contact_time", 4, 0.75, r"row 4: contact_time 0\.75 is far outside the trial, 8\.5 to"),
        ("contact_time", 4, np.inf, "row 4: contact_time inf is far outside the trial"),
    ],
)
def test_trials_out_of_place(column, row, value, message):
    trials = make_trials(6)
    trials.loc[row, column] = value
    with pytest.raises(ValueError, match=message):
        remade(make_session(), trials=trials)


def test_a_trial_is_named_as_the_caller_names_it():
    trials = make_trials(6)
    trials.loc[4, "contact_time"] = 0.75
    trials = trials[trials["condition"] == "execute-light"].set_index(pd.Index([3, 7, 11]))
    with pytest.raises(ValueError, match="row 11: contact_time"):
        remade(make_session(), trials=trials)


def test_trials_may_overlap_and_events_lie_somewhat_outside():
    trials = make_trials(3)
    trials["stop_time"] += 1.0  # half a second into the next
    trials["fixation_time"] = trials["start_time"] - 0.7
    session = remade(make_session(4, 3), trials=trials, duration_s=None)
    assert session.duration_s == 7.0
    assert session.event_times("fixation")[0] == pytest.approx(-0.2)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("action", ["a", None, "c"], r"trials\['action'\]\[1\] is missing; give an empty text"),
        ("seed", pd.array([1, None, 3], dtype="Int64"), r"trials\['seed'\]\[1\] is missing"),
        ("action", ["a", "b\0", "c"], r"trials\['action'\]\[1\] is 'b\\x00'; .* NUL"),
        ("action", ["a", "b", "\ud800"], r"trials\['action'\]\[2\] .* has no bytes"),
        ("tool", [0, 1, 0], r"trials\['tool'\] holds integers \(int64\); it must hold truth value"),
        ("seed", [0.5, 1.0, 2.0], r"trials\['seed'\] holds numbers .* must hold integers"),
        ("distance_m", ["near"] * 3, r"trials\['distance_m'\] holds texts"),
        ("go_time", ["0.5"] * 3, r"trials\['go_time'\] holds texts"),
        ("day", pd.date_range("2000-01-01", periods=3), r"trials\['day'\] is of type datetime"),
        ("kinds", [("a",), ("b",), ("c",)], r"trials\['kinds'\]\[0\] is \('a',\), which is not"),
        ("two words", [1, 2, 3], "column name 'two words' is not a word without spaces"),
        (3, [1, 2, 3], "column name 3 is not a word"),
    ],
)
def test_columns_of_wrong_content(column, values, message):
    trials = make_trials(3)
    trials[column] = values
    with pytest.raises(ValueError, match=message):
        Session(make_units(1), trials, np.zeros(0), np.zeros(0, dtype=int), {})


def test_missing_columns_are_named_with_those_that_are_there():
    session = make_session()
    with pytest.raises(ValueError, match=r"Session\.trials lacks the columns condition; it has s"):
        remade(session, trials=session.trials.drop(columns=["seed", "condition"]))
    with pytest.raises(ValueError, match=r"Session\.units lacks the columns unit_id; it has area"):
        remade(session, units=session.units.drop(columns="unit_id"))
    with pytest.raises(ValueError, match=r"Session: trials is \[1, 2\], which is no DataFrame"):
        remade(session, trials=[1, 2])
    with pytest.raises(ValueError, match="Session: metadata is 'a day', which is no mapping"):
        remade(session, metadata="a day")
    with pytest.raises(ValueError, match="Session: duration_s is '12', which is not a number"):
        remade(session, duration_s="12")


def test_what_a_recording_does_not_tell_stays_out():
    units = make_units(4)[["unit_id", "area"]]
    trials = make_trials(6)[["start_time", "stop_time", "condition", "contact_time"]]
    session = remade(make_session(), units=units, trials=trials)
    assert list(session.units) == ["unit_id", "area"]
    assert session.select(trials="condition == 'observe'").events == ("contact",)
    message = r"units lacks cell_type, which this analysis needs; .*units=\{theirs: 'cell_type'\}"
    with pytest.raises(ValueError, match=message):
        session.require(units=["area", "cell_type"])
    with pytest.raises(ValueError, match=r"trials lacks action.*defaults=\{'action': \.\.\.\}"):
        session.require(trials=["action", "way"])


def test_columns_and_ids_that_come_twice():
    session = make_session()
    units = session.units.assign(unit_id=[4, 5, 4, 6])
    with pytest.raises(ValueError, match="unit_id 4 comes twice"):
        remade(session, units=units)
    twice = pd.concat([session.units, session.units[["area"]]], axis=1)
    with pytest.raises(ValueError, match="the column area comes twice"):
        remade(session, units=twice)


def test_no_trials():
    session = make_session()
    with pytest.raises(ValueError, match="at least one trial"):
        remade(session, trials=session.trials.iloc[:0])


@pytest.mark.parametrize(
    ("times", "rows", "message"),
    [
        ([0.1, np.nan], [0, 2], r"spike_times\[1\], of unit row 2, is nan; the session lasts"),
        ([-0.1, 0.2], [0, 0], r"spike_times\[0\], of unit row 0, is -0\.1"),
        ([0.1, np.inf], [0, 1], r"spike_times\[1\], of unit row 1, is inf"),
        ([0.1, 12.0], [1, 3], r"spike_times\[1\], of unit row 3, is 12\.0; .* 0 to 12 s"),
        ([0.1, 0.3, 0.2], [0, 3, 3], r"spike_times\[2\], of unit row 3, is 0\.2 after 0\.3"),
        ([0.1, 0.2], [1, 0], r"spike_units is not sorted: 0 comes after 1"),
        ([0.1, 0.2], [0, 4], r"spike_units\[1\] is 4; there are 4 units"),
        ([0.1, 0.2], [-1, 0], r"spike_units\[0\] is -1"),
        ([0.1, 0.2], [0], r"shapes \(2,\) and \(1,\)"),
        ([[0.1]], [[0]], r"shapes \(1, 1\)"),
        ([0.1], [0.0], "spike_units is of type float64"),
    ],
)
def test_spikes_out_of_place(times, rows, message):
    with pytest.raises(ValueError, match=message):
        remade(make_session(), spike_times=np.array(times), spike_units=np.array(rows))


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"started": datetime(2000, 1, 1, tzinfo=UTC)}, r"metadata\['started'\] is a datetime"),
        ({"a": {"b": [1, {2}]}}, r"metadata\['a'\]\['b'\]\[1\] is a set"),
        ({"a": {1: 2}}, r"metadata\['a'\] has the key 1, which is not a text"),
        ({"a": "b\0"}, r"metadata\['a'\] is 'b\\x00'"),
    ],
)
def test_metadata_that_no_file_keeps(metadata, message):
    with pytest.raises(ValueError, match=message):
        remade(make_session(), metadata=metadata)


def test_a_session_ends_with_its_last_trial_or_block():
    session = make_session()
    assert session.duration_s == session.trials["stop_time"].max() == 12.0
    none = {"spike_times": np.zeros(0), "spike_units": np.zeros(0, dtype=int)}
    assert remade(session, duration_s=None, metadata={"block_s": 5.0}).duration_s == 15.0
    assert remade(session, duration_s=None, metadata={"block_s": 4.0}).duration_s == 12.0
    assert remade(session, duration_s=30.0).duration_s == 30.0
    with pytest.raises(ValueError, match=r"duration_s is 11\.9, but the last trial stops at 12"):
        remade(session, duration_s=11.9, **none)


# --- what a session keeps -----------------------------------------------------------------------


def test_a_caller_cannot_change_a_session_afterwards():
    units, trials, metadata = make_units(2), make_trials(2), {"list": [1]}
    times, rows = np.array([0.1, 0.2]), np.array([0, 1])
    session = Session(units, trials, times, rows, metadata)
    before = session.digest()
    units.loc[0, "x_um"] = 5.0
    trials.loc[0, "condition"] = "nogo"
    times[0], rows[0] = 0.15, 1
    metadata["list"].append(2)
    assert session.digest() == before
    with pytest.raises(ValueError, match="read-only"):
        session.spike_times[0] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        session.select(units=[1]).spike_units[0] = 0
    with pytest.raises(AttributeError, match="trials"):
        session.trials = trials


def test_columns_become_plain():
    trials = make_trials(3).astype({"condition": "category", "start_time": ">f8", "seed": "Int64"})
    trials["start_time"] = trials["start_time"] + 0.0
    trials["tool"] = pd.array([True, False, True], dtype="boolean")
    trials["cue_time"] = pd.array([None, 2.5, 4.5], dtype="Float64")
    trials["rank"] = np.arange(3, dtype=">i2")
    trials.index = [5, 6, 7]
    plain = Session(make_units(1), trials, np.zeros(0), np.zeros(0, dtype=int), {}).trials
    types = {name: str(plain[name].dtype) for name in ("start_time", "seed", "tool", "rank")}
    assert types == {"start_time": "float64", "seed": "int64", "tool": "bool", "rank": "int16"}
    assert plain["condition"].tolist() == ["execute-light", "observe", "execute-light"]
    np.testing.assert_array_equal(plain["cue_time"], [np.nan, 2.5, 4.5])
    assert plain.index.tolist() == [0, 1, 2]
    assert list(plain.columns)[-1] == "rank"


def test_numpy_values_in_metadata_become_plain():
    metadata = {"dt_ms": np.float64(0.1), "seed": np.int64(3), "range": (0, 1)}
    session = remade(make_session(), metadata=metadata)
    assert session.metadata == {"dt_ms": 0.1, "seed": 3, "range": [0, 1]}
    assert [type(value) for value in session.metadata.values()] == [float, int, list]


def test_a_session_survives_a_pickle():
    session = make_session()
    copy = pickle.loads(pickle.dumps(session))
    assert copy.equals(session)
    np.testing.assert_array_equal(copy.spikes_of(3), session.spikes_of(3))


def test_repr_tells_the_sizes():
    n = len(make_session().spike_times)
    assert repr(make_session()) == f"<Session gallese1996: 4 units, 6 trials, {n} spikes, 12 s>"


def changed_table(table, column, value):
    return table.assign(**{column: [value, *table[column][1:]]})


def changed_versions(session):
    later = np.nextafter(session.spike_times, np.inf)
    rows = session.spike_units.copy()
    rows[np.searchsorted(rows, 3) - 1] = 3
    trials = session.trials
    return {
        "a spike": remade(session, spike_times=np.where(later == later[7], later, later)),
        "a unit's spike": Session(
            session.units, trials, np.array([0.1]), np.array([0]), session.metadata
        ),
        "another unit's": Session(
            session.units, trials, np.array([0.1]), np.array([1]), session.metadata
        ),
        "a text": remade(session, trials=changed_table(trials, "object", "sphere")),
        "a time": remade(session, trials=changed_table(trials, "cue_time", 0.5)),
        "a column's type": remade(session, trials=trials.assign(seed=trials["seed"], rank=1)),
        "another type": remade(session, trials=trials.assign(rank=np.ones(6, dtype=np.float32))),
        "a unit": remade(session, units=changed_table(session.units, "unit_id", 99)),
        "metadata": remade(session, metadata=session.metadata | {"subject_seed": 1.0}),
        "duration": remade(session, duration_s=12.5),
    }


def test_equality_and_digest_see_every_difference():
    session = make_session()
    assert session.equals(make_session())
    assert session.digest() == make_session().digest()
    versions = changed_versions(session)
    for name, version in versions.items():
        assert not session.equals(version), name
    assert len({session.digest(), *(v.digest() for v in versions.values())}) == len(versions) + 1


def test_the_digest_is_the_same_on_every_machine():
    session = Session(
        make_units(3), make_trials(2), np.array([0.125, 0.25, 3.5]), np.array([0, 2, 2]), METADATA
    )
    assert session.digest().startswith("f2d00f2d98cc")


# --- spikes in windows --------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    trains=st.lists(
        st.lists(st.integers(0, 119), unique=True, max_size=30).map(sorted), min_size=1, max_size=4
    ),
    windows=st.lists(st.tuples(st.integers(-20, 140), st.integers(0, 100)), min_size=1, max_size=5),
)
def test_counts_are_those_of_a_loop(trains, windows):
    rows = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
    times = np.array([tenth for train in trains for tenth in train]) / 10
    session = Session(make_units(len(trains)), make_trials(6), times, rows, {})
    start = np.array([first for first, _ in windows]) / 10
    stop = np.array([first + length for first, length in windows]) / 10
    expected = [
        [sum(a <= tenth / 10 < b for tenth in train) for train in trains]
        for a, b in zip(start, stop, strict=True)
    ]
    found = session.counts(start, stop)
    inside = (start >= 0) & (stop <= session.duration_s)  # there is no knowing of the rest
    assert found.dtype.kind == "i" if inside.all() else np.isnan(found[~inside]).all()
    np.testing.assert_array_equal(found[inside], np.array(expected)[inside])


def test_a_spike_at_the_start_counts_and_one_at_the_stop_does_not():
    session = Session(make_units(1), make_trials(1), np.array([1.0, 1.5]), np.array([0, 0]), {})
    assert session.counts([1.0, 1.0, 1.5, 1.0], [1.5, 1.6, 1.5, 1.0]).tolist() == [
        [1],
        [2],
        [0],
        [0],
    ]


def test_counts_of_many_units_and_trials_take_well_under_a_second():
    session = make_session(600, 600, rate_hz=0.1)
    assert len(session.spike_times) > 60_000
    contact = session.event_times("contact")
    began = time.process_time()
    found = session.counts(contact - 0.5, contact)
    assert time.process_time() - began < 0.5
    assert found.shape == (600, 600)


@pytest.mark.parametrize(
    ("start", "stop", "message"),
    [
        ([0.0, np.nan], [1.0, 2.0], "window 1 lasts from nan to 2.0 s; leave out trials without"),
        ([0.0, 1.0], [1.0, np.inf], "window 1 lasts from 1.0 to inf"),
        ([2.0], [1.0], "window 0 lasts from 2.0 to 1.0"),
        (0.0, 1.0, r"start_s and stop_s are of shapes \(\) and \(\); give two"),
        ([0.0], [1.0, 2.0], r"shapes \(1,\) and \(2,\); give two lists of one length"),
    ],
)
def test_windows_that_cannot_be_counted_in(start, stop, message):
    with pytest.raises(ValueError, match=message):
        make_session().counts(start, stop)


def test_spikes_of_a_unit():
    session = make_session()
    for row in range(4):
        own = session.spike_times[session.spike_units == row]
        np.testing.assert_array_equal(session.spikes_of(row), own)
    assert len(session.spikes_of(1)) == 0
    for row in (-1, 4):
        with pytest.raises(ValueError, match=f"no unit row {row}; the session has 4 units"):
            session.spikes_of(row)


def test_relative_spikes_are_those_of_the_window():
    times = np.array([0.75, 1.0, 1.25, 1.5, 3.25])
    session = Session(make_units(1), make_trials(2), times, np.zeros(5, dtype=int), {})
    contact = session.event_times("contact")
    found = session.relative_spikes(0, contact, (-0.5, 0.25))
    assert [train.tolist() for train in found] == [[-0.5, -0.25, 0.0], [0.0]]
    counts = session.counts(contact - 0.5, contact + 0.25)
    assert [len(train) for train in found] == counts[:, 0].tolist()
    assert session.relative_spikes(0, [], (0.0, 1.0)) == []
    with pytest.raises(ValueError, match="time 0 is nan; leave out trials"):
        session.relative_spikes(0, session.event_times("cue"), (0.0, 1.0))
    with pytest.raises(ValueError, match=r"window_s \(1\.0, 0\.5\) is empty"):
        session.relative_spikes(0, contact, (1.0, 0.5))


def test_events():
    session = make_session()
    assert session.events == ("contact", "cue")
    np.testing.assert_array_equal(session.event_times("cue")[:2], [np.nan, 2.5])
    with pytest.raises(ValueError, match=r"unknown event 'contct'.*Did you mean 'contact'\?"):
        session.event_times("contct")
    with pytest.raises(ValueError, match="unknown event 'start'"):
        session.event_times("start")


# --- parts of a session, and several joined -----------------------------------------------------


@pytest.mark.parametrize(
    "choice",
    [
        np.array([False, True, False, True, False, True]),
        [1, 3, 5],
        "condition == 'observe' and contact_time > 1",
        pd.Series([False, True] * 3, index=list("abcdef")),
    ],
)
def test_selected_trials_keep_the_time_axis(choice):
    session = make_session()
    part = session.select(trials=choice)
    assert set(part.trials["condition"]) == {"observe"}
    assert part.trials.index.tolist() == [0, 1, 2]
    assert part.duration_s == session.duration_s
    np.testing.assert_array_equal(part.spike_times, session.spike_times)
    start, stop = (part.trials[name].to_numpy() for name in ("start_time", "stop_time"))
    np.testing.assert_array_equal(
        part.counts(start, stop),
        session.counts(session.trials["start_time"], session.trials["stop_time"])[1::2],
    )


def test_selected_units_come_in_the_order_asked_for():
    session = make_session()
    part = session.select(units=[3, 0, 1])
    assert part.units["unit_id"].tolist() == [13, 10, 11]
    for row, old in enumerate([3, 0, 1]):
        np.testing.assert_array_equal(part.spikes_of(row), session.spikes_of(old))
    assert remade(part).equals(part), "the selection passes the checks of a new session"
    both = session.select(units="area == 'F5'", trials=[0])
    assert both.units["unit_id"].tolist() == [10, 13]
    assert len(both.trials) == 1


@pytest.mark.parametrize("nothing", [[], np.zeros(4, dtype=bool), "area == 'V1'"])
def test_no_units_are_a_session_without_counts(nothing):
    part = make_session().select(units=nothing)
    assert part.counts([0.0, 1.0], [1.0, 2.0]).shape == (2, 0)
    assert len(part.select(units=[]).units) == 0


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"trials": np.zeros(6, dtype=bool)}, "no trials are left of 6"),
        ({"trials": [True, False]}, "the mask has 2 values for 6 rows"),
        ({"trials": [3, 1]}, "row numbers of trials must increase"),
        ({"trials": [1, 1]}, "row numbers of trials must increase"),
        ({"trials": [0, 6]}, "there is no row 6; there are 6"),
        ({"units": [-1]}, "there is no row -1; there are 4"),
        ({"units": [2, 2]}, "a unit comes twice"),
        ({"units": [0.0, 1.0]}, "is of type float64; give a mask or row numbers"),
        ({"units": [[0]]}, r"is of shape \(1, 1\)"),
        (
            {"units": "aria == 'F5'"},
            r"unknown column 'aria' in .*Did you mean 'area'\? Valid: unit",
        ),
        ({"units": "area =="}, "is not an expression of columns: invalid syntax"),
        ({"units": "area"}, "a query must be true or false for each row"),
        ({"units": "unit_id"}, "answers with int64 .*so compare: good == 1"),
        ({"units": "1 == 1"}, "must be true or false for each row"),
        ({"trials": "[0, 1]"}, "must be true or false for each row"),
        ({"units": " or ".join(f"unit_id == {k}" for k in range(500))}, "select|recursion"),
        ({"units": "not " * 2400 + "x_um > 0"}, "select"),
        ({"units": "area < 3"}, "not supported between .* Columns: unit_id, area"),
        ({"units": "x_um.mean() > 0"}, r"holds 'x_um\.mean\(\)'; a query compares columns"),
        ({"units": "@x > 0"}, "is not an expression"),
        ({"units": "area.__class__ == 1"}, "holds 'area.__class__'"),
        ({"units": "x_um[0] > 0"}, "holds"),
        ({"units": "(lambda: x_um)() > 0"}, "holds"),
        ({"units": "[x for x in area] == 1"}, "holds|unknown column"),
        ({"units": "`area` == 'F5'"}, "is not an expression"),
        ({"units": "9 ** 9 ** 9 > x_um"}, "holds"),
        ({"units": "(" * 5000 + "x_um > 0" + ")" * 5000}, "characters|not an expression"),
    ],
)
def test_choices_that_do_not_fit(choice, message):
    with pytest.raises(ValueError, match=message):
        make_session().select(**choice)


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("area == 'F5'", [0, 3]),
        ("area in ['M1', 'PFG'] and x_um > 0.5", [2]),
        ("not (area == 'F5') | unit_id == 10", [0, 1, 2]),
        ("unit_id - 10 >= 1 and 0 < x_um < 0.9", [1, 2]),
        ("area not in ('F5',)", [1, 2]),
        ("~(area != 'F5') & -unit_id > -13", [0]),
    ],
)
def test_queries(query, rows):
    chosen = make_session().select(units=query)
    assert chosen.units["unit_id"].tolist() == [10 + row for row in rows]


# What pandas' own language does, and a query must not.
@pytest.mark.parametrize(
    "query",
    [
        "@__import__('os').system('touch PLACE')",
        "area.__init__.__globals__['__builtins__']['__import__']('os').system('touch PLACE')",
        "area.to_csv('PLACE')",
        "area.map(print) == 1",
    ],
)
def test_a_query_runs_no_code(tmp_path, query):
    place = tmp_path / "owned"
    with pytest.raises(ValueError, match=r"select\(units="):
        make_session().select(units=query.replace("PLACE", str(place)))
    assert not place.exists()


# --- units that were not recorded all the time --------------------------------------------------

PARTLY = [[[0.0, 12.0]], [[0.0, 4.0], [8.0, 12.0]], [], [[6.0, 12.0], [2.0, 6.0]]]


def partly():
    return remade(make_session(), recorded_s=[np.array(own) for own in PARTLY])


def test_what_was_not_recorded_is_missing_not_silent():
    session = partly()
    start, stop = np.array([0.0, 3.0, 8.0, 2.0]), np.array([2.0, 5.0, 12.0, 12.0])
    expected = [[1, 1, 0, 0], [1, 0, 0, 1], [1, 1, 0, 1], [1, 0, 0, 1]]
    assert session.recorded(start, stop).astype(int).tolist() == expected
    counts, whole = session.counts(start, stop), make_session().counts(start, stop)
    assert np.isnan(counts[np.array(expected) == 0]).all()
    known = np.array(expected) == 1
    np.testing.assert_array_equal(counts[known], whole[known])
    assert session.recorded_of(3).tolist() == PARTLY[3]  # as given
    assert not session.recorded_throughout


def test_recorded_intervals_survive_selecting_joining_and_comparing():
    session = partly()
    part = session.select(units=[3, 1])
    assert [part.recorded_of(row).tolist() for row in (0, 1)] == [PARTLY[3], PARTLY[1]]
    assert session.select(units=[]).counts([0.0], [1.0]).shape == (1, 0)
    joined = Session.concatenate([session, make_session()])
    np.testing.assert_allclose(joined.recorded_of(1), [[0, 4], [8, 12], [12, 24]])
    assert joined.recorded_of(2).tolist() == [[12, 24]]
    assert not session.equals(make_session())
    assert session.digest() != make_session().digest()
    everywhere = remade(make_session(), recorded_s=[np.array([[0.0, 12.0]])] * 4)
    assert everywhere.recorded_throughout
    assert everywhere.equals(make_session())


def test_no_window_reaches_from_one_session_into_the_next():
    session = make_session()
    joined = Session.concatenate([session, session])
    start, stop = np.array([11.5, 12.0, 11.9, 0.0]), np.array([12.0, 12.5, 12.1, 24.0])
    assert joined.recorded(start, stop)[:, 0].tolist() == [True, True, False, False]
    assert np.isfinite(joined.counts(start[:2], stop[:2])).all()
    assert np.isnan(joined.counts(start, stop)[2:]).all()


@pytest.mark.parametrize(
    ("recorded_s", "message"),
    [
        ([np.zeros((0, 2))], "has intervals of 1 units; there are 4"),
        (
            [[[0, 1]], [[2, 1]], [], []],
            r"recorded_s\[1\], interval 0, is 2\.0 to 1\.0 s; .* 0 to 12",
        ),
        ([[[0, 1]], [[0, 1], [5, 13]], [], []], r"recorded_s\[1\], interval 1, is 5\.0 to 13"),
        ([[0, 1], [], [], []], r"recorded_s\[0\] is of shape \(2,\)"),
        ([[[0, np.nan]], [], [], []], "interval 0, is 0.0 to nan"),
    ],
)
def test_intervals_that_cannot_be(recorded_s, message):
    with pytest.raises(ValueError, match=message):
        remade(make_session(), recorded_s=recorded_s)


def test_concatenated_sessions_follow_each_other():
    first, second = make_session(study="a"), make_session(n_trials=3, seed=2, study="b")
    second = remade(second, trials=second.trials.drop(columns="cue_time").assign(go_time=np.nan))
    joined = Session.concatenate([first, second, first])
    assert joined.duration_s == 12.0 + 6.0 + 12.0
    for row in range(4):
        trains = [first.spikes_of(row), second.spikes_of(row) + 12.0, first.spikes_of(row) + 18.0]
        np.testing.assert_array_equal(joined.spikes_of(row), np.concatenate(trains))
    contact = [first.event_times("contact"), second.event_times("contact") + 12.0]
    np.testing.assert_array_equal(joined.event_times("contact")[:9], np.concatenate(contact))
    assert joined.events == ("contact", "cue", "go")
    assert np.isnan(joined.event_times("cue")[6:9]).all()
    assert joined.metadata == first.metadata | {"study": ["a", "b", "a"]}
    assert Session.concatenate([first]).equals(first)


def test_sessions_of_other_units_or_circuits_are_not_joined():
    session = make_session()
    with pytest.raises(ValueError, match="session 1 cannot follow session 0: its circuit_digest"):
        Session.concatenate([session, make_session(circuit_digest="cd")])
    units = changed_table(session.units, "x_um", 9.0)
    with pytest.raises(ValueError, match="session 2 cannot follow session 0: its units are others"):
        Session.concatenate([session, session, remade(session, units=units)])
    with pytest.raises(ValueError, match="only one of them has the columns rank"):
        Session.concatenate([session, remade(session, trials=session.trials.assign(rank=1))])
    with pytest.raises(ValueError, match="there are no sessions"):
        Session.concatenate([])


def test_the_circuit_of_a_session_can_be_required():
    make_session().require_circuit("ab12")
    with pytest.raises(ValueError, match="is ab12, not cd34"):
        make_session().require_circuit("cd34")
