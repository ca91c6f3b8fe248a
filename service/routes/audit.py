"""Who did what."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from service.answers.account_lists import ByTime
from service.answers.account_views import AuditView
from service.answers.describe_accounts import audit_view
from service.answers.lists import seconds, wrong
from service.answers.paging import Limit, page_of
from service.answers.views import Page
from service.dependencies import AdminCaller, TheLedger
from service.layers.audit import actions
from service.routes.refusals import refusals

router = APIRouter(tags=["accounts"])

OfUser = Annotated[str | None, Query(max_length=100, description="Only what this user did, by name.", examples=["ada"])]
Action = Annotated[
    str | None, Query(max_length=60, description="Only this operation, by its name here.", examples=["stop_sweep"])
]
Since = Annotated[
    datetime | None, Query(description="Only from then on; UTC where no zone is given.", examples=["2026-11-01"])
]


Until = Annotated[datetime | None, Query(description="Only from before then.", examples=["2026-12-01"])]


async def known_action(request: Request, action: Action = None) -> str | None:
    """Raises RequestValidationError for what no operation is called."""
    known = actions(request.app)
    if action is not None and action not in known:
        raise wrong("action", action, f"is no operation that the log holds; write one of {', '.join(known)}")
    return action


AuditPage = Page[AuditView]
"""On a line of its own: pydantic looks for its docstrings from that line on, and fails in the midst of a signature."""


@router.get("/audit", responses=refusals(401, 403, 422))
def list_audit(
    caller: AdminCaller,
    ledger: TheLedger,
    asked: ByTime,
    limit: Limit = 50,
    user: OfUser = None,
    action: Annotated[str | None, Depends(known_action)] = None,
    since: Since = None,
    until: Until = None,
) -> AuditPage:
    """The team's log, newest first: every request that changed something, with what it changed, or was refused for its
    caller's role."""
    rows = ledger.audit.page(caller.team_id, limit + 1, asked.order, user, action, seconds(since), seconds(until))
    return page_of(rows, limit, audit_view, asked.place_in_time, asked.sort)
