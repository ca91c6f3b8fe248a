"""Sweeps that were deleted: what the tracking process has still to clear away, and what they had used."""

import time
from dataclasses import fields

from sqlalchemy import Engine, select, update

from sweeps.ledger.engine import Reader, Writer
from sweeps.ledger.records import Removal
from sweeps.ledger.tables import removals


class Removals:
    """The ledger remembers a deleted sweep until its files and runs are gone, and its account for ever."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def unsettled(self) -> list[Removal]:
        """Deleted sweeps whose files or runs may still be there, in the order of their deletion."""
        columns = [removals.c[field.name] for field in fields(Removal)]
        query = select(*columns).where(removals.c.settled_at.is_(None)).order_by(removals.c.removed_at)
        with self._reading.connect() as connection:
            return [Removal(**row._asdict()) for row in connection.execute(query)]

    def settle(self, sweep_id: int) -> None:
        """Nothing of the sweep is left."""
        settled = update(removals).where(removals.c.sweep_id == sweep_id).values(settled_at=time.time())
        with self._writing.begin() as connection:
            connection.execute(settled)
