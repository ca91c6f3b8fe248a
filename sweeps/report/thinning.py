"""Large sweeps in small figures: a browser draws some two thousand points well."""

from collections.abc import Sequence
from typing import TypeVar

from sweeps.report.rounding import counted

Item = TypeVar("Item")

POINTS = 2_000
"""In one figure."""


def evenly(items: Sequence[Item], most: int) -> list[Item]:
    """At most `most` of the items, the first and the last among them, the others evenly spaced."""
    if len(items) <= most:
        return list(items)
    if most < 2:
        return list(items[-1:])[:most]
    return [items[round(place * (len(items) - 1) / (most - 1))] for place in range(most)]


def share(part: int, there: int, most: int = POINTS) -> int:
    """Of `most` marks, those for `part` of the `there` items; at least one."""
    return max(1, most * part // max(1, there))


def thinned(drawn: int, there: int, noun: str = "trial", besides: str = ", and the best") -> list[str]:
    """Says so where not everything is drawn."""
    return [f"{drawn:,} of {counted(there, noun)} are drawn, evenly spaced{besides}."] if drawn < there else []
