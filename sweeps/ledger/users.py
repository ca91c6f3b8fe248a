"""Users: each belongs to one team, in which they have a role."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from sweeps.ledger.engine import Reader, Writer, one_at_a_time
from sweeps.ledger.errors import NameTaken, NoSuchUser
from sweeps.ledger.last_admin import check_admins
from sweeps.ledger.noting import note, note_made
from sweeps.ledger.once import mark, refuse_second_secret
from sweeps.ledger.ordering import Order, ordered
from sweeps.ledger.plain import plain_text
from sweeps.ledger.tables import users
from sweeps.ledger.tokens import NewToken, add_token
from sweeps.roles import Role


@dataclass(frozen=True)
class UserRecord:
    """One user. Times are seconds since 1970."""

    id: int
    team_id: int
    name: str
    role: Role
    is_operator: bool
    """Whether they look after the service for all teams, as long as they are an admin."""
    created_at: float
    deactivated_at: float | None
    """Since when their tokens are refused; None where they may call."""


@dataclass(frozen=True)
class UserChange:
    """What is to become other about a user; None stays as it is."""

    role: Role | None = None
    active: bool | None = None
    is_operator: bool | None = None


COLUMNS = [users.c[field.name] for field in fields(UserRecord)]
ORDERS = {"created": [users.c.id], "name": [users.c.name, users.c.id]}


class Users:
    """Who belongs to which team."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def add(self, team_id: int, name: str, role: Role, expires_at: float | None = None) -> tuple[UserRecord, NewToken]:
        """A new user of the team with a first token, once under a key. Raises NameTaken."""
        try:
            with self._writing.begin() as connection:
                refuse_second_secret(connection)
                user, token = add_user(connection, team_id, name, role, expires_at=expires_at)
                mark(connection, user.id)
                note_made(id=user.id, name=name, role=role)
                return user, token
        except IntegrityError as error:
            raise NameTaken(f"your team has a user {name!r} already; choose another name") from error

    def get(self, user_id: int, team_id: int) -> UserRecord:
        """A user of the team's. Raises NoSuchUser."""
        with self._reading.connect() as connection:
            return _one(connection, user_id, team_id)

    def names(self, user_ids: Sequence[int]) -> dict[int, str]:
        """What these users are called, by id."""
        query = select(users.c.id, users.c.name).where(users.c.id.in_(user_ids))
        with self._reading.connect() as connection:
            return {row.id: row.name for row in connection.execute(query)}

    def page(
        self,
        team_id: int,
        limit: int,
        order: Order = Order(),  # noqa: B008 - it cannot change
        name: str | None = None,
        role: Role | None = None,
        active: bool | None = None,
    ) -> list[UserRecord]:
        """The team's users; with a name only the one of that name, else of this role, only active or only others."""
        query = select(*COLUMNS).where(users.c.team_id == team_id)
        if name is not None:
            query = query.where(users.c.name == plain_text(name))
        if role is not None:
            query = query.where(users.c.role == role)
        if active is not None:
            query = query.where(users.c.deactivated_at.is_(None) == active)
        query = ordered(query, ORDERS[order.key], order.descending, order.after)
        with self._reading.connect() as connection:
            return [UserRecord(*row) for row in connection.execute(query.limit(limit))]

    def change(self, user_id: int, team_id: int, wanted: UserChange) -> UserRecord:
        """Changes a user of the team's. Raises NoSuchUser, or LastAdmin where the team would have no active admin left,
        or the service no active operator."""
        with self._writing.begin() as connection:
            one_at_a_time(connection)  # two admins who demote each other at the same time would both succeed
            before = _one(connection, user_id, team_id)
            values = {
                "role": wanted.role or before.role,
                "is_operator": before.is_operator if wanted.is_operator is None else wanted.is_operator,
                "deactivated_at": _deactivated_at(before, wanted.active),
            }
            connection.execute(update(users).where(users.c.id == user_id).values(values))
            check_admins(connection, team_id, before.name, before.is_operator)
            after = _one(connection, user_id, team_id)
            note(_noted(before), _noted(after))
            return after


def add_user(
    connection: Connection,
    team_id: int,
    name: str,
    role: Role,
    is_operator: bool = False,
    expires_at: float | None = None,
) -> tuple[UserRecord, NewToken]:
    """Writes a user with a first token inside a transaction."""
    row = {"team_id": team_id, "name": name, "role": role, "is_operator": is_operator, "created_at": time.time()}
    user_id = connection.execute(insert(users).values(row).returning(users.c.id)).scalar_one()
    return _one(connection, user_id, team_id), add_token(connection, user_id, "first", expires_at=expires_at)


def active_counts(connection: Connection, team_ids: list[int]) -> dict[int, int]:
    """How many users of each team may call."""
    query = select(users.c.team_id, func.count()).where(users.c.team_id.in_(team_ids), users.c.deactivated_at.is_(None))
    return {row[0]: row[1] for row in connection.execute(query.group_by(users.c.team_id))}


def _noted(user: UserRecord) -> dict[str, object]:
    return {"role": user.role, "is_operator": user.is_operator, "is_active": user.deactivated_at is None}


def _deactivated_at(before: UserRecord, active: bool | None) -> float | None:
    if active is None:
        return before.deactivated_at
    return None if active else before.deactivated_at or time.time()


def _one(connection: Connection, user_id: int, team_id: int) -> UserRecord:
    query = select(*COLUMNS).where(users.c.id == user_id, users.c.team_id == team_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchUser(f"there is no user {user_id}")
    return UserRecord(*row)
