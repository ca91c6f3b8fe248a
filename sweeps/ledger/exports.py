"""All that a sweep has measured, read a part at a time: however large the sweep, a part is not."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import Engine, Select, select, tuple_

from sweeps.ledger.engine import Reader
from sweeps.ledger.records import PHASES, EpochRecord, MemberRecord, TrialRecord
from sweeps.ledger.tables import epochs, members, trials

TRIALS_AT_ONCE = 200
EPOCHS_AT_ONCE = 5_000

TrialWithMembers = tuple[TrialRecord, list[MemberRecord]]


class Exports:
    """Each part is a transaction of its own: a sweep that goes on shows each part as it then is."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)

    def trials(self, sweep_id: int) -> Iterator[list[TrialWithMembers]]:
        """Every trial by number, with its networks by phase and seed."""
        above = -1
        while part := self._trials(sweep_id, above):
            yield part
            above = part[-1][0].number

    def _trials(self, sweep_id: int, above: int) -> list[TrialWithMembers]:
        columns = [trials.c[field.name] for field in fields(TrialRecord)]
        query = select(*columns).where(trials.c.sweep_id == sweep_id, trials.c.number > above)
        with self._reading.connect() as connection:
            rows = connection.execute(query.order_by(trials.c.number).limit(TRIALS_AT_ONCE))
            found: dict[int, TrialWithMembers] = {row.number: (TrialRecord(*row), []) for row in rows}
            if found:
                theirs = select(*(members.c[field.name] for field in fields(MemberRecord))).where(
                    members.c.sweep_id == sweep_id,
                    members.c.phase.in_(PHASES),
                    members.c.trial.between(min(found), max(found)),
                )
                for row in connection.execute(theirs.order_by(members.c.phase.desc(), members.c.trial, members.c.seed)):
                    if row.trial in found:  # on PostgreSQL one may have come since the trials were read
                        found[row.trial][1].append(MemberRecord(*row))
        return list(found.values())

    def epochs(self, sweep_id: int) -> Iterator[list[EpochRecord]]:
        """Every epoch of every network, by trial, phase, seed and epoch."""
        order = (epochs.c.trial, epochs.c.phase, epochs.c.seed, epochs.c.epoch)
        columns = [epochs.c[field.name] for field in fields(EpochRecord)]
        query = select(*columns).where(epochs.c.sweep_id == sweep_id).order_by(*order).limit(EPOCHS_AT_ONCE)
        part = self._epochs(query)
        while part:
            yield part
            last = part[-1]
            part = self._epochs(query.where(tuple_(*order) > (last.trial, last.phase, last.seed, last.epoch)))

    def _epochs(self, query: Select[Any]) -> list[EpochRecord]:
        with self._reading.connect() as connection:
            return [EpochRecord(**row._asdict()) for row in connection.execute(query)]
