"""Learning curves of a few of a sweep's trials, thinned where they are read, however large the sweep is."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, and_, case, func, select

from sweeps.ledger.engine import Reader
from sweeps.ledger.tables import epochs, trials
from sweeps.states import ENDED, TrialState


@dataclass(frozen=True)
class CurveTrial:
    """A trial whose curve can be drawn."""

    number: int
    arm: int
    state: TrialState
    epoch: int
    """Epochs that all its networks have measured."""


class Curves:
    """Chooses trials, and reads what they have measured."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)

    def training(self, sweep_id: int, arm: int, most: int) -> list[CurveTrial]:
        """Trials of an arm that train now and have measured an epoch, the newest first."""
        return self._trials(sweep_id, arm, trials.c.state == TrialState.RUNNING, most)

    def every(self, sweep_id: int, arm: int, step: int, most: int) -> list[CurveTrial]:
        """Every `step`th of an arm's trials that have an outcome and have measured an epoch, the newest first."""
        return self._trials(sweep_id, arm, and_(trials.c.state.in_(ENDED), trials.c.arm_number % step == 0), most)

    def numbered(self, sweep_id: int, numbers: Collection[int]) -> list[CurveTrial]:
        """These trials."""
        query = select(*_COLUMNS).where(trials.c.sweep_id == sweep_id, trials.c.number.in_(numbers))
        with self._reading.connect() as connection:
            return [CurveTrial(*row) for row in connection.execute(query).all()]

    def means(
        self, sweep_id: int, numbers: Collection[int], metric: str, at: Collection[int]
    ) -> dict[int, list[tuple[int, float | None]]]:
        """By trial, the metric in the search as the mean over its networks, at those of the epochs `at` that all of
        them have measured, and at the last such epoch; None where a network's value was not finite."""
        value = epochs.c.metrics[metric].as_float()
        mean = case((func.count(value) == func.count(), func.avg(value)))
        theirs = and_(trials.c.sweep_id == epochs.c.sweep_id, trials.c.number == epochs.c.trial)
        is_drawn = (epochs.c.epoch == trials.c.epoch) | (epochs.c.epoch.in_(at) & (epochs.c.epoch < trials.c.epoch))
        query = (
            select(epochs.c.trial, epochs.c.epoch, mean.label("mean"))
            .join(trials, theirs)
            .where(epochs.c.sweep_id == sweep_id, epochs.c.trial.in_(numbers), epochs.c.phase == "search", is_drawn)
            .group_by(epochs.c.trial, epochs.c.epoch)
            .order_by(epochs.c.trial, epochs.c.epoch)
        )
        found: dict[int, list[tuple[int, float | None]]] = {}
        with self._reading.connect() as connection:
            for row in connection.execute(query):
                found.setdefault(row.trial, []).append((row.epoch, row.mean))
        return found

    def _trials(self, sweep_id: int, arm: int, chosen: ColumnElement[bool], most: int) -> list[CurveTrial]:
        query = select(*_COLUMNS).where(trials.c.sweep_id == sweep_id, trials.c.arm == arm, trials.c.epoch > 0, chosen)
        with self._reading.connect() as connection:
            rows = connection.execute(query.order_by(trials.c.number.desc()).limit(most))
            return [CurveTrial(*row) for row in rows]


_COLUMNS = (trials.c.number, trials.c.arm, trials.c.state, trials.c.epoch)
