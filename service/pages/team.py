"""The team's page: its quotas and use, who belongs to it, and their tokens."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from service.answers.account_views import NewTokenView, TokenRequest, UserChanges, UserRequest
from service.answers.describe import usage_view, utc
from service.control.sharing import month_began
from service.dependencies import TheLedger
from service.pages.dependencies import AdminPageCaller, PageCaller
from service.pages.forms import TheForm, whole
from service.pages.refusals import refusal_said
from service.pages.team_lists import team_lists
from service.pages.templating import page
from service.permissions import check_changes
from service.problems.refusals import NotAllowed
from service.routes import teams, tokens, users
from service.routes.tokens import TokenId
from service.routes.users import UserId
from sweeps.ledger import Ledger
from sweeps.ledger.errors import LastAdmin, NameTaken, UserDeactivated
from sweeps.ledger.records import Caller

router = APIRouter(include_in_schema=False)

REFUSED = (NotAllowed, LastAdmin, NameTaken, UserDeactivated)
"""What is said on the page itself, beside what was tried."""


@router.get("/team")
def show_team(request: Request, caller: PageCaller, ledger: TheLedger, everyone: bool = False) -> Response:
    """`everyone`: an admin sees all the team's tokens."""
    return _team(request, caller, ledger, everyone)


@router.post("/team/tokens")
def create_token(request: Request, caller: PageCaller, ledger: TheLedger, form: TheForm) -> Response:
    """Shows the token this once."""
    wanted = {"name": form.get("name", "").strip(), "scope": form.get("scope"), "days": whole(form.get("days"))}
    try:
        check_changes(caller)
        new = tokens.create_token(caller, ledger, TokenRequest.model_validate(wanted))
    except (ValidationError, *REFUSED) as error:
        return _refused(request, caller, ledger, error, wanted)
    return _made(request, new)


@router.post("/team/tokens/{token_id}/revoke")
def revoke_token(request: Request, caller: PageCaller, ledger: TheLedger, token_id: TokenId) -> Response:
    try:
        tokens.revoke_token(caller, ledger, token_id)
    except REFUSED as error:
        return _refused(request, caller, ledger, error)
    return RedirectResponse("/team#tokens", 303)


@router.post("/team/users")
def create_user(request: Request, caller: AdminPageCaller, ledger: TheLedger, form: TheForm) -> Response:
    """Shows their first token this once."""
    wanted = {"name": form.get("name", "").strip(), "role": form.get("role")}
    try:
        new = users.create_user(caller, ledger, UserRequest.model_validate(wanted))
    except (ValidationError, *REFUSED) as error:
        return _refused(request, caller, ledger, error, wanted)
    return _made(request, new.token)


@router.post("/team/users/{user_id}")
def change_user(
    request: Request, caller: AdminPageCaller, ledger: TheLedger, user_id: UserId, form: TheForm
) -> Response:
    """Another role, or whether their tokens are accepted."""
    wanted: dict[str, Any] = {"role": form.get("role")}
    if "is_active" in form:
        wanted["is_active"] = form["is_active"] == "true"
    user = ledger.users.get(user_id, caller.team_id)
    try:
        users.change_user(caller, user, ledger, UserChanges.model_validate(wanted))
    except (ValidationError, *REFUSED) as error:
        return _refused(request, caller, ledger, error, wanted)
    return RedirectResponse("/team#users", 303)


def _made(request: Request, token: NewTokenView) -> Response:
    return page(request, "token_made.html", status=201, token=token, onwards="/team#tokens")


def _team(
    request: Request, caller: Caller, ledger: Ledger, everyone: bool = False, refusal: str = "", status: int = 200
) -> Response:
    began = month_began()
    context: dict[str, Any] = {
        "team": teams.show_team(caller, ledger),
        "usage": usage_view(caller.team, utc(began), ledger.usage.of_team(caller.team_id, began)),
        "lists": team_lists(caller, ledger, everyone),
        "refusal": refusal,
    }
    return page(request, "team.html", status=status, **context)


def _refused(
    request: Request, caller: Caller, ledger: Ledger, error: Exception, sent: dict[str, Any] | None = None
) -> Response:
    """The page again, with what is wrong."""
    said, status = refusal_said(error, sent)
    return _team(request, caller, ledger, refusal=said, status=status)
