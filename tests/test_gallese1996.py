from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest

from mirror_sim.studies import gallese1996
from mirror_sim.subject.subject import Subject


def test_a_learning_curve_is_the_battery_at_every_checkpoint(monkeypatch):
    """Of four F5 units, one more is a mirror neuron at each checkpoint; M1 counts nowhere."""
    weights_nS = {0: 0.1, 5: 0.4, 9: 0.6}
    checkpoints = {
        n: {"hebb_inputs.w": np.full(3, w * 1e-9), "cells.bias": np.ones(2)}
        for n, w in weights_nS.items()
    }

    def at(n_actions):
        return SimpleNamespace(run=lambda protocol, *, jobs: (n_actions, len(protocol), jobs))

    def classify(session):
        n_actions, n_trials, jobs = session
        assert (n_trials, jobs) == (len(gallese1996.protocol(2)), 3)
        mirror = np.arange(4) < list(weights_nS).index(n_actions)
        return pd.DataFrame(
            {
                "area": ["F5"] * 4 + ["M1"],
                "cell_type": "pyramidal",
                "mirror": [*mirror, True],
                "mirror_dark": [False] * 5,
                "effective_dark": [()] * 5,
                "congruence": "broad",
            }
        )

    monkeypatch.setattr("mirror_sim.studies.gallese1996.task.classify", classify)
    subject = Mock(spec=Subject, checkpoints=checkpoints, at=at)
    curve = gallese1996.learning_curve(subject, n_trials=2, jobs=3)
    assert curve["actions"].tolist() == [0, 5, 9]
    assert curve["G1"].tolist() == [0.0, 25.0, 50.0]
    assert curve["G1.dark"].tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_allclose(curve["hebb_inputs_nS"], list(weights_nS.values()))


def classed(counts):
    """F5 units by cell type, so many of them mirror, and M1 cells that are all mirror."""
    parts = [
        pd.DataFrame({"cell_type": kind, "mirror": np.arange(n) < n_mirror, "area": "F5"})
        for kind, (n_mirror, n) in counts.items()
    ]
    parts.append(pd.DataFrame({"cell_type": "FS", "mirror": [True] * 50, "area": "M1"}))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(mirror_dark=False, effective_dark=[()] * len(table), congruence="broad")


def test_the_share_of_each_cell_type_is_of_f5_alone():
    found = gallese1996.rows(classed({"FS": (10, 100), "PTN": (20, 80), "pyramidal": (48, 320)}))
    shares = [found[f"G1.{kind}"] for kind in ("FS", "PTN", "pyramidal")]
    assert shares == pytest.approx([10, 25, 15])
    assert found["G1"] == pytest.approx(100 * 78 / 500)
    expected = 78 / 500 * np.array([100, 80])
    low, high = (np.array([10, 20]) + 1) / (expected + 1)
    assert found["G1.types"] == pytest.approx(high / low)


@pytest.mark.parametrize(
    ("counts", "ratio"),
    [
        ({"FS": (15, 100), "PTN": (12, 80), "pyramidal": (48, 320)}, 1.0),
        ({"FS": (3, 3), "pyramidal": (10, 10)}, 1.0),
        # FS: 1 over 21; pyramidal: 101 over 81.
        ({"FS": (0, 100), "pyramidal": (100, 400)}, 101 / 81 * 21),
        ({"FS": (0, 100), "pyramidal": (0, 400)}, np.nan),
        ({"pyramidal": (40, 400)}, np.nan),
    ],
)
def test_inequality_between_cell_types(counts, ratio):
    found = gallese1996.rows(classed(counts))
    assert found["G1.types"] == pytest.approx(ratio, nan_ok=True)
    absent = {"FS", "PTN", "pyramidal"} - set(counts)
    assert all(np.isnan(found[f"G1.{kind}"]) for kind in absent)


def test_equal_shares_differ_by_sampling_alone_as_the_table_says(rng):
    """What the description of G1.types promises for the sizes of the default circuit."""
    kinds = np.repeat(["pyramidal", "PTN", "FS"], [320, 80, 100])
    found = [gallese1996.inequality(rng.random(500) < 0.17, kinds) for _ in range(2000)]
    assert np.mean(found) == pytest.approx(1.42, abs=0.04)


def test_only_a_grown_subject_has_a_learning_curve(tiny):
    with pytest.raises(ValueError, match="a 'naive' Subject has no checkpoints"):
        gallese1996.learning_curve(Subject.naive(tiny, seed=1, target="numpy"))
