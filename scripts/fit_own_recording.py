"""Fit a circuit to a recording of your own: mean rates of its F5 units, at rest and in the reach.

One function reads both numbers, from an NWB file and from the model. The recording's, with their
intervals over its units, become the targets; two numbers of the circuit are looked for. Make the
protocol and the windows those of your recording. Without one at hand, take a session that
``mirror-sim run`` wrote. It can be interrupted and resumes; ``--quick`` shows the path, no result.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import mirror_sim as ms
from mirror_sim.analysis.chance import bootstrap
from mirror_sim.base.files import check_writable
from mirror_sim.cli.studies import add_options, setup_of

WINDOWS_S = {"rest": (-1.6, -1.1), "reach": (-0.1, 0.4)}  # from the onset of the movement
AXES = (
    ms.FitAxis(names=("F5.E.target_hz", "F5.PTN.target_hz"), low=3, high=15, label="rest of F5"),
    ms.FitAxis(names="F6.command.peak_hz", low=60, high=600, log=True),
)


def protocol(seed: int, n_trials: int = 20) -> ms.Protocol:
    """Return reaches for an apple."""
    rng = np.random.default_rng(seed)
    trials = [ms.make_trial("execute-light", "grasp-whole-hand", rng=rng) for _ in range(n_trials)]
    return ms.Protocol(name="reaches", trials=tuple(trials))


def unit_rates(session: ms.Session) -> pd.DataFrame:
    """Return the mean rate of each F5 unit in each window, spikes/s, one row a unit."""
    onset_s, f5 = session.event_times("movement_onset"), session.select(units="area == 'F5'")
    counts = {name: f5.counts(*(onset_s + [[t] for t in w])) for name, w in WINDOWS_S.items()}
    return pd.DataFrame({k: n.mean(axis=0) / np.ptp(WINDOWS_S[k]) for k, n in counts.items()})


def rows(session: ms.Session) -> dict[str, float]:
    """Return the means over units."""
    return unit_rates(session).mean().to_dict()


def write_targets(rates: pd.DataFrame, path: Path) -> None:
    """Write means and intervals as a table of targets; see `mirror_sim.studies.targets`."""
    found = [(name, *bootstrap(rates[name], rng=np.random.default_rng(1))) for name in rates]
    table = pd.DataFrame(found, columns=["id", "value", "low", "high"])
    texts = {"study": "own recording", "area": "F5", "role": "calibrate", "unit": "spikes/s"}
    table.assign(**texts, quantity="mean rate", level="", nearest="").to_csv(path, index=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="an NWB file")
    add_options(parser, n_subjects=1)
    options = parser.parse_args()
    setup, folder = setup_of(options), check_writable(options.out).absolute()
    write_targets(unit_rates(ms.Session.from_nwb(options.file)), folder / "targets.csv")
    study = ms.Study(name="own", protocol=protocol, rows=rows, targets=f"{folder}/targets.csv")
    given = {"settings": 8 if setup.quick else 64, "batch": 8, **setup.subjects(study)}
    plan = ms.FitPlan(study=study, subjects=setup.seeds, axes=AXES, **given)
    ms.fit(plan, jobs=options.jobs, scheduler=options.scheduler, out=folder)
