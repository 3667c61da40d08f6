"""Wrong uses of the analysis and of figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from uses_base import (
    ARRAY,
    COUNT,
    MAPPING,
    NUMBER,
    RNG,
    SEED,
    TRUTH,
    TUPLE,
    Use,
    misspelt,
    protocol,
    session,
    subject,
    wrong,
)

import mirror_sim as ms
from mirror_sim.analysis import chance, decoding, muscle, population, subspaces
from mirror_sim.figures import style

# --- analysis and figures ------------------------------------------------------------------------


def analysis() -> list[Use]:
    """Functions on sessions and on arrays."""
    own, a = session(), ms.analysis
    others = (3, None, subject(), protocol(), own.trials)
    epoch = a.Epoch(start="movement_onset", stop="contact")
    window = (*TUPLE, (1.0,), (0.5, -0.5), ("a", "b"), (0.0, math.nan), (0.0, 1e9))
    uses = wrong(
        a.Epoch,
        {"start": "contact", "stop": "release"},
        {"start": (3, None, ""), "stop": (3, ""), "start_offset_s": (*NUMBER, 500.0)},
    )
    psth = {"session": own, "align": "contact", "window_s": (-0.5, 0.5)}
    uses += wrong(
        a.psth,
        psth,
        {"session": others, "align": ("contacts", 3, None), "window_s": window,
         "step_s": (*NUMBER, 0, -1, 9), "sigma_s": (*NUMBER, -1), "by": ("conditions", 3, [])},
    )  # fmt: skip
    uses += misspelt(a.psth, psth, "window", "bin_s")
    uses += wrong(a.epoch_rates, {"session": own, "epochs": [epoch]},
                  {"session": others, "epochs": (3, epoch, ["reach"], [])})  # fmt: skip
    uses += wrong(
        a.epoch_windows,
        {"session": own, "epoch": epoch},
        {"epoch": (3, "reach", a.Epoch, a.Epoch(start="go", stop="contact"))},
    )
    rates = a.epoch_rates(own, [a.Epoch(start="object_on", stop="movement_onset"), epoch])
    label = own.trials["action"].to_numpy(dtype=str)
    uses += wrong(
        a.two_way_anova,
        {"rates": rates, "label": label},
        {"rates": (*ARRAY, np.ones(3), rates[:3], np.full(rates.shape, math.nan)),
         "label": (3, None, label[:3], np.repeat("a", len(label))),
         "baseline": (9, -1, "0", 1.5), "posthoc": ("tukey", 3)},
    )  # fmt: skip
    criteria = a.ResponseCriteria()
    uses += wrong(
        a.present_absent,
        {"rates": rates, "labels": label, "names": ["grasp-precision"], "criteria": criteria},
        {"rates": (*ARRAY, np.ones(3), rates[:3]), "labels": (3, None, label[:3]),
         "names": (3, "grasp-precision", ["grasp"], []), "criteria": (3, None, "strict"),
         "suppressed": TRUTH},
    )  # fmt: skip
    uses += wrong(a.ResponseCriteria, {}, {"alpha": (*NUMBER, -1, 2), "min_ratio": (0.5, "2")})
    uses += wrong(
        a.baseline_variability,
        {"session": own, "baseline": epoch},
        {"session": others, "baseline": (3, "b", None), "min_rate_hz": NUMBER},
    )
    uses += wrong(
        a.muscle_readout,
        {"session": own, "units": [0, 1], "align": "contact", "window_s": (-0.5, 0.5)},
        {"session": others, "units": (None, [99], ["a"], [0.5], [], "no query", {}),
         "align": ("contacts", 3), "window_s": window, "n_pool": (*COUNT, 0), "tau_s": (0, "1", -1),
         "threshold_hz": ("22", math.nan), "pool_seed": SEED},
    )  # fmt: skip
    uses += wrong(
        muscle.spinal_pool,
        {"counts": np.ones((2, 3, 4))},
        {"counts": (*ARRAY, np.ones(3)), "n_pool": (0, 1.5), "tau_s": (0, "1")},
    )
    return uses + statistics(a.psth(**psth))


def statistics(smooth: Any) -> list[Use]:
    """Functions on arrays and rates."""
    own, rng = session(), np.random.default_rng(1)
    two, flags = np.arange(12.0).reshape(4, 3), np.array([True, False, True, False])
    short = (*ARRAY, np.ones(2), np.ones((2, 2, 2)))
    uses = wrong(decoding.binned_counts, {"session": own, "align": "contact",
                                          "window_s": (-0.5, 0.5)},
                 {"session": (3, None, subject()), "align": ("go", 3), "window_s": TUPLE,
                  "bin_s": (*NUMBER, 0, -1, 9)})  # fmt: skip
    epoch = ms.analysis.Epoch(start="movement_onset", stop="release")
    uses += wrong(decoding.warped_rates, {"session": own, "epoch": epoch, "n_bins": 5},
                  {"session": (3, None), "epoch": ("reach", 3), "n_bins": (*COUNT, 0)})  # fmt: skip
    activity, label = np.ones((12, 5, 4)), np.tile(["a", "b"], 6)
    context = np.repeat(["x", "y"], 6)
    uses += wrong(
        decoding.cross_decoding,
        {"activity": activity, "label": label, "context": context, "rng": rng, "n_folds": 3},
        {"activity": (*ARRAY, np.ones(3)), "label": (3, None, label[:3], np.repeat("a", 12)),
         "context": (3, None, context[:3]), "rng": RNG, "classifier": ("svm", 3),
         "n_folds": (*COUNT, 0, 1, 99), "n_resamples": (*COUNT, 0)},
    )  # fmt: skip
    for function, given in (
        (subspaces.principal_axes, {"activity": two, "n_axes": 2}),
        (subspaces.captured_variance, {"activity": two, "axes": np.eye(3)}),
        (subspaces.alignment_index, {"activity": two, "axes": np.eye(3)[:, :2]}),
        (subspaces.random_alignment, {"activity": two, "axes": np.eye(3)[:, :2], "rng": rng}),
        (subspaces.principal_angles, {"first": np.eye(3), "second": np.eye(3)}),
        (subspaces.canonical_correlations, {"first": two, "second": two, "n_axes": 1}),
        (chance.overlap, {"executed": flags, "observed": flags, "rng": rng}),
        (chance.match, {"executed_hz": two, "observed_hz": two, "rng": rng}),
        (chance.match_strict, {"executed": two > 3, "observed": two > 3, "rng": rng}),
        (chance.correlation, {"first": two[0], "second": two[0], "rng": rng}),
        (chance.bootstrap, {"values": two[0], "rng": rng}),
        (chance.paired_difference, {"grown": two[0], "control": two[0], "rng": rng}),
        (population.pearson, {"first": two[0], "second": two[0]}),
        (population.epoch_correlations, {"executed_hz": np.ones((2, 3, 5)), "observed_hz":
                                         np.ones((2, 3, 5)), "rng": rng,
                                         "epochs": ("a", "b", "c")}),
        (ms.analysis.profile_match, {"executed_hz": two, "observed_hz": two}),
    ):  # fmt: skip
        values: dict[str, Sequence[object]] = dict.fromkeys(list(given)[:2], short[:5])
        first = next(iter(given))
        values[first] = short if len(given) > 1 else short[:5]
        if "n_axes" in given:
            values.pop("n_axes", None)
            values |= {"n_axes": (*COUNT, 0, 99)}
        if "rng" in given:
            values |= {"rng": RNG, "n": (0, "9", 1.5, None)}
            if first == "executed_hz" and "epochs" in given:
                values |= {"epochs": (3, None, ("a",))}
        if function is chance.bootstrap:
            values["values"] = short[:5]
            values.pop("rng")
            values |= {"rng": RNG}
        uses += wrong(function, given, values, also=["shape"])
    uses += wrong(chance.wilson, {"count": 3, "total": 9},
                  {"count": (-1, 10, "3", 1.5), "total": (0, -1, "9")})  # fmt: skip
    for function, given in (
        (population.mean_rates, {"start_s": 0.0, "stop_s": 0.2}),
        (population.peak_rates, {"start_s": 0.0, "stop_s": 0.2}),
        (population.within, {"start_s": 0.0, "stop_s": 0.2}),
        (population.at_time, {"time_s": 0.0}),
        (population.soft_normalised, {"baseline_s": (-0.5, 0.0)}),
        (subspaces.range_normalised, {}),
    ):
        values = {"rates": (3, None, own, two)}
        values |= {name: NUMBER[:5] for name in given if name != "baseline_s"}
        values |= {name: (*NUMBER[:5], 99.0) for name in given if name in ("start_s", "time_s")}
        values |= {"baseline_s": (*TUPLE, (9.0, 10.0))} if "baseline_s" in given else {}
        uses += wrong(function, {"rates": smooth, **given}, values, also=["the rates"])
    uses += wrong(
        population.peak_times,
        {"rates": smooth, "condition": smooth.conditions[0], "baseline_s": (-0.5, 0.0),
         "window_s": (0.0, 0.2), "least_rise_hz": 5.0},
        {"rates": (3, None, own), "condition": ("none", None), "least_rise_hz": NUMBER[:5],
         "baseline_s": (*TUPLE, (9.0, 10.0)), "window_s": (*TUPLE, (9.0, 10.0))},
        also=["the rates"],
    )  # fmt: skip
    uses += wrong(population.sign_shares, {}, {"classes": (3, None, ["FX"], "FF", [3])})
    return uses


def drawing() -> list[Use]:
    """Panels and pages."""
    from mirror_sim.figures import panels
    from mirror_sim.figures import scoreboard as board
    from mirror_sim.figures import sweep as swept

    page = style.page(50, 50)
    axes = page.subplots()
    table = pd.DataFrame({"x": [1.0]})
    uses = wrong(style.page, {"width_mm": 50, "height_mm": 50},
                 {"width_mm": (*NUMBER, 0, -1, 1e9), "height_mm": (0, "5")})  # fmt: skip
    uses += wrong(style.savefig, {"figure": page, "stem": "x"},
                  {"figure": (3, None, axes, "x"), "stem": (3, None, "no/such/x", "")})  # fmt: skip
    uses += wrong(panels.curve, {"axes": axes, "times_s": [0.0, 1.0], "values": [0.0, 1.0],
                                 "colour": "k"},
                  {"axes": (3, None, page), "times_s": (*ARRAY, [1.0]), "values": ARRAY,
                   "colour": ("no colour", 3)})  # fmt: skip
    uses += wrong(panels.change_scatter, {"axes": axes, "table": table},
                  {"axes": (3, page), "table": (3, None, table)})  # fmt: skip
    uses += wrong(
        panels.raster,
        {
            "axes": axes,
            "spikes_s": [np.ones(2)],
            "marks_s": np.ones(1),
            "windows_s": [(0.0, 1.0)],
            "colour": "k",
        },
        {"spikes_s": (3, None, [["a"]]), "windows_s": (3, [1.0]), "colour": (3,)},
    )
    uses += wrong(
        swept.draw,
        {"tables": {"a": table}, "quantities": {"x": "x"}},
        {
            "tables": (*MAPPING, {}, {"a": 3}, {"a": table}),
            "quantities": (*MAPPING, {}, {"y": "y"}),
        },
        "figures.sweep.draw",
        also=["column"],
    )
    uses += wrong(board.draw, {"table": table}, {"table": (3, None, table)},
                  "figures.scoreboard.draw", also=["column"])  # fmt: skip
    return uses
