"""How far the events of all sweeps can be read: below the horizon nothing appears any more.

On PostgreSQL a transaction may take an event's id, and commit after others that took higher ones. A reader who goes on
from the highest id that it saw would never see that event. So the newest id becomes the horizon only when every
transaction that was at work when it was seen has ended. On SQLite one transaction writes at a time.
"""

import time

from sqlalchemy import Engine, func, select, text

from sweeps.ledger.engine import Reader
from sweeps.ledger.tables import events

LONGEST_SECONDS = 5.0
"""A transaction that takes longer is another database's on the same server, such as MLflow's: it writes no event."""

# Every transaction below `xmin` has ended, and none from `next` on has begun.
_MARKS = text(
    "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint + age(pg_snapshot_xmax(s)::xid), "
    "(SELECT coalesce(max(id), 0) FROM events) FROM (SELECT pg_current_snapshot() AS s) AS now"
)


class Horizon:
    """One reader's; it rises from look to look."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._is_ordered = engine.dialect.name != "postgresql"
        self._reached: int | None = None
        self._seen: tuple[int, int, float] | None = None  # the newest id, whom it waits for, since when

    def look(self) -> int | None:
        """The horizon as of now; None where the first is not known yet, for a few seconds at most."""
        ended, begun, newest = self._marks()
        if self._seen is None:
            self._seen = (newest, begun, time.monotonic())
        seen, waits_for, since = self._seen
        if ended >= waits_for or time.monotonic() - since > LONGEST_SECONDS:
            self._reached = max(self._reached or 0, seen)
            self._seen = None if seen == newest else (newest, begun, time.monotonic())
        return self._reached

    def _marks(self) -> tuple[int, int, int]:
        with self._reading.connect() as connection:
            if self._is_ordered:
                return 0, 0, connection.scalar(select(func.max(events.c.id))) or 0
            ended, begun, newest = connection.execute(_MARKS).one()
            return ended, begun, newest
