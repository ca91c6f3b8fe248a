"""Sweeps as a queue: posted, claimed by attempts, moved from state to state."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine, func, insert, select

from sweeps.ledger import tables
from sweeps.ledger.engine import Reader, Writer
from sweeps.ledger.errors import FencedOut, NoSuchSweep
from sweeps.ledger.events import add_event
from sweeps.ledger.lane_quota import check_start
from sweeps.ledger.moves import COLUMNS, check_fence, end, locked, move, one, sweep_record
from sweeps.ledger.noting import note_made
from sweeps.ledger.once import made_before, mark
from sweeps.ledger.plain import plain_text
from sweeps.ledger.queue_quota import check_queue
from sweeps.ledger.records import InheritedTrial, SweepRecord
from sweeps.ledger.stints import end_stints
from sweeps.ledger.tables import sweeps
from sweeps.ledger.versions import check_version
from sweeps.states import SweepState


class SweepQueue:
    """The service's side of the ledger, and the fence around every attempt."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def post(
        self,
        team_id: int,
        user_id: int,
        spec: dict[str, Any],
        inherited: Sequence[InheritedTrial] = (),
        labels: Sequence[str] = (),
        note: str | None = None,
        source: int | None = None,
        priority: int = 0,
    ) -> SweepRecord:
        """Writes a sweep as queued, with the trials that its samplers begin with, in one transaction.

        `source`: the sweep that it was cloned from, which must be as its caller saw it, else ChangedMeanwhile. Raises
        QuotaUsedUp where as many of the team's sweeps wait as may.
        Under an idempotency key once: a repetition returns the sweep that was written before.
        """
        row = {
            "team_id": team_id,
            "user_id": user_id,
            "name": spec["name"],
            "spec": spec,
            "state": SweepState.QUEUED,
            "attempt": 0,
            "priority": priority,
            "labels": list(dict.fromkeys(labels)),
            "note": plain_text(note) if note else None,
            "created_at": time.time(),
        }
        with self._writing.begin() as connection:
            before = made_before(connection)
            if before is not None:
                return one(connection, before)
            if source is not None:
                check_version(locked(connection, source))
            check_queue(connection, team_id)
            key = connection.execute(insert(sweeps).values(row)).inserted_primary_key
            sweep_id = int(key[0]) if key else 0
            mark(connection, sweep_id)
            if inherited:
                connection.execute(
                    insert(tables.inherited), [asdict(one) | {"sweep_id": sweep_id} for one in inherited]
                )
            if source is not None:
                add_event(connection, sweep_id, "sweep.cloned", {"source": source})
            add_event(connection, sweep_id, "sweep.state", {"state": SweepState.QUEUED})
            note_made(id=sweep_id, name=row["name"], **({} if source is None else {"source": source}))
            return one(connection, sweep_id)

    def get(self, sweep_id: int, team_id: int | None = None) -> SweepRecord:
        """The sweep; of this team, where one is given. Raises NoSuchSweep."""
        with self._reading.connect() as connection:
            return one(connection, sweep_id, team_id)

    def in_states(self, states: Sequence[SweepState]) -> list[SweepRecord]:
        """All teams' sweeps in these states, oldest first."""
        query = select(*COLUMNS).where(sweeps.c.state.in_(states)).order_by(sweeps.c.id)
        with self._reading.connect() as connection:
            return [sweep_record(row) for row in connection.execute(query).all()]

    def counts(self) -> dict[SweepState, int]:
        """All teams' sweeps by state; states that no sweep is in are left out."""
        query = select(sweeps.c.state, func.count().label("total")).group_by(sweeps.c.state)
        with self._reading.connect() as connection:
            return {row.state: row.total for row in connection.execute(query)}

    def move(self, sweep_id: int, to: SweepState, reason: str | None = None, attempt: int | None = None) -> bool:
        """Moves a sweep to `to` where that may follow its state; False where it may not (another was faster).

        With `attempt`, raises FencedOut unless that is the sweep's newest.
        """
        with self._writing.begin() as connection:
            if attempt is not None:
                check_fence(connection, sweep_id, attempt)
            return move(connection, sweep_id, to, reason, {})

    def start_attempt(self, sweep_id: int, after: int | None = None, devices: int = 1) -> int:
        """Opens the next attempt, which fences out every earlier one; returns its number, the fencing token.

        `after`: the attempt that it follows, so that whoever decides late starts none. Raises FencedOut where that is
        not the newest, or the sweep is in no state to be started; QuotaUsedUp where one that waited may not have its
        lanes beside its team's others, `auto` being one for each of `devices`.
        """
        with self._writing.begin() as connection:
            sweep = locked(connection, sweep_id)
            newest = sweep.attempt
            if after is not None and after != newest:
                raise FencedOut(f"attempt {newest} of sweep {sweep_id} was started after attempt {after}")
            if sweep.state is SweepState.QUEUED:
                check_start(connection, sweep, devices)
            end_stints(connection, sweep_id, sweep.heartbeat_at)
            attempt = newest + 1
            changes = {"attempt": attempt, "heartbeat_at": time.time(), "preempted_at": None}
            if not move(connection, sweep_id, SweepState.STARTING, None, changes):
                raise FencedOut(f"sweep {sweep_id} cannot start an attempt in its state")
            return attempt

    def end(
        self,
        sweep_id: int,
        to: SweepState,
        reason: str | None = None,
        attempt: int | None = None,
        report: dict[str, Any] | None = None,
    ) -> bool:
        """Ends a sweep, and with it every trial that has no outcome yet; keeps its report.

        False where the sweep has ended already. With `attempt`, raises FencedOut unless that is the sweep's newest.
        Raises NotComplete for a sweep that would be completed with less than its budget.
        """
        with self._writing.begin() as connection:
            if attempt is not None:
                check_fence(connection, sweep_id, attempt)
            return end(connection, sweep_id, to, reason, {} if report is None else {"report": report})

    def state(self, sweep_id: int) -> SweepState:
        """Where the sweep stands, read without what makes it large. Raises NoSuchSweep."""
        with self._reading.connect() as connection:
            state = connection.scalar(select(sweeps.c.state).where(sweeps.c.id == sweep_id))
        if state is None:
            raise NoSuchSweep(f"there is no sweep {sweep_id}")
        return SweepState(state)

    def report(self, sweep_id: int) -> dict[str, Any] | None:
        """The stored report of a finished sweep."""
        with self._reading.connect() as connection:
            report: dict[str, Any] | None = connection.scalar(select(sweeps.c.report).where(sweeps.c.id == sweep_id))
            return report
