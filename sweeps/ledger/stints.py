"""Which lane trained which network, from when to when: the timeline of a sweep's lanes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Engine, Select, case, func, select, update

from sweeps.ledger.engine import Reader
from sweeps.ledger.insertion import insert_into
from sweeps.ledger.records import StintRecord
from sweeps.ledger.tables import stints

_COLUMNS = [stints.c[column.name] for column in fields(StintRecord)]


@dataclass(frozen=True)
class LaneRecord:
    """One lane of one attempt, and what it has had in training."""

    attempt: int
    lane: int
    since: float
    """When it was handed its first network."""
    until: float
    """When it was handed or let go of one, the last time."""
    networks: int
    """That it has had, each counted as often as it came."""
    training: int
    """That it has now."""


class Stints:
    """Read by everybody; booked with the trials, see `TrialStore.book`."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)

    def of_sweep(self, sweep_id: int) -> list[StintRecord]:
        """All of a sweep, in the order in which they began."""
        return self._records(select(*_COLUMNS).where(stints.c.sweep_id == sweep_id))

    def of_trial(self, sweep_id: int, number: int) -> list[StintRecord]:
        """Those of one trial's networks, in the order in which they began."""
        return self._records(select(*_COLUMNS).where(stints.c.sweep_id == sweep_id, stints.c.trial == number))

    def unended(self, sweep_id: int) -> list[StintRecord]:
        """Those that go on, as far as the ledger knows, in the order in which they began."""
        return self._records(select(*_COLUMNS).where(stints.c.sweep_id == sweep_id, stints.c.until.is_(None)))

    def lanes(self, sweep_id: int) -> list[LaneRecord]:
        """Every lane that had a network, by attempt and number."""
        lane = (stints.c.attempt, stints.c.lane)
        newest = func.max(func.coalesce(stints.c.until, stints.c.since))
        counts = (func.count(), func.count() - func.count(stints.c.until))
        query = select(*lane, func.min(stints.c.since), newest, *counts).where(stints.c.sweep_id == sweep_id)
        with self._reading.connect() as connection:
            return [LaneRecord(*row) for row in connection.execute(query.group_by(*lane).order_by(*lane)).all()]

    def _records(self, query: Select[Any]) -> list[StintRecord]:
        with self._reading.connect() as connection:
            found = [StintRecord(*row) for row in connection.execute(query).all()]
        return sorted(found, key=lambda stint: stint.since)


def book_stints(connection: Connection, booked: Iterable[StintRecord]) -> None:
    """Writes them; one that is there already is given its end."""
    rows: list[Mapping[str, Any]] = [vars(stint) for stint in booked]
    if rows:
        insert = insert_into(connection, stints)
        keys = [column.name for column in stints.primary_key]
        connection.execute(
            insert.on_conflict_do_update(index_elements=keys, set_={"until": insert.excluded.until}), rows
        )


def end_stints(connection: Connection, sweep_id: int, at: float | None) -> None:
    """Ends those that nobody has ended, since their driver was lost, at `at`, when it was last heard."""
    latest = stints.c.since if at is None else case((stints.c.since > at, stints.c.since), else_=at)
    mine = update(stints).where(stints.c.sweep_id == sweep_id, stints.c.until.is_(None))
    connection.execute(mine.values(until=latest))
