"""The study of one arm: suggestions can be made again, and Optuna hears the truth about every trial."""

import itertools
import math
import random
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import optuna
import pytest

from sweeps.search.study import ArmSearch, PastTrial
from sweeps.space import Choice, Int, Value
from sweeps.spec import SweepSpec
from sweeps.states import TrialState
from tests.sweeps.running import SPEC

SAMPLERS = [
    "tpe",
    {"name": "tpe", "startup_trials": 4, "group": True},
    {"name": "gp", "startup_trials": 4, "deterministic": True},
    {"name": "cmaes", "population": 4},
    {"name": "cmaes", "population": 4, "variant": "separable"},
    {"name": "cmaes", "population": 4, "variant": "margin", "learn_from_pruned": True},
    {"name": "cmaes", "population": 4, "variant": "adaptive"},
    "qmc",
    {"name": "qmc", "sequence": "halton"},
    "random",
    {"name": "grid", "points": 8},
]


def spec_with(sampler: object, pruner: object = "none") -> SweepSpec:
    compare = SPEC["compare"][1:] if isinstance(sampler, dict) and sampler.get("variant") == "separable" else None
    arms = {"compare": [{"rule": "bp", "fixed": {"learning_rate": 1}}, *compare]} if compare else {}
    return SweepSpec.model_validate(SPEC | arms | {"search": {"sampler": sampler, "pruner": pruner}})


def search_with(sampler: object, pruner: object = "none", arm: int = 1) -> ArmSearch:
    spec = spec_with(sampler, pruner)
    return ArmSearch(
        spec.compare[arm].space, spec.search.sampler, spec.search.pruner, (0, arm), spec.maximise, spec.epochs(arm)
    )


def value_of(values: Mapping[str, Value]) -> float:
    """A smooth thing to search: best at learning rate 1e-3."""
    rate = values["learning_rate"]
    assert isinstance(rate, float)
    return -abs(rate - 1e-3)


def told(search: ArmSearch, number: int) -> PastTrial:
    """Asks, reports and completes one trial."""
    suggestion = search.ask()
    value = value_of(suggestion.values)
    search.report(number, 1, value)
    place = search.tell(number, TrialState.COMPLETED, value)
    return PastTrial(suggestion.values, TrialState.COMPLETED, value, {1: value}, heard=suggestion.heard, told=place)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_rebuilt_study_suggests_what_the_lost_one_would_have(sampler: object) -> None:
    whole = search_with(sampler)
    history = [told(whole, number) for number in range(20)]
    rebuilt = search_with(sampler, arm=1)
    rebuilt.restore(history)
    assert [rebuilt.ask() for _ in range(3)] == [whole.ask() for _ in range(3)]


def test_a_rebuilt_study_that_has_forgotten_trials_suggests_what_the_lost_one_would_have() -> None:
    """320 trials and a history of 250: only the newest and the 25 best are known to either."""
    sampler = {"name": "tpe", "startup_trials": 250, "history": 250}
    whole = search_with(sampler)
    history = [told(whole, number) for number in range(320)]
    rebuilt = search_with(sampler)
    rebuilt.restore(history)
    assert [rebuilt.ask() for _ in range(3)] == [whole.ask() for _ in range(3)]


def test_a_history_shorter_than_the_random_start_is_refused() -> None:
    with pytest.raises(ValueError, match="history is 300, below startup_trials 400"):
        spec_with({"name": "tpe", "startup_trials": 400, "history": 300})


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_study_rebuilt_while_trials_ran_side_by_side_goes_on_as_the_lost_one(sampler: object) -> None:
    """Four trials run at once and end in a shuffled order, one pruned, one diverged."""
    whole = search_with(sampler)
    past: dict[int, PastTrial] = {}
    running: list[int] = []
    chance = random.Random(3)
    for number in range(30):
        suggestion = whole.ask()
        past[number] = PastTrial(suggestion.values, TrialState.RUNNING, None, {}, heard=suggestion.heard)
        running.append(number)
        if len(running) == 4:
            ended = running.pop(chance.randrange(4))
            value = value_of(past[ended].values)
            whole.report(ended, 1, value)
            state = {7: TrialState.PRUNED, 11: TrialState.DIVERGED}.get(ended, TrialState.COMPLETED)
            place = whole.tell(ended, state, value)
            past[ended] = replace(past[ended], state=state, value=value, reported={1: value}, told=place)
    rebuilt = search_with(sampler)
    rebuilt.restore(past.values())
    assert [rebuilt.ask() for _ in range(6)] == [whole.ask() for _ in range(6)]


@pytest.mark.parametrize("sampler", [*SAMPLERS[2:4], {"name": "tpe", "startup_trials": 4}], ids=["gp", "cmaes", "tpe"])
def test_a_sampler_that_learns_gets_closer_to_the_optimum_than_random(sampler: object) -> None:
    """A bowl over three logarithmic dimensions; median distance of trials 30 to 50."""

    def late_distance(sampler: object) -> float:
        search = search_with(sampler)
        distances = []
        for number in range(50):
            values = search.ask().values
            logs = [math.log10(float(str(values[path]))) for path in sorted(values)]
            distances.append(sum((log + 3.0) ** 2 for log in logs))
            search.report(number, 1, -distances[-1])
            search.tell(number, TrialState.COMPLETED, -distances[-1])
        return statistics.median(distances[30:])

    assert late_distance(sampler) < 0.5 * late_distance("random")


def test_a_quasi_random_sequence_fills_a_line_more_evenly_than_random() -> None:
    def widest_gap(sampler: object) -> float:
        search = search_with(sampler, arm=0)
        logs = sorted(math.log(float(str(told(search, n).values["learning_rate"]))) for n in range(64))
        return max(b - a for a, b in itertools.pairwise(logs))

    sobol, halton = widest_gap("qmc"), widest_gap({"name": "qmc", "sequence": "halton"})
    assert max(sobol, halton) < 0.6 * widest_gap("random")


def test_a_sequence_gives_whole_numbers_and_choices_equal_shares() -> None:
    fractions = [(n + 0.5) / 1200 for n in range(1200)]
    for dimension in (Int(low=3, high=6), Choice(values=[1, "b", None, [8, 8]])):
        assert set(Counter(str(dimension.at(fraction)) for fraction in fractions).values()) == {300}
    assert [Int(low=1, high=100, log=True).at(fraction) for fraction in (0.0, 1 - 2**-53)] == [1, 100]


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
    assert len({tuple(point.values.items()) for point in points}) == 8
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
