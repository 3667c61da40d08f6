"""Two Subjects of equal excitability, so that a control is not more or less awake than its model.

Homeostasis gives a Subject that was deprived of something more gain, and with it responses that
nothing has taught it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mirror_sim.base.arguments import checked_arguments
from mirror_sim.base.progress import progress_bar
from mirror_sim.scene.trials import Protocol
from mirror_sim.subject.growth import Curriculum
from mirror_sim.subject.subject import Subject

# A cell near its threshold fires about so much more for each pA; later steps use what was seen.
_HZ_PER_PA = 0.12
_SLOPES_HZ_PER_PA = (0.02, 5.0)
_LARGEST_STEP_PA = 60.0


@checked_arguments(tolerance=(0.001, 0.5), rounds=(1, 50))
def matched(
    subject: Subject,
    like: Subject,
    protocol: Protocol,
    *,
    tolerance: float = 0.03,
    rounds: int = 30,
    jobs: int = 1,
) -> Subject:
    """Return a Subject whose populations fire as much as another's in a common test.

    One current is added to all cells of each population that homeostasis regulates; weights and
    what the cells are to each other stay.

    Parameters
    ----------
    subject : Subject
        The one that is changed.
    like : Subject
        The one whose mean rates it is to have.
    protocol : Protocol
        The test. What is to be compared afterwards must not be in it.
    tolerance : float
        Share of its rate by which a population may be off.
    rounds : int
        How often the test is run at most.
    jobs : int
        Blocks at a time.

    Returns
    -------
    Subject

    Raises
    ------
    ValueError
        If the two have different populations.
    RuntimeError
        If a population is still further off after the last round.
    """
    parts = subject.engine.wiring.cells
    regulated = [p.name for p in subject.circuit.cells if p.target_hz > 0]
    missing = set(parts) ^ set(like.engine.wiring.cells)
    if missing:
        raise ValueError(f"matched: only one of the two Subjects has the population {min(missing)}")
    wanted_hz = _rates(like, protocol, regulated, jobs)
    added_pA, slopes = dict.fromkeys(regulated, 0.0), dict.fromkeys(regulated, _HZ_PER_PA)
    made, before_hz, step_pA = subject, None, dict.fromkeys(regulated, 0.0)
    bar = progress_bar("matching excitability")
    for number in range(rounds):
        found_hz = _rates(made, protocol, regulated, jobs)
        off = {name: wanted_hz[name] - found_hz[name] for name in regulated}
        bar(number + 1, rounds)
        if all(abs(off[name]) <= tolerance * wanted_hz[name] for name in regulated):
            bar(rounds, rounds)
            return made
        for name in regulated:
            if before_hz and abs(step_pA[name]) > 0.5:
                slope = (found_hz[name] - before_hz[name]) / step_pA[name]
                # Populations drive each other: a slope that chance or others made is no guide.
                slopes[name] = float(np.clip(slope, *_SLOPES_HZ_PER_PA))
            step = off[name] / slopes[name]
            step_pA[name] = float(np.clip(step, -_LARGEST_STEP_PA, _LARGEST_STEP_PA))
            added_pA[name] += step_pA[name]
        before_hz = found_hz
        made = _with_currents(subject, added_pA)
    worst = max(regulated, key=lambda name: abs(off[name]) / wanted_hz[name])
    raise RuntimeError(
        f"matched: after {rounds} rounds {worst} fires at {found_hz[worst]:.2f} spikes/s, not at "
        f"the {wanted_hz[worst]:.2f} of the Subject that it is to be like"
    )


def lived_otherwise(grown: Subject, protocol: Protocol, **changes: Any) -> Subject:
    """Return a Subject of the same seed that grew otherwise, as excitable as the grown one.

    Parameters
    ----------
    grown : Subject
    protocol : Protocol
        The common test, see `matched`.
    **changes
        Fields of the `Curriculum` by which it grew.

    Raises
    ------
    ValueError
        If the Subject did not grow by a `Curriculum`, or that has no such field.
    """
    plan = grown.growth.plan if grown.growth else None
    if not isinstance(plan, Curriculum):
        raise ValueError(f"lived_otherwise: a {grown.kind!r} Subject did not grow by a Curriculum")
    return matched(grown.grown_anew(replace(plan, **changes)), grown, protocol)


def _rates(subject: Subject, protocol: Protocol, names: list[str], jobs: int) -> dict[str, float]:
    session = subject.run(protocol, jobs=jobs)
    population = session.units["population"].to_numpy()
    mean_hz = session.counts(np.zeros(1), np.full(1, session.duration_s))[0] / session.duration_s
    return {name: float(mean_hz[population == name].mean()) for name in names}


def _with_currents(subject: Subject, added_pA: dict[str, float]) -> Subject:
    bias = subject.state["cells.bias"].copy()
    for name, more_pA in added_pA.items():
        bias[subject.engine.wiring.cells[name]] += more_pA * 1e-12
    return subject.with_learned({**subject.state, "cells.bias": bias}, "matched")
