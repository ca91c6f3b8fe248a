"""What goes wrong around a sweep has a defined effect, and never a wrong number."""

import os
import threading
from pathlib import Path

import pytest
from ray.tune.execution.class_cache import ENV_VARS_TO_PROPAGATE

from sweeps.attempt.beating import wait_for_ledger
from sweeps.attempt.concluding import finish
from sweeps.attempt.driving import check_data
from sweeps.attempt.lanes import SECRETS, withheld
from sweeps.attempt.placement import Node, Placement, place
from sweeps.coordinator import Coordinator
from sweeps.ledger import Ledger
from sweeps.ledger.errors import LedgerUnreachable
from sweeps.ledger.trials import Batch
from sweeps.outcome import Outcome
from sweeps.settings import SweepSettings
from sweeps.spec import SweepSpec
from sweeps.states import SweepState, TrialState
from tests.sweeps import running
from tests.sweeps.running import SPEC, Desk


def test_many_lanes_may_begin_at_once(desk: Desk) -> None:
    coordinator = desk.attempt(desk.post())
    for lane in range(100):
        coordinator.register(lane)
    coordinator.tick()
    assert coordinator.outcome is None


def test_a_restarted_coordinator_lets_the_lanes_register_again_and_goes_on(desk: Desk) -> None:
    sweep_id = desk.post()
    first = desk.attempt(sweep_id)
    lane = desk.lane(first, sweep_id)
    lane.step()
    first.tick()
    restarted = Coordinator(desk.ledger, sweep_id, attempt=1)
    lane._coordinator = restarted
    assert running.finish(restarted, [lane]) is Outcome.DONE
    assert len(desk.epochs(sweep_id)) == (4 + 4) * 4


def test_a_lane_killed_under_its_members_ends_no_innocent_one(desk: Desk) -> None:
    """One configuration kills its lane whenever it trains; the others must complete."""
    sweep_id = desk.post(compare=[{"rule": "bp"}], budget={"trials": 3}, search={"sampler": "random"})
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id)
    for _ in range(100):
        if any(key.trial == 1 for key in lane._held):
            lane = desk.lane(coordinator, sweep_id)
        lane.step()
        coordinator.tick()
        if coordinator.outcome:
            break
    assert coordinator.outcome is Outcome.DONE
    states = [trial.state for trial in desk.ledger.trials.page(sweep_id)]
    assert states == [TrialState.COMPLETED, TrialState.FAILED, TrialState.COMPLETED]


def test_a_lane_whose_node_is_lost_for_good_leaves_its_members_to_the_others(desk: Desk) -> None:
    sweep_id = desk.post()
    coordinator = desk.attempt(sweep_id)
    lost, left = desk.lane(coordinator, sweep_id, 0), desk.lane(coordinator, sweep_id, 1)
    lost.step()
    coordinator.lane_lost(0)
    coordinator.lane_lost(0)
    assert running.finish(coordinator, [left]) is Outcome.DONE
    assert len(desk.epochs(sweep_id)) == (4 + 4) * 4


def test_a_loss_that_is_heard_of_too_late_takes_nothing_from_the_successor_for_good(desk: Desk) -> None:
    sweep_id = desk.post()
    coordinator = desk.attempt(sweep_id)
    desk.lane(coordinator, sweep_id).step()
    successor = desk.lane(coordinator, sweep_id)
    successor.step()
    coordinator.lane_lost(0)
    assert running.finish(coordinator, [successor]) is Outcome.DONE
    assert len(desk.epochs(sweep_id)) == (4 + 4) * 4


