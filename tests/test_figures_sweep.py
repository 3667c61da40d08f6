"""The figure of a sweep: one column an axis, means with intervals, clear errors."""

import numpy as np
import pandas as pd
import pytest

from mirror_sim.figures import sweep

TABLE = pd.DataFrame(
    {
        "F6.peak_hz": np.repeat([10.0, 20.0, 40.0], 4),
        "subject_seed": np.tile([1, 2, 3, 4], 3),
        "both": np.repeat([0.1, 0.2, 0.4], 4) + np.tile([-0.03, -0.01, 0.01, 0.03], 3),
    }
)


def test_means_stand_within_their_intervals_and_every_subject_is_there():
    figure = sweep.draw({"F6.peak_hz": TABLE, "again": TABLE.assign(again=1.0)}, {"both": "share"})
    assert len(figure.axes) == 2
    points, mean = figure.axes[0].lines
    np.testing.assert_array_equal(points.get_ydata(), TABLE["both"])
    np.testing.assert_allclose(mean.get_ydata(), [0.1, 0.2, 0.4])
    corners = figure.axes[0].collections[0].get_paths()[0].vertices
    for value, middle in zip(mean.get_xdata(), mean.get_ydata(), strict=True):
        ends = corners[corners[:, 0] == value][:, 1]
        assert middle - 0.03 <= ends.min() < middle < ends.max() <= middle + 0.03
    assert "4 Subjects" in figure.axes[0].get_xlabel()


def test_a_table_without_the_axis_or_the_quantity_is_refused():
    with pytest.raises(ValueError, match=r"unknown column 'F6.peak'.*Did you mean 'F6.peak_hz'"):
        sweep.draw({"F6.peak": TABLE}, {"both": "share"})
    with pytest.raises(ValueError, match="unknown column 'E1'"):
        sweep.draw({"F6.peak_hz": TABLE}, {"E1": "muscle"})
