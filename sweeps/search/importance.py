"""How much each searched path matters for a good value, and how sure that is.

PED-ANOVA (Watanabe et al. 2023, "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary
subspaces") asks how far the values of the best tenth of the trials are from those of all. Its spread is found by
drawing the trials again with replacement (Efron 1979).
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from threading import Lock
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from sweeps.search.translation import distribution, encode
from sweeps.space import Dimension, Value

optuna.logging.set_verbosity(optuna.logging.WARNING)

LEAST_TRIALS = 10
"""Completed trials below which nothing is said."""
BEST = 0.1
"""The part of the trials that PED-ANOVA calls good, at least..."""
LEAST_BEST = 5
"""...so many of them: Optuna's advice."""
MOST_TRIALS = 300
"""Trials that are looked at: more take time and change little."""

_one_at_a_time = Lock()
"""Which warnings are shown is the whole process's: two threads would put back each other's."""

Tried = tuple[Mapping[str, Value], float]
"""A configuration and its value."""


def importances(
    space: Mapping[str, Dimension], tried: Sequence[Tried], maximise: bool, resamples: int, seed: int = 0
) -> list[dict[str, float]]:
    """The importances of the paths, which add up to 1, for each resample of the trials; none for too few trials.

    Paths that only some trials have are left out.
    """
    chance = np.random.default_rng(seed)
    if len(tried) > MOST_TRIALS:
        tried = [tried[place] for place in sorted(chance.choice(len(tried), MOST_TRIALS, replace=False))]
    paths = [path for path in space if all(path in values for values, _ in tried)]
    if len(tried) < LEAST_TRIALS or not paths:
        return []
    trials = list(_trials({path: space[path] for path in paths}, tried))
    drawn = (chance.integers(len(trials), size=len(trials)) for _ in range(resamples))
    return [_importances([trials[place] for place in places], paths, maximise) for places in drawn]


def _importances(trials: Sequence[FrozenTrial], paths: list[str], maximise: bool) -> dict[str, float]:
    study = optuna.create_study(direction="maximize" if maximise else "minimize")
    study.add_trials(trials)
    best = min(0.5, max(BEST, LEAST_BEST / len(trials)))
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        warnings.simplefilter("ignore", UserWarning)  # a resample may hold one value of a choice
        found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator(target_quantile=best), params=paths)
    return {path: float(found.get(path, 0.0)) for path in paths}


def _trials(space: Mapping[str, Dimension], tried: Sequence[Tried]) -> Iterator[FrozenTrial]:
    distributions = {path: distribution(dimension) for path, dimension in space.items()}
    for values, value in tried:
        params = {path: encode(dimension, values[path]) for path, dimension in space.items()}
        yield _trial(value, params, distributions)


def _trial(value: float, params: dict[str, Any], distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    now = datetime.now()
    return _Shared(
        number=0,
        trial_id=0,
        state=TrialState.COMPLETE,
        value=value,
        datetime_start=now,
        datetime_complete=now,
        params=params,
        distributions=distributions,
        user_attrs={},
        system_attrs={},
        intermediate_values={},
    )


class _Shared(FrozenTrial):
    """A study copies each trial to the bottom, which takes four times as long as all else; here nobody changes any."""

    def __deepcopy__(self, memo: object) -> FrozenTrial:
        return copy(self)
