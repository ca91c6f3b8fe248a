"""Every kind of ledger keeps which lane trained which network, and leaves no time open whose driver was lost."""

from dataclasses import replace

import pytest

from sweeps.ledger import Ledger
from sweeps.ledger.stints import LaneRecord
from sweeps.states import SweepState, TrialState
from tests.sweeps.booked import BookedSweep


def test_a_network_is_found_in_the_lanes_that_have_trained_it(ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    sweep.trial(0)
    sweep.trial(1, TrialState.RUNNING, value=None)
    first = sweep.stint(0, lane=0, since=100.25, until=None)
    sweep.stint(0, lane=0, since=100.25, until=101.5)
    second = sweep.stint(0, lane=1, since=102.0, until=103.0)
    running = sweep.stint(1, lane=1, since=101.0, until=None)
    first = replace(first, until=101.5)
    assert ledger.stints.of_trial(sweep.id, 0) == [first, second]
    assert ledger.stints.of_sweep(sweep.id) == [first, running, second]
    assert ledger.stints.unended(sweep.id) == [running]
    assert ledger.stints.lanes(sweep.id) == [
        LaneRecord(attempt=1, lane=0, since=100.25, until=101.5, networks=1, training=0),
        LaneRecord(attempt=1, lane=1, since=101.0, until=103.0, networks=2, training=1),
    ]


@pytest.mark.parametrize("ending", ["a new attempt", "the end"])
def test_what_a_lost_driver_had_in_training_ended_when_it_was_last_heard(ending: str, ledger: Ledger) -> None:
    sweep = BookedSweep(ledger)
    sweep.trial(0, TrialState.RUNNING, value=None)
    early, late = sweep.stint(0, 0, since=5.0, until=None, seed=0), sweep.stint(0, 0, since=4e9, until=None, seed=1)
    heard = ledger.sweeps.get(sweep.id).heartbeat_at
    if ending == "the end":
        ledger.sweeps.end(sweep.id, SweepState.FAILED)
    else:
        ledger.sweeps.start_attempt(sweep.id)
    assert ledger.stints.of_sweep(sweep.id) == [replace(early, until=heard), replace(late, until=4e9)]
