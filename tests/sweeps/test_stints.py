"""Where the coordinator has its networks trained, as the ledger then tells it."""

from pathlib import Path

import pytest

from sweeps.coordinator import Coordinator
from sweeps.ledger.records import StintRecord
from sweeps.outcome import Outcome
from tests.sweeps.running import Desk, finish


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def network(stint: StintRecord) -> tuple[str, int, int]:
    return stint.phase, stint.trial, stint.seed


def test_every_network_was_in_one_lane_from_its_start_to_its_end(desk: Desk) -> None:
    sweep_id = desk.post()
    desk.run(sweep_id, lanes=2)
    stints = desk.ledger.stints.of_sweep(sweep_id)
    members = desk.ledger.trials.members(sweep_id)
    assert sorted(map(network, stints)) == sorted((m.phase, m.trial, m.seed) for m in members)
    assert {stint.lane for stint in stints} == {0, 1}
    for trial in desk.ledger.trials.page(sweep_id):
        (stint,) = [one for one in stints if (one.phase, one.trial) == ("search", trial.number)]
        assert trial.started_at is not None
        assert trial.finished_at is not None
        assert stint.until is not None
        assert stint.since <= trial.started_at <= stint.until <= trial.finished_at
        assert stint.attempt == 1


def test_a_network_that_changes_lanes_was_in_one_after_the_other(desk: Desk) -> None:
    sweep_id = desk.post(training={"epochs": 2, "batch_size": 100})
    coordinator = desk.attempt(sweep_id)
    first = desk.lane(coordinator, sweep_id, 0)
    first.step()
    coordinator.tick()
    held = desk.ledger.stints.unended(sweep_id)
    assert {stint.lane for stint in held} == {0}
    coordinator.lane_lost(0)
    assert finish(coordinator, [desk.lane(coordinator, sweep_id, 7)]) is Outcome.DONE
    for lost in held:
        before, after = [s for s in desk.ledger.stints.of_sweep(sweep_id) if network(s) == network(lost)]
        assert (before.lane, after.lane) == (0, 7)
        assert before.until is not None
        assert before.until <= after.since
    assert desk.ledger.stints.unended(sweep_id) == []


def test_a_coordinator_that_is_started_again_in_its_attempt_ends_what_it_finds_unended(desk: Desk) -> None:
    sweep_id = desk.post()
    coordinator = desk.attempt(sweep_id)
    desk.lane(coordinator, sweep_id).step()
    coordinator.tick()
    unended, heard = desk.ledger.stints.unended(sweep_id), desk.ledger.sweeps.get(sweep_id).heartbeat_at
    Coordinator(desk.ledger, sweep_id, attempt=1).tick()
    assert unended
    assert {stint.until for stint in desk.ledger.stints.of_sweep(sweep_id)} == {heard}
