"""What the figures show, from the ledger: each arm's search, and the learning curves of its best configuration."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sweeps.ledger import Ledger
from sweeps.ledger.records import EpochRecord, TrialRecord
from sweeps.report.models import Report
from sweeps.states import TrialState

NOISE, DECORRELATION = "noise_scale", "decorrelation_rate"


@dataclass(frozen=True)
class CurvePoint:
    """The metric after one epoch, over the seeds that measured it."""

    epoch: int
    mean: float
    std: float
    n: int


@dataclass(frozen=True)
class Tried:
    """One completed trial of an arm that searches noise scale, decorrelation rate, or both."""

    noise_scale: float
    decorrelation_rate: float | None
    value: float


@dataclass(frozen=True)
class ArmMeasured:
    """One arm."""

    arm: int
    label: str
    seeds: tuple[float, ...]
    """The test metric of each confirmation seed."""
    mean: float | None
    interval: tuple[float, float] | None
    """Student's, of the mean; None for one seed."""
    tried: tuple[Tried, ...]
    curve: tuple[CurvePoint, ...]
    """Of its best configuration: of the confirmation seeds, or of the search's where it has no confirmation yet."""


@dataclass(frozen=True)
class Measured:
    """The sweep."""

    sweep_id: int
    metric: str
    test_metric: str
    maximise: bool
    arms: tuple[ArmMeasured, ...]


def measure(ledger: Ledger, report: Report) -> Measured:
    """What the figures of `report` show."""
    trials: dict[int, list[TrialRecord]] = defaultdict(list)
    for trial in ledger.trials.page(report.sweep_id, state=TrialState.COMPLETED):
        trials[trial.arm].append(trial)
    arms = []
    for arm in report.arms:
        test = arm.test
        best = arm.best_trial
        epochs = [] if best is None else ledger.trials.epochs(report.sweep_id, best)
        arms.append(
            ArmMeasured(
                arm=arm.arm,
                label=arm.label,
                seeds=tuple(seed.test for seed in arm.seeds if seed.test is not None),
                mean=test.mean if test else None,
                interval=(test.low, test.high) if test and test.low is not None and test.high is not None else None,
                tried=tuple(_tried(trials[arm.arm])),
                curve=tuple(_curve(epochs, report.metric)),
            )
        )
    return Measured(report.sweep_id, report.metric, report.test_metric, report.maximise, tuple(arms))


def _tried(trials: Iterable[TrialRecord]) -> Iterable[Tried]:
    for trial in trials:
        noise, rate = _positive(trial, NOISE), _positive(trial, DECORRELATION)
        if noise is not None and trial.value is not None and math.isfinite(trial.value):
            yield Tried(noise, rate, trial.value)


def _positive(trial: TrialRecord, path: str) -> float | None:
    """What a logarithmic axis can show."""
    value = trial.configuration.get(path)
    return float(value) if isinstance(value, int | float) and value > 0 else None


def _curve(epochs: Iterable[EpochRecord], metric: str) -> Iterable[CurvePoint]:
    """Of every epoch that all seeds of one phase have measured and found finite."""
    phases: dict[str, dict[int, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for epoch in epochs:
        value = epoch.metrics.get(metric)
        if value is not None and math.isfinite(value):
            phases[epoch.phase][epoch.epoch][epoch.seed] = value
    by_epoch = phases["confirmation"] or phases["search"]
    seeds = set().union(*by_epoch.values()) if by_epoch else set()
    for number in sorted(by_epoch):
        values = list(by_epoch[number].values())
        if len(values) == len(seeds):
            yield CurvePoint(
                number, statistics.fmean(values), statistics.stdev(values) if values[1:] else 0.0, len(values)
            )
