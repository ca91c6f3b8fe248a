"""Builds a comparison from the sweeps' reports: no figure is computed in another way than there."""

from collections.abc import Iterable, Sequence

from sweeps.comparison.models import ComparedArm, ComparedSweep, Comparison
from sweeps.comparison.specifications import differences
from sweeps.report.models import Difference, Report
from sweeps.report.pairs import pairs


def build_comparison(reports: Sequence[Report]) -> Comparison:
    """Arms of sweeps that measured something else, or on other data, stand beside each other but are not compared."""
    return Comparison(
        sweeps=tuple(_sweep(report) for report in reports),
        arms=tuple(arm for report in reports for arm in _arms(report)),
        differences=_differences(reports),
        specification=differences({report.sweep_id: report.specification for report in reports}),
    )


def _sweep(report: Report) -> ComparedSweep:
    return ComparedSweep(
        sweep_id=report.sweep_id,
        name=report.name,
        state=report.state,
        finished=report.finished,
        data=report.data["name"],
        test_metric=report.test_metric,
        budget=report.budget,
    )


def _arms(report: Report) -> Iterable[ComparedArm]:
    for arm in report.arms:
        yield ComparedArm(name=f"{report.sweep_id}:{arm.label}", sweep_id=report.sweep_id, report=arm)


def _differences(reports: Sequence[Report]) -> tuple[Difference, ...]:
    found: tuple[Difference, ...] = ()
    alike: dict[str, list[Report]] = {}
    for report in reports:
        alike.setdefault(f"{report.test_metric} {report.data}", []).append(report)
    for group in alike.values():
        found += pairs((arm.name, arm.report.test) for report in group for arm in _arms(report))
    return found
