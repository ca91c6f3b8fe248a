"""Teams, users and their tokens. A token is shown once; the ledger keeps its SHA-256."""

import hashlib
import secrets
import time

from sqlalchemy import Connection, Engine, func, insert, select, update

from sweeps.ledger.engine import Reader, Writer, one_at_a_time
from sweeps.ledger.records import Caller
from sweeps.ledger.tables import teams, tokens, users

TOKEN_PREFIX = "nps_"  # noqa: S105 - how a token begins, so that secret scanners can find a leaked one
LAST_USED_RESOLUTION_SECONDS = 60.0


class Accounts:
    """Who may call."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def first_admin(self) -> str | None:
        """Makes the default team with an administrator and returns the token; None where a user exists already."""
        with self._writing.begin() as connection:
            one_at_a_time(connection)
            if connection.scalar(select(func.count()).select_from(users)):
                return None
            return _add_user(connection, _add_team(connection, "default"), "admin", "admin", is_operator=True)

    def add_team(self, team: str, user: str, role: str = "admin") -> str:
        """Makes a team with its first user and returns that user's token."""
        with self._writing.begin() as connection:
            return _add_user(connection, _add_team(connection, team), user, role)

    def new_token(self, user: str, name: str) -> str:
        """One more token for a user. Raises LookupError where there is none of that name."""
        with self._writing.begin() as connection:
            user_id = connection.scalar(select(users.c.id).where(users.c.name == user).order_by(users.c.id))
            if user_id is None:
                raise LookupError(f"there is no user {user!r}")
            return _add_token(connection, user_id, name)

    def caller(self, token: str) -> Caller | None:
        """Whose token this is; None for one that is unknown, revoked or expired."""
        now = time.time()
        query = (
            select(
                users.c.team_id,
                teams.c.name.label("team"),
                users.c.id.label("user_id"),
                users.c.name.label("user"),
                users.c.role,
                users.c.is_operator,
                tokens.c.id.label("token_id"),
                tokens.c.last_used_at,
            )
            .join(users, users.c.id == tokens.c.user_id)
            .join(teams, teams.c.id == users.c.team_id)
            .where(tokens.c.hash == _hash(token), tokens.c.revoked_at.is_(None))
            .where(tokens.c.expires_at.is_(None) | (tokens.c.expires_at > now))
        )
        with self._reading.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        if row.last_used_at is None or now - row.last_used_at > LAST_USED_RESOLUTION_SECONDS:
            with self._writing.begin() as connection:
                connection.execute(update(tokens).where(tokens.c.id == row.token_id).values(last_used_at=now))
        return Caller(row.team_id, row.team, row.user_id, row.user, row.role, row.is_operator)


def _add_team(connection: Connection, name: str) -> int:
    statement = insert(teams).values(name=name, created_at=time.time()).returning(teams.c.id)
    return int(connection.execute(statement).scalar_one())


def _add_user(connection: Connection, team_id: int, name: str, role: str, is_operator: bool = False) -> str:
    row = {"team_id": team_id, "name": name, "role": role, "is_operator": is_operator, "created_at": time.time()}
    statement = insert(users).values(row).returning(users.c.id)
    return _add_token(connection, int(connection.execute(statement).scalar_one()), "first")


def _add_token(connection: Connection, user_id: int, name: str) -> str:
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = {"user_id": user_id, "name": name, "hash": _hash(token), "created_at": time.time()}
    connection.execute(insert(tokens).values(row))
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
