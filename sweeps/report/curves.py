"""Learning curves as the ledger holds them: a metric by epoch, and by the device time that a network had used by then.

One definition for the page and for the report on paper.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sweeps.ledger import Ledger
from sweeps.ledger.records import Phase


@dataclass(frozen=True)
class Curve:
    """What one trial measured in one phase: mean and spread over its networks that stayed finite.

    Where none did, over all of them, and null from where the first diverged.
    """

    epochs: tuple[int, ...]
    means: tuple[float | None, ...]
    spreads: tuple[float, ...]
    """Standard deviations; 0 for one network."""
    n: int
    """Networks that the means are of..."""
    of: int
    """...of so many that were booked."""
    seconds_an_epoch: float
    """Device time, a network's mean."""

    def seconds(self) -> list[float]:
        """Device time at each epoch: the ledger keeps a network's sum, which is spread evenly here."""
        return [round(epoch * self.seconds_an_epoch, 4) for epoch in self.epochs]


Network = dict[int, float | None]
"""By epoch."""
Found = dict[tuple[Phase, int], Curve]
"""By phase and trial."""


def curves(ledger: Ledger, sweep_id: int, numbers: Collection[int], metric: str) -> Found:
    """The curves of these trials; those without an epoch are left out."""
    found: dict[tuple[Phase, int], dict[int, Network]] = defaultdict(lambda: defaultdict(dict))
    for one in ledger.trials.epochs_of(sweep_id, numbers):
        value = one.metrics.get(metric)
        found[one.phase, one.trial][one.seed][one.epoch] = value if value is not None and math.isfinite(value) else None
    booked: dict[tuple[Phase, int], int] = defaultdict(int)
    speeds: dict[tuple[Phase, int], list[float]] = defaultdict(list)
    for member in ledger.trials.members_of(sweep_id, numbers):
        booked[member.phase, member.trial] += 1
        if member.epoch:
            speeds[member.phase, member.trial].append(member.device_seconds / member.epoch)
    return {key: _curve(list(networks.values()), booked[key], speeds[key]) for key, networks in found.items()}


def phase_of_best(number: int | None, found: Mapping[tuple[Phase, int], Curve]) -> Phase | None:
    """The confirmation of an arm's best trial, where it has begun; else the search; None where neither has."""
    phases: tuple[Phase, ...] = ("confirmation", "search")
    return next((phase for phase in phases if number is not None and (phase, number) in found), None)


def _curve(networks: Sequence[Network], booked: int, speeds: Sequence[float]) -> Curve:
    """Over the epochs that all of its networks have measured."""
    meant = [network for network in networks if None not in network.values()] or networks
    epochs = sorted(set[int].intersection(*(set(network) for network in meant)))
    columns = [[network[epoch] for network in meant] for epoch in epochs]
    return Curve(
        epochs=tuple(epochs),
        means=tuple(_mean(column) for column in columns),
        spreads=tuple(_spread(column) for column in columns),
        n=len(meant),
        of=max(booked, len(networks)),
        seconds_an_epoch=statistics.fmean(speeds) if speeds else 0.0,
    )


def _mean(column: Sequence[float | None]) -> float | None:
    known = _known(column)
    return statistics.fmean(known) if len(known) == len(column) else None


def _spread(column: Sequence[float | None]) -> float:
    known = _known(column)
    return statistics.stdev(known) if len(known) > 1 else 0.0


def _known(column: Sequence[float | None]) -> list[float]:
    return [value for value in column if value is not None]
