"""A recording of another laboratory: through a PSTH and both papers' tests, and back to NWB.

The names below are those of DANDI 000004 (Chandravadia et al. 2020, doi
10.1038/s41597-020-0415-9): pictures of five categories, learned and then recognised, while single
units of human hippocampus and amygdala are recorded. Change them for a file of your own. Without a
file, made-up spikes in the same columns stand for one. That the tests run shows that they read any
recording; what they find here says nothing of mirror neurons.
"""

import argparse
import tempfile
from pathlib import Path

import pandas as pd

import mirror_sim as ms
from mirror_sim.analysis.epochs import Epoch
from mirror_sim.analysis.rates import Rates, psth
from mirror_sim.studies.gallese1996 import gallese_classify
from mirror_sim.studies.jerjian2020 import jerjian_classify

UNITS = {"electrodes": "area", "origClusterID": "cluster"}
TRIALS = {"stim_phase": "condition", "category_name": "action"}
CONTEXTS = {"execution": "learn", "observation": "recog"}
EPOCHS = [
    Epoch(start="stim_on", stop="stim_on", start_offset_s=first, stop_offset_s=first + 0.5)
    for first in (-0.5, 0.2, 0.7)  # the baseline, then those compared with it
]


def analyse(session: ms.Session) -> tuple[Rates, pd.DataFrame]:
    """Return mean rates around the picture, and what both papers' tests say of each unit."""
    rates = psth(session, align="stim_on", window_s=(-0.5, 1.5))
    table = gallese_classify(session, **CONTEXTS, epochs=EPOCHS)
    tested = jerjian_classify(session, **CONTEXTS, epochs=EPOCHS)
    table["modulated"] = tested["modulated_execution"]
    table["modulated_again"] = tested["modulated_observation"]
    return rates, table


def main() -> None:
    """Read, analyse, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="an NWB file (default: made-up spikes)")
    parser.add_argument("--out", type=Path, default=Path("results/own_recording.nwb"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or stand_in(Path(folder) / "stand_in.nwb")
        session = ms.Session.from_nwb(path, units=UNITS, trials=TRIALS)
    rates, table = analyse(session)
    print(session, *(f"{c}: {rates.of(c).mean():.1f} spikes/s" for c in rates.conditions), sep="\n")
    shown = ["unit_id", "area", "effective_executed", "effective_observed", "modulated"]
    print(table[[*shown, "modulated_again"]].to_string(index=False))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    session.select(units=table["mirror"].to_numpy()).to_nwb(options.out)
    print(f"units that respond in both contexts, with all that their file says: {options.out}")


def stand_in(path: Path) -> Path:
    """Write made-up spikes in the columns of DANDI 000004; four units, of known answer."""
    from datetime import UTC, datetime

    import numpy as np
    from pynwb import NWBHDF5IO, NWBFile

    rng = np.random.default_rng(4)
    nwb = NWBFile("made-up spikes", "stand-in", datetime(2000, 1, 1, tzinfo=UTC), lab="none")
    group = nwb.create_electrode_group("a", "", location="x", device=nwb.create_device("none"))
    for place in ("Left Hippocampus", "Right Amygdala"):
        nwb.add_electrode(location=place, group=group)
    categories = ["animals", "cars", "food", "people", "landscapes"]
    for name in ("stim_on_time", "stim_phase", "category_name", "response_value", "response_time"):
        nwb.add_trial_column(name, name)
    shown = [(phase, category) for phase in ("learn", "recog") for category in categories * 10]
    for k, (phase, category) in enumerate(shown):  # texts are stored as bytes, as MATLAB does
        texts = {"stim_phase": phase.encode(), "category_name": category.encode()}
        times = {"start_time": 4.0 * k, "stop_time": 4.0 * k + 4, "stim_on_time": 4.0 * k + 1}
        nwb.add_trial(**times, **texts, response_value=1.0, response_time=4.0 * k + 2.8)
    nwb.add_unit_column("origClusterID", "number of the sorter")
    end_s = 4.0 * len(shown)
    responds = [("animals", "learn recog"), ("cars", "learn"), ("", ""), ("food", "learn recog")]
    for unit, (own, phases) in enumerate(responds):
        lost_s = 0.9 * end_s if unit == 3 else end_s  # drifted away before the end
        times = [rng.uniform(0.0, lost_s, rng.poisson(4.0 * lost_s))]
        for k, (phase, category) in enumerate(shown):
            if category == own and phase in phases and 4.0 * k + 3 < lost_s:
                times.append(4.0 * k + 1.2 + rng.uniform(0, 1.0, rng.poisson(30.0)))
        nwb.add_unit(
            spike_times=np.sort(np.concatenate(times)),
            obs_intervals=[[0.0, lost_s]],
            electrodes=[unit % 2],
            origClusterID=700 + unit,
        )
    with NWBHDF5IO(str(path), "w") as io:
        io.write(nwb)
    return path


if __name__ == "__main__":
    main()
