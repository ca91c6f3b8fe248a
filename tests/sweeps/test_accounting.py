"""Accounting is exact: whatever is killed, every arm has its budget of trials, each counted once."""

from collections import Counter
from dataclasses import replace

import pytest

from sweeps.coordinator import Coordinator
from sweeps.ledger.errors import FencedOut
from sweeps.ledger.trials import Batch
from sweeps.outcome import Outcome
from sweeps.states import SweepState, TrialState
from tests.sweeps.running import Desk, assert_nearly_equal, finish


@pytest.fixture
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("undisturbed"))
    assert desk.run(desk.post()).outcome is Outcome.DONE
    return desk


def test_every_arm_ends_with_exactly_its_budget_and_its_confirmation(undisturbed: Desk) -> None:
    trials = undisturbed.ledger.trials.page(1)
    assert Counter(trial.arm for trial in trials) == {0: 2, 1: 2}
    assert {trial.state for trial in trials} == {TrialState.COMPLETED}
    confirmed = [m for m in undisturbed.ledger.trials.members(1) if m.phase == "confirmation"]
    assert Counter(member.trial % 2 for member in confirmed) == {0: 2, 1: 2}
    assert all(member.state is TrialState.COMPLETED and member.metrics for member in confirmed)
    assert len(undisturbed.epochs(1)) == (4 + 4) * 4


def test_no_test_number_is_measured_before_the_confirmation(undisturbed: Desk) -> None:
    for epoch in undisturbed.ledger.trials.epochs(1):
        names = {name for name in epoch.metrics if name.startswith("test_")}
        assert not names or (epoch.phase == "confirmation" and epoch.epoch == 4)
        assert bool(names) == (epoch.phase == "confirmation" and epoch.epoch == 4)


@pytest.mark.parametrize(("lanes", "places"), [(1, 1), (2, 2), (3, 8)])
def test_results_do_not_depend_on_lanes_and_places(desk: Desk, undisturbed: Desk, lanes: int, places: int) -> None:
    desk.run(desk.post(), lanes=lanes, places=places)
    assert_equal_tables(desk, undisturbed)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_lane_lost_after_any_step_changes_nothing(
    desk: Desk, undisturbed: Desk, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweeps.lane.EXCHANGE_SECONDS", 0.0)
    monkeypatch.setattr("sweeps.lane.CHECKPOINT_SECONDS", 0.0)
    sweep_id = desk.post()
    coordinator = desk.attempt(sweep_id)
    lost = desk.lane(coordinator, sweep_id)
    for _ in range(steps):
        lost.step()
        coordinator.tick()
    finish(coordinator, [desk.lane(coordinator, sweep_id)])
    assert_equal_tables(desk, undisturbed)


@pytest.mark.parametrize("checkpoint_seconds", [0.0, 1000.0])
@pytest.mark.parametrize("steps", [1, 3, 8])
def test_a_new_attempt_goes_on_where_the_lost_one_was(
    desk: Desk, undisturbed: Desk, steps: int, checkpoint_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweeps.lane.EXCHANGE_SECONDS", 0.0)
    monkeypatch.setattr("sweeps.lane.CHECKPOINT_SECONDS", checkpoint_seconds)
    sweep_id = desk.post()
    first = desk.attempt(sweep_id)
    lane = desk.lane(first, sweep_id)
    for _ in range(steps):
        lane.step()
        first.tick()
    second = desk.attempt(sweep_id)
    assert finish(second, [desk.lane(second, sweep_id)]) is Outcome.DONE
    assert_equal_tables(desk, undisturbed)


def test_an_attempt_that_was_replaced_writes_nothing_and_ends(desk: Desk) -> None:
    sweep_id = desk.post()
    old = desk.attempt(sweep_id)
    lane = desk.lane(old, sweep_id)
    lane.step()
    old.tick()
    before = desk.table(sweep_id)
    desk.attempt(sweep_id)
    lane.step()
    old.tick()
    assert old.outcome is Outcome.FENCED_OUT
    assert not lane.step()
    assert desk.table(sweep_id) == before
    with pytest.raises(FencedOut, match="attempt 1 of sweep 1 is over"):
        desk.ledger.trials.book(sweep_id, 1, Batch())


def test_a_late_report_from_a_lane_that_was_replaced_is_not_counted(desk: Desk, undisturbed: Desk) -> None:
    sweep_id = desk.post()
    coordinator = desk.attempt(sweep_id)
    ghost = desk.lane(coordinator, sweep_id)
    ghost.step()
    successor = desk.lane(coordinator, sweep_id)
    successor.step()
    ghost.step()
    finish(coordinator, [successor])
    assert_equal_tables(desk, undisturbed)


def test_a_stop_keeps_what_was_measured_and_ends_every_trial(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweeps.lane.EXCHANGE_SECONDS", 0.0)
    sweep_id = desk.post()
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id)
    for _ in range(3):
        lane.step()
        coordinator.tick()
    measured = desk.epochs(sweep_id)
    assert measured
    assert desk.ledger.lifecycle.stop(sweep_id).state is SweepState.STOPPING
    assert finish(coordinator, [lane]) is Outcome.STOPPED
    assert set(measured) <= set(desk.epochs(sweep_id))
    assert all(trial.state.is_final for trial in desk.ledger.trials.page(sweep_id))
    assert TrialState.STOPPED in {trial.state for trial in desk.ledger.trials.page(sweep_id)}


def test_an_accepted_outcome_is_never_overwritten(undisturbed: Desk) -> None:
    trial = undisturbed.ledger.trials.get(1, 0)
    changed = Batch(trials={0: replace(trial, value=0.123)})
    undisturbed.ledger.trials.book(1, 1, changed)
    assert undisturbed.ledger.trials.get(1, 0) == trial


def test_a_finished_sweep_takes_no_further_attempt(undisturbed: Desk) -> None:
    undisturbed.ledger.sweeps.move(1, SweepState.COMPLETED, attempt=1)
    with pytest.raises(FencedOut, match="cannot start an attempt"):
        undisturbed.ledger.sweeps.start_attempt(1)


def test_a_coordinator_started_after_the_last_result_ends_at_once(desk: Desk) -> None:
    sweep_id = desk.post()
    desk.run(sweep_id)
    before = desk.table(sweep_id)
    again: Coordinator = desk.attempt(sweep_id)
    finish(again, [desk.lane(again, sweep_id)])
    assert again.outcome is Outcome.DONE
    assert desk.table(sweep_id) == before


def assert_equal_tables(left: Desk, right: Desk) -> None:
    assert_nearly_equal([left.table(1), left.epochs(1)], [right.table(1), right.epochs(1)])
