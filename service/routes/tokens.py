"""API tokens: made, listed, revoked."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query

from service.answers.account_lists import NewestFirst
from service.answers.account_views import NewTokenView, TokenRequest, TokenView
from service.answers.describe_accounts import new_token_view, token_view
from service.answers.paging import Limit, page_of
from service.answers.views import Page
from service.dependencies import BIGGEST_ID, KnownCaller, TheLedger
from service.permissions import check_changes, check_end_of_token, check_new_token, check_role, end_of_new_token
from service.routes.refusals import refusals
from sweeps.ledger.records import Caller
from sweeps.roles import Role, Scope

router = APIRouter(prefix="/tokens", tags=["accounts"])

TokenId = Annotated[int, Path(ge=1, le=BIGGEST_ID, description="The token's id.", examples=[3])]
OfUser = Annotated[
    int | None, Query(ge=1, le=BIGGEST_ID, description="Those of this user, by id; an admin sees the team's users'.")
]


async def own_writing_caller(caller: KnownCaller) -> Caller:
    """A caller whose token may change something of their own, whatever their role. Raises NotAllowed."""
    check_changes(caller)
    return caller


@router.get("", responses=refusals(401, 403, 404, 422))
def list_tokens(
    caller: KnownCaller,
    ledger: TheLedger,
    asked: NewestFirst,
    limit: Limit = 50,
    user: OfUser = None,
    everyone: Annotated[bool, Query(description="Those of all users of the team, for an admin.")] = False,
    scope: Annotated[Scope | None, Query(description="Only those of this scope.")] = None,
    ended: Annotated[bool, Query(description="Also those that were revoked or have expired.")] = False,
) -> Page[TokenView]:
    """Your tokens, newest first, without their secrets."""
    owner = None if everyone else ledger.users.get(user or caller.user_id, caller.team_id).id
    if owner != caller.user_id:
        check_role(caller, Role.ADMIN)
    rows = ledger.tokens.page(caller.team_id, limit + 1, asked.order, owner, scope, ended)
    return page_of(rows, limit, token_view, asked.place, asked.sort)


@router.post("", status_code=201, responses=refusals(400, 401, 403, 404, 409, 413, 415, 422))
def create_token(
    caller: Annotated[Caller, Depends(own_writing_caller)], ledger: TheLedger, wanted: Annotated[TokenRequest, Body()]
) -> NewTokenView:
    """Makes a token and shows its secret this once. It may do at most what the token that asks may do, and expires no
    later."""
    owner = ledger.users.get(wanted.user or caller.user_id, caller.team_id)
    check_new_token(caller, owner, wanted.scope)
    own_end = ledger.tokens.get(caller.token_id, caller.team_id).expires_at
    ends_at = end_of_new_token(own_end, wanted.ends_at())
    return new_token_view(ledger.tokens.add(owner.id, wanted.name, wanted.scope, ends_at))


@router.delete("/{token_id}", responses=refusals(401, 403, 404, 409, 422))
def revoke_token(caller: KnownCaller, ledger: TheLedger, token_id: TokenId) -> TokenView:
    """Ends a token at once and for good: one of yours, or as an admin one of the team's. A token may end itself;
    the last with which an admin can look after the team, or an operator after all teams, stays."""
    token = ledger.tokens.get(token_id, caller.team_id)
    check_end_of_token(caller, token, ledger.users.get(token.user_id, caller.team_id))
    return token_view(ledger.tokens.revoke(token_id, caller.team_id))
