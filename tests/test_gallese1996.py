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


def test_only_a_grown_subject_has_a_learning_curve(tiny):
    with pytest.raises(ValueError, match="a 'naive' Subject has no checkpoints"):
        gallese1996.learning_curve(Subject.naive(tiny, seed=1, target="numpy"))
