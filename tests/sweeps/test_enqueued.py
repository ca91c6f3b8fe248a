"""Configurations by hand: tried first, once, within the budget, whatever happens to the coordinator."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sweeps.ledger.errors import WrongState
from sweeps.ledger.records import TrialRecord
from sweeps.spec import SweepSpec
from sweeps.states import Origin, TrialState
from tests.sweeps.running import SPEC, Desk, finish

FAST, SLOW = {"learning_rate": 0.02}, {"learning_rate": 0.0003}


def arms(*enqueued: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    return [{"rule": "np", "enqueued": list(enqueued)} | changes]


def trials_of(desk: Desk, sweep_id: int) -> list[TrialRecord]:
    return desk.ledger.trials.page(sweep_id)


@pytest.mark.parametrize("sampler", ["tpe", "gp", "cmaes", "qmc", "random", {"name": "grid", "points": 2}])
def test_enqueued_configurations_are_the_first_trials_and_the_sampler_chooses_the_rest(
    sampler: object, tmp_path: Path
) -> None:
    desk = Desk(tmp_path)
    whole = FAST | {"noise_scale": 0.01}
    sweep_id = desk.post(budget={"trials": 4}, search={"sampler": sampler}, compare=arms(whole, SLOW))
    desk.run(sweep_id)
    trials = trials_of(desk, sweep_id)
    assert [trial.origin for trial in trials] == [Origin.ENQUEUED] * 2 + [Origin.SAMPLER] * 2
    assert trials[0].configuration == whole
    assert trials[1].configuration["learning_rate"] == 0.0003
    assert trials[1].configuration["noise_scale"] is not None
    assert all(trial.state is TrialState.COMPLETED for trial in trials)


def test_enqueued_trials_take_no_point_of_the_grid(tmp_path: Path) -> None:
    desk, search = Desk(tmp_path), {"sampler": {"name": "grid", "points": 2}}
    plain = desk.post(budget={"trials": 4}, search=search, compare=arms())
    with_own = desk.post(budget={"trials": 5}, search=search, compare=arms(FAST))
    desk.run(plain)
    desk.run(with_own)
    points = [trial.configuration for trial in trials_of(desk, plain)]
    assert [trial.configuration for trial in trials_of(desk, with_own)][1:] == points


def test_an_arm_of_a_running_sweep_tries_an_enqueued_configuration_next(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    sweep_id = desk.post(budget={"trials": 6}, search={"sampler": "random"}, compare=arms())
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id, places=1)
    lane.step()
    desk.ledger.lifecycle.enqueue(sweep_id, 0, FAST)
    finish(coordinator, [lane])
    trials = trials_of(desk, sweep_id)
    own = [trial for trial in trials if trial.origin is Origin.ENQUEUED]
    assert [trial.configuration["learning_rate"] for trial in own] == [0.02]
    assert 0 < own[0].number < 5
    assert len(trials) == 6


def test_a_new_attempt_does_not_try_an_enqueued_configuration_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    sweep_id = desk.post(budget={"trials": 4}, search={"sampler": "random"}, compare=arms(FAST, SLOW))
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id, places=1)
    for _ in range(2):
        lane.step()
        coordinator.tick()
    desk.run(sweep_id)
    trials = trials_of(desk, sweep_id)
    assert [trial.origin for trial in trials] == [Origin.ENQUEUED] * 2 + [Origin.SAMPLER] * 2
    assert [trial.configuration["learning_rate"] for trial in trials[:2]] == [0.02, 0.0003]


def test_a_value_spelt_otherwise_is_the_listed_choice(tmp_path: Path) -> None:
    desk, sizes = Desk(tmp_path), {"training.batch_size": {"kind": "choice", "values": [50, 100]}}
    own = [{"training.batch_size": 50.0}]
    desk.run(
        desk.post(
            budget={"trials": 2}, search={"sampler": "tpe"}, compare=[{"rule": "bp", "space": sizes, "enqueued": own}]
        )
    )
    assert repr(trials_of(desk, 1)[0].configuration["training.batch_size"]) == "50"


def test_what_comes_when_everything_was_suggested_is_told_and_waits(tmp_path: Path) -> None:
    """The last suggestions are made, and not yet booked: the ledger cannot know that it is too late."""
    desk = Desk(tmp_path)
    sweep_id = desk.post(budget={"trials": 3}, search={"sampler": "random"}, compare=arms())
    coordinator = desk.attempt(sweep_id)
    lane = desk.lane(coordinator, sweep_id, places=3)
    lane.step()
    desk.ledger.lifecycle.enqueue(sweep_id, 0, FAST)
    finish(coordinator, [lane])
    late = [event.data for event in desk.ledger.events.after(sweep_id, 0) if event.kind == "enqueued.late"]
    assert late == [{"arm": "np", "waiting": 1, "remedy": "extend"}]
    assert [trial.origin for trial in trials_of(desk, sweep_id)] == [Origin.SAMPLER] * 3


def test_what_comes_when_the_budget_is_spent_is_refused_until_the_sweep_is_extended(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    sweep_id = desk.post(budget={"trials": 2}, search={"sampler": "random"}, compare=arms())
    desk.run(sweep_id)
    desk.ledger.sweeps.end(sweep_id, desk.ledger.sweeps.get(sweep_id).state.COMPLETED)
    with pytest.raises(WrongState, match="has a budget of 2 trials, of which 2 were begun"):
        desk.ledger.lifecycle.enqueue(sweep_id, 0, FAST)
    desk.ledger.lifecycle.extend(sweep_id, 3)
    desk.ledger.lifecycle.enqueue(sweep_id, 0, FAST)
    with pytest.raises(WrongState, match="1 are taken by configurations that wait"):
        desk.ledger.lifecycle.enqueue(sweep_id, 0, SLOW)
    desk.run(sweep_id)
    assert trials_of(desk, sweep_id)[2].configuration["learning_rate"] == 0.02


@pytest.mark.parametrize(
    ("compare", "message"),
    [
        (arms({"learning_rate": 5.0}), "enqueued[0].learning_rate is 5.0: it is not between 0.0001 and 0.03"),
        (arms(FAST, {"learning_rate": True}), "enqueued[1].learning_rate is True: it is no number"),
        (arms({"learning_rte": 5.0}), "enqueued[0].learning_rte is not searched in this arm; write some of learning_"),
        (arms({"noise_scale": 0.1}, fixed={"noise_scale": 0.01}), "holds it fixed at 0.01; leave it out"),
        (arms({}), "enqueued[0] gives no value"),
        (arms(FAST, FAST, FAST), "3 configurations are enqueued, but budget.trials is 2"),
        (
            arms({"network.hidden": [9]}, space={"network.hidden": {"kind": "choice", "values": [[8], [16]]}}),
            "enqueued[0].network.hidden is [9]: it is none of [[8], [16]]",
        ),
    ],
)
def test_what_the_arm_cannot_try_is_refused_with_path_value_and_rule(compare: object, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SweepSpec.model_validate(SPEC | {"budget": {"trials": 2}, "search": {}, "compare": compare})
    assert message in str(refused.value)
