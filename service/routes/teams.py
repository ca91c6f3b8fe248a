"""The caller's team; and all teams, for operators."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query

from service.answers.account_lists import OldestFirst
from service.answers.account_views import NewTeamView, QuotaChanges, TeamRequest, TeamView
from service.answers.describe_accounts import given_quotas, new_team_view, team_view, team_views
from service.answers.paging import Limit, page_of
from service.answers.views import Page
from service.dependencies import BIGGEST_ID, KnownCaller, OperatorCaller, TheLedger
from service.routes.refusals import refusals
from sweeps.ledger.teams import TeamRecord

router = APIRouter(tags=["accounts"])

TeamId = Annotated[int, Path(ge=1, le=BIGGEST_ID, description="The team's id.", examples=[2])]

ByName = Annotated[str | None, Query(max_length=100, description="Only the team of this name.", examples=["vision"])]


def existing_team(team_id: TeamId, _caller: OperatorCaller, ledger: TheLedger) -> TeamRecord:
    """The team, for an operator. Raises NotAllowed, or NoSuchTeam."""
    return ledger.teams.get(team_id)


@router.get("/team", responses=refusals(401))
def show_team(caller: KnownCaller, ledger: TheLedger) -> TeamView:
    """Your team: its quotas, which an operator sets, and what it has used this month."""
    return team_view(ledger.teams.get(caller.team_id), ledger)


@router.get("/teams", responses=refusals(401, 403, 422))
def list_teams(
    _caller: OperatorCaller, ledger: TheLedger, asked: OldestFirst, limit: Limit = 50, name: ByName = None
) -> Page[TeamView]:
    """All teams of the service, for operators."""
    rows = ledger.teams.page(limit + 1, asked.order, name)
    views = {view.id: view for view in team_views(rows[:limit], ledger)}
    return page_of(rows, limit, lambda row: views[row.id], asked.place, asked.sort)


@router.post("/teams", status_code=201, responses=refusals(400, 401, 403, 409, 413, 415, 422))
def create_team(_caller: OperatorCaller, ledger: TheLedger, wanted: Annotated[TeamRequest, Body()]) -> NewTeamView:
    """Makes a team with its first admin, and shows their token this once. For operators."""
    return new_team_view(*ledger.teams.add(wanted.name, wanted.admin, given_quotas(wanted)), ledger)


@router.patch("/teams/{team_id}", responses=refusals(400, 401, 403, 404, 413, 415, 422))
def change_team(
    team: Annotated[TeamRecord, Depends(existing_team)], ledger: TheLedger, wanted: Annotated[QuotaChanges, Body()]
) -> TeamView:
    """Sets a team's quotas. For operators."""
    return team_view(ledger.teams.change(team.id, given_quotas(wanted)), ledger)
