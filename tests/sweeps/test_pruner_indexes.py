"""Pruners that keep an index decide as Optuna's, which look through all trials, and look at no trial twice."""

import random
from collections.abc import Callable
from typing import Literal

import numpy as np
import optuna
import pytest
from optuna.pruners import BasePruner, HyperbandPruner, PercentilePruner, SuccessiveHalvingPruner
from optuna.trial import TrialState

from sweeps.search.halving import Asha, Hyperband
from sweeps.search.percentiles import percentile_of
from sweeps.search.pruners import Median, Percentile

EPOCHS = 12

Direction = Literal["minimize", "maximize"]
Pair = tuple[Callable[[], BasePruner], Callable[[], BasePruner]]
PAIRS: dict[str, Pair] = {
    "asha": (lambda: Asha(factor=2).build(EPOCHS), lambda: SuccessiveHalvingPruner(1, 2, 0)),
    "asha with a start": (
        lambda: Asha(min_epochs=2, factor=3, bootstrap_trials=5).build(EPOCHS),
        lambda: SuccessiveHalvingPruner(2, 3, 0, 5),
    ),
    "hyperband": (lambda: Hyperband(factor=2).build(EPOCHS), lambda: HyperbandPruner(1, EPOCHS, 2)),
    "hyperband with a start": (
        lambda: Hyperband(min_epochs=2, bootstrap_trials=4).build(EPOCHS),
        lambda: HyperbandPruner(2, EPOCHS, 3, 4),
    ),
    "median": (lambda: Median().build(EPOCHS), lambda: PercentilePruner(50.0, 5, 3)),
    "median at once": (
        lambda: Median(startup_trials=0, warmup_epochs=0).build(EPOCHS),
        lambda: PercentilePruner(50.0, 0, 0),
    ),
    "percentile": (
        lambda: Percentile(percentile=20, warmup_epochs=1, interval=3, min_trials=4).build(EPOCHS),
        lambda: PercentilePruner(20, 5, 1, 3, n_min_trials=4),
    ),
}


class Twins:
    """The same trials in two studies, one with our pruner and one with Optuna's."""

    def __init__(self, pair: Pair, direction: Direction) -> None:
        self.ours, self.optunas = (
            optuna.create_study(study_name="twins", direction=direction, pruner=pruner()) for pruner in pair
        )
        self._make_ours = pair[0]
        self._direction: Direction = direction
        self._trials: dict[int, tuple[optuna.Trial, optuna.Trial]] = {}
        self.decisions: list[tuple[bool, bool]] = []

    def ask(self) -> int:
        both = self.ours.ask(), self.optunas.ask()
        self._trials[both[0].number] = both
        return both[0].number

    def report(self, number: int, epoch: int, value: float) -> bool:
        for trial in self._trials[number]:
            trial.report(value, epoch)
        mine, theirs = (trial.should_prune() for trial in self._trials[number])
        self.decisions.append((mine, theirs))
        return theirs

    def tell(self, number: int, state: TrialState, value: float | None) -> None:
        for study, trial in zip((self.ours, self.optunas), self._trials.pop(number), strict=True):
            study.tell(trial, value, state)

    def rebuild_ours(self) -> None:
        """As after the loss of a coordinator: from what every trial has said and what Optuna keeps with it."""
        before = self.ours.get_trials()
        self.ours = optuna.create_study(study_name="twins", direction=self._direction, pruner=self._make_ours())
        self.ours.add_trials(before)
        for number, (_, theirs) in list(self._trials.items()):
            self._trials[number] = (optuna.Trial(self.ours, self.ours.trials[number]._trial_id), theirs)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@pytest.mark.parametrize("seed", range(3))
def test_every_decision_is_optunas(name: str, direction: Direction, seed: int) -> None:
    """Six trials run at once, values are often equal, some fail, and ours is rebuilt twice on the way."""
    chance, twins = random.Random(seed), Twins(PAIRS[name], direction)
    epochs: dict[int, int] = {}
    ended = 0
    while ended < 150:
        while len(epochs) < 6:
            epochs[twins.ask()] = 0
        number = chance.choice(list(epochs))
        epochs[number] += 1
        value = chance.randrange(30) / 8
        pruned = twins.report(number, epochs[number], value)
        if pruned or epochs[number] == EPOCHS or chance.random() < 0.01:
            state = TrialState.PRUNED if pruned else TrialState.COMPLETE
            state = TrialState.FAIL if not pruned and epochs[number] < EPOCHS else state
            twins.tell(number, state, value if state is TrialState.COMPLETE else None)
            del epochs[number]
            ended += 1
            if ended in (50, 100):
                twins.rebuild_ours()
    assert all(ours == optunas for ours, optunas in twins.decisions)
    assert {ours for ours, _ in twins.decisions} == {True, False}


@pytest.mark.parametrize("seed", range(20))
def test_a_percentile_is_numpys_to_the_last_bit(seed: int) -> None:
    random_numbers = np.random.default_rng(seed)
    for count in (1, 2, 3, 10, 101):
        values = sorted(random_numbers.normal(size=count).tolist())
        for percentile in (1.0, 12.5, 33.3, 50.0, 75.0, 99.0):
            assert percentile_of(values, percentile) == float(np.percentile(values, percentile))
