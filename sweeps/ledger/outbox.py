"""What the tracker has still to hear of: the ledger's memory of what was delivered to MLflow."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Engine, Row, Select, or_, select, update

from sweeps.ledger.engine import Reader, Writer
from sweeps.ledger.moves import sweep_record
from sweeps.ledger.records import SweepRecord, TrialRecord
from sweeps.ledger.tables import epochs, sweeps, teams, trials, users
from sweeps.states import FINAL, SweepState, TrialState

ENDS = [state for state in TrialState if state.is_final]


class Outbox:
    """Deliveries are marked after they were made, so one that was cut off is made again: they must be repeatable."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def undelivered_sweeps(self) -> list[SweepRecord]:
        """Sweeps that go on, or whose end was not delivered yet; oldest first."""
        query = (
            select(*[sweeps.c[field.name] for field in fields(SweepRecord)])
            .where(or_(sweeps.c.tracked_state.is_distinct_from(sweeps.c.state), sweeps.c.state.not_in(FINAL)))
            .order_by(sweeps.c.id)
        )
        return [sweep_record(row) for row in self._rows(query)]

    def is_delivered(self, sweep_id: int) -> bool:
        """Whether the tracker has heard the sweep's end, and with it everything of it."""
        query = select(sweeps.c.id).where(sweeps.c.id == sweep_id, sweeps.c.tracked_state == sweeps.c.state)
        return bool(self._rows(query.where(sweeps.c.state.in_(FINAL))))

    def undelivered_trials(self, sweep_id: int) -> list[TrialRecord]:
        """Trials that have begun and whose state was not delivered yet, by number."""
        query = (
            select(*[trials.c[field.name] for field in fields(TrialRecord)])
            .where(trials.c.sweep_id == sweep_id, trials.c.state != TrialState.WAITING)
            .where(trials.c.tracked_state.is_distinct_from(trials.c.state))
            .order_by(trials.c.number)
        )
        return [TrialRecord(*row) for row in self._rows(query)]

    def is_told(self, sweep_id: int) -> bool:
        """Whether the tracker has heard everything that the ledger holds of the sweep now."""
        told = select(sweeps.c.id).where(sweeps.c.id == sweep_id, sweeps.c.tracked_state == sweeps.c.state)
        rest = select(epochs.c.id).where(epochs.c.sweep_id == sweep_id)
        untold = rest.where(epochs.c.id > self.delivered_epoch(sweep_id)).limit(1)
        return bool(self._rows(told)) and not self._rows(untold) and not self.undelivered_trials(sweep_id)

    def settled_trials(self, sweep_id: int) -> set[int]:
        """Trials that have ended and whose end was delivered: nothing more is told of them."""
        query = select(trials.c.number).where(trials.c.sweep_id == sweep_id, trials.c.tracked_state == trials.c.state)
        return {row.number for row in self._rows(query.where(trials.c.state.in_(ENDS)))}

    def owner(self, sweep_id: int) -> tuple[str, str]:
        """The names of the sweep's team and of who posted it."""
        query = (
            select(teams.c.name.label("team"), users.c.name.label("user"))
            .join(sweeps, sweeps.c.team_id == teams.c.id)
            .join(users, users.c.id == sweeps.c.user_id)
            .where(sweeps.c.id == sweep_id)
        )
        (row,) = self._rows(query)
        return row.team, row.user

    def trial_runs(self, sweep_id: int) -> dict[int, str]:
        """The tracker's run of every trial that has one."""
        query = select(trials.c.number, trials.c.tracking_id).where(
            trials.c.sweep_id == sweep_id, trials.c.tracking_id.is_not(None)
        )
        return {row.number: row.tracking_id for row in self._rows(query)}

    def delivered_epoch(self, sweep_id: int) -> int:
        """The id of the newest epoch delivered; 0 before the first."""
        rows = self._rows(select(sweeps.c.tracked_epoch).where(sweeps.c.id == sweep_id))
        return int(rows[0][0]) if rows else 0

    def mark_sweep_run(self, sweep_id: int, run: str) -> None:
        self._mark_sweep(sweep_id, tracking_id=run)

    def mark_sweep_state(self, sweep_id: int, state: SweepState) -> None:
        self._mark_sweep(sweep_id, tracked_state=state)

    def mark_epoch(self, sweep_id: int, epoch_id: int) -> None:
        self._mark_sweep(sweep_id, tracked_epoch=epoch_id)

    def mark_trial_run(self, sweep_id: int, number: int, run: str) -> None:
        self._mark_trial(sweep_id, number, tracking_id=run)

    def mark_trial_state(self, sweep_id: int, number: int, state: TrialState) -> None:
        self._mark_trial(sweep_id, number, tracked_state=state)

    def _mark_sweep(self, sweep_id: int, **values: object) -> None:
        with self._writing.begin() as connection:
            connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(values))

    def _mark_trial(self, sweep_id: int, number: int, **values: object) -> None:
        key = (trials.c.sweep_id == sweep_id, trials.c.number == number)
        with self._writing.begin() as connection:
            connection.execute(update(trials).where(*key).values(values))

    def _rows(self, query: Select[*tuple[Any, ...]]) -> list[Row[*tuple[Any, ...]]]:
        with self._reading.connect() as connection:
            return list(connection.execute(query).all())
