"""Best and last epochs: what `Population.train` returns for each member."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import pytest

from learning import SGD, Decorrelation, EpochValue, NodePerturbation, higher_is_better
from tests.learning.populations import history, numbers_for, small_shape, trained

SHAPE = small_shape(NodePerturbation(), Decorrelation())


def test_training_at_once_is_training_and_evaluating_epoch_by_epoch() -> None:
    at_once, by_hand = trained(SHAPE, (1, 2), epochs=0), trained(SHAPE, (1, 2), epochs=0)
    histories = at_once.train(3)
    for number in range(3):
        reports, measured = by_hand.train_epoch(), by_hand.evaluate("validation")
        for key, own in histories.items():
            report = own.reports[number]
            assert (report.epoch, report.diverged) == (number + 1, False)
            assert report.metrics == reports[key].metrics | measured[key]
    assert list(histories) == [1, 2]


def test_a_history_counts_the_epochs_of_its_own_member() -> None:
    population = trained(SHAPE, (1,), epochs=2)
    population.add("late", numbers_for(SHAPE), 5)
    histories = population.train(2, "test")
    assert [point.epoch for point in histories[1].curve("test_loss")] == [3, 4]
    assert [point.epoch for point in histories["late"].curve("test_loss")] == [1, 2]
    assert histories[1].last("test_loss").value == population.evaluate("test")[1]["test_loss"]


@pytest.mark.parametrize(
    ("metric", "best"),
    [
        ("validation_accuracy", EpochValue(0.9, 2)),
        ("test_noisy_accuracy", EpochValue(0.9, 2)),
        ("validation_loss", EpochValue(0.1, 1)),
        ("correlation_1", EpochValue(0.1, 1)),
    ],
)
def test_the_best_epoch_is_the_first_with_the_highest_accuracy_or_the_lowest_loss(
    metric: str, best: EpochValue
) -> None:
    own = history(metric, 0.1, 0.9, 0.1, 0.9, 0.5)
    assert own.best(metric) == best
    assert own.last(metric) == EpochValue(0.5, 5)


def test_a_diverged_epoch_is_never_the_best_and_still_the_last() -> None:
    own = history("test_accuracy", 0.3, 0.2, 0.9, diverged_from=3)
    assert own.best("test_accuracy") == (0.3, 1)
    assert own.last("test_accuracy") == (0.9, 3)
    assert own.diverged
    assert not history("test_accuracy", 0.3).diverged


def test_a_value_that_is_not_finite_is_never_the_best() -> None:
    assert history("train_loss", math.nan, 0.4, -math.inf).best("train_loss") == (0.4, 2)


def test_a_member_that_diverged_at_once_has_no_best_value() -> None:
    population = trained(SHAPE, (1,), epochs=0)
    population.add("bad", numbers_for(SHAPE, learning_rate=2e38), 7)
    histories = population.train(2)
    value, epoch = histories["bad"].best("validation_accuracy")
    assert math.isnan(value)
    assert epoch == 2
    assert math.isfinite(histories[1].best("validation_accuracy").value)


class Interrupting(SGD):
    """An optimiser at whose third step somebody presses Ctrl-C."""

    steps: ClassVar[list[int]] = []

    def step(self, *args: Any) -> None:
        self.steps.append(1)
        if len(self.steps) == 3:
            raise KeyboardInterrupt
        super().step(*args)


def test_a_member_that_was_interrupted_within_an_epoch_is_neither_saved_nor_trained_on() -> None:
    population = trained(small_shape(NodePerturbation(), optimiser=Interrupting()), (1,), epochs=0)
    with pytest.raises(KeyboardInterrupt):
        population.train_epoch()
    for act in (population.train_epoch, lambda: population.state(1)):
        with pytest.raises(ValueError, match="key = 1: was interrupted within epoch 1; remove it, and add it afresh"):
            act()
    assert population.evaluate("test").keys() == {1}
    population.remove(1)
    population.add(1, numbers_for(population.shape), 1)
    assert population.train_epoch()[1].epoch == 1
    assert population.state(1).record["epoch"] == 1


def test_a_metric_that_was_not_measured_is_refused_with_those_that_were() -> None:
    with pytest.raises(ValueError, match=r"metric = 'accuracy'.*choose one of train_loss"):
        history("train_loss", 0.1).best("accuracy")


@pytest.mark.parametrize(("epochs", "split"), [(0, "validation"), (1.0, "validation"), (1, "train"), (1, "held-out")])
def test_training_for_no_epochs_or_measuring_elsewhere_is_refused(epochs: int, split: str) -> None:
    population = trained(SHAPE, (1,), epochs=0)
    with pytest.raises(ValueError, match=r"epochs = |split = "):
        population.train(epochs, split)  # type: ignore[arg-type]
    assert population.epoch(1) == 0


def test_only_an_accuracy_is_better_when_higher() -> None:
    metrics = ("validation_accuracy", "train_loss", "correlation_2")
    assert [name for name in metrics if higher_is_better(name)] == ["validation_accuracy"]
