"""What a member measures while it trains: a report an epoch, and a history with its best epoch and its last."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from learning.validation import require_one_of


@dataclass(frozen=True)
class TrainReport:
    """One member's epoch. epoch: epochs trained so far, this one included. metrics: `train_loss` (the mean over the
    epoch's steps of the pass before each update: the clean one, in a noisy system the first noisy one), of the same
    passes `train_accuracy` for classification, and `correlation_<layer>` (from 1) with decorrelation. diverged: a NaN
    or inf is in its loss or tensors.
    """

    epoch: int
    metrics: dict[str, float]
    diverged: bool


class EpochValue(NamedTuple):
    """A metric's value and the epoch (from 1) after which it was measured."""

    value: float
    epoch: int


@dataclass(frozen=True)
class History:
    """One member's reports, one an epoch, oldest first; at least one, all with the same metrics."""

    reports: tuple[TrainReport, ...]

    @property
    def diverged(self) -> bool:
        """Whether the member had diverged by its last epoch."""
        return self.reports[-1].diverged

    def curve(self, metric: str) -> list[EpochValue]:
        """The metric after every epoch, diverged ones included. ValueError for a metric that was not measured."""
        require_one_of("metric", metric, tuple(self.reports[-1].metrics))
        return [EpochValue(report.metrics[metric], report.epoch) for report in self.reports]

    def best(self, metric: str) -> EpochValue:
        """The highest accuracy, or the lowest of another metric; the earliest of equals.

        A diverged epoch is never the best; where all have diverged, the value is NaN at the last epoch.
        """
        sound = [
            point
            for point, report in zip(self.curve(metric), self.reports, strict=True)
            if math.isfinite(point.value) and not report.diverged
        ]
        nothing = EpochValue(math.nan, self.reports[-1].epoch)
        choose = max if higher_is_better(metric) else min
        return choose(sound, key=lambda point: point.value, default=nothing)

    def last(self, metric: str) -> EpochValue:
        """The metric after the last epoch, as it was measured, diverged or not."""
        return self.curve(metric)[-1]


def higher_is_better(metric: str) -> bool:
    """True for an accuracy; a loss or a correlation is better when it is lower."""
    return metric.endswith("_accuracy")
