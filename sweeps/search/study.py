"""One arm's search: Optuna behind one door, in memory. The ledger is the record; a study is rebuilt from it."""

import json
import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import assert_never

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState as OptunaState
from optuna.trial import create_trial

from sweeps.search.history import every_trial
from sweeps.search.points import Grid, Qmc
from sweeps.search.pruners import Pruner
from sweeps.search.samplers import CmaEs, Sampler
from sweeps.search.wilcoxon import seeds_of
from sweeps.space import Choice, Dimension, Float, Int, Value
from sweeps.states import TrialState

optuna.logging.set_verbosity(optuna.logging.WARNING)

_STATES = {
    TrialState.WAITING: OptunaState.RUNNING,
    TrialState.RUNNING: OptunaState.RUNNING,
    TrialState.COMPLETED: OptunaState.COMPLETE,
    TrialState.PRUNED: OptunaState.PRUNED,
    TrialState.DIVERGED: OptunaState.FAIL,
    TrialState.FAILED: OptunaState.FAIL,
    TrialState.STOPPED: OptunaState.FAIL,
}


@dataclass(frozen=True)
class PastTrial:
    """A trial as the ledger remembers it, for rebuilding a study."""

    values: Mapping[str, Value]
    state: TrialState
    value: float | None
    reported: Mapping[int, float]
    """The trial's value by epoch."""
    by_seed: Mapping[int, Mapping[int, float]] = field(default_factory=dict)
    """Its replicates' values by epoch and seed."""
    asked_at: float = 0.0
    """When it was suggested, in seconds."""
    told_at: float | None = None
    """When its outcome was known, in seconds; None stands for before the next suggestion."""


