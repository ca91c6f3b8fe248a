"""Every pair of what was measured over seeds, and how far the two are apart."""

from collections.abc import Iterable
from itertools import combinations

from sweeps.report.models import Difference
from sweeps.report.statistics import Summary, welch


def pairs(measured: Iterable[tuple[str, Summary | None]]) -> tuple[Difference, ...]:
    """Every pair of those, by name, that have a mean; the largest mean first."""
    means = sorted(((summary, name) for name, summary in measured if summary), key=lambda pair: -pair[0].mean)
    return tuple(
        Difference(first=first, second=second, comparison=welch(larger, smaller))
        for (larger, first), (smaller, second) in combinations(means, 2)
    )
