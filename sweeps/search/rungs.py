"""Optuna's halving pruners with an index by rung: they decide the same, and no decision looks through all trials."""

from bisect import insort
from collections import defaultdict
from itertools import count
from math import isnan

from optuna import Study
from optuna.pruners import HyperbandPruner, SuccessiveHalvingPruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial

from sweeps.search.history import every_trial

RUNG = "completed_rung_{}"
"""The system attribute in which Optuna keeps what a trial had at a rung."""


class Rungs:
    """What the trials of each bracket had at each rung. Trials that were restored are taken over when first seen."""

    def __init__(self) -> None:
        self._seen = 0
        self._values: defaultdict[tuple[int, int], list[float]] = defaultdict(list)

    def follow(self, study: Study) -> None:
        """Takes over what the trials that are new to it had reached before."""
        new = every_trial(study)[self._seen :]
        self._seen += len(new)
        for trial in new:
            for rung in range(rungs_of(trial)):
                self.note(bracket_of(study, trial), rung, trial.system_attrs[RUNG.format(rung)])

    def note(self, bracket: int, rung: int, value: float) -> None:
        insort(self._values[bracket, rung], value)

    def at(self, bracket: int, rung: int) -> list[float]:
        """In ascending order."""
        return self._values[bracket, rung]


class IndexedHalving(SuccessiveHalvingPruner):
    """Successive halving in one bracket, from epoch min_epochs · factorˢ for bracket s."""

    def __init__(self, min_epochs: int, factor: int, bootstrap_trials: int, bracket: int, rungs: Rungs) -> None:
        super().__init__(min_epochs, factor, bracket, bootstrap_trials)
        self._first = min_epochs * factor**bracket
        self._factor = factor
        self._bootstrap_trials = bootstrap_trials
        self._bracket = bracket
        self.rungs = rungs

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """See SuccessiveHalvingPruner."""
        step = trial.last_step
        if step is None:
            return False
        self.rungs.follow(study)
        value = trial.intermediate_values[step]
        for rung in count(rungs_of(trial)):
            if step < self._first * self._factor**rung:
                return False
            if isnan(value):
                return True
            study._storage.set_trial_system_attr(trial._trial_id, RUNG.format(rung), value)
            self.rungs.note(self._bracket, rung, value)
            rivals = self.rungs.at(self._bracket, rung)
            if len(rivals) <= self._bootstrap_trials or not self._goes_on(study, value, rivals):
                return True
        raise AssertionError("a trial has a last epoch")

    def _goes_on(self, study: Study, value: float, rivals: list[float]) -> bool:
        last = max(len(rivals) // self._factor, 1) - 1
        if study.direction is StudyDirection.MAXIMIZE:
            return value >= rivals[-(last + 1)]
        return value <= rivals[last]


class IndexedHyperband(HyperbandPruner):
    """Hyperband over brackets that share one index."""

    def __init__(self, min_epochs: int, epochs: int, factor: int, bootstrap_trials: int) -> None:
        super().__init__(min_epochs, epochs, factor, bootstrap_trials)
        self._try_initialization(None)  # type: ignore[arg-type]  # reads the study only for an unknown max_resource
        self.rungs = Rungs()
        self._brackets = [
            IndexedHalving(min_epochs, factor, bootstrap_trials, bracket, self.rungs)
            for bracket in range(len(self._pruners))
        ]

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """See HyperbandPruner."""
        return self._brackets[bracket_of(study, trial)].prune(study, trial)


def rungs_of(trial: FrozenTrial) -> int:
    """How many rungs a trial has reached."""
    return next(rung for rung in count() if RUNG.format(rung) not in trial.system_attrs)


def bracket_of(study: Study, trial: FrozenTrial) -> int:
    """Hyperband's bracket of a trial; 0 where there is only one."""
    pruner = study.pruner
    return pruner._get_bracket_id(study, trial) if isinstance(pruner, HyperbandPruner) else 0


def values_at(study: Study, bracket: int, rung: int) -> list[float]:
    """What the trials of a bracket had at a rung, in ascending order."""
    pruner = study.pruner
    if not isinstance(pruner, IndexedHalving | IndexedHyperband):
        raise TypeError(f"a study with {type(pruner).__name__} has no rungs")
    pruner.rungs.follow(study)
    return pruner.rungs.at(bracket, rung)
