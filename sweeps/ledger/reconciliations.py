"""Reconciliations: asked for by the API, carried out by the tracker, both told as events of their sweep."""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, Select, func, insert, select
from sqlalchemy.orm import aliased

from sweeps.ledger.engine import Reader, Writer
from sweeps.ledger.errors import NoSuchReconciliation
from sweeps.ledger.events import add_event
from sweeps.ledger.moves import locked
from sweeps.ledger.once import made_before, mark
from sweeps.ledger.tables import events
from sweeps.ledger.versions import check_version

ASKED, ENDED = "reconciliation.asked", "reconciliation.ended"
MOST_DIFFERENCES = 500
"""Kept in the answer; all are counted."""
OVERLAP = 1_000
"""Ids that are looked at again: on PostgreSQL an event may appear after one with a higher id."""


@dataclass(frozen=True)
class Asked:
    """A reconciliation that nobody has carried out yet."""

    number: int
    sweep_id: int
    mend: bool


@dataclass(frozen=True)
class ReconciliationRecord:
    """One reconciliation; `number` is its id. Without `ended_at` it still waits for the tracker."""

    number: int
    sweep_id: int
    mend: bool
    asked_at: float
    ended_at: float | None = None
    problem: str | None = None
    """Why it could not be carried out."""
    differences: tuple[dict[str, Any], ...] = ()
    total: int = 0
    """How many differences there are; the first of them are listed."""


class Reconciliations:
    """The ledger is the mailbox: API and tracker may be on different machines and need not be up together."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def ask(self, sweep_id: int, mend: bool) -> ReconciliationRecord:
        """Asks the tracker to compare a sweep, and to mend it. Raises NoSuchSweep, or ChangedMeanwhile."""
        asked_at = time.time()
        row = {"sweep_id": sweep_id, "at": asked_at, "kind": ASKED, "data": {"mend": mend}}
        with self._writing.begin() as connection:
            number = made_before(connection)
            if number is None:
                check_version(locked(connection, sweep_id))
                key = connection.execute(insert(events).values(row)).inserted_primary_key
                number = int(key[0]) if key else 0
                mark(connection, number)
        return self.get(sweep_id, number)

    def open(self, above: int) -> tuple[list[Asked], int]:
        """What was asked for and not carried out among events above id `above`, and where to look from next time."""
        ended = aliased(events)
        answered = select(ended.c.id).where(
            ended.c.sweep_id == events.c.sweep_id,
            ended.c.kind == ENDED,
            ended.c.data["asked"].as_integer() == events.c.id,
        )
        query = (
            select(events.c.id, events.c.sweep_id, events.c.data)
            .where(events.c.id > above, events.c.kind == ASKED, ~answered.exists())
            .order_by(events.c.id)
        )
        newest = select(func.coalesce(func.max(events.c.id), 0))
        with self._reading.connect() as connection:
            upto = connection.scalar(newest) or 0
            found = [Asked(row.id, row.sweep_id, row.data["mend"]) for row in connection.execute(query)]
        return found, max(above, upto - OVERLAP)

    def end(self, asked: Asked, differences: list[dict[str, Any]], problem: str | None = None) -> None:
        """Writes what was found, or why nothing could be."""
        data = {
            "asked": asked.number,
            "mend": asked.mend,
            "problem": problem,
            "differences": differences[:MOST_DIFFERENCES],
            "total": len(differences),
        }
        with self._writing.begin() as connection:
            add_event(connection, asked.sweep_id, ENDED, data)

    def get(self, sweep_id: int, number: int) -> ReconciliationRecord:
        """Raises NoSuchReconciliation."""
        own = select(events.c.at, events.c.data).where(events.c.sweep_id == sweep_id)
        asked = self._rows(own.where(events.c.id == number, events.c.kind == ASKED))
        if not asked:
            raise NoSuchReconciliation(f"sweep {sweep_id} has no reconciliation {number}")
        record = ReconciliationRecord(number, sweep_id, asked[0].data["mend"], asked[0].at)
        answer = own.where(events.c.id > number, events.c.kind == ENDED)
        ended = self._rows(answer.where(events.c.data["asked"].as_integer() == number).order_by(events.c.id).limit(1))
        if not ended:
            return record
        data = ended[0].data
        found = tuple(data["differences"])
        return ReconciliationRecord(
            *(number, sweep_id, record.mend, record.asked_at), ended[0].at, data["problem"], found, data["total"]
        )

    def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        with self._reading.connect() as connection:
            return list(connection.execute(query))
