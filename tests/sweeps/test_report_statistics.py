"""The statistics of the report against closed forms and sums done by hand."""

import math

import pytest

from sweeps.report.statistics import Summary, student_quantile, student_tails, summarise, welch

TABLE = {1: 12.706204736, 2: 4.302652730, 3: 3.182446305, 4: 2.776445105, 9: 2.262157163, 30: 2.042272456}
"""Student's t for 95 %, two-sided, from the printed tables."""


@pytest.mark.parametrize(("degrees", "expected"), TABLE.items())
def test_the_quantile_is_the_printed_one(degrees: int, expected: float) -> None:
    assert student_quantile(degrees) == pytest.approx(expected, rel=1e-9)


def test_many_degrees_of_freedom_give_the_normal_quantile() -> None:
    assert student_quantile(1e7) == pytest.approx(1.959963985, rel=1e-6)


@pytest.mark.parametrize("t", [0.0, 0.01, 0.5, 1.0, 3.0, 40.0])
def test_the_tails_are_the_closed_forms_where_there_are_any(t: float) -> None:
    assert student_tails(t, 1) == pytest.approx(1 - 2 / math.pi * math.atan(t), rel=1e-9)
    assert student_tails(t, 2) == pytest.approx(1 - t / math.sqrt(2 + t * t), rel=1e-9)
    assert student_tails(-t, 2) == student_tails(t, 2)


def test_mean_deviation_and_interval_are_those_done_by_hand() -> None:
    found = summarise([0.8, 0.9, 1.0])
    assert found is not None
    assert found.n == 3
    assert found.mean == pytest.approx(0.9)
    assert found.std == pytest.approx(0.1)  # √((0.01 + 0 + 0.01) / 2)
    assert found.low == pytest.approx(0.9 - 4.302652730 * 0.1 / math.sqrt(3))
    assert found.high == pytest.approx(0.9 + 4.302652730 * 0.1 / math.sqrt(3))


def test_an_interval_ends_where_the_metric_does() -> None:
    found = summarise([0.1, 0.9], (0.0, 1.0))
    assert found is not None
    assert (found.low, found.high) == (0.0, 1.0)
    loss = summarise([0.1, 0.9], (0.0, math.inf))
    assert loss is not None
    assert loss.low == 0.0
    assert loss.high == pytest.approx(0.5 + 12.706204736 * 0.4)


def test_one_value_has_a_mean_and_no_spread_and_none_has_nothing() -> None:
    assert summarise([0.5]) == Summary(mean=0.5, std=None, n=1, low=None, high=None)
    assert summarise([]) is None


def test_welch_is_the_sum_done_by_hand() -> None:
    first, second = summarise([5.0, 7.0, 9.0]), summarise([1.0, 2.0, 3.0])
    assert first is not None
    assert second is not None
    found = welch(first, second)
    # variances 4 and 1, squared error 4/3 + 1/3 = 5/3, degrees (5/3)² / ((4/3)²/2 + (1/3)²/2) = 50/17
    error, degrees = math.sqrt(5 / 3), 50 / 17
    assert found.difference == 5.0
    assert found.p_value == pytest.approx(student_tails(5 / error, degrees))
    assert found.low == pytest.approx(5 - student_quantile(degrees) * error)
    assert found.high == pytest.approx(5 + student_quantile(degrees) * error)
    assert found.supported == (found.p_value is not None and found.p_value < 0.05)


def test_the_interval_of_a_difference_and_its_test_agree() -> None:
    near, far = summarise([1.0, 2.0, 3.0]), summarise([101.0, 102.0, 103.0])
    assert near is not None
    assert far is not None
    for first, second in ((near, near), (far, near), (near, far)):
        found = welch(first, second)
        assert found.low is not None
        assert found.high is not None
        assert found.supported == (not found.low <= 0.0 <= found.high)


def test_one_seed_supports_nothing() -> None:
    one, many = summarise([0.9]), summarise([0.1, 0.11, 0.12])
    assert one is not None
    assert many is not None
    found = welch(one, many)
    assert (found.supported, found.p_value, found.low) == (False, None, None)


def test_without_any_spread_only_equal_means_are_not_told_apart() -> None:
    low, high = summarise([0.5, 0.5]), summarise([0.75, 0.75])
    assert low is not None
    assert high is not None
    assert welch(high, low).supported
    assert not welch(low, low).supported
