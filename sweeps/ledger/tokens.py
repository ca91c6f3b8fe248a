"""API tokens. A secret is shown once; the ledger keeps its SHA-256 and how it begins."""

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Select, insert, select, update

from sweeps.ledger.engine import Reader, Writer, one_at_a_time
from sweeps.ledger.errors import NoSuchToken, UserDeactivated
from sweeps.ledger.last_admin import check_revocation
from sweeps.ledger.noting import note, note_made
from sweeps.ledger.once import mark, refuse_second_secret
from sweeps.ledger.ordering import NEWEST_FIRST, Order, ordered
from sweeps.ledger.tables import tokens, users
from sweeps.roles import Scope

TOKEN_PREFIX = "nps_"  # noqa: S105 - how a token begins, so that secret scanners can find a leaked one
HINT_LENGTH = len(TOKEN_PREFIX) + 4
ORDERS = {"created": [tokens.c.id], "name": [tokens.c.name, tokens.c.id]}


@dataclass(frozen=True)
class TokenRecord:
    """A token without its secret. Times are seconds since 1970."""

    id: int
    user_id: int
    user: str
    name: str
    scope: Scope
    hint: str | None
    """Its first characters, by which its owner knows it; None for one of an earlier version."""
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    last_used_at: float | None


@dataclass(frozen=True)
class NewToken:
    """A token at the only moment at which its secret is known."""

    record: TokenRecord
    secret: str = field(repr=False)


class Tokens:
    """Who holds which token."""

    def __init__(self, engine: Engine) -> None:
        self._reading = Reader(engine)
        self._writing = Writer(engine)

    def add(self, user_id: int, name: str, scope: Scope, expires_at: float | None = None) -> NewToken:
        """One more token for a user, once under a key. Raises UserDeactivated."""
        with self._writing.begin() as connection:
            refuse_second_secret(connection)
            owner = connection.execute(select(users).where(users.c.id == user_id)).one()
            if owner.deactivated_at is not None:
                raise UserDeactivated(f"user {owner.name!r} is deactivated; reactivate them before they get a token")
            new = add_token(connection, user_id, name, scope, expires_at)
            mark(connection, new.record.id)
            note_made(id=new.record.id, name=name, user=owner.name, scope=scope)
            return new

    def get(self, token_id: int, team_id: int) -> TokenRecord:
        """A token of the team's. Raises NoSuchToken."""
        with self._reading.connect() as connection:
            row = connection.execute(_of(team_id).where(tokens.c.id == token_id)).one_or_none()
        if row is None:
            raise NoSuchToken(f"there is no token {token_id}")
        return TokenRecord(*row)

    def page(
        self,
        team_id: int,
        limit: int,
        order: Order = NEWEST_FIRST,
        user_id: int | None = None,
        scope: Scope | None = None,
        ended: bool = False,
    ) -> list[TokenRecord]:
        """The team's tokens, or one user's, or of one scope; with `ended` also those that were revoked or have
        expired."""
        query = ordered(_of(team_id), ORDERS[order.key], order.descending, order.after)
        if user_id is not None:
            query = query.where(tokens.c.user_id == user_id)
        if scope is not None:
            query = query.where(tokens.c.scope == scope)
        if not ended:
            query = query.where(
                tokens.c.revoked_at.is_(None), tokens.c.expires_at.is_(None) | (tokens.c.expires_at > time.time())
            )
        with self._reading.connect() as connection:
            return [TokenRecord(*row) for row in connection.execute(query.limit(limit))]

    def revoke(self, token_id: int, team_id: int) -> TokenRecord:
        """Ends a token of the team's at once and for good; one that was revoked stays as it is.

        Raises NoSuchToken, or LastAdmin where nobody could look after the team, or all teams, without it.
        """
        mine = tokens.c.user_id.in_(select(users.c.id).where(users.c.team_id == team_id))
        with self._writing.begin() as connection:
            one_at_a_time(connection)  # two admins who revoke each other's at the same time would both succeed
            check_revocation(connection, token_id, team_id)
            connection.execute(
                update(tokens)
                .where(tokens.c.id == token_id, mine, tokens.c.revoked_at.is_(None))
                .values(revoked_at=time.time())
            )
        ended = self.get(token_id, team_id)
        note({"name": ended.name, "user": ended.user, "scope": ended.scope}, {})
        return ended


def add_token(
    connection: Connection, user_id: int, name: str, scope: Scope = Scope.ADMIN, expires_at: float | None = None
) -> NewToken:
    """Writes a fresh token inside a transaction."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = {
        "user_id": user_id,
        "name": name,
        "hash": hashed(secret),
        "hint": secret[:HINT_LENGTH],
        "scope": scope,
        "created_at": time.time(),
        "expires_at": expires_at,
    }
    token_id = connection.execute(insert(tokens).values(row).returning(tokens.c.id)).scalar_one()
    return NewToken(TokenRecord(*connection.execute(_all().where(tokens.c.id == token_id)).one()), secret)


def hashed(secret: str) -> str:
    """What the ledger keeps of a secret: 256 random bits need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _all() -> Select[Any]:
    columns = (tokens.c.scope, tokens.c.hint, tokens.c.created_at, tokens.c.expires_at, tokens.c.revoked_at)
    query = select(
        tokens.c.id, tokens.c.user_id, users.c.name.label("user"), tokens.c.name, *columns, tokens.c.last_used_at
    )
    return query.join(users, users.c.id == tokens.c.user_id)


def _of(team_id: int) -> Select[Any]:
    return _all().where(users.c.team_id == team_id)
