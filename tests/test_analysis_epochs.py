"""Epochs: what is refused when one is made, and when a trial lacks it."""

import numpy as np
import pytest
from sessions import make_session

from mirror_sim.analysis.epochs import Epoch, epoch_rates, epoch_windows


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"stop": ""}, r"Epoch\.stop is empty"),
        ({"stop": 0.5}, r"Epoch\.stop is 0\.5, which is not a text"),
        ({"start_offset_s": "0"}, r"Epoch\.start_offset_s is '0', which is not a number"),
        ({"stop_offset_s": 500}, r"Epoch\.stop_offset_s is 500.*plausible range -60 to 60"),
        ({"stop_offset": 0.5}, "unknown field 'stop_offset' .* Did you mean 'stop_offset_s'"),
        ({"stop": "contact"}, r"Epoch from contact \+0 s to contact \+0 s has no duration"),
    ],
)
def test_an_epoch_that_cannot_be_is_refused_when_it_is_made(changed, said):
    with pytest.raises(ValueError, match=said):
        Epoch(**({"start": "contact", "stop": "hold"} | changed))


def test_windows_are_the_times_of_the_events_and_what_is_added():
    session = make_session()
    start_s, stop_s = epoch_windows(
        session, Epoch(start="contact", stop="contact", start_offset_s=-0.5, stop_offset_s=0.25)
    )
    np.testing.assert_allclose(start_s, session.event_times("contact") - 0.5)
    np.testing.assert_allclose(stop_s - start_s, 0.75)


def test_a_trial_without_the_epoch_is_named():
    session = make_session()
    with pytest.raises(ValueError, match=r"trial 0 has no time from cue \+0 s to contact \+0 s"):
        epoch_rates(session, [Epoch(start="cue", stop="contact")])
    with pytest.raises(ValueError, match=r"unknown event 'contct'.*Did you mean 'contact'"):
        epoch_windows(session, Epoch(start="contct", stop="contact"))


def test_no_epochs_are_refused():
    with pytest.raises(ValueError, match="no epochs"):
        epoch_rates(make_session(), [])
