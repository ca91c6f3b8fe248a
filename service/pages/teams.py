"""The page of all teams, for operators: their quotas and use, and new teams."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from service.answers.account_views import QuotaChanges, TeamRequest
from service.answers.describe_accounts import team_views
from service.dependencies import TheLedger
from service.pages.dependencies import OperatorPageCaller
from service.pages.forms import TheForm, real, whole
from service.pages.refusals import refusal_said
from service.pages.templating import page
from service.routes import teams
from service.routes.teams import TeamId
from sweeps.ledger import Ledger
from sweeps.ledger.errors import NameTaken

router = APIRouter(prefix="/teams", include_in_schema=False)

MOST = 200
"""The command line shows all."""


@router.get("")
def list_teams(request: Request, _caller: OperatorPageCaller, ledger: TheLedger) -> Response:
    return _teams(request, ledger)


@router.post("")
def create_team(request: Request, caller: OperatorPageCaller, ledger: TheLedger, form: TheForm) -> Response:
    """Shows its first admin's token this once."""
    wanted = {"name": form.get("name", "").strip(), "admin": form.get("admin", "").strip()}
    try:
        made = teams.create_team(caller, ledger, TeamRequest.model_validate(wanted))
    except (ValidationError, NameTaken) as error:
        return _teams(request, ledger, *refusal_said(error, wanted))
    return page(request, "token_made.html", status=201, token=made.token, onwards="/teams")


@router.post("/{team_id}")
def change_team(
    request: Request, _caller: OperatorPageCaller, ledger: TheLedger, team_id: TeamId, form: TheForm
) -> Response:
    """A limit that was left empty is none. Raises NoSuchTeam."""
    team = ledger.teams.get(team_id)
    wanted: dict[str, Any] = {name: whole(form.get(name)) for name in ("max_lanes", "max_queued")}
    wanted |= {name: real(form.get(name)) for name in ("weight", "max_device_hours")}
    try:
        teams.change_team(team, ledger, QuotaChanges.model_validate(wanted))
    except ValidationError as error:
        said, status = refusal_said(error, wanted)
        return _teams(request, ledger, f"{team.name}: {said}", status)
    return RedirectResponse(f"/teams#team-{team.id}", 303)


def _teams(request: Request, ledger: Ledger, refusal: str = "", status: int = 200) -> Response:
    rows = ledger.teams.page(MOST + 1)
    shown = team_views(rows[:MOST], ledger)
    return page(request, "teams.html", status=status, teams=shown, is_cut=len(rows) > MOST, refusal=refusal)
