"""What a team has used."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from service.answers.describe import usage_view
from service.answers.views import UsageView
from service.dependencies import KnownCaller, TheLedger
from service.routes.refusals import refusals

router = APIRouter(tags=["usage"])

Since = Annotated[
    datetime | None,
    Query(description="Only sweeps posted since then; UTC where no zone is given.", examples=["2026-11-01"]),
]


@router.get("/usage", responses=refusals(401, 422))
def show_usage(caller: KnownCaller, ledger: TheLedger, since: Since = None) -> UsageView:
    """Device seconds of the caller's team, by user and in all: exactly the sums over its sweeps,
    deleted ones too."""
    start = since.replace(tzinfo=since.tzinfo or UTC) if since else None
    return usage_view(caller.team, start, ledger.usage.of_team(caller.team_id, start.timestamp() if start else 0.0))
