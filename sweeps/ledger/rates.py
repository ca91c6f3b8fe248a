"""What training took in earlier sweeps, of any team: numbers alone, no names."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, Select, and_, func, select

from sweeps.ledger.engine import Reader
from sweeps.ledger.tables import epochs, members, sweeps, trials
from sweeps.space import Value

SWEEPS, TRIALS = 30, 400
"""The newest that are looked at, and of each the newest trials: a machine may have changed since earlier ones."""


@dataclass(frozen=True)
class TrainedTrial:
    """What the networks of one trial have taken."""

    spec: dict[str, Any]
    """Its sweep's specification."""
    arm: int
    configuration: dict[str, Value]
    networks: int
    epochs: int
    """Of all its networks together."""
    device_seconds: float


class Rates:
    """Reads what plans rest on."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)

    def trained(self) -> list[TrainedTrial]:
        """Trials with a trained network, of the newest sweeps that have any; newest sweep first."""
        with_epochs = select(members.c.sweep_id).where(members.c.sweep_id == sweeps.c.id, members.c.epoch > 0)
        newest = select(sweeps.c.id, sweeps.c.spec).where(with_epochs.exists()).order_by(sweeps.c.id.desc())
        return [trial for sweep in self._rows(newest.limit(SWEEPS)) for trial in self._of(sweep.id, sweep.spec)]

    def _of(self, sweep_id: int, spec: dict[str, Any]) -> list[TrainedTrial]:
        trained = (
            select(
                members.c.trial,
                func.count().label("networks"),
                func.sum(members.c.epoch).label("epochs"),
                func.sum(members.c.device_seconds).label("seconds"),
            )
            .where(members.c.sweep_id == sweep_id, members.c.epoch > 0)
            .group_by(members.c.trial)
            .order_by(members.c.trial.desc())
            .limit(TRIALS)
            .subquery()
        )
        same = and_(trials.c.sweep_id == sweep_id, trials.c.number == trained.c.trial)
        query = select(
            trials.c.arm, trials.c.configuration, trained.c.networks, trained.c.epochs, trained.c.seconds
        ).join(trained, same)
        return [
            TrainedTrial(spec, row.arm, row.configuration, row.networks, int(row.epochs), row.seconds)
            for row in self._rows(query)
        ]

    def starts(self) -> list[float]:
        """Seconds from a driver's start to the first epoch, of the newest sweeps that ran in one attempt."""
        first = select(epochs.c.at).where(epochs.c.sweep_id == sweeps.c.id).order_by(epochs.c.id).limit(1)
        took = (first.scalar_subquery() - sweeps.c.started_at).label("took")
        query = select(took).where(sweeps.c.started_at.is_not(None), sweeps.c.attempt == 1)
        rows = self._rows(query.order_by(sweeps.c.id.desc()).limit(SWEEPS))
        return [row.took for row in rows if row.took is not None and row.took > 0]

    def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        with self._reading.connect() as connection:
            return list(connection.execute(query))
