"""Small circuits for the tests."""

from __future__ import annotations

from mirror_sim.circuit.model import (
    Cell,
    Circuit,
    InputPopulation,
    Plasticity,
    Population,
    Projection,
)

RS = {
    "name": "RS", "C_pF": 200.0, "gL_nS": 10.0, "EL_mV": -63.0, "VT_mV": -50.0, "deltaT_mV": 2.0,
    "Vcut_mV": -40.0, "Vreset_mV": -55.0, "t_ref_ms": 5.0, "a_nS": 0.0, "b_pA": 15.0,
    "tau_w_ms": 300.0, "source": "a paper",
}  # fmt: skip
POPULATION = {
    "name": "F5.E", "area": "F5", "cell": Cell(**RS), "n": 80, "sign": "excitatory",
    "label": "pyramidal",
}  # fmt: skip
INPUT = {
    "name": "STS", "area": "STS", "n": 100, "encodes": "hand", "baseline_hz": 2.0, "peak_hz": 60.0
}  # fmt: skip
PROJECTION = {"pre": "STS", "post": "PFG.E", "p": 0.2, "weight_nS": 0.8, "delay_ms": 6.0}


class Quantity:
    """Stands for a Brian2 quantity: a value with dimensions."""

    dim = "second"

    def __str__(self) -> str:
        return "3. ms"


def cells(name: str, n: int = 80, *, cell: Cell | None = None, **changes: object) -> Population:
    given_ = POPULATION | {"name": name, "area": name.partition(".")[0], "n": n} | changes
    if name.endswith("FS"):
        given_ |= {"sign": "inhibitory", "label": "FS"}
    return Population(**given_ | ({"cell": cell} if cell else {}))


def link(pre: str, post: str, **changes: object) -> Projection:
    sign = "inhibitory" if pre.endswith("FS") else "excitatory"
    return Projection(**PROJECTION | {"pre": pre, "post": post, "synapse": sign} | changes)


def small(**changes: object) -> Circuit:
    """Three areas, with joined endpoints and one plastic projection."""
    values = {
        "name": "small",
        "populations": [
            InputPopulation(**INPUT),
            cells("PFG.E", 100),
            cells("PFG.FS", 25),
            cells("F5.E", 80),
            cells("F5.PTN", 20, label="PTN"),
            cells("F5.FS", 25),
        ],
        "projections": [
            link("STS", "PFG.E", plasticity=Plasticity(
                rule="hebb",
                parameters={"eta": 0.01, "w_max_nS": 3.0, "mean_cap_nS": 2.0, "decay": 2.0})),
            link("STS", "PFG.FS"),
            link("PFG.E", "F5.E+F5.PTN"),
            link("F5.E+F5.PTN", "F5.E+F5.PTN", nmda=0.1),
            link("F5.E+F5.PTN", "F5.FS"),
            link("F5.FS", "F5.E+F5.PTN"),
        ],
        "source": "made up",
    }  # fmt: skip
    return Circuit(**values | changes)


def names(circuit: Circuit) -> list[str]:
    return [projection.name for projection in circuit.projections]
