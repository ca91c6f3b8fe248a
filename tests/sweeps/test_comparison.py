"""Comparisons of so many arms that not every pair of them can be tested."""

from pathlib import Path

import pytest

from sweeps.comparison import build_comparison, render_comparison
from sweeps.comparison.build import MOST_PAIRS
from sweeps.report import Report, Summary, build_report
from sweeps.report.statistics import summarise
from tests.sweeps.booked import BookedSweep, open_ledger

ARMS = 64


def mean(arm: int) -> float:
    """Distinct, and in no order."""
    return 0.2 + (arm * 37 % 131) / 200


@pytest.fixture
def reports(tmp_path: Path) -> list[Report]:
    """Two sweeps with 64 confirmed arms each."""
    report = build_report(open_sweep(tmp_path).ledger, 1, with_differences=False)
    sweeps = [report, report.model_copy(update={"sweep_id": 2})]
    return [
        sweep.model_copy(
            update={
                "arms": tuple(
                    sweep.arms[0].model_copy(update={"label": f"arm-{arm}", "test": measured(mean(arm + place * ARMS))})
                    for arm in range(ARMS)
                )
            }
        )
        for place, sweep in enumerate(sweeps)
    ]


def open_sweep(folder: Path) -> BookedSweep:
    booked = BookedSweep(open_ledger(folder))
    booked.trial(0)
    booked.confirmed(0, [0.5, 0.6])
    return booked


def measured(middle: float) -> Summary | None:
    return summarise([middle - 0.01, middle, middle + 0.01])


@pytest.mark.parametrize("maximise", [True, False])
def test_of_many_arms_the_best_are_tested_against_all_and_the_rest_is_counted(
    reports: list[Report], maximise: bool
) -> None:
    found = build_comparison([report.model_copy(update={"maximise": maximise}) for report in reports])
    assert len(found.differences) == MOST_PAIRS
    assert found.untested == 2 * ARMS * (2 * ARMS - 1) // 2 - MOST_PAIRS
    best = (max if maximise else min)(found.arms, key=lambda arm: arm.report.test.mean if arm.report.test else 0.0).name
    assert len({(pair.first, pair.second) for pair in found.differences if best in (pair.first, pair.second)}) == 127
    assert all(pair.comparison.difference > 0 for pair in found.differences)
    assert f"{found.untested:,} more were not: name fewer sweeps" in render_comparison(found, "table")


def test_arms_that_are_compared_with_other_sweeps_need_no_pairs_of_their_own(tmp_path: Path) -> None:
    booked = open_sweep(tmp_path)
    booked.trial(1)
    booked.confirmed(1, [0.7, 0.8])
    assert len(build_report(booked.ledger, booked.id).differences) == 1
    alone = build_report(booked.ledger, booked.id, with_differences=False)
    assert alone.differences == ()
    assert len(build_comparison([alone]).differences) == 1
