"""Who did what."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from service.account_views import AuditView
from service.accounts import audit_view
from service.dependencies import AdminCaller, TheLedger
from service.paging import AfterId, Limit, page_of
from service.routes.refusals import refusals
from service.views import Page

router = APIRouter(tags=["accounts"])

OfUser = Annotated[str | None, Query(max_length=100, description="Only what this user did, by name.", examples=["ada"])]
Action = Annotated[
    str | None, Query(max_length=60, description="Only this operation, by its name here.", examples=["stop_sweep"])
]
Since = Annotated[
    datetime | None, Query(description="Only from then on; UTC where no zone is given.", examples=["2026-11-01"])
]


@router.get("/audit", responses=refusals(401, 403, 422))
def list_audit(
    caller: AdminCaller,
    ledger: TheLedger,
    limit: Limit = 50,
    after: AfterId = None,
    user: OfUser = None,
    action: Action = None,
    since: Since = None,
) -> Page[AuditView]:
    """The team's log, newest first: every request that changed something, or was refused for its caller's role."""
    start = since.replace(tzinfo=since.tzinfo or UTC).timestamp() if since else None
    rows = ledger.audit.page(caller.team_id, limit + 1, after, user, action, start)
    return page_of(rows, limit, audit_view, lambda row: [row.id])
