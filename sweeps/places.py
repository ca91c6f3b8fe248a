"""How many members a lane trains at once: as told, or as many as measuring finds useful; fewer where memory ends."""

import logging
import statistics
from collections.abc import Hashable

log = logging.getLogger(__name__)

SAMPLES = 3
"""Epochs that are measured at one count. The one before them, in which memory is first claimed, is not."""
GAIN = 1.1
"""Twice the members must train this much faster, in member-epochs a second, to be worth their memory and delay."""


class Places:
    """The count that a lane works with. Not safe in threads."""

    def __init__(self, count: int, most: int | None = None) -> None:
        """`count`: where it begins; with `most`, it is doubled up to there as long as that pays."""
        self.count = count
        self._most = most or count
        self._is_settled = count == self._most
        self._rates: dict[tuple[Hashable, int], list[float]] = {}

    def trained(self, kind: Hashable, members: int, seconds: float) -> None:
        """Hears what one epoch of all the lane's members took; `kind`: what they have in common, to compare by.

        Only a full lane is measured.
        """
        if self._is_settled or members != self.count or seconds <= 0.0:
            return
        rates = self._rates.setdefault((kind, members), [])
        rates.append(members / seconds)
        if len(rates) > SAMPLES:
            self._decide(kind)

    def halve(self, members: int) -> bool:
        """Memory did not suffice for so many: half of them from now on, for good. False where only one was left."""
        self.count, self._is_settled = max(1, members // 2), True
        return members > 1

    def _decide(self, kind: Hashable) -> None:
        """Goes up where nothing is known of half the count, or where this one is faster than half; else back down."""
        half = self._rates.get((kind, self.count // 2))
        if half is not None and _rate(self._rates[kind, self.count]) < GAIN * _rate(half):
            self.count, self._is_settled = self.count // 2, True
        elif self.count == self._most:
            self._is_settled = True
        else:
            self.count = min(2 * self.count, self._most)
        log.info("%s %d networks at once", "settles at" if self._is_settled else "tries", self.count)


def _rate(rates: list[float]) -> float:
    return statistics.median(rates[1:])
