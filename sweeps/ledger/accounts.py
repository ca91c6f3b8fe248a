"""Who may call: the first administrator, and whose token a secret is."""

import time
from typing import Any

from sqlalchemy import Engine, Row, bindparam, func, select, update

from sweeps.ledger.engine import Reader, Writer, one_at_a_time
from sweeps.ledger.records import Caller
from sweeps.ledger.tables import teams, tokens, users
from sweeps.ledger.teams import add_team
from sweeps.ledger.tokens import add_token, hashed
from sweeps.ledger.users import add_user
from sweeps.roles import Role, capped

LAST_USED_RESOLUTION_SECONDS = 60.0


class Accounts:
    """The door that every request goes through; teams, users and tokens are looked after in files of their own."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def first_admin(self) -> str | None:
        """Makes the default team with an administrator, who is an operator too, and returns the token; None where a
        user exists already."""
        with self._writing.begin() as connection:
            one_at_a_time(connection)
            if connection.scalar(select(func.count()).select_from(users)):
                return None
            team_id = add_team(connection, "default")
            _, token = add_user(connection, team_id, "admin", Role.ADMIN, is_operator=True)
            return token.secret

    def add_team(self, team: str, user: str, role: str = "admin") -> str:
        """Makes a team with its first user and returns that user's token."""
        with self._writing.begin() as connection:
            _, token = add_user(connection, add_team(connection, team), user, Role(role))
            return token.secret

    def new_token(self, user: str, name: str) -> str:
        """One more token for a user. Raises LookupError where there is none of that name."""
        with self._writing.begin() as connection:
            user_id = connection.scalar(select(users.c.id).where(users.c.name == user).order_by(users.c.id))
            if user_id is None:
                raise LookupError(f"there is no user {user!r}")
            return add_token(connection, user_id, name).secret

    def recover(self, team: str, user: str | None, name: str) -> str:
        """One more token of every right for an active admin of the team, the first of them where none is named.

        Raises LookupError where there is no such team or admin; it says which there are.
        """
        admins = select(users.c.id, users.c.name).join(teams, teams.c.id == users.c.team_id).order_by(users.c.id)
        admins = admins.where(teams.c.name == team, users.c.role == Role.ADMIN, users.c.deactivated_at.is_(None))
        with self._writing.begin() as connection:
            found = {row.name: row.id for row in connection.execute(admins)}
            if not found:
                known = ", ".join(connection.scalars(select(teams.c.name).order_by(teams.c.id)))
                raise LookupError(f"there is no team {team!r}; there are: {known}")
            if user is not None and user not in found:
                raise LookupError(f"team {team} has no active admin {user!r}; its admins are: {', '.join(found)}")
            return add_token(connection, found[user] if user else next(iter(found.values())), name).secret

    def caller(self, token: str) -> Caller | None:
        """Whose token this is; None for one that is unknown, revoked, expired, or of a deactivated user."""
        with self._reading.connect() as connection:
            row = connection.execute(_BY_TOKEN, {"hash": hashed(token), "now": time.time()}).one_or_none()
        return None if row is None else caller_in(row)

    def was_used(self, caller: Caller) -> None:
        """Writes down when the caller's token was used; worth doing where `is_use_known` is false."""
        with self._writing.begin() as connection:
            connection.execute(update(tokens).where(tokens.c.id == caller.token_id).values(last_used_at=time.time()))


def is_use_known(caller: Caller) -> bool:
    """Whether the ledger knows already that the caller's token is in use, to the minute."""
    known = caller.last_used_at
    return known is not None and time.time() - known <= LAST_USED_RESOLUTION_SECONDS


def caller_in(row: Row[*tuple[Any, ...]]) -> Caller:
    """From a row of `HOLDERS`."""
    role = capped(row.role, row.scope)
    is_operator = row.is_operator and role is Role.ADMIN
    user = (row.team_id, row.team, row.user_id, row.user)
    return Caller(*user, role, is_operator, row.token_id, row.scope, row.last_used_at)


HOLDERS = (
    select(
        users.c.team_id,
        teams.c.name.label("team"),
        users.c.id.label("user_id"),
        users.c.name.label("user"),
        users.c.role,
        users.c.is_operator,
        tokens.c.id.label("token_id"),
        tokens.c.scope,
        tokens.c.last_used_at,
    )
    .join(users, users.c.id == tokens.c.user_id)
    .join(teams, teams.c.id == users.c.team_id)
    .where(tokens.c.revoked_at.is_(None), users.c.deactivated_at.is_(None))
    .where(tokens.c.expires_at.is_(None) | (tokens.c.expires_at > bindparam("now")))
)
"""Whose tokens are good at the time `now`."""
_BY_TOKEN = HOLDERS.where(tokens.c.hash == bindparam("hash"))
"""Made once: every request asks it."""
