"""The page of who is signed in."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.answers.describe_accounts import me_view
from service.dependencies import TheLedger
from service.pages.dependencies import PageCaller
from service.pages.templating import page

router = APIRouter(include_in_schema=False)


@router.get("/me")
def show_me(request: Request, caller: PageCaller, ledger: TheLedger) -> Response:
    return page(request, "me.html", me=me_view(caller, ledger.tokens.get(caller.token_id, caller.team_id)))
