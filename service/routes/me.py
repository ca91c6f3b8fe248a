"""Who the caller is."""

from fastapi import APIRouter

from service.answers.account_views import MeView
from service.answers.describe_accounts import me_view
from service.dependencies import KnownCaller, TheLedger
from service.routes.refusals import refusals

router = APIRouter(tags=["accounts"])


@router.get("/me", responses=refusals(401))
def show_me(caller: KnownCaller, ledger: TheLedger) -> MeView:
    """The user, team and token of this request, and what the token lets them do."""
    return me_view(caller, ledger.tokens.get(caller.token_id, caller.team_id))
