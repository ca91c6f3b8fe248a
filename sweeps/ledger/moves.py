"""One sweep's row inside a transaction: read, locked, fenced, moved from state to state, ended."""

import time
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, func, literal, select, update

from sweeps.ledger.errors import FencedOut, NoSuchSweep, NotComplete
from sweeps.ledger.events import add_event
from sweeps.ledger.records import SweepHeader, SweepRecord
from sweeps.ledger.stints import end_stints
from sweeps.ledger.tables import members, sweeps, trials
from sweeps.states import ENDED, FINAL, SweepState, TrialState, before

COLUMNS = [sweeps.c[field.name] for field in fields(SweepRecord)]
HEADER_COLUMNS = [sweeps.c[field.name] for field in fields(SweepHeader)]


def check_fence(connection: Connection, sweep_id: int, attempt: int) -> SweepRecord:
    """The sweep, locked for this transaction. Raises FencedOut unless `attempt` is its newest and it is not final."""
    try:
        sweep = locked(connection, sweep_id)
    except NoSuchSweep as deleted:
        raise FencedOut(f"sweep {sweep_id} was deleted") from deleted
    if sweep.attempt != attempt or sweep.state in FINAL:
        raise FencedOut(f"attempt {attempt} of sweep {sweep_id} is over: attempt {sweep.attempt}, {sweep.state}")
    return sweep


def move(connection: Connection, sweep_id: int, to: SweepState, reason: str | None, changes: dict[str, Any]) -> bool:
    """Moves a sweep to `to`, with changes to its row, where that may follow its state; False where it may not."""
    values = dict(changes) | {"state": to, "version": sweeps.c.version + 1}
    if reason is not None:
        values["reason"] = reason
    if to is SweepState.RUNNING:
        values["started_at"] = func.coalesce(sweeps.c.started_at, time.time())
    values |= _run_time(to)
    if to in FINAL:
        values["finished_at"] = time.time()
    allowed = before(to)
    moved = connection.execute(
        update(sweeps).where(sweeps.c.id == sweep_id, sweeps.c.state.in_(allowed)).values(values)
    )
    if moved.rowcount:
        add_event(connection, sweep_id, "sweep.state", {"state": to, "reason": reason})
    return bool(moved.rowcount)


def _run_time(to: SweepState) -> dict[str, Any]:
    """It runs on while it is told to pause or stop. One that was lost ran to its last heartbeat."""
    if to in (SweepState.RUNNING, SweepState.CONFIRMING):
        return {"running_since": func.coalesce(sweeps.c.running_since, time.time())}
    if to in (SweepState.PAUSING, SweepState.STOPPING):
        return {}
    since, until = sweeps.c.running_since, sweeps.c.heartbeat_at if to is SweepState.STARTING else literal(time.time())
    ran = case((until > since, until - since), else_=0.0)
    return {"run_seconds": sweeps.c.run_seconds + ran, "running_since": None}


def change(connection: Connection, sweep_id: int, changes: dict[str, Any]) -> None:
    """What a person changes in a sweep, which becomes another version of it."""
    values = changes | {"version": sweeps.c.version + 1}
    connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(values))


def end(connection: Connection, sweep_id: int, to: SweepState, reason: str | None, changes: dict[str, Any]) -> bool:
    """Moves a sweep to a final state, and with it every trial and network that has no outcome yet; False where it
    cannot follow. Raises NotComplete for a sweep that would be completed with less than its budget."""
    if to is SweepState.COMPLETED:
        _check_budget(connection, locked(connection, sweep_id))
    sweep = locked(connection, sweep_id)
    can_follow = sweep.state in before(to)
    if can_follow:
        for table, marks in ((trials, {"finished_at": time.time()}), (members, {})):
            unfinished = table.c.state.in_((TrialState.WAITING, TrialState.RUNNING))
            mine = update(table).where(table.c.sweep_id == sweep_id, unfinished)
            connection.execute(mine.values(marks | {"state": TrialState.STOPPED}))
        end_stints(connection, sweep_id, sweep.heartbeat_at)
        move(connection, sweep_id, to, reason, changes)  # last: readers wait only so long for who has written an event
    return can_follow


def _check_budget(connection: Connection, sweep: SweepRecord) -> None:
    mine = select(func.count()).where(trials.c.sweep_id == sweep.id, trials.c.state.in_(ENDED))
    ended, budget = connection.scalar(mine) or 0, len(sweep.spec["compare"]) * sweep.spec["budget"]["trials"]
    if ended != budget:
        raise NotComplete(f"sweep {sweep.id} has {ended} trials with an outcome, and a budget of {budget}")


def one(connection: Connection, sweep_id: int, team_id: int | None = None) -> SweepRecord:
    """The sweep; of this team, where one is given. Raises NoSuchSweep."""
    if team_id is None:
        return _only(connection, _ONE, sweep_id)
    return _only(connection, _ONE_OF_TEAM, sweep_id, team=team_id)


def locked(connection: Connection, sweep_id: int) -> SweepRecord:
    """The sweep, which no other transaction changes before this one ends."""
    return _only(connection, _ONE_LOCKED, sweep_id)


_ONE = select(*COLUMNS).where(sweeps.c.id == bindparam("sweep"))
_ONE_OF_TEAM = _ONE.where(sweeps.c.team_id == bindparam("team"))
_ONE_LOCKED = _ONE.with_for_update()
"""Made once: nearly every request asks one of them."""


def _only(connection: Connection, query: Select[Any], sweep_id: int, **values: object) -> SweepRecord:
    row = connection.execute(query, {"sweep": sweep_id} | values).one_or_none()
    if row is None:
        raise NoSuchSweep(f"there is no sweep {sweep_id}")
    return sweep_record(row)


def sweep_record(row: Row[*tuple[Any, ...]]) -> SweepRecord:
    """The row of a query for SweepRecord's columns."""
    return SweepRecord(*row[:-1], spec=row[-1])


def sweep_header(row: Row[*tuple[Any, ...]]) -> SweepHeader:
    """The row of a query for SweepHeader's columns."""
    return SweepHeader(*row)
