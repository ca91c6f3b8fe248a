"""Who did what: one row a request that changed something, or was refused for its caller's role."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from sweeps.ledger.engine import Reader, Writer
from sweeps.ledger.ordering import NEWEST_FIRST, Order, ordered
from sweeps.ledger.plain import plain_text
from sweeps.ledger.records import Caller
from sweeps.ledger.tables import audit, users

LONGEST_ACTION, LONGEST_TARGET, LONGEST_REQUEST_ID = 60, 200, 64
MOST_FORGOTTEN = 1_000
"""Rows that are deleted in one transaction."""


@dataclass(frozen=True)
class AuditRecord:
    """One entry of a team's log."""

    id: int
    at: float
    user_id: int
    user: str
    token_id: int | None
    action: str
    """The operation's name in the API's document."""
    target: str
    """The address that it was sent to."""
    status: int
    request_id: str
    changes: dict[str, list[Any]] | None
    """By field, what it was and what it has become; None for a row of an earlier version."""


class AuditLog:
    """Rows are added, never changed, and go when they are as old as an operator wants to keep them."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def add(
        self,
        caller: Caller,
        action: str,
        target: str,
        status: int,
        request_id: str,
        changes: Mapping[str, Sequence[Any]] = MappingProxyType({}),
    ) -> None:
        """Writes what the caller did. `target` and `changes` must hold no secret."""
        row = {
            "at": time.time(),
            "team_id": caller.team_id,
            "user_id": caller.user_id,
            "token_id": caller.token_id,
            "action": action[:LONGEST_ACTION],
            "target": plain_text(target)[:LONGEST_TARGET],
            "status": status,
            "request_id": request_id[:LONGEST_REQUEST_ID],
            "changes": {name: list(pair) for name, pair in changes.items()},
        }
        with self._writing.begin() as connection:
            connection.execute(insert(audit).values(row))

    def forget(self, before: float) -> bool:
        """Deletes the oldest rows, of all teams, where they are from before a time; whether there may be more."""
        oldest = select(audit.c.id, audit.c.at).order_by(audit.c.id).limit(MOST_FORGOTTEN).subquery()
        old = select(oldest.c.id).where(oldest.c.at < before)
        with self._writing.begin() as connection:
            return connection.execute(delete(audit).where(audit.c.id.in_(old))).rowcount == MOST_FORGOTTEN

    def page(
        self,
        team_id: int,
        limit: int,
        order: Order = NEWEST_FIRST,
        user: str | None = None,
        action: str | None = None,
        since: float | None = None,
        until: float | None = None,
    ) -> list[AuditRecord]:
        """The team's log, in time; of one user by name, one action, since a time, or before one."""
        told = (audit.c.action, audit.c.target, audit.c.status, audit.c.request_id, audit.c.changes)
        query = (
            select(audit.c.id, audit.c.at, audit.c.user_id, users.c.name.label("user"), audit.c.token_id, *told)
            .join(users, users.c.id == audit.c.user_id)
            .where(audit.c.team_id == team_id)
        )
        if user is not None:
            query = query.where(users.c.name == plain_text(user))
        if action is not None:
            query = query.where(audit.c.action == plain_text(action))
        if since is not None:
            query = query.where(audit.c.at >= since)
        if until is not None:
            query = query.where(audit.c.at < until)
        query = ordered(query, [audit.c.id], order.descending, order.after)
        with self._reading.connect() as connection:
            rows = connection.execute(query.limit(limit))
            return [AuditRecord(**row._mapping) for row in rows]
