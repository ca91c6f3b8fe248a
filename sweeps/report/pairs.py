"""Pairs of what was measured over seeds, and how far the two are apart."""

from collections.abc import Iterable
from itertools import combinations, islice

from sweeps.report.models import Difference
from sweeps.report.statistics import Summary, welch

Measured = Iterable[tuple[str, Summary | None]]


def pairs(measured: Measured) -> tuple[Difference, ...]:
    """Every pair of those, by name, that have a mean; the largest mean first."""
    means = _means(measured, largest_first=True)
    return tuple(_difference(*pair) for pair in combinations(means, 2))


def best_pairs(measured: Measured, maximise: bool, most: int) -> tuple[tuple[Difference, ...], int]:
    """So many of the pairs, those of the best mean first, and how many more there are; all of the best are there."""
    means = _means(measured, largest_first=maximise)
    whole = len(means) * (len(means) - 1) // 2
    found = islice(combinations(means, 2), max(most, len(means)))
    told = tuple(_difference(*pair) for pair in found)
    return told, whole - len(told)


def _means(measured: Measured, largest_first: bool) -> list[tuple[Summary, str]]:
    found = [(summary, name) for name, summary in measured if summary]
    return sorted(found, key=lambda pair: -pair[0].mean if largest_first else pair[0].mean)


def _difference(one: tuple[Summary, str], other: tuple[Summary, str]) -> Difference:
    (smaller, second), (larger, first) = sorted((other, one), key=lambda pair: pair[0].mean)
    return Difference(first=first, second=second, comparison=welch(larger, smaller))
