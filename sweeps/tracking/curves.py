"""Learning curves: what was measured after each epoch as points, and as files."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterable

from sweeps.ledger.records import EpochRecord, Metrics, Phase
from sweeps.spec import SweepSpec
from sweeps.tracking.tracker import Point


class Curves:
    """Turns epochs into points: of each seed where there are several, and their mean once the last of them is there."""

    def __init__(self, spec: SweepSpec, earlier: Callable[[int], Iterable[EpochRecord]]) -> None:
        """`earlier` gives the epochs of a trial that were turned into points before this object was."""
        self._seeds: dict[Phase, int] = {"search": spec.replicates, "confirmation": spec.confirmation.seeds}
        self._earlier = earlier
        self._seen: set[int] = set()
        self._partial: dict[tuple[Phase, int, int], dict[int, EpochRecord]] = {}

    def points(self, epoch: EpochRecord) -> list[Point]:
        if self._seeds[epoch.phase] == 1:
            return _points(epoch.metrics, epoch.epoch, epoch.at)
        if epoch.trial not in self._seen:
            self._seen.add(epoch.trial)
            for known in self._earlier(epoch.trial):
                self._complete(known)
        together = self._complete(epoch)
        return _points(epoch.metrics, epoch.epoch, epoch.at, f"/seed-{epoch.seed}") + (
            _mean(together) if together else []
        )

    def _complete(self, epoch: EpochRecord) -> list[EpochRecord] | None:
        """All seeds of this epoch, when it is the last of them."""
        key = (epoch.phase, epoch.trial, epoch.epoch)
        partial = self._partial.setdefault(key, {})
        partial[epoch.seed] = epoch
        return list(self._partial.pop(key).values()) if len(partial) == self._seeds[epoch.phase] else None


def curves_csv(epochs: Iterable[EpochRecord]) -> str:
    """A row an epoch of a network; a number that was not finite is empty."""
    rows = [_row(epoch) for epoch in epochs]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def curves_json(epochs: Iterable[EpochRecord]) -> str:
    """The same rows as a list."""
    return json.dumps([_row(epoch) for epoch in epochs], indent=1) + "\n"


def _row(epoch: EpochRecord) -> dict[str, object]:
    place = {"phase": epoch.phase, "trial": epoch.trial, "seed": epoch.seed, "epoch": epoch.epoch}
    return {**place, **epoch.metrics}


def _points(metrics: Metrics, step: int, at: float, suffix: str = "") -> list[Point]:
    return [Point(name + suffix, math.nan if value is None else value, step, at) for name, value in metrics.items()]


def _mean(together: list[EpochRecord]) -> list[Point]:
    """Only of the metrics that every seed has; NaN where one of them was not finite."""
    names = [name for name in together[0].metrics if all(name in epoch.metrics for epoch in together)]
    values = {name: [epoch.metrics[name] for epoch in together] for name in names}
    means: Metrics = {
        name: None if None in found else math.fsum(value for value in found if value is not None) / len(found)
        for name, found in values.items()
    }
    return _points(means, together[0].epoch, max(epoch.at for epoch in together))
