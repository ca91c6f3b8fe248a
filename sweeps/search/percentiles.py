"""Optuna's percentile pruner with an index by epoch: it decides the same, and no decision looks through all trials."""

from bisect import insort
from collections import defaultdict
from math import floor

import numpy as np
from optuna import Study
from optuna.pruners import BasePruner, PatientPruner, PercentilePruner
from optuna.pruners._percentile import _get_best_intermediate_result_over_steps, _is_first_in_interval_step
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from sweeps.search.history import Endings


class IndexedPercentile(PercentilePruner):
    """Knows what the completed trials had after each epoch, in ascending order."""

    def __init__(self, percentile: float, startup_trials: int, warmup_epochs: int, interval: int, min_trials: int):
        super().__init__(percentile, startup_trials, warmup_epochs, interval, n_min_trials=min_trials)
        self._endings = Endings()
        self._completed = 0
        self._values: defaultdict[int, list[float]] = defaultdict(list)

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """See PercentilePruner."""
        step = trial.last_step
        if step is None or step < self._n_warmup_steps:
            return False
        if not _is_first_in_interval_step(
            step, trial.intermediate_values.keys(), self._n_warmup_steps, self._interval_steps
        ):
            return False
        values = self.values_at(study, step)
        if self._completed < max(self._n_startup_trials, 1):
            return False
        best = _get_best_intermediate_result_over_steps(trial, study.direction)
        if np.isnan(best) or len(values) < self._n_min_trials:
            return bool(np.isnan(best))
        if study.direction is StudyDirection.MAXIMIZE:
            return bool(best < percentile_of(values, 100 - self._percentile))
        return bool(best > percentile_of(values, self._percentile))

    def values_at(self, study: Study, epoch: int) -> list[float]:
        """What the completed trials had after an epoch, in ascending order."""
        for trial in self._endings.of(study):
            if trial.state is TrialState.COMPLETE and trial.intermediate_values:  # those of earlier sweeps have none
                self._completed += 1
                for step, value in trial.intermediate_values.items():
                    insort(self._values[step], value)
        return self._values[epoch]


def percentile_of(values: list[float], percentile: float) -> float:
    """NumPy's linear percentile of one value or more in ascending order, to the last bit."""
    place = percentile / 100 * (len(values) - 1)
    below = floor(place)
    low, high = values[below], values[min(below + 1, len(values) - 1)]
    part, step = place - below, high - low
    return high - step * (1 - part) if part >= 0.5 else low + step * part


def completed_at(study: Study, epoch: int) -> list[float]:
    """What the completed trials of a study with a percentile pruner had after an epoch, in ascending order."""
    pruner: BasePruner | None = study.pruner
    if isinstance(pruner, PatientPruner):
        pruner = pruner._wrapped_pruner
    if not isinstance(pruner, IndexedPercentile):
        raise TypeError(f"a study with {type(pruner).__name__} has no percentiles")
    return pruner.values_at(study, epoch)
