"""What a sweep does with a configuration that diverges, raises, is pruned, or has replicates."""

import statistics
from pathlib import Path

import pytest

from sweeps.outcome import Outcome
from sweeps.states import TrialState
from tests.sweeps.running import Desk, finish


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_diverged_trial_is_a_result_with_its_epoch_and_never_the_best(desk: Desk) -> None:
    rates = {"learning_rate": {"kind": "choice", "values": [1e-2, 1e30]}}
    sweep_id = desk.post(
        compare=[{"rule": "bp", "space": rates}],
        training={"epochs": 4, "batch_size": 100, "optimiser": "sgd"},
    )
    assert desk.run(sweep_id).outcome is Outcome.DONE
    good, bad = desk.ledger.trials.page(sweep_id)
    assert (good.state, bad.state) == (TrialState.COMPLETED, TrialState.DIVERGED)
    assert bad.value is None
    assert "diverged in epoch 1 (seed 0)" in (bad.reason or "")
    confirmed = [m for m in desk.ledger.trials.members(sweep_id) if m.phase == "confirmation"]
    assert {member.trial for member in confirmed} == {good.number}


def test_an_arm_in_which_everything_diverged_is_done_without_a_confirmation(desk: Desk) -> None:
    sweep_id = desk.post(
        compare=[{"rule": "bp", "fixed": {"learning_rate": 1e30}}, {"rule": "anp", "name": "sound"}],
        search={"sampler": "random"},
        training={"epochs": 2, "batch_size": 100, "optimiser": "sgd"},
    )
    assert desk.run(sweep_id).outcome is Outcome.DONE
    assert {t.state for t in desk.ledger.trials.page(sweep_id, arm=0)} == {TrialState.DIVERGED}
    assert {m.trial % 2 for m in desk.ledger.trials.members(sweep_id) if m.phase == "confirmation"} == {1}


def test_a_configuration_that_raises_fails_its_own_trial_with_the_traceback(desk: Desk) -> None:
    sizes = {"training.batch_size": {"kind": "choice", "values": [100, 999]}}
    sweep_id = desk.post(compare=[{"rule": "bp", "fixed": {"learning_rate": 1e-2}, "space": sizes}])
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id, samples=500)
    for _ in range(3):
        with pytest.raises(ValueError, match="batch_size"):
            finish(coordinator, [lane])
        lane.failed("Traceback: batch_size is too large")
        lane = desk.lane(coordinator, sweep_id, samples=500)
    assert finish(coordinator, [lane]) is Outcome.DONE
    good, bad = desk.ledger.trials.page(sweep_id)
    assert (good.state, bad.state) == (TrialState.COMPLETED, TrialState.FAILED)
    assert "batch_size is too large" in (bad.reason or "")


def test_while_its_lanes_start_every_arm_asks_for_what_they_will_train(desk: Desk) -> None:
    sweep_id = desk.post(search={"sampler": "random"}, budget={"trials": 5})
    coordinator = desk.attempt(sweep_id, ahead=3)
    for _ in range(3):
        coordinator.tick()
    assert [trial.state for trial in desk.ledger.trials.page(sweep_id)] == [TrialState.WAITING] * 6
    assert finish(coordinator, [desk.lane(coordinator, sweep_id)]) is Outcome.DONE
    assert [trial.state for trial in desk.ledger.trials.page(sweep_id)] == [TrialState.COMPLETED] * 10


def test_a_trials_value_is_the_mean_of_its_replicates_at_the_last_epoch(desk: Desk) -> None:
    sweep_id = desk.post(replicates=3)
    desk.run(sweep_id, places=2)
    for trial in desk.ledger.trials.page(sweep_id):
        members = [m for m in desk.ledger.trials.members(sweep_id, trial.number) if m.phase == "search"]
        values = [(member.metrics or {})["validation_accuracy"] or 0.0 for member in members]
        assert [member.seed for member in members] == [0, 1, 2]
        assert trial.value == pytest.approx(statistics.fmean(values))
        assert trial.spread == pytest.approx(statistics.stdev(values))


def test_a_pruned_trial_stops_early_and_says_where(desk: Desk) -> None:
    rates = {"learning_rate": {"kind": "choice", "values": [3e-2, 1e-2, 3e-3, 1e-6, 1e-7]}}
    sweep_id = desk.post(
        compare=[{"rule": "bp", "space": rates}],
        training={"epochs": 8, "batch_size": 100},
        budget={"trials": 5},
        search={"sampler": "grid", "pruner": {"name": "median", "startup_trials": 2, "warmup_epochs": 1}},
    )
    desk.run(sweep_id, places=1)
    *_, worst = desk.ledger.trials.page(sweep_id)
    assert worst.state is TrialState.PRUNED
    assert worst.epoch < 8
    assert f"pruned after epoch {worst.epoch}: best so far 0." in (worst.reason or "")
    assert "completed trials at that epoch" in (worst.reason or "")
    assert len(desk.ledger.trials.epochs(sweep_id, worst.number)) == worst.epoch


def test_replicates_are_compared_seed_by_seed_with_the_best_trials(desk: Desk) -> None:
    rates = {"learning_rate": {"kind": "choice", "values": [1e-2, 1e-6]}}
    sweep_id = desk.post(
        compare=[{"rule": "bp", "space": rates}],
        replicates=4,
        search={"sampler": "grid", "pruner": {"name": "wilcoxon", "warmup_epochs": 2}},
    )
    desk.run(sweep_id, places=4)
    best, worst = desk.ledger.trials.page(sweep_id)
    assert (best.state, worst.state, worst.epoch) == (TrialState.COMPLETED, TrialState.PRUNED, 2)
    assert "on the same 4 seeds: signed-rank test p = 0.0625, below 0.1" in (worst.reason or "")


def test_members_at_different_shapes_share_a_lane(desk: Desk) -> None:
    sizes = {"network.hidden": {"kind": "choice", "values": [[4], [8, 8], [16]]}}
    sweep_id = desk.post(
        compare=[{"rule": "anp", "fixed": {"learning_rate": 1e-2, "noise_scale": 1e-3}, "space": sizes}],
        budget={"trials": 3},
    )
    assert desk.run(sweep_id, places=3).outcome is Outcome.DONE
    found = [trial.configuration["network.hidden"] for trial in desk.ledger.trials.page(sweep_id)]
    assert found == [[4], [8, 8], [16]]


def test_a_lane_that_only_dies_ends_the_sweep_with_a_reason(desk: Desk) -> None:
    sweep_id = desk.post()
    coordinator = desk.attempt(sweep_id)
    for _ in range(22):
        coordinator.register(0)
    coordinator.tick()
    assert coordinator.outcome is Outcome.ABORTED
    assert "lower trials_per_lane" in (coordinator.reason or "")
