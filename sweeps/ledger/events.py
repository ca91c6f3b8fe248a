"""What happened to a sweep, in order: the source of the event stream."""

import time
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from sweeps.ledger.engine import Reader
from sweeps.ledger.records import EventRecord
from sweeps.ledger.tables import events


class EventLog:
    """Reads events; they are written inside the transaction of what they tell."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)

    def after(self, sweep_id: int, event_id: int, limit: int = 500) -> list[EventRecord]:
        """A sweep's events with ids above `event_id`, oldest first."""
        query = (
            select(events.c.id, events.c.sweep_id, events.c.at, events.c.kind, events.c.data)
            .where(events.c.sweep_id == sweep_id, events.c.id > event_id)
            .order_by(events.c.id)
            .limit(limit)
        )
        with self._reading.connect() as connection:
            return [EventRecord(**row._asdict()) for row in connection.execute(query)]


def add_event(connection: Connection, sweep_id: int, kind: str, data: dict[str, Any], at: float | None = None) -> None:
    """Writes one event in the caller's transaction, as of now or of time `at`."""
    row = {"sweep_id": sweep_id, "at": time.time() if at is None else at, "kind": kind, "data": data}
    connection.execute(insert(events).values(row))


def has_event_of(connection: Connection, sweep_id: int, at: float) -> bool:
    """Whether an event was written as of exactly this time."""
    mine = select(events.c.id).where(events.c.sweep_id == sweep_id, events.c.at == at).limit(1)
    return connection.scalar(mine) is not None
