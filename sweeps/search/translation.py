"""Between our words and Optuna's: states, dimensions, values."""

import json
from typing import assert_never

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState as OptunaState

from sweeps.space import Choice, Dimension, Float, Int, Value, same
from sweeps.states import TrialState

STATES = {
    TrialState.WAITING: OptunaState.RUNNING,
    TrialState.RUNNING: OptunaState.RUNNING,
    TrialState.COMPLETED: OptunaState.COMPLETE,
    TrialState.PRUNED: OptunaState.PRUNED,
    TrialState.DIVERGED: OptunaState.FAIL,
    TrialState.FAILED: OptunaState.FAIL,
    TrialState.STOPPED: OptunaState.FAIL,
}


def distribution(dimension: Dimension) -> BaseDistribution:
    """What Optuna draws from."""
    match dimension:
        case Float():
            return FloatDistribution(dimension.low, dimension.high, log=dimension.log)
        case Int():
            return IntDistribution(dimension.low, dimension.high, log=dimension.log)
        case Choice():
            return CategoricalDistribution([json.dumps(value) for value in dimension.values])
        case _:
            assert_never(dimension)


def suggest(trial: optuna.Trial, path: str, distribution: BaseDistribution) -> Value:
    """One value, by define-by-run, which conditions need."""
    value: Value
    match distribution:
        case FloatDistribution():
            value = trial.suggest_float(path, distribution.low, distribution.high, log=distribution.log)
        case IntDistribution():
            value = trial.suggest_int(path, distribution.low, distribution.high, log=distribution.log)
        case CategoricalDistribution():
            value = trial.suggest_categorical(path, distribution.choices)
        case _:
            raise TypeError(f"{distribution} is none of ours")
    return value


def encode(dimension: Dimension, value: Value) -> Value:
    """Optuna's categories must be plain: a choice goes there as JSON text."""
    if not isinstance(dimension, Choice):
        return value
    return json.dumps(next(choice for choice in dimension.values if same(value, choice)))


def decode(dimension: Dimension, value: Value) -> Value:
    """The value that `encode` stands for."""
    if not isinstance(dimension, Choice):
        return value
    decoded: Value = json.loads(str(value))
    return decoded
