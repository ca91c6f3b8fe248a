"""Builds a comparison from the sweeps' reports: no figure is computed in another way than there."""

from collections.abc import Iterable, Sequence

from sweeps.comparison.models import ComparedArm, ComparedSweep, Comparison
from sweeps.comparison.specifications import differences
from sweeps.report.models import Difference, Report
from sweeps.report.pairs import best_pairs

MOST_PAIRS = 2_000
"""Of arms, tested; twenty sweeps of the largest kind have 800,000, which would take a minute."""


def build_comparison(reports: Sequence[Report]) -> Comparison:
    """Arms of sweeps that measured something else, or on other data, stand beside each other but are not compared."""
    tested, untested = _differences(reports)
    return Comparison(
        sweeps=tuple(_sweep(report) for report in reports),
        arms=tuple(arm for report in reports for arm in _arms(report)),
        differences=tested,
        untested=untested,
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


def _differences(reports: Sequence[Report]) -> tuple[tuple[Difference, ...], int]:
    """The pairs, and how many more there are."""
    alike: dict[str, list[Report]] = {}
    for report in reports:
        alike.setdefault(f"{report.test_metric} {report.data}", []).append(report)
    found: tuple[Difference, ...] = ()
    untested = 0
    for group in alike.values():
        measured = ((arm.name, arm.report.test) for report in group for arm in _arms(report))
        tested, left = best_pairs(measured, group[0].maximise, MOST_PAIRS // len(alike))
        found, untested = found + tested, untested + left
    return found, untested
