"""What the confirmation has measured of one arm: its best trial's configuration, trained anew with fresh seeds."""

import math
from collections.abc import Iterable

from learning import higher_is_better
from sweeps.ledger.records import MemberRecord
from sweeps.report.models import SeedResult
from sweeps.report.statistics import Summary, summarise
from sweeps.spec import SweepSpec


def confirmed(
    spec: SweepSpec, members: Iterable[MemberRecord], best: int | None
) -> tuple[tuple[SeedResult, ...], Summary | None]:
    """Every network of the best trial's confirmation by seed, and the test metric over those that gave one."""
    own = [one for one in members if one.phase == "confirmation" and one.trial == best]
    seeds = tuple(_seed(spec, member) for member in sorted(own, key=lambda member: member.seed))
    return seeds, summarise([seed.test for seed in seeds if seed.test is not None], metric_range(spec.metric))


def test_metric(spec: SweepSpec) -> str:
    """The validation metric's counterpart on the test split."""
    return spec.metric.replace("validation_", "test_")


def metric_range(metric: str) -> tuple[float, float]:
    """Between what the metric always lies: an accuracy between 0 and 1, a loss above 0."""
    return (0.0, 1.0) if higher_is_better(metric) else (0.0, math.inf)


def finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _seed(spec: SweepSpec, member: MemberRecord) -> SeedResult:
    metrics = member.metrics or {}
    return SeedResult(
        seed=member.seed,
        state=member.state,
        validation=finite(metrics.get(spec.metric)),
        test=finite(metrics.get(test_metric(spec))),
    )
