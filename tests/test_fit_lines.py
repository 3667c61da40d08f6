"""Where lines over the axes expect the lowest cost: known answers on rows that are lines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirror_sim import FitAxis
from mirror_sim.compare.fit_journal import MEASURED, Tried
from mirror_sim.compare.fit_lines import STEP, from_unit, proposed, to_unit
from mirror_sim.compare.fit_rows import Wanted, cost

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
    return to_unit(proposed(known, AXES, WANTED, origin, np.random.default_rng(seed)), AXES)


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
    best = min(known, key=lambda entry: entry.cost)
    off = next_place(known) - to_unit(best.setting, AXES)
    assert np.abs(off).max() == pytest.approx(STEP, rel=1e-6)
    assert next_place(known).mean() > to_unit(best.setting, AXES).mean()


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