class ArmSearch:
    """Suggests configurations for one arm and decides which trials are pruned.

    Suggestion n depends on the seed, n and the trials that were over or running when it was asked, and on nothing
    else: asking and telling again in the ledger's order makes every suggestion again.
    """

    def __init__(
        self,
        space: Mapping[str, Dimension],
        sampler: Sampler,
        pruner: Pruner,
        seed: Sequence[int],
        maximise: bool,
        epochs: int,
    ) -> None:
        """`seed`: numbers that no other arm of the sweep shares; `maximise`: whether a higher value is better;
        `epochs`: those of the arm's longest trial."""
        self._space = space
        self._sampler = sampler
        self._pruner = pruner
        self._seed = tuple(seed)
        self._distributions = {path: _distribution(dimension) for path, dimension in self._space.items()}
        self._study = optuna.create_study(
            study_name="-".join(map(str, self._seed)),  # hyperband's brackets depend on it
            direction="maximize" if maximise else "minimize",
            pruner=pruner.build(epochs),
        )
        self._trials: dict[int, optuna.Trial] = {}
        self._count = 0

    def restore(self, history: Iterable[PastTrial]) -> None:
        """Takes over the arm's trials, in order of their number, into an empty search."""
        if isinstance(self._sampler, CmaEs):
            self._replay(list(history))
            return
        for past in history:
            frozen = self._frozen(past)
            self._study.add_trial(frozen)
            added = every_trial(self._study)[-1]
            added.distributions = frozen.distributions  # Optuna's copy of them takes half of a trial's memory
            if not past.state.is_final:
                self._trials[self._count] = optuna.Trial(self._study, added._trial_id)
            self._count += 1

    def _replay(self, history: Sequence[PastTrial]) -> None:
        """Asks and tells the trials again in their old order: CMA-ES's state is what each suggestion left behind."""
        told = deque(sorted(_ends(history)))
        for past in history:
            while told and told[0][0] <= past.asked_at and told[0][1] < self._count:
                self._tell_again(told.popleft()[1], history)
            self._enqueue(past.values)
            trial = self._ask()
            _ = trial.relative_params  # Optuna's lazy step: moves the strategy on and notes its state with the trial
            for epoch, value in past.reported.items():
                trial.report(value, epoch)
            self._keep(trial, past.by_seed)
            frozen = every_trial(self._study)[trial.number]
            for name, value in self._pruner.memory(self._study, frozen).items():
                self._study._storage.set_trial_system_attr(trial._trial_id, name, value)
        for _, number in told:
            self._tell_again(number, history)

    def _tell_again(self, number: int, history: Sequence[PastTrial]) -> None:
        self.tell(number, history[number].state, history[number].value)

    def ask(self) -> dict[str, Value]:
        """The next trial's values by path; its number is the count of suggestions before it."""
        if isinstance(self._sampler, Grid | Qmc):
            self._enqueue(self._sampler.point(self._space, self._seed_of(0), self._count))
        return {path: _decode(self._space[path], value) for path, value in self._ask().params.items()}

    def _ask(self) -> optuna.Trial:
        if not isinstance(self._sampler, Grid | Qmc):
            self._study.sampler = self._sampler.build(self._seed_of(self._count), self._study.sampler)
        trial = self._study.ask(self._distributions)
        self._trials[self._count] = trial
        self._count += 1
        return trial

    def _enqueue(self, values: Mapping[str, Value]) -> None:
        self._study.enqueue_trial(self._encode({path: values[path] for path in self._space}))

    def report(
        self, number: int, epoch: int, value: float, by_seed: Mapping[int, float] = MappingProxyType({})
    ) -> str | None:
        """Hears a trial's value after an epoch, and its replicates'; returns why where the pruner would stop it."""
        trial = self._trials[number]
        trial.report(value, epoch)
        self._keep(trial, {epoch: by_seed})
        if not trial.should_prune():
            return None
        return self._pruner.explain(self._study, every_trial(self._study)[number])

    def _keep(self, trial: optuna.Trial, by_seed: Mapping[int, Mapping[int, float]]) -> None:
        for name, values in _attributes(by_seed).items():
            trial.set_user_attr(name, values)

    def tell(self, number: int, state: TrialState, value: float | None) -> None:
        """Hears how a trial ended."""
        trial = self._trials.pop(number)
        completed = state is TrialState.COMPLETED
        self._study.tell(trial, value if completed else None, state=_STATES[state])

    def _seed_of(self, number: int) -> int:
        return int(np.random.SeedSequence([*self._seed, number]).generate_state(1)[0])

    def _encode(self, values: Mapping[str, Value]) -> dict[str, Value]:
        return {path: _encode(self._space[path], value) for path, value in values.items()}

    def _frozen(self, past: PastTrial) -> optuna.trial.FrozenTrial:
        trial = create_trial(
            state=_STATES[past.state],
            value=past.value if past.state in (TrialState.COMPLETED, TrialState.PRUNED) else None,
            params=self._encode({path: past.values[path] for path in self._space}),
            distributions=self._distributions,
            intermediate_values=dict(past.reported),
            user_attrs=dict(_attributes(past.by_seed)),
        )
        trial.number = self._count
        trial.system_attrs = dict(self._pruner.memory(self._study, trial))
        return trial


def _attributes(by_seed: Mapping[int, Mapping[int, float]]) -> dict[str, list[float]]:
    """What a trial with several replicates keeps of them in Optuna."""
    return seeds_of({epoch: values for epoch, values in by_seed.items() if len(values) > 1})


def _ends(history: Sequence[PastTrial]) -> Iterable[tuple[float, int]]:
    """When each trial that is over was told, and its number."""
    for number, past in enumerate(history):
        if past.state.is_final:
            yield (-math.inf if past.told_at is None else past.told_at), number


def _distribution(dimension: Dimension) -> BaseDistribution:
    match dimension:
        case Float():
            return FloatDistribution(dimension.low, dimension.high, log=dimension.log)
        case Int():
            return IntDistribution(dimension.low, dimension.high, log=dimension.log)
        case Choice():
            return CategoricalDistribution([json.dumps(value) for value in dimension.values])
        case _:
            assert_never(dimension)


def _encode(dimension: Dimension, value: Value) -> Value:
    """Optuna's categories must be plain: a choice goes there as JSON text."""
    return json.dumps(value) if isinstance(dimension, Choice) else value


def _decode(dimension: Dimension, value: Value) -> Value:
    if not isinstance(dimension, Choice):
        return value
    decoded: Value = json.loads(str(value))
    return decoded
