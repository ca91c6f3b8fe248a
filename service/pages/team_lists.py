"""The lists on the team's page, and what the caller may change in them."""

from collections.abc import Callable
from dataclasses import dataclass

from service.answers.account_views import TokenView, UserView
from service.answers.describe_accounts import token_view, user_view
from service.permissions import check_changes, check_end_of_token, check_operator, check_over, check_role
from service.problems.refusals import NotAllowed
from sweeps.ledger import Ledger
from sweeps.ledger.records import Caller
from sweeps.ledger.tokens import TokenRecord
from sweeps.ledger.users import UserRecord
from sweeps.roles import Role, Scope

MOST = 200
"""Of each; the command line shows all."""


@dataclass(frozen=True)
class UserRow:
    user: UserView
    can_change: bool


@dataclass(frozen=True)
class TokenRow:
    token: TokenView
    is_own: bool
    is_this: bool
    """The one that the session stands for."""
    can_revoke: bool


@dataclass(frozen=True)
class TeamLists:
    users: list[UserRow]
    tokens: list[TokenRow]
    is_admin: bool
    is_operator: bool
    is_everyones: bool
    """Whether these are all the team's tokens."""
    scopes: list[Scope]
    """Of the tokens that the caller can make; empty where they can make none."""
    roles: list[Role]
    are_cut: bool
    """Whether there are more than are shown."""


def team_lists(caller: Caller, ledger: Ledger, everyone: bool) -> TeamLists:
    """Raises NotAllowed where others' tokens are asked for by who is no admin."""
    if everyone:
        check_role(caller, Role.ADMIN)
    users = ledger.users.page(caller.team_id, MOST + 1)
    tokens = ledger.tokens.page(caller.team_id, MOST + 1, user_id=None if everyone else caller.user_id)
    owners = {user.id: user for user in users}
    return TeamLists(
        users=[UserRow(user_view(user), _can_change(caller, user)) for user in users[:MOST]],
        tokens=[_token_row(caller, token, owners.get(token.user_id)) for token in tokens[:MOST]],
        is_admin=_is_fine(lambda: check_role(caller, Role.ADMIN)),
        is_operator=_is_fine(lambda: check_operator(caller)),
        is_everyones=everyone,
        scopes=[scope for scope in Scope if caller.scope.includes(scope)] if _can_make(caller) else [],
        roles=list(Role),
        are_cut=len(users) > MOST or len(tokens) > MOST,
    )


def _token_row(caller: Caller, token: TokenRecord, owner: UserRecord | None) -> TokenRow:
    can_revoke = owner is not None and _is_fine(lambda: check_end_of_token(caller, token, owner))
    return TokenRow(token_view(token), token.user_id == caller.user_id, token.id == caller.token_id, can_revoke)


def _can_change(caller: Caller, user: UserRecord) -> bool:
    return _is_fine(lambda: check_over(caller, user))


def _can_make(caller: Caller) -> bool:
    return _is_fine(lambda: check_changes(caller))


def _is_fine(check: Callable[[], None]) -> bool:
    """Only decides which buttons are shown: what they do is checked again."""
    try:
        check()
    except NotAllowed:
        return False
    return True
