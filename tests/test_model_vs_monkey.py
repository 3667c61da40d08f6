"""The figure of model beside monkey draws both sides by the same rules."""

import numpy as np
import pytest

from mirror_sim.studies import jerjian2020
from mirror_sim.studies.jerjian2020 import figure as model_vs_monkey
from mirror_sim.studies.jerjian2020.recording import GROUPS, JerjianRecording


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
