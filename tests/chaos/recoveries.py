"""What kills cost, by kind: for the summary after a run, and for the benchmark."""

import statistics
from collections.abc import Iterable

from tests.chaos.disturbed import Recovery


def by_kind(recoveries: Iterable[Recovery]) -> dict[str, list[float]]:
    """Seconds of every kill, by what was killed."""
    found: dict[str, list[float]] = {}
    for recovery in recoveries:
        found.setdefault(recovery.kind, []).append(recovery.seconds)
    return dict(sorted(found.items()))


def lines(recoveries: Iterable[Recovery]) -> list[str]:
    """A table: a line a kind, with the number of kills, median and maximum."""
    rows = [
        f"{kind:<12} {len(seconds):5d} {statistics.median(seconds):9.1f} {max(seconds):9.1f}"
        for kind, seconds in by_kind(recoveries).items()
    ]
    return [f"{'killed':<12} {'times':>5} {'median s':>9} {'longest s':>9}", *rows]
