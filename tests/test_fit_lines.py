"""Where lines over the axes expect the lowest cost: known answers on rows that are lines."""

import dataclasses
from functools import partial
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirror_sim import FitAxis, FitPlan
from mirror_sim.compare.fit_journal import MEASURED, Tried, quiet
from mirror_sim.compare.fit_lines import STEP, from_unit, proposed, to_unit
from mirror_sim.compare.fit_rows import Wanted, cost
from mirror_sim.compare.fit_search import asked, distributions

AXES = (
    *(FitAxis(names=f"A.{name}", label=name, low=0, high=4) for name in "abcdef"),
    FitAxis(names="A.g", label="g", low=0.01, high=10, log=True),
)
WANTED = tuple(
    Wanted(id=f"r{k}", role="calibrate", value=0.0, low=-1.0, high=1.0) for k in range(20)
)
SLOPES = np.random.default_rng(5).normal(0.0, 6.0, (len(WANTED), len(AXES)))
BEST = np.full(len(AXES), 0.5)


def tried(place: np.ndarray, noise: np.ndarray | float = 0.0) -> Tried:
    numbers = SLOPES @ (place - BEST) + noise
    found = {row.id: float(number) for row, number in zip(WANTED, numbers, strict=True)}
    paid = cost(WANTED, found)
    setting = from_unit(place, AXES)
    return Tried(setting=setting, state=MEASURED, cost=paid, first_cost=paid, found=found)


def around(centre: float, n: int, noise: float = 0.0) -> list[Tried]:
    rng = np.random.default_rng(3)
    places = centre + 0.1 * rng.standard_normal((n, len(AXES)))
    return [tried(place, noise * rng.standard_normal(len(WANTED))) for place in places]


def next_place(known: list[Tried], seed: int = 1) -> np.ndarray:
    origin = from_unit(np.full(len(AXES), 0.3), AXES)
    (setting,) = proposed(known, AXES, WANTED, origin, [np.random.default_rng(seed)])
    return to_unit(setting, AXES)


@given(st.lists(st.floats(0, 1), min_size=len(AXES), max_size=len(AXES)))
def test_places_and_settings_are_two_names_of_one_thing(place):
    setting = from_unit(np.array(place), AXES)
    assert all(axis.low <= setting[axis.label] <= axis.high for axis in AXES)
    np.testing.assert_allclose(to_unit(setting, AXES), place, atol=1e-9)


def test_lines_find_the_best_place_once_it_is_near():
    known = around(0.45, 60)
    np.testing.assert_allclose(next_place(known), BEST, atol=0.03)


def test_noise_of_half_an_interval_is_averaged_over_settings():
    known = around(0.45, 60, noise=0.5)
    costs = [tried(next_place(known, seed)).cost for seed in range(5)]
    assert np.median(costs) < 0.2 * min(tried(to_unit(k.setting, AXES)).cost for k in known)


def test_no_step_is_longer_than_the_lines_are_believed():
    known = around(0.2, 60)
    place = next_place(known)
    off = [np.abs(place - to_unit(entry.setting, AXES)).max() for entry in known]
    assert min(off) < STEP * (1 + 1e-6)
    assert tried(place).cost < min(entry.cost for entry in known)
    assert place.mean() > np.mean([to_unit(entry.setting, AXES) for entry in known])


def test_what_was_measured_by_luck_draws_no_settings_to_it():
    known = around(0.45, 60, noise=0.2)
    lucky = dataclasses.replace(tried(np.full(len(AXES), 0.9)), cost=0.0, first_cost=0.0)
    assert np.abs(next_place([*known, lucky]) - BEST).max() < STEP


def test_without_enough_settings_it_stays_near_the_best():
    known = around(0.45, len(AXES) - 1)
    best = min(known, key=lambda entry: entry.cost)
    off = [next_place(known, seed) - to_unit(best.setting, AXES) for seed in range(200)]
    assert np.std(off) == pytest.approx(0.1, rel=0.1)
    start = [next_place([], seed) - 0.3 for seed in range(200)]
    assert np.std(start) == pytest.approx(0.1, rel=0.1)


def test_a_row_that_no_setting_has_changes_nothing():
    def without(entry: Tried) -> Tried:
        found = {**entry.found, "r0": np.nan}
        paid = cost(WANTED, found)
        return Tried(setting=entry.setting, state=MEASURED, cost=paid, first_cost=paid, found=found)

    np.testing.assert_allclose(
        next_place([without(entry) for entry in around(0.45, 60)]), BEST, atol=0.05
    )


def test_the_same_draw_is_the_same_setting():
    known = around(0.45, 60, noise=0.5)
    np.testing.assert_array_equal(next_place(known), next_place(known))
    assert not np.array_equal(next_place(known), next_place(known, seed=2))


class Made:
    """A space whose rows are lines with a bend, measured with noise of half an interval."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.axes = tuple(FitAxis(names=f"A.{k}", label=f"a{k}", low=0, high=1) for k in range(12))
        self.best = rng.uniform(0.3, 0.7, 12)
        self.slopes = rng.normal(0.0, 4.0, (len(WANTED), 12))
        self.origin = from_unit(self.best + 0.15 * rng.standard_normal(12), self.axes)
        self.noise = rng

    def whole(self, setting: dict[str, float]) -> dict[str, float]:
        return setting

    def is_whole(self, _: FitAxis) -> bool:
        return False

    def rows(self, setting: dict[str, float], noise: float) -> dict[str, float]:
        line = self.slopes @ (to_unit(setting, self.axes) - self.best)
        bent = line + 0.1 * line**2 + noise * self.noise.standard_normal(len(line))
        return {row.id: float(number) for row, number in zip(WANTED, bent, strict=True)}

    def reached(self, ask, n: int = 48, batch: int = 16) -> float:
        known: list[Tried] = []
        while len(known) < n:
            for setting in ask(self, WANTED, known, batch):
                found = self.rows(setting, 0.5)
                paid = cost(WANTED, found)
                known.append(
                    Tried(setting=setting, state=MEASURED, cost=paid, first_cost=paid, found=found)
                )
        chosen = min(known, key=lambda entry: entry.cost)
        return cost(WANTED, self.rows(chosen.setting, 0.0))


def optunas(space: Made, wanted: Any, known: list[Tried], n: int) -> list[dict[str, float]]:
    """Return what Optuna alone would try next, by the cost and nothing else."""
    del wanted
    study, kinds = optuna.create_study(), distributions(space)
    for entry in known:
        study.add_trial(
            optuna.trial.create_trial(value=entry.cost, params=entry.setting, distributions=kinds)
        )
    if not known:
        study.enqueue_trial(space.origin)
    made = []
    for number in range(len(known), len(known) + n):
        study.sampler = optuna.samplers.TPESampler(
            seed=number, multivariate=True, constant_liar=True
        )
        made.append(dict(study.ask(kinds).params))
    return made


def test_the_search_comes_much_closer_than_optuna_alone():
    plan = FitPlan(study="gallese1996", subjects=(1,), axes=AXES, settings=64)
    ours, alone = [], []
    for seed in range(2):
        ours.append(Made(seed).reached(partial(asked, plan)))
        with quiet():
            alone.append(Made(seed).reached(optunas))
    assert np.mean(ours) < 0.4 * np.mean(alone), (ours, alone)
