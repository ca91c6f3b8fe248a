"""One arm's search: Optuna behind one door, in memory. The ledger is the record; a study is rebuilt from it."""

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import optuna
from optuna.trial import create_trial

from sweeps.conditions import is_conditional
from sweeps.search.history import every_trial
from sweeps.search.points import Grid, Qmc
from sweeps.search.pruners import Pruner
from sweeps.search.samplers import CmaEs, Random, Sampler, grouped
from sweeps.search.translation import STATES, decode, distribution, encode, suggest
from sweeps.search.wilcoxon import seeds_of
from sweeps.space import Dimension, Value
from sweeps.states import Origin, TrialState

optuna.logging.set_verbosity(optuna.logging.WARNING)


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
    heard: int = 0
    """Outcomes that were known when it was suggested."""
    told: int | None = None
    """The place of its outcome among the arm's, from 1; None where it has none."""
    origin: Origin = Origin.SAMPLER
    objectives: Mapping[str, float] = field(default_factory=dict)
    """By name, where there are several."""


@dataclass(frozen=True)
class Suggestion:
    """What to try next."""

    values: dict[str, Value]
    """By path."""
    heard: int
    """Outcomes that were known when it was made."""
    origin: Origin
    """Who chose it."""


class ArmSearch:
    """Suggests configurations for one arm and decides which trials are pruned.

    Suggestion n depends on the seed, n and the trials that were over or running when it was asked, and on nothing
    else: asking and telling again in the ledger's order makes every suggestion again.

    Safe in threads: outcomes that come in while a suggestion is made are heard after it.
    """

    def __init__(
        self,
        space: Mapping[str, Dimension],
        sampler: Sampler,
        pruner: Pruner,
        seed: Sequence[int],
        maximise: bool,
        epochs: int,
        further: Mapping[str, bool] = MappingProxyType({}),
    ) -> None:
        """`seed`: numbers that no other arm of the sweep shares; `maximise`: whether a higher value is better;
        `epochs`: those of the arm's longest trial; `further`: other objectives than the value, and whether more of each
        is better. With any, nothing is pruned."""
        self._space = space
        self._is_conditional = is_conditional(space)
        self._sampler = grouped(sampler) if self._is_conditional else sampler
        self._pruner = pruner
        self._further = tuple(further)
        self._seed = tuple(seed)
        self._distributions = {path: distribution(dimension) for path, dimension in self._space.items()}
        self._study = optuna.create_study(
            study_name="-".join(map(str, self._seed)),  # hyperband's brackets depend on it
            directions=["maximize" if better else "minimize" for better in (maximise, *further.values())],
            pruner=pruner.build(epochs),
        )
        self._trials: dict[int, optuna.Trial] = {}
        self._count = 0
        self._inherited = 0
        self._points = 0
        self._telling = threading.Lock()
        self._is_asked = False
        self._told = 0
        self._untold: deque[tuple[int, TrialState, float | None, Mapping[str, float]]] = deque()

    def inherit(self, history: Iterable[PastTrial]) -> None:
        """Begins with trials of other sweeps, before any of its own: the sampler learns from them, no pruner does."""
        for past in history:
            self._study.add_trial(self._frozen(past))
            self._inherited += 1

    def restore(self, history: Iterable[PastTrial]) -> None:
        """Takes over the arm's trials, in order of their number, into an empty search."""
        history = list(history)
        self._points = sum(past.origin is Origin.SAMPLER for past in history)
        if isinstance(self._sampler, CmaEs):
            self._replay(history)
        else:
            self._take_over(history)
        self._told = max((max(past.heard, past.told or 0) for past in history), default=0)

    def _take_over(self, history: Sequence[PastTrial]) -> None:
        for past in history:
            frozen = self._frozen(past)
            frozen.system_attrs = dict(self._pruner.memory(self._study, frozen))
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
            while told and told[0][0] <= past.heard:
                self._tell_again(told.popleft()[1], history)
            self._enqueue(past.values)
            trial = self._ask()
            for epoch, value in past.reported.items():
                trial.report(value, epoch)
            self._keep(trial, past.by_seed)
            frozen = every_trial(self._study)[trial.number]
            for name, value in self._pruner.memory(self._study, frozen).items():
                self._study._storage.set_trial_system_attr(trial._trial_id, name, value)
        for _, number in told:
            self._tell_again(number, history)

    def _tell_again(self, number: int, history: Sequence[PastTrial]) -> None:
        self._tell(number, history[number].state, history[number].value, history[number].objectives)

    def ask(self, enqueued: Mapping[str, Value] | None = None) -> Suggestion:
        """The next trial's values; its number is the count of suggestions before it. By one thread at a time.

        `enqueued`: values that a person wants tried, by path; the sampler chooses the others.
        """
        with self._telling:
            self._is_asked, heard = True, self._told
        try:
            origin = Origin.SAMPLER if enqueued is None else Origin.ENQUEUED
            return Suggestion(self._suggested(enqueued), heard, origin)
        finally:
            with self._telling:
                self._is_asked = False
                while self._untold:
                    self._tell(*self._untold.popleft())

    def _suggested(self, enqueued: Mapping[str, Value] | None) -> dict[str, Value]:
        given = dict(enqueued or {})
        if isinstance(self._sampler, Grid | Qmc):
            given = self._sampler.point(self._space, self._seed_of(0), self._points) | given
        if enqueued is None:
            self._points += 1
        if given:
            self._enqueue(given)
        return self._decoded(self._ask().params)

    def _ask(self) -> optuna.Trial:
        chooser = Random() if isinstance(self._sampler, Grid | Qmc) else self._sampler  # of what a point leaves open
        self._study.sampler = chooser.build(self._seed_of(self._count), self._study.sampler)
        trial = self._study.ask() if self._is_conditional else self._study.ask(self._distributions)
        if self._is_conditional:
            self._suggest_what_applies(trial)
        if isinstance(self._sampler, CmaEs):
            _ = trial.relative_params  # Optuna's lazy step: moves the strategy on also where all values were given
        self._trials[self._count] = trial
        self._count += 1
        return trial

    def _suggest_what_applies(self, trial: optuna.Trial) -> None:
        values: dict[str, Value] = {}
        for path, dimension in self._space.items():
            if dimension.applies(values):
                values[path] = decode(dimension, suggest(trial, path, self._distributions[path]))

    def _decoded(self, values: Mapping[str, Value]) -> dict[str, Value]:
        return {path: decode(self._space[path], value) for path, value in values.items()}

    def _enqueue(self, values: Mapping[str, Value]) -> None:
        self._study.enqueue_trial(self._encode({path: values[path] for path in self._space if path in values}))

    def report(
        self, number: int, epoch: int, value: float, by_seed: Mapping[int, float] = MappingProxyType({})
    ) -> str | None:
        """Hears a trial's value after an epoch, and its replicates'; returns why where the pruner would stop it."""
        self.note(number, epoch, value, by_seed)
        trial = self._trials[number]
        if self._further or not trial.should_prune():
            return None
        return self._pruner.explain(self._study, every_trial(self._study)[trial.number])

    def note(self, number: int, epoch: int, value: float, by_seed: Mapping[int, float] = MappingProxyType({})) -> None:
        """Hears a trial's value after an epoch, and asks no pruner."""
        if self._further:
            return  # Optuna takes no values by epoch where there are several objectives
        trial = self._trials[number]
        trial.report(value, epoch)
        self._keep(trial, {epoch: by_seed})

    def _keep(self, trial: optuna.Trial, by_seed: Mapping[int, Mapping[int, float]]) -> None:
        for name, values in _attributes(by_seed).items():
            trial.set_user_attr(name, values)

    def tell(
        self,
        number: int,
        state: TrialState,
        value: float | None,
        objectives: Mapping[str, float] = MappingProxyType({}),
    ) -> int:
        """Hears how a trial ended; returns the outcome's place among all, from 1.

        `objectives`: by name, of a completed trial where there are several.
        """
        with self._telling:
            self._told += 1
            if self._is_asked:
                self._untold.append((number, state, value, objectives))
            else:
                self._tell(number, state, value, objectives)
            return self._told

    def _tell(self, number: int, state: TrialState, value: float | None, objectives: Mapping[str, float]) -> None:
        trial = self._trials.pop(number)
        self._study.tell(trial, self._values(state, value, objectives), state=STATES[state])

    def _values(
        self, state: TrialState, value: float | None, objectives: Mapping[str, float]
    ) -> float | list[float] | None:
        """What Optuna hears of a trial that is over."""
        if state is not TrialState.COMPLETED or value is None or not self._further:
            return value if state is TrialState.COMPLETED else None
        return [value, *(objectives[name] for name in self._further)]

    def _seed_of(self, number: int) -> int:
        return int(np.random.SeedSequence([*self._seed, number]).generate_state(1)[0])

    def _encode(self, values: Mapping[str, Value]) -> dict[str, Value]:
        return {path: encode(self._space[path], value) for path, value in values.items()}

    def _frozen(self, past: PastTrial) -> optuna.trial.FrozenTrial:
        values = (
            past.value if past.state is TrialState.PRUNED else self._values(past.state, past.value, past.objectives)
        )
        trial = create_trial(
            state=STATES[past.state],
            value=None if isinstance(values, list) else values,
            values=values if isinstance(values, list) else None,
            params=self._encode({path: past.values[path] for path in self._space if path in past.values}),
            distributions={path: one for path, one in self._distributions.items() if path in past.values},
            intermediate_values={} if self._further else dict(past.reported),
            user_attrs=dict(_attributes(past.by_seed)),
        )
        trial.number = self._inherited + self._count
        return trial


def _attributes(by_seed: Mapping[int, Mapping[int, float]]) -> dict[str, list[float]]:
    """What a trial with several replicates keeps of them in Optuna."""
    return seeds_of({epoch: values for epoch, values in by_seed.items() if len(values) > 1})


def _ends(history: Sequence[PastTrial]) -> Iterable[tuple[int, int]]:
    """The place of each outcome among all, and the trial that it is of."""
    for number, past in enumerate(history):
        if past.state.is_final and past.told is not None:
            yield past.told, number
