"""Learning curves as the ledger holds them: a network's metric by epoch, and by the device time it had used by then."""

import math
import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sweeps.ledger import Ledger
from sweeps.ledger.records import MemberRecord, Phase


@dataclass(frozen=True)
class Curve:
    """What one trial measured, or one phase of it: mean and spread over its networks."""

    epochs: list[int]
    means: list[float | None]
    """Null where a network's value was not finite."""
    spreads: list[float]
    """Standard deviations; 0 for one network."""
    seconds_an_epoch: float
    """Device time, a network's mean."""

    def seconds(self) -> list[float]:
        """Device time at each epoch: the ledger keeps a network's sum, which is spread evenly here."""
        return [round(epoch * self.seconds_an_epoch, 4) for epoch in self.epochs]


Networks = dict[tuple[Phase, int], dict[int, dict[int, float | None]]]
"""By phase and trial, by seed, by epoch."""


def curves(
    ledger: Ledger, sweep_id: int, numbers: Collection[int], metric: str, members: Iterable[MemberRecord]
) -> dict[tuple[Phase, int], Curve]:
    """The curves of these trials, by phase and trial; those without an epoch are left out."""
    found: Networks = defaultdict(lambda: defaultdict(dict))
    for one in ledger.trials.epochs_of(sweep_id, numbers):
        value = one.metrics.get(metric)
        found[one.phase, one.trial][one.seed][one.epoch] = value if value is not None and math.isfinite(value) else None
    speeds: dict[tuple[Phase, int], list[float]] = defaultdict(list)
    for member in members:
        if member.epoch:
            speeds[member.phase, member.trial].append(member.device_seconds / member.epoch)
    return {key: _curve(list(networks.values()), speeds[key]) for key, networks in found.items()}


def _curve(networks: Sequence[dict[int, float | None]], speeds: Sequence[float]) -> Curve:
    """Over the epochs that all networks have measured."""
    epochs = sorted(set[int].intersection(*(set(network) for network in networks)))
    columns = [[network[epoch] for network in networks] for epoch in epochs]
    means = [_mean(column) for column in columns]
    spreads = [statistics.stdev(_known(column)) if len(_known(column)) > 1 else 0.0 for column in columns]
    return Curve(epochs, means, spreads, statistics.fmean(speeds) if speeds else 0.0)


def _mean(column: Sequence[float | None]) -> float | None:
    known = _known(column)
    return statistics.fmean(known) if len(known) == len(column) else None


def _known(column: Sequence[float | None]) -> list[float]:
    return [value for value in column if value is not None]
