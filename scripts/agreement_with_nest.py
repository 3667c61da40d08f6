"""Whether the engine and NEST make the same spikes, statistically, of the same input spikes.

A network of excitatory and inhibitory cells without background noise is run by the engine, at its
default step and at a finer one, and by NEST (``aeif_cond_exp``, adaptive Runge-Kutta steps,
resolution 0.1 ms; ``pip install nest-simulator``) with the same cells, synapses, delays and input
spikes. Such a network is chaotic, so single spikes part; rates, irregularity and correlations must
not. Writes ``agreement_with_nest.csv``.
"""

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from mirror_sim import Circuit, macaque
from mirror_sim.analysis import chance
from mirror_sim.base.files import atomic_path, check_writable
from mirror_sim.cli.studies import place, whole
from mirror_sim.cli.surroundings import answered
from mirror_sim.engine import Block, Engine

SECONDS, SKIPPED_S, SEGMENT_S, BIN_S = 22.0, 2.0, 1.0, 0.02
STEPS_MS, NEST_STEP_MS = (0.5, 0.1), 0.1


def network() -> Circuit:
    """Return 1000 cells that fire by what 1000 input cells send them, and by nothing else."""
    base = macaque()
    quiet = {"noise_pA": 0.0, "slow_noise_pA": 0.0}
    kept = tuple(base.population(name) for name in ("STS", "F5.E", "F5.FS"))
    made = Circuit(name="agreement", populations=kept, projections=())
    made = made.with_population("STS", n=1000, baseline_hz=12.0)
    made = made.with_population("F5.E", n=800, bias_pA=20.0, **quiet)
    made = made.with_population("F5.FS", n=200, bias_pA=-20.0, **quiet)
    for pre, post, p, weight_nS in (
        ("STS", "F5.E", 0.1, 0.9),
        ("STS", "F5.FS", 0.1, 0.7),
        ("F5.E", "F5.E", 0.1, 0.3),
        ("F5.E", "F5.FS", 0.1, 0.4),
        ("F5.FS", "F5.E", 0.4, 1.0),
        ("F5.FS", "F5.FS", 0.4, 0.8),
    ):
        sign = "inhibitory" if pre == "F5.FS" else "excitatory"
        made = made.with_projection(
            pre, post, p=p, weight_nS=weight_nS, weight_sigma=0.8, delay_ms=2.0, delay_sd_ms=0.5,
            synapse=sign, nmda=0.0,
        )  # fmt: skip
    return made


def in_nest(engine: Engine, input_s: np.ndarray, input_cells: np.ndarray) -> pd.DataFrame:
    """Run an engine's network in NEST; returns one row a spike, columns time_s and cell."""
    import nest

    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.SetKernelStatus({"resolution": NEST_STEP_MS, "local_num_threads": 1})
    wiring, shared, step_ms = engine.wiring, engine.wiring.shared, engine.dt_ms
    cells = nest.Create("aeif_cond_exp", wiring.n_cells)
    named = {"C_m": ("C", 1e12), "g_L": ("gL", 1e9), "E_L": ("EL", 1e3), "V_m": ("EL", 1e3),
             "V_th": ("VT", 1e3), "Delta_T": ("DT", 1e3), "V_peak": ("V_cut", 1e3),
             "V_reset": ("V_reset", 1e3), "t_ref": ("t_ref", 1e3), "a": ("a", 1e9),
             "b": ("b", 1e12), "tau_w": ("tau_w", 1e3), "I_e": ("bias", 1e12)}  # fmt: skip
    state = {**wiring.cell_values, "bias": engine.initial_state()["cells.bias"]}
    cells.set({name: (state[own] * scale).tolist() for name, (own, scale) in named.items()})
    cells.set(
        E_ex=shared["E_exc"] * 1e3, E_in=shared["E_inh"] * 1e3,
        tau_syn_ex=shared["tau_ampa"] * 1e3, tau_syn_in=shared["tau_gaba"] * 1e3,
    )  # fmt: skip
    trains = [np.sort(input_s[input_cells == k]) * 1e3 for k in range(wiring.n_inputs)]
    sources = nest.Create("spike_generator", wiring.n_inputs)
    # A step earlier, for NEST's least delay lies between a generator and its parrot.
    sources.set([{"spike_times": np.round(t - NEST_STEP_MS, 1)[t > 1.0]} for t in trains])
    inputs = nest.Create("parrot_neuron", wiring.n_inputs)
    nest.Connect(sources, inputs, "one_to_one", {"delay": NEST_STEP_MS})
    for synapses in wiring.synapses.values():
        pre = inputs if synapses.source == "inputs" else cells
        nest.Connect(
            synapses.i + pre[0].global_id,
            synapses.j + cells[0].global_id,
            "one_to_one",
            {
                "weight": synapses.values["w"] * 1e9 * (-1 if synapses.inhibitory else 1),
                "delay": np.maximum(np.round(synapses.delay * 1e3 / step_ms), 1) * step_ms,
            },
        )
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    nest.Simulate(SECONDS * 1e3)
    events = recorder.events
    return pd.DataFrame(
        {"time_s": events["times"] / 1e3, "cell": events["senders"] - cells[0].global_id}
    )


