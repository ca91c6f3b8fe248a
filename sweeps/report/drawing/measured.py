"""What the figures show, from the ledger: each arm's search, and the learning curves of its best configuration."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sweeps.ledger import Ledger
from sweeps.ledger.records import TrialRecord
from sweeps.report.curves import Curve, Found, curves, phase_of_best
from sweeps.report.landscape import DECORRELATION, NOISE
from sweeps.report.models import Report
from sweeps.states import TrialState


@dataclass(frozen=True)
class Tried:
    """One completed trial of an arm that searches noise scale, decorrelation rate, or both."""

    noise_scale: float | None
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
    completed: int
    """Its trials with a value."""
    tried: tuple[Tried, ...]
    """Those of them that a logarithmic axis can show."""
    curve: Curve | None
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
    best = [arm.best_trial for arm in report.arms if arm.best_trial is not None]
    found = curves(ledger, report.sweep_id, best, report.metric)
    arms = []
    for arm in report.arms:
        test = arm.test
        valued = [trial for trial in trials[arm.arm] if trial.value is not None and math.isfinite(trial.value)]
        arms.append(
            ArmMeasured(
                arm=arm.arm,
                label=arm.label,
                seeds=tuple(seed.test for seed in arm.seeds if seed.test is not None),
                mean=test.mean if test else None,
                interval=(test.low, test.high) if test and test.low is not None and test.high is not None else None,
                completed=len(valued),
                tried=tuple(_tried(valued)),
                curve=_curve(arm.best_trial, found),
            )
        )
    return Measured(report.sweep_id, report.metric, report.test_metric, report.maximise, tuple(arms))


def _tried(trials: Iterable[TrialRecord]) -> Iterable[Tried]:
    for trial in trials:
        noise, rate = _positive(trial, NOISE), _positive(trial, DECORRELATION)
        if trial.value is not None and (noise is not None or rate is not None):
            yield Tried(noise, rate, trial.value)


def _positive(trial: TrialRecord, path: str) -> float | None:
    """What a logarithmic axis can show."""
    value = trial.configuration.get(path)
    return float(value) if isinstance(value, int | float) and value > 0 else None


def _curve(best: int | None, found: Found) -> Curve | None:
    phase = phase_of_best(best, found)
    return found[phase, best] if phase and best is not None else None
