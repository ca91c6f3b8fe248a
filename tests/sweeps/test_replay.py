"""Every suggestion is logged so that a sequential replay makes it again, whatever happened beside it."""

from pathlib import Path
from typing import Any

import pytest

from sweeps.replay import replay
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from tests.sweeps.running import Desk, finish

COMPARE: list[dict[str, Any]] = [
    {"rule": "bp", "space": {"training.batch_size": {"kind": "choice", "values": [50, 100]}}},
    {"rule": "np"},
]
RANGE = {"kind": "float", "low": 1e-3, "high": 30.0, "log": True}
SAMPLERS = [
    {"name": "tpe", "startup_trials": 3},
    {"name": "tpe", "startup_trials": 3, "group": True},
    {"name": "gp", "startup_trials": 3},
    "qmc",
    "random",
    {"name": "grid", "points": 4},
]


def agreements(desk: Desk, sweep_id: int) -> list[bool]:
    spec = SweepSpec.model_validate(desk.ledger.sweeps.get(sweep_id).spec)
    trials = desk.ledger.trials.page(sweep_id)
    return [
        one.agrees
        for arm in range(len(spec.compare))
        for one in replay(spec, arm, [trial for trial in trials if trial.arm == arm])
    ]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_search_of_two_lanes_that_was_interrupted_is_replayed_in_sequence(sampler: object, tmp_path: Path) -> None:
    """Lanes of different sizes, a pruner, an enqueued configuration, a diverging one, a coordinator that is lost."""
    desk = Desk(tmp_path)
    own = [{"learning_rate": 0.02}]
    compare = [COMPARE[0] | {"enqueued": own}, COMPARE[1] | {"space": {"learning_rate": RANGE}}]
    search = {"sampler": sampler, "pruner": {"name": "median", "startup_trials": 2, "warmup_epochs": 1}}
    sweep_id = desk.post(budget={"trials": 9}, search=search, compare=compare)
    lost = desk.attempt(sweep_id)
    lanes = [desk.lane(lost, sweep_id, number, places) for number, places in enumerate((1, 3))]
    for _ in range(3):
        for lane in lanes:
            lane.step()
        lost.tick()
    coordinator = desk.attempt(sweep_id)
    finish(coordinator, [desk.lane(coordinator, sweep_id, number, places) for number, places in enumerate((3, 2))])
    states = {trial.state for trial in desk.ledger.trials.page(sweep_id)}
    assert TrialState.COMPLETED in states
    assert agreements(desk, sweep_id) == [True] * 18


def test_cmaes_with_enqueued_configurations_is_replayed_after_an_interruption(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    sampler = {"name": "cmaes", "population": 4}
    own = [{"learning_rate": 0.001 * n, "noise_scale": 0.01} for n in (1, 2, 3)]
    arm = {"rule": "np", "enqueued": [*own, {"learning_rate": 0.004}]}
    sweep_id = desk.post(budget={"trials": 16}, search={"sampler": sampler}, compare=[arm])
    lost = desk.attempt(sweep_id)
    lane = desk.lane(lost, sweep_id, places=1)
    for _ in range(9):
        lane.step()
        lost.tick()
    coordinator = desk.attempt(sweep_id)
    finish(coordinator, [desk.lane(coordinator, sweep_id, places=1)])
    assert agreements(desk, sweep_id) == [True] * 16


def test_another_seed_is_another_search(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    sweep_id = desk.post(budget={"trials": 4}, search={"sampler": "random"}, compare=[{"rule": "np"}])
    spec = desk.run(sweep_id).spec.model_copy(update={"seed": 1})
    assert not any(one.agrees for one in replay(spec, 0, desk.ledger.trials.page(sweep_id)))
