"""What TPE learns from is bounded, depends on nothing but the trials, and is all of them while there are few."""

import random
from collections.abc import Callable, Sequence
from typing import Any, Literal

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.samplers import TPESampler
from optuna.samplers._tpe.sampler import _split_trials, default_gamma
from optuna.trial import FrozenTrial, TrialState, create_trial

from sweeps.search.history import ALL_GOOD_FROM, MOST_GOOD, History
from sweeps.search.samplers import experimental
from sweeps.search.tpe import TpeOfOneSpace

SPACE = {"rate": FloatDistribution(1e-4, 1.0, log=True), "kind": CategoricalDistribution(["a", "b"])}
Direction = Literal["minimize", "maximize"]
STATES = (TrialState.COMPLETE, TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING)


def some_trial(chance: random.Random, states: Sequence[TrialState] = STATES) -> FrozenTrial:
    """With few different values, so that there are ties."""
    state = chance.choice(states)
    reported = {epoch: chance.randrange(40) / 4 for epoch in range(1, chance.randrange(1, 4))}
    return create_trial(
        state=state,
        value=chance.randrange(400) / 4 if state is TrialState.COMPLETE else None,
        params={"rate": 10.0 ** chance.uniform(-4, 0), "kind": chance.choice("ab")},
        distributions=SPACE,
        intermediate_values=reported,
    )


def study_of(trials: Sequence[FrozenTrial], direction: Direction = "maximize") -> optuna.Study:
    study = optuna.create_study(direction=direction)
    study.add_trials(trials)
    return study


def with_sampler(sampler: TPESampler, study: optuna.Study) -> Callable[[], dict[str, object]]:
    def ask() -> dict[str, object]:
        study.sampler = sampler
        return study.ask(SPACE).params

    return ask


def numbers(history: History, study: optuna.Study) -> list[int]:
    return [trial.number for trial in history.of(study)]


def test_optuna_calls_as_many_trials_good_as_the_history_keeps() -> None:
    assert default_gamma(ALL_GOOD_FROM) == default_gamma(10**6) == MOST_GOOD
    assert default_gamma(ALL_GOOD_FROM - 10) < MOST_GOOD


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@pytest.mark.parametrize("seed", range(5))
def test_the_trials_that_tpe_would_call_good_are_always_among_those_kept(seed: int, direction: Direction) -> None:
    chance = random.Random(seed)
    study, history = study_of([], direction), History(300)
    for _ in range(120):
        study.add_trials([some_trial(chance) for _ in range(10)])
        kept = history.of(study)
        assert len([trial for trial in kept if trial.state is not TrialState.RUNNING]) <= 325
        everything = [trial for trial in study.get_trials(deepcopy=False) if trial.state is not TrialState.FAIL]
        ended = sum(trial.state is not TrialState.RUNNING for trial in everything)
        good, _ = _split_trials(study, everything, default_gamma(ended))
        still_good, _ = _split_trials(study, kept, default_gamma(min(ended, 325)))
        assert [trial.number for trial in still_good] == [trial.number for trial in good]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_kept_does_not_depend_on_the_order_in_which_trials_ended(seed: int) -> None:
    """One history looks after every end, in a shuffled order; another sees the study for the first time at the end."""
    chance = random.Random(seed)
    study, history = study_of([]), History(230)
    running = [study.ask(SPACE) for _ in range(700)]
    chance.shuffle(running)
    for trial in running[:600]:
        trial.report(chance.randrange(40) / 4, 1)
        state = chance.choice([TrialState.COMPLETE, TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL])
        study.tell(trial, chance.randrange(400) / 4 if state is TrialState.COMPLETE else None, state)
        history.of(study)
    assert numbers(history, study) == numbers(History(230), study)


@pytest.mark.parametrize(("multivariate", "group"), [(True, False), (True, True), (False, False)])
@pytest.mark.parametrize("count", [5, 40, 325])
def test_while_nothing_was_dropped_suggestions_are_optunas_own(multivariate: bool, group: bool, count: int) -> None:
    chance = random.Random(count)
    trials = [some_trial(chance, STATES[:3]) for _ in range(count)]
    options: dict[str, Any] = {
        "multivariate": multivariate,
        "group": group,
        "seed": 7,
        "n_startup_trials": 8,
        "constant_liar": True,
    }
    with experimental():
        ours = with_sampler(TpeOfOneSpace(history=History(300), **options), study_of(trials))
        optunas = with_sampler(TPESampler(**options), study_of(trials))
    assert [ours() for _ in range(3)] == [optunas() for _ in range(3)]


def test_a_trial_is_looked_at_until_it_has_ended_and_then_never_again() -> None:
    study, history = study_of([]), History(230)
    first, second = study.ask(SPACE), study.ask(SPACE)
    assert numbers(history, study) == [0, 1]
    study.tell(first, 1.0)
    assert numbers(history, study) == [0, 1]
    assert [trial.number for trial in history._endings.open] == [second.number]
    study.tell(second, state=TrialState.FAIL)
    assert numbers(history, study) == [0]
    assert history._endings.open == []


def test_a_history_too_short_for_the_good_trials_is_refused() -> None:
    with pytest.raises(ValueError, match="size is 224; it must be at least 225"):
        History(224)
