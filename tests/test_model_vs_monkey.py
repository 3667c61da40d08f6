"""The figure of model beside monkey draws both sides by the same rules."""

import numpy as np
import pytest

from mirror_sim.analysis.population import soft_normalised
from mirror_sim.studies import jerjian2020
from mirror_sim.studies.jerjian2020 import figure as model_vs_monkey
from mirror_sim.studies.jerjian2020.numbers import jerjian_rows
from mirror_sim.studies.jerjian2020.recording import (
    BASELINE_S,
    GRASPS,
    GROUPS,
    JerjianRecording,
)


@pytest.fixture(scope="module")
def monkey(data_dir) -> JerjianRecording:
    del data_dir
    return jerjian2020.release().recording


def test_both_sides_show_every_unit_and_equal_recordings_look_equal(monkey) -> None:
    correct = {("execute-light", "observe"): np.array([0.5, 0.75])}
    drawn = model_vs_monkey.draw(
        {"one": monkey, "other": monkey},
        rng=np.random.default_rng(1),
        n_shuffles=50,
        decoding={"other": model_vs_monkey.Decoding(np.array([0.0, 0.5]), correct)},
    )
    left, right = drawn.subfigs
    assert len(left.axes) == len(right.axes) == 11
    assert "single trials" in left.axes[-1].texts[0].get_text()
    np.testing.assert_array_equal(right.axes[-1].lines[0].get_ydata(), [50, 75])
    counts = [int(monkey.of_group(group).sum()) for group in GROUPS]
    for side in (left, right):
        heat = [axes.images[0].get_array() for axes in side.axes if axes.images]
        assert [image.shape[0] for image in heat] == [n for n in counts for _ in range(2)]
    for one, other in zip(left.axes[:8], right.axes[:8], strict=True):
        assert one.get_title() == other.get_title()
        if one.images:
            np.testing.assert_array_equal(one.images[0].get_array(), other.images[0].get_array())


def test_units_keep_their_place_in_observation(monkey) -> None:
    side = model_vs_monkey.draw(
        {"one": monkey}, rng=np.random.default_rng(1), n_shuffles=50
    ).subfigs[0]
    executed, observed = (axes.images[0].get_array() for axes in side.axes[:2])
    assert not np.array_equal(executed, observed)
    rises = np.abs(executed).argmax(axis=1)
    assert np.ptp(rises) > 10


@pytest.mark.parametrize("grasp", GRASPS)
def test_the_panels_are_of_the_grasp_that_was_asked_for(monkey, grasp) -> None:
    side = model_vs_monkey.draw(
        {"one": monkey}, rng=np.random.default_rng(1), n_shuffles=50, grasp=grasp
    ).subfigs[0]
    times_s, table = monkey.rates.times_s, monkey.classification
    inside = (times_s > model_vs_monkey.WINDOW_S[0]) & (times_s < model_vs_monkey.WINDOW_S[1])
    baseline_s = (monkey.lcdon_s - BASELINE_S, monkey.lcdon_s)
    executed = soft_normalised(monkey.rates, baseline_s).of(f"execute-light/{grasp}")
    for group, axes in zip(GROUPS, side.axes[:6:2], strict=True):
        shown = np.asarray(axes.images[0].get_array())
        # They are sorted anew.
        own = executed[inside][:, monkey.of_group(group)]
        np.testing.assert_allclose(np.sort(shown.max(axis=1)), np.sort(own.max(axis=0)))
    counts = [
        f"{int((table[f'class_{grasp}'][monkey.of_group(g) & table['mirror']] != '').sum())}"
        for g in GROUPS
    ]
    assert [text.get_text() for text in side.axes[7].texts] == counts
    rows = jerjian_rows(monkey, grasp=grasp)
    points = [line.get_ydata()[0] for line in side.axes[9].lines if line.get_marker() == "o"]
    assert points == pytest.approx([rows[f"J15.{group}"] for group in GROUPS])


def test_an_unknown_grasp_is_not_drawn(monkey) -> None:
    with pytest.raises(ValueError, match="unknown grasp 'grip'"):
        model_vs_monkey.draw({"one": monkey}, rng=np.random.default_rng(1), grasp="grip")
