"""Token buckets: each key may do so much a second, and save some of it up."""

import time
from collections import OrderedDict
from dataclasses import dataclass

MOST_KEYS = 10_000
"""Whoever was not seen for the longest time is forgotten, and then has a full bucket again."""


@dataclass
class Bucket:
    level: float
    at: float


class Buckets:
    """One bucket a key, of one process; not safe in threads."""

    def __init__(self, rate: float, burst: float) -> None:
        """`rate`: a second; 0 limits nothing. `burst`: how much can be saved up."""
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str) -> float:
        """Takes one and returns 0.0; or takes none and returns the seconds until there is one."""
        wait = self.wait(key)
        if wait == 0.0 and self._rate > 0:
            self._buckets[key].level -= 1.0
        return wait

    def wait(self, key: str) -> float:
        """Seconds until there is one to take."""
        if self._rate <= 0:
            return 0.0
        bucket, now = self._buckets.setdefault(key, Bucket(self._burst, time.monotonic())), time.monotonic()
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST_KEYS:
            self._buckets.popitem(last=False)
        bucket.level, bucket.at = min(self._burst, bucket.level + (now - bucket.at) * self._rate), now
        return 0.0 if bucket.level >= 1.0 else (1.0 - bucket.level) / self._rate
