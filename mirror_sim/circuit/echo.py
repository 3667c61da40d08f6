"""A circuit for echoes: a gesture of the face that is seen, and its pattern generator.

All of it is a guess but for its cells; the face is one that the Subject cannot see of itself.
"""

from __future__ import annotations

from mirror_sim.circuit.affect import connected, regulated_cells
from mirror_sim.circuit.model import Circuit, InputPopulation, Plasticity, Projection

_GUESS = "a guess, chosen on seed 1000 so that a strong urge makes the pattern generator fire"


def _input(name: str, channel: str, n: int, features: int = 0) -> InputPopulation:
    return InputPopulation(
        name=name,
        area=name.partition(".")[0],
        n=n,
        encodes=f"signal:{channel}",
        features=features,
        baseline_hz=0.2,
        peak_hz=60.0,
        latency_ms=60.0,
        source=_GUESS,
    )


def _learned(pre: str, post: str) -> Projection:
    learning = Plasticity(
        rule="covariance",
        parameters={"eta": 4e-5, "w_max_nS": 24.0, "mean_cap_nS": 0.8, "theta": 2.0},
        source="as in the circuit of affect",
    )
    return Projection(
        pre=pre,
        post=post,
        p=0.1,
        weight_nS=0.005,
        delay_ms=2.5,
        delay_sd_ms=1.25,
        nmda=0.03,
        plasticity=learning,
        source="sight reaches the pattern generator by F5 and by a direct route; " + _GUESS,
    )


def echo() -> Circuit:
    """Return a circuit in which seeing a gesture may come to release it.

    An urge drives the pattern generator (YPG) and a part of F5; another gesture has its own
    command. Sight reaches YPG by way of F5 and by a direct route; both learn, as does F5 to YPG.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> [p.pre for p in echo().projections if p.post == "YPG.E" and p.plasticity]
    ['F5.E', 'STS.face']
    """
    commands = ("hypothalamus.urge", "F6.gesture")
    return Circuit(
        name="echo",
        populations=(
            _input("STS.face", "face", 200, features=1),
            _input("hypothalamus.urge", "urge", 100),
            _input("F6.gesture", "gesture", 100),
            *regulated_cells("F5", 200, 60.0, 4.0, "premotor cells of the face"),
            *regulated_cells("YPG", 100, 20.0, 2.0, "the pattern generator of the gesture"),
        ),
        projections=(
            *connected("F5"),
            *connected("YPG"),
            # One synapse a cell with a wide spread of weights: each gesture has its own cells.
            *(_fixed(command, "F5.E", 0.01, 6.0, 2.0) for command in commands),
            _fixed("hypothalamus.urge", "YPG.E", 0.1, 0.8, 0.5),
            _learned("STS.face", "F5.E"),
            _learned("F5.E", "YPG.E"),
            _learned("STS.face", "YPG.E"),
        ),
        E_exc_mV=0.0,
        E_inh_mV=-80.0,
        tau_ampa_ms=5.0,
        tau_nmda_ms=100.0,
        tau_gaba_ms=5.0,
        noise_tau_ms=5.0,
        source="this package",
    )


def _fixed(pre: str, post: str, p: float, weight_nS: float, sigma: float) -> Projection:
    return Projection(
        pre=pre,
        post=post,
        p=p,
        weight_nS=weight_nS,
        weight_sigma=sigma,
        delay_ms=2.5,
        delay_sd_ms=1.25,
        nmda=0.03,
        source=_GUESS,
    )
