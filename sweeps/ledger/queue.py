"""Sweeps as a queue: posted, claimed by attempts, moved from state to state."""

import time
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select, update

from sweeps.ledger.engine import Writer
from sweeps.ledger.errors import FencedOut, NoSuchSweep
from sweeps.ledger.events import add_event
from sweeps.ledger.records import SweepRecord
from sweeps.ledger.tables import members, sweeps, trials
from sweeps.states import FINAL, SweepState, TrialState, before

_COLUMNS = [sweeps.c[field.name] for field in fields(SweepRecord)]


class SweepQueue:
    """The service's side of the ledger, and the fence around every attempt."""

    def __init__(self, engine: Engine) -> None:
        self._reading = engine
        self._writing = Writer(engine)

    def post(self, team_id: int, user_id: int, spec: dict[str, Any]) -> SweepRecord:
        """Writes a sweep as queued, in one transaction."""
        row = {
            "team_id": team_id,
            "user_id": user_id,
            "name": spec["name"],
            "spec": spec,
            "state": SweepState.QUEUED,
            "attempt": 0,
            "created_at": time.time(),
        }
        with self._writing.begin() as connection:
            key = connection.execute(insert(sweeps).values(row)).inserted_primary_key
            sweep_id = int(key[0]) if key else 0
            add_event(connection, sweep_id, "sweep.state", {"state": SweepState.QUEUED})
            return _one(connection, sweep_id)

    def get(self, sweep_id: int, team_id: int | None = None) -> SweepRecord:
        """The sweep; of this team, where one is given. Raises NoSuchSweep."""
        with self._reading.connect() as connection:
            return _one(connection, sweep_id, team_id)

    def page(self, team_id: int, limit: int, below: int | None = None) -> list[SweepRecord]:
        """A team's sweeps, newest first, with ids below `below`."""
        query = select(*_COLUMNS).where(sweeps.c.team_id == team_id)
        if below is not None:
            query = query.where(sweeps.c.id < below)
        with self._reading.connect() as connection:
            rows = connection.execute(query.order_by(sweeps.c.id.desc()).limit(limit)).all()
        return [sweep_record(row) for row in rows]

    def in_states(self, states: Sequence[SweepState]) -> list[SweepRecord]:
        """All teams' sweeps in these states, oldest first."""
        query = select(*_COLUMNS).where(sweeps.c.state.in_(states)).order_by(sweeps.c.id)
        with self._reading.connect() as connection:
            return [sweep_record(row) for row in connection.execute(query).all()]

    def move(self, sweep_id: int, to: SweepState, reason: str | None = None, attempt: int | None = None) -> bool:
        """Moves a sweep to `to` where that may follow its state; False where it may not (another was faster).

        With `attempt`, raises FencedOut unless that is the sweep's newest.
        """
        with self._writing.begin() as connection:
            if attempt is not None:
                check_fence(connection, sweep_id, attempt)
            return _move(connection, sweep_id, to, reason, {})

    def start_attempt(self, sweep_id: int) -> int:
        """Opens the next attempt, which fences out every earlier one; returns its number, the fencing token.

        Raises FencedOut where the sweep is in no state to be started.
        """
        with self._writing.begin() as connection:
            attempt = _locked(connection, sweep_id).attempt + 1
            changes = {"attempt": attempt, "heartbeat_at": time.time()}
            if not _move(connection, sweep_id, SweepState.STARTING, None, changes):
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
        """
        now = time.time()
        unfinished = (TrialState.WAITING, TrialState.RUNNING)
        with self._writing.begin() as connection:
            if attempt is not None:
                check_fence(connection, sweep_id, attempt)
            moved = _move(connection, sweep_id, to, reason, {} if report is None else {"report": report})
            if moved:
                for table, changes in ((trials, {"finished_at": now}), (members, {})):
                    connection.execute(
                        update(table)
                        .where(table.c.sweep_id == sweep_id, table.c.state.in_(unfinished))
                        .values(changes | {"state": TrialState.STOPPED})
                    )
            return moved

    def request_stop(self, sweep_id: int) -> SweepRecord:
        """Asks for an orderly end: at once for a queued sweep, through its driver for a running one."""
        now = time.time()
        with self._writing.begin() as connection:
            sweep = _locked(connection, sweep_id)
            if sweep.state in (SweepState.QUEUED, SweepState.PAUSED):
                _move(
                    connection,
                    sweep_id,
                    SweepState.STOPPED,
                    "stopped before it ran",
                    {"stop_requested_at": now},
                )
            elif sweep.state not in FINAL:
                _move(connection, sweep_id, SweepState.STOPPING, None, {"stop_requested_at": now})
            return _one(connection, sweep_id)

    def report(self, sweep_id: int) -> dict[str, Any] | None:
        """The stored report of a finished sweep."""
        with self._reading.connect() as connection:
            report: dict[str, Any] | None = connection.scalar(select(sweeps.c.report).where(sweeps.c.id == sweep_id))
            return report

    def remove(self, sweep_id: int) -> None:
        """Deletes a sweep with its trials, epochs and events."""
        with self._writing.begin() as connection:
            connection.execute(delete(sweeps).where(sweeps.c.id == sweep_id))


def check_fence(connection: Connection, sweep_id: int, attempt: int) -> SweepRecord:
    """The sweep, locked for this transaction. Raises FencedOut unless `attempt` is its newest and it is not final."""
    try:
        sweep = _locked(connection, sweep_id)
    except NoSuchSweep as deleted:
        raise FencedOut(f"sweep {sweep_id} was deleted") from deleted
    if sweep.attempt != attempt or sweep.state in FINAL:
        raise FencedOut(f"attempt {attempt} of sweep {sweep_id} is over: attempt {sweep.attempt}, {sweep.state}")
    return sweep


def _move(connection: Connection, sweep_id: int, to: SweepState, reason: str | None, changes: dict[str, Any]) -> bool:
    values = dict(changes) | {"state": to}
    if reason is not None:
        values["reason"] = reason
    if to is SweepState.RUNNING:
        values["started_at"] = func.coalesce(sweeps.c.started_at, time.time())
    if to in FINAL:
        values["finished_at"] = time.time()
    allowed = before(to)
    moved = connection.execute(
        update(sweeps).where(sweeps.c.id == sweep_id, sweeps.c.state.in_(allowed)).values(values)
    )
    if moved.rowcount:
        add_event(connection, sweep_id, "sweep.state", {"state": to, "reason": reason})
    return bool(moved.rowcount)


def _one(connection: Connection, sweep_id: int, team_id: int | None = None) -> SweepRecord:
    query = select(*_COLUMNS).where(sweeps.c.id == sweep_id)
    if team_id is not None:
        query = query.where(sweeps.c.team_id == team_id)
    return _only(connection, query, sweep_id)


def _locked(connection: Connection, sweep_id: int) -> SweepRecord:
    """The sweep, which no other transaction changes before this one ends."""
    return _only(connection, select(*_COLUMNS).where(sweeps.c.id == sweep_id).with_for_update(), sweep_id)


def _only(connection: Connection, query: Select[Any], sweep_id: int) -> SweepRecord:
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchSweep(f"there is no sweep {sweep_id}")
    return sweep_record(row)


def sweep_record(row: Row[Any]) -> SweepRecord:
    """The row of a query for SweepRecord's columns."""
    values = row._asdict()
    return SweepRecord(**values | {"state": SweepState(values["state"])})
