"""Somebody can always look after a team, and somebody after all teams: an active admin with a token that is good."""

import time

from sqlalchemy import Connection, func, select

from sweeps.ledger.errors import LastAdmin
from sweeps.ledger.tables import tokens, users
from sweeps.roles import Role, Scope


def check_admins(connection: Connection, team_id: int, name: str, was_operator: bool) -> None:
    """Raises LastAdmin where what was changed about user `name` leaves the team without an active admin who has a good
    token, or the service without an operator."""
    admins = select(func.count()).where(users.c.role == Role.ADMIN, users.c.deactivated_at.is_(None))
    if not connection.scalar(admins.where(users.c.team_id == team_id)):
        raise LastAdmin(f"{name!r} is the team's last active admin; make another user an admin first")
    if was_operator and not connection.scalar(admins.where(users.c.is_operator)):
        raise LastAdmin(f"{name!r} is the service's last operator; make another admin an operator first")
    if not _good_tokens(connection, team_id=team_id):
        raise LastAdmin(
            f"{name!r} has the last token with which an admin can look after the team; make one for another admin "
            "first with `npsweep tokens create NAME --user USER --scope admin`"
        )


def check_revocation(connection: Connection, token_id: int, team_id: int) -> None:
    """Raises LastAdmin where without this token nobody could look after the team, or after all teams."""
    remedy = "make another with `npsweep tokens create NAME --scope admin`, and revoke this one with that"
    if _good_tokens(connection, team_id=team_id) == {token_id}:
        raise LastAdmin(f"token {token_id} is the last with which an admin can look after your team; {remedy}")
    if _good_tokens(connection, is_operator=True) == {token_id}:
        raise LastAdmin(f"token {token_id} is the last with which an operator can look after all teams; {remedy}")


def _good_tokens(connection: Connection, **owner: object) -> set[int]:
    """The tokens of scope admin that active admins like this can call with."""
    held = select(tokens.c.id).join(users, users.c.id == tokens.c.user_id)
    held = held.where(users.c.role == Role.ADMIN, users.c.deactivated_at.is_(None))
    held = held.where(*(users.c[name] == value for name, value in owner.items()))
    is_good = tokens.c.expires_at.is_(None) | (tokens.c.expires_at > time.time())
    held = held.where(tokens.c.scope == Scope.ADMIN, tokens.c.revoked_at.is_(None), is_good)
    return set(connection.scalars(held))