def test_a_decision_is_booked_whole_or_not_at_all(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever instant the coordinator is killed at, no trial stands in the ledger without all of its members."""
    sweep_id = desk.post(replicates=3)
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id)
    book = desk.ledger.trials.book

    def checked(sweep: int, attempt: int, batch: Batch) -> object:
        for trial in batch.trials.values():
            members = [key for key in batch.members if key[0] == "search" and key[1] == trial.number]
            known = desk.ledger.trials.members(sweep_id, trial.number)
            assert len(members) == 3 or len(known) >= 3
        return book(sweep, attempt, batch)

    monkeypatch.setattr(desk.ledger.trials, "book", checked)
    assert running.finish(coordinator, [lane]) is Outcome.DONE


@pytest.mark.parametrize(("store", "call"), [("trials", "book"), ("sweeps", "move")])
def test_a_sweep_outlasts_a_ledger_that_is_away(
    desk: Desk, store: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep_id = desk.post()
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id)
    original = getattr(getattr(desk.ledger, store), call)
    refusals = iter(range(5))

    def away_at_first(*arguments: object, **named: object) -> object:
        if next(refusals, None) is not None:
            raise LedgerUnreachable("the database does not answer")
        return original(*arguments, **named)

    monkeypatch.setattr(getattr(desk.ledger, store), call, away_at_first)
    assert running.finish(coordinator, [lane]) is Outcome.DONE
    assert next(refusals, None) is None, "the ledger was away for a while"
    assert len(desk.epochs(sweep_id)) == (4 + 4) * 4
    assert desk.ledger.sweeps.get(sweep_id).state is SweepState.CONFIRMING


def test_a_driver_that_starts_while_the_ledger_is_away_waits_for_it(tmp_path: Path) -> None:
    """A file on a disk that is mounted late."""
    desk = running.Desk(tmp_path)
    sweep_id = desk.post()
    attempt = desk.ledger.sweeps.start_attempt(sweep_id)
    begun = desk.ledger.sweeps.get(sweep_id).heartbeat_at or 0.0
    disk = desk.folder / "disk"
    ledger = Ledger(f"sqlite:///{disk / 'ledger.db'}")
    mounted = threading.Timer(0.3, disk.symlink_to, [desk.folder])
    mounted.start()
    wait_for_ledger(ledger, sweep_id, attempt)
    ledger.close()
    assert (desk.ledger.sweeps.get(sweep_id).heartbeat_at or 0.0) > begun


def test_a_stop_that_comes_after_the_last_result_leaves_the_sweep_completed(desk: Desk, tmp_path: Path) -> None:
    sweep_id = desk.post()
    desk.run(sweep_id)
    desk.ledger.lifecycle.stop(sweep_id)
    finish(desk.ledger, settings(tmp_path), sweep_id, 1, Outcome.DONE, None)
    assert desk.ledger.sweeps.get(sweep_id).state is SweepState.COMPLETED
    assert (desk.ledger.sweeps.report(sweep_id) or {})["state"] == "completed"


def test_a_failed_sweep_has_a_reason_a_report_and_no_open_trial(desk: Desk, tmp_path: Path) -> None:
    sweep_id = desk.post()
    coordinator = desk.attempt(sweep_id)
    desk.lane(coordinator, sweep_id).step()
    coordinator.tick()
    finish(desk.ledger, settings(tmp_path), sweep_id, 1, Outcome.ABORTED, "the disk is full")
    sweep = desk.ledger.sweeps.get(sweep_id)
    assert (sweep.state, sweep.reason) == (SweepState.FAILED, "the disk is full")
    assert desk.ledger.sweeps.report(sweep_id)
    assert all(trial.state.is_final for trial in desk.ledger.trials.page(sweep_id))


def test_an_attempt_whose_end_nobody_knows_is_not_written_as_failed(desk: Desk, tmp_path: Path) -> None:
    sweep_id = desk.post()
    desk.attempt(sweep_id)
    with pytest.raises(RuntimeError, match="a new attempt finds out"):
        finish(desk.ledger, settings(tmp_path), sweep_id, 1, None, None)
    assert desk.ledger.sweeps.get(sweep_id).state is SweepState.RUNNING


def test_squared_error_trains_a_classifier_and_searches_its_accuracy(desk: Desk) -> None:
    sweep_id = desk.post(training={"epochs": 30, "batch_size": 50, "loss": "squared_error"})
    assert desk.run(sweep_id).outcome is Outcome.DONE
    best = max(trial.value or 0.0 for trial in desk.ledger.trials.page(sweep_id))
    assert best > 0.5, "ten classes: chance is 0.1"


def test_data_that_is_smaller_than_it_should_be_is_noticed_before_a_lane_starts(tmp_path: Path) -> None:
    spec = SweepSpec.model_validate(SPEC)
    too_large = spec.training.model_copy(update={"batch_size": 5_000})
    with pytest.raises(ValueError, match="batch_size = 5000"):
        check_data(spec.model_copy(update={"training": too_large}), tmp_path)


@pytest.mark.parametrize(
    ("changes", "nodes", "placement"),
    [
        ({}, [Node(2)], Placement(lanes=1, places=8, most_places=32, cpus=2, gpus=0.0)),
        (
            {"budget": {"trials": 2}, "replicates": 10},
            [Node(2)],
            Placement(lanes=2, places=8, most_places=32, cpus=1, gpus=0.0),
        ),
        ({"lanes": 100}, [Node(2)], Placement(lanes=2, places=8, most_places=32, cpus=1, gpus=0.0)),
        ({"replicates": 100}, [Node(16, 4)], Placement(lanes=4, places=32, most_places=1024, cpus=4, gpus=1.0)),
        (
            {"lanes": 8, "trials_per_lane": 16},
            [Node(16, 4)],
            Placement(lanes=8, places=16, most_places=16, cpus=2, gpus=0.5),
        ),
        (
            {"lanes": 4, "trials_per_lane": 16},
            [Node(16, 3)],
            Placement(lanes=4, places=16, most_places=16, cpus=4, gpus=0.5),
        ),
        ({}, [Node(0), Node(4), Node(4)], Placement(lanes=1, places=8, most_places=32, cpus=4, gpus=0.0)),
        (
            {"lanes": 3, "trials_per_lane": 2},
            [Node(4), Node(4)],
            Placement(lanes=3, places=2, most_places=2, cpus=2, gpus=0.0),
        ),
        (
            {"lanes": 2, "trials_per_lane": 2},
            [Node(8), Node(8, 1)],
            Placement(lanes=2, places=2, most_places=2, cpus=4, gpus=0.5),
        ),
    ],
)
def test_lanes_are_placed_so_that_every_one_can_run(
    changes: dict[str, object], nodes: list[Node], placement: Placement
) -> None:
    assert place(SweepSpec.model_validate(SPEC | changes), nodes) == placement


def settings(folder: Path) -> SweepSettings:
    return SweepSettings(ledger_url="sqlite://", storage=folder / "storage", datasets=folder)


def test_ray_tune_is_not_shown_the_secrets_that_it_would_write_into_its_actors(monkeypatch: pytest.MonkeyPatch) -> None:
    copied = [name for name in ENV_VARS_TO_PROPAGATE if name.startswith("AWS_")]
    assert sorted(copied) == sorted(SECRETS)
    for name in copied:
        monkeypatch.setenv(name, "secret")
    with withheld(SECRETS):
        assert not os.environ.keys() & set(copied)
    assert {os.environ[name] for name in copied} == {"secret"}
