"""What happened to sweeps, in order: the source of the event streams."""

import time
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, insert, select

from sweeps.ledger.engine import Reader
from sweeps.ledger.horizon import Horizon
from sweeps.ledger.records import EventRecord
from sweeps.ledger.tables import events, sweeps
from sweeps.redaction import redacted

EXCEPTIONS_WORDS = ("reason", "problem")
OF_TRIALS = ("trial.finished", "confirmation.finished")
"""The kinds of which a large sweep has very many."""

_COLUMNS = (events.c.id, events.c.sweep_id, events.c.at, events.c.kind, events.c.data)


class EventLog:
    """Reads events; they are written inside the transaction of what they tell."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = Reader(engine)

    def after(self, sweep_id: int, event_id: int, limit: int = 500, upto: int | None = None) -> list[EventRecord]:
        """A sweep's events with ids above `event_id`, up to `upto`, oldest first."""
        return self._events(select(*_COLUMNS).where(events.c.sweep_id == sweep_id), event_id, upto, limit)

    def latest(self, sweep_id: int, limit: int, of_trials: bool) -> list[EventRecord]:
        """A sweep's last events, newest first: those that tell of single trials and networks, or all others."""
        told = events.c.kind.in_(OF_TRIALS)
        query = select(*_COLUMNS).where(events.c.sweep_id == sweep_id, told if of_trials else ~told)
        with self._reading.connect() as connection:
            return [
                EventRecord(*row) for row in connection.execute(query.order_by(events.c.id.desc()).limit(limit)).all()
            ]

    def of_team(self, team_id: int, event_id: int, limit: int, upto: int) -> list[EventRecord]:
        """The same of all the team's sweeps."""
        query = select(*_COLUMNS).join(sweeps, sweeps.c.id == events.c.sweep_id).where(sweeps.c.team_id == team_id)
        return self._events(query, event_id, upto, limit)

    def of_all(self, event_id: int, upto: int, limit: int = 500) -> list[tuple[int, EventRecord]]:
        """The same of every team, with the team's id."""
        query = (
            select(*_COLUMNS, sweeps.c.team_id)
            .join(sweeps, sweeps.c.id == events.c.sweep_id)
            .where(events.c.id > event_id, events.c.id <= upto)
            .order_by(events.c.id)
            .limit(limit)
        )
        with self._reading.connect() as connection:
            return [(row[-1], EventRecord(*row[:-1])) for row in connection.execute(query).all()]

    def newest(self, sweep_id: int) -> int:
        """The id of the sweep's last event; 0 where it has none."""
        with self._reading.connect() as connection:
            return connection.scalar(select(func.max(events.c.id)).where(events.c.sweep_id == sweep_id)) or 0

    def horizon(self) -> Horizon:
        """For somebody who follows the events of more than one sweep."""
        return Horizon(self._engine)

    def _events(self, query: Select[Any], after: int, upto: int | None, limit: int) -> list[EventRecord]:
        query = query.where(events.c.id > after).order_by(events.c.id).limit(limit)
        if upto is not None:
            query = query.where(events.c.id <= upto)
        with self._reading.connect() as connection:
            return [EventRecord(*row) for row in connection.execute(query).all()]


def add_event(connection: Connection, sweep_id: int, kind: str, data: dict[str, Any], at: float | None = None) -> None:
    """Writes one event in the caller's transaction, as of now or of time `at`; words of exceptions without secrets."""
    data = {name: redacted(said) if name in EXCEPTIONS_WORDS and said else said for name, said in data.items()}
    row = {"sweep_id": sweep_id, "at": time.time() if at is None else at, "kind": kind, "data": data}
    connection.execute(insert(events).values(row))


def has_event_of(connection: Connection, sweep_id: int, at: float) -> bool:
    """Whether an event was written as of exactly this time."""
    mine = select(events.c.id).where(events.c.sweep_id == sweep_id, events.c.at == at).limit(1)
    return connection.scalar(mine) is not None
