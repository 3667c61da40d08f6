"""Sessions as NWB files: nothing is lost, other programs read them, damage is an error."""

import subprocess
import sys
from datetime import UTC, datetime

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sessions import METADATA, make_session, make_trials, remade

from mirror_sim.session.session import Session


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A session and its file, to be read only."""
    path = tmp_path_factory.mktemp("nwb") / "sub-1_ses-gallese1996_ecephys.nwb"
    session = make_session()
    session.to_nwb(path)
    return session, path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_pynwb_is_loaded_by_reading_and_writing_only():
    code = (
        "import sys, mirror_sim.session.session as s; "
        "print('pynwb' in sys.modules, 'h5py' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["False", "False"]


def test_a_round_trip_changes_no_bit(written):
    session, path = written
    back = Session.from_nwb(path)
    assert back.equals(session)
    assert back.digest() == session.digest()
    assert back.spike_times.tobytes() == session.spike_times.tobytes()
    assert list(back.units.dtypes) == list(session.units.dtypes)
    assert list(back.trials.dtypes) == list(session.trials.dtypes)
    assert len(back.spikes_of(1)) == 0


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
extra = st.sampled_from(["i1", "u2", "i4", "u8", "f2", "f4", "f8", "?"])


@settings(max_examples=8)
@given(
    n_units=st.integers(1, 4),
    texts=st.lists(text, min_size=3, max_size=3),
    dtype=extra,
    numbers=st.lists(st.floats(), min_size=3, max_size=3),
    metadata=st.dictionaries(text, st.one_of(text, st.floats(), st.integers(), st.none())),
    rate_hz=st.sampled_from([0.0, 5.0]),
)
def test_any_content_makes_the_round_trip(
    tmp_path_factory, n_units, texts, dtype, numbers, metadata, rate_hz
):
    trials = make_trials(3).assign(
        object=texts, note=texts, rank=np.arange(3).astype(dtype), effort=numbers
    )
    session = remade(
        make_session(n_units, 3, rate_hz=rate_hz), trials=trials, metadata=metadata | METADATA
    )
    path = tmp_path_factory.mktemp("any") / "a.nwb"
    session.to_nwb(str(path))
    back = Session.from_nwb(str(path))
    assert back.equals(session)
    assert list(back.metadata) == list(session.metadata)


def test_parts_and_joined_sessions_make_the_round_trip(tmp_path):
    session = make_session()
    for part in (
        session.select(trials=[0], units=[1]),
        Session.concatenate([session, make_session(study="other")]),
    ):
        part.to_nwb(tmp_path / "a.nwb")
        assert Session.from_nwb(tmp_path / "a.nwb").equals(part)


def inspected(path):
    from nwbinspector import inspect_nwbfile

    return [(m.importance.name, m.message) for m in inspect_nwbfile(nwbfile_path=path)]


# What the inspector and its own dependencies warn of is theirs.
@pytest.mark.filterwarnings("default")
def test_the_inspector_finds_nothing(written, tmp_path):
    assert inspected(written[1]) == []
    make_session(2, 2, study="a / b", source="").to_nwb(tmp_path / "a.nwb")
    assert inspected(tmp_path / "a.nwb") == []


@pytest.mark.filterwarnings("default")
def test_the_inspector_would_find_something(written, tmp_path):
    path = tmp_path / "a.nwb"
    path.write_bytes(written[1].read_bytes())
    with h5py.File(path, "a") as file:
        file["intervals/trials/start_time"][:] = 20.0 - np.arange(6)
    assert "BEST_PRACTICE_VIOLATION" in {kind for kind, _ in inspected(path)}


def test_other_programs_find_what_nwb_promises(written):
    from pynwb import NWBHDF5IO

    session, path = written
    with NWBHDF5IO(str(path), "r") as io:
        nwb = io.read()
        units, trials = nwb.units.to_dataframe(), nwb.trials.to_dataframe()
        assert nwb.subject.species == "Macaca mulatta"
        assert "simulated" in nwb.subject.description
        assert "simulated" in nwb.session_description.lower()
        assert nwb.session_id == "gallese1996"
        assert nwb.units.resolution == pytest.approx(0.0001)
        assert list(nwb.related_publications) == [
            "doi:10.1093/brain/119.2.593",
            "doi:10.7554/eLife.47314",
        ]
        assert all(column.description for column in (*nwb.units.columns, *nwb.trials.columns))
    assert units.index.tolist() == session.units["unit_id"].tolist()
    np.testing.assert_array_equal(units["spike_times"].iloc[3], session.spikes_of(3))
    np.testing.assert_array_equal(units["obs_intervals"].iloc[0], [[0.0, 12.0]])
    assert trials["condition"].tolist() == session.trials["condition"].tolist()


def identity(path):
    with h5py.File(path) as file:
        return file["identifier"][()].decode(), file["session_start_time"][()].decode()


def test_equal_sessions_make_files_of_the_same_identifier_and_date(written, tmp_path):
    session, path = written
    make_session().to_nwb(tmp_path / "same.nwb")
    assert identity(tmp_path / "same.nwb") == identity(path)
    assert identity(path) == (session.digest(), "2000-01-01T00:00:00+00:00")
    make_session(seed=2).to_nwb(tmp_path / "other.nwb")
    assert identity(tmp_path / "other.nwb")[0] != identity(path)[0]


def test_a_date_can_be_given(tmp_path):
    day = datetime(2020, 5, 4, 3, 2, 1, tzinfo=UTC)
    make_session().to_nwb(tmp_path / "a.nwb", session_start_time=day)
    assert identity(tmp_path / "a.nwb")[1] == day.isoformat()
    assert Session.from_nwb(tmp_path / "a.nwb").equals(make_session())
    with pytest.raises(ValueError, match="has no time zone"):
        make_session().to_nwb(tmp_path / "b.nwb", session_start_time=datetime(2020, 5, 4))  # noqa: DTZ001


@pytest.mark.parametrize("name", ["electrodes", "id", "spike_times_index", "resolution"])
def test_columns_that_mean_something_else_in_nwb(tmp_path, name):
    session = make_session()
    session = remade(session, units=session.units.assign(**{name: 1}))
    with pytest.raises(ValueError, match=f"the column '{name}' means something else in NWB"):
        session.to_nwb(tmp_path / "a.nwb")
    assert names(tmp_path) == []


def test_sessions_and_names_that_do_not_suit_nwb(tmp_path):
    session = make_session()
    with pytest.raises(ValueError, match=r"ends in \.nwb; 'a\.h5' does not"):
        session.to_nwb(tmp_path / "a.h5")
    with pytest.raises(ValueError, match="no units"):
        session.select(units=[]).to_nwb(tmp_path / "a.nwb")
    with pytest.raises(ValueError, match="metadata lacks study, dt_ms"):
        remade(session, metadata={"subject_id": "1", "circuit_digest": "ab"}).to_nwb(
            tmp_path / "a.nwb"
        )
    with pytest.raises(ValueError, match="does not say where the spikes come from"):
        remade(session, metadata={"study": "a", "subject_id": "1"}).to_nwb(tmp_path / "a.nwb")
    with pytest.raises(ValueError, match=r"metadata\['dt_ms'\] is 0; it must be above 0"):
        make_session(dt_ms=0).to_nwb(tmp_path / "a.nwb")
    assert names(tmp_path) == []


def test_an_unwritable_folder_is_an_error_before_any_work(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    session = make_session()
    monkeypatch.setattr("mirror_sim.session.nwb._file", lambda *_: pytest.fail("work was done"))
    with pytest.raises(OSError, match="cannot write files to this folder"):
        session.to_nwb(tmp_path / "file" / "a.nwb")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("usage", (), {"free": 1000}))
    with pytest.raises(OSError, match=r"0\.0 MB left; 2\.\d MB are needed"):
        session.to_nwb(tmp_path / "a.nwb")


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
def test_a_disk_that_fills_up_leaves_the_old_file(written, tmp_path):
    path = tmp_path / "a.nwb"
    path.write_bytes(written[1].read_bytes())
    code = (
        "import resource, sys; from mirror_sim.session.session import Session\n"
        "session = Session.from_nwb(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "session.to_nwb(sys.argv[1])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert answer.stderr.strip().endswith(f"File too large: '{path}'")
    assert names(tmp_path) == ["a.nwb"]
    assert path.read_bytes() == written[1].read_bytes()


# --- files that are no session ------------------------------------------------------------------


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*a\.nwb"):
        Session.from_nwb(tmp_path / "a.nwb")


@pytest.mark.parametrize("kept", [0, 1, 100, 4000, 20_000, 150_000, -1])
def test_truncated_files(written, tmp_path, kept):
    path = tmp_path / "a.nwb"
    path.write_bytes(written[1].read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"a\.nwb is damaged or not an NWB file"):
        Session.from_nwb(path)


def test_files_of_another_kind(tmp_path):
    (tmp_path / "a.nwb").write_text("unit,time\n1,0.5\n")
    with h5py.File(tmp_path / "b.nwb", "w") as file:
        file["spike_times"] = [0.5]
    (tmp_path / "c.nwb").mkdir()
    for name in ("a.nwb", "b.nwb"):
        with pytest.raises(ValueError, match=f"{name}.* is damaged or not an NWB file"):
            Session.from_nwb(tmp_path / name)
    with h5py.File(tmp_path / "d.nwb", "w") as file:
        file["nwb_version"] = "NWB-1.0.6"
    with pytest.raises(ValueError, match=r"d\.nwb: it is NWB 1, which is not read; convert it"):
        Session.from_nwb(tmp_path / "d.nwb")
    with pytest.raises(ValueError, match=r"c\.nwb is not a file; NWB is read from HDF5 files"):
        Session.from_nwb(tmp_path / "c.nwb")


def test_damaged_spike_times(written, tmp_path):
    path = tmp_path / "a.nwb"
    content = bytearray(written[1].read_bytes())
    with h5py.File(written[1]) as file:
        chunk = file["units/spike_times"].id.get_chunk_info(0)
    content[chunk.byte_offset + chunk.size // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged"):
        Session.from_nwb(path)


def test_a_changed_file_is_read_with_a_warning(written, tmp_path):
    path = tmp_path / "a.nwb"
    path.write_bytes(written[1].read_bytes())
    with h5py.File(path, "a") as file:
        file["units/x_um"][2] = 0.5
    with pytest.warns(UserWarning, match=r"a\.nwb was changed or damaged after it was written"):
        back = Session.from_nwb(path)
    assert back.units["x_um"][2] == 0.5


def test_a_file_that_is_read_under_other_names_is_not_called_changed(written):
    session, path = written
    back = Session.from_nwb(path, trials={"seed": "jitter"}, duration_s=20.0)
    assert back.duration_s == 20.0
    assert back.trials["jitter"].tolist() == session.trials["seed"].tolist()


def test_a_file_of_another_circuit(written):
    session, path = written
    assert Session.from_nwb(path, expect_circuit="ab12").equals(session)
    with pytest.raises(ValueError, match=r"ecephys\.nwb: .* is ab12, not cd34"):
        Session.from_nwb(path, expect_circuit="cd34")
