"""What TPE learns from: a bounded part of a study's trials, kept without looking at any of them twice.

TPE calls the best tenth of the trials good, 25 at most, and weighs the others the less the older they are. So the 25
best and the `size` newest of the others are kept, beside those that still run. Up to size + 25 trials that is all of
them. What is kept depends on which trials are over, not on the order in which they ended: a trial that is not among the
25 best never comes back among them, and one that has `size` newer ones behind it never loses them.
"""

import math
from bisect import insort
from collections.abc import Container, Iterable
from typing import Any

from optuna import Study
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

MOST_GOOD = 25
"""Optuna's `default_gamma` calls no more trials good than so many; it reaches that at 250."""
ALL_GOOD_FROM = 10 * MOST_GOOD

Rank = tuple[int, int, float, int]


class Endings:
    """Which trials of a study have ended since the last look."""

    def __init__(self) -> None:
        self.open: list[FrozenTrial] = []
        """Those that had not ended, by number."""
        self._seen = 0

    def of(self, study: Study) -> list[FrozenTrial]:
        """By number. Looks at those alone that had not ended before."""
        trials = every_trial(study)
        looked_at = [trials[trial.number] for trial in self.open] + trials[self._seen :]
        self._seen += len(looked_at) - len(self.open)
        self.open = [trial for trial in looked_at if not trial.state.is_finished()]
        return [trial for trial in looked_at if trial.state.is_finished()]


class History:
    """Follows one study of one objective."""

    def __init__(self, size: int) -> None:
        """`size`: trials that are kept beside the best; at least 225, below which a good trial could be dropped."""
        if size < ALL_GOOD_FROM - MOST_GOOD:
            raise ValueError(f"size is {size}; it must be at least {ALL_GOOD_FROM - MOST_GOOD}")
        self.size = size
        self._endings = Endings()
        self._good: list[tuple[Rank, FrozenTrial]] = []
        self._others: list[tuple[int, FrozenTrial]] = []

    def of(self, study: Study) -> list[FrozenTrial]:
        """The trials that are kept, and those that run, by number. Looks at those alone that had not ended before."""
        for trial in self._endings.of(study):
            if trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
                self._keep(trial, study.direction is StudyDirection.MAXIMIZE)
        kept = [trial for _, trial in self._good] + [trial for _, trial in self._others]
        running = [trial for trial in self._endings.open if trial.state is TrialState.RUNNING]
        return sorted(kept + running, key=lambda trial: trial.number)

    def _keep(self, trial: FrozenTrial, maximise: bool) -> None:
        insort(self._good, (_rank(trial, maximise), trial), key=lambda item: item[0])
        if len(self._good) > MOST_GOOD:
            _, displaced = self._good.pop()
            insort(self._others, (displaced.number, displaced), key=lambda item: item[0])
        if len(self._others) > self.size:
            self._others.pop(0)


class PartOfStudy:
    """A study of which only these trials are seen; in everything else the study itself."""

    def __init__(self, study: Study, trials: Iterable[FrozenTrial]) -> None:
        self._study = study
        self._part = list(trials)

    def _get_trials(
        self,
        deepcopy: bool = True,  # noqa: ARG002
        states: Container[TrialState] | None = None,
        use_cache: bool = False,  # noqa: ARG002
    ) -> list[FrozenTrial]:
        return [trial for trial in self._part if states is None or trial.state in states]

    get_trials = _get_trials

    def __getattr__(self, name: str) -> Any:
        return getattr(self._study, name)


def every_trial(study: Study) -> list[FrozenTrial]:
    """All trials by number, hyperband's other brackets too: the study's own list, which must not be changed.

    `study.get_trials` makes a copy each time, which after 50,000 trials takes longer than what is done with it.
    """
    storage = study._storage
    assert isinstance(storage, InMemoryStorage)
    return storage._studies[study._study_id].trials


def _rank(trial: FrozenTrial, maximise: bool) -> Rank:
    """TPE's order, the best first: completed trials by value, then pruned ones by how far they came and by value."""
    sign = -1.0 if maximise else 1.0
    if trial.state is TrialState.COMPLETE:
        assert trial.value is not None
        return 0, 0, sign * trial.value, trial.number
    if not trial.intermediate_values:
        return 1, 1, 0.0, trial.number
    step, value = max(trial.intermediate_values.items())
    return 1, -step, math.inf if math.isnan(value) else sign * value, trial.number
