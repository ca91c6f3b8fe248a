"""What a sweep's lanes train now."""

from collections import Counter
from dataclasses import dataclass

from sweeps.ledger import Ledger
from sweeps.ledger.records import StintRecord
from sweeps.logs.names import lane


@dataclass(frozen=True)
class BusyLane:
    """One lane that has networks in training."""

    name: str
    networks: int
    arms: list[tuple[str, int]]
    """The networks of each arm, by the specification's order."""


def busy_lanes(ledger: Ledger, sweep_id: int, arms: list[str]) -> list[BusyLane]:
    """By number. `arms`: their names."""
    held: dict[int, list[StintRecord]] = {}
    for stint in ledger.stints.unended(sweep_id):
        held.setdefault(stint.lane, []).append(stint)
    return [BusyLane(lane(number), len(stints), _by_arm(stints, arms)) for number, stints in sorted(held.items())]


def _by_arm(stints: list[StintRecord], arms: list[str]) -> list[tuple[str, int]]:
    counts = Counter(stint.trial % len(arms) for stint in stints)  # trials are numbered through the arms in turn
    return [(arms[index], counts[index]) for index in sorted(counts)]