def statistics(spikes: pd.DataFrame, n_cells: int) -> dict[str, float]:
    """Return mean rate, CV of intervals and pairwise correlation, means over segments."""
    rows = []
    borders = np.arange(SKIPPED_S, SECONDS + SEGMENT_S / 2, SEGMENT_S)
    for low, high in itertools.pairwise(borders):
        part = spikes[(spikes["time_s"] >= low) & (spikes["time_s"] < high)]
        intervals = part.sort_values("time_s").groupby("cell")["time_s"].apply(np.diff)
        regular = [np.std(x) / np.mean(x) for x in intervals if len(x) >= 5]
        bins = ((part["time_s"].to_numpy() - low) / BIN_S).astype(int)
        shape = (n_cells, round(SEGMENT_S / BIN_S))
        counts = np.zeros(shape)
        np.add.at(counts, (part["cell"].to_numpy(), bins.clip(max=shape[1] - 1)), 1)
        counts = counts[counts.any(axis=1)]
        pairs = np.corrcoef(counts)[np.triu_indices(len(counts), 1)]
        rate = len(part) / n_cells / SEGMENT_S
        rows.append(
            {"rate (spikes/s)": rate, "CV of intervals": np.mean(regular),
             "pairwise correlation": np.mean(pairs)}
        )  # fmt: skip
    return {str(name): float(mean) for name, mean in pd.DataFrame(rows).mean().items()}


def compare(found: pd.DataFrame) -> pd.DataFrame:
    """Put means and 95 % intervals over networks beside each other, one row a step and statistic.

    Parameters
    ----------
    found : DataFrame
        One row a network, step and simulator: step_ms, simulator ("engine" or "nest"), and a column
        for each statistic.
    """
    rng = np.random.default_rng(29)
    rows = []
    for step_ms, part in found.groupby("step_ms", sort=False):
        sides = dict(list(part.groupby("simulator")))
        for name in part.columns.drop(["step_ms", "simulator"]):
            mean, low, high = chance.bootstrap(sides["engine"][name].to_numpy(), rng=rng)
            other, other_low, other_high = chance.bootstrap(sides["nest"][name].to_numpy(), rng=rng)
            rows.append(
                {"step_ms": step_ms, "statistic": name, "engine": mean, "low": low, "high": high,
                 "nest": other, "nest_low": other_low, "nest_high": other_high,
                 "agree": low <= other <= high and other_low <= mean <= other_high}
            )  # fmt: skip
    return pd.DataFrame(rows)


def both(seed: int, step_ms: float) -> list[dict[str, object]]:
    """Run a network in both simulators; returns a row of `compare` for each."""
    engine = Engine(network(), seed, dt_ms=step_ms, block_s=SECONDS)
    result = engine.run_block(Block((), (), seed), engine.initial_state())
    n_cells = engine.wiring.n_cells
    spikes = pd.DataFrame({"time_s": result.times_s, "cell": result.cells})
    own, sent = spikes[spikes["cell"] < n_cells], spikes[spikes["cell"] >= n_cells]
    other = in_nest(engine, sent["time_s"].to_numpy(), sent["cell"].to_numpy() - n_cells)
    sides = {"engine": own, "nest": other}
    return [
        {"step_ms": step_ms, "simulator": who, **statistics(part, n_cells)}
        for who, part in sides.items()
    ]


def main() -> None:
    """Parse the options, run both simulators, write and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seeds", type=whole(1, 1000), default=5, help="networks to compare (default: 5)"
    )
    parser.add_argument("--out", type=place, default=Path("results"), help="folder")
    options = parser.parse_args()
    folder = check_writable(options.out)
    rows = []
    for step_ms in STEPS_MS:
        for seed in range(1, options.seeds + 1):
            rows += both(seed, step_ms)
            print(*rows[-2:], sep="\n", flush=True)
    table = compare(pd.DataFrame(rows))
    with atomic_path(folder / "agreement_with_nest.csv") as temporary:
        table.to_csv(temporary, index=False)
    print(table.round(4).to_string(index=False))


if __name__ == "__main__":
    sys.exit(answered(main, "agreement_with_nest.py"))
