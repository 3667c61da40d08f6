"""Experiments and figures that a study in a test may have.

They are in a module of their own, which processes can import, as they cannot import a test's.
"""

from matplotlib.figure import Figure

import mirror_sim as ms


def lived(subject, n_trials=2):
    trial = ms.Trial(condition="rest", duration_s=4.0)
    day = ms.Protocol(name="day", trials=(trial,) * n_trials)
    return subject.run(day)


def kept_still(subject, n_trials=2):
    return lived(subject.lesioned("M.E", 1.0), n_trials)


def moved(session):
    units = session.select(units="population == 'M.E'")
    return {"spikes": float(len(units.spike_times)), "trials": float(len(session.trials))}


def labelled(results):
    figure = Figure()
    figure.set_label(f"Subjects {results.seeds}")
    return figure


def spikes_by_session(sessions):
    return {name: moved(session)["spikes"] for name, session in sessions.items()}
