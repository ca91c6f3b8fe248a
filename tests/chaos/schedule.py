"""What is killed, and when: drawn from a fixed seed, so that every schedule can be repeated alone."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

MOST_KILLS = 3
TOGETHER = 0.3
"""How often a further kill strikes while the one before it is still being recovered from."""
LONGEST_DELAY_SECONDS = 3.0


@dataclass(frozen=True)
class Kill:
    """One kill -9: `delay` seconds after the share `progress` (0 to 1) of all epochs was booked."""

    kind: str
    progress: float
    delay: float

    def __str__(self) -> str:
        return f"{self.kind} {self.delay:.1f} s after {self.progress:.0%} of the epochs"


@dataclass(frozen=True)
class Schedule:
    """One sweep's misfortunes, in the order in which they strike."""

    name: str
    lanes: int
    kills: tuple[Kill, ...]

    def __str__(self) -> str:
        return f"{self.name} ({self.lanes} lanes): kill {', '.join(map(str, self.kills))}"


def draw(seed: int, kinds: Sequence[str], name: str) -> Schedule:
    """The schedule of a seed. Consecutive seeds begin with each of the kinds in turn."""
    chance = random.Random(f"schedule {seed}")
    first = kinds[seed % len(kinds)]
    others = chance.choices(kinds, k=chance.randint(0, MOST_KILLS - 1))
    moments = sorted(_moment(chance) for _ in range(1 + len(others)))
    kills: list[Kill] = []
    for kind, progress in zip([first, *others], moments, strict=True):
        again = bool(kills) and chance.random() < TOGETHER
        delay = chance.uniform(0.0, LONGEST_DELAY_SECONDS)
        kills.append(Kill(kind, kills[-1].progress if again else progress, delay))
    return Schedule(name, chance.choice([1, 2]), tuple(kills))


def _moment(chance: random.Random) -> float:
    """Mostly while it trains; one in six while its driver still starts."""
    return 0.0 if chance.random() < 1 / 6 else chance.uniform(0.02, 0.98)
