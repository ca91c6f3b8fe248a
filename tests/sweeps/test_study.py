"""The study of one arm: suggestions can be made again, and Optuna hears the truth about every trial."""

import optuna
import pytest

from sweeps.search.study import ArmSearch, PastTrial
from sweeps.space import Value
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from tests.sweeps.running import SPEC

SAMPLERS = ["tpe", "random", {"name": "grid", "points": 8}]


def spec_with(sampler: object, pruner: object = "none") -> SweepSpec:
    return SweepSpec.model_validate(SPEC | {"search": {"sampler": sampler, "pruner": pruner}})


def search_with(sampler: object, pruner: object = "none", arm: int = 1) -> ArmSearch:
    spec = spec_with(sampler, pruner)
    return ArmSearch(spec.compare[arm].space, spec.search.sampler, spec.search.pruner, (0, arm), spec.maximise)


def value_of(values: dict[str, Value]) -> float:
    """A smooth thing to search: best at learning rate 1e-3."""
    rate = values["learning_rate"]
    assert isinstance(rate, float)
    return -abs(rate - 1e-3)


def told(search: ArmSearch, number: int) -> PastTrial:
    """Asks, reports and completes one trial."""
    values = search.ask()
    search.report(number, 1, value_of(values))
    search.tell(number, TrialState.COMPLETED, value_of(values))
    return PastTrial(values, TrialState.COMPLETED, value_of(values), {1: value_of(values)})


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_rebuilt_study_suggests_what_the_lost_one_would_have(sampler: object) -> None:
    whole = search_with(sampler)
    history = [told(whole, number) for number in range(20 if sampler == "tpe" else 5)]
    rebuilt = search_with(sampler, arm=1)
    rebuilt.restore(history)
    assert [rebuilt.ask() for _ in range(3)] == [whole.ask() for _ in range(3)]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_suggestions_stay_in_the_space_and_differ(sampler: object) -> None:
    search = search_with(sampler, arm=1)
    found = [told(search, number).values for number in range(12)]
    space = spec_with(sampler).compare[1].space
    for values in found:
        assert values.keys() == space.keys()
        for path, value in values.items():
            low, high = space[path].probes()[:2]
            assert isinstance(value, float)
            assert isinstance(low, float)
            assert isinstance(high, float)
            assert low <= value <= high
    assert len({tuple(values.items()) for values in found}) == 12


def test_tpe_finds_better_configurations_than_its_start() -> None:
    search = search_with({"name": "tpe", "startup_trials": 8}, arm=0)
    values = [told(search, number).value or 0.0 for number in range(60)]
    assert sorted(values[30:])[15] > sorted(values[:8])[4]


def test_the_grid_visits_every_point_once_in_a_fixed_order() -> None:
    search = search_with({"name": "grid", "points": 2}, arm=1)
    points = [search.ask() for _ in range(8)]
    assert len({tuple(point.items()) for point in points}) == 8
    again = search_with({"name": "grid", "points": 2}, arm=1)
    assert [again.ask() for _ in range(8)] == points


@pytest.mark.parametrize(
    ("state", "heard"),
    [
        (TrialState.COMPLETED, optuna.trial.TrialState.COMPLETE),
        (TrialState.PRUNED, optuna.trial.TrialState.PRUNED),
        (TrialState.DIVERGED, optuna.trial.TrialState.FAIL),
        (TrialState.FAILED, optuna.trial.TrialState.FAIL),
        (TrialState.STOPPED, optuna.trial.TrialState.FAIL),
    ],
)
def test_optuna_hears_how_a_trial_ended(state: TrialState, heard: optuna.trial.TrialState) -> None:
    search = search_with("random", arm=0)
    search.ask()
    search.report(0, 1, 0.5)
    search.tell(0, state, 0.5)
    assert [trial.state for trial in search._study.trials] == [heard]


def test_a_restored_trial_that_was_running_can_be_reported_and_told() -> None:
    search = search_with("random", {"name": "median", "startup_trials": 1, "warmup_epochs": 0}, arm=0)
    good = {"learning_rate": 1e-3}
    search.restore(
        [
            PastTrial(good, TrialState.COMPLETED, 0.9, {1: 0.8, 2: 0.9}),
            PastTrial(good, TrialState.RUNNING, None, {1: 0.1}),
        ]
    )
    assert search.report(1, 2, 0.1)
    search.tell(1, TrialState.PRUNED, 0.1)


@pytest.mark.parametrize("pruner", ["none", "median", "percentile", "asha"])
def test_every_pruner_can_be_built_and_asked(pruner: str) -> None:
    search = search_with("random", pruner, arm=0)
    for number in range(6):
        search.ask()
        for epoch in range(1, 5):
            search.report(number, epoch, float(number))
        search.tell(number, TrialState.COMPLETED, float(number))
    search.ask()
    decisions = [search.report(6, epoch, -1.0) for epoch in range(1, 5)]
    assert any(decisions) == (pruner != "none")
